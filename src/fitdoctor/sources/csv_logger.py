"""A CSV with an `epoch` column and one per metric: CSVLogger, timm, Ultralytics, Lightning.

timm says eval for validation and counts accuracies in percent; Ultralytics pads its cells and
writes train/loss, val/loss and metrics/accuracy_top1 (of the validation images). Lightning puts
the figures of training and validation of one epoch on rows of their own. Where commas are decimal,
semicolons stand between the cells.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

from fitdoctor.sources._format import Format, Table, is_metric, normal_name

MOST_LINE = 20_000
_MISSING = {"", "na", "none", "-"}
_WORDS = {
    "eval_loss": "val_loss",
    "eval_prec1": "val_accuracy",
    "eval_top1": "val_accuracy",
    "train/loss": "loss",
    "val/loss": "val_loss",
    "metrics/accuracy_top1": "val_accuracy",
    "lr/pg0": "learning_rate",
}


def find(lines: Sequence[str]) -> list[Table]:
    tables: list[Table] = []
    header: list[str] = []
    words: list[str] = []
    for index, line in enumerate(lines):
        semicolons = line.count(";") >= 2
        if "," not in line and not semicolons:
            if line.strip():
                header = []
            continue
        mark = ";" if semicolons else ","
        cells = [cell.strip() for cell in next(csv.reader([line[:MOST_LINE]], delimiter=mark), [])]
        if semicolons:  # where commas are decimal
            cells = [cell.replace(",", ".") for cell in cells]
        if "epoch" in [c.lower() for c in cells] and any(is_metric(_word(c)) for c in cells):
            header = [_word(cell) for cell in cells]
            words = cells
            tables.append(Table(lines={index}))
        elif header and len(cells) == len(header):
            _take(tables[-1], header, words, cells, index)
        else:
            header = []
    return [table for table in tables if table.values]


def _word(cell: str) -> str:
    plain = cell.lower()
    return _WORDS.get(plain) or normal_name(plain.removesuffix("_epoch"))


def _take(table: Table, header: list[str], words: list[str], cells: list[str], index: int) -> None:
    try:
        epoch = int(float(cells[header.index("epoch")]))
        values = [float("nan") if c.lower() in _MISSING else float(c) for c in cells]
    except (ValueError, OverflowError):
        return
    table.lines.add(index)
    for name, value, cell, word in zip(header, values, cells, words, strict=True):
        if name not in {"epoch", "step"} and cell.lower() not in _MISSING:
            table.put(epoch, name, value, cell, word)


FORMAT = Format("CSV with an epoch column", find=find)
