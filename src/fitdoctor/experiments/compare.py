"""Groups of runs to comparisons: paired where seeds and split are shared, else by their scatter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite

import numpy as np
from msgspec.structs import replace

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.comparison import Comparison, Group, How
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.run import Run
from fitdoctor.stats.mixture import two_kinds
from fitdoctor.stats.paired import paired_interval
from fitdoctor.stats.proportions import paired_rate_difference
from fitdoctor.stats.unpaired import (
    difference_interval,
    rate_difference,
    smallest_shown,
    standard_error,
)

ALPHA = 0.05
OUTCOMES = ("val_accuracy", "val_loss", "accuracy", "loss")
"""Curves that are compared where nobody says which: the first that all runs have."""
APART, GAP = 0.01, 0.1
"""Chance of so wide a gap among outcomes of one kind, and the least gap of accuracies, from which
on runs are counted that learn and that do not."""
LEAST_FOR_RATES = 8


def group(name: str, runs: Sequence[Run], outcome: str, n_val: int | None = None) -> Group:
    """Return runs as a group; raises `UnreadableSourceError` where one lacks the outcome.

    `n_val` stands in for the number of validation images where a run does not tell it.
    """
    outcomes = []
    for run in runs:
        curve = run.curves.get(outcome)
        if curve is None or not len(curve):
            raise UnreadableSourceError(f"{run.name}: it has no {outcome}")
        if not isfinite(float(curve.values[-1])):
            raise UnreadableSourceError(
                f"{run.name}: {outcome} ends in {curve.values[-1]:g}, which cannot be compared"
            )
        outcomes.append(float(curve.values[-1]))
    return Group(
        name=name,
        runs=tuple(run.sources[0] if run.sources else run.name for run in runs),
        outcomes=tuple(outcomes),
        seeds=tuple(run.recipe.seed if run.recipe else None for run in runs),
        splits=tuple(map(_split, runs)),
        n_val=tuple(_validation_images(run) or n_val for run in runs),
    )


def common_outcome(runs: Sequence[Run], wanted: str | None = None) -> str:
    """Return the curve that is compared; raises `UnreadableSourceError` where runs share none."""
    for name in (wanted,) if wanted else OUTCOMES:
        if all(len(run.curves.get(name, ())) for run in runs):
            return name
    lacking = next(r.name for r in runs if not len(r.curves.get(wanted or OUTCOMES[0], ())))
    what = wanted or "a curve that the others have as well, as val_accuracy"
    raise UnreadableSourceError(f"{lacking}: it has no {what}")


def _split(run: Run) -> str | None:
    recipe = run.recipe
    if recipe is None or recipe.images is None or recipe.split_seed is None:
        return None
    return f"{recipe.images} {recipe.split_seed} {recipe.validation_share} {recipe.group_pattern}"


def _validation_images(run: Run) -> int | None:
    data = run.data
    if data is None:
        return None
    by_digits = data.n_val_from_digits
    return data.n_val or (by_digits.best if by_digits else None)


def compare(groups: Sequence[Group], outcome: str) -> tuple[Comparison, ...]:
    """Return the comparison of each two groups; all intervals hold together at 95 %."""
    pairs = list(combinations(groups, 2))
    alpha = ALPHA / max(1, len(pairs))
    return tuple(_compared(first, second, outcome, alpha) for first, second in pairs)


def _compared(first: Group, second: Group, outcome: str, alpha: float) -> Comparison:
    splits = {*first.splits, *second.splits}
    shared = None if None in splits else len(splits) == 1
    paired = _paired(first, second) if shared else None
    kinds = _learned_above(first, second, outcome)
    if kinds is not None:
        found = _rates(first, second, paired, kinds, outcome, alpha)
    elif paired is not None:
        found = _of_pairs(first, second, paired, outcome, alpha)
    else:
        found = _of_scatter(first, second, outcome, alpha)
    found = replace(found, shared_split=shared)
    return replace(found, sentence=_sentence(found), limits=tuple(_limits(found)))


def _paired(first: Group, second: Group) -> list[tuple[float, float]] | None:
    """Return the outcomes of the same seeds; `None` where not every run has its partner."""
    if None in {*first.seeds, *second.seeds} or len(first.seeds) < 2:
        return None
    here, there = (dict(zip(g.seeds, g.outcomes, strict=True)) for g in (first, second))
    if set(here) != set(there) or len(here) != len(first.seeds) or len(there) != len(second.seeds):
        return None
    return [(here[seed], there[seed]) for seed in sorted(here, key=str)]


def _learned_above(first: Group, second: Group, outcome: str) -> float | None:
    """Return what parts runs that learned from those that did not, where a group has both."""
    both = (*first.outcomes, *second.outcomes)
    if "accuracy" not in outcome or len(both) < LEAST_FOR_RATES:
        return None
    split = two_kinds(both)
    if split is None or split.p_value > APART:
        return None
    below = [y for y in both if y < split.boundary]
    above = [y for y in both if y >= split.boundary]
    mixed = any(len({y < split.boundary for y in g.outcomes}) == 2 for g in (first, second))
    return split.boundary if mixed and min(above) - max(below) >= GAP else None


def _rates(
    first: Group,
    second: Group,
    paired: list[tuple[float, float]] | None,
    above: float,
    outcome: str,
    alpha: float,
) -> Comparison:
    if paired is not None:
        gained = sum(a < above <= b for a, b in paired)
        lost = sum(b < above <= a for a, b in paired)
        difference = paired_rate_difference(gained, lost, len(paired), alpha)
    else:
        shares = [sum(y >= above for y in g.outcomes) / len(g.outcomes) for g in (first, second)]
        difference = rate_difference(
            shares[0], len(first.outcomes), shares[1], len(second.outcomes), alpha
        )
    how: How = "groups" if paired is None else "pairs"
    return _made(first, second, outcome, how, difference, alpha, None, measure="success_rate")


def _of_pairs(
    first: Group, second: Group, paired: list[tuple[float, float]], outcome: str, alpha: float
) -> Comparison:
    before, after = (np.array(side) for side in zip(*paired, strict=True))
    difference = paired_interval(before, after, alpha)
    error = float((after - before).std(ddof=1)) / np.sqrt(len(paired))
    least = smallest_shown(float(error), len(paired) - 1, alpha)
    return _made(first, second, outcome, "pairs", difference, alpha, least)


def _of_scatter(first: Group, second: Group, outcome: str, alpha: float) -> Comparison:
    mean, error, freedom = standard_error(first.outcomes, second.outcomes)
    if freedom > 0:
        single = min(len(first.outcomes), len(second.outcomes)) == 1
        how: How = "one_against_group" if single else "groups"
        least = smallest_shown(error, freedom, alpha)
        interval = difference_interval(first.outcomes, second.outcomes, alpha)
        return _made(first, second, outcome, how, interval, alpha, least)
    sizes = (first.n_val[0], second.n_val[0])
    if "accuracy" not in outcome or not all(sizes):
        nothing = Estimate(mean, -np.inf, np.inf)
        return _made(first, second, outcome, "nothing", nothing, alpha, None)
    n, m = (size or 1 for size in sizes)
    shares = (first.outcomes[0], second.outcomes[0])
    difference = rate_difference(shares[0], n, shares[1], m, alpha)
    pooled = (shares[0] * n + shares[1] * m) / (n + m)
    spread = float(np.sqrt(max(pooled * (1 - pooled), 1 / min(n, m)) * (1 / n + 1 / m)))
    least = smallest_shown(spread, float(n + m), alpha)
    return _made(first, second, outcome, "validation_noise", difference, alpha, least)


def _made(
    first: Group,
    second: Group,
    outcome: str,
    how: How,
    difference: Estimate,
    alpha: float,
    least: float | None,
    **fields: str,
) -> Comparison:
    known = isfinite(difference.low)
    return Comparison(
        outcome=outcome,
        first=first,
        second=second,
        how=how,
        difference=difference,
        level=1 - alpha,
        shown=not difference.low <= 0 <= difference.high if known else None,
        smallest_shown=least if least is not None and isfinite(least) else None,
        sentence="",
        **fields,  # type: ignore[arg-type]
    )


def _sentence(found: Comparison) -> str:
    first, second = found.first.name, found.second.name
    effect = found.difference
    if found.shown is None:
        return (
            f"{_words(found.outcome)} of {second} is {effect.value:+.4f} against {first}; nothing "
            "is known that this could be held against."
        )
    what = (
        "the share of runs that learn" if found.measure == "success_rate" else _words(found.outcome)
    )
    between = f"{effect.value:+.4f} ({100 * found.level:.3g}% interval {effect.low:+.4f} to "
    between += f"{effect.high:+.4f})"
    verdict = {
        ("validation_noise", True): "differ by more than the noise of their validation images",
        ("validation_noise", False): "are not shown to differ: noise of validation images gives as "
        "much",
    }.get(
        (found.how, found.shown),
        "differ by more than seeds do" if found.shown else "are not shown to differ: seeds give as "
        "much",
    )  # fmt: skip
    return f"{first} and {second} {verdict}: {what} of {second} minus that of {first} is {between}."


def _words(outcome: str) -> str:
    return outcome.replace("val_", "validation ").replace("_", " ")


def _limits(found: Comparison) -> Iterator[str]:
    """Yield what the comparison cannot say, and what would let it."""
    if found.how == "nothing":
        yield (
            "One run a group can only be held against the noise of validation images, for an "
            "accuracy on a known number of them: give --val-images, or several runs a group."
        )
        return
    if found.how == "validation_noise":
        yield (
            "One run a group says nothing of seeds: another seed of either may change as much. "
            "Train each on five seeds or more."
        )
        if found.shared_split is not False:
            yield (
                "On the same images the two are right on many of the same ones: the noise of "
                "their difference is smaller than is reckoned with here."
            )
    if found.how == "one_against_group":
        yield (
            "The scatter of seeds is that of the group with several runs; the single run may "
            "scatter more."
        )
    if found.how in {"pairs", "groups"} and found.shared_split:
        yield "All validate on the same images: this holds for seeds on this split."
    if found.how == "groups" and found.shared_split and None not in found.first.seeds:
        yield "Runs on the same seeds in both groups would be compared in pairs, which shows more."
    if found.shared_split is None:
        yield "Whether all validate on the same images is not known."
