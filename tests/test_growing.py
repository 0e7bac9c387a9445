"""Trainings as they grow on the terminal: what stays, what is drawn anew, pace and findings."""

import io
import re

import pytest

from fitdoctor.cli import growing, printing
from fitdoctor.report.progress import Board, Terminal, duration, pace


class Screen(io.StringIO):
    """A terminal that does what the escape sequences of a board say."""

    encoding = "utf-8"

    def isatty(self):
        return True

    def shown(self):
        lines = [""]
        for text, up in re.findall(r"([^\x1b]*)(?:\x1b\[(\d+)A\x1b\[J)?", self.getvalue()):
            *whole, lines[-1] = (lines[-1] + text).split("\n")
            lines[-1:-1] = whole
            if up:
                del lines[-1 - int(up) : -1]
        return lines[:-1]


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    return Screen()


def test_what_is_below_is_drawn_anew_and_cut_and_lines_stay(screen):
    board = Board(screen)
    board.write(["one"], ["a" * 99, "b"])
    assert screen.shown() == ["one", "a" * 39, "b"]
    board.write(["two"], ["c"])
    assert screen.shown() == ["one", "two", "c"]
    board.write(["three"])
    assert screen.shown() == ["one", "two", "three"]


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"CI": "true"}, {"TERM": ""}])
def test_dumb_terminals_and_logs_of_ci_get_plain_lines(screen, monkeypatch, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal(screen)
    for done in range(1, 51):
        terminal.step("reading images", done, 50)
    terminal.epoch(1, 2, {"loss": 1.0})
    assert "\x1b" not in screen.getvalue()
    assert "\r" not in screen.getvalue()
    assert len(screen.shown()) == 2


def test_a_step_is_one_line_that_grows(screen):
    terminal = Terminal(screen)
    for done in range(1, 4):
        terminal._last_drawn = 0.0
        terminal.step("reading images", done, 3)
    assert len(screen.shown()) == 1
    assert "3/3" in screen.shown()[0]


def test_pace_counts_the_last_epochs_by_their_middle_one():
    seconds = [60.0, 2.0, 2.0, 9.0, 2.0, 2.0]
    assert pace(seconds, 26, 800) == "2.0 s an epoch, 400 images/s, at most 40 s left"
    assert pace(seconds, 6, None) == "2.0 s an epoch"
    assert pace([0.0], 2, 800) == "0.0 s an epoch"
    assert duration(7200) == "2.0 h"


def grow(folder, epochs, watcher, rise=0.03):
    """Tell a watcher of epochs as a training does that writes its folder."""
    folder.mkdir()
    rows = ["epoch,loss,val_loss,seconds"]
    for epoch in range(1, epochs + 1):
        row = {"loss": 1.4 * 0.85**epoch, "val_loss": 0.8 + rise * epoch, "seconds": 2.0}
        rows.append(",".join([str(epoch), *(f"{v:.4f}" for v in row.values())]))
        (folder / "metrics.csv").write_text("\n".join(rows) + "\n")
        watcher._next_look = 0.0
        watcher.epoch(epoch, epochs, row)


def test_a_training_shows_epochs_curves_pace_and_what_lasts(tmp_path, screen):
    watcher = growing.Following(tmp_path / "run", screen)
    grow(tmp_path / "run", 30, watcher)
    shown = screen.shown()
    assert [line for line in shown if re.match(r"epoch +30/30", line)]
    assert sum("FOUND  overfitting" in line for line in shown) == 1
    assert any(line.startswith("val_loss") and "\u2588" in line for line in shown)
    assert shown[-1].startswith("30 of 30 epochs, 2.0 s an epoch")
    watcher.say("saving the model")
    assert screen.shown()[-1] == "saving the model"
    assert not any("\u2588" in line for line in screen.shown())


def test_curves_grow_with_every_epoch_though_looks_are_seldom(tmp_path, screen):
    watcher = growing.Following(tmp_path / "run", screen)
    grow(tmp_path / "run", 5, watcher)
    watcher._next_look = float("inf")
    for epoch in range(6, 9):
        watcher.epoch(epoch, 9, {"loss": 0.1, "val_loss": 3.0 + epoch, "seconds": 2.0})
    shown = {line.split()[0]: line for line in screen.shown() if line.strip()}
    assert shown["val_loss"].endswith("11, least 0.83 ")  # as wide as the screen
    assert len(re.findall("[\u2581-\u2588]", shown["val_loss"])) == 8
    assert "found up to epoch 5" in "\n".join(screen.shown())


def test_a_training_that_goes_on_keeps_the_curves_of_before(tmp_path, screen):
    grow(tmp_path / "run", 5, growing.Following(tmp_path / "run"))
    again = growing.Following(tmp_path / "run", screen)
    text = (tmp_path / "run/metrics.csv").read_text()
    (tmp_path / "run/metrics.csv").write_text(text + "6,0.4,0.9,2.0\n")
    again.epoch(6, 9, {"loss": 0.4, "val_loss": 0.9, "seconds": 2.0})
    shown = {line.split()[0]: line for line in screen.shown() if line.strip()}
    assert len(re.findall("[\u2581-\u2588]", shown["loss"])) == 6


def test_without_a_terminal_each_epoch_is_a_line_with_its_pace(tmp_path, capsys):
    grow(tmp_path / "run", 12, growing.Following(tmp_path / "run"))
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if line.startswith("epoch") and "/12 " in line]) == 12
    assert "2.0 s an epoch, at most 20 s left" in lines[1]
    assert not any("\x1b" in line for line in lines)


def test_quiet_neither_prints_nor_looks(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stderr", printing.Nowhere())
    monkeypatch.setattr(growing.Following, "_looks", lambda *_: pytest.fail("it looked"))
    watcher = growing.Following(tmp_path / "run")
    grow(tmp_path / "run", 3, watcher)
    assert printing.sys.stderr.getvalue() == ""


def test_a_folder_that_cannot_be_read_does_not_end_the_training(tmp_path, screen):
    watcher = growing.Following(tmp_path / "gone", screen)
    watcher.epoch(1, 3, {"loss": 1.0, "seconds": 1.0})
    assert "epoch   1/3" in screen.shown()[0]


def test_each_phase_of_a_training_has_its_own_pace(tmp_path):
    stream = io.StringIO()
    shown = growing.Following(tmp_path, stream)
    for epoch, epochs, seconds in ((1, 12, 9.0), (2, 12, 0.1), (12, 12, 0.1), (13, 15, 4.0)):
        shown.step("listing images", 4, 4)
        shown.epoch(epoch, epochs, {"loss": 0.5, "seconds": seconds})
    lines = [line for line in stream.getvalue().splitlines() if line.startswith("epoch")]
    # Compiling is part of the first epoch alone; what learns anew learns more slowly.
    assert "at most 1.0 s left" in lines[1]
    assert "4.0 s an epoch, at most 8.0 s left" in lines[3]
