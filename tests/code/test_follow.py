"""Facts of scripts, whole and damaged, found by following values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.network import OPAQUE, output_index
from fitdoctor.records.run import Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.rules import all_rules


def layers(text):
    return [(x.kind, x.units or x.rate) for x in read_script(text).recipe.layers]


def test_functions_and_loops_with_literal_bounds_are_followed():
    text = """
def build(widths, rate, n):
    model = Sequential()
    for width in widths:
        model.add(Dense(width, activation="relu"))
        model.add(Dropout(rate))
    model.add(Dense(n, activation="softmax"))
    return model

net = build([64, 32], rate=0.5, n=7)
net.compile("adam", loss="sparse_categorical_crossentropy")
"""
    assert layers(text) == [
        ("Dense", 64), ("Dropout", 0.5), ("Dense", 32), ("Dropout", 0.5), ("Dense", 7),
    ]  # fmt: skip
    assert read_script(text).recipe.optimizer.name == "Adam"


def test_freezing_reaches_the_backbone_and_the_layers_named():
    text = """
base = MobileNetV2(include_top=False)
x = GlobalAveragePooling2D()(base.output)
x = Dense(8)(x)
model = Model(inputs=base.input, outputs=Dense(4)(x))
for layer in model.layers[:-2]:
    layer.trainable = False
"""
    recipe = read_script(text).recipe
    assert recipe.backbone.trainable is False
    assert [x.trainable for x in recipe.layers] == [False, None, None]


def test_a_nested_backbone_in_a_sequential_is_one():
    text = """
base = tf.keras.applications.ResNet50(weights=None, include_top=False)
base.trainable = False
model = tf.keras.Sequential([base, tf.keras.layers.Flatten(), tf.keras.layers.Dense(3)])
"""
    recipe = read_script(text).recipe
    assert (recipe.backbone.name, recipe.backbone.weights) == ("ResNet50", "none")
    assert [x.kind for x in recipe.layers] == ["Flatten", "Dense"]


def test_what_cannot_be_told_is_none_and_never_a_guess():
    script = read_script("model = Sequential([Dense(sizes[0]), Dropout(args.rate)])")
    assert [(x.units, x.rate) for x in script.recipe.layers] == [(None, None), (None, None)]
    assert read_script("x = 1\nprint(x)") is None


def test_arguments_are_followed_to_where_they_were_set():
    script = read_script("n = len(x) // 32\nmodel.fit(x, y, epochs=n, batch_size=8 * 4)")
    assert script.fit["epochs"].source == "len(x) // 32"
    assert script.fit["epochs"].line == 1
    assert script.recipe.batch_size == 32


def test_damaged_code_keeps_what_is_whole():
    text = """
    model = Sequential()
    model.add(Dense(10, input_shape=(4,)))
    print "python 2"
    ...
        model.add(Dropout(0.3))
    !pip install keras
    model.add(Dense(2,
"""
    assert layers(text) == [("Dense", 10), ("Dropout", 0.3), (OPAQUE, None)]


def test_old_arguments_tell_old_keras():
    assert read_script("m = Sequential()\nm.compile(SGD(lr=0.1))").keras_1_or_2
    assert not read_script("m = Sequential()\nm.compile(SGD(learning_rate=0.1))").keras_1_or_2


def test_deep_recursion_and_huge_loops_end():
    text = "def f(x):\n    return f(f(x))\nm = Sequential([Dense(1)])\nf(m)"
    assert read_script(text) is not None
    text = "m = Sequential()\nfor i in range(10**9):\n    m.add(Dense(1))\n"
    assert len(read_script(text).recipe.layers) <= 2


@given(st.text(alphabet="model.add(Dense(4))=[]{}:\n  'x,", max_size=200))
def test_any_text_is_parsed_or_not(text):
    read_script(text)


CHAIN = """
base = tf.keras.applications.VGG16(include_top=False, weights="imagenet")
inputs = tf.keras.Input((160, 160, 3))
x = {}
x = base(x, training=False)
x = tf.keras.layers.GlobalAveragePooling2D()(x)
outputs = tf.keras.layers.Dense(7, activation="softmax")(x)
model = tf.keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="categorical_crossentropy")
"""


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("tf.keras.applications.vgg16.preprocess_input(inputs)", "Lambda"),
        ("preprocess_input(inputs)", "Lambda"),
        ("my_block(inputs, 32)", "Lambda"),
        ("inputs / 255.0", "Rescaling"),
        ("tf.cast(inputs, tf.float32)", "GlobalAveragePooling2D"),
    ],
)
def test_a_function_of_tensors_does_not_break_the_chain(call, kind):
    script = read_script("import tensorflow as tf\n" + CHAIN.format(call), "a.py")
    layers = with_shapes(script.recipe).layers
    assert script.recipe.backbone.training is False
    assert layers[1].kind == kind
    assert layers[-1].units == 7
    assert layers[-1].parameters == 513 * 7


def test_what_a_function_hides_at_the_end_is_not_taken_for_the_output():
    text = "x = Dense(512, activation='relu')(Input((9,)))\nout = head(x, 5)\nm = Model(x, out)\n"
    layers = read_script(text + "m.compile('adam', 'mse')", "a.py").recipe.layers
    assert [layer.kind for layer in layers] == ["InputLayer", "Dense", "Lambda"]
    assert output_index(layers) is None


ANEW = """
model = build()
model.compile("adam", "mse")
model.fit(x, y)
model.save_weights("w.h5")
model = build()
{0}
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("between", "lost"),
    [
        ('model.compile("adam", "mse")', True),
        ('model.compile("adam", "mse")\nmodel.load_weights("w.h5")', False),
        ('restore_and_load(model)\nmodel.compile("adam", "mse")', False),
        ('model.compile("sgd", "mse")', False),  # two settings compared
    ],
)
def test_weights_that_are_saved_and_not_put_back(between, lost):
    assert bool(read_script(ANEW.format(between)).called("weights_not_loaded")) == lost


@pytest.mark.parametrize(
    ("use", "fed"), [("net.predict(x / 255)", 1), ("print(x / 255)", 0), ("other(x / 255)", 0)]
)
def test_a_function_that_is_not_called_counts_where_it_uses_a_network(use, fed):
    text = f"net = VGG16(weights='imagenet')\n\ndef f(path):\n    x = cv2.imread(path)\n    {use}\n"
    script = read_script(text)
    assert len(script.fed("predict") if script else ()) == fed


@pytest.mark.parametrize(
    ("shape", "scrambled"),
    [("10000, 32, 32, 3", True), ("-1, 32, 32, 3", True), ("-1, 3, 32, 32", False)],
)
def test_rows_of_planes_are_no_pixels(shape, scrambled):
    text = f"""
X = pickle.load(open('data_batch_1', 'rb'))[b'data'].reshape({shape})
model.fit(X, y)
"""
    (feed,) = read_script(text).fed("train")
    assert feed.inputs.has("scrambled") == scrambled


@pytest.mark.parametrize(("labels", "apart"), [("y", True), ("y[order]", False)])
def test_a_generator_of_an_excerpt_that_reorders_images_alone(labels, apart):
    text = f"""
def batches(X, y):
    order = np.random.permutation(len(X))
    X, y = X[order], {labels}
    for i in range(0, len(X), 32):
        yield X[i:i + 32], y[i:i + 32]
"""
    (feed,) = read_script(text).fed("train")
    assert feed.inputs.has("shuffle")
    assert feed.labels.has("shuffle") != apart


@pytest.mark.parametrize(
    ("weights", "alike"),
    [
        (["tf.zeros([784, 10])"], False),  # the softmax regression of the tutorials
        (["tf.zeros([784, 256])", "tf.zeros([256])"], False),
        (["tf.zeros([784, 256])", "tf.zeros((256, 10))"], True),
        (["tf.random_normal([784, 256])", "tf.zeros([256, 10])"], False),
    ],
)
def test_matrices_of_weights_made_of_one_number(weights, alike):
    made = "\n".join(f"w{i} = tf.Variable({w})" for i, w in enumerate(weights))
    script = read_script(f"{made}\nmodel.fit(x, y)")
    assert bool(script.called("weights_alike")) == alike


TWO_NETWORKS = """
first = Sequential([Dense(16, activation="relu", input_shape=(20,))])
first.add(Dense(3, activation="softmax"))
first.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
first.fit(letters, kinds, epochs=20)
print(classification_report(truth, np.argmax(first.predict(others), axis=1)))
second = Sequential([Dense(8, activation="relu", input_shape=(6,)), Dense(1)])
second.compile("adam", loss="mse")
second.fit(rooms, prices, epochs=90)
print(second.predict(flats))
"""


def test_each_network_of_a_script_has_its_own_feeds_and_answers():
    script = read_script(TWO_NETWORKS)
    (other,) = script.beside
    assert [feed.inputs.origin for feed in script.feeds] == ["rooms", "flats"]
    assert [feed.inputs.origin for feed in other.feeds] == ["letters", "others"]
    assert (script.recipe.epochs, other.recipe.epochs) == (90, 20)
    assert not script.called("argmax", "classification_report")
    assert other.called("argmax")
    assert [len(one.called("fit")) for one in (script, other)] == [2, 2]


def test_networks_alike_are_told_once():
    text = """
for seed in range(5):
    net = Sequential([Dense(16, activation="relu"), Dense(3, activation="softmax")])
    net.compile("adam", loss="sparse_categorical_crossentropy")
    net.fit(x, y, epochs=20)
"""
    assert read_script(text).beside == ()


def test_layers_behind_loaded_networks_do_not_act_on_pixels():
    text = """
from tensorflow import keras
from tensorflow.keras import layers
parts = [keras.models.load_model(name) for name in ("a", "b")]
given = keras.Input((224, 224, 3))
x = layers.Average()([one(given) for one in parts])
net = keras.Model(given, layers.Dense(1, activation="sigmoid")(layers.Dense(64)(x)))
net.compile("adam", "binary_crossentropy")
"""
    one = read_script(text.replace("[one(given) for one in parts]", "[parts[0](given)]"))
    both = read_script(text.replace('for name in ("a", "b")', "for name in names"))
    averaged = "layers.Average()([one(given) for one in parts])"
    alone = read_script(text.replace(averaged, 'keras.models.load_model("c")(given)'))
    for script in (one, both, alone):
        kinds = [layer.kind for layer in script.recipe.layers]
        assert "Dense" not in kinds[: kinds.index(OPAQUE) if OPAQUE in kinds else 1], kinds


@pytest.mark.parametrize("test", ["self.change", "self.change is not None"])
def test_a_set_that_may_be_given_steps_takes_those_that_it_is_given(test):
    text = f"""
import torchvision.transforms as t
from PIL import Image
from torch.utils.data import DataLoader, Dataset
class Photos(Dataset):
    def __init__(self, names, kinds, change=None):
        self.names, self.kinds, self.change = names, kinds, change
    def __getitem__(self, n):
        photo = Image.open(self.names[n]).convert("RGB")
        if {test}:
            photo = self.change(photo)
        return photo, self.kinds[n]
ways = {{"a": t.Compose([t.RandomHorizontalFlip(), t.ToTensor()]), "b": t.Compose([t.ToTensor()])}}
train_loader = DataLoader(Photos(x, y, ways["a"]), batch_size=8, shuffle=True)
test_loader = DataLoader(Photos(u, v, ways["b"]), batch_size=8)
for x, y in train_loader:
    opt.zero_grad()
    cost(net(x), y).backward()
    opt.step()
for x, y in test_loader:
    print((net(x).argmax(1) == y).sum())
"""
    script = read_script(text)
    assert {f.inputs.has("augment") for f in script.fed("train")} == {True}
    assert {f.inputs.has("augment") for f in script.fed("validation")} == {False}


def test_an_option_of_the_command_line_has_the_line_that_gives_it():
    text = (
        "import argparse\np = argparse.ArgumentParser()\n"
        "p.add_argument('--epochs', type=int, default=7)\na = p.parse_args()\n"
        "m = keras.Sequential([keras.layers.Dense(3)])\nm.fit(x, y, epochs=a.epochs)\n"
    )
    fact = read_script(text).fit["epochs"]
    assert (fact.value, fact.line) == (7, 3)
    later = read_script(text.replace("parse_args()\n", "parse_args()\na.epochs = 9\n")).fit[
        "epochs"
    ]
    assert (later.value, later.line) == (9, 5)


def test_a_function_shuffles_arrays_of_the_module_in_place():
    text = (
        "import numpy as np\nx, y = np.load('x.npy'), np.load('y.npy')\n"
        "def mix():\n    np.random.shuffle(y)\nmix()\n"
        "m = keras.Sequential([keras.layers.Dense(3)])\nm.compile('adam', 'mse')\nm.fit(x, y)\n"
    )
    (feed,) = read_script(text).fed("train")
    assert feed.labels.has("shuffle")
    own = read_script(text.replace("mix():", "mix():\n    y = np.zeros(3)"))
    assert not own.fed("train")[0].labels.has("shuffle")


def test_layers_that_a_generator_gives_are_frozen():
    text = (
        "def each(things):\n    for one in things:\n        yield one\n"
        "base = keras.applications.VGG16(include_top=False)\n"
        "for layer in each(base.layers[:15]):\n    layer.trainable = False\n"
        "m = keras.Sequential([base, keras.layers.Dense(3)])\n"
        "m.compile('adam', 'mse')\nm.fit(x, y)\n"
    )
    assert [call.line for call in read_script(text).called("set_trainable")] == [6]


GROWN = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten())
        self.head = nn.Sequential()
        # grow
    def forward(self, x):
        return self.head(self.body(x))
net = Net()
cost = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters())
for x, y in batches:
    opt.zero_grad()
    cost(net(x), y).backward()
    opt.step()
"""
HEAD = [("Dense", 32), ("ReLU", None), ("Dense", 5)]


PUT = "self.head.{}"
FIRST, RELU, LAST = "nn.Linear(72, 32)", "nn.ReLU()", "nn.Linear(32, 5)"
ALL = f"[{FIRST}, {RELU}, {LAST}]"
NAMED = (f"add_module('{n}', {made})" for n, made in zip("abc", (FIRST, RELU, LAST), strict=True))


@pytest.mark.parametrize(
    ("grow", "ends"),
    [
        ("; ".join(map(PUT.format, NAMED)), HEAD),
        (PUT.format(f"append({FIRST}).append({RELU}).append({LAST})"), HEAD),
        (PUT.format(f"extend({ALL})"), HEAD),
        (f"self.add_module('head', {LAST})", [HEAD[2]]),
        (PUT.format(f"append({LAST}).append({RELU})"), [HEAD[2], HEAD[1]]),
        (PUT.format(f"append({LAST}).insert(0, {RELU})"), [HEAD[2], (OPAQUE, None)]),
    ],
)
def test_layers_that_are_put_into_a_container_are_followed(grow, ends):
    assert layers(GROWN.replace("# grow", grow))[3:] == ends


STAGES = """
from tensorflow import keras
from keras import layers
def build(units=64):
    x = layers.Input((32, 32, 3))
    y = layers.Dense(units)(layers.Flatten()(x))
    return keras.Model(x, layers.Dense(5, activation="softmax")(y))
{0}
model.compile("adam", "categorical_crossentropy")
model.fit(x, y)
model.save("first.h5")
{1}
model.compile("adam", "categorical_crossentropy")
model.fit(x, y)
"""
BY_LAYERS = """
a = layers.Input((32, 32, 3))
b = layers.Dense({0}, activation="softmax")(layers.Flatten()(a))
model = keras.Model(inputs=a, outputs=b)
"""


@pytest.mark.parametrize(
    ("first", "second", "lost"),
    [
        ("model = build()", "model = build()", True),
        ("model = build(64)", "model = build(256)", False),
        (BY_LAYERS.format(5), BY_LAYERS.format(7), False),  # written out, it may be any other
        (BY_LAYERS.format(5), BY_LAYERS.format(5), False),
        ("model = build()", "model = build()\nmodel.load_weights('first.h5')", False),
    ],
)
def test_only_what_the_same_call_builds_is_the_same_network(first, second, lost):
    text = STAGES.format(first, second)
    assert bool(read_script(text).called("weights_not_loaded")) == lost


BESIDE_EACH_OTHER = """
import keras
for rate in [0.1, 0.01]:
    net = keras.Sequential()
    net.add(keras.layers.Dense(4))
    net.compile("sgd", "mse")
    net.fit(x, y)
    net.save_weights(f"{rate}.h5")
"""


def test_what_a_loop_builds_for_each_setting_does_not_go_on():
    assert not read_script(BESIDE_EACH_OTHER).called("weights_not_loaded")
    folds = BESIDE_EACH_OTHER.replace("[0.1, 0.01]", "range(5)").replace("{rate}", "last")
    assert not read_script(folds).called("weights_not_loaded")


CLASSIFIER = """
from tensorflow import keras
class Classifier:
    def __init__(self, weights=None):
        self.net = self.build()
        if weights:
            self.net.load_weights(weights)
    def build(self):
        return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5)])
    def ready(self):
        self.net.compile("sgd", "mse")
    def learn(self, images):
        return self.net.fit(images, epochs=5)
    def keep(self, path):
        self.net.save(path)
class Work:
    def stage(self, weights=None):
        one = Classifier(weights)
        one.ready()
        one.learn(images)
        one.keep("a.h5")
{0}
"""


@pytest.mark.parametrize(
    ("more", "lost"),
    [
        ("", False),  # who calls the methods, and in which order, is not shown
        ("        one = Classifier(weights)\n        one.ready()\n        one.learn(images)", True),
    ],
)
def test_functions_that_nothing_calls_are_no_stages_of_one_training(more, lost):
    text = CLASSIFIER.format(more)
    assert bool(read_script(text).called("weights_not_loaded")) == lost


@pytest.mark.parametrize(
    ("value", "laid"),
    [("3", True), ("np.ones(40)", True), ("y.numpy()", False), ("net(x).argmax(1)", False)],
)
def test_only_one_number_for_a_range_lays_labels_down(value, laid):
    text = f"""
import numpy as np
kept = np.zeros(len(images))
for x, y in loader:
    kept[begin:begin + 40] = {value}
"""
    script = read_script(text + "model.fit(images, kept)")
    assert bool(script.called("assign_range")) is laid


FROM_TABLE = """
import glob, os
import numpy as np, pandas as pd
from PIL import Image
files = glob.glob("images/*.jpg")
table = pd.read_csv("labels.csv", index_col="id")
pictures = np.array([np.array(Image.open(f)) for f in files])
labels = {0}
model.compile("adam", "mse")
model.fit(pictures, labels)
"""


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        ("table['kind'].values", True),
        ("np.array([table.loc[int(os.path.basename(f)[:-4])] for f in files])", False),
        ("np.array([table.loc[ids[f]] for f in files])", False),
    ],
)
def test_labels_that_are_looked_up_are_in_the_order_of_the_images(labels, wrong):
    script = read_script(FROM_TABLE.format(labels))
    (rule,) = (r for r in all_rules() if r.name == "images_and_labels_misaligned")
    run = Run(script=script, recipe=script.recipe)
    assert isinstance(rule.examine(run), Finding) is wrong


LENT = """
import torch
from torch import nn
from torchvision import models
from parts import *
from heads import Graded
def learn():
    base = models.resnet18(weights="DEFAULT")
    base.fc = nn.Linear(512, 1)
    {0}
    cost, opt = nn.BCELoss(), torch.optim.Adam({1}.parameters())
    for x, y in photos:
        opt.zero_grad()
        cost({1}(x), y).backward()
        opt.step()
learn()
"""


@pytest.mark.parametrize(
    ("made", "trained", "ends"),
    [
        ("net = Graded(base)", "net", None),
        ("net = Graded(base, classes=1).to('cuda')", "net", None),
        ("base = with_head(inner=base)", "base", None),
        ("net = nn.DataParallel(base)", "net", 1),
        ("picture = Graded(base)", "base", 1),
        ("show(base)", "base", 1),
    ],
)
def test_what_is_behind_a_network_that_another_one_holds_is_not_told(made, trained, ends):
    layers = read_script(LENT.format(made, trained)).recipe.layers
    at = output_index(layers)
    assert (None if at is None else layers[at].units) == ends
