"""A script and the modules of its own that it imports, as one text in the order in which they run.

`from data import load` finds `data.py` beside the script. Each module stands before what imports
it, line by line as it was written: imports of such modules are taken out, `data.load` becomes
`load`, and a name that two files have is told apart. Nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Final, NamedTuple

from fitdoctor.code.parse import parse_whole

MOST_MODULES, MOST_LINES = 40, 6_000
"""So much of a program is read; what goes beyond it stays an import."""
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Find = Callable[[str, int, str], tuple[str, str] | None]
"""(path of the file that imports, dots before the name, name with dots) -> the path and the text of
the module; `None` where none is there."""


class Linked(NamedTuple):
    """A program as one text."""

    text: str
    files: tuple[tuple[int, str], ...]
    """The line on which each file begins, and its path; the script is the last."""


def linked(path: str, text: str, find: Find) -> Linked | None:
    """Return a script with the modules that it imports; `None` where it imports none of its own."""
    program = _Program(find)
    script = program.take(path, text)
    if script is None or len(program.order) < 2:
        return None
    script.own |= {name for s in script.tree.body if isinstance(s, ast.If) and _is_main(s)
                   for name in _bound(s.body)}  # fmt: skip
    program.name_apart(script)
    parts, files, at = list[str](), list[tuple[int, str]](), 1
    for file in program.order:
        part = program.rewritten(file, is_script=file is script)
        files.append((at, file.path))
        parts.append(part)
        at += part.count("\n") + 1
    return Linked("\n".join(parts), tuple(files))


class _File:
    """A file of a program: its tree, what it imports from others, and its own names."""

    def __init__(self, path: str, text: str, tree: ast.Module) -> None:
        self.path, self.text, self.tree = path, text, tree
        self.modules: dict[str, _File] = {}
        """As it is written, with dots -> a module that is imported as a whole."""
        self.taken: dict[str, tuple[_File, str]] = {}
        """Name here -> the module it is from, and its name there."""
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self.own = set(_bound(tree.body))
        self.called: dict[str, str] = {}
        """Own name -> what it is called in the whole, where that is another."""


class _Program:
    """The files of a script, each behind those that it imports."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._files: dict[str, _File | None] = {}
        self._lines = 0
        self.order: list[_File] = []

    def take(self, path: str, text: str) -> _File | None:
        """Return a file, with what it imports before it; `None` where it is not to be had."""
        if path in self._files:
            return self._files[path]
        tree = parse_whole(text)
        self._lines += text.count("\n")
        if tree is None or len(self._files) >= MOST_MODULES or self._lines > MOST_LINES:
            self._files[path] = None
            return None
        file = self._files[path] = _File(path, text, tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(file, node)
            elif isinstance(node, ast.ImportFrom):
                self._import_from(file, node)
        self.order.append(file)
        return file

    def _module(self, file: _File, dots: int, name: str) -> _File | None:
        found = self._find(file.path, dots, name)
        return self.take(*found) if found is not None and found[0] != file.path else None

    def _import(self, file: _File, node: ast.Import) -> None:
        for alias in node.names:
            if (module := self._module(file, 0, alias.name)) is not None:
                file.modules[alias.asname or alias.name] = module
                file.imports.append(node)

    def _import_from(self, file: _File, node: ast.ImportFrom) -> None:
        package = node.module or ""
        module = self._module(file, node.level, package)
        for alias in node.names:
            name = alias.asname or alias.name
            if alias.name == "*" and module is not None:
                file.taken |= {own: (module, own) for own in (*module.own, *module.taken)}
                file.imports.append(node)
                continue
            of_module = module is not None and (
                alias.name in module.own or alias.name in module.taken
            )
            full = f"{package}.{alias.name}" if package else alias.name
            inner = None if of_module else self._module(file, node.level, full)
            if inner is not None:
                file.modules[name] = inner
            elif module is not None:
                file.taken[name] = (module, alias.name)
            if inner is not None or module is not None:
                file.imports.append(node)

    def name_apart(self, script: _File) -> None:
        """Give names that several files bind another one in each but the script."""
        used = {n.id for f in self.order for n in ast.walk(f.tree) if isinstance(n, ast.Name)}
        owners: dict[str, _File] = dict.fromkeys(script.own | set(script.taken), script)
        for name, (module, there) in script.taken.items():
            # What the script imports keeps its name where nothing else has it.
            if name == there and name not in script.own:
                owners[name] = self._origin(module, there)[0]
        for file in self.order:
            for name in sorted(file.own):
                if owners.setdefault(name, file) is file:
                    continue
                stem = re.sub(r"\W", "_", PurePath(file.path).stem)
                other = f"{name}_of_{stem}"
                while other in used:
                    other += "_"
                used.add(other)
                file.called[name] = other

    def _origin(self, file: _File, name: str) -> tuple[_File, str]:
        """Return the file that binds a name, through those that only hand it on, and its name."""
        for _ in range(MOST_MODULES):
            if name in file.own or name not in file.taken:
                break
            file, name = file.taken[name]
        return file, name

    def called(self, file: _File, name: str) -> str:
        """Return what a name of a file is called in the whole."""
        origin, there = self._origin(file, name)
        return origin.called.get(there, there)

    def rewritten(self, file: _File, *, is_script: bool) -> str:
        """Return a file as it stands in the whole, with as many lines as it has."""
        edits = _Edits(file.text)
        for node in dict.fromkeys(file.imports):
            edits.put(node, self._instead(file, node))
        if not is_script:
            for statement in file.tree.body:
                if _is_main(statement):
                    edits.put(statement, "pass")
        _Renaming(self, file, edits).run()
        return edits.text()

    def _instead(self, file: _File, node: ast.Import | ast.ImportFrom) -> str:
        """Return what takes the place of an import: names that differ, and what is of others."""
        kept, given = list[ast.alias](), list[str]()
        for alias in node.names:
            name = alias.asname or alias.name
            if name in file.modules:
                continue
            if isinstance(node, ast.ImportFrom) and name in file.taken:
                here = self.called(file, name)
                if here != name and name not in file.called:
                    given.append(f"{name} = {here}")
            elif alias.name != "*":
                kept.append(alias)
        if kept:
            names = ast.Import(kept) if isinstance(node, ast.Import) else ast.ImportFrom(
                node.module, kept, node.level)  # fmt: skip
            given.append(ast.unparse(names))
        return "; ".join(given) or "pass"


class _Renaming:
    """Names of a file that are others in the whole, by scopes."""

    def __init__(self, program: _Program, file: _File, edits: _Edits) -> None:
        self._program, self._file, self._edits = program, file, edits

    def run(self) -> None:
        if self._file.called or self._file.modules:
            for name, node in _defined(self._file.tree.body):
                if other := self._file.called.get(name):
                    self._edits.rename_defined(node, name, other)
            self._visit(self._file.tree, frozenset())

    def _visit(self, node: ast.AST, hidden: frozenset[str]) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                return
            case ast.Name(id=name):
                if name not in hidden and (other := self._file.called.get(name)):
                    self._edits.put(node, other)
                return
            case ast.Attribute(value=value, attr=attr) if module := self._of(value, hidden):
                if attr in module.own or attr in module.taken:
                    self._edits.put(node, self._program.called(module, attr))
                    return
            case ast.Global(names=names):
                for name in names:
                    if other := self._file.called.get(name):
                        self._edits.rename_in_line(node, name, other)
                return
            case ast.ClassDef():
                inner = hidden | set(_bound(node.body))
                for child in ast.iter_child_nodes(node):
                    own = not isinstance(child, _FUNCTIONS) and child in node.body
                    self._visit(child, inner if own else hidden)
                return
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                body = node.body if isinstance(node.body, list) else [node.body]
                for child in (
                    *ast.iter_child_nodes(node.args),
                    *getattr(node, "decorator_list", ()),
                ):
                    self._visit(child, hidden)  # what arguments default to is of the outer scope
                for child in body:
                    self._visit(child, hidden | _locals(node))
                return
            case _ if isinstance(node, _COMPREHENSIONS):
                hidden |= _locals(node)
        for child in ast.iter_child_nodes(node):
            self._visit(child, hidden)

    def _of(self, value: ast.expr, hidden: frozenset[str]) -> _File | None:
        """Return the module that an expression names, as it was imported."""
        if not isinstance(value, (ast.Name, ast.Attribute)) or not self._file.modules:
            return None
        written = ast.unparse(value)
        return None if written.partition(".")[0] in hidden else self._file.modules.get(written)


class _Edits:
    """Changes of a text at places of its syntax tree, which count columns in bytes."""

    def __init__(self, text: str) -> None:
        self._lines = [line.encode() for line in text.split("\n")]
        self._changes: list[tuple[int, int, int, int, str]] = []

    def put(self, node: ast.stmt | ast.expr, text: str) -> None:
        end = node.end_lineno or node.lineno
        self._changes.append((node.lineno, node.col_offset, end, node.end_col_offset or 0, text))

    def rename_defined(self, node: ast.stmt, name: str, other: str) -> None:
        """Rename a function or class where it is defined."""
        line = self._lines[node.lineno - 1]
        pattern = rb"\s*(?:async\s+)?(?:def|class)\s+(" + re.escape(name.encode()) + rb")\b"
        if found := re.compile(pattern).match(line, node.col_offset):
            self._changes.append((node.lineno, found.start(1), node.lineno, found.end(1), other))

    def rename_in_line(self, node: ast.stmt, name: str, other: str) -> None:
        pattern = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
        if found := pattern.search(self._lines[node.lineno - 1], node.col_offset):
            self._changes.append((node.lineno, found.start(), node.lineno, found.end(), other))

    def text(self) -> str:
        """Return the changed text; a change of several lines leaves the others empty."""
        lines = list(self._lines)
        done: tuple[int, int] = (len(lines) + 1, 0)
        for first, begin, last, end, text in sorted(self._changes, reverse=True):
            if (last, end) > done:
                continue  # it holds a change that was made already
            behind = lines[last - 1][end:]
            lines[first - 1] = lines[first - 1][:begin] + text.encode() + behind
            lines[first:last] = [b""] * (last - first)
            done = (first, begin)
        return b"\n".join(lines).decode()


def _bound(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind in their own scope; not what they import."""
    for node in _in_scope(body):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                yield name


def _in_scope(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes of statements, none of those within functions, classes and comprehensions."""
    waiting: list[ast.AST] = [s for s in reversed(body) if not _is_main(s)]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


def _defined(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for node in _in_scope(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node


def _locals(node: ast.AST) -> set[str]:
    """Return the names that a function or comprehension binds for itself."""
    found = set[str]()
    if isinstance(node, _FUNCTIONS):
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        found |= {a.arg for a in (*every, arguments.vararg, arguments.kwarg) if a is not None}
        body = [] if isinstance(node, ast.Lambda) else node.body
        found |= set(_bound(body))
        for inner in _in_scope(body):
            if isinstance(inner, ast.Global):
                found -= set(inner.names)
    elif isinstance(node, _COMPREHENSIONS):
        for part in node.generators:
            targets = (n for n in ast.walk(part.target) if isinstance(n, ast.Name))
            found |= {n.id for n in targets}
    return found


def _is_main(statement: ast.stmt) -> bool:
    """Return whether this is what a file does only where it is the script."""
    return isinstance(statement, ast.If) and ast.unparse(statement.test).replace('"', "'") in {
        "__name__ == '__main__'",
        "'__main__' == __name__",
    }
