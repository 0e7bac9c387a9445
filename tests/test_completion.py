"""Completion in shells: what bash answers, and that the others get a script."""

import shutil
import subprocess

import pytest

from fitdoctor.cli import main

pytest.importorskip("shtab")

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); LAST="${@: -1}"; COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
complete -p fitdoctor > /dev/null || exit 9
eval "$(complete -p fitdoctor | sed 's/.*-F \\([^ ]*\\).*/\\1/')" fitdoctor "$LAST"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("bash") / "fitdoctor.bash"
    with path.open("w") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", file)
        assert main(["completion", "bash"]) == 0
    return path


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("words", "expected", "absent"),
    [
        (["di"], {"diagnose"}, {"train"}),
        (["train", "--ep"], {"--epochs"}, {"--seed"}),
        (["export", "run", "--to", ""], {"onnx", "litert"}, {"json"}),
        (["explain", "overf"], {"overfitting"}, {"underfitting"}),
        (["prove", "--cause", "dropout_t"], {"dropout_too_high"}, {"--cause"}),
        (["check", "tr"], {"train.py"}, {"train"}),
    ],
)
def test_bash_completes(script, tmp_path, words, expected, absent):
    (tmp_path / "train.py").touch()
    done = subprocess.run(
        ["bash", "--norc", "-c", ASK, "ask", script, "fitdoctor", *words],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    answers = set(done.stdout.split())
    assert expected <= answers, (answers, done.stderr)
    assert not absent & answers


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_other_shells_get_a_script_with_every_command(shell, capsys):
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("lr-find", "--learning-rate", "overfitting"))
