"""What somebody says of a training, in one sentence: who, of what, when, and how surely."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

Split = Literal["training", "validation", "test"]
Measurement = Literal["loss", "accuracy"]
Polarity = Literal["affirmed", "negated"]
Holder = Literal["asker", "other", "documentation", "answer", "program"]
Time = Literal["now", "before", "after", "expected"]
Certainty = Literal["observed", "supposed", "asked"]


class Subject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a claim is about, as far as its sentence says; nothing is assumed."""

    split: Split | None = None
    """Of which images; a test set is no validation set."""
    measurement: Measurement | None = None
    by: Literal["fit", "evaluate", "predict"] | None = None
    """Which call measured it."""
    experiment: str = ""
    """The change under which it holds, where that is another run than the one asked about."""
    named: str = ""
    """The one of its kind that is meant: a loss, an optimizer."""


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is said of a training, with the sentence that says it."""

    predicate: str
    value: float | None = None
    sentence: str
    subject: Subject = Subject()
    polarity: Polarity = "affirmed"
    holder: Holder = "asker"
    """Who says it of whom: the asker of their own training; another of another's; a documentation;
    an answer that is quoted; a library or script that printed it."""
    time: Time = "now"
    """`before` or `after` a change, or `expected`: what should be, is wished or was promised."""
    certainty: Certainty = "observed"

    @property
    def exact(self) -> bool:
        """Return whether a library or a script printed it; else somebody says so."""
        return self.holder == "program"

    @property
    def own(self) -> bool:
        """Return whether it is observed, now, of the training that is asked about.

        What is so since a change is so now; what holds under an experiment does not.
        """
        return (
            self.holder in {"asker", "program"}
            and self.time in {"now", "after"}
            and not self.subject.experiment
            and self.certainty == "observed"
        )

    @property
    def is_evidence(self) -> bool:
        return self.own and self.polarity == "affirmed"

    @property
    def is_denial(self) -> bool:
        """Return whether the asker says of their own training that this is not so."""
        return self.own and self.polarity == "negated"


HELPED_BY, IN_VAIN, WORSENED_BY = "helped_by_", "in_vain_", "worsened_by_"
"""How the predicate of a claim begins that says what a change by the asker did."""


def stated(claims: Iterable[Claim] | None, *predicates: str) -> Claim | None:
    """Return the first claim that is evidence of one of these, in the order of the predicates."""
    for predicate in predicates:
        for claim in claims or ():
            if claim.predicate == predicate and claim.is_evidence:
                return claim
    return None


def values(claims: Iterable[Claim] | None) -> dict[str, float]:
    """Return the figures that are evidence, by their predicates; the first of each counts."""
    found: dict[str, float] = {}
    for claim in claims or ():
        if claim.is_evidence and claim.value is not None:
            found.setdefault(claim.predicate, claim.value)
    return found


class Said(NamedTuple):
    """What may be said, to be looked for: a predicate, denied or not, of certain images."""

    predicate: str
    negated: bool = False
    split: Split | None = None
    measurement: Measurement | None = None

    def is_said(self, claim: Claim) -> bool:
        """Return whether the asker says this of their own training."""
        subject = claim.subject
        # What is said of no images in particular is said of those that are trained on.
        split = subject.split or ("training" if self.split == "training" else None)
        return (
            claim.predicate == self.predicate
            and (claim.is_denial if self.negated else claim.is_evidence)
            and self.split in {None, split}
            and self.measurement in {None, subject.measurement}
        )


AGREE = (Said("accuracies_agree"), Said("losses_agree"))
"""Training and validation score alike."""
ON_ONE_SET = Said("same_data_for_both")
"""Training and validation see the same images: nothing that differs is for want of others."""
OF_CURVES = frozenset({*(said.predicate for said in AGREE), "rises", "falls", "stays"})
"""Predicates of what curves show better, where there are any."""


def evidence(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return what the asker says of their own training as it is."""
    return tuple(claim for claim in claims if claim.is_evidence)


def agree(claims: Iterable[Claim] | None) -> Claim | None:
    """Return what says that training and validation score alike."""
    return stated(claims, *(said.predicate for said in AGREE))


FAR_APART = 0.15


def said_apart(claims: Iterable[Claim] | None) -> bool:
    """Return whether accuracies in words lie far apart, training above validation."""
    train, val = stated(claims, "said_accuracy"), stated(claims, "said_val_accuracy")
    if train is None or val is None or train.value is None or val.value is None:
        return False
    return train.value - val.value > FAR_APART
