"""Which datasets a hand-written loop trains on, and which it only looks at.

A loop over batches that takes a step trains; one beside it that takes none validates. A loop inside
a function counts for what the function is called with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

Use = Literal["train", "validation"]

_STEPS = frozenset({"backward", "apply_gradients", "train_on_batch", "minimize", "train_step"})
_WRAPPERS = frozenset({"enumerate", "tqdm", "iter", "zip", "list", "track", "trange", "auto"})


def uses(tree: ast.Module) -> dict[str, Use]:
    """Return the names of what is iterated over, with what for; empty where no loop trains."""
    found: dict[str, Use] = {}
    by_function: dict[str, tuple[ast.FunctionDef, list[str], dict[str, Use]]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            inside = {n: u for n, u in _iterated(node) if n in parameters}
            by_function[node.name] = node, parameters, inside
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    called = {n.func.id for n in calls if isinstance(n.func, ast.Name)} & by_function.keys()
    # A parameter of what is called stands for what it is given, whatever else has its name.
    given_to = {n for name in called for n in by_function[name][2]}
    elsewhere = {n for n, _ in _iterated(tree, [by_function[name][0] for name in called])}
    for name, use in _iterated(tree):
        if name not in given_to or name in elsewhere:
            _keep(found, name, use)
    for node in calls:
        match node:
            case ast.Call(func=ast.Name(id=function)) if function in by_function:
                followed, parameters, inside = by_function[function]
                given = dict(zip(parameters, node.args, strict=False))
                given |= {k.arg: k.value for k in node.keywords if k.arg}
                learns = bool(inside) and _learns(followed, given)
                for parameter, use in inside.items():
                    if isinstance(value := given.get(parameter), ast.Name):
                        _keep(found, value.id, use if learns else "validation")
            case _:
                pass
    return found if "train" in found.values() else {}


def _learns(function: ast.FunctionDef, given: Mapping[str, ast.expr]) -> bool:
    """Return whether a step of a function is taken for what a call gives it, as far as is shown.

    One function often trains and validates: `if optimizer is not None: optimizer.step()`.
    """
    arguments = [*function.args.posonlyargs, *function.args.args]
    defaults = function.args.defaults
    known = {a.arg: d for a, d in zip(arguments[len(arguments) - len(defaults) :], defaults,
                                      strict=True)}  # fmt: skip
    only = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    known |= {a.arg: d for a, d in only if d is not None}
    known |= given
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name not in known:
                known[name] = value
            case _:
                pass
    return _reaches_step(function.body, known)


def _reaches_step(body: Sequence[ast.stmt], known: Mapping[str, ast.expr]) -> bool:
    for statement in body:
        match statement:
            case ast.If(test=test, body=then, orelse=other):
                holds = _holds(test, known)
                reached = (holds is not False and _reaches_step(then, known)) or (
                    holds is not True and _reaches_step(other, known)
                )
            case ast.For() | ast.While() | ast.With() | ast.Try():
                reached = _reaches_step(statement.body, known)
            case _:
                reached = any(map(_steps, ast.walk(statement)))
        if reached:
            return True
    return False


def _holds(test: ast.expr, known: Mapping[str, ast.expr], depth: int = 0) -> bool | None:
    """Return whether a test holds where names stand for these expressions; `None` if not told."""
    if depth > MOST_NESTED:
        return None
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id=name) if name in known:
            return _holds(known[name], known, depth + 1)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            holds = _holds(operand, known, depth + 1)
            return None if holds is None else not holds
        case ast.BoolOp(op=ast.And(), values=values):
            return False if any(_holds(v, known, depth + 1) is False for v in values) else None
        case ast.Compare(
            left=ast.Name(id=name), ops=[operation], comparators=[ast.Constant() as c]
        ):
            given = known.get(name)
            same = given.value == c.value if isinstance(given, ast.Constant) else None
            if same is None and given is not None and c.value is None:
                same = False  # what is given by a name is something
            alike = isinstance(operation, (ast.Is, ast.Eq))
            unlike = isinstance(operation, (ast.IsNot, ast.NotEq))
            return None if same is None or not (alike or unlike) else same == alike
        case _:
            return None


MOST_NESTED = 8


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


def _iterated(tree: ast.AST, without: Sequence[ast.AST] = ()) -> Iterator[tuple[str, Use]]:
    left_out = {id(node) for part in without for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.For) and (name := _name(node.iter)):
            yield name, "train" if any(_steps(n) for n in ast.walk(node)) else "validation"
        elif isinstance(node, ast.comprehension) and (name := _name(node.iter)):
            yield name, "validation"


def uses_a_network(function: ast.FunctionDef) -> bool:
    """Return whether this is a function that fits, measures or asks a network."""
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
    """Return whether this is a loop over epochs: in it another one trains."""
    inner = (n for s in loop.body for n in ast.walk(s) if isinstance(n, ast.For))
    return any(_steps(n) for one in inner for n in ast.walk(one))


def trains_again(tree: ast.Module, line: int) -> bool:
    """Return whether the `fit` at a line goes on with one network again and again.

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
