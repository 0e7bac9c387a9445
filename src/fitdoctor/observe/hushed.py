"""A stream for the time of a look of ours, in which functions of the network may print."""

from __future__ import annotations

import threading
from typing import Any


class Hushed:
    """A stream that drops what this thread writes; what others write passes."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._thread = stream, threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            return len(text)
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
