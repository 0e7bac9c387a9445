"""Loops that take steps without ever clearing the gradients of the step before."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from fitdoctor import lazy_re

_CLEARING: Final = lazy_re.compile(r"zero_?grad|clear_?grad|\.grad\b|autograd|functional_call|vjp")
_DONE_ELSEWHERE: Final = frozenset(
    {"lightning", "pytorch_lightning", "accelerate", "ignite", "deepspeed", "transformers",
     "catalyst", "fairscale", "composer", "skorch", "poutyne", "torchbearer", "fastai", "higher",
     "functorch", "opacus", "colossalai"}
)  # fmt: skip
"""Libraries whose objects may clear gradients unseen."""
_KEEPS: Final = frozenset(
    {"step", "unscale_", "state_dict", "load_state_dict", "param_groups", "defaults", "state"}
)
_LOOPS = (ast.For, ast.While)
_BLOCKS: Final = ("body", "orelse", "finalbody")


def never_cleared(tree: ast.Module, optimizers: Collection[str]) -> int:
    """Return the line of a `backward` in a loop whose gradients are never cleared; else 0.

    An optimizer that the script makes takes its step beside it, and nothing in the script could
    clear what it holds: no call by that name, no `grad` that is written, no function that is given
    the optimizer, no library that trains by itself.
    """
    if not optimizers or _CLEARING.search(ast.unparse(tree)) or _unseen(tree):
        return 0
    plans = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        and _SCHEDULER.search(ast.unparse(node.value.func))
        for target in node.targets
    }  # fmt: skip
    for block in _looped(tree):
        backward = [at for s in block for at in _backward(s)]
        steps = {name for s in block for name in _stepped(s)} - plans
        if backward and steps and all(_only_steps(tree, name) for name in steps):
            return backward[0] if steps <= set(optimizers) else 0
    return 0


def _unseen(tree: ast.Module) -> bool:
    """Tell code that is left out, or trains by a library's own objects."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                roots = {alias.name.partition(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module)):
                roots = {module.partition(".")[0]}
            case ast.For() | ast.While() if any(isinstance(n, ast.Pass) for n in ast.walk(node)):
                return True  # a line that is left out, or could not be read
            case ast.Expr(value=ast.Constant(value=value)) if value is Ellipsis:
                return True
            case _:
                continue
        if roots & _DONE_ELSEWHERE:
            return True
    return False


def _looped(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Yield the blocks that a loop of the script goes through, functions it calls by name too."""
    loops = [n for n in ast.walk(tree) if isinstance(n, _LOOPS)]
    called = {
        ast.unparse(n.func).rpartition(".")[2]
        for loop in loops
        for n in ast.walk(loop)
        if isinstance(n, ast.Call)
    }
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in called]
    for outer in (*loops, *functions):
        for node in ast.walk(outer):
            for name in _BLOCKS:
                block = getattr(node, name, None)
                if isinstance(block, list):
                    yield block


def _backward(statement: ast.stmt) -> Iterator[int]:
    """Yield the line of `loss.backward()` as a statement of its own."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="backward"))):
            yield statement.lineno
        case _:
            pass


def _stepped(statement: ast.stmt) -> Iterator[str]:
    """Yield the optimizer of `optimizer.step()` and `scaler.step(optimizer)`."""
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=owner, attr="step"), args=[], keywords=[])
        ):
            yield ast.unparse(owner)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="step"), args=[ast.Name(id=name)])):
            yield name
        case _:
            pass


def _only_steps(tree: ast.Module, optimizer: str) -> bool:
    """Tell an optimizer that is given to nothing but schedulers, scalers and printing."""
    return all(_harmless(place) for place in _places(tree, optimizer))


def _places(tree: ast.Module, optimizer: str) -> Iterator[ast.Call]:
    """Yield the calls that are given the optimizer."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given: Sequence[ast.expr] = (*node.args, *(k.value for k in node.keywords))
            if any(_holds(item, optimizer) for item in given):
                yield node


def _holds(item: ast.expr, optimizer: str) -> bool:
    inner = item.elts if isinstance(item, (ast.Tuple, ast.List)) else [item]
    return any(ast.unparse(one) == optimizer for one in inner)


_SCHEDULER: Final = lazy_re.compile(
    r"lr_scheduler|LR$|LRScheduler|ReduceLROnPlateau|Annealing|OneCycle|Scheduler$"
)


def _harmless(call: ast.Call) -> bool:
    written = ast.unparse(call.func)
    return written.rpartition(".")[2] in {*_KEEPS, "print"} or bool(_SCHEDULER.search(written))
