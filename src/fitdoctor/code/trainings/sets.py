"""Data sets and loaders of libraries, and what a round over a value gives."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from fitdoctor.catalogue.datasets import FOLDER
from fitdoctor.code.trainings.domain import (
    TOP,
    Arguments,
    Items,
    Keywords,
    Mapping,
    Maybe,
    Object,
    Params,
    Sequence,
    Source,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.indices import chosen_in
from fitdoctor.code.trainings.texts import folder, last_name

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine


def images_of(
    name: str, last: str, arguments: Arguments, keywords: Keywords, line: int
) -> Source | None:
    """Return a data set of a library, or a function's that reads a folder."""
    if name.startswith(("torchvision.datasets.", "datasets.load_dataset")):
        return _data_set(last, arguments, keywords, line)
    if last == "image_dataset_from_directory":
        return Source(line, last, loader=True)
    if name.startswith("torch.utils.data.") and last[:1].isupper() and "Sampler" not in last:
        return Source(line, last, single=True)
    return None


def _data_set(kind: str, arguments: Arguments, keywords: Keywords, line: int) -> Source:
    told = keywords.get("train", arguments[1] if len(arguments) > 1 else TOP)
    split = keywords.get("split", told)
    part = None
    if isinstance(told, bool):
        part = "train" if told else "test"
    elif isinstance(split, str):
        part = _PARTS.get(split)
    place = folder(keywords.get("root", arguments[0] if arguments else TOP))
    part = part or _PARTS.get(last_name(place))
    return Source(line, kind, part=part, single=True, place=place if kind == FOLDER else ())


_PARTS: Final = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "val": "validation",
    "valid": "validation", "validation": "validation", "dev": "validation",
}  # fmt: skip


def part_by_name(names: set[str]) -> str | None:
    """Return what a name says that a set is for, where all its names agree."""
    found = {part for name in names for word in name.lower().split("_")
             if (part := _PARTS.get(word))}  # fmt: skip
    return found.pop() if len(found) == 1 else None


def parts_differ(one: Tensor, other: Tensor) -> bool:
    """Return whether one is of training images and the other of validation or test images."""
    held = [{_part_of_set(s) for s in t.sources} for t in (one, other)]
    plain = all(len(parts) == 1 for parts in held)
    return plain and len(held[0] | held[1] - {None}) > 1 and "train" in held[0] ^ held[1]


def _part_of_set(source: Source) -> str | None:
    """Return what a set is for, where its making, its names and those of its loader agree."""
    root = source.root
    if root.chosen or source.chosen:
        return None
    told = {root.part, part_by_name(root.names), part_by_name(source.names)} - {None}
    return told.pop() if len(told) == 1 else None


def loader(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return a `DataLoader` of torch."""
    held = k.get("dataset", a[0] if a else TOP)
    size = k.get("batch_size", a[1] if len(a) > 1 else 1)
    base = held if isinstance(held, Source) else None
    if base is None and isinstance(held, Object):
        base = _as_source(m, held)
        m.heap.set(held, "in loader", value=True)
    sampler = k.get("sampler")
    by_weights = isinstance(sampler, Unknown) and sampler.name in BY_WEIGHTS
    drawn = sampler.line if isinstance(sampler, Unknown) and by_weights else 0
    sampled = sampler is not None or k.get("batch_sampler") is not None
    shuffle = k.get("shuffle", a[SHUFFLE] if len(a) > SHUFFLE else False)
    in_order = shuffle is False and not sampled
    rows = m.heap.get(sampler, "chosen", None) if isinstance(sampler, Unknown) else None
    return Source(
        line, "DataLoader", base, single=size == 1, loader=True, drawn=drawn, sampled=sampled,
        chosen_rows=rows if rows is not None else chosen_in(sampler), in_order=in_order,
    )  # fmt: skip


SHUFFLE: Final = 2
"""The place of the argument of `DataLoader` that says whether it shuffles."""


def _as_source(m: Machine, held: Value) -> Source | None:
    """Return the set of images that something is which is used as one."""
    if isinstance(held, Source) or not isinstance(held, Object):
        return held if isinstance(held, Source) else None
    kept = m.heap.get(held, "as source")
    made = kept if isinstance(kept, Source) else Source(held.line, held.name)
    m.heap.set(held, "as source", made)
    return made


BY_WEIGHTS: Final = frozenset(
    {"WeightedRandomSampler", "ImbalancedDatasetSampler", "BalanceClassSampler"}
)
"""Samplers that draw rare classes more often."""


def random_split(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the parts that `random_split` of torch makes."""
    sizes = m.elements(k.get("lengths", a[1] if len(a) > 1 else TOP))
    number = len(sizes) if sizes else 2
    whole = _as_source(m, k.get("dataset", a[0] if a else TOP))
    m.choices.orders += 1
    drawn = m.choices.orders if k.get("generator") is None else 0
    return tuple(
        Source(line, f"part {n}", single=True, part_of=whole, drawn_by=drawn) for n in range(number)
    )


def subset(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the images of a set that are chosen by their numbers."""
    whole = _as_source(m, k.get("dataset", a[0] if a else TOP))
    rows = chosen_in(k.get("indices", a[1] if len(a) > 1 else TOP))
    return Source(line, "Subset", single=True, part_of=whole, chosen_rows=rows)


def concatenated(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return several sets as one."""
    held = [_as_source(m, v) for v in m.elements(k.get("datasets", a[0] if a else TOP)) or ()]
    return Source(line, "ConcatDataset", single=True, holds=frozenset(s for s in held if s))


def enumerated(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the pairs that `enumerate` gives."""
    item, sources, rounds = m_item(m, a[0] if a else TOP)
    folds = bool(a) and isinstance(a[0], Items) and a[0].folds
    return Items((Tensor("other"), item), sources, rounds, folds)


def zipped(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the rows that `zip` gives."""
    if a and all(isinstance(m.elements(v), tuple) for v in a):
        rows = list(zip(*(m.elements(v) or () for v in a), strict=False))
        return m.sequence(rows, line)
    found = [m_item(m, v) for v in a]
    sources = frozenset[Source]().union(*(s for _, s, _ in found))
    return Items(tuple(item for item, _, _ in found), sources)


def m_item(m: Machine, value: Value) -> tuple[Value, frozenset[Source], int | None]:
    """Return what a round of a loop over a value gives, its sets and its number of rounds."""
    nothing = frozenset[Source]()
    match value:
        case Maybe(value=inner):
            return m_item(m, inner)
        case Source():
            batch = Tensor("data", sources=frozenset({value}))
            return batch, frozenset({value}), None
        case Items():
            return value.item, value.sources, value.rounds
        case Params():
            return value, nothing, None
        case range():
            return Tensor("other"), nothing, len(value)
        case Tensor(role="output") if value.forwards:  # one image's, or one of several outputs
            return dataclasses.replace(value, role="other"), value.sources, None
        case Tensor():
            return value, value.sources, None
        case Sequence() | tuple():
            items = m.heap.get(value, "items", ()) if isinstance(value, Sequence) else value
            made: Value = TOP
            for at, item in enumerate(items):
                made = item if at == 0 else m.heap.either(made, item)
            return made, nothing, None
        case Unknown():
            if value.held:
                return TOP, nothing, None
            kept = m.heap.get(value, "as source")
            source = kept if isinstance(kept, Source) else Source(value.line, value.name)
            source.names.add(value.name)
            m.heap.set(value, "as source", source)
            return Tensor("data", sources=frozenset({source})), frozenset({source}), None
        case _:
            return TOP, nothing, None


def length_of(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return what `len` counts: images, batches, or the images of one batch."""
    first = a[0] if a else TOP
    if isinstance(first, Unknown) and m.heap.has(first, "as source"):
        images = frozenset({m.heap.get(first, "as source")})
        counted = m.heap.has(first, "in loader")  # images, and no batches
        if counted:
            return Tensor("length", sources=images, per="images")
        batches = "load" in first.name.lower()
        return Tensor("length", sources=images, per="batches") if batches else Tensor("other")
    if isinstance(first, Tensor) and first.role == "classes":
        return Tensor("length", sources=first.sources, per="classes")
    if isinstance(first, Source):
        per = "batches" if first.loader else "images"
        return Tensor("length", sources=frozenset({first}), per=per)
    if isinstance(first, Tensor) and first.role in {"data", "output"}:
        return Tensor("length", sources=first.sources, per="batch")
    known = m.elements(first)
    return len(known) if known is not None and not isinstance(first, Sequence) else Tensor("other")


def of_tensorflow_datasets(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the parts that `tensorflow_datasets.load` is asked for."""
    asked = k.get("split", a[1] if len(a) > 1 else None)
    wanted = m.elements(asked)
    made: Value = TOP
    if isinstance(asked, str):
        made = _part_of(asked, line)
    elif wanted is not None:
        made = tuple(_part_of(part, line) for part in wanted)
    elif asked is None:
        made = Mapping(line)
        m.heap.fields[made] = {p: _part_of(p, line) for p in ("train", "test", "validation")}
    return (made, TOP) if k.get("with_info") is True else made


def _part_of(asked: Value, line: int) -> Source:
    part = _PARTS.get(asked.partition("[")[0]) if isinstance(asked, str) else None
    return Source(line, "part", part=part, single=True)


def from_slices(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return a data set of `tf.data`."""
    return Source(line, "Dataset", loader=True)
