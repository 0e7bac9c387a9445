"""A prescription put to the test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

import msgspec

from fitdoctor.records.display import Displayed
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Prescription
from fitdoctor.records.job import Job
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run

Arm = Literal["control", "treated"]
Decision = Literal["helps", "harms", "no_difference", "undecided"]
Measure = Literal["mean", "success_rate"]
ARMS: tuple[Arm, Arm] = ("control", "treated")
ALPHA = 0.05
"""The error rate of all claims of one `prove` together."""
PAIRS = 8
"""Pairs where nobody says: two looks, and enough for success rates."""
STREAMS = 2
"""Counts up when the same seed comes to draw other numbers: trials of before are no pairs then."""


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """Two arms, the same seeds in both, and the difference that would matter.

    Outcome and epoch of reading are fixed before the first trial; the looks, for all experiments.
    """

    cause: str
    prescription: Prescription
    control: Recipe = Recipe()
    treated: Recipe = Recipe()
    jobs: tuple[Job, Job] | None = None
    """Control and treated where a script is trained in place of a recipe."""
    pairs: int
    """The most pairs to train."""
    outcome: str = "val_accuracy"
    worst: float = 0.0
    """What a trial that failed counts as."""
    smallest_difference: float = 0.02
    smallest_rate_difference: float = 0.1
    """Of success rates, where some trainings learn and others do not."""
    alpha: float = ALPHA
    """The error rate that all looks share; less where several causes are tested in turn."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One training of an experiment; `outcome` is the worst value where it failed."""

    cause: str
    intervention: str
    arm: Arm
    seed: int
    outcome: float
    seconds: float
    failure: str | None = None
    learned_above: float | None = None
    """The outcome above which a training has learned: surely more than guessing reaches. It follows
    from classes and images alone, so it is fixed before anything is trained."""
    changed: str = ""
    """What the intervention changed, in words, where it was made while a script ran."""


class Verdict(msgspec.Struct, Displayed, frozen=True, kw_only=True):
    """What the trials say of the prescription."""

    experiment: Experiment
    trials: tuple[Trial, ...]
    pairs: int
    """Pairs that the verdict is over."""
    measure: Measure = "mean"
    """What is compared: mean outcomes, or, where outcomes have two modes, how many learn."""
    effect: Estimate
    """Paired difference treated - control; its interval generalises over seeds."""
    level: float
    """Confidence level of the interval: each look spends its own share of the error rate."""
    decision: Decision
    helps_probability: float | None = None
    """Probability that the intervention improves the outcome by the smallest difference that
    matters or more, by these trials under a flat prior; `None` below two pairs."""
    pairs_needed: int | None
    """Pairs that would probably decide, where undecided; `None` where no number within reach."""
    learned: tuple[int, int] | None = None
    """Trainings that learned, of control and treated, where outcomes have two modes; from eight
    pairs on their shares are compared, before that means."""
    sentence: str

    def __repr__(self) -> str:
        effect = f"{self.effect.value:+.3g} ({self.effect.low:+.3g} to {self.effect.high:+.3g})"
        rates = self.measure == "success_rate"
        what = "share of trainings that learn" if rates else self.experiment.outcome
        return (
            f"<Verdict on {self.experiment.cause}: {self.decision}; {what} {effect} in "
            f"{self.pairs} pairs>"
        )


Order_contra = TypeVar("Order_contra", contravariant=True)


class Trainer(Protocol[Order_contra]):
    """Whatever can train recipes, or scripts, or a fake one of known truth in tests."""

    def train(self, order: Order_contra, /) -> Run:
        """Return the run, or raise `TrialFailedError`."""
        ...

    def estimate_seconds(self, order: Order_contra, /) -> float:
        """Return about how long one training will take."""
        ...


@runtime_checkable
class ManyTrainer(Trainer[Order_contra], Protocol[Order_contra]):
    """A trainer for which several trainings cost less together, or run at the same time."""

    def train_many(self, orders: Sequence[Order_contra], /) -> Iterable[Done]:
        """Yield each training once it is finished, in whatever order they finish."""
        ...


AnyTrainer = Trainer[Any]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What counting, or one evaluation, shows of a cause: nothing is trained for it."""

    cause: str
    present: bool
    by: Literal["counting", "evaluation"]
    sentence: str
    settles: bool = False
    """Arithmetic alone says that no training can go well while it is there, so that trials of other
    causes would show nothing, and trials of this one nothing new."""


class TrialFailedError(Exception):
    """A training diverged, became NaN or ran out of memory; counts as the worst outcome."""


class Done(NamedTuple):
    """A training of `train_many` that has finished."""

    place: int
    """Which of those that were asked for."""
    result: Run | TrialFailedError
    seconds: float
    changed: str = ""
    """What the intervention changed, in words, where it is made as values pass."""


class SeedStudy(msgspec.Struct, frozen=True, kw_only=True):
    """One script over seeds of its initial weights, crossed with seeds of the images' order."""

    outcome: str
    outcomes: tuple[float, ...]
    """Of trainings that share neither seed with each other."""
    learned_above: float | None
    rate: Estimate | None
    """How many of them learn, with its exact interval; `None` where the bar is not known."""
    spread: float
    """Standard deviation of these outcomes."""
    weights: float
    """Share of the variance that goes with the initial weights (and dropout masks)."""
    order: float
    """Share that goes with the order of the images."""
    rest: float
    """Share that goes with both together, or with neither."""
    crossed: int
    """Seeds of each that were crossed."""
