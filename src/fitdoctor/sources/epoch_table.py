"""Tables with a row an epoch and names above the columns: Markdown, tabs, or spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import Format, Table, is_metric, normal_name

MOST_LINE = 400
LEAST_ROWS = 3
_RULE = re.compile(r"^[\s|:+=_-]{3,}$")
_UNIT = re.compile(r"\s{0,4}[(\[]?%[)\]]?\s{0,4}$")
_NUMBER = re.compile(r"^[-+]?\d{1,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?$|^nan$", re.IGNORECASE)
_COUNT = ("epoch", "epochs", "#", "ep", "ep.", "эпоха", "época", "轮次", "epoche")


def find(lines: Sequence[str]) -> list[Table]:
    tables = []
    index = 0
    while index < len(lines):
        columns = _header(lines[index])
        if columns is None:
            index += 1
            continue
        table, end = _rows(lines, index, *columns)
        if table is not None:
            tables.append(table)
        index = max(end, index + 1)
    return tables


def _cells(line: str) -> list[str]:
    if "|" in line:
        return [c.strip(" *`") for c in line.strip().strip("|").split("|")]
    return [c.strip() for c in re.split(r"\t+|\s{2,}", line.strip())]


def _header(line: str) -> tuple[list[str | None], list[bool], list[str]] | None:
    """Return the curve of each column (`epoch` for the count), and which are in percent."""
    lower = line.lower()
    if len(line) > MOST_LINE or ("loss" not in lower and "acc" not in lower):
        return None
    cells = _cells(line)
    words = line.split()
    if len(cells) < 3 and all(is_metric(normal_name(word)) for word in words[1:]):
        cells = words
    if len(cells) < 3 or not any(c.lower() in _COUNT for c in cells):
        return None
    tested = not any(normal_name(_UNIT.sub("", c)).startswith("val_") for c in cells)
    names: list[str | None] = []
    for cell in cells:
        plain = _UNIT.sub("", cell)
        if tested and plain.lower().startswith("test"):
            plain = "val" + plain[4:]
        name = normal_name(plain)
        names.append("epoch" if cell.lower() in _COUNT else name if is_metric(name) else None)
    if sum(name not in {None, "epoch"} for name in names) < 2:
        return None
    return names, ["%" in cell for cell in cells], cells


def _rows(
    lines: Sequence[str], head: int, names: list[str | None], percent: list[bool], cells: list[str]
) -> tuple[Table | None, int]:
    table = Table(lines={head})
    count = 0
    index = head + 1
    while index < len(lines):
        line = lines[index][:MOST_LINE]
        if _RULE.match(line):
            table.lines.add(index)
            index += 1
            continue
        values = [_UNIT.sub("", cell) for cell in _cells(line)]
        if len(values) != len(names) == len(line.split()):
            values = line.split()
        if len(values) != len(names) or not values[names.index("epoch")].isdigit():
            break
        epoch = int(values[names.index("epoch")][:9])
        for name, digits, unit, written in zip(names, values, percent, cells, strict=True):
            if name not in {None, "epoch"} and _NUMBER.match(digits):
                share = unit or ("%" in line and "acc" in str(name) and float(digits) > 1)
                value = float(digits) / (100 if share else 1)
                table.put(epoch, str(name), value, "" if share else digits, written)
        table.lines.add(index)
        count += 1
        index += 1
    return (table if count >= LEAST_ROWS else None), index


FORMAT = Format("table by epoch", find=find)
