"""Numbers of the training leave the range of float16.

## Why it matters
float16 ends at 65,504, and below 0.00000006 it is nought. Activations and losses beyond the first
become infinite, and NaN one step later; gradients below the second vanish. It happens at rates that
train well in float32.

## How it is measured
By answers alone: whether training calculates in float16, and with a scaled loss or without.

## What to try
One run in float32, or in bfloat16, whose range is that of float32. If it stays finite: scale the
loss (`GradScaler`, `LossScaleOptimizer`) and keep softmax, loss and normalisation in float32.
"""

from __future__ import annotations

from fitdoctor.cases import answering
from fitdoctor.rule import decided_by_answers

RULE = decided_by_answers(
    __name__,
    code="FD323",
    explains={"collapse_after_learning": 0.2, "loss_became_nan": 0.9},
    advice="train in float32 or bfloat16; else scale the loss and compute softmax and loss in "
    "float32",
    clear="training does not calculate in float16",
    asks={
        "half_precision": {"no": 0.02, "with_loss_scaling": 0.54, "without_loss_scaling": 0.44},
    },
    sick=(
        answering(what_happens="loss_is_nan_or_explodes", half_precision="without_loss_scaling"),
        answering(what_happens="loss_is_nan_or_explodes", half_precision="with_loss_scaling"),
    ),
    healthy=(
        answering(what_happens="loss_is_nan_or_explodes", half_precision="no"),
        answering(what_happens="loss_is_nan_or_explodes"),
    ),
)
