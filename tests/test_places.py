"""Paths that lead nowhere: what is near them is named, in every command that takes paths."""

from pathlib import Path

import pytest

from fitdoctor import places
from fitdoctor.cli import main
from fitdoctor.errors import FitdoctorError
from fitdoctor.training import recipes


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for folder in ("flowers/train/rose", "runs/baseline", "runs/wide", "Übung"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "flowers" / "train" / "rose" / "1.jpg").touch()
    for file in ("train_cnn.py", "recipe.toml", "labels.csv", "weights.h5", "flowers.zip"):
        (tmp_path / file).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("flowrs", "flowers"),
        ("flowers/trian/rose", "flowers/train/rose"),
        ("flowrs/train", "flowers/train"),
        ("Flowers", "flowers"),
        ("runs/baselin", "runs/baseline"),
        ("train_cn.py", "train_cnn.py"),
        ("train_cnn.ipynb", "train_cnn.py"),
        ("labels.tsv", "labels.csv"),
        ("Ubung", "Übung"),
    ],
)
def test_what_was_probably_meant_is_named(given, meant):
    said = places.absent(given)
    assert said.startswith(f"{given}: there is no such file or folder. Did you mean {meant}")


@pytest.mark.parametrize(
    "given", ["photos", "x", "runs/9", "a/b/c", "lables/q.csv", "~", "y" * 300]
)
def test_where_nothing_is_like_it_nothing_is_named(given):
    assert places.absent(given, "run") == f"{given}: there is no such run"


def test_a_link_that_leads_nowhere_is_called_one(home):
    (home / "old").symlink_to("gone")
    assert places.absent("old") == "old: a link to gone, which is not there"


def test_hidden_names_are_not_what_was_meant(home):
    (home / ".photo").mkdir()
    assert "Did" not in places.absent("photo")


COMMANDS = {
    "train flowrs": "flowers",
    "train recip.toml": "recipe.toml",
    "train label.csv": "labels.csv",
    "train flowers --weights weihgts.h5": None,
    "audit flowrs": "flowers",
    "audit flowers --val flowers/trian": "flowers/train",
    "lr-find flowrs": "flowers",
    "preview flowrs": "flowers",
    "evaluate runs/bas": None,
    "evaluate runs/baselin": "runs/baseline",
    "predict runs/baselin flowers": "runs/baseline",
    "export runs/baselin": "runs/baseline",
    "diagnose runs/baselin": "runs/baseline",
    "read runs/baselin": "runs/baseline",
    "compare runs/baselin runs/wide": "runs/baseline",
    "prove runs/baselin": "runs/baseline",
    "prove train_cn.py": "train_cnn.py",
    "run train_cn.py": "train_cnn.py",
    "check train_cn.py": "train_cnn.py",
    "fix train_cn.py": "train_cnn.py",
    "serve rnus": "runs",
    "train runs/baselin --resume": "runs/baseline",
}


@pytest.mark.xdist_group("keras")
@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_that_takes_paths_says_it_in_one_line(words, capsys):
    assert main([*words.split(), "-q"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    meant = COMMANDS[words]
    assert meant is None or line.endswith(f"Did you mean {meant}?") or f"{meant}?" in line, line


@pytest.mark.parametrize("command", ["diagnose", "read", "check", "audit", "fix", "run", "watch"])
@pytest.mark.parametrize("text", ["loss: 0.5\nloss: 0.4\n", "Epoch 1 loss 0.5, " * 40])
def test_a_text_in_place_of_a_path_is_told_how_it_is_read(command, text, capsys):
    assert main([command, text, "-q"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "this is text, not a path" in line
    assert len(line) < 200


@pytest.mark.parametrize("words", ["read ~/x.log", "check ~/x.py", "run ~/x.py", "audit ~/x"])
def test_a_home_that_the_shell_has_left_is_found(words, home, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(home / "nobody"))
    assert main([*words.split(), "-q"]) == 2
    assert str(home / "nobody" / "x") in capsys.readouterr().err


def test_a_home_in_a_recipe_is_found(home, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    Path("recipe.toml").write_text('images = "~/flowers"\n')
    assert recipes.from_settings("~/recipe.toml", {}).images == str(home / "flowers")
    assert places.typed("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")
    assert places.typed_text("-") == "-"
    with pytest.raises(FitdoctorError):
        recipes.from_settings("~/recip.toml", {})
