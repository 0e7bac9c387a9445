"""Several sources to one Run, field by field; where two do not agree, that is said.

What was observed in a training beats what its log says, that beats code, and code beats words,
whatever the order in which the sources are given. Each field of a record has one rule in `RULES`.
Nothing is resolved silently: every pair of values that cannot both be true becomes a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from msgspec.structs import replace

from fitdoctor.records.loop import Program
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.run import (
    KINDS,
    SUMMED_LOSS,
    Call,
    Curve,
    DataSummary,
    Fact,
    Feed,
    Run,
    Script,
)

Rule = Callable[[Any, Any, str], Any]
"""(the record that counts, the other one, a field's name) -> the field's joined value."""
_COMPARED = ("batch_size", "epochs", "loss", "image_size")


def join(runs: Sequence[Run]) -> Run:
    """Return one run of what all know, the same in whatever order they are given.

    Its name and its list of sources follow the order given.
    """
    first, *others = sorted(runs, key=_precedence)
    for run in others:
        first = _record(first, run)
    sources = _each_once([source for run in runs for source in run.sources])
    given = _each_once([name for run in runs for name in run.given or run.sources])
    given = given if any(run.given for run in runs) else ()
    return replace(first, name=runs[0].name, sources=sources, given=given)


def trainings(given: Sequence[Sequence[Run]]) -> tuple[Run, ...]:
    """Return each training that sources, with the runs of each, are about.

    Several sources are joined where they are about one. Where several logs differ, or several
    scripts train, each of these is one by itself: which of them any other source belongs to is
    not known, so that is left out, and named in `Run.left_out`.
    """
    logs = [runs for runs in given if any(run.curves for run in runs)]
    if len(logs) == 1 and len(logs[0]) > 1:
        others = [runs[-1] for runs in given if runs is not logs[0]]
        apart = [run for run in others if trains(run)]
        if len(apart) < MANY:
            return tuple(join([run, *others]) for run in logs[0]) if others else tuple(logs[0])
    last = [runs[-1] for runs in given]
    recorded = [run for run in last if run.curves]
    one = all(_same_training(a, b) for a, b in combinations(recorded, 2))
    scripts = [r for r in last if not r.curves and r.kind != "observed" and trains(r)]
    if one and len(scripts) < MANY:
        return (join(last),)
    parts = [[join(recorded)]] if one and recorded else logs
    parts += [[run] for run in scripts if one]
    taken = {source for runs in parts for run in runs for source in run.sources}
    rest = tuple(name for run in last for name in run.sources if name not in taken)
    found = [run for runs in parts for run in runs]
    named = [run.sources[0] for run in found if run.sources]
    return tuple(
        replace(run, left_out=rest, apart=tuple(n for n in named if n not in run.sources))
        for run in found
    )


MANY = 2
ROUNDED, ROUNDED_SHARE = 0.006, 0.005
"""How far two records of one figure may lie apart: one may be printed with two digits."""


def _same_training(first: Run, second: Run) -> bool:
    """Return whether curves of both agree, or are of different figures over the same epochs."""
    shared = first.curves.keys() & second.curves.keys()
    if not shared:
        epochs = [{len(c) for c in run.curves.values()} for run in (first, second)]
        return epochs[0] == epochs[1]
    return all(_same_curve(first.curves[name], second.curves[name]) for name in shared)


def _same_curve(first: Curve, second: Curve) -> bool:
    _, at, other = np.intersect1d(first.epochs, second.epochs, return_indices=True)
    a, b = first.values[at], second.values[other]
    close = np.isclose(a, b, rtol=ROUNDED_SHARE, atol=ROUNDED, equal_nan=True)
    return bool(len(at)) and bool(close.all())


def trains(run: Run) -> bool:
    """Return whether a script trains a network, or feeds one for training."""
    script = run.script
    return script is not None and bool(script.fit or script.fed("train"))


def _precedence(run: Run) -> tuple[Any, ...]:
    """Return what runs are sorted by: kind, then who knows more, then their names and contents."""
    epochs = max((len(curve) for curve in run.curves.values()), default=0)
    settings = sum(
        getattr(run.recipe, name, None) not in (None, ()) for name in Recipe.__struct_fields__
    )
    curves = sorted((name, c.values.tobytes()) for name, c in run.curves.items())
    return KINDS.index(run.kind), -epochs, -settings, run.sources, run.name, curves, run.prose


def _record(first: Any, second: Any) -> Any:
    """Return two records of a type as one, each field by its rule."""
    rules = RULES[type(first)]
    return type(first)(**{name: rules[name](first, second, name) for name in rules})


def _known(first: Any, second: Any, name: str) -> Any:
    """Return the value of the record that counts, where it has one."""
    value = getattr(first, name)
    return getattr(second, name) if value in (None, (), "") else value


def _first(first: Any, _second: Any, name: str) -> Any:
    return getattr(first, name)


def _by_name(first: Any, second: Any, name: str) -> Any:
    """Return both mappings as one; a name that both have is the first's."""
    return {**getattr(second, name), **getattr(first, name)}


def _both(first: Any, second: Any, name: str) -> Any:
    """Return the items of both, each once; `None` where neither was looked for."""
    given = [getattr(record, name) for record in (first, second)]
    found = [item for items in given for item in items or ()]
    return None if given == [None, None] else _each_once(found)


def _each_once(items: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(item for i, item in enumerate(items) if item not in items[:i])


def _lines(first: Any, second: Any, name: str) -> Any:
    return "\n".join(filter(None, (getattr(first, name), getattr(second, name))))


def _epochs(first: Run, second: Run, _name: str) -> Any:
    return tuple({p.epoch: p for p in (*second.probes, *first.probes)}.values())


def _repeats(first: Run, second: Run, _name: str) -> Any:
    """Return the outcomes of both; the same list twice is one."""
    same = first.repeats == second.repeats
    return first.repeats if same else (*first.repeats, *second.repeats)


def _inner(first: Any, second: Any, name: str) -> Any:
    """Return a record within the records, joined in turn where both are about the same thing."""
    one, other = getattr(first, name), getattr(second, name)
    if one is None or other is None:
        return one or other
    named = [(getattr(x, "name", None) or "").lower() for x in (one, other)]
    return one if all(named) and named[0] != named[1] else _record(one, other)


def _spoken(first: Run, second: Run, _name: str) -> Run | None:
    """Return what sentences say of both."""
    if first.said is None or second.said is None:
        return first.said or second.said
    joined: Run = _record(first.said, second.said)
    return joined


def _recipe_of_run(first: Run, second: Run, _name: str) -> Recipe | None:
    return _settings_of(first, second.recipe)


def _settings_of(first: Run, other: Recipe | None) -> Recipe | None:
    """Return settings joined; a network that was recorded is whole, without what a text adds."""
    own = first.recipe
    whole = first.kind == "observed" and own is not None and bool(own.layers)
    if whole and other is not None and own is not None:
        own = replace(own, layers=_with_lines(own.layers, other.layers))
        if own.backbone is None:
            other = replace(other, backbone=None)
    return merged(own, other)


def _with_lines(recorded: tuple[Layer, ...], text: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return recorded layers with the lines that the text has for them, where both are alike."""
    written = [layer for layer in text if layer.kind != "InputLayer"]
    if [layer.kind for layer in recorded] != [layer.kind for layer in written]:
        return recorded
    pairs = zip(recorded, written, strict=True)
    return tuple(replace(one, line=one.line or other.line) for one, other in pairs)


def _script(first: Run, second: Run, _name: str) -> Any:
    """Return the script, with the network that was recorded in place of what its text shows."""
    script = first.script or second.script
    recorded = first.recipe if first.kind == "observed" else None
    if script is None or recorded is None:
        return script
    if first.script is not None and second.script is not None and second.kind != "observed":
        text = _network_of(first.script, second.script)
        joined: Script = _record(first.script, text)
        return replace(joined, recipe=_settings_of(first, text.recipe) or joined.recipe)
    return replace(script, recipe=_settings_of(first, script.recipe) or script.recipe)


def _network_of(recorded: Script, text: Script) -> Script:
    """Return what a text says of the network whose training was recorded, by the line of `fit`."""
    lines = {feed.line for feed in recorded.feeds if feed.line}
    networks = (text, *text.beside)
    return next((n for n in networks if any(f.line in lines for f in n.fed("train"))), text)


def _recipe_of_script(first: Script, second: Script, _name: str) -> Recipe:
    return merged(first.recipe, second.recipe) or first.recipe


def _given(first: Script, second: Script, name: str) -> Mapping[str, Fact]:
    """Return arguments: those that were given, with the source and line that the text has."""
    recorded, text = getattr(first, name), getattr(second, name)
    if not recorded:
        return text  # type: ignore[no-any-return]
    return {
        key: replace(text[key], value=fact.value) if key in text else fact
        for key, fact in recorded.items()
    }


def _fed(first: Script, second: Script, _name: str) -> tuple[Feed, ...]:
    """Return feeds with the steps that the text shows and the numbers that were recorded.

    What was trained and validated on elsewhere in the text belongs to another training.
    """
    found = []
    for feed in first.feeds:
        alike = second.fed(feed.use)
        here = [f for f in alike if f.line == feed.line] or (alike if len(alike) == 1 else [])
        found.append(_with_numbers(here[0], feed) if here else feed)
    uses = {feed.use for feed in first.feeds} | ({"train", "validation"} if first.feeds else set())
    return (*found, *(feed for feed in second.feeds if feed.use not in uses))


def _with_numbers(text: Feed, recorded: Feed) -> Feed:
    flows = {
        name: replace(
            getattr(text, name),
            numbers=getattr(recorded, name).numbers or getattr(text, name).numbers,
        )
        for name in ("inputs", "labels")
    }
    return replace(text, **flows)


def _cells(first: Script, second: Script, _name: str) -> tuple[int, ...]:
    """Return where the cells of the text begin that is kept."""
    return first.cells if first.text else second.cells or first.cells


def _as_given(first: Run, second: Run, _name: str) -> tuple[str, ...]:
    """Return what a person gave of both, where that is not the sources of both."""
    if not (first.given or second.given):
        return ()
    return _each_once([*(first.given or first.sources), *(second.given or second.sources)])


def _files(first: Script, second: Script, _name: str) -> tuple[tuple[int, str], ...]:
    """Return where the files of the text begin that is kept."""
    return first.files if first.text else second.files or first.files


def _program(first: Script, second: Script, _name: str) -> Program | None:
    """Return the loops that were recorded, with what their text says beside."""
    if first.program is None or second.program is None or first.program.written is not None:
        return first.program or second.program
    return replace(first.program, written=second.program)


def _called(first: Script, second: Script, _name: str) -> tuple[Call, ...]:
    """Return the calls of the text, and those recorded ones that it does not show.

    Whether the loss is a sum is told by the loop that was recorded.
    """
    recorded = first.framework == "torch" and first.program is not None
    written = [c for c in second.calls if not (recorded and c.name == SUMMED_LOSS)]
    shown = {call.name for call in written}
    return (*written, *(call for call in first.calls if call.name not in shown))


def _or(first: Any, second: Any, name: str) -> Any:
    return getattr(first, name) or getattr(second, name)


def _beside(first: Run, second: Run, _name: str) -> Any:
    """Return the other networks of both, and a second script with what it says alone."""
    if first.kind == "observed" and first.script is not None:
        return first.beside
    apart: tuple[Run, ...] = ()
    if first.script is not None and second.script not in (None, first.script):
        apart = (Run(name=second.name, recipe=second.recipe, script=second.script),)
    return _each_once((*first.beside, *second.beside, *apart))


def _layers(first: Recipe, second: Recipe, _name: str) -> tuple[Layer, ...]:
    """Return the layers of the record that counts, joined where they are the same layers."""
    layers = first.layers or second.layers
    if [x.kind for x in first.layers] == [x.kind for x in second.layers]:
        layers = tuple(_one_layer(a, b) for a, b in zip(first.layers, second.layers, strict=True))
    return layers


def _origins(first: DataSummary, second: DataSummary, _name: str) -> Mapping[str, str]:
    """Return where each figure comes from: from the record that gave it."""
    found = {**second.origins, **first.origins}
    for name in first.origins.keys() & second.origins.keys():
        if getattr(first, name, None) in (None, ()):
            found[name] = second.origins[name]
    return found


def _contradictions(first: Run, second: Run, _name: str) -> tuple[str, ...]:
    said = [*first.contradictions, *second.contradictions, *_between(first, second)]
    said += contradictions(merged(first.recipe, second.recipe), _inner(first, second, "data"))
    return tuple(dict.fromkeys(said))


def _visible(first: Run, second: Run, _name: str) -> Run | None:
    """Return what is visible of both, where words were read beside either."""
    if first.visible is None and second.visible is None:
        return None
    joined: Run = _record(first.visible or first, second.visible or second)
    return joined


RULES: Mapping[type, Mapping[str, Rule]] = {
    Run: {
        "name": _first,
        "kind": _first,
        "curves": _by_name,
        "batches": _by_name,
        "written": _by_name,
        "recipe": _recipe_of_run,
        "script": _script,
        "data": _inner,
        "claims": _both,
        "prose": _lines,
        "evaluated": _by_name,
        "answers": _by_name,
        "corrected": _by_name,
        "repeats": _repeats,
        "image_findings": _both,
        "images_checked": _both,
        "probes": _epochs,
        "contradictions": _contradictions,
        "sources": _both,
        "given": _as_given,
        "not_understood": _both,
        "beside": _beside,
        "left_out": _both,
        "apart": _both,
        "passed_over": _by_name,
        "visible": _visible,
        "said": _spoken,
    },
    Script: {
        "path": _known,
        "recipe": _recipe_of_script,
        "compile": _given,
        "fit": _given,
        "feeds": _fed,
        "calls": _called,
        "never_read": _both,
        "framework": _known,
        "keras_1_or_2": _known,
        "python_2": _or,
        "lines": _or,
        "beside": _known,
        "program": _program,
        "printouts": _both,
        "text": _known,
        "cells": _cells,
        "files": _files,
    },
    DataSummary: {
        "n_train": _known,
        "n_val": _known,
        "n_val_from_digits": _known,
        "n_classes": _known,
        "class_counts": _known,
        "class_names": _known,
        "confusion": _known,
        "unreadable": _both,
        "steps_per_epoch": _known,
        "seconds_per_epoch": _known,
        "input_range": _known,
        "origins": _origins,
    },
    Recipe: {
        **dict.fromkeys(
            ("images", "image_size", "resize", "validation_share", "split_seed", "group_pattern",
             "n_classes", "model", "input_scale", "loss", "batch_size", "epochs", "patience",
             "class_weight", "label_smoothing", "augmentation", "fine_tuning", "seed",
             "order_seed", "shuffle", "keras", "augment", "monitor"),
            _known,
        ),
        "layers": _layers,
        "optimizer": _inner,
        "backbone": _inner,
    },
    Optimizer: dict.fromkeys(
        ("name", "learning_rate", "momentum", "nesterov", "decay", "weight_decay", "clipnorm",
         "clipvalue", "schedule", "line"),
        _known,
    ),
    Backbone: dict.fromkeys(
        ("name", "alpha", "weights", "include_top", "top", "training", "trainable", "batchnorm",
         "momentum", "fed", "line"),
        _known,
    ),
    Layer: dict.fromkeys(
        ("kind", "name", "units", "activation", "rate", "kernel_size", "strides", "pool_size",
         "padding", "momentum", "axis", "data_format", "epsilon", "initializer", "use_bias", "l1",
         "l2", "trainable", "input_shape", "output_shape", "parameters", "line"),
        _known,
    ),
}  # fmt: skip
"""How two records become one: a rule for every field of each; a test misses none."""


def merged(first: Recipe | None, second: Recipe | None) -> Recipe | None:
    """Return the settings of both; those of the first count."""
    if first is None or second is None:
        return first or second
    joined: Recipe = _record(first, second)
    return joined


def _one_layer(first: Layer, second: Layer) -> Layer:
    """A summary table shows no activation: `unknown` there gives way to what the code says."""
    if first.activation == "unknown":
        first = replace(first, activation=None)
        second = second if second.activation else replace(second, activation="unknown")
    elif second.activation == "unknown" and first.line is not None:
        second = replace(second, activation=None)
    layer: Layer = _record(first, second)
    return layer


def _between(first: Run, second: Run) -> Iterator[str]:
    """Yield what two sources say differently about the same setting."""
    names = [run.sources[0] if run.sources else run.name for run in (first, second)]
    for what, one, other in _settings_of_both(first, second):
        if one is not None and other is not None and not _agree(one, other):
            yield f"{what}: {names[0]} says {_shown(one)}, {names[1]} says {_shown(other)}"


def _settings_of_both(first: Run, second: Run) -> Iterator[tuple[str, Any, Any]]:
    one, other = first.recipe, second.recipe
    if one is not None and other is not None:
        for name in _COMPARED:
            yield name.replace("_", " "), getattr(one, name), getattr(other, name)
        a, b = one.optimizer, other.optimizer
        if a is not None and b is not None:
            yield "optimizer", a.name, b.name
            if a.schedule is None and b.schedule is None:
                yield "learning rate", a.learning_rate, b.learning_rate
        widths = [tuple(x.units for x in r.layers if x.units) for r in (one, other)]
        if all(widths):
            yield "units of the layers", widths[0], widths[1]
    if first.data is not None and second.data is not None:
        for name, words in (
            ("n_train", "training images"),
            ("n_val", "validation images"),
            ("n_classes", "classes"),
        ):
            yield words, getattr(first.data, name), getattr(second.data, name)


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(float(one), float(other), rel_tol=1e-3)
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return bool(one == other)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def contradictions(
    recipe: Recipe | None,
    data: DataSummary | None,
    log_epochs: int | None = None,
    stated: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Return what one source says differently in two places: code, log and prose."""
    found = []
    for name in ("batch_size", "epochs"):
        code, words = getattr(recipe, name, None), (stated or {}).get(name)
        if code is not None and words is not None and code != words:
            plain = name.replace("_", " ")
            found.append(f"{plain}: the code says {code}, the text says {words:g}")
    if recipe is not None and data is not None:
        size, steps, batch = data.n_train, data.steps_per_epoch, recipe.batch_size
        exact = not data.origins.get("n_train", "").startswith("about")
        if size and steps and batch and exact and not _covers(size, steps, batch):
            found.append(
                f"batch size: the settings say {batch}, so {math.ceil(size / batch)} steps for"
                f" {size} images; the log counts {steps} steps (about {size / steps:.0f} a step)"
            )
    if recipe is not None and recipe.epochs and log_epochs and recipe.epochs != log_epochs:
        found.append(f"epochs: the settings say {recipe.epochs}, the log counts to {log_epochs}")
    return tuple(found)


def _covers(size: int, steps: int, batch: int) -> bool:
    """Return whether so many steps go once over the images, the last batch dropped or not."""
    return steps in {size // batch, math.ceil(size / batch)} or steps == size
