"""Ultralytics' console: a bar for training with its loss, one for validation, and a row of results.

The row `all 0.254 1` holds top-1 and top-5 accuracy on the validation images.
Its figures have no names on their lines, so tokens would tell nothing of them: the bar's place and
the header above the row say what they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import NUMBER, Format, Table

_EPOCH = lazy_re.compile(
    rf"^\s{{0,20}}(\d{{1,6}})/\d{{1,6}}\s{{1,20}}[\d.]{{1,8}}[GM]?\s{{1,20}}{NUMBER}\s"
)
_HEAD = lazy_re.compile(r"classes\s{1,20}top1_acc")
_RESULT = lazy_re.compile(rf"^\s{{0,40}}all\s{{1,30}}{NUMBER}\s{{1,30}}{NUMBER}\s{{0,10}}$")
MOST_LINE = 400


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    epoch: int | None = None
    headed = False
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE:
            continue
        bar = _EPOCH.match(line) if "%|" in line else None
        if bar is not None and "100%" in line:
            epoch = int(bar[1])
            table.put(epoch, "loss", float(bar[2]), bar[2])
            table.lines.add(index)
        elif bar is not None or _HEAD.search(line):
            headed = headed or bar is None
            table.lines.add(index)
        elif epoch is not None and headed and (row := _RESULT.match(line)):
            table.put(epoch, "val_accuracy", float(row[1]), row[1], "top1_acc")
            table.lines.add(index)
    return [table] if table.values and headed else []


FORMAT = Format("Ultralytics console", find=find)
