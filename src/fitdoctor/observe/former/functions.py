"""What no other function stands for, as it was before it went away."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

NINF = -np.inf


def asscalar(array: Any) -> Any:
    """Return the one number of an array."""
    return np.asarray(array).item()


def asfarray(array: Any, dtype: Any = np.float64) -> NDArray[Any]:
    """Return an array of floating point numbers."""
    kind = np.dtype(dtype)
    return np.asarray(array, dtype=kind if np.issubdtype(kind, np.inexact) else np.float64)


def getargspec(function: Any) -> Any:
    """Return names and defaults of arguments, of which the caller takes the first four."""
    return inspect.getfullargspec(function)[:4]


def load_boston(*, return_X_y: bool = False) -> Any:  # noqa: N803 - its name
    """Return Boston's house prices, which Keras still brings; its rows are in another order."""
    name = "tf_keras" if "tf_keras" in sys.modules else "keras"
    housing: Any = importlib.import_module(f"{name}.datasets.boston_housing")
    (data, target), _ = housing.load_data(test_split=0)
    if return_X_y:
        return data, target
    bunch: Any = importlib.import_module("sklearn.utils").Bunch
    return bunch(data=data, target=target, feature_names=np.array(OF_BOSTON), DESCR="")


OF_BOSTON = ("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO",
             "B", "LSTAT")  # fmt: skip


def probas_to_classes(probabilities: Any) -> NDArray[Any]:
    """Return the class of each row, as `keras.utils.np_utils` of Keras 1."""
    given = np.asarray(probabilities)
    several = given.ndim > 1 and given.shape[1] > 1
    return np.argmax(given, axis=1) if several else (given > 0.5).astype(int).ravel()


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """Return rows of one array or of several, as `keras.models` of Keras 1: a slice or indices."""
    rows = start if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [array[rows] for array in arrays]
    return arrays[rows]


def normal(*given: Any, scale: float = 0.05, **named: Any) -> Any:
    """Draw weights of a shape, as Keras 1 did; without one, return what draws them."""
    made = sys.modules["tf_keras"].initializers.RandomNormal
    if given and isinstance(given[0], tuple | list):
        return made(stddev=scale)(given[0])
    return made(*given, **named)


def uniform(*given: Any, scale: float = 0.05, **named: Any) -> Any:
    """Draw weights of a shape, as Keras 1 did; without one, return what draws them."""
    made = sys.modules["tf_keras"].initializers.RandomUniform
    if given and isinstance(given[0], tuple | list):
        return made(-scale, scale)(given[0])
    return made(*given, **named)
