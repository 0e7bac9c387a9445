"""What commands share: how wide, in colour or not, and writing a file that was asked for."""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fitdoctor.errors import UnreadableSourceError

if TYPE_CHECKING:
    from fitdoctor.records.finding import Diagnosis, Severity

PLAIN = {"\u2588": "#", "\u2591": ".", "\u2026": "...", "\u201c": '"', "\u201d": '"',
         "\u2018": "'", "\u2019": "'", "\u2192": "->", "\u2013": "-", "\u00b7": "-", "\u00b1": "+-",
         "\u00d7": "x", "\u2264": "<=", "\u2265": ">=", "\u2212": "-"}  # fmt: skip
"""What stands for a character that a terminal or file cannot hold; `?` for others."""
FOUND = 1
"""Exit status where something was found."""


def status(diagnoses: Iterable[Diagnosis], fail_on: str) -> int:
    """Return the exit status: `FOUND` where something as severe as `fail_on` was found.

    At `warning`, the default, that is where the verdict is sick.
    """
    if fail_on == "never":
        return 0
    return FOUND if any(d.reaches(cast("Severity", fail_on)) for d in diagnoses) else 0


def write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UnreadableSourceError(f"{path}: cannot be written: {error.strerror}") from error


def save(path: Path, page: str) -> None:
    """Write a page that was asked for, and say on standard error where it is."""
    write(path, page)
    print(f"report: {path}", file=sys.stderr)


def print_anywhere() -> None:
    """Let what is printed reach any terminal, pipe or file: what its encoding lacks is replaced."""
    codecs.register_error("fitdoctor.plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="fitdoctor.plain")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in lacking), error.end


def colour() -> bool:
    from fitdoctor.report.progress import follows_escapes

    return follows_escapes(sys.stdout) and not os.environ.get("NO_COLOR")


class Nowhere(io.StringIO):
    """What `--quiet` puts in place of standard error."""


def quiet() -> bool:
    """Return whether results and errors alone are wanted."""
    return isinstance(sys.stderr, Nowhere)


def width() -> int:
    return min(120, shutil.get_terminal_size((100, 40)).columns)


def listed(name: str, given: str) -> list[str]:
    """Return a list option: command line, else FITDOCTOR_NAME, else [tool.fitdoctor]."""
    given = given or os.environ.get(f"FITDOCTOR_{name.upper()}", "")
    if given:
        return [item.strip() for item in given.split(",") if item.strip()]
    import tomllib

    try:
        table = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []
    tool = table.get("tool", {})
    settings = tool.get("fitdoctor", {}) if isinstance(tool, dict) else {}
    value = settings.get(name, []) if isinstance(settings, dict) else []
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
