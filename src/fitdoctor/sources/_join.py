"""Several sources to one Run, field by field; where two do not agree, that is said.

Earlier sources take precedence. Nothing is resolved silently: every pair of values that cannot
both be true becomes a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.run import DataSummary, Run

R = TypeVar("R", Optimizer, Backbone, Layer, DataSummary, Recipe)
_COMPARED = ("batch_size", "epochs", "loss", "image_size")


def join(runs: Sequence[Run]) -> Run:
    """Return one run of what all know; where several know, the first one counts."""
    joined = runs[0]
    for run in runs[1:]:
        joined = _joined(joined, run)
    return joined


def _joined(first: Run, second: Run) -> Run:
    recipe = merged(first.recipe, second.recipe)
    data = _filled(first.data, second.data)
    if data is not None and first.data is not None and second.data is not None:
        data = replace(data, origins={**second.data.origins, **first.data.origins})
    said = [*first.contradictions, *second.contradictions, *_between(first, second)]
    said += contradictions(recipe, data)
    return replace(
        first,
        curves={**second.curves, **first.curves},
        written={**second.written, **first.written},
        recipe=recipe,
        script=first.script or second.script,
        data=data,
        prose="\n".join(filter(None, (first.prose, second.prose))),
        statements=(*first.statements, *second.statements),
        contradictions=tuple(dict.fromkeys(said)),
        sources=(*first.sources, *second.sources),
        not_understood=(*first.not_understood, *second.not_understood),
        visible=_of_both(first, first.visible, second, second.visible),
        said=_joined(first.said, second.said)
        if first.said and second.said
        else (first.said or second.said),
    )


def _of_both(first: Run, seen: Run | None, second: Run, also: Run | None) -> Run | None:
    """Return what is visible of two runs, where words were read beside either."""
    if seen is None and also is None:
        return None
    return _joined(seen or first, also or second)


def merged(first: Recipe | None, second: Recipe | None) -> Recipe | None:
    """Return the settings of both; layers of both where they are the same layers."""
    if first is None or second is None:
        return first or second
    layers = first.layers or second.layers
    if [x.kind for x in first.layers] == [x.kind for x in second.layers]:
        layers = tuple(_one_layer(a, b) for a, b in zip(first.layers, second.layers, strict=True))
    recipe = _filled(first, second)
    assert recipe is not None
    return replace(
        recipe,
        layers=layers,
        optimizer=_filled(first.optimizer, second.optimizer),
        backbone=_filled(first.backbone, second.backbone),
    )


def _one_layer(first: Layer, second: Layer) -> Layer:
    """A summary table shows no activation: `unknown` there gives way to what the code says."""
    if first.activation == "unknown":
        first = replace(first, activation=None)
        second = second if second.activation else replace(second, activation="unknown")
    elif second.activation == "unknown" and first.line is not None:
        second = replace(second, activation=None)
    layer = _filled(first, second)
    assert layer is not None
    return layer


def _filled(first: R | None, second: R | None) -> R | None:
    """Return the first record with its gaps filled from the second."""
    if first is None or second is None:
        return first or second
    gaps: dict[str, Any] = {
        name: getattr(second, name)
        for name in type(first).__struct_fields__
        if getattr(first, name) in (None, ()) and getattr(second, name) not in (None, ())
    }
    return replace(first, **gaps)


def _between(first: Run, second: Run) -> Iterator[str]:
    """Yield what two sources say differently about the same setting."""
    names = [run.sources[0] if run.sources else run.name for run in (first, second)]
    for what, one, other in _settings_of_both(first, second):
        if one is not None and other is not None and not _agree(one, other):
            yield f"{what}: {names[0]} says {_shown(one)}, {names[1]} says {_shown(other)}"


def _settings_of_both(first: Run, second: Run) -> Iterator[tuple[str, Any, Any]]:
    one, other = first.recipe, second.recipe
    if one is not None and other is not None:
        for name in _COMPARED:
            yield name.replace("_", " "), getattr(one, name), getattr(other, name)
        a, b = one.optimizer, other.optimizer
        if a is not None and b is not None:
            yield "optimizer", a.name, b.name
            if a.schedule is None and b.schedule is None:
                yield "learning rate", a.learning_rate, b.learning_rate
        widths = [tuple(x.units for x in r.layers if x.units) for r in (one, other)]
        if all(widths):
            yield "units of the layers", widths[0], widths[1]
    if first.data is not None and second.data is not None:
        for name, words in (
            ("n_train", "training images"),
            ("n_val", "validation images"),
            ("n_classes", "classes"),
        ):
            yield words, getattr(first.data, name), getattr(second.data, name)


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(float(one), float(other), rel_tol=1e-3)
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return bool(one == other)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def contradictions(
    recipe: Recipe | None,
    data: DataSummary | None,
    log_epochs: int | None = None,
    stated: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Return what one source says differently in two places: code, log and prose."""
    found = []
    for name in ("batch_size", "epochs"):
        code, words = getattr(recipe, name, None), (stated or {}).get(name)
        if code is not None and words is not None and code != words:
            plain = name.replace("_", " ")
            found.append(f"{plain}: the code says {code}, the text says {words:g}")
    if recipe is not None and data is not None:
        size, steps, batch = data.n_train, data.steps_per_epoch, recipe.batch_size
        exact = not data.origins.get("n_train", "").startswith("about")
        if size and steps and batch and exact and not _covers(size, steps, batch):
            found.append(
                f"batch size: the settings say {batch}, so {math.ceil(size / batch)} steps for"
                f" {size} images; the log counts {steps} steps (about {size / steps:.0f} a step)"
            )
    if recipe is not None and recipe.epochs and log_epochs and recipe.epochs != log_epochs:
        found.append(f"epochs: the settings say {recipe.epochs}, the log counts to {log_epochs}")
    return tuple(found)


def _covers(size: int, steps: int, batch: int) -> bool:
    """Tell whether so many steps go once over the images, the last batch dropped or not."""
    return steps in {size // batch, math.ceil(size / batch)} or steps == size
