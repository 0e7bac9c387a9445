"""The update of Adam, and of SGD with momentum, as one operation of TensorFlow instead of ten.

Keras writes an update as separate operations, each of which reads and writes all weights: of a
Dense layer with 100 million weights that takes longer than all else in a step. The single operation
computes the same formula (Adam: Kingma and Ba 2015, section 2, in the order of its last paragraph);
sums are rounded elsewhere, so losses differ in the sixth digit.
"""

from __future__ import annotations

import types
from typing import Any

import keras


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
