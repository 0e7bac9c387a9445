"""Augmentation changes the images so much that training suffers.

## Why it matters
A digit turned upside down is another digit, a crop of a tenth shows no dog. The network is asked
for what cannot be seen, and training rests far below what the images allow.

## How it is measured
From a look inside: of the gap between training and validation, dropout and augmentation account
for more than 0.3 nats, and the recipe augments. Or the asker states that it went the other way
without augmentation. Training far below validation under augmentation, alone, is a hint; so are
settings of a generator that move, zoom or distort images out of sight: shifts of 0.4 and more, zoom
of 0.7, shear of 45 degrees, channels by 100, brightness by 0.8. Flips of a known set of digits make
other digits of them, and so they do of classes whose names are two sides of one thing ("left",
"right"), more surely where a confusion matrix mixes the two.

## What to try
Weaker augmentation, and none that changes the class; `fitdoctor preview` draws it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import (
    Case,
    both,
    falling,
    gap_of,
    looked_into,
    stating,
    with_curves,
    with_data,
    with_recipe,
    with_script,
)
from fitdoctor.catalogue.datasets import holds_digits
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Augmentation, Recipe
from fitdoctor.records.run import (
    FLIPPED,
    Call,
    Curve,
    DataSummary,
    Fact,
    Run,
    Script,
    training_feeds,
)
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

FAR = 0.15
NATS = 0.3


def augmentation_too_strong(
    recipe: Recipe | None = None,
    script: Script | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    probes: tuple[ProbedEpoch, ...] | None = None,
    claims: tuple[Claim, ...] | None = None,
    data: DataSummary | None = None,
) -> Iterator[Evidence]:
    if script is not None and data is not None and (seen := _mirrored_classes(script, data)):
        yield seen
        return
    reverse = stated(claims, "without_augmentation_reverse")
    if reverse is not None:
        yield Evidence(sentence=f"You write: \u201c{reverse.sentence}\u201d", weight=3.5)
        return
    fed = script is not None and any(f.inputs.has("augment") for f in script.fed("train"))
    if not fed and (recipe is None or recipe.augmentation is None):
        return
    if mirrored := _mirrored_digits(script):
        yield Evidence(
            sentence=f"Digits are augmented by {mirrored}: a mirrored or turned digit is another, "
            "or none.",
            weight=2.0,
        )
        return
    extreme = _extremes(script)
    if len(extreme) >= SEVERAL and (accuracy is None or val_accuracy is None):
        yield Evidence(
            sentence=f"The generator's {', '.join(extreme)} leave little of what an image shows.",
            weight=2.0,
        )
        return
    gaps = [p.gap for p in probes or () if p.gap is not None]
    part = gaps[-1].part("random") if gaps else None
    dropout = recipe is not None and any(x.kind.endswith("Dropout") for x in recipe.layers)
    if part is not None and part.low > NATS and not dropout:
        yield Evidence(
            sentence=f"Augmentation raises the training loss by {part.value:.2f}.",
            estimate=part,
            weight=2.5,
        )
        return
    if accuracy is None or val_accuracy is None or len(accuracy) < 8 or dropout:
        return
    train, val = (median(c.values[-3:]) for c in (accuracy, val_accuracy))
    if val - train > FAR:
        yield Evidence(
            sentence=f"Under augmentation training accuracy rests at {train:.2f}, validation at "
            f"{val:.2f}.",
            weight=1.0,
            severity="note",
        )


_SIDES = {
    "horizontal": (("left", "right"), ("links", "rechts"), ("b", "d"), ("p", "q"),
                   ("east", "west")),
    "vertical": (("up", "down"), ("top", "bottom"), ("upper", "lower"), ("b", "p"), ("d", "q"),
                 ("6", "9"), ("m", "w"), ("n", "u")),
}  # fmt: skip
"""Words and letters that one class becomes another by, along each axis."""
CONFUSED = 0.25
"""Share of the images of two classes that are answered as the other one."""


def _mirrored_classes(script: Script, data: DataSummary) -> Evidence | None:
    """Return that a flip makes one class of another, as their names say."""
    for call in script.called(FLIPPED):
        axis = str(call.arguments["axis"].value)
        for i, one in enumerate(data.class_names):
            for j, other in enumerate(data.class_names[:i]):
                if not _are_sides(one, other, axis):
                    continue
                share = _mixed(data.confusion, i, j)
                seen = "" if share is None else f" {share:.0%} of their images are answered so."
                apart = share is not None and share < CONFUSED
                return Evidence(
                    sentence=f"A random {axis} flip makes {other!r} of {one!r} and leaves the "
                    f"label as it is.{seen}",
                    weight=4.0 if share is None else 1.0 if apart else 6.5,
                    severity="note" if apart else None,
                    line=call.line,
                    fix="take the flip out, or exchange the two labels with it",
                )
    return None


def _are_sides(one: str, other: str, axis: str) -> bool:
    """Return whether two names differ by the words for two sides alone."""
    first, second = (re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name) for name in (one, other))
    if len(first) != len(second):
        return False
    apart = [{a.lower(), b.lower()} for a, b in zip(first, second, strict=True) if a != b]
    return len(apart) == 1 and any(apart[0] == set(pair) for pair in _SIDES[axis])


def _mixed(matrix: tuple[tuple[int, ...], ...], i: int, j: int) -> float | None:
    if max(i, j) >= len(matrix):
        return None
    images = sum(matrix[i]) + sum(matrix[j])
    return (matrix[i][j] + matrix[j][i]) / images if images else None


SEVERAL = 2
_MIRRORS = ("horizontal_flip", "vertical_flip", "RandomHorizontalFlip", "RandomVerticalFlip")


def _mirrored_digits(script: Script | None) -> str:
    """Return the flips that images of digits go through, in words."""
    for feed in training_feeds(script):
        done = feed.inputs.value("augment")
        names = [done] if isinstance(done, str) else list(done or ())
        found = [name for name in names if name in _MIRRORS]
        if found and holds_digits(feed.inputs.origin or ""):
            return " and ".join(found)
    return ""


def _extremes(script: Script | None) -> tuple[str, ...]:
    feeds = training_feeds(script)
    return next((tuple(v) for f in feeds if (v := f.inputs.value("extreme"))), ())


def _augmented(rng: np.random.Generator) -> Run:
    flipped = with_recipe(augmentation=Augmentation(rotation=0.5), layers=())
    low, high = falling(start=0.3, to=0.5), falling(start=0.4, to=0.9)
    return both(with_curves(accuracy=low, val_accuracy=high), flipped)(rng)


_COIN = ((20, 21, 1), (18, 22, 0), (0, 1, 41))


def _flipping(axis: str, names: tuple[str, ...], matrix: tuple[tuple[int, ...], ...]) -> Case:
    drawn = Call(name=FLIPPED, arguments={"axis": Fact(axis, axis, 3)}, line=3)
    return both(with_data(class_names=names, confusion=matrix), with_script(calls=(drawn,)))


RULE = Rule(
    code="FD123",
    check=augmentation_too_strong,
    kind="cause",
    severity="warning",
    any_of=("recipe", "script", "claims"),
    prior=0.01,
    explains={"underfitting": 0.4},
    helped_by=("no_augmentation",),
    advice="weaker augmentation, none that changes the class; fitdoctor preview draws it",
    clear="no augmentation, or training does not suffer from it",
    clear_with=("script", "layers"),
    asks={
        "training_augmented_or_dropped": {"yes": 0.98, "no": 0.02},
    },
    turns={"augmentation": -1},
    denied_by=(Said("augmented", negated=True),),
    sick=(
        _augmented,
        _flipping("horizontal", ("turn_left", "turn_right", "stop"), _COIN),
        _flipping("vertical", ("thumbUp", "thumbDown"), ()),
        stating("without_augmentation_reverse", None, "without augmentation it is the other way"),
    ),
    healthy=(
        _flipping("vertical", ("turn_left", "turn_right", "stop"), _COIN),
        _flipping("horizontal", ("cat", "dog", "left"), _COIN),
        looked_into(gap=gap_of(random=0.5)),
        with_recipe(augmentation=Augmentation(flip="horizontal")),
    ),
)
