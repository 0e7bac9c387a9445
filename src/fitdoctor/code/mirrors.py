"""Flips that a script draws at random for its images, each by the axis that it turns round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from fitdoctor.code.scopes import last_name
from fitdoctor.records.run import FLIPPED, Call, Fact

HORIZONTAL, VERTICAL = "horizontal", "vertical"
_BY_NAME: Final = {
    "RandomHorizontalFlip": HORIZONTAL, "HorizontalFlip": HORIZONTAL,
    "random_flip_left_right": HORIZONTAL, "stateless_random_flip_left_right": HORIZONTAL,
    "RandomVerticalFlip": VERTICAL, "VerticalFlip": VERTICAL,
    "random_flip_up_down": VERTICAL, "stateless_random_flip_up_down": VERTICAL,
}  # fmt: skip
_BY_ARGUMENT: Final = {"horizontal_flip": HORIZONTAL, "vertical_flip": VERTICAL}


def flips(tree: ast.Module) -> Iterator[Call]:
    """Yield each axis along which images are flipped, once."""
    seen: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for axis in _axes(node):
            if axis not in seen:
                seen.add(axis)
                told = {"axis": Fact(axis, axis, node.lineno)}
                yield Call(name=FLIPPED, arguments=told, line=node.lineno)


def _axes(call: ast.Call) -> Iterator[str]:
    name = last_name(call.func)
    given = [*call.args, *(k.value for k in call.keywords)]
    never = any(isinstance(g, ast.Constant) and g.value == 0 for g in given)
    if name in _BY_NAME and not never:
        yield _BY_NAME[name]
    if name == "RandomFlip":
        modes = [g.value for g in given if isinstance(g, ast.Constant) and isinstance(g.value, str)]
        mode = modes[0] if modes else f"{HORIZONTAL}_and_{VERTICAL}"
        yield from (axis for axis in (HORIZONTAL, VERTICAL) if axis in mode)
    for keyword in call.keywords:
        on = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        if on and keyword.arg in _BY_ARGUMENT:
            yield _BY_ARGUMENT[keyword.arg]
