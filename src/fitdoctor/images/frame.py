"""A plain frame around a picture, as galleries put it: it hides what the picture is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDEST = 0.09
"""Share of a side that a frame takes at most; plain ground goes on beyond."""
SPREAD, STEP = 12, 10
"""Grey levels that most of a frame keeps to, and by which most of the picture differs from it."""
MOST = 0.9
"""Share of a line that has to be in the shade of the frame: corners and ringing are not."""


def without_frame(image: Image.Image) -> Image.Image:
    """Return the picture within a frame of one shade; itself where there is none."""
    grey = np.asarray(image.convert("L"), dtype=np.int16)
    height, width = grey.shape
    reach = int(WIDEST * height) + 2, int(WIDEST * width) + 2
    if min(height, width) < 4 * max(reach):
        return image
    shade = int(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    edges = [
        _depth(lines, shade)
        for lines in (
            grey[:, : reach[1]].T,
            grey[: reach[0]],
            grey[:, : -reach[1] - 1 : -1].T,
            grey[: -reach[0] - 1 : -1],
        )
    ]
    if not all(edges):
        return image
    left, top, right, bottom = edges
    return image.crop((left, top, width - right, height - bottom))


def _depth(lines: NDArray[np.int16], shade: int) -> int:
    """Return how many lines from the edge are frame; 0 where it does not end within them."""
    plain = (np.abs(lines - shade) <= SPREAD).mean(axis=1) >= MOST
    depth = int(np.argmin(plain))
    if not depth or plain.all():
        return 0
    # A line that the edge of the frame cuts is between both.
    inner = lines[min(depth + 1, len(lines) - 1)]
    return depth + 1 if np.median(np.abs(inner - shade)) >= STEP else 0
