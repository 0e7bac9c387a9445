"""Plain facts that an asker states, where the words leave no doubt; each with its sentence.

Figures stand in `_figures`, outcomes in `_outcomes`: one row per fact and language; accuracies in
`_levels`, and what the asker tried in `_changes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.sources import _claims
from fitdoctor.sources._changes import tried
from fitdoctor.sources._figures import (
    BY_CLASS,
    CLASS_LISTS,
    COUNT_OF_ALL,
    NAMED_COUNTS,
    PICTURES,
    SHARES,
    VERSIONS,
    WITH_AND_WITHOUT,
)
from fitdoctor.sources._levels import derived, levels, named, near
from fitdoctor.sources._outcomes import ERRORS, OF_EXPERIMENTS, OUTCOMES, Outcome
from fitdoctor.sources._readings import again, courses, ranges, readings
from fitdoctor.sources._scope import context
from fitdoctor.sources._text import sentences
from fitdoctor.sources._trials import apart, trials, tried_only

_PERCENT = lazy_re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d+)?)\s?%")
_RATED = lazy_re.compile(r"\b(?:val_)?acc(?:uracy)?\b|точност|准确率", re.IGNORECASE)
MOST_SENTENCE = 2000
MOST_LINES = 2000
MOST_BEFORE = 400
LEAST_OF_A_CLASS = 10
"""Fewer of something are more likely layers or people than images of a class."""


def claims(lines: list[str]) -> list[Claim]:
    """Return what is said, once as it is meant: the first place counts."""
    found: dict[object, Claim] = {}
    spoken: list[Claim] = []
    for line in dict.fromkeys(lines[:MOST_LINES]):
        for claim in _in_line(line[:MOST_SENTENCE]):
            spoken.append(claim)
            found.setdefault(replace(claim, value=None, sentence=""), claim)
    read = _with_courses(list(found.values()), lines)
    every = [*read, *named(read), *_claims.amounting(read)]
    said: dict[str, Claim] = {}
    for claim in every:
        if claim.is_evidence:
            said.setdefault(claim.predicate, claim)
    every += (claim for claim in derived(said) if claim.predicate not in said)
    every += (claim for claim in trials(spoken) if claim.predicate not in said)
    every = tried_only(every)
    if any(c.predicate == "better_in_inference" and c.is_evidence for c in every):
        # What differs is no trouble: evaluate is the better one.
        every = [c for c in every if c.predicate != "evaluate_differs"]
    return [c for c in every if c.predicate != "train_good_val_bad"] if near(said) else every


def _with_courses(read: list[Claim], lines: list[str]) -> list[Claim]:
    """Return claims with what follows from figures of several sentences, which count first."""
    spoken = [
        s for line in dict.fromkeys(lines[:MOST_LINES]) for s in sentences(line[:MOST_SENTENCE])
    ]
    found = readings(spoken)
    moved = list(courses(found))
    turned = {c.subject for c in moved if c.predicate != "is_at"}
    kept = [
        c
        for c in read
        if not (
            c.predicate in {"rises", "falls", "stays"}
            and replace(c.subject, by=None, experiment="", named="") in turned
        )
    ]
    lie = [claim for sentence in spoken for claim in ranges(sentence)]
    return [*again(found), *lie, *moved, *kept]


def class_counts(lines: list[str]) -> tuple[int, ...]:
    """Return the images of each class where they are listed."""
    for line in lines[:MOST_LINES]:
        for pattern in CLASS_LISTS:
            if match := pattern.search(line[:MOST_SENTENCE]):
                counts = tuple(int(n) for n in re.findall(r"\d{1,9}", match[1]))
                if 0 not in counts and not _ONE_NUMBER.fullmatch(match[1].strip()):
                    return counts
        found = {m[1]: m[2] for m in BY_CLASS.finditer(line[:MOST_SENTENCE])}
        if len(found) >= 2 and PICTURES.search(line):
            return tuple(int(n) for n in found.values())
        match = NAMED_COUNTS.search(line[:MOST_SENTENCE])
        if match and _GROWN.search(line[: match.start()]):
            continue
        if match and PICTURES.search(line) and match[2].lower() != match[4].lower():
            counts = tuple(int(re.sub(r"\D", "", match[i]) or 0) for i in (1, 3))
            if min(counts) >= LEAST_OF_A_CLASS:
                return counts
        if both := WITH_AND_WITHOUT.search(line[:MOST_SENTENCE]):
            counts = tuple(int(re.sub(r"\D", "", both[i])) for i in (1, 2))
            if min(counts) >= LEAST_OF_A_CLASS:
                return counts
        if some := COUNT_OF_ALL.search(line[:MOST_SENTENCE]):
            one, every = (int(some[i].replace(",", "") or 0) for i in (1, 2))
            if LEAST_OF_A_CLASS <= one <= every - LEAST_OF_A_CLASS:
                return (one, every - one)
    return ()


_ONE_NUMBER = lazy_re.compile(r"\d{1,3}(?:[ ,.]\d{3})+")
"""Groups of three figures are one number: 90,000 images."""
_GROWN = lazy_re.compile(r"\b(?:augment\w*|enlarg\w*|multipl\w*|from)\b[^.;]{0,20}$", re.IGNORECASE)
"""Before what a set grew from, and to: no images of two classes."""
_AGAIN = lazy_re.compile(
    r"\b(?:times|runs|seeds|repeat\w*|repetitions|trainings)\b|次|раз\b", re.IGNORECASE
)
_FINAL = lazy_re.compile(r"\b(?:final|last|end)\b|итог|最终", re.IGNORECASE)
_IN_ROW = lazy_re.compile(
    r"(?<![\w.])(?:0?[.]\d{1,4}|\d{1,3}(?:[.]\d+)?\s?%)"
    r"(?:(?:\s?,\s?|\s+and\s+|,\s+and\s+|\s*/\s*|;\s?)(?:0?[.]\d{1,4}|1[.]0+|\d{1,3}(?:[.]\d+)?\s?%)){2,40}"
)


def repeats(lines: list[str]) -> tuple[float, ...]:
    """Return the accuracies of several runs where they are listed: 0.92, 0.50, 0.91."""
    for line in lines[:MOST_LINES]:
        spoken = list(sentences(line[:MOST_SENTENCE]))
        for before, sentence in zip(["", *spoken], spoken, strict=False):
            row = _IN_ROW.search(sentence)
            again = _AGAIN.search(sentence) or (_FINAL.search(sentence) and _AGAIN.search(before))
            if row and again and not re.search(r"\bepochs?\b", sentence):
                found = re.findall(r"(\d*[.]?\d+)\s?(%?)", row[0])
                return tuple(float(n) / (100 if percent else 1) for n, percent in found)
    return ()


def _in_line(line: str) -> Iterator[Claim]:
    parts = [s for s in sentences(line) if s.strip()]
    # An outcome may need the sentence before it: "Training is fine. The test gives 0.1."
    before = ""
    for first, second in zip(["", *parts], parts, strict=False):
        yield from tried(second, before)
        before = f"{before} {second}"[-MOST_BEFORE:]
        yield from levels(second)
        for text in (second, f"{first} {second}"):
            for name, outcome in OUTCOMES:
                if spans := outcome.spans(text):
                    yield from _outcome(name, outcome, text, spans)
    for sentence in parts:
        yield from apart(sentence, _claims.claims)
        for name, pattern in VERSIONS:
            if match := pattern.search(sentence):
                yield Claim(predicate=name, value=None, sentence=match[1])
        if (match := SHARES.search(sentence)) and not _RATED.search(sentence):
            shares = sorted(float(n) / 100 for n in re.findall(r"\d{1,2}", match[0]))
            if 0.9 <= sum(shares) <= 1.1:
                yield Claim(
                    predicate="largest_class_share", value=shares[-1], sentence=sentence.strip()
                )


def _outcome(
    name: str, outcome: Outcome, text: str, spans: Sequence[tuple[int, int]]
) -> Iterator[Claim]:
    percent = _PERCENT.search(text)
    value = float(percent[1].replace(",", ".")) / 100 if percent else None
    claim = Claim(predicate=name, value=value, sentence=text.strip())
    if name in ERRORS:
        yield replace(claim, holder="program")
    else:
        meant = context(text, spans, lambda other: outcome.holds_at(other, spans), whole=True)
        if name in OF_EXPERIMENTS and meant.experiment:
            meant = meant._replace(experiment="", time="now")
        yield from meant.claims(claim)
