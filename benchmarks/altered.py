"""Ways in which a picture comes to be in a set twice: each one a seeded change of an image."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Turn = Image.Transpose


def encoded(image, rng):
    """Re-encode: JPEG of any quality from 25, WebP, PNG of few colours, or JPEG twice."""
    how = rng.choice(["JPEG", "JPEG", "WEBP", "palette", "twice"])
    if how == "palette" and image.mode == "RGB":
        return image.quantize(int(rng.integers(48, 256))).convert("RGB")
    for _ in range(2 if how == "twice" else 1):
        data = io.BytesIO()
        kind = "WEBP" if how == "WEBP" else "JPEG"
        image.save(data, kind, quality=int(rng.integers(25, 95)))
        image = Image.open(data).convert(image.mode)
    return image


def cropped(image, rng):
    """Cut 2 to 12 % of each length, anywhere."""
    width, height = image.size
    left, top = (rng.uniform(0.02, 0.12, 2) * image.size).round().astype(int)
    x, y = rng.integers(0, left + 1), rng.integers(0, top + 1)
    return image.crop((x, y, x + width - left, y + height - top))


def mirrored(image, _rng):
    return image.transpose(Turn.FLIP_LEFT_RIGHT)


def turned(image, rng):
    return image.transpose(rng.choice([Turn.ROTATE_90, Turn.ROTATE_180, Turn.ROTATE_270]))


def toned(image, rng):
    """Change brightness, contrast and gamma, by up to 35 % each."""
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.7, 1.3))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.7, 1.3))
    gamma = float(np.exp(rng.uniform(-0.4, 0.4)))
    return image.point([round(255 * (v / 255) ** gamma) for v in range(256)] * len(image.mode))


def resized(image, rng):
    """Resize to 45 to 160 %, one side up to 8 % more than the other."""
    scale = rng.uniform(0.45, 1.6) * np.array([1, rng.uniform(0.92, 1.08)])
    size = np.maximum(24, (scale * image.size).round().astype(int))
    return image.resize(tuple(int(n) for n in size), Image.Resampling.BICUBIC)


def overlaid(image, rng):
    """Write a half transparent line of letters across, or put a label into a corner."""
    width, height = image.size
    over = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(over)
    if rng.random() < 0.5:
        at = rng.uniform(0.1, 0.6, 2) * image.size
        ink = (255, 255, 255, int(rng.integers(90, 200)))
        draw.text(tuple(at), "sample photo", fill=ink, font_size=max(8, height // 9))
    else:
        w, h = int(width * rng.uniform(0.15, 0.3)), int(height * rng.uniform(0.08, 0.18))
        x, y = rng.choice([0, width - w]), rng.choice([0, height - h])
        shade = int(rng.integers(0, 255))
        draw.rectangle((int(x), int(y), int(x) + w, int(y) + h), fill=(shade, shade, shade, 255))
    return Image.alpha_composite(image.convert("RGBA"), over).convert(image.mode)


def framed(image, rng):
    """Put a plain frame around, of 2 to 7 % of the side."""
    edge = max(1, round(rng.uniform(0.02, 0.07) * min(image.size)))
    shade = int(rng.choice([0, 255, 128]))
    return ImageOps.expand(image, edge, shade if image.mode == "L" else (shade,) * 3)


def greyed(image, _rng):
    return image.convert("L").convert(image.mode)


def grainy(image, rng):
    values = np.asarray(image, dtype=float)
    values = values + rng.normal(0, rng.uniform(4, 14), values.shape)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def blurred(image, rng):
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.6) * min(image.size) / 160))


ALONE = {
    "re-encoded": encoded, "cropped": cropped, "mirrored": mirrored, "turned": turned,
    "toned": toned, "resized": resized, "overlaid": overlaid, "framed": framed,
    "greyed": greyed, "grainy": grainy, "blurred": blurred,
}  # fmt: skip


def combined(image, rng):
    """Make two or three changes, and re-encode."""
    for name in rng.choice(list(ALONE), rng.integers(2, 4), replace=False):
        image = ALONE[name](image, rng)
    return encoded(image, rng)


CHANGES = {**ALONE, "combined": combined}
