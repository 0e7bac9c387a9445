"""Giving names that went away back to a script, and to nobody else.

A library that asks whether another one has a name must hear what it would hear without us: names
come back for the script and the modules beside it alone, and only where the library has none.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from fitdoctor.observe.former import python2
from fitdoctor.observe.former.tables import (
    ARGUMENTS,
    HOMES,
    METHODS,
    MODULES,
    NAMES,
    OF_PYTHON_2,
    PARTS,
)
from fitdoctor.observe.hook import AfterImport
from fitdoctor.observe.keras2.places import PLACES

used: dict[str, str] = {}
"""Names that were given back -> what stands for them."""
_INSTEAD = re.compile(r"Use `n(?:um)?p\.(\w+)` instead\.")
_OWN = re.compile(r" \(now fitdoctor[^)]*\)")
_MISSING = object()
OF_KERAS = ("tf_keras.api._v2.keras", "tf_keras.api._v1.keras", "tf_keras")
"""Packages that are Keras 2, the inner ones first."""


def install(script: str) -> None:
    """Give a script the names that it asks for from now on."""
    folder = str(Path(script).resolve().parent)
    for name in {*NAMES, *HOMES}:
        module = sys.modules.get(name)
        if module is not None:
            _answer(module, folder)
        else:
            sys.meta_path.insert(0, AfterImport(name, lambda m, f=folder: _answer(m, f)))  # type: ignore[misc]
    for name in {name.rpartition(".")[0] for name in (*ARGUMENTS, *METHODS)}:
        sys.meta_path.insert(0, AfterImport(name, _of_classes))
    for name in OF_KERAS:
        sys.meta_path.insert(0, AfterImport(name, lambda m, f=folder: _answer_below(m, f)))  # type: ignore[misc]
    sys.meta_path.append(Moved(folder))  # behind all others: for what nobody else finds


def said() -> str:
    """Return in one line what was given back; "" where that is nothing."""
    if not used:
        return ""
    told = [f"{name} (now {place.replace(':', '.')})" for name, place in used.items()]
    told = [one.replace("tf_keras", "keras").replace("._api.v2", "") for one in told]
    told = [_OWN.sub("", one).replace("(now builtins.", "(now ") for one in told]
    return f"names of older libraries were given back to the script: {', '.join(told)}"


def asked_by(script: str) -> Callable[[FrameType | None], bool]:
    """Return what tells whether a frame is code of a script, or of a module beside it."""
    folder = str(Path(script).resolve().parent)
    return lambda frame: _ours(frame, folder)


def asking(frame: FrameType | None) -> FrameType | None:
    """Return the frame that asks, whatever machinery of imports is in between."""
    while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
        frame = frame.f_back
    return frame


def _tries(frame: FrameType | None) -> bool:
    """Return whether the line that asks stands in a `try`."""
    if frame is None:
        return False
    try:
        text = Path(frame.f_code.co_filename).read_bytes()
        tree = ast.parse(python2.translated(text) or text)
    except (OSError, SyntaxError, ValueError):
        return True
    tried = [one for node in ast.walk(tree) if isinstance(node, ast.Try) for one in node.body]
    return any(one.lineno <= frame.f_lineno <= (one.end_lineno or 0) for one in tried)


def _ours(frame: FrameType | None, folder: str) -> bool:
    """Return whether code of the script's folder asks."""
    frame = asking(frame)
    if frame is None:
        return False
    path = frame.f_code.co_filename
    main = getattr(sys.modules["__main__"], "__file__", None)
    return path == main or (path.startswith(folder) and not path.startswith(sys.prefix))


_starred: set[tuple[CodeType, int] | None] = set()
"""Where a script takes all names of a module."""


def _line(frame: FrameType | None) -> tuple[CodeType, int] | None:
    """Return the line of a script that asks."""
    frame = asking(frame)
    return None if frame is None else (frame.f_code, frame.f_lineno)


def _all(module: ModuleType) -> list[str]:
    """Return what `import *` gave of a module of Keras; nothing of others."""
    below = _below_keras(module.__name__)
    if below is None or below not in PLACES:
        return []
    names = [name for name in vars(module) if not name.startswith("_")]
    return [*names, *(n for n in PLACES[below] if former(module.__name__, n)[1] is not _MISSING)]


def stand_in_for(name: str, script: str) -> ModuleType:
    """Return a module that nothing stands for any more, with the names that it had."""
    module = ModuleType(name)
    module.__path__ = []
    _answer(module, str(Path(script).resolve().parent))
    return module


def _answer_below(package: ModuleType, folder: str) -> None:
    """Let the modules of a package that is Keras have the names that they had."""
    for path in PLACES:
        module = sys.modules.get(f"{package.__name__}.{path}".rstrip("."))
        if module is not None:
            _answer(module, folder)


def _answer(module: ModuleType, folder: str) -> None:
    """Let a module have the names that it had, where the script asks."""
    before: Callable[[str], Any] | None = vars(module).get("__getattr__")

    def __getattr__(name: str) -> Any:  # noqa: N807 - what Python asks for
        try:
            if before is None:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            return before(name)
        except (AttributeError, ImportError):  # scikit-learn says of some names why they went
            asks = sys._getframe(1)  # noqa: SLF001
            if not _ours(asks, folder) or (name.startswith("__") and name != "__all__"):
                raise
            if name == "__all__" and (all_of := _all(module)):
                _starred.add(_line(asks))
                return all_of
            place, found = former(module.__name__, name)
            if found is _MISSING:
                raise
        if _line(asks) not in _starred:  # of all names few are meant
            used[f"{module.__name__}.{name}"] = place
        return found

    module.__getattr__ = __getattr__  # type: ignore[method-assign]
    now, _ = PARTS.get(module.__name__, ("", ""))
    for part in [*vars(module).values()] if now else ():
        # Those of other kinds are loaded where they are asked for their name.
        if type(part) is ModuleType and part.__name__.rpartition(".")[0] == now:
            _answer(part, folder)


def _of_classes(module: ModuleType) -> None:
    """Let classes take arguments by the names that they had, and have their methods of then."""
    for name, words in ARGUMENTS.items():
        home, _, kind = name.rpartition(".")
        if home == module.__name__ and hasattr(module, kind):
            _renaming(getattr(module, kind), words)
    for name, table in METHODS.items():
        home, _, kind = name.rpartition(".")
        for old, new in table.items() if home == module.__name__ else ():
            if not hasattr(there := getattr(module, kind), old):
                setattr(there, old, getattr(there, new))


def _renaming(kind: Any, table: Mapping[str, str | None]) -> None:
    original = kind.__init__
    known = inspect.signature(original).parameters

    @functools.wraps(original)
    def made(self: Any, /, *given: Any, **named: Any) -> None:
        for old, new in table.items():
            if old in named and old not in known:
                value = named.pop(old)
                used[f"{kind.__name__}({old}=)"] = f"{new}=" if new else "left out"
                if new:
                    named[new] = value
        original(self, *given, **named)

    kind.__init__ = made


def former(module: str, name: str) -> tuple[str, Any]:
    """Return where what a name meant is now, and what is there."""
    below = _below_keras(module)
    table = NAMES.get(module, {}) if below is None else PLACES.get(below, {})
    module = module if below is None else f"tf_keras.{below}".rstrip(".")
    places = [table[name]] if name in table else []
    places += [f"{home}:{name}" for home in HOMES.get(module, ())]
    for now, then in PARTS.values():
        if module.startswith(f"{now}."):
            places.append(f"{then}{module.removeprefix(now)}:{name}")
    if module == "numpy":
        places += _of_numpy().get(name, [])
    for place in places:
        home, _, attribute = place.partition(":")
        try:
            there = importlib.import_module(home)
        except ImportError:
            continue
        found = getattr(there, attribute, _MISSING) if attribute else there
        if found is not _MISSING:
            return place, found
    return "", _MISSING


def _below_keras(module: str) -> str | None:
    """Return the path below Keras of a module that is `tf_keras`, or stands in for one."""
    for root in (*OF_KERAS, "keras"):
        if module == root or module.startswith(f"{root}."):
            return module[len(root) + 1 :]
    return None


def _of_numpy() -> Mapping[str, list[str]]:
    """Return what NumPy itself says of names that it had: builtins, and those of NumPy 1."""
    numpy = sys.modules["numpy"]
    found = {name: [f"builtins:{name}"] for name in getattr(numpy, "__former_attrs__", {})}
    try:
        expired = importlib.import_module("numpy._expired_attrs_2_0").__expired_attributes__
    except (ImportError, AttributeError):
        return found
    for name, said in expired.items():
        if instead := _INSTEAD.fullmatch(said):
            found[name] = [f"numpy:{instead[1]}"]
    return found


class Moved(MetaPathFinder, Loader):
    """Finds modules that went away in those that hold what they held."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol of finders
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        place = MODULES.get(fullname) or OF_PYTHON_2.get(fullname)
        frame = asking(sys._getframe(1))  # noqa: SLF001
        if place is None or not _ours(frame, self._folder):
            return None
        if fullname in OF_PYTHON_2 and _tries(frame):
            return None
        try:
            if importlib.util.find_spec(place) is None:
                return None
        except ModuleNotFoundError:
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        place = MODULES.get(spec.name) or OF_PYTHON_2[spec.name]
        module = importlib.import_module(place)
        used[spec.name] = place
        # The import system sets these on what it is given, which is another module's.
        self._kept = module.__spec__, module.__loader__, module.__package__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__, module.__loader__, module.__package__ = self._kept
