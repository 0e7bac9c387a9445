"""Figures in sentences, whatever marks stand between their digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor.sources import _prose
from fitdoctor.sources._numerals import numbers

SEPARATORS = st.sampled_from([",", ".", " ", ", ", "-", ";", "e", "%", "k", "x", "/", "\u00a0"])


@given(st.lists(st.tuples(st.text("0123456789", min_size=1, max_size=6), SEPARATORS), max_size=8))
def test_whatever_stands_between_digits_is_read_or_left(parts):
    text = "the accuracy is " + "".join(digits + mark for digits, mark in parts)
    for number in numbers(text):
        assert number.value == number.value
    _prose.claims([text])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("angles 0,270,180,90 in degrees", []),
        ("1,281,167 images", [1281167]),
        ("it is 0,87 now", [0.87]),
        ("rates of 0.1, 0.01 and 0.001", [0.1, 0.01, 0.001]),
    ],
)
def test_a_row_of_figures_is_no_decimal(text, values):
    assert [number.value for number in numbers(text)] == pytest.approx(values)
