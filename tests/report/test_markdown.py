"""The answer as Markdown: what it holds, and that words of others stay words."""

import numpy as np
import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.cli import main
from fitdoctor.report import markdown

HOSTILE = (
    "<img src=x onerror=alert(1)>", "![x](https://example.org/a.png)", "[x](javascript:alert(1))",
    "# not a heading", "**bold** _it_ ~~gone~~", "a | b\n|---|---|\n| c | d |", "</td><script>",
    "&lt;script&gt;", "`` ` ``", "x`<b>`y`", "https://example.org", "- [ ] @somebody", "1. a\n2. b",
)  # fmt: skip


def sick():
    run = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))
    return doctor.examine(run(np.random.default_rng(5)))


def tags(text):
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    return {part.split(">")[0].split(" ")[0] for part in html.split("<")[1:]}


def test_verdict_cause_evidence_fix_and_next_step_stand_in_it():
    made = markdown.render([sick()])
    lead = sick().causes[0]
    assert made.startswith("**Problem found")
    assert f"1. **Overfitting** (very likely, by your curves, {lead.code})" in made
    assert "   - Fix: " in made
    assert "\nNext: " in made
    assert tags(made) <= {"p", "/p", "strong", "/strong", "ol", "/ol", "li", "/li", "ul", "/ul",
                          "em", "/em", "code", "/code"}  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_others_stay_words(words):
    assert tags(markdown.escaped(f"seen {words}")) <= {"p", "/p", "code", "/code"}
    name = replace(sick(), run=replace(sick().run, name=words, contradictions=(words,)))
    made = markdown.render([name])
    assert tags(made) <= tags(markdown.render([sick()])) | {"code", "/code"}
    assert made.count("\n1. ") == 1
    assert "@" not in made


@pytest.mark.parametrize("words", ["a", "`a`", "a``b", "``", "a `b", "x\ny"])
def test_code_is_shown_as_it_is(words):
    (token,) = MarkdownIt().parseInline(markdown.code(words))[0].children
    assert token.type == "code_inline"
    assert token.content == " ".join(words.split())


def test_a_long_sentence_is_cut():
    assert len(markdown.escaped("x" * 10_000)) == markdown.MOST_CHARACTERS


def test_the_command_line_prints_it(tmp_path, capsys):
    log = tmp_path / "a.csv"
    log.write_text("epoch,loss,val_loss\n" + "".join(f"{i},{1 / (i + 1)},1.0\n" for i in range(9)))
    main(["diagnose", str(log), "--output-format", "markdown"])
    assert capsys.readouterr().out.startswith("**")
