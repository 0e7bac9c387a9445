"""What sentences say that the code beside them shows otherwise: code outranks prose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from fitdoctor.records.claim import Claim
from fitdoctor.records.flow import pairs
from fitdoctor.records.run import Script


def outranked(said: Sequence[Claim], script: Script | None) -> list[Claim]:
    """Return claims; those that the script contradicts are a supposition of their sentence."""
    if script is None:
        return list(said)
    return [
        replace(c, certainty="supposed")
        if not c.exact
        and c.is_evidence
        and (other := _OTHERWISE.get(c.predicate))
        and other(script)
        else c
        for c in said
    ]


def _reads_two_sets(script: Script) -> bool:
    """Return whether validation images are shown to come from elsewhere than training images."""
    fed = [(a.inputs, b.inputs) for a, b in pairs(script, "validation")]
    return bool(fed) and all(
        a.shown and b.shown and None not in {a.origin, b.origin} and a.origin != b.origin
        for a, b in fed
    )


_OTHERWISE: Mapping[str, Callable[[Script], bool]] = {"same_data_for_both": _reads_two_sets}
"""What may be said -> whether a script shows that it is not so."""
