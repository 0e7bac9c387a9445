"""Networks as estimators: what `keras.wrappers.scikit_learn` gave scripts of Keras 1 and 2."""

import importlib

import numpy as np
import pytest

from fitdoctor.observe.keras2.alias import home


@pytest.fixture
def wrappers():
    """Import them in the test: they import scikit-learn where it is installed."""
    return importlib.import_module("fitdoctor.observe.keras2.wrappers")


class Network:
    """Remembers what it is given; answers with the first columns of its inputs."""

    loss = "categorical_crossentropy"
    metrics_names = ("loss", "accuracy")

    def __init__(self, units):
        self.units = units

    def fit(self, x, y, epochs=1, batch_size=None, verbose=1):
        self.given = {"y": y, "epochs": epochs, "batch_size": batch_size, "verbose": verbose}
        return self

    def predict(self, x, batch_size=None, verbose=0):
        return np.asarray(x, float)[:, : self.units]

    def evaluate(self, x, y, batch_size=None):
        right = (self.predict(x).argmax(1) == np.asarray(y).argmax(1)).mean()
        return [0.25, right]


class Predicting(Network):
    loss = "mse"


def build(units=3):
    return Network(units)


X = np.eye(3)[[0, 2, 1, 2]]


def test_arguments_go_to_what_takes_them(wrappers):
    made = wrappers.KerasClassifier(build_fn=build, units=3, epochs=7, batch_size=5, nothing=1)
    network = made.fit(X, np.array(["a", "c", "b", "c"]), verbose=0)
    assert network.given["epochs"] == 7
    assert network.given["batch_size"] == 5
    assert network.given["verbose"] == 0
    np.testing.assert_array_equal(network.given["y"], X)
    assert made.predict(X).tolist() == ["a", "c", "b", "c"]
    assert made.score(X, np.array(["a", "c", "b", "b"])) == 0.75
    assert made.predict_proba(X).shape == (4, 3)


def test_one_output_names_two_classes(wrappers):
    made = wrappers.KerasClassifier(build, units=1)
    made.fit(X, np.array([0, 1, 1, 1])).loss = "binary_crossentropy"
    assert made.predict(X).shape == (4, 1)
    np.testing.assert_array_equal(made.predict_proba(X).sum(axis=1), 1.0)


def test_a_regressor_gives_numbers_and_the_loss_turned(wrappers):
    made = wrappers.KerasRegressor(Predicting, units=1)
    made.fit(X, np.arange(4.0)).evaluate = lambda *_, **__: 0.5
    assert made.predict(X).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert made.score(X, X) == -0.5


def test_it_is_cloned_by_its_arguments(wrappers):
    base = pytest.importorskip("sklearn.base")
    made = wrappers.KerasClassifier(build_fn=build, epochs=7)
    other = base.clone(made)
    assert other.get_params() == {"build_fn": build, "epochs": 7}
    assert base.is_classifier(other)
    assert other.set_params(epochs=2).get_params()["epochs"] == 2


@pytest.mark.parametrize("root", ["keras", "tensorflow.keras"])
def test_its_module_path_is_ours(root):
    assert home(f"{root}.wrappers.scikit_learn") == "fitdoctor.observe.keras2.wrappers"
