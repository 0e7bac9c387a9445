"""An optimizer that the script makes, or an argument of it, has no effect.

## Why it matters
Keras 3 rejects `lr=` and silently ignores `decay=`; the new optimizers of TensorFlow 2.11 ignore
`lr=`. The training runs, with another rate than the script says.

## How it is measured
From the script: `decay=` or `lr=` in code that otherwise only runs under Keras 3 or TensorFlow
2.11 and later (the version is stated, or `keras.ops`, `.keras` files or the log's bar tell it). An
optimizer that is made and then not given to compile, which gets a name instead, counts as well. So
does a log that prints one rate in all epochs, and another one than the settings say.

## What to try
`learning_rate=`, and a schedule in place of `decay`: `InverseTimeDecay(rate, 1, decay)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import both, falling, flat, with_curves, with_recipe, with_script
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import Curve, Fact, Run, Script, Unread
from fitdoctor.rule import Rule


def optimizer_argument_ignored(
    recipe: Recipe,
    claims: tuple[Claim, ...] | None = None,
    script: Script | None = None,
    learning_rate: Curve | None = None,
) -> Iterator[Evidence]:
    given = script.compile.get("optimizer") if script else None
    # What is given by its name is made nowhere in the script.
    made = recipe.optimizer is not None and recipe.optimizer.line is not None
    by_name = given is not None and isinstance(given.value, str) and not made
    for fact in script.never_read if script else ():
        if given is not None and by_name and fact.kind == "optimizer":
            yield Evidence(
                sentence=f"{fact.value} = {fact.source[:60]} is read nowhere; compile is given "
                f"{given.value!r}, with its defaults.",
                weight=4.5,
                line=fact.line,
            )
            return
    optimizer = recipe.optimizer
    if told := _another_rate(optimizer, script, learning_rate):
        yield told
        return
    if optimizer is None or not optimizer.decay or recipe.images is not None:
        return
    keras = recipe.keras or ""
    tensorflow = stated(claims, "tensorflow_version")
    new = keras.startswith("3") or (tensorflow is not None and _at_least(tensorflow.sentence))
    if new:
        yield Evidence(
            sentence=f"decay={optimizer.decay:g} has no effect here: the rate stays at "
            f"{optimizer.learning_rate or 'its start'}.",
            weight=4.0,
            line=optimizer.line,
        )


SAME = 0.02
"""Part of a rate by which a printed one may differ: it is rounded."""


def _another_rate(
    optimizer: Optimizer | None, script: Script | None, rates: Curve | None
) -> Evidence | None:
    """Return that a log prints one rate in all epochs, and the settings say another one."""
    if optimizer is None or rates is None or len(rates) < LEAST_ROWS or optimizer.schedule:
        return None
    told, printed = optimizer.learning_rate, float(rates.values[0])
    planned = script is not None and bool(script.program and script.program.plans)
    constant = bool((rates.values == printed).all())
    if not isinstance(told, float) or planned or not constant or not printed > 0:
        return None
    if abs(printed - told) <= SAME * told:
        return None
    return Evidence(
        sentence=f"The settings say a rate of {told:g}, and the log prints {printed:g} in all "
        f"{len(rates)} epochs.",
        weight=3.0,
        line=optimizer.line,
        fix="print the rate that the optimizer holds, and give it the one that is meant",
    )


LEAST_ROWS = 3


def _at_least(version: str) -> bool:
    """Return whether this is TensorFlow 2.11 or later, which ignores what old optimizers took."""
    parts = [int(p) for p in version.split(".")[:2] if p.isdigit()]
    return len(parts) == 2 and tuple(parts) >= (2, 11)


_MADE = Recipe(optimizer=Optimizer(name="SGD", line=5))
_AT_A_TENTH = with_recipe(optimizer=Optimizer(name="SGD", learning_rate=0.1))
_UNUSED = Unread("SGD(lr=0.01, momentum=0.9)", "opt", 4, "optimizer")


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give compile the optimizer that was made for it."""
    script = run.script
    made = script.called("compile") if script else ()
    for fact in script.never_read if script else ():
        later = [call.line for call in made if call.line > fact.line]
        if fact.kind == "optimizer" and fact.line == seen.line and len(later) == 1:
            edit = Argument(
                line=later[0], calls=("compile",), names=("optimizer",), source=str(fact.value),
                position=0,
            )  # fmt: skip
            yield Change(
                edits=(edit,),
                frees=("optimizer",),
                reason=f"compile gets {fact.value} itself, not a new one with defaults.",
                certain=True,
            )


RULE = Rule(
    code="FD312",
    check=optimizer_argument_ignored,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.01,
    advice="use learning_rate= and a schedule object",
    torch_advice="use the optimizer that is made",
    clear="no argument of the optimizer is known to be ignored",
    sick=(
        both(with_curves(learning_rate=flat(9, at=0.01, noise=0.0)), _AT_A_TENTH),
        with_recipe(keras="3.9", optimizer=Optimizer(name="SGD", learning_rate=0.1, decay=1e-3)),
        with_script({"optimizer": Fact("'sgd'", "sgd", 5)}, never_read=(_UNUSED,)),
    ),
    healthy=(
        both(with_curves(learning_rate=flat(9, at=0.1, noise=0.0)), _AT_A_TENTH),
        both(with_curves(learning_rate=falling(9, start=0.01, to=0.001, noise=0.0)), _AT_A_TENTH),
        with_script({"optimizer": Fact("opt", "SGD", 5)}, recipe=_MADE, never_read=(_UNUSED,)),
        with_recipe(keras="2.2.4", optimizer=Optimizer(name="SGD", learning_rate=0.1, decay=1e-3)),
    ),
)
