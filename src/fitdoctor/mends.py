"""Parts of which the mends of rules are made: recipes in which one thing is another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from fitdoctor.catalogue.layers import ACTIVATION_LAYERS
from fitdoctor.catalogue.losses import FOR_LABELS
from fitdoctor.records.change import Argument, Change, Prepare
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.run import Feed, Operation, Run, training_feeds


def in_torch(run: Run) -> bool:
    """Return whether the script is one of PyTorch, where layers have no activation of their own."""
    return run.script is not None and run.script.framework == "torch"


def with_layer(recipe: Recipe, index: int, **fields: Any) -> Recipe:
    """Return the recipe with other settings of one layer."""
    layers = list(recipe.layers)
    layers[index] = replace(layers[index], **fields)
    return replace(recipe, layers=tuple(layers))


def without_layer(recipe: Recipe, index: int) -> Recipe:
    """Return the recipe without one of its layers."""
    return replace(recipe, layers=(*recipe.layers[:index], *recipe.layers[index + 1 :]))


def with_rate(recipe: Recipe, rate: float) -> Recipe:
    """Return the recipe with another learning rate of its optimizer."""
    return replace(recipe, optimizer=replace(recipe.optimizer or Optimizer(), learning_rate=rate))


def with_activation(recipe: Recipe, index: int, name: str | None, run: Run) -> Recipe | None:
    """Return the recipe in which a layer ends in another activation, or in none.

    An activation that is a layer of its own is changed there. `None` where this cannot be written
    without a layer more, as in PyTorch.
    """
    layers = recipe.layers
    if layers[index].activation not in {None, "linear"}:
        return with_layer(recipe, index, activation=name)
    behind = _its_activation(recipe, index)
    if behind is not None and name is None:
        return without_layer(recipe, behind)
    if behind is not None:
        plain = layers[behind].kind == "Activation" and not in_torch(run)
        return with_layer(recipe, behind, activation=name) if plain else None
    return None if in_torch(run) else with_layer(recipe, index, activation=name)


def _its_activation(recipe: Recipe, index: int) -> int | None:
    """Return the layer that is the activation of another, which has none of its own."""
    if activation_of(recipe.layers, index) in {None, "linear"}:
        return None
    for at in range(index + 1, len(recipe.layers)):
        if recipe.layers[at].kind == "Activation" or recipe.layers[at].kind in ACTIVATION_LAYERS:
            return at
    return None


def last_activation(recipe: Recipe) -> int | None:
    """Return the last layer, if it is an activation and nothing else."""
    last = recipe.layers[-1] if recipe.layers else Layer(kind="")
    alone = last.kind == "Activation" or last.kind in ACTIVATION_LAYERS
    return len(recipe.layers) - 1 if alone else None


RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "Bidirectional", "RNN", "ConvLSTM2D"})
"""Layers over sequences, whose order from batch to batch may be meant."""


def rounded(rate: float) -> float:
    """Return a rate to one digit.

    >>> rounded(0.00312)
    0.003
    """
    return float(f"{rate:.0e}")


def labels_of(run: Run) -> str | None:
    """Return the form of the labels that are trained on: `one-hot`, `integer` or `many-hot`.

    `None` where the script does not show it.
    """
    for feed in training_feeds(run.script):
        held = feed.labels.numbers
        if held is not None and held.many_hot:
            return "many-hot"
        if held is not None and (held.one_hot or held.classes > 1):
            return "one-hot" if held.one_hot else "integer"
        if feed.labels.has("class_mode"):
            mode = str(feed.labels.value("class_mode"))
            return {"categorical": "one-hot"}.get(mode, "integer")
        coded = [o.name for o in feed.labels.operations]
        made = next((n for n in reversed(coded) if n in CODES), None)
        if made is not None:
            return CODES[made]
        if "load_data()" in (feed.labels.origin or "") and "call" not in coded:
            return "integer"
    return None


def classes_of(run: Run) -> int | None:
    """Return how many classes the labels are of, where the script or its data tell."""
    for feed in training_feeds(run.script):
        if feed.labels.numbers is not None and feed.labels.numbers.classes > 1:
            return feed.labels.numbers.classes
        if feed.labels.value("class_mode") == "binary":
            return 2
    return run.data.n_classes if run.data is not None else None


def for_one_unit(run: Run, recipe: Recipe) -> Recipe | None:
    """Return the recipe for the classes that there are, where one unit stands under their loss.

    Two get sigmoid and the binary loss, more a unit each; `None` where their number is not known.
    """
    output, classes = output_index(recipe.layers), classes_of(run)
    if output is None or classes is None or classes < 2:
        return None
    if classes == 2:
        changed = with_activation(recipe, output, "sigmoid", run)
        return changed and replace(changed, loss="binary_crossentropy")
    changed = with_activation(recipe, output, "softmax", run)
    return changed and with_layer(changed, output, units=classes)


CODES = {
    "one_hot": "one-hot", "many_hot": "many-hot", "argmax": "integer", "label_encode": "integer",
    "codes": "integer",
}  # fmt: skip
"""What is done to labels last -> the form in which they are then."""


def for_classes(run: Run, recipe: Recipe, form: str | None) -> Recipe | None:
    """Return the recipe with output and loss for classes whose labels have a form.

    Two classes on one unit get sigmoid. `None` where the form or the output is not known: a number
    may be what one unit is for.
    """
    output = output_index(recipe.layers)
    if output is None:
        return None
    if recipe.layers[output].units == 1:
        if form != "integer":
            return None
        loss, ends = "binary_crossentropy", "sigmoid"
    elif form in FOR_LABELS:
        loss, ends = FOR_LABELS[form or ""], "sigmoid" if form == "many-hot" else "softmax"
    else:
        return None
    changed = recipe
    if activation_of(recipe.layers, output) != ends:
        changed = with_activation(recipe, output, ends, run) or recipe
        if changed is recipe:
            return None
    return replace(changed, loss=loss)


def with_metrics(run: Run, renamed: Callable[[str], str]) -> Argument | None:
    """Return the edit by which each metric of compile gets another name.

    `None` where some is no plain name.
    """
    script = run.script
    fact = script.compile.get("metrics") if script else None
    given = fact.value if fact is not None else None
    if script is None or not isinstance(given, list) or not all(isinstance(n, str) for n in given):
        return None
    names = list(dict.fromkeys(map(renamed, given)))
    made = [c for c in script.called("compile") if c.arguments.get("metrics") == fact]
    if names == given or len(made) != 1:
        return None
    listed = ", ".join(f'"{name}"' for name in names)
    return Argument(
        line=made[0].line, calls=("compile",), names=("metrics",), source=f"[{listed}]", position=2
    )


def metrics_of_numbers(run: Run) -> Argument | None:
    """Return the edit by which accuracy, which counts equal numbers, becomes a mean distance."""
    return with_metrics(run, lambda name: "mae" if name in {"acc", "accuracy"} else name)


def scaled_alike(
    run: Run, train: Feed, other: Feed, found: Sequence[Operation]
) -> Iterator[Change]:
    """Yield the change that scales what is raw of two sets as the other one is."""
    factor = found[0].value if len(found) == 1 and found[0].name == "scale" else None
    if run.script is None or not isinstance(factor, float) or factor <= 0:
        return
    lacks = other.use if found[0] in train.inputs.operations else "train"
    why = "Scale both alike: a network knows images as it was trained on them."
    whole = round(1 / factor, 3)
    by = f"/ {whole:g}" if abs(factor * whole - 1) < 1e-6 else f"* {factor:g}"
    bare = [
        Argument(line=c.line, calls=(c.name,), names=("rescale",), source=f"1.0 {by}")
        for c in run.script.called("ImageDataGenerator")
        if "rescale" not in c.arguments
    ]
    if bare:
        yield Change(edits=tuple(bare), reason=why, certain=True)
        return
    edit = Prepare(line=train.line, source="{x} = {x} " + by, sets=(lacks,))
    yield Change(edits=(edit,), reason=why, certain=True)
