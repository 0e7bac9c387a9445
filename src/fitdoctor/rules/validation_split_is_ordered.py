"""The validation images are the tail of data sorted by class.

## Why it matters
`validation_split` takes the last part of the arrays as they stand. If they are sorted by class,
the network is validated on classes it never saw: validation accuracy is near 0 while training is
fine.

## How it is measured
Training accuracy ends above twice chance while validation accuracy stays below a quarter of it in
every epoch of three or more; or it stays below chance in every epoch while validation loss is
above 1.5 ln K from the first epoch on; or it is 1 in every epoch from the first on while training
does not reach 0.9: all of one class, of which a network is soon right. A script with
`validation_split` makes it more likely; one that lays its labels down class by class (a loop over
each folder, zeros followed by ones) and cuts the end off unshuffled is enough. Where the script was
run, the labels of both parts decide.

## What to try
Shuffle images and labels together before the split, or split by class.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, stating, straight, with_curves
from fitdoctor.records.change import Argument, Change, Prepare
from fitdoctor.records.claim import AGREE, Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import in_blocks, mixes
from fitdoctor.records.run import Curve, Run, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median


def validation_split_is_ordered(
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    val_loss: Curve | None = None,
    probe_accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    seen = _seen(script)
    if seen is not None:
        yield from seen
        return
    best_seen = float(val_accuracy.values.max()) if val_accuracy is not None else 0.0
    if classes and KNOWS / classes < best_seen < ALL_RIGHT:
        return  # classes that training does not hold are never answered right
    yield from _from_words_and_code(script, claims)
    if accuracy is None or val_accuracy is None:
        return
    if _one_class(accuracy, val_accuracy):
        tail = script.fit.get("validation_split") if script is not None else None
        yield Evidence(
            sentence="Validation accuracy is 1 in every epoch from the first on, while training "
            f"reaches {float(accuracy.values.max()):.2f}: as where validation holds one class, "
            "which "
            + (
                "validation_split takes of sorted data."
                if tail
                else "a network that prefers it gets right."
            ),
            weight=4.0 if tail else 1.5,
            severity=None if tail else "note",
            line=tail.line if tail else None,
        )
        return
    if classes is None:
        classes = LEAST_CLASSES  # where it is exactly 0 their number does not matter
        if len(val_accuracy) < 3 or (val_accuracy.values != 0).any():
            return
    if len(val_accuracy) < 3 or classes < 2 or not np.isfinite(val_accuracy.values).all():
        return
    chance = 1 / classes
    # Code that cuts no end off has validation from elsewhere, perhaps with other numbers.
    no_end = script is not None and not _tail(script) and "validation_split" not in script.fit
    end, best = median(accuracy.values[-3:]), float(val_accuracy.values.max())
    if end > min(0.9, 2 * chance) and best < 0.25 * chance:
        split = script is not None and "validation_split" in script.fit
        yield Evidence(
            sentence=f"Validation accuracy never exceeds {best:.3f}, far below chance "
            f"({chance:.2f}), while training reaches {end:.2f}"
            + (": validation_split took the end of sorted data." if split else "")
            + (
                ": as on classes that training does not hold, or that have other numbers there."
                if no_end
                else ""
                if split
                else "."
            ),
            weight=6.0 if split else 1.5 if no_end else 4.5,
            severity="note" if no_end else None,
            line=script.fit["validation_split"].line if split and script else None,
        )
    elif _unseen_classes(val_accuracy, val_loss, probe_accuracy, end, classes):
        yield Evidence(
            sentence=f"Validation accuracy is below chance ({chance:.2f}) in every epoch and its "
            f"loss above {FAR:g} ln {classes} from the first on, while training reaches {end:.2f}: "
            "as on classes that training does not hold"
            + (", or that it gives other numbers." if no_end else "."),
            weight=2.0 if no_end else 5.5,
            severity="note" if no_end else None,
        )


KNOWS = 1.5
"""Times chance from which on a validation accuracy is that of classes that were learned."""
ALL_RIGHT = 0.995
"""From here on all answers may be those of one class, which is all that validation holds."""


def _seen(script: Script | None) -> list[Evidence] | None:
    """Return what recorded labels say of a split at the end; `None` where none were recorded."""
    feeds = {feed.use: feed for feed in reversed(script.feeds)} if script else {}
    train, held = (
        feeds[use].labels.numbers if use in feeds else None for use in ("train", "validation")
    )
    if train is None or held is None or not (train.values and held.values and held.counts):
        return None
    if train.columns != held.columns:
        return None
    if sum(train.counts) == len(train.values) > 2 and not train.one_hot:
        return []  # numbers, none of which is there twice, are no classes
    feed = feeds["validation"]
    new = sorted(set(held.values) - set(train.values))
    count = sum(n for value, n in zip(held.values, held.counts, strict=True) if value in new)
    if 2 * count < sum(held.counts):
        return []
    tail = feed.inputs.has("split_tail")
    named = ", ".join(f"{value:g}" for value in new[:5]) + (" ..." if len(new) > 5 else "")
    return [
        Evidence(
            sentence=f"As recorded, {count} of {sum(held.counts)} validation labels are of classes "
            f"that training does not hold ({named})"
            + (
                ": validation_split takes the end of the arrays, which are in order of class."
                if tail
                else ", as where the end of data in order of class is cut off."
            ),
            weight=7.0 if tail else 5.0,
            line=feed.line,
        )
    ]


FAR = 1.5
LEAST_CLASSES = 2
PERFECT, IMPERFECT = 0.9995, 0.9
"""Validation accuracy as a log prints 1, and the most that training reaches beside it."""


def _one_class(accuracy: Curve, val_accuracy: Curve) -> bool:
    """Return whether validation is all right at once, and training far from it to the end."""
    if len(val_accuracy) < 3 or val_accuracy.epochs[0] > 1 or not len(accuracy):
        return False
    return bool((val_accuracy.values >= PERFECT).all() and (accuracy.values < IMPERFECT).all())


def _unseen_classes(
    val_accuracy: Curve,
    val_loss: Curve | None,
    probe_accuracy: Curve | None,
    end: float,
    classes: int,
) -> bool:
    if val_loss is None or len(val_accuracy) < 5 or end < 0.8:
        return False
    # A network that fails in inference mode alone looks the same, but for its training images.
    if probe_accuracy is not None and median(probe_accuracy.values[-3:]) < 0.8:
        return False
    below = bool((val_accuracy.values < 1 / classes).all())
    return below and bool((val_loss.values > FAR * np.log(classes)).all())


def _from_words_and_code(
    script: Script | None, claims: tuple[Claim, ...] | None
) -> Iterator[Evidence]:
    zero, apart = stated(claims, "val_accuracy_zero"), stated(claims, "train_good_val_bad")
    tail = _tail(script)
    if tail is not None and tail[2] and zero is None:
        yield Evidence(
            sentence=f"{tail[0]} The labels are laid down class by class: validation holds the "
            "last classes alone.",
            weight=5.0,
            line=tail[1],
        )
        return
    if zero is not None:
        yield Evidence(
            sentence=f"You write: \u201c{zero.sentence}\u201d"
            + (f" {tail[0]}" if tail else " Validation holds classes that training does not."),
            weight=5.5 if tail else 4.0,
            line=tail[1] if tail else None,
        )
    elif tail is not None and (order := stated(claims, "sorted_by_class")):
        yield Evidence(
            sentence=f"{tail[0]} You write: \u201c{order.sentence}\u201d", weight=6.0, line=tail[1]
        )
    elif apart is not None and tail is not None:
        yield Evidence(
            sentence=f"{tail[0]} You write: \u201c{apart.sentence}\u201d",
            weight=2.5,
            line=tail[1],
        )
    elif apart is not None and "before the first epoch" in apart.sentence:
        yield Evidence(
            sentence=f"You write: \u201c{apart.sentence}\u201d", weight=2.0, severity="note"
        )


def _tail(script: Script | None) -> tuple[str, int, bool] | None:
    """Return how the script takes the end of unshuffled data, if it does, and whether by class."""
    if script is None:
        return None
    for feed in script.fed("validation"):
        columns = ":,"
        operations = [o for o in feed.inputs.operations if not str(o.value).startswith(columns)]
        names = [o.name for o in operations]
        if any(mixes(o) for o in operations):
            continue
        whole = (f.labels for f in script.fed("train") if f.line == feed.line)
        by_class = in_blocks(feed.labels) or any(map(in_blocks, whole))
        if "split_tail" in names and "target_size" in names:
            continue  # flow_from_directory takes a part of each class by itself
        if "split_tail" in names and "shuffle" not in names[: names.index("split_tail")]:
            line = operations[names.index("split_tail")].line
            told = "validation_split takes the end of the arrays as they stand."
            return told, line, by_class
        if "slice" in names and "shuffle" not in names[: names.index("slice")]:
            line = operations[names.index("slice")].line
            return "The split cuts the data where they stand, without shuffling.", line, by_class
        split = feed.inputs.value("split")
        if isinstance(split, dict) and split.get("shuffle") is False:
            return "train_test_split is called with shuffle=False.", feed.line, by_class
    return None


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Shuffle the arrays before the end of them is taken for validation."""
    script = run.script
    if script is None:
        return
    why = "Shuffle before the split: then validation holds images of all classes."
    for feed in script.fed("validation"):
        split = next((o for o in feed.inputs.operations if o.name == "split"), None)
        if split is not None:
            flag = Argument(
                line=split.line, calls=("train_test_split",), names=("shuffle",), remove=True
            )
            yield Change(edits=(flag,), reason=why, certain=True)
            return
    source = "order = {np}.random.permutation(len({x}))\n{x}, {y} = {x}[order], {y}[order]"
    edit = Prepare(line=seen.line or 0, source=source)
    yield Change(edits=(edit,), reason=why, certain=True)


RULE = Rule(
    code="FD117",
    check=validation_split_is_ordered,
    mend=mend,
    kind="cause",
    severity="error",
    any_of=("val_accuracy", "claims", "script"),
    prior=0.05,
    explains={"validation_never_learned": 0.4, "train_good_val_bad": 0.97},
    advice="shuffle images and labels together before the split",
    clear="validation accuracy is not far below chance",
    clear_with=("val_accuracy",),
    asks={
        "validation_taken_from": {
            "tail_of_the_data": 0.96,
            "random_images": 0.02,
            "own_folder": 0.02,
        },
        "data_sorted_by_class": {"yes": 0.96, "no": 0.04},
    },
    denied_by=AGREE,
    sick=(
        with_curves(
            classes=4,
            accuracy=straight(start=0.3, to=0.95),
            val_accuracy=flat(at=0.0, noise=0.0),
            loss=falling(),
        ),
        stating("val_accuracy_zero", 0.0, "validation accuracy is exactly 0 at every epoch"),
    ),
    healthy=(
        with_curves(
            classes=4, accuracy=straight(start=0.3, to=0.95), val_accuracy=flat(at=0.24, noise=0.01)
        ),
    ),
)
