"""PNG files with their image data stored instead of deflated, so that they decode faster.

Inflating takes most of the time of decoding a photograph's PNG. ISA-L inflates twice as fast as the
zlib inside Pillow; what it gives is put back as stored blocks, which Pillow only has to copy. All
else in the file stays as it is, and so do the pixels.
"""

from __future__ import annotations

import struct
from itertools import pairwise

from isal import isal_zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LEAST, MOST = 4_096, 64_000_000
"""Bytes of a file, and of its inflated data, between which it pays."""
_BLOCK = 65_535
_DAMAGE: type[Exception] = isal_zlib.error  # type: ignore[assignment]
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_HEADER = struct.Struct(">IIBBBBB")


def stored(data: bytes) -> bytes:
    """Return the file with stored image data; as it came where it is no PNG, or no whole one."""
    if not data.startswith(SIGNATURE) or len(data) < LEAST:
        return data
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or chunks[0][2] != _HEADER.size:
        return data
    parts = [i for i, (kind, *_) in enumerate(chunks) if kind == b"IDAT"]
    size = _inflated_size(data, chunks[0][1])
    whole = bool(parts) and all(b == a + 1 for a, b in pairwise(parts))
    if not whole or size is None or not 0 < size <= MOST:
        return data
    packed = b"".join(data[chunks[i][1] : chunks[i][1] + chunks[i][2]] for i in parts)
    try:
        rows = isal_zlib.decompress(packed, bufsize=size)
    except _DAMAGE:
        return data
    if len(rows) != size:
        return data
    first, last = chunks[parts[0]], chunks[parts[-1]]
    begin, end = first[1] - 8, last[1] + last[2] + 4
    return b"".join((data[:begin], *_chunk(rows), data[end:]))


def _chunks(data: bytes) -> list[tuple[bytes, int, int]]:
    """Return kind, start and length of each chunk; none where one does not end inside the file."""
    found = []
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            return []
        found.append((kind, at + 8, length))
        if kind == b"IEND":
            return found
        at += 12 + length
    return []


def _inflated_size(data: bytes, start: int) -> int | None:
    """Return the bytes of all rows with their filter types; `None` for what is not counted so."""
    width, height, depth, colour, _, _, interlaced = _HEADER.unpack_from(data, start)
    channels = _CHANNELS.get(colour)
    if channels is None or depth not in {1, 2, 4, 8, 16} or interlaced:
        return None
    return int(height) * (1 + (int(width) * channels * int(depth) + 7) // 8)


def _chunk(rows: bytes) -> list[bytes | memoryview]:
    """Return an IDAT chunk that stores the rows, in pieces."""
    view = memoryview(rows)
    pieces: list[bytes | memoryview] = [b"IDAT", b"\x78\x01"]
    for begin in range(0, len(rows), _BLOCK):
        part = view[begin : begin + _BLOCK]
        final = begin + _BLOCK >= len(rows)
        pieces += [struct.pack("<BHH", final, len(part), len(part) ^ 0xFFFF), part]
    pieces.append(struct.pack(">I", isal_zlib.adler32(rows)))
    check = 0
    for piece in pieces:
        check = isal_zlib.crc32(piece, check)
    length = sum(map(len, pieces)) - 4
    return [struct.pack(">I", length), *pieces, struct.pack(">I", check)]
