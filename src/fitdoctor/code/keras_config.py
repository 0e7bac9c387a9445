"""What Keras writes down of a layer or an optimizer (`get_config`), as records."""

from __future__ import annotations

from typing import Any

from fitdoctor.records.recipe import Layer, Optimizer, Schedule


def layer_of(kind: str, config: dict[str, Any]) -> Layer:
    """Return a layer of this class by its configuration."""
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    penalty = inner(config.get("kernel_regularizer"))
    activation = config.get("activation")
    if isinstance(activation, dict):
        activation = activation.get("class_name", "unknown")
    axis = config.get("axis")
    return Layer(
        kind=kind,
        name=text_of(config.get("name")),
        units=whole_of(config.get("units", config.get("filters"))),
        activation=text_of(activation),
        rate=number_of(config.get("rate", config.get("scale"))),
        kernel_size=_side(config.get("kernel_size")),
        strides=_side(config.get("strides")),
        pool_size=_side(config.get("pool_size")),
        padding=text_of(config.get("padding")),
        momentum=number_of(config.get("momentum")),
        axis=whole_of(axis[0] if isinstance(axis, list | tuple) and axis else axis),
        data_format="channels_first"
        if config.get("data_format") == "channels_first"
        else None,  # channels last goes without saying
        epsilon=number_of(config.get("epsilon")),
        use_bias=config.get("use_bias") if isinstance(config.get("use_bias"), bool) else None,
        l1=number_of(penalty.get("l1")) or None,
        l2=number_of(penalty.get("l2")) or None,
        trainable=False if config.get("trainable") is False else None,
        input_shape=tuple(whole_of(s) for s in shape[1:])
        if isinstance(shape, list | tuple) and 1 < len(shape) <= 6
        else None,
    )


def optimizer_of(given: Any) -> Optimizer | None:
    """Return an optimizer by its class name and configuration; `None` of anything else."""
    if not isinstance(given, dict):
        return None
    config = inner(given)
    name = text_of(given.get("class_name"))
    rate = config.get("learning_rate", config.get("lr"))
    schedule = _schedule(rate) if isinstance(rate, dict) else None
    return Optimizer(
        name=name.rpartition(">")[2] if name else None,
        learning_rate=schedule.high if schedule else number_of(rate),
        momentum=number_of(config.get("momentum")),
        nesterov=True if config.get("nesterov") is True else None,
        decay=number_of(config.get("decay")) or None,
        weight_decay=number_of(config.get("weight_decay")) or None,
        clipnorm=number_of(config.get("clipnorm")),
        clipvalue=number_of(config.get("clipvalue")),
        schedule=schedule,
    )


def _schedule(rate: dict[str, Any]) -> Schedule | None:
    config = inner(rate)
    start = number_of(config.get("initial_learning_rate"))
    steps = number_of(config.get("decay_steps"))
    match rate.get("class_name"):
        case "CosineDecay":
            floor = number_of(config.get("alpha")) or 0.0
            return Schedule(kind="cosine", high=start, total=steps, factor=floor)
        case "ExponentialDecay" | "InverseTimeDecay" as name:
            return Schedule(
                kind="exponential" if name == "ExponentialDecay" else "inverse_time",
                high=start,
                every=steps,
                factor=number_of(config.get("decay_rate")),
                staircase=True if config.get("staircase") is True else None,
            )
        case _:
            return None


def inner(given: Any) -> dict[str, Any]:
    inner = given.get("config") if isinstance(given, dict) else None
    return inner if isinstance(inner, dict) else {}


def text_of(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) else None


def whole_of(value: Any) -> int | None:
    plain = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12
    return value if plain else None


def number_of(value: Any) -> float | None:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if plain and abs(value) < 1e30 else None


def _side(value: Any) -> int | None:
    return whole_of(value[0] if isinstance(value, list | tuple) and value else value)
