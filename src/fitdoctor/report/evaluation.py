"""What a network does on unseen images: for the terminal, and as pictures for the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.evaluation import NO_TEMPERATURE, Calibration, Evaluation, WrongImage
from fitdoctor.report.drawing import Figure, Key, picture
from fitdoctor.stats.calibration import COLDEST, HOTTEST

THUMB = 128
MOST_CLASSES = 40
SHARE = len("100.0% (100% - 100%)")
"""Cells of a share with its interval."""
SIDE, LEFT, TOP = 280, 46, 12
GLOW = np.array([[20, 10, 60], [140, 30, 110], [240, 110, 40], [255, 240, 120]], dtype=np.float64)
"""From cold to hot."""


class Pictured(Protocol):
    """An image, and where the network looked."""

    @property
    def wrong(self) -> WrongImage: ...
    @property
    def pixels(self) -> NDArray[np.uint8]: ...
    @property
    def heat(self) -> NDArray[np.float32] | None: ...


def text(found: Evaluation) -> str:
    """Return accuracy, the classes and what is confused with what, and the calibration."""
    head = f"{found.of}: accuracy {share(found.accuracy)} on {found.images} images, "
    lines = [head + f"balanced {found.balanced_accuracy:.1%}"]
    if found.trained_on:
        lines.append(
            f"  {found.trained_on} of these {found.images} images were trained on: "
            "expect less of others"
        )
    shown = found.classes[:MOST_CLASSES]
    width = max(len("class"), *(len(c.name) for c in shown)) + 2
    lines.append(f"  {'class':<{width}}images  {'recall':<{SHARE}}  precision")
    for one in shown:
        recall = share(one.recall) if one.recall else "-"
        precision = share(one.precision) if one.precision else "-"
        lines.append(f"  {one.name:<{width}}{one.images:>6}  {recall:<{SHARE}}  {precision}")
    if len(found.classes) > MOST_CLASSES:
        lines.append(f"  and {len(found.classes) - MOST_CLASSES} more classes: evaluation.json")
    for true, called, count in confused(found)[:3]:
        lines.append(f"  {count} of {true} taken for {called}")
    if found.calibration is not None:
        c = found.calibration
        lines.append(f"  Calibration error {c.error:.3f}. {_tempered(c)}")
    return "\n".join(lines)


def _tempered(found: Calibration) -> str:
    """Return, as a sentence, the temperature and the calibration error with it, or why not."""
    t = found.temperature
    if t is None:
        return f"{NO_TEMPERATURE[0].upper()}{NO_TEMPERATURE[1:]}."
    if t.low <= 1 <= t.high:
        ends = f"{_end(t.low)} to {_end(t.high)}"
        return f"No temperature is shown to do better: {t.value:.2f} ({ends}) is not told from 1."
    words = f"Dividing scores by a temperature of {t.value:.2f} ({_end(t.low)} to {_end(t.high)})"
    if found.error_after is None:
        return f"{words} fits these images best."
    return f"{words} gives {found.error_after:.3f} on images that it was not fitted to."


def _end(temperature: float) -> str:
    """Return an end of the interval; at the ends of the search it may lie further out."""
    if temperature <= COLDEST or temperature >= HOTTEST:
        return f"beyond {temperature:.3g}"
    return f"{temperature:.2f}"


def share(estimate: Estimate) -> str:
    return f"{estimate.value:.1%} ({estimate.low:.0%} - {estimate.high:.0%})"


def confused(found: Evaluation) -> list[tuple[str, str, int]]:
    """Return (true class, predicted class, images), the most frequent first."""
    names = [c.name for c in found.classes]
    pairs = [
        (names[i], names[j], count)
        for i, row in enumerate(found.confusion)
        for j, count in enumerate(row)
        if i != j and count
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def sheet(pictures: Iterable[Pictured]) -> list[tuple[WrongImage, str, str]]:
    """Return each wrong image with its picture, and the same under its heat, as base64 JPEG."""
    return [
        (p.wrong, jpeg(p.pixels), "" if p.heat is None else jpeg(_glowing(p.pixels, p.heat)))
        for p in pictures
    ]


def jpeg(pixels: NDArray[np.uint8]) -> str:
    image = Image.fromarray(pixels)
    image = image.resize((THUMB, THUMB), Image.Resampling.BILINEAR)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=82)
    return base64.b64encode(data.getvalue()).decode()


def _glowing(pixels: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    at = heat.astype(np.float64) * (len(GLOW) - 1)
    stops = np.arange(len(GLOW))
    colours = np.stack([np.interp(at, stops, GLOW[:, c]) for c in range(3)], axis=-1)
    grey = pixels.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(0.45 * grey + 0.55 * colours, 0, 255), dtype=np.uint8)


def reliability(found: Calibration) -> Figure:
    """Return the reliability diagram: stated confidence against accuracy, with its intervals."""

    def x(value: float) -> float:
        return LEFT + SIDE * value

    def y(value: float) -> float:
        return TOP + SIDE * (1 - value)

    parts = [
        f'<line class="grid" x1="{x(0):.1f}" x2="{x(1):.1f}" y1="{y(tick):.1f}" '
        f'y2="{y(tick):.1f}"/><text class="tick" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" '
        f'text-anchor="end">{tick:.0%}</text><text class="tick" x="{x(tick):.1f}" '
        f'y="{TOP + SIDE + 15}" text-anchor="middle">{tick:.0%}</text>'
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    parts.append(
        f'<line class="chance" x1="{x(0):.1f}" y1="{y(0):.1f}" x2="{x(1):.1f}" y2="{y(1):.1f}"/>'
    )
    parts += [
        f'<line class="interval probe" x1="{x(one.confidence):.1f}" x2="{x(one.confidence):.1f}" '
        f'y1="{y(one.accuracy.low):.1f}" y2="{y(one.accuracy.high):.1f}"/>'
        f'<circle class="dot probe" cx="{x(one.confidence):.1f}" '
        f'cy="{y(one.accuracy.value):.1f}" r="4"><title>{one.images} images</title></circle>'
        for one in found.bins
    ]
    parts.append(
        f'<text class="tick" x="{x(0.5):.1f}" y="{TOP + SIDE + 31}" text-anchor="middle">'
        "stated confidence; upwards: share that is right</text>"
    )
    told = ", ".join(
        f"{one.confidence:.0%} stated, {one.accuracy.value:.0%} right" for one in found.bins
    )
    return Figure(
        title="Are its probabilities true?",
        svg=picture(
            LEFT + SIDE + 20,
            TOP + SIDE + 38,
            f"confidence against accuracy: {told}",
            "".join(parts),
        ),
        keys=(
            Key("interval", "probe", "images of about the same confidence, with 95 % interval"),
            Key("chance", "soft", "stated confidence is true"),
        ),
        caption="Below the dotted line the model is surer than it should be. Calibration error "
        f"{found.error:.3f}. {_tempered(found)}",
    )
