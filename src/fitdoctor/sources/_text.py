"""Bytes to clean lines: any encoding, terminal debris taken out, bounded in size."""

from __future__ import annotations

import re
from pathlib import Path

from fitdoctor.errors import UnreadableSourceError

MOST_BYTES = 200_000_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\[(?:0|1|[34]\d)m(?=\S|$)|\x1b[()][A-Z0-9]")
_FULL_WIDTH = str.maketrans({"\uff1a": ":", "\uff0c": ",", "\u2212": "-", "\u00a0": " "})


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file.

    A carriage return or a run of backspaces starts a new line, so every state that a progress
    bar went through stands on a line of its own. Raises `UnreadableSourceError` for files that
    are missing, too large, or not text.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UnreadableSourceError(
                f"{path}: {size / 1e6:.0f} MB of text; at most {MOST_BYTES / 1e6:.0f} MB are read. "
                "Bring the last part of the log"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableSourceError(f"{path}: {error.strerror or error}") from error
    return clean_lines(decode(data, str(path)))


def first_bytes(path: Path) -> bytes:
    """Return what tells the kind of a file."""
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise UnreadableSourceError(f"{path}: {error.strerror or error}") from error


def decode(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if _binary(data[:65536]):
        raise UnreadableSourceError(
            f"{name}: binary, not text. Bring the console log, a CSV, the script or a run folder"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251" if _looks_cyrillic(data) else "latin-1")


def clean_lines(text: str) -> list[str]:
    if "\x1b" in text or "[0m" in text or "[1m" in text:
        text = _ANSI.sub("", text)
    if "\x08" in text:
        text = re.sub(r"\x08+", "\n", text)
    text = text.translate(_FULL_WIDTH)
    # Not splitlines(): form feeds and Unicode separators inside a paste are not line ends.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _binary(head: bytes) -> bool:
    if not head:
        return False
    odd = sum(byte < 32 and byte not in b"\t\n\r\x08\x0c\x1b" for byte in head)
    return b"\x00" in head or odd / len(head) > 0.02


def _looks_cyrillic(data: bytes) -> bool:
    high = [byte for byte in data[:65536] if byte >= 0x80]
    return bool(high) and sum(byte >= 0xC0 for byte in high) / len(high) > 0.8
