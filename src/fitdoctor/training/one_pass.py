"""Updates of Adam and of SGD with momentum, and BatchNorm, each as one operation of TensorFlow.

Keras writes an update as separate operations, each of which reads and writes all weights: of a
Dense layer with 100 million weights that takes longer than all else in a step. It writes BatchNorm
(Ioffe and Szegedy 2015) as ten that read and write all activations, which takes a third of a step
of a network with convolutions. The single operations compute the same formulas (Adam: Kingma and Ba
2015, section 2, in the order of its last paragraph); sums are rounded elsewhere, so losses differ
in the sixth digit.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from fitdoctor.training.started import keras


def in_one_pass(optimizer: Any) -> Any:
    """Return the optimizer, which updates dense weights in one pass where the backend can.

    It stays a Keras optimizer of its own class, so that a saved model opens anywhere.
    """
    if keras.backend.backend() != "tensorflow":
        return optimizer
    adam = type(optimizer) in {keras.optimizers.Adam, keras.optimizers.AdamW}
    if adam and not optimizer.amsgrad:
        optimizer.update_step = types.MethodType(_adam, optimizer)
    if type(optimizer) is keras.optimizers.SGD and optimizer.momentum:
        optimizer.update_step = types.MethodType(_momentum, optimizer)
    return optimizer


def norms_in_one_pass(model: Any) -> Any:
    """Return the model, whose BatchNorm layers on maps compute in one pass where the backend can.

    They stay Keras' own layers, so that a saved model opens anywhere.
    """
    if keras.backend.backend() != "tensorflow":
        return model
    import tensorflow as tf

    # With it off there is no deterministic gradient on a GPU for stored statistics.
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    for layer in layers_within(model):
        if type(layer) is keras.layers.BatchNormalization and _usual(layer):
            layer.call = types.MethodType(_live if on_gpu else _normalised, layer)
    return model


def layers_within(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, and those of models in it."""
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from layers_within(layer)


def _usual(layer: Any) -> bool:
    """Return whether a layer is on float32 maps, channels last, by statistics of its batch."""
    return (
        layer.axis in (-1, 3)
        and layer.compute_dtype == "float32"
        and not layer.synchronized
        and not getattr(layer, "renorm", False)
    )


def _live(self: Any, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
    if training and self.trainable:
        return _normalised(self, inputs, training, mask)
    return type(self).call(self, inputs, training=training, mask=mask)


def _normalised(self: Any, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
    import tensorflow as tf

    kind = keras.backend.standardize_dtype(inputs.dtype)
    if mask is not None or len(inputs.shape) != 4 or kind != "float32":
        return type(self).call(self, inputs, training=training, mask=mask)
    live = bool(training and self.trainable)
    channels = (inputs.shape[-1],)
    stored = [tf.convert_to_tensor(x) for x in (self.moving_mean, self.moving_variance)]
    nothing = tf.zeros((0,), tf.float32)
    found = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=tf.convert_to_tensor(self.gamma) if self.scale else tf.ones(channels),
        offset=tf.convert_to_tensor(self.beta) if self.center else tf.zeros(channels),
        mean=nothing if live else stored[0],
        variance=nothing if live else stored[1],
        epsilon=self.epsilon,
        is_training=live,
    )
    if live:
        # It estimates the variance of the population; Keras stores that of the batch.
        values = tf.cast(tf.size(inputs) // channels[0], tf.float32)
        variance = found.batch_variance * (tf.maximum(values - 1, 1) / values)
        momentum = self.momentum
        self.moving_mean.assign(stored[0] * momentum + found.batch_mean * (1 - momentum))
        self.moving_variance.assign(stored[1] * momentum + variance * (1 - momentum))
    return found.y


def _adam(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    import tensorflow as tf

    index = self._get_variable_index(variable)
    kept = [_resource(x) for x in (variable, self._momentums[index], self._velocities[index])]
    if isinstance(gradient, tf.IndexedSlices) or None in kept:
        type(self).update_step(self, gradient, variable, learning_rate)
        return
    dtype = gradient.dtype
    step = tf.cast(self.iterations + 1, dtype)
    first, second = tf.cast(self.beta_1, dtype), tf.cast(self.beta_2, dtype)
    tf.raw_ops.ResourceApplyAdam(
        var=kept[0],
        m=kept[1],
        v=kept[2],
        beta1_power=tf.pow(first, step),
        beta2_power=tf.pow(second, step),
        lr=tf.cast(learning_rate, dtype),
        beta1=first,
        beta2=second,
        epsilon=tf.cast(self.epsilon, dtype),
        grad=gradient,
    )


def _momentum(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    import tensorflow as tf

    index = self._get_variable_index(variable)
    kept = [_resource(x) for x in (variable, self.momentums[index])]
    if isinstance(gradient, tf.IndexedSlices) or None in kept:
        type(self).update_step(self, gradient, variable, learning_rate)
        return
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=kept[0],
        accum=kept[1],
        lr=tf.cast(learning_rate, gradient.dtype),
        grad=gradient,
        momentum=tf.cast(self.momentum, gradient.dtype),
        use_nesterov=bool(self.nesterov),
    )


def _resource(variable: Any) -> Any:
    """Return what an operation changes a variable by; `None` where it has no such handle."""
    return getattr(getattr(variable, "_value", variable), "handle", None)
