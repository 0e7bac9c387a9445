"""Drawn surfaces: kinds that overlap, so that no network tells all of them apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KINDS = ("bark", "cloud", "gravel", "sand", "water")
"""Each is noise of a spectrum, a direction and a colour of its own, with scatter."""
POWERS, STRETCH = (1.6, 2.0, 0.9, 0.5, 1.3), (2.6, 1.0, 1.0, 1.3, 2.0)
COLOURS = ((120, 95, 75), (175, 180, 190), (130, 128, 122), (190, 170, 130), (90, 120, 135))
SCATTER = 0.35
"""Standard deviation of power and of the logarithm of the stretch; of colours, a hundredth of it in
levels."""


def draw(folder: Path, counts: tuple[int, ...], side: int, seed: int = 0) -> None:
    """Draw as many JPEG files of each kind as `counts` says, one folder a kind."""
    rng = np.random.default_rng(seed)
    for kind, count in enumerate(counts):
        home = folder / KINDS[kind]
        home.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            Image.fromarray(_surface(rng, kind, side)).save(home / f"{number:05}.jpg", quality=92)


def draw_copied(folder: Path, per_class: int, side: int, seed: int = 0) -> None:
    """Draw `real` surfaces, and `fake` ones: drawn at half the size, enlarged, with a fine lattice.

    The lattice, as of transposed convolutions (Odena et al. 2016), is of a strength that varies.
    """
    rng = np.random.default_rng(seed)
    for name in ("fake", "real"):
        home = folder / name
        home.mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            kind = int(rng.integers(len(KINDS)))
            if name == "real":
                pixels = _surface(rng, kind, side)
            else:
                small = Image.fromarray(_surface(rng, kind, side // 2))
                large = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC), float)
                lattice = np.indices((side, side)).sum(0) % 2 * 2.0 - 1
                pixels = _levels(large + rng.uniform(0, 8) * lattice[..., None])
            Image.fromarray(pixels).save(home / f"{number:05}.png")


def _surface(rng: np.random.Generator, kind: int, side: int) -> NDArray[np.uint8]:
    """Return (side, side, 3) levels of one surface."""
    power = POWERS[kind] + SCATTER * rng.normal()
    stretch = STRETCH[kind] * np.exp(SCATTER * rng.normal())
    field = _noise(rng, side, power, stretch)
    grain = _noise(rng, side, 0.2, 1.0)
    colour = np.array(COLOURS[kind]) + 100 * SCATTER * rng.normal(size=3)
    levels = colour + rng.uniform(18, 45) * field[..., None] + rng.uniform(2, 8) * grain[..., None]
    return _levels(levels)


def _levels(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def _noise(
    rng: np.random.Generator, side: int, power: float, stretch: float
) -> NDArray[np.float64]:
    """Return (side, side) noise of mean 0 and deviation 1 with a spectrum of 1 / frequency**power.

    It is `stretch` times as coarse in one direction as in the other.
    """
    up, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None] * stretch
    frequency = np.maximum(np.hypot(up, across) * side, 1.0)
    spectrum = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    spectrum = spectrum / frequency**power
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (side, side))
    return np.asarray(field / field.std())
