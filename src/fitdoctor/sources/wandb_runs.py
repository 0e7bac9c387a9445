"""What Weights & Biases keeps of runs on disk, synchronised or not, without its library.

A folder `wandb/` holds one folder a run (`run-TIME-ID`, `offline-run-TIME-ID`), and that a file
`run-ID.wandb` of records: seven bytes of head, then blocks of 32 kB in which a record is a checksum
(4 bytes), its length (2), whether it is whole (1), and protobuf data. Of the messages Record,
HistoryRecord, RunRecord and ConfigRecord matter. Without an `epoch` among what was logged, the
number of the record counts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import Run
from fitdoctor.sources import settings
from fitdoctor.sources._format import Format, Table
from fitdoctor.sources._protobuf import fields
from fitdoctor.sources.json_lines import figures

_MAGIC, _HEAD, _BLOCK, _FRAME = b":W&B", 7, 32_768, 7
_WHOLE, _FIRST, _LAST = 1, 2, 4
_HISTORY, _CONFIG, _RUN = 2, 5, 17
_CONFIG_OF_RUN, _NAME_OF_RUN = 4, 8
_UPDATE, _KEY, _NESTED, _JSON = 1, 1, 2, 16
MOST_BYTES, MOST_RECORD, MOST_RUNS, MOST_SETTINGS = 1_000_000_000, 4_000_000, 200, 300


def read_folder(folder: Path) -> tuple[Run, ...] | None:
    """Return the runs below a folder of W&B, or that of a folder of one run."""
    files = sorted(_files(folder))[:MOST_RUNS]
    if not files:
        return None
    runs = tuple(run for file in files if (run := _run(file, str(folder))) is not None)
    if not runs:
        raise UnreadableSourceError(
            f"{folder}: W&B runs without a loss or accuracy logged in them. Bring what the script "
            "printed (files/output.log)"
        )
    return runs


def read_file(path: Path, head: bytes) -> tuple[Run, ...] | None:
    """Return the run of a `.wandb` file."""
    if not head.startswith(_MAGIC):
        return None
    run = _run(path, str(path))
    if run is None:
        raise UnreadableSourceError(f"{path}: no loss or accuracy was logged in this W&B run")
    return (run,)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of runs in a folder and in those in it; links lead to runs met already."""
    inside = [one for one in folder.iterdir() if one.is_dir() and not one.is_symlink()]
    for place in (folder, *inside, *(one / "wandb" for one in (folder,))):
        yield from (f for f in place.glob("run-*.wandb") if f.is_file() and not f.is_symlink())
    if (folder / "wandb").is_dir() and folder.name != "wandb":
        yield from _files(folder / "wandb")


def _run(path: Path, source: str) -> Run | None:
    table, config, name = Table(), dict[str, Any](), ""
    for record in _records(path):
        for field, value in fields(record):
            if not isinstance(value, bytes):
                continue
            if field == _HISTORY:
                _take(table, dict(_items(value)))
            elif field == _CONFIG:
                config |= dict(_items(value))
            elif field == _RUN:
                for inner, part in fields(value):
                    if inner == _CONFIG_OF_RUN and isinstance(part, bytes):
                        config |= dict(_items(part))
                    elif inner == _NAME_OF_RUN and isinstance(part, bytes):
                        name = part[:300].decode("utf-8", errors="replace")
    if not table.values:
        return None
    network = _settings(config)
    return Run(
        name=name or path.stem.removeprefix("run-"),
        curves=table.curves(),
        written=table.written,
        recipe=network.recipe if network else None,
        sources=(source,),
    )


def _take(table: Table, row: dict[str, Any]) -> None:
    """Keep the figures of what was logged at once."""
    step, epoch = row.pop("_step", None), row.pop("epoch", None)
    if epoch is not None and not (isinstance(epoch, int | float) and epoch == epoch // 1):
        return  # within an epoch
    at = step if epoch is None else epoch
    if isinstance(at, int | float):
        for name, value, word in figures(row):
            table.put(int(at), name, value, repr(value), word)


def _items(data: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of a HistoryRecord or a ConfigRecord; keys in keys are left out."""
    for field, item in fields(data):
        if field != _UPDATE or not isinstance(item, bytes):
            continue
        key, text = "", b""
        for inner, value in fields(item):
            if isinstance(value, bytes) and inner in {_KEY, _NESTED}:
                key += ("/" if key else "") + value[:300].decode("utf-8", errors="replace")
            elif inner == _JSON and isinstance(value, bytes):
                text = value
        try:
            yield key, msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            continue


def _settings(config: dict[str, Any]) -> Any:
    """Return the recipe that a run's own settings amount to."""
    plain = [(k, v) for k, v in config.items() if isinstance(v, str | int | float)]
    lines = [f"{key}: {value}" for key, value in plain[:MOST_SETTINGS]]
    assert settings.FORMAT.find_model is not None
    return settings.FORMAT.find_model(lines)


def _records(path: Path) -> Iterator[bytes]:
    """Yield the records of a file; a torn last one ends it."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableSourceError(f"{path}: more than {MOST_BYTES / 1e9:.0f} GB of records")
    with path.open("rb") as file:
        if not file.read(_HEAD).startswith(_MAGIC):
            return
        at, pieces, size = _HEAD, list[bytes](), 0
        while True:
            left = _BLOCK - at % _BLOCK
            if left < _FRAME:  # what is left of a block holds no record
                file.read(left)
                at += left
            frame = file.read(_FRAME)
            if len(frame) < _FRAME:
                return
            _, length, kind = struct.unpack("<IHB", frame)
            data = file.read(length)
            at += _FRAME + length
            if len(data) < length:
                return
            if kind in {_WHOLE, _FIRST}:
                pieces, size = [], 0
            size += length
            if size <= MOST_RECORD:
                pieces.append(data)
            if kind in {_WHOLE, _LAST} and size <= MOST_RECORD:
                yield b"".join(pieces)


FORMAT = Format("Weights & Biases (run folder)", read_folder=read_folder, read_file=read_file)
