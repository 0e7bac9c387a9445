"""Bytes to clean lines: any encoding, terminal debris taken out, bounded in size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from fitdoctor import lazy_re
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources._captured import unboxed

MOST_BYTES = 1_000_000_000
SMALL = 1_000_000
"""A file up to here is kept whole; of a longer one, states of a bar that were overwritten go."""
_CHUNK = 8_000_000
_OVERWRITTEN = lazy_re.compile(rb"(?:(?<=[\n\r])|\A)[^\n\r]*+\r(?=[^\n\r])")
_BATCHES = (
    # Keras: `12/391 [=>....] - ETA: 9s - loss: ...`, coloured or not.
    lazy_re.compile(
        rb"(?m)^(?:\x1b\[\d{1,2}m)? {0,9}(?!(\d{1,9})/\1(?!\d))\d{1,9}/(\d{1,9})(?!\d)[^\n]*+\n"
        rb"(?=(?:\x1b\[\d{1,2}m)? {0,9}\d{1,9}/\2(?!\d))"
    ),
    # tqdm and Lightning: `Epoch 0:  92%|###9 | 933/1016 [...]`.
    lazy_re.compile(
        rb"(?m)^([^\n|%]{0,40}?) {0,3}(?!100)\d{1,3}%\|[^\n]*+\n(?=\1 {0,3}\d{1,3}%\|)"
    ),
    # PyTorch's examples: `Epoch: [0][ 10/391] ...`, `Train Epoch: 1 [640/60000 (1%)] ...`.
    lazy_re.compile(
        rb"(?m)^([ \w]{0,20}Epoch:? ?\[?\d{1,6}\]? ?\[) {0,9}\d{1,9}/\d[^\n]*+\n(?=\1)"
    ),
)
"""Lines of one batch, where the next line is a later batch of the same epoch."""
MOST_LINE = 64_000_000
_ANSI = lazy_re.compile(
    r"(?:\x1b|\^\[|\u241b|\\x1b|\\u001b|\\033)\[[0-9;?]*[A-Za-z]"
    r"|\[(?:0|1|[34]\d)m(?!\])|\x1b[()][A-Z0-9]"
)
"""Colours of a terminal; the escape character may have been lost, or be written out."""
_PLAIN = str.maketrans(
    {
        "\uff1a": ":", "\uff0c": ",", "\u2212": "-", "\u00a0": " ", "\u201c": '"', "\u201d": '"',
        "\u201e": '"', "\u2018": "'", "\u2019": "'",
    }
)  # fmt: skip
"""What word processors, forums and translators make of plain characters."""
_ENTITY = lazy_re.compile(r"&(?:lt|gt|quot|amp|nbsp|#39|#x27|#34);")
_QUOTED = lazy_re.compile(r"^> ?(?!>)")


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file.

    A carriage return or a run of backspaces starts a new line, so every state that a progress
    bar went through stands on a line of its own. Raises `UnreadableSourceError` for files that
    are missing, too large, or not text. Line numbers count the lines that are left.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UnreadableSourceError(
                f"{path}: {size / 1e6:.0f} MB of text; at most {MOST_BYTES / 1e6:.0f} MB are read. "
                "Bring the last part of the log"
            )
        if size <= SMALL:
            data = path.read_bytes()
        else:
            with path.open("rb") as file:
                data = b"".join(thinned(file, str(path)))
    except OSError as error:
        raise UnreadableSourceError(f"{path}: {error.strerror or error}") from error
    return clean_lines(decode(data, str(path)))


def thinned(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield a long log without the states of progress bars that later ones overwrite."""
    rest = file.read(_CHUNK)
    utf_16 = rest.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not utf_16 and _binary(rest[:65536]):
        decode(rest[:65536], name)
    while rest:
        more = file.read(_CHUNK)
        end = len(rest) if not more or utf_16 else rest.rfind(b"\n") + 1
        if end == 0 and len(rest) < MOST_LINE:
            rest += more
            continue
        end = end or len(rest)
        yield rest[:end] if utf_16 else _without_batches(rest[:end])
        rest = rest[end:] + more


def _without_batches(data: bytes) -> bytes:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
        # A file without any line feed is one whose lines end in carriage returns.
        if b"\n" in data:
            data = _OVERWRITTEN.sub(b"", data)
    for pattern in _BATCHES:
        data = pattern.sub(b"", data)
    return data


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
        return data.decode("cp1251" if _looks_cyrillic(data) else "latin-1", errors="replace")


def clean_lines(text: str) -> list[str]:
    text = unboxed(text)
    if "\x1b" in text or "[0m" in text or "[1m" in text:
        text = _ANSI.sub("", text)
    if "\x08" in text:
        text = re.sub(r"\x08+", "\n", text)
    if "&" in text and _ENTITY.search(text):
        import html  # noqa: PLC0415 - a table of two thousand entities

        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    text = text.translate(_PLAIN)
    # Not splitlines(): form feeds and Unicode separators inside a paste are not line ends.
    return _unquoted(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _unquoted(lines: list[str]) -> list[str]:
    """Return a message that is quoted as a whole, as mail and Markdown do, without its marks."""
    if not any(line.startswith("> ") for line in lines[:20]):
        return lines
    written = [line for line in lines if line.strip()]
    whole = sum(bool(_QUOTED.match(line)) for line in written) > MOST_QUOTED * len(written)
    return [_QUOTED.sub("", line) for line in lines] if whole else lines


MOST_QUOTED = 0.8
"""Part of the lines from which on a text is a quotation, rather than an answer that quotes."""


def _binary(head: bytes) -> bool:
    if not head:
        return False
    odd = sum(byte < 32 and byte not in b"\t\n\r\x08\x0c\x1b" for byte in head)
    return b"\x00" in head or odd / len(head) > 0.02


def _looks_cyrillic(data: bytes) -> bool:
    high = [byte for byte in data[:65536] if byte >= 0x80]
    return bool(high) and sum(byte >= 0xC0 for byte in high) / len(high) > 0.8


_DECORATION = lazy_re.compile(
    r"\s{0,8}(?:[-*\u2022]\s+(?=epoch\b)"
    r"|\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\]?\s{0,3}[-:|]?\s{0,3}(?=[^\s\d])"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" {1,2}\d{1,2} \d\d:\d\d:\d\d(?: [A-Z]{2,5})? \d{4}\]?\s{0,3}[-:|]?\s{0,3}(?=[^\W\d])"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\s{0,3}[-:|]?\s{0,3}(?=[^\W\d])"
    r"|\[\d\d:\d\d(?::\d\d)?\]\s{1,3}|(?:INFO|DEBUG)(?!:tensorflow)(?::[\w.]{1,40}:|\s{0,3}[-|:\]]\s{0,3}))"
    r"(?=.{0,200}\d)",
    re.IGNORECASE,
)
_SIGNED = lazy_re.compile(
    r"\s[\u2013-]\s?\w[\w .@-]{0,30}\s(?:(?!Epoch|Iter|Step)[A-Z][a-z]{2,8}\s\d{1,2}"
    r"|\d{1,2}\s[A-Z][a-z]{2,8})"
    r"(?:,? '?\d{2,4})?(?:\s(?:at|um|\u00e0)\s\d{1,2}:\d\d)?\s*$"
)
_OWN = lazy_re.compile(r"\b(?:I|I'm|I've|my|we|our)\b")


_MISSPELLED = (
    (
        ("ac",),
        lazy_re.compile(r"\b(val_)?ac+ur+a?c?c?y\b|\b(val_)?acc?uray\b", re.IGNORECASE),
        r"\1\2accuracy",
    ),
    (
        ("train", "tran"),
        lazy_re.compile(r"\btrain+i?n?ig\b|\btrainn+ing\b|\btraning\b", re.IGNORECASE),
        "training",
    ),
    (
        ("va",),
        lazy_re.compile(r"\bva(?:l|il)id?i?a?t?i?on\b|\bvaildation\b|\bvalidaton\b", re.IGNORECASE),
        "validation",
    ),
    (
        ("rate",),
        lazy_re.compile(r"\blea(?:r)?ing rate\b|\blearnig rate\b", re.IGNORECASE),
        "learning rate",
    ),
    (("ep",), lazy_re.compile(r"\bepoche?s\b|\bephocs?\b|\bepchs?\b", re.IGNORECASE), "epochs"),
    (("over",), lazy_re.compile(r"\bover[ -]?fit+ing\b", re.IGNORECASE), "overfitting"),
)
"""How words of the field are misspelled most often, behind letters that each then holds."""


LONGEST_WORD = 100
_LONG_WORD = lazy_re.compile(rf"(\w{{{LONGEST_WORD}}})(?=\w)")
_WIDE_SPACE = lazy_re.compile(r"(\s{8})\s+")


def bounded(line: str) -> str:
    """Return a line of prose whose words and gaps have a bounded length.

    Over a run of any length each start of a pattern with a word or a gap inside reads to the end of
    the run, in time that grows with its square.
    """
    if len(line) > LONGEST_WORD:
        line = _LONG_WORD.sub(r"\1 ", line)
    return _WIDE_SPACE.sub(r"\1", line)


def spelled(line: str) -> str:
    """Return a line of prose with the commonest misspellings mended."""
    plain = line.lower()
    for letters, pattern, word in _MISSPELLED:
        if any(some in plain for some in letters):
            line = pattern.sub(word, line)
    return line


def undecorated(line: str) -> str:
    """Return a line of a log without the bullet, time or level that was put before it."""
    while match := _DECORATION.match(line):
        line = line[match.end() :]
    return line


def is_others_comment(line: str) -> bool:
    """Return whether this is a signed, dated comment that is not of its writer's own training."""
    return bool(_SIGNED.search(line[-120:])) and not _OWN.search(line[:2000])


_SENTENCE = lazy_re.compile(
    r"(?<=[.!?])(?<!acc\.)(?<!Acc\.)(?<!val\.)(?<!train\.)(?<!approx\.)(?<!e\.g\.)(?<!i\.e\.)"
    r"(?<!vs\.)(?<!ca\.)(?<!resp\.)(?<!no\.)\s+|(?<=[。！？])"
)
"""A full stop behind an abbreviation ends nothing."""


def sentences(line: str) -> list[str]:
    """Return the sentences of a line, also of one in Chinese or Japanese."""
    return _SENTENCE.split(line)


LEAST_WIDTH, MOST_WIDTH, FULL, LEAST_FULL = 50, 140, 0.7, 3
"""Width of text that was wrapped by hand, the share of it that its lines fill, and how many of them
tell it where the words do not."""
MOST_OF_A_PARAGRAPH = 60
_ENDS = lazy_re.compile(r"[.!?:;\u2026\u3002\uff01\uff1f]\W{0,3}$")
_GOES_ON = lazy_re.compile(r"[a-z\u0430-\u044f\u0451\d(]")


def unwrapped(lines: Mapping[int, str]) -> list[str]:
    """Return lines of prose by their numbers, those that were wrapped at one width put together.

    A line was wrapped where the first word of the next would not have fitted into the widest line
    of its paragraph, and either the sentence goes on or all lines of the paragraph are full.

    >>> unwrapped({0: "one word after another until the line is full and the", 1: "rest is here."})
    ['one word after another until the line is full and the rest is here.']
    """
    result: list[str] = []
    for paragraph in _paragraphs(lines):
        width = max(map(len, paragraph))
        body = paragraph[:-1]
        full = len(body) >= LEAST_FULL - 1 and min(map(len, body), default=0) >= FULL * width
        before = ""
        for line in paragraph:
            first = line[:MOST_WIDTH].split(maxsplit=1)[:1]
            goes_on = not _ENDS.search(before[-8:]) and bool(_GOES_ON.match(line))
            if (
                before
                and LEAST_WIDTH <= width <= MOST_WIDTH
                and _is_prose(before)
                and _is_prose(line)
                and len(before) + 1 + sum(map(len, first)) > width
                and (full or goes_on)
            ):
                result[-1] = f"{result[-1].rstrip()} {line.strip()}"
            else:
                result.append(line)
            before = line
    return result


_WORD = lazy_re.compile(r"[^\W\d_]{2,}")
_NUMBER = lazy_re.compile(r"\d(?:[\d.,]*\d)?")


def _is_prose(line: str) -> bool:
    """Return whether a line holds words, and no fewer of them than numbers."""
    words = len(_WORD.findall(line[:MOST_WIDTH]))
    return 0 < words >= len(_NUMBER.findall(line[:MOST_WIDTH]))


def _paragraphs(lines: Mapping[int, str]) -> Iterator[list[str]]:
    """Yield lines that stand together; a blank line stands alone."""
    some: list[str] = []
    before = -2
    for number, line in lines.items():
        apart = number != before + 1 or not line.strip() or len(some) >= MOST_OF_A_PARAGRAPH
        if some and (apart or not some[-1].strip()):
            yield some
            some = []
        some.append(line)
        before = number
    if some:
        yield some
