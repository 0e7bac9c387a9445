"""Numbers of the training leave the range of float16.

## Why it matters
float16 ends at 65,504, and below 0.00000006 it is nought. Activations and losses beyond the first
become infinite, and NaN one step later; gradients below the second vanish. It happens at rates that
train well in float32.

## How it is measured
From what the asker says: float16 is named (half or mixed precision, AMP, fp16) and the loss becomes
NaN, in words or in the log; more surely where the same training is fine in float32. From the
script: the weights themselves are cast to float16, and moved by an optimizer whose epsilon is
nought there. Answers tell the same: whether training calculates in float16, and with a scaled
loss or without.

## What to try
One run in float32, or in bfloat16, whose range is that of float32. If it stays finite: scale the
loss (`GradScaler`, `LossScaleOptimizer`) and keep softmax, loss and normalisation in float32.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import TORCH, answering, saying, scripted
from fitdoctor.catalogue import optimizers
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.shown import trains_in_full_precision


def half_precision_overflow(
    claims: tuple[Claim, ...] | None = None,
    loss: Curve | None = None,
    program: Program | None = None,
) -> Iterator[Evidence]:
    if program is not None and (seen := _of_whole_weights(program, loss)):
        yield seen
        return
    half = stated(claims, "half_precision_used")
    nan = stated(claims, "loss_nan", "nan_printed")
    broken = loss is not None and not bool(np.isfinite(loss.values).all())
    if half is None or not (nan or broken):
        return
    fine = stated(claims, "full_precision_fine")
    yield Evidence(
        sentence=f"The loss becomes NaN in float16: \u201c{half.sentence}\u201d"
        + (f" In float32 it does not: \u201c{fine.sentence}\u201d" if fine else ""),
        weight=7.5 if fine else 6.0,
    )


LEAST_HALF = 2.0**-25
"""What is no larger becomes nought in float16."""
EPSILON = 1e-8
"""What Adam and its like add to what they divide by, unless they are told."""


def _of_whole_weights(program: Program, loss: Curve | None) -> Evidence | None:
    """Return that an optimizer which divides by a mean of squares moves weights in float16."""
    for held in program.optimizers:
        half = [program.weights[w] for w in held.weights if program.weights[w].half]
        known = optimizers.optimizer(held.kind)
        added = EPSILON if held.epsilon is None else held.epsilon
        if not half or known is None or not known.averages_squares or added > LEAST_HALF:
            continue
        values = loss.values if loss is not None else np.zeros(0)
        first = int(np.isfinite(values).argmin()) if not np.isfinite(values).all() else 0
        began = f" The loss begins at {values[0]:.4g} and is nan after it." if first == 1 else ""
        return Evidence(
            sentence=f"The weights themselves are float16 (half()), where {held.kind}'s eps of "
            f"{added:g} is 0: the first step divides 0 by 0 where the square of a gradient is too "
            f"small for float16, whatever the rate.{began}",
            weight=7.0 if began else 5.0,
            line=held.line,
            fix="keep the weights in float32 (no half() of the network); compute under "
            "torch.autocast with a GradScaler",
        )
    return None


HALF = TORCH.replace("SGD(", "Adam(")

RULE = Rule(
    code="FD323",
    check=half_precision_overflow,
    kind="cause",
    severity="error",
    prior=0.01,
    excluded=trains_in_full_precision,
    explains={"collapse_after_learning": 0.2, "loss_became_nan": 0.9},
    advice="train in float32 or bfloat16; else scale the loss and compute softmax and loss in "
    "float32",
    any_of=("claims", "program"),
    clear="training does not calculate in float16",
    clear_with=("answers",),
    asks={
        "half_precision": {"no": 0.02, "with_loss_scaling": 0.54, "without_loss_scaling": 0.44},
    },
    sick=(
        answering(what_happens="loss_is_nan_or_explodes", half_precision="without_loss_scaling"),
        answering(what_happens="loss_is_nan_or_explodes", half_precision="with_loss_scaling"),
        scripted(HALF, ("for epoch", "net.half()\nfor epoch")),
        saying("half_precision_used", "loss_nan"),
        saying("half_precision_used", "loss_nan", "full_precision_fine"),
    ),
    healthy=(
        answering(what_happens="loss_is_nan_or_explodes", half_precision="no"),
        saying("half_precision_used"),
        scripted(HALF),
        scripted(TORCH, ("for epoch", "net.half()\nfor epoch")),
        scripted(HALF, ("for epoch", "net.half()\nnet.float()\nfor epoch")),
        saying("loss_nan"),
    ),
)
