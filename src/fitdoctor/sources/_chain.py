"""A network as people write it in one line: "conv(32) - pool - conv(64) - pool - dense(10)"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor.records.recipe import Layer

_I = re.IGNORECASE
_KINDS = {
    "Conv2D": r"conv(?:olution)?(?:2d)?",
    "GlobalAveragePooling2D": r"GAP|global ?(?:average ?|max ?)?pool(?:ing)?(?:2d)?",
    "MaxPooling2D": r"(?:max|avg|average)?[ -]?pool(?:ing)?(?:2d)?",
    "Flatten": r"flatten",
    "BatchNormalization": r"batch[ -]?norm(?:ali[sz]ation)?|BN",
    "Dropout": r"drop-?out",
    "Dense": r"dense|FC|linear|fully[ -]connected",
    "Activation": r"relu|tanh|sigmoid|softmax",
}
_SIZE = r"\s?(?:\([^()\n]{0,40}\)|\d{1,5}(?:\.\d+)?(?:\s(?:filters|units))?)?"
_LAYER = re.compile(
    "|".join(f"(?P<{kind}>(?:{words}){_SIZE})" for kind, words in _KINDS.items()), _I
)
_ONE = rf"(?:{'|'.join(_KINDS.values())}){_SIZE}"
_NEXT = r"\s{0,2}(?:->|=>|→|⇒|-|–|—|\+|,|>)\s{0,2}(?:then\s)?"
_CHAIN = re.compile(rf"(?<!\w){_ONE}(?:{_NEXT}{_ONE}){{2,60}}(?!\w)", _I)
_ACTIVATION = re.compile(r"\b(relu|tanh|sigmoid|softmax)\b", _I)
_COUNT = re.compile(r"(?<![\d.x×])(?!2d)\d{1,5}(?:\.\d+)?(?!\s?[x×]|\d)")
LEAST = 3
"""Fewer words in a row are as likely a list of what was tried as a network."""


def chain(lines: Sequence[str]) -> tuple[Layer, ...]:
    """Return the layers of the first network that is written in one line, `()` where none is."""
    for line in lines[:500]:
        for found in _CHAIN.finditer(line[:2000]):
            layers = tuple(_layer(part) for part in _LAYER.finditer(found[0]))
            sized = sum(layer.units is not None for layer in layers)
            if len(layers) >= LEAST and sized >= 2:
                return layers
    return ()


def _layer(found: re.Match[str]) -> Layer:
    kind = str(found.lastgroup)
    inside = found[0].partition("(")[2]
    count = _COUNT.search(inside or found[0])
    activation = _ACTIVATION.search(found[0] if kind == "Activation" else inside)
    ends = inside or found[0].lower().startswith("softmax ")
    if kind == "Activation" and activation and ends and count and "." not in count[0]:
        return Layer(kind="Dense", units=int(count[0]), activation=activation[1].lower())
    left_open = "unknown" if kind in {"Conv2D", "Dense"} else None
    size = float(count[0]) if count else None
    return Layer(
        kind=kind,
        units=int(size) if size and kind in {"Conv2D", "Dense"} else None,
        rate=size if size is not None and kind == "Dropout" and size < 1 else None,
        activation=activation[1].lower() if activation else left_open,
    )
