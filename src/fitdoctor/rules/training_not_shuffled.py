"""Training images are shown in a fixed, sorted order.

## Why it matters
Batches of one class pull the network towards that class, then the next: the loss saws, accuracy
between classes is far below chance, and BatchNorm statistics belong to the last class.

## How it is measured
From the script: `shuffle=False` for training images; a tf.data pipeline that batches before it
shuffles, so that whole batches are moved around (a note where a library's set comes mixed); `cache`
after `shuffle`, which keeps one order for ever; or a buffer of less than a tenth of the images (a
hint where nothing shows them to come folder by folder: one file may hold them in any order). A
dataset without shuffle counts where the asker says that it is sorted by class, the script lays its
labels down class by class, or the first epoch is right on nearly every training image and at chance
in validation. From a log with figures of batches: within an epoch accuracy falls from three in ten
or more to a fifth of that and stays there for two figures or more, by more than the images behind
the figures allow by chance. A network that collapses to one answer does this too, but is as often
right as guessing: below a third of that it is the order, where the number of classes is known;
else, where such falls come again, or the low figures differ by more than chance. A loss that breaks
explains it otherwise. What is read in order and gathered into arrays does not count: fit shuffles
those. Nor does what a split at random has mixed, or images without classes that go in step with
their masks. Where the script was run, the order of the labels that training was given decides.

## What to try
`dataset.cache().shuffle(n_images).batch(32)`, in this order; `shuffle=True` for generators.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fitdoctor import mends
from fitdoctor.cases import feeding, stairs, with_batches, with_script
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import ONE_BATCH, comes_mixed, in_blocks, mixes
from fitdoctor.records.network import has_kind
from fitdoctor.records.run import (
    TRAINED_IN_ORDER,
    BatchCurve,
    Curve,
    DataSummary,
    Feed,
    Flow,
    Run,
    Script,
)
from fitdoctor.records.written import Numbers
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median
from fitdoctor.stats.shares import images_behind, is_uneven, unevenness

LISTINGS = ("glob", "iglob", "listdir", "list_files")
BY_FOLDER = frozenset({*LISTINGS, "cv2.imread", "cv2.imdecode", "load_img", "open"})
"""What gives images file by file, and with that mostly class by class."""
OF_UNKNOWN_ORDER = 1.5
"""Weight of a small buffer over images that come from one file or from arrays, which may be stored
in any order, and of whole batches that are moved where a library's set comes in a random order."""
SMALL = 1000
"""A buffer that is smaller than most classes are."""


def training_not_shuffled(
    script: Script | None = None,
    data: DataSummary | None = None,
    claims: tuple[Claim, ...] | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
    batch_accuracy: BatchCurve | None = None,
    batch_loss: BatchCurve | None = None,
) -> Iterator[Evidence]:
    if batch_accuracy is not None and not _broke(batch_loss):
        yield from _class_by_class(batch_accuracy, classes)
    in_order = stated(claims, "sorted_by_class")
    teeth = stated(claims, "saw_tooth")
    unseen = script is None or not script.fed("train")
    if unseen and in_order is not None:
        yield Evidence(
            sentence=f"You write: \u201c{in_order.sentence}\u201d"
            + (f" \u201c{teeth.sentence}\u201d" if teeth else ""),
            # Right on what came last, and on hardly anything of what evaluate looks at.
            weight=4.5 if teeth else 2.5 if stated(claims, "evaluate_differs") else 1.0,
            severity=None if teeth or stated(claims, "evaluate_differs") else "note",
        )
    elif unseen and teeth is not None:
        yield Evidence(
            sentence=f"You write: \u201c{teeth.sentence}\u201d: as with one class after the other.",
            weight=2.5,
        )
    if script is None:
        return
    for feed in script.fed("train"):
        held = feed.labels.numbers
        if held is not None and held.mixing is not None and held.passed:
            if held.mixing < BLOCKS and (held.rows or 0) >= LEAST_FED:
                yield Evidence(
                    sentence="As recorded, training was given its classes one after the other: of "
                    f"{held.rows} images in a row one in {_one_in(held)} is of another class than "
                    "the one before.",
                    weight=6.0,
                    line=feed.line,
                )
            return
        if _in_step(feed):
            continue
        reason = _reason(feed, data.n_train if data else None)
        if reason is not None:
            sentence, weight = reason
            line = next((o.line for o in feed.inputs.operations if o.name == "shuffle"), feed.line)
            yield Evidence(
                sentence=sentence,
                weight=weight,
                severity="note" if weight == OF_UNKNOWN_ORDER else None,
                line=line,
            )
            return
        buffer = feed.inputs.value("shuffle")
        if in_order is not None and isinstance(buffer, int) and 1 < buffer <= SMALL:
            yield Evidence(
                sentence=f"A shuffle buffer of {buffer} images mixes only neighbours, and stated: "
                f"\u201c{in_order.sentence}\u201d",
                weight=4.5,
                line=feed.line,
            )
            return
        batched = feed.inputs.has("batch") and not feed.inputs.has("shuffle", "split")
        by_class = in_blocks(feed.labels)
        if batched and (in_order is not None or by_class):
            yield Evidence(
                sentence="A dataset is fed without shuffle (fit shuffles arrays only), and "
                + (
                    f"stated: \u201c{in_order.sentence}\u201d"
                    if in_order
                    else "the labels are laid down class by class."
                ),
                weight=4.5,
                line=feed.line,
            )
            return
        if batched and feed.inputs.shown and _at_once(accuracy, val_accuracy, classes):
            yield Evidence(
                sentence="A dataset is fed without shuffle (fit shuffles arrays only); training is "
                "right at once and validation at chance, as with one class after the other.",
                weight=3.5,
                line=feed.line,
            )
            return
    told = any(f.inputs.shown and f.inputs.has("batch", "shuffle") for f in script.fed("train"))
    for call in () if told else script.called(TRAINED_IN_ORDER):
        yield Evidence(
            sentence="The loader gives a folder of classes in its order, class by class, and does "
            "not shuffle.",
            weight=4.5,
            line=call.line,
            fix="DataLoader(..., shuffle=True) for training",
        )
        return
    fact = script.fit.get("shuffle")
    mixed = any(comes_mixed(feed.inputs) or _once(feed.inputs) for feed in script.fed("train"))
    if fact is not None and fact.value is False and not (mixed or _whole_batch(script)):
        yield Evidence(
            sentence="fit is called with shuffle=False: every epoch shows the images in the same "
            "order.",
            weight=3.0,
            line=fact.line,
            fix="leave shuffle=False out of fit",
        )


def _in_step(feed: Feed) -> bool:
    """Return whether images without classes go beside others, as masks, and keep their order."""
    labels = feed.labels
    beside = any(o.name == "call" and o.value == "zip" for o in labels.operations)
    return beside and labels.has("class_mode") and labels.value("class_mode") is None


def _once(flow: Flow) -> bool:
    """Return whether one batch is all there is."""
    taken = any(o.name == "call" and o.value == "next" for o in flow.operations)
    return taken or flow.has(ONE_BATCH)


def _whole_batch(script: Script) -> bool:
    """Return whether fit is given all its images as one batch."""
    size = script.fit.get("batch_size")
    given = {c.arguments[n].source for c in script.called("fit")
             for n in ("x", "argument 0") if n in c.arguments}  # fmt: skip
    return size is not None and any(size.source in {f"len({x})", f"{x}.shape[0]"} for x in given)


HIGH, FALL, FIRST = 0.3, 0.2, 5
"""What is a good share of right answers, what part of it is left, and batches at the start of which
a mean may be over a handful of images."""
BY_CHANCE = 25.0
"""Chi-squared of two degrees of freedom that is met once in 250,000 such places."""
BELOW, LEAST_EXPECTED = 0.3, 12.0
"""Part of the answers that guessing gets right, and how many these must be to be missed."""


def _broke(loss: BatchCurve | None) -> bool:
    """Return whether batch losses are no numbers, or far above their start at the end."""
    if loss is None or not len(loss):
        return False
    y = loss.values
    return not bool(np.isfinite(y).all()) or median(y[-3:]) > 3 * float(y[:3].max())


def _class_by_class(accuracy: BatchCurve, classes: int | None) -> Iterator[Evidence]:
    """Yield that right answers on one stretch of an epoch are nearly all wrong on the next."""
    images = images_behind(accuracy.values)
    falls = [
        (epoch, *fall)
        for epoch in np.unique(accuracy.epochs)
        for here in ((accuracy.epochs == epoch) & (accuracy.batches > FIRST),)
        for fall in _falls(accuracy.values[here], images, classes)
    ]
    if not any(sure for *_, sure in falls) and len(falls) < AGAIN:
        return
    epoch, high, low, _ = falls[0]
    again = f", and {len(falls)} times in all" if len(falls) > 1 else ""
    yield Evidence(
        sentence=f"Within epoch {epoch} training accuracy falls from {high:.3g} to {low:.3g}"
        f"{again}: as with one class after the other.",
        weight=5.0 if len(falls) > 1 else 2.5,
        epochs=(int(epoch), int(epoch)),
    )


def _falls(
    shares: NDArray[np.float64], images: int, classes: int | None
) -> Iterator[tuple[float, float, bool]]:
    """Yield from where to where accuracy falls, and whether guessing is excluded there."""
    at = 0
    while at < len(shares):
        high = float(shares[at])
        below = shares[at + 1 :] <= FALL * high
        run = len(below) if below.all() else int(np.argmin(below))
        low = shares[at + 1 : at + 1 + run]
        if high >= HIGH and run > 1:
            if unevenness(shares[at : at + 1 + run], images) > BY_CHANCE:
                yield high, float(low.min()), _no_guess(low, images, classes)
            at += run
        at += 1


AGAIN = 2
"""Falls, each from where accuracy was high again, that no collapse makes."""


def _no_guess(low: NDArray[np.float64], images: int, classes: int | None) -> bool:
    """Return whether a network that answers the same for every image would be right otherwise."""
    if classes:
        expected = images * len(low) / classes
        return expected > LEAST_EXPECTED and float(low.mean()) < BELOW / classes
    return is_uneven(low, images)


BLOCKS, LEAST_FED = 0.2, 64
"""Neighbours of different classes, as a share of those in a random order; images that passed."""


def _one_in(held: Numbers) -> int:
    random = 1 - sum((n / sum(held.counts)) ** 2 for n in held.counts) if held.counts else 1.0
    return round(1 / max((held.mixing or 0.0) * random, 1e-6))


SURE, CHANCE = 0.95, 0.1


def _at_once(accuracy: Curve | None, val_accuracy: Curve | None, classes: int | None) -> bool:
    """Return whether this is a first epoch that is nearly all right, with validation at chance.

    It saw one class.
    """
    if accuracy is None or val_accuracy is None or not len(accuracy) or not len(val_accuracy):
        return False
    low = val_accuracy.values[0] <= 1 / (classes or 2) + CHANCE
    return bool(accuracy.epochs[0] <= 1 and accuracy.values[0] > SURE and low)


GATHERING = ("concatenate", "vstack", "stack", "concat")


def _reason(feed: Feed, n_train: int | None) -> tuple[str, float] | None:
    flow = feed.inputs
    names = [o.name for o in flow.operations]
    shuffles = [o for o in flow.operations if o.name == "shuffle"]
    if _once(flow):
        return None
    gathered = [i for i, o in enumerate(flow.operations) if o.value in GATHERING]
    if shuffles and gathered and flow.operations.index(shuffles[-1]) < gathered[-1]:
        return None  # read in order into arrays, which fit shuffles
    mixed = comes_mixed(flow) or any(mixes(o) for o in flow.operations)
    if shuffles and shuffles[-1].value is False and not mixed:
        return "The training images are read with shuffle=False.", 3.5
    by_one = any(o.name == "batch" and o.value == 1 for o in flow.operations)
    if "batch" in names and not by_one and "shuffle" in names[names.index("batch") :]:
        before = "shuffle" in names[: names.index("batch")]
        if not before:
            words = "The dataset is batched before it is shuffled: whole batches move, not images."
            return words, 5.0 if not comes_mixed(flow) else OF_UNKNOWN_ORDER
    if (
        flow.origin in LISTINGS
        and "batch" in names
        and not (shuffles or mixed)
        and any(name in {"sorted", "from_tensor_slices"} for name in names)
    ):
        return (
            "A dataset made of sorted files is fed without shuffle; fit shuffles arrays only.",
            3.5,
        )
    size = next((o.value for o in shuffles if isinstance(o.value, int) and o.value > 1), None)
    if size and n_train and size < n_train / 10 and not mixed:
        words = f"A shuffle buffer of {size} images mixes only neighbours among {n_train}."
        by_folder = flow.origin in BY_FOLDER or in_blocks(feed.labels)
        return words, 3.0 if by_folder else OF_UNKNOWN_ORDER
    return None


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Shuffle where the script says not to."""
    script = run.script
    if script is None or "shuffle=False" not in seen.sentence:
        return
    if run.recipe is not None and has_kind(run.recipe.layers, *mends.RECURRENT):
        return  # a state that is carried from batch to batch wants them in order
    why = "Shuffled in every epoch: each batch holds images of all classes."
    for call in script.called("fit", "fit_generator"):
        fact = call.arguments.get("shuffle")
        if fact is not None and fact.value is False and fact.line == seen.line:
            flag = Argument(line=call.line, calls=(call.name,), names=("shuffle",), remove=True)
            yield Change(edits=(flag,), reason=why, certain=True)
    flag = Argument(
        line=seen.line or 0, calls=READERS, names=("shuffle",), value=True, position=None
    )
    yield Change(edits=(flag,), reason=why, certain=True)


READERS = (
    "DataLoader", "flow_from_directory", "flow", "flow_from_dataframe",
    "image_dataset_from_directory",
)  # fmt: skip
"""Functions that read training images batch by batch."""


RULE = Rule(
    code="FD308",
    check=training_not_shuffled,
    mend=mend,
    kind="cause",
    severity="warning",
    any_of=("script", "claims", "batch_accuracy"),
    clear_with=("script",),
    prior=0.03,
    explains={"never_learned": 0.2, "validation_spikes": 0.2},
    told_by={"not_shuffled": 3.5},
    helped_by=("shuffling",),
    advice="shuffle single images, over a buffer as large as the set, before batching",
    torch_advice="DataLoader(..., shuffle=True) for the training set",
    clear="training images are shuffled, or nothing says otherwise",
    asks={
        "classes_mixed_in_a_batch": {"yes": 0.02, "no": 0.98},
        "data_sorted_by_class": {"yes": 0.75, "no": 0.25},
    },
    denied_by=(Said("shuffled", split="training"), Said("sorted_by_class", negated=True)),
    sick=(
        with_script(feeds=(feeding("train", ("batch", 32), ("shuffle", 1000)),)),
        with_script(feeds=(feeding("train", ("shuffle", False)),)),
        with_batches(accuracy=stairs(0.6, 0.0, 0.0)),
    ),
    healthy=(
        with_script(feeds=(feeding("train", ("shuffle", 50000), ("batch", 32)),)),
        with_script(feeds=(feeding("train"),)),
        with_batches(accuracy=stairs(0.2, 0.5, 0.6, 0.7)),
    ),
)
