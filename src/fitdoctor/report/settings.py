"""Settings that a likely cause lies in: those that its remedy changes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from fitdoctor.corrections import CURVE, understood
from fitdoctor.interventions import effective
from fitdoctor.records.finding import LIKELY, Cause, Diagnosis
from fitdoctor.records.run import Run


class Offending(msgspec.Struct, frozen=True):
    """The cause that lies in a setting, by its number among all."""

    number: int
    rule: str
    instead: str = ""
    """What its remedy makes of the setting; empty where its advice says another thing."""


def offending(diagnosis: Diagnosis) -> Mapping[str, Offending]:
    """Return the settings by name that the first remedy of a likely cause changes, and to what."""
    found: dict[str, Offending] = {}
    for number, cause in enumerate(diagnosis.causes, 1):
        stands = cause.proven or (cause.proven is None and cause.probability >= LIKELY)
        if stands and not cause.guess:
            for name, value in _changed(diagnosis.run, cause).items():
                found.setdefault(name, Offending(number, cause.rule, "" if cause.advice else value))
    return found


def _changed(run: Run, cause: Cause) -> dict[str, str]:
    """Return the settings that are known and that a remedy changes, with their new values."""
    if run.recipe is None:
        return {}
    treated = next((recipe for _, recipe in effective(cause.remedies[:1], run.recipe)), None)
    if treated is None:
        return {}
    now, then = (_values(replace(run, recipe=recipe)) for recipe in (run.recipe, treated))
    return {name: then[name] for name, value in now.items() if value and then[name] != value}


def _values(run: Run) -> dict[str, str]:
    return {row.name: row.value for row in understood(run) if not row.name.startswith(CURVE)}
