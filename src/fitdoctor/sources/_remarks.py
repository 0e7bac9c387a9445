"""What comments in the code of a question tell of the training beside them.

A comment behind code is of what the code is about; a long one explains what holds for any network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.sources._prose import claims


def commented(lines: list[str], code: set[int]) -> list[str]:
    """Return the lines of code with a comment that is none of a long explanation."""
    return [lines[i] for i in sorted(code - _explained(lines)) if "#" in lines[i]]


def facts(lines: Sequence[str]) -> list[Claim]:
    """Return what lines with comments tell."""
    found = claims([sentence_of(line) for line in lines])
    return [s for s in found if s.predicate in _OF_COMMENTS]


def beside_code(lines: Sequence[str]) -> list[Claim]:
    """Return what comments tell that show no more than the values of their own line of code."""
    shown = [s for line in lines if (s := sentence_of(line)) != line.partition("#")[2]]
    return [s for s in claims(shown) if s.predicate in _OF_COMMENTS]


def teaches(prose: Sequence[str]) -> bool:
    """Return whether nobody in a text speaks of a training of their own, or asks about one."""
    return not any(_ASKS.search(line[:2000]) for line in prose)


def told(lines: list[str], code: set[int]) -> list[str]:
    """Return what a script says in words: its comments, and the strings that stand alone."""
    return [line.partition("#")[2] if i in code else line for i, line in enumerate(lines)]


_OF_COMMENTS = frozenset(
    {
        "whole_numbers",
        "n_train",
        "n_val",
        "n_classes",
        "batch_size",
        "steps_per_epoch",
        "smallest_label",
        "keras_version",
        "tensorflow_version",
        "python_version",
        "nothing_trainable",
        "sorted_by_class",
        "several_labels",
        "frames_of_videos",
        "largest_target",
        "said_accuracy",
        "said_val_accuracy",
        "said_loss",
        "said_val_loss",
        "train_good_val_bad",
        "validation_better",
        "evaluate_differs",
        "loss_nan",
    }
)

_ASKS = lazy_re.compile(
    r"\b(?:I|I'm|I've|[Mm]y|[Mm]e|[Hh]elp|[Ww]hy (?:is|does|do|did|am|are)|[Яя]|[Мм]о[йяи]|[Ii]ch"
    r"|[Jj]e)\b|[我吗]"
)
"""Somebody speaks of a training of their own, or asks."""


def _explained(lines: list[str]) -> set[int]:
    """Return the lines of long comments: what they teach holds for any network."""
    found, run = set[int](), list[int]()
    for i, line in enumerate([*lines, ""]):
        if line.lstrip().startswith("#"):
            run.append(i)
            continue
        if len(run) >= LONG_COMMENT and teaches([lines[at] for at in run]):
            found |= set(run)
        run = []
    return found


LONG_COMMENT = 5
_VERSION_OF = lazy_re.compile(r"\b(keras|tf|tensorflow)\.__version__")
_VERSION = lazy_re.compile(r"""^\W{0,6}(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)\W*$""")
_SO_MANY = lazy_re.compile(r"^\s*(\d[\d,]{0,9}) (?:images|pictures|photos|samples|files)\W*$")
_RANGE = lazy_re.compile(
    r"^\W{0,4}(?:from |between |range )?(-?\d[\d,.]{0,12}?)\s?(?:to|and|-|–|\.\.\.?)\s?"
    r"(\d[\d,]{0,12}(?:\.\d+)?)(?!\w)"
)
_TARGETS = lazy_re.compile(r"^\s*(?:y\w{0,8}|targets?|prices?|ages?|values)\s?=", re.IGNORECASE)
_CLASS_NUMBERS = lazy_re.compile(
    r"^\W{0,4}((?:\d{1,3}\s?,\s?){1,20}(?:\.{2,3}\s?,?\s?)?\d{1,3})\W*$"
)
_CLASS_RANGE = lazy_re.compile(
    r"^\W{0,4}(?:(?:labels?|digits?|classes|numbers|class numbers) )?(?:from )?(\d{1,3})\s?"
    r"(?:to|-|–|\.\.\.?)\s?(\d{1,3})(?!\w)"
)
_LABELS = lazy_re.compile(r"^\s*(?:y\w{0,8}|\w*labels?|targets?|classes)\s?=", re.IGNORECASE)
_PART = lazy_re.compile(r"(train)|(val(?:id)?|test)", re.IGNORECASE)


def sentence_of(line: str) -> str:
    """Return a line's comment, as a sentence where its code says what it is about.

    A bare "8000 images" is of the part that its code names; "80 000 to 900 000" behind labels are
    the values that they take, and so are "1, 2, 3"; behind `keras.__version__` it is that.
    """
    code, _, comment = line.partition("#")
    if (values := _RANGE.match(comment)) and _TARGETS.match(code):
        return f"targets range from {values[1]} to {values[2].replace(',', '')}"
    if (numbers := _CLASS_NUMBERS.match(comment)) and _LABELS.match(code):
        return f"labels are {numbers[1]}"
    if (ends := _CLASS_RANGE.match(comment)) and _LABELS.match(code):
        return f"labels from {ends[1]} to {ends[2]}"
    if (version := _VERSION.match(comment)) and (of := _VERSION_OF.search(code)):
        return f"{of[1]} version {version[1]}"
    count, part = _SO_MANY.match(comment), _PART.search(code)
    if count is None or part is None:
        return comment
    return f"{count[1]} {'training' if part[1] else 'validation'} images"


_COUNTING = lazy_re.compile(r"\bbincount\(|value_counts\(|return_counts|\bCounter\(")
_ROW = lazy_re.compile(r"[\[(]\s{0,3}(\d{1,8}(?:[,\s]\s{0,8}\d{1,8}){1,200})\s{0,3}[\])]")
_BY_LABEL = lazy_re.compile(r"['\"]?\w{1,30}['\"]?\s?:\s?(\d{1,8})\b")


def counted_beside(lines: list[str]) -> tuple[int, ...]:
    """Return the images of each class that the comment behind what counts them shows."""
    for line in lines:
        code, _, comment = line[:2000].partition("#")
        if not _COUNTING.search(code):
            continue
        rows = _ROW.findall(comment)
        found = re.findall(r"\d+", rows[-1]) if rows else _BY_LABEL.findall(comment)
        if len(found) > 1:
            return tuple(int(n) for n in found)
    return ()
