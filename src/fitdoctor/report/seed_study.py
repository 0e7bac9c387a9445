"""A study of seeds in words."""

from __future__ import annotations

from fitdoctor.records.experiment import SeedStudy
from fitdoctor.report.headline import outcome_words

SMALL = 0.02
"""A standard deviation of accuracies below which seeds hardly matter."""


def text(study: SeedStudy) -> str:
    """Return what trainings over seeds show, in lines."""
    n, name = len(study.outcomes), outcome_words(study.outcome)
    ends = ", ".join(f"{value:.2f}" for value in sorted(study.outcomes))
    lines = [f"{n} trainings that differ in their seeds alone end at {name} {ends}."]
    if study.rate is not None and study.learned_above is not None:
        learned = round(study.rate.value * n)
        lines.append(
            f"{learned} of {n} learn, that is end above {study.learned_above:.2f}: a share of "
            f"{study.rate.value:.0%} ({study.rate.low:.0%} to {study.rate.high:.0%})."
        )
    lines.append(f"Their standard deviation is {study.spread:.3g}.")
    if study.spread > 0:
        lines.append(
            f"Of the variance about {study.weights:.0%} goes with the initial weights, "
            f"{study.order:.0%} with the order of the images, {study.rest:.0%} with both together "
            f"or neither (by {study.crossed} seeds of each, crossed: a rough figure)."
        )
    if study.spread < SMALL:
        lines.append("Seeds hardly matter here. Data and split were the same in all trainings.")
    else:
        lines.append("Data and split were the same in all trainings; another split varies too.")
    return "\n".join(lines)
