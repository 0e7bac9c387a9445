"""Each treatment on networks of Keras: what it changes, and where it does nothing."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")

from fitdoctor.observe import passing, rebuilding, treated_by, treatments  # noqa: E402
from fitdoctor.observe.patient import Patient, UntreatableError  # noqa: E402
from fitdoctor.rules import all_rules  # noqa: E402

LAYERS, CATEGORICAL = keras.layers, "categorical_crossentropy"


def images(count=40, classes=3, high=1.0):
    rng = np.random.default_rng(0)
    x = (rng.random((count, 4, 4, 1)) * high).astype("float32")
    return x, np.arange(count) % classes


def functional(*layers):
    first = x = keras.Input((4, 4, 1))
    for layer in layers:
        x = layer(x)
    return keras.Model(first, x)


def sequential(*layers):
    return keras.Sequential([keras.Input((4, 4, 1)), *layers])


def unbuilt(*layers):
    return keras.Sequential(list(layers))


BUILT = {"functional": functional, "sequential": sequential, "unbuilt": unbuilt}


@pytest.fixture(params=BUILT)
def any_patient(request):
    """Make a patient with a network of each kind."""
    return maker(request.param)


@pytest.fixture
def patient():
    """Make a patient, where the kind of its network makes no difference."""
    return maker("functional")


def maker(kind):
    def make(*layers, loss="sparse_categorical_crossentropy", optimizer="adam", data=None, **call):
        model = BUILT[kind](LAYERS.Flatten(), *layers)
        compiled = {"optimizer": optimizer, "loss": loss, "run_eagerly": True}
        model.compile(**compiled)
        x, y = data or images()
        if not model.built:
            model.build((None, *x.shape[1:]))
        call = {"x": x, "y": y, "epochs": 1, "batch_size": 10, **call}
        return Patient(keras, model, call, compiled)

    return make


def treat(patient, name, **arguments):
    return treatments.all_treatments()[name](patient, **arguments)


def trains(patient):
    """Train the patient, and return whether its last loss is a number."""
    history = patient.model.fit(**patient.call)
    return np.isfinite(history.history["loss"][-1])


def dense(units, activation=None, **options):
    return LAYERS.Dense(units, activation=activation, **options)


def test_inputs_of_every_part_are_scaled_and_small_ones_are_left(patient):
    x, y = images(high=255)
    one = patient(dense(3, "softmax"), data=(x, y), validation_split=0.25)
    assert "divided by 255" in treat(one, "scale_inputs")
    assert one.call["x"].max() <= 1 >= one.call["validation_data"][0].max()
    assert len(one.call["x"]) == 30
    assert trains(one)
    assert treat(one, "scale_inputs") == ""
    assert x.max() > 200  # the script's own array


@pytest.mark.parametrize(
    ("optimizer", "name", "rate"),
    [
        (keras.optimizers.Adam(5.0), "usual_learning_rate", 1e-3),
        (keras.optimizers.SGD(1e-7), "usual_learning_rate", 1e-2),
        (keras.optimizers.SGD(-0.01), "usual_learning_rate", 1e-2),
        (keras.optimizers.Adam(0.5), "lower_learning_rate", 0.05),
        (keras.optimizers.Adam(1e-5), "raise_learning_rate", 3e-4),
    ],
)
def test_the_learning_rate_is_set(patient, optimizer, name, rate):
    one = patient(
        dense(3, "softmax"), optimizer=type(optimizer).from_config(optimizer.get_config())
    )
    assert f"{rate:.2g} in place of" in treat(one, name)
    assert float(one.model.optimizer.learning_rate) == pytest.approx(rate)
    assert trains(one)


def test_a_usual_rate_is_left(patient):
    assert treat(patient(dense(3, "softmax")), "usual_learning_rate") == ""


def test_a_schedule_is_taken_away_and_then_no_rate_is_scaled_behind_its_back(patient):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 1, 0.1)
    one = patient(dense(3, "softmax"), optimizer=keras.optimizers.SGD(schedule))
    with pytest.raises(UntreatableError):
        treat(one, "lower_learning_rate")
    assert "stays 0.01" in treat(one, "remove_decay")
    assert trains(one)
    assert float(one.model.optimizer.learning_rate) == pytest.approx(0.01)
    assert treat(one, "remove_decay") == ""


def test_dropout_is_taken_out_lowered_and_put_in(any_patient):
    patient = any_patient
    layers = dense(8, "relu"), LAYERS.Dropout(0.9), dense(3, "softmax")
    one = patient(*layers)
    assert "0 in place of 0.9" in treat(one, "remove_dropout")
    assert [layer.rate for layer in one.of_kind("Dropout")] == [0]
    assert trains(one)
    two = patient(dense(8, "relu"), LAYERS.Dropout(0.9), dense(3, "softmax"))
    treat(two, "lower_dropout", rate=0.2)
    assert [layer.rate for layer in two.of_kind("Dropout")] == [0.2]
    assert treat(two, "add_dropout") == ""
    three = patient(dense(8, "relu"), dense(3, "softmax"))
    before = [w.copy() for w in three.model.get_weights()]
    assert treat(three, "add_dropout")
    kinds = [
        type(layer).__name__ for layer in three.model.layers if "Input" not in type(layer).__name__
    ]
    assert kinds == ["Flatten", "Dense", "Dropout", "Dense"]
    for old, new in zip(before, three.model.get_weights(), strict=True):
        assert np.array_equal(old, new)
    assert trains(three)


@pytest.mark.parametrize(
    ("last", "loss", "labels", "wanted"),
    [
        (dense(3, "softmax"), CATEGORICAL, "numbers", f"sparse_{CATEGORICAL}"),
        (dense(3, "softmax"), f"sparse_{CATEGORICAL}", "one-hot", CATEGORICAL),
        (dense(3, "softmax"), "binary_crossentropy", "one-hot", CATEGORICAL),
        (dense(3, "softmax"), "mse", "one-hot", CATEGORICAL),
        (dense(3), f"sparse_{CATEGORICAL}", "numbers", f"sparse_{CATEGORICAL}(from_logits=True)"),
        (dense(1, "sigmoid"), "categorical_crossentropy", "two", "binary_crossentropy"),
    ],
)  # fmt: skip
def test_the_loss_follows_labels_and_output(patient, last, loss, labels, wanted):
    x, y = images(classes=2 if labels == "two" else 3)
    y = np.eye(3)[y] if labels == "one-hot" else y
    own = type(last).from_config({**last.get_config(), "name": "own_output"})
    one = patient(own, loss=loss, data=(x, y))
    assert treat(one, "match_loss_to_labels").startswith(f"loss {wanted} in place of")
    assert trains(one)
    assert treat(one, "match_loss_to_labels") == ""


@pytest.mark.parametrize(
    ("activation", "loss", "wanted"),
    [
        ("relu", "sparse_categorical_crossentropy", "softmax"),
        ("sigmoid", "sparse_categorical_crossentropy", "softmax"),
        ("softmax", None, None),
        (None, keras.losses.SparseCategoricalCrossentropy(from_logits=True), None),
    ],
)
def test_the_output_gets_the_activation_of_its_task(patient, activation, loss, wanted):
    one = patient(dense(3, activation), loss=loss or "sparse_categorical_crossentropy")
    told = treat(one, "match_output_activation")
    assert (wanted is None) == (told == "")
    if wanted:
        assert one.output.activation.__name__ == wanted
    assert trains(one)


def test_one_softmax_unit_becomes_a_sigmoid(patient):
    one = patient(dense(1, "softmax"), loss="binary_crossentropy", data=images(classes=2))
    assert "sigmoid in place of softmax" in treat(one, "match_output_activation")
    assert trains(one)


def test_the_output_gets_one_unit_a_class_and_the_rest_keeps_its_weights(any_patient):
    patient = any_patient
    one = patient(dense(8, "relu", name="hidden"), dense(1, "sigmoid"), loss="binary_crossentropy")
    hidden = [w.copy() for w in one.model.get_layer("hidden").get_weights()]
    assert treat(one, "match_output_to_classes").startswith("3 output units in place of 1")
    assert one.model.output_shape == (None, 3)
    for old, new in zip(hidden, one.model.get_layer("hidden").get_weights(), strict=True):
        assert np.array_equal(old, new)
    assert trains(one)
    assert treat(one, "match_output_to_classes") == ""


def test_what_is_frozen_learns(patient):
    one = patient(dense(8, "relu", trainable=False), dense(3, "softmax", trainable=False))
    assert one.model.trainable_variables == []
    assert "2 frozen layers" in treat(one, "unfreeze_all")
    before = [w.copy() for w in one.model.get_weights()]
    assert trains(one)
    assert any(
        not np.array_equal(a, b) for a, b in zip(before, one.model.get_weights(), strict=True)
    )


def test_a_weight_penalty_is_taken_out_of_the_loss(any_patient):
    patient = any_patient
    penalty = keras.regularizers.L2(10.0)
    one = patient(dense(8, "relu", kernel_regularizer=penalty), dense(3, "softmax"))
    assert len(one.model.losses) == 1
    assert treat(one, "remove_weight_penalty")
    assert one.model.losses == []
    assert one.model.fit(**one.call).history["loss"][-1] < 5


def test_shuffling_is_switched_on(patient):
    one = patient(dense(3, "softmax"), shuffle=False)
    assert treat(one, "shuffle_training")
    assert one.call["shuffle"] is True
    assert treat(one, "shuffle_training") == ""


def test_classes_are_weighted_where_they_differ(patient):
    x, _ = images()
    one = patient(dense(3, "softmax"), data=(x, np.array([0] * 30 + [1] * 5 + [2] * 5)))
    assert treat(one, "balance_classes")
    assert one.call["class_weight"][1] == pytest.approx(40 / 15)
    assert trains(one)
    assert treat(patient(dense(3, "softmax")), "balance_classes") == ""


def test_training_stops_early_where_there_is_validation(patient):
    one = patient(dense(3, "softmax"), validation_split=0.25)
    assert treat(one, "stop_early")
    assert trains(one)
    assert treat(one, "stop_early") == ""
    assert treat(patient(dense(3, "softmax")), "stop_early") == ""


def test_callbacks_that_write_files_are_left_out_and_others_kept(patient):
    stop = keras.callbacks.EarlyStopping()
    given = [keras.callbacks.CSVLogger("x.csv"), stop, keras.callbacks.ModelCheckpoint("x.keras")]
    one = patient(dense(3, "softmax"), callbacks=given)
    assert one.call["callbacks"] == [stop]
    assert len(given) == 3


def test_a_network_that_calls_its_layers_itself_is_not_rebuilt():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.flat, self.drop, self.last = (
                LAYERS.Flatten(),
                LAYERS.Dropout(0.9),
                dense(3, "softmax"),
            )

        def call(self, x, training=None):
            return self.last(self.drop(self.flat(x), training=training))

    model = Own()
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = images()
    one = Patient(keras, model, {"x": x, "y": y}, {"optimizer": "adam", "loss": model.loss})
    with pytest.raises(UntreatableError, match="network"):
        rebuilding.rebuilt(one, lambda layer: layer)
    assert treat(one, "remove_dropout")  # what is set on a layer needs no rebuilding
    assert trains(one)


def test_names_are_those_of_recipes_where_recipes_have_them():
    import inspect

    from fitdoctor.interventions import all_interventions

    recipes, scripts = all_interventions(), treatments.all_treatments()
    both = recipes.keys() & scripts.keys()
    assert {"scale_inputs", "lower_learning_rate", "remove_dropout", "unfreeze_backbone"} <= both
    for name in both:
        defaults = [
            [p.default for p in list(inspect.signature(f).parameters.values())[1:]]
            for f in (recipes[name], scripts[name])
        ]
        assert defaults[0] == defaults[1], name


def test_every_cause_that_is_tested_is_one_and_every_treatment_tests_one():
    assert set(treated_by.TREATED_BY) <= {rule.name for rule in all_rules()}
    used = {
        treatment.__name__ for several in treated_by.TREATED_BY.values() for treatment in several
    }
    assert used == set(treatments.all_treatments())


def test_every_cause_has_a_treatment_or_a_reason_why_not():
    found = {rule.name for rule in all_rules() if rule.kind == "cause"}
    assert not set(treated_by.TREATED_BY) & set(treated_by.NOT_TREATED)
    assert found <= set(treated_by.TREATED_BY) | set(treated_by.NOT_TREATED)
    assert set(treated_by.NOT_TREATED) <= found


def test_every_remedy_of_a_recipe_is_tested_on_scripts_or_another_change_is():
    for rule in all_rules():
        if rule.remedies and rule.kind == "cause":
            assert rule.name in treated_by.TREATED_BY, rule.name


def test_classes_are_numbered_from_zero(patient):
    x, y = images()
    one = patient(dense(3, "softmax"), data=(x, y + 1), validation_split=0.25)
    assert "3 classes are numbered from 0 in place of 1 to 3" in treat(
        one, "number_classes_from_zero"
    )
    assert set(one.call["y"]) == set(one.call["validation_data"][1]) == {0, 1, 2}
    assert trains(one)
    assert treat(one, "number_classes_from_zero") == ""
    corrupted = patient(dense(3, "softmax"), data=(x, y / 255))
    assert treat(corrupted, "number_classes_from_zero")
    assert np.array_equal(corrupted.call["y"], y)


def test_targets_are_standardised_and_those_of_order_one_are_left(patient):
    x, _ = images()
    y = np.random.default_rng(1).normal(4000, 900, 40)
    one = patient(dense(1), loss="mse", data=(x, y))
    assert treat(one, "scale_targets")
    assert abs(one.call["y"].mean()) < 1e-3
    assert trains(one)
    assert treat(one, "scale_targets") == ""
    assert treat(patient(dense(3, "softmax")), "scale_targets") == ""


def activations(patient):
    return [layer.activation.__name__ for layer in patient.layers if hasattr(layer, "activation")]


def test_hidden_layers_get_relu(patient):
    one = patient(dense(8, "sigmoid"), dense(8, "tanh"), dense(3, "softmax"))
    assert (
        treat(one, "relu_in_hidden_layers") == "relu in place of sigmoid, tanh in 2 hidden layers"
    )
    assert activations(one) == ["relu", "relu", "softmax"]
    assert trains(one)
    assert treat(one, "relu_in_hidden_layers") == ""
    layers = dense(8), LAYERS.Dropout(0.1), dense(8), LAYERS.Activation("relu"), dense(3, "softmax")
    two = patient(*layers)
    assert treat(two, "activate_hidden_layers") == "relu in place of linear in 1 hidden layers"
    assert trains(two)
    assert treat(two, "activate_hidden_layers") == ""


def test_one_of_two_activations_stays(patient):
    one = patient(dense(3, "softmax"), LAYERS.Activation("softmax"))
    assert treat(one, "remove_second_activation") == "softmax is taken out before softmax"
    assert activations(one) == ["linear", "softmax"]
    assert treat(one, "remove_second_activation") == ""
    assert treat(patient(dense(3, "softmax")), "remove_second_activation") == ""


def test_random_layers_are_left_out(any_patient):
    one = any_patient(dense(3, "softmax"))
    assert treat(one, "remove_augmentation") == ""
    two = any_patient(LAYERS.GaussianNoise(0.9), dense(3, "softmax"))
    weights = two.model.layers[-1].get_weights()
    assert treat(two, "remove_augmentation").startswith("without gaussian_noise")
    assert not any(two.of_kind("GaussianNoise"))
    assert np.array_equal(two.model.layers[-1].get_weights()[0], weights[0])
    assert trains(two)


def test_narrow_layers_are_widened_and_the_others_keep_their_weights(any_patient):
    one = any_patient(dense(8, "relu", name="first"), dense(2, "relu"), dense(3, "softmax"))
    first = one.model.get_layer("first").get_weights()
    assert treat(one, "widen_bottleneck") == "64 units in place of 2 in 1 hidden layers"
    assert np.array_equal(one.model.get_layer("first").get_weights()[0], first[0])
    assert trains(one)
    assert treat(one, "widen_bottleneck") == ""


def test_convolutions_take_the_place_of_dense_layers(any_patient):
    one = any_patient(dense(8, "relu"), dense(3, "softmax"))
    assert treat(one, "use_convolutions")
    assert one.model.output_shape == (None, 3)
    assert trains(one)
    assert treat(one, "use_convolutions") == ""


def test_weights_that_start_alike_are_drawn(patient):
    one = patient(dense(8, "relu", kernel_initializer="zeros"), dense(3, "softmax"))
    assert treat(one, "usual_initialisation") == "glorot_uniform in place of Zeros in 1 layers"
    assert one.model.layers[-2].get_weights()[0].std() > 0
    assert treat(patient(dense(3, "softmax")), "usual_initialisation") == ""


@pytest.mark.parametrize(
    ("name", "call", "key", "value"),
    [
        ("train_longer", {"epochs": 2}, "epochs", 6),
        ("batches_of_32", {"batch_size": 1}, "batch_size", 32),
        ("whole_epochs", {"steps_per_epoch": 1}, "steps_per_epoch", None),
    ],
)
def test_an_argument_of_fit_is_changed(patient, name, call, key, value):
    one = patient(dense(3, "softmax"), **call)
    assert treat(one, name)
    assert one.call[key] == value


def test_batchnorm_follows_sooner_and_a_network_is_compiled_again(patient):
    one = patient(LAYERS.BatchNormalization(), dense(3, "softmax"))
    assert treat(one, "faster_batchnorm") == "momentum 0.9 in place of 0.99"
    before = one.model.optimizer
    assert treat(one, "compile_again")
    assert one.model.optimizer is not before
    assert trains(one)


def endless(x, y):
    while True:
        for at in range(0, len(x), 10):
            yield x[at : at + 10], y[at : at + 10]


class Pairs(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return 4

    def __getitem__(self, at):
        return self.x[10 * at : 10 * at + 10], self.y[10 * at : 10 * at + 10]


@pytest.mark.parametrize("kind", ["dataset", "generator", "sequence"])
def test_streams_are_looked_at_and_changed_as_they_pass(kind):
    x, y = images(high=255)
    if kind == "dataset":
        tf = pytest.importorskip("tensorflow")
        stream = tf.data.Dataset.from_tensor_slices((x, y)).batch(10)
    else:
        stream = endless(x, y) if kind == "generator" else Pairs(x, y)
    model = sequential(LAYERS.Flatten(), dense(3, "softmax"))
    compiled = {"optimizer": "sgd", "loss": f"sparse_{CATEGORICAL}", "run_eagerly": True}
    model.compile(**compiled)
    call = {"x": stream, "steps_per_epoch": 4, "validation_data": (x, y), "shuffle": False}
    one = Patient(keras, model, call, compiled)
    assert one.learns_classes
    assert one.n_classes == 3
    assert treat(one, "scale_inputs")
    assert treat(one, "scale_inputs") == ""
    assert one.call["validation_data"][0].max() <= 1
    first, labels = next(passing.batches(one.call["x"], 1))
    assert np.array_equal(labels, y[:10])  # nothing of a generator was lost by the look
    np.testing.assert_allclose(first, x[:10] / 255, rtol=1e-6)
    again, _ = one.as_treated(x, y)
    assert again.max() <= 1
    assert trains(one)
