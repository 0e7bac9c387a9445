"""Which interval of a slope holds what it promises: AR(1) inflation, or a moving-block bootstrap.

Curves are a straight fall plus AR(1) scatter, as long as trainings are. The share of 95 % intervals
that hold the true slope is printed: `python -m benchmarks.trend_coverage`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fitdoctor.stats.noise import ar1
from fitdoctor.stats.trend import trend

CURVES, DRAWS = 400, 400
SLOPE = -0.01


def block_bootstrap(y: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of the slope from blocks of residuals (Kuensch 1989)."""
    n = len(y)
    x = np.arange(n) - (n - 1) / 2
    sxx = float(x @ x)
    slope = float(x @ y) / sxx
    residual = y - y.mean() - slope * x
    length = max(2, round(1.5 * n ** (1 / 3)))
    blocks = np.lib.stride_tricks.sliding_window_view(residual, length)
    chosen = rng.integers(0, len(blocks), (DRAWS, -(-n // length)))
    drawn = blocks[chosen].reshape(DRAWS, -1)[:, :n]
    slopes = slope + (drawn - drawn.mean(axis=1, keepdims=True)) @ x / sxx
    low, high = np.quantile(slopes, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    rng = np.random.default_rng(0)
    print("| epochs | phi | AR(1) holds | width | blocks hold | width |\n|---|---|---|---|---|---|")
    for n in (12, 30, 100):
        for phi in (0.0, 0.4, 0.7):
            held, widths = np.zeros(2), np.zeros(2)
            for scatter in ar1(rng, phi, (CURVES, n)):
                y = 1 + SLOPE * np.arange(n) + 0.05 * scatter
                found = trend(y)
                assert found is not None
                pairs = ((found.slope.low, found.slope.high), block_bootstrap(y, rng))
                held += [low <= SLOPE <= high for low, high in pairs]
                widths += [high - low for low, high in pairs]
            share, width = held / CURVES, widths / CURVES
            print(f"| {n} | {phi} | {share[0]:.1%} | {width[0]:.4f} | {share[1]:.1%} | "
                  f"{width[1]:.4f} |")  # fmt: skip


if __name__ == "__main__":
    main()
