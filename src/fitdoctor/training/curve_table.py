"""`metrics.csv` of a run folder, row by row. Nothing here needs Keras."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from fitdoctor.errors import RunFolderError


class CurveTable:
    """The figures of each epoch as a table."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._path, self._durable = folder / "metrics.csv", durable
        self._columns: list[str] = []

    def go_on(self) -> None:
        """Take up the columns of a table that is there."""
        with self._path.open(newline="") as file:
            self._columns = next(csv.reader(file))[1:]

    def add(self, epoch: int, row: dict[str, float]) -> None:
        """Add an epoch and, if durable, force it to disk: a kill loses none that is finished.

        A figure that is first there at a later epoch, as with `validation_freq`, gets its column.
        """
        self.add_all([(epoch, row)])

    def add_all(self, rows: Sequence[tuple[int, dict[str, float]]]) -> None:
        """Add several epochs at once."""
        names = {name for _, row in rows for name in row}
        before, fresh = self._columns, sorted(names - set(self._columns))
        self._columns = [*before, *fresh]
        try:
            if before and fresh:
                _add_columns(self._path, fresh)
            with self._path.open("a", newline="") as file:
                writer = csv.writer(file)
                if not before:
                    writer.writerow(["epoch", *self._columns])
                for epoch, row in rows:
                    values = [repr(row[c]) if c in row else "" for c in self._columns]
                    writer.writerow([epoch, *values])
                file.flush()
                if self._durable:
                    os.fsync(file.fileno())
        except OSError as error:
            raise RunFolderError(
                f"{self._path.parent}: epoch {rows[0][0]} cannot be recorded: {error.strerror}"
            ) from error


def _add_columns(path: Path, names: list[str]) -> None:
    """Add empty columns to a table, whole or not at all."""
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    part = path.with_suffix(".part")
    with part.open("w", newline="") as file:
        csv.writer(file).writerows([[*header, *names], *([*r, *([""] * len(names))] for r in rows)])
    part.replace(path)
