"""What has learned, or still does, is not called dead."""

import numpy as np
import pytest

from fitdoctor.cases import with_curves
from fitdoctor.records.finding import Finding
from fitdoctor.rules import all_rules
from fitdoctor.shown import happens
from fitdoctor.sources import pasted

RULES = {rule.name: rule for rule in all_rules()}


def severity(rule: str, text: str) -> str | None:
    """Return how severe a rule finds a script; `None` where it finds nothing."""
    outcome = RULES[rule].examine(pasted(text)[0])
    return (outcome.severity or "") if isinstance(outcome, Finding) else None


@pytest.mark.parametrize(("share", "learned"), [(0.998, True), (0.93, False), (0.12, False)])
def test_weights_that_know_all_answers_have_learned(share, learned):
    rng = np.random.default_rng(3)
    case = with_curves(
        loss=lambda _: 0.004 + rng.normal(0, 1e-5, 12),
        accuracy=lambda _: np.full(12, share),
    )
    run = case(rng)
    assert isinstance(RULES["never_learned"].examine(run), Finding) != learned
    assert (happens(run) == "training_does_not_learn") != learned


REPORT = """
The network predicts one class for all test images.

import keras
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
net.compile(keras.optimizers.Adam(1e-3), "categorical_crossentropy", metrics=["accuracy"])
net.fit(x, y, epochs=6)

{log}
"""


@pytest.mark.parametrize(("losses", "sick"), [
    ((1.11, 1.02, 0.95, 0.88, 0.82, 0.77), False),
    ((1.12, 1.10, 1.10, 1.10, 1.10, 1.10), True),
])  # fmt: skip
def test_units_that_still_learn_are_not_dead(losses, sick):
    log = "\n".join(f"Epoch {i}/6\n40/40 - loss: {x}" for i, x in enumerate(losses, 1))
    assert (severity("learning_rate_too_high", REPORT.format(log=log)) is not None) == sick
