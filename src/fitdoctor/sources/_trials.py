"""What an asker tried and what came of it, from the claims of neighbouring sentences.

A trial is a setting, or a thing that is used or not, with what happened under it. Two trials of the
same network that differ in one of them are an experiment: the change helped, or was in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.records.claim import HELPED_BY, IN_VAIN, Claim
from fitdoctor.sources._concepts import concepts
from fitdoctor.sources._numerals import numbers

RATE = "learning_rate"
USED: Mapping[tuple[str, bool], str] = {
    ("scaled", True): "scaling",
    ("scaled_to_unit", True): "scaling",
    ("shuffled", True): "shuffling",
    ("dropout_used", False): "no_dropout",
    ("augmented", False): "no_augmentation",
    ("regularized", False): "no_penalty",
    ("batchnorm_used", False): "no_batchnorm",
    ("pretrained", False): "from_scratch",
    ("class_weights_used", True): "balance",
}
"""What is used, or no longer -> the change by its name."""
_GOOD = {("learns", True), ("trouble_gone", True), ("overfits", False), ("is_nan", False),
         ("one_class_predicted", False), ("same_output_for_all", False)}  # fmt: skip
_BAD = {("learns", False), ("trouble_gone", False), ("stays", True), ("is_nan", True),
        ("one_class_predicted", True), ("same_output_for_all", True), ("stuck_at_chance", True),
        ("loss_does_not_fall", True), ("loss_explodes", True)}  # fmt: skip
HIGH = 0.85


class _Said(NamedTuple):
    """One sentence: the rates in it, what is used in it, and what came of it."""

    text: str
    rates: tuple[float, ...]
    used: tuple[str, ...]
    outcome: bool | None
    """Whether it went well; `None` where that is not said, or both are."""


def trials(said: Sequence[Claim]) -> Iterator[Claim]:
    """Yield what changes by the asker did, from claims in the order in which they are said."""
    told = [_told(text, claims) for text, claims in _by_sentence(said).items()]
    for one in told:
        if one.outcome is not None and _changes(one.text):
            what = HELPED_BY if one.outcome else IN_VAIN
            yield from (Claim(predicate=what + name, sentence=one.text) for name in one.used)
        yield from _rates(one, one)
    for before, after in pairwise(told):
        yield from _rates(before, after)


def apart(sentence: str, said: Callable[[str], Iterable[Claim]]) -> list[Claim]:
    """Return what a sentence says, trial by trial where it lists several that ended otherwise.

    "float32 is fine, lr 1e-6 also nan" are two: what went well in one is not of the other.
    """
    whole = list(said(sentence))
    meant = {(c.predicate, c.polarity == "affirmed") for c in whole}
    if not (meant & _GOOD and meant & _BAD):
        return whole
    parts = [(part, list(said(part))) for part in _LISTED.split(sentence) if part.strip()]
    if len(parts) < 2 or any(_told(text, found).outcome is None for text, found in parts):
        return whole
    return [claim for _, found in parts for claim in found]


_LISTED = lazy_re.compile(r"[,;，；]\s?(?!\d)")


def tried_only(said: Sequence[Claim]) -> list[Claim]:
    """Return claims, of which those of what is used in a trial that went well are of that trial.

    Somebody who writes "resolved when the inputs are scaled" asks about inputs that are not.
    """
    helped = {c.sentence: c.predicate for c in said if c.predicate.startswith(HELPED_BY)}
    return [
        replace(c, time="after", subject=replace(c.subject, experiment=helped[c.sentence]))
        if c.sentence in helped and (c.predicate, c.polarity == "affirmed") in USED
        else c
        for c in said
    ]


def _by_sentence(said: Sequence[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in said:
        if claim.holder == "asker" and claim.certainty == "observed" and claim.time != "expected":
            found.setdefault(claim.sentence, []).append(claim)
    return found


def _told(text: str, claims: Sequence[Claim]) -> _Said:
    rates = [
        c.value for c in claims if c.predicate == RATE and c.value and c.polarity == "affirmed"
    ]
    meant = {(c.predicate, c.polarity == "affirmed") for c in claims}
    good = bool(meant & _GOOD) or any(map(_high, claims))
    bad = bool(meant & _BAD)
    return _Said(
        text=text,
        rates=tuple(dict.fromkeys(rates or (() if _scored(claims) else _anew(text)))),
        used=tuple(dict.fromkeys(USED[m] for m in meant if m in USED)),
        outcome=None if good == bad else good,
    )


def _high(claim: Claim) -> bool:
    """Return whether a high accuracy is told, of other images than those that are trained on."""
    value, subject = claim.value, claim.subject
    if claim.predicate != "is_at" or subject.measurement != "accuracy" or value is None:
        return False
    return subject.split not in {None, "training"} and HIGH <= value <= 1


def _scored(claims: Sequence[Claim]) -> bool:
    """Return whether small figures of a sentence are losses or accuracies, and hence no rates."""
    scores = (c.value for c in claims if c.predicate in {"is_at", "stays"})
    return any(value is not None and 0 < value < MOST_RATE for value in scores)


def _anew(text: str) -> Iterator[float]:
    """Yield what "it" is changed to, in a sentence that names nothing else: a small figure."""
    if not _changes(text):
        return
    for number in numbers(text):
        if not number.percent and 0 < number.value < MOST_RATE and _NUMERAL & set(number.text):
            yield number.value


MOST_RATE = 0.3
_NUMERAL = frozenset("0123456789")


def _changes(text: str) -> bool:
    """Return whether a sentence tells of a change, or of what holds with something only."""
    return any(
        "CHANGE" in word.concepts or "ON_CONDITION" in word.concepts for word in concepts(text)
    )


def _rates(before: _Said, after: _Said) -> Iterator[Claim]:
    """Yield what another learning rate did, where one did not go well."""
    was = before.rates[:1] if before is not after else after.rates[:-1][:1]
    if not was or not after.rates or after.outcome is None:
        return
    if before is not after and (before.outcome is not False or not _changes(after.text)):
        return
    now = after.rates[-1]
    if now == was[0] or (before is after and not _changes(after.text)):
        return
    change = "lower_rate" if now < was[0] else "higher_rate"
    what = HELPED_BY if after.outcome else IN_VAIN
    yield Claim(predicate=what + change, value=now, sentence=after.text)
