"""The same question and the same script in the manners in which people paste them."""

import html
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from fitdoctor import doctor, sources

HERE = Path(__file__).parents[1]
SCRIPTS = sorted((HERE / "programs").glob("*.txt"))[::9]
LOGS = [
    path
    for path in sorted((HERE / "questions").glob("*.txt"))
    if len(re.findall(r"(?m)^(?!.*[(|,]).*[Ee]poch.{0,40}loss: ?\d", path.read_text())) > 3
][::3]


def as_a_function(text: str) -> str:
    body = "\n".join(f"    {line}" for line in text.split("\n"))
    return f"def main():\n{body}\n\nif __name__ == '__main__':\n    main()"


def with_line_numbers(text: str) -> str:
    return "\n".join(f"{i:3d}  {line}" for i, line in enumerate(text.split("\n"), 1))


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def by_a_word_processor(text: str) -> str:
    return text.replace('"', "\u201d").replace("'", "\u2019")


def as_html(text: str) -> str:
    return html.escape(text)


def logged(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        f"2021-03-01 12:00:{i % 60:02d},123 - INFO - {line}" if "loss: " in line else line
        for i, line in enumerate(lines)
    )


def with_comments_of_others(text: str) -> str:
    return (
        f"{text}\n\nTry lr=1e-5 \u2013 bob Mar 3 '19 at 11:00\n\nAnswer by alice (3 votes)\n\n"
        "model.compile(optimizer='sgd', loss='mse')\n"
    )


def judged(text: str, file: Path) -> tuple[str, list[str]]:
    file.write_text(text)
    diagnosis = doctor.examine(replace(sources.read(file)[-1], prose=""))
    return diagnosis.verdict, [cause.rule for cause in diagnosis.causes]


def text_of(path: Path) -> str:
    return path.read_text().partition("\n\n")[2].rstrip("\n")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_in_other_manners_has_the_same_causes(path: Path, tmp_path: Path):
    text = text_of(path)
    page, script = tmp_path / "page.txt", tmp_path / "script.py"
    plain = judged(text, page)
    assert judged(as_a_function(text), script) == judged(text, script)
    for manner in (quoted, by_a_word_processor, as_html, with_comments_of_others):
        assert judged(manner(text), page) == plain, manner.__name__
    if text.count("\n") >= 4:
        assert judged(with_line_numbers(text), page) == plain


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_question_in_other_manners_has_the_same_causes(path: Path, tmp_path: Path):
    page, text = tmp_path / "page.txt", text_of(path)
    plain = judged(text, page)
    for manner in (quoted, as_html, logged, with_comments_of_others):
        assert judged(manner(text), page) == plain, manner.__name__
