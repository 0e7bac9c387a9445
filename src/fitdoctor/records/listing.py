"""A person's code as it is shown beside what was found in it."""

from __future__ import annotations

import msgspec

from fitdoctor.records.mending import Mending


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The code of a training: each line stands where evidence says that it does."""

    path: str
    text: str
    """Lines of a page that are no code are empty."""
    mending: Mending | None = None
    """The same code with its causes mended; `None` where that was not tried, or failed."""
    why: str = ""
    """Why there is no mended code."""
