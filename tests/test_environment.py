"""What `fitdoctor env` says, and what it must not say."""

import getpass
import json
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fitdoctor import __version__, environment
from fitdoctor.cli import main

ROOT = Path(__file__).parents[1]


def test_every_dependency_is_told():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = lambda rows: {re.match(r"[\w-]+", row)[0] for row in rows}  # noqa: E731
    assert names(project["dependencies"]) == set(environment.CORE)
    extras = project["optional-dependencies"]
    assert extras.keys() == environment.OF_EXTRAS.keys()
    for extra, packages in environment.OF_EXTRAS.items():
        assert names(extras[extra]) <= {*packages, *environment.TRAINING}


def test_a_report_has_versions_and_says_nothing_of_the_user(capsys):
    assert main(["env"]) == 0
    shown = capsys.readouterr().out
    for line in ("Python ", "platform ", "cores ", "memory ", "[train]", "numpy 2."):
        assert line in shown
    assert str(Path.home()) not in shown
    assert sys.prefix not in shown
    words = set(re.findall(r"[\w.-]+", shown))
    assert not words & {getpass.getuser(), socket.gethostname()} - {"fitdoctor"}


def test_json_holds_the_same(capsys):
    assert main(["env", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["environment"] == environment.facts(__version__)


@pytest.mark.parametrize(
    ("variable", "file", "said"),
    [
        ("jax", None, "jax (KERAS_BACKEND)"),
        ("/home/anna/mine", None, "another (KERAS_BACKEND)"),
        (None, '{"backend": "torch"}', "torch (keras.json)"),
        (None, '{"backend": "/home/anna"}', "tensorflow (the default)"),
        (None, "[1, 2]", "tensorflow (the default)"),
        (None, "{broken", "tensorflow (the default)"),
        (None, None, "tensorflow (the default)"),
    ],
)
def test_the_backend_is_what_keras_would_choose(monkeypatch, tmp_path, variable, file, said):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if variable:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if file:
        (tmp_path / "keras.json").write_text(file)
    assert environment.facts("0")["backend of Keras"] == said


def test_a_system_without_posix_calls_has_an_answer(monkeypatch):
    for name in ("sched_getaffinity", "sysconf", "sysconf_names"):
        monkeypatch.delattr(f"os.{name}", raising=False)
    facts = environment.facts("0")
    assert facts["memory"] == "not known"
    assert facts["cores"].isdigit()


def test_no_framework_is_imported_to_find_out():
    code = (
        "import sys; from fitdoctor import environment; environment.facts('0'); "
        "print([m for m in ('keras', 'tensorflow', 'torch', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
