"""A training that drifts loses what it learned; one that wanders near its floor does not."""

import numpy as np
import pytest

from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Run, curve
from fitdoctor.rules.late_optimizer_drift import RULE


def drifting(floor, end, noise=0.0):
    """Return losses that fall from 2.3 to a floor in 30 epochs and rise to `end` in 30 more."""
    rng = np.random.default_rng(7)
    down, up = np.geomspace(2.3, floor, 30), np.linspace(floor, end, 30)
    return np.concatenate([down, up]) * (1 + noise * rng.normal(size=60))


@pytest.mark.parametrize(
    ("floor", "end", "found"),
    [(0.05, 0.4, True), (0.2, 0.9, True), (0.03, 0.05, False), (0.04, 0.1, False)],
)
def test_a_rise_counts_by_what_had_been_learned(floor, end, found):
    losses = curve(drifting(floor, end, 0.01))
    run = Run(curves={"loss": losses, "val_loss": curve(drifting(0.5, 1.4, 0.01))})
    assert isinstance(RULE.examine(run), Finding) == found
