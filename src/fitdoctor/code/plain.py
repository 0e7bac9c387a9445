"""What Python's own functions, and methods of text, give for values that are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fitdoctor.code.values import UNKNOWN, Data, OneOf, Value


def same(one: Value, other: Value) -> bool:
    plain = (int, float, str, bool)
    return isinstance(one, plain) and isinstance(other, plain) and one == other


def one_of(one: Value, other: Value) -> Value:
    """Return a value that is one or the other: texts are known to be one of both."""
    if not isinstance(one, (str, OneOf)) or not isinstance(other, (str, OneOf)):
        return UNKNOWN
    texts = [v.texts if isinstance(v, OneOf) else (v,) for v in (one, other)]
    found = tuple(dict.fromkeys(t for held in texts for t in held))
    return OneOf(found) if len(found) <= MOST_TEXTS else UNKNOWN


MOST_TEXTS = 8


def text_method(owner: Value, method: str, arguments: list[Value]) -> Value:
    if isinstance(owner, str) and method in {"lower", "upper", "strip"} and not arguments:
        return getattr(owner, method)()
    return UNKNOWN


_ONE_NUMBER: dict[str, Callable[[Any], Any]] = {
    "int": int, "float": float, "round": round, "abs": abs, "ceil": math.ceil, "floor": math.floor,
    "exp": math.exp, "cos": math.cos, "log": math.log,
}  # fmt: skip
_NUMBERS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "pow": math.pow}


def builtin(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    numbers = all(isinstance(a, (int, float)) for a in arguments) and bool(arguments)
    try:
        if numbers and name in _ONE_NUMBER and len(arguments) == 1:
            return _ONE_NUMBER[name](arguments[0])
        if numbers and name in _NUMBERS and len(arguments) == 2:
            return _NUMBERS[name](*arguments)
    except (ArithmeticError, ValueError, TypeError):
        return UNKNOWN
    if name == "range" and all(isinstance(a, int) for a in arguments) and 1 <= len(arguments) <= 3:
        known = len(arguments) < 3 or arguments[-1] != 0
        made = range(*arguments) if known else UNKNOWN
        return UNKNOWN if _is_endless(made) else made
    if name == "len" and arguments and isinstance(arguments[0], (list, tuple, str, range)):
        told = not _holds_data(arguments[0]) and not _is_endless(arguments[0])
        return len(arguments[0]) if told else UNKNOWN
    if name == "dict" and not arguments:
        return dict(keywords)
    if name in {"enumerate", "zip"} and arguments:
        return _zipped(name, arguments)
    return UNKNOWN


def _is_endless(value: Value) -> bool:
    """Return whether this is a range that has more numbers than Python can count."""
    return isinstance(value, range) and abs(value.stop - value.start) > MOST_COUNTED


MOST_COUNTED = 2**60


def _zipped(name: str, arguments: list[Value]) -> Value:
    known = [a for a in arguments if isinstance(a, (list, tuple, range)) and len(a) <= 64]
    if len(known) != len(arguments):
        return UNKNOWN
    return list(enumerate(known[0])) if name == "enumerate" else list(zip(*known, strict=False))


def _holds_data(items: Value) -> bool:
    return isinstance(items, list) and any(isinstance(i, Data) for i in items)


MOST_LEAVES = 10_000


def has_room(value: Value, times: int = 1) -> bool:
    """Return whether a list, with all that is in it, is small enough to be gone through so often.

    Lists may hold one another many times over, and so grow by a factor with each line.
    """
    left, seen = [value], 0
    while left:
        seen += times
        if seen > MOST_LEAVES:
            return False
        held = left.pop()
        if isinstance(held, (list, tuple)):
            left += held[:MOST_LEAVES]
        elif isinstance(held, dict):
            left += list(held.values())[:MOST_LEAVES]
    return True


def of_numbers(value: Value) -> bool:
    """Return whether this is a list of numbers, or of lists of them."""
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= MOST_ROWS:
        return False
    return all(
        (isinstance(item, (int, float)) and not isinstance(item, bool))
        or (isinstance(item, list) and of_numbers(item))
        for item in value
    )


MOST_ROWS = 100
