"""What trackio keeps of runs: a project's SQLite database, and the JSON of `trackio get metric`.

Schema: `metrics(run_name, step, metrics)`, of which the last is an object of figures by name.
Without an `epoch` among these, the number of the record counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import Run
from fitdoctor.sources._format import MOST_EPOCHS, Format, Table
from fitdoctor.sources.json_lines import figures

_MAGIC = b"SQLite format 3\x00"
_ROWS = "SELECT run_name, step, metrics FROM metrics ORDER BY run_name, step, id LIMIT ?"
MOST_ROWS, MOST_RUNS, MOST_OF_A_ROW, MOST_DOCUMENT = 500_000, 200, 100_000, 50_000


def read_file(path: Path, head: bytes) -> tuple[Run, ...] | None:
    """Return the runs of a project's database, which is opened for reading alone."""
    if not head.startswith(_MAGIC):
        return None
    import sqlite3  # noqa: PLC0415 - only a database should cost its import

    tables: dict[str, Table] = {}
    try:
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True)
        try:
            for name, step, text in connection.execute(_ROWS, (MOST_ROWS,)):
                if len(tables) < MOST_RUNS or name in tables:
                    _take(tables.setdefault(str(name), Table()), step, text)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise UnreadableSourceError(
            f"{path}: an SQLite database without trackio's table of metrics ({error}). "
            "Bring the log, or a CSV with a row an epoch"
        ) from error
    runs = tuple(
        Run(name=name, curves=table.curves(), written=table.written, sources=(str(path),))
        for name, table in tables.items()
        if table.values
    )
    if not runs:
        raise UnreadableSourceError(f"{path}: no losses and accuracies in this trackio database")
    return runs


def _take(table: Table, step: object, text: object) -> None:
    """Keep the figures of a record."""
    if not isinstance(text, str) or len(text) > MOST_OF_A_ROW or not isinstance(step, int):
        return
    try:
        row = msgspec.json.decode(text.encode("utf-8", errors="replace"))
    except (msgspec.DecodeError, RecursionError):
        return
    if not isinstance(row, dict):
        return
    epoch = row.pop("epoch", None)
    counted = epoch if isinstance(epoch, int | float) and epoch == epoch // 1 else None
    if epoch is not None and counted is None:
        return  # within an epoch
    at = int(step if counted is None else counted)
    for name, value, word in figures(row):
        table.put(at, name, value, repr(value), word)


def find(lines: Sequence[str]) -> list[Table]:
    """Return the curves of documents that `trackio get metric --json` printed, by their runs."""
    tables: dict[object, Table] = {}
    for taken, document in _documents(lines):
        values, metric = document.get("values"), document.get("metric")
        if not isinstance(values, list) or not isinstance(metric, str):
            continue
        table = tables.setdefault(str(document.get("run")), Table())
        table.lines.update(taken)
        for one in values:
            step, value = (one.get(k) if isinstance(one, dict) else None for k in ("step", "value"))
            if isinstance(step, int) and 0 <= step < MOST_EPOCHS and isinstance(value, int | float):
                for name, figure, word in figures({metric: value}):
                    table.put(step, name, figure, repr(figure), word)
    return [table for table in tables.values() if table.values]


def _documents(lines: Sequence[str]) -> Iterator[tuple[range, dict[str, Any]]]:
    """Yield the JSON objects that begin and end at the margin, and hold values of a metric."""
    start: int | None = None
    for index, line in enumerate(lines):
        if line.startswith("{"):
            start = index
        if (
            start is None
            or not line.rstrip().endswith("}")
            or not (line.startswith("}") or start == index)
        ):
            continue
        here = range(start, index + 1)
        start = None
        if len(here) > MOST_DOCUMENT or not any('"values"' in lines[i] for i in here[:40]):
            continue
        try:
            document = msgspec.json.decode("\n".join(lines[i] for i in here).encode())
        except (msgspec.DecodeError, RecursionError):
            continue
        if isinstance(document, dict):
            yield here, document


FORMAT = Format("trackio (database, JSON)", find=find, read_file=read_file)
