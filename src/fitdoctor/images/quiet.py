"""Silence for libraries in C that write to the terminal past Python."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Iterator

# Pillow warns of damage that ends in a finding or a message of ours.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

_LOCK = threading.Lock()
"""One at a time: two threads that redirect at once would restore each other's silence."""


@contextlib.contextmanager
def without_stderr() -> Iterator[None]:
    """Send what is written to file descriptor 2 nowhere."""
    with _LOCK:
        sys.stderr.flush()
        try:
            kept = os.dup(2)
        except OSError:
            yield
            return
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(null)


def quiet_for(data: bytes) -> contextlib.AbstractContextManager[None]:
    """Return silence for TIFF, whose library reports damage on its own; nothing for others."""
    tiff = data[:4] in {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}
    return without_stderr() if tiff else contextlib.nullcontext()
