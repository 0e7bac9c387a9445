"""Rows of words: compiled late, asked only where they may hold, with the answers of plain `re`."""

import re
from pathlib import Path

import pytest

from benchmarks import needles
from fitdoctor.sources import _row
from fitdoctor.sources._row import Pattern
from fitdoctor.sources._text import sentences

QUESTIONS = sorted((Path(__file__).parents[1] / "questions").glob("*.txt"))
PARTS = 16


def test_needles_are_up_to_date():
    assert needles.made() == _row.stored(), "run: python -m benchmarks.needles"


def test_most_rows_have_needles_and_no_two_share_a_key():
    sources = {row.pattern for row in needles.rows()}
    assert len({_row.key(source) for source in sources}) == len(sources)
    assert len(_row.stored()) > 0.85 * len(sources)


@pytest.mark.costly
@pytest.mark.parametrize("part", range(PARTS))
def test_rows_find_what_plain_expressions_find(part):
    """Neither needles nor whole words change what a row matches in what people write."""
    texts = [
        sentence
        for path in QUESTIONS[::12]
        for line in path.read_text().splitlines()
        for sentence in sentences(line[:2000])
    ][::2]
    for row in sorted(needles.rows(), key=lambda row: row.pattern)[part::PARTS]:
        plain = re.compile(row.pattern, re.IGNORECASE)
        for text in texts:
            found, expected = row.search(text), plain.search(text)
            assert (found and found.span()) == (expected and expected.span()), (row.pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?:train|test)ing (?:loss|error)", "TESTING Error"),
        (r"\bcolou?r\b|\bhue\b", "the COLOR"),
        (r"stra(?:ss|ß)e", "STRASSE"),
        (r"(?!no )\w+ (?:images){2}", "of imagesimages"),
        (r"точност\w*", "ТОЧНОСТЬ"),
    ],
)
def test_needles_are_in_every_text_that_matches(pattern, text):
    assert re.search(pattern, text, re.IGNORECASE)
    groups = needles.needles(pattern)
    assert groups
    assert all(any(needle in text.casefold() for needle in group) for group in groups)


def test_a_row_is_compiled_only_where_its_needles_are(monkeypatch):
    row = Pattern("overfit(?:s|ting)")
    monkeypatch.setattr(_row, "stored", lambda: {_row.key(row.pattern): [["overfit"]]})
    monkeypatch.setattr(_row, "_starts", lambda: {"over": ["overfit"]})
    _row._there.cache_clear()
    assert row.search("all is well") is None
    assert "compiled" not in vars(row)
    assert row.search("it overfits")
    assert "compiled" in vars(row)
    _row._there.cache_clear()
