"""Prove causes by training: with and without them, on the same seeds; and tell whole stories."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec.structs import replace

from fitdoctor import rules, sources
from fitdoctor.differential import can_be_proven, with_proof
from fitdoctor.doctor import diagnose_recorded, examine
from fitdoctor.errors import (
    RecipeError,
    RunFolderError,
    TrialRefusedError,
    UnreadableSourceError,
    did_you_mean,
)
from fitdoctor.places import absent, typed
from fitdoctor.records import journal
from fitdoctor.records.experiment import ALPHA, PAIRS, Counted, SeedStudy, Trainer, Trial, Verdict
from fitdoctor.records.finding import Cause, Diagnosis
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import SCRIPTS
from fitdoctor.records.story import Scale, Settings, Told
from fitdoctor.records.watcher import ExperimentWatcher, Silent
from fitdoctor.records.workers import LOCAL, Workers
from fitdoctor.rule import as_sentence

if TYPE_CHECKING:
    from fitdoctor.experiments.executors import Pool
    from fitdoctor.observe import launch
    from fitdoctor.records.mending import Mending

FIRST_LIMIT = 3600.0
"""Seconds for the first run of a script on a cluster, where nobody says."""
UNKNOWN_SECONDS = 600.0
"""Seconds that a training of a recipe may take which was never trained."""


def prove(
    run: str | Path | Recipe,
    cause: str,
    *,
    seeds: int = PAIRS,
    trainer: Trainer[Recipe] | None = None,
    folder: Path | None = None,
    smallest_difference: float = 0.02,
    give_up: bool = True,
    workers: Workers = LOCAL,
    on_trial: Callable[[Trial, int], None] = lambda _trial, _total: None,
    on_plan: Callable[[int, float], None] = lambda _trials, _seconds: None,
) -> Verdict:
    """Re-train with and without a cause's first remedy on the same seeds, and judge.

    `seeds` is the most pairs to train. They are judged at 5, 8, 12, 20, 32, 50, 80, 125 and 200
    pairs whatever `seeds` is, and given up at one of these where the later ones are not likely to
    decide, unless `give_up` is false; with more of them later, an experiment goes on where it
    stopped.
    `on_plan` hears the number of trials still to run and the estimated seconds before the first.
    Finished trials are kept in `folder` and never repeated. On this machine trials share images
    and compiled loops in this process; `workers` of a cluster make each as a job.
    """
    from fitdoctor.experiments import conduct, design, judge

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
    place = folder or home
    finished: list[Trial] = []
    with contextlib.ExitStack() as open_:
        if trainer is None:
            trainer = open_.enter_context(_trainer_of(recipe, home, place, workers))
        for trial in conduct.conduct(
            experiment, trainer, place / "trials.jsonl" if place else None, on_plan, give_up=give_up
        ):
            finished.append(trial)
            on_trial(trial, experiment.pairs * 2)
    verdict = judge.judge(experiment, tuple(finished))
    if place:
        journal.append(place / "verdicts.jsonl", verdict, shared=True)
    return verdict


@contextlib.contextmanager
def _trainer_of(
    recipe: Recipe, home: Path | None, place: Path | None, workers: Workers
) -> Iterator[Trainer[Recipe]]:
    """Open what trains recipes: in this process where that is to be here, else as jobs."""
    from fitdoctor.experiments import executors, jobs

    seconds = _last_duration(home)
    if workers == LOCAL:
        from fitdoctor.training.trials import KerasTrainer

        yield KerasTrainer(seconds=seconds, like=recipe)
        return
    if place is None:
        raise RunFolderError("trials on a cluster need a folder that it shares: give folder=")
    results = place / jobs.RESULTS
    with (
        executors.opened(workers, results) as pool,
        jobs.JobTrainer(results, pool, seconds=seconds or UNKNOWN_SECONDS) as trainer,
    ):
        yield trainer


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
    workers: Workers = LOCAL,
    watcher: ExperimentWatcher | None = None,
) -> tuple[Diagnosis, tuple[Verdict, ...], tuple[Counted, ...]]:
    """Execute a script unchanged, and again in pairs with one thing changed as its values pass.

    Without `cause` what the first run decides by counting comes first: where that shows what no
    training can go well with, nothing is trained again. Else the likeliest causes that it does not
    rule out are tested in turn until one is proven, or `budget` seconds are over. Of several
    trainings in a script the one with the likeliest cause is taken; those before it run as they
    are. `epochs` is the most of each training, in both arms; `limit` are seconds after which an
    execution is ended. What is finished in `folder` is not done again. Raises `TrialRefusedError`
    where the script does not reach its training.
    """
    from fitdoctor.observe import launch, proving

    if cause is not None:
        proving.check(cause)
    hears = watcher or Silent()
    with _recorded(script, arguments, folder, limit, workers) as (place, pool):
        trained = launch.recorded(place)
        diagnoses = [diagnose_recorded(training, script) for training in trained]
        which = proving.sickest(diagnoses, cause)
        diagnosis = diagnoses[which]
        counts = proving.counted(diagnosis, trained[which])
        causes = [cause] if cause else [c.rule for c in proving.to_test(diagnosis, counts)]
        if not causes:
            return with_proof(diagnosis, (), counts), (), counts
        terms = proving.Terms(
            pairs=seeds, smallest_difference=smallest_difference, epochs=epochs, limit=limit,
            until=time.monotonic() + (budget or math.inf), on_trial=hears.trial,
            on_plan=hears.plan,
        )  # fmt: skip
        control = proving.as_it_is(
            typed(script), arguments, diagnosis.run, trained[which], fit=which + 1, epochs=epochs
        )
        with proving.trainer_of(place, pool, limit) as trainer:
            verdicts = proving.proven(causes, control, place, trainer, terms, hears.say)
    return with_proof(diagnosis, verdicts, counts), verdicts, counts


def study_seeds(
    script: str | Path,
    arguments: Sequence[str] = (),
    *,
    seeds: int = PAIRS,
    folder: str | Path | None = None,
    epochs: int | None = None,
    limit: float | None = None,
    workers: Workers = LOCAL,
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
    with _recorded(script, arguments, folder, limit, workers) as (place, pool):
        recorded = diagnose_recorded(place, script).run
        job = proving.as_it_is(typed(script), arguments, recorded, place, epochs=epochs)
        terms = proving.Terms(pairs=seeds, on_trial=hears.trial, on_plan=hears.plan)
        with proving.trainer_of(place, pool, limit) as trainer:
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
    alpha: float = ALPHA,
    workers: Workers = LOCAL,
    watcher: ExperimentWatcher | None = None,
) -> Verdict:
    """Train two sources of a script in pairs over seeds, and judge the second against the first.

    Both are executed with the same arguments in the working directory. `before` is executed once
    unchanged before that, unless `folder` is the run folder of that already; the outcome follows
    from it: accuracy, or the share of variance explained, on what `fit` validates on, else on what
    `evaluate` is given, else on the training images. Finished trials in `folder` are kept. The
    verdict's `decision` is `helps` where `after` is better; `alpha` is its error rate. Raises
    `TrialRefusedError` where one of both does not reach its training.
    """
    from fitdoctor.observe import proving

    hears = watcher or Silent()
    with _recorded(before, arguments, folder, limit, workers) as (place, pool):
        recorded = diagnose_recorded(place, before).run
        control = proving.as_it_is(typed(before), arguments, recorded, place, epochs=epochs)
        changed = typed(after).absolute()
        treated = replace(control, script=str(changed), digest=proving.digest(changed))
        terms = proving.Terms(
            pairs=seeds, smallest_difference=smallest_difference, epochs=epochs, limit=limit,
            alpha=alpha, on_trial=hears.trial, on_plan=hears.plan,
        )  # fmt: skip
        with proving.trainer_of(place, pool, limit) as trainer:
            return proving.compared(
                cause, proving.CHANGED_SOURCE, control, treated, place, trainer, terms
            )


def verify(
    mending: Mending,
    arguments: Sequence[str] = (),
    *,
    seeds: int = PAIRS,
    folder: str | Path | None = None,
    epochs: int | None = None,
    limit: float | None = None,
    smallest_difference: float = 0.02,
    workers: Workers = LOCAL,
    watcher: ExperimentWatcher | None = None,
) -> Mending:
    """Return what `fix` proposes with the verdict of trainings of both sources in pairs over seeds.

    The script is executed with all that it does, as in `compare_scripts`, whose settings these are.
    Where several causes are mended and all changes together help, each is then tried apart: all
    changes against all but those for it (`Mending.apart`). Raises `UnreadableSourceError` where
    there is no script, or nothing changed.
    """
    from fitdoctor.mending import files
    from fitdoctor.observe import proving

    path = Path(mending.path)
    if path.suffix not in SCRIPTS or not path.is_file():
        raise UnreadableSourceError(
            f"{path}: only a script or notebook on disk is verified; a recipe by fitdoctor prove"
        )
    if not mending.changed:
        raise UnreadableSourceError(f"{path}: there is no change to verify")
    rules_ = tuple(dict.fromkeys(one.rule for one in mending.mends))
    compared = partial(
        compare_scripts, arguments=arguments, seeds=seeds, epochs=epochs, limit=limit,
        folder=folder or proving.usual_folder(path, arguments),
        smallest_difference=smallest_difference, workers=workers, watcher=watcher,
    )  # fmt: skip
    with files.beside(mending) as after:
        verdict = compared(path, after, cause=", ".join(rules_))
        several = len(rules_) > 1 and verdict.decision == "helps"
        apart = dict(_apart(path, after, rules_, compared, watcher or Silent()) if several else ())
    return replace(mending, verdict=verdict, apart=apart)


def _apart(
    path: Path, after: Path, causes: Sequence[str], compared: Callable[..., Verdict],
    hears: ExperimentWatcher,
) -> Iterator[tuple[str, Verdict]]:  # fmt: skip
    """Yield each cause with what its changes add to all others, as far as these can be told apart.

    The trainings with all changes serve every comparison, and the claims share the error rate.
    """
    from fitdoctor.mending import files

    for cause in causes:
        others = [rule for rule in rules.all_rules() if rule.name in causes and rule.name != cause]
        without = files.mend_file(path, select=others)
        if {one.rule for one in without.mends} != {rule.name for rule in others}:
            hears.say(f"the changes for {cause} cannot be told apart from the others")
            continue
        hears.say(f"trying all changes without those for {cause}")
        try:
            with files.beside(without, "without") as before:
                yield cause, compared(before, after, cause=cause, alpha=ALPHA / len(causes))
        except TrialRefusedError as error:
            hears.say(f"without the changes for {cause} the script does not train: {error}")


@contextlib.contextmanager
def _recorded(
    script: str | Path, arguments: Sequence[str], folder: str | Path | None, limit: float | None,
    workers: Workers,
) -> Iterator[tuple[Path, Pool]]:  # fmt: skip
    """Yield the run folder of a script as it is, and what makes its trials.

    What is asked for and not to be had is refused before anything is executed.
    """
    from fitdoctor.experiments import executors, jobs
    from fitdoctor.observe import proving

    path = typed(script)
    if not path.is_file():
        raise UnreadableSourceError(absent(path, "file"))
    place = typed(folder) if folder else proving.usual_folder(path, arguments)
    with executors.opened(workers, place.absolute() / jobs.RESULTS) as pool:
        yield _first_run(path, arguments, place, limit, pool), pool


def _first_run(
    script: Path, arguments: Sequence[str], place: Path, limit: float | None, pool: Pool
) -> Path:
    """Return the run folder of a script as it is; it is executed where that is not there yet.

    Elsewhere than on this machine it is executed there: what submits jobs is often no place to
    train on.
    """
    from fitdoctor.doctor import keras_of
    from fitdoctor.observe import launch

    if not launch.recorded(place):
        keras, _ = keras_of(script)
        whole = launch.Whole(
            script=str(script), arguments=tuple(arguments), folder=str(place.absolute()),
            keras=keras, limit=limit,
        )  # fmt: skip
        status = launch.record(whole) if pool.here else _recorded_there(whole, pool)
        found = launch.recorded(place)
        error = launch.stopped(place)
        if status in launch.INTERRUPTED:
            launch.forget(found)
            raise KeyboardInterrupt
        if not found:
            raise TrialRefusedError(
                f"{script}: no training was seen; it ended with {error or f'status {status}'}"
            )
    return place


def _recorded_there(whole: launch.Whole, pool: Pool) -> int:
    """Execute a script on a cluster, as a job that ends where this process is interrupted."""
    from fitdoctor import locks
    from fitdoctor.observe import launch

    sent = replace(
        whole, script=str(Path(whole.script).absolute()), home=str(Path.cwd()),
        limit=whole.limit or FIRST_LIMIT, driver=uuid4().hex,
    )  # fmt: skip
    future = pool.executor(sent.limit or FIRST_LIMIT).submit(launch.record, sent)
    try:
        return pool.result(future)
    except BaseException:
        future.cancel()
        locks.revoke(launch.lease_of(Path(sent.folder)), sent.driver)
        raise


def tell(
    name: str,
    folder: Path,
    watcher: ExperimentWatcher,
    *,
    scale: Scale = "small",
    seeds: int | None = None,
    weights: Sequence[Path] = (),
    images: Path | None = None,
) -> tuple[Told, Diagnosis]:
    """Train one of the stories in all its ways, examine the asker's training, and say what it was.

    `seeds` is the most trainings of each way, where the story's own number is too many. `weights`
    are the weight files at hand, told apart by their names; ImageNet's are downloaded
    where none are given. `images` is a folder of class folders to use in place of drawn ones. What
    is drawn and trained already in `folder` is not done again.
    """
    from fitdoctor import stories
    from fitdoctor.stories import telling
    from fitdoctor.training import instruments, recipes, trials

    trainer = trials.KerasTrainer(watcher)
    told, asked = telling.told(
        stories.story(name),
        Settings(folder=folder, scale=scale, seeds=seeds, weights=tuple(weights), photos=images),
        trainer,
        recipes.completed,
        watcher,
        trials.KerasTrainer(watcher, look=True),
        instruments,
    )
    return told, with_proof(examine(asked), told.verdicts)


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
    path = typed(run)
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
