"""Which datasets a hand-written loop trains on, and which it only looks at.

A loop over batches that takes a step trains; one beside it that takes none validates. A loop inside
a function counts for what the function is called with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

Use = Literal["train", "validation"]

_STEPS = frozenset({"backward", "apply_gradients", "train_on_batch", "minimize", "train_step"})
_WRAPPERS = frozenset({"enumerate", "tqdm", "iter", "zip", "list", "track", "trange", "auto"})


def uses(tree: ast.Module) -> dict[str, Use]:
    """Return the names of what is iterated over, with what for; empty where no loop trains."""
    found: dict[str, Use] = {}
    by_function: dict[str, tuple[list[str], dict[str, Use]]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            inside = {n: u for n, u in _iterated(node) if n in parameters}
            by_function[node.name] = parameters, inside
    for name, use in _iterated(tree):
        _keep(found, name, use)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=function)) if function in by_function:
                parameters, inside = by_function[function]
                given = dict(zip(parameters, node.args, strict=False))
                given |= {k.arg: k.value for k in node.keywords if k.arg}
                for parameter, use in inside.items():
                    if isinstance(value := given.get(parameter), ast.Name):
                        _keep(found, value.id, use)
            case _:
                pass
    return found if "train" in found.values() else {}


def counted_item(loop: ast.For) -> ast.expr:
    """Return the name of an item: `batch` of `for i, batch in enumerate(batches)`."""
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[_, item]), iter=ast.Call(func=ast.Name(id="enumerate"))
        ):
            return item
        case _:
            return loop.target


def counted(tree: ast.Module) -> frozenset[str]:
    """Return the names that loops give to what they go over, read or not."""
    targets = (n.target for n in ast.walk(tree) if isinstance(n, (ast.For, ast.comprehension)))
    return frozenset(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))


def trained_on(tree: ast.AST) -> frozenset[str]:
    """Return the names of what the loops of a function train on."""
    return frozenset(name for name, use in _iterated(tree) if use == "train")


def _keep(found: dict[str, Use], name: str, use: Use) -> None:
    """What is trained on somewhere may be looked at as well."""
    if found.get(name) != "train":
        found[name] = use


def _iterated(tree: ast.AST) -> Iterator[tuple[str, Use]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and (name := _name(node.iter)):
            yield name, "train" if any(_steps(n) for n in ast.walk(node)) else "validation"
        elif isinstance(node, ast.comprehension) and (name := _name(node.iter)):
            yield name, "validation"


def uses_a_network(function: ast.FunctionDef) -> bool:
    """Tell a function that fits, measures or asks a network."""
    called = (n.func.attr for n in ast.walk(function) if isinstance(n, ast.Call)
              and isinstance(n.func, ast.Attribute))  # fmt: skip
    return not {"fit", "fit_generator", "evaluate", "predict"}.isdisjoint(called)


def stepped_by_batch(tree: ast.Module) -> frozenset[str]:
    """Return the names whose `step` is called in a loop over batches, beside that of the loss."""
    return frozenset(
        call.func.value.id
        for loop in ast.walk(tree)
        if isinstance(loop, ast.For) and _is_innermost(loop)
        for call in ast.walk(loop)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "step"
        and isinstance(call.func.value, ast.Name)
    )


def goes_over_batches(loop: ast.For) -> bool:
    """Tell a loop over epochs: in it another one trains."""
    inner = (n for s in loop.body for n in ast.walk(s) if isinstance(n, ast.For))
    return any(_steps(n) for one in inner for n in ast.walk(one))


def trains_again(tree: ast.Module, line: int) -> bool:
    """Tell whether the `fit` at a line goes on with one network again and again.

    It stands in a loop that makes no network of its own, or in a method that is called in one or
    by code that is not shown.
    """
    around = _around(tree, line)
    loops = [n for n in around if isinstance(n, _LOOPS)]
    if loops:
        return not any(_makes_a_network(call) for call in ast.walk(loops[-1]))
    methods = [n for n in around if isinstance(n, ast.FunctionDef)]
    if not methods or not isinstance(around[0], ast.ClassDef):
        return False
    method = methods[-1]
    own = {id(node) for node in ast.walk(method)}
    outside = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and id(n) not in own)
    called = [n.lineno for n in outside if ast.unparse(n.func).endswith(f".{method.name}")]
    looped = (any(isinstance(n, _LOOPS) for n in _around(tree, at)) for at in called)
    return not called or any(looped)


_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def _around(tree: ast.Module, line: int) -> list[ast.stmt]:
    """Return loops, functions and classes around a line, the outermost first."""
    blocks = (*_LOOPS, ast.ClassDef, ast.FunctionDef)
    return [n for n in ast.walk(tree) if isinstance(n, blocks)
            and n.lineno <= line <= (n.end_lineno or n.lineno)]  # fmt: skip


def _makes_a_network(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    return name == "Sequential" or "model" in name.lower()


def _is_innermost(loop: ast.For) -> bool:
    return any(_steps(n) for n in ast.walk(loop)) and not goes_over_batches(loop)


def _name(node: ast.expr) -> str | None:
    """Return the name behind `enumerate(tqdm(loader))`."""
    while isinstance(node, ast.Call) and node.args:
        function = ast.unparse(node.func).rpartition(".")[2]
        if function not in _WRAPPERS:
            return None
        node = node.args[0]
    return node.id if isinstance(node, ast.Name) else None


def _steps(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return ast.unparse(node.func).rpartition(".")[2] in _STEPS
