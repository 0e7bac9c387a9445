"""Random streams of a network, each keyed by the seed and by the path of what draws from it.

Keras takes the seeds of unseeded initializers and dropout layers from one global generator, in the
order in which layers are made: a layer more moves the weights and masks of all that follow. Here
each variable and each layer's generator has a stream of its own, so that two networks with a layer
in common give it the same weights and the same masks, whatever else they hold.
"""

from __future__ import annotations

import collections
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from fitdoctor.training.started import keras

_NAMES = "object_name_uids"
global_state = keras.src.backend.common.global_state


def stream(seed: int, name: str) -> int:
    """Return the seed of the stream of this name."""
    drawn = zlib.crc32(f"{seed}/{name}".encode())
    # Torch holds seeds as signed 32-bit numbers.
    return drawn & 0x7FFFFFFF if keras.backend.backend() == "torch" else drawn


def seeded(make: Callable[[], Any], seed: int) -> Any:
    """Return the model that `make` builds, with every stream of it keyed.

    Initial weights are keyed by the path of the variable, unless its initializer has a seed of its
    own; masks and noise by the path of the layer, even where it has one, since trials with other
    seeds would share them. Weights that a layer makes by other means than `add_weight` draw from
    Keras' global generator, which starts at `seed`.
    """
    keras.utils.set_random_seed(seed)
    with _fresh_names(), keyed_weights(seed):
        model = make()
    key_generators(model, seed)
    return model


def key_generators(model: Any, seed: int) -> None:
    """Let masks, noise and augmentation of each layer start at a stream of the seed."""
    for layer in model._flatten_layers():  # noqa: SLF001 - `layers` leaves out those inside layers
        for name, value in vars(layer).items():
            if isinstance(value, keras.random.SeedGenerator):
                key = stream(seed, f"{layer.path or layer.name}/{name}")
                value.state.assign(np.array([key, 0], dtype=str(value.state.dtype)))


def initial(initializer: Any, seed: int, path: str, shape: tuple[int, ...], dtype: str) -> Any:
    """Return the first value of a variable by its initializer, drawn from the variable's stream."""
    key = stream(seed, path)
    if isinstance(initializer, keras.initializers.Initializer):
        return type(initializer).from_config({**initializer.get_config(), "seed": key})(
            shape, dtype=dtype
        )
    keras.utils.set_random_seed(key)
    return initializer(shape, dtype=dtype)


@contextmanager
def keyed_weights(seed: int) -> Iterator[None]:
    """Draw the weights of layers built within this context from streams of their own."""
    plain = keras.layers.Layer.add_weight

    def add_weight(self: Any, *args: Any, **options: Any) -> Any:
        given = args[1] if len(args) > 1 else options.pop("initializer", None)
        kind = keras.backend.standardize_dtype(
            args[2] if len(args) > 2 else options.get("dtype") or self.variable_dtype
        )
        given = given or ("glorot_uniform" if "float" in kind else "zeros")
        initializer = keras.initializers.get(given)
        keyed = _draws(initializer)
        first = "zeros" if keyed else initializer
        if len(args) > 1:
            args = (args[0], first, *args[2:])
        else:
            options["initializer"] = first
        variable = plain(self, *args, **options)
        if keyed:
            shape = tuple(variable.shape)
            variable.assign(initial(initializer, seed, variable.path, shape, variable.dtype))
        return variable

    keras.layers.Layer.add_weight = add_weight
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = plain


def _draws(initializer: Any) -> bool:
    """Return whether an initializer draws numbers without a seed of its own.

    A function of somebody's own may; it is called once either way.
    """
    if not isinstance(initializer, keras.initializers.Initializer):
        return True
    return initializer.get_config().get("seed", 0) is None


@contextmanager
def _fresh_names() -> Iterator[None]:
    """Number unnamed layers from the beginning, whatever this process has built before."""
    before = global_state.get_global_attribute(_NAMES)
    global_state.set_global_attribute(_NAMES, collections.defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute(_NAMES, before or collections.defaultdict(int))
