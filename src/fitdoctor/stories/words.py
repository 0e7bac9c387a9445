"""Figures of arms in words."""

from __future__ import annotations

import numpy as np

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.story import ArmResult


def mean(result: ArmResult, figure: str, *, share: bool = False) -> str:
    """Return the mean of a figure over seeds, with its interval where there is one."""
    return between(result.means[figure], share=share)


def between(known: Estimate, *, share: bool = False) -> str:
    """Return an estimate with its interval; without, where it is not finite."""
    form = "{:.0%}" if share else "{:.3f}"
    value, low, high = (form.format(x) for x in (known.value, known.low, known.high))
    return f"{value} ({low} to {high})" if np.isfinite(known.low) else value


def effect(result: ArmResult) -> str:
    """Return what an arm's trainings say: the verdict, or the figures of a single one."""
    if result.verdict is None or len(result.ended) < 2:
        return (
            f"One training of it ends at {mean(result, 'val_accuracy', share=True)}, with a "
            f"validation loss of {mean(result, 'val_loss')}."
        )
    # The number of seeds is the story's own, no option of its command.
    sentence, _, asked_for = result.verdict.sentence.partition(": --seeds ")
    return f"{sentence}." if asked_for else sentence


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> duration(95), duration(600), duration(40_000)
    ('95 s', '10 min', '11.1 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
