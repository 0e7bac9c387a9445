"""Remarks on scripts: places, silence where asked for, and the formats that tools read."""

import io
import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace

from fitdoctor import lint
from fitdoctor.cli import main
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.report import remarks
from fitdoctor.rules import all_rules

BAD = """from keras.layers import *
model = Sequential()
if True:
    model.add(Dense(1, activation='softmax'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(x, y, epochs=5, validation_split=0.2)
"""


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(BAD)
    return path


def test_a_remark_stands_at_its_line_and_column(bad):
    (remark,) = lint.check([bad], select=["softmax_over_one_unit"])
    assert (remark.line, remark.column, remark.code) == (4, 5, "FD207")
    assert lint.check([bad.parent]) == lint.check([bad])


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("# noqa", 0),
        ("# noqa: FD207", 0),
        ("# noqa: E501, fd207 - the labels are all one", 0),
        ("# noqa:FD999,FD2070", 1),
        ("# noqa: M207", 0),  # the code before 1.0
        ("# noqa: PLM207", 1),
    ],
)
def test_noqa_silences_its_line(bad, comment, count):
    bad.write_text(BAD.replace("'softmax'))", f"'softmax'))  {comment}"))
    assert len(lint.check([bad], select=["FD207"])) == count


def test_select_and_ignore_take_codes_names_and_beginnings(bad):
    assert lint.check([bad], select=["FD3"]) == []
    assert lint.check([bad], ignore=["FD2"]) == []
    with pytest.raises(UnreadableSourceError, match="Q9: no rule"):
        lint.check([bad], select=["Q9"])


def test_codes_before_1_0_are_understood(bad):
    assert lint.check([bad], select=["S"]) == []
    assert lint.check([bad], ignore=["M2"]) == []
    assert len(lint.check([bad], select=["M207"])) == 1


def test_ruff_has_none_of_the_codes_and_keeps_them_where_it_is_told_of_them(tmp_path):
    ruff = pytest.importorskip("ruff").find_ruff_bin()
    listing = subprocess.run(
        [ruff, "rule", "--all", "--output-format", "json"], capture_output=True, check=True
    )
    theirs = {rule["code"] or "" for rule in json.loads(listing.stdout)}
    assert len(theirs) > 500
    assert not any(code.startswith("FD") for code in theirs)
    assert all(re.fullmatch(r"FD\d{3}", rule.code) for rule in all_rules())
    script = tmp_path / "train.py"
    script.write_text(kept := "x = 1  # noqa: FD207\n")
    isolated = [
        ruff,
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "RUF100,RUF102",
        "--fix",
        "-q",
    ]
    subprocess.run([*isolated, "--config", "lint.external=['FD']", script], check=True)
    assert script.read_text() == kept


def test_new_rules_have_no_code_of_before_1_0():
    former = [rule.former_code for rule in all_rules() if rule.former_code]
    assert len(set(former)) == len(former)
    rule = next(r for r in all_rules() if r.name == "softmax_over_one_unit")
    assert rule.codes == ("FD207", "M207")
    assert replace(rule, code="FD299").codes == ("FD299",)


def test_a_syntax_error_is_a_remark_at_its_place_and_the_others_are_checked(bad, capsys):
    broken = bad.with_name("broken.py")
    broken.write_text(
        "model = Sequential()\nmodel.add(Dense(1, activation='softmax')\nmodel.fit(x)"
    )
    assert main(["check", str(bad.parent)]) == 1
    out = capsys.readouterr().out
    assert f"{broken}:2:10: invalid-syntax" in out
    assert out.count(str(broken)) == 1, "nothing else is said of a script that cannot run"
    assert f"{bad}:4:5: FD207" in out
    broken.write_text("print 'training'\n" + BAD)
    assert {r.code for r in lint.check([broken])} >= {"invalid-syntax", "FD207"}
    sarif = json.loads(remarks.sarif(lint.check([broken], select=["FD1"]), "1"))
    assert [r["ruleId"] for r in sarif["runs"][0]["results"]] == ["invalid-syntax"]


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["%matplotlib inline\n!pip install keras\nx = !ls\ny = %time 1\nx?\n", BAD], None),
        (["%%bash\nfor f in *; do echo $f; done", "%%time\nawait go()\n"], None),
        (["s = 'don\u2019t \u201cdo\u201d'\n"], None),
        (["x = (10\n  % 3)\nif x:\n    !ls\n"], None),
        (["  import keras\n  x = 1", "!python a.py \\\n  --b 1 \\\n  --c\nls ./data"], None),
        (["import keras\nx = 1", "y = 1\nx = (2"], 5),
        (["%time x = 1\nfor:\n    pass"], 2),
    ],
)
def test_cells_of_a_notebook_are_those_of_ipython(tmp_path, cells, line):
    def write(**about):
        made = [{"cell_type": "code", "source": c, "outputs": []} for c in cells]
        path.write_text(json.dumps({"nbformat": 4, "cells": made, "metadata": about}))

    path = tmp_path / "book.ipynb"
    write(kernelspec={"name": "python3", "language": "python"})
    found = [r.line for r in lint.check([path]) if r.code == "invalid-syntax"]
    assert found == [line] * (line is not None)
    for other in ({"kernelspec": {"name": "python2"}}, {"language_info": {"name": "R"}}):
        write(**other)
        assert all(r.code != "invalid-syntax" for r in lint.check([path]))


def test_standard_input_is_a_script(bad, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    assert main(["check", "-", "--select", "FD207"]) == 1
    assert capsys.readouterr().out.startswith("-:4:5: FD207 ")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\x00\x01")))
    assert main(["check", "-"]) == 2
    assert capsys.readouterr().err.startswith("fitdoctor: standard input: binary")


def test_what_cannot_be_read_is_said_and_the_rest_is_checked(bad, capsys):
    os.mkfifo(bad.with_name("pipe"))
    bad.with_name("binary.py").write_bytes(b"MZ\x00\x01")
    bad.with_name("latin.py").write_bytes("# caf\u00e9\n".encode("latin-1"))
    bad.with_name("half.ipynb").write_text('{"nbformat": 4, "cells": [')
    named = bad.with_name("named.py")
    named.write_bytes("# -*- coding: latin-1 -*-\nx = 'caf\u00e9'\n".encode("latin-1"))
    assert lint.check([named]) == []
    assert main(["check", str(bad.parent), str(bad.with_name("pipe")), str(bad.parent / "no")]) == 2
    said = capsys.readouterr()
    assert "FD207" in said.out
    lines = said.err.splitlines()
    assert len(lines) == 5
    for name, reason in {
        "binary.py": "binary", "latin.py": "not UTF-8", "half.ipynb": "not a whole notebook",
        "pipe": "neither a file nor a folder", "no": "there is no such file",
    }.items():  # fmt: skip
        assert sum(f"{name}: " in line and reason in line for line in lines) == 1, (name, lines)
    with pytest.raises(UnreadableSourceError, match="binary"):
        lint.check([bad.with_name("binary.py")])


def test_a_file_without_permission_is_said(bad, capsys, monkeypatch):
    def refuse(*_arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["check", str(bad)]) == 2
    assert capsys.readouterr().err == f"fitdoctor: {bad}: Permission denied\n"


def test_notebooks_are_checked_and_other_python_is_left_alone(tmp_path):
    cell = {"cell_type": "code", "source": BAD.splitlines(keepends=True), "outputs": []}
    (tmp_path / "book.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}))
    (tmp_path / "other.py").write_text("import os\nprint(os.getcwd())\n")
    assert {r.rule for r in lint.check([tmp_path])} == {"softmax_over_one_unit"}


def test_formats_hold_every_remark(bad):
    found = lint.check([bad])
    sarif = json.loads(remarks.sarif(found, "1"))
    (run,) = sarif["runs"]
    assert sarif["version"] == "2.1.0"
    assert [r["ruleId"] for r in run["results"]] == [r.code for r in found]
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == found[0].code
    assert json.loads(remarks.json(found, "1"))[0]["fix"] is None
    assert remarks.github(found, "1").startswith("::error file=")


def test_the_command_ends_with_the_status_of_a_linter(bad, capsys, monkeypatch):
    assert main(["check", str(bad)]) == 1
    assert main(["check", str(bad), "--fail-on", "never"]) == 0
    assert main(["check", str(bad.parent / "none.py")]) == 2
    monkeypatch.chdir(bad.parent)
    (bad.parent / "pyproject.toml").write_text('[tool.fitdoctor]\nignore = ["FD207"]\n')
    assert main(["check", "train.py"]) == 0
    assert "nothing found" in capsys.readouterr().out


SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
"""OASIS' own: raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata."""


@pytest.mark.parametrize("code", ["", "softmax", "zero width \u200b and quotes \U0001f600"])
def test_sarif_is_what_its_schema_wants(tmp_path, code):
    script = tmp_path / "train it.py"
    script.write_text(
        f"x = {code!r}\nmodel = Sequential([Dense(1, activation='softmax')])\n"
        "model.compile('adam', 'binary_crossentropy')\nmodel.fit(x, y)\n"
        if code
        else "x = 1\n",
        encoding="utf-8",
    )
    found = json.loads(remarks.sarif(lint.check([script]), "1"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    assert not list(validator.iter_errors(found))
    assert bool(found["runs"][0]["results"]) == bool(code)
