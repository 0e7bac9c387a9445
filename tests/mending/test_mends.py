"""Each mend on programs of different make: the text is as written here, and nothing else changes."""

import re
from pathlib import Path

import pytest

from fitdoctor import lint, mending
from fitdoctor.rules import all_rules

PROGRAMS = Path(__file__).parents[1] / "programs"
NUMPY = """import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
TWO = (
    NUMPY
    + """x = np.random.randn(600, 12)
y = (x[:, 0] > 0).astype(int)
"""
)
FOUR = (
    NUMPY
    + """y = np.random.randint(0, 4, 900)
x = np.random.randn(900, 12) + y[:, None]
"""
)
ONE_HOT = FOUR + "t = keras.utils.to_categorical(y, 4)\n"
NUMBERS = (
    NUMPY
    + """x = np.random.uniform(0, 1, size=(500, 3))
y = 40 * x[:, 0] - 7
"""
)
HIDDEN = 'layers.Dense(32, activation="relu"), '
BODY = f"model = keras.Sequential([{HIDDEN}"
END = 'model.compile("adam", "{loss}", metrics=["accuracy"])\nmodel.fit(x, {y}, epochs=5)\n'


def keras_ends(last, loss, y="y", begin=FOUR):
    return f"{begin}{BODY}{last}])\n" + END.format(loss=loss, y=y)


LOOP = """import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
y = torch.randint(0, 4, (900,))
x = torch.randn(900, 12) + y[:, None]
data = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
held = DataLoader(TensorDataset(x[:99], y[:99]), batch_size=99)
net = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 4))
cost = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(9):
    net.train()
    for a, b in data:
        opt.zero_grad()
        loss = cost(net(a), b)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(a).argmax(1) == b).sum().item() for a, b in held)
    print(epoch, right / 99)
"""


def loop(*changes):
    text = LOOP
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


FOLDERS = """from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten, GlobalAveragePooling2D
"""
CASES = [
    # pixels that are scaled twice: a layer, or a generator on arrays that are
    (
        "inputs_scaled_twice",
        FOLDERS + "from keras.layers import Rescaling\n"
        "g = ImageDataGenerator(rescale=1 / 255)\n"
        "train = g.flow_from_directory('p', class_mode='sparse')\n"
        "m = Sequential()\nm.add(Rescaling(1 / 255))\nm.add(Conv2D(8, 3, activation='relu'))\n"
        "m.add(GlobalAveragePooling2D())\nm.add(Dense(5, activation='softmax'))\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\nm.fit(train, epochs=5)\n",
        [("m.add(Rescaling(1 / 255))\n", "")],
    ),
    # what is given by its place is changed at its place
    (
        "training_not_shuffled",
        FOLDERS + "g = ImageDataGenerator(rescale=1 / 255)\n"
        "train = g.flow_from_directory('p', (64, 64), 'rgb', None, 'sparse', 8, False)\n"
        "m = Sequential()\nm.add(Conv2D(8, 3, activation='relu'))\n"
        "m.add(GlobalAveragePooling2D())\nm.add(Dense(5, activation='softmax'))\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\nm.fit(train, epochs=5)\n",
        [("8, False)", "8, True)")],
    ),
    # two readers of one folder, by keywords and in another order
    (
        "leaked_validation_images",
        NUMPY + "train = keras.utils.image_dataset_from_directory('p', validation_split=0.2,\n"
        "    subset='training', seed=123)\n"
        "held = keras.utils.image_dataset_from_directory('p', validation_split=0.2,\n"
        "    seed=7, subset='validation')\n"
        "m = keras.Sequential([layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation='relu'),\n"
        "                      layers.GlobalAveragePooling2D(), layers.Dense(5, 'softmax')])\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\n"
        "m.fit(train, validation_data=held, epochs=5)\n",
        [("seed=7", "seed=123")],
    ),
    # what freezes is written otherwise, in a loop and by itself
    (
        "attribute_misspelt",
        "import keras\nb = keras.applications.VGG16(include_top=False)\nb.trainabel = False\n"
        "m = keras.Sequential([b, keras.layers.Flatten(), keras.layers.Dense(4, 'softmax')])\n"
        "m.compile('adam', 'categorical_crossentropy')\nm.fit(x, y)\n",
        [("trainabel", "trainable")],
    ),
    (
        "steps_do_not_cover_data",
        FOLDERS + "g = ImageDataGenerator(rescale=1 / 255)\n"
        "train = g.flow_from_directory('p', class_mode='sparse', batch_size=16)\n"
        "m = Sequential([Conv2D(8, 3, activation='relu'), Flatten(), Dense(5, 'softmax')])\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\n"
        "m.fit(train, epochs=5, steps_per_epoch=len(train) // 16)\n",
        [(", steps_per_epoch=len(train) // 16", "")],
    ),
    # softmax over one unit: positional, by a variable, in a helper, as a layer of its own
    (
        "softmax_over_one_unit",
        keras_ends("layers.Dense(1, 'softmax')", "binary_crossentropy", begin=TWO),
        [("'softmax'", "'sigmoid'")],
    ),
    (
        "softmax_over_one_unit",
        TWO.replace("import numpy", 'ENDS = "softmax"\nimport numpy')
        + f"{BODY}layers.Dense(1, activation=ENDS)])\n"
        + END.format(loss="binary_crossentropy", y="y"),
        [('ENDS = "softmax"', 'ENDS = "sigmoid"')],
    ),
    (
        "softmax_over_one_unit",
        TWO
        + 'def make(n, ends):\n    m = keras.Sequential()\n    m.add(layers.Dense(16, "relu"))\n'
        "    m.add(layers.Dense(n, activation=ends))\n    return m\n"
        'model = make(1, ends="softmax")\n' + END.format(loss="binary_crossentropy", y="y"),
        [('ends="softmax"', 'ends="sigmoid"')],
    ),
    (
        "softmax_over_one_unit",
        keras_ends(
            "layers.Dense(1), layers.Activation('softmax')", "binary_crossentropy", begin=TWO
        ),
        [("'softmax'", "'sigmoid'")],
    ),
    # a dictionary of settings, unpacked
    (
        "sigmoid_with_categorical_loss",
        ONE_HOT
        + 'last = {"units": 4, "activation": "sigmoid"}  # the end\n'
        + f"{BODY}layers.Dense(**last)])\n"
        + END.format(loss="categorical_crossentropy", y="t"),
        [('"activation": "sigmoid"', '"activation": "softmax"')],
    ),
    (
        "sigmoid_with_categorical_loss",
        ONE_HOT + "i = keras.Input((12,))\nh = layers.Dense(9, activation=tf.nn.relu)(i)\n"
        "o = layers.Dense(4, activation=tf.nn.sigmoid)(h)\nmodel = keras.Model(i, o)\n"
        + END.format(loss="categorical_crossentropy", y="t"),
        [("activation=tf.nn.sigmoid", 'activation="softmax"')],
    ),
    # logits
    (
        "probabilities_into_logits_loss",
        FOUR + f'{BODY}layers.Dense(4, activation="softmax")])\n'
        "loss = keras.losses.SparseCategoricalCrossentropy(\n    from_logits=True,\n)\n"
        'model.compile("adam", loss=loss)\nmodel.fit(x, y, epochs=5)\n',
        [
            ("Crossentropy(\n    from_logits=True,\n)", "Crossentropy(\n    )"),
        ],
    ),
    (
        "probabilities_into_logits_loss",
        loop(("nn.Linear(32, 4))", "nn.Linear(32, 4), nn.Softmax(dim=-1))")),
        [(", nn.Softmax(dim=-1))", ")")],
    ),
    (
        "probabilities_into_logits_loss",
        loop(("cost(net(a), b)", "cost(F.softmax(net(a), dim=1), b)")),
        [("F.softmax(net(a), dim=1)", "net(a)")],
    ),
    (
        "probabilities_into_logits_loss",
        loop(
            (
                "net = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.3), "
                "nn.Linear(32, 4))",
                "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
                "        self.a = nn.Linear(12, 32)\n        self.b = nn.Linear(32, 4)\n"
                "        self.last = nn.Softmax(dim=1)\n\n    def forward(self, x):\n"
                "        x = F.relu(self.a(x))\n        x = self.b(x)\n"
                "        return self.last(x)\n\n\nnet = Net()",
            )
        ),
        [("return self.last(x)", "return x")],
    ),
    # labels and losses
    (
        "label_encoding_mismatch",
        keras_ends('layers.Dense(4, "softmax")', "sparse_categorical_crossentropy", "t", ONE_HOT),
        [('"sparse_categorical_crossentropy"', '"categorical_crossentropy"')],
    ),
    (
        "label_encoding_mismatch",
        ONE_HOT
        + f'{BODY}layers.Dense(4, "softmax")])\n'
        + 'how = dict(optimizer="adam", loss="sparse_categorical_crossentropy")\n'
        "model.compile(**how)\nmodel.fit(x, t, epochs=5)\n",
        [('loss="sparse_categorical_crossentropy"', 'loss="categorical_crossentropy"')],
    ),
    (
        "label_encoding_mismatch",
        ONE_HOT
        + "LOSS = 'sparse_categorical_crossentropy'\n"
        + f'{BODY}layers.Dense(4, "softmax")])\n'
        + 'model.compile("adam", LOSS)\nmodel.fit(x, t, epochs=5)\n',
        [("LOSS = 'sparse_categorical_crossentropy'", "LOSS = 'categorical_crossentropy'")],
    ),
    (
        "binary_loss_for_many_classes",
        keras_ends('layers.Dense(4, "softmax")', "binary_crossentropy", "t", ONE_HOT),
        [('"binary_crossentropy"', '"categorical_crossentropy"')],
    ),
    (
        "labels_out_of_range",
        keras_ends("layers.Dense(3, activation='softmax')", "sparse_categorical_crossentropy"),
        [("Dense(3, ", "Dense(4, ")],
    ),
    (
        "labels_out_of_range",
        FOUR.replace("y = np", "n = 3\ny = np")
        + f"{BODY}layers.Dense(units=n, activation='softmax')])\n"
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("n = 3\n", "n = 4\n")],
    ),
    (
        "labels_out_of_range",
        keras_ends(
            "layers.Dense(4, 'softmax')",
            "sparse_categorical_crossentropy",
            begin=FOUR.replace("randint(0, 4,", "randint(1, 5,"),
        ),
        [("model.fit", "y = y - 1\nmodel.fit")],
    ),
    # the end of the network
    (
        "relu_on_output",
        keras_ends("layers.Dense(4, 'relu')", "sparse_categorical_crossentropy"),
        [("Dense(4, 'relu')", "Dense(4, 'softmax')")],
    ),
    (
        "relu_on_output",
        keras_ends(
            "layers.Dense(4, activation='relu'), layers.Softmax()",
            "sparse_categorical_crossentropy",
        ),
        [("Dense(4, activation='relu')", "Dense(4)")],
    ),
    (
        "missing_output_activation",
        keras_ends("layers.Dense(4)", "sparse_categorical_crossentropy"),
        [("Dense(4)", 'Dense(4, activation="softmax")')],
    ),
    (
        "missing_output_activation",
        FOUR
        + f"{BODY}layers.Dense(\n    4,\n    name='out',\n)])\n"
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("    name='out',\n", "    name='out',\n    activation=\"softmax\",\n")],
    ),
    (
        "missing_output_activation",
        loop(("nn.CrossEntropyLoss()", "nn.NLLLoss()")),
        [("nn.NLLLoss()", "nn.CrossEntropyLoss()")],
    ),
    (
        "output_activation_unsuited",
        keras_ends("layers.Dense(4, 'tanh')", "sparse_categorical_crossentropy"),
        [("'tanh'", "'softmax'")],
    ),
    (
        "output_activation_unsuited",
        loop(
            ("nn.CrossEntropyLoss()", "nn.NLLLoss()"),
            ("nn.Linear(32, 4))", "nn.Linear(32, 4), nn.Softmax(dim=1))"),
        ),
        [("nn.Softmax(dim=1)", "nn.LogSoftmax(dim=1)")],
    ),
    (
        "output_range_below_target",
        keras_ends("layers.Dense(1, activation='sigmoid')", "mse", begin=NUMBERS).replace(
            ', metrics=["accuracy"]', ""
        ),
        [("Dense(1, activation='sigmoid')", "Dense(1)")],
    ),
    (
        "output_range_below_target",
        keras_ends("layers.Dense(1, 'sigmoid')", "mse", begin=NUMBERS).replace(
            ', metrics=["accuracy"]', ""
        ),
        [("Dense(1, 'sigmoid')", "Dense(1)")],
    ),
    (
        "loss_unsuited_to_task",
        keras_ends("layers.Dense(4, 'softmax')", "mse", "t", ONE_HOT),
        [('"mse"', '"categorical_crossentropy"')],
    ),
    (
        "misleading_metric",
        keras_ends("layers.Dense(1)", "mse", begin=NUMBERS),
        [('metrics=["accuracy"]', 'metrics=["mae"]')],
    ),
    (
        "softmax_for_many_labels",
        NUMPY + "y = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 1]] * 50)\n"
        "x = np.random.randn(200, 5)\n"
        f"{BODY}layers.Dense(3, 'softmax')])\n" + END.format(loss="binary_crossentropy", y="y"),
        [("Dense(3, 'softmax')", "Dense(3, 'sigmoid')")],
    ),
    # hidden layers
    (
        "missing_hidden_activation",
        FOUR + "model = keras.Sequential()\nfor n in (64, 32):\n    model.add(layers.Dense(n))\n"
        'model.add(layers.Dense(4, activation="softmax"))\n'
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("layers.Dense(n))", 'layers.Dense(n, activation="relu"))')],
    ),
    (
        "saturating_hidden_activation",
        FOUR + "def block(n, act='sigmoid'):\n    return layers.Dense(n, activation=act)\n"
        "model = keras.Sequential([block(64), block(64), block(32), block(4, 'softmax')])\n"
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("act='sigmoid'", "act='relu'")],
    ),
    (
        "dropout_too_high",
        FOUR + "i = keras.Input((12,))\nh = layers.Dense(16, activation='relu')(i)\n"
        "h = layers.Dropout(rate=.9)(h)\no = layers.Dense(4, activation='softmax')(h)\n"
        "model = keras.Model(i, o)\n" + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("rate=.9", "rate=0.5")],
    ),
    (
        "dropout_too_high",
        FOUR + "def make(sizes, p=0.95):\n    m = keras.Sequential()\n    for n in sizes:\n"
        "        m.add(layers.Dense(n, activation='relu'))\n        m.add(layers.Dropout(p))\n"
        "    m.add(layers.Dense(4, activation='softmax'))\n    return m\n"
        "model = make((64, 32))\n" + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("p=0.95", "p=0.5")],
    ),
    (
        "missing_hidden_activation",
        loop(
            (
                "nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 4))",
                "nn.Sequential(\n    nn.Linear(12, 32),\n    nn.Linear(32, 16),  # narrow\n"
                "    nn.Linear(16, 4),\n)",
            )
        ),
        [
            ("nn.Linear(12, 32),\n", "nn.Linear(12, 32),\n    nn.ReLU(),\n"),
            ("# narrow\n", "# narrow\n    nn.ReLU(),\n"),
        ],
    ),
    (
        "dropout_on_output",
        keras_ends(
            "layers.Dense(4, 'softmax'),\n    layers.Dropout(0.4),\n",
            "sparse_categorical_crossentropy",
        ),
        [("'softmax'),\n    layers.Dropout(0.4),\n", "'softmax'),\n")],
    ),
    (
        "redundant_activation",
        FOUR + "model = keras.Sequential()\nmodel.add(layers.Dense(64, activation='relu'))\n"
        "model.add(layers.Dense(4, activation='softmax'))\n"
        "# probabilities\nmodel.add(layers.Activation('softmax'))\n"
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("model.add(layers.Activation('softmax'))\n", "")],
    ),
    (
        "poor_initialisation",
        FOUR + "zeros = keras.initializers.Zeros()\n"
        "model = keras.Sequential([\n"
        "    layers.Dense(32, kernel_initializer=zeros, activation='relu'),\n"
        "    layers.Dense(4, activation='softmax'),\n])\n"
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("kernel_initializer=zeros, ", "")],
    ),
    (
        "excess_weight_penalty",
        FOUR + "from tensorflow.keras import regularizers\n"
        "model = keras.Sequential([\n"
        "    layers.Dense(32, 'relu', kernel_regularizer=regularizers.l2(0.5)),\n"
        "    layers.Dense(4, activation='softmax'),\n])\n"
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        [("l2(0.5)", "l2(0.0001)")],
    ),
    (
        "batchnorm_axis_wrong",
        NUMPY + "model = keras.Sequential([\n"
        "    layers.Conv2D(8, 3, input_shape=(32, 32, 3)), layers.BatchNormalization(axis=1),\n"
        "    layers.ReLU(), layers.GlobalAveragePooling2D(), layers.Dense(4, 'softmax')])\n"
        'model.compile("adam", "sparse_categorical_crossentropy")\n'
        "model.fit(x / 255.0, y, epochs=5)\n",
        [("(axis=1)", "()")],
    ),
    # rates
    (
        "learning_rate_too_high",
        FOUR + f'{BODY}layers.Dense(4, "softmax")])\n' + "config = {'rate': 5.0, 'epochs': 5}\n"
        "model.compile(keras.optimizers.Adam(config['rate']), 'sparse_categorical_crossentropy')\n"
        "model.fit(x, y, epochs=config['epochs'])\n",
        [("'rate': 5.0", "'rate': 0.001")],
    ),
    (
        "learning_rate_too_high",
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', type=float, default=9.0, help='rate')\n"
        "args = parser.parse_args()\n" + loop(("lr=1e-3", "lr=args.lr")),
        [("default=9.0", "default=0.001")],
    ),
    (
        "learning_rate_too_high",
        "class Config:\n    lr = 9.0\n    epochs = 9\n" + loop(("lr=1e-3", "lr=Config.lr")),
        [("lr = 9.0", "lr = 0.001")],
    ),
    (
        "learning_rate_too_low",
        loop(("lr=1e-3", "lr=1e-10")),
        [("lr=1e-10", "lr=0.001")],
    ),
    (
        "learning_rate_negative",
        FOUR
        + f'{BODY}layers.Dense(4, "softmax")])\n'
        + "model.compile(keras.optimizers.SGD(-0.01), 'sparse_categorical_crossentropy')\n"
        "model.fit(x, y, epochs=5)\n",
        [("SGD(-0.01)", "SGD(0.01)")],
    ),
    (
        "optimizer_argument_ignored",
        FOUR
        + f'{BODY}layers.Dense(4, "softmax")])\n'
        + "opt = keras.optimizers.SGD(0.1, momentum=0.9)\n"
        "model.compile(loss='sparse_categorical_crossentropy', optimizer='sgd')\n"
        "model.fit(x, y, epochs=5)\n",
        [("optimizer='sgd'", "optimizer=opt")],
    ),
    # data
    (
        "training_not_shuffled",
        FOUR
        + f'{BODY}layers.Dense(4, "softmax")])\n'
        + "model.compile('adam', 'sparse_categorical_crossentropy')\n"
        "how = dict(epochs=5, shuffle=False)\nmodel.fit(x, y, **how)\n",
        [("epochs=5, shuffle=False", "epochs=5")],
    ),
    (
        "training_not_shuffled",
        loop(("batch_size=32, shuffle=True", "shuffle=False, batch_size=32")),
        [("shuffle=False", "shuffle=True")],
    ),
    (
        "validation_split_is_ordered",
        NUMPY + "x = np.concatenate([np.random.randn(90, 5) + c for c in range(3)])\n"
        "y = np.concatenate([np.full(90, c) for c in range(3)])\n"
        f'{BODY}layers.Dense(3, "softmax")])\n'
        "model.compile('adam', 'sparse_categorical_crossentropy')\n"
        "history = model.fit(x, y, validation_split=0.3, epochs=5)\n",
        [
            (
                "history =",
                "order = np.random.permutation(len(x))\nx, y = x[order], y[order]\nhistory =",
            )
        ],
    ),
    (
        "inputs_not_scaled",
        "from keras.datasets import fashion_mnist\nfrom keras import layers, models\n"
        "(a, b), (c, d) = fashion_mnist.load_data()\n\n"
        "m = models.Sequential([layers.Flatten(), layers.Dense(64, 'relu'), "
        "layers.Dense(10, 'softmax')])\nm.compile('sgd', 'sparse_categorical_crossentropy')\n\n"
        "# ten times\nm.fit(a, b, epochs=10, validation_data=(c, d))\n",
        [("# ten", "a = a / 255.0\nc = c / 255.0\n# ten")],
    ),
    (
        "inputs_not_scaled",
        FOLDERS + "g = ImageDataGenerator(horizontal_flip=True)\n"
        "t = g.flow_from_directory('cats', target_size=(64, 64), class_mode='binary')\n"
        "m = Sequential([Conv2D(16, 3, activation='relu', input_shape=(64, 64, 3)), Flatten(),\n"
        "                Dense(1, activation='sigmoid')])\n"
        "m.compile('adam', 'binary_crossentropy')\nm.fit(t, epochs=9)\n",
        [("(horizontal_flip=True)", "(horizontal_flip=True, rescale=1.0 / 255)")],
    ),
    (
        "wrong_backbone_preprocessing",
        FOLDERS + "from keras.applications import VGG16\n"
        "g = ImageDataGenerator(rescale=1 / 255)\n"
        "t = g.flow_from_directory('cats', target_size=(64, 64), class_mode='binary')\n"
        "b = VGG16(include_top=False, pooling='avg')\nb.trainable = False\n"
        "m = Sequential([b, Dense(1, activation='sigmoid')])\n"
        "m.compile('adam', 'binary_crossentropy')\nm.fit(t, epochs=9)\n",
        [
            (
                "import VGG16\n",
                "import VGG16\nfrom keras.applications.vgg16 import preprocess_input\n",
            ),
            ("(rescale=1 / 255)", "(preprocessing_function=preprocess_input)"),
        ],
    ),
    (
        "class_weights_unused",
        TWO + "from sklearn.utils.class_weight import compute_class_weight\n"
        'weights = compute_class_weight("balanced", classes=np.unique(y), y=y)\n'
        f'{BODY}layers.Dense(1, "sigmoid")])\n'
        "model.compile('adam', 'binary_crossentropy')\nmodel.fit(x, y, epochs=5)\n",
        [("epochs=5)", "epochs=5, class_weight=dict(enumerate(weights)))")],
    ),
    (
        "class_weights_unused",
        TWO + f'{BODY}layers.Dense(1, "sigmoid")])\n' + "by_class = {0: 1.0, 1: 9.0}\n"
        "model.compile('adam', 'binary_crossentropy', loss_weights=by_class)\n"
        "model.fit(\n    x,\n    y,\n    epochs=5,\n)\n",
        [
            (", loss_weights=by_class", ""),
            ("    epochs=5,\n", "    epochs=5,\n    class_weight=by_class,\n"),
        ],
    ),
    (
        "augmentation_on_validation",
        FOLDERS + "g = ImageDataGenerator(rescale=1/255., shear_range=0.2, validation_split=0.1)\n"
        "t = g.flow_from_directory('cats', (64, 64), subset='training')\n"
        "v = g.flow_from_directory('cats', (64, 64), subset='validation')\n"
        "m = Sequential([Conv2D(16, 3, activation='relu', input_shape=(64, 64, 3)), Flatten(),\n"
        "                Dense(3, activation='softmax')])\n"
        "m.compile('adam', 'categorical_crossentropy')\nm.fit(t, validation_data=v, epochs=9)\n",
        [
            (
                "validation_split=0.1)\n",
                "validation_split=0.1)\n"
                "g_plain = ImageDataGenerator(rescale=1/255., validation_split=0.1)\n",
            ),
            ("v = g.flow", "v = g_plain.flow"),
        ],
    ),
    (
        "predictions_misaligned",
        FOLDERS + "from keras.models import load_model\nm = load_model('m.h5')\n"
        "t = ImageDataGenerator(rescale=1/255).flow_from_directory(\n"
        "    'test',\n    target_size=(64, 64),\n)\np = m.predict(t).argmax(1)\n"
        "print((p == t.classes).mean())\n",
        [("    target_size=(64, 64),\n", "    target_size=(64, 64),\n    shuffle=False,\n")],
    ),
    (
        "scaled_copy_unused",
        "from keras.datasets import mnist\nfrom keras import layers, models\n"
        "(a, b), (c, d) = mnist.load_data()\na_scaled = a / 255.0  # to 0..1\nc_scaled = c / 255.0\n"
        "m = models.Sequential([layers.Flatten(), layers.Dense(64, 'relu'), "
        "layers.Dense(10, 'softmax')])\nm.compile('sgd', 'sparse_categorical_crossentropy')\n"
        "m.fit(a, b, epochs=10, validation_data=(c, d))\n",
        [("a_scaled = a", "a = a"), ("c_scaled = c", "c = c")],
    ),
    (
        "steps_do_not_cover_data",
        FOLDERS + "g = ImageDataGenerator(rescale=1 / 255)\n"
        "t = g.flow_from_directory('cats', target_size=(64, 64), class_mode='binary')\n"
        "m = Sequential([Conv2D(16, 3, activation='relu', input_shape=(64, 64, 3)), Flatten(),\n"
        "                Dense(1, activation='sigmoid')])\n"
        "m.compile('adam', 'binary_crossentropy')\n"
        "m.fit(t, steps_per_epoch=t.samples, epochs=9)\n",
        [("steps_per_epoch=t.samples, ", "")],
    ),
    (
        "stopped_while_improving",
        TWO
        + f'{BODY}layers.Dense(1, "sigmoid")])\n'
        + "model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])\n"
        "stop = keras.callbacks.EarlyStopping('val_accuracy', patience=9, mode='min')\n"
        "model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop])\n",
        [(", mode='min'", "")],
    ),
    (
        "trainable_changed_after_compile",
        FOLDERS + "from keras.applications.vgg16 import VGG16, preprocess_input\n"
        "g = ImageDataGenerator(preprocessing_function=preprocess_input)\n"
        "t = g.flow_from_directory('cats', target_size=(64, 64), class_mode='binary')\n"
        "b = VGG16(include_top=False, pooling='avg')\n"
        "m = Sequential([b, Dense(1, activation='sigmoid')])\n"
        "m.compile('adam', 'binary_crossentropy')\n"
        "for layer in b.layers:\n    layer.trainable = False\nm.fit(t, epochs=9)\n",
        [
            ("for layer in b.layers:\n    layer.trainable = False\n", ""),
            ("m.compile", "for layer in b.layers:\n    layer.trainable = False\nm.compile"),
        ],
    ),
    (
        "inputs_not_scaled",
        "from keras.datasets import mnist\nfrom keras import layers, models\n"
        "(a, b), (c, d) = mnist.load_data()\n"
        "m = models.Sequential([layers.Flatten(), layers.Dense(64, 'relu'), "
        "layers.Dense(10, 'softmax')])\nm.compile('sgd', 'sparse_categorical_crossentropy')\n"
        "m.fit(a, b, epochs=10)\nprint(m.evaluate(c, d))\nprint(m.predict(x=c).argmax(1))\n",
        [("m.fit", "a = a / 255.0\nc = c / 255.0\nm.fit")],
    ),
    (
        "inputs_not_scaled",
        "from keras.datasets import cifar10\nfrom keras import layers, models\n"
        "(a, b), (c, d) = cifar10.load_data()\n"
        "m = models.Sequential([layers.Flatten(), layers.Dense(64, 'relu'), "
        "layers.Dense(10, 'softmax')])\nm.compile('sgd', 'sparse_categorical_crossentropy')\n"
        "m.fit(a[:4000], b[:4000], validation_data=(a[4000:], b[4000:]), epochs=9)\n"
        "print(m.evaluate(c, d))\n",
        [("m.fit", "a = a / 255.0\nc = c / 255.0\nm.fit")],
    ),
    (
        "pipelines_differ",
        "from keras.datasets import mnist\nfrom keras import layers, models\n"
        "(a, b), (c, d) = mnist.load_data()\na = a / 255.0\n"
        "m = models.Sequential([layers.Flatten(), layers.Dense(64, 'relu'), "
        "layers.Dense(10, 'softmax')])\nm.compile('sgd', 'sparse_categorical_crossentropy')\n"
        "m.fit(a, b, epochs=10, validation_data=(c, d))\n",
        [("m.fit", "c = c / 255\nm.fit")],
    ),
    (
        "pipelines_differ",
        FOLDERS + "t = ImageDataGenerator(rescale=1 / 255, shear_range=0.1).flow_from_directory(\n"
        "    'cats', target_size=(64, 64), class_mode='binary')\n"
        "v = ImageDataGenerator().flow_from_directory(\n"
        "    'kittens', target_size=(64, 64), class_mode='binary')\n"
        "m = Sequential([Conv2D(16, 3, activation='relu', input_shape=(64, 64, 3)), Flatten(),\n"
        "                Dense(1, activation='sigmoid')])\n"
        "m.compile('adam', 'binary_crossentropy')\nm.fit(t, validation_data=v, epochs=9)\n",
        [("ImageDataGenerator()", "ImageDataGenerator(rescale=1.0 / 255)")],
    ),
    (
        "predict_pipeline_differs",
        "import numpy as np\nfrom keras.datasets import mnist\nfrom keras import layers, models\n"
        "(a, b), (c, d) = mnist.load_data()\n"
        "m = models.Sequential([layers.Flatten(), layers.Dense(64, 'relu'), "
        "layers.Dense(10, 'softmax')])\nm.compile('sgd', 'sparse_categorical_crossentropy')\n"
        "a = a.astype('float32') / 255\nm.fit(a, b, epochs=10)\n"
        "few = c[:20]\n# look\nsaid = m.predict(few)\n",
        [("# look", "few = few / 255\n# look")],
    ),
    (
        "labels_corrupted",
        "from keras.datasets import mnist\nfrom keras import layers, models\n"
        "(a, b), (c, d) = mnist.load_data()\na, b = a / 255.0, b / 255.0\nc = c / 255.0\n"
        "m = models.Sequential([layers.Flatten(), layers.Dense(64, 'relu'), "
        "layers.Dense(10, 'softmax')])\nm.compile('sgd', 'sparse_categorical_crossentropy')\n"
        "m.fit(a, b, epochs=10, validation_data=(c, d))\n",
        [(", b / 255.0", ", b")],
    ),
    (
        "sigmoid_with_categorical_loss",
        keras_ends("layers.Dense(1, 'sigmoid')", "sparse_categorical_crossentropy"),
        [("Dense(1, 'sigmoid')", "Dense(4, 'softmax')")],
    ),
    (
        "sigmoid_with_categorical_loss",
        keras_ends(
            "layers.Dense(1, 'sigmoid')", "sparse_categorical_crossentropy", begin=TWO
        ).replace("y = (x[:, 0] > 0).astype(int)", "y = np.random.randint(0, 2, 600)"),
        [('"sparse_categorical_crossentropy"', '"binary_crossentropy"')],
    ),
    (
        "sigmoid_with_categorical_loss",
        "from tensorflow import keras\nfrom tensorflow.keras import layers\nfrom data import x, y\n"
        f"{BODY}layers.Dense(1, 'sigmoid')])\n"
        + END.format(loss="sparse_categorical_crossentropy", y="y"),
        None,
    ),
    # what may be meant is left: a state that goes from batch to batch, a number on one unit,
    # labels that are sequences
    (
        "training_not_shuffled",
        NUMPY + "x = np.random.randn(640, 9, 3)\ny = x[:, -1, 0]\n"
        "model = keras.Sequential([layers.LSTM(8, stateful=True), layers.Dense(1)])\n"
        "model.compile('adam', 'mse')\n"
        "model.fit(x, y, epochs=5, batch_size=32, shuffle=False)\n",
        None,
    ),
    (
        "loss_unsuited_to_task",
        NUMPY + "data = np.loadtxt('a.csv', delimiter=',')\n"
        "model = keras.Sequential([layers.Dense(9, 'sigmoid'), layers.Dense(1, 'sigmoid')])\n"
        "model.compile('sgd', 'mean_squared_error', metrics=['accuracy'])\n"
        "model.fit(data[:, :1], data[:, 1], epochs=5)\n",
        None,
    ),
    (
        "softmax_for_many_labels",
        NUMPY + "x = np.random.randn(60, 7, 5)\n"
        "y = np.array([[[1, 0], [0, 1], [1, 0]]] * 60)\n"
        "model = keras.Sequential([layers.LSTM(8), layers.Dense(2, 'softmax')])\n"
        "model.compile('adam', 'categorical_crossentropy')\nmodel.fit(x, y, epochs=5)\n",
        None,
    ),
    # loops
    (
        "dropout_always_on",
        "import torch\nfrom torch import nn\nfrom torch.nn import functional as fn\n"
        "class Small(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.hidden = nn.Linear(12, 32)\n        self.out = nn.Linear(32, 4)\n"
        "    def forward(self, x):\n        x = fn.relu(self.hidden(x))\n"
        "        x = fn.dropout(x, p=0.3)\n        return self.out(x)\nnet = Small()\n",
        [("p=0.3)", "p=0.3, training=self.training)")],
    ),
    (
        "gradients_not_cleared",
        loop(("        opt.zero_grad()\n", "")),
        [("        loss.backward", "        opt.zero_grad()\n        loss.backward")],
    ),
    (
        "eval_mode_missing",
        loop(("    net.eval()\n", "")),
        [("        right =", "        net.eval()\n        right =")],
    ),
    (
        "eval_mode_missing",
        loop(("    net.eval()\n", ""), ("    net.train()\n", "")),
        [
            ("        right =", "        net.eval()\n        right ="),
            ("    for a, b in data", "    net.train()\n    for a, b in data"),
        ],
    ),
    (
        "monitored_the_wrong_way",
        loop(
            (
                "for epoch",
                "plan = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, mode='max')\nfor epoch",
            ),
            ("    net.eval()\n", "    plan.step(loss)\n    net.eval()\n"),
        ),
        [("mode='max'", "mode='min'")],
    ),
    (
        "train_mode_not_restored",
        loop(("    net.train()\n", "")),
        [("    for a, b in data", "    net.train()\n    for a, b in data")],
    ),
    (
        "optimizer_never_steps",
        loop(("        opt.step()\n", "")),
        [("loss.backward()\n", "loss.backward()\n        opt.step()\n")],
    ),
    (
        "optimizer_holds_other_weights",
        loop(("for epoch", "net[3] = nn.Linear(32, 7)\nfor epoch")),
        [
            ("opt = torch.optim.Adam(net.parameters(), lr=1e-3)\n", ""),
            ("(32, 7)\n", "(32, 7)\nopt = torch.optim.Adam(net.parameters(), lr=1e-3)\n"),
        ],
    ),
    (
        "scheduler_stepped_wrongly",
        loop(
            (
                "for epoch",
                "plan = torch.optim.lr_scheduler.StepLR(opt, step_size=3)\nfor epoch",
            ),
            ("        opt.step()\n", "        opt.step()\n        plan.step()\n"),
        ),
        [("        plan.step()\n", "    plan.step()\n")],
    ),
]


def causes(text):
    runs = lint.runs_in(text, "train.py")
    rules = [rule for rule in all_rules() if rule.kind == "cause"]
    return {one.rule.name for one in lint.found_in(text, runs, rules)}


@pytest.mark.parametrize(
    ("rule", "text", "changes"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_mend_changes_what_it_should_and_nothing_else(rule, text, changes):
    before = causes(text)
    assert rule in before
    made = mending.mend(text, "train.py")
    if changes is None:
        assert made.after == text
        assert [one.rule for one in made.unmended] == [rule]
        assert re.search(r"by hand at line \d+", made.unmended[0].why)
        return
    wanted = text
    for old, new in changes:
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    assert made.after == wanted
    after = causes(made.after)
    assert rule not in after
    assert after <= before
    assert mending.mend(made.after, "train.py").after == made.after


def test_at_least_twenty_five_rules_have_a_mend_and_each_is_tested_here():
    mended = {rule.name for rule in all_rules() if rule.mend is not None}
    assert len(mended) >= 25
    assert mended - {case[0] for case in CASES} == {"output_units_differ_from_classes"}


FAMILIES = sorted({rule.name.replace("_", "-") for rule in all_rules() if rule.mend is not None})
EVERY = 4
"""One in so many programs: all of them take minutes."""
WRONG = sorted(p.name for f in FAMILIES for p in PROGRAMS.glob(f"{f}-*.txt"))[::EVERY]
HEALTHY = sorted(p.name for f in ("ordinary", "nothing-wrong") for p in PROGRAMS.glob(f"{f}-*.txt"))
HEALTHY = HEALTHY[::EVERY]


def program(name):
    return (PROGRAMS / name).read_text().partition("\n\n")[2]


@pytest.mark.parametrize("name", WRONG)
def test_a_mended_program_has_fewer_causes_and_no_new_one(name):
    text = program(name)
    before = causes(text)
    made = mending.mend(text, "train.py")
    gone = {one.rule for one in made.mends}
    assert causes(made.after) <= before
    assert (made.after == text) == (not gone)
    again = mending.mend(made.after, "train.py")
    assert again.after == made.after


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_program_is_left_alone(name):
    text = program(name)
    assert mending.mend(text, "train.py").after == text


@pytest.mark.parametrize(
    "path", sorted((PROGRAMS.parent / "loops").glob("*.txt")), ids=lambda p: p.stem
)
def test_a_right_loop_is_left_alone(path):
    text = path.read_text()
    assert mending.mend(text, "train.py").after == text
