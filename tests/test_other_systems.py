"""What Windows and macOS have not: tried here by taking it away."""

import ast
import errno
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fitdoctor.cli import printing
from fitdoctor.experiments import jobs
from fitdoctor.images import cache
from fitdoctor.observe import launch
from fitdoctor.report import progress

ROOT = Path(__file__).parents[1]
LOG = "".join(
    f"Epoch {e}/9\n38/38 - 2s - loss: {2 / e:.4f} - accuracy: {1 - 1 / (e + 1):.4f} - "
    f"val_loss: {1.2 + abs(e - 3) / 5:.4f} - val_accuracy: {0.6 + e / 200:.4f}\n"
    for e in range(1, 10)
)
GUARDED = {
    "fork", "killpg", "getpgid", "setsid", "posix_fallocate", "sched_getaffinity", "sysconf",
    "getuid", "getloadavg", "mkfifo", "uname", "madvise",
}  # fmt: skip
"""Names that some systems lack; a function that uses one asks before, or does without."""
ONLY_POSIX = {"resource", "fcntl", "pty", "termios", "tty", "pwd", "grp"}


@pytest.mark.costly
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk"])
def test_what_is_printed_reaches_a_pipe_of_any_encoding(tmp_path, encoding):
    path = tmp_path / "a.log"
    path.write_text(LOG)
    for words in (["diagnose", str(path), "--ask", "0", "--verbose"], ["explain"], ["recipe"]):
        done = subprocess.run(
            [sys.executable, "-m", "fitdoctor", *words], capture_output=True, check=False,
            env=os.environ | {"PYTHONIOENCODING": encoding},
        )  # fmt: skip
        assert done.returncode in {0, 1}, done.stderr.decode(encoding)
        assert done.stdout.decode(encoding).strip()
    if encoding == "ascii":
        shown = subprocess.run(
            [sys.executable, "-m", "fitdoctor", "diagnose", str(path), "--ask", "0"],
            capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": encoding},
        ).stdout.decode()  # fmt: skip
        assert "####" in shown
        assert "?" not in shown.partition("Next:")[0]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"WT_SESSION": "1"}, True),
        ({"WT_SESSION": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_an_old_console_gets_no_escape_sequences(monkeypatch, variables, expected):
    for name in (*progress.FOLLOWS_ESCAPES, "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", type("Terminal", (), {"isatty": lambda self: True})())
    assert printing.colour() is expected


def test_room_is_taken_where_no_call_reserves_it(monkeypatch, tmp_path):
    monkeypatch.delattr("os.posix_fallocate", raising=False)
    cache._reserve(tmp_path / "a.npy", (3, 4, 4, 3))
    assert np.load(tmp_path / "a.npy").shape == (3, 4, 4, 3)


def test_a_child_is_ended_where_there_are_no_process_groups(monkeypatch):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with monkeypatch.context() as patch:
        patch.delattr("os.killpg")
        patch.setattr(jobs.os, "name", "nt")
        jobs._end(child)
    assert child.returncode is not None


def test_signals_that_a_system_lacks_are_not_passed_on(monkeypatch):
    for name in ("SIGHUP", "SIGUSR1", "SIGUSR2"):
        monkeypatch.delattr(f"signal.{name}", raising=False)
    before = signal.getsignal(signal.SIGTERM)
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    with launch._signals_for(child):
        assert signal.getsignal(signal.SIGTERM) is not before
    child.wait()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_status_below_nought_is_no_signal_elsewhere(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(launch.os, "name", "nt")
        found = launch.end_as(-1073741510)
    assert found == -1073741510


def test_the_port_of_the_page_is_ours_alone_on_windows(monkeypatch):
    serving = pytest.importorskip("fitdoctor.web.serving")
    asked = []

    class Socket:
        def __init__(self, *_):
            pass

        def setsockopt(self, level, option, value):
            asked.append(option)

        def bind(self, address):
            raise OSError(errno.EACCES, "no")

        def close(self):
            pass

    monkeypatch.setattr(serving.socket, "socket", Socket)
    monkeypatch.setattr(serving.socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    with pytest.raises(Exception, match="cannot listen there"):
        serving._listening(8000)
    assert asked == [-5]
    assert socket.SO_REUSEADDR not in asked


def test_calls_that_some_systems_lack_stand_behind_a_question():
    """A function with such a call asks for its name, the system or the error of its absence."""
    asks = ("hasattr(", "os.name", "ImportError", "getattr(")
    found = 0
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text()
        if not re.search(
            rf"os\.(?:{'|'.join(GUARDED)})\b|import (?:{'|'.join(ONLY_POSIX)})\b", text
        ):
            continue
        tree = ast.parse(text)
        for node in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
            parts = list(ast.walk(node))
            calls = [one for one in parts if isinstance(one, ast.Attribute)]
            of_os = {one.attr for one in calls if getattr(one.value, "id", "") == "os"}
            imported = {a.name for one in parts if isinstance(one, ast.Import) for a in one.names}
            if used := of_os & GUARDED | imported & ONLY_POSIX:
                found += 1
                body = ast.get_source_segment(text, node)
                assert any(word in body for word in asks), (path, node.name, used)
        top = {a.name for one in tree.body if isinstance(one, ast.Import) for a in one.names}
        assert not top & ONLY_POSIX, path
    assert found >= 4
