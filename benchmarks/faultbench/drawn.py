"""Image sets that are drawn, for the half of the bench on which no threshold is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 48


def draw(name: str, folder: Path, per_class: int = 150) -> Path:
    """Draw a set into `folder`, one folder a class, if it is not there yet."""
    makers = {"shapes": _shape, "stripes": _stripes, "clouds": _cloud}
    classes = {
        "shapes": ("circle", "square", "triangle", "cross"),
        "stripes": ("flat", "steep", "diagonal"),
        "clouds": ("coarse", "fine"),
    }[name]
    home = folder / name
    if home.is_dir():
        return home
    rng = np.random.default_rng(99)
    for label in classes:
        (home / label).mkdir(parents=True)
        for number in range(per_class):
            makers[name](rng, label).save(home / label / f"{number:03}.png")
    return home


def _ground(rng: np.random.Generator, strength: float) -> np.ndarray:
    level = rng.uniform(40, 200, 3)
    return np.clip(level + rng.normal(0, strength, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)


def _shape(rng: np.random.Generator, label: str) -> Image.Image:
    image = Image.fromarray(_ground(rng, 35))
    pen = ImageDraw.Draw(image)
    x, y, r = rng.uniform(14, 34), rng.uniform(14, 34), rng.uniform(6, 13)
    colour = tuple(int(v) for v in rng.integers(0, 256, 3))
    box = (x - r, y - r, x + r, y + r)
    if label == "circle":
        pen.ellipse(box, fill=colour)
    elif label == "square":
        pen.rectangle(box, fill=colour)
    elif label == "triangle":
        pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=colour)
    else:
        pen.line((x - r, y - r, x + r, y + r), fill=colour, width=4)
        pen.line((x - r, y + r, x + r, y - r), fill=colour, width=4)
    return image


def _stripes(rng: np.random.Generator, label: str) -> Image.Image:
    angle = {"flat": 0.0, "steep": np.pi / 2, "diagonal": np.pi / 4}[label] + rng.normal(0, 0.15)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    wave = np.sin((rows * np.cos(angle) + columns * np.sin(angle)) * rng.uniform(0.5, 1.2))
    grey = (
        128 + 60 * wave[..., None] * rng.uniform(0.4, 1.0, 3) + rng.normal(0, 45, (SIDE, SIDE, 3))
    )
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def _cloud(rng: np.random.Generator, label: str) -> Image.Image:
    noise = Image.fromarray(rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
    soft = noise.filter(ImageFilter.GaussianBlur(2.2 if label == "coarse" else 1.6))
    grey = np.asarray(soft, dtype=float)
    grey = 128 + (grey - grey.mean()) * rng.uniform(2, 4) + rng.normal(0, 20, grey.shape)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
