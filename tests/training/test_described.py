"""What is read off a compiled model, and that what cannot be read accuses nobody."""

import functools

import pytest

keras = pytest.importorskip("keras")
from keras import layers, losses  # noqa: E402

from fitdoctor import doctor  # noqa: E402
from fitdoctor.records.run import Run  # noqa: E402
from fitdoctor.training.described import described  # noqa: E402

SPARSE = "sparse_categorical_crossentropy"


def read(model, loss=SPARSE):
    model.compile("adam", loss)
    return described(model)


def network(*head):
    return keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), *head]
    )


def own_crossentropy(y, scores):
    return losses.sparse_categorical_crossentropy(y, scores, from_logits=True)


class OwnCrossentropy(losses.Loss):
    def call(self, y, scores):
        return own_crossentropy(y, scores)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("mse", "mse"),
        (losses.SparseCategoricalCrossentropy(), SPARSE),
        (losses.SparseCategoricalCrossentropy(from_logits=True), f"{SPARSE}(from_logits)"),
        (
            losses.CategoricalCrossentropy(True, name="mine"),
            "categorical_crossentropy(from_logits)",
        ),
        (losses.sparse_categorical_crossentropy, SPARSE),
        (
            functools.partial(losses.sparse_categorical_crossentropy, from_logits=True),
            f"{SPARSE}(from_logits)",
        ),
        (own_crossentropy, None),
        (OwnCrossentropy(), None),
    ],
)
def test_a_loss_is_named_with_what_it_takes(loss, name):
    assert read(network(layers.Dense(3)), loss).loss == name


def softmax_as_a_function():
    inputs = keras.Input((16, 16, 3))
    scores = layers.Dense(3)(layers.Flatten()(inputs))
    return keras.Model(inputs, keras.ops.softmax(scores))


def softmax_in_a_subclass():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.flat, self.out = layers.Flatten(), layers.Dense(3)

        def call(self, x):
            return keras.ops.softmax(self.out(self.flat(x)))

    return Own()


def softmax_in_a_layer():
    class Head(layers.Layer):
        def __init__(self, units, **named):
            super().__init__(**named)
            self.out = layers.Dense(units)

        def call(self, x):
            return keras.ops.softmax(self.out(x))

    return network(Head(3))


def softmax_of_ones_own():
    return network(layers.Dense(3, activation=keras.ops.softmax))


@pytest.mark.parametrize(
    "model",
    [softmax_as_a_function, softmax_in_a_subclass, softmax_in_a_layer, softmax_of_ones_own],
    ids=lambda made: made.__name__,
)
def test_an_output_that_cannot_be_read_accuses_nobody(model):
    diagnosis = doctor.examine(Run(name="own", recipe=read(model())))
    assert diagnosis.verdict != "sick", [cause.rule for cause in diagnosis.causes]


def test_a_linear_output_is_still_told():
    diagnosis = doctor.examine(Run(name="own", recipe=read(network(layers.Dense(3)))))
    assert diagnosis.causes[0].rule == "missing_output_activation"


def test_augmentation_and_head_in_models_of_their_own_are_no_backbone():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255)]),
            keras.applications.MobileNetV2(
                include_top=False, weights=None, input_shape=(32, 32, 3), alpha=0.35
            ),
            keras.Sequential(
                [layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")]
            ),
        ]
    )
    recipe = read(model)
    assert recipe.backbone.name == "MobileNetV2"
    kinds = ["RandomFlip", "Rescaling", "GlobalAveragePooling2D", "Dense"]
    assert [layer.kind for layer in recipe.layers] == kinds


@pytest.mark.parametrize(
    ("model", "loss"),
    [
        (softmax_as_a_function, SPARSE),
        (softmax_in_a_layer, SPARSE),
        (lambda: network(layers.Dense(3)), OwnCrossentropy()),
        (lambda: network(layers.Dense(3)), own_crossentropy),
    ],
    ids=["function", "layer", "own loss", "loss function"],
)
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_nor_does_a_saved_model(model, loss, ending, tmp_path):
    made = model()
    made.compile("adam", loss)
    made.save(tmp_path / f"model{ending}")
    diagnosis = doctor.diagnose(tmp_path / f"model{ending}")
    assert diagnosis.verdict != "sick", [cause.rule for cause in diagnosis.causes]
