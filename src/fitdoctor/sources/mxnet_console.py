"""MXNet: `INFO:root:Epoch[0] Train-accuracy=0.42`, one metric a line, joined on the epoch."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import NUMBER, Format, Table, normal_name

_LINE = re.compile(rf"Epoch\[(\d{{1,6}})\] (Train|Validation)-([\w-]{{1,40}})={NUMBER}")
_LOSSES = {"cross-entropy", "loss", "nll-loss", "ce"}


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    for index, line in enumerate(lines):
        found = _LINE.search(line[:500]) if "Epoch[" in line else None
        if found is None:
            continue
        table.lines.add(index)
        name = "loss" if found[3] in _LOSSES else normal_name(found[3])
        prefix = "val_" if found[2] == "Validation" else ""
        table.put(int(found[1]), prefix + name, float(found[4]), found[4], f"{found[2]}-{found[3]}")
    return [table] if table.values else []


FORMAT = Format("MXNet console", find=find)
