"""Write what Keras 1 and 2 had, module by module, from its own releases.

`python -m benchmarks.former_interface ARCHIVE ...`, archives being wheels and source distributions of
Keras; they are read, never imported. It writes `benchmarks/former_interface.txt`: of each module
the public names that it defines or takes from another module of Keras; of each class and function
the arguments that it took in any of the releases; and of each class the names that these had
in Keras 1, as `old=new`, by Keras' own table of them. `benchmarks.former_places` and
`benchmarks.former_names` write from it what `fitdoctor run` gives back, and what it knows Keras 2 by.
"""

from __future__ import annotations

import ast
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

FILE = Path(__file__).with_suffix(".txt")
BACKENDS = {"backend.theano_backend", "backend.cntk_backend"}
"""Of these no script of today can be given anything; what scripts name is `backend` itself."""
Names = dict[str, frozenset[str] | None]
"""Public names -> the arguments of what they name; `None` for what is not called."""


def modules(archive: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules of a release by their path below `keras`, "" for the package itself."""
    for name, data in files(archive):
        parts = PurePosixPath(name).parts
        if "keras" not in parts or not name.endswith(".py"):
            continue
        below = list(parts[parts.index("keras") + 1 :])
        below[-1] = below[-1].removesuffix(".py")
        path = ".".join(part for part in below if part != "__init__")
        if path not in BACKENDS:
            yield path, ast.parse(data)


def files(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a wheel or of a source distribution."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                yield name, wheel.read(name)
        return
    with tarfile.open(archive) as packed:
        for member in packed:
            if (file := packed.extractfile(member)) is not None:
                yield member.name, file.read()


class Release:
    """One release: its modules, and what each of them has."""

    def __init__(self, archive: Path) -> None:
        self._trees = dict(modules(archive))
        self._found: dict[str, Names] = {}

    def names(self) -> dict[str, Names]:
        """Return every module's public names."""
        return {path: self._of(path) for path in sorted(self._trees)}

    def _of(self, path: str) -> Names:
        if path not in self._found:
            found: Names = {}
            self._found[path] = found  # modules that import each other see what is there by then
            for node in _top(self._trees[path].body):
                found |= self._bound(path, node)
            self._found[path] = {n: a for n, a in found.items() if not n.startswith("_")}
        return self._found[path]

    def _bound(self, path: str, node: ast.stmt) -> Names:
        match node:
            case ast.ClassDef(name=name):
                return {name: self._of_class(path, node)}
            case ast.FunctionDef(name=name):
                return {name: frozenset(_arguments(node))}
            case ast.Assign(targets=targets, value=value):
                of: frozenset[str] | None = None
                if isinstance(value, ast.Name):
                    of = self._found[path].get(value.id)
                return {t.id: of for t in targets if isinstance(t, ast.Name)}
            case ast.ImportFrom(names=names):
                return self._taken(path, node, names)
            case _:
                return {}

    def _taken(self, path: str, node: ast.ImportFrom, names: list[ast.alias]) -> Names:
        home = self._home(path, node)
        if home is None:
            return {}
        there = self._of(home) if home in self._trees else {}
        if names[0].name == "*":
            return there
        found: Names = {}
        for one in names:
            below = f"{home}.{one.name}".strip(".")
            if one.name in there or below in self._trees:
                found[one.asname or one.name] = there.get(one.name)
        return found

    def _home(self, path: str, node: ast.ImportFrom) -> str | None:
        """Return the path below `keras` that an import names; `None` for other packages."""
        if not node.level:
            module = node.module or ""
            inside = module == "keras" or module.startswith("keras.")
            return module.removeprefix("keras").strip(".") if inside else None
        is_package = any(other.startswith(f"{path}.") for other in self._trees) or not path
        parts = path.split(".") if path else []
        above = parts[: len(parts) - node.level + (1 if is_package else 0)]
        return ".".join([*above, *([node.module] if node.module else [])])

    def _of_class(self, path: str, node: ast.ClassDef) -> frozenset[str] | None:
        """Return the arguments that making one takes, its parents' among them where it hands them on."""
        for one in node.body:
            if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                return frozenset(_arguments(one))
        for base in node.bases:
            if isinstance(base, ast.Name):
                return self._found[path].get(base.id)
        return None


def renamed(archive: Path) -> dict[str, dict[str, str]]:
    """Return classes -> names that their arguments had in Keras 1 -> those of Keras 2."""
    trees = dict(modules(archive))
    if "legacy.interfaces" not in trees:
        return {}
    tables: dict[str, dict[str, str]] = {}
    for node in trees["legacy.interfaces"].body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=keywords)):
                said = {word.arg: word.value for word in keywords}
                if "conversions" in said:
                    tables[name] = dict(ast.literal_eval(said["conversions"]))
            case _:
                pass
    found: dict[str, dict[str, str]] = {}
    for tree in trees.values():
        for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            for one in (n for n in kind.body if isinstance(n, ast.FunctionDef)):
                for mark in one.decorator_list:
                    if isinstance(mark, ast.Attribute) and mark.attr in tables:
                        name = kind.name if one.name == "__init__" else f"{kind.name}.{one.name}"
                        found[name] = tables[mark.attr]
    return found


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those below `if` and `try` as well."""
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _top(node.body)
            yield from _top([s for h in getattr(node, "handlers", ()) for s in h.body])
            yield from _top(node.orelse)
        else:
            yield node


def _arguments(node: ast.FunctionDef) -> Iterator[str]:
    given = node.args
    for one in [*given.posonlyargs, *given.args, *given.kwonlyargs]:
        if one.arg != "self":
            yield one.arg
    yield from _from_keywords(node)


def _from_keywords(node: ast.FunctionDef) -> Iterator[str]:
    """Yield what a function takes out of its `**kwargs` by name."""
    keywords = node.args.kwarg.arg if node.args.kwarg else None
    for one in ast.walk(node):
        match one:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="pop" | "get"),
                args=[ast.Constant(value=str(word)), *_],
            ) if name == keywords:
                yield word
            case ast.Compare(
                left=ast.Constant(value=str(word)), ops=[ast.In()], comparators=[ast.Name(id=name)]
            ) if name == keywords:
                yield word
            case _:
                pass


def union(archives: list[Path]) -> dict[str, Names]:
    """Return the modules, names and arguments of several releases as those of one."""
    found: dict[str, Names] = {}
    for archive in archives:
        for path, names in Release(archive).names().items():
            here = found.setdefault(path, {})
            for name, arguments in names.items():
                before = here.get(name)
                both = (before or frozenset()) | (arguments or frozenset())
                here[name] = both if before is not None or arguments is not None else None
    return found


def main() -> None:
    old_names: dict[str, dict[str, str]] = {}
    for archive in sys.argv[1:]:
        for name, names in renamed(Path(archive)).items():
            old_names.setdefault(name, {}).update(names)
    lines = [
        f"{name}: " + " ".join(f"{old}={new}" for old, new in sorted(names.items()))
        for name, names in sorted(old_names.items())
        if names
    ]
    for path, names in sorted(union([Path(one) for one in sys.argv[1:]]).items()):
        lines.append(f"[{path}]")
        for name, arguments in sorted(names.items()):
            said = "" if arguments is None else f"({' '.join(sorted(arguments))})"
            lines.append(f"{name}{said}")
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
