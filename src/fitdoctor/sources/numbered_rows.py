"""Rows of an epoch number and four decimals, whatever the words between: translated Keras logs.

Machine translation renders `loss`, `acc`, `val_loss` and `val_acc` differently on every line and
turns decimal points into commas; what survives is the order of the columns. fastai before 1.0
printed rows without names, `[ 1.  0.31  0.25  0.91]`: epoch, losses of training and validation,
accuracy. Only the order of the numbers counts here, and no word: that is no layout of tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table

COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy")
LEAST_ROWS = 3
_BRACKETED = lazy_re.compile(
    r"^\s{0,12}\[\s{0,4}(\d{1,5})\.0{0,6}\s{1,12}(\d{1,4}\.\d{2,9})\s{1,12}(\d{1,4}\.\d{2,9})\s{1,12}([01]\.\d{0,9})\s{0,4}\]\s{0,12}$"
)
OF_FASTAI = ("loss", "val_loss", "val_accuracy")
LEAST_BRACKETED = 2
_START = lazy_re.compile(r"^\s{0,12}(\d{1,5})\s+[^\d\s/]")
_DECIMAL = lazy_re.compile(r"(?<![\d.,])\d{1,6}[.,]\d{2,8}(?![\d])")


def find(lines: Sequence[str]) -> list[Table]:
    """Return a table per stretch of rows whose numbers go up."""
    tables: list[Table] = []
    rows: list[tuple[int, int, list[str]]] = []
    for index, line in enumerate(lines):
        row = _row(line)
        if row is None:
            if line.strip() and rows and index - rows[-1][0] > 3:
                _close(rows, tables)
            continue
        if rows and row[0] <= rows[-1][1]:
            _close(rows, tables)
        rows.append((index, *row))
    _close(rows, tables)
    return tables + _bracketed(lines)


def _bracketed(lines: Sequence[str]) -> list[Table]:
    """Return the table of rows in brackets, where they count epochs one by one."""
    rows = [
        (i, row)
        for i, line in enumerate(lines)
        if "[" in line and (row := _BRACKETED.match(line[:200]))
    ]
    epochs = [int(row[1]) for _, row in rows]
    if len(rows) < LEAST_BRACKETED or epochs != list(range(epochs[0], epochs[0] + len(rows))):
        return []
    table = Table(lines={index for index, _ in rows})
    for _, row in rows:
        for name, digits in zip(OF_FASTAI, row.groups()[1:], strict=True):
            table.put(int(row[1]), name, float(digits), digits)
    return [table]


def _row(line: str) -> tuple[int, list[str]] | None:
    start = _START.match(line) if len(line) < 400 else None
    if start is None:
        return None
    decimals = [text.replace(",", ".") for text in _DECIMAL.findall(line[start.end() - 1 :])]
    if len(decimals) != len(COLUMNS):
        return None
    if not all(float(decimals[i]) <= 1 for i in (1, 3)):
        return None
    return int(start[1]), decimals


def _close(rows: list[tuple[int, int, list[str]]], tables: list[Table]) -> None:
    if len(rows) >= LEAST_ROWS:
        table = Table()
        for index, epoch, decimals in rows:
            table.lines.add(index)
            for name, digits in zip(COLUMNS, decimals, strict=True):
                table.put(epoch, name, float(digits), digits)
        tables.append(table)
    rows.clear()


FORMAT = Format("numbered rows of four decimals", find=find)
