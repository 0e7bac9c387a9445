"""Weights start where learning cannot begin.

## Why it matters
Kernels of zeros or of one constant make all units of a layer alike: they get the same gradient and
stay alike, so the layer is one unit wide; behind relu, zeros pass no gradient at all. Huge kernels
saturate everything at once.

## How it is measured
From the layers: a hidden layer whose kernel starts as zeros, ones or a constant. Zeros in the
output layer alone are harmless and left alone. Two or more matrices of `tf.Variable(tf.zeros(...))`
in the script count too. Normal draws with a standard deviation of 1 or more
are as bad: fresh weights are drawn with less than 0.3. So are draws around a mean five standard
deviations from zero.

## What to try
Leave the initialiser out (Glorot uniform), or `he_normal` before relu.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import lazy_re, mends
from fitdoctor.cases import with_recipe, with_script
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import WEIGHTED
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Call, Run, Script
from fitdoctor.rule import Rule

WIDE = 1.0
FAR, SIGMAS = 0.2, 5.0
"""A mean this far from zero, in units and in standard deviations, gives all weights one sign."""
_SPREAD = lazy_re.compile(r"_normal\(([\d.e-]{1,12})(?:, mean=([\d.e-]{1,12}))?\)")
ALIKE = {"zeros", "zero", "ones", "one", "constant"}


def poor_initialisation(
    recipe: Recipe | None = None, script: Script | None = None
) -> Iterator[Evidence]:
    if script is not None and (alike := script.called("weights_alike")):
        yield Evidence(
            sentence="Several matrices of weights start as one and the same number: the units of a "
            "layer are alike and stay so.",
            weight=5.0,
            line=alike[0].line,
        )
        return
    if recipe is None:
        return
    weighted = [layer for layer in recipe.layers if layer.kind in WEIGHTED]
    for layer in weighted[:-1]:
        name = (layer.initializer or "").lower()
        if name in ALIKE and layer.units != 1:
            yield Evidence(
                sentence=f"The kernel of {layer.kind}({layer.units}) starts as {name}: its units "
                "are alike and stay so.",
                weight=5.0,
                line=layer.line,
            )
            return
        drawn = _SPREAD.search(name)
        mean = float(drawn[2] or 0) if drawn else 0.0
        if drawn and abs(mean) > max(FAR, SIGMAS * float(drawn[1])):
            yield Evidence(
                sentence=f"The kernel of {layer.kind}({layer.units}) is drawn around {mean:g}: "
                "all its weights have one sign, and so have its sums.",
                weight=4.5,
                line=layer.line,
            )
            return
        if drawn and float(drawn[1]) >= WIDE:
            yield Evidence(
                sentence=f"The kernel of {layer.kind}({layer.units}) is drawn with a standard "
                f"deviation of {drawn[1]}; fresh weights are drawn with less than 0.3.",
                weight=4.5,
                line=layer.line,
            )
            return


def _starting(initializer: str | None) -> tuple[Layer, ...]:
    hidden = Layer(kind="Dense", units=64, activation="relu", initializer=initializer)
    return (hidden, Layer(kind="Dense", units=4, activation="softmax"))


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Leave the start of the weights to the library."""
    recipe = run.recipe or Recipe()
    named = next((x.initializer for x in recipe.layers if x.line == seen.line), None)
    if named is None:
        return
    alike = [i for i, x in enumerate(recipe.layers) if x.initializer == named]
    for index in alike:
        recipe = mends.with_layer(recipe, index, initializer=None)
    yield Change(
        recipe=recipe,
        reason="Leave the start of the weights to the library: small numbers, each another.",
        certain=named.lower() in ALIKE,
    )


def _is_pretrained(recipe: Recipe | None) -> bool:
    backbone = recipe.backbone if recipe else None
    return backbone is not None and backbone.weights not in {None, "none"}


RULE = Rule(
    code="FD232",
    check=poor_initialisation,
    mend=mend,
    kind="cause",
    severity="error",
    any_of=("recipe", "script"),
    prior=0.01,
    excluded=lambda run: _is_pretrained(run.recipe),
    explains={"never_learned": 0.7, "constant_output": 0.4},
    told_by={"starts_alike": 4.0},
    helped_by=("initializer",),
    advice="leave kernel_initializer out, or he_normal before relu",
    torch_advice="leave the initialisation out, or nn.init.kaiming_normal_ before relu",
    clear="hidden kernels start from random numbers, as far as they are known",
    clear_with=("layers",),
    asks={
        "other_seed": {"yes": 0.49, "no": 0.51},
    },
    sick=(
        with_recipe(backbone=None, layers=_starting("zeros")),
        with_recipe(backbone=None, layers=_starting("random_normal(0.05, mean=-1)")),
        with_script(calls=(Call(name="weights_alike", line=2),)),
    ),
    healthy=(
        with_recipe(backbone=None, layers=_starting("he_normal")),
        with_recipe(backbone=None, layers=_starting("random_normal(0.05, mean=0.01)")),
    ),
)
