"""Rules on figures within epochs: false alarms on healthy batches, and what they name in others."""

import numpy as np
import pytest

from fitdoctor.records.finding import Finding
from fitdoctor.records.run import BatchCurve, DataSummary, Run
from fitdoctor.rules import all_rules
from fitdoctor.sources import pasted

RULES = {rule.name: rule for rule in all_rules()}
ON_BATCHES = [
    r
    for r in RULES.values()
    if {"batch_loss", "batch_accuracy"} & set(r.parameters) and r.kind != "benign"
]
DRAWS, BUDGET = 1500, 0.01


def healthy_batches(seed: int, *, collapses: bool = False) -> Run:
    """Draw a training that is shuffled and learns, as loops print it every so many batches.

    A figure is over the batches since the last one, or the mean over the epoch so far. Where it
    collapses, the network answers one class from some batch on.
    """
    rng = np.random.default_rng((5, seed))
    classes = int(rng.choice([2, 3, 5, 10, 20, 100, 1000]))
    size, window = int(rng.choice([1, 2, 4, 8, 16, 32, 128])), int(rng.choice([1, 1, 10, 50, 100]))
    epochs, points = int(rng.integers(1, 6)), int(rng.integers(4, 40))
    steps = np.arange(1, epochs * points + 1)
    learned = rng.uniform(0.3, 1.0) * (1 - np.exp(-steps / rng.uniform(1, 40)))
    share = 1 / classes + (1 - 1 / classes) * learned
    if collapses:
        share[steps > rng.integers(1, len(steps) + 1)] = 1 / classes
    images = size * window
    accuracy = rng.binomial(images, np.clip(share, 0, 1)) / images
    spread = rng.uniform(0.2, 1.0) / np.sqrt(images)
    mean = np.log(classes) * (1 - learned) + 0.02
    loss = mean * rng.gamma(1 / spread**2, spread**2, len(steps))
    if rng.random() < 0.3:
        so_far = np.tile(np.arange(1, points + 1), epochs)
        accuracy, loss = (_means(x, points) for x in (accuracy, loss))
        assert len(so_far) == len(loss)
    decimals = int(rng.choice([2, 3, 4, 6]))
    places = (steps - 1) // points + 1, ((steps - 1) % points + 1) * window
    known = DataSummary(n_classes=classes) if rng.random() < 0.5 else None
    figures = {"loss": loss, "accuracy": accuracy}
    if rng.random() < 0.4:
        figures.pop("loss")
    return Run(
        batches={n: BatchCurve(*places, np.round(v, decimals)) for n, v in figures.items()},
        data=known,
    )


def _means(values, points):
    rows = values.reshape(-1, points)
    return (np.cumsum(rows, axis=1) / np.arange(1, points + 1)).ravel()


@pytest.mark.costly
@pytest.mark.parametrize(
    "rule", [r for r in ON_BATCHES if r.kind != "benign"], ids=lambda rule: rule.name
)
def test_healthy_batches_raise_no_alarm_beyond_the_budget(rule):
    alarms = sum(isinstance(rule.examine(healthy_batches(s)), Finding) for s in range(DRAWS))
    assert alarms <= BUDGET * DRAWS


@pytest.mark.slow
def test_a_collapse_to_one_answer_is_no_order_of_classes():
    rule = RULES["training_not_shuffled"]
    runs = (healthy_batches(seed, collapses=True) for seed in range(DRAWS))
    assert sum(isinstance(rule.examine(run), Finding) for run in runs) <= BUDGET * DRAWS


@pytest.mark.parametrize(("classes", "each"), [(3, 400), (10, 64), (40, 32)])
def test_one_class_after_the_other_is_named(classes, each):
    """A network that answers the class it was shown last, on blocks of classes."""
    rng = np.random.default_rng(classes)
    shares = [
        rng.binomial(each, 0.93 if place else 0.0) / each
        for _ in range(classes)
        for place in (0, 0, 1, 1)
    ]
    lines = [
        f"Epoch[0] Batch [{20 * (i + 1)}]\tSpeed: 90.5 samples/sec\tTrain-accuracy={share:.6f}"
        for i, share in enumerate(shares)
    ]
    (run,) = pasted("\n".join(lines))
    assert isinstance(RULES["training_not_shuffled"].examine(run), Finding)


def test_a_loss_that_grows_within_the_first_epoch_is_named():
    lines = [
        f"Epoch: [0][{20 * i}/400]\tTime 0.2 (0.2)\tLoss {1.4 * 1.4**i:.4f} ({1.4 * 1.2**i:.4f})"
        for i in range(12)
    ]
    (run,) = pasted("\n".join(lines))
    assert isinstance(RULES["loss_diverged"].examine(run), Finding)
