"""A training that still runs, for the terminal: rows of epochs, curves as they grow, news."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.finding import Cause, Diagnosis, Finding
from fitdoctor.records.news import News
from fitdoctor.records.run import Curve, Run
from fitdoctor.report.drawing import number
from fitdoctor.report.headline import fix, strongest
from fitdoctor.report.names import title
from fitdoctor.report.progress import SHOWN
from fitdoctor.steady import Steady

BLOCKS, PLAIN = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588", ".:-=+*#@"
NO_NUMBER = "x"
LABEL, RANGE = 14, 34
"""Columns of a curve's name, and of its figures behind it."""
LEAST, MOST = 8, 60
"""Columns of a curve."""


def row(run: Run, epoch: int) -> str:
    """Return an epoch as a line: each known figure by its name."""
    figures = []
    for name in SHOWN:
        curve = run.curves.get(name)
        if curve is not None and epoch in curve.epochs:
            figures.append(f"{name} {curve.values[curve.epochs == epoch][0]:.4f}")
    return f"epoch {epoch:>4}  {'  '.join(figures)}".rstrip()


def grown(
    curves: Mapping[str, Curve], epoch: int, figures: Mapping[str, float]
) -> dict[str, Curve]:
    """Return the curves that are shown with the figures of one more epoch."""
    found = {name: curves[name] for name in SHOWN if name in curves}
    for name in SHOWN:
        if name in figures:
            before = found.get(name, Curve(np.empty(0, np.int64), np.empty(0)))
            found[name] = Curve(
                np.append(before.epochs, epoch), np.append(before.values, figures[name])
            )
    return found


def screen(curves: Mapping[str, Curve], state: Steady, *, width: int, unicode: bool) -> list[str]:
    """Return the curves as they are now, one a line, and what is told of them so far."""
    lines = [
        _line_of(name, curves[name], width, BLOCKS if unicode else PLAIN)
        for name in SHOWN
        if name in curves and len(curves[name])
    ]
    told = ", ".join(map(title, state.told)) or "nothing significant"
    return [line[:width] for line in (*lines, f"found up to epoch {state.epoch}: {told}")]


def _line_of(name: str, curve: Curve, width: int, blocks: str) -> str:
    cells = min(MOST, max(LEAST, width - LABEL - RANGE))
    known = np.flatnonzero(np.isfinite(curve.values))
    if not len(known):
        return f"{name:<{LABEL}}no finite value"
    at = known[np.argmax(curve.values[known]) if "accuracy" in name else
               np.argmin(curve.values[known])]  # fmt: skip
    word = "greatest" if "accuracy" in name else "least"
    figures = f"{number(curve.values[-1])}, {word} {number(curve.values[at])} at {curve.epochs[at]}"
    return f"{name:<{LABEL}}{sparkline(curve.values, cells, blocks)}  {figures}"


def sparkline(values: NDArray[np.float64], cells: int, blocks: str = BLOCKS) -> str:
    """Return values as a line of blocks, the last value of each stretch; `x` where it is no number.

    >>> sparkline(np.array([0.0, 1.0, 2.0, np.nan]), 8, ".:-")
    '.:-x'
    """
    shown = values if len(values) <= cells else [part[-1] for part in np.array_split(values, cells)]
    finite = [v for v in shown if math.isfinite(v)]
    if not finite:
        return NO_NUMBER * len(shown)
    low, high = min(finite), max(finite)
    span = high - low or 1.0
    last = len(blocks) - 1
    return "".join(
        blocks[round(last * (v - low) / span)] if math.isfinite(v) else NO_NUMBER for v in shown
    )


def news(before: Steady, now: Steady, diagnosis: Diagnosis) -> Iterator[News]:
    """Yield each rule that is told since, and each that is taken back."""
    found: dict[str, Cause | Finding] = {f.rule: f for f in diagnosis.symptoms}
    found |= {cause.rule: cause for cause in diagnosis.causes}
    for epoch, name in sorted((e, n) for n, e in now.told.items() if n not in before.told):
        yield as_news(epoch, name, found.get(name))
    for name in sorted(before.told.keys() - now.told.keys()):
        yield News(kind="gone", epoch=now.epoch, rule=name)


def as_news(epoch: int, rule: str, found: Cause | Finding | None) -> News:
    """Return a finding as it is handed on; `None` where the last look did not show it."""
    if found is None:
        return News(kind="found", epoch=epoch, rule=rule)
    cause = found if isinstance(found, Cause) else None
    return News(
        kind="found",
        epoch=epoch,
        rule=rule,
        code=found.code,
        severity=found.severity,
        probability=cause.probability if cause else None,
        sentence=strongest(found).sentence,
        fix=fix(cause) if cause else "",
    )


def line(new: News) -> str:
    """Return news as a line for the terminal."""
    if new.kind == "gone":
        return f"epoch {new.epoch:>4}  NO LONGER SEEN  {title(new.rule)}"
    said = f": {new.sentence}" if new.sentence else ""
    mend = f" Fix: {new.fix}" if new.fix else ""
    return f"epoch {new.epoch:>4}  FOUND  {title(new.rule)}{said}{mend}"


def rows(run: Run, after: int, until: int) -> Sequence[str]:
    """Return the lines of the epochs behind one, up to another."""
    known = {int(e) for curve in run.curves.values() for e in curve.epochs}
    return [row(run, epoch) for epoch in sorted(known) if after < epoch <= until]
