"""Paths as people type them: `~` is home, and of a path that leads nowhere what was meant.

Names of files and folders are compared as they are written, since people mistype what they see.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from fitdoctor.errors import UnreadableSourceError, suggested

MOST_LISTED = 5_000
"""Names beside a path that are compared with it."""
MOST_NAME = 255
"""Bytes of the name of a file; of one that is longer the system does not even say that it is not
there."""
LIKE = 0.7
"""Least ratio of difflib. A folder holds more names, and more alike, than a list of commands."""


def typed(text: str | Path) -> Path:
    """Return a path, `~` and `~name` at its beginning as the home they stand for.

    A shell leaves them as they are in quotes, behind `=` and in files.

    Raises
    ------
    UnreadableSourceError
        It is a text rather than a path: several lines, or longer than a name can be.
    """
    path = Path(text)
    if "\n" in str(text) or any(len(os.fsencode(part)) > MOST_NAME for part in path.parts):
        raise UnreadableSourceError(
            f"{str(text)[:40]!r} ...: this is text, not a path. Text is read from standard input: "
            "fitdoctor diagnose - < FILE"
        )
    try:
        return path.expanduser()
    except RuntimeError:  # nobody has this name
        return path


def typed_text(text: str) -> str:
    """Return `typed` as text, and what is no path (`-`, `vs`) as it is."""
    path = typed(text)
    return str(path) if text.startswith("~") else text


def absent(path: str | Path, kind: str = "file or folder") -> str:
    """Return `PATH: there is no such KIND`, and what is there that may have been meant."""
    given = Path(path)
    try:
        if given.is_symlink():
            return f"{path}: a link to {given.readlink()}, which is not there"
        words = suggested(_near(given), least=LIKE)
    except (OSError, ValueError):  # a name too long, or one that cannot be a name
        words = ""
    return f"{path}: there is no such {kind}{'.' * bool(words)}{words}"


def _near(path: Path) -> dict[str, float]:
    """Return what stands where a path goes wrong -> how like that part of the path it is.

    Where one of them leads on as the path does, only such are returned, as a whole.
    """
    home = next((place for place in path.parents if place.is_dir()), None)
    if home is None:
        return {}
    wanted, *rest = path.relative_to(home).parts
    likely = {name: like for name in _names(home, wanted) if (like := _likeness(wanted, name))}
    whole = {n: home.joinpath(n, *rest) for n in likely if home.joinpath(n, *rest).exists()}
    chosen = whole if whole and rest else {name: home / name for name in likely}
    return {str(place): likely[name] for name, place in chosen.items()}


def _names(home: Path, wanted: str) -> Iterator[str]:
    with os.scandir(home) as entries:
        for entry in islice(entries, MOST_LISTED):
            if not entry.name.startswith(".") or wanted.startswith("."):
                yield entry.name


def _likeness(wanted: str, name: str) -> float:
    """Return how like two names are, by their stems where their endings are the same."""
    import difflib  # noqa: PLC0415 - needed for mistypings alone

    one, other = wanted.casefold(), name.casefold()
    if one == other:
        return 1.0
    first, second = Path(one), Path(other)
    if first.stem == second.stem:
        return 0.95
    if first.suffix == second.suffix:
        one, other = first.stem, second.stem
    return difflib.SequenceMatcher(None, one, other).ratio()
