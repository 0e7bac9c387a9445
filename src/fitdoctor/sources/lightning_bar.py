"""Lightning's progress bar: `Epoch 0: 100%|...| 9/9 [00:12<00:00, 1.3it/s, loss=.., val_acc=..]`.

The last state of an epoch counts; an epoch that never reached 100 % does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import NUMBER, Format, Table, is_metric, normal_name

_BAR = re.compile(r"Epoch (\d{1,6}):\s{1,3}(\d{1,3})%")
_PAIR = re.compile(rf"([A-Za-z_][\w./]{{0,40}})={NUMBER}")
_TRAINING = {"acc": "accuracy", "train_loss_epoch": "loss", "train_acc_epoch": "accuracy"}


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    for index, line in enumerate(lines):
        bar = _BAR.search(line[:2000]) if "it/s" in line or "s/it" in line else None
        if bar is None:
            continue
        table.lines.add(index)
        if bar[2] != "100":
            continue
        for name, digits in _PAIR.findall(line[bar.end() : 4000]):
            if is_metric(name) or name in _TRAINING:
                word = _TRAINING.get(name, normal_name(name))
                table.put(int(bar[1]), word, float(digits), digits, name)
    return [table] if table.values else []


FORMAT = Format("Lightning progress bar", find=find)
