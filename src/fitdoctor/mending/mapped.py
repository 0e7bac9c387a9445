"""Data sets that are put through the function that another one goes through by `map`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from fitdoctor.mending.source import NotPlainError, Source, last_name, text_of
from fitdoctor.mending.statements import beside
from fitdoctor.records.change import Alike

OF_FOLDERS = ("class_names", "file_paths")
"""What a data set that is read from a folder has, and none that comes out of `map`."""


def alike(source: Source, edit: Alike) -> Iterator[str]:
    """Yield the text in which the data set of a line goes through the map of another one."""
    mapping = _mapping(source, edit)
    statement = source.statement(edit.to)
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        raise NotPlainError("the data set has no name of its own")
    target = small.targets[0].target
    scope = source.around(mapping, cst.FunctionDef)
    if not isinstance(target, cst.Name) or source.around(small, cst.FunctionDef) is not scope:
        raise NotPlainError("the data set is made elsewhere")
    if any(
        text_of(one.value) == target.value and one.attr.value in OF_FOLDERS
        for one in source.all(cst.Attribute)
    ):
        raise NotPlainError("the names of its classes are asked for")
    if _known(source, mapping.args[0].value, edit.to):
        at = _at(source, small.value)
        if at is not None:
            yield source.with_(at, _through(at, mapping))
            return
    line = source.around(mapping, cst.SimpleStatementLine)
    if line is None or source.last_line(statement) > source.line(line) or len(line.body) != 1:
        raise NotPlainError("the function is made further below")
    new = cst.SimpleStatementLine(body=[small.with_changes(value=_through(target, mapping))])
    yield beside(source, line, [new], "after")


def _through(value: cst.BaseExpression, mapping: cst.Call) -> cst.Call:
    return mapping.with_changes(func=cst.Attribute(value=value, attr=cst.Name("map")))


def _mapping(source: Source, edit: Alike) -> cst.Call:
    """Return the call of `map` whose function holds a line, and none of those of other steps."""
    made = {
        text_of(one.target) for one in source.all(cst.AssignTarget) if source.line(one) == edit.line
    }
    found: dict[str, cst.Call] = {}
    for call in source.all(cst.Call):
        if not isinstance(call.func, cst.Attribute) or last_name(call.func) != "map":
            continue
        function = _function(source, call)
        if function is None:
            continue
        lines = range(source.line(function), source.last_line(function) + 1)
        # A layer that is applied there is written where it is made.
        here = edit.line in lines or bool(made & {one.value for one in _all_names(function)})
        if here and not any(line in lines for line in edit.but):
            found.setdefault(text_of(call.args[0].value), call)
    if len(found) != 1:
        raise NotPlainError("what map is to apply is not plain")
    return next(iter(found.values()))


def _function(source: Source, call: cst.Call) -> cst.CSTNode | None:
    """Return the function that is mapped: a lambda, or the only one of its name."""
    first = call.args[0].value if call.args and call.args[0].keyword is None else None
    if isinstance(first, cst.Lambda):
        return first
    if not isinstance(first, cst.Name):
        return None
    named = [one for one in source.all(cst.FunctionDef) if one.name.value == first.value]
    return named[0] if len(named) == 1 else None


def _known(source: Source, function: cst.BaseExpression, line: int) -> bool:
    """Return whether all that a function needs is made above a line."""
    named = [one for one in source.all(cst.FunctionDef) if one.name.value == text_of(function)]
    if named:
        return source.last_line(named[0]) < line
    names = {one.value for one in _all_names(function)}
    made = [one for one in source.all(cst.AssignTarget) if text_of(one.target) in names]
    return all(source.last_line(source.parent(one) or one) < line for one in made)


def _all_names(node: cst.CSTNode) -> Iterator[Any]:
    if isinstance(node, cst.Name):
        yield node
    for child in node.children:
        yield from _all_names(child)


def _at(source: Source, value: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return the part of a chain of methods behind which a map belongs: its own map, or its root.

    `None` where what it begins with is not plain.
    """
    assigned = {text_of(one.target) for one in source.all(cst.AssignTarget)}
    at: cst.BaseExpression = value
    while isinstance(at, cst.Call) and isinstance(at.func, cst.Attribute):
        if at.func.attr.value == "map":
            return at
        owner = at.func.value
        if isinstance(owner, cst.Name) and owner.value in assigned:
            return owner
        if not any(isinstance(one, cst.Call) for one in _parts(owner)):
            return at  # a function of a module, which makes it
        at = owner
    return at if isinstance(at, cst.Name | cst.Call) else None


def _parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _parts(child)
