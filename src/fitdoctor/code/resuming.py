"""What a checkpoint holds that is never put back."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

_OPTIMIZER = re.compile(r"opt(?:im(?:izer)?)?(?:_?\w)?$", re.IGNORECASE)


def optimizer_not_loaded(tree: ast.Module, optimizers: Collection[str]) -> int:
    """Return the line that saves an optimizer which is not loaded where the network is; else 0."""
    saved: dict[str, int] = {}
    loaded: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="state_dict")):
                saved[ast.unparse(owner)] = node.lineno
            case ast.Call(func=ast.Attribute(value=owner, attr="load_state_dict")):
                loaded.add(ast.unparse(owner))
            case _:
                pass
    kept = {name: line for name, line in saved.items() if _is_one(name, optimizers)}
    if not loaded or not kept or any(_is_one(name, optimizers) for name in loaded):
        return 0
    return min(kept.values())


def _is_one(name: str, optimizers: Collection[str]) -> bool:
    return name in optimizers or bool(_OPTIMIZER.search(name))
