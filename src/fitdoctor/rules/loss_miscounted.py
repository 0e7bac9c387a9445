"""The mean loss that a loop prints is not the mean: it is off by about the batch size.

## Why it matters
A loss function gives the mean of its batch. Added up over batches and divided by the number of
images it comes out too small by the batch size; summed over images and divided by the number of
batches, too large. Training goes on as before, but the figures fit no other: not ln K at the
start, not the loss of a validation that counts otherwise, not those of a paper. A gap that is none
looks like overfitting, and a plateau's threshold is missed.

## How it is measured
From the script, whose loops are interpreted: what a loss function reduces to (`reduction`), what
each batch adds (`loss.item()`, or that times the size of the batch), and whether the sum is divided
by a number of batches or of images, both of the set that the loss is of. Nothing is said where the
loss is not known to be a mean, where batches hold one image, or where a number of the script's own
stands between.

## What to try
`total += loss.item() * x.size(0)` with `total / len(loader.dataset)`, or `total += loss.item()`
with `total / len(loader)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TAPE, TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.rule import Rule


def loss_miscounted(program: Program) -> Iterator[Evidence]:
    for event in program.as_written.events("miscount"):
        if event.detail in _COUNTED:
            yield Evidence(sentence=_COUNTED[event.detail], weight=4.5, line=event.line)
            return


_COUNTED = {
    "loss means": "Mean losses of batches are added up and divided by a number of images: the "
    "result is too small by the batch size.",
    "loss of another part": "Losses of one part are added up and divided by a count of another.",
    "loss go on": "Losses are added up from epoch to epoch, never set back to 0, and divided by a "
    "count of one epoch.",
    "loss sums": "Losses are added up over images and divided by a number of batches: the result "
    "is too large by the batch size.",
}

_MEANS = (
    ("    net.train()\n", "    net.train()\n    total = 0.0\n"),
    ("        opt.step()\n", "        opt.step()\n        total += loss.item()\n"),
)
_SUMS = (_MEANS[0], (_MEANS[1][0], _MEANS[1][1].replace("loss.item()", "loss.item() * x.size(0)")))


def _printing(what: str) -> tuple[str, str]:
    return "    net.eval()\n", f"    print({what})\n    net.eval()\n"


_SUMMED = ("CrossEntropyLoss()", 'CrossEntropyLoss(reduction="sum")')
_TAPED = (
    ("    for x, y in train:\n", "    total = 0.0\n    for x, y in train:\n"),
    (
        "    for x, y in held_out:\n",
        "    print(total / {})\n    for x, y in held_out:\n",
    ),
    ("net.trainable_variables))\n", "net.trainable_variables))\n        total += {}\n"),
    (
        " import keras\n",
        " import keras\ntrain = keras.utils.image_dataset_from_directory('photos')\n",
    ),
)


def _taped(by: str, each: str) -> tuple[tuple[str, str], ...]:
    (start, (end, ended), (step, stepped), making) = _TAPED
    return start, (end, ended.format(by)), (step, stepped.format(each)), making


RULE = Rule(
    code="FD129",
    check=loss_miscounted,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="add up loss.item() * x.size(0) and divide by the number of images, or loss.item() and "
    "by the number of batches",
    clear="losses are averaged by what they were added up over, as far as that is told",
    sick=(
        scripted(TORCH, *_MEANS, _printing("total / len(train.dataset)")),
        scripted(TORCH, *_MEANS, _printing("total / len(photos)")),
        scripted(TORCH, *_SUMS, _printing("total / len(train)")),
        scripted(TORCH, *_MEANS, _SUMMED, _printing("total / len(train)")),
        scripted(TAPE, *_taped("len(train)", "cost(y, net(x)) * len(x)")),
    ),
    healthy=(
        scripted(TORCH, *_MEANS, _printing("total / len(train)")),
        scripted(TORCH, *_SUMS, _printing("total / len(train.dataset)")),
        scripted(TORCH, *_MEANS, _SUMMED, _printing("total / len(train.dataset)")),
        scripted(
            TORCH,
            *_MEANS,
            _printing("total / len(train.dataset)"),
            ("(photos, batch_size=32, ", "(photos, "),
        ),
        scripted(TAPE, *_taped("len(train)", "cost(y, net(x))")),
    ),
)
