"""Whether more pairs would decide: what an experiment is stopped by that shows nothing.

Stopping where little can come of going on makes no claim, so it spends nothing of the error rate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fitdoctor.records.experiment import Experiment, Trial
from fitdoctor.stats.proportions import paired_rate_difference
from fitdoctor.stats.sequential import LOOKS, shares
from fitdoctor.stats.student import t_cdf, t_quantile

FUTILE = 0.1
"""Less likely than this to be decided, an experiment is stopped."""
DRAWS = 4000
Pairs = Sequence[tuple[Trial, Trial]]


def chance(
    experiment: Experiment, pairs: Pairs, limit: float | None, most: int, carried: float = 0.0
) -> float:
    """Return the predictive probability that the likeliest of the looks up to `most` pairs decides.

    Deciding is showing that the treatment helps, or that it makes no difference. `limit` parts
    trainings that learn from others where success rates are compared. It is 1 where there is no
    further look: whoever asks for such pairs wants the estimate. `carried` is the share of the
    error rate that looks which could not decide have left.
    """
    share = shares(experiment.alpha)
    later = [look for look in LOOKS if len(pairs) < look <= most]
    if not later or len(pairs) < LOOKS[0]:
        return 1.0
    if limit is not None:
        least = experiment.smallest_rate_difference
        chances = [_gains(pairs, limit, look, share[look] + carried, least) for look in later]
    else:
        delta = experiment.smallest_difference
        chances = [_means(pairs, look, share[look] + carried, delta) for look in later]
    return max(chances)


def _means(pairs: Pairs, look: int, alpha: float, delta: float) -> float:
    """Return the predictive probability that the mean over `look` pairs decides.

    Under flat priors the mean over all of them is Student's t around the mean of those seen; the
    scatter is taken to stay.
    """
    seen = np.array([treated.outcome - control.outcome for control, treated in pairs])
    n, middle, spread = len(seen), float(seen.mean()), float(seen.std(ddof=1))
    if spread == 0.0:
        return 1.0
    scale = spread * float(np.sqrt((look - n) / (look * n)))
    error = spread / float(np.sqrt(look))
    helps = max(t_quantile(look - 1, 1 - alpha / 2) * error, delta)
    chance = t_cdf(n - 1, (middle - helps) / scale)
    within = delta - t_quantile(look - 1, 1 - min(0.5, 2 * alpha) / 2) * error
    if within > 0:
        chance += t_cdf(n - 1, (within - middle) / scale) - t_cdf(n - 1, (-within - middle) / scale)
    return chance


def _gains(pairs: Pairs, limit: float, look: int, alpha: float, least: float) -> float:
    """Return the predictive probability that the success rates over `look` pairs show a gain.

    Under a flat prior over the shares of gained, lost and other pairs.
    """
    learned = [(a.outcome > limit, b.outcome > limit) for a, b in pairs]
    gained = sum(after and not before for before, after in learned)
    lost = sum(before and not after for before, after in learned)
    random = np.random.default_rng(0)
    counts = (gained + 1, lost + 1, len(pairs) - gained - lost + 1)
    more = random.multinomial(look - len(pairs), random.dirichlet(counts, size=DRAWS))
    worlds, often = np.unique(more[:, :2] + (gained, lost), axis=0, return_counts=True)
    shown = [
        won - gone >= least * look
        and paired_rate_difference(int(won), int(gone), look, alpha).low > 0
        for won, gone in worlds
    ]
    return float(often[shown].sum() / DRAWS)
