"""Run folders: a free name, one that is made for a training, and what a finished one holds.

Nothing here needs Keras, so that a wrong path is refused before Keras is loaded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fitdoctor.errors import RunFolderError
from fitdoctor.places import absent
from fitdoctor.records import observation

MODEL, CLASSES = "model.keras", "classes.txt"
TAKEN = ("metrics.csv", observation.FILE)
"""Files of which one is in every folder that holds a run."""


def new_folder() -> Path:
    """Return a run folder under runs/ that does not exist yet."""
    stamp = dt.datetime.now(tz=dt.UTC).astimezone().strftime("%Y%m%d-%H%M%S")
    return free_folder(Path("runs") / stamp)


def free_folder(wanted: Path) -> Path:
    """Return `wanted`, or with a number after it where that is taken."""
    for number in range(1, 10_000):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        if not any((folder / name).exists() for name in TAKEN):
            return folder
    raise RunFolderError(f"{wanted}: ten thousand runs by this name; choose another")


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make a writable folder, and remove it again where the block fails and leaves it empty.

    Raises `RunFolderError` where it cannot be written.
    """
    missing = _make(folder)
    try:
        yield
    except BaseException:
        _remove_empty(missing)
        raise


@contextmanager
def kept_if_used(folder: Path) -> Iterator[None]:
    """Make a writable folder, and remove it again where the block leaves it empty.

    Raises `RunFolderError` where it cannot be written.
    """
    missing = _make(folder)
    try:
        yield
    finally:
        _remove_empty(missing)


def _make(folder: Path) -> list[Path]:
    """Make a writable folder, and return those that were missing, the innermost first."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be written: {error.strerror}") from error
    return missing


def _remove_empty(places: list[Path]) -> None:
    for place in places:
        if any(place.iterdir()):
            break
        place.rmdir()


def check_resumable(run: Path) -> None:
    """Raise `RunFolderError` where a folder holds no recipe of a run to go on with."""
    if not run.is_dir():
        raise RunFolderError(absent(run, "run folder"))
    if not (run / "recipe.toml").is_file():
        raise RunFolderError(f"{run}: no recipe.toml in it, so there is nothing to resume")


def check_finished(run: Path) -> None:
    """Raise `RunFolderError` where a folder holds no trained model."""
    if not run.is_dir():
        raise RunFolderError(absent(run, "run folder"))
    if not (run / MODEL).is_file() or not (run / CLASSES).is_file():
        raise RunFolderError(f"{run}: no {MODEL} and {CLASSES} in it; give a finished run")
