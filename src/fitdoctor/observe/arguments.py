"""Arguments as they were given, as facts: the value where it is plain, and its source."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fitdoctor.records.run import Call, Fact

MOST_SOURCE = 400
PLAIN = (str, bool, int, float, type(None))


def facts(bound: inspect.BoundArguments, line: int) -> dict[str, Fact]:
    """Return the arguments that were given and differ from their defaults."""
    return {
        name: fact(value, line)
        for name, value in bound.arguments.items()
        if name not in {"self", "kwargs"}
        and not _is_default(value, bound.signature.parameters[name].default)
    }


def _is_default(value: Any, default: Any) -> bool:
    return value is default or (isinstance(value, PLAIN) and bool(value == default))


def fact(value: Any, line: int) -> Fact:
    return Fact(source_of(value)[:MOST_SOURCE], plain(value), line)


def plain(value: Any) -> Any:
    """Return a number, a text, or a list or mapping of such; `None` for anything else."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, list | tuple) and len(value) <= MOST_ITEMS:
        items = [plain(item) for item in value]
        return items if all(item is not None for item in items) else None
    if isinstance(value, Mapping) and len(value) <= MOST_ITEMS:
        return {str(plain(key)): plain(item) for key, item in value.items()}
    return None


MOST_ITEMS = 200


def source_of(value: Any) -> str:
    """Return an expression that would give a value, as far as that is short."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(source_of(item) for item in value[:20])}]"
    if isinstance(value, Mapping):
        items = list(value.items())[:20]
        return f"{{{', '.join(f'{source_of(k)}: {source_of(v)}' for k, v in items)}}}"
    named = getattr(value, "__name__", None)
    return named if isinstance(named, str) else f"{type(value).__name__}()"


def calls_of(callbacks: Iterable[Any], line: int) -> tuple[Call, ...]:
    """Return callbacks as the calls that made them, with their plain settings."""
    return tuple(
        Call(
            name=type(callback).__name__,
            arguments={
                name: Fact(repr(value), value, line)
                for name, value in vars(callback).items()
                if not name.startswith("_") and isinstance(value, PLAIN) and value is not None
            },
            line=line,
        )
        for callback in callbacks
    )
