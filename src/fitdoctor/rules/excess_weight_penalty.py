"""L1 or L2 penalties are so strong that the loss is mostly penalty.

## Why it matters
The reported training loss contains the penalty. A strong one holds the weights near zero: the
network cannot fit, and its loss does not say how well it classifies.

## How it is measured
From the recipe: an L2 factor of 0.05 or more (L1: 0.01) on a layer, or a weight decay of the
optimizer of 0.2 or more, unless the loss is summed over the images: its gradients are then larger
by their number. And the same factors where they are stated. Not on an output for numbers beside the
one for classes: it holds no other part of the network back.

## What to try
L2 of 1e-4, or none.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.catalogue.losses import NUMERIC
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.run import SUMMED_LOSS, Run, Script
from fitdoctor.rule import Rule

MOST_L2, MOST_L1 = 0.05, 0.01
MOST_DECAY = 0.2
"""AdamW is used with up to 0.1."""


def excess_weight_penalty(
    recipe: Recipe | None = None,
    claims: tuple[Claim, ...] | None = None,
    script: Script | None = None,
) -> Iterator[Evidence]:
    for name, most in (
        ("l2_factor", MOST_L2),
        ("l1_factor", MOST_L1),
        ("weight_decay", MOST_DECAY),
    ):
        said = stated(claims, name)
        if said is not None and said.value is not None and said.value >= most:
            yield Evidence(
                sentence=f"You write: \u201c{said.sentence}\u201d; 1e-4 is usual.",
                weight=4.5 if said.value >= 10 * MOST_L2 else 2.5,
            )
            return
    if recipe is None:
        return
    if script is None or not script.called(SUMMED_LOSS):
        yield from _by_optimizer(recipe.optimizer)
    apart = _head_of_numbers(recipe, script)
    for index, layer in enumerate(recipe.layers):
        if index == apart:
            continue
        if (layer.l2 or 0) >= MOST_L2 or (layer.l1 or 0) >= MOST_L1:
            kind, factor = ("L2", layer.l2) if (layer.l2 or 0) >= MOST_L2 else ("L1", layer.l1)
            yield Evidence(
                sentence=f"{layer.kind} has an {kind} penalty of {factor:g}; 1e-4 is usual.",
                weight=4.5 if (factor or 0) >= 10 * MOST_L2 else 2.5,
                line=layer.line,
            )
            return


def _head_of_numbers(recipe: Recipe, script: Script | None) -> int | None:
    """Return the output that is fitted to numbers beside one that tells classes apart.

    What holds its weights back holds back no other part of the network, and its loss has another
    scale.
    """
    compiled = script.called("compile") if script is not None else ()
    fact = compiled[-1].arguments.get("loss") if compiled else None
    losses = fact.value if fact is not None else None
    dense = [index for index, layer in enumerate(recipe.layers) if layer.kind == "Dense"]
    if not dense or not isinstance(losses, (dict, list, tuple)) or len(losses) < 2:
        return None
    own = losses.get(recipe.layers[dense[-1]].name) if isinstance(losses, dict) else losses[-1]
    return dense[-1] if isinstance(own, str) and own in NUMERIC else None


def _by_optimizer(optimizer: Optimizer | None) -> Iterator[Evidence]:
    decay = optimizer.weight_decay if optimizer else None
    if optimizer is not None and decay is not None and decay >= MOST_DECAY:
        yield Evidence(
            sentence=f"{optimizer.name} has a weight decay of {decay:g}; 1e-4 is usual, for AdamW "
            "up to 0.1.",
            weight=4.5 if decay >= 10 * MOST_L2 else 2.5,
            line=optimizer.line,
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the usual strength of the penalty."""
    recipe = run.recipe or Recipe()
    optimizer = recipe.optimizer
    if optimizer is not None and optimizer.weight_decay and "weight decay" in seen.sentence:
        usual = replace(optimizer, weight_decay=1e-4)
        edit = Argument(line=optimizer.line or 0, calls=(optimizer.name or "",),
                        names=("weight_decay",), value=1e-4)  # fmt: skip
        yield Change(
            recipe=replace(recipe, optimizer=usual), edits=(edit,), written_out=True, reason=USUAL
        )
        return
    for index, layer in enumerate(recipe.layers):
        name = "l1" if "L1" in seen.sentence else "l2"
        if layer.line == seen.line and (factor := getattr(layer, name)):
            alike = [i for i, x in enumerate(recipe.layers) if getattr(x, name) == factor]
            wanted = recipe
            for at in alike if index in alike else ():
                wanted = mends.with_layer(wanted, at, **{name: 1e-4})
            lines = dict.fromkeys(recipe.layers[i].line or 0 for i in alike)
            edits = tuple(Argument(line=line, calls=(name, name.upper()), names=(name, "l"),
                                   value=1e-4, position=0) for line in lines)  # fmt: skip
            yield Change(recipe=wanted, edits=edits, reason=USUAL, written_out=True)
            return


USUAL = "1e-4 holds weights back without outweighing the loss."


RULE = Rule(
    code="FD221",
    check=excess_weight_penalty,
    mend=mend,
    kind="cause",
    severity="warning",
    any_of=("recipe", "claims"),
    prior=0.01,
    explains={"underfitting": 0.5, "never_learned": 0.3},
    helped_by=("no_penalty",),
    advice="an L2 penalty of 1e-4, or none",
    clear="no penalty is unusually strong",
    clear_with=("layers",),
    asks={
        "training_augmented_or_dropped": {"yes": 0.98, "no": 0.02},
    },
    denied_by=(Said("regularized", negated=True),),
    sick=(with_recipe(layers=(Layer(kind="Dense", units=4, activation="softmax", l2=0.5),)),),
    healthy=(with_recipe(layers=(Layer(kind="Dense", units=4, activation="softmax", l2=1e-3),)),),
)
