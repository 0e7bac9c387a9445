"""Orders that are not shown and outputs for numbers are no mistakes; beside them some that are."""

import pytest
from msgspec.structs import replace

from fitdoctor.records.finding import Finding
from fitdoctor.records.run import DataSummary
from fitdoctor.rules import all_rules
from fitdoctor.sources import pasted

RULES = {rule.name: rule for rule in all_rules()}


def severity(rule: str, text: str) -> str | None:
    """Return how severe a rule finds a script; `None` where it finds nothing."""
    outcome = RULES[rule].examine(pasted(text)[0])
    return (outcome.severity or "") if isinstance(outcome, Finding) else None


HEADS = """
from keras import Input, Model, layers, regularizers
seen = Input((64, 64, 3))
x = layers.Conv2D(24, 3, activation="relu")(seen)
x = layers.GlobalAveragePooling2D()(x)
kind = layers.Dense(12, activation="softmax", name="kind"{on_kind})(x)
box = layers.Dense(4, name="box"{on_box})(x)
net = Model(seen, [kind, box])
net.compile("adam", {loss})
net.fit(images, [kinds, boxes], epochs=9)
"""
BY_NAME = '{"kind": "sparse_categorical_crossentropy", "box": "mae"}'
IN_ORDER = '["sparse_categorical_crossentropy", "mae"]'
STRONG = ", kernel_regularizer=regularizers.l2(0.2)"


@pytest.mark.parametrize("loss", [BY_NAME, IN_ORDER])
def test_a_penalty_on_a_head_of_numbers_holds_no_classes_back(loss):
    head = HEADS.format(on_kind="", on_box=STRONG, loss=loss)
    assert severity("excess_weight_penalty", head) is None
    shared = head.replace('activation="relu")', f'activation="relu"{STRONG})')
    assert severity("excess_weight_penalty", shared) is not None


def test_a_penalty_on_the_only_head_counts():
    text = HEADS.format(on_kind=STRONG, on_box="", loss='"sparse_categorical_crossentropy"')
    alone = text.replace("[kind, box]", "kind").replace("[kinds, boxes]", "kinds")
    assert severity("excess_weight_penalty", alone) is not None


NARROW = """
from keras import Input, Model, layers
given = Input((30,))
x = layers.Dense(60, activation="relu")(given)
x = layers.Dense(2, activation="relu")(x)
out = layers.Dense({units}{end})(x)
net = Model(given, out)
{compiled}
net.fit(rows, wanted, epochs=30)
"""


@pytest.mark.parametrize(
    ("units", "end", "compiled", "narrow"),
    [
        (1, "", "net.add_loss(distance(out)); net.compile('sgd')", False),
        (1, "", "net.compile('sgd', 'mse')", False),
        (1, ", activation='sigmoid'", "net.compile('sgd', 'binary_crossentropy')", True),
        (1, ", activation='sigmoid'", "net.compile('sgd', own_loss)", True),
        (5, "", "net.compile('sgd', own_loss)", True),
    ],
)
def test_a_number_passes_through_two_units(units, end, compiled, narrow):
    text = NARROW.format(units=units, end=end, compiled=compiled)
    assert (severity("bottleneck_before_output", text) is not None) == narrow


NAMES = """
import keras, numpy as np
train = keras.utils.image_dataset_from_directory("trees", image_size=(80, 80))
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(train, epochs=6)
called = {names}
photo = keras.utils.load_img({path}, target_size=(80, 80))
print(called[np.argmax(net.predict(np.array(photo)[None]))])
"""


@pytest.mark.parametrize(
    ("names", "path", "told"),
    [
        ('["oak", "ash", "yew", "elm"]', '"trees/oak/3.jpg"', "error"),
        ('["oak", "ash", "yew", "elm"]', '"C:\\\\trees\\\\yew\\\\3.jpg"', "error"),
        ('["oak", "ash", "yew", "elm"]', '"trees/q0313/3.jpg"', "note"),
        ("[9, 10, 11, 12]", '"mine.jpg"', "error"),
        ('["ash", "elm", "oak", "yew"]', '"trees/oak/3.jpg"', None),
    ],
)
def test_folders_may_be_called_by_codes(names, path, told):
    text = NAMES.format(names=names, path=path)
    assert severity("class_names_in_another_order", text) == told


BUFFER = """
import glob, cv2, numpy as np, tensorflow as tf
{made}
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(500).batch(64)
net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(9)])
net.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(train, epochs=3)
# Epoch 1/3
# 800/800 - 9s - loss: 2.1
"""


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ('x = np.fromfile("all.bin", np.uint8).reshape(-1, 28, 28)\ny = np.load("y.npy")', "note"),
        ('x = np.load("x.npy")\ny = np.load("y.npy")', "note"),
        ('x = np.array([cv2.imread(f) for f in glob.glob("d/*/*.png")])\ny = kinds()', "warning"),
    ],
)
def test_one_file_may_be_stored_in_any_order(made, told):
    (run,) = pasted(BUFFER.format(made=made))
    run = replace(run, data=replace(run.data or DataSummary(), n_train=51200))
    outcome = RULES["training_not_shuffled"].examine(run)
    assert isinstance(outcome, Finding)
    assert outcome.severity == told
