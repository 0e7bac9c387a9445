"""Arguments, methods and defaults of Keras 1 and 2 that `tf_keras` takes no more.

What each meant is Keras' own table of 2017 to 2019 (`keras/legacy/interfaces.py` of Keras 2.0 to
2.3, which took the arguments of Keras 1), and the defaults of Keras 2.2.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from fitdoctor.catalogue.optimizers import OPTIMIZERS
from fitdoctor.observe.keras2 import merged
from fitdoctor.observe.keras2.alias import MOVED, Alias

RENAMED = {
    "nb_filter": "filters", "border_mode": "padding", "subsample": "strides",
    "subsample_length": "strides", "stride": "strides", "init": "kernel_initializer",
    "bias": "use_bias", "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer",
    "U_regularizer": "recurrent_regularizer", "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint", "inner_activation": "recurrent_activation",
    "inner_init": "recurrent_initializer", "dropout_W": "dropout", "dropout_U": "recurrent_dropout",
    "filter_length": "kernel_size", "pool_length": "pool_size", "output_dim": "units", "p": "rate",
    "sigma": "stddev", "consume_less": None, "forget_bias_init": None, "mode": None,
    "input_length": "input_length",
}  # fmt: skip
"""Arguments of layers in Keras 1 -> those of Keras 2; `None` where nothing stands for them."""
ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}
DEFAULTS = {o.name: o.defaults["keras 2.2"] for o in OPTIMIZERS if "keras 2.2" in o.defaults}
"""Learning rates of Keras 2.2 and before, where none is given."""
OF_FIT = {"nb_epoch": "epochs", "samples_per_epoch": None, "nb_val_samples": None,
          "nb_worker": "workers", "max_q_size": "max_queue_size", "pickle_safe":
          "use_multiprocessing", "show_accuracy": None, "val_samples": "steps"}  # fmt: skip
METRICS = {"acc": "accuracy", "val_acc": "val_accuracy"}

Method = Callable[..., Any]


def bring_back(keras: Any) -> None:
    """Let the classes of `tf_keras` take what Keras 1 and 2 took."""
    layers = keras.layers
    for kind in {k for k in vars(layers).values() if inspect.isclass(k)}:
        if issubclass(kind, layers.Layer) and "__init__" in vars(kind):
            _layer(kind)
    _optimizers(keras)
    for name in ("fit", "fit_generator", "evaluate_generator", "predict_generator"):
        _renaming(keras.Model, name)
    _model(keras.Model)
    keras.Sequential.predict_classes = _predict_classes
    keras.Sequential.predict_proba = _predict_proba
    layers.merge = _merge(keras)
    merged.bring_back(keras, layers.merge)
    for path, place in MOVED.items():  # for `from keras.utils import np_utils`
        *above, name = path.split(".")
        holder = functools.reduce(lambda m, part: getattr(m, part, None), above, keras)
        if holder is not None and not hasattr(holder, name):
            setattr(holder, name, getattr(keras, place) if place else keras)
    _backend(keras.backend)
    _history(keras.callbacks.History)


def _layer(kind: Any) -> None:
    original = kind.__init__
    known = set(inspect.signature(original).parameters)

    @functools.wraps(original)
    def made(self: Any, /, *given: Any, **named: Any) -> None:
        given, named = converted(kind.__name__, known, given, named)
        original(self, *given, **named)

    kind.__init__ = made


def converted(
    kind: str, known: set[str], given: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a layer as Keras 2 took them; `known` are the names it takes."""
    named = dict(named)
    plain = "Conv2D" in kind and len(given) >= 3
    if plain and all(isinstance(n, int | np.integer) for n in given[:3]):
        # filters, rows and columns of the kernel: Keras 2 still took them so
        given = (given[0], (int(given[1]), int(given[2])), *given[3:])
    if "nb_row" in named and "nb_col" in named:
        named["kernel_size"] = (named.pop("nb_row"), named.pop("nb_col"))
    if named.get("dim_ordering") in ORDERINGS:
        ordering = ORDERINGS[named.pop("dim_ordering")]
        if ordering is not None:
            named["data_format"] = ordering
    for old, new in RENAMED.items():
        if old in named and old not in known:
            value = named.pop(old)
            if new is not None and new not in named:
                named[new] = value
    for name, value in named.items():
        if name.endswith("initializer") and inspect.isfunction(value):
            named[name] = _initializer(value)
    return given, named


def _initializer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that draws weights as Keras 2 calls it: Keras 1 gave a shape and a name."""
    takes = inspect.signature(function).parameters.values()
    if any(p.name == "dtype" or p.kind is p.VAR_KEYWORD for p in takes):
        return function

    @functools.wraps(function)
    def drawn(shape: Any, dtype: Any = None, **_: Any) -> Any:  # noqa: ARG001 - as Keras calls it
        return function(shape)

    return drawn


def _optimizers(keras: Any) -> None:
    """Put the optimizers of Keras 2 in place of those that take no `decay`."""
    for name, rate in DEFAULTS.items():
        legacy = getattr(keras.optimizers.legacy, name)
        setattr(keras.optimizers, name, _optimizer(legacy, name, rate))
        setattr(keras.optimizers, name.lower(), getattr(keras.optimizers, name))
    # Where `tf.keras` looks: those that it had until TensorFlow 2.10, with its own defaults.
    of_tensorflow = importlib.import_module("tf_keras.api._v2.keras.optimizers")
    for name in DEFAULTS:
        setattr(of_tensorflow, name, getattr(keras.optimizers.legacy, name))
    _by_name(keras, of_tensorflow)


def _by_name(keras: Any, of_tensorflow: Any) -> None:
    """Let the names of optimizers mean those that went by them, at their rates of the time."""
    source: Any = importlib.import_module("tf_keras.src.optimizers")  # where `compile` looks
    get, names = source.get, {name.lower(): name for name in DEFAULTS}

    @functools.wraps(get)
    def found(identifier: Any, **named: Any) -> Any:
        if isinstance(identifier, str) and identifier.lower() in names:
            home = keras.optimizers if Alias.asked else of_tensorflow
            return getattr(home, names[identifier.lower()])()
        return get(identifier, **named)

    source.get = keras.optimizers.get = of_tensorflow.get = found


def _optimizer(legacy: Any, name: str, rate: float) -> Any:
    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807 - its name is kept
        if "lr" in named:
            named.setdefault("learning_rate", named["lr"])
            del named["lr"]
        if not given:
            named.setdefault("learning_rate", rate)
        for unused in ("schedule_decay", "amsgrad") if name == "Nadam" else ():
            named.pop(unused, None)
        if named.get("epsilon", 0) is None:
            del named["epsilon"]
        legacy.__init__(self, *given, **named)

    made = type(name, (legacy,), {"__init__": __init__, "__doc__": legacy.__doc__})
    made.__module__ = legacy.__module__
    return made


def _renaming(kind: Any, name: str) -> None:
    original = getattr(kind, name, None)
    if original is None:
        return

    @functools.wraps(original)
    def renamed(self: Any, /, *given: Any, **named: Any) -> Any:
        samples = named.get("samples_per_epoch")
        for old, new in OF_FIT.items():
            if old in named:
                value = named.pop(old)
                if new is not None:
                    named.setdefault(new, value)
        if samples is not None and (size := getattr(given[0] if given else None, "batch_size", 0)):
            named.setdefault("steps_per_epoch", max(1, int(samples) // int(size)))
        return original(self, *given, **named)

    setattr(kind, name, renamed)


def _model(kind: Any) -> None:
    """Let `Model(input=, output=)` be `Model(inputs=, outputs=)`."""
    original = kind.__new__

    def made(cls: Any, *given: Any, **named: Any) -> Any:
        return original(cls, *given, **_plural(named))

    kind.__new__ = staticmethod(made)
    functional = importlib.import_module("tf_keras.src.engine.functional").Functional
    for made_of in (kind, functional):  # Python calls what `__new__` has returned
        _begun(made_of)


def _begun(kind: Any) -> None:
    begin = kind.__init__

    @functools.wraps(begin)
    def begun(self: Any, /, *given: Any, **named: Any) -> None:
        begin(self, *given, **_plural(named))

    kind.__init__ = begun


def _plural(named: dict[str, Any]) -> dict[str, Any]:
    if "input" in named and "output" in named:
        named = dict(named)
        named["inputs"], named["outputs"] = named.pop("input"), named.pop("output")
    return named


def _predict_proba(self: Any, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
    """Return what `predict` returns, by its name in Keras 1 and 2."""
    return self.predict(x, batch_size, verbose)


def _predict_classes(self: Any, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
    """Return class numbers, as Keras 1 and 2 did."""
    given = self.predict(x, batch_size, verbose)
    return given.argmax(axis=-1) if given.shape[-1] > 1 else (given > 0.5).astype("int32")


def _merge(keras: Any) -> Method:
    layers = keras.layers
    kinds = {"sum": layers.Add, "mul": layers.Multiply, "concat": layers.Concatenate,
             "ave": layers.Average, "dot": layers.Dot, "max": layers.Maximum}  # fmt: skip

    def merge(inputs: Any, mode: str = "sum", concat_axis: int = -1, **_: Any) -> Any:
        """Merge tensors, as Keras 1 did."""
        settings = {"axis": concat_axis} if mode == "concat" else {}
        return kinds[mode](**settings)(inputs)

    return merge


def _backend(backend: Any) -> None:
    def set_image_dim_ordering(ordering: str) -> None:
        """Set the order of axes, as Keras 1 called it."""
        backend.set_image_data_format(ORDERINGS[ordering] or "channels_last")

    def image_dim_ordering() -> str:
        """Return the order of axes, as Keras 1 called it."""
        return "th" if backend.image_data_format() == "channels_first" else "tf"

    backend.set_image_dim_ordering = set_image_dim_ordering
    backend.image_dim_ordering = image_dim_ordering


class _Figures(dict[str, Any]):
    """The curves of a history, in which `acc` is also `accuracy`."""

    def __missing__(self, key: str) -> Any:
        if METRICS.get(key) in self:
            return self[METRICS[key]]
        raise KeyError(key)


def _history(kind: Any) -> None:
    original = kind.on_train_begin

    @functools.wraps(original)
    def begun(self: Any, logs: Any = None) -> None:
        original(self, logs)
        self.history = _Figures(self.history)

    kind.on_train_begin = begun
    made = kind.__init__

    @functools.wraps(made)
    def init(self: Any) -> None:
        made(self)
        self.history = _Figures(self.history)

    kind.__init__ = init
