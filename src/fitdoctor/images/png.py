"""PNG files read two to three times as fast as Pillow alone reads them, to the same pixels.

Most of the work of a photograph's PNG is inflating, which ISA-L does twice as fast as zlib, and
then undoing the filters of its rows, which `rows.c` does. Chunks, modes and metadata stay Pillow's.
What was installed without a C compiler leaves everything to Pillow.
"""

from __future__ import annotations

import ctypes
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngImageFile

try:
    from isal import isal_zlib as inflating
except ImportError:  # a processor that it is not built for
    import zlib as inflating  # type: ignore[no-redef]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXEL = {"L": 1, "P": 1, "RGB": 3, "RGBA": 4}
"""Bytes of a pixel, of the modes that are read here; eight bits a channel."""
MEANS = {"L", "RGB"}
"""Modes whose pixels may be averaged as they are."""
MOST_AVERAGED = 16
"""Squares up to this side are averaged here: their sums fit 16 bits."""
PIECE = 65536
"""Bytes inflated at once: they fit the processor's cache, whatever a file swells to."""
SPARE = 3
"""Bytes that `rows.c` reads past the last row."""
KEPT = 8_000_000
"""Bytes a thread keeps from image to image: fresh memory costs a tenth of decoding into it."""
_own = threading.local()


def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(str(Path(__file__).with_name("rows.so")))
    except OSError:
        return None
    address, size = ctypes.c_void_p, ctypes.c_size_t
    library.fitdoctor_unfilter.argtypes = [address, size, size, size]
    library.fitdoctor_reduce.argtypes = [address, size, size, size, size, address, address]
    library.fitdoctor_reduce.restype = None
    return library


_LIBRARY = _library()


def readable(data: bytes) -> bool:
    """Return whether it is worth a try: a PNG file, and the library was built."""
    return _LIBRARY is not None and data.startswith(SIGNATURE)


class Png(PngImageFile):
    """A PNG file as `Image.open` gives one; what fails to load here Pillow may still decode."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._factor, self._whole = 1, self.size

    def draft(self, mode: str | None, size: tuple[int, int] | None) -> Any:  # noqa: ARG002
        """Load a whole fraction of the image, no smaller than `size`: means over squares."""
        if size is None or self.mode not in MEANS or not self._is_plain():
            return None
        factor = min(self._whole[0] // size[0], self._whole[1] // size[1])
        if not 1 < factor <= MOST_AVERAGED or "transparency" in self.info:
            return None
        width, height = self._whole
        self._factor, self._size = factor, (-(-width // factor), -(-height // factor))
        return self.mode, (0, 0, width / factor, height / factor)

    def load(self) -> Any:
        if self._is_plain():
            self._decode()
        return super().load()

    def _is_plain(self) -> bool:
        if len(self.tile) != 1 or self.is_animated or self.info.get("interlace"):
            return False
        return self.mode in PIXEL and self.tile[0].args == self.mode

    def _decode(self) -> None:
        assert _LIBRARY is not None
        (width, height), pixel = self._whole, PIXEL[self.mode]
        stride = 1 + width * pixel
        self.load_prepare()
        assert self.fp is not None
        self.fp.seek(self.tile[0].offset)
        rows = _room("rows", (1 + height) * stride + SPARE)
        rows[:stride] = 0
        self._inflate(rows[stride : (1 + height) * stride].data)
        if _LIBRARY.fitdoctor_unfilter(rows.ctypes.data, height, stride - 1, pixel):
            raise OSError("a row has a filter that there is not")
        if self._factor > 1:
            sums = _room("sums", 4 * stride)
            means = _room("means", self.size[0] * self.size[1] * pixel)
            _LIBRARY.fitdoctor_reduce(
                rows.ctypes.data, height, stride - 1, pixel, self._factor,
                sums.ctypes.data, means.ctypes.data,
            )  # fmt: skip
            self.frombytes(means.data, "raw", self.mode, 0, 1)
        else:
            pixels = rows[stride + 1 : (1 + height) * stride]
            self.frombytes(pixels.data, "raw", self.mode, stride, 1)
        self.tile = []
        self.load_end()

    def _inflate(self, room: memoryview) -> None:
        """Fill `room` with the rows as they are filtered; raises `OSError` for too few."""
        stream = inflating.decompressobj()
        done = 0
        while done < len(room):
            packed = stream.unconsumed_tail or self.load_read(PIECE)
            raw = stream.decompress(packed, PIECE)
            if not (raw or packed):
                raise OSError("image file is truncated")
            part = raw[: len(room) - done]
            room[done : done + len(part)] = part
            done += len(part)


def _room(what: str, size: int) -> NDArray[np.uint8]:
    """Return memory of the thread's own, with whatever it held before."""
    if size > KEPT:
        return np.empty(size, np.uint8)
    kept: NDArray[np.uint8] | None = getattr(_own, what, None)
    if kept is None or len(kept) < size:
        kept = np.empty(min(KEPT, 2 * size), np.uint8)
        setattr(_own, what, kept)
    return kept[:size]
