"""Where in the script a call comes from."""

from __future__ import annotations

import sys


def line_of_script() -> int:
    """Return the line of the script from which the call comes, 0 where that is another file."""
    path = getattr(sys.modules["__main__"], "__file__", None)
    if path is None or path.endswith(".ipynb"):
        return 0  # lines of its code cells are not those of the file
    frame = sys._getframe()  # noqa: SLF001 - what `inspect.stack` reads, without reading files
    while frame is not None:
        if frame.f_code.co_filename == path:
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return 0
