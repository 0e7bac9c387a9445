"""Which lines and cells of a notebook are commands to IPython, not Python."""

from __future__ import annotations

import re

MAGIC = re.compile(
    r"\s*(?:[%!?]|[\w.,\s]{1,80}=\s*[%!]|(?:cat|cd|cp|ls|mkdir|mv|pip|pwd|rm|rmdir)\b)|.*\?\s*$"
)
"""A line that is a command to IPython; some commands need no mark."""
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun"})
"""Commands to a cell that leave the rest of it Python."""
