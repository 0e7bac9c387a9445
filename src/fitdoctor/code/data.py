"""What library functions and methods do to images and labels on their way into a model."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, Final

from fitdoctor.code import blocks
from fitdoctor.code.construct import is_number
from fitdoctor.code.values import UNKNOWN, Data, Encoder, Generator, Value
from fitdoctor.records.flow import IN_BLOCKS, PLANES
from fitdoctor.records.run import Operation

AUGMENTATIONS: Final = (
    "rotation_range", "width_shift_range", "height_shift_range", "shear_range", "zoom_range",
    "channel_shift_range", "brightness_range", "horizontal_flip", "vertical_flip",
)  # fmt: skip
EXTREMES: Final = {
    "width_shift_range": 0.4, "height_shift_range": 0.4, "zoom_range": 0.7, "shear_range": 45.0,
    "channel_shift_range": 100.0, "brightness_range": 0.8,
}  # fmt: skip
"""From here on an augmentation hides or distorts what most images show."""
STATISTICS: Final = (
    "featurewise_center", "featurewise_std_normalization", "zca_whitening", "samplewise_center",
    "samplewise_std_normalization",
)  # fmt: skip
_SAME: Final = frozenset(
    {
        "array", "asarray", "ascontiguousarray", "stack", "vstack", "hstack", "squeeze", "ravel",
        "copy", "list", "tuple", "expand_dims", "reshape", "rollaxis", "convert_to_tensor",
        "from_numpy", "Variable", "DataFrame", "img_to_array", "flatten", "to_numpy", "as_matrix",
        "tolist", "numpy", "from_tensors", "prefetch", "cache", "with_options", "enumerate",
        "zeros_like", "contiguous", "cuda", "to", "float", "apply", "drop", "toarray", "todense",
        "unbatch", "fit", "join", "unsqueeze", "unsqueeze_",
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
READERS: Final = {
    "imread": "cv2.imread",
    "imdecode": "cv2.imdecode",
    "load_img": "load_img",
    "open": "open",
    "decode_jpeg": "decode_jpeg",
    "decode_png": "decode_png",
    "decode_image": "decode_image",
    "listdir": "listdir",
    "glob": "glob",
    "iglob": "glob",
    "list_files": "glob",
    "scandir": "listdir",
}
_OF_ORDER: Final = frozenset(
    {"shuffle", "sorted", "split", "split_tail", "slice", "select", "batch", IN_BLOCKS}
)
_RANDOM: Final = re.compile(
    r"(?:stateless_)?random_(?:flip|crop|bright|contr|hue|satur|jpeg|rotat|zoom|shift|shear|eras)"
)
"""What tf.image and its kin do to one image at random."""
_ENCODERS: Final = {
    "LabelEncoder": "label_encode",
    "LabelBinarizer": "one_hot",
    "OneHotEncoder": "one_hot",
    "MultiLabelBinarizer": "many_hot",
    "StandardScaler": "standardise",
    "MinMaxScaler": "standardise",
    "RobustScaler": "standardise",
}
_DIRECTORY: Final = ("flow_from_directory", "flow_from_dataframe", "image_dataset_from_directory")
_TORCH_SETS: Final = frozenset(
    {"ImageFolder", "CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "SVHN", "ImageNet"}
)


def generator(keywords: dict[str, Value], line: int) -> Generator:
    """Return an ImageDataGenerator as the operations it applies, in Keras' order."""
    random = tuple(name for name in AUGMENTATIONS if keywords.get(name) not in (None, False, 0))
    operations = [Operation("augment", random, line)] if random else []
    extreme = tuple(name for name, most in EXTREMES.items() if _beyond(keywords.get(name), most))
    operations += [Operation("extreme", extreme, line)] if extreme else []
    function = keywords.get("preprocessing_function")
    if function is not None:
        operations.append(Operation("preprocess", _function_name(function), line))
    scale = keywords.get("rescale")
    if scale not in (None, 0, 1):
        operations.append(Operation("scale", scale if is_number(scale) else None, line))
    operations += [Operation("standardise", n, line) for n in STATISTICS if keywords.get(n) is True]
    split = keywords.get("validation_split")
    if is_number(split):
        operations.append(Operation("split_tail", split, line))
    return Generator(tuple(operations), line)


def _beyond(value: Value, most: float) -> bool:
    if isinstance(value, (list, tuple)) and len(value) == 2:  # brightness and zoom as a range
        return all(map(is_number, value)) and max(abs(1 - v) for v in value) >= most
    return is_number(value) and value >= most


def _function_name(value: Value) -> str | None:
    from fitdoctor.code.values import Function, Module  # noqa: PLC0415

    if isinstance(value, Module):
        return value.name
    if isinstance(value, Function):
        return getattr(value.node, "name", "lambda")
    return value.origin if isinstance(value, Data) else None


def directory(
    name: str, source: str, made_by: Generator | None, keywords: dict[str, Value], line: int
) -> Data:
    """Return what reads a folder of classes: a generator's flow, or a dataset."""
    operations = list(made_by.operations) if made_by else []
    for key in (
        "batch_size",
        "shuffle",
        "subset",
        "target_size",
        "image_size",
        "color_mode",
        "seed",
    ):
        if key in keywords:
            known = keywords[key]
            plain = known if isinstance(known, (bool, int, float, str)) else None
            operations.append(Operation(key, plain, line))
    mode = keywords.get("class_mode", keywords.get("label_mode", "default"))
    if mode == "default":
        mode = "int" if name == "image_dataset_from_directory" else "categorical"
    told = [Operation("class_mode", mode, line)]
    named = keywords.get("classes", keywords.get("class_names"))
    if isinstance(named, (list, tuple)) and named:
        told.append(Operation("classes", len(named), line))
    labels = Data(source, line, tuple(told))
    listed = keywords.get("labels")
    if isinstance(listed, Data) and not listed.free:
        listed = listed.then("listed", None, line)
        labels = dataclasses.replace(listed, operations=(*listed.operations, *told))
    return Data(source, line, tuple(operations), labels)


def call(
    name: str, arguments: list[Value], keywords: dict[str, Value], source: str, line: int
) -> Value:
    """Return what a library function makes of data, or of nothing; UNKNOWN if it is not ours."""
    first = arguments[0] if arguments else UNKNOWN
    if name in {"zeros", "ones", "empty"}:
        kind = keywords.get("dtype")
        made = Data(source, line)
        return made.then("cast", kind, line) if isinstance(kind, str) else made
    if isinstance(first, (list, tuple)) and name in {"concatenate", "hstack"}:
        laid = blocks.joined(list(first), line)
        if laid is not None:
            return laid
    if isinstance(first, (list, tuple)) and name in _JOINS and _holds_copies(first):
        return next(item for item in first if isinstance(item, Data)).then("copies", name, line)
    if isinstance(first, list) and any(isinstance(item, Data) for item in first):
        first = next(item for item in first if isinstance(item, Data))
    elif isinstance(first, tuple) and name in _JOINS:
        return _joined(first, name, line)
    if name in _ENCODERS:
        operation = _ENCODERS[name]
        return Encoder(operation, name if operation == "standardise" else None)
    if name == "ImageDataGenerator":
        return generator(keywords, line)
    if name in _DIRECTORY:
        return directory(name, _origin(arguments, keywords, source), None, keywords, line)
    if name == "train_test_split":
        return split(arguments, keywords, line)
    if name in {"from_tensor_slices", "TensorDataset", "zip"}:
        return paired(arguments, line)
    if name in _TORCH_SETS:
        return _torch_set(source, arguments, keywords, line)
    if name == "DataLoader":
        return _loader(arguments, keywords, source, line)
    if name in READERS:
        # Images come in the order, and in the parts, of the list that names them.
        named = first.operations if isinstance(first, Data) else ()
        read = Data(READERS[name], line, tuple(o for o in named if o.name in _OF_ORDER))
        sorted_too = name == "list_files" and keywords.get("shuffle") is False
        return read.then("shuffle", False, line) if sorted_too else read
    if isinstance(first, Data):
        return operate(first, name, arguments[1:], keywords, line)
    return UNKNOWN


_JOINS = frozenset({"concatenate", "vstack", "hstack", "concat", "cat"})


def _holds_copies(parts: Sequence[Value]) -> bool:
    """Tell images that stand beside altered ones of the same making."""
    known = [part for part in parts if isinstance(part, Data)]
    altered = [any(o.name == "augment" for o in part.operations) for part in known]
    return any(altered) and not all(altered) and len({part.origin for part in known}) == 1


def _joined(parts: tuple[Value, ...], name: str, line: int) -> Value:
    """Return arrays one behind the other; where they are not alike, what was done is not told."""
    known = [part for part in parts if isinstance(part, Data)]
    if not known:
        return UNKNOWN
    alike = len(known) == len(parts) and all(p.operations == known[0].operations for p in known)
    return (
        dataclasses.replace(known[0], numbers=None) if alike else known[0].then("call", name, line)
    )


def knows(name: str) -> bool:
    """Tell a method of arrays and datasets from any other."""
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


IMAGE_READERS: Final = frozenset(
    {"cv2.imread", "cv2.imdecode", "load_img", "open", "decode_jpeg", "decode_png", "decode_image"}
)
"""Readers that give height, width, channels."""


def _takes_planes_for_pixels(data: Data, arguments: list[Value]) -> bool:
    """Tell a reshape to (32, 32, 3) of rows of CIFAR's batches, which hold plane after plane."""
    loaded = all(o.name == "call" for o in data.operations)
    return loaded and data.origin.endswith("[b'data']") and _sides(arguments) == [32, 32, 3]


def _sides(arguments: list[Value]) -> list[Value]:
    """Return the sides of one image in a reshape; those that count images are left out."""
    given = arguments[0] if len(arguments) == 1 else arguments
    sides = [side for side in given if side != -1] if isinstance(given, (list, tuple)) else []
    return sides[1:] if len(sides) == 4 else sides


def _puts_channels_first(data: Data, arguments: list[Value]) -> bool:
    """Tell a reshape to (3, height, width) of an image as it was read: it mixes up its pixels."""
    moved = any(o.name in {"transpose", "call"} for o in data.operations)
    sides = _sides(arguments)
    first = len(sides) == 3 and sides[0] == 3 and 3 not in sides[1:]
    return first and data.origin in IMAGE_READERS and not moved


def with_labels(data: Data, inputs: Value, labels: Value) -> Data:
    """Return a dataset after a function has been mapped over its pairs."""
    operations = inputs.operations if isinstance(inputs, Data) else data.operations
    after = labels if isinstance(labels, Data) else data.labels
    return dataclasses.replace(data, operations=operations, labels=after, free=False)


def encode(encoder: Encoder, data: Value, line: int) -> Value:
    if not isinstance(data, Data):
        data = Data(getattr(data, "name", "an array"), line)
    return data.then(encoder.name, encoder.of, line)


def split(arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return the parts of `train_test_split`: two for each array."""
    plain: dict[str, Any] = {
        k: v for k, v in keywords.items() if isinstance(v, (bool, int, float, str))
    }
    if isinstance(keywords.get("stratify"), Data):
        plain["stratify"] = True
    parts: list[Value] = []
    for item in arguments:
        data = item if isinstance(item, Data) else Data("data", line)
        parts += [
            data.then("split", {**plain, "part": "train"}, line),
            data.then("split", {**plain, "part": "rest"}, line),
        ]
    return tuple(parts) if parts else UNKNOWN


def paired(arguments: list[Value], line: int) -> Value:
    """Return a dataset of inputs and labels from a pair of arrays."""
    items = arguments
    if len(arguments) == 1 and isinstance(arguments[0], (tuple, list)):
        items = list(arguments[0])
    if not items or not isinstance(items[0], Data):
        return UNKNOWN
    labels = items[1] if len(items) > 1 and isinstance(items[1], Data) else items[0].labels
    return dataclasses.replace(items[0], labels=labels, line=line, free=False)


def flow(
    made_by: Generator, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Value:
    """Return `datagen.flow(x, y)`: what was done to x, then what the generator does."""
    items = list(arguments)
    if items and isinstance(items[0], tuple):
        items = list(items[0])
    inputs = items[0] if items else keywords.get("x")
    labels = items[1] if len(items) > 1 else keywords.get("y")
    if not isinstance(inputs, Data):
        inputs = Data("data", line)
    operations = [*inputs.operations, *made_by.operations]
    if keywords.get("shuffle") is False:
        operations.append(Operation("shuffle", value=False, line=line))
    if isinstance(keywords.get("batch_size"), int):
        operations.append(Operation("batch_size", keywords["batch_size"], line))
    return dataclasses.replace(
        inputs,
        operations=tuple(operations),
        labels=labels if isinstance(labels, Data) else None,
        free=False,
    )


def _torch_set(source: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Data:
    given = (keywords.get("transform"), *arguments)
    steps = next((x for x in given if isinstance(x, list)), [])
    return Data(
        source, line, tuple(o for o in steps if isinstance(o, Operation)), Data(source, line)
    )


def _loader(arguments: list[Value], keywords: dict[str, Value], source: str, line: int) -> Data:
    first, size, shuffled = (*arguments[:3], UNKNOWN, UNKNOWN, UNKNOWN)[:3]
    data = first if isinstance(first, Data) else Data(source, line)
    if data.labels is None:
        data = dataclasses.replace(data, labels=Data(data.origin, line))
    if not isinstance(shuffled, bool):
        shuffled = keywords.get("shuffle", "sampler" in keywords)
    sampler = keywords.get("sampler")
    if isinstance(sampler, Data):
        data = dataclasses.replace(
            data, operations=(*data.operations, *sampler.operations), free=False
        )
    if isinstance(shuffled, bool):
        data = data.then("shuffle", shuffled, line)
    size = keywords.get("batch_size", size)
    return data.then("batch", size if is_number(size) else None, line)


_ALBUMENTATIONS: Final = frozenset(
    {"HorizontalFlip", "VerticalFlip", "ShiftScaleRotate", "Affine", "Rotate", "CoarseDropout",
     "GaussNoise", "GaussianBlur", "ElasticTransform", "GridDistortion", "OpticalDistortion",
     "HueSaturationValue", "RGBShift", "MotionBlur", "Cutout", "Perspective"}
)  # fmt: skip


def of_transforms(text: str, keywords: dict[str, Value], line: int) -> Value:
    """Return what an own dataset gives: images through the transforms that it is given."""
    given = keywords.get("transform", keywords.get("transforms"))
    steps = [o for o in given if isinstance(o, Operation)] if isinstance(given, list) else []
    return Data(text, line, tuple(steps), Data("its labels", line)) if steps else UNKNOWN


def transform(name: str, arguments: list[Value], line: int) -> Value:
    """Return a transform of torchvision or albumentations as the operation it is."""
    if name == "ToTensor":
        return Operation("scale", 1 / 255, line)
    if name == "Normalize":
        return Operation("standardise", "Normalize", line)
    if name in {"Resize", "CenterCrop"}:
        return Operation("resize", None, line)
    if name.startswith(("Random", "AutoAugment", "TrivialAugment", "AugMix", "ColorJitter")) or (
        name.endswith("Policy") or name in _ALBUMENTATIONS
    ):
        return Operation("augment", (name,), line)
    if name == "Compose" and arguments and isinstance(arguments[0], list):
        return arguments[0]
    return UNKNOWN


def arithmetic(data: Data, operator: str, other: Value, text: str, line: int) -> Data:
    """Return data after `data operator other`; `text` is the other side as written."""
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


def _origin(arguments: list[Value], keywords: dict[str, Value], source: str) -> str:
    place = arguments[0] if arguments else keywords.get("directory")
    if isinstance(place, str):
        return place
    if isinstance(place, Data):
        return place.origin
    return source
