"""Findings of a training that still runs: each is told once it lasts, and does not come and go.

A test that is asked again after every epoch speaks by chance sooner or later, and what lies at its
threshold would come and go. So a finding is told when every look over a tenth of the epochs (three
at least) has shown it, and taken back when no look over a quarter of them (five at least) has. Both
stretches grow with the training: over n epochs a finding changes at most about 7 log10(n) times.
What no curve can change, as a fact of the code, is told at once.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from fitdoctor.records.finding import HEALTH_RULE, LIKELY, Cause, Diagnosis, Finding, Health

LEAST_SEEN, SHARE_SEEN = 2, 0.1
LEAST_GONE, SHARE_GONE = 5, 0.25
"""Epochs between the first and the last look of a stretch: at least, and as a share of all."""

AT_THE_END = frozenset({"stopped_while_improving"})
"""Rules on where a training ended, which one that still runs has not."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one rule over the looks so far."""

    seen: bool
    """Whether the last look showed it."""
    since: int
    """The epoch of the first look of the stretch that the last one belongs to."""
    told: int | None = None
    """The epoch at which it was told, where it is."""
    gone: int | None = None
    """The epoch at which it was taken back, where it was."""


class Steady(msgspec.Struct, frozen=True, kw_only=True):
    """The looks at one training, in short."""

    epoch: int = 0
    rules: Mapping[str, Told] = {}

    @property
    def told(self) -> dict[str, int]:
        """The rules that are told, with the epochs at which they were."""
        return {name: one.told for name, one in self.rules.items() if one.told is not None}


def after(state: Steady, diagnosis: Diagnosis) -> Steady:
    """Return the state after another look; one at no later epoch than the last replaces nothing."""
    epoch = max((int(c.epochs[-1]) for c in diagnosis.run.curves.values() if len(c)), default=0)
    shown = grave(diagnosis)
    if epoch <= state.epoch and state.rules:
        return state
    rules = {
        name: _after(state.rules.get(name), epoch, seen=name in shown, fact=shown.get(name, False))
        for name in dict.fromkeys([*state.rules, *shown])
    }
    return Steady(epoch=epoch, rules=rules)


def _after(before: Told | None, epoch: int, *, seen: bool, fact: bool) -> Told:
    now = before or Told(seen=seen, since=epoch)
    if now.seen != seen:
        now = replace(now, seen=seen, since=epoch)
    lasted = epoch - now.since
    if seen and now.told is None and (fact or lasted >= max(LEAST_SEEN, SHARE_SEEN * epoch)):
        return replace(now, told=epoch, gone=None)
    if not seen and now.told is not None and lasted >= max(LEAST_GONE, SHARE_GONE * epoch):
        return replace(now, told=None, gone=epoch)
    return now


def grave(diagnosis: Diagnosis) -> dict[str, bool]:
    """Return the rules that make a training sick, and whether no curve can change what they saw."""
    causes = [c for c in diagnosis.causes if c.probability >= LIKELY and not (c.guess or c.usual)]
    symptoms = [f for f in diagnosis.symptoms if f.severity != "note"]
    every: tuple[Cause | Finding, ...] = (*causes, *symptoms)
    return {found.rule: _is_fact(found) for found in every if found.rule not in AT_THE_END}


def _is_fact(found: Cause | Finding) -> bool:
    return all(e.p_value is None and e.epochs is None and e.line for e in found.evidence)


def settled(diagnosis: Diagnosis, state: Steady) -> Diagnosis:
    """Return the diagnosis of a training that still runs: with what is told and nothing else.

    What was told and is not found at the moment is in `Steady.told` alone.
    """
    return replace(
        diagnosis,
        causes=tuple(cause for cause in diagnosis.causes if cause.rule in state.told),
        symptoms=tuple(f for f in diagnosis.symptoms if f.rule in state.told),
        benign=(),
        outcomes=tuple(o for o in diagnosis.outcomes if o.rule != HEALTH_RULE),
        next_test=None,
    )


def verdict(state: Steady) -> Health:
    """Return the verdict on a training that still runs; it is not called healthy before its end."""
    return "sick" if state.told else "cannot_tell"


def sentence(state: Steady) -> str:
    """Return what is told so far, the first found first."""
    names = [name.replace("_", " ") for name in sorted(state.told, key=state.told.__getitem__)]
    if not names:
        return "Still training. Nothing significant so far."
    return f"Still training. Found so far: {', '.join(names)}."
