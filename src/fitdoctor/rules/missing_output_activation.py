"""The output is linear, but the loss expects probabilities.

## Why it matters
Cross-entropy takes the logarithm of what it is given. Linear outputs are clipped to 0..1 first, so
most images get no gradient at all.

## How it is measured
From the layers and compile: the last Dense layer has no activation of its own and none after it,
under a cross-entropy without `from_logits=True`. An activation that cannot be told is not missing.
torch's own words for a loss that is given no probabilities count too.

## What to try
`activation="softmax"` (or sigmoid for one unit), or `from_logits=True` in the loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor import lazy_re, mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change, Rename
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import OPAQUE, activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def missing_output_activation(
    recipe: Recipe, claims: tuple[Claim, ...] | None = None
) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    loss = recipe.loss or ""
    far = stated(claims, "largest_target")
    if far is not None and (far.value or 0) > 1 and loss.startswith("binary"):
        return  # numbers are wanted: a linear output is right, the loss is not
    last = recipe.layers[-1] if recipe.layers else None
    if loss == "negative_log_likelihood" and last is not None and _is_linear(last):
        yield Evidence(
            sentence="NLLLoss takes logarithms of probabilities; the output ends in a linear "
            "layer, without log_softmax.",
            weight=5.0,
            line=last.line,
        )
        return
    if output is None or "crossentropy" not in loss or "from_logits" in loss:
        return
    # Over one unit a categorical loss is 0, with softmax as well: the loss is what is wrong.
    one = recipe.layers[output].units == 1 and loss.startswith("categorical")
    if activation_of(recipe.layers, output) in {None, "linear"} and not one:
        yield Evidence(
            sentence=f"The output is linear under {loss}, which expects probabilities.",
            weight=5.5,
            line=recipe.layers[output].line,
        )


_A_LINEAR_LAYER = lazy_re.compile(r"self\.(?:fc|linear|lin|out|output|head|classifier|dense)\w*$")


def _is_linear(layer: Layer) -> bool:
    """Return whether this is a last layer without an activation, in an excerpt by its name."""
    if layer.kind == OPAQUE:
        return bool(_A_LINEAR_LAYER.match(layer.name or ""))
    return layer.kind == "Dense" and layer.activation in {None, "linear"}


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give the output the activation whose probabilities the loss takes."""
    del seen
    recipe = run.recipe or Recipe()
    if mends.in_torch(run):
        for old, new, name in LOGITS:
            yield Change(
                recipe=replace(recipe, loss=name),
                edits=(Rename(line=0, old=old, new=new),),
                written_out=True,
                reason=f"{new} takes the linear output.",
                certain=True,
            )
        return
    output = output_index(recipe.layers)
    if output is None:
        return
    binary = (recipe.loss or "").startswith("binary")
    ends = "sigmoid" if recipe.layers[output].units == 1 or binary else "softmax"
    changed = mends.with_activation(recipe, output, ends, run)
    if changed is not None:
        yield Change(
            recipe=changed,
            reason=f"Use {ends} on the output: {recipe.loss} takes probabilities.",
            certain=True,
        )


LOGITS = (
    ("NLLLoss", "CrossEntropyLoss", "sparse_categorical_crossentropy(from_logits)"),
    ("BCELoss", "BCEWithLogitsLoss", "binary_crossentropy(from_logits)"),
)
"""Losses of probabilities, those of linear outputs in their place, and the name of these."""


RULE = Rule(
    code="FD208",
    check=missing_output_activation,
    mend=mend,
    told_by={"error_not_probabilities": 6.0},
    kind="cause",
    severity="error",
    prior=0.02,
    explains={"never_learned": 0.5, "constant_output": 0.4, "loss_became_nan": 0.2},
    advice="give the output softmax, or the loss from_logits=True",
    torch_advice="log_softmax before NLLLoss, or CrossEntropyLoss on the linear output; "
    "likewise sigmoid before BCELoss, or BCEWithLogitsLoss",
    clear="output activation and loss agree on probabilities or logits",
    asks={
        "output_activation": {"softmax": 0.02, "sigmoid": 0.02, "none": 0.94, "relu_or_tanh": 0.02},
    },
    turns={"output activation": 1},
    sick=(with_recipe(layers=(Layer(kind="Dense", units=4),)),),
    healthy=(
        with_recipe(
            layers=(Layer(kind="Dense", units=4),), loss="categorical_crossentropy(from_logits)"
        ),
        with_recipe(layers=(Layer(kind="Dense", units=4, activation="unknown"),)),
        with_recipe(
            layers=(Layer(kind="Dense", units=4), Layer(kind="Activation", activation="softmax"))
        ),
    ),
)
