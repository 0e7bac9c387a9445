"""Training looks worse than validation because the two are not measured alike.

## Why it matters
The training figure is an average over the epoch while the weights still move, with dropout and
augmentation on and penalties included; validation is measured afterwards, clean. The comparison
means nothing, and nothing is wrong.

## How it is measured
From a look inside: the parts of the logged loss that inference mode does not have, each measured,
a tenth of it or more. Where the inference-mode curve is known: training loss lies above the same
images measured in inference mode, by how much is printed. Else: validation is better than training
in the first epochs or in most of them, and the recipe holds what explains it (dropout, L1 or L2,
augmentation; mixup, CutMix and label smoothing, whose labels have an entropy that no training loss
gets below). Where that holds in every epoch, by a third of the loss or in the asker's own
words, validation does not get worse, and its accuracy is no
more than ten points above, it is all there is to say; mixed labels explain any gap. So it is where
the asker speaks of it, and training is ahead after the first epochs: their mean lags behind.

## What to try
Nothing. To compare like with like, train with `fitdoctor.Recorder(folder, probe=(x, y))`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fitdoctor.cases import both, falling, gap_of, looked_into, with_curves, with_recipe
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.derived import loss_floor, loss_of_mixed_labels
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.probes import PartName, ProbedEpoch
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Curve, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

SHARE = 0.1
WORDS: dict[PartName, str] = {
    "averaging": "the average over the epoch",
    "terms": "penalties and class weights",
    "random": "dropout and augmentation",
}


def training_metric_is_regularised(
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    recipe: Recipe | None = None,
    probe_loss: Curve | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    probes: tuple[ProbedEpoch, ...] | None = None,
    classes: int | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    measured = _measured(probes)
    if measured is not None:
        yield measured
        return
    reasons = _reasons(recipe, script, claims)
    said = stated(claims, "validation_better")
    again = stated(claims, "better_in_inference")
    if again is not None:
        yield Evidence(
            sentence="The same training images score better in inference; stated: "
            f"\u201c{again.sentence}\u201d",
            weight=3.0,
        )
    if said is not None and not _curves_deny(loss, val_loss, accuracy, val_accuracy):
        yield Evidence(
            sentence=f"You write: \u201c{said.sentence}\u201d Training is measured over the epoch"
            + (f", with {' and '.join(reasons)} on" if reasons else "")
            + "; validation afterwards, clean. The two do not compare.",
            weight=3.0 if reasons else 1.5,
        )
    if loss is not None and val_loss is not None:
        told = _Told(reasons, _of_soft_labels(recipe, classes), said is not None)
        yield from _by_curves(loss, val_loss, probe_loss, accuracy, val_accuracy, told)


class _Told(NamedTuple):
    """What is known beside the curves."""

    reasons: list[str]
    """What makes the training figure worse."""
    floor: str
    """What softened labels leave, in words; "" where they are whole."""
    said: bool
    """The asker speaks of validation that is better."""


def _by_curves(
    loss: Curve,
    val_loss: Curve,
    probe_loss: Curve | None,
    accuracy: Curve | None,
    val_accuracy: Curve | None,
    told: _Told,
) -> Iterator[Evidence]:
    """Yield what the curves show of validation that is better than training."""
    reasons, floor, said = told
    n = min(len(loss), len(val_loss))
    better = val_loss.values[:n] < loss.values[:n]
    positive = bool((loss.values[:n][better] > 0).all())
    if not better.any() or not positive or not (better[0] or better.mean() > 0.5):
        return
    stretch = f"in {int(better.sum())} of {n} epochs"
    if probe_loss is not None and len(probe_loss) >= n:
        logged, clean = loss.values[:n], probe_loss.values[:n]
        if not (np.isfinite(logged).all() and np.isfinite(clean).all()):
            return
        gap = logged - clean
        if median(gap[better]) <= 0:
            return
        yield Evidence(
            sentence=f"Validation loss is below training loss {stretch}; the same training images "
            f"measured in inference mode score {median(gap):.2g} lower than the log says.",
            estimate=Estimate(median(gap), float(gap.min()), float(gap.max())),
            weight=3.0,
            effect=median(gap[better] / np.abs(logged[better])),
        )
    elif not reasons and said and _only_at_first(better):
        yield Evidence(
            sentence=f"Validation loss is below training loss in the first {int(better.sum())} of "
            f"{n} epochs alone: the training figure is the mean over an epoch in which the network "
            f"still improves, validation is measured at its end. From epoch "
            f"{int(loss.epochs[int(better.sum())])} on training is ahead.",
            weight=2.0,
            effect=median(1 - val_loss.values[:n][better] / loss.values[:n][better]),
            settles=("validation_better_than_training",),
            fix="go on: the order turned by itself; to compare like with like, evaluate the "
            "training images at the end of an epoch",
        )
    elif reasons:
        yield Evidence(
            sentence=f"Validation loss is below training loss {stretch}, and training is "
            f"measured with {' and '.join(reasons)} on, validation without.{floor}",
            weight=2.0,
            effect=median(1 - val_loss.values[:n][better] / loss.values[:n][better]),
            settles=SETTLED
            if better.all()
            and (said or (val_loss.values[:n] < STRIKING * loss.values[:n]).all())
            and _follows(val_loss, accuracy, val_accuracy, soft=bool(floor))
            else (),
            fix="go on, and judge by validation alone; to compare like with like, measure the "
            "training images in evaluation mode, without augmentation, on whole labels",
        )


def _curves_deny(
    loss: Curve | None,
    val_loss: Curve | None,
    accuracy: Curve | None,
    val_accuracy: Curve | None,
) -> bool:
    """Return whether curves are here and validation is the better one in no stretch of them.

    A validation that is better now and then only because it swings is not what dropout makes.
    """
    signed = [
        (a.values, b.values) for a, b in ((loss, val_loss),) if a is not None and b is not None
    ]
    signed += [(-a.values, -b.values) for a, b in ((accuracy, val_accuracy),)
               if a is not None and b is not None]  # fmt: skip
    lengths = [(min(len(a), len(b)), a, b) for a, b in signed]
    better = [b[:n] < a[:n] for n, a, b in lengths if n > 1]
    return bool(better) and not any(
        steps.mean() > MOST_OF or _only_at_first(steps) for steps in better
    )


MOST_OF = 0.7


def _only_at_first(better: NDArray[np.bool_]) -> bool:
    """Return whether validation is better in some first epochs, and in none of the others."""
    count = int(better.sum())
    return 0 < count < len(better) and bool(better[:count].all())


SETTLED = ("validation_better_than_training", "learns_but_ends_low", "training_does_not_learn")
STRIKING = 0.7
"""Validation loss below this part of the training loss is what somebody asks about, if at all."""
MOST_ABOVE, NOISE = 0.1, 0.02
"""Points of accuracy that dropout and augmentation explain; what a validation loss may rise."""


def _follows(
    val_loss: Curve, accuracy: Curve | None, val_accuracy: Curve | None, *, soft: bool
) -> bool:
    """Return whether validation does not get worse, nor is better than its reasons explain."""
    values = val_loss.values
    if len(values) < 2 or median(values[-2:]) > (1 + NOISE) * median(values[:2]):
        return False
    if accuracy is None or val_accuracy is None or soft:
        return soft or accuracy is None
    return median(val_accuracy.values[-3:]) - median(accuracy.values[-3:]) <= MOST_ABOVE


def _of_soft_labels(recipe: Recipe | None, classes: int | None) -> str:
    """Say what loss softened labels leave to a perfect network; "" where they are whole."""
    smoothing = (recipe.label_smoothing if recipe else None) or 0.0
    mixed = (recipe.augmentation.mixup if recipe and recipe.augmentation else None) or 0.0
    if not mixed:
        return ""
    if classes is None or classes < 2:
        return " Such labels have an entropy, which no training loss gets below."
    least = loss_floor(smoothing, classes, "crossentropy") or 0.0
    if mixed:
        least = max(least, loss_of_mixed_labels(mixed, smoothing, classes))
    return (
        f" With labels so softened even a perfect network has a training loss of {least:.2f} or "
        f"more over {classes} classes; whole labels, as in validation, allow 0."
    )


def _measured(probes: tuple[ProbedEpoch, ...] | None) -> Evidence | None:
    """Return the share of the logged training loss that inference mode does not have."""
    looked = [(p.epoch, p.gap) for p in probes or () if p.gap is not None]
    if not looked:
        return None
    epoch, gap = looked[-1]
    parts = {name: gap.part(name) for name in WORDS}
    found = {n: p for n, p in parts.items() if p is not None and p.low > 0}
    whole = sum(part.value for part in found.values())
    if not found or whole < SHARE * gap.training:
        return None
    told = ", ".join(f"{WORDS[n]} {p.value:.2f}" for n, p in found.items())
    return Evidence(
        sentence=f"Of the logged training loss of {gap.training:.2f} after epoch {epoch}, "
        f"{whole:.2f} are not there in inference mode: {told}.",
        estimate=Estimate(
            whole, sum(p.low for p in found.values()), sum(p.high for p in found.values())
        ),
        weight=4.0,
        effect=whole / gap.training,
    )


def _reasons(
    recipe: Recipe | None, script: Script | None, claims: tuple[Claim, ...] | None
) -> list[str]:
    layers = recipe.layers if recipe else ()
    dropout = [layer.rate for layer in layers if layer.kind.endswith("Dropout")]
    rates = [rate for rate in dropout if rate]
    reasons = [f"dropout {max(rates):g}" if rates else "dropout"] if dropout else []
    if any(layer.l1 or layer.l2 for layer in layers):
        reasons.append("L1 or L2 penalties")
    softened = recipe is not None and recipe.augmentation is not None and recipe.augmentation.mixup
    # A loss that smooths its labels may be that of validation as well.
    smoothed = softened and recipe is not None and recipe.label_smoothing
    reasons += ["mixup or CutMix"] if softened else []
    reasons += ["label smoothing"] if smoothed else []
    augmented = script is not None and any(f.inputs.has("augment") for f in script.fed("train"))
    if augmented or stated(claims, "since_augmentation"):
        reasons.append("augmentation")
    if script is not None and script.framework == "fastai":
        reasons.append("fastai's dropout and augmentation")
    return reasons


RULE = Rule(
    code="FD108",
    check=training_metric_is_regularised,
    kind="benign",
    severity="note",
    least_effect=0.02,
    effect_of="the training loss",
    any_of=("loss", "claims", "probes"),
    clear="validation is not better than training, or nothing known explains it",
    clear_with=("loss val_loss", "probes"),
    budget=1.0,
    asks={
        "training_augmented_or_dropped": {"yes": 0.96, "no": 0.04},
        "evaluate_on_training_images": {
            "about_the_same": 0.11,
            "much_worse": 0.02,
            "much_better": 0.87,
        },
    },
    sick=(
        looked_into(gap=gap_of(random=0.3)),
        both(
            with_curves(loss=falling(to=0.5), val_loss=falling(start=1.2, to=0.4)),
            with_recipe(
                layers=(
                    Layer(kind="Dropout", rate=0.5),
                    Layer(kind="Dense", units=4, activation="softmax"),
                )
            ),
        ),
    ),
    healthy=(with_curves(loss=falling(), val_loss=falling(start=1.6, to=0.4)),),
)
