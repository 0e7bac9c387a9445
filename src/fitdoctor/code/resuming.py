"""What a checkpoint holds that is never put back when training goes on."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from fitdoctor import lazy_re

_OPTIMIZER = lazy_re.compile(r"opt(?:im(?:izer)?)?(?:_?\w)?$", re.IGNORECASE)


def optimizer_not_loaded(tree: ast.Module, optimizers: Collection[str]) -> tuple[int, bool] | None:
    """Return the line that saves an optimizer which is not loaded where training goes on, and True.

    Where none is saved either it is the line on which the network takes its weights, and False.

    Training goes on where a network takes its part of a checkpoint whose epoch is read too, above
    the loop that trains: weights alone may be pretrained ones, or loaded to be measured.
    """
    saved: dict[str, int] = {}
    loaded: dict[str, tuple[int, str]] = {}
    counted: set[str] = set()
    trains = 0
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="state_dict")):
                saved[ast.unparse(owner)] = node.lineno
            case ast.Call(func=ast.Attribute(value=owner, attr="load_state_dict"), args=[given]):
                of = given.value if isinstance(given, ast.Subscript) else None
                loaded[ast.unparse(owner)] = node.lineno, ast.unparse(of) if of else ""
            case ast.Call(func=ast.Attribute(attr="backward")):
                trains = max(trains, node.lineno)
            case ast.Subscript(value=held, slice=ast.Constant(value=str(key))) if "epoch" in key:
                counted.add(ast.unparse(held))
            case _:
                pass
    goes_on = any(line < trains and of in counted for line, of in loaded.values())
    kept = [line for name, line in saved.items() if _is_one(name, optimizers)]
    if not goes_on or any(_is_one(name, optimizers) for name in loaded):
        return None
    unsaved = [line for line, of in loaded.values() if of in counted and optimizers]
    return (min(kept or unsaved), bool(kept)) if kept or unsaved else None


def never_put_back(tree: ast.Module) -> int:
    """Return the line that builds a network anew whose saved weights are not loaded; else 0.

    Line by line: the same call gives a network its name a second time, the first was fitted and its
    weights saved after that, and the second is compiled alike and fitted with nothing loaded.
    """
    built: dict[str, str] = {}
    anew: dict[str, int] = {}
    done: dict[str, set[str]] = {}
    compiled: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                made = ast.unparse(call)
                again = built.get(name) == made and {"fit", "save"} <= done.get(name, set())
                anew |= {name: statement.lineno if again else 0}
                built[name], done[name] = made, set()
            case _:
                pass
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="compile")):
                    alike = compiled.get(name) == ast.unparse(node)
                    anew |= {name: anew.get(name, 0) if alike else 0}
                    compiled[name] = ast.unparse(node)
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                    if method == "fit" and anew.get(name) and "load" not in done[name]:
                        return anew[name]
                    kind = method.split("_")[0]
                    if kind != "save" or "fit" in done.get(name, ()):
                        done.setdefault(name, set()).add(kind)
                case ast.Name(id=word) | ast.Attribute(attr=word) if "load" in word:
                    for methods in done.values():
                        methods.add("load")
                case _:
                    pass
    return 0


def _is_one(name: str, optimizers: Collection[str]) -> bool:
    return name in optimizers or bool(_OPTIMIZER.search(name))
