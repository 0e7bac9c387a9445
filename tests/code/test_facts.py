"""What a script feeds, freezes, splits and schedules, each with its line."""

import numpy as np
import pytest

from fitdoctor.code import read_script
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.schedule import rate_by_epoch


def feeds(text):
    return {
        feed.use: [(o.name, o.value) for o in feed.inputs.operations]
        for feed in read_script(text).feeds
    }


def test_what_is_done_to_images_is_followed_to_where_they_are_fed():
    text = """
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
x_train = x_train.astype('float32')
x_train /= 255
x_test = x_test.astype('float32') / 255
model.fit(x_train, to_categorical(y_train, 10), validation_data=(x_test, y_test), epochs=2)
model.predict(x_test[:5] * 255)
"""
    script = read_script(text)
    scale = ("scale", pytest.approx(1 / 255))
    assert feeds(text) == {
        "train": [("cast", "float32"), scale],
        "validation": [("cast", "float32"), scale],
        "predict": [("cast", "float32"), scale, ("slice", ":5"), ("scale", 255)],
    }
    assert script.fed("train")[0].labels.operations[0].name == "one_hot"
    assert script.fed("train")[0].inputs.origin == "cifar10.load_data()[0][0]"


def test_generators_keep_what_each_split_goes_through():
    text = """
from keras.applications.vgg16 import preprocess_input
train = ImageDataGenerator(rescale=1./255, horizontal_flip=True, validation_split=0.2)
test = ImageDataGenerator(preprocessing_function=preprocess_input)
a = train.flow_from_directory('photos', target_size=(64, 64), batch_size=16, class_mode='binary')
b = test.flow_from_directory('photos', shuffle=False)
model.fit_generator(a, steps_per_epoch=10, epochs=3, validation_data=b)
"""
    script = read_script(text)
    assert feeds(text)["train"][:2] == [
        ("augment", ("horizontal_flip",)),
        ("scale", pytest.approx(1 / 255)),
    ]
    name, value = feeds(text)["validation"][0]
    assert (name, value) == ("preprocess", "keras.applications.vgg16.preprocess_input")
    assert ("shuffle", False) in feeds(text)["validation"]
    assert script.recipe.batch_size == 16
    assert script.keras_1_or_2


def test_a_dataset_is_followed_through_map_and_shuffle():
    text = """
def prepare(image, label):
    return tf.cast(image, tf.float32) / 127.5 - 1, label
ds = tf.data.Dataset.from_tensor_slices((images, labels))
ds = ds.batch(32).shuffle(1000).map(prepare).prefetch(2)
model.fit(ds, epochs=3)
"""
    assert [name for name, _ in feeds(text)["train"]] == [
        "batch",
        "shuffle",
        "cast",
        "scale",
        "shift",
    ]


def test_splits_say_how():
    text = """
xa, xb, ya, yb = train_test_split(x, y, test_size=0.2, shuffle=False)
model.fit(xa, ya, validation_data=(xb, yb), batch_size=8)
"""
    script = read_script(text)
    assert feeds(text)["train"] == [
        ("split", {"test_size": 0.2, "shuffle": False, "part": "train"})
    ]
    assert script.fed("validation")[0].labels.operations[0].value["part"] == "rest"


def test_the_order_of_freezing_and_compiling_is_kept():
    text = """
base = MobileNetV2(include_top=False)
model = Sequential([base, Flatten(), Dense(2)])
model.compile('adam', 'binary_crossentropy')
base.trainable = False
model.fit(x, y, epochs=2)
"""
    script = read_script(text)
    assert [(c.name, c.line) for c in script.calls] == [
        ("compile", 4), ("set_trainable", 5), ("fit", 6),
    ]  # fmt: skip
    assert script.recipe.backbone.trainable is False


def test_a_prepared_copy_that_nothing_reads_is_named():
    text = "trian = train / 255.0\nmodel.fit(train, labels, epochs=3)"
    (fact,) = read_script(text).never_read
    assert (fact.value, fact.line) == ("trian", 1)


def test_torch_modules_become_layers():
    text = """
import torch.nn as nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(16 * 9, n)
    def forward(self, x):
        x = self.pool(F.relu(self.conv(x)))
        x = x.view(-1, 144)
        return F.softmax(self.fc(x), dim=1)
net = Net(7)
criterion = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
"""
    script = read_script(text)
    assert [(x.kind, x.units or x.activation) for x in script.recipe.layers] == [
        ("Conv2D", 16), ("Activation", "relu"), ("MaxPooling2D", None), ("Flatten", None),
        ("Dense", 7), ("Activation", "softmax"),
    ]  # fmt: skip
    assert script.recipe.loss == "sparse_categorical_crossentropy(from_logits)"
    assert script.recipe.optimizer.weight_decay == 1e-4
    assert script.framework == "torch"
    assert script.keras_1_or_2 is None


def test_subclassed_keras_models_are_followed_through_call():
    text = """
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(8, activation='relu')
        self.b = layers.Dense(3)
    def call(self, inputs):
        return self.b(self.a(inputs))
model = Net()
model.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
"""
    recipe = read_script(text).recipe
    assert [(x.kind, x.units) for x in recipe.layers] == [("Dense", 8), ("Dense", 3)]
    assert recipe.loss == "sparse_categorical_crossentropy(from_logits)"


def test_arguments_that_were_left_out_are_not_taken_for_defaults():
    text = "model = Sequential()\nmodel.add(Conv2D(32, ...))\nmodel.compile(SGD(...), ...)\n"
    recipe = read_script(text).recipe
    assert recipe.layers[0].activation == "unknown"
    assert recipe.optimizer.learning_rate is None


def test_fragments_without_a_model_are_read_too():
    recipe = read_script("model.add(Dense(5))\nmodel.add(Dropout(0.4))").recipe
    # Others may stand before and behind.
    assert [x.kind for x in recipe.layers] == [OPAQUE, "Dense", "Dropout", OPAQUE]
    recipe = read_script("model.add(Dense(5, input_dim=3))\nmodel.add(Dense(2))").recipe
    assert [x.kind for x in recipe.layers] == ["Dense", "Dense", OPAQUE]
    recipe = read_script("x = Flatten()(x)\nx = Dense(3, activation='softmax')(x)").recipe
    assert [x.kind for x in recipe.layers] == ["Flatten", "Dense"]


def test_a_schedule_given_as_a_function_becomes_a_table_of_rates():
    text = """
def decay(epoch):
    rate = 0.1
    if epoch >= 2:
        rate *= 0.5
    return rate
model.compile(SGD(0.1), 'mse')
model.fit(x, y, epochs=4, callbacks=[LearningRateScheduler(schedule=decay)])
"""
    optimizer = read_script(text).recipe.optimizer
    assert optimizer.schedule.rates == (0.1, 0.1, 0.05, 0.05)


def test_scripts_of_other_python_are_not_training_scripts():
    assert read_script("import os\nfor f in os.walk('.'):\n    print(f)") is None


KERAS = pytest.mark.slow


@KERAS
def test_rates_are_those_that_keras_gives():
    import keras

    from fitdoctor.records.recipe import Optimizer, Schedule

    steps = np.arange(0, 1000, 37)
    pairs = [
        (
            keras.optimizers.schedules.ExponentialDecay(0.1, 200, 0.5),
            Schedule(kind="exponential", high=0.1, every=200, factor=0.5),
        ),
        (
            keras.optimizers.schedules.ExponentialDecay(0.1, 200, 0.5, staircase=True),
            Schedule(kind="exponential", high=0.1, every=200, factor=0.5, staircase=True),
        ),
        (
            keras.optimizers.schedules.InverseTimeDecay(0.1, 200, 0.5),
            Schedule(kind="inverse_time", high=0.1, every=200, factor=0.5),
        ),
        (
            keras.optimizers.schedules.CosineDecay(
                0.0, 500, 0.1, warmup_target=0.2, warmup_steps=50
            ),
            Schedule(kind="cosine", high=0.2, total=500, factor=0.1, warmup=50),
        ),
    ]
    from fitdoctor.records.schedule import rate_at

    for theirs, ours in pairs:
        ours_at = rate_at(Optimizer(schedule=ours), steps.astype(float))
        np.testing.assert_allclose(ours_at, [float(theirs(s)) for s in steps], rtol=1e-4)


def test_cycles_and_decay_follow_their_formulas():
    from fitdoctor.records.recipe import Optimizer, Schedule

    cycle = Optimizer(schedule=Schedule(kind="triangular", low=0.0, high=1.0, every=10.0))
    rates = rate_by_epoch(cycle, 4, 5)
    np.testing.assert_allclose(rates, [0.4, 0.9, 0.6, 0.1])
    decay = Optimizer(name="SGD", learning_rate=0.1, decay=0.01)
    np.testing.assert_allclose(rate_by_epoch(decay, 2, 901), [0.01, 0.1 / (1 + 18.01)])
    assert rate_by_epoch(decay, 2, 901, decay_has_effect=False).tolist() == [0.1, 0.1]
    plateau = Optimizer(
        learning_rate=1.0, schedule=Schedule(kind="plateau", factor=0.5, every=2.0, low=0.0)
    )
    val = np.array([1.0, 0.9, 0.95, 0.93, 0.92, 0.91])
    assert rate_by_epoch(plateau, 6, 10, val_loss=val).tolist() == [1, 1, 1, 1, 0.5, 0.5]
