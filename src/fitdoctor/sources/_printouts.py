"""What a person writes in the comment behind a line that prints: expressions and their values."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from fitdoctor import lazy_re
from fitdoctor.records.run import Printout

_PRINTS = lazy_re.compile(
    r"^\s*(?P<code>print\s?\(.{1,300}\)|[\w.\[\]()]{1,80})\s*#\s?(?P<shown>\S.{0,400})$"
)
_NUMBER = r"[-+]?\d[\d,]{0,12}(?:\.\d{0,12})?(?:e[-+]?\d{1,3})?"
_VALUES = lazy_re.compile(rf"(?:tensor|array|np\.\w+)?\(?\s?({_NUMBER})\.?\s?\)?", re.IGNORECASE)


def printouts(lines: Sequence[str]) -> tuple[Printout, ...]:
    """Return what lines of code print, where a comment behind them shows it.

    >>> printouts(["print(x.min(), x.max())  # 0 255"])[1]
    Printout(expression='x.max()', output='255', line=1)
    """
    return tuple(one for number, line in enumerate(lines, start=1) for one in _of(line, number))


def _of(line: str, number: int) -> Iterator[Printout]:
    found = _PRINTS.match(line[:800]) if "#" in line else None
    if found is None:
        return
    try:
        code = ast.parse(found["code"], mode="eval").body
    except (SyntaxError, ValueError):
        return
    match code:
        case ast.Call(func=ast.Name(id="print"), args=[*given]):
            shown = [a for a in given if not isinstance(a, ast.Constant)]
        case _:
            shown = [code]
    values = [m[1] for m in _VALUES.finditer(found["shown"])]
    if len(shown) == 1:
        yield Printout(ast.unparse(shown[0]), found["shown"].strip(), number)
    elif len(values) == len(shown):
        for one, value in zip(shown, values, strict=True):
            yield Printout(ast.unparse(one), value, number)


_ENDS = lazy_re.compile(
    r"^(?P<of>.{1,60}?)\.(?P<end>min|max)\(\)(?:\.item\(\))?$"
    r"|^(?:np\.|torch\.)?(?P<end2>a?min|a?max)\((?P<of2>[\w.]{1,60})\)$"
)
_NO_IMAGES = lazy_re.compile(
    r"\b(?:y|y_\w+|\w*labels?|\w*targets?|\w*pred\w*|\w*loss\w*|out\w*|logits|\w*weights?|\w*grad)\b",
    re.IGNORECASE,
)
"""What has a least and a largest value and is no image."""


def range_of_images(shown: Sequence[Printout]) -> tuple[float, float] | None:
    """Return the least and the largest value of images that is printed, of one thing."""
    ends: dict[str, dict[str, float]] = {}
    for one in shown:
        found = _ENDS.match(one.expression)
        value = _VALUES.match(one.output)
        if found is None or value is None or _NO_IMAGES.search(found["of"] or found["of2"]):
            continue
        end = "min" if "min" in (found["end"] or found["end2"]) else "max"
        ends.setdefault(found["of"] or found["of2"], {})[end] = float(value[1].replace(",", ""))
    both = [e for e in ends.values() if {"min", "max"} <= e.keys() and e["min"] < e["max"]]
    return (both[0]["min"], both[0]["max"]) if both else None
