"""Logs of one page with a heading each that names another setting."""

import pytest

from fitdoctor import doctor
from fitdoctor.sources import pasted

STANDS = [(2.31, 2.3, 0.1), (2.306, 2.304, 0.1), (2.305, 2.306, 0.1)]
LEARNS = [(1.6, 1.3, 0.53), (1.2, 1.1, 0.61), (1.0, 0.99, 0.65)]
ALIKE = [(1.58, 1.33, 0.52), (1.22, 1.13, 0.6), (1.02, 1.0, 0.64)]
STYLES = (
    "epoch {e} train_loss {t:.4f} val_loss {v:.4f} val_acc {a:.4f}",
    "Epoch {e}/3\n100/100 - 3s - loss: {t:.4f} - val_loss: {v:.4f} - val_accuracy: {a:.4f}",
)


def page(style, *logs):
    parts = []
    for heading, rows in logs:
        lines = [style.format(e=e, t=t, v=v, a=a) for e, (t, v, a) in enumerate(rows, 1)]
        parts.append("\n".join([heading, *lines]))
    return pasted("\n\n".join(["What is wrong with the first one?", *parts]))


def helped(run):
    return {c.predicate for c in run.claims if c.predicate.startswith("helped_by")}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("worse", "better", "change", "cause"),
    [
        ("lr = 0.3", "lr = 0.003", "lower_rate", "learning_rate_too_high"),
        ("With learning rate 1e-6:", "With learning rate 1e-3:", "higher_rate",
         "learning_rate_too_low"),
        ("raw pixels:", "pixels scaled to 0..1:", "scaling", "inputs_not_scaled"),
        ("With BatchNorm:", "Without BatchNorm:", "no_batchnorm", "batchnorm_inference_gap"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("turned", [False, True])
def test_what_differs_between_two_logs_is_an_experiment(
    style, worse, better, change, cause, turned
):
    logs = [(worse, STANDS), (better, LEARNS)]
    runs = page(style, *(reversed(logs) if turned else logs))
    bad, good = reversed(runs) if turned else runs
    assert helped(bad) == {f"helped_by_{change}"}
    assert not helped(good)
    assert doctor.examine(bad).causes[0].rule == cause


@pytest.mark.parametrize("style", STYLES)
def test_a_heading_is_of_its_own_log(style):
    first, second = page(style, ("lr = 0.3", STANDS), ("lr = 0.003", LEARNS))
    assert first.recipe.optimizer.learning_rate == 0.3
    assert second.recipe.optimizer.learning_rate == 0.003


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("one", "other", "rows"),
    [
        ("lr = 0.3, batch size 8", "lr = 0.003, batch size 64", LEARNS),  # two things differ
        ("lr = 0.003", "lr = 0.003", LEARNS),
        ("first try:", "second try:", LEARNS),
        ("lr = 0.3", "batch size 64", LEARNS),  # of the other, no heading says
    ],
)
def test_two_things_none_and_unlike_ones_tell_nothing(style, one, other, rows):
    assert not any(map(helped, page(style, (one, STANDS), (other, rows))))


@pytest.mark.parametrize("style", STYLES)
def test_logs_that_end_alike_tell_nothing(style):
    assert not any(map(helped, page(style, ("lr = 0.01", LEARNS), ("lr = 0.003", ALIKE))))
