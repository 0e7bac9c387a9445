"""Lists that a script keeps or prints: `val_losses = [1.05, 0.90, ...]`, one list a curve."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table, is_metric, normal_name

_START = lazy_re.compile(
    r"^\W{0,12}([A-Za-z][\w .]{1,40}?)['\"]?\s{0,3}[:=]\s{0,3}\[(?=\s{0,40}(?:[-\d.]|nan|$))"
)
_NUMBER = lazy_re.compile(r"[-+]?\d{1,20}(?:\.\d{0,20})?(?:e[-+]?\d{1,3})?|nan|inf", re.IGNORECASE)
_OTHER = lazy_re.compile(r"[^\d\s.,eE+\-naif]")
_PLURALS = (
    (lazy_re.compile(r"losses$", re.IGNORECASE), "loss"),
    (lazy_re.compile(r"accs$", re.IGNORECASE), "acc"),
    (lazy_re.compile(r"accuracies$", re.IGNORECASE), "accuracy"),
)
MOST_LINES = 200
MOST_LINE = 100_000
LEAST = 3


def find(lines: Sequence[str]) -> list[Table]:
    """Return one table of the lists that belong together: the same length, at least two."""
    found: dict[str, tuple[list[str], set[int], str]] = {}
    index = 0
    while index < len(lines):
        start = _START.match(lines[index][:200]) if "[" in lines[index] else None
        if start is None:
            index += 1
            continue
        text, end = _closed(lines, index, start.end())
        name = _name(start[1])
        if name is not None and not _OTHER.search(text):
            found.setdefault(name, (_NUMBER.findall(text), set(range(index, end)), start[1]))
        index = max(end, index + 1)
    length = max((len(v) for v, *_ in found.values()), default=0)
    kept = {n: v for n, v in found.items() if len(v[0]) == length}
    if length < LEAST or len(kept) < 2:
        return []
    table = Table()
    for name, (values, taken, written) in kept.items():
        table.lines |= taken
        for epoch, digits in enumerate(values, start=1):
            table.put(epoch, name, float(digits), digits, written)
    return [table]


def _closed(lines: Sequence[str], index: int, column: int) -> tuple[str, int]:
    parts: list[str] = []
    for at in range(index, min(index + MOST_LINES, len(lines))):
        part = lines[at][column if at == index else 0 : MOST_LINE]
        before, bracket, _ = part.partition("]")
        parts.append(before)
        if bracket:
            return "\n".join(parts), at + 1
    return "[", index + 1


def _name(written: str) -> str | None:
    plain = written.strip()
    for plural, singular in _PLURALS:
        plain = plural.sub(singular, plain)
    if re.match(r"test[_ ]", plain, re.IGNORECASE):
        plain = "val_" + plain[5:]
    name = normal_name(plain)
    return name if is_metric(name) else None


FORMAT = Format("lists by name", find=find)
