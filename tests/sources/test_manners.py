"""The same question and the same script in the manners in which people paste them."""

import ast
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


def tried(text: str) -> str:
    body = "\n".join(f"    {line}" for line in text.split("\n"))
    return f"try:\n{body}\nexcept KeyboardInterrupt:\n    pass"


def with_line_numbers(text: str) -> str:
    return "\n".join(f"{i:3d}  {line}" for i, line in enumerate(text.split("\n"), 1))


class _Named(ast.NodeTransformer):
    """Puts the value of each keyword argument under a name, and that in its place."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.values: dict[str, object] = {}

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant) and type(node.value.value) in {int, float, str}:
            name = f"{node.arg}_{len(self.values)}"
            self.values[name] = node.value.value
            node.value = ast.parse(self.place.format(name), mode="eval").body
        return node


def with_settings(text: str, place: str) -> tuple[str, dict[str, object]]:
    named = _Named(place)
    return ast.unparse(named.visit(ast.parse(text))), named.values


def by_command_line(text: str) -> str:
    body, values = with_settings(text, "args.{}")
    options = [f"parser.add_argument('--{name}', default={v!r})" for name, v in values.items()]
    return "\n".join(["parser = ArgumentParser()", *options, "args = parser.parse_args()", body])


def by_class(text: str) -> str:
    body, values = with_settings(text, "Config.{}")
    settings = [f"    {name} = {v!r}" for name, v in values.items()]
    return "\n".join(["class Config:", "    pass", *settings, body])


def by_namespace(text: str) -> str:
    body, values = with_settings(text, "cfg.{}")
    return f"cfg = EasyDict({values!r})\n{body}"


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


@pytest.mark.costly
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_in_other_manners_has_the_same_causes(path: Path, tmp_path: Path):
    text = text_of(path)
    page, script = tmp_path / "page.txt", tmp_path / "script.py"
    plain = judged(text, page)
    assert judged(as_a_function(text), script) == judged(text, script)
    for manner in (quoted, by_a_word_processor, as_html, with_comments_of_others):
        assert judged(manner(text), page) == plain, manner.__name__
    unparsed = judged(ast.unparse(ast.parse(text)), script)
    assert judged(tried(text), script) == judged(text, script)
    for manner in (by_command_line, by_class, by_namespace):
        assert judged(manner(text), script) == unparsed, manner.__name__
    if text.count("\n") >= 4:
        assert judged(with_line_numbers(text), page) == plain


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_question_in_other_manners_has_the_same_causes(path: Path, tmp_path: Path):
    page, text = tmp_path / "page.txt", text_of(path)
    plain = judged(text, page)
    for manner in (quoted, as_html, logged, with_comments_of_others):
        assert judged(manner(text), page) == plain, manner.__name__
