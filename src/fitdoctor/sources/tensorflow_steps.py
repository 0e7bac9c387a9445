"""TensorFlow estimators and object detection: a loss every so many steps, the x axis here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import NUMBER, Format, Table

_STEP = re.compile(
    rf"(?:INFO:tensorflow:|\] )(?:Step (\d{{1,12}}) per-step time [\d.]{{1,12}}s|global_step/sec|"
    rf"loss = {NUMBER}, step = (\d{{1,12}}))"
)
_LOSS = re.compile(rf"\bloss={NUMBER}")


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    for index, line in enumerate(lines):
        found = _STEP.search(line[:500]) if "tep" in line else None
        if found is None:
            continue
        table.lines.add(index)
        if found[3]:
            table.put(int(found[3]), "loss", float(found[2]), found[2])
        elif found[1] and (loss := _LOSS.search(line[:500])):
            table.put(int(found[1]), "loss", float(loss[1]), loss[1])
    return [table] if table.values else []


FORMAT = Format("TensorFlow steps", find=find)
