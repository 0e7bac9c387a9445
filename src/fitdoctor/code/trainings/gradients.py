"""In which order gradients are computed, scaled, clipped and followed in a round of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fitdoctor.code.trainings.machine import Entry, Fork, Machine, Round, Step

CLIP: Final = "clip"
SCALED: Final = "scaled"
"""Gradients of a loss that a scaler multiplied."""
UNSCALE: Final = "unscale"
THROUGH: Final = "through"
"""The next step is taken through the scaler, which divides gradients first."""
ON_GRADIENTS: Final = frozenset({CLIP, SCALED, UNSCALE, THROUGH})
CLIPPING: Final = frozenset(
    f"torch.nn.utils.{m}{name}" for m in ("", "clip_grad.")
    for name in ("clip_grad_norm_", "clip_grad_norm", "clip_grad_value_", "clip_grad_value")
)  # fmt: skip
"""Functions of torch that clip gradients."""
_ACTS: Final = frozenset({"backward", "step", "clear", "unknown"})


def clipped_in_vain(machine: Machine) -> int:
    """Return the line that clips gradients between a step and the next `backward`; else 0."""
    for round_ in _rounds(machine.out):
        for at, clip in enumerate(round_):
            if clip.kind != CLIP or not clip.leaves:
                continue
            others = [s for s in (*round_[at + 1 :], *round_[:at])
                      if s.kind in _ACTS and (s.leaves & clip.leaves or s.all)]  # fmt: skip
            kinds = {s.kind for s in others}
            if not {"backward", "step"} <= kinds or "unknown" in kinds:
                continue
            if others[0].kind in {"backward", "clear"} and others[-1].kind in {"step", "clear"}:
                return clip.line
    return 0


def clipped_while_scaled(machine: Machine) -> int:
    """Return the line that clips gradients which a scaler has multiplied; else 0."""
    if clipped_in_vain(machine):
        return 0
    return min((s.line for round_ in _scaled_rounds(machine) for s in round_ if s.kind == CLIP),
               default=0)  # fmt: skip


def stepped_while_scaled(machine: Machine) -> int:
    """Return the line that steps along gradients which a scaler has multiplied; else 0."""
    for round_ in _scaled_rounds(machine):
        taken = [s for s in round_ if s.kind == "step"]
        if taken and not any(s.kind == THROUGH for s in round_):
            return taken[0].line
    return 0


def _scaled_rounds(machine: Machine) -> Iterator[list[Step]]:
    """Yield the rounds whose gradients are all multiplied by a scaler and never divided."""
    for round_ in _rounds(machine.out):
        kinds = [s.kind for s in round_]
        if "unknown" in kinds or UNSCALE in kinds or SCALED not in kinds:
            continue
        if kinds.count(SCALED) == kinds.count("backward"):
            yield round_


def _rounds(entries: list[Entry]) -> Iterator[list[Step]]:
    """Yield what the later rounds of each loop do that takes steps, in order."""
    for entry in entries:
        if isinstance(entry, Round):
            own = list(_own(entry.later))
            if any(s.kind == "step" for s in own):
                yield own
            yield from _rounds(entry.later)
        elif isinstance(entry, Fork):
            for branch in entry.branches:
                yield from _rounds(branch)


def _own(entries: list[Entry]) -> Iterator[Step]:
    for entry in entries:
        if isinstance(entry, Step):
            yield entry
        elif isinstance(entry, Fork):
            for branch in entry.branches:
                yield from _own(branch)
