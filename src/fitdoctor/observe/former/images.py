"""What `scipy.misc` did to images until SciPy 1.2, by Pillow, as it did it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FILTERS = {
    "nearest": Image.Resampling.NEAREST, "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC,
    "cubic": Image.Resampling.BICUBIC,
}  # fmt: skip


def fromimage(im: Image.Image, flatten: bool = False, mode: str | None = None) -> NDArray[Any]:
    """Return the pixels of an image, of a palette its colours."""
    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> NDArray[Any]:
    """Return the pixels of a file."""
    with Image.open(name) as im:
        return fromimage(im, flatten=flatten, mode=mode)


def _bytes(data: NDArray[Any], low: float | None = None, high: float | None = None) -> NDArray[Any]:
    """Return values as bytes; what are none yet are stretched from 0 to 255."""
    if data.dtype == np.uint8:
        return data
    low = float(data.min()) if low is None else low
    high = float(data.max()) if high is None else high
    stretched = (data - low) * (255.0 / ((high - low) or 1.0))
    return np.asarray(stretched.clip(0, 255) + 0.5).astype(np.uint8)


def toimage(
    arr: Any, high: int = 255, low: int = 0, cmin: Any = None, cmax: Any = None,
    pal: Any = None, mode: str | None = None, channel_axis: int | None = None,
) -> Image.Image:  # fmt: skip
    """Return an image of values, which are stretched to bytes; channels may stand first."""
    del high, low, pal
    data = np.asarray(arr)
    if data.ndim == 2 and mode == "F":
        return Image.fromarray(data.astype(np.float32))
    if data.ndim == 3:
        axis = channel_axis
        if axis is None:
            found = [data.shape.index(count) for count in (3, 4) if count in data.shape]
            if not found:
                raise ValueError("Could not find channel dimension.")
            axis = found[0]
        data = np.moveaxis(data, axis, 2)
    elif data.ndim != 2:
        raise ValueError("'arr' does not have a suitable array shape for any mode.")
    image = Image.fromarray(np.ascontiguousarray(_bytes(data, cmin, cmax)))
    return image if mode is None or image.mode == mode else image.convert(mode)


def imresize(
    arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None
) -> NDArray[Any]:
    """Return an image of another size: per cent, a fraction, or rows and columns."""
    im = toimage(arr, mode=mode)
    if isinstance(size, int | np.integer):
        wanted = tuple(int(side * size / 100.0) for side in im.size)
    elif isinstance(size, float | np.floating):
        wanted = tuple(int(side * size) for side in im.size)
    else:
        wanted = (int(size[1]), int(size[0]))
    return fromimage(im.resize(wanted, resample=FILTERS[interp]))  # type: ignore[arg-type]


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> NDArray[Any]:
    """Return an image that is turned by degrees."""
    return fromimage(toimage(arr).rotate(angle, resample=FILTERS[interp]))


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Write values as an image file."""
    toimage(arr, channel_axis=2 if np.ndim(arr) == 3 else None).save(name, format)
