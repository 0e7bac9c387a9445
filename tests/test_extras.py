"""An installation without Keras: every command answers, and says in one line what to install."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from fitdoctor import extras
from fitdoctor.errors import MissingExtraError

pytestmark = pytest.mark.xdist_group("light")  # its process is started by one worker
ARGUMENTS = {
    "audit": ["images", "--deep"],
    "demo": ["radar", "--output", "demo"],
    "evaluate": ["."],
    "export": [".", "--to", "keras"],
    "lr-find": ["images"],
    "predict": [".", "images"],
    "preview": ["images"],
    "prove": ["recipe.toml", "--cause", "overfitting"],
    "train": ["images"],
}
WITHOUT_KERAS = """
import contextlib, io, json, sys
sys.modules["keras"] = sys.modules["tensorflow"] = None
from fitdoctor.cli import main
from fitdoctor.cli.parser import parser
import fitdoctor
words = parser().format_help()
answers = {"help": words}
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    answers[arguments[0]] = [status, out.getvalue(), err.getvalue()]
for name in ("Recorder", "fit", "prove", "evaluate", "predict", "lr_find", "export"):
    try:
        if name == "Recorder":
            fitdoctor.Recorder
        elif name == "prove":
            optimizer = fitdoctor.Optimizer(name="Adam", learning_rate=10.0)
            recipe = fitdoctor.Recipe(images=sys.argv[2], optimizer=optimizer)
            fitdoctor.prove(recipe, "learning_rate_too_high")
        else:
            given = [sys.argv[2]] * (2 if name == "predict" else 1)
            getattr(fitdoctor, name)(*given)
    except fitdoctor.FitdoctorError as error:
        answers["fd." + name] = str(error)
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    home = tmp_path_factory.mktemp("light")
    images = home / "images"
    images.mkdir()
    given = [[name, *rest] for name, rest in ARGUMENTS.items()]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS, json.dumps(given), str(images)],
        capture_output=True, text=True, check=False, cwd=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (home / "demo").exists(), "nothing is drawn for a demo that cannot train"
    return json.loads(done.stdout)


def test_every_command_that_trains_is_asked_here(answers):
    light = {"diagnose", "read", "check", "explain"}
    assert all(f"    {name}  " in answers["help"] for name in {*ARGUMENTS, *light})


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_command_without_keras_is_one_line_and_status_2(answers, name):
    status, out, err = answers[name]
    assert status == 2
    assert not out
    assert err.startswith("fitdoctor: ")
    assert err.count("\n") == 1
    assert extras.command("train") in err


@pytest.mark.parametrize(
    "name", ["Recorder", "fit", "prove", "evaluate", "predict", "lr_find", "export"]
)
def test_a_function_without_keras_raises_what_the_command_says(answers, name):
    assert extras.command("train") in answers[f"fd.{name}"]


INDEX = "fitdoctor[train]"


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (None, f"pip install '{INDEX}'"),
        ({"url": "file://HERE/a%20copy", "dir_info": {}}, "pip install 'HERE/a copy[train]'"),
        (
            {"url": "file://HERE/a%20copy", "dir_info": {"editable": True}},
            "pip install -e 'HERE/a copy[train]'",
        ),
        ({"url": "file://HERE/f.whl", "archive_info": {}}, "pip install 'HERE/f.whl[train]'"),
        ({"url": "file://HERE/gone.whl", "archive_info": {}}, f"pip install '{INDEX}'"),
        (
            {"url": "https://x.org/f.git", "vcs_info": {"vcs": "git", "commit_id": "ab12"}},
            f"pip install '{INDEX} @ git+https://x.org/f.git@ab12'",
        ),
        (
            {"url": "https://x.org/f.whl", "archive_info": {}},
            f"pip install '{INDEX} @ https://x.org/f.whl'",
        ),
    ],
)
def test_the_command_names_where_it_was_installed_from(tmp_path, monkeypatch, origin, words):
    (tmp_path / "a copy").mkdir()
    (tmp_path / "f.whl").touch()
    record = json.dumps(origin).replace("HERE", str(tmp_path)) if origin else None
    found = SimpleNamespace(read_text=lambda _name: record)
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: found)
    assert extras.command("train") == words.replace("HERE", str(tmp_path))


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"no module onnxruntime.*\[export\]"):
        extras.need("export", "export to onnx")
