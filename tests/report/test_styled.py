import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor.report.styled import clipped, columns, draw, indented, styled, wrap

WORDS = st.text(st.sampled_from("abc  \n三\u0301x-"), max_size=80)


@given(WORDS, st.integers(2, 30))
def test_lines_are_no_wider_than_asked_and_hold_every_character(words, width):
    lines = draw([styled((words, "bold"))], width, colour=False).split("\n")
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.split())


@given(WORDS, st.integers(4, 30), st.integers(1, 3))
def test_what_is_clipped_keeps_within_its_lines(words, width, most):
    content = styled(words)
    kept = list(wrap(clipped(content, width, most), width))
    whole = list(wrap(content, width))
    assert len(kept) <= most
    assert all(columns(line.plain) <= width for line in kept)
    if len(whole) <= most:
        assert kept == whole
    else:
        assert kept[-1].plain.endswith("…")


def test_what_is_clipped_ends_with_a_clause():
    told = styled("Validation loss rose from 0.3 to 0.9; training loss went on falling (p = 0.003)")
    assert clipped(told, 60, 1).plain == "Validation loss rose from 0.3 to 0.9."
    assert clipped(told, 74, 1).plain.endswith("training loss went on falling.")
    quoted = styled("Stated: \u201cwith my ResNet50 it is bad, with VGG16 it is good\u201d")
    assert clipped(quoted, 50, 1).plain == "Stated: \u201cwith my ResNet50 it is bad \u2026\u201d"
    assert clipped(told, 79, 1) == told


@given(st.lists(st.tuples(WORDS, st.sampled_from(["", "red", "dim"])), max_size=5))
def test_colours_change_no_character(parts):
    content = [styled(*parts)]
    shown = draw(content, 20, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == draw(content, 20, colour=False)


def test_wrapping_is_at_words_and_behind_the_indent():
    content = indented(styled("one two three ", ("four", "bold")), 4)
    assert draw([content], 12, colour=False) == "    one two\n    three\n    four"


def test_a_word_that_is_too_long_is_cut_and_a_whole_line_never():
    assert draw([styled("abcdefgh ij")], 3, colour=False) == "abc\ndef\ngh\nij"


def test_a_style_goes_on_over_lines():
    shown = draw([styled(("red words", "red"), " plain")], 5, colour=True)
    assert shown == "\x1b[31mred\x1b[0m\n\x1b[31mwords\x1b[0m\nplain"


@pytest.mark.parametrize("evil", ["\x1b[2J", "\x07", "\r", "\x9b31m", "a\x08b"])
def test_words_of_others_cannot_move_the_cursor(evil):
    shown = draw([styled(evil, (evil, "red"))], 40, colour=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_line_separators_of_unicode_are_spaces():
    assert styled("a\u2028b\tc").plain == "a b c"
