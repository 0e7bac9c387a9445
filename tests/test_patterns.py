"""Every pattern that sees input takes time that grows with the input, not with its square or worse.

All patterns of the package are found, module by module, and each is run on texts made from its own
structure: what stands before a repeat and then what the repeat takes, many times, and an end that
fails it. Text twice as long may take twice as long.
"""

import ast
import contextlib
import importlib
import pkgutil
import random
import re
import signal
import time
from functools import cache
from pathlib import Path
from re import _constants as op
from re import _parser

import pytest

import fitdoctor
from fitdoctor import sources
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.lazy_re import Lazy
from fitdoctor.sources._row import Pattern
from fitdoctor.sources._text import bounded

PACKAGE = Path(fitdoctor.__file__).parent
NO_TEXT = (
    "fitdoctor.__main__", "fitdoctor.images.rows", "fitdoctor.training",
    "fitdoctor.observe.keras2.formerly",  # which needs tf_keras to be imported
)  # fmt: skip
PROSE = (
    "_changes", "_claims", "_described", "_figures", "_handed", "_levels", "_measured", "_outcomes",
    "_frames", "_named", "_parts", "_scores", "_numerals",
    "_prose", "_quantities", "_scope", "_triggers",
)  # fmt: skip
"""Modules of patterns that see prose alone, whose words and gaps are bounded."""
SIZE, LIMIT = 1500, 1.0
FAST = 0.0015
"""Seconds that no pattern whose time grows with the square would keep to."""
GROWTH = 2.9
MOST_MEASURED = 4
"""A pattern with many wide gaps is slow on all that is made for it."""
RUNS = (" ", "0", "a", "A", ",", "[", "(", "\n", "-", ".", "a ", "0 ", "0, ", "1.1 ", "=", "'", '"',
        "0 ,", " \t", "[]", "x=", "я", "损")  # fmt: skip
TASTES = (" 0a,.-(['\"=:/", "0a ,.-(['\"=:/", "a0 ,.-(['\"=:/")
OTHERS = [chr(c) for c in range(33, 127)] + list("\t\r\x1b\u0080éя中│")


@cache
def patterns(name):
    """Return the patterns of a module with where each stands, but for those that it imports."""
    module = importlib.import_module(name)
    tree = ast.parse(Path(module.__file__).read_text())
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    others = {alias.asname or alias.name for node in imports for alias in node.names}
    values = {key: value for key, value in vars(module).items() if key not in others}
    here = [*_of_values(values, name, {id(vars(module))}), *_of_calls(tree, module)]
    return list({(p.pattern, p.flags): (where, p) for where, p in reversed(here)}.values())


def _of_values(values, where, seen):
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(value, re.Pattern | Pattern | Lazy):
            yield f"{where}.{key}", getattr(value, "compiled", value)
        elif id(value) not in seen and (inner := _inside(value)) is not None:
            yield from _of_values(inner, f"{where}.{key}", seen | {id(value)})


def _inside(value):
    if isinstance(value, dict | tuple | list):
        return value
    ours = type(value).__module__.startswith("fitdoctor") and hasattr(value, "__dict__")
    return vars(value) if ours else None


def _of_calls(tree, module):
    """Yield patterns that functions write out where they use them."""
    inside = (n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f))
    for node in inside:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("re"), attr=name), args=[first, *rest]):
                if name == "escape" or _built(first):
                    continue
                source = eval(compile(ast.Expression(first), "pattern", "eval"), vars(module))
                flags = [*rest, *(k.value for k in node.keywords)]
                ignore = any(
                    "IGNORECASE" in ast.unparse(f) or "_I" in ast.unparse(f) for f in flags
                )
                yield (
                    f"line {node.lineno}: re.{name}",
                    re.compile(source, re.IGNORECASE if ignore else 0),
                )


def _built(node):
    """Whether a pattern is put together from what is not written here."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return any(not name.startswith("_") for name in names)


@cache
def ways():
    """Return the methods with which each pattern with a name is asked."""
    used = {}
    for path in PACKAGE.rglob("*.py"):
        for name, method in re.findall(r"\b(_?[A-Z][A-Z_0-9]+)\.(\w+)\(", path.read_text()):
            used.setdefault(name, set()).add(method)
    return used


def asked_with(where, pattern):
    """Return how a pattern is asked: from the start of a text only, or anywhere."""
    name = where.rpartition(".")[2]
    methods = {name} if where.startswith("line") else ways().get(name, {"search"})
    return pattern.match if methods <= {"match", "fullmatch"} else pattern.search


class Maker:
    """Makes text that a part of a pattern matches, to a taste of characters."""

    def __init__(self, chance, taste):
        self.chance, self.taste, self.groups = chance, taste, {}

    def text(self, nodes):
        return "".join(self._one(*node) for node in nodes)

    def _one(self, kind, given):
        match kind:
            case op.LITERAL:
                return chr(given)
            case op.NOT_LITERAL:
                return next(c for c in self.taste if ord(c) != given)
            case op.ANY:
                return self.taste[0]
            case op.IN:
                return next((c for c in [*self.taste, *OTHERS] if _fits(given, c)), "\u2603")
            case op.BRANCH:
                return self.text(self.chance.choice(given[1]))
            case op.SUBPATTERN:
                made = self.groups[given[0]] = self.text(given[3])
                return made
            case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
                return self.text(given[2]) * (given[0] or self.chance.choice((0, 0, 1)))
            case op.ATOMIC_GROUP:
                return self.text(given)
            case op.GROUPREF:
                return self.groups.get(given, "")
        return ""


def _fits(items, char):
    word = char.isalnum() or char == "_"
    of = {op.CATEGORY_DIGIT: char.isdigit(), op.CATEGORY_SPACE: char.isspace(),
          op.CATEGORY_WORD: word, op.CATEGORY_NOT_DIGIT: not char.isdigit(),
          op.CATEGORY_NOT_SPACE: not char.isspace(), op.CATEGORY_NOT_WORD: not word}  # fmt: skip
    negated = items[0][0] is op.NEGATE
    hits = (
        given == ord(char) if kind is op.LITERAL
        else given[0] <= ord(char) <= given[1] if kind is op.RANGE
        else of[given]
        for kind, given in items[negated:]
    )  # fmt: skip
    return any(hits) != negated


def repeats(nodes, before=()):
    """Yield (what stands before, what is repeated) of every long repeat, at any depth."""
    nodes = list(nodes)
    for i, (kind, given) in enumerate(nodes):
        here = (*before, *nodes[:i])
        match kind:
            case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
                if given[1] > 8:
                    yield here, given[2]
                yield from repeats(given[2], here)
            case op.BRANCH:
                for branch in given[1]:
                    yield from repeats(branch, here)
            case op.SUBPATTERN:
                yield from repeats(given[3], here)
            case op.ATOMIC_GROUP:
                yield from repeats(given, here)
            case op.ASSERT | op.ASSERT_NOT:
                yield from repeats(given[1], here)


def attacks(pattern):
    """Return (beginning, what comes again and again) that may be hard for this pattern."""
    tree = list(_parser.parse(pattern.pattern, pattern.flags & re.VERBOSE))
    chance = random.Random(0)
    found = dict.fromkeys(("", run) for run in RUNS)
    for taste in TASTES:
        maker = Maker(chance, taste)
        found["", maker.text(tree)] = None
        for before, again in repeats(tree):
            start, unit = maker.text(before), maker.text(again)
            found |= {(start, unit): None, ("", start + unit): None}
    return [(start, unit) for start, unit in found if unit]


def text_of(start, unit, size, *, binary, prose):
    text = start + unit * max(1, (size - len(start)) // len(unit))
    text = (bounded(text) if prose else text) + "\x01"
    return text.encode() if binary else text


class TooSlow(Exception):  # noqa: N818
    pass


def seconds(ask, text):
    """Return the processor time that a pattern takes; one that runs away is interrupted."""

    def stop(*_):
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    began = time.thread_time()
    try:
        ask(text)
        return time.thread_time() - began
    except TooSlow:
        return LIMIT
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def fastest(ask, text):
    """Return the least of several times: other work on the machine only ever adds."""
    first = seconds(ask, text)
    return first if first > 0.05 else min(first, *(seconds(ask, text) for _ in range(4)))


def faults(pattern, ask, *, prose):
    """Yield the attack under which time grows faster than the text."""
    binary = isinstance(pattern.pattern, bytes)
    measured = 0
    for start, unit in attacks(pattern):
        long = text_of(start, unit, 2 * SIZE, binary=binary, prose=prose)
        once = seconds(ask, long)
        if once < FAST:
            continue
        if once >= LIMIT:
            yield f"{start[:40]!r}, then {unit[:40]!r}: longer than {LIMIT} s"
            return
        short = text_of(start, unit, SIZE, binary=binary, prose=prose)
        # What else the machine does may double a time once; not three times in a row.
        for _ in range(3):
            most, least = fastest(ask, long), fastest(ask, short)
            if most <= max(GROWTH * least, FAST):
                break
        else:
            yield f"{start[:40]!r}, then {unit[:40]!r}: {least:.4f} s, then {most:.4f} s"
            return
        measured += 1
        if measured == MOST_MEASURED:
            return


NAMES = [
    found.name
    for found in pkgutil.walk_packages(fitdoctor.__path__, "fitdoctor.")
    if not found.name.startswith(NO_TEXT)
]
TABLES = ("_outcomes", "_figures", "_changes", "_scope")
"""Modules of hundreds of patterns."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * n.endswith(TABLES)) for n in NAMES]
)
def test_time_grows_with_the_text(name):
    prose = name.startswith("fitdoctor.sources.") and name.rpartition(".")[2] in PROSE
    found = {
        where: fault
        for where, pattern in patterns(name)
        for fault in faults(pattern, asked_with(where, pattern), prose=prose)
    }
    assert not found, "\n".join(f"{where}: {fault}" for where, fault in found.items())


@pytest.mark.costly
@pytest.mark.parametrize(
    "source",
    [r"(?:a+)+b", r"\[(\d+(?:\s*[,\s]\s*\d+){1,99})\]", r"\s+$", r"\w*model\w*x", r"(a|aa){1,50}c",
     r"x\s*(?:y)?\s*z", r"a[^;]*b", r"(?:\d+[.,]?)+%"],
)  # fmt: skip
def test_patterns_that_run_away_are_found(source):
    pattern = re.compile(source)
    assert any(faults(pattern, pattern.search, prose=False))


@pytest.mark.parametrize(
    "source",
    [r"\bfoo\b[^.;]{0,60}\bbar\b", r"\[(\d+(?:(?:\s*+,\s*+|\s++)\d+){1,99})\]", r"(?<!a)a+b"],
)
def test_patterns_in_linear_time_pass(source):
    pattern = re.compile(source)
    assert not any(faults(pattern, pattern.search, prose=False))


@pytest.mark.slow
def test_the_patterns_of_the_tables_are_among_them():
    known = {(p.pattern, p.flags) for name in NAMES for _, p in patterns(name)}
    assert len(known) > 700


PRINTED = {
    "rows of an image": "[[" + "  0" * 18 + "\n" + "   0" * 10 + "]\n [" + " 255" * 18 + "\n",
    "an array with commas": "array([" + "12 , " * 60 + "\n",
    "a confusion matrix cut off": "[[" + " 981" * 90 + " ...\n",
    "a long row of dashes": "- " * 900 + "\n",
    "a word without end": "overfitting" * 400 + " accuracy is 0.5\n",
    "a gap without end": "batch size" + " " * 4000 + "of 5\n",
    "digits without end": "loss of " + "9" * 5000 + "\n",
}


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED)
def test_what_scripts_print_is_read_at_once(tmp_path, printed, cost):
    path = tmp_path / "printed.py"
    path.write_text('"""What it prints:\n\n' + printed * 20 + '"""\nimport keras\n')

    def read():
        with contextlib.suppress(UnreadableSourceError):
            sources.read(path)

    assert cost(read, enough=30) < 30
