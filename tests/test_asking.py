"""The interview at the command line: options, a terminal, and mistakes."""

import builtins
import json
import re

import pytest

from fitdoctor.cli import asking, main

LOG = "\n".join(
    f"Epoch {n}/9\n10/10 - loss: {0.9 / n:.4f} - accuracy: {1 - 0.7 / n:.4f} "
    f"- val_loss: 1.3{n % 4}00 - val_accuracy: 0.5{n % 3}00"
    for n in range(1, 10)
)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "train.log"
    path.write_text(LOG)
    return str(path)


def causes(capsys):
    return {c["rule"]: c["probability"] for c in json.loads(capsys.readouterr().out)["causes"]}


def test_an_answer_given_as_an_option_is_evidence(log, capsys):
    main(["diagnose", log, "--output-format", "json"])
    before = causes(capsys)
    main(["diagnose", log, "--answer", "same_preparation=no", "--output-format", "json"])
    after = causes(capsys)
    assert after["pipelines_differ"] > 0.5 > before.get("pipelines_differ", 0)


def test_without_a_terminal_nobody_is_asked_and_the_option_is_named(log, capsys, monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda _prompt: pytest.fail("asked"))
    main(["diagnose", log])
    assert "--answer " in capsys.readouterr().out


@pytest.mark.parametrize(
    "bad", ["same_preparation", "same_preparation=perhaps", "colour=no", "=no"]
)
def test_a_bad_answer_is_one_line_and_status_2(log, capsys, bad):
    assert main(["diagnose", log, "--answer", bad]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("fitdoctor: ")
    assert captured.err.count("\n") == 1


def test_at_a_terminal_answers_are_taken_by_number_or_word_and_skipped(log, capsys, monkeypatch):
    monkeypatch.setattr(asking, "possible", lambda: True)
    lines = iter(["nonsense", "2", "", "", ""])
    monkeypatch.setattr(builtins, "input", lambda _prompt: next(lines))
    main(["diagnose", log, "--ask", "3"])
    out = capsys.readouterr().out
    assert "is none of" in out
    assert re.search(r"Answered: [\w ]+\. That changes: [\w ]+ \d+% -> \d+%", out)


def test_the_end_of_input_ends_the_interview(log, capsys, monkeypatch):
    monkeypatch.setattr(asking, "possible", lambda: True)

    def closed(_prompt):
        raise EOFError

    monkeypatch.setattr(builtins, "input", closed)
    assert main(["diagnose", log, "--ask", "5"]) in {0, 1}
    assert "Answered" not in capsys.readouterr().out


def test_the_report_holds_what_was_answered_at_the_terminal(log, tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "possible", lambda: True)
    monkeypatch.setattr(builtins, "input", lambda _prompt: "1")
    report = tmp_path / "report.html"
    main(["diagnose", log, "--ask", "0", "--html", str(report)])
    assert "Known by answers" not in report.read_text()
    main(["diagnose", log, "--ask", "1", "--html", str(report)])
    assert "Known by answers" in report.read_text()
    assert "--answer " in report.read_text().partition("How to get this again")[2]
