"""The output ends in an activation that task and loss do not go with.

## Why it matters
Cross-entropy wants probabilities. tanh and softsign give negative ones, elu and leaky relu have no
upper end, and softplus no lower sense of certainty: the loss is clipped, NaN or meaningless.

## How it is measured
From the recipe: an output that ends in tanh, softsign, elu, selu, softplus, leaky_relu, swish or
exponential under a cross-entropy loss; one that ends in softmax or sigmoid under torch's NLLLoss,
which takes logarithms of probabilities and turns negative on probabilities.

## What to try
softmax for exclusive classes, sigmoid for one unit; log_softmax before NLLLoss.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change, Rename
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

UNSUITED = {
    "tanh", "softsign", "elu", "selu", "softplus", "leaky_relu", "swish", "silu", "gelu",
    "exponential", "mish",
}  # fmt: skip


def output_activation_unsuited(recipe: Recipe) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    last = recipe.layers[-1] if recipe.layers else None
    ends = (last.activation or last.kind.lower()) if last is not None else None
    if (
        last is not None
        and recipe.loss == "negative_log_likelihood"
        and ends in {"softmax", "sigmoid"}
    ):
        yield Evidence(
            sentence=f"NLLLoss takes logarithms of probabilities; the output ends in {ends}.",
            weight=5.0,
            line=last.line,
        )
        return
    if (
        output is None
        or "crossentropy" not in (recipe.loss or "")
        or "from_logits" in (recipe.loss or "")
    ):
        return
    activation = activation_of(recipe.layers, output)
    if activation in UNSUITED:
        yield Evidence(
            sentence=f"The output ends in {activation}, which gives no probabilities, under "
            f"{recipe.loss}.",
            weight=5.0,
            line=recipe.layers[output].line,
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give the output softmax, one unit sigmoid, and what NLLLoss takes log_softmax."""
    recipe = run.recipe or Recipe()
    output, last = output_index(recipe.layers), mends.last_activation(recipe)
    if recipe.loss == "negative_log_likelihood":
        if last is None:
            return
        changed = mends.with_layer(recipe, last, kind="Activation", activation="log_softmax")
        for old, new in (("softmax", "log_softmax"), ("Softmax", "LogSoftmax")):
            yield Change(
                recipe=changed,
                edits=(Rename(line=seen.line or 0, old=old, new=new),),
                written_out=True,
                reason="NLLLoss takes logarithms of probabilities, which log_softmax gives.",
                certain=True,
            )
        return
    if output is None:
        return
    ends = "sigmoid" if recipe.layers[output].units == 1 else "softmax"
    if (changed_ := mends.with_activation(recipe, output, ends, run)) is not None:
        yield Change(
            recipe=changed_,
            reason=f"Use {ends} on the output: {recipe.loss} takes probabilities.",
            certain=True,
        )


RULE = Rule(
    code="FD227",
    check=output_activation_unsuited,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"never_learned": 0.4, "loss_became_nan": 0.3, "constant_output": 0.2},
    advice="softmax for exclusive classes, sigmoid for a single unit",
    torch_advice="log_softmax before NLLLoss, or CrossEntropyLoss on the linear output; "
    "sigmoid before BCELoss",
    clear="the output gives probabilities, or logits to a loss that expects them",
    turns={"output activation": 1},
    sick=(
        with_recipe(
            layers=(Layer(kind="Dense", units=4, activation="tanh"),),
            loss="categorical_crossentropy",
        ),
        with_recipe(
            layers=(
                Layer(kind="Dense", units=4),
                Layer(kind="Activation", activation="softmax"),
            ),
            loss="negative_log_likelihood",
        ),
    ),
    healthy=(
        with_recipe(),
        with_recipe(
            layers=(Layer(kind="Dense", units=1, activation="hard_sigmoid"),),
            loss="binary_crossentropy",
        ),
        with_recipe(
            layers=(
                Layer(kind="Dense", units=4),
                Layer(kind="Activation", activation="log_softmax"),
            ),
            loss="negative_log_likelihood",
        ),
    ),
)
