"""Classes with more images get larger weights in the loss, so that the rare ones count even less.

## Why it matters
Weights are there so that rare classes count as much as frequent ones: each is about one over the
number of images of its class. The numbers themselves do the opposite. Frequent classes count twice,
by their images and by their weight, and the network answers with them alone.

## How it is measured
From the script, whose values are followed: what is given as the weights of a loss of PyTorch, or as
`class_weight` of `fit`, is a count of the labels by class (`bincount`), or a share of one. A number
that is divided by the counts, or anything else that is made of them, is none of these.

## What to try
`weights = counts.sum() / (len(counts) * counts)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import WEIGHTS_BY_COUNT, Script
from fitdoctor.rule import Rule


def class_weights_upside_down(script: Script) -> Iterator[Evidence]:
    for call in script.called(WEIGHTS_BY_COUNT):
        yield Evidence(
            sentence="The weights of the classes are their numbers of images: frequent classes "
            "count more, not less.",
            weight=5.0,
            line=call.line,
        )
        return


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
