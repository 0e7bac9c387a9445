"""Layers from inside: BatchNorm's stores, gradients, silent units, the noise of the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.probes import LayerState, NormState
from fitdoctor.stats.student import t_quantile
from fitdoctor.training.probing.modes import Array, Modes, compiled, fitting, normalisations
from fitdoctor.training.started import keras

BATCHES = 3
"""Batches whose gradients are compared."""


def norm_states(modes: Modes, x: NDArray[Any], batch: int) -> tuple[NormState, ...]:
    """Return each learning BatchNorm's stored statistics against those of batches.

    What a batch would have stored is momentum times the old plus the rest times the batch's own.
    """
    layers = normalisations(modes.model)
    if not layers:
        return ()
    _, stored = modes.outputs(x, "training", batch)
    places = {id(v): i for i, v in enumerate(modes.model.non_trainable_variables)}
    states = []
    for layer in layers:
        mean_at, variance_at = places[id(layer.moving_mean)], places[id(layer.moving_variance)]
        old_mean, old_variance = _value(layer.moving_mean), _value(layer.moving_variance)
        rest = 1 - layer.momentum
        if rest < 1e-6:
            continue
        means = [(_value(s[mean_at]) - layer.momentum * old_mean) / rest for s in stored]
        variances = [
            (_value(s[variance_at]) - layer.momentum * old_variance) / rest for s in stored
        ]
        mean, variance = np.mean(means, axis=0), np.maximum(np.mean(variances, axis=0), 0)
        deviation = np.sqrt(old_variance + layer.epsilon)
        ratio = (variance + layer.epsilon) / (old_variance + layer.epsilon)
        states.append(
            NormState(
                name=layer.name,
                shift=float(np.mean(np.abs(mean - old_mean) / deviation)),
                variance_ratio=float(np.exp(np.mean(np.log(np.maximum(ratio, 1e-12))))),
            )
        )
    return tuple(states)


class Gradients:
    """Gradients of the compiled loss by every weight, in training mode, batch by batch."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._call = self._compile()

    @property
    def possible(self) -> bool:
        """Torch is left out: its graph would hold on to the weights of the training."""
        return self._call is not None

    def measure(
        self, x: NDArray[Any], y: NDArray[Any], batch: int
    ) -> tuple[dict[str, float], Estimate | None]:
        """Return gradient norm by weight norm of each layer, and the gradient noise scale."""
        if self._call is None or len(x) < batch:
            return {}, None
        weights = [v.value for v in self.model.trainable_variables]
        others = [v.value for v in self.model.non_trainable_variables]
        many = min(BATCHES, len(x) // batch)
        batches = []
        for start in range(0, many * batch, batch):
            part = slice(start, start + batch)
            found = self._call(weights, others, np.asarray(x[part]), np.asarray(y[part]))
            batches.append([_value(g) for g in found])
        means = [np.mean([b[i] for b in batches], axis=0) for i in range(len(weights))]
        norms: dict[str, float] = {}
        for variable, mean in zip(self.model.trainable_variables, means, strict=True):
            if variable.path.endswith("kernel"):
                size = float(np.linalg.norm(_value(variable)))
                norms[_layer(variable)] = float(np.linalg.norm(mean)) / max(size, 1e-12)
        return norms, noise_scale(batches, batch)

    def _compile(self) -> Any:
        model, backend = self.model, keras.backend.backend()
        if backend not in {"tensorflow", "jax"} or isinstance(model.loss, (list, dict, type(None))):
            return None
        loss = keras.losses.get(model.loss)

        def value(weights: Any, others: Any, x: Any, y: Any) -> Any:
            out, _ = model.stateless_call(weights, others, x, training=True)
            return keras.ops.mean(loss(fitting(y, out), out))

        if backend == "jax":
            import jax

            return jax.jit(jax.grad(value))
        import tensorflow as tf

        def gradients(weights: Any, others: Any, x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(weights)
                current = value(weights, others, x, y)
            found = tape.gradient(current, weights)
            return [
                tf.zeros_like(w) if g is None else g for g, w in zip(found, weights, strict=True)
            ]

        return compiled(gradients)


def noise_scale(batches: list[list[Array]], batch: int) -> Estimate | None:
    """Return tr(covariance) / |gradient|^2, in images, with its jackknife interval.

    McCandlish et al. 2018 (arXiv:1812.06162), appendix A: from the squared norms of the gradients
    of small batches and of their mean. `None` below three batches, or where it is all noise.
    """
    k = len(batches)
    if k < 3:
        return None
    flat = np.stack([np.concatenate([g.ravel() for g in b]) for b in batches]).astype(np.float64)
    products = flat @ flat.T

    def scale(rows: NDArray[np.int64]) -> float:
        inner = products[np.ix_(rows, rows)]
        n = len(rows)
        small, big = float(np.trace(inner)) / n, float(inner.sum()) / n**2
        gradient = (n * big - small) / (n - 1)
        noise = (small - big) / (1 / batch - 1 / (n * batch))
        return noise / gradient if gradient > 0 else float("inf")

    every = np.arange(k)
    whole = scale(every)
    left = np.array([scale(np.delete(every, i)) for i in every])
    if not np.isfinite(whole) or not np.isfinite(left).all():
        return None
    error = np.sqrt((k - 1) / k * ((left - left.mean()) ** 2).sum())
    half = t_quantile(k - 1, 0.975) * float(error)
    return Estimate(whole, max(0.0, whole - half), whole + half)


def dead_shares(model: Any, x: NDArray[Any]) -> dict[str, float]:
    """Return, of each layer with relu, the share of units that no image makes positive.

    Layers of the outermost network only; empty where it is not a graph of layers.
    """
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        return {}
    named = [layer for layer in model.layers if _is_relu(layer)]
    if not named:
        return {}
    try:
        inner = keras.Model(model.inputs, [layer.output for layer in named])
    except (ValueError, AttributeError):
        return {}
    shares = {}
    outputs = inner(np.asarray(x), training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    for layer, out in zip(named, outputs, strict=True):
        values = _value(out)
        most = values.max(axis=tuple(range(values.ndim - 1)))
        shares[layer.name] = float((most <= 0).mean())
    return shares


def _is_relu(layer: Any) -> bool:
    if type(layer).__name__ == "ReLU":
        return True
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", "") == "relu"


def kernels(model: Any) -> dict[str, Array]:
    """Return a copy of every kernel that learns, by its layer."""
    return {
        _layer(v): _value(v).copy() for v in model.trainable_variables if v.path.endswith("kernel")
    }


def updates(before: dict[str, Array], now: dict[str, Array]) -> dict[str, float]:
    """Return how far each kernel has moved, in parts of its norm."""
    return {
        name: float(np.linalg.norm(now[name] - old)) / max(float(np.linalg.norm(old)), 1e-12)
        for name, old in before.items()
        if name in now and now[name].shape == old.shape
    }


def states(
    model: Any,
    gradients: dict[str, float],
    moved: dict[str, float],
    dead: dict[str, float],
) -> tuple[LayerState, ...]:
    """Return what is known of each layer, in the order of the network."""
    kinds = {
        layer.name: type(layer).__name__
        for layer in model._flatten_layers(include_self=False)  # noqa: SLF001 - nested ones too
    }
    found = {**dict.fromkeys(moved), **dict.fromkeys(gradients), **dict.fromkeys(dead)}
    order = {name: at for at, name in enumerate(kinds)}
    names = sorted(found, key=lambda name: order.get(name.rsplit("/", 1)[-1], len(order)))
    return tuple(
        LayerState(
            name=name,
            kind=kinds.get(name.rsplit("/", 1)[-1], ""),
            gradient=gradients.get(name),
            update=moved.get(name),
            dead=dead.get(name),
        )
        for name in names
    )


def _layer(variable: Any) -> str:
    return str(variable.path).rsplit("/", 1)[0]


def _value(variable: Any) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(variable), dtype=np.float64)
