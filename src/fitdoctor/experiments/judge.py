"""Trials to Verdict at fixed numbers of pairs, with the error rate shared out between the looks.

Where outcomes have two modes, trainings that learn and trainings that do not, success rates are
compared by exact intervals; else means by paired t intervals. Which of the two, and which looks are
passed by, follows from the outcomes of both arms together: it cannot favour one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from fitdoctor.experiments import futility
from fitdoctor.records.experiment import Decision, Experiment, Trial, Verdict
from fitdoctor.stats.paired import paired_interval, pairs_suffice, probability_above
from fitdoctor.stats.proportions import (
    paired_rate_difference,
    rate_can_decide,
    rate_probability_above,
)
from fitdoctor.stats.sequential import LOOKS, next_look, shares

LEAST_FOR_RATES = 8
"""Fewer pairs decide nothing about how often a training learns."""
GAP = 0.1
"""What lies at least between trainings that learn and those that do not, where both occur."""
Pairs = Sequence[tuple[Trial, Trial]]


def judge(experiment: Experiment, trials: tuple[Trial, ...]) -> Verdict:
    """Decide by the paired difference, against the smallest one that matters (delta).

    *helps*: the interval lies above 0 and the estimate is at least delta; *harms* likewise;
    *no_difference*: the interval at twice the error rate (two one-sided tests) lies inside
    +- delta; else *undecided*. The first look that decides counts, so that trials after it change
    nothing; a look at which no result could decide leaves its share of the error rate to the next.
    """
    pairs, verdict = _pairs(trials), None
    looks = [*_looks(experiment, pairs)]
    for look, alpha, _ in looks:
        verdict = _compared(experiment, pairs[:look], alpha)
        decision = _decide(verdict, alpha)
        if decision != "undecided":
            return _told(replace(verdict, decision=decision), trials)
    carried = looks[-1][2] if looks else 0.0
    if verdict is None or verdict.pairs < len(pairs):
        # Between looks nothing is decided; the interval is the one of the next.
        alpha = shares(experiment.alpha)[next_look(len(pairs))] + carried
        verdict = _compared(experiment, pairs, alpha)
    return _told(replace(verdict, pairs_needed=_needed(verdict, pairs, carried)), trials)


def is_futile(experiment: Experiment, trials: tuple[Trial, ...], most: int) -> bool:
    """Return whether none of the looks up to `most` pairs is likely to decide what is open."""
    pairs = _pairs(trials)
    looks = [*_looks(experiment, pairs)]
    carried = looks[-1][2] if looks else 0.0
    return futility.chance(experiment, pairs, learned_above(pairs), most, carried) < futility.FUTILE


def _looks(experiment: Experiment, pairs: Pairs) -> Iterator[tuple[int, float, float]]:
    """Yield each look so far, its error rate, and what it leaves of that to the next."""
    share, carried = shares(experiment.alpha), 0.0
    for look in (look for look in LOOKS if look <= len(pairs)):
        alpha = share[look] + carried
        carried = 0.0 if _taken(pairs[:look], alpha) else alpha
        yield look, alpha, carried


def _pairs(trials: Sequence[Trial]) -> list[tuple[Trial, Trial]]:
    """Return the pairs in the order of their seeds."""
    found = {(trial.arm, trial.seed): trial for trial in trials}
    seeds = sorted(seed for arm, seed in found if arm == "control" and ("treated", seed) in found)
    return [(found["control", seed], found["treated", seed]) for seed in seeds]


def learned_above(pairs: Pairs) -> float | None:
    """Return the outcome that parts two modes; `None` where the trials have one."""
    trials = [trial for pair in pairs for trial in pair]
    limit = next((t.learned_above for t in trials if t.learned_above is not None), None)
    if limit is None:
        return None
    below = [t.outcome for t in trials if t.outcome <= limit]
    above = [t.outcome for t in trials if t.outcome > limit]
    return limit if below and above and min(above) - max(below) >= GAP else None


def _learned(pairs: Pairs, limit: float) -> tuple[int, int, int, int]:
    """Return how many of control and treated learned, and the pairs gained and lost."""
    before = [control.outcome > limit for control, _ in pairs]
    after = [treated.outcome > limit for _, treated in pairs]
    gained = sum(a and not b for b, a in zip(before, after, strict=True))
    lost = sum(b and not a for b, a in zip(before, after, strict=True))
    return sum(before), sum(after), gained, lost


def _taken(pairs: Pairs, alpha: float) -> bool:
    """Return whether a look could decide anything, whichever arm is which."""
    limit = learned_above(pairs)
    if limit is None:
        return True
    _, _, gained, lost = _learned(pairs, limit)
    return len(pairs) >= LEAST_FOR_RATES and rate_can_decide(gained + lost, alpha)


def _compared(experiment: Experiment, pairs: Pairs, alpha: float) -> Verdict:
    """Return the difference over these pairs with its interval, undecided as yet.

    Below the pairs that decide about success rates the difference is one of means, and how many
    learned is said beside it: two modes of a few trainings are often one of more of them.
    """
    limit = learned_above(pairs)
    by_rate = limit is not None and len(pairs) >= LEAST_FOR_RATES
    control = [pair[0].outcome for pair in pairs]
    treated = [pair[1].outcome for pair in pairs]
    effect = None if by_rate else paired_interval(control, treated, alpha)
    learned: tuple[int, int] | None = None
    if limit is not None:
        before, after, gained, lost = _learned(pairs, limit)
        learned = (before, after)
        effect = effect or paired_rate_difference(gained, lost, len(pairs), alpha)
    assert effect is not None
    return Verdict(
        experiment=experiment,
        trials=tuple(trial for pair in pairs for trial in pair),
        pairs=len(pairs),
        measure="success_rate" if by_rate else "mean",
        effect=effect,
        level=1 - alpha,
        decision="undecided",
        helps_probability=None,
        pairs_needed=None,
        learned=learned,
        sentence="",
    )


def _delta(verdict: Verdict) -> float:
    experiment = verdict.experiment
    if verdict.measure == "mean":
        return experiment.smallest_difference
    return experiment.smallest_rate_difference


def _decide(verdict: Verdict, alpha: float) -> Decision:
    effect, delta = verdict.effect, _delta(verdict)
    if verdict.learned is not None and verdict.pairs < LEAST_FOR_RATES:
        return "undecided"
    if effect.low > 0 and effect.value >= delta:
        return "helps"
    if effect.high < 0 and effect.value <= -delta:
        return "harms"
    narrow = _compared(verdict.experiment, _pairs(verdict.trials), min(0.5, 2 * alpha)).effect
    if -delta < narrow.low and narrow.high < delta:
        return "no_difference"
    return "undecided"


def _needed(verdict: Verdict, pairs: Pairs, carried: float) -> int | None:
    """Return the look at which a difference like the one seen would probably decide."""
    if len(pairs) < 2:
        return None
    later = [look for look in LOOKS if look > len(pairs)]
    share = shares(verdict.experiment.alpha)
    if verdict.learned is None:
        difference = [treated.outcome - control.outcome for control, treated in pairs]
        spread, delta = float(np.std(difference, ddof=1)), _delta(verdict)
        target = max(abs(verdict.effect.value), delta)
        return next((n for n in later if pairs_suffice(n, target, spread, share[n])), None)
    limit = learned_above(pairs)
    assert limit is not None
    _, _, gained, lost = _learned(pairs, limit)
    for look in later:
        scale = look / len(pairs)
        alpha = share[look] + carried
        more = paired_rate_difference(round(gained * scale), round(lost * scale), look, alpha)
        if look >= LEAST_FOR_RATES and not more.low <= 0 <= more.high:
            return look
    return None


def _told(verdict: Verdict, trials: tuple[Trial, ...]) -> Verdict:
    helps = _helps(verdict, _pairs(verdict.trials))
    return replace(verdict, trials=trials, helps_probability=helps, sentence=_sentence(verdict))


def _helps(verdict: Verdict, pairs: Pairs) -> float | None:
    limit, delta = learned_above(pairs), _delta(verdict)
    if limit is None or verdict.measure == "mean":
        control = [pair[0].outcome for pair in pairs]
        treated = [pair[1].outcome for pair in pairs]
        return probability_above(control, treated, delta)
    _, _, gained, lost = _learned(pairs, limit)
    return rate_probability_above(gained, lost, len(pairs), delta)


def _sentence(verdict: Verdict) -> str:
    experiment, n = verdict.experiment, verdict.pairs
    name, delta = experiment.prescription.intervention, _delta(verdict)
    failed = sum(trial.failure is not None for trial in verdict.trials)
    counted = f", {failed} failed trials counted as worst" if failed else ""
    decided = {
        "helps": f"{name} helps",
        "harms": f"{name} harms",
        "no_difference": f"{name} makes no difference of {delta:g} or more",
        "undecided": f"{name} is undecided",
    }[verdict.decision]
    over = f", over {n} pairs of seeds on this split{counted}"
    return f"{decided}: {_seen(verdict)}{over}.{_ceiling(verdict) or _more(verdict)}"


AT_CEILING = 0.999
"""From this accuracy on there is nothing left to gain."""


def _ceiling(verdict: Verdict) -> str:
    """Return a sentence where no training of either arm leaves anything to gain."""
    outcomes = [trial.outcome for pair in _pairs(verdict.trials) for trial in pair]
    if "accuracy" not in verdict.experiment.outcome or min(outcomes, default=0) < AT_CEILING:
        return ""
    return (
        f" Every training of both arms ends at {verdict.experiment.outcome} 100%: these validation "
        "images cannot show a difference. Try harder or more of them."
    )


def _seen(verdict: Verdict) -> str:
    effect, n = verdict.effect, verdict.pairs
    counts = ""
    if verdict.learned is not None:
        before, after = verdict.learned
        counts = f"{after} of {n} trainings learn with it and {before} of {n} without"
    if verdict.measure == "success_rate":
        between = f"{effect.low:+.0%} to {effect.high:+.0%}"
        return f"{counts}, a difference of {effect.value:+.0%} ({between})"
    beside = f"; {counts}" if counts else ""
    if n < 2:
        return f"{verdict.experiment.outcome} differs by {effect.value:+.3f}{beside}"
    between = f"{effect.low:+.3f} to {effect.high:+.3f}"
    return f"{verdict.experiment.outcome} {effect.value:+.3f} ({between}){beside}"


def _more(verdict: Verdict) -> str:
    """Return what an undecided experiment would take."""
    if verdict.decision != "undecided":
        return ""
    least = LOOKS[0] if verdict.learned is None else LEAST_FOR_RATES
    if verdict.pairs < least:
        return f" Nothing is decided below {least} pairs: give --seeds {least} or more."
    if verdict.pairs_needed is None:
        return f" If the difference is no larger, {LOOKS[-1]} pairs would not decide either."
    return f" About {verdict.pairs_needed} pairs would decide: --seeds {verdict.pairs_needed}."
