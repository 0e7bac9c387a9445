"""Class weights are passed where they have no effect on training.

## Why it matters
`weighted_metrics` only asks for metrics that *would* use sample weights. The loss stays
unweighted, and rare classes stay as rare as they were.

## How it is measured
From the script: `compile(weighted_metrics=class_weight)` or `compile(class_weight=...)`, and no
`class_weight` in `fit`; a string given to it, as 'auto'; weights that are computed and given to
nothing; weights by class given to another argument of fit. Weights keyed by class names instead of
numbers are not found by fit either. Weights that are numbered in the order in which a table is
written act on other classes, where what reads the folders numbers them by their sorted names.

## What to try
`model.fit(..., class_weight={0: w0, 1: w1, ...})`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor.cases import with_script
from fitdoctor.interventions.optimisation import balance_classes
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import WEIGHTS_REORDERED, Fact, Run, Script
from fitdoctor.rule import Rule


def class_weights_unused(script: Script) -> Iterator[Evidence]:
    for call in script.called(WEIGHTS_REORDERED):
        table, reader = call.arguments["given"], call.arguments["reader"]
        own, sorted_ = list(table.value), sorted(table.value)
        wrong = next(i for i, name in enumerate(own) if name != sorted_[i])
        yield Evidence(
            sentence=f"The weights are numbered in the order {table.source}; {reader.source} "
            f"numbers the folders by their names: {', '.join(sorted_)}. Class {wrong} is "
            f"{sorted_[wrong]!r} and gets the weight of {own[wrong]!r}.",
            weight=6.0,
            line=call.line,
            fix="number the weights by the reader's own names: "
            "{k: weight[name] for k, name in enumerate(train.class_names)}",
        )
        return
    weights = script.fit.get("class_weight")
    keys = list(weights.value) if weights and isinstance(weights.value, dict) else []
    if weights is not None and any(not key.lstrip("-").isdigit() for key in keys):
        yield Evidence(
            sentence=f"class_weight is keyed by {', '.join(keys[:4])}; fit looks up the class "
            "numbers 0, 1, ...",
            weight=5.0,
            line=weights.line,
        )
        return
    if weights is not None and isinstance(weights.value, str):
        yield Evidence(
            sentence=f"class_weight={weights.source}: fit wants a dict by class number, and leaves "
            "a string aside or refuses it.",
            weight=4.5,
            line=weights.line,
        )
        return
    for name, fact in script.fit.items():
        if name != "class_weight" and _by_class(fact):
            yield Evidence(
                sentence=f"fit gets {fact.source[:60]} as {name}; class weights are "
                "class_weight=...",
                weight=5.0,
                line=fact.line,
            )
            return
    made = script.called("compute_class_weight")
    unseen = any(f.inputs.has("call") for f in script.fed("train"))
    if made and script.fit and not unseen and not _handed_on(script):
        yield Evidence(
            sentence=f"Line {made[0].line} computes class weights; neither fit nor the loss is "
            "given any.",
            weight=3.5,
            line=made[0].line,
        )
        return
    idle = next((f for f in script.never_read if f.kind == "weights"), None)
    if idle is not None and script.fit and not _handed_on(script):
        yield Evidence(
            sentence=f"{idle.value} = {idle.source[:60]} is read nowhere; neither fit nor the loss "
            "is given class weights.",
            weight=4.5,
            line=idle.line,
        )
        return
    mistaken = script.compile.get("class_weight") or script.compile.get("class_weights")
    if mistaken is not None and "class_weight" not in script.fit:
        yield Evidence(
            sentence=f"compile is given class weights ({mistaken.source[:60]}); only fit takes "
            "them.",
            weight=5.0,
            line=mistaken.line,
        )
        return
    given = script.compile.get("weighted_metrics") or script.compile.get("loss_weights")
    if given is None or "class_weight" in script.fit:
        return
    if isinstance(given.value, dict) and not all(str(key).isdigit() for key in given.value):
        return  # one weight an output of the network, by its name
    named = given.source.lower()
    # What is named after the argument itself is most likely meant for it.
    handed_on = "loss_weight" in named or "weighted_metric" in named
    if ("weight" in named and not handed_on) or isinstance(given.value, dict):
        yield Evidence(
            sentence=f"compile is given the class weights ({given.source}) as metrics to weight; "
            "the loss never sees them.",
            weight=3.0,
            line=given.line,
        )


def _by_class(fact: Fact) -> bool:
    """Return whether these are numbers by class."""
    weights = fact.value if isinstance(fact.value, dict) else {}
    return len(weights) > 1 and all(
        key.isdigit() and isinstance(value, (int, float)) for key, value in weights.items()
    )


def _handed_on(script: Script) -> bool:
    """Return whether weights may reach the loss by any way that is shown."""
    ways = {"class_weight", "sample_weight", "sample_weights"}
    fits = script.called("fit", "fit_generator")
    told = [*(call.arguments for call in fits), script.fit]
    given = any(k in ways and fact.source != "None" for one in told for k, fact in one.items())
    compiled = " ".join(fact.source for fact in script.compile.values())
    return given or "weight" in compiled.lower() or script.framework == "torch"


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give the class weights to fit, where they act."""
    script = run.script
    fits = script.called("fit", "fit_generator") if script else ()
    if script is None or len(fits) != 1:
        return
    fit = fits[0]
    why = "Give the class weights to fit, as class_weight."

    def given(source: str) -> Argument:
        return Argument(line=fit.line, calls=(fit.name,), names=("class_weight",), source=source)

    for name in ("class_weight", "class_weights", "loss_weights", "weighted_metrics"):
        fact = script.compile.get(name)
        if fact is not None and fact.line == seen.line:
            made = script.called("compile")
            gone = Argument(line=made[0].line, calls=("compile",), names=(name,), remove=True)
            copied = replace(given(""), copied=(made[0].line, "compile", name))
            yield Change(edits=(copied, gone), reason=why, certain=True)
            return
    for fact in script.never_read:
        if fact.kind == "weights" and fact.line < fit.line and str(fact.value).isidentifier():
            by_class = fact.source.startswith(("{", "dict(")) or " for " in fact.source
            source = f"{fact.value}" if by_class else f"dict(enumerate({fact.value}))"
            yield Change(edits=(given(source),), reason=why, certain=True)
            return
    for name, fact in script.fit.items():
        if name != "class_weight" and _by_class(fact):
            gone = Argument(line=fit.line, calls=(fit.name,), names=(name,), remove=True)
            yield Change(edits=(given(fact.source), gone), reason=why, certain=True)


RULE = Rule(
    code="FD301",
    check=class_weights_unused,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.005,
    remedies=(balance_classes,),
    clear="class weights are not used, or reach fit",
    sick=(with_script({"weighted_metrics": Fact("class_weight", None, 3)}, {}),),
    healthy=(
        with_script({"loss_weights": Fact("w", {"kind": 1.0, "age": 0.05}, 3)}, {}),
        with_script({"loss_weights": Fact("other.loss_weights", None, 3)}, {}),
        with_script(
            {"weighted_metrics": Fact("['accuracy']", ["accuracy"], 3)},
            {"class_weight": Fact("weights", None, 4)},
        ),
    ),
)
