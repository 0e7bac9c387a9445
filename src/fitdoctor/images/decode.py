"""One image file of any kind to the same RGB uint8 square."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from fitdoctor.images.quiet import quiet_for

MOST_PIXELS = 100_000_000
EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".jfif"}
)
VERSION = 1
"""Part of every cache key: raise it when the pixels of any image change."""

Image.MAX_IMAGE_PIXELS = None  # the limit above is checked on the header, with a clear message


class UnreadableImageError(Exception):
    """The file is not a whole image; the message says why."""


def decode(data: bytes, size: int) -> NDArray[np.uint8]:
    """Return the image as (size, size, 3) uint8, stretched to the square.

    EXIF rotation is applied; of an animation the first frame counts; transparency is laid on
    white; 16-bit values are divided by 257, other integers and floats stretched from least to
    most. Raises `UnreadableImageError` for anything that does not decode to the last byte.
    """
    try:
        with quiet_for(data), Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise UnreadableImageError(
                    f"{width} x {height} pixels; at most {MOST_PIXELS:,} are decoded"
                )
            image.load()
            rgb = _rgb(ImageOps.exif_transpose(image))
    except UnreadableImageError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImageError("not an image that Pillow knows") from error
    except Exception as error:  # Pillow's plugins raise whatever a broken file makes them raise
        raise UnreadableImageError(f"{type(error).__name__}: {error}") from error
    return np.asarray(rgb.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=3.0))


def _rgb(image: Image.Image) -> Image.Image:
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
