"""The pipeline, end to end: read, examine, conclude; train; mend. It only connects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from fitdoctor import extras, facts, rules, sources
from fitdoctor.corrections import corrected
from fitdoctor.differential import conclude, with_proof
from fitdoctor.errors import FitdoctorError, RunFolderError, UnreadableSourceError
from fitdoctor.places import typed
from fitdoctor.records import journal
from fitdoctor.records.claim import Claim
from fitdoctor.records.experiment import Verdict
from fitdoctor.records.finding import LIKELY, Diagnosis, Finding, Outcome
from fitdoctor.records.listing import Listing
from fitdoctor.records.recipe import Backbone, Recipe
from fitdoctor.records.run import SCRIPTS, Curve, Run, curve
from fitdoctor.records.text import read_recipe
from fitdoctor.records.watcher import Silent, Watcher

if TYPE_CHECKING:
    from fitdoctor.images.audit import Audit
    from fitdoctor.lint import Found
    from fitdoctor.records.comparison import Comparison
    from fitdoctor.records.evaluation import Evaluation
    from fitdoctor.records.mending import Mending
    from fitdoctor.training.evaluation import Shown
    from fitdoctor.training.export import Exported, Format
    from fitdoctor.training.predict import Prediction
    from fitdoctor.training.rate_finder import RateTest

TRAINED = "training with Keras"


def diagnose(
    *given: str | Path | Run | Mapping[str, Sequence[float]] | Any,
    answers: Mapping[str, str] | None = None,
    claims: Iterable[Claim | Mapping[str, Any]] = (),
    corrections: Mapping[str, str] | None = None,
) -> Diagnosis:
    """Examine one patient: files, folders, a Run, a Keras History, or a dict of lists.

    Several sources are joined into one run: what was recorded counts before the log, the log before
    code, code before words, in whatever order they are given. Where a source holds
    several runs the last is examined, where several logs or scripts are of different trainings the
    first (`Run.left_out` names the others); `diagnose_all` examines each. `answers` are those to
    questions of an earlier diagnosis (`Diagnosis.questions`), by their ids. `claims` are what
    somebody read in the text, as records or mappings of their fields, each with the sentence that
    it quotes; they count before what is read here. Raises `ClaimError` where that is not there.
    `corrections` are what was misread or is missing, as text by name (`n_val`, `curve:loss`, ...;
    see `fitdoctor.corrections`). Raises `CorrectionError` for others.
    """
    if not given:
        raise UnreadableSourceError("nothing to diagnose: give a log, a page or a run folder")
    run = one_training(_read(given))
    return with_code(examine(informed(run, answers, sources.claims_of(claims), corrections)))


def _read(given: Sequence[Any]) -> list[tuple[Run, ...]]:
    """Return the runs of each that was given, in its order; files and folders as one patient."""
    paths = [item for item in given if isinstance(item, str | Path)]
    if len(paths) == len(given):
        return sources.read_all(paths)
    others = [as_runs(item) for item in given if not isinstance(item, str | Path)]
    return [*sources.read_all(paths), *others]


def one_training(read: Sequence[Sequence[Run]]) -> Run:
    """Return the runs of several sources as one; what is of another training is named in it."""
    first, *others = sources.trainings([runs[-1:] for runs in read])
    apart = tuple(source for run in others for source in run.sources)
    return replace(first, left_out=(*apart, *first.left_out))


def informed(
    run: Run,
    answers: Mapping[str, str] | None = None,
    claims: Sequence[Claim] = (),
    corrections: Mapping[str, str] | None = None,
) -> Run:
    """Return the run with all that a person says of it: corrections, claims, answers."""
    said = sources.with_claims(corrected(run, corrections or {}), claims)
    return answered(said, answers or {})


def diagnose_all(
    *given: str | Path,
    answers: Mapping[str, str] | None = None,
    claims: Iterable[Claim | Mapping[str, Any]] = (),
    corrections: Mapping[str, str] | None = None,
) -> tuple[Diagnosis, ...]:
    """Examine every run of a single source, or each training that several sources are about.

    `answers`, `claims` and `corrections` are as for `diagnose`, and hold for each.
    """
    handed = sources.claims_of(claims)
    read = _read(given)
    runs = read[0] if len(read) == 1 else sources.trainings(read)
    said = (informed(run, answers, handed, corrections) for run in runs)
    return tuple(with_code(_with_its_proof(run)) for run in said)


def _with_its_proof(run: Run) -> Diagnosis:
    proven = verdicts_of(run.sources[0]) if len(run.sources) == 1 else ()
    return with_proof(examine(run), proven)


class Executed(NamedTuple):
    """What came of executing a script."""

    status: int
    folders: tuple[Path, ...]
    """One for each training that was recorded."""
    error: str
    """The exception that ended it before any training; "" where none did."""


def run(
    script: str | Path,
    arguments: Sequence[str] = (),
    folder: str | Path | None = None,
    *,
    limit: float | None = None,
    probes: str = "default",
    keras: str = "auto",
    aside: bool = False,
) -> Executed:
    """Execute a script or notebook unchanged, and return its exit status and the run folders.

    `keras` is the version for which it is written, "2" (or before) or "3". It is executed with
    all that it does, in a process of its own; `limit` are seconds after which it is ended. Each
    training is a run: the folder, and the folder with a number after it. Where what it prints
    is to be kept `aside` it goes to standard error.
    """
    from fitdoctor.observe import launch
    from fitdoctor.training import folders

    version, _ = keras_of(script, keras)
    home = launch.fresh_folder(typed(script), typed(folder) if folder else None)
    with folders.kept_if_used(home):
        status = launch.run(
            str(script), arguments, home, probes=probes, keras=version, limit=limit, aside=aside
        )
        error = launch.stopped(home)
    return Executed(status, launch.recorded(home), error)


def keras_of(script: str | Path, asked: str = "auto") -> tuple[str, str]:
    """Return as which Keras to execute a script, "2" or "3", and what of its text tells that.

    Where a script is of Keras 2 and `tf_keras` is not installed it is executed as one of Keras 3.
    Raises `MissingExtraError` where it is `asked` for and missing.
    """
    if asked == "2":
        extras.need("keras2", "executing a script of Keras 2")
    if asked != "auto":
        return asked, ""
    from fitdoctor.observe.keras2 import wanted

    try:
        reason = wanted.reason(sources.script_text(script).text)
    except UnreadableSourceError:
        reason = None
    if reason is None:
        return "3", ""
    return ("2" if extras.here("keras2") else "3"), reason


def end_as(status: int) -> int:
    """Return the exit status of a script, or end this process by the signal that ended it."""
    from fitdoctor.observe import launch

    return launch.end_as(status)


def diagnose_recorded(folder: str | Path, script: str | Path) -> Diagnosis:
    """Examine a run folder of `run` beside the script; alone, where that shows no training."""
    try:
        if typed(script).suffix != ".ipynb":
            return diagnose(folder, script)
        # What a notebook has printed is of an earlier training.
        return diagnose(folder, sources.pasted(sources.script_text(script).text)[-1])
    except UnreadableSourceError:
        return diagnose(folder)


def diagnose_stopped(script: str | Path, error: str) -> Diagnosis:
    """Examine a script that ended before any training, by its text and the exception that ended it.

    Raises `UnreadableSourceError` where its text shows no training.
    """
    from fitdoctor.sources.run_folder import told_by_error

    run = one_training([as_runs(script)])
    return examine(replace(run, claims=(*run.claims, *told_by_error(error))))


def answered(run: Run, answers: Mapping[str, str]) -> Run:
    """Return the run with answers to questions put in; raises `AnswerError` for others.

    An answer that is not what was read is a contradiction, and is not used.
    """
    plain = {name: facts.fact(name).answered(given) for name, given in answers.items()}
    refused = {name: said for name in plain if (said := facts.against(run, name, plain[name]))}
    taken = {name: answer for name, answer in plain.items() if name not in refused}
    return replace(
        run,
        answers={**run.answers, **taken},
        contradictions=tuple(dict.fromkeys((*run.contradictions, *refused.values()))),
    )


def examine(run: Run) -> Diagnosis:
    """Return what all rules say of a run; the lines of its code are added by `with_code`."""
    outcomes = [_placed(outcome, run) for outcome in rules.examine(run)]
    return conclude(run, rules.all_rules(), outcomes)


def _placed(outcome: Outcome, run: Run) -> Outcome:
    """Return an outcome in words for people: with the figures that it explains, lines by files."""
    if not isinstance(outcome, Finding):
        return outcome
    evidence = [
        replace(e, sentence=f"{e.sentence} {e.figures}", figures="") if e.figures else e
        for e in outcome.evidence
    ]
    advice, script = outcome.advice, run.script
    if script is not None and (script.files or script.cells):
        evidence = [
            replace(e, sentence=script.placed(e.sentence), fix=script.placed(e.fix))
            if e.line
            else e
            for e in evidence
        ]
        advice = script.placed(advice)
    return replace(outcome, evidence=tuple(evidence), advice=advice)


def with_code(diagnosis: Diagnosis) -> Diagnosis:
    """Return the diagnosis with the lines of code of its causes, and what is to stand there.

    It reads the script again for each change that it tries, so it is asked for what is shown.
    """
    if diagnosis.run.script is None:
        return diagnosis
    from fitdoctor.mending import lines

    return lines.with_lines(diagnosis, _found(diagnosis, rules.all_rules()))


def compare(
    *groups: str | Path | Run | Sequence[str | Path | Run],
    names: Sequence[str] = (),
    outcome: str | None = None,
    n_val: int | None = None,
) -> tuple[Comparison, ...]:
    """Return whether each two groups of runs differ beyond seeds and validation noise.

    A group is a run, or several that differ in nothing but what is drawn at random. Where both
    have the same seeds on the same split they are compared in pairs; one run a group is held
    against the noise of its validation images alone, of which there are `n_val` where no source
    tells. `outcome` is the curve whose last value counts, by default `val_accuracy`, else
    `val_loss`. Raises `UnreadableSourceError` where a run lacks it.
    """
    from fitdoctor.experiments import compare as comparing

    listed = [[g] if isinstance(g, str | Path | Run) else list(g) for g in groups]
    read = [[run for source in group for run in as_runs(source)] for group in listed]
    curve_ = comparing.common_outcome([run for runs in read for run in runs], outcome)
    named = [*names] or [
        str(group[0]) if len(group) == 1 and not isinstance(group[0], Run) else chr(ord("A") + at)
        for at, group in enumerate(listed)
    ]
    made = [
        comparing.group(name, runs, curve_, n_val) for name, runs in zip(named, read, strict=True)
    ]
    return comparing.compare(made, curve_)


def fix(
    source: str | Path,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    certain_only: bool = False,
) -> Mending:
    """Return a script, notebook or recipe without the causes that are found in it; write nothing.

    `source` may also be a run folder: then it is the script or the recipe that it was made by, and
    what was recorded counts as well. `select` and `ignore` hold codes, beginnings of codes, or
    names; `certain_only` leaves out changes that a training should confirm. Raises
    `UnreadableSourceError` where there is nothing that can be changed, `MissingExtraError` without
    libcst.
    """
    from fitdoctor import lint, mending
    from fitdoctor.mending import files

    chosen = lint.chosen(select, ignore)
    path = typed(source)
    if path.is_dir():
        run = as_runs(path)[-1]
        if run.script is not None and run.script.path:
            script = Path(run.script.path)
            if not script.is_file():
                raise UnreadableSourceError(f"{path}: its script {script} is not there any more")
            seen = _found(diagnose_recorded(path, script), chosen)
            return files.mend_file(script, select=chosen, certain_only=certain_only, known=seen)
        path = path / "recipe.toml"
        if not path.is_file():
            raise RunFolderError(f"{source}: neither a script nor a recipe made it; give a file")
        diagnosis = examine(run)
    elif path.suffix == ".toml":
        diagnosis = examine(Run(name=path.name, recipe=read_recipe(path), sources=(str(path),)))
    else:
        return files.mend_file(source, select=chosen, certain_only=certain_only)
    text, _ = files.read(path)
    return mending.mend_recipe(text, str(path), diagnosis.run, _found(diagnosis, chosen))


def fix_pasted(text: str) -> Mending:
    """Return the code in pasted text without the causes that are found in it.

    Line numbers are those of the text. Raises `UnreadableSourceError` where no code is in it,
    `MissingExtraError` without libcst.
    """
    from fitdoctor import mending

    code = sources.code_of(text)
    if not code.strip():
        raise UnreadableSourceError("no code is in this text; paste the training script")
    extras.need("fix", "Changing a script")
    return mending.mend(code, "pasted text")


def listing_of(run: Run) -> Listing | None:
    """Return the code that a run was read from, with its causes mended; nothing is written.

    `None` where no code was read.
    """
    script = run.script
    if script is None or not script.text:
        return None
    known = map(Path, (*run.sources, script.path))
    named = (p for p in known if p.suffix in SCRIPTS and p.name == Path(script.path).name)
    path = next((p for p in named if p.is_file()), None)
    made, why = None, ""
    try:
        made = fix(path) if path is not None else fix_pasted(script.text)
    except FitdoctorError as error:
        why = str(error)
    return Listing(path=str(path or script.path), text=script.text, mending=made, why=why)


def _found(diagnosis: Diagnosis, chosen: Sequence[rules.Rule]) -> list[Found]:
    """Return the causes of a diagnosis that are likely or proven, by what was seen of each."""
    from fitdoctor.lint import Found

    by_name = {rule.name: rule for rule in chosen}
    found = []
    for cause in diagnosis.causes:
        likely = cause.proven or (cause.proven is None and cause.probability >= LIKELY)
        finding = next(
            (o for o in diagnosis.outcomes if isinstance(o, Finding) and o.rule == cause.rule), None
        )
        if cause.rule in by_name and likely and finding is not None and not cause.guess:
            shown = next((e for e in finding.evidence if not e.words), None)
            if shown is not None:
                found.append(Found(by_name[cause.rule], diagnosis.run, finding, shown))
    return found


def read_all(*given: str | Path) -> tuple[Run, ...]:
    """Return every run of files and folders; scripts have the modules that they import."""
    return tuple(run for runs in sources.read_all(given) for run in runs)


def as_runs(given: Any) -> tuple[Run, ...]:
    """Return what was given as runs; a `History` is known by its `history` attribute."""
    if isinstance(given, Run):
        return (given,)
    if isinstance(given, str | Path):
        return sources.read(given)
    history = getattr(given, "history", given)
    if isinstance(history, Mapping):
        aliases = {"acc": "accuracy", "val_acc": "val_accuracy", "lr": "learning_rate"}
        named = {aliases.get(str(k), str(k)): v for k, v in history.items()}
        return (Run(curves={name: _numbers(name, values) for name, values in named.items()}),)
    raise UnreadableSourceError(
        f"cannot diagnose {given!r:.40}: give a path, a Run, a History or a dict"
    )


def _numbers(name: str, values: Any) -> Curve:
    """Return the values of a dict as a curve; raises `UnreadableSourceError` for anything else."""
    try:
        found = np.array(list(values), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UnreadableSourceError(
            f"{name}: expected a number for each epoch, not {values!r:.40}"
        ) from error
    if found.ndim != 1:
        raise UnreadableSourceError(f"{name}: expected one number an epoch, not {found.shape[1:]}")
    return curve(found)


def fit(
    images: str | Path | Recipe | tuple[Any, Any],
    folder: str | Path | None = None,
    **settings: Any,
) -> Run:
    """Train on images and return the Run.

    `images` is a folder with one folder a class, a CSV, an .npz file, or the arrays (x, y), which
    are kept in the run folder so that the run can be trained again; or it is a whole `Recipe`.
    `settings` are those of `Recipe`; `backbone` may be a name. See `fitdoctor train --help`.
    """
    from fitdoctor.images import arrays
    from fitdoctor.training import early, folders

    home = typed(folder) if folder else folders.new_folder()
    recipe = _recipe(arrays.keep(*images, home) if isinstance(images, tuple) else images, settings)
    early.begin(recipe)
    from fitdoctor.training import session

    session.train(recipe, home)
    return as_runs(home)[-1]


def _recipe(source: str | Path | Recipe, settings: Mapping[str, Any]) -> Recipe:
    extras.need("train", TRAINED)
    from fitdoctor.training import recipes

    if isinstance(source, Recipe):
        recipe = recipes.completed(replace(source, **settings))
        recipes.check(recipe)
        return recipe
    return recipes.from_settings(str(source), dict(settings))


def lr_find(
    images: str | Path | Recipe, *, watcher: Watcher | None = None, **settings: Any
) -> RateTest:
    """Try learning rates from 1e-7 to 10 on a copy of the network, and return what they show.

    `images` and `settings` are as for `fit`, arrays excepted. `recommended` is the one rate to use,
    and `why` says why, or why there is none; `suggestions` are several by name.
    """
    from fitdoctor.training import early

    recipe = _recipe(images, settings)
    early.begin(recipe)
    from fitdoctor.training.rate_finder import find_rate

    return find_rate(recipe, watcher)


def evaluate(
    run: str | Path, images: str | Path | None = None, *, watcher: Watcher | None = None
) -> Evaluation:
    """Count what a finished run's model gets right, by class, with its calibration.

    `run` is a run folder and `images` a folder with one folder a class, by default the run's own
    test or validation images. Raises `ImageFolderError` where the classes are not the run's.
    """
    return evaluated(run, images, watcher)[0]


def evaluated(
    run: str | Path, images: str | Path | None = None, watcher: Watcher | None = None
) -> tuple[Evaluation, tuple[Shown, ...]]:
    """Return the evaluation of a finished run, and the most confidently wrong images for a page."""
    _check_given(run, images)
    from fitdoctor.training import evaluation

    return evaluation.evaluate(typed(run), typed(images) if images else None, watcher)


def _check_given(run: str | Path, images: str | Path | None) -> None:
    """Refuse a missing Keras, a wrong run folder or wrong images before anything is loaded."""
    extras.need("train", TRAINED)
    from fitdoctor.images import listing
    from fitdoctor.training.folders import check_finished

    check_finished(typed(run))
    if images is not None:
        listing.files_of([typed(images)])


def predict(
    run: str | Path,
    images: str | Path | Sequence[str | Path],
    *,
    calibrated: bool = False,
    watcher: Watcher | None = None,
) -> tuple[Prediction, ...]:
    """Classify image files, or all below folders, with a finished run's model.

    Each result holds the path, the likeliest class (`label`), its probability, those of all
    classes, or the `error` of a file that is no image. `calibrated` divides scores by the
    temperature that the run's evaluation found. Raises `ImageFolderError` where there is no image.
    """
    from fitdoctor.training.predict import Predictor

    given = [images] if isinstance(images, str | Path) else images
    predictor = Predictor(typed(run), calibrated=calibrated)
    return tuple(predictor.predict([typed(one) for one in given], watcher))


def export(
    run: str | Path,
    to: Format = "onnx",
    target: str | Path | None = None,
    *,
    images: str | Path | None = None,
    watcher: Watcher | None = None,
) -> Exported:
    """Write a finished run's model in another format, and compare its outputs on real images.

    `to` is `keras`, `savedmodel`, `onnx` or `litert`; `target` is the file or folder to write, by
    default in the run folder; `images` are those to compare on, by default those of the training.
    Raises `RunFolderError`, and keeps nothing, where the outputs differ.
    """
    _check_given(run, images)
    from fitdoctor.training import export as exporter

    place, compared = (typed(path) if path else None for path in (target, images))
    return exporter.export(typed(run), to, place, compared, watcher)


def audit(
    folder: str | Path,
    validation: str | Path | None = None,
    *,
    deep: Backbone | None = None,
    watcher: Watcher | None = None,
) -> Audit:
    """Examine a folder of images: unreadable, leaked, duplicate, conflicting, odd, missing.

    Where TensorFlow is installed its decoder is asked as well as Pillow. `deep` names a backbone
    whose frozen features also tell images that look mislabelled.
    """
    from fitdoctor.images.audit import audit as examine_images
    from fitdoctor.images.audit import check_folders, with_mislabelled
    from fitdoctor.report import audit as _  # noqa: F401 - registers how notebooks show an audit
    from fitdoctor.training.second_decoder import refusal

    if deep is not None:
        extras.need("train", "a deep audit")
    watcher = watcher or Silent()
    home, apart = typed(folder), typed(validation) if validation else None
    check_folders(home, apart)
    found = examine_images(home, apart, watcher, refusal())
    if deep is None:
        return found
    from fitdoctor.training.suspects import mislabelled

    steps = partial(watcher.step, "computing features")
    return with_mislabelled(found, mislabelled(found, deep, steps))


def verdicts_of(folder: str | Path) -> tuple[Verdict, ...]:
    """Return what experiments on a run folder have found, the last one of each cause."""
    found = journal.read(typed(folder) / "verdicts.jsonl", Verdict)
    return tuple({verdict.experiment.cause: verdict for verdict in found}.values())
