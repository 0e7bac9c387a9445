"""The labels have nothing to do with the images.

## Why it matters
Labels drawn at random, shuffled apart from their images or read from the wrong column can be
learned by heart and never predicted: training rises, validation stays at chance for good.

## How it is measured
From the script: labels drawn by a random generator, and not made of the inputs, which are read or
drawn themselves. A class that is drawn, and an image of it that is then taken, belong together. Or
from curves:
validation accuracy never leaves what guessing gives (never 15 % of the way from 1 / K to 1, its
median within 7 points) while training accuracy in inference mode has come 30 points above it: so
it is not the mode of the network. Without that curve the same is a symptom of many causes.

## What to try
Show ten images with their labels. Check the order in which images and labels are read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from fitdoctor import lazy_re
from fitdoctor.cases import falling, flat, with_curves, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import CHOOSES, ITSELF
from fitdoctor.records.network import WEIGHTED
from fitdoctor.records.run import Curve, Feed, Flow, Script, training_feeds
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

ABOVE = 0.3
NEAR = 0.15
_DRAWS = frozenset(
    {"rand", "randn", "randint", "random", "random_sample", "choice", "normal", "uniform",
     "integers", "binomial", "random_integers", "standard_normal"}
)  # fmt: skip
_WHOLE = lazy_re.compile(
    r"randint|integers|choice|binomial|round|rint|to_categorical|one_hot|argmax|sign\(|int\b|[<>]"
)
"""What draws whole numbers, or makes such of others."""
_OF_A_SHAPE = frozenset({"normal", "uniform", "binomial"})
"""Draws whose arguments may be other arrays: what is drawn comes of those."""
_MODULES = frozenset({"np", "numpy", "random", "tf", "torch", "rng", "jnp", "keras", "K", "ops"})
_READ = lazy_re.compile(
    r"imread|load_img|^open$|load|read_|listdir|glob|from_file|open\(|directory"
)


def labels_carry_no_signal(
    script: Script | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
    probe_accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    for feed in training_feeds(script):
        if _unrelated(feed) and _trained(script):
            yield Evidence(
                sentence=f"The labels are drawn at random: {feed.labels.origin}.",
                weight=4.5,
                line=feed.line,
            )
            return
    if probe_accuracy is None or val_accuracy is None or not classes or len(val_accuracy) < 8:
        return
    if not np.isfinite(val_accuracy.values).all():
        return
    chance = 1 / classes
    best, usual = float(val_accuracy.values.max()), median(val_accuracy.values)
    # Images that look alike are guessed alike, so more than binomial scatter is to be expected.
    guessing = best < chance + NEAR * (1 - chance) and abs(usual - chance) < NEAR / 2
    end = median(probe_accuracy.values[-3:])
    if guessing and end > chance + ABOVE:
        yield Evidence(
            sentence=f"Training images are recognised in inference mode ({end:.2f}), validation "
            "images never beyond "
            f"{best:.2f}; guessing gives {chance:.2f}.",
            weight=3.0,
        )


def _unrelated(feed: Feed) -> bool:
    """Return whether these are labels that are drawn and that nothing ties to the inputs."""
    labels, inputs = feed.labels.numbers, feed.inputs.numbers
    if feed.inputs.has("filled") or feed.labels.has("filled", ITSELF, CHOOSES):
        return False
    if labels is not None and inputs is not None and not labels.recorded:
        return labels.whole and labels.apart_from(inputs)
    # Labels made of the inputs, or inputs of the labels, come of the same draw.
    related = feed.labels.origin == feed.inputs.origin
    names = _drawn(feed.labels) and _whole(feed.labels)
    return names and not related and _made_apart(feed.inputs)


def _drawn(flow: Flow) -> bool:
    """Return whether these are numbers of a random generator, and of no other array."""
    try:
        node = ast.parse(flow.origin or "", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return _of_generator(node) and not _beside_draws(node) - _MODULES


def _whole(flow: Flow) -> bool:
    """Return whether these are numbers that name classes: drawn as whole ones, or made such."""
    made = flow.has("cast", "argmax", "one_hot", "round", "label_encode")
    return made or bool(_WHOLE.search(flow.origin or ""))


def _of_generator(node: ast.AST) -> bool:
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    names = {ast.unparse(function).rpartition(".")[2] for function in calls}
    return bool(names & _DRAWS)


def _beside_draws(node: ast.AST) -> set[str]:
    """Return the names in an expression that are no argument of what draws."""
    name = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    if name in _DRAWS - _OF_A_SHAPE:
        return set()
    if isinstance(node, ast.Name):
        return {node.id}
    return set().union(*(_beside_draws(part) for part in ast.iter_child_nodes(node)))


def _made_apart(inputs: Flow) -> bool:
    """Return whether inputs are read or drawn, not laid out number by number, as labels may say."""
    origin = inputs.origin
    if inputs.has("filled", "call"):
        return False
    return not origin or origin.isidentifier() or bool(_READ.search(origin)) or _drawn(inputs)


def _trained(script: Script | None) -> bool:
    """Return whether there is a fit, or an excerpt of a network that does not compile it."""
    if script is None or script.fit or script.framework == "torch":
        return True
    layers = script.recipe.layers
    return not script.compile and (not layers or any(x.kind in WEIGHTED for x in layers))


RULE = Rule(
    code="FD414",
    check=labels_carry_no_signal,
    kind="cause",
    severity="warning",
    any_of=("script", "val_accuracy"),
    prior=0.02,
    explains={"validation_never_learned": 0.5, "never_learned": 0.3},
    advice="show ten images with their labels; check how both are read",
    clear="validation does better than guessing, or training does not either",
    clear_with=("val_accuracy classes probe_accuracy",),
    asks={
        "fits_twenty_images": {"yes": 0.83, "no": 0.17},
        "pictures_fit_their_labels": {"all": 0.5, "some_do_not": 0.17, "most_do_not": 0.33},
    },
    sick=(
        with_script(feeds=(Feed(use="train", labels=Flow("np.random.randint(0, 2, 100)")),)),
        with_curves(
            classes=4, probe_accuracy=falling(start=0.25, to=0.9), val_accuracy=flat(at=0.25)
        ),
    ),
    healthy=(with_script(feeds=(Feed(use="train", labels=Flow("labels")),)),),
)
