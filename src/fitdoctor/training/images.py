"""What a run folder says of the images that it was trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fitdoctor.errors import RunFolderError
from fitdoctor.images.precheck import words
from fitdoctor.records.text import pretty_json
from fitdoctor.training.prepare import Prepared

FILE, UNREADABLE = "images.json", "unreadable.txt"


def keep(ready: Prepared, folder: Path, tell: Callable[[str], None]) -> None:
    """Write what was found of the images into the run folder, and tell it in one or two lines."""
    for line in words(ready.check, ready.recipe.images or "", drawn=ready.drawn):
        tell(line)
    try:
        (folder / FILE).write_text(pretty_json(ready.check), encoding="utf-8")
        if ready.data.unreadable:
            text = "\n".join(ready.data.unreadable) + "\n"
            (folder / UNREADABLE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be written: {error.strerror}") from error
