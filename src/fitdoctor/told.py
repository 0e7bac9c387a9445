"""What sentences of an asker answer of the facts that could be asked.

A person who writes "with VGG16 the same data work" has answered a question before it is put. Such
an answer is read, not given: it is wrong more often, names no cause above one half, and is not held
against what code or figures show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.catalogue.backbones import (
    holds_batchnorm,
    holds_batchnorm_as_published,
    holds_none,
    holds_some,
    written,
)
from fitdoctor.facts import ALL, fact
from fitdoctor.records.claim import HELPED_BY, IN_VAIN, WORSENED_BY, Claim, Said, said_apart, stated
from fitdoctor.records.run import Run
from fitdoctor.shown import binned

Look = Callable[[Run], Claim | None]


class Told(NamedTuple):
    """An answer, and the sentence that gives it."""

    answer: str
    sentence: str


def _says(predicate: str, **how: object) -> Look:
    said = Said(predicate, **how)  # type: ignore[arg-type]
    return lambda run: next((claim for claim in run.claims if said.is_said(claim)), None)


def _tried(change: str, *what: str) -> Look:
    return lambda run: stated(run.claims, *(result + change for result in what))


def _trained_on_validation(run: Run) -> Claim | None:
    """Return what says that validation on the very training images is bad as well."""
    same = stated(run.claims, "same_data_for_both")
    bad = stated(run.claims, "train_good_val_bad", "val_accuracy_zero", "stuck_at_chance")
    apart = bad is not None or said_apart(run.claims) or _HAPPENS.seen(run) in _BAD_VALIDATION
    return same if same is not None and apart else None


_HAPPENS = fact("what_happens")
_BAD_VALIDATION = {"training_good_validation_bad", "validation_stays_at_chance"}


def _plain_network_learns(run: Run) -> Claim | None:
    """Return what says that a network without BatchNorm learns on the same data."""
    shown = run.without_words().recipe
    own = shown.backbone.name if shown and shown.backbone else ""
    if (own and not holds_batchnorm(own)) or not (own or _WITH_BATCHNORM.search(run.prose)):
        return None
    works = (c for c in run.claims if c.predicate in _WORKS and c.is_evidence)
    return next((c for c in works if _WITHOUT_BATCHNORM.search(_named(c))), None)


def _named(claim: Claim) -> str:
    """Return the network that a claim is about; the whole sentence where it names none."""
    return (claim.subject.named or claim.sentence).lower()


_WITH_BATCHNORM = lazy_re.compile(written(holds_some), re.IGNORECASE)
_WITHOUT_BATCHNORM = lazy_re.compile(written(holds_none), re.IGNORECASE)
_WORKS = {"other_backbone_works", "other_network_learns"}


def _with_rate(*, lower: bool, well: bool = True) -> Look:
    """Look for a sentence in which a rate far from that of the code goes well, or does not."""

    def look(run: Run) -> Claim | None:
        rate = run.recipe.optimizer.learning_rate if run.recipe and run.recipe.optimizer else None
        if not isinstance(rate, float):
            return None
        good = {c.sentence for c in run.claims if _goes_well(c)}
        bad = {c.sentence for c in run.claims if _goes_badly(c)}
        ended = good - bad if well else bad - good
        for claim in run.claims:
            tried = claim.value if claim.predicate == "learning_rate" else None
            if not tried or claim.sentence not in ended or claim.certainty != "observed":
                continue
            if tried < rate / FAR_FROM if lower else tried > rate * FAR_FROM:
                return claim
        return None

    return look


def _network(*, with_batchnorm: bool) -> Look:
    """Look for a network that is in use, by whether it holds BatchNorm as it is published."""

    def look(run: Run) -> Claim | None:
        if stated(run.claims, *_WORKS) is not None:
            return None  # which of several is asked about is not told
        for claim in run.claims:
            if claim.predicate != "network_used" or not claim.is_evidence:
                continue
            holds = holds_batchnorm_as_published(claim.subject.named)
            if holds is with_batchnorm:
                return claim
        return None

    return look


def _amount(answer: str) -> Look:
    """Look for a number of images, of no part in particular, that falls under an answer."""
    bins = fact("training_images").bins

    def look(run: Run) -> Claim | None:
        said = [c for c in run.claims if c.predicate == "images_in_all" and c.is_evidence]
        said = [c for c in said if c.value is not None and c.value >= LEAST_AMOUNT]
        most = max(said, key=lambda claim: claim.value or 0.0, default=None)
        if most is None or binned(MOSTLY_TRAINED * (most.value or 0.0), bins) != answer:
            return None
        return most

    return look


MOSTLY_TRAINED, LEAST_AMOUNT = 0.8, 50
"""Share of all images that is usually trained on; fewer are mostly some that are spoken of."""
FAR_FROM, HIGH = 2.0, 0.85


def _goes_well(claim: Claim) -> bool:
    high = claim.predicate == "is_at" and claim.subject.measurement != "loss"
    reached = high and claim.value is not None and HIGH <= claim.value <= 1
    return reached or (claim.predicate == "learns" and claim.polarity == "affirmed")


def _goes_badly(claim: Claim) -> bool:
    affirmed = claim.polarity == "affirmed"
    return (claim.predicate == "is_nan" and affirmed) or (
        claim.predicate == "learns" and not affirmed
    )


ROWS: tuple[tuple[str, str, Look], ...] = (
    ("evaluate_on_training_images", "much_worse", _trained_on_validation),
    ("evaluate_on_training_images", "much_worse", _says("worse_in_eval_mode")),
    ("evaluate_on_training_images", "much_worse", _says("evaluate_differs", split="training")),
    ("without_batchnorm", "yes", _plain_network_learns),
    ("same_preparation", "yes", _says("prepared_alike")),
    ("same_preparation", "no", _says("prepared_alike", negated=True)),
    ("same_preparation", "no", _says("scaled_apart")),
    ("same_preparation_in_predict", "no", _says("predict_unprepared")),
    ("inference_mode_in_validation", "no", _says("modes_mixed")),
    ("inference_mode_in_validation", "no", _says("depends_on_batch")),
    ("resumed", "yes", _says("resumed")),
    ("fits_twenty_images", "yes", _says("fits_few")),
    ("fits_twenty_images", "no", _says("fits_few", negated=True)),
    ("predicted_classes", "yes", _says("one_class_predicted")),
    ("predicted_classes", "no", _says("one_class_predicted", negated=True)),
    ("a_tenth_of_the_rate", "yes", _tried("lower_rate", HELPED_BY)),
    ("a_tenth_of_the_rate", "yes", _with_rate(lower=True)),
    ("a_tenth_of_the_rate", "no", _tried("lower_rate", IN_VAIN, WORSENED_BY)),
    ("a_tenth_of_the_rate", "no", _with_rate(lower=True, well=False)),
    ("ten_times_the_rate", "yes", _tried("higher_rate", HELPED_BY)),
    ("ten_times_the_rate", "yes", _with_rate(lower=False)),
    ("ten_times_the_rate", "no", _tried("higher_rate", IN_VAIN, WORSENED_BY)),
    ("ten_times_the_rate", "no", _with_rate(lower=False, well=False)),
    ("pixel_range", "0_to_255", _tried("scaling", HELPED_BY)),
    ("pixel_range", "0_to_255", _says("raw_pixels")),
    ("pixel_range", "0_to_1", _says("scaled_to_unit")),
    ("data_sorted_by_class", "yes", _says("sorted_by_class")),
    ("data_sorted_by_class", "no", _says("sorted_by_class", negated=True)),
    ("classes_mixed_in_a_batch", "yes", _says("shuffled", split="training")),
    ("same_subject_in_both_parts", "yes", _says("images_in_both")),
    ("same_subject_in_both_parts", "yes", _says("frames_of_videos")),
    ("same_subject_in_both_parts", "no", _says("images_in_both", negated=True)),
    ("parts_from_one_source", "no", _says("other_source")),
    ("parts_from_one_source", "yes", _says("other_source", negated=True)),
    ("largest_class", "about_equal", _says("imbalanced", negated=True)),
    ("largest_class", "twice_its_share", _says("imbalanced")),
    ("pictures_fit_their_labels", "some_do_not", _says("labels_doubtful")),
    ("pictures_fit_their_labels", "all", _says("labels_doubtful", negated=True)),
    ("other_seed", "no", _says("results_differ_each_time")),
    ("other_seed", "yes", _says("results_differ_each_time", negated=True)),
    ("validation_augmented", "yes", _says("augmented", split="validation")),
    ("training_augmented_or_dropped", "yes", _says("augmented", split="training")),
    ("training_augmented_or_dropped", "yes", _says("dropout_used")),
    ("training_augmented_or_dropped", "yes", _says("regularized")),
    ("training_images", "below_500", _amount("below_500")),
    ("training_images", "500_to_5000", _amount("500_to_5000")),
    ("training_images", "above_5000", _amount("above_5000")),
    ("batchnorm", "yes", _network(with_batchnorm=True)),
    ("batchnorm", "no", _network(with_batchnorm=False)),
    ("batchnorm", "yes", _says("batchnorm_used")),
    ("batchnorm", "no", _says("batchnorm_used", negated=True)),
    ("dropout", "none", _says("dropout_used", negated=True)),
    ("pretrained_part_frozen", "yes", _says("frozen")),
    ("pretrained_part_frozen", "no", _says("frozen", negated=True)),
    ("pretrained_part_frozen", "not_pretrained", _says("pretrained", negated=True)),
    ("last_epochs", "yes", _says("still_improving")),
    ("class_numbers_alike", "no", _says("classes_swapped")),
    ("predicted_classes", "yes", _says("same_output_for_all")),
)
"""Fact, answer, and what must be said."""


def told(run: Run) -> Mapping[str, Told]:
    """Return the facts that sentences answer, where neither an answer nor what was read does.

    Two sentences that answer differently answer nothing.
    """
    found: dict[str, Told] = {}
    refused: set[str] = set()
    for name, answer, claim in _met(run):
        if name in found and found[name].answer != answer:
            refused.add(name)
        found.setdefault(name, Told(answer, claim.sentence))
    plain = run.without_words()
    seen = {one.name for one in ALL if one.name in found and one.seen(plain) is not None}
    known = refused | seen | set(run.answers)
    return {name: one for name, one in found.items() if name not in known}


def _met(run: Run) -> Iterator[tuple[str, str, Claim]]:
    for name, answer, look in ROWS:
        if (claim := look(run)) is not None and not claim.exact:
            yield name, answer, claim
