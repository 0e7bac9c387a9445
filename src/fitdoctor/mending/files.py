"""Scripts, notebooks and recipes on disk, read and written as they are."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from fitdoctor import extras, rules
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.lint import Found
from fitdoctor.mending import mend
from fitdoctor.mending.notebook import Cells
from fitdoctor.places import absent
from fitdoctor.records.mending import Mending
from fitdoctor.records.run import STANDARD_INPUT

MOST_BYTES = 20_000_000


def mend_file(
    path: str | Path,
    *,
    select: Sequence[rules.Rule] | None = None,
    certain_only: bool = False,
    known: Iterable[Found] = (),
) -> Mending:
    """Return a script or notebook with its causes mended; nothing is written.

    Raises `UnreadableSourceError` where it cannot be read, `MissingExtraError` without libcst.
    """
    extras.need("fix", "Changing a script")
    text, _ = read(path)
    if Path(path).suffix != ".ipynb":
        return mend(text, str(path), select=select, certain_only=certain_only, known=known)
    cells = Cells(text, str(path))
    made = mend(cells.script, str(path), select=select, certain_only=certain_only, known=known)
    split = cells.split(made.after)
    if split is None:
        raise UnreadableSourceError(f"{path}: the change goes over the end of a cell; make it by "
                                    "hand, or in a script")  # fmt: skip
    placed = [replace(m, line=cells.place(m.line)[1], cell=cells.place(m.line)[0])
              for m in made.mends]  # fmt: skip
    left = [
        replace(u, line=cells.place(u.line)[1], cell=cells.place(u.line)[0]) if u.line else u
        for u in made.unmended
    ]
    return replace(
        made,
        before=text,
        after=cells.with_cells(split),
        mends=tuple(placed),
        unmended=tuple(left),
        cells=tuple((n, a, b) for n, (a, b) in enumerate(zip(cells.cells, split, strict=True), 1)
                    if a != b),
    )  # fmt: skip


def read(path: str | Path) -> tuple[str, str]:
    """Return the text of a file and its encoding; line ends stay what they are."""
    if str(path) == STANDARD_INPUT:
        return sys.stdin.read(), "utf-8"
    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise UnreadableSourceError(f"{path}: a file of more than {MOST_BYTES / 1e6:.0f} MB")
        data = Path(path).read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), encoding
    except FileNotFoundError as error:
        raise UnreadableSourceError(absent(path)) from error
    except OSError as error:
        raise UnreadableSourceError(f"{path}: {error.strerror or error}") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UnreadableSourceError(f"{path}: its encoding is not known ({error})") from error


@contextlib.contextmanager
def beside(mending: Mending, name: str = "mended") -> Iterator[Path]:
    """Give the mended source as a hidden file beside its original, which sees the same modules."""
    path = Path(mending.path)
    _, encoding = read(path)
    place = path.with_name(f".{path.stem}.{name}{path.suffix}")
    try:
        place.write_bytes(mending.after.encode(encoding))
        yield place
    except OSError as error:
        raise UnreadableSourceError(f"{place}: cannot be written: {error.strerror}") from error
    finally:
        place.unlink(missing_ok=True)


def write(mending: Mending) -> Path:
    """Write a mended file, and return the copy of what it was before.

    Raises `UnreadableSourceError` where the file is another by now, or cannot be written.
    """
    path = Path(mending.path)
    text, encoding = read(path)
    if text != mending.before:
        raise UnreadableSourceError(f"{path}: it has changed since it was read; nothing is written")
    backup = next(
        place
        for number in range(1000)
        if not (place := path.with_name(f"{path.name}.bak{number or ''}")).exists()
    )
    part = path.with_name(f".{path.name}.part")
    try:
        shutil.copy2(path, backup)
        part.write_bytes(mending.after.encode(encoding))
        shutil.copymode(path, part)
        os.replace(part, path)  # noqa: PTH105 - whole or not at all
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UnreadableSourceError(f"{path}: cannot be written: {error.strerror}") from error
    return backup
