"""What the server asks its workers, and what they answer.

Each message is MessagePack, after its length in four bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import msgspec

from fitdoctor.records.finding import Health
from fitdoctor.steady import Steady

LENGTH = struct.Struct(">I")
TEXT = "pasted text"
"""The name of the part that was pasted."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One source of a training: text, a file at a path, or what a worker has read of it before."""

    name: str
    text: str = ""
    path: str = ""
    read: bytes = b""
    """Runs as a worker packed them; workers alone unpack them."""
    code: str = ""
    """The code in it, each line where it stands, once it is read."""


class Examine(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Diagnose sources with what a person says of them."""

    case: str
    parts: tuple[Part, ...]
    answers: Mapping[str, str] = {}
    corrections: Mapping[str, str] = {}
    skipped: tuple[str, ...] = ()
    before: Mapping[str, float] | None = None
    """Probabilities of causes by rule before the last answer or correction."""
    run: str = ""
    """The name of the part that is a run of the folder."""
    mend: str = ""
    """Text whose code is to be shown without its faults."""
    looks: Steady | None = None
    """The looks so far at a training that still runs; `None` where it does not."""


class RuleList(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """List all rules."""


class RulePage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Show one rule's page."""

    name: str


class Summarise(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say in short how one run of a folder went."""

    name: str
    path: str
    looks: Steady | None = None


class Compare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Show runs side by side; pairs of name and path."""

    runs: tuple[tuple[str, str], ...]


Request = Examine | RuleList | RulePage | Summarise | Compare


class Shown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A piece of the page, and what the next request needs."""

    html: str
    sentence: str = ""
    """What the piece says, for who cannot see it."""
    parts: tuple[Part, ...] = ()
    causes: Mapping[str, float] = {}
    looks: Steady | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One run of a folder in short; figures that are not known are `None`."""

    name: str
    verdict: Health
    sentence: str
    epochs: int
    loss: float | None
    """The least validation loss."""
    accuracy: float | None
    """The greatest validation accuracy."""
    curves: tuple[str, ...]
    """Small drawings of loss and accuracy."""
    looks: Steady | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was given cannot be shown, in a line that says what to do."""

    why: str
    missing: bool = False
    """There is no such page."""


Reply = Shown | Row | Refused
