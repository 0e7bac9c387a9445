"""The command line: parse, call doctor, render; the one place that prints."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from fitdoctor import __version__
from fitdoctor.errors import FitdoctorError, UnreadableSourceError

if TYPE_CHECKING:
    from fitdoctor.records.finding import Cause

FOUND, MENDABLE, INTERRUPTED = 1, 2, 130
ABOUT = "Train image classifiers, find out why a training went wrong, and prove the cause."
SEVERITIES = ("note", "warning", "error", "never")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 nothing found, 1 findings, 2 the user can mend it."""
    try:
        given = vars(_parser().parse_args(arguments))
        command: Callable[..., int] = given.pop("command")
        return command(**given)
    except FitdoctorError as error:
        print(f"fitdoctor: {error}", file=sys.stderr)
        return MENDABLE
    except KeyboardInterrupt:
        print("\nfitdoctor: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """One clear line on a bad option, as for every other mistake."""

    def error(self, message: str) -> NoReturn:
        raise FitdoctorError(f"{message}. See: {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fitdoctor", description=ABOUT)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function: Callable[..., int]) -> argparse.ArgumentParser:
        words = (function.__doc__ or "").split("\n")[0]
        sub = commands.add_parser(
            function.__name__.replace("_", "-"), help=words, description=words
        )
        sub.set_defaults(command=function)
        return sub

    sub = command(diagnose)
    sub.add_argument("sources", nargs="+", metavar="SOURCE",
                     help="a log, a pasted page, a script, a notebook, a model, a folder of images "
                     "or events, a run folder, or - for standard input; several are joined into "
                     "one patient")  # fmt: skip
    _output_format(sub)
    sub.add_argument("--html", type=Path, help="also write the report with its figures here")
    _fail_on(sub)

    sub = command(read)
    sub.add_argument(
        "source", help="as for diagnose: a log, a page, a script, a model, a folder, or -"
    )
    _output_format(sub)

    sub = command(check)
    sub.add_argument(
        "paths", nargs="+", metavar="PATH", help="scripts, notebooks, or folders of them"
    )
    sub.add_argument("--output-format", choices=("text", "json", "sarif", "github"), default="text")
    sub.add_argument("--select", default="", help="codes or names, by commas; beginnings count")
    sub.add_argument("--ignore", default="", help="codes or names to leave out, by commas")
    _fail_on(sub)

    sub = command(audit)
    sub.add_argument("images", type=Path, help="a folder of class folders, or of train/val/test")
    sub.add_argument("--val", type=Path, help="the folder of validation images, where it is apart")
    sub.add_argument("-o", "--output", type=Path, help="write manifest.csv and audit.html here")
    sub.add_argument("--deep", action="store_true", help="also tell images that look mislabelled, "
                     "by a frozen MobileNetV2")  # fmt: skip
    sub.add_argument("--weights", default="imagenet", help="for --deep: imagenet or a weight file")
    sub.add_argument("--alpha", type=float, help="for --deep: width of the MobileNetV2")
    _output_format(sub)

    sub = command(train)
    sub.add_argument(
        "images",
        type=Path,
        help="a folder of class folders (or of train/val/test), a CSV of path,label[,split,group], "
        "or a recipe.toml",
    )
    sub.add_argument(
        "-o", "--output", type=Path, help="the run folder (default: runs/ and the time)"
    )
    sub.add_argument("--resume", action="store_true", help="continue the interrupted run whose "
                     "folder is given in place of images")  # fmt: skip
    sub.add_argument("--deterministic", action="store_true", help="the same bits each time, slower")
    _settings(sub)
    _fail_on(sub)

    sub = command(lr_find)
    sub.add_argument(
        "images",
        type=Path,
        help="a folder of class folders (or of train/val/test), a CSV of path,label[,split,group], "
        "or a recipe.toml",
    )
    sub.add_argument("-o", "--output", type=Path, help="write the picture here, as SVG")
    _settings(sub)
    _output_format(sub)

    sub = command(predict)
    sub.add_argument("run", type=Path, help="a run folder with its model")
    sub.add_argument("images", type=Path, nargs="+", help="image files or folders of them")
    sub.add_argument("-o", "--output", type=Path, help="write the CSV here (default: print it)")

    sub = command(prove)
    sub.add_argument("run", type=Path, help="a run folder of fitdoctor train, or a recipe.toml")
    sub.add_argument("--cause", help="default: the likeliest one that has a remedy")
    sub.add_argument("--seeds", type=int, default=5, help="most pairs of trainings")
    matters = "the smallest difference of validation accuracy that would matter"
    sub.add_argument("--delta", type=float, default=0.02, help=matters)
    _output_format(sub)

    sub = command(demo)
    sub.add_argument("output", type=Path, nargs="?", default=Path("demo"))
    sub.add_argument("--seeds", type=int, default=5, help="trainings to compare")

    sub = command(explain)
    sub.add_argument("name", help="a rule's name or code, as a diagnosis shows it")
    return parser


def _settings(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--backbone", help="a keras.applications name (default: MobileNetV2)")
    sub.add_argument("--alpha", type=float, help="width of a MobileNet")
    sub.add_argument("--weights", help="imagenet, a weight file, or none")
    sub.add_argument("--image-size", type=int, help="pixels a side")
    sub.add_argument("--epochs", type=int, help="the most; training stops earlier when "
                     "validation loss no longer improves")  # fmt: skip
    sub.add_argument("--batch-size", type=int, help="images a step")
    sub.add_argument("--learning-rate", type=float, help="of the optimizer (default: Adam)")
    sub.add_argument("--patience", type=int, help="epochs without a better validation loss before "
                     "it stops; 0 never stops early")  # fmt: skip
    sub.add_argument("--validation-share", type=float, help="part of each class kept back")
    sub.add_argument("--group-pattern", metavar="REGEX", help="images whose names share its first "
                     "group (a speaker, a patient) stay on one side of the split")  # fmt: skip
    sub.add_argument("--seed", type=int, help="draws initial weights, order and split")


def _output_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output-format", choices=("text", "json"), default="text")


def _fail_on(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fail-on", choices=SEVERITIES, default="warning",
                        help="least severity for exit status 1")  # fmt: skip


def diagnose(sources: list[str], output_format: str, html: Path | None, fail_on: str) -> int:
    """Say what is wrong with a training, how sure that is, and what is only noise."""
    from fitdoctor import doctor

    diagnoses = doctor.diagnose_all(*sources)
    if html is not None:
        from fitdoctor.report import html as page

        verdicts = doctor.verdicts_of(sources[0])
        _write(html, page.render(diagnoses, verdicts, title=f"fitdoctor: {sources[0]}"))
    if output_format == "json":
        from fitdoctor.report import json

        print(json.render(diagnoses))
    else:
        from fitdoctor.report import text

        for number, diagnosis in enumerate(diagnoses):
            print("\n" * bool(number) + text.render(diagnosis, width=_width(), colour=_colour()))
        if len(diagnoses) > 1:
            from fitdoctor.report import table

            print("\n" + table.compare([diagnosis.run for diagnosis in diagnoses]))
        if html is not None:
            print(f"\nreport: {html}", file=sys.stderr)
    return FOUND if any(_reaches(d, fail_on) for d in diagnoses) else 0


def read(source: str, output_format: str) -> int:
    """Show what is understood of a source: curves, settings with their origin, the rest."""
    from fitdoctor import doctor

    runs = doctor.as_runs(source)
    if output_format == "json":
        from fitdoctor.report import json

        print(json.render_read(runs))
    else:
        from fitdoctor.report import table

        print("\n\n".join(table.render(run) for run in runs))
        if len(runs) > 1:
            print("\n" + table.compare(runs))
    return 0


def check(paths: list[str], output_format: str, select: str, ignore: str, fail_on: str) -> int:
    """Look for mistakes in scripts and notebooks, without running them."""
    from fitdoctor import lint
    from fitdoctor.report import remarks

    chosen, left_out = _configured("select", select), _configured("ignore", ignore)
    found = lint.check(paths, chosen, left_out)
    print(remarks.FORMATS[output_format](found, __version__))
    order = ("note", "warning", "error")
    if fail_on == "never":
        return 0
    reached = any(order.index(r.severity) >= order.index(fail_on) for r in found)
    return FOUND if reached else 0


def _configured(name: str, given: str) -> list[str]:
    """Return a list option: command line, else FITDOCTOR_NAME, else [tool.fitdoctor]."""
    given = given or os.environ.get(f"FITDOCTOR_{name.upper()}", "")
    if given:
        return [item.strip() for item in given.split(",") if item.strip()]
    import tomllib

    try:
        table = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []
    tool = table.get("tool", {})
    settings = tool.get("fitdoctor", {}) if isinstance(tool, dict) else {}
    value = settings.get(name, []) if isinstance(settings, dict) else []
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def audit(
    images: Path,
    val: Path | None,
    output: Path | None,
    deep: bool,
    weights: str,
    alpha: float | None,
    output_format: str,
) -> int:
    """Look through a folder of images: leaks, copies, unreadable, conflicting, odd, missing."""
    from fitdoctor import doctor
    from fitdoctor.records.recipe import Backbone
    from fitdoctor.report import audit as sheets

    backbone = Backbone(name="MobileNetV2", alpha=alpha, weights=weights) if deep else None
    found = doctor.audit(images, val, deep=backbone)
    if output is not None:
        _write(output / "manifest.csv", sheets.manifest(found))
        _write(output / "audit.html", sheets.page(found, f"fitdoctor audit: {images}"))
        print(f"contact sheet: {output / 'audit.html'}", file=sys.stderr)
    if output_format == "json":
        print(sheets.json(found))
    else:
        print(sheets.text(found))
    return FOUND if found.findings else 0


def train(
    images: Path,
    output: Path | None,
    resume: bool,
    deterministic: bool,
    fail_on: str,
    **settings: str | float | None,
) -> int:
    """Train a classifier on a folder of images, and examine the run."""
    from fitdoctor import doctor
    from fitdoctor.report import html as page
    from fitdoctor.report import text
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training import recipes, session

    if deterministic:
        session.make_deterministic()
    if resume:
        folder, run = images, session.resume(images, Terminal())
    else:
        recipe = recipes.from_settings(
            str(images), {k: v for k, v in settings.items() if v is not None}
        )
        folder = output or recipes.new_folder()
        run = session.train(recipe, folder, Terminal())
    diagnosis = doctor.examine(run)
    _write(folder / "report.html", page.render([diagnosis], title=f"fitdoctor: {folder.name}"))
    print(text.render(diagnosis, width=_width(), colour=_colour()))
    print(f"run folder: {folder}\nreport: {folder / 'report.html'}", file=sys.stderr)
    return FOUND if _reaches(diagnosis, fail_on) else 0


def lr_find(
    images: Path, output: Path | None, output_format: str, **settings: str | float | None
) -> int:
    """Try learning rates from 1e-7 to 10 on a copy, and name several that suit."""
    from fitdoctor.report import rate_test
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training import rate_finder, recipes

    recipe = recipes.from_settings(
        str(images), {k: v for k, v in settings.items() if v is not None}
    )
    test = rate_finder.find_rate(recipe, Terminal())
    if output is not None:
        _write(output, rate_test.svg(test.rates, test.losses, test.suggestions))
        print(f"picture: {output}", file=sys.stderr)
    if output_format == "json":
        print(rate_test.json(test.rates, test.losses, test.suggestions, test.reason))
    else:
        print(rate_test.text(test.suggestions, test.reason))
    return 0


def predict(run: Path, images: list[Path], output: Path | None) -> int:
    """Classify image files or folders with a run's model, to CSV."""
    import csv
    import io

    from fitdoctor.training import predict as predictor

    classes, found = predictor.predict(run, images)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["path", "class", "probability", *classes, "error"])
    for p in found:
        shares = [f"{share:.6f}" for share in p.probabilities] or [""] * len(classes)
        writer.writerow(
            [p.path, p.label, f"{p.probability:.6f}" if p.label else "", *shares, p.error]
        )
    if output is not None:
        _write(output, table.getvalue())
    else:
        print(table.getvalue(), end="")
    return 0


def prove(run: Path, cause: str | None, seeds: int, delta: float, output_format: str) -> int:
    """Re-train with and without a cause on the same seeds, and judge the difference."""
    from fitdoctor import doctor
    from fitdoctor.report import html as page
    from fitdoctor.report import json, text
    from fitdoctor.report.progress import Terminal

    diagnosis = doctor.diagnose(run) if run.suffix != ".toml" else None
    name = cause
    if name is None:
        leading = next(doctor.leading_causes(diagnosis), None) if diagnosis else None
        if leading is None:
            raise UnreadableSourceError(f"{run}: no cause with a remedy was found; give --cause")
        name = leading.rule
    terminal = Terminal()
    verdict = doctor.prove(
        run,
        name,
        seeds=seeds,
        smallest_difference=delta,
        on_trial=terminal.trial,
        on_plan=terminal.plan,
    )
    causes: tuple[Cause, ...] = ()
    if diagnosis is not None:
        verdicts = doctor.verdicts_of(run)
        diagnosis = doctor.with_proof(diagnosis, verdicts)
        causes = diagnosis.causes
        _write(run / "report.html", page.render([diagnosis], verdicts, title=f"fitdoctor: {run}"))
        print(f"report: {run / 'report.html'}", file=sys.stderr)
    if output_format == "json":
        print(json.render_proof([verdict], causes))
    else:
        print(text.render_verdict(verdict, width=_width(), colour=_colour()))
    return FOUND if verdict.decision == "helps" else 0


def demo(output: Path, seeds: int) -> int:
    """Draw images, train on them over several seeds, say what is wrong, and prove it."""
    from fitdoctor import doctor
    from fitdoctor.report import html as page
    from fitdoctor.report import text
    from fitdoctor.report.progress import Terminal

    diagnosis, verdict = doctor.demo(output, seeds, Terminal())
    report = output / "report.html"
    _write(report, page.render([diagnosis], [verdict], title="fitdoctor: the demo"))
    print(text.render(diagnosis, width=_width(), colour=_colour()))
    print()
    print(text.render_verdict(verdict, width=_width(), colour=_colour()))
    print(f"\nreport: {report.resolve()}")
    return 0


def explain(name: str) -> int:
    """Print a rule's page: why it matters, how it is measured, what to try."""
    from fitdoctor.rules import all_rules

    for rule in all_rules():
        if name in {rule.name, rule.code}:
            print(f"# {rule.name} ({rule.code}, {rule.kind}, {rule.severity})\n\n{rule.page}")
            return 0
    known = ", ".join(rule.name for rule in all_rules())
    raise UnreadableSourceError(f"{name}: there is no such rule. Known: {known}")


def _reaches(diagnosis: Any, fail_on: str) -> bool:
    order = ("note", "warning", "error")
    if fail_on == "never":
        return False
    found = [*diagnosis.causes, *diagnosis.symptoms]
    return any(order.index(item.severity) >= order.index(fail_on) for item in found)


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UnreadableSourceError(f"{path}: cannot be written: {error.strerror}") from error


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _width() -> int:
    import shutil

    return min(120, shutil.get_terminal_size((100, 40)).columns)
