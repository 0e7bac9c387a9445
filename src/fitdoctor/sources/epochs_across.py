"""Curves written across, each epoch with its value: `val/loss  ep1 0.711  ep2 0.655`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table, is_metric, normal_name

MOST_LINE, LEAST_EPOCHS = 2000, 2
_VALUE = r"(\d{0,6}\.\d{1,9}|\d{1,3}(?:\.\d{1,6})?\s?%)"
_PAIR = lazy_re.compile(
    rf"(?:e|ep|epoch)[ _.#]?(\d{{1,5}})[ :=(]{{1,3}}{_VALUE}\)?(?![\w.])",
    re.IGNORECASE,
)
_LABELLED = lazy_re.compile(
    r"^[\s*>|\-]{0,6}([A-Za-z][\w/ .\-]{1,30}?)[\s:=|]{1,6}(?=(?:e|ep|epoch)[ _.#]?\d{1,5}[ :=(])",
    re.IGNORECASE,
)


def find(lines: Sequence[str]) -> list[Table]:
    """Return one table of the rows whose names are of losses and accuracies."""
    table = Table()
    for index, line in enumerate(lines):
        label = _LABELLED.match(line[:MOST_LINE]) if len(line) <= MOST_LINE else None
        pairs = _PAIR.findall(line) if label else []
        if label is None or len(pairs) < LEAST_EPOCHS:
            continue
        name = normal_name(label[1].strip())
        epochs = [int(epoch) for epoch, _ in pairs]
        if not is_metric(name) or name in table.values or epochs != sorted(set(epochs)):
            continue
        table.lines.add(index)
        for epoch, text in pairs:
            plain = text.rstrip("% ")
            percent = text.endswith("%")
            value = float(plain) / (100 if percent else 1)
            table.put(int(epoch), name, value, "" if percent else plain, label[1])
    return [table] if table.values else []


FORMAT = Format("epochs across a row", find=find, beside_logs=False)
