"""A Jupyter notebook: its code cells, each followed by what it printed.

Read as the JSON that it is; nbformat would validate, migrate and log, none of which is wanted of
half a notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources._format import Format, Page
from fitdoctor.sources._text import clean_lines

MOST_BYTES = 200_000_000


def to_page(path: Path, head: bytes) -> Page | None:
    """Return a notebook as lines, with the code and the text among them marked."""
    looks = path.suffix.lower() == ".ipynb" or b'"nbformat"' in head
    if not looks or not head.lstrip().startswith(b"{"):
        return None
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableSourceError(f"{path}: a notebook of more than {MOST_BYTES / 1e6:.0f} MB")
    try:
        notebook = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableSourceError(f"{path}: not a whole notebook ({error})") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets") if isinstance(notebook, dict) else None
        first = sheets[0] if isinstance(sheets, list) and sheets else None
        cells = first.get("cells") if isinstance(first, dict) else None
    if not isinstance(cells, list):
        raise UnreadableSourceError(f"{path}: a notebook without cells")
    lines: list[str] = []
    code, text = set[int](), set[int]()
    cells_as_written: list[tuple[int, str]] = []
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        written = _joined(cell.get("source", cell.get("input")))
        source = clean_lines(written)
        here = range(len(lines), len(lines) + len(source))
        if cell.get("cell_type") == "code":
            cells_as_written.append((len(lines) + 1, written))
            code.update(here)
        else:
            text.update(here)
        lines += source
        for output in _outputs(cell):
            lines += clean_lines(output)
        lines.append("")
    as_written = tuple(cells_as_written) if _python_3(notebook) else ()
    return Page(lines, code, frozenset(text), program=True, cells=as_written)


def _python_3(notebook: dict[str, Any]) -> bool:
    """Return whether the notebook's kernel, where it names one, is Python 3."""
    about = notebook.get("metadata")
    about = about if isinstance(about, dict) else {}
    kernel, language = (
        part if isinstance(part, dict) else {}
        for part in (about.get("kernelspec"), about.get("language_info"))
    )
    named = [kernel.get("language"), language.get("name")]
    if any(isinstance(name, str) and name.lower() not in {"python", "ipython"} for name in named):
        return False
    versions = f"{kernel.get('name')} {language.get('version')}"
    return not re.match(r"python2|\S+ 2\b", versions)


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        if "text" in output:
            yield _joined(output["text"])
        elif isinstance(output.get("data"), dict) and "text/plain" in output["data"]:
            yield _joined(output["data"]["text/plain"])


def _joined(text: Any) -> str:
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""


FORMAT = Format("Jupyter notebook", to_page=to_page)
