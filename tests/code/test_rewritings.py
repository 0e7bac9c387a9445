"""The same program, written otherwise, has the same findings on the same lines."""

import ast
import copy
import random
from pathlib import Path

import pytest

from fitdoctor.code.follow import follow
from fitdoctor.code.normal_form import normal_form
from fitdoctor.code.parse import is_python_2, parse
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.rules import all_rules
from tests.code.rewritings import REWRITINGS, rewritten

TESTS = Path(__file__).parents[1]
RULES = [rule for rule in all_rules() if rule.kind == "cause"]
SETTINGS = [name for name in REWRITINGS if name.startswith("settings_")]
WAYS = [
    *((name,) for name in REWRITINGS if name not in SETTINGS),
    *(("literals_named", name) for name in SETTINGS),
    ("values_in_dictionary", "in_function"),
    ("values_in_object", "in_method"),
    ("imports_by_other_names", "partial_arguments", "under_main"),
    ("names_of_modules", "star_arguments", "through_helper"),
    ("literals_named", "in_function", "guarded"),
]


def findings(tree, *, python_2):
    script = follow(normal_form(copy.deepcopy(tree)), "program.py", python_2=python_2)
    scripts = () if script is None else (script, *script.beside)
    return {
        (rule.name, item.line)
        for one in scripts
        for rule in RULES
        if isinstance(
            outcome := rule.examine(
                Run(name="program", recipe=with_shapes(one.recipe), script=one)
            ),
            Finding,
        )
        for item in outcome.evidence
    }


def programs():
    for path in sorted((TESTS / "loops").glob("*.txt")):
        yield pytest.param(path, WAYS[::3], id=f"loop-{path.stem}")
    for path in sorted((TESTS / "programs").glob("*.txt")):
        # Over all programs each way comes up some thirty times.
        yield pytest.param(path, [random.Random(path.stem).choice(WAYS)], id=path.stem)


@pytest.mark.parametrize(("path", "ways"), list(programs()))
def test_what_is_found_does_not_depend_on_how_it_is_written(path, ways):
    text = path.read_text()
    if path.parent.name == "programs":
        head, _, rest = text.partition("\n\n")
        text = "\n" * (head.count("\n") + 2) + rest
    tree, python_2 = parse(text), is_python_2(text)
    if tree is None:
        pytest.skip("no Python")
    found = findings(tree, python_2=python_2)
    for way in ways:
        assert findings(rewritten(tree, *way), python_2=python_2) == found, way


PROGRAM = """from torch import nn
import numpy as np
rate = 0.1
def build(width):
    if width > 3:
        net = nn.Linear(width, 2)
        return net
    else:
        return None
rows = [f(x) for x in names]
net = build(width=4)
for batch in rows:
    net(batch, 3)
more = []
for x in names:
    more.append(np.array(x, dtype=int))
key = max(more, key=lambda v: v[0])
"""


@pytest.mark.parametrize("name", REWRITINGS)
def test_each_rewriting_changes_the_text_and_keeps_the_lines(name):
    tree = ast.parse(PROGRAM)
    made = rewritten(tree, name)
    assert ast.unparse(made) != ast.unparse(tree)
    compile(made, "program", "exec")
    lines = {n.lineno for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert lines <= {n.lineno for n in ast.walk(made) if hasattr(n, "lineno")}
