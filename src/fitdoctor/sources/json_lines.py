"""One JSON object or dict a line with an `epoch`: Hugging Face Trainer, DeiT and their kin.

Training and validation figures may stand on different lines; they are joined on the epoch.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import msgspec

from fitdoctor.sources._format import Format, Table, is_metric, normal_name

MOST_CHARACTERS = 20_000
_STEMS = ("eval_", "test_")
_RENAMED = {"acc1": "accuracy", "acc": "accuracy", "top1": "accuracy"}


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    for index, line in enumerate(lines):
        text = line.strip()
        if not text.startswith("{") or "epoch" not in text or len(text) > MOST_CHARACTERS:
            continue
        row = _row(text.replace("**", "").rstrip(","))
        epoch = row.pop("epoch", None) if row else None
        if (
            row is None
            or "train_runtime" in row
            or not isinstance(epoch, (int, float))
            or not 0 <= epoch < 1e9
        ):
            continue
        metrics = {n: v for n, v in row.items() if isinstance(v, (int, float)) and _known(n)}
        if not metrics:
            continue
        table.lines.add(index)
        if epoch != int(epoch):
            continue
        for name, value in metrics.items():
            table.put(int(epoch), _renamed(name), value, repr(value), name)
    return [table] if table.values else []


def _row(text: str) -> dict[str, object] | None:
    try:
        found = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError):
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return None
    return found if isinstance(found, dict) else None


def _known(name: object) -> bool:
    return isinstance(name, str) and (is_metric(_renamed(name)) or name == "learning_rate")


def _renamed(name: str) -> str:
    """Return Keras' word; what these tools call eval or test is validation."""
    for stem in _STEMS:
        if name.startswith(stem):
            rest = name[len(stem) :]
            return "val_" + normal_name(_RENAMED.get(rest, rest))
    return normal_name(name)


FORMAT = Format("JSON lines with an epoch", find=find)
