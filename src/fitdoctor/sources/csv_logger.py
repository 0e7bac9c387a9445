"""The file that `keras.callbacks.CSVLogger` writes: an `epoch` column and one per metric."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from fitdoctor.sources._format import Format, Table, is_metric, normal_name

_MISSING = {"", "na", "none", "-"}


def find(lines: Sequence[str]) -> list[Table]:
    tables: list[Table] = []
    header: list[str] = []
    for index, line in enumerate(lines):
        if "," not in line:
            if line.strip():
                header = []
            continue
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
        if cells[0].lower() == "epoch" and any(is_metric(c) for c in cells):
            header = [normal_name(cell) for cell in cells]
            tables.append(Table(lines={index}))
        elif header and len(cells) == len(header):
            _take(tables[-1], header, cells, index)
        else:
            header = []
    return [table for table in tables if table.values]


def _take(table: Table, header: list[str], cells: list[str], index: int) -> None:
    try:
        epoch = int(float(cells[0]))
        values = [float("nan") if c.lower() in _MISSING else float(c) for c in cells]
    except (ValueError, OverflowError):
        return
    table.lines.add(index)
    for name, value, cell in zip(header[1:], values[1:], cells[1:], strict=True):
        if cell.lower() not in _MISSING:
            table.put(epoch, name, value, cell)


FORMAT = Format("Keras CSVLogger", find=find)
