"""What is in order is called in order, by figures of the asker; what only resembles it is not."""

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.records.recipe import Optimizer, Schedule
from fitdoctor.records.schedule import rate_by_epoch
from fitdoctor.report import text
from fitdoctor.sources import pasted

SMOOTHED = """The loss of my PyTorch network of 20 classes does not get below 1.07. Is it the rate?

criterion = nn.CrossEntropyLoss(label_smoothing=0.2)
"""
FLOOR = "Epoch {n}: train_loss {at:.3f} train_acc 0.99{n} val_loss 1.04 val_acc 0.93{n}\n"
EARLY = """ImageNet from scratch, resnet18, batch size 128. Does it learn at all?

Epoch: [0][   0/10010]  Loss 7.0812 (7.0812)  Acc@1 0.00 (0.00)
Epoch: [0][ 400/10010]  Loss {a} ({a})  Acc@1 0.00 (0.13)
Epoch: [0][ 800/10010]  Loss {b} ({b})  Acc@1 0.78 (0.31)
"""
FEW = """Validation accuracy of my CNN jumps up and down, 60 validation images, 400 training images.

""" + "".join(
    f"Epoch {n}/9\n13/13 - 1s - loss: {0.6 - 0.02 * n:.4f} - accuracy: 0.7{n}00 "
    f"- val_loss: {0.62 - 0.01 * n:.4f} - val_accuracy: {{{n}}}\n"
    for n in range(1, 7)
)  # fmt: skip
NOISY = ("0.7500", "0.7167", "0.7833", "0.7333", "0.8000", "0.7500")
WILD = ("0.5000", "0.9333", "0.3333", "0.9000", "0.2500", "0.9500")
SETTINGS = """Does cutout hurt? The val set has {n} validation images. Results, best val accuracy:

plain       0.912
cutout      0.898
cutmix p=1  0.906
"""
MIXED = """Why is training accuracy so far below validation, is the input pipeline broken?

--model resnet34 --mixup 0.4 --smoothing 0.1 --epochs 90
Train: 40 [ 200/201 (100%)]  Loss: 2.41 (2.44)  LR: 1.0e-02
Test:  40 [  20/20]  Loss: 0.812 (0.801)  Acc@1: 80.1 (80.2)
Train: 41 [ 200/201 (100%)]  Loss: 2.40 (2.43)  LR: 9.0e-03
Test:  41 [  20/20]  Loss: 0.798 (0.795)  Acc@1: 80.4 (80.4)
"""
ACROSS = """The training loss looks like stairs: it drops suddenly whenever a new epoch begins.

val loss   epoch 1: 0.95  epoch 2: 0.81  epoch 3: {last}
"""
FOLDS = """{many}: 0.71, 0.77, 0.74, 0.69 and 0.75. Each has {n} validation images.
Is the network unstable?
"""
DECAY = """The loss falls suddenly at epoch 21, is my loader broken?

optimizer = torch.optim.SGD(net.parameters(), lr={rate}, momentum=0.9)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size={every}, gamma=0.2)

epoch 19 loss 1.2102 val_loss 1.3011
epoch 20 loss 1.2044 val_loss 1.2988
epoch 21 loss 0.7211 val_loss 0.8801
epoch 22 loss 0.6701 val_loss 0.8622
"""
FIRST = """Keras: why is validation accuracy higher than training accuracy at first?

""" + "".join(
    f"Epoch {n}/4\n90/90 - 9s - loss: {a} - accuracy: {b} - val_loss: {c} - val_accuracy: {d}\n"
    for n, (a, b, c, d) in enumerate(
        [(1.71, 0.41, 1.32, 0.55), (1.22, 0.58, 1.15, 0.61), (0.93, 0.69, 1.01, 0.66),
         (0.74, 0.76, 0.95, 0.68)], start=1)
)  # fmt: skip


def read(page):
    return doctor.examine(pasted(page)[-1])


def settled(page):
    """Return the rule that settles a page, and the answer in one line."""
    found = read(page)
    rule = found.settled.rule if found.settled is not None else None
    return rule, " ".join(text.render(found).split())


def of_floor(at):
    return SMOOTHED + "".join(FLOOR.format(n=n, at=at + 0.001 * n) for n in range(1, 6))


@pytest.mark.parametrize(
    ("page", "rule", "figure"),
    [
        (of_floor(1.07), "loss_at_its_floor", "a loss of 1.046"),
        (EARLY.format(a="6.9411", b="6.8702"), "judged_too_early", "ln 1000 = 6.91"),
        (FEW.format(None, *NOISY), "validation_noise", "one image is 1.7 points"),
        (SETTINGS.format(n=300), "differences_within_noise", "is 4 images"),
        (MIXED, "training_metric_is_regularised", "mixup or CutMix and label smoothing"),
        (ACROSS.format(last="0.77"), "falls_between_epochs", "0.95 to 0.77"),
        (FOLDS.format(many="Five folds give", n=130), "differences_within_noise", "3.8 points"),
        (DECAY.format(rate=0.1, every=20), "schedule_artifact", "from 0.1 to 0.02"),
        (FIRST, "training_metric_is_regularised", "first 2 of 4 epochs"),
    ],
)
def test_what_is_in_order_is_said_first_with_its_figure(page, rule, figure):
    found, answer = settled(page)
    assert found == rule
    assert answer.startswith("Nothing is wrong.")
    assert figure in answer
    assert "To do: " in answer
    assert "suspect" not in answer


@pytest.mark.parametrize(
    "page",
    [
        of_floor(1.6),
        EARLY.format(a="7.0811", b="7.0802"),
        FEW.format(None, *WILD),
        SETTINGS.format(n=30_000),
        MIXED.replace("--mixup 0.4 --smoothing 0.1 ", ""),
        ACROSS.format(last="1.40"),
        FOLDS.format(many="Five folds give", n=13_000),
        FOLDS.format(many="The first five epochs give", n=130),
        DECAY.format(rate=0.1, every=50),
        DECAY.format(rate=0.1, every=20).replace("0.7211", "1.7211"),
        FOLDS.format(many="Two classes, five folds give", n=130)
        .replace(": 0.7", ": 0.5")
        .replace(", 0.7", ", 0.5")
        .replace("0.69", "0.49")
        .replace("and 0.7", "and 0.5"),
        FIRST.replace("1.01", "0.41").replace("0.95", "0.31"),
    ],
)
def test_what_only_resembles_it_gets_no_comfort(page):
    found, answer = settled(page)
    assert found is None
    assert not answer.startswith("Nothing is wrong.")


def test_another_complaint_is_not_settled():
    page = SETTINGS.format(n=300) + "\nThe loss becomes NaN in all of them.\n"
    assert settled(page)[0] is None


def test_restarts_in_growing_stretches_are_where_the_cosine_begins_anew():
    schedule = Schedule(kind="cosine", total=4, restarts=True, growth=2.0, unit="epochs")
    rates = rate_by_epoch(Optimizer(learning_rate=1.0, schedule=schedule), 28, None)
    rises = np.flatnonzero(np.diff(rates) > 0) + 1
    assert rises.tolist() == [4, 12]
    even = Schedule(kind="cosine", total=4, restarts=True, unit="epochs")
    again = rate_by_epoch(Optimizer(learning_rate=1.0, schedule=even), 12, None)
    assert (np.flatnonzero(np.diff(again) > 0) + 1).tolist() == [4, 8]
