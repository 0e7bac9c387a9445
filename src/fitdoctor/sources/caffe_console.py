"""Caffe's solver log; the x axis is the iteration, since Caffe counts no epochs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import NUMBER, Format, Table

_TRAIN = re.compile(rf"solver\.cpp:\d+\] Iteration (\d{{1,9}}).{{0,80}}?, loss = {NUMBER}")
_TESTING = re.compile(r"solver\.cpp:\d+\] Iteration (\d{1,9}), Testing net")
_TEST = re.compile(rf"Test net output #\d+: (\w{{1,40}}) = {NUMBER}")
_WORDS = {"loss": "val_loss", "accuracy": "val_accuracy"}


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    testing: int | None = None
    for index, line in enumerate(lines):
        if "solver.cpp" not in line and "Test net output" not in line:
            continue
        head = line[:500]
        if (found := _TRAIN.search(head)) is not None:
            table.lines.add(index)
            table.put(int(found[1]), "loss", float(found[2]), found[2])
        elif (found := _TESTING.search(head)) is not None:
            table.lines.add(index)
            testing = int(found[1])
        elif testing is not None and (found := _TEST.search(head)) is not None:
            table.lines.add(index)
            name = next((w for word, w in _WORDS.items() if word in found[1]), f"val_{found[1]}")
            table.put(testing, name, float(found[2]), found[2])
    return [table] if table.values else []


FORMAT = Format("Caffe solver", find=find)
