"""What somebody gets who gives the wrong thing, or nothing: one line that says what it is."""

import pytest

from fitdoctor import doctor
from fitdoctor.cli import main
from fitdoctor.records.finding import Question
from fitdoctor.report import text
from fitdoctor.rules import all_rules


@pytest.fixture
def says(capsys):
    def run(*arguments):
        status = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.mark.parametrize("content", ["", " \n\n\t\n"])
@pytest.mark.parametrize("command", ["diagnose", "read"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, says, content, command):
    path = tmp_path / "it.log"
    path.write_text(content)
    assert says(command, path) == (2, "", f"fitdoctor: {path}: it is empty\n")


def test_a_text_without_facts_gets_one_short_line(tmp_path, says):
    path = tmp_path / "cake.md"
    path.write_text("Whisk three eggs with sugar.\nBake for an hour.\n")
    status, _, err = says("diagnose", path)
    assert status == 2
    assert err.count("\n") == 1
    assert len(err) < 200 + len(str(path))


def test_the_help_of_read_lists_the_formats(capsys):
    with pytest.raises(SystemExit):
        main(["read", "--help"])
    assert "Lightning progress bar" in capsys.readouterr().out


def test_explain_without_a_name_lists_every_rule_once(says):
    status, out, _ = says("explain")
    named = [line.split()[1].rstrip(":") for line in out.splitlines() if line[:1] == " "]
    assert status == 0
    assert sorted(named) == sorted(rule.name for rule in all_rules())


@pytest.mark.parametrize("width", [60, 100])
def test_every_answer_of_a_question_is_shown(tmp_path, width):
    path = tmp_path / "x.csv"
    path.write_text("epoch,loss\n" + "".join(f"{e},0.69\n" for e in range(1, 9)))
    answers = tuple(f"answer_that_is_number_{n}" for n in range(12))
    asked = Question(id="metric", text="What is it?", answers=answers, bits=1.0, seconds=1.0)
    diagnosis = doctor.diagnose(path)
    only = type(diagnosis)(
        run=diagnosis.run, causes=(), symptoms=diagnosis.symptoms, benign=(), outcomes=(),
        questions=(asked,),
    )  # fmt: skip
    shown = " ".join(text.render(only, width=width).split())
    assert all(answer in shown for answer in answers)
