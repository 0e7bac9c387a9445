"""Classes with more images get larger weights in the loss, so that the rare ones count even less.

## Why it matters
Weights are there so that rare classes count as much as frequent ones: each is about one over the
number of images of its class. The numbers themselves do the opposite. Frequent classes count twice,
by their images and by their weight, and the network answers with them alone.

## How it is measured
From the script, whose values are followed: what is given as the weights of a loss of PyTorch, or as
`class_weight` of `fit`, is a count of the labels by class (`bincount`), or a share of one. A number
that is divided by the counts, or anything else that is made of them, is none of these. Weights that
are written out are compared with the images of each class, where a confusion matrix or the numbers
of classes that were printed tell in which order these stand.

## What to try
`weights = counts.sum() / (len(counts) * counts)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import IN_ORDER, WEIGHTS_BY_COUNT, DataSummary, Script
from fitdoctor.rule import Rule

MORE = 2.0
"""How many times the images, and how many times the weight, are surely more."""


def class_weights_upside_down(
    script: Script, data: DataSummary | None = None
) -> Iterator[Evidence]:
    for call in script.called(WEIGHTS_BY_COUNT):
        yield Evidence(
            sentence="The weights of the classes are their numbers of images: frequent classes "
            "count more, not less.",
            weight=5.0,
            line=call.line,
        )
        return
    fact, counts = script.fit.get("class_weight"), _in_order_of_numbers(data)
    weights = _by_number(fact.value if fact is not None else None, len(counts))
    if fact is None or data is None or not weights or min(counts) < 1 or min(weights) <= 0:
        return
    most, least = counts.index(max(counts)), counts.index(min(counts))
    more, heavier = counts[most] / counts[least], weights[most] / weights[least]
    if more < MORE or heavier < MORE:
        return
    names = data.class_names if len(data.class_names) == len(counts) else ()
    one, other = (f"Class {k} ({names[k]})" if names else f"Class {k}" for k in (most, least))
    yield Evidence(
        sentence=f"{one} holds {more:.3g} times the images of {other[0].lower()}{other[1:]} and is "
        f"given {heavier:.3g} times its weight: the rare class counts even less.",
        weight=8.0,
        line=fact.line,
        fix="give the larger weight to the number of the rare class: print class_indices, and "
        f"write class_weight={{{least}: {weights[most]:g}, {most}: {weights[least]:g}}}"
        if len(counts) == 2
        else "give the larger weights to the numbers of the rare classes",
    )


def _in_order_of_numbers(data: DataSummary | None) -> tuple[int, ...]:
    """Return the images of each class in the order of their numbers; () where that is not shown."""
    if data is None:
        return ()
    if data.origins.get("class_counts") == IN_ORDER:
        return data.class_counts
    return tuple(map(sum, data.confusion))


def _by_number(given: object, count: int) -> list[float]:
    """Return the weights of so many classes in their order; [] where they are not all written."""
    if not isinstance(given, dict) or not count:
        return []
    found = [given.get(str(k), given.get(k)) for k in range(count)]
    return [float(w) for w in found if isinstance(w, (int, float))] if None not in found else []


_COUNTED = "import numpy as np\ncounts = np.bincount(labels)\n"
_FITTED = """
import numpy as np
from tensorflow import keras
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
counts = np.bincount(y)
net.fit(x, y, epochs=20, class_weight=dict(enumerate(counts)))
"""


def _weighing(how: str) -> tuple[tuple[str, str], ...]:
    weighted = f"CrossEntropyLoss(weight=torch.tensor({how}, dtype=torch.float32))"
    return ("from torch import nn\n", f"from torch import nn\n{_COUNTED}"), (
        "CrossEntropyLoss()",
        weighted,
    )


RULE = Rule(
    code="FD419",
    check=class_weights_upside_down,
    kind="cause",
    severity="error",
    prior=0.005,
    advice="weights = counts.sum() / (len(counts) * counts)",
    clear="no weights of classes grow with their numbers of images, as far as that is told",
    sick=(
        scripted(TORCH, *_weighing("counts")),
        scripted(TORCH, *_weighing("counts / counts.sum()")),
        scripted(TORCH, *_weighing("counts / 1000")),
        scripted(_FITTED),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, *_weighing("1 / counts")),
        scripted(TORCH, *_weighing("counts.sum() / counts")),
        scripted(TORCH, *_weighing("len(labels) / (5 * counts)")),
        scripted(TORCH, *_weighing("1 - counts / counts.sum()")),
        scripted(_FITTED, ("enumerate(counts)", "enumerate(counts.max() / counts)")),
    ),
)
