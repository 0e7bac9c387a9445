"""Validation loss shows isolated peaks beyond its scatter, and recovers from them.

## Why it matters
A peak that goes away by the next epoch is usually a few images, a step too large or BatchNorm
statistics caught at a bad moment. It matters when the peak is the epoch that gets saved.

## How it is measured
The largest excursion above the four nearest epochs, in units of the local scatter, against the
largest that normal autocorrelated scatter of the same length gives (simulated, so that looking at
every epoch is paid for). The last epoch cannot count: nobody knows yet whether it recovers. An
asker who states that the loss has spikes and comes back is believed, without a figure. A loss that
lies two and a half times above its lower fifth in a fifth of the epochs, and comes back three times
or more, is a warning: that is no accident of one epoch.

## What to try
Keep the best weights instead of the last. If peaks are frequent: a smaller learning rate towards
the end, a larger batch, more validation images.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fitdoctor.cases import falling, spiked, stating, with_curves
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.claim import Claim
from fitdoctor.records.finding import Evidence
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.spikes import leaps, spikes


def validation_spikes(
    val_loss: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
    probes: tuple[ProbedEpoch, ...] | None = None,
) -> Iterator[Evidence]:
    if val_loss is not None and (wild := leaps(val_loss.values)):
        peaks = ", ".join(str(int(val_loss.epochs[i])) for i in wild[:6])
        yield Evidence(
            sentence=f"Validation loss leaps again and again, in {len(wild)} of {len(val_loss)} "
            f"epochs ({peaks}{', ...' if len(wild) > 6 else ''}), and comes back: no scatter.",
            weight=4.0,
            severity="warning",
            epochs=(int(val_loss.epochs[wild[0]]), int(val_loss.epochs[wild[-1]])),
        )
        return
    found = spikes(val_loss.values) if val_loss is not None else None
    if found and found.indices and val_loss is not None:
        peaks = ", ".join(str(int(val_loss.epochs[i])) for i in found.indices[:6])
        yield Evidence(
            sentence=f"Validation loss peaks at epoch {peaks} and recovers; the largest peak is "
            f"{found.largest:.1f} scatters high.{_who(probes)}",
            p_value=found.p_value,
            weight=2.0,
            effect=max(_height(val_loss.values, i) for i in found.indices),
            epochs=(
                int(val_loss.epochs[found.indices[0]]),
                int(val_loss.epochs[found.indices[-1]]),
            ),
        )
        return
    for said in claims or ():
        if said.predicate == "spikes_recover" and val_loss is None:
            yield Evidence(
                sentence=f"You write, and no figures show it: \u201c{said.sentence}\u201d",
                weight=1.0,
            )


def _height(values: NDArray[np.float64], at: int) -> float:
    """Return how far a peak stands above the higher of its neighbours, as a share of that."""
    around = max(float(values[max(0, at - 1)]), float(values[min(len(values) - 1, at + 1)]))
    return float(values[at]) / around - 1 if around > 0 else np.inf


def _who(probes: tuple[ProbedEpoch, ...] | None) -> str:
    """Say which images are behind the rise, where they were looked at."""
    known = [(p.epoch, p.culprits) for p in probes or () if p.culprits is not None]
    if not known:
        return ""
    epoch, culprits = max(known, key=lambda pair: pair[1].rise)
    share = min(culprits.share_of_top, 1.0)
    return f" At epoch {epoch} a twentieth of the images accounts for {share:.0%} of the rise: " + (
        "a few of them." if share > 0.5 else "many of them together."
    )


RULE = Rule(
    code="FD107",
    check=validation_spikes,
    kind="symptom",
    severity="note",
    least_effect=0.03,
    effect_of="the validation loss beside the peak",
    remedies=(lower_learning_rate,),
    statistical=True,
    clear="no peak stands out of the scatter of validation loss",
    clear_with=("val_loss",),
    sick=(
        with_curves(loss=falling(), val_loss=spiked(falling(to=0.4))),
        stating("spikes_recover", None, "sometimes my loss spikes, but then it goes back"),
    ),
    healthy=(with_curves(loss=falling(), val_loss=falling(80, to=0.4, noise=0.03, phi=0.0)),),
)
