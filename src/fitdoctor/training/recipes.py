"""What a careful expert would have set: settings and recipe files to a complete Recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fitdoctor.catalogue.backbones import DEFAULT, holds_batchnorm
from fitdoctor.errors import FitdoctorError, RecipeError, did_you_mean
from fitdoctor.places import typed
from fitdoctor.records.recipe import (
    Augmentation,
    Backbone,
    FineTuning,
    Layer,
    Optimizer,
    Recipe,
    Schedule,
)
from fitdoctor.records.text import read_recipe
from fitdoctor.training import honoured, pretrained

BATCH = 32
DEFAULTS: dict[str, Any] = {
    "image_size": 128,
    "validation_share": 0.2,
    "resize": "stretch",
    "loss": "sparse_categorical_crossentropy",
    "batch_size": BATCH,
    "epochs": 50,
    "monitor": "val_loss",
    "seed": 0,
    "split_seed": 0,
}
PATIENCE, LONGER_PATIENCE = 5, 8
"""Of a head on features, and of a network that learns as a whole: its validation loss scatters."""
MOMENTUM = 0.9
"""Of BatchNorm's averages where a network learns from scratch. At 0.99 or 0.999, as many networks
have it, the averages lag hundreds of steps behind, more than many small trainings have."""
LOWERED = Schedule(kind="plateau", factor=0.3, every=3)
"""For a few layers from scratch: BatchNorm's averages fit the weights only where these move slowly,
and the validation loss of so few says when."""
CYCLE = Schedule(kind="one_cycle")
"""For a backbone from scratch. Behind fifty BatchNorms validation loss jumps by more than it gains
in an epoch until the rate has fallen, so neither lowering nor stopping can go by it: the rate is
drawn over the whole training (Smith and Topin 2017, arXiv:1708.07120: the fewer the images, the
more it gains)."""
PEAK = 3.0
"""Of a cycle, in usual rates, where BatchNorm stands behind the weights. Their length has no effect
there, it only grows and makes steps smaller (Arora et al. 2018, arXiv:1812.03981). At the usual
rate 750 updates, 50 epochs of 480 images, are too few for a MobileNetV2; at ten times it, it does
not settle."""
DRAWN = frozenset({"cosine", "one_cycle"})
"""Schedules over the whole training: what stops before their end misses the low rates."""
FEW_FOR_A_BACKBONE = 5_000
"""Training images below which somebody who trains a backbone from scratch is told what does better.
Of 480 images and fewer small_cnn learned more at 64 pixels on six of the seven sets of
`benchmarks/defaults.md`. Smoothing labels by 0.1 is no way out: on 129 images validation loss then
rose no more, on 480 photos of flowers it did where it had not, and accuracies stayed the same."""
FEW = 10
"""Updates an epoch, below which epochs and patience are lengthened."""
MOST_COUNTED = 50_000_000
"""Bytes of an array file that is opened only to count its images."""
HEAD = (Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dropout", rate=0.2))
_BACKBONE = ("backbone", "alpha", "weights")
_NORM = Layer(kind="BatchNormalization", momentum=MOMENTUM)
_RELU = Layer(kind="Activation", activation="relu")
_HALF = Layer(kind="MaxPooling2D", pool_size=2)


def _convolution(units: int, strides: int | None = None) -> tuple[Layer, ...]:
    """Return convolution, BatchNorm, ReLU; the offset is BatchNorm's."""
    convolution = Layer(
        kind="Conv2D", units=units, kernel_size=3, strides=strides, padding="same", use_bias=False
    )
    return (convolution, _NORM, _RELU)


NETWORKS: dict[str, tuple[Layer, ...]] = {
    "small_cnn": (
        *_convolution(16, strides=2),
        *_convolution(32),
        _HALF,
        *_convolution(64),
        _HALF,
        *_convolution(128),
        *HEAD,
    ),
}
"""Networks without pretrained weights, by name."""
PRESETS = {
    "light": Augmentation(crop=0.15, brightness=0.1, contrast=0.1),
    "standard": Augmentation(
        flip="horizontal", crop=0.3, rotation=0.03, brightness=0.2, contrast=0.2
    ),
}
"""Augmentation by name. What is light keeps the class of digits, text and left-or-right; mirroring
does not. As a default for backbones from scratch more than light is too much: with the crop, turns
and light of `standard`, seven sets of 129 to 480 images at 64 pixels came to .63 on average, and to
.71 under the light one, though CIFAKE gained .11 and the smallest no longer overfitted."""
ALIASES = {"fine_tune": "fine_tuning", "class_weights": "class_weight"}
"""Flags of the command line that are named otherwise in a recipe."""


def from_settings(images: str, settings: dict[str, Any]) -> Recipe:
    """Return the recipe for a folder of images, or for a recipe.toml changed by `settings`.

    `None` settings are not given. Raises `RecipeError` on impossible values.
    """
    given = {ALIASES.get(k, k): v for k, v in settings.items() if v is not None}
    path = typed(images)
    recipe = read_recipe(path) if path.suffix == ".toml" else Recipe(images=images)
    if recipe.images is None:
        raise RecipeError(f"{images}: add the folder of images to it: images = 'photos'")
    recipe = _with_whole_paths(recipe, path.parent if path.suffix == ".toml" else Path())
    if (network := given.get("backbone")) in NETWORKS:
        del given["backbone"]
        recipe = replace(recipe, backbone=None, layers=NETWORKS[network])
    elif given.get("weights") == "none" and _names_no_network(recipe, given):
        del given["weights"]
        recipe = replace(recipe, layers=NETWORKS["small_cnn"])
    if any(name in given for name in _BACKBONE):
        backbone = recipe.backbone or Backbone(name=DEFAULT)
        changes = {
            ("name" if k == "backbone" else k): given.pop(k) for k in _BACKBONE if k in given
        }
        recipe = _with_whole_paths(replace(recipe, backbone=replace(backbone, **changes)), Path())
    own = recipe.optimizer is not None or "optimizer" in given
    if "learning_rate" in given:
        optimizer = recipe.optimizer or Optimizer(name="Adam")
        rate = given.pop("learning_rate")
        recipe = replace(recipe, optimizer=replace(optimizer, learning_rate=rate))
    if unknown := [name for name in given if name not in Recipe.__struct_fields__]:
        settings_ = (*Recipe.__struct_fields__, *_BACKBONE, "learning_rate")
        meant = did_you_mean(unknown[0], settings_)
        raise RecipeError(f"{unknown[0]}: a recipe has no such setting.{meant}")
    if "seed" in given:
        given = {"split_seed": given["seed"], "order_seed": given["seed"], **given}
    recipe = _with_phase(recipe, given)
    recipe = replace(_with_augmentation(recipe, given), **given)
    if not own and _is_ours_to_learn(recipe):
        optimizer = recipe.optimizer or Optimizer(name="Adam")
        schedule = LOWERED if recipe.backbone is None else CYCLE
        recipe = replace(recipe, optimizer=replace(optimizer, schedule=schedule))
    recipe = completed(_for_few_images(recipe, own=own))
    check(recipe)
    return recipe


def _names_no_network(recipe: Recipe, given: Mapping[str, Any]) -> bool:
    """Return whether nothing says which network is to learn: then random weights are small_cnn's.

    A MobileNetV2 is made for a million images and weights that are kept; from random ones a few
    convolutions learn faster and, on most sets of `benchmarks/defaults.md`, better.
    """
    own = recipe.backbone is not None or recipe.layers or recipe.model is not None
    return not own and not {"backbone", "alpha", "layers", "model"} & set(given)


def _for_few_images(recipe: Recipe, *, own: bool) -> Recipe:
    """Give a training with few updates an epoch more epochs, and averages that are as quick.

    What is learned, and how far BatchNorm's averages lag behind, goes by updates: patience, plateau
    and epochs are lengthened to as many as larger sets have, where they are not set.
    """
    images = _training_images(recipe)
    steps = -(-images // (recipe.batch_size or BATCH))
    if not 0 < steps < FEW:
        return recipe
    learns, frozen = _is_ours_to_learn(recipe), _is_frozen(recipe)
    patience = PATIENCE if frozen else LONGER_PATIENCE
    longer = FEW / steps
    if recipe.epochs is None:
        recipe = replace(recipe, epochs=math.ceil(DEFAULTS["epochs"] * longer))
    if recipe.patience is None and not _is_drawn(recipe):
        recipe = replace(recipe, patience=math.ceil(patience * longer))
    if not learns:
        return recipe
    optimizer, backbone = recipe.optimizer, recipe.backbone
    if optimizer is not None and optimizer.schedule == LOWERED and not own:
        slower = replace(LOWERED, every=float(math.ceil((LOWERED.every or 1) * longer)))
        recipe = replace(recipe, optimizer=replace(optimizer, schedule=slower))
    momentum = round(1 - 1 / max(2, steps), 2)
    if backbone is None:
        norms = "BatchNormalization"
        layers = [replace(x, momentum=momentum) if x.kind == norms else x for x in recipe.layers]
        return replace(recipe, layers=tuple(layers))
    if backbone.momentum is None:
        recipe = replace(recipe, backbone=replace(backbone, momentum=momentum))
    return recipe


def _training_images(recipe: Recipe) -> int:
    """Return about how many images are trained on; 0 where that is not seen in a moment."""
    from fitdoctor.images import listing

    source = Path(recipe.images or "")
    try:
        if source.suffix in {".npz", ".npy"} and source.stat().st_size > MOST_COUNTED:
            return 0
        entries = listing.listed(source).entries
    except (FitdoctorError, OSError):
        return 0  # It is raised again where images are read.
    given = sum(entry.split == "train" for entry in entries)
    if any(entry.split == "val" for entry in entries):
        return given
    share = recipe.validation_share or float(DEFAULTS["validation_share"])
    return round((given or len(entries)) * (1 - share))


def _is_frozen(recipe: Recipe) -> bool:
    backbone = recipe.backbone
    if backbone is None:
        return not recipe.layers and recipe.model is None
    return not (backbone.trainable or _from_scratch(backbone))


def _with_phase(recipe: Recipe, given: dict[str, Any]) -> Recipe:
    """Take `fine_tuning` as True, a number of epochs or the values of a `FineTuning`."""
    phase = given.pop("fine_tuning", None)
    if phase is None or isinstance(phase, FineTuning):
        return recipe if phase is None else replace(recipe, fine_tuning=phase)
    if phase is False:
        return replace(recipe, fine_tuning=None)
    before = recipe.fine_tuning or FineTuning()
    if isinstance(phase, dict):
        try:
            return replace(recipe, fine_tuning=replace(before, **phase))
        except TypeError as error:
            raise RecipeError(f"fine_tuning: {error}") from error
    if phase is True:
        return replace(recipe, fine_tuning=before)
    if not isinstance(phase, int):
        raise RecipeError(f"fine_tuning = {phase!r}: expected a number of epochs")
    return replace(recipe, fine_tuning=replace(before, epochs=phase))


def _with_augmentation(recipe: Recipe, given: dict[str, Any]) -> Recipe:
    """Choose the augmentation where nothing says it: a light one where a network of ours learns."""
    if "augment" in given and given["augment"] not in {*PRESETS, "none"}:
        raise RecipeError(f"augment = {given['augment']}: expected light, standard or none")
    if "augment" in given:
        # Said later than the recipe's own, it stands in its place.
        return replace(recipe, augmentation=None)
    if recipe.augment is not None or recipe.augmentation is not None or "augmentation" in given:
        return recipe
    backbone = recipe.backbone
    learns = _is_ours_to_learn(recipe) or recipe.fine_tuning is not None
    learns |= backbone is not None and bool(backbone.trainable)
    return replace(recipe, augment="light" if learns else "none")


def _is_ours_to_learn(recipe: Recipe) -> bool:
    """Return whether a network of ours, or a backbone, is trained from random weights."""
    backbone = recipe.backbone
    return recipe.layers in NETWORKS.values() or (backbone is not None and _from_scratch(backbone))


def _is_drawn(recipe: Recipe) -> bool:
    schedule = recipe.optimizer.schedule if recipe.optimizer else None
    return schedule is not None and schedule.kind in DRAWN


def few_for_it(recipe: Recipe, images: int) -> str:
    """Say that a backbone from scratch learns little from so many training images; "" where not."""
    backbone = recipe.backbone
    if backbone is None or not _from_scratch(backbone) or images >= FEW_FOR_A_BACKBONE:
        return ""
    return (
        f"{backbone.name} from random weights learns little from {images:,} images: pretrained "
        "weights do better, and without them --backbone small_cnn"
    )


def _from_scratch(backbone: Backbone) -> bool:
    return backbone.weights == "none"


def _with_whole_paths(recipe: Recipe, home: Path) -> Recipe:
    """Make paths absolute, so that a run can be trained again from anywhere.

    Relative ones start at the recipe's own folder, or where they are not there, at this one.
    """

    def whole(path: str) -> str:
        beside = home / typed(path)
        return str((beside if beside.exists() else typed(path)).resolve())

    if recipe.images is not None:
        recipe = replace(recipe, images=whole(recipe.images))
    place, _, function = (recipe.model or "").rpartition(":")
    if place.endswith(".py"):
        recipe = replace(recipe, model=f"{whole(place)}:{function}")
    backbone = recipe.backbone
    if backbone is not None and backbone.weights not in {None, "imagenet", "none"}:
        recipe = replace(recipe, backbone=replace(backbone, weights=whole(str(backbone.weights))))
    return recipe


CHANGEABLE = ("epochs", "patience", "fine_tuning")
"""What a run may be given anew when it goes on; all else would make another run of it."""


def resumed(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """Return a run's recipe with other epochs, patience or fine-tuning.

    Raises `RecipeError` for another setting that is not the run's own.
    """
    given = {ALIASES.get(k, k): v for k, v in settings.items() if v is not None}
    backbone, optimizer = recipe.backbone, recipe.optimizer
    own = {name: getattr(recipe, name) for name in Recipe.__struct_fields__}
    own |= {"alpha": backbone and backbone.alpha, "weights": backbone and backbone.weights}
    own |= {"backbone": backbone and backbone.name}
    own |= {"learning_rate": optimizer and optimizer.learning_rate}
    for name, value in given.items():
        if name not in CHANGEABLE and own.get(name) != value:
            raise RecipeError(
                f"{name} cannot be changed when a run goes on (the run has {own.get(name)}), only "
                f"{', '.join(CHANGEABLE)}. Train anew for it"
            )
    longer = replace(
        _with_phase(recipe, given), **{k: given[k] for k in CHANGEABLE[:2] if k in given}
    )
    schedule = optimizer.schedule if optimizer else None
    if _is_drawn(recipe) and longer.epochs != recipe.epochs:
        raise RecipeError(
            f"epochs cannot be changed when a run goes on: its {schedule and schedule.kind} "
            f"schedule is drawn over {recipe.epochs} epochs. Train anew for it"
        )
    longer = completed(longer)
    check(longer)
    return longer


def completed(recipe: Recipe) -> Recipe:
    """Fill in what is not set, and name the layers so that random streams can be keyed by name."""
    missing = {name: value for name, value in DEFAULTS.items() if getattr(recipe, name) is None}
    recipe = replace(recipe, **missing)
    if recipe.order_seed is None:
        recipe = replace(recipe, order_seed=recipe.seed)
    if recipe.augmentation is None and recipe.augment in PRESETS:
        recipe = replace(recipe, augmentation=PRESETS[recipe.augment])
    if recipe.model is not None:
        if recipe.layers or recipe.backbone is not None:
            raise RecipeError("model: stands in place of backbone and layers; leave those out")
        recipe = replace(recipe, input_scale=recipe.input_scale or 1.0)
    elif not recipe.layers and recipe.backbone is None:
        recipe = replace(recipe, backbone=Backbone(name=DEFAULT))
    if recipe.backbone is not None:
        backbone = _completed_backbone(recipe.backbone)
        recipe = replace(recipe, backbone=backbone, layers=recipe.layers or HEAD)
    elif recipe.input_scale is None:
        recipe = replace(recipe, input_scale=1 / 255)
    if recipe.patience is None:
        recipe = replace(recipe, patience=_usual_patience(recipe))
    optimizer = recipe.optimizer or Optimizer(name="Adam")
    if optimizer.learning_rate is None:
        optimizer = replace(optimizer, learning_rate=usual_rate(recipe))
    phase = recipe.fine_tuning
    if phase is not None and phase.learning_rate is None:
        assert optimizer.learning_rate is not None
        phase = replace(phase, learning_rate=_rounded(optimizer.learning_rate / 10))
    return replace(recipe, optimizer=optimizer, fine_tuning=phase, layers=_named(recipe.layers))


def _usual_patience(recipe: Recipe) -> int:
    """Return how many epochs to wait; of a schedule over the whole training half of its epochs.

    Long enough for the low rates to come while validation loss jumps; it ends what only overfits.
    """
    if _is_drawn(recipe):
        return math.ceil((recipe.epochs or 1) / 2)
    frozen = recipe.backbone is not None and not recipe.backbone.trainable
    return PATIENCE if frozen else LONGER_PATIENCE


def _completed_backbone(backbone: Backbone) -> Backbone:
    """Return what is usual: pretrained weights stay as they are, random ones learn.

    A network that learns from scratch needs its BatchNorm to normalise by batch.
    """
    weights = backbone.weights or "imagenet"
    backbone = replace(backbone, weights=weights)
    if backbone.trainable is None:
        backbone = replace(backbone, trainable=_from_scratch(backbone))
    if _from_scratch(backbone) and backbone.trainable and backbone.batchnorm is None:
        momentum = MOMENTUM if backbone.momentum is None else backbone.momentum
        backbone = replace(backbone, batchnorm="batch", momentum=momentum)
    return backbone


def usual_rate(recipe: Recipe) -> float:
    """Return the optimizer's usual rate, a tenth of it where pretrained weights learn.

    Of a cycle of a backbone from scratch it is the highest. It grows with the batch as the noise of
    a step allows: linearly for SGD (Goyal et al. 2017, arXiv:1706.02677), by the square root for
    adaptive optimizers.
    """
    sgd = recipe.optimizer is not None and recipe.optimizer.name == "SGD"
    rate, backbone = 1e-2 if sgd else 1e-3, recipe.backbone
    if backbone is not None and backbone.trainable and not _from_scratch(backbone):
        rate /= 10
    elif backbone is not None and _from_scratch(backbone) and _has_cycle(recipe):
        rate *= 1.0 if not holds_batchnorm(backbone.name) else PEAK
    share = min(max((recipe.batch_size or BATCH) / BATCH, 1 / 8), 8.0)
    return _rounded(rate * (share if sgd else share**0.5))


def _has_cycle(recipe: Recipe) -> bool:
    return recipe.optimizer is not None and recipe.optimizer.schedule == CYCLE


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")


def for_classes(recipe: Recipe, classes: int) -> Recipe:
    """Give the network an output layer where it has none, and note the number of classes."""
    if recipe.n_classes not in {None, classes}:
        raise RecipeError(
            f"n_classes = {recipe.n_classes}: the images have {classes} classes; leave it out"
        )
    if recipe.model is not None:
        return replace(recipe, n_classes=classes)
    layers = recipe.layers
    if not layers or not _is_output(layers[-1], classes):
        output = Layer(kind="Dense", name="output", units=classes, activation="softmax")
        layers = (*layers, output)
    width = next((x.units for x in reversed(layers) if x.kind == "Dense"), None)
    if width is not None and width < classes:
        raise RecipeError(
            f"the last Dense layer has {width} units for {classes} classes; give it {classes}, "
            "or leave it out of the recipe"
        )
    return replace(recipe, layers=layers, n_classes=classes)


def _is_output(layer: Layer, classes: int) -> bool:
    """Return whether a layer is an output: a Dense of another width with activation is hidden."""
    if layer.kind != "Dense":
        return layer.kind in {"Activation", "Softmax"}
    hidden = layer.activation not in {None, "linear", "softmax", "sigmoid"}
    return not hidden or layer.units == classes


def check(recipe: Recipe) -> None:
    """Raise `RecipeError` for the first setting that cannot be."""
    if recipe.backbone is not None:
        pretrained.check_name(recipe.backbone.name, NETWORKS)
    limits = {
        "image_size": (8, 1024),
        "batch_size": (1, 65_536),
        "epochs": (1, 100_000),
        "patience": (0, 100_000),
        "validation_share": (0.01, 0.9),
    }
    for name, (low, high) in limits.items():
        value = getattr(recipe, name)
        if not low <= value <= high:
            raise RecipeError(f"{name} = {value}: expected {low} to {high}")
    _check_phases(recipe)
    rate = recipe.optimizer.learning_rate if recipe.optimizer else None
    if rate is not None and not 0 < rate < 1e3:
        raise RecipeError(f"learning_rate = {rate}: expected more than 0")
    honoured.check(recipe)


def _check_phases(recipe: Recipe) -> None:
    backbone, phase = recipe.backbone, recipe.fine_tuning
    if backbone is not None and _from_scratch(backbone) and not backbone.trainable:
        raise RecipeError(
            "backbone: trainable = false with weights = 'none' would freeze random weights, on "
            "which little can be learned. Leave trainable out to train the whole network, or give "
            "the weights (imagenet, or the path of a file)"
        )
    if phase is None:
        return
    if backbone is None:
        raise RecipeError("fine_tuning: there is no backbone to fine-tune; leave fine_tuning out")
    if backbone.trainable:
        raise RecipeError(
            "fine_tuning: the whole backbone learns from the first epoch; leave fine_tuning out, "
            "or give pretrained weights that start frozen"
        )
    if not 1 <= phase.epochs <= 100_000:
        raise RecipeError(f"fine_tuning.epochs = {phase.epochs}: expected 1 to 100000")


def _named(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Name layers by kind and number, so that an edit elsewhere does not rename them."""
    seen: dict[str, int] = {}
    named = []
    for layer in layers:
        kind = layer.kind.lower()
        seen[kind] = seen.get(kind, 0) + 1
        named.append(layer if layer.name else replace(layer, name=f"{kind}_{seen[kind]}"))
    return tuple(named)
