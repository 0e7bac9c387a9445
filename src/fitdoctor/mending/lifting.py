"""Statements that are executed later: behind a round of an outer loop, or below another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from fitdoctor.mending.source import COMPOUND, NotPlainError, Source, Statement, last_name, text_of
from fitdoctor.mending.statements import beside, without_statement
from fitdoctor.records.change import Lift, Postpone

THROUGH = (cst.With, cst.Try, cst.For, cst.While)
"""What may stand around the inner loop or the call: each round of the outer loop comes through."""


def texts(source: Source, edit: Lift | Postpone) -> Iterator[str]:
    """Yield the text with a statement that is executed later."""
    return lifted(source, edit) if isinstance(edit, Lift) else postponed(source, edit)


def lifted(source: Source, edit: Lift) -> Iterator[str]:
    """Yield the text with a method's call behind what a round of the outer loop does."""
    what, inner, outer = (source.statement(n) for n in (edit.line, edit.inner, edit.outer))
    if (
        what is None
        or not isinstance(inner, cst.For | cst.While)
        or inner not in source.above(what)
    ):
        raise NotPlainError("several statements share its line")
    if not isinstance(outer, cst.For | cst.While) or not isinstance(outer.body, cst.IndentedBlock):
        raise NotPlainError("where the outer loop ends is not plain")
    receiver = _receiver(what)
    above = list(source.above(inner))
    if outer in above:
        if any(isinstance(one, cst.FunctionDef) for one in above[: above.index(outer)]):
            raise NotPlainError("its loop stands in a function of its own")
        anchor = _below(source, inner, outer)
    else:
        function = source.around(inner, cst.FunctionDef)
        if function is None:
            raise NotPlainError("its loop stands in no other")
        calls = _calls_of(source, function, outer)
        receiver = _outside(source, function, calls, receiver)
        anchor = max((_below(source, call, outer) for call in calls), key=source.line)
    call = cst.parse_statement(f"{receiver}.step()")
    new = what.with_changes(leading_lines=[], body=call.body)  # with the comment behind it
    _not_left_out(source, anchor, outer)
    if source.last_line(anchor) >= edit.line:  # what stands further below is changed first
        yield _without(Source(beside(source, anchor, [new], "after")), edit.line)
    else:
        at = source.line(anchor)
        left = Source(_without(source, edit.line))
        anchor = left.statement(at)
        if anchor is not None:
            yield beside(left, anchor, [new], "after")


def _receiver(what: Statement) -> str:
    """Return whose `step` it is, that is called without arguments."""
    call = what.body[0].value if isinstance(what, cst.SimpleStatementLine) and isinstance(
        what.body[0], cst.Expr) else None  # fmt: skip
    if (
        not isinstance(call, cst.Call)
        or call.args
        or not isinstance(call.func, cst.Attribute)
        or call.func.attr.value != "step"
        or not _plain(call.func.value)
    ):
        raise NotPlainError("it is no plain call of step()")
    return text_of(call.func.value)


def _plain(node: cst.CSTNode) -> bool:
    """Return whether this is a dotted name."""
    return isinstance(node, cst.Name) or (isinstance(node, cst.Attribute) and _plain(node.value))


def _below(source: Source, node: cst.CSTNode, outer: Any) -> Statement:
    """Return the statement of the outer loop that a node stands in, if each round executes it."""
    inside = node
    for one in source.above(node):
        if one is outer.body:
            return inside
        if isinstance(one, COMPOUND) and not isinstance(one, THROUGH):
            break
        if isinstance(one, cst.IfExp | cst.BooleanOperation | cst.Lambda):
            break
        if isinstance(one, cst.SimpleStatementLine) and len(one.body) > 1:
            break
        inside = one
    raise NotPlainError("not every round of the outer loop comes there")


def _not_left_out(source: Source, anchor: Statement, outer: Any) -> None:
    """Raise where a round can go on to the next one before it comes to a statement."""
    for one in source.all(cst.Continue):
        above = source.line(one) < source.line(anchor)
        if above and source.around(one, cst.For, cst.While) is outer:
            raise NotPlainError("not every round of the outer loop comes there")


def _calls_of(source: Source, function: cst.FunctionDef, outer: Any) -> list[cst.Call]:
    """Return the calls of a function, which the outer loop has to hold all that stand in loops."""
    name = function.name.value
    if sum(other.name.value == name for other in source.all(cst.FunctionDef)) > 1:
        raise NotPlainError("two functions have one name")
    calls = [call for call in source.all(cst.Call) if last_name(call.func) == name]
    inside = [call for call in calls if outer in source.above(call)]
    for call in calls:
        if call not in inside and source.around(call, cst.For, cst.While, cst.FunctionDef):
            raise NotPlainError(f"{name} is called elsewhere as well")
    if not inside:
        raise NotPlainError(f"{name} is not called in the outer loop itself")
    return inside


def _outside(
    source: Source, function: cst.FunctionDef, calls: list[cst.Call], receiver: str
) -> str:
    """Return what is called `receiver` in a function, by its name in the loop that calls it."""
    root, dot, rest = receiver.partition(".")
    names = [param.name.value for param in function.params.params]
    if root in names and isinstance(calls[0].func, cst.Attribute) and root == names[0] == "self":
        owners = {
            text_of(call.func.value) for call in calls if isinstance(call.func, cst.Attribute)
        }
        if len(owners) != 1 or not all(_plain(call.func) for call in calls):
            raise NotPlainError("whose method is called is not plain")
        return owners.pop() + dot + rest
    own = source.around(calls[0], cst.FunctionDef)
    if root in names:
        given = {_given(call, names.index(root), root) for call in calls} - {""}
        if len(given) != 1:
            raise NotPlainError("under which name it is given is not plain")
        return given.pop() + dot + rest
    if _binds(source, function, root) or (own is not None and _binds(source, own, root)):
        raise NotPlainError(f"{root} is not known in the outer loop")
    return receiver


def _given(call: cst.Call, position: int, name: str) -> str:
    """Return the dotted name that is given as an argument; "" where it is left out, or `None`."""
    if any(arg.star for arg in call.args):
        raise NotPlainError("its arguments are unpacked")
    plain = [arg for arg in call.args if arg.keyword is None]
    named = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name]
    found = named or plain[position : position + 1]
    if not found or text_of(found[0].value) == "None":
        return ""
    if not _plain(found[0].value):
        raise NotPlainError("under which name it is given is not plain")
    return text_of(found[0].value)


def _binds(source: Source, function: cst.FunctionDef, name: str) -> bool:
    """Return whether a name is one of a function's own."""
    params = [*function.params.params, *function.params.kwonly_params]
    if any(param.name.value == name for param in params):
        return True
    return any(
        function in source.above(target) and name in {text_of(n) for n in _parts(target.target)}
        for target in source.all(cst.AssignTarget)
    )


def _parts(node: cst.CSTNode) -> Iterator[Any]:
    if isinstance(node, cst.Name):
        yield node
    elif isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            yield from _parts(element.value)


def _without(source: Source, line: int) -> str:
    """Return the text without a statement, and without the test that it alone stands behind."""
    what = source.statement(line)
    block = source.block_of(what) if what is not None else None
    if what is None or block is None:
        raise NotPlainError("several statements share its line")
    test = source.parent(block)
    alone = len(block.body) == 1 and isinstance(test, cst.If) and test.orelse is None
    return without_statement(source, test if alone and source.block_of(test) else what)


def postponed(source: Source, edit: Postpone) -> Iterator[str]:
    """Yield the text with an assignment below a statement, and with it what uses its name."""
    what, anchor = source.statement(edit.line), source.statement(edit.to)
    block = source.block_of(what) if what is not None else None
    beside_it = anchor is not None and source.block_of(anchor) is block
    if what is None or block is None or not beside_it:
        raise NotPlainError("it does not stand in one block with what has to come before")
    body: list[Any] = list(block.body)
    first, last = body.index(what), body.index(anchor)
    later, made, read = [what], _made(what), _names(what)
    for one in body[first + 1 : last + 1]:
        if not made & _names(one):
            if _made(one) & read:
                raise NotPlainError("a name that it is made of changes in between")
            continue
        if one is anchor or not _made(one):
            raise NotPlainError("it is used in between")
        later.append(one)
        made |= _made(one)
        read |= _names(one)
    rest = [one for one in body if one not in later]
    above = [one for one in what.leading_lines if not one.comment]
    if body[first + 1] not in later and above:  # blank lines stay where they are
        rest[first] = rest[first].with_changes(leading_lines=[*above, *rest[first].leading_lines])
    at = last + 1 - len(later)
    later[0] = what.with_changes(leading_lines=[one for one in what.leading_lines if one.comment])
    yield source.with_block(block, [*rest[:at], *later, *rest[at:]])


def _made(statement: Statement) -> set[str]:
    """Return the names that an assignment gives values; none of another statement."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return set()
    small = statement.body[0]
    targets = [one.target for one in small.targets] if isinstance(small, cst.Assign) else []
    return {name.value for target in targets for name in _parts(target)}


def _names(node: cst.CSTNode) -> set[str]:
    """Return the names that stand in a node."""
    own = {node.value} if isinstance(node, cst.Name) else set()
    return own.union(*(_names(child) for child in node.children))
