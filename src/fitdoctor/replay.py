"""A training as it was known after each of its epochs, and what is told by then (`steady`).

Who looks late, or at epochs that came at once, sees them as if there had been a look after each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor import doctor, steady
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Curve, Run
from fitdoctor.steady import Steady

MOST_LOOKS = 24


def replayed(run: Run, state: Steady, until: int) -> Iterator[tuple[Run, Diagnosis, Steady]]:
    """Yield the run, its diagnosis and what is told at epochs after those that `state` knows.

    These are all epochs to `until`, or some where there are many, the last among them.
    """
    for epoch in _between(run, state.epoch, until):
        seen = up_to(run, epoch)
        diagnosis = doctor.examine(seen)
        state = steady.after(state, diagnosis)
        yield seen, diagnosis, state


def caught_up(run: Run, state: Steady) -> Steady:
    """Return what is told by the epoch before the last."""
    for _, _, known in replayed(run, state, last_epoch(run) - 1):
        state = known
    return state


def _between(run: Run, after: int, until: int) -> Iterator[int]:
    """Yield epochs to look at, the last among them: all, or some where there are many."""
    known = sorted({int(e) for c in run.curves.values() for e in c.epochs if after < e <= until})
    places = np.linspace(0, len(known) - 1, min(len(known), MOST_LOOKS))
    yield from sorted({known[round(place)] for place in places.tolist()})


def last_epoch(run: Run) -> int:
    return max((int(c.epochs[-1]) for c in run.curves.values() if len(c)), default=0)


def up_to(run: Run, epoch: int) -> Run:
    """Return a run as it was known after an epoch."""
    curves = {name: _cut(curve, epoch) for name, curve in run.curves.items()}
    return replace(
        run,
        curves={name: curve for name, curve in curves.items() if len(curve)},
        batches={n: b for n, b in run.batches.items() if len(b) and b.epochs[-1] <= epoch},
        probes=tuple(probe for probe in run.probes if probe.epoch <= epoch),
        visible=up_to(run.visible, epoch) if run.visible is not None else None,
    )


def _cut(curve: Curve, epoch: int) -> Curve:
    kept = curve.epochs <= epoch
    return Curve(curve.epochs[kept], curve.values[kept])
