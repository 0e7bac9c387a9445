"""Names of classes that a script lists, against the numbers that readers of folders give them.

`flow_from_directory`, `image_dataset_from_directory` and `ImageFolder` number classes by the names
of their folders, sorted as text: of 1 to 10 the folder `10` is number 1.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from fitdoctor.code.scopes import bindings, last_name

READERS: Final = {
    "image_dataset_from_directory": "class_names", "flow_from_directory": "classes",
    "ImageFolder": "", "DatasetFolder": "",
}  # fmt: skip
"""What numbers class folders by their sorted names, and the argument that says otherwise."""
ORDERED_BY = frozenset(filter(None, READERS.values()))
CHOOSE = frozenset({"argmax", "argsort", "topk", "max"})
LEAST = 3
"""Two names in reverse are as often words for yes and no."""


class Listed(NamedTuple):
    """A list of names that is not in the order of the numbers."""

    name: str
    line: int
    number: int
    """The first one whose name differs."""
    listed: str
    """The name that the list has for it."""
    folder: str
    """The folder that has this number."""
    seen: bool
    """Whether a path of the script has one of the names as that of a folder."""


def listed_in_another_order(tree: ast.Module) -> Listed | None:
    """Return the list of names that is read by what a network predicts, where its order is wrong.

    Names and folders are taken to be the same words; whether a path shows one is told.
    """
    reads = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and last_name(n.func) in READERS]
    if not reads or any(k.arg in ORDERED_BY for call in reads for k in call.keywords):
        return None
    bound = bindings(tree)
    chosen = {name for name in _chosen(tree) if bound[name] == 1}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in chosen:
                names = _names(value)
                folders = sorted(names)
                if len(names) >= LEAST and len(set(names)) == len(names) and names != folders:
                    at = next(n for n, one in enumerate(names) if one != folders[n])
                    seen = bool(_folders(tree) & set(names))
                    return Listed(name, node.lineno, at, names[at], folders[at], seen)
            case _:
                pass
    return None


def _folders(tree: ast.Module) -> set[str]:
    """Return the parts of all paths that a script writes out."""
    texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
    paths = (t for t in texts if isinstance(t, str) and len(t) < 500 and ("/" in t or "\\" in t))
    return {part for path in paths for part in path.replace("\\", "/").split("/")}


def _names(value: ast.expr) -> list[str]:
    """Return the words of a list, or of a dictionary by numbers from 0 on, as texts."""
    if isinstance(value, ast.Dict):
        keys = [k.value if isinstance(k, ast.Constant) else None for k in value.keys]
        given = value.values if keys == list(range(len(keys))) else []
    else:
        given = value.elts if isinstance(value, (ast.List, ast.Tuple)) else []
    words = [v.value for v in given if isinstance(v, ast.Constant)]
    plain = [str(word) for word in words if isinstance(word, (str, int)) and word is not True]
    return plain if len(plain) == len(given) else []


def _chosen(tree: ast.Module) -> Iterator[str]:
    """Yield the names of what is read at a number that a network predicts."""
    numbers = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _predicts(node.value)
        for place in node.targets
        for target in ast.walk(place)
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=at):
                used = {n.id for n in ast.walk(at) if isinstance(n, ast.Name)}
                if _predicts(at) or used & numbers:
                    yield name
            case _:
                pass


def _predicts(value: ast.expr) -> bool:
    """Return whether an expression chooses the likeliest of several."""
    return any(isinstance(n, ast.Call) and last_name(n.func) in CHOOSE for n in ast.walk(value))
