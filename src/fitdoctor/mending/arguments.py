"""Where the value of an argument can be changed: in the call, or where its name gets its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import libcst as cst

from fitdoctor.catalogue.signatures import DATA
from fitdoctor.mending.source import NotPlainError, Source, last_name
from fitdoctor.records.change import Argument

MOST_STEPS = 6
"""Names that stand for names, followed to where a value is written."""


def texts(source: Source, edit: Argument) -> Iterator[str]:
    """Yield the text with the argument changed, once for each place where that can be done.

    The place at which the value is written comes first, the call itself last.
    """
    for call in source.calls(edit.line, edit.calls):
        yield from _in_call(source, call, edit)


def _in_call(source: Source, call: cst.Call, edit: Argument) -> Iterator[str]:
    given = find(call, edit.names, edit.position)
    if given is None:
        yield from _in_star(source, call, edit)
    elif edit.remove:
        yield from _without(source, call, given)
    else:
        yield from _written(source, given.value, edit, 0)


def find(call: cst.Call, names: Sequence[str], position: int | None) -> cst.Arg | None:
    """Return the argument of one of these names, or at this position.

    Where no position is told, the signature of the library's function tells it.
    """
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value in names:
            return arg
    plain = [arg for arg in call.args if arg.keyword is None and arg.star != "**"]
    if position is None:
        signature = DATA.get(last_name(call.func), ())
        position = next((at for at, name in enumerate(signature) if name in names), None)
    if position is None or any(arg.star for arg in plain) or position >= len(plain):
        return None
    return plain[position]


def _in_star(source: Source, call: cst.Call, edit: Argument) -> Iterator[str]:
    """Yield the text with an entry of `**settings` changed, or else an argument more."""
    starred = [arg for arg in call.args if arg.star == "**"]
    for arg in starred:
        for entry in _entries(source, arg.value, edit.names):
            if edit.remove:
                yield from _without_entry(source, entry)
            elif isinstance(entry, cst.Arg | cst.DictElement):
                yield from _written(source, entry.value, edit, 0)
    if edit.remove or any(arg.star == "*" for arg in call.args):
        return
    yield source.with_(call, with_argument(call, edit.names[0], literal(edit, source)))


def _entries(
    source: Source, value: cst.BaseExpression, names: Sequence[str]
) -> Iterator[cst.Arg | cst.DictElement]:
    """Yield the entries of these names of a dictionary that is written out."""
    if isinstance(value, cst.Name):
        written = _only_value(source, value.value)
        value = written if written is not None else value
    if isinstance(value, cst.Call) and last_name(value.func) == "dict":
        yield from (a for a in value.args if a.keyword is not None and a.keyword.value in names)
    if isinstance(value, cst.Dict):
        for element in value.elements:
            if isinstance(element, cst.DictElement) and _string(element.key) in names:
                yield element


def _without_entry(source: Source, entry: cst.Arg | cst.DictElement) -> Iterator[str]:
    parent = source.parent(entry)
    if isinstance(entry, cst.Arg) and isinstance(parent, cst.Call):
        yield from _without(source, parent, entry)
    elif isinstance(parent, cst.Dict):
        rest = without_element(
            parent.elements, parent.elements.index(cast("cst.DictElement", entry))
        )
        yield source.with_(parent, parent.with_changes(elements=rest))


def _string(node: cst.BaseExpression) -> str:
    return str(node.evaluated_value) if isinstance(node, cst.SimpleString) else ""


def _written(
    source: Source, place: cst.BaseExpression, edit: Argument, steps: int
) -> Iterator[str]:
    """Yield the text with the value changed at the end of the names that lead to it, or here."""
    here = source.with_(place, literal(edit, source, place))
    last = steps >= MOST_STEPS
    if isinstance(place, cst.Name) and not last:
        alone = _reads(source, place.value) == 1
        if not alone:
            yield here
        written = _only_value(source, place.value)
        if written is not None:
            yield from _written(source, written, edit, steps + 1)
        yield from _parameter(source, place, edit, steps)
        if alone:
            yield here
        return
    if isinstance(place, cst.Subscript) and not last and (key := _key(place)):
        for entry in _entries(source, place.value, [key]):
            yield from _written(source, entry.value, edit, steps + 1)
    if isinstance(place, cst.Attribute) and not last:
        for value in _settings(source, place.attr.value):
            yield from _written(source, value, edit, steps + 1)
    yield here


def _key(place: cst.Subscript) -> str:
    index = place.slice[0].slice if len(place.slice) == 1 else None
    return _string(index.value) if isinstance(index, cst.Index) else ""


def _settings(source: Source, name: str) -> Iterator[cst.BaseExpression]:
    """Yield the default of an option of the command line, or what a class sets under a name."""
    for call in source.all(cst.Call):
        if last_name(call.func) == "add_argument":
            flags = {_string(a.value).lstrip("-").replace("-", "_") for a in call.args}
            default = find(call, ["default"], None)
            if name in flags and default is not None:
                yield default.value
    for statement in source.all(cst.Assign):
        target = statement.targets[0].target
        in_class = isinstance(source.around(statement, cst.FunctionDef, cst.ClassDef), cst.ClassDef)
        own = isinstance(target, cst.Attribute) and target.attr.value == name
        if own or (in_class and isinstance(target, cst.Name) and target.value == name):
            yield statement.value


def _only_value(source: Source, name: str) -> cst.BaseExpression | None:
    """Return what a name stands for, if one plain assignment is all that gives it a value."""
    values: list[cst.BaseExpression | None] = []
    for target in source.all(cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.CompFor,
                             cst.For, cst.Param, cst.NamedExpr):  # fmt: skip
        if isinstance(target, cst.Param):
            named = [target.name.value]
        else:
            named = [n.value for n in _names(target.target)]
        if name not in named:
            continue
        statement = source.parent(target)
        plain = isinstance(target, cst.AssignTarget) and isinstance(target.target, cst.Name)
        if plain and isinstance(statement, cst.Assign) and len(statement.targets) == 1:
            values.append(statement.value)
        else:
            values.append(target.value if isinstance(target, cst.AnnAssign) else None)
    return values[0] if len(values) == 1 else None


def _names(node: cst.CSTNode) -> Iterator[cst.Name]:
    if isinstance(node, cst.Name):
        yield node
    elif isinstance(node, cst.Tuple | cst.List | cst.Element | cst.StarredElement):
        for child in node.children:
            yield from _names(child)


def _reads(source: Source, name: str) -> int:
    """Return how often a name is written elsewhere than where it gets a value."""
    count = 0
    for node in source.all(cst.Name):
        parent = source.parent(node)
        stored = isinstance(parent, cst.AssignTarget | cst.Param | cst.AnnAssign)
        other = isinstance(parent, cst.Attribute) and parent.attr is node
        keyword = isinstance(parent, cst.Arg) and parent.keyword is node
        count += node.value == name and not (stored or other or keyword)
    return count


def _parameter(source: Source, place: cst.Name, edit: Argument, steps: int) -> Iterator[str]:
    """Yield the text changed where a function is called with what its parameter stands for."""
    function = source.around(place, cst.FunctionDef)
    if function is None:
        return
    params = [p.name.value for p in (*function.params.params, *function.params.kwonly_params)]
    if place.value not in params:
        return
    at = params.index(place.value)
    every = (*function.params.params, *function.params.kwonly_params)
    default = every[at].default
    if default is not None:
        yield from _written(source, default, edit, MOST_STEPS)
    method = bool(params) and params[0] in {"self", "cls"}
    for call in source.all(cst.Call):
        if last_name(call.func) == function.name.value:
            given = find(call, [place.value], at - method)
            if given is not None:
                yield from _written(source, given.value, edit, steps + 1)
            elif not any(arg.star for arg in call.args):
                new = with_argument(call, place.value, literal(edit, source))
                yield source.with_(call, new)


def literal(
    edit: Argument, source: Source, before: cst.BaseExpression | None = None
) -> cst.BaseExpression:
    """Return the new value as it is written, with the quotation marks of what stood there."""
    if edit.copied is not None:
        line, name, keyword = edit.copied
        for call in source.calls(line, (name,)):
            given = find(call, (keyword,), None)
            if given is not None:
                return given.value
        raise NotPlainError("what is to be given stands in no call of its own")
    if edit.source:
        return cst.parse_expression(edit.source)
    if isinstance(edit.value, str):
        old = before if isinstance(before, cst.SimpleString) else None
        mark = old.quote[0] if old is not None else _usual_mark(source)
        return cst.SimpleString(f"{mark}{edit.value}{mark}")
    if isinstance(edit.value, float) and not isinstance(edit.value, bool):
        return cst.parse_expression(f"{edit.value:g}")
    return cst.parse_expression(repr(edit.value))


def _usual_mark(source: Source) -> str:
    marks = [node.quote for node in source.all(cst.SimpleString)]
    return "'" if marks.count("'") > marks.count('"') else '"'


def with_argument(call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    """Return a call with one more argument, laid out like those before it."""
    args = list(call.args)
    named = [a for a in args if a.keyword is not None]
    equal = named[-1].equal if named else cst.AssignEqual(
        whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace("")
    )  # fmt: skip
    new = cst.Arg(keyword=cst.Name(name), value=value, equal=equal)
    if not args:
        return call.with_changes(args=[new])
    last = args[-1]
    between = args[-2].comma if len(args) > 1 else cst.Comma(
        whitespace_after=call.whitespace_before_args
        if isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace)
        else cst.SimpleWhitespace(" ")
    )  # fmt: skip
    new = new.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    args[-1] = last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace(""))
    starred = last.star == "**"
    if starred:  # what is named twice must not come behind what a dictionary gives
        args[-1] = args[-1].with_changes(comma=between)
    return call.with_changes(args=[*args, new])


def _without(source: Source, call: cst.Call, given: cst.Arg) -> Iterator[str]:
    at = call.args.index(given)
    behind = call.args[at + 1 :]
    if given.keyword is None and any(a.keyword is None for a in behind):
        yield source.with_(given.value, cst.Name("None"))
        return
    args = list(call.args)
    if at and at == len(args) - 1:
        args[at - 1] = args[at - 1].with_changes(
            comma=given.comma, whitespace_after_arg=given.whitespace_after_arg
        )
    del args[at]
    yield source.with_(call, call.with_changes(args=args))


def without_element(elements: Sequence[cst.CSTNode], at: int) -> list[cst.CSTNode]:
    """Return the elements of a list or arguments of a call without one, commas put right."""
    rest = list(elements)
    if at and at == len(rest) - 1:
        gone = rest[at]
        before = rest[at - 1].with_changes(comma=gone.comma)
        if isinstance(gone, cst.Arg):
            before = before.with_changes(whitespace_after_arg=gone.whitespace_after_arg)
        rest[at - 1] = before
    del rest[at]
    return rest
