"""What a call of a library function or class gives, as far as it matters here."""

from __future__ import annotations

import re

from fitdoctor.code.calls import add, is_number
from fitdoctor.code.values import (
    ALIASES,
    BACKBONES,
    DEFAULT_RATES,
    LAYER_ARGUMENTS,
    LAYERS,
    OPTIMIZERS,
    POSITIONAL,
    UNKNOWN,
    LayerValue,
    Loss,
    ModelValue,
    OptimizerValue,
    Penalty,
    Tensor,
    Value,
)
from fitdoctor.records.recipe import Backbone, Layer, Optimizer

_LOSS_CLASS = re.compile(r"^[A-Z]\w*(?:Crossentropy|Error|Hinge)$")


def construct(name: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return what a call of a library function or class gives, as far as it matters here."""
    kind = ALIASES.get(name, name)
    if kind in LAYERS:
        return LayerValue(_layer(kind, arguments, keywords, line))
    if name == "Input":
        return Tensor()
    if name == "Sequential":
        model = ModelValue()
        items = arguments[0] if arguments else keywords.get("layers", [])
        for item in items if isinstance(items, (list, tuple)) else []:
            add(model, item)
        return model
    if name in {"Model", "Functional"}:
        return _functional(arguments, keywords)
    if name.startswith(BACKBONES) and (keywords or arguments):
        return _backbone(name, keywords, line)
    if name in OPTIMIZERS:
        return _optimizer(name, arguments, keywords, line)
    if _LOSS_CLASS.match(name):
        return Loss(_snake(name), keywords.get("from_logits") is True)
    if name in {"l1", "l2", "L1", "L2", "l1_l2", "L1L2"}:
        return _penalty(name, arguments, keywords)
    return _builtin(name, arguments)


def _builtin(name: str, arguments: list[Value]) -> Value:
    numbers = all(isinstance(a, (int, float)) for a in arguments) and bool(arguments)
    if name in {"int", "float"} and numbers:
        return {"int": int, "float": float}[name](arguments[0])
    if name == "range" and all(isinstance(a, int) for a in arguments) and 1 <= len(arguments) <= 3:
        return range(*arguments) if arguments[-1] != 0 or len(arguments) < 3 else UNKNOWN
    if name == "len" and arguments and isinstance(arguments[0], (list, tuple, str, range)):
        return len(arguments[0])
    return UNKNOWN


def _layer(kind: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Layer:
    given: dict[str, Value] = dict(zip(POSITIONAL.get(kind, ()), arguments, strict=False))
    given |= {LAYER_ARGUMENTS[k]: v for k, v in keywords.items() if k in LAYER_ARGUMENTS}
    penalty = given.get("regularizer")
    shape = given.get("input_shape")
    return Layer(
        kind=kind,
        units=_whole(given.get("units")),
        activation=_activation(given.get("activation")),
        rate=_number(given.get("rate")),
        kernel_size=_whole(_first(given.get("kernel_size"))),
        strides=_whole(_first(given.get("strides"))),
        pool_size=_whole(_first(given.get("pool_size"))),
        padding=given.get("padding") if isinstance(given.get("padding"), str) else None,
        momentum=_number(given.get("momentum")),
        use_bias=given.get("use_bias") if isinstance(given.get("use_bias"), bool) else None,
        l1=penalty.l1 if isinstance(penalty, Penalty) else None,
        l2=penalty.l2 if isinstance(penalty, Penalty) else None,
        trainable=given.get("trainable") if isinstance(given.get("trainable"), bool) else None,
        input_shape=tuple(_whole(s) for s in shape) if isinstance(shape, (list, tuple)) else None,
        line=line,
    )


def _activation(value: Value) -> str | None:
    """Return the name; `unknown` where one is given that cannot be told."""
    if value is None:
        return None
    return value.lower() if isinstance(value, str) else "unknown"


def _functional(arguments: list[Value], keywords: dict[str, Value]) -> ModelValue:
    outputs = keywords.get("outputs", keywords.get("output", UNKNOWN))
    if outputs is UNKNOWN and len(arguments) > 1:
        outputs = arguments[1]
    if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
        outputs = outputs[0]
    if isinstance(outputs, Tensor):
        return ModelValue(layers=list(outputs.layers), backbone=outputs.backbone)
    return ModelValue()


def _backbone(name: str, keywords: dict[str, Value], line: int) -> ModelValue:
    weights = keywords.get("weights", "imagenet")
    return ModelValue(
        pretrained=Backbone(
            name=name,
            alpha=_number(keywords.get("alpha")),
            weights="none" if weights is None else weights if isinstance(weights, str) else None,
            line=line,
        ),
        line=line,
    )


def _optimizer(
    name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> OptimizerValue:
    rate = keywords.get("learning_rate", keywords.get("lr", arguments[0] if arguments else None))
    if rate is None:
        rate = DEFAULT_RATES.get(name)
    return OptimizerValue(
        Optimizer(
            name=name,
            learning_rate=_number(rate),
            momentum=_number(keywords.get("momentum")),
            nesterov=True if keywords.get("nesterov") is True else None,
            decay=_number(keywords.get("decay")),
            line=line,
        ),
        old_arguments="lr" in keywords or "decay" in keywords,
    )


def _penalty(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Penalty:
    first = _number(arguments[0]) if arguments else None
    if name in {"l1", "L1"}:
        return Penalty(l1=first if first is not None else _number(keywords.get("l1", 0.01)))
    if name in {"l2", "L2"}:
        return Penalty(l2=first if first is not None else _number(keywords.get("l2", 0.01)))
    return Penalty(l1=_number(keywords.get("l1")), l2=_number(keywords.get("l2")))


def _number(value: Value) -> float | None:
    return float(value) if is_number(value) and abs(value) < 1e18 else None


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _first(value: Value) -> Value:
    return value[0] if isinstance(value, (list, tuple)) and value else value


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
