"""Lines that name the part first: `epoch 3 | train: loss 0.52 acc 81 % | valid: loss 0.94`.

The parts may share a line with the epoch or stand on lines of their own below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.sources._format import NUMBER, Format, Table

MOST_LINE = 600
_EPOCH = re.compile(r"\bepoch\b\W{0,4}(\d{1,6})", re.IGNORECASE)
_PLAIN = re.compile(
    r"^[\W\d]{0,40}epoch\W{0,3}\d{1,6}(?:/\d{1,6})?\s{0,2}[,:|-]?\s{1,3}(?:loss|acc)", re.IGNORECASE
)
"""`Epoch 3, loss 1.51, acc 0.95`"""
_TOKEN = re.compile(
    r"\b(?P<part>train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|eval|dev)\b"
    r"(?=\s{0,3}[:>)\]-]{1,3}\s{0,3}(?:\w{1,12}\s)?(?:loss|acc))"
    rf"|\b(?P<bare>train|val|valid)\s{{1,2}}(?P<figure>\d{{1,9}}\.\d{{1,9}})(?=\s|,|$)"
    r"|(?<![A-Za-z])(?:(?P<own>train(?:ing)?|val(?:id(?:ation)?)?|test)[ _])?"
    rf"(?P<name>loss|acc(?:uracy)?|top-?1)\b(?P<gap>[^\w@]{{0,3}})(?P<value>{NUMBER[1:-1]})\s?(?P<unit>%?)",
    re.IGNORECASE,
)
LEAST_EPOCHS = 2


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    epoch: int | None = None
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE:
            continue
        if told := _EPOCH.search(line):
            epoch = int(told[1])
        if epoch is None or ("oss" not in line and "cc" not in line):
            continue
        part: str | None = None
        plain = bool(_PLAIN.match(line))
        for token in _TOKEN.finditer(line):
            if token["part"]:
                part = "" if token["part"].lower().startswith("train") else "val_"
            elif token["bare"]:
                prefix = "" if token["bare"].lower() == "train" else "val_"
                table.put(epoch, f"{prefix}loss", float(token["figure"]), token["figure"])
                table.lines.add(index)
            elif (where := _where(token, part, plain=plain)) is not None:
                if token["own"]:
                    # `train loss 0.35 acc 0.88 | valid loss 0.41 acc 0.86`
                    part = where
                name = "loss" if token["name"].lower() == "loss" else "accuracy"
                value = float(token["value"]) / (100 if token["unit"] else 1)
                table.put(epoch, where + name, value, "" if token["unit"] else token["value"])
                table.lines.add(index)
    epochs = {e for by_epoch in table.values.values() for e in by_epoch}
    return [table] if len(epochs) >= LEAST_EPOCHS else []


def _where(token: re.Match[str], part: str | None, *, plain: bool) -> str | None:
    """Return the prefix of a figure's curve; figures with a colon and no part are Keras'."""
    spaced = not token["gap"].strip()
    if token["own"] and spaced:
        return "" if token["own"].lower().startswith("train") else "val_"
    return "" if part is None and plain and spaced and not token["own"] else part


FORMAT = Format("lines by part", find=find)
