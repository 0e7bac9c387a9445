"""Which labels a script lays down in blocks, one class after the other.

`for f in files: x.append(read(f)); y.append(label)` gives every file of the loop the same label:
the arrays are sorted by class, whatever the order of the files. So do `[0] * n + [1] * m` and
zeros followed by ones, and a column that its table is sorted by.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fitdoctor.code.values import Data, Value
from fitdoctor.records.flow import IN_BLOCKS, ends_order

_FILLED = ("np.zeros", "np.ones", "np.full", "np.repeat", "numpy.zeros", "numpy.ones")


def repeated(tree: ast.Module) -> frozenset[ast.expr]:
    """Return the expressions that a loop appends, or yields, the same in each of its rounds."""
    loops = (node for node in ast.walk(tree) if isinstance(node, ast.For))
    return frozenset(found for loop in loops for found in _of_loop(loop))


def _of_loop(loop: ast.For) -> Iterator[ast.expr]:
    changing = _names(loop.target)
    for statement in ast.walk(loop):
        if isinstance(statement, ast.AugAssign):
            changing |= _names(statement.target)
    for statement in _own(loop.body, changing):
        if isinstance(statement, ast.Assign) and _names(statement.value) & changing:
            changing |= {name for target in statement.targets for name in _names(target)}
    for statement in _own(loop.body, changing):
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[given])):
                parts = given.elts if isinstance(given, (ast.List, ast.Tuple)) else [given]
                yield from (part for part in parts if not _names(part) & changing)
            case ast.Expr(value=ast.Yield(value=ast.Tuple(elts=parts))):
                yield from (part for part in parts if not _names(part) & changing)
            case _:
                pass


def copied(tree: ast.Module) -> frozenset[ast.expr]:
    """Return what a round of a loop appends to one list, where two or more are of one image.

    `x.append(img); x.append(np.fliplr(img))` puts one image into the list several times, and so
    does a loop over `generator.flow(img)` that appends to the list which holds the image already.
    """
    found: set[ast.expr] = set()
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For):
            continue
        counts = isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func) == "range"
        targets = _names(loop.target)
        made_of = {} if counts else {name: name for name in targets}
        by_list: dict[tuple[str, str], list[ast.expr]] = {}
        for statement in _with_views(loop, made_of):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    # What is read by the loop's variable is an image, what is made of it the same.
                    if roots := {made_of[n] for n in _names(value) & made_of.keys() - targets}:
                        made_of[name] = min(roots)
                    elif _names(value) & targets:
                        made_of[name] = name
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=to), attr="append"), args=[given]
                    )
                ):
                    for root in {made_of[n] for n in _names(given) & made_of.keys()}:
                        by_list.setdefault((to, root), []).append(given)
                case _:
                    pass
        found |= {given for some in by_list.values() if len(some) > 1 for given in some}
    return frozenset(found)


def _with_views(loop: ast.For, made_of: dict[str, str]) -> Iterator[ast.stmt]:
    """Yield a loop's own statements, and those of loops over views of one of its images."""
    for statement in _own(loop.body, _names(loop.target)):
        yield statement
        match statement:
            case ast.For(iter=ast.Call(func=ast.Attribute(attr="flow"), args=[given, *_])):
                if roots := {made_of[n] for n in _names(given) & made_of.keys()}:
                    made_of |= dict.fromkeys(_names(statement.target), min(roots))
                    yield from statement.body
            case _:
                pass


def _own(body: list[ast.stmt], changing: set[str]) -> Iterator[ast.stmt]:
    """Yield a loop's own statements; not those that its variable chooses between."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.With, ast.Try)):
            yield from _own(statement.body, changing)
        elif isinstance(statement, ast.If) and not _names(statement.test) & changing:
            yield from _own([*statement.body, *statement.orelse], changing)


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def laid(value: Value, text: str, line: int) -> Data:
    """Return a label that is laid down again and again."""
    if isinstance(value, Data):
        return value if in_blocks(value) else value.then(IN_BLOCKS, None, line)
    return Data(text, line).then(IN_BLOCKS, None, line)


def in_blocks(value: Value) -> bool:
    return isinstance(value, Data) and any(o.name == IN_BLOCKS for o in value.operations)


def joined(values: list[Value], line: int) -> Data | None:
    """Return labels that are joined from blocks of one value each; `None` where they are not."""
    blocks = [v for v in values if isinstance(v, Data) and (in_blocks(v) or _filled(v))]
    if len(values) < 2 or len(blocks) < len(values):
        return None
    return laid(blocks[0], blocks[0].origin, line)


def column(table: Data, name: object, text: str) -> Data:
    """Return a column of a table; one that the table is sorted by lies in blocks."""
    made = Data(text, table.line, table.operations)
    order = [o for o in table.operations if o.name == "sorted_by" or ends_order(o)]
    last = order[-1] if order else None
    by_it = last is not None and last.name == "sorted_by" and last.value == name
    return made.then(IN_BLOCKS, None, table.line) if by_it else made


def _filled(data: Data) -> bool:
    alike = {"cast", "scale", "shift"}
    return data.origin.startswith(_FILLED) and all(o.name in alike for o in data.operations)
