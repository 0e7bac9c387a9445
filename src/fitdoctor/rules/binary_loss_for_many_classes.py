"""Binary cross-entropy for more than two exclusive classes.

## Why it matters
Keras then counts accuracy element by element: of ten outputs eight are right for an uninformed
network, so it starts near (K - 1) / K and a true error of e shows as about 2 e / K. The loss is
small for the same reason.

## How it is measured
From the layers and compile: softmax over three or more units under `binary_crossentropy`. Sigmoid
outputs may be several labels at once: they count where the labels are made one-hot, or as many
classes were read, counted or stated; a number of classes that the script names says no such thing.

## What to try
`categorical_crossentropy`, or the sparse one for integer labels.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import columns
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import OWN_NUMBER, DataSummary, Run, Script
from fitdoctor.rule import Rule


def binary_loss_for_many_classes(
    recipe: Recipe | None = None,
    data: DataSummary | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    if stated(claims, "several_labels"):
        return
    said = stated(claims, "said_binary_accuracy")
    classes = data.n_classes if data else None
    if said is not None and said.value is not None and classes and classes > FEW:
        untaught = (classes - 1) / classes
        if abs(said.value - untaught) < DIGITS:
            yield Evidence(
                sentence=f"({classes} - 1) / {classes} = {untaught:.4f} is what counting element "
                "by element gives a network that knows nothing; stated: "
                f"\u201c{said.sentence}\u201d",
                weight=5.0,
            )
            return
    if recipe is None:
        return
    output = output_index(recipe.layers)
    if output is None or not (recipe.loss or "").startswith("binary_crossentropy"):
        return
    layer = recipe.layers[output]
    units = layer.units or 0
    activation = activation_of(recipe.layers, output)
    one_hot = script is not None and any(f.labels.has("one_hot") for f in script.fed("train"))
    # A script's own number of classes may be one of labels that are true at once.
    counted = data is not None and data.n_classes == units
    own = data is not None and data.origins.get("n_classes") == OWN_NUMBER
    exclusive = (counted and not own) or one_hot
    if units > 2 and activation == "sigmoid" and exclusive:
        yield Evidence(
            sentence=f"binary_crossentropy over {units} sigmoids for {units} exclusive classes: "
            f"accuracy is counted element by element; an uninformed network shows "
            f"{(units - 1) / units:.2f}.",
            weight=3.5,
            line=layer.line,
        )
    # Several columns of a table are labels that may be true at once: the softmax is what is wrong.
    several = script is not None and any(columns(f.labels) for f in script.fed("train"))
    if units > 2 and activation == "softmax" and not several:
        yield Evidence(
            sentence=f"binary_crossentropy over {units} exclusive classes: accuracy is counted "
            f"element by element and an uninformed network shows {(units - 1) / units:.2f}.",
            weight=5.5,
            line=layer.line,
        )


FEW, DIGITS = 2, 6e-4


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give exclusive classes softmax and the loss that takes their labels as they are."""
    del seen
    form = mends.labels_of(run)
    # Rows as long as the output are what a binary loss takes; nothing else would have run.
    changed = mends.for_classes(run, run.recipe or Recipe(), form or "one-hot")
    if changed is not None and form != "many-hot":
        yield Change(
            recipe=changed,
            reason=f"Use {changed.loss}: one class of several is true of an image.",
            certain=form is not None,
        )


RULE = Rule(
    code="FD212",
    check=binary_loss_for_many_classes,
    mend=mend,
    kind="cause",
    any_of=("recipe", "claims"),
    severity="error",
    prior=0.02,
    advice="categorical_crossentropy, or the sparse one for integer labels",
    torch_advice="CrossEntropyLoss on the linear output, with class numbers as labels",
    clear="the loss suits the number of classes",
    turns={"exclusive classes": 1},
    sick=(
        with_recipe(
            layers=(Layer(kind="Dense", units=10, activation="softmax"),),
            loss="binary_crossentropy",
        ),
    ),
    healthy=(
        with_recipe(
            layers=(Layer(kind="Dense", units=1, activation="sigmoid"),),
            loss="binary_crossentropy",
        ),
    ),
)
