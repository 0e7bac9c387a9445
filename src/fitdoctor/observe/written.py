"""What every recording writes and says, whatever framework trains."""

from __future__ import annotations

import sys
from pathlib import Path

ORIGIN = "the running script"
STOPPED = "stopped.txt"
"""In the folder of a run that never began: the exception that ended the script before."""
_told: list[str] = []


def say(what: str) -> None:
    """Print one line about a failure of ours; the first one only."""
    if not _told and sys.__stderr__ is not None:
        print(f"fitdoctor: {what}", file=sys.__stderr__, flush=True)
    _told.append(what)


def one_line(error: BaseException) -> str:
    """Return an exception as Python prints it, in one line."""
    words = " ".join(str(error).split())[:2000]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it meanwhile finds the old text or the new one."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
