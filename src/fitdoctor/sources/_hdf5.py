"""Attributes of the root of an HDF5 file, read from its bytes.

Of the format's specification (version 3.0) this holds what stands on the way to text attributes of
the root group: superblocks 0 to 3, object headers 1 and 2 with their continuations, attributes 1 to
3, strings of fixed and of variable length. No dataset is read and nothing is decompressed.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_TEXT = 32_000_000
MOST_HEADER, MOST_BLOCKS = 4_000_000, 256
"""Bytes and blocks of an object header; writers need a thousandth."""

_CONTINUATION, _ATTRIBUTE, _ATTRIBUTE_INFO = 0x10, 0x0C, 0x15
_FIXED, _VARIABLE = 3, 9
_SHARED = 2
_TIMES, _PHASES, _ORDER = 0x20, 0x10, 0x04


class DamagedError(ValueError):
    """The bytes are not what the format says."""


@dataclass(frozen=True, slots=True)
class File:
    """A file with the sizes and the offset of its addresses."""

    stream: BinaryIO
    base: int
    offset_size: int
    length_size: int

    def at(self, address: int, size: int) -> bytes:
        """Return exactly so many bytes, or raise `DamagedError`."""
        return _exactly(self.stream, self.base + address, size)


@dataclass(slots=True)
class Cursor:
    """Reads little-endian numbers one after another."""

    data: bytes
    place: int = 0

    def take(self, size: int) -> bytes:
        found = self.data[self.place : self.place + size]
        if size < 0 or len(found) < size:
            raise DamagedError(f"it ends within a record of {size} bytes")
        self.place += size
        return found

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def left(self) -> int:
        return len(self.data) - self.place


def root_texts(stream: BinaryIO, names: AbstractSet[str]) -> dict[str, str]:
    """Return those of the named attributes of the root group that are texts.

    Raises
    ------
    DamagedError
        If the bytes are not HDF5, or store attributes in a form that only large collections of
        them have.
    """
    file, root = _opened(stream)
    found: dict[str, str] = {}
    for kind, flags, body in _messages(file, root):
        if kind == _ATTRIBUTE and not flags & _SHARED:
            found |= _attribute(file, body, names - found.keys())
        elif kind == _ATTRIBUTE_INFO and _is_dense(file, body):
            raise DamagedError("its attributes are stored densely, which is not read")
    return found


def _exactly(stream: BinaryIO, place: int, size: int) -> bytes:
    if not 0 <= place < 1 << 62 or size < 0:
        raise DamagedError(f"an address beyond any file: {place}")
    stream.seek(place)
    found = stream.read(size)
    if len(found) < size:
        raise DamagedError(f"it ends before byte {place + size}")
    return found


def _opened(stream: BinaryIO) -> tuple[File, int]:
    """Return the file and the address of its root's object header."""
    head = Cursor(_exactly(stream, 0, 16))
    if head.take(8) != MAGIC:
        raise DamagedError("it does not begin as HDF5")
    version = head.number(1)
    if version > 3:
        raise DamagedError(f"a superblock of version {version}, which is not read")
    head.place = 13 if version < 2 else 9
    offset_size, length_size = head.number(1), head.number(1)
    if not {offset_size, length_size} <= {2, 4, 8}:
        raise DamagedError(f"addresses of {offset_size} and lengths of {length_size} bytes")
    addresses = 12 if version >= 2 else 24 if version == 0 else 28
    rest = Cursor(_exactly(stream, addresses, 6 * offset_size))
    base = rest.number(offset_size)
    # Before the root's header: extension and end (2, 3); free space, end, driver, name (0, 1).
    rest.take((2 if version >= 2 else 4) * offset_size)
    return File(stream, base, offset_size, length_size), rest.number(offset_size)


def _messages(file: File, address: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield type, flags and body of each message of an object header."""
    start = Cursor(file.at(address, 6))
    second = start.take(4) == b"OHDR"
    flags = start.number(2) >> 8 if second else 0
    if second:
        before = 6 + 16 * bool(flags & _TIMES) + 4 * bool(flags & _PHASES)
        width = 1 << (flags & 3)
        size = int.from_bytes(file.at(address + before, width), "little")
        blocks = [(address + before + width, size)]
    else:
        header = Cursor(file.at(address, 12))
        if header.number(1) != 1:
            raise DamagedError("an object header of a version that is not read")
        header.take(7)
        blocks = [(address + 16, header.number(4))]
    for place, size in blocks:  # grows while it is walked
        if len(blocks) > MOST_BLOCKS or sum(size for _, size in blocks) > MOST_HEADER:
            raise DamagedError("an object header larger than any writer makes")
        for kind, shared, body in _in_block(Cursor(file.at(place, size)), flags, second=second):
            yield kind, shared, body
            if kind == _CONTINUATION:
                where = Cursor(body)
                further, length = where.number(file.offset_size), where.number(file.length_size)
                # A continuation of the second version stands between a signature and a checksum.
                blocks.append((further + 4, length - 8) if second else (further, length))


def _in_block(block: Cursor, flags: int, *, second: bool) -> Iterator[tuple[int, int, bytes]]:
    least = 4 + 2 * bool(flags & _ORDER) if second else 8
    while block.left() >= least:
        kind = block.number(1 if second else 2)
        size, shared = block.number(2), block.number(1)
        block.take(least - 4 if second else 3)
        yield kind, shared, block.take(size)


def _is_dense(file: File, body: bytes) -> bool:
    info = Cursor(body)
    info.take(1)
    info.take(2 * (info.number(1) & 1))
    return info.number(file.offset_size) != (1 << 8 * file.offset_size) - 1


def _attribute(file: File, body: bytes, wanted: AbstractSet[str]) -> dict[str, str]:
    """Return an attribute's text by its name; nothing where another is wanted, or it is no text."""
    record = Cursor(body)
    version, flags = record.number(1), record.number(1)
    if version not in {1, 2, 3}:
        raise DamagedError(f"an attribute of version {version}")
    sizes = [record.number(2) for _ in range(3)]
    record.take(1 if version == 3 else 0)
    padded = [size + -size % 8 if version == 1 else size for size in sizes]
    name, kind, space = (record.take(size) for size in padded)
    words = name.split(b"\0", 1)[0].decode("utf-8", errors="replace")
    shared = version > 1 and flags & 3
    if words not in wanted or shared or not _is_single(file, Cursor(space)):
        return {}
    raw = _text(file, Cursor(kind), record)
    return {} if raw is None else {words: raw.decode("utf-8", errors="replace")}


def _is_single(file: File, space: Cursor) -> bool:
    """Return whether a dataspace holds one element: a scalar, or an array of one."""
    version, rank, flags = space.number(1), space.number(1), space.number(1)
    del flags
    kind = space.number(1)
    if version == 1:
        space.take(4)
    elif version != 2 or kind == 2:
        return False
    return rank == 0 or (rank == 1 and space.number(file.length_size) == 1)


def _text(file: File, kind: Cursor, data: Cursor) -> bytes | None:
    """Return the bytes of a string, without what fills a fixed length."""
    what, bits = kind.number(1) & 15, kind.number(3)
    size = kind.number(4)
    if what == _FIXED:
        return data.take(size).split(b"\0", 1)[0].rstrip(b" " if bits & 15 == 2 else b"")
    if what != _VARIABLE or bits & 15 != 1:
        return None
    length, heap, index = data.number(4), data.number(file.offset_size), data.number(4)
    if length > MOST_TEXT:
        return None
    return _in_heap(file, heap, index)[:length] if length else b""


def _in_heap(file: File, address: int, wanted: int) -> bytes:
    """Return an object of a global heap collection."""
    head = Cursor(file.at(address, 8 + file.length_size))
    if head.take(4) != b"GCOL":
        raise DamagedError("a text points to no heap")
    head.take(4)
    size = head.number(file.length_size)
    if size > MOST_TEXT + 1_000_000:
        raise DamagedError("a heap larger than any text that is read")
    heap = Cursor(file.at(address, size), 8 + file.length_size)
    while heap.left() >= 8 + file.length_size:
        index = heap.number(2)
        heap.take(6)
        length = heap.number(file.length_size)
        if index == wanted:
            return heap.take(length)
        if index == 0:  # what is free lies at the end
            break
        heap.take(length + -length % 8)
    raise DamagedError("a text that its heap does not hold")
