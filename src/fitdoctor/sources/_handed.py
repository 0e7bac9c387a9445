"""Claims that somebody else read in a text: checked against it, then put into the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from fitdoctor.errors import ClaimError, UnreadableSourceError, did_you_mean
from fitdoctor.records.claim import HELPED_BY, IN_VAIN, WORSENED_BY, Claim, evidence
from fitdoctor.records.run import STANDARD_INPUT, Run
from fitdoctor.sources._changes import CHANGES
from fitdoctor.sources._claims import amounting
from fitdoctor.sources._figures import FIGURES, VERSIONS
from fitdoctor.sources._frames import STATED
from fitdoctor.sources._levels import derived, named
from fitdoctor.sources._measured import MEASURED
from fitdoctor.sources._named import NAMED
from fitdoctor.sources._outcomes import OUTCOMES
from fitdoctor.sources._quantities import QUANTITIES
from fitdoctor.sources._text import read_lines

_TABLES = (OUTCOMES, NAMED, FIGURES, VERSIONS)
KNOWN = frozenset(
    {
        *MEASURED,
        *STATED,
        *QUANTITIES,
        *(name for table in _TABLES for name, _ in table),
        *(result + change for result in (HELPED_BY, IN_VAIN, WORSENED_BY) for change in CHANGES),
    }
)
"""Every predicate that a sentence may have."""


def claims_of(given: bytes | str | Iterable[Claim | Mapping[str, Any]]) -> tuple[Claim, ...]:
    """Return claims as handed in: JSON, records or mappings; raises `ClaimError` in one line."""
    try:
        if isinstance(given, bytes | str):
            found = msgspec.json.decode(given, type=tuple[Claim, ...])
        else:
            plain = [msgspec.to_builtins(one) for one in given]
            found = msgspec.convert(plain, type=tuple[Claim, ...])
    except msgspec.MsgspecError as error:
        raise ClaimError(f"claims: {error}") from error
    for number, claim in enumerate(found):
        if claim.predicate not in KNOWN:
            meant = did_you_mean(claim.predicate, sorted(KNOWN))
            raise ClaimError(f"claims: [{number}]: {claim.predicate}: no such predicate.{meant}")
        if claim.holder == "program":
            raise ClaimError(
                f"claims: [{number}]: what a program printed is read from the text itself"
            )
    return found


def with_claims(run: Run, given: Sequence[Claim]) -> Run:
    """Return the run with claims put in before its own.

    Raises `ClaimError` where a sentence is not in the text.
    """
    text = _plain("\n".join(_texts(run)))
    for number, claim in enumerate(given):
        if not claim.sentence.strip() or _plain(claim.sentence) not in text:
            raise ClaimError(
                f"claims: [{number}]: \u201c{claim.sentence[:80]}\u201d is not in the text"
            )
    if not given:
        return run
    levels = (*named(given), *amounting(given))
    said = {claim.predicate: claim for claim in reversed(evidence((*given, *levels)))}
    every = (*given, *levels, *derived(said))
    beside = replace(run.said, claims=(*every, *run.said.claims)) if run.said else None
    return replace(run, claims=(*every, *run.claims), said=beside)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _texts(run: Run) -> Iterable[str]:
    """Yield the texts that a run was read from, or was given with, as far as they can be read."""
    yield run.prose
    yield from (claim.sentence for claim in run.claims)
    for source in (*run.sources, *run.left_out, *run.passed_over):
        if source != STANDARD_INPUT:
            try:
                yield from read_lines(Path(source)) if Path(source).is_file() else ()
            except UnreadableSourceError:
                continue
