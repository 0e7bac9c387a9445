"""Rare classes are both drawn more often and given more weight in the loss.

## Why it matters
A sampler, or copies, that make classes equally frequent already count each rare image as many times
as the frequent classes are larger. Weights of classes on top do it again: a class with a tenth of
the images then pulls with a hundred times the weight of one image, not ten. The network answers the
rare classes too often, their precision falls, and its probabilities are those of no real mixture.

## How it is measured
From the script. In loops of PyTorch: gradients of a loss with weights of classes, on batches of a
loader that draws by weights (`WeightedRandomSampler`). In Keras: `fit` with `class_weight` on
images that went through a function that makes classes equally frequent (`fit_resample`,
`sample_from_datasets`, `rejection_resample`), or with weights of images by class beside it. Nothing
is said where all weights are one, or where they are computed of the labels after that step, which
makes them so.

## What to try
Keep one of the two: the sampler, or the weights.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import RESAMPLED, resampled
from fitdoctor.records.loop import Program
from fitdoctor.records.run import Fact, Script
from fitdoctor.rule import Rule


def imbalance_corrected_twice(
    script: Script | None = None,
    program: Program | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    both = stated(claims, "balanced_twice")
    if both is not None:
        yield Evidence(
            sentence=f"You write: \u201c{both.sentence}\u201d Even batches need no weights in "
            "the loss: together they count rare images as if they were the common ones.",
            weight=4.5,
        )
        return
    for event in program.as_written.events("rebalanced") if program is not None else ():
        yield Evidence(
            sentence=f"Line {event.detail} draws images by weights, and the loss weights their "
            "classes again.",
            weight=4.5,
            line=event.line,
        )
        return
    weights = script.fit.get("class_weight") if script is not None else None
    if script is None or weights is None or not _uneven(weights):
        return
    by_image = script.fit.get("sample_weight")
    if by_image is not None and "compute_sample_weight(" in by_image.source:
        yield Evidence(
            sentence="fit is given weights of classes and weights of images by class: it "
            "multiplies them.",
            weight=4.5,
            line=by_image.line,
        )
        return
    if any(RESAMPLED in call.arguments for call in script.called("compute_class_weight")):
        return  # equally frequent classes have equal weights
    for feed in script.fed("train"):
        if step := resampled(feed.inputs) or resampled(feed.labels):
            yield Evidence(
                sentence=f"{step.value} makes classes equally frequent (line {step.line}); fit "
                "weights them again.",
                weight=4.5,
                line=weights.line,
            )
            return


def _uneven(weights: Fact) -> bool:
    """Return whether weights may differ by class."""
    if weights.source == "None":
        return False
    known = weights.value if isinstance(weights.value, dict) else {}
    return not known or len(set(map(str, known.values()))) > 1


_SAMPLER = (
    "DataLoader(photos, batch_size=32, shuffle=True)",
    "DataLoader(photos, 32, sampler=torch.utils.data.WeightedRandomSampler(of_each, 900))",
)
_WEIGHTS = (
    "CrossEntropyLoss()",
    "CrossEntropyLoss(weight=torch.tensor([1.0, 4.0, 9.0]))",
)
_KERAS = """
import numpy as np
from imblearn.over_sampling import RandomOverSampler
from sklearn.utils.class_weight import compute_class_weight
from tensorflow.keras import layers, models
x, y = np.load("x.npy"), np.load("y.npy")
more_x, more_y = RandomOverSampler().fit_resample(x, y)
rates = dict(enumerate(compute_class_weight("balanced", classes=np.unique(y), y=y)))
net = models.Sequential([layers.Dense(9, activation="relu"), layers.Dense(3, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(more_x, more_y, class_weight=rates)
"""
_MIXED = """
import tensorflow as tf
rare = tf.data.Dataset.from_tensor_slices((a, b)).repeat()
rest = tf.data.Dataset.from_tensor_slices((c, d)).repeat()
both = tf.data.Dataset.sample_from_datasets([rare, rest], [0.5, 0.5]).batch(32)
net = tf.keras.Sequential([tf.keras.layers.Dense(1, activation="sigmoid")])
net.compile("adam", "binary_crossentropy")
net.fit(both, class_weight={0: 1.0, 1: 9.0}, steps_per_epoch=20)
"""

RULE = Rule(
    code="FD418",
    check=imbalance_corrected_twice,
    kind="cause",
    severity="warning",
    prior=0.005,
    any_of=("script", "program", "claims"),
    advice="keep one of the two: a sampler that evens out the classes, or their weights",
    clear="classes are evened out once at most, as far as the script shows",
    sick=(
        scripted(TORCH, _SAMPLER, _WEIGHTS),
        scripted(
            TORCH,
            _SAMPLER,
            (
                "loss = cost(net(x), y)",
                "loss = nn.functional.cross_entropy(net(x), y, weight=rates)",
            ),
        ),
        scripted(_KERAS),
        scripted(_MIXED),
        scripted(
            _KERAS,
            (
                "net.fit(more_x, more_y, ",
                'net.fit(x, y, sample_weight=compute_sample_weight("balanced", y), ',
            ),
        ),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, _SAMPLER),
        scripted(TORCH, _WEIGHTS),
        scripted(
            TORCH,
            _SAMPLER,
            ("    for x, y in train:\n", "    for x, y in held_out:\n"),
            _WEIGHTS,
        ),
        scripted(_KERAS, ("net.fit(more_x, more_y, ", "net.fit(x, y, ")),
        scripted(_KERAS, ("classes=np.unique(y), y=y", "classes=np.unique(more_y), y=more_y")),
        scripted(_KERAS, (", class_weight=rates", "")),
        scripted(_MIXED, ("{0: 1.0, 1: 9.0}", "{0: 1.0, 1: 1.0}")),
    ),
)
