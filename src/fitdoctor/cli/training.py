"""Commands that train, or use what was trained."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitdoctor.cli.printing import FOUND, colour, status, width, write
from fitdoctor.cli.running import prove_script, workers_of
from fitdoctor.errors import (
    DevicesError,
    ImageFolderError,
    RunFolderError,
    UnreadableSourceError,
)
from fitdoctor.records.run import SCRIPTS

if TYPE_CHECKING:
    from fitdoctor.records.finding import Cause
    from fitdoctor.records.recipe import Recipe
    from fitdoctor.records.story import Scale
    from fitdoctor.training.export import Format
    from fitdoctor.training.predict import Prediction
    from fitdoctor.training.probing.prober import Choice


def train(
    images: Path,
    output: Path | None,
    resume: bool,
    deterministic: bool,
    devices: str,
    probes: Choice,
    fail_on: str,
    **settings: str | float | None,
) -> int:
    """Train a classifier on a folder of images, and examine the run."""
    from fitdoctor import doctor
    from fitdoctor.cli.growing import Following
    from fitdoctor.report import evaluation as sheets
    from fitdoctor.report import html as page
    from fitdoctor.report import text
    from fitdoctor.training import early, folders, recipes
    from fitdoctor.training.quiet import quieten

    quieten()
    spread_over = None if devices == "all" else _count(devices)
    recipe = None if resume else recipes.from_settings(str(images), _given(settings))
    if recipe is not None:
        early.begin(recipe)
    else:
        folders.check_resumable(images)
    from fitdoctor.training import devices as spread
    from fitdoctor.training import session

    if deterministic:
        session.make_deterministic()
    if devices != "1":
        spread.use(spread_over)
    if recipe is None:
        folder, changes = images, _given(settings)
        done = session.resume(folder, Following(folder), probes=probes, changes=changes)
    else:
        folder = output or folders.new_folder()
        done = session.train(recipe, folder, Following(folder), probes=probes)
    diagnosis = doctor.diagnose(folder)  # what was written says more than the curves: probes, seeds
    title = f"fitdoctor: {folder.name}"
    write(
        folder / "report.html",
        page.render([diagnosis], (), title, done.evaluation, done.shown),
    )
    print(text.render(diagnosis, width=width(), colour=colour()))
    print("\n" + sheets.text(done.evaluation))
    print(f"run folder: {folder}\nreport: {folder / 'report.html'}", file=sys.stderr)
    return status([diagnosis], fail_on)


def _count(devices: str) -> int:
    if not devices.isdecimal() or not 1 <= int(devices) <= 4096:
        raise DevicesError(f"--devices {devices}: expected a number of devices, or all")
    return int(devices)


def lr_find(
    images: Path, output: Path | None, output_format: str, **settings: str | float | None
) -> int:
    """Try learning rates from 1e-7 to 10 on a copy, and recommend one."""
    from fitdoctor import doctor
    from fitdoctor.report import rate_test
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training.quiet import quieten

    quieten()
    test = doctor.lr_find(images, watcher=Terminal(), **_given(settings))
    rate, why = test.recommended, test.why
    if output is not None:
        write(output, rate_test.svg(test.rates, test.losses, test.suggestions))
        print(f"picture: {output}", file=sys.stderr)
    if output_format == "json":
        print(rate_test.json(test.rates, test.losses, test.suggestions, rate, why))
    else:
        print(rate_test.text(test.suggestions, rate, why))
    return 0


def preview(images: Path, output: Path, **settings: str | float | None) -> int:
    """Draw what augmentation, that of train or of a recipe, makes of images, as one picture."""
    from fitdoctor.images import listing
    from fitdoctor.report import picture
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training import recipes
    from fitdoctor.training.quiet import quieten

    quieten()
    recipe = recipes.from_settings(str(images), _given(settings))
    listing.listed(Path(recipe.images or ""), recipe.group_pattern)
    if recipe.augmentation is None:
        print(
            "augmentation: none. train would show every image as it is"
            + ("" if recipe.augment is None else "; --augment light or standard changes that")
        )
        return 0
    print(f"augmentation: {_as_words(recipe)}")
    from fitdoctor.training import preview as previews

    picture.save(previews.preview(recipe, watcher=Terminal()), output)
    print(f"picture: {output}", file=sys.stderr)
    return 0


def _as_words(recipe: Recipe) -> str:
    settings = recipe.augmentation
    assert settings is not None
    given = {name: getattr(settings, name) for name in settings.__struct_fields__}
    values = ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)
    named = f"{recipe.augment} ({values})" if recipe.augment else values
    later = recipe.fine_tuning is not None and recipe.augment
    return f"{named}, while fine-tuning" if later else named


def evaluate(run: Path, images: Path | None, output: Path | None, output_format: str) -> int:
    """Count what a run's model gets right, by class, and show where it looked when it was wrong."""
    from fitdoctor import doctor
    from fitdoctor.records.text import pretty_json
    from fitdoctor.report import evaluation as sheets
    from fitdoctor.report import html as page
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training.quiet import quieten

    quieten()

    found, pictures = doctor.evaluated(run, images, Terminal())
    if output is not None:
        diagnosis = doctor.diagnose(run)
        write(output, page.render([diagnosis], (), f"fitdoctor: {run}", found, pictures))
        print(f"report: {output}", file=sys.stderr)
    print(pretty_json(found) if output_format == "json" else sheets.text(found))
    return 0


def export(
    run: Path, to: Format, output: Path | None, images: Path | None, output_format: str
) -> int:
    """Write a run's model in another format, and check that file on real images."""
    from fitdoctor import doctor
    from fitdoctor.records.text import pretty_json
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training.quiet import quieten

    quieten()

    done = doctor.export(run, to, output, images=images, watcher=Terminal())
    if output_format == "json":
        print(pretty_json(done))
    else:
        print(
            f"{done.path}: run on {done.images} images, {done.same_class} get the same class, "
            f"probabilities differ by at most {done.largest_difference:.1g}"
        )
    return 0


def predict(
    run: Path,
    images: list[Path],
    output: Path | None,
    calibrated: bool,
    watch: float | None,
) -> int:
    """Classify image files or folders with a run's model, to CSV."""
    from fitdoctor.images import listing
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training.folders import check_finished
    from fitdoctor.training.quiet import quieten

    quieten()
    check_finished(run)
    if watch is None:
        listing.files_of(images)
    from fitdoctor.training.predict import Predictor

    predictor = Predictor(run, calibrated=calibrated)
    if watch is None:
        found = predictor.predict(images, Terminal())
    else:
        found = predictor.follow(images, watch or None)
    if not _table(predictor.classes, found, output) and watch is None:
        raise ImageFolderError(f"{', '.join(map(str, images))}: none of its files is an image")
    return 0


def _table(classes: tuple[str, ...], found: Iterable[Prediction], output: Path | None) -> int:
    """Write rows as they come, so that a live folder's are there at once; return images read."""
    read = 0
    with ExitStack() as stack:
        try:
            if output is not None:
                output.parent.mkdir(parents=True, exist_ok=True)
                file = stack.enter_context(output.open("w", newline="", encoding="utf-8"))
            else:
                file = sys.stdout  # type: ignore[assignment] # both are text files
            writer = csv.writer(file)
            header = False
            for p in found:
                if not header:
                    names = [f"output {i}" for i in range(len(classes), len(p.probabilities))]
                    writer.writerow(["path", "class", "probability", *classes, *names, "error"])
                    header = True
                shares = [f"{share:.6f}" for share in p.probabilities] or [""] * len(classes)
                sure = f"{p.probability:.6f}" if p.label else ""
                writer.writerow([p.path, p.label, sure, *shares, p.error])
                file.flush()
                read += not p.error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise RunFolderError(f"{output}: cannot be written: {error.strerror}") from error
    return read


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def prove(
    run: Path, cause: str | None, seeds: int, delta: float, output_format: str,
    arguments: list[str], output: Path | None, epochs: int | None, budget: float | None,
    limit: float | None, on: str, jobs: int | None, slurm: list[str], redact: bool,
) -> int:  # fmt: skip
    """Re-train with and without a cause on the same seeds, and judge the difference."""
    workers = workers_of(on, jobs, slurm)
    if run.suffix in SCRIPTS:
        return prove_script(
            run, arguments, output, cause, seeds, delta, epochs, budget, limit, workers,
            output_format, redact,
        )  # fmt: skip
    from fitdoctor import differential, doctor, proof
    from fitdoctor.records.redaction import redacted
    from fitdoctor.report import html as page
    from fitdoctor.report import json, text
    from fitdoctor.report.progress import Terminal
    from fitdoctor.stats.sequential import LOOKS
    from fitdoctor.training.quiet import quieten

    quieten()
    diagnosis = doctor.diagnose(run) if run.suffix != ".toml" else None
    name = cause
    terminal = Terminal()
    if name is None:
        if diagnosis is None:
            raise UnreadableSourceError(f"{run}: a recipe has no diagnosis; give --cause")
        chosen, why = proof.to_prove(diagnosis)
        if chosen is None:
            raise UnreadableSourceError(f"{run}: {why}")
        if why:
            terminal.say(why)
        name = chosen.rule
    if seeds < LOOKS[0]:
        terminal.say(f"nothing can be decided below {LOOKS[0]} pairs: --seeds {LOOKS[0]} or more")
    verdict = proof.prove(
        run, name, seeds=seeds, smallest_difference=delta, workers=workers,
        on_trial=terminal.trial, on_plan=terminal.plan,
    )  # fmt: skip
    causes: tuple[Cause, ...] = ()
    verdicts = doctor.verdicts_of(run) if diagnosis is not None else ()
    title = f"fitdoctor: {run.name}"
    if diagnosis is not None:
        diagnosis = differential.with_proof(diagnosis, verdicts)
    if redact:
        diagnosis, verdicts, verdict, title = redacted((diagnosis, verdicts, verdict, title))
    if diagnosis is not None:
        causes = diagnosis.causes
        finished = (run / "model.keras").is_file()
        found, pictures = doctor.evaluated(run, watcher=terminal) if finished else (None, ())
        if redact:
            found, pictures = redacted((found, pictures))
        write(run / "report.html", page.render([diagnosis], verdicts, title, found, pictures))
        print(f"report: {run / 'report.html'}", file=sys.stderr)
    if output_format == "json":
        print(json.render_proof([verdict], causes))
    else:
        print(text.render_verdict(verdict, width=width(), colour=colour()))
    return FOUND if verdict.decision == "helps" else 0


def demo(
    story: str,
    output: Path | None,
    seeds: int | None,
    medium: bool,
    full: bool,
    weights: list[Path],
    images: Path | None,
) -> int:
    """Tell one of four stories: train as somebody did, say what was wrong, and prove it."""
    from fitdoctor import proof
    from fitdoctor.report import story as stories
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training.quiet import quieten

    quieten()
    home = output or Path("demo" if story == "pixel" else f"demo-{story}")
    report = home / "report.html"
    scale: Scale = "full" if full else "medium" if medium else "small"
    told, diagnosis = proof.tell(
        story, home, Terminal(), scale=scale, seeds=seeds, weights=weights, images=images
    )
    write(report, stories.render(told, diagnosis))
    print(stories.text(told))
    print(f"\nreport: {report}")
    return 0
