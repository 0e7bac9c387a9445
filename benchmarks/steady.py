"""Trainings watched after every epoch: how many healthy ones are ever told to be sick.

python -m benchmarks.steady 80    # draws of each kind; 80 take some minutes

Counted are healthy draws on which a finding is told at any epoch (steady), is there at any epoch
(every look taken at its word), and is there at the end; how often what was told is taken back; and,
of draws that overfit from epoch 8 on, how many are told and when.
"""

from __future__ import annotations

import sys

import numpy as np
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cases import falling, healthy, rising_after, with_curves
from fitdoctor.records.run import Curve, Run
from fitdoctor.steady import Steady, after, grave

FIRST = 4
"""Epochs at the first look."""
OVERFITTING = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))


def watched(run: Run) -> tuple[list[Steady], list[set[str]]]:
    """Return the state and what is found after each epoch of a run."""
    length = max(len(curve) for curve in run.curves.values())
    states, found, state = [], [], Steady()
    for n in range(FIRST, length + 1):
        curves = {name: Curve(c.epochs[:n], c.values[:n]) for name, c in run.curves.items()}
        diagnosis = doctor.examine(replace(run, curves=curves))
        state = after(state, diagnosis)
        states.append(state)
        found.append(set(grave(diagnosis)))
    return states, found


def main(draws: int) -> None:
    ever, any_look, at_end, back = 0, 0, 0, 0
    for seed in range(draws):
        states, found = watched(healthy(np.random.default_rng([7, seed])))
        ever += any(state.told for state in states)
        any_look += any(found)
        at_end += bool(found[-1])
        back += any(one.gone for state in states for one in state.rules.values())
    print(f"healthy, {draws} draws: told at any epoch {ever}, found at any look {any_look}, "
          f"found at the end {at_end}, taken back {back}")  # fmt: skip
    when = []
    for seed in range(draws // 2):
        states, _ = watched(OVERFITTING(np.random.default_rng([8, seed])))
        told = [state.told["overfitting"] for state in states if "overfitting" in state.told]
        when.append(min(told) if told else np.inf)
    told = [epoch for epoch in when if np.isfinite(epoch)]
    print(f"overfitting from epoch 8 of 40, {draws // 2} draws: told in {len(told)}, "
          f"at epoch {np.median(told):.0f} in the middle case")  # fmt: skip


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["80"])[0]))
