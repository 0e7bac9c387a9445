"""The benchmark of runs and mends: what a random mend is, and how programs are told apart."""

import ast
import difflib

import pytest

from benchmarks.prove_scripts import HOMES, cases
from benchmarks.repair import against, page, public

SCRIPTS = [
    (f"{kind}/{name}", text) for kind in HOMES for name, text, causes in cases(kind) if causes
]


@pytest.mark.parametrize(("name", "text"), SCRIPTS[::6], ids=[name for name, _ in SCRIPTS[::6]])
def test_a_random_mend_changes_one_setting_and_is_drawn_by_its_seed(name, text):
    made = {seed: against.random_mend(text, seed) for seed in range(12)}
    assert made == {seed: against.random_mend(text, seed) for seed in range(12)}
    assert len(set(made.values())) > 2
    for other in made.values():
        ast.parse(other)
        changed = [d for d in difflib.ndiff(text.splitlines(), other.splitlines()) if d[0] == "+"]
        assert len(changed) == 1


@pytest.mark.parametrize(
    ("path", "side", "partner"),
    [
        ("a/buggy/src/x.py", "faulty", "a/fixed/src/x.py"),
        ("a/s1_context.py", "faulty", "a/s1_ground_truth.py"),
        ("b/CorrectCode/repair.py", "fixed", "b/CorrectCode/repair.py"),
        ("b/BuggyCode/origin.py", "faulty", "b/CorrectCode/repair.py"),
        ("c/train.py", None, "c/train.py"),
    ],
)
def test_faulty_and_fixed_programs_are_told_by_their_names(tmp_path, path, side, partner):
    assert public.side_of(tmp_path / path) == side
    assert public.partner(path) == partner


def test_a_program_is_executed_where_its_files_are(tmp_path):
    for name, folder in (("rows.csv", "buggy"), ("data.npy", ".")):
        place = tmp_path / folder / "7"
        place.mkdir(parents=True)
        (place / name).touch()
    script = tmp_path / "buggy" / "7" / "run.py"
    assert public.where(script, "read('rows.csv')", 2) == script.parent
    assert public.where(script, "read('other.csv')", 2) == tmp_path / "buggy"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        ("ModuleNotFoundError: No module named 'cv2'", 1, "missing package"),
        ("ModuleNotFoundError: No module named 'keras.wrappers'", 1, "error"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'", 1, "missing file"),
        ("SyntaxError: invalid syntax", 1, "not Python 3"),
        ("", 124, "time limit"),
        ("", 0, "no training"),
    ],
)
def test_what_stops_a_program_has_a_kind(error, status, kind):
    assert public.last_error(f"noise\n{error}\nmore") == error
    assert public.why(error, status) == kind


def test_the_first_row_of_a_program_is_first_sight_and_the_last_is_now():
    name = next(iter(public.LABELS))
    right = public.LABELS[name].split()[0]
    row = {"part": "public", "name": name, "side": "faulty", "stopped": "", "reached": True,
           "keras": "3", "text": [], "run": [], "mends": [], "error": ""}  # fmt: skip
    text = page.page([row, {**row, "run": [[right, 0.9], ["healthy", 0.6]]}])
    before, after = text.split("## Now")
    assert "named after `run`: 0 of 1" in before
    assert "named after `run`: 1 of 1" in after
    assert "of what is named 1 of 2" in after
