"""A small table of final results: Training, Validation and Test against Loss and Accuracy.

Pages keep it as rows, or flattened into one line. It holds one moment, written at epoch 1; test
figures are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import NUMBER, Format, Table

MOST_LINE = 300
_HEAD = lazy_re.compile(r"^[\s|]{0,40}loss[\s|]{1,20}acc(?:uracy)?\b", re.IGNORECASE)
_ROW = lazy_re.compile(
    rf"\b(train(?:ing)?|val(?:id(?:ation)?)?)\b[\s|:]{{1,20}}{NUMBER}[\s|]{{1,20}}{NUMBER}\s?(%?)",
    re.IGNORECASE,
)


def find(lines: Sequence[str]) -> list[Table]:
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


FORMAT = Format("table of final results", find=find)
