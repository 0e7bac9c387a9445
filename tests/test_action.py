"""The GitHub action and the pre-commit hook, as far as no network is needed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fitdoctor.cli.parser import parse

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[1]
BASH = shutil.which("bash")
WRONG = """from tensorflow.keras import layers, models
model = models.Sequential([layers.Flatten(input_shape=(8, 8, 3))])
model.add(layers.Dense(1, activation="softmax"))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""
RIGHT = WRONG.replace("softmax", "sigmoid")


@pytest.fixture
def action():
    return yaml.safe_load((ROOT / "action.yml").read_text())


def checked(action, folder, **given):
    """Execute the shell lines of the check as a runner does, inputs in the environment."""
    (step,) = [one for one in action["runs"]["steps"] if one["name"] == "Check"]
    values = {name: given.get(name, one["default"]) for name, one in action["inputs"].items()}
    environment = os.environ | {
        key: values[said.removeprefix("${{ inputs.").removesuffix(" }}")]
        for key, said in step["env"].items()
    }
    ours = folder / "fitdoctor"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fitdoctor "$@"\n')
    ours.chmod(0o755)
    script = folder / "step.sh"
    script.write_text(step["run"])
    return subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", script], cwd=folder, check=False,
        env=environment | {"FITDOCTOR": str(ours)}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(BASH is None or os.name != "posix", reason="no bash")
def test_the_action_fails_on_a_wrong_script_and_marks_its_line(action, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "wrong.py").write_text(WRONG)
    (tmp_path / "right.py").write_text(RIGHT)
    done = checked(action, tmp_path, paths="code right.py", sarif="found.sarif")
    assert done.returncode == 1, done.stderr
    assert "file=code/wrong.py,line=3" in done.stdout
    (run,) = json.loads((tmp_path / "found.sarif").read_text())["runs"]
    assert run["results"]
    assert checked(action, tmp_path, paths="right.py").returncode == 0
    assert checked(action, tmp_path, paths="code", ignore="FD207").returncode == 0
    assert checked(action, tmp_path, paths="code", **{"fail-on": "never"}).returncode == 0
    assert checked(action, tmp_path, paths="nowhere.py").returncode == 2


@pytest.mark.skipif(BASH is None or os.name != "posix", reason="no bash")
def test_inputs_of_the_action_are_never_executed(action, tmp_path):
    (tmp_path / "right.py").write_text(RIGHT)
    checked(
        action,
        tmp_path,
        paths="right.py $(touch evil) `touch evil` ; touch evil",
        select="$(touch evil)",
    )
    assert not (tmp_path / "evil").exists()
    shell = "".join(step["run"] for step in action["runs"]["steps"])
    assert "${{" not in shell, "an input would become part of the program"


def test_the_hook_calls_a_command_that_there_is():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    words = hook["entry"].split()
    assert parse([*words[1:], "a.py", "b.ipynb"])["paths"] == ["a.py", "b.ipynb"]
    pytest.importorskip("pre_commit")
    command = [
        sys.executable,
        "-m",
        "pre_commit",
        "validate-manifest",
        ROOT / ".pre-commit-hooks.yaml",
    ]
    subprocess.run(command, check=True)
