"""The table that `model.summary()` prints: layer types, output shapes and parameter counts.

It shows no activation and no rate, so those stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.sources._format import Format, Network
from fitdoctor.sources._keras_config import backbone_named

MOST_LINE = 400
_ROW = lazy_re.compile(
    r"^[\s│┃|>]{0,8}([\w./-]{1,80})\s{0,40}[│┃|]?\s{0,40}\(([A-Za-z]\w{1,40})\)[\s│┃|]{1,60}"
    r"\[?(\([\w, ?]{0,80}\)|multiple|\?)\]?[\s│┃|]{1,60}([\d,]{1,15})(?:[\s│┃|]|$)"
)
_TYPE_BELOW = lazy_re.compile(r"^[\s│┃|]{0,8}\(([A-Za-z]\w{1,40})\)[\s│┃|]{0,200}$")
_NAME = lazy_re.compile(r"^[\s│┃|]{0,8}([\w./-]{1,80})(?=[\s│┃|])")
"""Keras 3 puts the type under a name that is too long for its column."""
_TOTAL = lazy_re.compile(
    r"^[\s|]{0,8}(Total|Trainable|Non-trainable) params:\s{0,5}([\d,]{1,15})", re.IGNORECASE
)
_HEAD = lazy_re.compile(r"Layer \(type\).{0,80}Output Shape.{0,80}Param", re.IGNORECASE)
_WITHOUT_WORDS = frozenset({"Dense", "Conv2D", "Conv1D", "SeparableConv2D", "Activation"})
LEAST_ROWS = 2


def find_model(lines: Sequence[str]) -> Network | None:
    """Return the layers of the last summary in the text."""
    starts = [i for i, line in enumerate(lines) if _HEAD.search(line[:MOST_LINE])]
    if not starts:
        return None
    layers: list[Layer] = []
    backbone: Backbone | None = None
    taken = {starts[-1]}
    totals: dict[str, int] = {}
    for index in range(starts[-1] + 1, len(lines)):
        line = lines[index][:MOST_LINE]
        if index + 1 < len(lines) and (wrapped := _TYPE_BELOW.match(lines[index + 1][:MOST_LINE])):
            cut = _NAME.match(line)
            line = f"{cut[1]} ({wrapped[1]}) {line[cut.end() :]}" if cut else line
        if total := _TOTAL.match(line):
            totals[total[1].lower()] = int(total[2].replace(",", ""))
            taken.add(index)
            if total[1].lower() == "non-trainable":
                break
            continue
        row = _ROW.match(line)
        if row is None:
            if line.strip() and not totals and not re.search(r"[═━─_=+]{5}|[│┃|]|^\s", line):
                break
            taken.add(index)
            continue
        taken.add(index)
        found = backbone_named(row[1]) if row[2] in {"Functional", "Model"} else None
        if found is not None:
            backbone = found
        elif row[2] not in {"Functional", "Model", "Sequential"}:
            layers.append(_layer(row[1], row[2], row[3], row[4]))
    if len(layers) < LEAST_ROWS:
        return None
    shape = layers[0].output_shape if layers[0].kind == "InputLayer" else None
    size = shape[0] if shape and len(shape) == 3 else None
    notes = tuple(f"{name} parameters: {count:,}" for name, count in totals.items())
    kept = tuple(x for x in layers if x.kind != "InputLayer")
    return Network(Recipe(backbone=backbone, layers=kept, image_size=size), taken, notes)


def _layer(name: str, kind: str, shape: str, parameters: str) -> Layer:
    sides = [part.strip() for part in shape.replace("(", "").replace(")", "").split(",")]
    numbers = tuple(int(s) if s.isdigit() and len(s) < 10 else None for s in sides[1:] if s)
    wide = kind in {"Dense", "Conv2D", "Conv1D", "SeparableConv2D", "Conv2DTranspose"}
    return Layer(
        kind=kind,
        name=name,
        units=numbers[-1] if wide and numbers else None,
        activation="unknown" if kind in _WITHOUT_WORDS else None,
        output_shape=numbers or None,
        parameters=int(parameters.replace(",", "") or 0),
    )


FORMAT = Format("model.summary()", find_model=find_model)
