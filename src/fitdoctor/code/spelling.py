"""Attributes that people mean and write otherwise; Python sets any name without a word."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final

_FROZEN_BY: Final = ("trainable", "requires_grad")
"""Attributes of layers and weights that say whether they learn."""
_ALIKE: Final = 0.84
"""Share of letters that agree, in order: one or two are missing, doubled or swapped."""
MOST_LETTERS: Final = 20


def misspelt(name: str) -> str | None:
    """Return the attribute of a layer that a name comes near; `None` where it is one, or near none.

    The share is that of `difflib`: twice the letters in common over the letters of both.
    """
    if name in _FROZEN_BY or len(name) > MOST_LETTERS or name.startswith("un"):
        return None
    near = ((SequenceMatcher(None, name.lower(), meant).ratio(), meant) for meant in _FROZEN_BY)
    share, meant = max(near)
    return meant if share >= _ALIKE else None
