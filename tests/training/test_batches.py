"""How an epoch is cut into batches: all images once, and none of one image before BatchNorm."""

import keras
import numpy as np
import pytest

from fitdoctor.training.loop import Loop, normalises_by_batch


def network(*layers):
    model = keras.Sequential(
        [keras.Input((4,)), *layers, keras.layers.Dense(2, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def sizes(images, batch, *layers, resident=False):
    x = np.random.default_rng(0).normal(size=(images, 4)).astype(np.float32)
    model = network(*layers)
    loop = Loop(model, x, np.zeros(images, int), None, batch, resident=resident)
    cut = list(loop._batches(np.arange(images), evenly=loop._evenly))
    assert np.array_equal(np.concatenate(cut), np.arange(images))
    return [len(part) for part in cut]


@pytest.mark.parametrize(("images", "batch"), [(129, 32), (33, 32), (101, 50), (2049, 16), (7, 3)])
def test_before_batchnorm_no_batch_is_much_smaller_than_the_others(images, batch):
    even = sizes(images, batch, keras.layers.BatchNormalization())
    plain = sizes(images, batch)
    assert min(plain) < batch / 2 < max(plain) == batch
    assert len(even) == len(plain)
    assert max(even) - min(even) <= 1
    assert max(even) <= batch


@pytest.mark.parametrize(("images", "batch"), [(128, 32), (60, 16), (5, 32), (1, 1), (40, 1)])
def test_other_batches_stay_as_they_are(images, batch):
    norm = keras.layers.BatchNormalization()
    assert sizes(images, batch, norm) == sizes(images, batch)


def test_a_norm_that_does_not_learn_changes_no_batch():
    frozen = keras.layers.BatchNormalization(trainable=False)
    assert not normalises_by_batch(network(frozen))
    assert sizes(33, 32, frozen) == [32, 1]
    inner = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])
    assert normalises_by_batch(network(inner))


@pytest.mark.parametrize("resident", [True, False])
def test_the_averages_are_those_of_all_images_not_of_the_last_one(resident):
    """Of 17 images in batches of 16 the last is far from the others."""
    x = np.random.default_rng(1).normal(size=(17, 4)).astype(np.float32)
    x[16] = 1000
    norm = keras.layers.BatchNormalization(momentum=0.5)
    model = network(norm)
    loop = Loop(model, x, np.zeros(17, int), None, 16, resident=resident)
    loop.train(np.arange(17))
    own = np.asarray(norm.moving_mean)
    assert np.all(own < 200)
    assert loop.evaluate(np.arange(17))["accuracy"] >= 0
