"""Training goes on improving while validation stalls or gets worse.

## Why it matters
From some epoch on the network fits what is particular to the training images. Training longer
costs time and can cost accuracy; the last weights are not the best ones.

## How it is measured
Two ways, each a test. *Rise*: a line over the end of validation loss rises by more than
autocorrelated scatter explains, which is measured from second differences that a steady rise leaves
alone; the search for where it begins is paid for by simulation. *Stall*: since the last gain beyond
scatter at least ten epochs and a third of the run have passed, in which training loss kept falling
and validation loss gained less than a third of what training did. Both ask that training loss fell
by a sixth or more meanwhile: where training is stuck as well, the trouble is another. So it is
where validation never was above chance level: nothing was learned there that could be lost.

It is a warning where validation accuracy falls, or where training accuracy is surely (95 %) more
than 15 points above it; a head on frozen features may end at 1.00 against 0.87 with nothing wrong,
so there a stall, or a rise while accuracy holds, is a note. A gap between the curves alone is no
finding. Where accuracies are not known a rise is a warning and a stall a note. In a short log,
validation loss that rose in each of the last four epochs or more to a quarter above its least (of
five rows in the last three, to twice its least), training accuracy far above and validation
accuracy no longer rising. Three or four rows do where they stand five epochs apart or more and
validation loss rises in each, by 15 per cent in all. Where rows are left out between two stretches
of four or more, these are compared: validation loss in the later one surely higher, by 15 per cent
or more, training loss lower by a sixth, and training accuracy far above.

So does a log of any length in which training accuracy rose by a tenth or more since validation loss
was lowest, three epochs ago or more, and is surely more than 20 points above a validation accuracy
that gained nothing meanwhile, while validation loss ended 15 per cent higher
and by five times its scatter.

A log that begins in the middle does not show a rise. There the level decides: validation loss above
what honest probabilities can cost with so many right answers (Fano's inequality; as many classes as
there are training images, where their number is not known), in each of five epochs or more, and
training accuracy surely more than 15 points above validation, of which more than half is right.

## What to try
Stop at the epoch of the lowest validation loss and keep those weights. Then more images or
augmentation, a smaller head, dropout or weight decay. A backbone that learns from random weights
overfits some hundred images; with pretrained ones it learns from as few.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import astuple

from fitdoctor.cases import falling, flat, rising_after, straight, with_curves
from fitdoctor.interventions.regularisation import add_dropout, stop_early
from fitdoctor.records.claim import AGREE, ON_ONE_SET, Claim, Said, Split, agree, said_apart, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.kept import kept_epoch
from fitdoctor.records.run import Curve, DataSummary, Run, training_feeds
from fitdoctor.rule import Rule
from fitdoctor.shown import validation_is_no_worse
from fitdoctor.stats.chance import classes_by_chance, stays_at_chance
from fitdoctor.stats.noise import noise
from fitdoctor.stats.proportions import always_chance, most_cross_entropy, wilson
from fitdoctor.stats.quantile import median
from fitdoctor.stats.student import t_cdf
from fitdoctor.stats.trend import falls_at_end, last_gain, trend, turn_after_minimum

LEAST_FALL = 1 / 6
LEAST_EPOCHS = 10
FAR = 0.15


def overfitting(
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    probe_loss: Curve | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    data: DataSummary | None = None,
    claims: tuple[Claim, ...] | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if val_accuracy is not None and always_chance(val_accuracy.values, classes or 2):
        return  # one answer for all images, which no memorising gives
    if _validation_never_learned(accuracy, val_accuracy, loss, val_loss, classes):
        return  # what was never learned of other images is not lost by memorising
    if val_accuracy is not None and len(val_accuracy) and val_accuracy.values.max() == 0:
        return  # not one image is ever right, which takes other classes than those learned
    seen = _gap(accuracy, val_accuracy, data)
    yield from _as_stated(claims, len(loss) if loss is not None else None, seen)
    if loss is None or val_loss is None:
        return
    train = probe_loss if probe_loss is not None and len(probe_loss) == len(val_loss) else loss
    n = min(len(train), len(val_loss))
    y, x = val_loss.values[:n], train.values[:n]
    if n < FEWEST_APART or not (np.isfinite(y).all() and np.isfinite(x).all()):
        return
    epochs = val_loss.epochs[:n]
    if accuracy is None:
        accuracy = _at_least(train, val_loss)
    apart = _far_apart(accuracy, val_accuracy, data)
    doubled = apart is not None and y[-1] > HIGH_CLIMB * y.min()
    climbs = _climbs(y, x) if n >= FEWEST and (apart or doubled) else None
    shown = _beyond_honest(epochs, y, val_accuracy, classes, data) if apart else None
    if shown is None and climbs is not None and not _gains(val_accuracy, y, data):
        count, p_value = climbs
        yield Evidence(
            sentence=f"Validation loss rose in each of the last {count} epochs, to {y[-1]:.3g} "
            f"from its least, {y.min():.3g} at epoch {epochs[int(y.argmin())]}, while training loss"
            + (" fell on and accuracy is far higher in training." if apart else " fell on."),
            # What doubles is no chance, which the order of so few rows could not exclude.
            p_value=p_value if n > FEWEST else None,
            weight=4.0,
            epochs=(int(epochs[n - count - 1]), int(epochs[-1])),
        )
        return
    shown = shown or _falls_behind(epochs, y, accuracy, val_accuracy, data)
    if shown is None and n < FEWEST_TESTED:
        yield from _rises_between(epochs, x, y, accuracy, val_accuracy)
        return
    if shown is None and apart:
        shown = _between_stretches(epochs, x, y)
    if shown is not None:
        yield shown
        return
    turn = turn_after_minimum(y)
    if turn and turn.p_value < 0.05 and _fell(x[turn.lowest :]):
        both = stated(claims, "val_loss_and_accuracy_rise") is not None
        mild = apart is False and _holds(val_accuracy)
        if both and (mild or _gains(val_accuracy, y, data)):
            return
        yield Evidence(
            sentence=f"Validation loss has risen from {y.min():.3g} at epoch "
            f"{epochs[int(y.argmin())]} to {y[-1]:.3g}, while training loss fell on.",
            estimate=turn.rise,
            p_value=turn.p_value,
            weight=2.0 if mild else 4.0,
            effect=turn.rise.value / max(float(y.min()), 1e-9),
            severity="note" if mild else None,
            epochs=(int(epochs[turn.lowest]), int(epochs[-1])),
        )
        return
    since = last_gain(y)
    if since is None or n - since < max(LEAST_EPOCHS, n / 3) or not _fell(x[since:]):
        return
    own, other = trend(x[since:]), trend(y[since:])
    if own is None or other is None or other.standard_error == 0:
        return
    least = own.slope.value / 3
    p_stalls = t_cdf(other.freedom, -(other.slope.value - least) / other.standard_error)
    if own.slope.value < 0 and p_stalls < 0.05 and y[-1] - x[-1] > 0.1 * y[-1]:
        lost = float(x[since] - x[-1])
        yield Evidence(
            sentence=f"Validation loss has gained nothing beyond its scatter since epoch "
            f"{epochs[since]}; the {n - since - 1} epochs after it took training loss down by "
            f"{lost:.2g} more.",
            estimate=Estimate(*(each * (n - since - 1) for each in astuple(other.slope))),
            p_value=p_stalls,
            weight=3.5 if apart else 1.5,
            effect=lost / max(abs(float(x[since])), 1e-9),
            severity=None if apart else "note",
            epochs=(int(epochs[since]), int(epochs[-1])),
        )


def _validation_never_learned(
    accuracy: Curve | None,
    val_accuracy: Curve | None,
    loss: Curve | None,
    val_loss: Curve | None,
    classes: int | None,
) -> bool:
    """Return whether validation stayed at chance level from the first epoch on."""
    if val_accuracy is None:
        return False
    if classes is None and accuracy is not None and loss is not None and val_loss is not None:
        classes = classes_by_chance(val_accuracy.values, accuracy.values, loss.values)
    costs = val_loss.values if val_loss is not None else None
    return bool(classes) and stays_at_chance(
        val_accuracy.values, costs, classes or 0, val_accuracy.epochs
    )


OTHERWISE = (
    "val_accuracy_zero", "same_data_for_both", "same_distribution", "other_backbone_works",
    "other_source", "worse_in_eval_mode",
    "evaluate_differs", "val_loss_and_accuracy_rise",
)  # fmt: skip
"""Said beside a gap, these speak for another cause of it."""


LEAST_SHOWN = 5
"""Fewer rows bear nobody out: validation may swing that far by itself."""


def _gap(accuracy: Curve | None, val_accuracy: Curve | None, data: DataSummary | None) -> str:
    """Say how far apart the accuracies of a log end, where they bear out one who says so.

    They differ by more than `FAR`, and surely differ at all.
    """
    if accuracy is None or val_accuracy is None:
        return ""
    if min(len(accuracy), len(val_accuracy)) < LEAST_SHOWN:
        return ""
    train, val = (median(c.values[-3:]) for c in (accuracy, val_accuracy))
    sure = data is None or not data.n_val or train > wilson(min(max(val, 0), 1), data.n_val).high
    if not sure or train - val < FAR:
        return ""
    return f" The log shows it: {train:.0%} in training, {val:.0%} in validation."


def _as_stated(
    claims: tuple[Claim, ...] | None, epochs: int | None, seen: str
) -> Iterator[Evidence]:
    """Yield what the asker says of it; `seen` is what the log shows of the same."""
    both = stated(claims, "val_loss_and_accuracy_rise")
    if both is not None and said_apart(claims):
        yield Evidence(
            sentence=f"You write: \u201c{both.sentence}\u201d Training accuracy is far above.",
            weight=4.0,
        )
        return
    if stated(claims, *OTHERWISE) is not None or agree(claims) is not None:
        return
    rises, improves = (
        _moves(claims, "validation", "val_loss_rises", "falls", "rises"),
        _moves(claims, "training", "training_improves", "rises", "falls"),
    )
    apart = stated(claims, "train_good_val_bad")
    if rises is not None and improves is not None and not epochs:  # curves show it themselves
        quoted = dict.fromkeys((improves.sentence, rises.sentence))
        told = stated(claims, "val_loss_rises") is not None
        yield Evidence(
            sentence="You write: " + " ".join(f"\u201c{sentence}\u201d" for sentence in quoted),
            weight=4.0 if told else 2.0,
            severity=None if told else "note",
        )
    elif apart is not None and epochs != 1:  # a first pass sees every image once
        fair = stated(claims, "random_split", "early_stopping_does_not_help")
        yield Evidence(
            sentence=f"You write: \u201c{apart.sentence}\u201d"
            + (f" The split is fair: \u201c{fair.sentence}\u201d" if fair else "")
            + seen,
            weight=3.5 if fair else 2.5 if seen else 1.5,
            severity=None if fair or seen else "note",
            rests_on="train_good_val_bad",
        )


def _moves(
    claims: tuple[Claim, ...] | None, split: Split, summed: str, accuracy: str, loss: str
) -> Claim | None:
    """Return what says that accuracy on these images moves one way, or their loss the other."""
    ways = (
        Said(accuracy, split=split, measurement="accuracy"),
        Said(loss, split=split, measurement="loss"),
    )
    moved = (
        c for c in claims or () if c.subject.split == split and any(w.is_said(c) for w in ways)
    )
    return stated(claims, summed) or next(moved, None)


def _gains(val_accuracy: Curve | None, y: np.ndarray, data: DataSummary | None) -> bool:
    """Return whether validation accuracy still rose, beyond its noise, after the lowest loss."""
    if val_accuracy is None or len(val_accuracy) != len(y):
        return False
    values = val_accuracy.values
    gain = float(median(values[-3:]) - values[int(np.argmin(y))])
    n_val = data.n_val if data is not None else None
    share = float(np.clip(median(values), 0, 1))
    noise = 2 * float(np.sqrt(share * (1 - share) / n_val)) if n_val else 0.0
    return gain > max(0.01, noise)


def _rises_between(
    epochs: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    accuracy: Curve | None,
    val_accuracy: Curve | None,
) -> Iterator[Evidence]:
    """Return whether this is a rise between rows that stand many epochs apart.

    No scatter lifts each of them.
    """
    if accuracy is None or val_accuracy is None or np.diff(epochs).min() < EPOCHS_APART:
        return
    lowest = int(np.argmin(y))
    epochs, x, y = epochs[lowest:], x[lowest:], y[lowest:]
    rises = len(y) >= FEWEST_APART and bool((np.diff(y) > 0).all() and y[-1] > RISE_APART * y[0])
    falls = bool((np.diff(x) < 0).all() and x[-1] < (1 - LEAST_FALL) * x[0])
    if rises and falls and accuracy.values[-1] - val_accuracy.values.max() > FAR:
        yield Evidence(
            sentence=f"Validation loss rises from {y[0]:.3g} at epoch {epochs[0]} to {y[-1]:.3g} "
            f"at epoch {epochs[-1]}, training loss falls on, and training accuracy is far above.",
            weight=3.5,
            epochs=(int(epochs[0]), int(epochs[-1])),
        )


def _falls_behind(
    epochs: np.ndarray,
    y: np.ndarray,
    accuracy: Curve | None,
    val_accuracy: Curve | None,
    data: DataSummary | None,
) -> Evidence | None:
    """Return that training went far above a validation which gained nothing meanwhile.

    Training accuracy rose by a tenth or more since validation loss was lowest, three epochs ago or
    more, and is surely more than 20 points above; validation accuracy gained nothing beyond noise,
    and validation loss ends 15 per cent higher.
    """
    lowest = int(np.argmin(y))
    if accuracy is None or val_accuracy is None or len(y) - 1 - lowest < FEWEST_APART:
        return None
    if not len(accuracy) == len(val_accuracy) == len(y) or _gains(val_accuracy, y, data):
        return None
    if y[0] < (1 + LEARNED) * y[lowest]:
        return None  # what was never learned of other images is not lost by memorising
    right, val = accuracy.values, val_accuracy.values
    best = float(val[lowest:].max())
    high = wilson(best, data.n_val).high if data is not None and data.n_val else best
    if not 0 <= best <= 1 or right[-1] - high < BEHIND or right[-1] - right[lowest] < ROSE:
        return None
    # Second differences of independent scatter have six times its variance; a trend has none.
    scatter = float(np.sqrt(np.mean(np.diff(y, 2) ** 2) / 6))
    least = max((RISE_APART - 1) * y[lowest], SCATTERS * scatter)
    if y[-1] - y[lowest] < least:
        return None
    return Evidence(
        sentence=f"Since epoch {epochs[lowest]} training accuracy rose from {right[lowest]:.0%} to "
        f"{right[-1]:.0%}; validation loss was never as low again ({y[-1]:.3g} at the end, "
        f"{y[lowest]:.3g} there) and validation accuracy is {val[-1]:.0%}.",
        weight=3.0,
        effect=float(right[-1] - val[-1]),
        epochs=(int(epochs[lowest]), int(epochs[-1])),
    )


BEHIND, ROSE, SCATTERS, LEARNED = 0.2, 0.1, 5.0, 0.05
"""How far training accuracy is surely above validation, by how much it rose meanwhile, how many
times its scatter validation loss ends above its least, and by what part it had come down to it."""


def _between_stretches(epochs: np.ndarray, x: np.ndarray, y: np.ndarray) -> Evidence | None:
    """Return a rise between two stretches of a log that leaves out the epochs between them."""
    steps = np.diff(epochs)
    cut = int(np.argmax(steps)) + 1
    if steps[cut - 1] < max(EPOCHS_APART, LEFT_OUT * median(steps)):
        return None
    early, late = y[:cut], y[cut:]
    if min(len(early), len(late)) < FEWEST_STRETCH:
        return None
    rise = float(late.mean() - early.mean())
    fell = median(x[cut:]) < (1 - LEAST_FALL) * median(x[:cut])
    if not fell or rise < (RISE_APART - 1) * early.mean():
        return None
    error = float(
        np.sqrt(AUTOCORRELATED * (early.var(ddof=1) / cut + late.var(ddof=1) / len(late)))
    )
    return Evidence(
        sentence=f"Validation loss is {early.mean():.3g} in epochs {epochs[0]} to "
        f"{epochs[cut - 1]} and {late.mean():.3g} in {epochs[cut]} to {epochs[-1]}, while training "
        "loss fell on and training accuracy is far above.",
        p_value=t_cdf(len(y) - 2, -rise / max(error, 1e-9)),
        weight=4.0,
        effect=rise / max(float(early.mean()), 1e-9),
        epochs=(int(epochs[0]), int(epochs[-1])),
    )


def _beyond_honest(
    epochs: np.ndarray,
    y: np.ndarray,
    val_accuracy: Curve | None,
    classes: int | None,
    data: DataSummary | None,
) -> Evidence | None:
    """Return that a log which begins in the middle shows losses of memorised images only."""
    known = classes or (data.n_train if data is not None else None)
    if val_accuracy is None or not known or epochs[0] <= 1:
        return None
    shared, of_loss, of_accuracy = np.intersect1d(epochs, val_accuracy.epochs, return_indices=True)
    y, right = y[of_loss], val_accuracy.values[of_accuracy]
    if len(shared) < FEWEST or not ((right > HALF_RIGHT) & (right <= 1)).all():
        return None
    most = np.array([most_cross_entropy(float(share), known) for share in right])
    if not (y > most).all():
        return None
    return Evidence(
        sentence=f"Validation loss is {median(y):.3g} with {median(right):.0%} right: no honest "
        f"probabilities cost more than {median(most):.3g} there. Training accuracy is far above: "
        "the network is sure of what it has learned by heart.",
        weight=3.0,
        effect=float(median(y) / median(most)) - 1,
        epochs=(int(shared[0]), int(shared[-1])),
    )


HALF_RIGHT = 0.5
LEFT_OUT, FEWEST_STRETCH = 3, 4
"""How many times the usual step an ellipsis is, and rows on either side of it."""
AUTOCORRELATED = 3.0
"""By how much scatter with an autocorrelation of one half widens the variance of a mean."""
FEWEST_APART, EPOCHS_APART, RISE_APART = 3, 5, 1.15
FEWEST, FEWEST_TESTED = 5, 8
CLIMBS, CLIMB = 4, 1.25
FEW_CLIMBS, HIGH_CLIMB = 3, 2.0
"""Rows of an excerpt that skips epochs: three rises in a row do, to twice the least."""


def _climbs(y: np.ndarray, x: np.ndarray) -> tuple[int, float] | None:
    """Return how many epochs at the end raised validation loss, far enough, and by what chance."""
    count, p_value = falls_at_end(-y)
    least, rise = (CLIMBS, CLIMB) if len(y) > FEWEST else (FEW_CLIMBS, HIGH_CLIMB)
    far = y[-1] > rise * y.min() > 0
    return (count, p_value) if count >= least and far and x[-1] < x[-count - 1] else None


def _fell(x: np.ndarray) -> bool:
    """Return whether training loss fell by a sixth over a stretch, ends taken as medians."""
    if len(x) < 3:
        return False
    begin, end = median(x[:3]), median(x[-3:])
    return begin > 0 and (begin - end) / begin >= LEAST_FALL


def _at_least(loss: Curve, val_loss: Curve) -> Curve | None:
    """Return the least training accuracy that a mean cross-entropy leaves possible.

    An image that is not recognised has less than 1/2 on its own class and costs more than ln 2. A
    validation loss above 1 is no squared error of probabilities.
    """
    if not np.isfinite(loss.values).all() or float(val_loss.values.max()) <= 1:
        return None
    return Curve(loss.epochs, np.clip(1 - loss.values / np.log(2), 0, 1))


def _far_apart(
    accuracy: Curve | None, val_accuracy: Curve | None, data: DataSummary | None
) -> bool | None:
    """Return whether training accuracy is surely more than 15 points above that on validation.

    By the upper Wilson bound where the number of validation images is known, else by two scatters.
    `None` where an accuracy is missing.
    """
    if accuracy is None or val_accuracy is None or len(val_accuracy) < 5:
        return None
    # In so few epochs training accuracy still climbs: its median lags.
    few = len(val_accuracy) < FEWEST_TESTED
    train = float(accuracy.values[-1] if few else median(accuracy.values[-3:]))
    val = median(val_accuracy.values[-3:])
    if not 0 <= val <= 1:
        return None
    if data is not None and data.n_val:
        return train - wilson(val, data.n_val).high > FAR
    if len(val_accuracy) == FEWEST:  # too few for a scatter: the best of them instead
        return train - float(val_accuracy.values.max()) > FAR
    scatter = noise(val_accuracy.values)
    return train - val - 2 * (scatter.sigma if scatter else 0.0) > FAR


def _holds(val_accuracy: Curve | None) -> bool:
    """Return whether validation accuracy shows no fall after its best stretch."""
    turn = turn_after_minimum(-val_accuracy.values) if val_accuracy is not None else None
    return turn is not None and turn.p_value > 0.05


def _advise(run: Run) -> str:
    """Return what makes validation better; stopping early alone does where validation falls."""
    if run.recipe is not None and run.recipe.images is not None:
        return _further(run)
    val_loss, val_accuracy = run.curves.get("val_loss"), run.curves.get("val_accuracy")
    if val_loss is None or not len(val_loss) or not np.isfinite(val_loss.values).all():
        return _better(run)
    best = int(val_loss.epochs[int(np.argmin(val_loss.values))])
    if val_accuracy is not None and _holds(val_accuracy):
        return f"{_better(run)}. Stopping at epoch {best} saves time, not accuracy"
    return (
        f"keep the weights of epoch {best} (EarlyStopping, restore_best_weights=True); to get "
        f"further: {_better(run)}"
    )


def _further(run: Run) -> str:
    """Return what to change in a run of `fitdoctor train`; "" where an experiment would tell.

    Where early stopping has put back weights from before the rise, stopping earlier adds nothing.
    """
    recipe, kept = run.recipe, kept_epoch(run)
    backbone = recipe.backbone if recipe is not None else None
    stopped = recipe is not None and bool(recipe.patience) and kept is not None
    if backbone is not None and backbone.weights == "none":
        better = (
            f"{backbone.name} from random weights asks for many more images: take pretrained "
            "weights (--weights imagenet, or a file), or --backbone small_cnn"
        )
    elif stopped:
        better = f"to get further: {_better(run)}"
    else:
        return ""
    return f"the weights of epoch {kept.epoch} were kept; {better}" if stopped and kept else better


def _better(run: Run) -> str:
    layers = run.recipe.layers if run.recipe else ()
    backbone = run.recipe.backbone if run.recipe else None
    flat = next((i for i, x in enumerate(layers) if x.kind == "Flatten"), None)
    head = next((x for x in layers[flat:] if x.kind == "Dense"), None) if flat is not None else None
    pooled = any(x.kind.startswith("Global") for x in layers)
    if backbone is not None and head is not None and not pooled and (head.units or 0) >= WIDE:
        return (
            f"GlobalAveragePooling2D in place of Flatten (line {layers[flat or 0].line}): "
            f"Dense({head.units}) on all of {backbone.name}'s map holds most of the weights"
        )
    known = run.script is not None and bool(run.script.feeds)
    augments = known and any(f.inputs.has("augment") for f in training_feeds(run.script))
    if augments or any(x.kind.startswith("Random") for x in layers):
        return "more images, a smaller network or more dropout"
    return "augmentation or more images, a smaller network, dropout"


WIDE = 64
"""Units from which on a Dense behind Flatten is most of a network on a pretrained backbone."""

RULE = Rule(
    code="FD101",
    check=overfitting,
    kind="cause",
    severity="warning",
    least_effect=0.02,
    effect_of="the loss that rises, or that training gains while validation stalls,",
    any_of=("val_loss", "claims"),
    prior=0.10,
    excluded=validation_is_no_worse,
    explains={"validation_spikes": 0.2},
    remedies=(stop_early, add_dropout),
    advise=_advise,
    torch_advice="keep the weights of the best validation epoch; to get further: augmentation or "
    "more images, a smaller network, dropout",
    statistical=True,
    clear="validation loss neither rises nor stalls for long while training loss falls on",
    clear_with=("loss val_loss",),
    asks={
        "evaluate_on_training_images": {
            "about_the_same": 0.85,
            "much_worse": 0.02,
            "much_better": 0.13,
        },
        "training_images": {"below_500": 0.21, "500_to_5000": 0.42, "above_5000": 0.37},
        "predicted_classes": {"yes": 0.04, "no": 0.96},
        "same_preparation": {"yes": 0.98, "no": 0.02},
    },
    denied_by=(*AGREE, ON_ONE_SET, Said("overfits", negated=True)),
    sick=(
        with_curves(loss=falling(to=0.05), val_loss=rising_after()),
        with_curves(loss=falling(to=0.05), val_loss=rising_after(5, rise=0.05, noise=0.03)),
        with_curves(loss=straight(60, to=0.3), val_loss=falling(60, to=0.7, noise=0.02)),
        with_curves(loss=straight(30, to=0.4), val_loss=flat(30, at=0.8, noise=0.02)),
    ),
    healthy=(
        with_curves(loss=falling(), val_loss=falling(to=0.4)),
        with_curves(loss=falling(), val_loss=falling(to=0.4, noise=0.03, phi=0.7)),
        with_curves(loss=flat(at=1.2), val_loss=rising_after(5, rise=0.01)),
    ),
)
