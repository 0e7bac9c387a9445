"""Functions called by another name, names imported, and objects made a second time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from fitdoctor.mending.source import NotPlainError, Source, text_of
from fitdoctor.records.change import Import, Rename, Twin


def texts(source: Source, edit: Rename | Import | Twin) -> Iterator[str]:
    """Yield the text with another name in it, or an object more."""
    if isinstance(edit, Rename):
        return renamed(source, edit)
    return imported(source, edit) if isinstance(edit, Import) else doubled(source, edit)


def renamed(source: Source, edit: Rename) -> Iterator[str]:
    """Yield the text in which another function of the same module is called, or is given."""
    for node in source.all(cst.Attribute):
        if _here(source, node, edit) and node.attr.value == edit.old:
            yield source.with_(node, node.with_changes(attr=cst.Name(edit.new)))
    aliases = {text_of(a.name): a for a in source.all(cst.ImportAlias)}
    for name in source.all(cst.Name):
        plain = not isinstance(source.parent(name), cst.Attribute | cst.ImportAlias)
        if plain and _here(source, name, edit) and name.value == edit.old:
            if edit.new not in aliases:
                raise NotPlainError(f"{edit.new} is not imported")
            yield source.with_(name, cst.Name(edit.new))


def _here(source: Source, node: cst.CSTNode, edit: Rename) -> bool:
    return edit.line in {0, source.line(node)}


ROOTS = ("tensorflow.keras", "tf_keras", "keras")


def imported(source: Source, edit: Import) -> Iterator[str]:
    """Yield the text in which a name is imported from a module of the library."""
    root = _root(source)
    if not root:
        raise NotPlainError("where the library is imported from is not shown")
    module = f"{root}.{edit.module}"
    for statement in source.all(cst.ImportFrom):
        if isinstance(statement.names, cst.ImportStar):
            continue
        named = [text_of(alias.name) for alias in statement.names]
        if edit.name not in named:
            continue
        if _module(statement) == module or _module(statement).endswith(f".{edit.module}"):
            yield source.module.code  # as it is wanted
            return
        if len(named) > 1 or statement.names[0].asname is not None:
            raise NotPlainError(f"{edit.name} is imported from another module, beside other names")
        new = cst.parse_expression(module)
        yield source.with_(statement, statement.with_changes(module=new))
        return
    line = cst.parse_statement(f"from {module} import {edit.name}")
    body: list[Any] = list(source.module.body)
    at = max((i for i, one in enumerate(body) if _imports(one)), default=-1)
    body.insert(at + 1, line)
    yield source.module.with_changes(body=body).code


def _root(source: Source) -> str:
    modules = [_module(statement) for statement in source.all(cst.ImportFrom)]
    modules += [text_of(alias.name) for alias in source.all(cst.ImportAlias)]
    if "tensorflow" in modules and not any(m.startswith(("keras", "tf_keras")) for m in modules):
        return "tensorflow.keras"
    return next((r for r in ROOTS for m in modules if m == r or m.startswith(f"{r}.")), "")


def _module(statement: cst.ImportFrom) -> str:
    return text_of(statement.module) if statement.module is not None else ""


def _imports(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], cst.Import | cst.ImportFrom
    )


def doubled(source: Source, edit: Twin) -> Iterator[str]:
    """Yield the text with a second object beside one, in its place on one line."""
    for made in source.calls(edit.line, edit.calls):
        statement = source.parent(made)
        target = statement.targets[0].target if isinstance(statement, cst.Assign) else None
        line = source.around(made, cst.SimpleStatementLine)
        block = source.block_of(line) if line is not None and len(line.body) == 1 else None
        if (
            not isinstance(target, cst.Name)
            or block is None
            or not isinstance(statement, cst.Assign)
        ):
            raise NotPlainError("the object has no name of its own")
        name = target.value + edit.suffix
        for call in source.all(cst.Call):
            func = call.func
            of_it = isinstance(func, cst.Attribute) and text_of(func.value) == target.value
            if source.line(call) == edit.used and of_it:
                other = source.with_(func, func.with_changes(value=cst.Name(name)))
                code = f"{name} = {text_of(_less(made, edit.without))}\n"
                yield _behind(Source(other), edit.line, code)


def _less(made: cst.Call, without: tuple[str, ...]) -> cst.Call:
    """Return a call on one line, without some of its arguments."""
    kept = [a for a in made.args if a.keyword is None or a.keyword.value not in without]
    bare = cst.SimpleWhitespace("")
    if kept:
        last = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=bare)
        kept = [*kept[:-1], last]
    return made.with_changes(args=[_on_a_line(a) for a in kept], whitespace_before_args=bare)


def _on_a_line(arg: cst.Arg) -> cst.Arg:
    last = isinstance(arg.comma, cst.MaybeSentinel)
    comma = arg.comma if last else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return arg.with_changes(comma=comma, whitespace_after_arg=cst.SimpleWhitespace(""))


def _behind(source: Source, line: int, code: str) -> str:
    anchor = source.statement(line)
    block = source.block_of(anchor) if anchor is not None else None
    if anchor is None or block is None:
        raise NotPlainError("several statements share its line")
    body: list[Any] = list(block.body)
    at = body.index(anchor)
    body[at + 1 : at + 1] = cst.parse_module(code).body
    return source.with_block(block, body)
