"""Other ways in which a picture comes to be in a set twice, and other sets without copies.

Written after the thresholds of the audit were chosen on `altered.py` and `drawn_photos.py`, so that
they show what it makes of changes and pictures of another make. Expected before the first run: of
the copies nine of ten are found, of all planted faults 95 %, and no finding names what is not a copy,
but for up to two pairs of `still`, whose pictures share nine tenths of what they show.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from benchmarks.drawn_photos import noise

Turn = Image.Transpose
SIDE = 200


def sent(image, rng):
    """Re-encode as a messenger does: at most 128 to 180 pixels a side, JPEG of quality 35 to 75."""
    image = ImageOps.contain(image, (int(rng.integers(128, 181)),) * 2)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=int(rng.integers(35, 76)), subsampling=2)
    return Image.open(data).convert(image.mode)


def trimmed(image, rng):
    """Cut one or two edges by 3 to 14 %."""
    width, height = image.size
    box = [0, 0, width, height]
    for side in rng.choice(4, rng.integers(1, 3), replace=False):
        length = width if side % 2 == 0 else height
        cut = round(length * rng.uniform(0.03, 0.14))
        box[side] += cut if side < 2 else -cut
    return image.crop(tuple(box))


def flipped(image, rng):
    """Mirror left to right or top to bottom, or along a diagonal."""
    return image.transpose(rng.choice([Turn.FLIP_LEFT_RIGHT, Turn.FLIP_TOP_BOTTOM, Turn.TRANSPOSE]))


def brightened(image, rng):
    """Add 15 to 45 grey levels, or take them off."""
    more = int(rng.choice([-1, 1]) * rng.integers(15, 46))
    return image.point([min(255, max(0, v + more)) for v in range(256)] * len(image.getbands()))


def equalised(image, _rng):
    """Stretch the tones to the whole range."""
    return ImageOps.autocontrast(image, cutoff=1)


def tinted(image, rng):
    """Change the saturation, and the balance of red and blue."""
    if image.mode == "L":
        return ImageEnhance.Contrast(image).enhance(rng.uniform(0.75, 1.25))
    image = ImageEnhance.Color(image).enhance(rng.uniform(0.3, 1.6))
    values = np.asarray(image, dtype=float) * rng.uniform(0.85, 1.15, 3)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def scaled(image, rng):
    """Resize to 50 to 200 %, by a filter of any kind."""
    scale = rng.uniform(0.5, 2.0)
    size = [max(24, round(n * scale)) for n in image.size]
    kinds = [Image.Resampling.LANCZOS, Image.Resampling.BILINEAR, Image.Resampling.BOX]
    return image.resize(size, rng.choice(kinds))


def stamped(image, rng):
    """Put a date into a corner, or a round sticker anywhere."""
    width, height = image.size
    image = image.copy()
    pen = ImageDraw.Draw(image)
    if rng.random() < 0.5:
        ink = 250 if image.mode == "L" else (250, 160, 40)
        size = max(8, height // 12)
        pen.text((width * 0.55, height * 0.86), "2021 05 17", fill=ink, font_size=size)
    else:
        r = rng.uniform(0.06, 0.1) * min(width, height)
        x, y = rng.uniform(0.15, 0.85, 2) * image.size
        ink = int(rng.integers(0, 256))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=ink if image.mode == "L" else (ink, 60, 60))
    return image


def sharpened(image, rng):
    return image.filter(ImageFilter.UnsharpMask(1.5, int(rng.integers(60, 140)), 2))


ALONE = {
    "sent": sent, "trimmed": trimmed, "flipped": flipped, "brightened": brightened,
    "equalised": equalised, "tinted": tinted, "scaled": scaled, "stamped": stamped,
    "sharpened": sharpened,
}  # fmt: skip


def several(image, rng):
    """Make two or three changes, and send it."""
    for name in rng.choice(list(ALONE)[1:], rng.integers(2, 4), replace=False):
        image = ALONE[name](image, rng)
    return sent(image, rng)


CHANGES = {**ALONE, "several": several}


def _image(values, rng, grain):
    values = values + rng.normal(0, grain, values.shape)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def cells(rng, count):
    """Draw cells under a microscope: round bodies with a nucleus on a pale ground."""
    images = []
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    for _ in range(count):
        values = np.full((SIDE, SIDE, 3), 215.0) + 4 * noise(rng, SIDE, 1.5)[..., None]
        for _ in range(rng.integers(5, 14)):
            cx, cy = rng.uniform(0, SIDE, 2)
            r = rng.uniform(12, 22)
            d = np.hypot(x - cx, y - cy) / r
            body, kernel = 1 / (1 + np.exp((d - 1) * 12)), 1 / (1 + np.exp((d - 0.45) * 12))
            values -= body[..., None] * (30, 55, 25) + kernel[..., None] * (60, 70, 20)
        images.append(_image(values, rng, 2.5))
    return images


def parts(rng, count):
    """Draw machine parts on a belt: one plate with holes, turned a little, under one lamp."""
    images = []
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    lamp = 40 * np.exp(-((x - 0.2) ** 2) - (y + 0.3) ** 2)
    for _ in range(count):
        turn, (dx, dy) = rng.normal(0, 0.08), rng.normal(0, 0.04, 2)
        u = (x - dx) * np.cos(turn) + (y - dy) * np.sin(turn)
        v = (y - dy) * np.cos(turn) - (x - dx) * np.sin(turn)
        plate = (np.abs(u) < 0.6) & (np.abs(v) < 0.4)
        for at in ((-0.4, -0.2), (0.4, -0.2), (-0.4, 0.2), (0.4, 0.2)):
            plate &= np.hypot(u - at[0], v - at[1]) > 0.08
        brushed = 3 * noise(rng, SIDE, 0.3)
        values = np.where(plate, 150 + brushed, 60) + lamp + rng.normal(0, 2)
        images.append(_image(np.repeat(values[..., None], 3, 2), rng, 2))
    return images


def rays(rng, count):
    """Draw grey chests: two dark lungs, ribs, and the grain of a film."""
    images = []
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    for _ in range(count):
        wide, tall, tilt = rng.normal(0.33, 0.02), rng.normal(0.62, 0.03), rng.normal(0, 0.03)
        values = 165 - 30 * (x**2 + y**2)
        for side in (-1, 1):
            d = ((x - side * 0.42 - tilt * y) / wide) ** 2 + (y / tall) ** 2
            values -= 75 / (1 + np.exp((d - 1) * 8))
        values += 9 * np.sin(22 * (y + 0.25 * x**2) + rng.uniform(0, 6)) * (np.abs(x) < 0.8)
        values += 5 * noise(rng, SIDE, 1.6)
        images.append(_image(values, rng, 3))
    return images


def nights(rng, count):
    """Draw night skies: stars of all sizes over a faint glow."""
    images = []
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    for _ in range(count):
        values = 18 + 10 * y / SIDE + 3 * noise(rng, SIDE, 2)
        for _ in range(rng.integers(25, 60)):
            cx, cy = rng.uniform(0, SIDE, 2)
            values = values + rng.exponential(60) * np.exp(
                -((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(1.5, 5)
            )
        images.append(_image(np.repeat(values[..., None], 3, 2), rng, 4))
    return images


def still(rng, count):
    """Draw a table that stands before a camera for hours: only light and grain change."""
    images = []
    back = noise(rng, SIDE, 1.4)[..., None] * rng.uniform(10, 25, 3) + rng.uniform(80, 150, 3)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    while len(images) < count:
        cup = np.hypot(x - rng.uniform(-0.6, 0.6), y - rng.uniform(-0.6, 0.6)) < 0.22
        for _ in range(min(2, count - len(images))):
            light = rng.uniform(0.9, 1.1)
            cup = np.roll(cup, tuple(rng.integers(8, 16, 2)), (0, 1))
            values = np.where(cup[..., None], (200, 60, 50), back) * light
            images.append(_image(values, rng, 3))
    return images


KINDS = {"cells": cells, "parts": parts, "rays": rays, "nights": nights, "still": still}
