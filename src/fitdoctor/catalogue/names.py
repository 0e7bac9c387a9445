"""How names of libraries are turned into each other."""

from __future__ import annotations

import re


def snake(name: str) -> str:
    """Return a class' name as functions are named.

    >>> snake("SparseCategoricalCrossentropy")
    'sparse_categorical_crossentropy'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
