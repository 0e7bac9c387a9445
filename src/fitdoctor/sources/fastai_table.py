"""The table that fastai prints: epoch, train_loss, valid_loss, metrics, time, in columns."""

from __future__ import annotations

from collections.abc import Sequence

from fitdoctor.sources._format import Format, Table, normal_name

_RENAMED = {"error_rate": "val_error_rate", "accuracy": "val_accuracy"}


def find(lines: Sequence[str]) -> list[Table]:
    tables: list[Table] = []
    header: list[str] = []
    words: list[str] = []
    for index, line in enumerate(lines):
        cells = line.split()
        if len(cells) > 2 and cells[0] == "epoch" and {"train_loss", "valid_loss"} & set(cells):
            words = cells
            header = [_RENAMED.get(cell, normal_name(cell)) for cell in cells]
            tables.append(Table(lines={index}))
        elif header and len(cells) in {len(header), len(header) - 1} and cells[0].isdecimal():
            _take(tables[-1], header, words, cells, index)
        elif cells:
            header = []
    return [table for table in tables if table.values]


def _take(table: Table, header: list[str], words: list[str], cells: list[str], index: int) -> None:
    table.lines.add(index)
    for name, cell, word in zip(header[1:], cells[1:], words[1:], strict=False):
        try:
            value = float(cell)
        except ValueError:
            continue
        table.put(int(cells[0]), name, value, cell, word)
        if name == "val_error_rate":
            table.put(int(cells[0]), "val_accuracy", 1 - value, cell, word)


FORMAT = Format("fastai table", find=find)
