"""What the settings of a program are to become, as edits of its source, and whether they are it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import asdict, replace

from fitdoctor.catalogue import optimizers
from fitdoctor.catalogue.layers import ALIASES, IN_TORCH, LAYER_ARGUMENTS, POSITIONAL
from fitdoctor.records.change import Argument, Drop, Edit
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.run import Script

UNMEASURED = ("line", "name", "output_shape", "parameters", "input_shape")
"""What says where a layer stands, or follows from others."""
ACTIVATIONS_IN_TORCH: Mapping[str, tuple[str, ...]] = {
    "softmax": ("Softmax", "softmax"),
    "sigmoid": ("Sigmoid", "sigmoid"),
    "log_softmax": ("LogSoftmax", "log_softmax"),
    "relu": ("ReLU", "relu"),
    "tanh": ("Tanh", "tanh"),
}
OF_TORCH: Mapping[str, tuple[str, ...]] = {
    "units": ("out_features", "out_channels"),
    "rate": ("p",),
    "learning_rate": ("lr",),
}
"""Settings -> the arguments that PyTorch has for them."""


class NoEditError(Exception):
    """Nothing of the source is known to be where a setting comes from."""


def edits(script: Script, before: Recipe, wanted: Recipe) -> Iterator[Edit]:
    """Yield the edits that turn the settings of a script into those that are wanted.

    Raises `NoEditError` for what has no place in the source.
    """
    torch = script.framework == "torch"
    yield from _of_layers(before.layers, wanted.layers, torch=torch)
    if before.loss != wanted.loss:
        yield _in_call(script, "compile", "loss", wanted.loss, 1)
    old, new = before.optimizer, wanted.optimizer
    if old != new:
        if old is None or new is None:
            raise NoEditError("the optimizer is not known")
        if replace(old, learning_rate=new.learning_rate, decay=new.decay) != new:
            raise NoEditError("the optimizer is not known")
        if old.learning_rate != new.learning_rate:
            yield _rate(script, wanted, torch=torch)
        if old.decay != new.decay:
            yield _decay(new)
    for name, position in (("batch_size", 2), ("epochs", 3)):
        if getattr(before, name) != getattr(wanted, name):
            yield _in_call(script, "fit", name, getattr(wanted, name), position)


def _of_layers(
    before: tuple[Layer, ...], wanted: tuple[Layer, ...], *, torch: bool
) -> Iterator[Edit]:
    if len(before) != len(wanted):
        gone = next((i for i, one in enumerate(before) if i >= len(wanted) or one != wanted[i]), 0)
        if (*before[:gone], *before[gone + 1 :]) != wanted:
            raise NoEditError("a layer more has no place in the source yet")
        yield Drop(line=_line(before[gone]), calls=_names(before[gone], torch=torch))
        return
    told = set[Edit]()
    for old, new in zip(before, wanted, strict=True):
        for name, value in asdict(new).items():
            if getattr(old, name) == value:
                continue
            edit = _setting(old, name, value, torch=torch)
            if edit not in told:
                told.add(edit)
                yield edit


def _setting(layer: Layer, name: str, value: object, *, torch: bool) -> Edit:
    if name == "activation" and layer.kind not in {"Activation", "Dense"} and value is None:
        raise NoEditError("an activation of its own is taken out as a layer")
    keywords = tuple(k for k, of in LAYER_ARGUMENTS.items() if of == name)
    if name == "initializer":
        keywords = ("kernel_initializer", "init")
    if name == "units" and layer.kind.startswith(("Dense", "LSTM", "GRU")):
        keywords = ("units", "output_dim")
    if torch:
        keywords = OF_TORCH.get(name, keywords)
    plain = POSITIONAL.get(layer.kind, ())
    position = plain.index(name) if name in plain else None
    if torch and name == "units":
        position = 1
    if not isinstance(value, str | float | int | None):
        raise NoEditError("its value is none of one number or word")
    return Argument(
        line=_line(layer),
        calls=_names(layer, torch=torch),
        names=keywords,
        value=value,
        remove=value is None,
        position=position,
    )


def _line(layer: Layer) -> int:
    if layer.line is None:
        raise NoEditError("the line of the layer is not known")
    return layer.line


def _names(layer: Layer, *, torch: bool) -> tuple[str, ...]:
    named = layer.activation if layer.kind == "Activation" else layer.kind.lower()
    if layer.kind in {"Activation", "Softmax", "ReLU"}:
        return (layer.kind, "Activation", *ACTIVATIONS_IN_TORCH.get(named or "", ()))
    older = tuple(k for k, kind in ALIASES.items() if kind == layer.kind)
    return IN_TORCH.get(layer.kind, (layer.kind,)) if torch else (layer.kind, *older)


def _in_call(script: Script, call: str, name: str, value: object, position: int) -> Argument:
    """Return the edit of an argument of the call that is the last one's, or the only one."""
    facts = script.compile if call == "compile" else script.fit
    made = script.called(call)
    made = tuple(c for c in made if c.arguments.get(name) == facts.get(name)) or made
    if len(made) != 1 or not isinstance(value, str | int | float):
        raise NoEditError(f"{call} is not called once")
    old = {"epochs": "nb_epoch"}.get(name, name)
    return Argument(
        line=made[0].line, calls=(call,), names=(name, old), value=value, position=position
    )


def _rate(script: Script, wanted: Recipe, *, torch: bool) -> Argument:
    optimizer = wanted.optimizer
    assert optimizer is not None
    if optimizer.line is None or optimizer.name is None:
        raise NoEditError("the optimizer is given by name: its rate is the library's")
    older = tuple(k for k, kind in optimizers.ALIASES.items() if kind == optimizer.name)
    names = ("lr", "learning_rate") if torch or script.keras_1_or_2 else ("learning_rate", "lr")
    return Argument(
        line=optimizer.line,
        calls=(optimizer.name, *older),
        names=names,
        value=optimizer.learning_rate,
        position=1 if torch else 0,
    )


def _decay(wanted: Optimizer) -> Argument:
    if wanted.line is None or wanted.name is None or wanted.decay is not None:
        raise NoEditError("a decay is taken out, not set")
    older = tuple(k for k, kind in optimizers.ALIASES.items() if kind == wanted.name)
    return Argument(line=wanted.line, calls=(wanted.name, *older), names=("decay",), remove=True)


def carried(before: Recipe, wanted: Recipe, onto: Recipe) -> Recipe | None:
    """Return a recipe with what differs between two others changed in it as well.

    `before` is a recording of the program whose text is `onto`: a recording knows more. `None`
    where what differs has no place in `onto`.
    """
    found: Recipe = _with_fields(onto, before, wanted, but=("layers", "optimizer", "backbone"))
    if before.optimizer != wanted.optimizer:
        if before.optimizer is None or wanted.optimizer is None or onto.optimizer is None:
            return None
        made = _with_fields(onto.optimizer, before.optimizer, wanted.optimizer)
        found = replace(found, optimizer=made)
    if before.layers == wanted.layers:
        return found
    begin = [layer for layer in onto.layers if layer.kind == "InputLayer"]  # has no part of its own
    old, new = list(before.layers), list(wanted.layers)
    mine = [layer for layer in onto.layers if layer not in begin]
    if [x.kind for x in old] != [x.kind for x in mine]:
        return None
    if len(new) == len(old) - 1:
        gone = next((i for i, one in enumerate(new) if one != old[i]), len(new))
        del old[gone], mine[gone]
    if len(new) != len(old):
        return None
    layers = (_with_fields(*three) for three in zip(mine, old, new, strict=True))
    return replace(found, layers=(*begin, *layers))


def _with_fields(onto: Any, before: Any, wanted: Any, but: tuple[str, ...] = ()) -> Any:
    """Return a record with the fields that differ between two others as the second has them."""
    names = [name for name in before.__struct_fields__ if name not in but]
    pairs = {name: getattr(wanted, name) for name in names}
    return replace(onto, **{n: v for n, v in pairs.items() if getattr(before, n) != v})


def alike(one: Recipe, other: Recipe, frees: tuple[str, ...] = ()) -> bool:
    """Return whether two programs have the same settings, wherever these stand.

    `frees` are settings that are left aside.
    """
    free = {name: getattr(one, name) for name in frees}
    return _bare(one) == _bare(replace(other, **free))


def _bare(recipe: Recipe) -> Recipe:
    optimizer, backbone = recipe.optimizer, recipe.backbone
    if optimizer is not None:
        schedule = optimizer.schedule and replace(optimizer.schedule, line=None)
        optimizer = replace(optimizer, line=None, schedule=schedule)
    return replace(
        recipe,
        layers=tuple(_bare_layer(x) for x in recipe.layers),
        optimizer=optimizer,
        backbone=backbone and replace(backbone, line=None),
    )


def _bare_layer(layer: Layer) -> Layer:
    plain = replace(layer, activation=None if layer.activation == "linear" else layer.activation)
    return replace(plain, **dict.fromkeys(UNMEASURED))
