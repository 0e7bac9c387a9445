"""Remarks on scripts: places, silence where asked for, and the formats that tools read."""

import json
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
