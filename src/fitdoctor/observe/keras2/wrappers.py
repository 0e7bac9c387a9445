"""`keras.wrappers.scikit_learn` of Keras 1 and 2: networks as estimators of scikit-learn.

What each method does is Keras' own of 2.0 to 2.11, after which the module went away.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from typing import Any

import numpy as np

from fitdoctor.observe.keras2.old_names import OF_FIT

if importlib.util.find_spec("sklearn") is not None:
    _base = importlib.import_module("sklearn.base")
    _CLASSIFIER: tuple[Any, ...] = (_base.ClassifierMixin, _base.BaseEstimator)
    _REGRESSOR: tuple[Any, ...] = (_base.RegressorMixin, _base.BaseEstimator)
else:
    _CLASSIFIER = _REGRESSOR = ()


class BaseWrapper:
    """A function that builds a compiled network, and arguments for it, `fit` and `predict`."""

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        self.build_fn, self.sk_params = build_fn, sk_params

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - as scikit-learn
        """Return the arguments by which this was made."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> BaseWrapper:
        """Take other arguments."""
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params |= params
        return self

    def fit(self, x: Any, y: Any, **named: Any) -> Any:
        """Build a network, train it, and return its history."""
        build: Any = self if self.build_fn is None else self.build_fn
        plain = build if inspect.isroutine(build) or inspect.isclass(build) else build.__call__
        self.model = build(**self._known(plain))
        loss = getattr(self.model.loss, "__name__", self.model.loss)
        if loss == "categorical_crossentropy" and np.ndim(y) != 2:
            y = np.eye(int(np.max(y)) + 1)[np.asarray(y)]
        return self.model.fit(x, y, **{**self._known(self.model.fit, OF_FIT), **named})

    def _known(self, function: Any, others: Any = ()) -> dict[str, Any]:
        names = {*inspect.signature(function).parameters, *others}
        return {name: value for name, value in self.sk_params.items() if name in names}

    def _predicted(self, x: Any, named: dict[str, Any]) -> Any:
        return self.model.predict(x, **{**self._known(self.model.predict), **named})


class KerasClassifier(BaseWrapper, *_CLASSIFIER):  # type: ignore[misc]
    """A network that names classes."""

    def fit(self, x: Any, y: Any, **named: Any) -> Any:
        """Build a network and train it on numbers of classes, or on one-hot rows."""
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim <= 2:
            self.classes_, y = np.unique(y), np.searchsorted(np.unique(y), y)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}")
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **named)

    def predict(self, x: Any, **named: Any) -> Any:
        """Return the class of each row."""
        given = self._predicted(x, named)
        rows = given.argmax(axis=-1) if given.shape[-1] > 1 else (given > 0.5).astype("int32")
        return self.classes_[rows]

    def predict_proba(self, x: Any, **named: Any) -> Any:
        """Return a probability of each class."""
        given = self._predicted(x, named)
        return np.hstack([1 - given, given]) if given.shape[1] == 1 else given

    def score(self, x: Any, y: Any, **named: Any) -> float:
        """Return the accuracy."""
        y = np.searchsorted(self.classes_, y) if np.ndim(y) < 2 else y
        loss = getattr(self.model.loss, "__name__", self.model.loss)
        if loss == "categorical_crossentropy" and np.ndim(y) != 2:
            y = np.eye(self.n_classes_)[y]
        outputs = self.model.evaluate(x, y, **{**self._known(self.model.evaluate), **named})
        for name, output in zip(self.model.metrics_names, np.atleast_1d(outputs), strict=False):
            if name in ("accuracy", "acc"):
                return float(output)
        raise ValueError("The model is not configured to compute accuracy.")


class KerasRegressor(BaseWrapper, *_REGRESSOR):  # type: ignore[misc]
    """A network that predicts numbers."""

    def predict(self, x: Any, **named: Any) -> Any:
        """Return a number for each row."""
        return np.squeeze(self._predicted(x, named), axis=-1)

    def score(self, x: Any, y: Any, **named: Any) -> float:
        """Return the loss with its sign turned, which is the better the higher it is."""
        loss = self.model.evaluate(x, y, **{**self._known(self.model.evaluate), **named})
        return -float(np.atleast_1d(loss)[0])
