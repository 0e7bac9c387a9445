"""Tables with a row a part of the data: Training, Validation and Test against Loss and Accuracy.

Pages keep a table of final results as rows, or flattened into one line: it holds one moment,
written at epoch 1, and test figures are left out. Ludwig and others print one after every epoch,
under a line that names the epoch, framed with lines; there the columns are told by their names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import NUMBER, Format, Table, normal_name
from fitdoctor.sources._lines import row

MOST_LINE, MOST_BELOW, MOST_ABOVE = 300, 12, 12
_HEAD = lazy_re.compile(r"^[\s|]{0,40}loss[\s|]{1,20}acc(?:uracy)?\b", re.IGNORECASE)
_ROW = lazy_re.compile(
    rf"\b(train(?:ing)?|val(?:id(?:ation)?)?)\b[\s|:]{{1,20}}{NUMBER}[\s|]{{1,20}}{NUMBER}\s?(%?)",
    re.IGNORECASE,
)
_FRAMED = lazy_re.compile(r"^\s{0,8}[|\u2502\u2503](?=.{0,280}[|\u2502\u2503]\s{0,8}$)")
_PART = lazy_re.compile(r"(train(?:ing)?)|val(?:i|id|idation)?|dev|eval(?:uation)?", re.IGNORECASE)
_VALUE = lazy_re.compile(NUMBER)
JUDGED = ("loss", "accuracy")


def find(lines: Sequence[str]) -> list[Table]:
    framed = _framed(lines)
    return [framed] if framed else _final(lines)


def _framed(lines: Sequence[str]) -> Table | None:
    """Return the figures of framed tables, each at the epoch that a line above it names."""
    table = Table()
    names, headed, epoch = list[str](), -MOST_BELOW, None
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE or not _FRAMED.match(line):
            continue
        cells = [c.strip() for c in re.split(r"[|\u2502\u2503]", line.strip()[1:-1])]
        part = _PART.fullmatch(cells[0])
        if part is None:
            named = [normal_name(cell) for cell in cells]
            if "loss" in named[1:]:
                names, headed = named, index
                epoch = _epoch_above(lines, index)
        elif epoch is not None and len(cells) == len(names) and index - headed <= MOST_BELOW:
            _take(table, epoch, names, cells, "" if part[1] else "val_")
            table.lines.update({headed, index})
    return table if len(table.values) > 1 else None


def _epoch_above(lines: Sequence[str], index: int) -> int | None:
    """Return the epoch that the nearest line above a table counts, if nothing else."""
    for at in range(index - 1, max(-1, index - MOST_ABOVE), -1):
        above = row(at, lines[at][:MOST_LINE]) if lines[at].strip() else None
        if above is not None and above.epoch is not None and above.heads and not above.figures:
            return above.epoch
    return None


def _take(table: Table, epoch: int, names: list[str], cells: list[str], part: str) -> None:
    for name, cell in zip(names[1:], cells[1:], strict=True):
        if name in JUDGED and _VALUE.fullmatch(cell):
            table.put(epoch, part + name, float(cell), cell, cells[0])


def _final(lines: Sequence[str]) -> list[Table]:
    table = Table()
    headed = -10
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE:
            continue
        if _HEAD.match(line):
            headed = index
        if index - headed > 6:
            continue
        rows = _ROW.findall(line)
        for where, loss, accuracy, percent in rows:
            part = "" if where.lower().startswith("train") else "val_"
            share = float(accuracy) / (100 if percent else 1)
            table.put(1, f"{part}loss", float(loss), loss, where)
            table.put(1, f"{part}accuracy", share, "" if percent else accuracy, where)
        if rows:
            table.lines.update({headed, index})
    return [table] if len(table.values) >= 4 else []


FORMAT = Format("table of results by part", find=find)
