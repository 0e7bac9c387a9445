"""A row for training and a row for validation, each with its part and its epoch before the figures.

Ignite's `Validation Results - Epoch: 3  Avg accuracy: 0.9 Avg loss: 0.4`, Catalyst's
`valid (3/20) accuracy01: 0.9 | loss: 0.4`, Flax' `eval epoch: 3, loss: 0.4, accuracy: 90.1`,
Paddle's `[Eval][Epoch 3][Avg]loss: 0.4, top1: 0.9`, MMEngine's
`Epoch(val) [3][79/79]  accuracy/top1: 90.1`. Of several rows the last of an epoch counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import NUMBER, Format, Table

MOST_LINE = 600
LEAST_EPOCHS = 2
_WORD = r"(?P<part{0}>train(?:ing)?|val(?:id(?:ation)?)?|eval(?:uation)?|test)"
_HEADS = (
    rf"\b{_WORD.format(1)}\s{{1,2}}(?:results|epoch)\W{{0,5}}(?:epoch\W{{0,4}})?(?P<epoch1>\d{{1,6}})\]?",
    rf"\b{_WORD.format(2)}\s\((?P<epoch2>\d{{1,6}})/\d{{1,6}}\)",
    rf"\[{_WORD.format(3)}\]\[Epoch\s(?P<epoch3>\d{{1,6}})(?:/\d{{1,6}})?\](?:\[[^\]]{{1,30}}\])?",
    rf"\bEpoch\({_WORD.format(4)}\)\s{{0,2}}\[(?P<epoch4>\d{{1,6}})\](?:\[\d{{1,9}}/\d{{1,9}}\])?",
)
_HEAD = re.compile("|".join(_HEADS), re.IGNORECASE)
_FIGURE = re.compile(
    r"(?<![A-Za-z_])(?:(?P<loss>loss)|(?P<accuracy>accuracy/top1|accuracy_top-?1|accuracy0?1?"
    rf"|acc(?:@?1)?|top-?1))\s{{0,2}}[:=]\s{{0,2}}(?P<value>{NUMBER[1:-1]})(?!\d)",
    re.IGNORECASE,
)


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    parts = set()
    for index, line in enumerate(lines):
        head = _HEAD.search(line) if len(line) <= MOST_LINE else None
        if head is None:
            continue
        part = next(head[f"part{i}"] for i in range(1, 5) if head[f"part{i}"])
        epoch = next(int(head[f"epoch{i}"]) for i in range(1, 5) if head[f"epoch{i}"])
        prefix = "" if part.lower().startswith("train") else "val_"
        for figure in _FIGURE.finditer(line, head.end()):
            name = "loss" if figure["loss"] else "accuracy"
            percent = name == "accuracy" and float(figure["value"]) > 1.5
            value = float(figure["value"]) / (100 if percent else 1)
            table.put(epoch, prefix + name, value, "" if percent else figure["value"])
            table.lines.add(index)
            parts.add(prefix)
    epochs = {e for by_epoch in table.values.values() for e in by_epoch}
    return [table] if len(epochs) >= LEAST_EPOCHS and len(parts) > 1 else []


FORMAT = Format("rows by part and epoch", find=find)
