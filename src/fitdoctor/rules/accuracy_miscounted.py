"""The accuracy in the log cannot be that of the answers whose loss stands beside it.

## Why it matters
An image that is answered wrong has at most half of the probability on its own class and costs ln 2
or more. So the share of wrong answers is at most the mean cross-entropy over ln 2: at a loss of
0.03 at least 95.7 % are right. An accuracy below that is counted wrongly (an integer division, a
sum over another count, the largest value along another axis, labels in another form than the
metric takes), and people then mend a network that works.

## How it is measured
From the script, whose loops are interpreted: a count of right answers that is divided by a number
of batches, a mean of batches that is divided by a number of images, or a likeliest class that is
looked for along the axis of the images. A count that is divided by batches times their size is a
note: the last batch mostly holds fewer images. So are metrics of Keras in loops and in a
`train_step` of the script's own: one that is read and that nothing is added to, and one that is
never reset, though `metrics` does not name it to `fit`.

Figures between 1 and the size of a batch that cannot be percent beside their loss, and can be right
answers of a batch, are that.

From loss and accuracy of the same part and epoch, in each of the last three epochs (of all where
there are fewer: one row decides, since the bound holds for each image), with room for twice the
wrong answers that the loss allows and 5 points more (label smoothing, mild weights, digits that
were cut off). A loss above what the accuracy allows says no such thing: penalties on the weights
add to it. The loss must be known to be a cross-entropy of exclusive classes, and Keras must have
averaged it. What is added to the loss (penalties, other terms) only strengthens this; weights of
classes or images weaken it, so where they are used the rule is silent. It is silent where each of
these losses is 1.1921e-07, to which Keras clips what is no number any more. In figures of another
origin three rows are asked for, and it is a hint at most: the first loss must be near ln K of the
known classes, room is for five times the wrong answers, and training accuracy must be below half of
what guessing gives, since own loops print the loss of one part or batch beside the accuracy of
another.
In words the same is a hint, where a loss and an accuracy are stated of the same images, or both of
none in particular, and the loss is below 0.2.
A hint as well: in five rows or more the accuracies of all parts stay the same to the last digit and
below 0.95, while one of their losses falls by a tenth, not in its first half alone, none rises, and
all end below what so many wrong answers cost.

## What to try
Count by hand, `(model.predict(x).argmax(1) == y).mean()`, and believe that figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import (
    TAPE,
    TORCH,
    TRAIN_STEP,
    Case,
    both,
    falling,
    flat,
    scripted,
    straight,
    with_curves,
    with_recipe,
)
from fitdoctor.records.claim import Claim, values
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.records.network import output_units
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import METRIC_NOT_RESET, METRIC_NOT_UPDATED, Curve, DataSummary, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.proportions import CLIPPED, least_cross_entropy
from fitdoctor.stats.quantile import median

LAST = 3
ROOM, MORE_ROOM, SLACK = 2.0, 5.0, 0.05
"""How many times the wrong answers that a loss allows, known and guessed, and a share beside."""
FROM, TO = 0.6, 1.4
"""Times ln K: where the cross-entropy of a network begins that knows nothing yet."""


def accuracy_miscounted(
    loss: Curve | None = None,
    accuracy: Curve | None = None,
    val_loss: Curve | None = None,
    val_accuracy: Curve | None = None,
    probe_loss: Curve | None = None,
    probe_accuracy: Curve | None = None,
    recipe: Recipe | None = None,
    script: Script | None = None,
    data: DataSummary | None = None,
    program: Program | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    counted = program.as_written.events("miscount") if program is not None else ()
    for event in sorted(counted, key=lambda e: e.detail == LAST_BATCH):
        if event.detail == LAST_BATCH and (most := _most(data, recipe, val_accuracy, claims)):
            images, batch, share = most
            padded = -(-images // batch) * batch
            yield Evidence(
                sentence=f"{images} images are divided by {-(-images // batch)} batches times "
                f"{batch} = {padded}: {share:.5g} is {images} / {padded}, hence all of them right.",
                weight=6.5,
                line=event.line,
                fix="divide by the number of images, len(loader.dataset)",
            )
            return
        if event.detail in _COUNTED:
            mostly_right = event.detail == LAST_BATCH
            yield Evidence(
                sentence=_COUNTED[event.detail],
                weight=1.0 if mostly_right else 5.0,
                severity="note" if mostly_right else None,
                line=event.line,
            )
            return
    for name, sentence, weight in _OF_METRICS if script is not None else ():
        for call in script.called(name) if script is not None else ():
            yield Evidence(
                sentence=f"The metric of line {call.line} {sentence}.", weight=weight,
                severity=None if name == METRIC_NOT_UPDATED else "warning", line=call.line,
            )  # fmt: skip
            return
    if _weighted(recipe, script) or (
        recipe is not None and recipe.loss is not None and not _is_cross_entropy(recipe)
    ):
        return
    size = recipe.batch_size if recipe is not None else None
    for costs, shares in ((loss, accuracy), (val_loss, val_accuracy)):
        if size and costs is not None and shares is not None:
            yield from _hits(costs, shares, size)
    sure = recipe is not None and _is_cross_entropy(recipe) and _averaged_by_keras(recipe, script)
    classes = (data.n_classes if data else None) or 0
    for part, costs, shares in (
        ("validation", val_loss, val_accuracy),
        ("inference-mode training", probe_loss, probe_accuracy),
        ("training", loss, accuracy),
    ):
        if costs is None or shares is None:
            continue
        if not sure and not _begins_near_chance(costs, classes):
            continue
        found = _impossible(costs, shares, ROOM if sure else MORE_ROOM, 1 if sure else LAST)
        if found is None:
            continue
        epoch, cost, right = found
        if not sure and part == "training" and right >= 0.5 / classes:
            continue
        known = "cross-entropy" if sure else "loss that begins as cross-entropy does"
        yield Evidence(
            sentence=f"In epoch {epoch} {part} accuracy is {right:.3g} beside a {known} of "
            f"{cost:.3g}, which leaves at most {cost / math.log(2):.1%} wrong: each costs ln 2 or "
            "more.",
            weight=6.0 if sure else 3.0,
            severity=None if sure else "note",
            epochs=(int(costs.epochs[0]), epoch),
        )
        return

    if nothing := _nothing_right([(loss, accuracy), (val_loss, val_accuracy)]):
        yield nothing
        return
    yield from _as_stated(claims)
    yield from _standing([(loss, accuracy), (val_loss, val_accuracy), (probe_loss, probe_accuracy)])


def _most(
    data: DataSummary | None, recipe: Recipe | None, shares: Curve | None,
    claims: tuple[Claim, ...] | None,
) -> tuple[int, int, float] | None:  # fmt: skip
    """Return images, batch and an accuracy, where it is the most that padded batches can show."""
    stated_of = values(claims)
    images = (data.n_val if data else None) or int(stated_of.get("images_in_all", 0))
    batch = (recipe.batch_size if recipe else None) or int(stated_of.get("batch_size", 0))
    if images < 1 or batch < 1 or images % batch == 0:
        return None
    most = images / (-(-images // batch) * batch)
    seen = [*shares.values] if shares is not None else []
    seen += [stated_of[n] for n in ("said_val_accuracy", "said_accuracy") if n in stated_of]
    best = max(map(float, seen), default=0.0)
    return (images, batch, best) if abs(best - most) < SAME else None


SAME = 5e-5
"""How near an accuracy of four digits lies to what it is."""


def _hits(costs: Curve, shares: Curve, batch: int) -> Iterator[Evidence]:
    """Yield accuracies that are right answers of a batch, and were read as percent.

    As percent they cannot be true beside the loss, as so many of a batch they can.
    """
    printed = shares.values * 100
    if batch >= 100 or not len(printed) or printed.min() < 1 or printed.max() > batch:
        return
    found = _impossible(costs, shares, ROOM, LAST)
    counted = printed[-LAST:] / batch
    allowed = 1 - costs.values[-LAST:] / math.log(2) - SLACK
    if found is None or len(costs) != len(shares) or (counted < allowed).any():
        return
    epoch, cost, _ = found
    yield Evidence(
        sentence=f"The accuracy of {printed[-1]:.4g} is right answers a batch, not percent: of "
        f"{batch} images that is {printed[-1] / batch:.1%}, as a loss of {cost:.3g} has it; "
        f"{printed[-1]:.4g} % cannot stand beside that loss.",
        weight=6.0,
        epochs=(int(costs.epochs[0]), epoch),
        fix=f"divide the right answers by the number of images, not of batches of {batch}",
    )


TINY = 0.2
"""A cross-entropy that leaves three of four answers right or more."""


def _nothing_right(parts: list[tuple[Curve | None, Curve | None]]) -> Evidence | None:
    """Return that no answer counts as right in any part, beside a loss that is small in one."""
    both = [(x, y) for x, y in parts if x is not None and y is not None]
    rows = sum(len(y) for _, y in both)
    if rows < LEAST_ROWS or any((y.values != 0).any() for _, y in both):
        return None
    costs = [float(x.values.min()) for x, _ in both if x.values.min() >= 0]
    if not costs or ROOM * min(costs) > least_cross_entropy(SLACK):
        return None
    return Evidence(
        sentence=f"Accuracy is 0 in every epoch, beside a loss of {min(costs):.3g}: a "
        "cross-entropy as small has most answers right. One of them is miscounted, or the loss is "
        "none.",
        weight=1.5,
        severity="note",
    )


def _as_stated(claims: tuple[Claim, ...] | None) -> Iterator[Evidence]:
    """Yield that a loss and an accuracy cannot both be true that are stated of the same images."""
    figures = [c for c in claims or () if c.predicate == "is_at" and c.is_evidence]
    for cost in (c for c in figures if c.subject.measurement == "loss"):
        for right in (c for c in figures if c.subject.measurement == "accuracy"):
            if cost.subject.split != right.subject.split or None in {cost.value, right.value}:
                continue
            loss, share = cost.value or 0.0, right.value or 0.0
            if 0 <= loss < TINY and MORE_ROOM * loss < least_cross_entropy(share + SLACK):
                quoted = " ".join(dict.fromkeys((cost.sentence, right.sentence)))
                yield Evidence(
                    sentence=f"Stated: \u201c{quoted}\u201d A cross-entropy of {loss:.3g} leaves "
                    f"at most {loss / math.log(2):.1%} wrong: one of them is miscounted, or they "
                    "are not of the same images.",
                    weight=3.0 if cost.subject.split else 2.0,
                    severity="note",
                )
                return


LEAST_ROWS = 2
"""Accuracies of nought, of all parts together, that are no chance of one batch."""
STANDING, BELOW, FALLS = 5, 0.95, 0.1
"""Rows with one accuracy, what it is below, and by how much a loss falls meanwhile."""


def _standing(parts: list[tuple[Curve | None, Curve | None]]) -> Iterator[Evidence]:
    """Yield accuracies that never change beside losses that say that answers did."""
    both = [(x, y) for x, y in parts if x is not None and y is not None]
    if not both or not all(_stands_beside(costs, shares) for costs, shares in both):
        return
    falls = [_falls(costs) for costs, _ in both]
    if min(falls) < 0 or max(falls) < FALLS:
        return
    costs, shares = both[int(np.argmax(falls))]
    yield Evidence(
        sentence=f"Accuracy is {shares.values[0]:.3g} in all {len(shares)} epochs, to the last "
        f"digit, while the loss falls from {costs.values[0]:.3g} to {costs.values[-1]:.3g}.",
        weight=3.0,
        severity="note",
        epochs=(int(costs.epochs[0]), int(costs.epochs[-1])),
    )


def _stands_beside(costs: Curve, shares: Curve) -> bool:
    """Return whether one accuracy is in all rows, and the loss ends below what it costs."""
    x, y = costs.values, shares.values
    if min(len(x), len(y)) < STANDING or not (np.isfinite(x).all() and (y == y[0]).all()):
        return False
    return bool(0 <= y[0] < BELOW and x.min() >= 0 and x[-1] < least_cross_entropy(float(y[0])))


def _falls(costs: Curve) -> float:
    """Return by what part of itself a loss falls; what comes to rest in its first half does not."""
    x = costs.values
    third, half = len(x) // 3, len(x) // 2
    start, end = median(x[: third + 1]), median(x[-third - 1 :])
    rests = x[half] - x[-1] < AT_END * (x[0] - x[-1])
    return min(0.0, start - end) if rests else float((start - end) / max(start, 1e-12))


AT_END = 0.1
"""Part of a fall that must be in the second half."""


_OF_METRICS = (
    (METRIC_NOT_UPDATED, "is read and nothing is ever added to it: it stays at 0", 5.0),
    (METRIC_NOT_RESET, "is never reset: what it shows is a mean over all epochs so far", 4.0),
)
LAST_BATCH = "padded"
_COUNTED = {
    "batches": "A count of right answers is divided by a number of batches, not of images.",
    "images": "Shares of right answers in batches are added up and divided by a number of images.",
    "hits of another part": "A count of right answers of one part is divided by the number of "
    "images of another.",
    "hits go on": "A count of right answers is never set back to 0: it goes on from epoch to "
    "epoch, and is divided by the images of one.",
    "logits": "Raw outputs are compared with 0.5, to which the loss applies a sigmoid first: half "
    "is at 0 there (a logit of 0.5 is a probability of 0.62).",
    "always": "Probabilities are compared with 0: all of them are above it.",
    "softmax over images": "The softmax is taken along axis 0, over the images of a batch: an "
    "answer depends on which other images are beside it.",
    "floor": "A count of right answers is divided by // : the result is 0 until all are right.",
    "one unit": "The likeliest of one output is looked for, which is always class 0.",
    "axis": "The likeliest class is looked for along axis 0, that of the images.",
    LAST_BATCH: "A count of right answers is divided by batches times their size; the last batch "
    "holds fewer, so the accuracy is a little too low.",
}


def _is_cross_entropy(recipe: Recipe) -> bool:
    """Return whether this is a mean over images.

    Of many sigmoids it is one over outputs as well.
    """
    name = (recipe.loss or "").partition("(")[0]
    if name in {"categorical_crossentropy", "sparse_categorical_crossentropy"}:
        return True
    return name == "binary_crossentropy" and output_units(recipe.layers) == 1


def _averaged_by_keras(recipe: Recipe, script: Script | None) -> bool:
    """Return whether these are figures of `fit`.

    Loops of people's own sum and divide in ways of their own.
    """
    if script is not None and script.framework is not None:
        return script.framework in {"keras", "tf.keras"} and bool(script.compile)
    return recipe.keras is not None


def _weighted(recipe: Recipe | None, script: Script | None) -> bool:
    given = {*script.fit, *script.compile} if script is not None else set()
    named = given & {"class_weight", "sample_weight", "loss_weights"}
    return bool(named) or (recipe is not None and recipe.class_weight is not None)


def _begins_near_chance(costs: Curve, classes: int) -> bool:
    if classes < 2 or not len(costs) or costs.epochs[0] > 1:
        return False
    return bool(FROM <= costs.values[0] / math.log(classes) <= TO)


def _impossible(
    costs: Curve, shares: Curve, room: float, least: int
) -> tuple[int, float, float] | None:
    """Return last epoch, loss and best accuracy of the last epochs, where none can be true."""
    epochs, of_costs, of_shares = np.intersect1d(costs.epochs, shares.epochs, return_indices=True)
    if len(epochs) < least:
        return None
    cost, right = costs.values[of_costs], shares.values[of_shares]
    if np.allclose(cost[-LAST:], CLIPPED, rtol=1e-3, atol=0):
        return None
    # What is below nought is no cross-entropy, and what is beyond 0 to 1 no accuracy.
    if not (np.all(cost >= 0) and np.all((right >= 0) & (right <= 1))):
        return None
    allowed = [room * y for y in cost[-LAST:]]
    wrong = np.maximum(right[-LAST:] + SLACK, 0.0)
    if all(y < least_cross_entropy(r) for y, r in zip(allowed, wrong, strict=True)):
        return int(epochs[-1]), float(cost[-1]), float(right[-LAST:].max())
    return None


def _of_keras(**settings: object) -> Case:
    """Return the curves of a network that has learned and whose accuracy stays at 0."""
    nought = flat(30, at=0.0, noise=0.0)
    learned = falling(30, start=1.3, to=0.03, noise=0.001)
    return both(with_curves(classes=4, loss=learned, accuracy=nought), with_recipe(**settings))


def _of_own_loop(curves: Case) -> Case:
    """Return the curves beside a recipe that does not say which loss it is."""
    return both(curves, with_recipe(loss=None, keras=None))


METERED = TAPE.replace("for epoch", "right = keras.metrics.SparseCategoricalAccuracy()\nfor epoch")
METERED = METERED.replace(
    "cost(y, net(x, training=True))", "cost(y, out := net(x, training=True))"
).replace("        opt.apply", "        right.update_state(y, out)\n        opt.apply")
METERED += "    print(right.result())\n    right.reset_state()\n"

_ONE = (Layer(kind="Dense", units=1, activation="sigmoid"),)

RULE = Rule(
    code="FD125",
    check=accuracy_miscounted,
    kind="cause",
    severity="error",
    prior=0.01,
    any_of=("loss", "val_loss", "probe_loss", "program", "claims"),
    explains={"constant_output": 0.3},
    advice="count by hand, (model.predict(x).argmax(1) == y).mean(), and mend what counts",
    torch_advice="count by hand in model.eval(), the right answers of all batches divided by the "
    "number of images, and mend what counts",
    clear="as many answers may be right as the loss says, where it is known to be a cross-entropy",
    clear_with=("loss accuracy", "val_loss val_accuracy", "probe_loss probe_accuracy"),
    asks={
        "accuracy_by_hand": {"yes": 0.04, "no": 0.96},
    },
    sick=(
        scripted(TORCH, ("right / len(others)", "right / len(held_out)")),
        scripted(TORCH, (".argmax(1)", ".argmax(0)")),
        scripted(
            TORCH,
            (".sum().item()", ".float().mean().item()"),
            ("right / len(others)", "right / len(held_out.dataset)"),
        ),
        scripted(TORCH, ("right / len(others)", "right / (len(held_out) * 32)")),
        scripted(TORCH, ("right / len(others)", "100 * (right // len(others))")),
        scripted(TRAIN_STEP, ("        self.compiled_metrics.update_state(y, out)\n", "")),
        scripted(METERED, ("    right.reset_state()\n", "")),
        _of_keras(loss="sparse_categorical_crossentropy"),
        _of_keras(loss="binary_crossentropy", layers=_ONE),
        _of_keras(loss=None, keras=None),
        with_curves(
            val_loss=falling(30, start=1.4, to=0.04, noise=0.002),
            val_accuracy=flat(30, at=0.25, noise=0.005),
        ),
        both(
            with_curves(
                loss=straight(9, start=0.5, to=0.05, noise=0.002),
                accuracy=straight(9, start=0.26, to=0.318, noise=0.0),
            ),
            with_recipe(loss=None, keras=None, batch_size=32),
        ),
        _of_own_loop(
            with_curves(
                loss=straight(9, start=0.3, to=0.1, noise=0.002),
                accuracy=flat(9, at=0.4, noise=0.0),
                val_loss=straight(9, start=0.3, to=0.2, noise=0.002),
                val_accuracy=flat(9, at=0.35, noise=0.0),
            )
        ),
    ),
    healthy=(
        both(
            with_curves(
                loss=straight(9, start=1.6, to=1.3, noise=0.002),
                accuracy=straight(9, start=0.26, to=0.318, noise=0.0),
            ),
            with_recipe(loss=None, keras=None, batch_size=32),
        ),
        scripted(TORCH),
        scripted(TORCH, ("right / len(others)", "100 * right // len(others)")),
        scripted(TORCH, ("right / len(others)", "right * 100 // len(others)")),
        scripted(TRAIN_STEP),
        scripted(METERED),
        scripted(METERED, ("    right.reset_state()\n", "    report(right)\n")),
        scripted(TORCH, ("right / len(others)", "right / len(held_out.dataset)")),
        scripted(
            TORCH,
            ("right / len(others)", "right / len(held_out)"),
            ("(others, batch_size=32)", "(others)"),
        ),
        scripted(
            TORCH,
            (".sum().item()", ".float().mean().item()"),
            ("right / len(others)", "right / len(held_out)"),
        ),
        both(
            with_curves(
                loss=flat(9, at=1.1921e-07, noise=0.0), accuracy=flat(9, at=0.0103, noise=0.0)
            ),
            with_recipe(loss="categorical_crossentropy"),
        ),
        _of_keras(loss="mean_squared_error"),
        _of_keras(loss="binary_crossentropy"),
        _of_keras(loss="categorical_focal_crossentropy"),
        _of_keras(class_weight="balanced"),
        with_curves(
            loss=falling(30, start=1.4, to=0.03, noise=0.001),
            accuracy=flat(30, at=0.97, noise=0.002),
            val_loss=falling(30, start=1.4, to=0.5, noise=0.01),
            val_accuracy=flat(30, at=0.4, noise=0.01),
        ),
        _of_own_loop(
            with_curves(
                loss=falling(30, start=0.3, to=0.05, noise=0.0),
                accuracy=flat(30, at=0.5, noise=0.0),
            )
        ),
        _of_own_loop(
            with_curves(
                loss=straight(9, start=0.3, to=0.1, noise=0.002),
                accuracy=straight(9, start=0.4, to=0.5),
                val_loss=straight(9, start=0.3, to=0.2, noise=0.002),
                val_accuracy=flat(9, at=0.35, noise=0.0),
            )
        ),
    ),
)
