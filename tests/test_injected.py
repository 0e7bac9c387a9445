"""What `make bench-injected` measures, on a sixth of the scripts: a floor under it."""

import ast

import pytest

from benchmarks.injected import EDITS, edited, ordinary, score

LEAST = 0.9


@pytest.mark.slow
def test_faults_put_into_ordinary_scripts_are_named_first() -> None:
    scripts = list(ordinary())[::6]
    results = [score(edit, scripts) for edit in EDITS]
    fits, first = (sum(result[i] for result in results) for i in (0, 1))
    assert fits > 200
    assert first >= LEAST * fits, [r[3] for r in results]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_every_fault_fits_somewhere_and_changes_the_script(edit):
    changed = [(text, new) for _, text in ordinary() if (new := edited(text, edit)) is not None]
    assert changed
    assert all(ast.dump(ast.parse(text)) != ast.dump(ast.parse(new)) for text, new in changed)
