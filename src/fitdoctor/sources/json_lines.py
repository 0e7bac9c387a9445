"""One JSON object or dict a line with an `epoch`: Hugging Face Trainer, DeiT, pycls and their kin.

Training and validation figures may stand on different lines; they are joined on the epoch. What a
logger puts before an object is read over. The part is told by the names of the figures, or by a
field of its own (`_type`, `mode`). An object of training that counts batches too is of a batch; the
last one stands for its epoch where nothing else does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table, is_metric, normal_name

MOST_CHARACTERS = 20_000
MOST_EPOCHS = 1e9
_STEMS = ("eval_", "test_")
_RENAMED = {"acc1": "accuracy", "acc": "accuracy", "top1": "accuracy", "top-1": "accuracy",
            "accuracy_top-1": "accuracy", "top1_acc": "accuracy"}  # fmt: skip
_WRONG = {"top1_err": "accuracy", "top1_error": "accuracy"}
"""Shares of wrong answers, which pycls and its kin give in percent."""
_BEFORE = lazy_re.compile(r"[^{}\"']{0,160}(?=\{\s?['\"])")
_COUNT = lazy_re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(?:\s?/\s?\d{1,9})?")
_BATCH = ("iter", "iteration", "batch", "batch_idx")


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    whole: set[tuple[str, int]] = set()
    for index, line in enumerate(lines):
        if "epoch" not in line or "{" not in line or len(line) > MOST_CHARACTERS:
            continue
        before = _BEFORE.match(line)
        row = _row(line[before.end() :].strip().replace("**", "").rstrip(",")) if before else None
        epoch = _counted(row.pop("epoch", None)) if row else None
        if row is None or "train_runtime" in row or epoch is None or not 0 <= epoch < MOST_EPOCHS:
            continue
        found = list(figures(row))
        if not found:
            continue
        table.lines.add(index)
        if epoch != int(epoch):
            continue
        batch = _batch(row)
        for name, value, word in found:
            if batch is not None:
                table.put_batch(int(epoch), int(batch), name, value)
                if (name, int(epoch)) in whole:
                    continue
            else:
                whole.add((name, int(epoch)))
            table.put(int(epoch), name, value, repr(value), word)
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


def _counted(value: object) -> float | None:
    """Return a count as a number; `"10/50"` is the tenth of fifty."""
    if isinstance(value, str) and (match := _COUNT.fullmatch(value.strip())) is not None:
        return float(match[1])
    return value if isinstance(value, (int, float)) else None


def _batch(row: Mapping[str, object]) -> float | None:
    """Return which batch of its epoch an object of training is of."""
    kind = _kind(row)
    if (kind and not kind.startswith("train")) or kind.endswith("epoch"):
        return None
    return next((n for name in _BATCH if (n := _counted(row.get(name))) is not None), None)


def _kind(row: Mapping[str, object]) -> str:
    return next((kind for name in ("_type", "mode") if isinstance(kind := row.get(name), str)), "")


def figures(row: Mapping[str, object]) -> Iterator[tuple[str, float, str]]:
    """Yield the curve, value and own word of each figure of an object."""
    kind = _kind(row)
    part = "val_" if kind.startswith(("val", "test", "eval")) else ""
    percent = any(str(name).endswith("acc5") for name in row)
    for word, value in row.items():
        if not isinstance(value, (int, float)) or not isinstance(word, str):
            continue
        name = _renamed(word)
        if word in _WRONG:
            yield part + _WRONG[word], 1 - value / 100, word
        elif is_metric(name) or word == "learning_rate":
            share = percent and word.endswith("acc1")
            own = part if part and not name.startswith(part) and name != "learning_rate" else ""
            yield own + name, value / 100 if share else value, word


def _renamed(name: str) -> str:
    """Return Keras' word; what these tools call eval or test is validation."""
    for stem in _STEMS:
        if name.startswith(stem):
            rest = name[len(stem) :]
            return "val_" + normal_name(_RENAMED.get(rest, rest))
    return normal_name(_RENAMED.get(name, name))


FORMAT = Format("JSON lines with an epoch", find=find)
