"""How a notebook shows a record: the room of reports says it, the records only ask.

>>> as_html(object()) is None
True
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any


@singledispatch
def as_html(record: object) -> str | None:
    """Return HTML for a notebook; `None`, where nothing is registered, means its repr."""
    del record
    return None


@singledispatch
def as_figure(record: object) -> Any:
    """Return a record as a figure of matplotlib; nothing is registered without the reports."""
    raise TypeError(f"a {type(record).__name__} has no figure")


class Plotted:
    """What `as_figure` has a function for."""

    __slots__ = ()

    def plot(self) -> Any:
        """Return the curves as a `matplotlib.figure.Figure`, with all that is marked on them.

        It is the caller's alone: pyplot does not know it. Raises `MissingExtraError` without
        matplotlib, `UnreadableSourceError` where no curve is known.

        >>> import fitdoctor as fd
        >>> fd.diagnose("train.log").plot().savefig("curves.png")  # doctest: +SKIP
        """
        return as_figure(self)


class Displayed:
    """What notebooks show as HTML where `as_html` has a function for it."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        return as_html(self)
