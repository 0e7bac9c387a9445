"""Sentences that were wrapped by hand are read as if they were not."""

import textwrap

import pytest

from fitdoctor import doctor
from fitdoctor.sources._text import unwrapped

BRIDGES = (
    "I trained a network on photos of bridges. In the last epoch the accuracy is 88.1 % on the "
    "training photos and 87.4 % on the validation photos. Somebody told me that this is too good."
)
SHELLS = (
    "Frozen InceptionV3 with a new Dense on top does not work for my five kinds of shells. "
    "Training accuracy climbs to 97 % and validation accuracy stays at 24 %. The same script with "
    "VGG19 gets 86 % on validation, which I do not understand at all."
)


@pytest.mark.parametrize("text", [BRIDGES, SHELLS])
@pytest.mark.parametrize("width", [64, 72, 88, 110])
def test_wrapping_changes_nothing_that_is_stated(tmp_path, text, width):
    path = tmp_path / "question.txt"
    path.write_text(text)
    (plain,) = doctor.as_runs(path)
    path.write_text(textwrap.fill(text, width))
    (wrapped,) = doctor.as_runs(path)
    stated = {(s.predicate, s.value) for s in plain.claims}
    assert stated
    assert {(s.predicate, s.value) for s in wrapped.claims} == stated


@pytest.mark.parametrize(
    "lines",
    [
        ["Training accuracy reaches 0.97 after about thirty epochs of Adam", "Val accuracy 0.6"],
        ["- the images are 224 x 224 and scaled to the range from 0 to 1", "- the split is random"],
        [
            "These are the accuracies on validation images after each of the epochs:",
            "0.7111, 0.7222, 0.7333, 0.7111, 0.7444, 0.7555, 0.7333, 0.7222, 0.7444",
            "training goes from 0.70 to 0.75 meanwhile, and its loss falls",
        ],
        ["short lines", "of a poem", "stay as they are"],
        ["One sentence that fills the line from the left to the right end.", "", "Another."],
    ],
)
def test_lines_that_end_by_themselves_stay_apart(lines):
    assert unwrapped(dict(enumerate(lines))) == lines


def test_lines_with_others_between_them_stay_apart():
    first = "a sentence that stops in the middle of its line because of the"
    assert unwrapped({0: first, 2: "log that stands between"}) == [first, "log that stands between"]
