"""The commands that change sources, recipes and run folders."""

import json
import subprocess

import jsonschema
import pytest

import fitdoctor
from fitdoctor.cli import main
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.mending import files
from fitdoctor.records.text import read_recipe
from fitdoctor.report import documents

BAD = """import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
x = np.random.randn(600, 12)
y = (x[:, 0] > 0).astype(int)
model = keras.Sequential([
    layers.Dense(9, "relu"),
    layers.Dropout(0.9),
    layers.Dense(1, "softmax"),  # one
])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
"""


@pytest.fixture
def bad(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "train.py"
    path.write_text(BAD)
    return path


def test_fix_shows_a_patch_and_writes_nothing(bad, capsys):
    assert main(["fix", "train.py"]) == 1
    out = capsys.readouterr().out
    assert bad.read_text() == BAD
    assert "FD207 line 9: The output is softmax over one unit" in out
    assert "@@ FD207 Use sigmoid on the one output" in out
    assert "; FD201 Lower the rate to 0.5: then every sample keeps some units.\n" in out
    assert "2 causes mended, 1 of them better tried in a training." in out
    (bad.parent / "patch").write_text(out)
    subprocess.run(["patch", "-p1", "-i", "patch"], check=True, capture_output=True)
    assert bad.read_text() == fixed()


def fixed():
    return BAD.replace('"softmax"', '"sigmoid"').replace("0.9", "0.5")


def test_write_keeps_a_copy_of_each_state(bad, capsys):
    bad.chmod(0o755)
    assert main(["fix", "train.py", "--write", "--certain"]) == 0
    assert bad.read_text() == BAD.replace('"softmax"', '"sigmoid"')
    assert main(["fix", "train.py", "--write"]) == 0
    assert bad.read_text() == fixed()
    assert (bad.parent / "train.py.bak").read_text() == BAD
    assert (bad.parent / "train.py.bak1").read_text() == BAD.replace('"softmax"', '"sigmoid"')
    assert bad.stat().st_mode & 0o777 == 0o755
    assert "as it was it is kept in train.py.bak1" in capsys.readouterr().out
    assert main(["fix", "train.py"]) == 0


def test_line_ends_marks_and_encodings_stay(bad):
    text = "\ufeff" + BAD.replace("# one", "# \u00e4").replace("\n", "\r\n")
    bad.write_bytes(text.encode())
    files.write(fitdoctor.fix(bad))
    wanted = text.replace('"softmax"', '"sigmoid"').replace("0.9", "0.5")
    assert bad.read_bytes() == wanted.encode()
    latin = "# -*- coding: latin-1 -*-\n" + BAD.replace("# one", "# \u00e4")
    bad.write_bytes(latin.encode("latin-1"))
    files.write(fitdoctor.fix(bad, select=["FD207"]))
    assert bad.read_bytes().decode("latin-1") == latin.replace('"softmax"', '"sigmoid"')


def test_a_file_that_changed_meanwhile_is_not_overwritten(bad):
    made = fitdoctor.fix(bad)
    bad.write_text(BAD + "# mine\n")
    with pytest.raises(UnreadableSourceError, match="has changed since it was read"):
        files.write(made)
    assert bad.read_text() == BAD + "# mine\n"
    assert [p.name for p in bad.parent.iterdir()] == ["train.py"]


def test_json_follows_its_schema(bad, capsys):
    main(["fix", "train.py", "--output-format", "json"])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, documents.schema("fix"))
    assert [m["rule"] for m in document["mends"]] == ["softmax_over_one_unit", "dropout_too_high"]
    assert document["written"] is False


def test_check_fix_writes_what_needs_no_training_and_checks_the_rest(bad, capsys):
    assert main(["check", "train.py", "--fix"]) == 1
    assert bad.read_text() == BAD.replace('"softmax"', '"sigmoid"')
    told = capsys.readouterr()
    assert "mended softmax_over_one_unit; as it was: train.py.bak" in told.err
    assert "FD207" not in told.out
    assert "FD201" in told.out


def test_noqa_and_ignore_hold_for_fix(bad):
    bad.write_text(BAD.replace("# one", "# noqa: FD207"))
    assert [m.rule for m in fitdoctor.fix(bad, ignore=["FD201"]).mends] == []


def test_what_is_not_plain_is_left_with_its_line(bad, capsys):
    text = "for n in (9, 1):\n    model.add(layers.Dense(n, 'softmax'))\n"
    lines = BAD.split("\n")
    bad.write_text(
        "\n".join([*lines[:5], "model = keras.Sequential()", text.rstrip(), *lines[10:]])
    )
    assert main(["fix", "train.py", "--select", "FD207"]) == 1
    out = capsys.readouterr().out
    assert "Change it by hand at line 8: the change that was tried changed more than it" in out
    assert "No change of the source mends what was found." in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.py"], "missing.py: there is no such file"),
        (["-", "--write"], "standard input cannot be written"),
        (["train.py", "--select", "FD999"], "no rule has this code or name"),
        (["."], "neither a script nor a recipe made it"),
        (["bytes.py"], "its encoding is not known"),
    ],
)
def test_bad_input_is_one_line(bad, capsys, arguments, told):
    (bad.parent / "bytes.py").write_bytes(b"x = '\xff\xfe'\n")
    (bad.parent / "metrics.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n")
    assert main(["fix", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_python_2_and_damaged_text_are_refused_without_a_change(bad):
    for line in ("print 'done'\n", "model.fit(\n"):
        bad.write_text(BAD + line)
        made = fitdoctor.fix(bad)
        assert made.after == made.before
        assert all("no valid Python" in one.why for one in made.unmended)


RECIPE = """# mine
images = "photos"
loss = "sparse_categorical_crossentropy"
epochs = 20  # enough

[backbone]
name = "MobileNetV2"

[[layers]]
kind = "Dense"
units = 8
activation = "relu"

[[layers]]
kind = "Dropout"
rate = 0.9 # strong

[[layers]]
kind = "Dense"
units = 4
activation = "softmax"

[optimizer]
name = "Adam"
learning_rate = -0.001
"""


def test_a_recipe_keeps_its_comments(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    made = fitdoctor.fix(path)
    wanted = RECIPE.replace("rate = 0.9 #", "rate = 0.5 #").replace("-0.001", "0.001")
    assert made.after == wanted
    assert {m.rule for m in made.mends} == {"dropout_too_high", "learning_rate_negative"}
    files.write(made)
    assert read_recipe(path).optimizer.learning_rate == 0.001
    assert not {m.rule for m in fitdoctor.fix(path).mends}


def test_a_layer_of_a_recipe_goes_with_its_table(tmp_path):
    text = RECIPE.replace("-0.001", "0.001").replace("units = 8", "units = 2")
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    made = fitdoctor.fix(path, select=["dropout_too_high"])
    assert made.after == text.replace('[[layers]]\nkind = "Dropout"\nrate = 0.9 # strong\n\n', "")
