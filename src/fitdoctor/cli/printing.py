"""What commands share: how wide, in colour or not, and writing a file that was asked for."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from fitdoctor.errors import UnreadableSourceError

FOUND = 1
"""Exit status where something was found."""


def reaches(diagnosis: Any, fail_on: str) -> bool:
    order = ("note", "warning", "error")
    if fail_on == "never":
        return False
    found = [*diagnosis.causes, *diagnosis.symptoms]
    return any(order.index(item.severity) >= order.index(fail_on) for item in found)


def write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UnreadableSourceError(f"{path}: cannot be written: {error.strerror}") from error


def colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    return min(120, shutil.get_terminal_size((100, 40)).columns)
