"""Numbers of images, with those that they are: "670 labelled training images"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.records.claim import Split
from fitdoctor.sources._bound import Bound, filled, fits
from fitdoctor.sources._concepts import Word
from fitdoctor.sources._fillers import ADJECTIVES, FILLING, HAS, TO
from fitdoctor.sources._numerals import Number

_OF_SPLIT: dict[str, tuple[str, Split]] = {
    "training": ("n_train", "training"),
    "validation": ("n_val", "validation"),
    "test": ("n_val", "test"),
}
LEAST_BARE = 10
"""Fewer without images named beside them are mostly something else."""
_PER = lazy_re.compile(
    r"[^,.;]{0,45}?(?:\b(?:per|each|for each|in each|every|of each|apiece|pro|je|por|par)\b|每|кажд|на класс|ごと|씩)",
    re.IGNORECASE,
)
_SOME_OF = lazy_re.compile(
    r"\s?(?:(?:out )?of (?:the|my|our|these|those|its|them)\b|из (?:них|этих|моих)|der |von den |de (?:las|los|mis) |d[ao]s |des )",
    re.IGNORECASE,
)
"""Behind a number of some images among others, which is no size of a set."""
_AMONG = lazy_re.compile(r"[\d%] (?:out )?of (?:the |my |our |these |all )?$", re.IGNORECASE)
"""Before the number of all images of which some are counted."""
MOST_SHARE = 100
"""Up to here a bare number beside a measurement may be its percentage."""
_COUNTED = lazy_re.compile(r"\d\s(?:[^\W\d]{1,12}\s){0,3}$")
"""Before a part whose number stands before it already: "840 shots to train"."""
_MEASURED = lazy_re.compile(
    r"\bacc(?:urac\w*)?\b|\bloss|准确|精度|正确率|точност|потер|genauigkeit|exactitud|précision",
    re.IGNORECASE,
)
_MEASURE = lazy_re.compile(
    r"[\s_-]?(?:acc|loss|error|准确|损失|精度|точност|потер|лосс|genau|verlust)", re.IGNORECASE
)


def of_images(sentence: str, number: Number, found: Sequence[Word]) -> Bound | None:
    """Return a number of images with those that they are: "670 labelled training images"."""
    if not fits("n_train", number) or number.whole in {255, 256}:
        return None
    unit = next(
        (
            w
            for w in found
            if w.start >= number.end
            and "SAMPLES" in w.concepts
            and filled(sentence, number.end, w.start, ADJECTIVES)
        ),
        None,
    )
    if _PER.match(sentence, unit.end if unit else number.end) or _SOME_OF.match(
        sentence, number.end
    ):
        return None
    if (unit is None and number.whole < LEAST_BARE) or _AMONG.search(sentence[: number.start]):
        return None
    if unit is None and number.whole <= MOST_SHARE and _MEASURED.search(sentence):
        return None
    if unit is None and not any({"SAMPLES", "INPUT"} & set(w.concepts) for w in found):
        return None
    end = unit.end if unit else number.end
    first: Bound | None = None
    for word in found:
        kind = next((c for c in word.concepts if c in _OF_SPLIT), None)
        if kind is None or _MEASURE.match(sentence, word.end):
            continue
        if word.end <= number.start and sentence[word.end : number.start].strip() in {":", "="}:
            return Bound(_OF_SPLIT[kind][0], number, _OF_SPLIT[kind][1])
        inside = unit and number.end <= word.start < unit.start
        behind = (
            word.start > end - 1
            and not (unit and "," in sentence[end : word.start])
            and filled(sentence, end, word.start, TO)
        )
        if inside or behind:
            return Bound(_OF_SPLIT[kind][0], number, _OF_SPLIT[kind][1])
        if _COUNTED.search(sentence[: word.start]) and "," in sentence[word.end : number.start]:
            continue  # the part of another number: "840 to train, 40 more"
        if word.end <= number.start and filled(sentence, word.end, number.start, HAS):
            first = first or Bound(_OF_SPLIT[kind][0], number, _OF_SPLIT[kind][1])
    if first is not None:
        return first
    if unit is None:
        return None
    return _of_verb(sentence, number, found) or Bound("images_in_all", number)


def _of_verb(sentence: str, number: Number, found: Sequence[Word]) -> Bound | None:
    """Return the number of "I train on 900 photos"."""
    for concept, kind in (("TRAIN_ON", "training"), ("TEST_ON", "validation")):
        for word in found:
            beside = concept in word.concepts and word.end <= number.start
            if beside and filled(sentence, word.end, number.start, FILLING):
                return Bound(_OF_SPLIT[kind][0], number, _OF_SPLIT[kind][1])
    if _TRAINED.search(sentence[max(0, number.start - 70) : number.start]):
        return Bound("n_train", number, "training")
    return None


_TRAINED = lazy_re.compile(
    r"\btrain(?:ed|ing|s)?\b[^.;,]{0,45}\b(?:on|with)\s(?:only |just |about |around )?$",
    re.IGNORECASE,
)
