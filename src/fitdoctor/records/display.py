"""How a notebook shows a record: the room of reports says it, the records only ask.

>>> as_html(object()) is None
True
"""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def as_html(record: object) -> str | None:
    """Return HTML for a notebook; `None`, where nothing is registered, means its repr."""
    del record
    return None


class Displayed:
    """What notebooks show as HTML where `as_html` has a function for it."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        return as_html(self)
