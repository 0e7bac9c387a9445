"""The pipeline, end to end: read, examine, conclude; train; prove. It only connects."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from fitdoctor import extras, facts, rules, sources
from fitdoctor.corrections import corrected
from fitdoctor.differential import can_be_proven, conclude
from fitdoctor.errors import (
    RecipeError,
    RunFolderError,
    TrialRefusedError,
    UnreadableSourceError,
    did_you_mean,
)
from fitdoctor.records import journal
from fitdoctor.records.claim import Claim
from fitdoctor.records.experiment import PAIRS, SeedStudy, Trainer, Trial, Verdict
from fitdoctor.records.finding import LIKELY, Cause, Diagnosis, Finding
from fitdoctor.records.recipe import Backbone, Recipe
from fitdoctor.records.run import SCRIPTS, Run, curve
from fitdoctor.records.story import Scale, Settings, Told
from fitdoctor.records.text import read_recipe
from fitdoctor.records.watcher import ExperimentWatcher, Silent, Watcher
from fitdoctor.rule import as_sentence

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
DEMO_PAIRS = 20


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
    run = one_training([as_runs(item) for item in given])
    return examine(informed(run, answers, sources.claims_of(claims), corrections))


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
    read = [as_runs(item) for item in given]
    runs = read[0] if len(read) == 1 else sources.trainings(read)
    said = (informed(run, answers, handed, corrections) for run in runs)
    return tuple(_with_its_proof(run) for run in said)


def _with_its_proof(run: Run) -> Diagnosis:
    proven = verdicts_of(run.sources[0]) if len(run.sources) == 1 else ()
    return with_proof(examine(run), proven)


def run(
    script: str | Path,
    arguments: Sequence[str] = (),
    folder: str | Path | None = None,
    *,
    limit: float | None = None,
    probes: str = "default",
    keras: str = "auto",
    aside: bool = False,
) -> tuple[int, tuple[Path, ...]]:
    """Execute a script or notebook unchanged, and return its exit status and the run folders.

    `keras` is the version for which it is written, "2" (or before) or "3". It is executed with
    all that it does, in a process of its own; `limit` are seconds after which it is ended. Each
    training is a run: the folder, and the folder with a number after it. Where what it prints
    is to be kept `aside` it goes to standard error.
    """
    from fitdoctor.observe import launch
    from fitdoctor.training import folders

    version, _ = keras_of(script, keras)
    home = launch.fresh_folder(Path(script), Path(folder) if folder else None)
    with folders.kept_if_used(home):
        status = launch.run(
            str(script), arguments, home, probes=probes, keras=version, limit=limit, aside=aside
        )
    return status, launch.recorded(home)


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
        if Path(script).suffix != ".ipynb":
            return diagnose(folder, script)
        # What a notebook has printed is of an earlier training.
        return diagnose(folder, sources.pasted(sources.script_text(script).text)[-1])
    except UnreadableSourceError:
        return diagnose(folder)


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
    return conclude(run, rules.all_rules(), rules.examine(run))


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
    path = Path(source)
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


def verify(
    mending: Mending,
    arguments: Sequence[str] = (),
    *,
    seeds: int = PAIRS,
    folder: str | Path | None = None,
    epochs: int | None = None,
    limit: float | None = None,
    smallest_difference: float = 0.02,
    watcher: ExperimentWatcher | None = None,
) -> Mending:
    """Return what `fix` proposes with the verdict of trainings of both sources in pairs over seeds.

    The script is executed with all that it does, as in `compare_scripts`, whose settings these are.
    Raises `UnreadableSourceError` where there is no script, or nothing changed.
    """
    from fitdoctor.mending import files

    path = Path(mending.path)
    if path.suffix not in SCRIPTS or not path.is_file():
        raise UnreadableSourceError(
            f"{path}: only a script or notebook on disk is verified; a recipe by fitdoctor prove"
        )
    if not mending.changed:
        raise UnreadableSourceError(f"{path}: there is no change to verify")
    rules_ = ", ".join(dict.fromkeys(one.rule for one in mending.mends))
    with files.beside(mending) as after:
        verdict = compare_scripts(
            path, after, arguments, cause=rules_, seeds=seeds, folder=folder, epochs=epochs,
            limit=limit, smallest_difference=smallest_difference, watcher=watcher,
        )  # fmt: skip
    return replace(mending, verdict=verdict)


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
            shown = next(e for e in finding.evidence if not e.words)
            found.append(Found(by_name[cause.rule], diagnosis.run, finding, shown))
    return found


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
        return (Run(curves={name: curve(list(values)) for name, values in named.items()}),)
    raise UnreadableSourceError(
        f"cannot diagnose a {type(given).__name__}: give a path, a Run, a History or a dict"
    )


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

    home = Path(folder) if folder else folders.new_folder()
    recipe = _recipe(arrays.keep(*images, home) if isinstance(images, tuple) else images, settings)
    early.begin(recipe)
    from fitdoctor.training import session

    return session.train(recipe, home).run


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

    return evaluation.evaluate(Path(run), Path(images) if images else None, watcher)


def _check_given(run: str | Path, images: str | Path | None) -> None:
    """Refuse a missing Keras, a wrong run folder or wrong images before anything is loaded."""
    extras.need("train", TRAINED)
    from fitdoctor.images import listing
    from fitdoctor.training.folders import check_finished

    check_finished(Path(run))
    if images is not None:
        listing.files_of([Path(images)])


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
    predictor = Predictor(Path(run), calibrated=calibrated)
    return tuple(predictor.predict([Path(one) for one in given], watcher))


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

    place, compared = (Path(path) if path else None for path in (target, images))
    return exporter.export(Path(run), to, place, compared, watcher)


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
    home, apart = Path(folder), Path(validation) if validation else None
    check_folders(home, apart)
    found = examine_images(home, apart, watcher, refusal())
    if deep is None:
        return found
    from fitdoctor.training.suspects import mislabelled

    steps = partial(watcher.step, "computing features")
    return with_mislabelled(found, mislabelled(found, deep, steps))


def prove(
    run: str | Path | Recipe,
    cause: str,
    *,
    seeds: int = PAIRS,
    trainer: Trainer[Recipe] | None = None,
    folder: Path | None = None,
    smallest_difference: float = 0.02,
    on_trial: Callable[[Trial, int], None] = lambda _trial, _total: None,
    on_plan: Callable[[int, float], None] = lambda _trials, _seconds: None,
) -> Verdict:
    """Re-train with and without a cause's first remedy on the same seeds, and judge.

    `seeds` is the most pairs to train. They are judged at 5, 8, 12, 20, 32, 50, 80, 125 and 200
    pairs whatever `seeds` is; with more of them later, an experiment goes on where it stopped.
    `on_plan` hears the number of trials still to run and the estimated seconds before the first.
    Finished trials are kept in `folder` and never repeated.
    """
    from fitdoctor.experiments import conduct, design, judge
    from fitdoctor.training.quiet import import_keras

    recipe, home = _patient(run)
    rule = next((r for r in rules.all_rules() if r.name == cause), None)
    if rule is None:
        names = [r.name for r in rules.all_rules() if r.remedies]
        meant = did_you_mean(cause, names, ", ".join(names))
        raise RecipeError(f"{cause}: there is no such cause with a remedy.{meant}")
    if not rule.prescriptions:
        raise RecipeError(
            f"{cause} has no intervention to test. {as_sentence(rule.advice or rule.clear)}"
        )
    experiment = design.first_that_applies(
        cause, rule.prescriptions, recipe, pairs=seeds, smallest_difference=smallest_difference
    )
    if trainer is None:
        import_keras()
        from fitdoctor.training.trials import KerasTrainer

        trainer = KerasTrainer(seconds=_last_duration(home), like=recipe)
    place = folder or home
    finished: list[Trial] = []
    for trial in conduct.conduct(
        experiment, trainer, place / "trials.jsonl" if place else None, on_plan
    ):
        finished.append(trial)
        on_trial(trial, experiment.pairs * 2)
    verdict = judge.judge(experiment, tuple(finished))
    if place:
        journal.append(place / "verdicts.jsonl", verdict)
    return verdict


def prove_script(
    script: str | Path,
    arguments: Sequence[str] = (),
    *,
    cause: str | None = None,
    seeds: int = PAIRS,
    folder: str | Path | None = None,
    epochs: int | None = None,
    budget: float | None = None,
    limit: float | None = None,
    smallest_difference: float = 0.02,
    watcher: ExperimentWatcher | None = None,
) -> tuple[Diagnosis, tuple[Verdict, ...]]:
    """Execute a script unchanged, and again in pairs with one thing changed as its values pass.

    Without `cause` the likeliest ones of the first run are tested in turn until one is proven, or
    `budget` seconds are over. Of several trainings in a script the one with the likeliest cause is
    taken; those before it run as they are. `epochs` is the most of each training, in both arms;
    `limit` are seconds after which an execution is ended. What is finished in `folder` is not done
    again. Raises `TrialRefusedError` where the script does not reach its training.
    """
    from fitdoctor.observe import launch, proving

    if cause is not None:
        proving.check(cause)
    hears = watcher or Silent()
    place = _first_run(Path(script), arguments, folder, limit)
    trained = launch.recorded(place)
    diagnoses = [diagnose_recorded(training, script) for training in trained]
    which = proving.sickest(diagnoses, cause)
    diagnosis = diagnoses[which]
    causes = [cause] if cause else [found.rule for found in proving.to_test(diagnosis)]
    terms = proving.Terms(
        pairs=seeds, smallest_difference=smallest_difference, epochs=epochs, limit=limit,
        until=time.monotonic() + (budget or math.inf), on_trial=hears.trial, on_plan=hears.plan,
    )  # fmt: skip
    control = proving.as_it_is(
        Path(script), arguments, diagnosis.run, trained[which], fit=which + 1, epochs=epochs
    )
    with proving.trainer_of(place, limit) as trainer:
        verdicts = proving.proven(causes, control, place, trainer, terms, hears.say)
    return with_proof(diagnosis, verdicts), verdicts


def study_seeds(
    script: str | Path,
    arguments: Sequence[str] = (),
    *,
    seeds: int = PAIRS,
    folder: str | Path | None = None,
    epochs: int | None = None,
    limit: float | None = None,
    watcher: ExperimentWatcher | None = None,
) -> SeedStudy:
    """Train a script over seeds of its initial weights and of the order of its images.

    `seeds` trainings share neither; of the first four of each every pair is trained as well. Says
    how many learn, and how much of the variance goes with either. Data and split are the same in
    all. Raises `TrialRefusedError` where the script does not reach its training.
    """
    from fitdoctor.observe import proving
    from fitdoctor.observe import seeds as of_seeds

    hears = watcher or Silent()
    place = _first_run(Path(script), arguments, folder, limit)
    recorded = diagnose_recorded(place, script).run
    job = proving.as_it_is(Path(script), arguments, recorded, place, epochs=epochs)
    terms = proving.Terms(pairs=seeds, on_trial=hears.trial, on_plan=hears.plan)
    with proving.trainer_of(place, limit) as trainer:
        return of_seeds.study(job, place, trainer, terms)


def compare_scripts(
    before: str | Path,
    after: str | Path,
    arguments: Sequence[str] = (),
    *,
    cause: str = "changed_source",
    seeds: int = PAIRS,
    folder: str | Path | None = None,
    epochs: int | None = None,
    limit: float | None = None,
    smallest_difference: float = 0.02,
    watcher: ExperimentWatcher | None = None,
) -> Verdict:
    """Train two sources of a script in pairs over seeds, and judge the second against the first.

    Both are executed with the same arguments in the working directory. `before` is executed once
    unchanged before that, unless `folder` is the run folder of that already; the outcome follows
    from it: accuracy, or the share of variance explained, on what `fit` validates on, else on what
    `evaluate` is given, else on the training images. Finished trials in `folder` are kept. The
    verdict's `decision` is `helps` where `after` is better. Raises `TrialRefusedError` where one of
    both does not reach its training.
    """
    from fitdoctor.observe import proving

    hears = watcher or Silent()
    place = _first_run(Path(before), arguments, folder, limit)
    recorded = diagnose_recorded(place, before).run
    control = proving.as_it_is(Path(before), arguments, recorded, place, epochs=epochs)
    changed = Path(after).absolute()
    treated = replace(control, script=str(changed), digest=proving.digest(changed))
    terms = proving.Terms(
        pairs=seeds, smallest_difference=smallest_difference, epochs=epochs, limit=limit,
        on_trial=hears.trial, on_plan=hears.plan,
    )  # fmt: skip
    with proving.trainer_of(place, limit) as trainer:
        return proving.compared(
            cause, proving.CHANGED_SOURCE, control, treated, place, trainer, terms
        )


def _first_run(
    script: Path, arguments: Sequence[str], folder: str | Path | None, limit: float | None
) -> Path:
    """Return the run folder of a script as it is; it is executed where that is not there yet."""
    from fitdoctor.observe import launch, proving

    if not script.is_file():
        raise UnreadableSourceError(f"{script}: there is no such file")
    place = Path(folder) if folder else proving.usual_folder(script, arguments)
    if not launch.recorded(place):
        status, found = run(script, arguments, place, limit=limit, aside=True)
        if status in launch.INTERRUPTED:
            launch.forget(found)
            raise KeyboardInterrupt
        if not found:
            raise TrialRefusedError(
                f"{script}: no training was seen; it ended with status {status}"
            )
    return place


def verdicts_of(folder: str | Path) -> tuple[Verdict, ...]:
    """Return what experiments on a run folder have found, the last one of each cause."""
    found = journal.read(Path(folder) / "verdicts.jsonl", Verdict)
    return tuple({verdict.experiment.cause: verdict for verdict in found}.values())


def demo(folder: Path, seeds: int, watcher: ExperimentWatcher) -> tuple[Diagnosis, Verdict]:
    """Draw the pixel-colour story, train it over several seeds, examine the worst, prove its cause.

    What is drawn and trained already in `folder` is not done again.
    """
    from fitdoctor.stories import pixel_colour
    from fitdoctor.training import folders, recipes, session, trials

    images = folder / "images"
    if not images.is_dir():
        watcher.say("drawing images: two classes that differ in the colour of one pixel")
        pixel_colour.draw(images)
    recipe = recipes.completed(pixel_colour.recipe(images.resolve()))
    runs = []
    for seed in range(seeds):
        home = folder / f"run-{seed}"
        seeded = replace(recipe, seed=seed, order_seed=seed)
        if not (home / "model.keras").is_file():
            watcher.say(f"training with seed {seed}")
            session.train(seeded, folders.free_folder(home), watcher)
        runs.append(sources.read(home)[-1])
    ends = tuple(float(run.curves["val_accuracy"].values[-1]) for run in runs)
    watcher.say(
        "the same recipe with other seeds ends at " + ", ".join(f"{end:.0%}" for end in ends)
    )
    worst = runs[ends.index(min(ends))]
    diagnosis = examine(replace(worst, repeats=ends))
    cause = next(leading_causes(diagnosis), None)
    if cause is None:
        raise RunFolderError(f"{folder}: every seed trained well; remove it and run the demo again")
    watcher.say(f"proving {cause.rule} ({cause.probability:.0%} sure so far)")
    verdict = prove(
        recipe,
        cause.rule,
        seeds=DEMO_PAIRS,
        trainer=trials.KerasTrainer(seconds=_last_duration(folder / "run-0"), like=recipe),
        folder=folder,
        on_trial=watcher.trial,
        on_plan=watcher.plan,
    )
    return with_proof(diagnosis, [verdict]), verdict


def tell(
    name: str,
    folder: Path,
    watcher: ExperimentWatcher,
    *,
    scale: Scale = "small",
    weights: Sequence[Path] = (),
    images: Path | None = None,
) -> tuple[Told, Diagnosis]:
    """Train one of the stories in all its ways, examine the asker's training, and say what it was.

    `weights` are the weight files at hand, told apart by their names; ImageNet's are downloaded
    where none are given. `images` is a folder of class folders to use in place of drawn ones. What
    is drawn and trained already in `folder` is not done again.
    """
    from fitdoctor import stories
    from fitdoctor.stories import telling
    from fitdoctor.training.quiet import import_keras

    import_keras()
    from fitdoctor.training import recipes, trials

    trainer = trials.KerasTrainer(watcher)
    told, asked = telling.told(
        stories.story(name),
        Settings(folder=folder, scale=scale, weights=tuple(weights), photos=images),
        trainer,
        recipes.completed,
        watcher,
    )
    return told, with_proof(examine(asked), told.verdicts)


def with_proof(diagnosis: Diagnosis, verdicts: Sequence[Verdict]) -> Diagnosis:
    """Return the diagnosis with each tested cause marked proven, refuted or open.

    An experiment says what removing a cause changes; that it is there, the diagnosis says.
    """
    tested = {v.experiment.cause: v for v in verdicts}
    marks = {"helps": True, "harms": False, "no_difference": False, "undecided": None}
    causes = [
        replace(
            cause,
            proven=marks[tested[cause.rule].decision],
            helps_probability=tested[cause.rule].helps_probability,
        )
        if cause.rule in tested
        else cause
        for cause in diagnosis.causes
    ]
    rank = {True: 0, None: 1, False: 2}
    return replace(
        diagnosis,
        causes=tuple(sorted(causes, key=lambda c: rank[c.proven])),
    )


def to_prove(diagnosis: Diagnosis) -> tuple[Cause | None, str]:
    """Return the cause that an experiment takes, and what to say where it is not the leading one.

    `None` where no cause has an intervention that changes the recipe.
    """
    if not diagnosis.causes:
        return None, "no cause was found; name one with --cause"
    lead, testable = diagnosis.causes[0], next(leading_causes(diagnosis), None)
    if testable is lead:
        return lead, ""
    fix = as_sentence(lead.advice or (lead.remedies[0].sentence if lead.remedies else ""))
    why = (
        f"the leading cause, {_of(lead)}, cannot be tested by training again, as no intervention "
        f"changes it here. Its fix: {fix}"
    )
    if testable is None:
        return None, why
    return testable, f"{why} Tested instead: {_of(testable)}"


def _of(cause: Cause) -> str:
    return f"{cause.rule} ({cause.probability:.0%})"


def leading_causes(diagnosis: Diagnosis) -> Iterator[Cause]:
    """Yield the causes that an experiment could decide, likeliest first."""
    yield from (cause for cause in diagnosis.causes if can_be_proven(diagnosis.run, cause))


def _last_duration(home: Path | None) -> float | None:
    """Return how long the run itself took to train, the best guess for a trial of it."""
    if home is None:
        return None
    events = journal.read(home / "journal.jsonl", journal.Event)
    return next((e.seconds for e in reversed(events) if e.event == "trained"), None)


def _patient(run: str | Path | Recipe) -> tuple[Recipe, Path | None]:
    if isinstance(run, Recipe):
        return run, None
    path = Path(run)
    if path.suffix == ".toml":
        from fitdoctor.training import recipes

        return recipes.from_settings(str(path), {}), path.parent
    known = sources.read(path)[-1]
    if known.recipe is not None and known.recipe.images is not None:
        return known.recipe, path
    if path.is_dir():
        raise RunFolderError(
            f"{path}: recorded in a script of your own, which fitdoctor cannot run again. Make the "
            "change in the script and record both on the same seeds; or write the network into a "
            "recipe.toml with `images`, `fitdoctor train` that, and prove its run folder"
        )
    raise RunFolderError(
        f"{path}: only a run folder of `fitdoctor train` or a recipe.toml with `images` can be "
        "trained again"
    )
