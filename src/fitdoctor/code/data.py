"""What library functions make of images and labels: sets, loaders, generators, parts of a split."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from fitdoctor import lazy_re
from fitdoctor.catalogue.datasets import FOLDER, OF_TORCHVISION
from fitdoctor.code import blocks
from fitdoctor.code.construct import is_number
from fitdoctor.code.operations import JOINS, holds_copies, joined, operate
from fitdoctor.code.values import COUNTED, ELSE, UNKNOWN, Data, Encoder, Generator, Value
from fitdoctor.records.flow import IN_BLOCKS, ONE_BATCH
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
_IN_PIXELS: Final = ("width_shift_range", "height_shift_range")
"""Shifts of 1 and more are pixels, of an image whose size is not told here."""
STATISTICS: Final = (
    "featurewise_center", "featurewise_std_normalization", "zca_whitening", "samplewise_center",
    "samplewise_std_normalization",
)  # fmt: skip
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
_TORCH_SETS: Final = OF_TORCHVISION | {FOLDER}


def generator(keywords: dict[str, Value], line: int) -> Generator:
    """Return an ImageDataGenerator as the operations it applies, in Keras' order."""
    random = tuple(name for name in AUGMENTATIONS if _changes(keywords.get(name)))
    operations = [Operation("augment", random, line)] if random else []
    extreme = tuple(
        name
        for name, most in EXTREMES.items()
        if _beyond(keywords.get(name), most)
        and not (name in _IN_PIXELS and _beyond(keywords.get(name), 1))
    )
    operations += [Operation("extreme", extreme, line)] if extreme else []
    function = keywords.get("preprocessing_function")
    if isinstance(function, Data) and "(" in function.origin:
        operations.append(Operation("call", function.origin, line))  # it may augment as well
    elif function is not None:
        operations.append(Operation("preprocess", _function_name(function), line))
    scale = keywords.get("rescale")
    if scale not in (None, 0, 1):
        operations.append(Operation("scale", scale if is_number(scale) else None, line))
    operations += [Operation("standardise", n, line) for n in STATISTICS if keywords.get(n) is True]
    split = keywords.get("validation_split")
    if is_number(split):
        operations.append(Operation("split_tail", split, line))
    return Generator(tuple(operations), line)


def _changes(told: Value) -> bool:
    """Return whether an augmentation changes images: a range that holds 1 alone leaves them."""
    if isinstance(told, (list, tuple)) and told:
        return any(not is_number(end) or end not in (0, 1) for end in told) or len(set(told)) > 1
    return told not in (None, False, 0)


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
    told = [Operation("class_mode", mode if isinstance(mode, str | None) else "not told", line)]
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
    if isinstance(first, (list, tuple)) and name in JOINS and holds_copies(first):
        return next(item for item in first if isinstance(item, Data)).then("copies", name, line)
    if isinstance(first, list) and any(isinstance(item, Data) for item in first):
        first = next(item for item in first if isinstance(item, Data))
    elif isinstance(first, tuple) and name in JOINS:
        return joined(first, name, line)
    if name in _ENCODERS:
        operation = _ENCODERS[name]
        return Encoder(operation, name if operation == "standardise" else None)
    if name == "ImageDataGenerator":
        return generator(keywords, line)
    if name in _DIRECTORY:
        origin = _origin(arguments, keywords, source)
        if keywords.get("subset") == "both":
            subsets = ({**keywords, "subset": part} for part in ("training", "validation"))
            return tuple(directory(name, origin, None, part, line) for part in subsets)
        return directory(name, origin, None, keywords, line)
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
    if isinstance(first, Data) and name.endswith("Sampler"):
        # An order of a whole set is none of its images; of indices, what was chosen of them stays.
        chosen = first.operations if name in _OF_INDICES else ()
        return Data(source, line, chosen).then("call", name, line)
    if isinstance(first, Data):
        return operate(first, name, arguments[1:], keywords, line)
    return UNKNOWN


_OF_INDICES: Final = frozenset({"SubsetRandomSampler", "WeightedRandomSampler"})
"""Samplers that are given indices or weights, not the set that they are of."""


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
    if len(items) > 1 and items[0].labels is not None:
        # Two datasets of pairs side by side: what is made of both is not known.
        both = items[0].then("call", "zip", line)
        return dataclasses.replace(both, labels=items[0].labels.then("call", "zip", line))
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
    steps = next((steps for x in given if (steps := transforms(x)) is not None), None)
    made = Data(
        source, line, tuple(o for o in steps or () if isinstance(o, Operation)), Data(source, line)
    )
    if steps is None and keywords.get("transform") is not None:
        return made.then("call", "transform", line)  # its making is not shown
    return made


def _loader(arguments: list[Value], keywords: dict[str, Value], source: str, line: int) -> Data:
    first, size, shuffled = (*arguments[:3], UNKNOWN, UNKNOWN, UNKNOWN)[:3]
    first = keywords.get("dataset", first)
    # What it reads, where that is not known, may do anything to the images.
    unknown = Data(source, line).then("call", "DataLoader", line)
    data = first if isinstance(first, Data) else unknown
    if data.labels is None:
        data = dataclasses.replace(data, labels=Data(data.origin, line))
    if not isinstance(shuffled, bool):
        shuffled = keywords.get("shuffle", UNKNOWN if ELSE in keywords else False)
    sampler = keywords.get("sampler", keywords.get("batch_sampler"))
    if sampler is not None:
        # A sampler says in what order; that of Python's own making may be any.
        drawn = isinstance(sampler, Data) and _draws(sampler.origin)
        in_order = isinstance(sampler, Data) and bool(_IN_ORDER.search(sampler.origin))
        shuffled = True if drawn else False if in_order else UNKNOWN
    if isinstance(sampler, Data):
        data = dataclasses.replace(
            data, operations=(*data.operations, *sampler.operations), free=False
        )
    if isinstance(shuffled, bool):
        data = data.then("shuffle", shuffled, line)
    size = keywords.get("batch_size", size)
    counted = [(o.name, o.value) for o in size.operations] if isinstance(size, Data) else []
    if counted == [(COUNTED, first)]:
        data = data.then(ONE_BATCH, None, line)
    return data.then("batch", size if is_number(size) else None, line)


_DRAWING: Final = lazy_re.compile(r"\b(?:Random|Weighted|Distributed)\w{0,40}Sampler\(")


_IN_ORDER: Final = lazy_re.compile(
    r"\bSequentialSampler\(|\bDistributedSampler\((?=[^\n]{0,300}\bshuffle=False)"
)


def _draws(sampler: str) -> bool:
    """Return whether a sampler draws the order of images at random."""
    return bool(_DRAWING.search(sampler)) and "shuffle=False" not in sampler


def transforms(value: Value) -> list[Value] | None:
    """Return the steps of a transform, composed or one alone; `None` where it is none."""
    if isinstance(value, Operation):
        return [value]
    return value if isinstance(value, list) else None


def with_transforms(data: Data, value: Value, line: int) -> Data:
    """Return a set that is given other transforms than those it was made with."""
    own = tuple(o for o in data.operations if o.name not in _OF_TRANSFORMS)
    data = dataclasses.replace(data, operations=own, free=False)
    steps = transforms(value)
    if steps is None:
        return data.then("call", "transform", line)
    return dataclasses.replace(
        data, operations=(*own, *(o for o in steps if isinstance(o, Operation)))
    )


_OF_TRANSFORMS: Final = frozenset({"augment", "scale", "standardise", "resize", "colour"})


def of_transforms(text: str, keywords: dict[str, Value], line: int) -> Value:
    """Return the images of a user-defined data set, with the transforms that it is given."""
    given = keywords.get("transform", keywords.get("transforms"))
    steps = [o for o in transforms(given) or () if isinstance(o, Operation)]
    return Data(text, line, tuple(steps), Data("its labels", line)) if steps else UNKNOWN


def _origin(arguments: list[Value], keywords: dict[str, Value], source: str) -> str:
    place = arguments[0] if arguments else keywords.get("directory")
    if isinstance(place, str):
        return place
    if isinstance(place, Data):
        return place.origin
    return source


def is_batched(value: Value) -> bool:
    """Return whether these are batches, whose number `len` gives, and not images one by one."""
    if not isinstance(value, Data) or value.free or value.labels is None:
        return False
    names = [o.name for o in value.operations]
    reader = {"class_mode", "target_size"}.intersection(o.name for o in value.labels.operations)
    whole = not {"call", "unbatch", "slice", "select"}.intersection(names)
    return whole and bool({"batch", "batch_size"}.intersection(names) or reader)
