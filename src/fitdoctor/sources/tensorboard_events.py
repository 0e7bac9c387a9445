"""TensorBoard event files, without TensorFlow and without TensorBoard.

TensorBoard's own reader comes with a web server and a dozen packages. Of the format only four
messages matter (Event, Summary, Value, TensorProto), so their protobuf fields are read here.
A record is length (8 bytes), its checksum (4), the data, and its checksum (4).
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from fitdoctor import lazy_re
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.sources._format import Format, Table, is_metric, normal_name
from fitdoctor.sources._protobuf import fields

MOST_BYTES = 1_000_000_000
MOST_RECORD = 64_000_000
MOST_FILES = 1000
_FILE = lazy_re.compile(r"(?:^|[.\\/])events\.out\.tfevents\.")
_PARTS = ("train", "training", "validation", "val", "valid", "eval")
_FLOAT, _DOUBLE = 1, 2


def read_folder(folder: Path) -> tuple[Run, ...] | None:
    """Return one Run per run below a folder; `None` where there is no event file."""
    files = sorted(_event_files(folder))
    if not files:
        return None
    tables: dict[str, Table] = {}
    for path in files:
        place = path.parent.relative_to(folder)
        part = place.name.lower() if place.name.lower() in _PARTS else ""
        run = str(place.parent if part else place)
        _collect(path, part, tables.setdefault(run, Table()))
    runs = tuple(
        Run(
            name=folder.name if run == "." else run,
            curves=table.curves(),
            written=table.written,
            data=DataSummary(steps_per_epoch=table.steps),
            sources=(str(folder),),
        )
        for run, table in tables.items()
        if table.values
    )
    if not runs:
        raise UnreadableSourceError(
            f"{folder}: TensorBoard event files without a loss or accuracy by epoch in them"
        )
    return runs


def read_file(path: Path, head: bytes) -> tuple[Run, ...] | None:
    """Return the run of a single event file."""
    if not _FILE.search(path.name) or len(head) < 12:
        return None
    table = Table()
    part = path.parent.name.lower()
    _collect(path, part if part in _PARTS else "", table)
    if not table.values:
        raise UnreadableSourceError(f"{path}: no loss or accuracy by epoch in it")
    return (
        Run(name=path.name, curves=table.curves(), written=table.written, sources=(str(path),)),
    )


def _event_files(folder: Path) -> Iterator[Path]:
    """Yield the event files below a folder; links that lead out of it are not followed."""
    found = 0
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [f for f in folders if not f.startswith(".")][:MOST_FILES]
        for name in names:
            path = Path(place) / name
            if _FILE.search(name) and not path.is_symlink():
                found += 1
                if found > MOST_FILES:
                    return
                yield path


def _collect(path: Path, part: str, table: Table) -> None:
    """Put the scalars of one file into a table, by epoch."""
    scalars = [s for s in _scalars(path) if not s[1].startswith("batch_")]
    epoch_of = {step: int(value) for step, tag, value in scalars if tag == "epoch"}
    tags = {_name(tag, part) for _, tag, _ in scalars}
    shift = (
        1 if any(tag.startswith("epoch_") for _, tag, _ in scalars) or _starts_at_0(scalars) else 0
    )
    for step, tag, value in scalars:
        name = _name(tag, part)
        if name is None or name not in tags or not math.isfinite(step):
            continue
        epoch = epoch_of[step] + 1 if step in epoch_of else step + shift
        table.put(epoch, name, value, repr(value), tag)


def _starts_at_0(scalars: list[tuple[int, str, float]]) -> bool:
    return min((step for step, tag, _ in scalars if tag != "epoch"), default=1) == 0


def _name(tag: str, part: str) -> str | None:
    """Return Keras' word for a tag, `None` where it is not a metric by epoch."""
    plain = tag.removeprefix("epoch_").removeprefix("evaluation_")
    if plain.endswith("_vs_iterations"):
        return None
    halves = [h.strip() for h in plain.lower().split("/")]
    if len(halves) == 2:
        where = next((h for h in halves if h.startswith(("train", "val", "test", "eval"))), "")
        what = next((h for h in halves if h != where), plain)
        plain = what if where.startswith("train") or not where else f"val_{what}"
    name = normal_name(plain)
    if part.startswith(("val", "eval")) and not name.startswith("val_") and name != "learning_rate":
        name = f"val_{name}"
    return name if is_metric(name) and not name.endswith(("_step", "_steps")) else None


def _scalars(path: Path) -> Iterator[tuple[int, str, float]]:
    """Yield (step, tag, value) of every scalar in a file; a torn last record ends it."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise UnreadableSourceError(f"{path}: more than {MOST_BYTES / 1e9:.0f} GB of events")
    with path.open("rb") as file:
        while len(header := file.read(12)) == 12:
            (length,) = struct.unpack("<Q", header[:8])
            if length > min(MOST_RECORD, size):
                return
            data = file.read(length)
            if len(data) < length or len(file.read(4)) < 4:
                return
            yield from _event(data)


def _event(data: bytes) -> Iterator[tuple[int, str, float]]:
    step = 0
    values: list[bytes] = []
    for field, value in fields(data):
        if field == 2 and isinstance(value, int):
            step = value
        elif field == 5 and isinstance(value, bytes):
            values += [v for f, v in fields(value) if f == 1 and isinstance(v, bytes)]
    for item in values:
        found = _value(item)
        if found is not None and 0 <= step < 2**53:
            yield step, *found


def _value(data: bytes) -> tuple[str, float] | None:
    tag, number = "", None
    for field, value in fields(data):
        if field == 1 and isinstance(value, bytes):
            tag = value[:300].decode("utf-8", errors="replace")
        elif field == 2 and isinstance(value, bytes) and len(value) == 4:
            (number,) = struct.unpack("<f", value)
        elif field == 8 and isinstance(value, bytes):
            number = _tensor(value)
    return (tag, float(number)) if tag and number is not None else None


def _tensor(data: bytes) -> float | None:
    """Return a tensor that holds one number."""
    kind, content = 0, b""
    for field, value in fields(data):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field in {4, 5, 6} and isinstance(value, bytes):
            content = value
    if kind == _FLOAT and len(content) == 4:
        return float(struct.unpack("<f", content)[0])
    if kind == _DOUBLE and len(content) == 8:
        return float(struct.unpack("<d", content)[0])
    return None


FORMAT = Format("TensorBoard events", read_folder=read_folder, read_file=read_file)
