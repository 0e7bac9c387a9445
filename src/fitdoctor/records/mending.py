"""What a source is changed to, cause by cause, and what could not be changed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fitdoctor.records.experiment import Verdict


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """A cause that a change of the source removes."""

    rule: str
    code: str
    line: int
    """Of the source before this change; in a notebook, of its cell."""
    sentence: str
    """What the rule saw."""
    reason: str
    """What is changed, and why that mends it."""
    certain: bool
    """It was a mistake whatever the data are; the others are better tried in a training."""
    diff: str
    """The lines that change, as a unified diff on what earlier mends left."""
    cell: int | None = None
    """Of a notebook: the code cell, counted from 1."""


class Unmended(msgspec.Struct, frozen=True, kw_only=True):
    """A cause for which no change was made."""

    rule: str
    code: str
    line: int | None
    sentence: str
    why: str
    """What was tried, and what is to be done by hand."""
    cell: int | None = None


class Mending(msgspec.Struct, frozen=True, kw_only=True):
    """A source before and after its causes were mended."""

    path: str
    before: str
    after: str
    mends: tuple[Mend, ...] = ()
    unmended: tuple[Unmended, ...] = ()
    cells: tuple[tuple[int, str, str], ...] = ()
    """Of a notebook: the code cells that change, with their source before and after."""
    verdict: Verdict | None = None
    """What trainings of both sources in pairs over seeds say, where they were executed."""
    apart: Mapping[str, Verdict] = {}
    """Rule -> what trainings with all changes say against those without the changes for it."""

    @property
    def changed(self) -> bool:
        """Return whether anything was mended."""
        return self.before != self.after

    @property
    def accepted(self) -> bool:
        """Return whether the change may be written: no training has failed to support it."""
        return self.changed and (self.verdict is None or self.verdict.decision == "helps")
