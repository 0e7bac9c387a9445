"""The modules of its own that a script imports: where they stand, and the script with them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from fitdoctor.code.linked import Find, Linked, linked
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources._text import read_lines

PROJECT = (".git", "setup.py", "setup.cfg", "pyproject.toml", "requirements.txt", "environment.yml")
"""Of these at least one stands in the folder from which a project is run."""
MOST_ABOVE = 3
MOST_BYTES = 2_000_000


def program(path: Path, given: Collection[Path] = ()) -> Linked | None:
    """Return a script with the modules that it imports from its project.

    They are looked for where Python would look: beside the script, then in the folder of the
    project that it stands in, then among what was `given` with it. `None` where there is none.
    """
    if path.suffix.lower() != ".py":
        return None
    text = _text(path)
    return linked(str(path), text, _finder(path, given)) if text else None


def _finder(script: Path, given: Collection[Path]) -> Find:
    roots = list(_roots(script))

    def find(importer: str, dots: int, name: str) -> tuple[str, str] | None:
        parts = name.split(".") if name else []
        # A module finds what stands beside it only if it is told to, by dots.
        homes = (
            [Path(importer).parents[dots - 1]] if 0 < dots <= len(Path(importer).parents) else roots
        )
        candidates = [home.joinpath(*parts) for home in homes] if parts or dots else []
        paths = [
            p for place in candidates for p in (place.with_suffix(".py"), place / "__init__.py")
        ]
        ends = (Path(*parts).with_suffix(".py"), Path(*parts, "__init__.py")) if parts else ()
        paths += [p for p in given for end in ends if p.parts[-len(end.parts) :] == end.parts]
        for path in paths:
            if path.is_file() and path.stat().st_size <= MOST_BYTES:
                text = _text(path)
                return (os.path.normpath(path), text) if text else None
        return None

    return find


def _roots(script: Path) -> Iterator[Path]:
    """Yield the folders in which the modules of a script are looked for."""
    yield script.parent
    home = script.absolute().parent
    for above in (home, *home.parents)[:MOST_ABOVE]:
        if any((above / name).exists() for name in PROJECT):
            yield above if script.is_absolute() else Path(os.path.relpath(above))
            return


def _text(path: Path) -> str:
    try:
        return "\n".join(read_lines(path))
    except (OSError, UnreadableSourceError):
        return ""
