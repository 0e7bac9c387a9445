"""Trials to Verdict: paired t intervals at fixed looks, with the error rate spent between them."""

from __future__ import annotations

import numpy as np

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Decision, Experiment, Trial, Verdict
from fitdoctor.stats.paired import paired_interval, pairs_needed, spent_alpha

ALPHA = 0.05


def judge(experiment: Experiment, trials: tuple[Trial, ...]) -> Verdict:
    """Decide by the paired difference, against the smallest one that matters (delta).

    *helps*: the interval lies above 0 and the estimate is at least delta; *harms* likewise;
    *no_difference*: the interval at twice the error rate (two one-sided tests) lies inside
    +- delta; else *undecided*. Between looks the verdict is undecided by definition.
    """
    outcome = {(trial.arm, trial.seed): trial.outcome for trial in trials}
    pairs = sorted(
        {s for a, s in outcome if a == "control"} & {s for a, s in outcome if a != "control"}
    )
    control = [outcome["control", seed] for seed in pairs]
    treated = [outcome["treated", seed] for seed in pairs]
    at_look = len(pairs) in experiment.looks
    spent = spent_alpha(experiment.looks, ALPHA)
    look = next((i for i, n in enumerate(experiment.looks) if n >= len(pairs)), len(spent) - 1)
    effect = paired_interval(control, treated, spent[look])
    narrow = paired_interval(control, treated, min(0.5, 2 * spent[look]))
    decision = _decide(effect, narrow, experiment.smallest_difference) if at_look else "undecided"
    needed = None
    if decision == "undecided" and len(pairs) >= 2:
        spread = float(np.std(np.subtract(treated, control), ddof=1))
        target = max(abs(effect.value), experiment.smallest_difference)
        needed = max(len(pairs) + 1, pairs_needed(target, spread, ALPHA))
    return Verdict(
        experiment=experiment,
        trials=trials,
        effect=effect,
        level=1 - spent[look],
        decision=decision,
        pairs_needed=needed,
        sentence=_sentence(experiment, effect, decision, len(pairs), needed, trials),
    )


def _decide(effect: Estimate, narrow: Estimate, delta: float) -> Decision:
    if effect.low > 0 and effect.value >= delta:
        return "helps"
    if effect.high < 0 and effect.value <= -delta:
        return "harms"
    if -delta < narrow.low and narrow.high < delta:
        return "no_difference"
    return "undecided"


def _sentence(
    experiment: Experiment,
    effect: Estimate,
    decision: Decision,
    pairs: int,
    needed: int | None,
    trials: tuple[Trial, ...],
) -> str:
    name, what = experiment.prescription.intervention, experiment.outcome
    interval = f"{effect.value:+.3f} ({effect.low:+.3f} to {effect.high:+.3f})"
    failed = sum(trial.failure is not None for trial in trials)
    said = {
        "helps": f"{name} helps: {what} {interval}",
        "harms": f"{name} harms: {what} {interval}",
        "no_difference": f"{name} makes no difference of {experiment.smallest_difference:g} or "
        f"more: {what} {interval}",
        "undecided": f"{name} is undecided: {what} {interval}"
        + (f"; about {needed} pairs would decide" if needed else ""),
    }[decision]
    counted = f", {failed} failed trials counted as worst" if failed else ""
    return f"{said}, over {pairs} pairs of seeds on this split{counted}."
