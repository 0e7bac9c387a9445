"""Accuracies of a page in their order: of which images, by which call, at which epoch.

What single sentences do not say follows from two of them: "fit ends at 0.97. Evaluate on the same
data gives 0.12", "83 % by epoch 12 ... 79 % by epoch 40", "from 90 to 99 %", "between 0.5 and 0.6".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Literal, NamedTuple

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Measurement, Split, Subject
from fitdoctor.sources._concepts import Word
from fitdoctor.sources._frames import spoken
from fitdoctor.sources._measured import Mention, mentions_of, share_of, tokens
from fitdoctor.sources._numerals import Number, numbers
from fitdoctor.sources._scope import context

Call = Literal["fit", "evaluate"]
MEASUREMENTS: tuple[Measurement, ...] = ("accuracy", "loss")
MOVED, MOVED_OF_LOSS = 0.015, 0.1
"""What an accuracy must differ by between two epochs to have moved, and a loss as a share of it."""
SPLITS: tuple[Split, ...] = ("training", "validation", "test")
WIDEST = 0.2
"""The widest range whose middle stands for it."""
NEAR = 34
"""Letters between a figure and its epoch."""


class Reading(NamedTuple):
    """One accuracy, or loss, that somebody says was measured."""

    value: float
    measurement: Measurement
    split: Split | None
    by: Call | None
    at: int | None
    """The epoch, or the place in a change: "from 90 to 99 %"."""
    on_training: bool
    """The sentence speaks of the images that are trained on, or of the same ones."""
    sentence: str


def readings(sentences: Sequence[str]) -> list[Reading]:
    """Return the accuracies that an asker says are theirs now."""
    found: list[Reading] = []
    before: Mention | None = None
    call: Call | None = None
    for sentence in sentences:
        made, before, call = _of_sentence(sentence, before, call)
        found += made
    return found


def courses(found: Sequence[Reading]) -> Iterator[Claim]:
    """Yield what readings of one set of images at several epochs do, and where they end."""
    for split, measurement in product(SPLITS, MEASUREMENTS):
        dated = [r for r in found if (r.split, r.measurement) == (split, measurement)]
        dated = sorted((r for r in dated if r.at is not None), key=lambda r: r.at or 0)
        if len({r.at for r in dated}) < 2:
            continue
        first, last = dated[0], dated[-1]
        low, high = (choose(dated, key=lambda r: r.value) for choose in (min, max))
        if measurement == "accuracy":
            said = last.sentence.strip()
            subject = Subject(split=split, measurement=measurement)
            yield Claim(predicate="is_at", value=last.value, sentence=said, subject=subject)
        least = MOVED if measurement == "accuracy" else MOVED_OF_LOSS * first.value
        worst, best = (low, high) if measurement == "accuracy" else (high, low)
        if abs(best.value - last.value) >= least:
            yield _course(best, last)
        elif best is last and worst is first and abs(last.value - first.value) >= least:
            yield _course(first, last)


def again(found: Sequence[Reading]) -> Iterator[Claim]:
    """Yield the accuracy of training from fit, and from evaluate on the same images."""
    found = [r for r in found if r.measurement == "accuracy"]
    fitted = next((r for r in found if r.by == "fit" and r.split in {None, "training"}), None)
    again = next((r for r in found if r.by == "evaluate" and r.on_training), None)
    if fitted is None or again is None or again.split not in {None, "training"}:
        return
    own = Subject(split="training", measurement="accuracy")
    for reading, subject in ((fitted, own), (again, replace(own, by="evaluate"))):
        said = reading.sentence.strip()
        yield Claim(predicate="is_at", value=reading.value, sentence=said, subject=subject)


def ranges(sentence: str) -> Iterator[Claim]:
    """Yield the middle of the range in which an accuracy is said to lie."""
    found = numbers(sentence)
    mentions = list(mentions_of(sentence, tokens(sentence)))
    for low, high in pairwise(found):
        if not _is_range(sentence, low, high):
            continue
        ends = [share_of(n._replace(percent=high.percent), "accuracy") for n in (low, high)]
        owner = _owner(low, mentions)
        if owner is None or owner.measurement != "accuracy" or None in ends:
            continue
        least, most = (end or 0.0 for end in ends)
        if 0 <= most - least <= WIDEST:
            yield from _claim(sentence, (low.start, high.end), (least + most) / 2, owner)


def _claim(
    sentence: str, span: tuple[int, int], value: float, owner: Mention | None
) -> Iterator[Claim]:
    split = owner.splits[0] if owner and len(owner.splits) == 1 else None
    subject = Subject(split=split, measurement=owner.measurement if owner else "accuracy")
    claim = Claim(predicate="is_at", value=value, sentence=sentence.strip(), subject=subject)
    yield from context(sentence, [span], given=True).claims(claim)


def _course(first: Reading, last: Reading) -> Claim:
    quoted = dict.fromkeys((first.sentence.strip(), last.sentence.strip()))
    subject = Subject(split=last.split, measurement=last.measurement)
    predicate = "rises" if last.value > first.value else "falls"
    return Claim(predicate=predicate, sentence=" ".join(quoted), subject=subject)


_CALLS: dict[str, Call] = {"FIT": "fit", "EVALUATE": "evaluate"}
_FROM = lazy_re.compile(r"\b(?:from|von|de|des|du|с|со|от)\s$|从\s?$", re.IGNORECASE)
_TO = lazy_re.compile(
    r"\s?(?:%|percent)?\s?(?:up |down )?(?:to|auf|bis|a|à|até|hasta|до|到|->|→)\s?(?:about )?",
    re.IGNORECASE,
)
_BETWEEN = lazy_re.compile(
    r"(?:\b(?:between|zwischen|entre|(?:any|some)where from|within|in the range(?: of)?)"
    r"|между|在)\s?$",
    re.IGNORECASE,
)
_AND = lazy_re.compile(
    r"\s?(?:%|percent)?\s?(?:and|to|-|–|und|bis|y|e|et|и|до|到|和|~)\s?", re.IGNORECASE
)


def _is_range(sentence: str, low: Number, high: Number) -> bool:
    apart = _AND.fullmatch(sentence, low.end, high.start)
    return bool(apart and _BETWEEN.search(sentence[max(0, low.start - 24) : low.start]))


def _of_sentence(
    sentence: str, before: Mention | None, call: Call | None
) -> tuple[list[Reading], Mention | None, Call | None]:
    """Return the readings of a sentence, and what it leaves for the next one to go on with."""
    found, known = numbers(sentence), spoken(sentence)
    mentions = list(mentions_of(sentence, tokens(sentence)))
    calls = [(w.start, _CALLS[c]) for w in known for c in w.concepts if c in _CALLS]
    on_training = any({"TRAIN_DATA", "SAME"} & set(w.concepts) for w in known)
    epochs = {n.start: int(n.whole) for n in found if _is_epoch(n, known)}
    shares = [n for n in found if n.start not in epochs]
    made: list[Reading] = []
    for at, number in enumerate(shares):
        place, percent = _place(sentence, shares, at)
        owner = _owner(number, mentions) or (before if not mentions else None)
        named = [name for start, name in calls if start < number.start]
        by = named[-1] if named else call if not calls else None
        if owner is None and by is not None and not mentions:
            owner = Mention("accuracy", (), 0, 0)
        if owner is None or owner.measurement is None:
            continue
        value = share_of(number._replace(percent=percent), owner.measurement)
        form = r"[01]?[.,]\d" if owner.measurement == "accuracy" else r"\d{0,4}[.,]\d"
        shown = percent or re.match(form, number.text)
        if value is None or not shown or (percent and owner.measurement == "loss"):
            continue
        if place is None:
            place = _epoch_of(number, shares, epochs)
        made += (
            Reading(value, owner.measurement, claim.subject.split, by, place, on_training, sentence)
            for claim in _claim(sentence, (number.start, number.end), value, owner)
            if claim.is_evidence
        )
    left = next((m for m in reversed(mentions) if m.measurement), None)
    return made, left or (before if made else None), calls[-1][1] if calls else None


def _place(sentence: str, shares: Sequence[Number], at: int) -> tuple[int | None, bool]:
    """Return the place of a figure in "from ... to ...", and whether it is a percentage."""
    number = shares[at]
    for first, second in pairwise(shares):
        if number not in {first, second}:
            continue
        changes = _TO.fullmatch(sentence, first.end, second.start)
        if changes and _FROM.search(sentence[max(0, first.start - 8) : first.start]):
            return int(number is second), number.percent or second.percent
    return None, number.percent


def _is_epoch(number: Number, known: Sequence[Word]) -> bool:
    """Return whether a number is of an epoch: "epoch 12", "after 12 epochs"."""
    for word in known:
        if "EPOCHS" in word.concepts:
            start, end = word.start, word.end
            if 0 <= number.start - end <= 2 or 0 <= start - number.end <= 1:
                return not number.percent and number.whole == int(number.whole)
    return False


def _epoch_of(number: Number, shares: Sequence[Number], epochs: dict[int, int]) -> int | None:
    """Return the epoch before a figure, where a sentence begins with one, else behind it."""
    if not epochs:
        return None
    ahead = min(epochs) < shares[0].start
    at = shares.index(number)
    if ahead:
        start, end = (shares[at - 1].end if at else 0), number.start
        near = [e for e in epochs if start <= e < end and end - e <= NEAR]
    else:
        start, end = number.end, shares[at + 1].start if at + 1 < len(shares) else 10**9
        near = [e for e in epochs if start <= e < end and e - start <= NEAR]
    return epochs[near[0]] if len(near) == 1 else None


def _owner(number: Number, mentions: Sequence[Mention]) -> Mention | None:
    """Return the measurement named right behind a figure, else the last one before it."""
    for mention in mentions:
        if 0 <= mention.start - number.end <= 2:
            return mention
    before = [m for m in mentions if m.end <= number.start]
    return before[-1] if before else None
