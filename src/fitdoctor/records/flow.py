"""Plain questions about what a script does to images and labels on the way into the model."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.catalogue.datasets import TABLES_OF_PIXELS, holds_bytes, stored_mixed
from fitdoctor.records.run import ANY_ORDER, Call, Feed, Flow, Operation, Script
from fitdoctor.records.written import Numbers

CHANGING = frozenset(
    {"scale", "shift", "standardise", "preprocess", "divide", "floor_divide", "multiply"}
)
"""Operations that change the values a model sees, and must be the same in every split."""
WORDS = {
    "scale": "scaled",
    "shift": "shifted",
    "standardise": "standardised",
    "preprocess": "preprocessed",
    "divide": "divided",
    "floor_divide": "divided",
    "multiply": "multiplied",
}


PLANES = "planes"
"""What is scrambled where rows that hold plane after plane are reshaped as pixels."""
ITSELF = "itself"
"""The operation of labels that are the inputs: the network is to give back what it is given."""
CHOOSES = "chooses"
"""The operation of labels that are drawn, and then an image of what was drawn."""
FRAMES, SLICES, PATCHES = (
    "frames of one video",
    "slices of one volume",
    "copies or parts of one image",
)
PIECES = frozenset({FRAMES, SLICES, PATCHES})
"""What several items of a set can be of one file."""
RESAMPLING = frozenset({"fit_resample", "fit_sample", "sample_from_datasets", "rejection_resample"})
"""Functions that make classes equally frequent."""
RESAMPLED = "resampled"
"""The argument of weights that are computed of classes which were made equally frequent."""
DECODED = "decoded"
"""The operation of images that a mapped function decodes from their files: 0..255."""
ONE_BATCH = "one_batch"
"""The operation of images that are one batch: the whole set at once, or the first one for ever."""
NAMED_BY_TABLE = "named_by_table"
"""The operation of images whose files a table names, one row after the other."""
IN_BLOCKS = "in_blocks"
"""The operation of labels that a script lays down class by class."""


def turns_channels(flow: Flow) -> bool:
    """Return whether the last axis of images is turned round: red, green and blue change places."""
    return any(
        o.name in {"slice", "select"} and bool(_CHANNELS.search(str(o.value)))
        for o in flow.operations
    )


_CHANNELS = lazy_re.compile(
    r"^\((?:(?:\.\.\.|Ellipsis)|[^,()]{0,40}, [^,()]{0,40}(?:, [^,()]{0,40})?), "
    r"(?:(?:None|2)?::-1|\[2, 1, 0\]|\(2, 1, 0\))\)$"
)
"""An index of at least three axes, or of any number, whose last one is read backwards."""


def resampled(flow: Flow) -> Operation | None:
    """Return the step that makes classes equally frequent; `None` where there is none."""
    steps = (o for o in flow.operations if o.name == "call" and o.value in RESAMPLING)
    return next(steps, None)


def columns(flow: Flow) -> int:
    """Return how many named columns of a table an array is; 0 where it is none of several."""
    for operation in flow.operations:
        if operation.name == "select":
            try:
                named = ast.literal_eval(str(operation.value))
            except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
                return 0
            several = isinstance(named, list) and all(isinstance(name, str) for name in named)
            return len(named) if several and len(named) > 1 and not flow.has("argmax") else 0
    return 0


def scale_of(flow: Flow) -> float | None:
    """Return the factor that values are multiplied with; `None` where a step has no number."""
    factor = 1.0
    for operation in flow.operations:
        if operation.name == "scale":
            if not isinstance(operation.value, (int, float)):
                return None
            factor *= operation.value
        elif operation.name in {"divide", "floor_divide", "multiply", "standardise", "preprocess"}:
            return None
    return factor


def holds_pixels(flow: Flow) -> bool:
    """Return whether these are values that come as bytes, 0..255.

    Image files do, and the known image sets.
    """
    origin = flow.origin or ""
    read = origin in {"cv2.imread", "load_img", "open"} or flow.has(DECODED)
    table = "read_csv" in origin and bool(_DIGITS.search(origin))
    known = holds_bytes(origin)
    drawn = "tfds.load(" in origin and flow.has("resize")
    return read or table or known or drawn


_DIGITS = lazy_re.compile(TABLES_OF_PIXELS, re.IGNORECASE)
"""Tables of pixels by the names of their files."""


def comes_mixed(flow: Flow) -> bool:
    """Return whether these are images of a known set that is stored in a random order."""
    return stored_mixed(flow.origin or "") and not flow.has("select")


def gives_back(script: Script | None) -> bool:
    """Return whether a network is trained to give back its inputs, as an autoencoder is."""
    return any(feed.labels.has(ITSELF) for feed in (script.fed("train") if script else ()))


def in_blocks(labels: Flow) -> bool:
    """Return whether labels lie class by class, and nothing that is shown has mixed them since."""
    if labels.numbers is not None:
        return labels.numbers.in_order
    names = [o.name for o in labels.operations]
    if IN_BLOCKS not in names:
        return False
    since = labels.operations[names.index(IN_BLOCKS) :]
    return not any(ends_order(o) for o in since)


def ends_order(operation: Operation) -> bool:
    """Return whether this is what may leave images or labels in another order than before."""
    return operation.name in {"shuffle", "select", "call"} or mixes(operation)


def mixes(operation: Operation) -> bool:
    """Return whether this is a split at random."""
    how = operation.value
    return operation.name == "split" and not (isinstance(how, dict) and how.get("shuffle") is False)


def differences(one: Flow, other: Flow) -> tuple[Operation, ...]:
    """Return operations that change values in one flow and have no equal in the other."""
    # What could not be told at all may have been prepared like the other.
    if _followed(one) != _followed(other) or None in {one.origin, other.origin}:
        return ()
    here, there = list(_without_equal(one, other)), list(_without_equal(other, one))
    if here and there and any(_of_the_script(o) for o in (*here, *there)):
        return ()
    return (*here, *there)


def _of_the_script(operation: Operation) -> bool:
    """Return whether a function of the script's own may do what the other side has written out."""
    return operation.name == "preprocess" and not str(operation.value).endswith("preprocess_input")


def _followed(flow: Flow) -> list[str]:
    """Return the functions on the way of the data that were not followed, by name."""
    return [str(o.value) for o in flow.operations if o.name == "call"]


def _without_equal(one: Flow, other: Flow) -> Iterator[Operation]:
    rest = [o for o in other.operations if o.name in CHANGING]
    for operation in one.operations:
        if operation.name not in CHANGING or _is_noise(operation):
            continue
        equal = next((o for o in rest if _equal(operation, o)), None)
        if equal is None:
            yield operation
        else:
            rest.remove(equal)


def _is_noise(operation: Operation) -> bool:
    """Return whether random numbers are added to images, to make more or harder ones."""
    return operation.name == "shift" and "random" in str(operation.value)


def _equal(one: Operation, other: Operation) -> bool:
    if one.name != other.name:
        return False
    if isinstance(one.value, (int, float)) and isinstance(other.value, (int, float)):
        return math.isclose(one.value, other.value, rel_tol=0.02)
    if one.name == "standardise" and _by_channel(one) and _by_channel(other):
        return one.value == other.value or "Normalize" in (one.value, other.value)
    # An amount that is not known, or written by another name, may be the same.
    written = one.name in _AMOUNTS and str in {type(one.value), type(other.value)}
    return written or one.value == other.value or one.value is None or other.value is None


def _by_channel(operation: Operation) -> bool:
    """Return whether this is torchvision's `Normalize`, with its numbers or without."""
    return isinstance(operation.value, str) and operation.value.startswith("Normalize")


_AMOUNTS = frozenset({"shift", "divide", "floor_divide", "multiply"})


def pairs(script: Script, *uses: str) -> Iterator[tuple[Feed, Feed]]:
    """Yield (training feed, other feed) of each fit with what is evaluated or predicted later."""
    training: Feed | None = None
    for feed in script.feeds:
        if feed.use == "train":
            training = feed
        elif feed.use in uses and training is not None and not _of_other_sets(training, feed):
            yield training, feed


_LIBRARY_SET = lazy_re.compile(r"(?:load_data\(|\bfetch_\w+\(|\btfds\.load\(|\bload_dataset\().*")


def _of_other_sets(one: Feed, other: Feed) -> bool:
    """Return whether two sets of libraries are not the same: two parts of one script."""
    first, second = (_set_of(feed.inputs) for feed in (one, other))
    return first is not None and second is not None and first != second


def _set_of(flow: Flow) -> str | None:
    """Return what images are read from, where it is a set of a library or a folder."""
    origin = flow.origin or ""
    if found := _LIBRARY_SET.search(origin):
        whole = origin[: found.end()]
        while whole.endswith("]") and "[" in whole:
            whole = whole[: whole.rfind("[")]
        return whole
    return "a folder" if flow.has("target_size", "image_size", "class_mode") else None


def was_run(script: Script | None) -> bool:
    """Return whether the script was executed: its network and settings are known, not followed."""
    flows = (flow for f in (script.feeds if script else ()) for flow in (f.inputs, f.labels))
    return any(flow.numbers is not None and flow.numbers.recorded for flow in flows)


TIMES_APART = 10.0
LEAST_COMPARED = 8
"""Recorded rows from which on their smallest and largest values stand for those of all."""


def recorded_apart(one: Flow, other: Flow) -> str | None:
    """Return how the recorded values of two flows differ; "" where they are alike.

    `None` where one of them was not recorded, or on few rows.
    """
    first, second = one.numbers, other.numbers
    if first is None or second is None or not (first.seen and second.seen):
        return None
    if first.reach == 0 or second.reach == 0:
        return None
    few = min(first.seen, second.seen) < LEAST_COMPARED
    times = max(first.reach, second.reach) / min(first.reach, second.reach)
    below = sorted(_below(n) for n in (first, second))
    # The lowest of some noisy rows differs from one draw to the next.
    one_sign = below[1] > BELOW and below[0] < BELOW / 3
    if times < TIMES_APART and (few or not one_sign):
        return None if few else ""
    return f"between {_ends(first)} against {_ends(second)}"


BELOW = 0.3


def _below(numbers: Numbers) -> float:
    """Return how far values reach below 0, as a part of the whole reach."""
    return max(0.0, -numbers.low) / numbers.reach


def _ends(numbers: Numbers) -> str:
    return f"{numbers.low:.3g} and {numbers.high:.3g}"


def described(operations: tuple[Operation, ...]) -> str:
    """Say what is done to the values, in words.

    >>> described((Operation("scale", 1 / 255), Operation("standardise", "zca_whitening")))
    'divided by 255, standardised (zca_whitening)'
    """
    parts = []
    for operation in operations:
        word = WORDS.get(operation.name, operation.name)
        value = operation.value
        parts_of = (
            1 / value if operation.name == "scale" and isinstance(value, float) and value else 0
        )
        if parts_of > 1 and abs(parts_of - round(parts_of, 1)) < 1e-6 * parts_of:
            word = f"divided by {round(parts_of, 1):g}"
        elif isinstance(value, (int, float)):
            word += f" by {operation.value:.3g}"
        elif operation.value is not None:
            word += f" ({str(operation.value).rpartition('.')[2]})"
        parts.append(word)
    return ", ".join(dict.fromkeys(parts))


def unheard_change(script: Script) -> tuple[Call, Call] | None:
    """Return what sets `trainable` after a compile, and the fit that does not know of it."""
    compiled, changed = False, None
    for call in script.calls:
        if call.name in {"compile", ANY_ORDER}:
            compiled, changed = call.name == "compile", None
        elif call.name == "set_trainable" and compiled:
            changed = call
        elif call.name in {"fit", "fit_generator", "train_on_batch"} and changed is not None:
            return changed, call
        elif call.name in {"fit", "fit_generator"}:
            compiled = True  # in a part that is not shown
    return None
