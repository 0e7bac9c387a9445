"""What a log's counters, the asker's words, the code and the digits tell of the images."""

from __future__ import annotations

import math
from functools import lru_cache

from fitdoctor import lazy_re
from fitdoctor.catalogue.datasets import known_set
from fitdoctor.records.claim import Claim, values
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import (
    IN_ORDER,
    OF_A_SET,
    OF_ANSWERS,
    OWN_NUMBER,
    PRINTED_RANGE,
    DataSummary,
    Script,
    training_feeds,
)
from fitdoctor.sources._format import Table
from fitdoctor.sources._printed import Printed
from fitdoctor.sources._printouts import range_of_images
from fitdoctor.stats.proportions import size_from_digits


def _counts_samples(table: Table, script: Script | None) -> bool:
    """Return whether steps count images: `fit` on arrays in Keras before 2.3.

    These named the metric `acc`, whatever `compile` was given.
    """
    fits = script.called("fit", "fit_generator") if script else ()
    if any(fit.name == "fit_generator" or "steps_per_epoch" in fit.arguments for fit in fits):
        return False
    metrics = script.compile.get("metrics") if script else None
    old = table.written.get("accuracy") == "acc" and not (
        metrics is not None and "'acc'" in metrics.source
    )
    return old and (table.microseconds or (table.steps or 0) > MOST_STEPS)


MOST_STEPS = 20_000


_CHOOSING = ("select", "slice", "call", "floor_divide", "split", "split_tail")


def _known_set(script: Script | None) -> tuple[str, int, int] | None:
    """Return name, training images and classes of a known image set that is fed whole."""
    for feed in training_feeds(script):
        origin = feed.labels.origin or ""
        if feed.labels.origin == feed.inputs.origin and "load_data" in origin:
            return None  # images are what it is to answer
        if (known := known_set(origin)) is not None:
            whole = known.training and not feed.labels.has(*_CHOOSING)
            return (known.name, known.training, known.classes) if whole else None
    return None


_FIRST = lazy_re.compile(r"\(?(?:0|None)?\s?:\s?(\d{2,9})(?:,.*)?\)?$")


def _counted(
    stated: tuple[int, ...], told: Printed, script: Script | None, origins: dict[str, str]
) -> tuple[int, ...]:
    """Return the images of each class: as printed in order, as stated, or as the script holds."""
    if told.in_order:
        origins["class_counts"] = IN_ORDER
        return told.class_counts
    if told.of_answers and not stated:
        origins["class_counts"] = OF_ANSWERS
    return stated or told.class_counts or _own_counts(script)


def _sliced(script: Script | None) -> tuple[int, int | None] | None:
    """Return how many images a script trains and validates on, where it cuts off so many."""
    if script is not None and script.called("train_on_batch"):
        return None
    for feed in training_feeds(script):
        named = [o for o in feed.inputs.operations if o.name in _CHOOSING]
        split = named.pop() if len(named) > 1 and named[-1].name == "split" else None
        found = _FIRST.fullmatch(str(named[-1].value)) if named else None
        if not found or named[-1].name != "slice":
            continue
        count = int(found[1])
        if split is None:
            return count, None
        share = split.value.get("test_size") if isinstance(split.value, dict) else None
        if isinstance(share, float) and 0 < share < 1:
            held = math.ceil(share * count)
            return count - held, held
    return None


def _listed_classes(script: Script | None) -> int | None:
    """Return how many class folders a generator is told to read."""
    counts = (f.labels.value("classes") for f in training_feeds(script))
    return next((n for n in counts if isinstance(n, int)), None)


def _own_counts(script: Script | None) -> tuple[int, ...]:
    """Return the rows of each class where the script holds labels that are nearly all of one."""
    if script is None or "crossentropy" not in (script.recipe.loss or ""):
        return ()
    held = [feed.labels.numbers for feed in training_feeds(script)]
    known = next((n for n in held if n is not None and n.classes >= LEAST_CLASSES), None)
    counts = known.counts if known is not None else ()
    lopsided = sum(counts) >= LEAST_COUNTED and max(counts) >= LOPSIDED * sum(counts)
    return counts if lopsided else ()


LEAST_COUNTED, LOPSIDED = 100, 0.9


def _counted_classes(script: Script | None) -> int | None:
    """Return how many classes the labels hold that a script makes itself, or takes from a library.

    Under a loss for numbers only a set of a library is one of classes.
    """
    loss = (script.recipe.loss or "") if script else ""
    for feed in training_feeds(script):
        held = feed.labels.numbers
        if held is None or held.classes < LEAST_CLASSES:
            continue
        if "crossentropy" in loss or (held.drawn and held.classes > LEAST_CLASSES):
            return held.classes
    return None


LEAST_CLASSES = 2


def _named_classes(script: Script | None) -> int | None:
    """Return the one number of classes that a script gives a name."""
    made = script.called("n_classes") if script else ()
    numbers = {call.arguments["value"].value for call in made}
    number = numbers.pop() if len(numbers) == 1 else None
    return number if isinstance(number, int) else None


def _own_units(script: Script | None) -> int | None:
    """Return the units of a script's last layer, where it is a torchvision network's own."""
    layers = script.recipe.layers if script else ()
    own = script is not None and script.recipe.backbone is not None and len(layers) == 1
    return layers[0].units if own else None


def _classes_of(
    script: Script | None, image_set: tuple[str, int, int] | None, stated: dict[str, int]
) -> tuple[int, str] | None:
    """Return the number of classes and where it comes from, where nobody states it."""
    if image_set is not None:
        return image_set[2], f"keras.datasets.{image_set[0]}"
    if (listed := _listed_classes(script)) is not None:
        return listed, "the classes that are read"
    if (counted := _counted_classes(script)) is not None:
        return counted, "the labels that the script holds"
    if (named := _named_classes(script)) is not None:
        return named, OWN_NUMBER
    of_set = stated.get("n_classes_of_set")
    # A network of another width is of other images; the set is spoken of beside them.
    if of_set is not None and _own_units(script) in {None, of_set}:
        return of_set, OF_A_SET
    return None


def _printed_range(script: Script | None, origins: dict[str, str]) -> tuple[float, float] | None:
    """Return the range of images that a script prints, and keep where it comes from."""
    seen = range_of_images(script.printouts) if script is not None else None
    if seen is not None:
        origins["input_range"] = PRINTED_RANGE
    return seen


_size = lru_cache(maxsize=4)(size_from_digits)
"""A page is read as a whole and in parts, which show the same digits."""


def data_of(
    table: Table,
    figures: list[str],
    said: list[Claim],
    counts: tuple[int, ...],
    recipe: Recipe | None,
    script: Script | None,
    told: Printed,
) -> DataSummary:
    """Join what the log's counters, the asker's words and the digits tell of the images."""
    stated = {name: int(n) for name, n in values(said).items() if 1 <= n < 1e15}
    origins: dict[str, str] = {}
    n_train, n_val, steps = table.n_train, table.n_val, table.steps
    if n_train is None and steps and _counts_samples(table, script):
        n_train, steps = steps, None
    if n_train is not None:
        origins["n_train"] = "the log's counter"
    if n_val is not None:
        origins["n_val"] = "the log's header"
    steps = steps or stated.get("steps_per_epoch")
    for name, count in (("n_train", told.n_train), ("n_val", told.n_val)):
        if count is not None and (n_train if name == "n_train" else n_val) is None:
            n_train, n_val = (count, n_val) if name == "n_train" else (n_train, count)
            origins[name] = "what the program printed"
    n_classes = stated.get("n_classes") or told.n_classes
    counts = _counted(counts, told, script, origins)
    if counts:
        n_classes = n_classes or len(counts)
    per_class = stated.get("per_class")
    if per_class and n_classes and not counts:
        counts = (per_class,) * n_classes
    # "2000 images a class, 1500 to train and 500 to validate" splits each class, not the whole.
    times = n_classes or 1
    split_each = per_class is not None and per_class == stated.get("n_train", 0) + stated.get(
        "n_val", 0
    )
    for name, known in (("n_train", n_train), ("n_val", n_val)):
        if known is None and name in stated:
            value = stated[name] * (times if split_each else 1)
            n_train, n_val = (value, n_val) if name == "n_train" else (n_train, value)
            origins[name] = "stated" + (" per class" if split_each else "")
    digits = _size(tuple(figures))
    if n_val is None and digits is not None and digits.probability >= 0.9:
        n_val = digits.best
        origins["n_val"] = (
            f"the digits of the accuracies ({digits.fits} of {digits.values} fit; "
            f"{digits.probability:.0%} sure)"
        )
    image_set = _known_set(script)
    if n_train is None and (cut := _sliced(script)):
        n_train, origins["n_train"] = cut[0], "the script's own slice"
        if n_val is None and cut[1] is not None:
            n_val, origins["n_val"] = cut[1], "the script's own slice"
    if n_classes:
        origins["n_classes"] = "stated"
    elif found := _classes_of(script, image_set, stated):
        n_classes, origins["n_classes"] = found
        n_train = n_train or (image_set[1] if image_set else None)
    batch = (recipe.batch_size if recipe else None) or stated.get("batch_size")
    # Of several networks, which one a log is of is not known, nor is what that one was fed.
    several = script is not None and bool(script.beside)
    if n_train is None and steps and batch and not several:
        n_train = steps * batch
        origins["n_train"] = f"about: {steps} steps of {batch} images"
    return DataSummary(
        input_range=_printed_range(script, origins),
        n_train=n_train,
        n_val=n_val,
        n_val_from_digits=digits,
        n_classes=n_classes,
        class_counts=counts,
        class_names=told.class_names,
        confusion=told.confusion,
        steps_per_epoch=steps,
        seconds_per_epoch=sorted(table.seconds)[len(table.seconds) // 2] if table.seconds else None,
        origins=origins,
    )
