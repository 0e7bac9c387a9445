"""Arrays of images as one picture file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fitdoctor.errors import RunFolderError

GAP = 4


def save(sheet: NDArray[np.uint8], path: Path) -> None:
    """Write (rows, columns, height, width, 3) as a grid; the first column stands a little apart.

    Raises `RunFolderError` where the file cannot be written.
    """
    rows, columns, height, width, _ = sheet.shape
    size = (rows * (height + GAP) - GAP, columns * (width + GAP) + GAP, 3)
    whole = np.full(size, 255, dtype=np.uint8)
    for i in range(rows):
        for j in range(columns):
            top, left = i * (height + GAP), j * (width + GAP) + 2 * GAP * (j > 0)
            whole[top : top + height, left : left + width] = sheet[i, j]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(whole).save(path)
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path}: cannot be written: {error}") from error
