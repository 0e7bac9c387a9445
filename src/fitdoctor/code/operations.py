"""What a script does to images and labels: functions and methods of arrays, sets and transforms."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from fitdoctor import lazy_re
from fitdoctor.code.construct import is_number
from fitdoctor.code.plain import of_numbers
from fitdoctor.code.values import UNKNOWN, Data, Encoder, Value
from fitdoctor.records.flow import DECODED, PLANES
from fitdoctor.records.run import Operation

_SAME: Final = frozenset(
    {
        "array", "asarray", "ascontiguousarray", "stack", "vstack", "hstack", "squeeze", "ravel",
        "copy", "list", "tuple", "expand_dims", "reshape", "rollaxis", "convert_to_tensor",
        "from_numpy", "Variable", "DataFrame", "img_to_array", "flatten", "to_numpy", "as_matrix",
        "tolist", "numpy", "from_tensors", "prefetch", "cache", "with_options", "enumerate",
        "zeros_like", "contiguous", "cuda", "to", "float", "apply", "drop", "toarray", "todense",
        "unbatch", "deepcopy", "fit", "join", "unsqueeze", "unsqueeze_",
    }
)  # fmt: skip
"""They move or wrap values without changing them."""
_RENAMED: Final = {
    "to_categorical": "one_hot",
    "one_hot": "one_hot",
    "get_dummies": "one_hot",
    "argmax": "argmax",
    "resize": "resize",
    "imresize": "resize",
    "resize_with_pad": "resize",
    "cvtColor": "colour",
    "invert": "colour",
    "bitwise_not": "colour",
    "convert": "colour",
    "Subset": "select",
    "rgb2gray": "colour",
    "transpose": "transpose",
    "permute": "transpose",
    "sorted": "sorted",
    "natsorted": "sorted",
    "per_image_standardization": "standardise",
    "normalize": "standardise",
    "batch": "batch",
    "repeat": "repeat",
    "take": "take",
    "skip": "skip",
    "filter": "filter",
}
_RANDOM: Final = lazy_re.compile(
    r"(?:stateless_)?random_(?:flip|crop|bright|contr|hue|satur|jpeg|rotat|zoom|shift|shear|eras)"
)
"""What tf.image and its kin do to one image at random."""


def knows(name: str) -> bool:
    """Return whether this is a method of arrays and datasets from any other."""
    return name in _SAME or name in _RENAMED or name in {"astype", "shuffle"}


def operate(
    data: Data, name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Data | tuple[Data, ...]:
    """Return data after a function or method of this name."""
    if name in {"reshape", "view"} and _puts_channels_first(data, arguments):
        return data.then("scrambled", name, line)
    if name == "reshape" and _takes_planes_for_pixels(data, arguments):
        return data.then("scrambled", PLANES, line)
    if name in _SAME:
        kind = keywords.get("dtype")
        return data.then("cast", kind, line) if isinstance(kind, str) else data
    if name in {"astype", "cast"}:
        kind = arguments[0] if arguments else keywords.get("dtype")
        text = kind if isinstance(kind, str) else getattr(kind, "name", None)
        return data.then("cast", text.rpartition(".")[2] if text else None, line)
    if name == "preprocess_input":
        return data.then("preprocess", "preprocess_input", line)
    if _RANDOM.match(name):
        return data.then("augment", (name,), line)
    if name == "sort_values":
        column = arguments[0] if arguments else keywords.get("by")
        return data.then("sorted_by", column if isinstance(column, str) else None, line)
    if name == "convert_image_dtype":
        return data.then("scale", 1 / 255, line)
    if name == "shuffle":
        others = [a for a in arguments if isinstance(a, Data)]
        if others:
            return tuple(d.then("shuffle", "together", line) for d in (data, *others))
        size = arguments[0] if arguments else keywords.get("buffer_size")
        if "random_state" in keywords:  # scikit-learn's
            seed = keywords["random_state"]
            return data.then("shuffle", f"seed {seed}" if is_number(seed) else "alone", line)
        return data.then("shuffle", size if is_number(size) else None, line)
    if name == "permutation":
        return data.then("shuffle", "alone", line)
    if name == "sample" and keywords.get("frac") == 1:  # pandas: all rows in another order
        return data.then("shuffle", "together", line)
    if name in _RENAMED:
        value = arguments[0] if arguments and isinstance(arguments[0], (int, float, str)) else None
        return data.then(_RENAMED[name], value, line)
    return data.then("call", name, line)


DECODERS: Final = frozenset({"decode_jpeg", "decode_png", "decode_image"})
IMAGE_READERS: Final = frozenset({"cv2.imread", "cv2.imdecode", "load_img", "open", *DECODERS})
"""Readers that give height, width, channels."""


def _takes_planes_for_pixels(data: Data, arguments: list[Value]) -> bool:
    """Return whether rows of CIFAR's batches, plane after plane, are reshaped to (32, 32, 3)."""
    loaded = all(o.name == "call" for o in data.operations)
    return loaded and data.origin.endswith("[b'data']") and _sides(arguments) == [32, 32, 3]


def _sides(arguments: list[Value]) -> list[Value]:
    """Return the sides of one image in a reshape; those that count images are left out."""
    given = arguments[0] if len(arguments) == 1 else arguments
    sides = [side for side in given if side != -1] if isinstance(given, (list, tuple)) else []
    return sides[1:] if len(sides) == 4 else sides


def _puts_channels_first(data: Data, arguments: list[Value]) -> bool:
    """Return whether this is a reshape to (3, height, width) of an image as it was read.

    It mixes up its pixels.
    """
    moved = any(o.name in {"transpose", "call"} for o in data.operations)
    sides = _sides(arguments)
    first = len(sides) == 3 and sides[0] == 3 and 3 not in sides[1:]
    return first and data.origin in IMAGE_READERS and not moved


def with_labels(data: Data, inputs: Value, labels: Value) -> Data:
    """Return a dataset after a function has been mapped over its pairs."""
    operations = inputs.operations if isinstance(inputs, Data) else data.operations
    if isinstance(inputs, Data) and inputs.origin in DECODERS:
        operations = (Operation(DECODED, inputs.origin, inputs.line), *operations)
    after = labels if isinstance(labels, Data) else data.labels
    return dataclasses.replace(data, operations=operations, labels=after, free=False)


def encode(encoder: Encoder, data: Value, line: int) -> Value:
    if not isinstance(data, Data):
        data = Data(getattr(data, "name", "an array"), line)
    return data.then(encoder.name, encoder.of, line)


JOINS = frozenset({"concatenate", "vstack", "hstack", "concat", "cat"})


def holds_copies(parts: Sequence[Value]) -> bool:
    """Return whether these are images that stand beside altered ones of the same making."""
    known = [part for part in parts if isinstance(part, Data)]
    altered = [any(o.name == "augment" for o in part.operations) for part in known]
    return any(altered) and not all(altered) and len({part.origin for part in known}) == 1


def joined(parts: tuple[Value, ...], name: str, line: int) -> Value:
    """Return arrays one behind the other; where they are not alike, what was done is not told."""
    known = [part for part in parts if isinstance(part, Data)]
    if not known:
        return UNKNOWN
    alike = len(known) == len(parts) and all(p.operations == known[0].operations for p in known)
    return (
        dataclasses.replace(known[0], numbers=None) if alike else known[0].then("call", name, line)
    )


_ALBUMENTATIONS: Final = frozenset(
    {"HorizontalFlip", "VerticalFlip", "ShiftScaleRotate", "Affine", "Rotate", "CoarseDropout",
     "GaussNoise", "GaussianBlur", "ElasticTransform", "GridDistortion", "OpticalDistortion",
     "HueSaturationValue", "RGBShift", "MotionBlur", "Cutout", "Perspective"}
)  # fmt: skip


def transform(name: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return a transform of torchvision or albumentations as the operation it is."""
    if name == "ToTensor":
        return Operation("scale", 1 / 255, line)
    if name == "Normalize":
        return Operation("standardise", _by_channel(arguments, keywords), line)
    if name in {"Resize", "CenterCrop"}:
        return Operation("resize", None, line)
    if name.startswith(("Random", "AutoAugment", "TrivialAugment", "AugMix", "ColorJitter")) or (
        name.endswith("Policy") or name in _ALBUMENTATIONS
    ):
        return Operation("augment", (name,), line)
    if name == "Compose" and arguments and isinstance(arguments[0], list):
        return arguments[0]
    return UNKNOWN


def _by_channel(arguments: list[Value], keywords: dict[str, Value]) -> str:
    """Return torchvision's `Normalize`, with its numbers where they are known."""
    given = dict(zip(("mean", "std"), arguments, strict=False)) | keywords
    numbers = [given.get(name) for name in ("mean", "std")]
    flat = (isinstance(n, list | tuple) and all(map(is_number, n)) for n in numbers)
    if not all(of_numbers(n) for n in numbers) or not all(flat):
        return "Normalize"
    mean, std = (", ".join(f"{float(v):g}" for v in n or ()) for n in numbers)
    return f"Normalize: mean {mean}; std {std}"


_DRAWN: Final = lazy_re.compile(
    r"\brandom\b|\brand(?:n|int|n_like|_like)?\(|\b(?:rng|gen)\.\w+\(|_beta_"
)
"""What is drawn at random: noise that is added, a share by which images are mixed."""
_STATISTICS: Final = frozenset(
    {"mean", "std", "var", "max", "min", "amax", "amin", "median", "average", "norm", "reduce_mean",
     "reduce_std", "reduce_max", "reduce_min", "percentile", "quantile", "sum"}
)  # fmt: skip


def is_drawn(data: Data) -> bool:
    """Return whether numbers are drawn at random, or images were changed by such."""
    return bool(_DRAWN.search(data.origin)) or any(o.name == "noise" for o in data.operations)


def _mixed_in(other: Data) -> bool:
    """Return whether these are images that others are added to or cut from.

    They are made by steps, and are no statistic.
    """
    steps = {o.value for o in other.operations if o.name == "call"}
    return bool(steps) and not steps & _STATISTICS


def arithmetic(data: Data, operator: str, other: Value, text: str, line: int) -> Data:
    """Return data after `data operator other`; `text` is the other side as written."""
    if isinstance(other, Data) and is_drawn(other):
        return data.then("noise", None, line)
    if isinstance(other, Data) and _mixed_in(other):
        return data.then("call", "mix", line)
    known = other if is_number(other) else None
    if operator == "/":
        if known:
            return data.then("scale", 1 / known, line)
        return data.then("divide", text, line)
    if operator == "//":
        return data.then("floor_divide", known, line)
    if operator == "*":
        return (
            data.then("scale", known, line)
            if known is not None
            else data.then("multiply", text, line)
        )
    return data.then("shift", known if known is not None else text, line)
