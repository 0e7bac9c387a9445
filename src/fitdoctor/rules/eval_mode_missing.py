"""Validation or prediction runs in training mode.

## Why it matters
Dropout then still drops, and BatchNorm normalises by the batch that it is given: figures change
from one evaluation to the next, with the size of a batch and with the order of the images. In
PyTorch that is a loop without `model.eval()`, in Keras a call with `training=True`.

## How it is measured
By answers alone: whether the network is in inference mode while validation or prediction runs, and
whether evaluating the same images twice gives the same figure.

## What to try
`model.eval()` before each validation and prediction, `model.train()` before training goes on.
"""

from __future__ import annotations

from fitdoctor.cases import answering
from fitdoctor.records.claim import AGREE
from fitdoctor.rule import decided_by_answers

RULE = decided_by_answers(
    __name__,
    code="FD319",
    advice="leave out training=True where the network is called for validation or prediction",
    torch_advice="model.eval() before validation and prediction, model.train() after",
    clear="validation runs in inference mode",
    asks={
        "inference_mode_in_validation": {"yes": 0.04, "no": 0.96},
        "evaluated_twice": {"yes": 0.5, "no": 0.5},
        "batchnorm": {"yes": 0.95, "no": 0.05},
    },
    denied_by=AGREE,
    sick=(
        answering(what_happens="validation_jumps", inference_mode_in_validation="no"),
        answering(
            what_happens="good_in_fit_bad_in_predict",
            inference_mode_in_validation="no",
            evaluated_twice="no",
        ),
    ),
    healthy=(
        answering(what_happens="validation_jumps", inference_mode_in_validation="yes"),
        answering(what_happens="validation_jumps"),
    ),
)
