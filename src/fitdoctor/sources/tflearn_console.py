"""tflearn: `| Adam | epoch: 008 | loss: 0.64 - acc: 0.78 | val_loss: 0.73 -- iter: 64/2666`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import NUMBER, Format, Table, normal_name

_LINE = re.compile(
    r"\|\s{0,3}epoch:\s{0,3}(\d{1,6})\s{0,3}\|(.{0,400}?)--\s{0,3}iter:\s{0,3}(\d+)/(\d+)"
)
_PAIR = re.compile(rf"\b(loss|acc|val_loss|val_acc):\s{{0,3}}{NUMBER}")


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    for index, line in enumerate(lines):
        found = _LINE.search(line[:2000]) if "epoch:" in line and "iter:" in line else None
        if found is None:
            continue
        table.lines.add(index)
        if found[3] != found[4]:
            continue
        table.n_train = int(found[4])
        for name, digits in _PAIR.findall(found[2]):
            table.put(int(found[1]), normal_name(name), float(digits), digits, name)
    return [table] if table.values else []


FORMAT = Format("tflearn console", find=find)
