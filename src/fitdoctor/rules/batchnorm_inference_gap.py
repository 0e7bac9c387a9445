"""The same training images score far worse in inference mode than the training log says.

## Why it matters
BatchNorm uses the batch while training and moving averages in inference. When these averages are
not representative (few steps, tiny batches, momentum 0.99, statistics of other images) the network
works in training only. It looks like overfitting and is not.

## How it is measured
The inference-mode curve of a fixed part of the *training* set against the training loss of the
same epoch, over the last third: at least half as high again, beyond the scatter of the
difference. A healthy run scores *better* in inference mode than its log. Without this curve the
rule cannot look: validation alone cannot tell this from overfitting.

## What to try
More steps or larger batches, momentum 0.9, or BatchNorm kept in inference mode when fine-tuning.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import both, falling, with_curves, with_recipe
from fitdoctor.records.finding import Estimate, Evidence
from fitdoctor.records.network import has_kind
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.student import t_cdf


def batchnorm_inference_gap(
    loss: Curve, probe_loss: Curve, recipe: Recipe | None = None
) -> Iterator[Evidence]:
    n = min(len(loss), len(probe_loss))
    if n < 5:
        return
    if recipe is not None and recipe.layers:
        backbone = recipe.backbone is not None and recipe.backbone.trainable is not False
        if not backbone and not has_kind(recipe.layers, "BatchNormalization"):
            return
    length = max(4, n // 3)
    ratio = np.log(np.maximum(probe_loss.values[:n][-length:], 1e-8)) - np.log(
        np.maximum(loss.values[:n][-length:], 1e-8)
    )
    if not np.isfinite(ratio).all():
        return
    mean, error = float(ratio.mean()), float(ratio.std(ddof=1) / np.sqrt(length)) + 1e-6
    yield Evidence(
        sentence=f"The training images score {np.exp(mean):.1f} times the logged training loss "
        "when measured in inference mode.",
        estimate=Estimate(mean, mean - 3 * error, mean + 3 * error),
        p_value=t_cdf(length - 1, -(mean - np.log(1.5)) / (2 * error)),
        weight=6.0,
        epochs=(int(probe_loss.epochs[n - length]), int(probe_loss.epochs[n - 1])),
    )


RULE = Rule(
    code="C113",
    check=batchnorm_inference_gap,
    kind="cause",
    severity="error",
    prior=0.05,
    explains={"validation_spikes": 0.5},
    advice="larger batches, BatchNormalization(momentum=0.9), or BatchNorm in inference mode",
    statistical=True,
    clear="the training images score as well in inference mode as in training, or no BatchNorm",
    sick=(
        both(
            with_curves(loss=falling(), probe_loss=falling(start=3.0, to=1.5, noise=0.1)),
            with_recipe(layers=(Layer(kind="BatchNormalization"), Layer(kind="Dense", units=4))),
        ),
    ),
    healthy=(with_curves(loss=falling(), probe_loss=falling(to=0.18)),),
)
