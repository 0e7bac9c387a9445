"""Experiments on a script: what is measured, and cause after cause until one is proven."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace

from fitdoctor.errors import RecipeError, TrialRefusedError, did_you_mean
from fitdoctor.experiments import conduct, design, judge
from fitdoctor.experiments.executors import Pool
from fitdoctor.experiments.jobs import RESULTS, JobTrainer
from fitdoctor.observe import counting, scoring
from fitdoctor.observe.pytorch.treated_by import TREATED_BY as OF_LOOPS
from fitdoctor.observe.treated_by import OF_SEEDS, TREATED_BY, tests_of
from fitdoctor.records import journal
from fitdoctor.records.experiment import (
    ALPHA,
    Counted,
    Experiment,
    ManyTrainer,
    Trial,
    Verdict,
)
from fitdoctor.records.finding import Cause, Diagnosis, Prescription
from fitdoctor.records.job import Job, Looped, ScoredOn
from fitdoctor.records.network import output_units
from fitdoctor.records.observation import FILE, Observation
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run
from fitdoctor.records.text import from_json
from fitdoctor.rule import as_sentence
from fitdoctor.rules import all_rules

TRIALS, VERDICTS = "trials.jsonl", "verdicts.jsonl"
MOST_CAUSES = 3
"""Causes that are tested where none is named; they share the error rate."""
LEAST = 0.1
"""Probability from which on a cause is tested where none is named."""
CHANGED_SOURCE = Prescription(
    intervention="changed_source", arguments={}, sentence="Change the source of the script."
)
"""What is compared where two sources of a script are."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How much an experiment may cost, and what would matter."""

    pairs: int
    smallest_difference: float = 0.02
    epochs: int | None = None
    limit: float | None = None
    """Seconds after which a trial is ended."""
    until: float = float("inf")
    """When to stop, on the clock of `time.monotonic`."""
    alpha: float = ALPHA
    on_trial: Callable[[Trial, int], None] = lambda _trial, _total: None
    on_plan: Callable[[int, float], None] = lambda _trials, _seconds: None


def digest(script: Path) -> str:
    """Return what names the contents of a script."""
    return sha256(script.read_bytes()).hexdigest()[:16]


def usual_folder(script: Path, arguments: Sequence[str]) -> Path:
    """Return where a proof of this script with these arguments goes on."""
    named = sha256("\0".join([digest(script), *arguments]).encode()).hexdigest()[:8]
    return Path("runs") / f"{script.stem}-proof-{named}"


def trainer_of(folder: Path, pool: Pool, limit: float | None) -> JobTrainer:
    """Return what executes trials, expecting them to take as long as the run in `folder` took."""
    events = journal.read(folder / "journal.jsonl", journal.Event)
    times = [event.at for event in events]
    seconds = max(times) - min(times) if times else 0.0
    return JobTrainer(folder / RESULTS, pool, seconds=seconds + STARTING, limit=limit)


OF_CLASSES = ("sparse_categorical", "categorical", "negative_log_likelihood")
"""Losses that compare classes alone."""
STARTING = 10.0
"""Seconds until a script trains, where nothing is known of it."""


def as_it_is(
    script: Path, arguments: Sequence[str], recorded: Run, folder: Path, *, fit: int = 1,
    epochs: int | None = None,
) -> Job:  # fmt: skip
    """Return a script as the control, measured as the run that was recorded in `folder` allows."""
    seen = from_json((folder / FILE).read_text(encoding="utf-8"), Observation)
    feeds = {feed.use: feed for feed in reversed(seen.script.feeds)}
    scored_on: ScoredOn = "training"
    if "validation" in feeds:
        scored_on = "validation"
    elif seen.evaluated:
        scored_on = "evaluate"
    inputs = feeds["train"].inputs.numbers if "train" in feeds else None
    labels = feeds["train"].labels.numbers if "train" in feeds else None
    recipe = recorded.recipe or Recipe()
    classes = labels is None or scoring.names_classes(labels, output_units(recipe.layers))
    loop = None
    if seen.script.framework == "torch":
        trained = max(map(len, recorded.curves.values()), default=1)
        loop = Looped(epochs=trained, inputs=inputs, labels=labels, loss=recipe.loss or "")
        classes = classes or (recipe.loss or "").startswith(OF_CLASSES)
    return Job(
        script=str(script.absolute()),
        arguments=tuple(arguments),
        folder=str(Path.cwd()),
        digest=digest(script),
        fit=fit,
        epochs=epochs,
        loop=loop,
        scored_on=scored_on,
        classes=classes,
    )


def check(cause: str) -> None:
    """Raise `RecipeError` for a cause that no intervention on scripts tests."""
    if cause in TREATED_BY or cause in OF_LOOPS or cause == OF_SEEDS:
        return
    rule = next((rule for rule in all_rules() if rule.name == cause), None)
    if rule is None:
        meant = did_you_mean(cause, TREATED_BY, ", ".join(TREATED_BY))
        raise RecipeError(f"{cause}: there is no such cause that is tested on scripts.{meant}")
    advice = as_sentence(rule.advice or rule.clear)
    raise RecipeError(f"{cause} has no intervention to test on scripts. {advice}")


def sickest(diagnoses: Sequence[Diagnosis], cause: str | None) -> int:
    """Return which training an experiment takes: the first with the likeliest cause to test."""

    def likely(diagnosis: Diagnosis) -> float:
        if cause is not None:
            return max((c.probability for c in diagnosis.causes if c.rule == cause), default=0.0)
        return max((c.probability for c in to_test(diagnosis)), default=0.0)

    return max(range(len(diagnoses)), key=lambda number: (likely(diagnoses[number]), -number))


def to_test(diagnosis: Diagnosis, counts: Sequence[Counted] = ()) -> list[Cause]:
    """Return the causes that an experiment on the script takes, the likeliest first.

    What was counted not to be there is left out; none is tested beside one that settles it.
    """
    if any(count.settles for count in counts):
        return []
    ruled_out = {count.cause for count in counts if not count.present}
    able = (c for c in _suspects(diagnosis) if c.rule not in ruled_out)
    script = diagnosis.run.script
    loop = script is not None and script.framework == "torch"
    return [cause for cause in able if tests_of(cause.rule, loop=loop)][:MOST_CAUSES]


def _suspects(diagnosis: Diagnosis) -> list[Cause]:
    return [c for c in diagnosis.causes if c.probability >= LEAST and not (c.guess or c.usual)]


def counted(diagnosis: Diagnosis, folder: Path) -> tuple[Counted, ...]:
    """Return what the run that was recorded in `folder` decides without any training."""
    seen = from_json((folder / FILE).read_text(encoding="utf-8"), Observation)
    found = (counting.counted(c.rule, diagnosis.run, seen) for c in _suspects(diagnosis))
    return tuple(count for count in found if count is not None)


def tested(
    cause: str, control: Job, folder: Path, trainer: ManyTrainer[Job], terms: Terms
) -> Verdict:
    """Return the verdict on a cause, by the first of its treatments that changes something.

    Raises `TrialRefusedError` where none does.
    """
    refused: list[str] = []
    for prescription in tests_of(cause, loop=control.loop is not None):
        treated = replace(control, treatment=prescription)
        try:
            return compared(cause, prescription, control, treated, folder, trainer, terms)
        except TrialRefusedError as error:
            refused.append(str(error))
    raise TrialRefusedError("; ".join(dict.fromkeys(refused)) or f"{cause}: nothing tests it here")


def compared(
    cause: str, prescription: Prescription, control: Job, treated: Job, folder: Path,
    trainer: ManyTrainer[Job], terms: Terms,
) -> Verdict:  # fmt: skip
    """Return the verdict on two jobs, trained in pairs; finished trials in `folder` are kept."""
    experiment = design.on_script(
        cause, prescription, control, treated, outcome=control.outcome, pairs=terms.pairs,
        smallest_difference=terms.smallest_difference, alpha=terms.alpha,
    )  # fmt: skip
    trials = sorted(_until(terms, experiment, trainer, folder), key=lambda t: (t.seed, t.arm))
    verdict = judge.judge(experiment, tuple(trials))
    journal.append(folder / VERDICTS, verdict, shared=True)
    return verdict


def _until(
    terms: Terms, experiment: Experiment, trainer: ManyTrainer[Job], folder: Path
) -> Iterator[Trial]:
    for trial in conduct.conduct(experiment, trainer, folder / TRIALS, terms.on_plan):
        terms.on_trial(trial, experiment.pairs * 2)
        yield trial
        if time.monotonic() > terms.until:
            return


def proven(
    causes: Sequence[str], control: Job, folder: Path, trainer: ManyTrainer[Job], terms: Terms,
    say: Callable[[str], None],
) -> tuple[Verdict, ...]:  # fmt: skip
    """Test causes in turn until one is proven or the time is up; they share the error rate."""
    verdicts: list[Verdict] = []
    shared = replace(terms, alpha=terms.alpha / max(len(causes), 1))
    for cause in causes:
        if time.monotonic() > terms.until:
            say(f"the budget is spent before {cause} is tested")
            break
        say(f"testing {cause}")
        try:
            verdicts.append(tested(cause, control, folder, trainer, shared))
        except TrialRefusedError as error:
            say(f"{cause} cannot be tested on this script: {error}")
            continue
        if verdicts[-1].decision == "helps":
            break
    return tuple(verdicts)
