"""What a call of a Keras class gives: layers, models, optimizers, losses, callbacks."""

from __future__ import annotations

from typing import Any, Literal

from fitdoctor import lazy_re
from fitdoctor.catalogue import layers, optimizers
from fitdoctor.catalogue.backbones import arguments_of, is_of_keras
from fitdoctor.catalogue.callbacks import CALLBACKS
from fitdoctor.catalogue.layers import ACTIVATIONS
from fitdoctor.catalogue.names import snake
from fitdoctor.catalogue.signatures import KERAS
from fitdoctor.code.values import (
    ELSE,
    UNKNOWN,
    CallbackValue,
    Data,
    Instance,
    LayerList,
    LayerValue,
    Loss,
    ModelValue,
    OptimizerValue,
    Penalty,
    Tensor,
    Value,
)
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Schedule

_LOSS_CLASS = lazy_re.compile(r"^[A-Z]\w*(?:Crossentropy|Error|Hinge)$")


def construct(name: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return what a call of a library class gives, or UNKNOWN where it is none that matters."""
    kind = layers.ALIASES.get(name, name)
    if kind in layers.NAMES:
        return LayerValue(_layer(name, kind, arguments, keywords, line))
    if name == "Input":
        shape = keywords.get("shape", arguments[0] if arguments else None)
        return Tensor((Layer(kind="InputLayer", input_shape=shape_of(shape), line=line),))
    if name == "Sequential":
        model = ModelValue()
        items = arguments[0] if arguments else keywords.get("layers", [])
        if isinstance(items, (LayerValue, ModelValue)) or len(arguments) > 1:
            items = arguments  # torch lists the layers as arguments
        for item in items if isinstance(items, (list, tuple)) else []:
            add(model, item)
        return model
    if name in {"Model", "Functional"}:
        return functional(arguments, keywords)
    if is_of_keras(name):
        return _backbone(name, arguments, keywords, line)
    if (kind := optimizers.ALIASES.get(name, name)) in optimizers.NAMES:
        return _optimizer(kind, arguments, keywords, line)
    if _LOSS_CLASS.match(name):
        return Loss(snake(name), keywords.get("from_logits", *arguments[:1]) is True)
    if name in {"l1", "l2", "L1", "L2", "l1_l2", "L1L2"}:
        return _penalty(name, arguments, keywords)
    if name in CALLBACKS:
        given = dict(zip(KERAS.get(name, ()), arguments, strict=False)) | keywords
        return CallbackValue(name, given, _callback_schedule(name, keywords, line), line)
    if _METRIC_CLASS.match(name):
        return snake(name)
    if name in _INITIALIZERS:
        return _initializer(name, arguments, keywords)
    return schedule(name, arguments, keywords, line) or UNKNOWN


_METRIC_CLASS = lazy_re.compile(
    r"(?:Binary|Categorical|SparseCategorical|TopKCategorical)?Accuracy$"
)
_INITIALIZERS = frozenset({"Zeros", "Ones", "Constant", "RandomNormal", "TruncatedNormal"})


def _initializer(name: str, arguments: list[Value], keywords: dict[str, Value]) -> str:
    """Return an initializer object as Keras writes it: `zeros`, `random_normal(5)`."""
    spread = keywords.get("stddev", arguments[1] if len(arguments) > 1 else None)
    known = number(spread) if name.endswith("Normal") else None
    mean = number(keywords.get("mean", arguments[0] if arguments else None))
    around = f", mean={mean:g}" if mean else ""
    return snake(name) + (f"({known:g}{around})" if known is not None else "")


def add(model: ModelValue, item: Value) -> None:
    """Put a layer, or a whole backbone, at the end of a model."""
    if isinstance(item, LayerValue):
        model.layers.append(item.layer)
    elif isinstance(item, Tensor):
        model.layers.extend(item.layers)
    elif isinstance(item, ModelValue):
        item.inside = True
        if item.pretrained or item.backbone:
            model.backbone = item
        model.layers.extend(item.layers)
    elif isinstance(item, LayerList) and (item.model.pretrained or item.model.backbone):
        # `for layer in vgg.layers[:-1]: model.add(layer)`
        model.backbone = item.model
    elif isinstance(item, Instance) and item.model is not None and not item.model.unseen:
        add(model, item.model)
    elif item is UNKNOWN or isinstance(item, (Data, Instance)):
        model.layers.append(not_known(item))


GROWS = frozenset({"add_module", "append", "extend", "insert", "register_module"})
"""Methods of PyTorch's containers that put layers into them."""


def grow(model: ModelValue, method: str, arguments: list[Value]) -> None:
    """Put layers into a container of PyTorch; where they stand is not known of `insert`."""
    item = arguments[-1] if arguments else UNKNOWN
    if method == "insert":
        item = UNKNOWN
    for one in item if method == "extend" and isinstance(item, (list, tuple)) else [item]:
        add(model, one)


def not_known(item: Value) -> Layer:
    """Return the layer that stands for what no library has, or none that is known."""
    if isinstance(item, Instance):
        return Layer(kind=OPAQUE, name=item.of.node.name)
    if isinstance(item, Data):
        return Layer(kind=OPAQUE, name=item.origin[:200], line=item.line)
    return Layer(kind=OPAQUE)


def _layer(
    name: str, kind: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Layer:
    arguments = _without_inputs(name, arguments)
    if name in layers.ONE_NUMBER_A_SIDE and len(arguments) > 2 and isinstance(arguments[2], int):
        arguments = [arguments[0], (arguments[1], arguments[2]), *arguments[3:]]
    if kind in {"TimeDistributed", "Bidirectional"} and arguments:
        inner = arguments[0]
        return inner.layer if isinstance(inner, LayerValue) else Layer(kind=kind, line=line)
    given: dict[str, Value] = dict(zip(layers.POSITIONAL.get(kind, ()), arguments, strict=False))
    fields = layers.LAYER_ARGUMENTS
    given |= {fields[k]: v for k, v in keywords.items() if k in fields}
    penalty = given.get("regularizer")
    if isinstance(penalty, str):
        penalty = _penalty(penalty, [], {})
    shape = given.get("input_shape")
    batch_shape = given.get("batch_input_shape")
    if shape is None and isinstance(batch_shape, (list, tuple)) and batch_shape:
        shape = batch_shape[1:]
    initializer = given.get("initializer")
    left_out = ELSE in keywords or any(a is Ellipsis for a in arguments)
    activation = given.get("activation")
    return Layer(
        kind=kind,
        name=given.get("name") if isinstance(given.get("name"), str) else None,
        units=whole(given.get("units")),
        activation="unknown" if left_out and activation is None else _activation(activation),
        rate=number(given.get("rate")),
        kernel_size=whole(_first(given.get("kernel_size"))),
        strides=whole(_first(given.get("strides"))),
        pool_size=whole(_first(given.get("pool_size"))),
        padding=given.get("padding") if isinstance(given.get("padding"), str) else None,
        momentum=number(given.get("momentum")),
        axis=whole(given.get("axis")),
        data_format=data_format(given.get("data_format")),
        epsilon=number(given.get("epsilon")),
        initializer=initializer if isinstance(initializer, str) else None,
        use_bias=given.get("use_bias") if isinstance(given.get("use_bias"), bool) else None,
        l1=penalty.l1 if isinstance(penalty, Penalty) else None,
        l2=penalty.l2 if isinstance(penalty, Penalty) else None,
        trainable=given.get("trainable") if isinstance(given.get("trainable"), bool) else None,
        input_shape=shape_of(shape),
        line=line,
    )


def _without_inputs(name: str, arguments: list[Value]) -> list[Value]:
    """Drop the size of the inputs, which Keras before 0.3 was told first."""
    told = {"Dense": 2, "LSTM": 2, "GRU": 2, "Convolution2D": 4}.get(name)
    if told is None or len(arguments) < told or whole(arguments[told - 1]) is None:
        return arguments
    return arguments[1:] if told == 2 else [arguments[0], *arguments[2:]]


def shape_of(value: Value) -> tuple[int | None, ...] | None:
    if isinstance(value, (list, tuple)) and 0 < len(value) <= 6:
        return tuple(whole(side) for side in value)
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else None


def _activation(value: Value) -> str | None:
    """Return the name; `unknown` where one is given that cannot be told."""
    if value is None:
        return None
    if isinstance(value, LayerValue):
        value = {"LeakyReLU": "leaky_relu", "ReLU": "relu"}.get(value.layer.kind)
    return value.lower() if isinstance(value, str) else "unknown"


def data_format(value: Value) -> Literal["channels_first", "channels_last"] | None:
    """Return where the channels of images stand, from Keras' words or, as in Keras 1, Theano's."""
    first = {"channels_first": True, "th": True, "channels_last": False, "tf": False}.get(
        str(value)
    )
    return None if first is None else "channels_first" if first else "channels_last"


def functional(arguments: list[Value], keywords: dict[str, Value]) -> ModelValue:
    """Return the network between inputs and outputs, as Keras' `Model` makes it."""
    outputs = keywords.get("outputs", keywords.get("output", UNKNOWN))
    if outputs is UNKNOWN and len(arguments) > 1:
        outputs = arguments[1]
    if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
        outputs = outputs[0]
    if isinstance(outputs, Tensor):
        return ModelValue(layers=list(outputs.layers), backbone=outputs.backbone)
    return ModelValue(unseen=True)


def _backbone(
    name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> ModelValue:
    given = dict(zip(arguments_of(name), arguments, strict=False)) | keywords
    left_out = any(a is UNKNOWN or a is Ellipsis for a in arguments)
    weights = given.get("weights", UNKNOWN if left_out else "imagenet")
    top = given.get("include_top", True)
    trainable = keywords.get("trainable")
    pooling = {"avg": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}.get(
        str(given.get("pooling"))
    )
    before = given.get("input_tensor")
    end = (
        [Layer(kind=pooling, line=line)]
        if pooling and top is False
        else _own_top(given, line, top=top is not False)
    )
    return ModelValue(
        layers=[*(before.layers if isinstance(before, Tensor) else ()), *end],
        pretrained=Backbone(
            name=name,
            alpha=number(given.get("alpha")),
            weights="none" if weights is None else weights if isinstance(weights, str) else None,
            include_top=top if isinstance(top, bool) else None,
            trainable=trainable if isinstance(trainable, bool) else None,
            line=line,
        ),
        line=line,
    )


def _own_top(keywords: dict[str, Value], line: int, *, top: bool) -> list[Layer]:
    """Return the classifier of a whole network that is told how many classes there are."""
    units = whole(keywords.get("classes"))
    if not top or units is None:
        return []
    return [
        Layer(
            kind="Dense",
            units=units,
            activation=_activation(keywords.get("classifier_activation", "softmax")),
            line=line,
        )
    ]


def _optimizer(
    name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> OptimizerValue:
    rate = keywords.get("learning_rate", keywords.get("lr", arguments[0] if arguments else None))
    if rate is None and ELSE not in keywords:
        rate = optimizers.default_rate(name)
    plan = rate if isinstance(rate, Schedule) else None
    clip = keywords.get("clipnorm", keywords.get("global_clipnorm"))
    return OptimizerValue(
        Optimizer(
            name=name,
            learning_rate=plan.high if plan else number(rate),
            momentum=number(keywords.get("momentum")),
            nesterov=True if keywords.get("nesterov") is True else None,
            decay=number(keywords.get("decay")),
            weight_decay=number(keywords.get("weight_decay")),
            clipnorm=number(clip),
            schedule=plan,
            line=line,
        ),
        old_arguments="lr" in keywords or "decay" in keywords,
    )


def optimizer_of(value: Value) -> Optimizer | None:
    if isinstance(value, OptimizerValue):
        return value.optimizer
    if isinstance(value, str):
        name = next((o for o in optimizers.NAMES if o.lower() == value.lower()), None)
        rate = optimizers.default_rate(name)
        return Optimizer(name=name, learning_rate=rate) if name else None
    return None


def schedule(
    name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Schedule | None:
    """Return a `keras.optimizers.schedules` object; `high` is the rate it starts from."""
    if name in _TORCH_SCHEDULES:
        return _torch_schedule(name, arguments, keywords, line)
    if name in _RESTARTS:
        return _restarting(name, arguments, keywords, line)
    if name == "PiecewiseConstantDecay":
        given = dict(zip(("boundaries", "values"), arguments, strict=False)) | keywords
        at, rates = _numbers(given.get("boundaries")), _numbers(given.get("values"))
        return Schedule(
            kind="step", at=at, rates=rates, high=rates[0] if rates else None, line=line
        )
    names = {
        "ExponentialDecay": ("initial_learning_rate", "decay_steps", "decay_rate", "staircase"),
        "InverseTimeDecay": ("initial_learning_rate", "decay_steps", "decay_rate", "staircase"),
        "CosineDecay": ("initial_learning_rate", "decay_steps", "alpha"),
    }.get(name)
    if names is None:
        return None
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    start = number(given.get("initial_learning_rate"))
    steps = number(given.get("decay_steps"))
    if name == "CosineDecay":
        warmup = number(given.get("warmup_steps"))
        top = number(given.get("warmup_target")) or start
        floor = number(given.get("alpha"))
        return Schedule(
            kind="cosine", high=top, total=steps, factor=floor or 0.0, warmup=warmup, line=line
        )
    return Schedule(
        kind="exponential" if name == "ExponentialDecay" else "inverse_time",
        high=start,
        every=steps,
        factor=number(given.get("decay_rate")),
        staircase=True if given.get("staircase") is True else None,
        line=line,
    )


def _numbers(value: Value) -> tuple[float, ...]:
    items = value if isinstance(value, (list, tuple)) else ()
    known = tuple(n for n in (number(item) for item in items) if n is not None)
    return known if len(known) == len(items) else ()


def _restarting(
    name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Schedule | None:
    """Return a cosine that starts again, in periods that may grow."""
    torch = name.startswith("CosineAnnealing")
    second = arguments[1] if len(arguments) > 1 else None
    third = arguments[2] if len(arguments) > 2 else 1 if torch else 2.0
    growth = number(keywords.get("T_mult" if torch else "t_mul", third))
    if growth is None or growth < 1:
        return None
    return Schedule(
        kind="cosine",
        total=number(keywords.get("T_0" if torch else "first_decay_steps", second)),
        high=None
        if torch
        else number(keywords.get("initial_learning_rate", arguments[:1] and arguments[0])),
        factor=0.0,
        restarts=True,
        growth=growth if growth > 1 else None,
        unit="epochs" if torch else "steps",
        line=line,
    )


_RESTARTS = ("CosineAnnealingWarmRestarts", "CosineDecayRestarts")
_TORCH_SCHEDULES = ("StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR")


def _torch_schedule(
    name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Schedule:
    """Return a `torch.optim.lr_scheduler`; torch counts them in epochs."""
    second = arguments[1] if len(arguments) > 1 else None
    if name == "CosineAnnealingLR":
        total = number(keywords.get("T_max", second))
        return Schedule(kind="cosine", total=total, unit="epochs", factor=0.0, line=line)
    if name == "MultiStepLR":
        at = _numbers(keywords.get("milestones", second))
        return Schedule(
            kind="step", factor=number(keywords.get("gamma", 0.1)), at=at, unit="epochs", line=line
        )
    every = 1.0 if name == "ExponentialLR" else number(keywords.get("step_size", second))
    default = None if name == "ExponentialLR" else 0.1
    factor = number(keywords.get("gamma", default))
    return Schedule(kind="step", factor=factor, every=every, unit="epochs", line=line)


def _callback_schedule(name: str, keywords: dict[str, Value], line: int) -> Schedule | None:
    if name == "ReduceLROnPlateau":
        return Schedule(
            kind="plateau",
            factor=number(keywords.get("factor", 0.1)),
            every=number(keywords.get("patience", 10)),
            unit="epochs",
            low=number(keywords.get("min_lr", keywords.get("min_delta_lr", 0.0))),
            line=line,
        )
    if name == "CyclicLR":
        mode = keywords.get("mode", "triangular")
        kinds: dict[Any, Any] = {
            "triangular": "triangular", "triangular2": "triangular2", "exp_range": "exp_range",
        }  # fmt: skip
        return Schedule(
            kind=kinds.get(mode if isinstance(mode, str) else "", "triangular"),
            low=number(keywords.get("base_lr", 0.001)),
            high=number(keywords.get("max_lr", 0.006)),
            every=number(keywords.get("step_size", 2000.0)),
            factor=number(keywords.get("gamma")),
            line=line,
        )
    return None


def _penalty(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Penalty:
    first = number(arguments[0]) if arguments else None
    if name in {"l1", "L1"}:
        return Penalty(l1=first if first is not None else number(keywords.get("l1", 0.01)))
    if name in {"l2", "L2"}:
        return Penalty(l2=first if first is not None else number(keywords.get("l2", 0.01)))
    second = number(arguments[1]) if len(arguments) > 1 else None
    l2 = second if second is not None else number(keywords.get("l2"))
    return Penalty(l1=first if first is not None else number(keywords.get("l1")), l2=l2)


def is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value: Value) -> float | None:
    return float(value) if is_number(value) and abs(value) < 1e18 else None


def whole(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _first(value: Value) -> Value:
    return value[0] if isinstance(value, (list, tuple)) and value else value


def is_activation(name: str) -> bool:
    return name in ACTIVATIONS
