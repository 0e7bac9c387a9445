"""Figures of arms in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Trial
from fitdoctor.records.story import ArmResult, Ended, Line, Tone


def mean(result: ArmResult, figure: str, *, share: bool = False) -> str:
    """Return the mean of a figure over seeds, with its interval where there is one.

    A share stays between 0 and 100 %, which an interval by Student's t does not know.
    """
    known = result.means[figure]
    if share:
        low, high = (float(np.clip(x, 0, 1)) for x in (known.low, known.high))
        known = Estimate(known.value, low, high)
    return between(known, share=share)


def between(known: Estimate, *, share: bool = False) -> str:
    """Return an estimate with its interval; without, where it is not finite."""
    form = "{:.0%}" if share else "{:.3f}"
    value, low, high = (form.format(x) for x in (known.value, known.low, known.high))
    return f"{value} ({low} to {high})" if np.isfinite(known.low) else value


def points(known: Estimate) -> str:
    """Return a difference of accuracies in points, with its interval where there is one.

    >>> points(Estimate(0.332, 0.12, 0.53))
    '+33 points (+12 to +53)'
    """
    value, low, high = (f"{100 * x:+.0f}" for x in (known.value, known.low, known.high))
    return f"{value} points ({low} to {high})" if np.isfinite(known.low) else f"{value} points"


SAID = {
    "helps": "It helps",
    "harms": "It harms",
    "no_difference": "It makes no difference that matters",
    "undecided": "Not shown either way",
}


def effect(result: ArmResult) -> str:
    """Return what an arm's trainings say of validation accuracy, or how often they learn."""
    verdict = result.verdict
    if verdict is None or len(result.ended) < 2:
        return (
            f"One training of it ends at {mean(result, 'val_accuracy', share=True)}, with a "
            f"validation loss of {mean(result, 'val_loss')}."
        )
    # The first look that decides counts; the figures are those of all trainings, as elsewhere.
    pairs = len(verdict.trials) // 2
    if verdict.learned is not None:
        learn, before = (
            f"{sum(t.arm == arm and _learned(t) for t in verdict.trials)} of {pairs}"
            for arm in ("treated", "control")
        )
        return f"{SAID[verdict.decision]}: with it {learn} learn, without it {before}."
    figure = f"validation accuracy {points(result.differences['val_accuracy'])}"
    return f"{SAID[verdict.decision]}: {figure}, in {pairs} pairs."


def _learned(trial: Trial) -> bool:
    return trial.learned_above is not None and trial.outcome > trial.learned_above


def curves_of(
    ended: Sequence[Ended], figure: str, tone: Callable[[Ended], Tone], strong: Ended | None = None
) -> tuple[Line, ...]:
    """Return the curve of each training that has one, in its tone; one of them may stand out."""
    return tuple(
        Line(tuple(e.curves[figure]), tone(e), strong=e is strong)
        for e in ended
        if e.curves.get(figure)
    )


def ranked(ended: Sequence[Ended], figure: str, place: float = 0.5) -> Ended:
    """Return the training at a place between the least figure, 0, and the greatest, 1."""
    known = [e for e in ended if np.isfinite(e.last(figure))] or list(ended)
    known.sort(key=lambda e: e.last(figure))
    return known[round(place * (len(known) - 1))]


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> duration(95), duration(600), duration(40_000)
    ('95 s', '10 min', '11.1 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
