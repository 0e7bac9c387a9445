"""The catalogue: its rows agree with each other, and its names stand nowhere else."""

import ast
import re
from pathlib import Path

import pytest

import fitdoctor
from fitdoctor.catalogue import backbones

SOURCE = Path(fitdoctor.__file__).parent
ALLOWED = {
    "stories": "recipes of trainings that people asked about",
    "training/squeezenet.py": "the network that is built here",
    "rules/attribute_misspelt.py": "scripts that are its cases",
}
"""Where names of backbones may stand, and why. Pages and cases of rules may as well: they are
examples, which no behaviour depends on."""
NAMES = re.compile(
    "|".join(
        sorted({re.sub(r"V\d$", "", f.name) for f in backbones.FAMILIES}, key=len, reverse=True)
    ),
    re.IGNORECASE,
)


def strings(tree):
    """Yield the texts of a module that are neither documentation nor an example of a rule."""
    left = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left.add(node.value)
        if isinstance(node, ast.keyword) and node.arg in {"sick", "healthy", "advice"}:
            left |= set(ast.walk(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left:
            yield node.lineno, node.value


def outside():
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(("catalogue/", *ALLOWED)):
            yield path, name


def named(text):
    """Return the backbones that a text names as a word of their own."""
    return [m[0] for m in NAMES.finditer(text) if not _is_of_another_word(text, m)]


def _is_of_another_word(text, found):
    before, after = text[: found.start()], text[found.end() :]
    return bool(re.search(r"[A-Za-z]$", before)) or bool(re.match(r"[a-z]", after))


@pytest.mark.parametrize(("path", "name"), list(outside()), ids=lambda x: str(x)[-40:])
def test_no_backbone_is_named_outside_the_catalogue(path, name):
    found = [
        f"{name}:{line}: {words}"
        for line, text in strings(ast.parse(path.read_text()))
        if (words := named(text))
    ]
    assert found == []
