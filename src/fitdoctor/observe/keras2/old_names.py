"""Arguments, methods and defaults of Keras 1 and 2 that `tf_keras` takes no more.

What each meant is Keras' own table of 2017 to 2019 (`keras/legacy/interfaces.py` of Keras 2.0 to
2.3, which took the arguments of Keras 1), and the defaults of Keras 2.2.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fitdoctor.catalogue.optimizers import OPTIMIZERS
from fitdoctor.observe.keras2 import merged, ordering
from fitdoctor.observe.keras2.alias import MOVED, Alias
from fitdoctor.observe.keras2.places import ARGUMENTS

OF_LAYERS = {
    "consume_less": None,
    "forget_bias_init": None,
    "mode": None,
    "dropout": None,
    "create_input_layer": None,
}
"""Arguments of layers of Keras 1 that mean nothing today, where a layer takes none by that name."""
ELSEWHERE = {
    "filters": ("nb_filter",), "units": ("output_dim",), "strides": ("subsample",),
    "padding": ("border_mode",), "kernel_initializer": ("init",), "use_bias": ("bias",),
    "kernel_regularizer": ("W_regularizer",), "bias_regularizer": ("b_regularizer",),
    "kernel_constraint": ("W_constraint",), "bias_constraint": ("b_constraint",),
    "kernel_size": ("filter_length",), "pool_size": ("pool_length",), "rate": ("p",),
    "data_format": ("dim_ordering",), "activation": ("inner_activation",),
}  # fmt: skip
"""Arguments of Keras 2 -> those of Keras 1, for classes that Keras' own table does not know."""
ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}
DEFAULTS = {o.name: o.defaults["keras 2.2"] for o in OPTIMIZERS if "keras 2.2" in o.defaults}
"""Learning rates of Keras 2.2 and before, where none is given."""
OF_FIT = {**ARGUMENTS["Model.fit_generator"], "samples_per_epoch": None, "nb_val_samples": None,
          "show_accuracy": None}  # fmt: skip
"""Arguments of `fit` and its like; what counted samples is counted in batches today."""
OF_COMPILE = ("class_mode", "theano_mode")
OF_FUNCTIONS = {
    "border_mode": "padding", "dim_ordering": "data_format", "dim": "axis", "std": "stddev",
    "low": "minval", "high": "maxval", "X": "x", "nb_classes": "num_classes", "stride": "strides",
    "nb_words": "num_words", "l": "l2", "m": "max_value", "filter_shape": None, "image_shape": None,
    "volume_shape": None, "text": "input_text", "y_pred": "probabilities", "p": "probabilities",
    "maxlen": "maxlen", "test_split": "test_split",
}  # fmt: skip
"""Arguments of functions and of other classes in Keras 1 -> those of Keras 2."""
FUNCTIONS = {
    "backend": (
        "conv1d", "conv2d", "conv3d", "conv2d_transpose", "separable_conv2d", "pool2d", "pool3d",
        "expand_dims", "one_hot", "random_normal", "random_uniform", "resize_images",
        "resize_volumes", "spatial_2d_padding", "spatial_3d_padding"),
    "utils": ("to_categorical",), "regularizers": ("l1", "l2"), "constraints": ("MaxNorm",),
    "preprocessing.text": ("Tokenizer", "text_to_word_sequence", "one_hot"),
    "preprocessing.image": ("ImageDataGenerator", "array_to_img", "img_to_array",
                            "NumpyArrayIterator", "DirectoryIterator"),
    "datasets.imdb": ("load_data",), "datasets.reuters": ("load_data",),
}  # fmt: skip
"""Path below `keras` -> what there took `OF_FUNCTIONS`."""
METRICS_OF_1 = ("precision", "recall", "fbeta_score", "fmeasure", "matthews_correlation")
"""Metrics that Keras 1 knew by name."""
METRICS = {"acc": "accuracy", "val_acc": "val_accuracy"}

Method = Callable[..., Any]


def bring_back(keras: Any) -> None:
    """Let the classes of `tf_keras` take what Keras 1 and 2 took."""
    layers = keras.layers
    for kind in {k for k in vars(layers).values() if inspect.isclass(k)}:
        if issubclass(kind, layers.Layer) and "__init__" in vars(kind):
            _layer(kind, keras.backend)
    _weights(layers.Layer)
    _functions(keras)
    _input(keras)
    formerly = importlib.import_module("fitdoctor.observe.keras2.formerly")
    for kind in (formerly.MaxoutDense, formerly.Highway, formerly.ParametricSoftplus):
        _layer(kind, keras.backend)
    layers.Layer.get_output_shape_for = layers.Layer.compute_output_shape
    keras.utils.get_custom_objects().update(
        cosine=keras.losses.cosine_similarity, cosine_proximity=keras.losses.cosine_similarity,
        **{name: getattr(formerly, name) for name in METRICS_OF_1},
    )  # fmt: skip
    _optimizers(keras)
    for name in ("fit", "fit_generator", "evaluate_generator", "predict_generator"):
        _renaming(keras.Model, name)
    _compile(keras.Model)
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


def _layer(kind: Any, backend: Any) -> None:
    original = kind.__init__
    known = set(inspect.signature(original).parameters)

    @functools.wraps(original)
    def made(self: Any, /, *given: Any, **named: Any) -> None:
        given, named = converted(kind.__name__, known, given, named)
        ordering.settle(kind.__name__, given, named, backend)
        original(self, *given, **named)

    kind.__init__ = made


def converted(
    kind: str, known: set[str], given: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a layer as Keras 2 took them; `known` are the names it takes."""
    named = dict(named)
    given = _kernel(kind, given, named)
    if "dim_ordering" in named and "dim_ordering" not in known:
        named["dim_ordering"] = ORDERINGS.get(named["dim_ordering"], named["dim_ordering"])
    if kind == "SeparableConv2D" and "init" in named:
        named["depthwise_initializer"] = named["pointwise_initializer"] = named.pop("init")
    for old, new in _renamed(kind, known).items():
        if old in named and old not in known:
            value = named.pop(old)
            if new is not None and named.get(new) is None and value is not None:
                named[new] = value
    if "input_dim" in named and ("1D" in kind or "recurrent_initializer" in known):
        named["input_shape"] = (named.pop("input_length", None), named.pop("input_dim"))
    for name, value in named.items():
        if name.endswith("initializer") and inspect.isfunction(value):
            named[name] = _initializer(value)
    return given, named


def _renamed(kind: str, known: set[str]) -> Mapping[str, str | None]:
    """Return names that arguments of a layer had -> those that they have."""
    table: dict[str, str | None] = dict(OF_LAYERS)
    if kind in ARGUMENTS:
        implementation = {"consume_less": None}  # how steps are computed, not what
        return table | dict(ARGUMENTS[kind]) | implementation
    for new, olds in ELSEWHERE.items():
        if new in known:
            table |= dict.fromkeys(olds, new)
    return table


def _kernel(kind: str, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """Return what is given to a convolution with its kernel as one argument."""
    sides = 3 if "Conv3D" in kind else 2
    words = ("kernel_dim1", "kernel_dim2", "kernel_dim3") if sides == 3 else ("nb_row", "nb_col")
    if not ("Conv" in kind and "1D" not in kind) and kind != "LocallyConnected2D":
        return given
    sizes = given[1 : 1 + sides]
    if len(sizes) == sides and all(isinstance(n, int | np.integer) for n in sizes):
        # filters and the sides of the kernel one by one: Keras 2 still took them so
        return (given[0], tuple(int(n) for n in sizes), *given[1 + sides :])
    rest = [word for word in words[len(sizes) :] if word in named]
    if len(sizes) + len(rest) == sides and rest:
        named["kernel_size"] = (*sizes, *(named.pop(word) for word in rest))
        return given[:1]
    return given


def _initializer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that draws weights as Keras 2 calls it: Keras 1 gave a shape and a name."""
    takes = inspect.signature(function).parameters.values()
    if any(p.name == "dtype" or p.kind is p.VAR_KEYWORD for p in takes):
        return function

    @functools.wraps(function)
    def drawn(shape: Any, dtype: Any = None, **_: Any) -> Any:  # noqa: ARG001 - as Keras calls it
        return function(shape)

    return drawn


def _weights(kind: Any) -> None:
    """Let `add_weight` be given the shape first, as Keras 1 was."""
    original = kind.add_weight

    @functools.wraps(original)
    def added(self: Any, /, *given: Any, **named: Any) -> Any:
        if given and isinstance(given[0], tuple | list):
            named["shape"], given = given[0], given[1:]
        elif given and len(given) > 1:
            named["shape"], given = given[1], (given[0], *given[2:])
        if given:
            named.setdefault("name", given[0])
            given = given[1:]
        return original(self, *given, **named)

    kind.add_weight = added


def _functions(keras: Any) -> None:
    """Let functions, and classes that are no layers, take arguments by their names in Keras 1."""
    for path, names in FUNCTIONS.items():
        home = functools.reduce(getattr, path.split("."), keras)
        for name in names:
            value: Any = getattr(home, name)
            holder, attribute = (value, "__init__") if inspect.isclass(value) else (home, name)
            setattr(holder, attribute, _taking(getattr(holder, attribute)))


def _taking(function: Method) -> Method:
    known = set(inspect.signature(function).parameters)

    @functools.wraps(function)
    def taken(*given: Any, **named: Any) -> Any:
        for old, new in OF_FUNCTIONS.items():
            if old in named and old not in known:
                value = named.pop(old)
                value = ORDERINGS.get(value, value) if old == "dim_ordering" else value
                name = "l1" if old == "l" and "l1" in known else new
                if name in known and value is not None:
                    named[name] = value
        return function(*given, **named)

    return taken


def _input(keras: Any) -> None:
    """Let `Input` be given the whole shape of a batch."""
    original = keras.Input

    @functools.wraps(original)
    def made(*given: Any, **named: Any) -> Any:
        if "batch_shape" in named:
            named["batch_input_shape"] = named.pop("batch_shape")
        return original(*given, **named)

    keras.Input = keras.layers.Input = made


def _compile(kind: Any) -> None:
    original = kind.compile

    @functools.wraps(original)
    def compiled(self: Any, /, *given: Any, **named: Any) -> Any:
        for old in OF_COMPILE:
            named.pop(old, None)
        return original(self, *given, **named)

    kind.compile = compiled


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
             "ave": layers.Average, "max": layers.Maximum, "min": layers.Minimum}  # fmt: skip

    def merge(
        inputs: Any, mode: Any = "sum", concat_axis: int = -1, dot_axes: Any = -1,
        output_shape: Any = None, arguments: Any = None, **named: Any,
    ) -> Any:  # fmt: skip
        """Merge tensors, as Keras 1 did."""
        name = named.get("name")
        if callable(mode):
            shape = {} if output_shape is None else {"output_shape": output_shape}
            return layers.Lambda(mode, arguments=arguments, name=name, **shape)(inputs)
        if mode in ("dot", "cos"):
            axes = dot_axes if dot_axes != -1 else -1
            return layers.Dot(axes=axes, normalize=mode == "cos", name=name)(inputs)
        settings = {"axis": concat_axis} if mode == "concat" else {}
        return kinds[mode](**settings, name=name)(inputs)

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
