"""The same training images score far worse in inference mode than the training log says.

## Why it matters
BatchNorm uses the batch while training and moving averages in inference. When these averages are
not representative (few steps, tiny batches, momentum 0.99, statistics of other images) the network
works in training only. It looks like overfitting and is not.

## How it is measured
The inference-mode curve of a fixed part of the *training* set against the training loss of the same
epoch, over the last third: at least a fifth higher, beyond the scatter of the difference. From a
look inside: BatchNorm's own part of the gap is surely there. A healthy run scores *better* in
inference mode than its log. Without this curve the rule cannot look: validation alone cannot tell
this from overfitting. From a page: evaluate on the images that fit trained on, at least 15 points
below fit's own last accuracy; or eval mode said to be what makes it worse, of a
network with BatchNorm or one that is not shown. From the recipe: a
momentum that leaves a tenth of the initial averages at the end, or 0.9995 and more. From the
curves of a network with BatchNorm: validation loss leaps again and again, training loss does not.

## What to try
More steps or larger batches, momentum 0.9, or BatchNorm kept in inference mode when fine-tuning.
In Keras 3 `base(x, training=False)` does not do that once the base learns, since `fit` calls the
whole with training=True: set `trainable = False` on each BatchNorm layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from fitdoctor.cases import both, falling, gap_of, looked_into, with_curves, with_recipe
from fitdoctor.catalogue.backbones import holds_batchnorm
from fitdoctor.records.claim import AGREE, Claim, Said, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import pairs
from fitdoctor.records.network import has_kind
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import KERAS_DEFAULT_BATCH, Curve, DataSummary, Script
from fitdoctor.rule import Rule
from fitdoctor.shown import validation_is_no_worse
from fitdoctor.stats.quantile import median
from fitdoctor.stats.spikes import leaps
from fitdoctor.stats.student import t_cdf

LEAST = 1.2


def batchnorm_inference_gap(
    loss: Curve | None = None,
    probe_loss: Curve | None = None,
    recipe: Recipe | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    probes: tuple[ProbedEpoch, ...] | None = None,
    evaluated: Mapping[str, float] | None = None,
    data: DataSummary | None = None,
    val_loss: Curve | None = None,
) -> Iterator[Evidence]:
    if seen := _seen_inside(probes):
        yield seen
        return
    normalised = bool(recipe and has_kind(recipe.layers, "BatchNormalization"))
    normalised = normalised or stated(claims, "batchnorm_used") is not None or _in_base(recipe)
    if normalised and (told := _evaluated_on_training(accuracy, script, evaluated)):
        yield told
        return
    if normalised and val_loss is not None and loss is not None and leaps(val_loss.values):
        yield from _by_leaps(loss, recipe)
    if normalised and probe_loss is None:
        yield from _from_words_and_code(accuracy, val_accuracy, script, claims)
    unknown = recipe is None or not (recipe.layers or recipe.backbone)
    modes = stated(claims, "worse_in_eval_mode")
    if modes is not None and unknown and not normalised and probe_loss is None:
        yield Evidence(
            sentence="Dropout makes training worse, not inference; of usual layers only BatchNorm "
            f"does what is stated: \u201c{modes.sentence}\u201d",
            weight=3.0,
        )
        return
    if unknown and not normalised and probe_loss is None:
        yield from _on_one_set(accuracy, val_accuracy, script, claims)
    if not _keeps_up(accuracy, val_accuracy) and (slow := _slow_averages(recipe, data)):
        yield slow
    if loss is None or probe_loss is None:
        return
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
        p_value=t_cdf(length - 1, -(mean - np.log(LEAST)) / (2 * error)),
        weight=6.0,
        epochs=(int(probe_loss.epochs[n - length]), int(probe_loss.epochs[n - 1])),
    )


def _in_base(recipe: Recipe | None) -> bool:
    """Return whether a pretrained part that may learn holds BatchNorm."""
    base = recipe.backbone if recipe is not None else None
    if base is None or base.trainable is False or base.training is True:
        return False
    if base.training is False and not (recipe and _overrides(recipe)):
        return False
    return holds_batchnorm(base.name)


def _overrides(recipe: Recipe) -> bool:
    """Return whether `fit` goes before `base(x, training=False)`, as Keras 3 is known to do.

    There `fit` calls a functional model with training=True, which every layer inside gets whatever
    it was called with; only a BatchNorm layer with `trainable = False` stays in inference mode.
    """
    return (recipe.keras or "").startswith("3")


WORTH = 0.1
"""Part of the validation loss that BatchNorm must account for."""


def _seen_inside(probes: tuple[ProbedEpoch, ...] | None) -> Evidence | None:
    """Return what the last look says of BatchNorm's own part of the gap."""
    looked = [(p.epoch, p.gap) for p in probes or () if p.gap is not None]
    if not looked:
        return None
    epoch, gap = looked[-1]
    part = gap.part("batchnorm")
    if part is None or part.high >= 0 or -part.value < WORTH * gap.validation:
        return None
    return Evidence(
        sentence=f"After epoch {epoch} BatchNorm's stored statistics alone raise the loss of "
        f"training images by {-part.value:.2f}; dropout, penalties and other images are not in it.",
        estimate=Estimate(-part.value, -part.high, -part.low),
        weight=7.0,
        epochs=(epoch, epoch),
    )


SMALL_BATCH = 8


def _by_leaps(loss: Curve, recipe: Recipe | None) -> Iterator[Evidence]:
    """Return whether validation leaps while training is smooth, where BatchNorm changes mode."""
    if leaps(loss.values) or not np.isfinite(loss.values).all():
        return
    batch = recipe.batch_size if recipe else None
    small = batch is not None and batch <= SMALL_BATCH
    yield Evidence(
        sentence="Validation loss leaps again and again while training loss does not: averages of "
        + (f"batches of {batch} are off in some epochs." if small else "BatchNorm may be off."),
        weight=2.0 if small else 1.0,
    )


LEAST_MOMENTUM, SLOW, LEFT, NEAR = 0.995, 0.9995, 0.1, 0.02


def _keeps_up(accuracy: Curve | None, val_accuracy: Curve | None) -> bool:
    """Return whether validation, in inference mode, is as right as training is in the other."""
    if accuracy is None or val_accuracy is None or not len(accuracy) or not len(val_accuracy):
        return False
    ends = [median(curve.values[-3:]) for curve in (accuracy, val_accuracy)]
    return ends[1] > ends[0] - NEAR


def _slow_averages(recipe: Recipe | None, data: DataSummary | None) -> Evidence | None:
    """Return whether averages still hold a tenth of their initial values when training ends."""
    layers = recipe.layers if recipe else ()
    kept = [x for x in layers if x.kind == "BatchNormalization" and x.momentum]
    slowest = max(kept, key=lambda layer: layer.momentum or 0.0, default=None)
    if recipe is None or slowest is None or not slowest.momentum:
        return None
    if not LEAST_MOMENTUM <= slowest.momentum < 1:
        return None
    steps = data.steps(recipe.batch_size or KERAS_DEFAULT_BATCH) if data else None
    left = slowest.momentum ** (steps * recipe.epochs) if steps and recipe.epochs else None
    if (left is None and slowest.momentum < SLOW) or (left is not None and left < LEFT):
        return None
    return Evidence(
        sentence=f"BatchNormalization with momentum {slowest.momentum:g} takes "
        f"{2.3 / (1 - slowest.momentum):,.0f} steps to forget nine tenths of its initial values"
        + (f"; {left:.0%} are left at the end." if left is not None else "."),
        weight=4.5 if left is not None else 3.0,
        line=slowest.line,
        fix="BatchNormalization(momentum=0.9)",
    )


LEAST_FALL = 0.15


def _evaluated_on_training(
    accuracy: Curve | None, script: Script | None, evaluated: Mapping[str, float] | None
) -> Evidence | None:
    """Return what evaluate on the training images says, where it falls far below fit's own log."""
    after = (evaluated or {}).get("accuracy")
    if after is None or script is None or accuracy is None or not len(accuracy):
        return None
    same = any(train.inputs == other.inputs for train, other in pairs(script, "evaluate"))
    if not same or float(accuracy.values[-1]) - after < LEAST_FALL:
        return None
    return Evidence(
        sentence=f"fit ends at an accuracy of {accuracy.values[-1]:.3g}; evaluate on the same "
        f"images gives {after:.3g}: the mode of BatchNormalization is what differs.",
        weight=6.5,
    )


def _from_words_and_code(
    accuracy: Curve | None,
    val_accuracy: Curve | None,
    script: Script | None,
    claims: tuple[Claim, ...] | None,
) -> Iterator[Evidence]:
    """Yield evidence where BatchNorm is in use and only the network's mode differs."""
    same = stated(claims, "same_data_for_both")
    if same is None and script is not None and _fed_alike(script):
        same = stated(claims, "evaluate_differs", "train_good_val_bad")
    mode = stated(claims, "worse_in_eval_mode")
    if mode is not None:
        yield Evidence(
            sentence=f"BatchNormalization is there, and stated: \u201c{mode.sentence}\u201d",
            weight=6.0,
        )
        return
    apart = _apart(accuracy, val_accuracy)
    without = stated(claims, "without_batchnorm_fine")
    alike = stated(claims, "same_distribution")
    if same is not None:
        yield Evidence(
            sentence="The same images are trained and validated on and score differently: the "
            f"mode of BatchNormalization is what is left. You write: \u201c{same.sentence}\u201d",
            weight=6.0,
        )
    elif apart and script is not None and _fed_alike(script):
        yield Evidence(
            sentence=f"The same images score {apart[0]:.2f} in training and {apart[1]:.2f} in "
            "validation: the mode of BatchNormalization is all that is left.",
            weight=6.0,
        )
    elif without is not None:
        yield Evidence(
            sentence=f"You write: without BatchNormalization it does not happen: "
            f"\u201c{without.sentence}\u201d",
            weight=5.0,
        )
    elif alike is not None and apart:
        yield Evidence(
            sentence=f"Training accuracy {apart[0]:.2f}, validation {apart[1]:.2f}; stated: "
            f"\u201c{alike.sentence}\u201d",
            weight=4.5,
        )


_STAYS = Said("stays", split="validation", measurement="accuracy")


def _on_one_set(
    accuracy: Curve | None,
    val_accuracy: Curve | None,
    script: Script | None,
    claims: tuple[Claim, ...] | None,
) -> Iterator[Evidence]:
    """Yield that the same images score worse in validation, of a network that is not shown."""
    same, bad = (
        stated(claims, "same_data_for_both"),
        stated(claims, "train_good_val_bad", "evaluate_differs", "stuck_at_chance")
        or next((c for c in claims or () if _STAYS.is_said(c)), None),
    )
    apart = _apart(accuracy, val_accuracy)
    alike = same is not None or (script is not None and _fed_alike(script))
    if not alike or not (apart or bad) or stated(claims, "better_in_inference") is not None:
        return
    scores = f"{apart[0]:.2f} in training and {apart[1]:.2f} in validation" if apart else "apart"
    yield Evidence(
        sentence=f"The same images score {scores}: their preparation is another, or a layer does "
        "something else in inference, which of usual ones only BatchNorm does to this extent."
        + (f" You write: \u201c{same.sentence}\u201d" if same is not None else ""),
        weight=2.0,
        severity="note",
    )


def _fed_alike(script: Script) -> bool:
    return any(
        train.inputs == other.inputs and train.inputs.origin is not None
        for train, other in pairs(script, "validation")
    )


def _apart(accuracy: Curve | None, val_accuracy: Curve | None) -> tuple[float, float] | None:
    if accuracy is None or val_accuracy is None or not len(accuracy) or not len(val_accuracy):
        return None
    train, val = float(accuracy.values[-1]), float(val_accuracy.values[-1])
    return (train, val) if train - val > 0.3 else None


RULE = Rule(
    code="FD113",
    check=batchnorm_inference_gap,
    kind="cause",
    severity="error",
    any_of=("probe_loss", "claims", "probes", "evaluated", "script"),
    prior=0.05,
    excluded=validation_is_no_worse,
    explains={
        "validation_never_learned": 0.2,
        "validation_spikes": 0.5,
        "train_good_val_bad": 0.97,
    },
    told_by={"momentum_near_one": 1.5},
    helped_by=("no_batchnorm", "larger_batch", "frozen_batchnorm", "train_mode"),
    advice="larger batches or BatchNormalization(momentum=0.9); when fine-tuning, BatchNorm in "
    "inference mode",
    torch_advice="larger batches; when fine-tuning, BatchNorm kept in eval mode",
    statistical=True,
    clear="the training images score as well in inference mode as in training, or no BatchNorm",
    clear_with=("loss probe_loss", "probes", "accuracy evaluated"),
    asks={
        "evaluate_on_training_images": {
            "about_the_same": 0.03,
            "much_worse": 0.87,
            "much_better": 0.1,
        },
        "batchnorm": {"yes": 0.99, "no": 0.01},
        "batch_size": {"up_to_4": 0.32, "5_to_15": 0.16, "16_or_more": 0.52},
        "without_batchnorm": {"yes": 0.83, "no": 0.17},
        "pretrained_part_frozen": {"yes": 0.21, "no": 0.24, "not_pretrained": 0.55},
    },
    # In inference mode nothing depends on the batch.
    denied_by=(*AGREE, Said("depends_on_batch"), Said("batchnorm_used", negated=True)),
    sick=(
        looked_into(gap=gap_of(batchnorm=-0.6)),
        both(
            with_curves(loss=falling(), probe_loss=falling(start=3.0, to=1.5, noise=0.1)),
            with_recipe(layers=(Layer(kind="BatchNormalization"), Layer(kind="Dense", units=4))),
        ),
    ),
    healthy=(
        looked_into(gap=gap_of(batchnorm=-0.01, random=0.3)),
        with_curves(loss=falling(), probe_loss=falling(to=0.18)),
    ),
)
