"""Trainings that are compared differ by less than the validation set can tell apart.

## Why it matters
An accuracy on n images is known to about sqrt(p (1 - p) / n). Two figures that lie closer tell
nothing of what they differ in: choosing between them is choosing by dice, and a run that came out a
little lower is not broken.

## How it is measured
Accuracies of several trainings that somebody sets beside each other, and the number of images that
they are of, as stated. All of them lie within 2.77 standard errors of one figure, which one in
twenty pairs of equal networks exceeds on separate images. Seeds add to that, and the best of many
epochs is higher by chance. Figures that are no better than guessing are not called in order.

## What to try
Several seeds each, with mean and spread; both networks on the same images (McNemar's test); or so
many more images as the sentence says.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

BOUND = 2.77
"""Standard errors of one figure that 5 % of pairs of equal ones exceed: 1.96 times sqrt(2)."""
SURE = 7.85
"""(1.96 + 0.84) squared: images for 80 % power at 5 %, in units of variance over difference."""


def differences_within_noise(
    claims: tuple[Claim, ...], data: DataSummary | None = None, classes: int | None = None
) -> Iterator[Evidence]:
    shares = [c.value for c in claims if c.predicate == "compared" and c.value is not None]
    told = stated(claims, "n_compared")
    n = told.value if told is not None else data.n_val if data is not None else None
    if len(shares) < 2 or not n or "digits" in (data.origins.get("n_val", "") if data else ""):
        return
    level = median(np.array(shares))
    error = float(np.sqrt(max(level * (1 - level), 1 / n) / n))
    apart = max(shares) - min(shares)
    if apart > BOUND * error:
        return
    # As good as guessing, which is trouble of its own.
    guessing = level < 1 / (classes or 2) + BOUND * error
    images = round(apart * n)
    needed = SURE * 2 * level * (1 - level) / max(apart, 1 / n) ** 2
    yield Evidence(
        sentence=f"On {n:,.0f} images one image is {100 / n:.2g} points, and the standard error of "
        f"{level:.1%} is sqrt({level:.3f} * {1 - level:.3f} / {n:.0f}) = {100 * error:.2g} "
        f"points. Your {len(shares)} figures, {min(shares):.2%} to {max(shares):.2%}, lie "
        f"{100 * apart:.2g} points apart, which is {images} image{'s' * (images != 1)}: that is "
        "noise, and seeds and the choice of the best epoch add to it. Neither a gain nor a loss is "
        "shown.",
        weight=4.0,
        settles=() if guessing else ("differs_from_run_to_run", "validation_jumps"),
        fix="do not choose by these figures, nor tune further on them: train each with 3 to 5 "
        "seeds, give mean and spread, and test on the same images in pairs (McNemar); a gap of "
        f"{100 * max(apart, 1 / n):.2g} points takes about {_rounded(needed)} images to show",
    )


def _rounded(number: float) -> str:
    """Return a number with two digits that count."""
    scale = 10 ** max(0, int(np.log10(number)) - 1)
    return f"{round(number / scale) * scale:,}"


def _comparing(*shares: float, n: int) -> Run:
    said = (Claim(predicate="compared", value=s, sentence="a", holder="program") for s in shares)
    return Run(claims=tuple(said), data=DataSummary(n_val=n))


RULE = Rule(
    code="FD132",
    check=differences_within_noise,
    kind="benign",
    severity="note",
    clear="no trainings are compared, or they differ by more than the images can hide",
    clear_with=("n_val",),
    budget=1.0,
    sick=(
        lambda _rng: _comparing(0.88, 0.8867, 0.8733, n=150),
        lambda _rng: _comparing(0.912, 0.917, n=1000),
    ),
    healthy=(
        lambda _rng: _comparing(0.88, 0.80, n=2000),
        lambda _rng: Run(claims=(Claim(predicate="n_classes", value=2.0, sentence="two"),)),
    ),
)
