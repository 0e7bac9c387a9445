"""Treatments of what the network is shown."""

from __future__ import annotations

import sys
from typing import Any

from fitdoctor.observe import hook
from fitdoctor.observe.patient import UntreatableError
from fitdoctor.observe.pytorch.loop import Loop, early
from fitdoctor.observe.treatments.data import BYTE, SMALL

BATCH = 32
AUGMENTING = ("Random", "ColorJitter", "AutoAugment", "TrivialAugment", "AugMix", "GaussianBlur",
              "ElasticTransform")  # fmt: skip
"""Beginnings of the names of transforms of torchvision that change images at random."""


def scale_inputs(loop: Loop) -> str:
    """Multiply pixel values with 1/255; inputs of another range by their largest absolute value."""
    low, high, image = _range(loop)
    largest = max(abs(low), abs(high))
    if largest <= SMALL or largest == float("inf"):
        return ""
    by = BYTE if low >= 0 and largest <= BYTE and image else largest
    loop.inputs.append(lambda x: x / by if x.is_floating_point() else x)
    return f"inputs of {low:g} to {high:g} are divided by {by:g}"


def _range(loop: Loop) -> tuple[float, float, bool]:
    """Return the lowest and the highest input, and whether a row is an image."""
    seen = loop.seen.inputs
    if seen is not None:
        return seen.low, seen.high, len(seen.shape) > 1
    x = next((x for x in loop.given if hasattr(x, "grad_fn")), None)
    if x is None or not x.is_floating_point():
        raise UntreatableError("the network is not given numbers that can be looked at")
    return float(x.min()), float(x.max()), x.dim() > 2


@early
def shuffle_training(loop: Loop) -> str:
    """Shuffle the training images anew every epoch."""

    def shuffled(loader: Any) -> None:
        batches = loader.batch_sampler
        if type(getattr(batches, "sampler", None)).__name__ != "SequentialSampler":
            return
        if type(batches).__name__ == "BatchSampler":
            batches.sampler = loop.torch.utils.data.RandomSampler(loader.dataset)
            loop.changed = "loaders draw their images in a new order in each pass"

    loop.loaders.append(shuffled)
    return ""


@early
def batches_of_32(loop: Loop) -> str:
    """Train on batches of 32 images."""

    def cut(loader: Any) -> None:
        batches = loader.batch_sampler
        before = getattr(batches, "batch_size", None)
        if type(batches).__name__ == "BatchSampler" and before != BATCH:
            batches.batch_size = BATCH
            loop.changed = loop.changed or f"batches of {BATCH} in place of {before}"

    loop.loaders.append(cut)
    return ""


@early
def remove_augmentation(loop: Loop) -> str:
    """Take the transforms out that change images at random."""

    def take_out(transforms: Any) -> None:
        for name, kind in list(vars(transforms).items()):
            if isinstance(kind, type) and name.startswith(AUGMENTING):
                _take_out(loop, name, kind, transforms.functional)

    for name in ("torchvision.transforms", "torchvision.transforms.v2"):
        if name in sys.modules:
            take_out(sys.modules[name])
        else:
            sys.meta_path.insert(0, hook.AfterImport(name, take_out))
    return ""


def _take_out(loop: Loop, name: str, kind: Any, functional: Any) -> None:
    """Let a random transform return what it is given, of the size that it would have."""

    def forward(self: Any, *images: Any) -> Any:
        loop.changed = loop.changed or "without random transforms"
        found = []
        for image in images:
            size = getattr(self, "size", None)
            if size is not None and name == "RandomResizedCrop":
                image = functional.resize(image, list(size))  # noqa: PLW2901
            elif size is not None and name == "RandomCrop":
                image = functional.center_crop(image, list(size))  # noqa: PLW2901
            found.append(image)
        return found[0] if len(found) == 1 else tuple(found)

    kind.forward = forward
