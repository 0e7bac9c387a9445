"""Six sets drawn after all thresholds of the audit stood, to see it on pictures of other make.

Expected before the first run: of copies by `altered_otherwise.py` nine of ten are
found but among `pages`, whose letters agree as a copy's do where they are few (three of four), and
`petri`, a fixed camera (three of four); no picture is named that is not planted; of 200 unplanted
pictures of each set no pair is called the same, and nearly the same at most one, of `leaves`, where
a plain shape of one outline on plain ground is much like another.

First sight (`planted_later.md`): 178 of 198 copies, `leaves` 26 of 33 and `petri` 23 of 33; five
pairs of the 200 `fabrics`, one loom's weave in one phase. `leaves` ended the audit with an exception
and was counted once that was mended; two pairs of drawn leaves had led to `evidence.FLAT` before.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.drawn_photos import noise

SIDE = 176
Y, X = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]


def _image(values, rng, grain):
    values = values + rng.normal(0, grain, values.shape)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _colour(rng, low, high):
    return tuple(int(v) for v in rng.integers(low, high, 3))


def leaves(rng, count):
    """Draw leaves of three outlines, each a plain shape on plain ground with a few specks."""
    images = []
    for _ in range(count):
        image = Image.new("RGB", (SIDE, SIDE), _colour(rng, 150, 255))
        draw = ImageDraw.Draw(image)
        for x, y in rng.integers(0, SIDE, (25, 2)):
            draw.ellipse((x, y, x + 6, y + 6), fill=_colour(rng, 100, 200))
        x, y = rng.integers(70, 106, 2)
        r, green, kind = rng.integers(35, 62), _colour(rng, 10, 170), rng.integers(3)
        if kind == 0:
            draw.ellipse((x - r, y - r // 2, x + r, y + r // 2), fill=green)
        elif kind == 1:
            draw.pieslice((x - r, y - r, x + r, y + r), 200, 340, fill=green)
        else:
            for k in range(-3, 4):
                draw.line((x, y + r, x + 12 * k, y - r), fill=green, width=3)
        images.append(image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1))))
    return images


def pages(rng, count):
    """Draw scanned pages: lines of words in one type, some with a picture, a little askew."""
    letters = "etaoinshrdlucmfwypvbgk"
    images = []
    for _ in range(count):
        image = Image.new("L", (SIDE, SIDE), int(rng.integers(225, 250)))
        draw, y = ImageDraw.Draw(image), int(rng.integers(6, 30))
        while y < SIDE - 14:
            words = ("".join(rng.choice(list(letters), rng.integers(2, 9))) for _ in range(6))
            draw.text((10, y), " ".join(words)[: int(rng.integers(16, 26))], fill=30, font_size=11)
            y += 14 if rng.random() < 0.85 else 28
        if rng.random() < 0.4:
            a, b = rng.integers(10, 90, 2)
            draw.rectangle(
                (int(a), int(b), int(a) + 60, int(b) + 44), fill=int(rng.integers(90, 200))
            )
        image = image.rotate(rng.normal(0, 0.7), Image.Resampling.BICUBIC, fillcolor=235)
        images.append(_image(np.asarray(image.convert("RGB"), float), rng, 2))
    return images


def heaps(rng, count):
    """Draw heaps of stones: round, shaded, of all sizes, one over the other."""
    images = []
    for _ in range(count):
        values = np.full((SIDE, SIDE), 60.0)
        for _ in range(160):
            x, y, r = *rng.uniform(0, 1, 2), rng.uniform(0.03, 0.09)
            u, v = (X - x) / r, (Y - y) / (r * rng.uniform(0.7, 1.2))
            inside = u * u + v * v < 1
            values[inside] = (rng.uniform(90, 190) - 45 * u - 45 * v)[inside]
        tint = np.array([1, rng.uniform(0.9, 1), rng.uniform(0.8, 1)])
        images.append(_image((values + 6 * noise(rng, SIDE, 0.6))[..., None] * tint, rng, 3))
    return images


def skylines(rng, count):
    """Draw skylines against an evening: dark blocks, few lit windows, a sun or none."""
    images = []
    for _ in range(count):
        warm = rng.uniform(0.4, 1)
        values = np.stack([230 - 90 * Y * warm, 140 + 60 * Y, 90 + 130 * Y * warm], axis=-1)
        if rng.random() < 0.6:
            x, y = rng.uniform(0.1, 0.9), rng.uniform(0.2, 0.5)
            values[np.hypot(X - x, Y - y) < 0.07] = (255, 220, 150)
        for _ in range(rng.integers(8, 16)):
            left, wide, top = rng.uniform(-0.05, 1), rng.uniform(0.05, 0.16), rng.uniform(0.35, 0.8)
            values[(left < X) & (left + wide > X) & (top < Y)] = rng.uniform(15, 50)
            for _ in range(rng.integers(0, 9)):
                a, b = left + rng.uniform(0, wide), rng.uniform(top, 1)
                values[(np.abs(X - a) < 0.008) & (np.abs(Y - b) < 0.012)] = (250, 220, 120)
        images.append(_image(values, rng, 4))
    return images


def fabrics(rng, count):
    """Draw woven stuffs of one loom: the same weave in another colour, phase and crease."""
    images = []
    for _ in range(count):
        a, b = rng.uniform(0, 6.3, 2)
        weave = np.sin(130 * X + a) * np.sin(130 * Y + b)
        crease = noise(rng, SIDE, 2.2)
        values = 130 + 30 * weave + 22 * crease + 5 * noise(rng, SIDE, 0.3)
        images.append(_image(values[..., None] * rng.uniform(0.6, 1.2, 3), rng, 3))
    return images


def petri(rng, count):
    """Draw dishes below one fixed camera: rim and scratches that stay, colonies that do not."""
    back = (
        70
        + 120 * (np.hypot(X - 0.5, Y - 0.5) < 0.44)
        - 40 * (np.abs(np.hypot(X - 0.5, Y - 0.5) - 0.44) < 0.012)
    )
    for _ in range(14):
        turn, at = rng.uniform(0, 3.2), rng.uniform(0.1, 0.9)
        back = back - 18 * np.exp(-(((X * np.cos(turn) + Y * np.sin(turn) - at) / 0.006) ** 2))
    images = []
    for _ in range(count):
        values = np.repeat(back[..., None], 3, 2)
        for _ in range(rng.integers(4, 22)):
            far, turn, r = (
                0.4 * np.sqrt(rng.random()),
                rng.uniform(0, 6.3),
                rng.uniform(0.008, 0.03),
            )
            near = np.hypot(X - 0.5 - far * np.cos(turn), Y - 0.5 - far * np.sin(turn)) < r
            values[near] = (225, 205, 140)
        images.append(_image(values * rng.uniform(0.9, 1.1), rng, 3))
    return images


KINDS = {
    "leaves": leaves, "pages": pages, "heaps": heaps, "skylines": skylines, "fabrics": fabrics,
    "petri": petri,
}  # fmt: skip
