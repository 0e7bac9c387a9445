"""F-strings that only Python 3.12 takes are no mistake, and code around them is read."""

import ast

import pytest

from fitdoctor import lint
from fitdoctor.code import without_f_strings

TAKEN = [
    """print(f"{row["name"]} of {len(rows)}")""",
    """print(f'{", ".join(f'{k}: {v:.2f}' for k, v in logs.items())}')""",
    r"""print(f"{"\n".join(names)}")""",
    """print(f"{history['loss'][-1]!r:>{width}} {{kept}} {a != b} {n=} {at:%H:%M}")""",
    '''print(f"""{
    rows["last"]  # the newest
}""")''',
    """print(rf'{paths['train']}\\d' "and" f"{1}")""",
]
REFUSED = [
    """print(f"{row["name"} of it")""",
    """print(f"{row name}")""",
    """print(f"{}")""",
    """print(f"{row["name"]}" """,
    """print(f"{row["name"]}"); x = = 2""",
]
AFTER = """
from keras.layers import *
model = Sequential()
model.add(Dense(1, activation='softmax'))
model.compile(loss='binary_crossentropy', optimizer='adam')
"""


@pytest.mark.parametrize("line", TAKEN)
def test_what_a_newer_python_takes_is_no_mistake(tmp_path, line):
    path = tmp_path / "train.py"
    path.write_text(f"for row in rows:\n    {line}" + AFTER)
    plain = without_f_strings(path.read_text())
    ast.parse(plain)
    assert plain.count("\n") == path.read_text().count("\n")
    remarks = lint.check([path])
    assert {r.code for r in remarks} == {"FD207"}
    assert remarks[0].line == path.read_text().split("\n").index(AFTER.split("\n")[3]) + 1


@pytest.mark.parametrize("line", REFUSED)
def test_what_no_python_takes_is_one(tmp_path, line):
    path = tmp_path / "train.py"
    path.write_text(line + AFTER)
    assert [r.rule for r in lint.check([path])] == ["invalid_syntax"]


@pytest.mark.parametrize("text", ["f'{" * 3000, "f'{x:{" * 3000, "f'''{x['''"])
def test_a_string_that_never_ends_is_left(text):
    assert without_f_strings(text) is None
