"""Somebody's own network: `nets.py:make` or `package.nets:make` to a Keras model."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fitdoctor.errors import RecipeError
from fitdoctor.records.recipe import Recipe
from fitdoctor.training.started import keras


def build(recipe: Recipe, shape: tuple[int, ...], classes: int) -> Any:
    """Call the function with those of `input_shape`, `image_size`, `n_classes`, `seed` it names.

    Its model takes what the recipe feeds it (raw 0..255 unless `input_scale` is set) and gives
    probabilities; where the outputs of several units do not sum to 1 a softmax is put on top.
    Raises `RecipeError` where it is not found, fails, or returns something else.
    """
    assert recipe.model is not None
    make = _function(recipe.model)
    known = {
        "input_shape": shape,
        "image_size": shape[0],
        "n_classes": classes,
        "classes": classes,
        "seed": recipe.seed or 0,
    }
    named = inspect.signature(make).parameters
    try:
        model = make(**{name: value for name, value in known.items() if name in named})
    except Exception as error:  # whatever somebody's own code raises
        raise RecipeError(
            f"{recipe.model}: fails with {type(error).__name__}: {str(error)[:200]}"
        ) from error
    if not isinstance(model, keras.Model):
        raise RecipeError(f"{recipe.model}: returned a {type(model).__name__}, not a Keras model")
    return _as_classifier(recipe.model, model, shape, classes)


def _as_classifier(name: str, model: Any, shape: tuple[int, ...], classes: int) -> Any:
    rng = np.random.default_rng(0)
    try:
        drawn = rng.uniform(0, 255, (4, *shape)).astype(np.float32)
        out = keras.ops.convert_to_numpy(model(drawn))
    except Exception as error:  # whatever the layers of somebody's own network raise
        words = str(error).strip().split("\n")[0][:200]
        raise RecipeError(f"{name}: does not take images of shape {shape}: {words}") from error
    if out.ndim != 2 or not (out.shape[1] >= classes or (out.shape[1] == 1 and classes == 2)):
        raise RecipeError(f"{name}: gives outputs of shape {out.shape[1:]} for {classes} classes")
    if out.shape[1] == 1:
        if ((out < 0) | (out > 1)).any():
            raise RecipeError(f"{name}: its one output is not between 0 and 1; end it with sigmoid")
        return model
    if np.allclose(out.sum(axis=1), 1, atol=1e-3) and (out >= 0).all():
        return model
    inputs = keras.Input(shape, name="image")
    return keras.Model(inputs, keras.layers.Softmax(name="softmax")(model(inputs)))


def _function(name: str) -> Callable[..., Any]:
    place, _, function = name.rpartition(":")
    if not place or not function:
        raise RecipeError(f"model {name}: expected file.py:function or package.module:function")
    try:
        if place.endswith(".py"):
            module = _file(Path(place))
        else:
            if "" not in sys.path:
                sys.path.insert(0, "")
            module = importlib.import_module(place)
    except FileNotFoundError as error:
        raise RecipeError(f"model {name}: there is no file {place}") from error
    except Exception as error:  # whatever importing somebody's own code raises
        raise RecipeError(f"model {name}: {type(error).__name__}: {str(error)[:200]}") from error
    found = getattr(module, function, None)
    if not callable(found):
        raise RecipeError(f"model {name}: {place} has no function {function}")
    return found  # type: ignore[no-any-return]


def _file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module
