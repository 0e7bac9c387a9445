"""A log that is watched as it grows: whole epochs, findings that last, an end without a trace."""

import itertools
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from fitdoctor import watching
from fitdoctor.cli import main
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Run
from fitdoctor.report import live
from fitdoctor.steady import Steady, Told

SCRIPT = """import keras
model = keras.Sequential([keras.layers.Dense(4, activation="softmax")])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=40)
"""


def epochs(first, last, val_loss=lambda e: 0.8 + 0.03 * e):
    return "".join(
        f"Epoch {e}/40\n60/60 - 1s - loss: {1.4 * 0.85**e:.4f} - accuracy: {1 - 0.7 * 0.85**e:.4f} "
        f"- val_loss: {val_loss(e):.4f} - val_accuracy: 0.7000\n"
        for e in range(first, last + 1)
    )


def watched(log, pieces, beside=()):
    """Return the looks at a log to which one piece after the other is written."""

    def wait():
        for piece in pieces:
            with log.open("a") as file:
                file.write(piece)
            yield True
        yield True  # nothing new: the last epoch is whole
        yield False

    return list(watching.looks(watching.OnDisk(log), beside, wait=wait()))


def test_a_row_that_is_still_written_is_left_for_later(tmp_path):
    whole = epochs(1, 3)
    cut = whole.rindex("val_loss: ") + len("val_loss: 0.")
    looks = watched(tmp_path / "log.txt", [whole[:cut], whole[cut:]])
    assert [look.epoch for look in looks] == [2, 2, 3]
    assert looks[-1].run.curves["val_loss"].values[-1] == pytest.approx(0.89)


def test_what_was_there_already_is_told_as_if_it_had_been_watched(tmp_path):
    pieces = [epochs(e, e) for e in range(1, 41)]
    grown = watched(tmp_path / "grown.txt", pieces)[-1]
    at_once = watched(tmp_path / "at_once.txt", ["".join(pieces)])[-1]
    assert "overfitting" in grown.state.told
    assert "overfitting" in at_once.state.told
    assert at_once.epoch == grown.epoch == 40


def test_a_finding_is_told_with_what_was_seen_by_then(tmp_path):
    def rising(epoch):
        return 0.5 + 0.5 * 0.7**epoch + 0.03 * max(0, epoch - 5)

    at_once = watched(tmp_path / "at_once.txt", [epochs(1, 40, rising)])
    news = [
        (new.epoch, new.sentence)
        for before, now in itertools.pairwise([watching.Look(), *at_once])
        if now.diagnosis is not None
        for new in live.news(before.state, now.state, now.diagnosis)
    ]
    (told,) = [(epoch, words) for epoch, words in news if "while training loss fell" in words]
    assert told[0] < 20
    figures = [float(found) for found in re.findall(r"to (\d+\.\d+)", told[1])]
    assert figures
    assert max(figures) <= rising(told[0]) + 1e-3


def test_an_epoch_that_is_missing_keeps_no_look_back(tmp_path):
    rows = "epoch,loss,val_loss\n1,0.9,0.9\n2,0.8,0.8\n5,0.7,0.7\n"
    looks = watched(tmp_path / "log.csv", [rows])
    assert [look.epoch for look in looks] == [2, 5]


def test_findings_are_told_once_and_do_not_flap(tmp_path):
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.02, 41)
    pieces = [epochs(e, e, lambda e: 0.9 + noise[e]) for e in range(1, 41)]
    states = [look.state for look in watched(tmp_path / "log.txt", pieces)]
    for rule in {name for state in states for name in state.told}:
        shown = [rule in state.told for state in states]
        assert sum(a != b for a, b in itertools.pairwise(shown)) <= 2, rule
    assert "stopped_while_improving" not in {n for state in states for n in state.rules}


def test_no_file_nothing_in_it_and_nothing_to_read(tmp_path):
    log = tmp_path / "log.txt"
    (nothing, *_) = watched(tmp_path / "other.txt", ["starting ...\n"])
    assert nothing.run is None
    assert "other.txt" in nothing.why
    assert watching.OnDisk(log).signature() == ()


def test_a_run_folder_that_has_ended_is_read_once(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    rows = "".join(f"{e},{1 / e:.4f},{1.1 / e:.4f}\n" for e in range(1, 9))
    (folder / "metrics.csv").write_text("epoch,loss,val_loss\n" + rows)
    (folder / "model.keras").write_bytes(b"")

    def wait():
        yield True
        raise AssertionError("it had ended")

    (look,) = watching.looks(watching.OnDisk(folder), (), wait=wait())
    assert look.epoch == 8


def test_sparklines_keep_their_ends_and_what_is_no_number():
    assert live.sparkline(np.array([1.0, np.inf, 0.0]), 8, ".:-") == "-x."
    assert live.sparkline(np.array([np.nan]), 8) == "x"
    assert len(live.sparkline(np.arange(1000.0), 20)) == 20
    assert live.sparkline(np.arange(1000.0), 20)[-1] == "\u2588"


def test_what_is_taken_back_is_told():
    told = Steady(epoch=5, rules={"overfitting": Told(seen=True, since=2, told=4)})
    back = Steady(epoch=20, rules={"overfitting": Told(seen=False, since=9, gone=20)})
    nothing = Diagnosis(run=Run(), causes=(), symptoms=(), benign=(), outcomes=())
    assert list(map(live.line, live.news(told, back, nothing))) == [
        "epoch   20  NO LONGER SEEN  overfitting"
    ]


def test_the_command_prints_a_line_for_each_epoch_and_ends_when_nothing_comes(tmp_path, capsys):
    log, script = tmp_path / "log.txt", tmp_path / "train.py"
    log.write_text(epochs(1, 12))
    script.write_text(SCRIPT)
    status = main(["watch", str(log), str(script), "--every", "0.01", "--idle", "0.05"])
    printed = capsys.readouterr().out
    assert status == 1
    assert len(re.findall(r"(?m)^epoch +\d+  loss ", printed)) == 12
    assert (
        len(
            re.findall(
                r"(?m)^epoch +\d+  FOUND  the loss is given probabilities, and expects logits",
                printed,
            )
        )
        == 1
    )
    assert "\x1b" not in printed
    assert "Problem found: " in printed.rpartition("epoch   12")[2]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--every", "0"], "expected seconds, more than 0"),
        (["--idle", "nan"], "expected seconds, more than 0"),
        (["gone.py"], "there is no such file"),
        (["--idle", "0.02", "--every", "0.01"], "there is no such file"),
    ],
)
def test_bad_input_is_one_line(tmp_path, capsys, options, why):
    given = [o for o in options if not o.endswith(".py")]
    more = [str(tmp_path / o) for o in options if o.endswith(".py")]
    assert main(["watch", str(tmp_path / "no.txt"), *more, *given]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert why in said[-1]
    assert all(line.startswith(("fitdoctor: ", "waiting: ")) for line in said)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["-"], "there is no standard input"),
        (["-", "--idle", "1"], "would end the program that writes to it"),
        (["train.log", "-"], "give it first"),
    ],
)
def test_standard_input_that_cannot_be_watched_is_one_line(capsys, monkeypatch, given, why):
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["watch", *given]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert why in line


def piped(text, *options):
    """Return the code, the output and the errors of `watch -` that a text is piped into."""
    done = subprocess.run(
        [sys.executable, "-m", "fitdoctor", "watch", "-", "--every", "0.05", *options],
        input=text.encode(), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_what_a_program_prints_is_watched_until_it_ends(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    code, out, err = piped(epochs(1, 12), str(script))
    assert code == 1
    assert len(re.findall(r"(?m)^epoch +\d+  loss ", out)) == 12
    assert (
        len(
            re.findall(
                r"(?m)^epoch +\d+  FOUND  the loss is given probabilities, and expects logits", out
            )
        )
        == 1
    )
    assert err == ""


@pytest.mark.parametrize(("text", "why"), [("", "nothing came"), ("\0\1\2" * 99, "binary"),
                                           ("hello\n", "")])  # fmt: skip
def test_a_pipe_without_a_log_is_one_line(text, why):
    code, out, err = piped(text)
    assert (code, out) == (2, "")
    assert why in err.splitlines()[-1]
    assert "Traceback" not in err


def test_a_writer_never_waits_for_a_look():
    class Endless:
        """Hands over pieces at once, and says how many."""

        taken = 0

        def read1(self, most):
            if self.taken == 500:
                return b""
            self.taken += 1
            return b"x" * most

    stream = Endless()
    log = watching.Piped(stream)
    deadline = time.monotonic() + 20
    while not log.ended() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stream.taken == 500
    assert log.signature() == 500 * watching.PIECE


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
@pytest.mark.parametrize("terminal", ["xterm", "dumb"])
def test_an_interrupt_ends_it_without_a_trace(tmp_path, terminal):
    log = tmp_path / "log.txt"
    log.write_text(epochs(1, 9))
    outer, inner = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "CI"} | {"TERM": terminal}
    child = subprocess.Popen(
        [sys.executable, "-m", "fitdoctor", "watch", str(log), "--every", "0.1"],
        stdout=inner, stderr=subprocess.PIPE, env=environment, text=True, start_new_session=True,
        # A shell that runs tests in the background hands on that interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip
    shown, deadline = "", time.monotonic() + 60
    while "9" not in shown.rpartition("epoch")[2] and time.monotonic() < deadline:
        if select.select([outer], [], [], 1.0)[0]:
            shown += os.read(outer, 4096).decode()
    child.send_signal(signal.SIGINT)
    try:
        said = child.communicate(timeout=60)[1]
    finally:
        child.kill()
    os.close(inner)
    assert child.returncode in {0, 1}
    assert "Traceback" not in said
    assert "no longer watching; the training goes on" in said
    assert ("\x1b[" in shown) is (terminal == "xterm")
    os.close(outer)
