"""Drawn pictures that look alike without being copies: what an audit must not take for copies.

Everything is drawn from a seed: series of objects on plain grounds, frames of a moving camera,
images of low contrast, spectrograms, tiles from the air, and soft textures.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 160


def noise(rng, side=SIDE, power=1.0, least=1.0):
    """Return a field with a spectrum of 1 / frequency**power, mean 0 and deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency = np.maximum(frequency * side, least)
    shape = frequency.shape
    spectrum = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) / frequency**power
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (side, side))
    return field / field.std()


def picture(values, rng, grain=2.0):
    """Return (side, side, 3) values as an image, with the grain of a sensor."""
    return Image.fromarray(
        np.clip(values + rng.normal(0, grain, values.shape), 0, 255).astype(np.uint8)
    )


class _Thing:
    """An ellipsoid with a painted surface, seen by a camera."""

    def __init__(self, rng):
        self.axes = rng.uniform(0.55, 1.0, 3)
        self.colour = rng.uniform(40, 230, 3)
        self.paint = rng.uniform(40, 230, 3)
        self.kind = rng.integers(3)
        field = noise(rng, 128, 1.6, 2)
        self.texture = (field > 0.4) if self.kind == 1 else (np.sin(3 * field) > 0.5)
        self.ground = rng.uniform(170, 245) * np.array([1, *rng.uniform(0.94, 1.06, 2)])

    def seen(self, rng, turn, tilt, size, shift, light):
        y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
        x, y = (x - shift[0]) / size, (y - shift[1]) / size
        a, b, c = self.axes
        inside = (x / a) ** 2 + (y / b) ** 2
        hit = inside < 1
        z = c * np.sqrt(np.maximum(1 - inside, 0))
        normal = np.stack([x / a**2, y / b**2, z / c**2])
        normal /= np.linalg.norm(normal, axis=0) + 1e-9
        shade = np.clip(np.tensordot(light / np.linalg.norm(light), normal, 1), 0, 1)
        u, v = np.arctan2(x / a, z / c) + turn, np.arcsin(np.clip(y / b, -1, 1)) + tilt
        at = (u / np.pi * 64).astype(int) % 128, (v / np.pi * 64).astype(int) % 128
        painted = self.texture[at] & (self.kind > 0)
        surface = np.where(painted[..., None], self.paint, self.colour)
        body = surface * (0.35 + 0.75 * shade[..., None])
        shadow = np.exp(-(((x - 0.15) / 0.9) ** 2) - ((y - b * 0.95) / 0.22) ** 2)
        fall = 1 - 0.12 * (np.hypot(x, y) * size) ** 2 + 0.05 * x * size * light[0]
        ground = self.ground * (fall * (1 - 0.35 * shadow))[..., None]
        return picture(np.where(hit[..., None], body, ground), rng, rng.uniform(1, 3))


def objects(rng, count):
    """Draw series of one thing each: eight photos with small changes of view and light."""
    images = []
    while len(images) < count:
        thing, turn, tilt = _Thing(rng), rng.uniform(0, 6), rng.uniform(-0.3, 0.3)
        light = np.array([-0.4, -0.6, 0.8])
        for _ in range(min(8, count - len(images))):
            turn += rng.choice([-1, 1]) * rng.uniform(0.05, 0.3)
            images.append(
                thing.seen(
                    rng,
                    turn,
                    tilt + rng.normal(0, 0.05),
                    0.6 + rng.normal(0, 0.02),
                    rng.normal(0, 0.02, 2),
                    light + rng.normal(0, 0.1, 3),
                )
            )
    return images


def plain_objects(rng, count):
    """Draw photos of unpainted things of one kind and colour on one ground: a catalogue."""
    images, base = [], _Thing(rng)
    base.kind = 0
    for _ in range(count):
        base.axes = np.array([0.8, 0.7, 0.75]) + rng.normal(0, 0.04, 3)
        light = np.array([-0.4, -0.6, 0.8]) + rng.normal(0, 0.08, 3)
        seen = base.seen(rng, 0, 0, 0.65 + rng.normal(0, 0.02), rng.normal(0, 0.02, 2), light)
        images.append(seen)
    return images


def frames(rng, count):
    """Draw frames of a camera that moves over a scene in two depths, with something that walks."""
    images = []
    while len(images) < count:
        far, near = noise(rng, 320, 1.5), noise(rng, 320, 1.2)
        tint = rng.uniform(0.6, 1.2, (2, 3))
        x, y = rng.uniform(20, 60, 2)
        step = rng.uniform(3, 7, 2)
        walker = rng.uniform(0.2, 0.8, 2)
        for at in range(min(6, count - len(images))):
            left, top = int(x + at * step[0]), int(y + at * step[1] / 2)
            back = far[top : top + SIDE, left : left + SIDE]
            front = near[top : top + SIDE, 2 * left : 2 * left + SIDE]
            front = np.resize(front, (SIDE, SIDE)) if front.shape != (SIDE, SIDE) else front
            values = 120 + 40 * back[..., None] * tint[0]
            values = np.where(
                (front > 0.9)[..., None], 90 + 35 * front[..., None] * tint[1], values
            )
            rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
            place = (walker + at * np.array([0.07, 0.02])) % 1
            there = (np.abs(columns - place[0]) < 0.06) & (np.abs(rows - place[1]) < 0.15)
            values = np.where(there[..., None], np.array([60, 40, 150]) * tint[1], values)
            images.append(picture(values, rng, 3))
    return images


def plain(rng, count):
    """Draw images of low contrast: one soft shape on one soft ground, as X-rays or skies are."""
    images = []
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    for _ in range(count):
        x, y = rng.normal(0, 0.08, 2)
        a, b = rng.uniform(0.35, 0.45, 2)
        shape = 1 / (1 + np.exp(((columns - x) ** 2 / a + (rows - y) ** 2 / b - 1) * 8))
        values = 110 + 25 * shape + 3 * noise(rng, SIDE, 1.8) + 6 * rows * rng.normal(1, 0.2)
        images.append(picture(np.repeat(values[..., None], 3, 2), rng, 1.5))
    return images


def spectrograms(rng, count):
    """Draw harmonics that glide, over noise that falls with frequency."""
    images = []
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    for _ in range(count):
        pitch, glide = rng.uniform(0.05, 0.09), rng.normal(0, 0.02, 2)
        base = pitch + glide[0] * columns + glide[1] * np.sin(5 * columns + rng.uniform(0, 6))
        ridge = np.cos(2 * np.pi * (1 - rows) / base) ** 8
        loud = np.exp(-(((columns - rng.uniform(0.35, 0.6)) / rng.uniform(0.2, 0.3)) ** 2))
        values = 40 + 150 * ridge * loud * rows + 30 * rows + 12 * rng.normal(size=rows.shape)
        images.append(Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)))
    return images


def tiles(rng, count):
    """Cut tiles side by side out of one ground from the air: fields, roads, water."""
    images = []
    while len(images) < count:
        ground = noise(rng, 640, 1.3)
        plots = np.kron(rng.normal(0, 1, (20, 20)), np.ones((32, 32)))
        tint = rng.uniform(0.5, 1.1, 3)
        values = (100 + 18 * ground + 22 * plots)[..., None] * tint
        values[:, 318:323] = 190
        for top in range(0, 640, SIDE):
            for left in range(0, 640, SIDE):
                part = values[top : top + SIDE, left : left + SIDE]
                images.append(picture(part, rng, 2).resize((64, 64), Image.Resampling.BOX))
    return images[:count]


def textures(rng, count):
    """Draw soft random colours: no two alike, as photographs are."""
    images = []
    for _ in range(count):
        cells = int(rng.integers(4, 9))
        small = rng.integers(0, 255, (cells, cells, 3), dtype=np.uint8)
        images.append(Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return images


KINDS = {
    "objects": objects, "plain objects": plain_objects, "frames": frames, "plain": plain,
    "drawn spectrograms": spectrograms, "tiles": tiles, "textures": textures,
}  # fmt: skip
