"""What is new of a training: a finding that is told, or one that is taken back."""

from __future__ import annotations

from typing import Literal

import msgspec

from fitdoctor.records.finding import Severity


class News(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, as it is handed to whoever follows a training."""

    kind: Literal["found", "gone"]
    epoch: int
    rule: str
    code: str = ""
    severity: Severity = "note"
    probability: float | None = None
    """Of a cause; a symptom has none."""
    sentence: str = ""
    """What was seen."""
    fix: str = ""
