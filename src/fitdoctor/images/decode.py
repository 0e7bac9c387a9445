"""One image file of any kind to the same RGB uint8 square."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from fitdoctor.images import png
from fitdoctor.images.quiet import quiet_for

Resize = Literal["stretch", "crop", "pad"]
LONGEST_SIDE = 20_000
MOST_PIXELS = LONGEST_SIDE**2
MOST_BYTES = 1_700_000_000
LARGE = 40_000_000
"""Pixels above which images are decoded one at a time, and reduced in strips."""
STRIP = 2_000_000
"""Pixels of one strip."""
MOST_REDUCED = 128
"""Pillow's means over squares of more are too small by a grey level."""
EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".jfif"}
)
VERSION = 4
"""Part of every cache key: raise it when the pixels of any image change."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""By EXIF orientation."""

Image.MAX_IMAGE_PIXELS = None  # the limits above are checked on the header, with a clear message
_ONE_LARGE = threading.Lock()


class UnreadableImageError(Exception):
    """The file is not a whole image; the message says why."""


def decode(data: bytes, size: int, resize: Resize = "stretch") -> NDArray[np.uint8]:
    """Return the image as (size, size, 3) uint8.

    An oblong image is stretched to the square, or cropped to its middle, or padded with black. EXIF
    rotation is applied; of an animation the first frame counts; transparency is laid on
    white; 16-bit values are divided by 257, other integers and floats stretched from least to
    most. Every image is first brought to a whole fraction of its size, JPEG to one of its own,
    that is no smaller than the size wanted, so pixels differ a little from those of a full decode,
    in the same way wherever we decode. Raises `UnreadableImageError` for anything that does not
    decode to the last byte.
    """
    return _square(upright(data, size), size, resize)


def thumbnail(data: bytes, side: int) -> Image.Image:
    """Return a small copy in RGB, of its own shape; raises as `decode` does."""
    image = upright(data, side)
    image.thumbnail((side, side))
    return image


def upright(data: bytes, size: int) -> Image.Image:
    """Return the image in RGB as it is meant to be seen, its sides at least `size` where it can."""
    if png.readable(data):
        with suppress(Exception), png.Png(data) as image:
            if not is_large(image):
                image.draft(None, (size, size))
                return _upright(image, size)
    try:
        with quiet_for(data), Image.open(io.BytesIO(data)) as image:
            image.draft(None, (size, size))
            return _upright(image, size)
    except UnreadableImageError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImageError("not an image that Pillow knows") from error
    except Exception as error:  # Pillow's plugins raise whatever a broken file makes them raise
        raise UnreadableImageError(f"{type(error).__name__}: {error}") from error


def _upright(image: Image.Image, size: int) -> Image.Image:
    with allowed(image):
        image.load()
        small = _reduced(image, size)
    turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return small if turn is None else small.transpose(turn)


def from_array(pixels: NDArray[np.uint8], size: int, resize: Resize) -> NDArray[np.uint8]:
    """Return one image of an array, (height, width[, 3 or 4]), as `decode` does a file's."""
    return _square(_reduced(Image.fromarray(pixels), size), size, resize)


@contextmanager
def allowed(image: Image.Image) -> Iterator[None]:
    """Let an opened image be loaded, a large one while no other large one is.

    Raises `UnreadableImageError` by its header where it is too large.
    """
    width, height = image.size
    held = width * height * (1 if image.mode in {"1", "L", "P"} else 4)
    if width * height > MOST_PIXELS or held > MOST_BYTES:
        raise UnreadableImageError(
            f"{width} x {height} pixels of {image.mode}; at most {LONGEST_SIDE:,} a side"
        )
    if not is_large(image):
        yield
        return
    with _ONE_LARGE:
        yield


def is_large(image: Image.Image) -> bool:
    """Return whether it has to be reduced before anything is done to it."""
    return image.size[0] * image.size[1] > LARGE


def _reduced(image: Image.Image, size: int) -> Image.Image:
    """Return the image in RGB at a whole fraction of its size, its sides at least `size`.

    A large one strip by strip: in RGB as a whole it would take four times the memory that its file
    asked for.
    """
    width, height = image.size
    factor = min(max(1, min(width, height) // size), MOST_REDUCED)
    if factor == 1:
        return _rgb(image)
    if not is_large(image) or image.mode in {"I", "F"}:
        return _rgb(image).reduce(factor)
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    rows = factor * max(1, STRIP // (width * factor))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(height, top + rows)))
        strip.info = dict(image.info)
        small.paste(_rgb(strip).reduce(factor), (0, top // factor))
    return small


def _square(image: Image.Image, size: int, resize: Resize) -> NDArray[np.uint8]:
    width, height = image.size
    wanted = (size, size)
    if resize == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        image = image.crop((left, top, left + side, top + side))
    elif resize == "pad":
        scale = size / max(width, height)
        wanted = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = image.resize(wanted, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if resize == "pad":
        ground = Image.new("RGB", (size, size))
        ground.paste(scaled, ((size - wanted[0]) // 2, (size - wanted[1]) // 2))
        scaled = ground
    return np.asarray(scaled)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        values = np.asarray(image, dtype=np.float64)
        if image.mode.startswith("I;16") or (image.mode == "I" and values.max(initial=0) > 255):
            values = np.clip(values / 257, 0, 255)
        elif np.ptp(values) > 0:
            values = 255 * (values - values.min()) / np.ptp(values)
        return Image.fromarray(values.astype(np.uint8)).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        opaque = image.convert("RGBA")
        ground = Image.new("RGBA", opaque.size, "white")
        return Image.alpha_composite(ground, opaque).convert("RGB")
    return image.convert("RGB")
