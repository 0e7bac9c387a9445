"""What the training loop does where TensorFlow is not: Keras' own batch functions, summed up."""

import numpy as np
import pytest

import keras  # isort: skip
from fitdoctor.training.loop import Loop


def test_an_epochs_figures_are_those_of_all_batches(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.random((70, 5)).astype("float32"), rng.integers(0, 2, 70)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(
        keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    whole = model.evaluate(x, y, verbose=0, return_dict=True)
    loop = Loop(model, x, y, None, 32, resident=False)
    monkeypatch.setattr(loop, "_by_step", False)
    for found in (loop.train(np.arange(70)), loop.evaluate(np.arange(70))):
        assert found == pytest.approx(whole, abs=1e-5)
