"""Numbers of the training leave the range of float16.

## Why it matters
float16 ends at 65,504, and below 0.00000006 it is nought. Activations and losses beyond the first
become infinite, and NaN one step later; gradients below the second vanish. It happens at rates that
train well in float32.

## How it is measured
From what the asker says: float16 is named (half or mixed precision, AMP, fp16) and the loss becomes
NaN, in words or in the log; more surely where the same training is fine in float32. Answers tell
the same: whether training calculates in float16, and with a scaled loss or without.

## What to try
One run in float32, or in bfloat16, whose range is that of float32. If it stays finite: scale the
loss (`GradScaler`, `LossScaleOptimizer`) and keep softmax, loss and normalisation in float32.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import answering, saying
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule


def half_precision_overflow(
    claims: tuple[Claim, ...], loss: Curve | None = None
) -> Iterator[Evidence]:
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


RULE = Rule(
    code="FD323",
    check=half_precision_overflow,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"collapse_after_learning": 0.2, "loss_became_nan": 0.9},
    advice="train in float32 or bfloat16; else scale the loss and compute softmax and loss in "
    "float32",
    clear="training does not calculate in float16",
    clear_with=("answers",),
    asks={
        "half_precision": {"no": 0.02, "with_loss_scaling": 0.54, "without_loss_scaling": 0.44},
    },
    sick=(
        answering(what_happens="loss_is_nan_or_explodes", half_precision="without_loss_scaling"),
        answering(what_happens="loss_is_nan_or_explodes", half_precision="with_loss_scaling"),
        saying("half_precision_used", "loss_nan"),
        saying("half_precision_used", "loss_nan", "full_precision_fine"),
    ),
    healthy=(
        answering(what_happens="loss_is_nan_or_explodes", half_precision="no"),
        saying("half_precision_used"),
        saying("loss_nan"),
    ),
)
