"""The script of a report: what takes over from the drawings of curves where scripts run."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec
from markupsafe import Markup

FILES = ("uplot.min.js", "charts.js")
MOST = 390_000
"""Bytes of a page with its script, without pictures; where it would be longer drawings stay."""
PICTURES = re.compile(r"(?<=;base64,)[\w+/=]+")
STYLE = 24_000
"""Characters that the head of a page takes."""


class Scripted(msgspec.Struct, frozen=True):
    """A script within a page, and what names it in the content policy."""

    text: Markup
    digest: str


def for_page(parts: Iterable[str]) -> Scripted | None:
    """Return the script for a page of these parts, where it has curves and room."""
    parts = [PICTURES.sub("", part) for part in parts]
    if not any("data-chart=" in part for part in parts):
        return None
    if sum(len(part.encode()) for part in parts) + len(whole().text) + STYLE > MOST:
        return None
    return whole()


@cache
def whole() -> Scripted:
    text = "\n".join(content(name).decode() for name in FILES)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Scripted(Markup(text), f"sha256-{digest}")  # noqa: S704 - files of this package


@cache
def content(name: str) -> bytes:
    """Return a script by the name of its file."""
    return files(__package__).joinpath("static", name).read_bytes()
