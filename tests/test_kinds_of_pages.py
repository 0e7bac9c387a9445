# ruff: noqa: ISC004
"""Pages whose kind was answered wrongly once: what must be named first, and what must not be."""

import pytest

from fitdoctor import doctor, sources

LOG = "\n".join(
    f"Epoch {n}/5\n100/100 - 3s - loss: {0.69 - 0.02 * n:.4f} - accuracy: {0.6 + 0.03 * n:.4f} "
    f"- val_loss: {0.2 - 0.02 * n:.4f} - val_accuracy: 1.0000"
    for n in range(1, 6)
)
APART = "\n".join(
    f"Epoch {n}/5\n100/100 - 3s - loss: {1.2 / n:.4f} - accuracy: {1 - 0.3 / n:.4f} "
    f"- val_loss: 2.{n}000 - val_accuracy: 0.2{n}00"
    for n in range(1, 6)
)


NET = """
model = keras.Sequential([keras.layers.Rescaling(1 / 255),
    keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.GlobalAveragePooling2D(),
    keras.layers.Dense({units}, activation="{ends}")])
model.compile("adam", "{loss}", metrics=["accuracy"])
model.fit({given}, epochs=9)
"""
PATHS = """
import random, cv2, keras, numpy as np
from sklearn.model_selection import train_test_split
files = sorted(list_images("fish"))
random.shuffle(files)
photos, kinds = [], []
for file in files:
    photos.append(cv2.resize(cv2.imread(file), (64, 64)))
    kinds.append([int(file[5:8])])
a, b, c, d = train_test_split(np.array(photos), np.array(kinds), test_size=0.25)
"""
PAIR = """
import keras, numpy as np
from sklearn.model_selection import train_test_split
(photos, kinds), _ = keras.datasets.cifar10.load_data()
np.random.shuffle(photos)
a, b, c, d = train_test_split(photos, kinds, test_size=0.25)
"""
OF_TEN = NET.format(units=10, ends="softmax", loss="sparse_categorical_crossentropy",
                    given="a, c, validation_data=(b, d)")  # fmt: skip
STORED = """
import keras, tensorflow_datasets as tfds
some = tfds.load("malaria", split="train[:80%]", as_supervised=True)
some = some.map(lambda x, y: (tf.image.resize(x, (64, 64)), y)).shuffle(500).batch(32)
""" + NET.format(units=1, ends="sigmoid", loss="binary_crossentropy", given="some")
SEVERAL = (
    "I have two classes of faults on wafers, eight kinds of each may be there.\n\n"
    + NET.format(units=8, ends="sigmoid", loss="binary_crossentropy", given="x_train, y_train")
)


def _named(text: str) -> tuple[list[str], str]:
    diagnosis = doctor.examine(sources.pasted(text)[-1])
    benign = [finding.rule for finding in diagnosis.benign]
    return [cause.rule for cause in diagnosis.causes] + benign, diagnosis.verdict


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (PAIR + OF_TEN, "images_and_labels_misaligned"),
        # Test far below validation, on images that the asker reads otherwise.
        ("Ten kinds of mushrooms. Validation accuracy is 90 %, training accuracy 88 %. On the test "
         "set, whose pictures I load with PIL in my own loop, accuracy is 10 %.",
         "predict_pipeline_differs"),
        ("Training und Validierung liegen bei 95 % Genauigkeit. Wenn ich die Fotos selbst lade und "
         "predict aufrufe, ist jede Ausgabe 0.0.", "predict_pipeline_differs"),
        # Evaluated on what was trained on, and bad; the network holds BatchNorm.
        ("After fit has reached a loss near zero, model.evaluate on the training images gives a "
         "terrible result.\n\n```python\nm = Sequential([Conv2D(8, 3, input_shape=(64, 64, 3)), "
         "BatchNormalization(), ReLU(), GlobalAveragePooling2D(), Dense(5, activation='softmax')])"
         "\nm.compile('adam', 'categorical_crossentropy', ['accuracy'])\n```",
         "batchnorm_inference_gap"),
        ("I pass the training images as validation images, too:\n\n" + APART,
         "batchnorm_inference_gap"),
        ("Two classes, fit is called like this.\n\nmodel.fit(images, labels, epochs=5, "
         "validation_split=0.3)\n\n" + LOG, "validation_split_is_ordered"),
        ("Eight classes of leaves. Validation accuracy is 3 %, training accuracy is 80 %.",
         "images_and_labels_misaligned"),
        ("Drei Klassen, die Genauigkeit steigt nicht.\n\njetzt: output = Dense(3)\n"
         "Vorschlag: output = Dense(3, activation='softmax')\n\nloss categorical_crossentropy",
         "missing_output_activation"),
        ("Some classes of my validation folder turned out to be empty; validation loss is huge "
         "while training goes well.", "class_missing_in_split"),
        ("Accuracy on the validation images went down from 0.80 at epoch 12 to 0.76 at epoch 30, "
         "while the training accuracy keeps rising.", "overfitting"),
    ],
)  # fmt: skip
def test_first_named(text, first):
    assert _named(text)[0][:1] == [first]


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("I pass the training images as validation images, too:\n\n" + APART, "overfitting"),
        ("Two classes.\n\n" + LOG, "leaked_validation_images"),
        (PATHS + OF_TEN, "images_and_labels_misaligned"),
        (STORED, "training_not_shuffled"),
        ("predict gives the same vector for every image, in the right order or not.",
         "predictions_misaligned"),
        ("train = ImageDataGenerator(rescale=1/255).flow_from_directory('a')\n"
         "other = ImageDataGenerator(rescale=1/255).flow_from_directory('b')\n"
         "print(model.evaluate(train))\n", "scaled_copy_unused"),
    ],
)  # fmt: skip
def test_never_named(text, never):
    assert never not in _named(text)[0]


def test_sigmoids_are_asked_apart_whatever_number_of_classes_is_told():
    assert _named(SEVERAL)[1] != "sick"
    assert _named(SEVERAL.replace("sigmoid", "softmax"))[1] == "sick"


def test_small_figures_of_a_score_are_no_rates():
    said = sources.pasted(
        "With the old loader validation accuracy is 0.91, with the new one it is between 0.02 "
        "and 0.06."
    )[-1].claims
    assert not [c.predicate for c in said if "rate" in c.predicate]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["now: x = Dense(1)", "proposal: x = Dense(2)"], ["x = Dense(1)", ""]),
        (["before: opt = SGD(0.1)", "after: opt = SGD(0.01)"], ["", "opt = SGD(0.01)"]),
        (["loss: 0.5", "now: it works", "fix: none found"], None),
        (["Currently it is", "Now:", "x = f(1)", "Instead:", "x = f(2)"],
         ["Currently it is", "Now:", "x = f(1)", "Instead:", ""]),
        (["Before training:", "x = x / f(255)", "After training:", "net.predict(x)"], None),
        (["now: int = 3"], None),
    ],
)  # fmt: skip
def test_code_that_is_in_use(lines, kept):
    from fitdoctor.sources._code_lines import in_use

    assert in_use(lines) == (kept or lines)
