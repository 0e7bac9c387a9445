"""Accuracies as proportions: what n images can show, and which n the digits betray."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.run import SizeFromDigits
from fitdoctor.stats.beta import beta_quantile
from fitdoctor.stats.quantile import median
from fitdoctor.stats.student import normal_quantile

Z_95 = 1.959963984540054

CLIPPED = 1.1921e-07
"""-ln(1 - 2^-23), the least cross-entropy of outputs in single precision that Keras clipped. Where
it is that of all images, outputs are no numbers: a clip on a GPU takes these for its upper end."""


def wilson(share: float, n: int, level: float = 0.95) -> Estimate:
    """Wilson's score interval of a proportion (Wilson 1927).

    >>> half = wilson(0.5, 100)
    >>> round(half.low, 3), round(half.high, 3)
    (0.404, 0.596)
    """
    z = normal_quantile(0.5 + level / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Estimate(share, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """Exact interval of a success rate (Clopper and Pearson 1934).

    >>> exact = clopper_pearson(8, 10)
    >>> round(exact.low, 3), round(exact.high, 3)
    (0.444, 0.975)
    """
    tail, failures = (1 - level) / 2, n - successes
    low = beta_quantile(successes, failures + 1, tail) if successes else 0.0
    high = 1 - beta_quantile(failures, successes + 1, tail) if failures else 1.0
    return Estimate(successes / n, low, high)


DIRECTION = 0.8
"""Share of the error rate that the direction of the discordant pairs has; their number the rest."""


def paired_rate_difference(gained: int, lost: int, pairs: int, alpha: float) -> Estimate:
    """Difference of two success rates over pairs, with a valid 1 - alpha interval.

    `gained` pairs succeed only when treated, `lost` ones only when not. The difference is the
    share of such pairs, times twice the share of gained ones among them less one. Both shares have
    exact intervals (Clopper and Pearson 1934), joined by Bonferroni's inequality; the interval
    lies on one side of 0 exactly where McNemar's exact test at `DIRECTION` alpha rejects.

    >>> found = paired_rate_difference(9, 0, 12, 0.05)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.75, 0.1, 0.97)
    """
    discordant = gained + lost
    share = clopper_pearson(discordant, pairs, 1 - (1 - DIRECTION) * alpha)
    if not discordant:
        return Estimate(0.0, -share.high, share.high)
    toward = clopper_pearson(gained, discordant, 1 - DIRECTION * alpha)
    low, high = 2 * toward.low - 1, 2 * toward.high - 1
    return Estimate(
        (gained - lost) / pairs,
        low * (share.low if low > 0 else share.high),
        high * (share.high if high > 0 else share.low),
    )


def rate_can_decide(discordant: int, alpha: float) -> bool:
    """Return whether so many discordant pairs could put the interval on one side of 0.

    >>> rate_can_decide(5, 0.05), rate_can_decide(6, 0.05)
    (False, True)
    """
    return 0.5**discordant < DIRECTION * alpha / 2


def rate_probability_above(
    gained: int, lost: int, pairs: int, least: float, draws: int = 20_000
) -> float:
    """Probability that the difference of two paired success rates is `least` or more.

    The posterior under a flat prior over the shares of gained, lost and other pairs, simulated.
    """
    counts = (gained + 1, lost + 1, pairs - gained - lost + 1)
    drawn = np.random.default_rng(0).dirichlet(counts, size=draws)
    return float((drawn[:, 0] - drawn[:, 1] >= least).mean())


def always_chance(accuracies: Sequence[float] | NDArray[np.float64], classes: int) -> bool:
    """Return whether an accuracy is 1 / classes, to half a point, in three epochs or more.

    >>> always_chance([0.5, 0.5, 0.5], 2), always_chance([0.5, 0.51, 0.5], 2)
    (True, False)
    >>> always_chance([math.inf] * 3, 2)
    False
    """
    y = np.asarray(accuracies)
    return len(y) >= 3 and bool((y == y[0]).all() and abs(y[0] - 1 / classes) < 0.005)


LEAST_WAY, LEAST_TIMES = 0.2, 2.0
"""Of the way from chance to 1 that counts as above chance; so does twice as often right."""


def is_at_chance(accuracies: Sequence[float] | NDArray[np.float64], classes: int) -> bool:
    """Return whether accuracies end at chance level for so many classes, or below.

    By the median of the last three: less than a fifth of the way from 1 / classes to 1, and less
    than twice 1 / classes.

    >>> is_at_chance([0.25, 0.31, 0.29, 0.3], 4), is_at_chance([0.1, 0.3, 0.44, 0.43], 10)
    (True, False)
    """
    y = np.asarray(accuracies, dtype=np.float64)[-3:]
    if classes < 2 or not len(y) or not np.isfinite(y).all():
        return False
    end, chance = median(y), 1 / classes
    return end < min(chance + LEAST_WAY * (1 - chance), LEAST_TIMES * chance)


def smallest_visible_change(share: float, n: int) -> float:
    """Difference of two accuracies on n images each that 95 % intervals can just tell apart.

    Two independent proportions; on the same images paired differences are finer, and no log
    holds what they need.
    """
    return float(Z_95 * np.sqrt(2 * max(share * (1 - share), 1 / n) / n))


MISFIT = 0.04
"""Share of accuracies off the grid: progress bars round, and loops drop the last batch."""


def size_from_digits(
    shown: Sequence[str], *, largest: int = 20_000, smallest: int = 8
) -> SizeFromDigits | None:
    """Find n such that accuracies, as printed, are near k / n.

    Under size n an accuracy printed with d decimals is one of the numbers that the n + 1 fractions
    may be printed as, each as likely, but for a share `MISFIT` that may be any number; the prior is
    1 / n. The finer n is, the more numbers it fits and the less each fit says. The sizes together
    are as likely beforehand as that
    the digits tell none: any number, or any that was rounded to fewer decimals. `None` below six
    distinct values with three or more decimals, or three with six or more.

    >>> size_from_digits([f"{k / 63:.4f}" for k in (31, 40, 44, 47, 52, 55, 57)]).best
    63
    """
    distinct = sorted({text for text in shown if _decimals(text) >= 3})
    values = np.array([float(text) for text in distinct])
    inside = (values > 0) & (values < 1)
    exact = all(_decimals(text) >= 6 for text in distinct)
    if inside.sum() < (3 if exact else 6):
        return None
    values = values[inside]
    unit = 10.0 ** -min(max(_decimals(text) for text in distinct), 6)
    sizes = np.arange(smallest, largest + 1)
    k = np.rint(values[:, None] * sizes)
    # A printed value may be rounded or cut, so a fraction up to one unit off can print as it.
    fits = np.abs(k / sizes - values[:, None]) <= 0.5 * unit * (1 + 1e-9)
    on_grid = 1.0 / _printable(sizes, round(1 / unit))
    likelihood = np.where(fits, (1 - MISFIT) * on_grid, 0.0) + MISFIT * unit
    log_posterior = np.log(likelihood).sum(axis=0) - np.log(sizes) - np.log((1 / sizes).sum())
    log_none = _log_without_size(values, unit)
    top = max(float(log_posterior.max()), log_none)
    posterior = np.exp(log_posterior - top)
    known = float(posterior.sum()) / (float(posterior.sum()) + float(np.exp(log_none - top)))
    posterior /= max(float(posterior.sum()), 1e-300)
    order = np.argsort(posterior)[::-1]
    credible = order[: int(np.searchsorted(np.cumsum(posterior[order]), 0.90)) + 1]
    best = int(order[0])
    return SizeFromDigits(
        int(sizes[best]),
        int(sizes[credible].min()),
        int(sizes[credible].max()),
        float(posterior[best]) * known,
        int(fits[:, best].sum()),
        len(values),
    )


def _printable(sizes: NDArray[np.int64], parts: int) -> NDArray[np.float64]:
    """Return how many numbers of `1 / parts` each are near a fraction of every size.

    A fraction halfway between two numbers may be printed as either. Of 8000 images one in four is,
    so every number of four decimals fits them and tells nothing.

    >>> _printable(np.array([8, 8000]), 10_000).astype(int).tolist()
    [9, 10001]
    """
    shared = np.gcd(2 * parts, sizes)
    halfway = np.where((2 * parts // shared) % 2 == 1, (shared + 1) // 2, 0)
    found: NDArray[np.float64] = np.minimum(sizes + 1 + halfway, parts + 1).astype(np.float64)
    return found


def _log_without_size(values: NDArray[np.float64], unit: float) -> float:
    """Return the log-likelihood of numbers of no size: any, or any of fewer decimals."""
    kinds = [len(values) * math.log(unit)]
    for decimals in range(2, round(-math.log10(unit))):
        coarse = 10.0**-decimals
        fits = np.abs(np.rint(values / coarse) * coarse - values) <= 0.5 * unit * (1 + 1e-9)
        each = np.where(fits, (1 - MISFIT) * coarse, 0.0) + MISFIT * unit
        kinds.append(float(np.log(each).sum()))
    return float(np.logaddexp.reduce(kinds)) - math.log(len(kinds))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def least_cross_entropy(right: float) -> float:
    """Return the least mean cross-entropy at a share of right answers, in nats.

    A sample that is not answered right has at most half of the probability on its class: ln 2 each.

    >>> round(least_cross_entropy(0.4), 4)
    0.4159
    """
    return (1 - right) * math.log(2)


def most_cross_entropy(right: float, classes: int) -> float:
    """Return the greatest mean cross-entropy, in nats, of honest probabilities with so many right.

    Fano's inequality: what is right is uncertain by the entropy of `right`, what is wrong could be
    any other class. A loss above it is of probabilities that are surer than they are right.

    >>> round(most_cross_entropy(0.5, 2), 4), most_cross_entropy(1.0, 10)
    (0.6931, 0.0)
    """
    wrong = 1 - right
    entropy = -sum(p * math.log(p) for p in (right, wrong) if p > 0)
    return entropy + wrong * math.log(max(1, classes - 1))
