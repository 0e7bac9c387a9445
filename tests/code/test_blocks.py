"""Labels laid down class by class, and what mixes them again."""

import ast

import pytest

from fitdoctor.code import blocks, read_script
from fitdoctor.records.flow import in_blocks

LOOPS = """
for name in ["cat", "dog"]:
    for file in os.listdir(root + name):
        x.append(cv2.imread(root + name + file))
        y.append(names.index(name))
"""
PAIRS = """
for name in ["cat", "dog"]:
    for file in os.listdir(root + name):
        data.append([cv2.imread(root + name + file), names.index(name)])
"""
APART = "\nfor image, label in data:\n    x.append(image)\n    y.append(label)\n"


def labels(text):
    begin = "import numpy as np\nx, y, data = [], [], []\n"
    script = read_script(f"{begin}{text}\nmodel.fit(np.array(x), np.array(y))\n", "a.py")
    return script.fed("train")[0].labels


@pytest.mark.parametrize(
    "text",
    [
        LOOPS,
        PAIRS + APART,
        "for file in cats:\n    x.append(cv2.imread(file))\n    y.append(0)",
        "x = images\ny = [0] * len(cats) + [1] * len(dogs)",
        "x = images\ny = np.array([0] * 1000 + [1] * 1000)",
        "x = images\ny = np.concatenate([np.zeros(len(cats)), np.ones(len(dogs))])",
        "x = images\ny = np.ones(600)\ny[0:200] = 0\ny[200:] = 1",
    ],
)
def test_labels_that_are_laid_down_class_by_class(text):
    assert in_blocks(labels(text))


@pytest.mark.parametrize(
    "text",
    [
        PAIRS + "random.shuffle(data)" + APART,
        LOOPS + "i = np.random.permutation(len(x))\nx, y = np.array(x)[i], np.array(y)[i]",
        LOOPS + "i = np.arange(len(x))\nnp.random.shuffle(i)\ny = np.array(y)[i]",
        LOOPS + "x, y = unison(np.array(x), np.array(y))",
        LOOPS + "y = np.array(y)[order]",
        "for f in files:\n    x.append(cv2.imread(f))\n    y.append(0 if 'cat' in f else 1)",
        "for f in files:\n    if 'cat' in f:\n        y.append(0)\n    else:\n        y.append(1)",
        "for image, label in pairs:\n    x.append(image)\n    y.append(label)",
        "n = 0\nfor file in files:\n    y.append(n)\n    n += 1",
        "x = images\ny = np.concatenate([first, second])",
    ],
)
def test_labels_that_are_not_or_no_longer(text):
    assert not in_blocks(labels(text))


FOLDS = "for a, b in kf.split(x):\n    {}\n    model.fit(x[a], y[a], epochs=3)\n"


@pytest.mark.parametrize(
    ("before", "kept"),
    [("pass", True), ("model = build()", False), ("model.set_weights(start)", False)],
)
def test_a_network_that_is_fitted_in_fold_after_fold(before, kept):
    script = read_script(FOLDS.format(before))
    assert bool(script.called("fit_in_folds")) is kept


def test_batches_of_a_class_are_followed_to_where_they_are_fed():
    text = """
class Batches(keras.utils.Sequence):
    def __init__(self, files, labels):
        self.files, self.labels = files, labels
    def __getitem__(self, i):
        return np.array([cv2.imread(f) for f in self.files]) / 255.0, to_categorical(self.labels)
model.fit(Batches(files, labels), epochs=3)
"""
    feed = read_script(text).fed("train")[0]
    assert [o.name for o in feed.inputs.operations] == ["scale"]
    assert feed.labels.has("one_hot")


def test_a_list_repeated_again_and_again_stays_small_and_a_deep_network_whole():
    widths = "for width in [32] * 8 + [64] * 50:\n    m.add(Dense(width))\n"
    script = read_script(f"m = Sequential()\n{widths}" + "m.add(Dense(3))\n", "a.py")
    assert script.recipe.layers[0].units == 32
    deep = "x = i = Input((4,))\nfor n in range(50):\n    x = Dense(8)(x)\nm = Model(i, x)\n"
    assert sum(x.kind == "Dense" for x in read_script(deep, "a.py").recipe.layers) == 50
    assert read_script("x = [0]" + " * 40" * 9 + "\nm = Sequential()\nm.add(Dense(3))\n", "a.py")


@pytest.mark.parametrize(
    ("loop", "body", "copies"),
    [
        ("i in range(9)", "x.append(cats[i]); x.append(dogs[i])", 0),
        ("r in rows", "a = read(r[0]); b = read(r[1]); x.append(a); x.append(b)", 0),
        ("i in range(9)", "a = images[i]; x.append(a); x.append(a[::-1])", 2),
        ("f in files", "a = read(f); b = flip(a); x.append(a); x.append(b)", 2),
        ("f in files", "a = read(f); x.append(a)\n    for b in g.flow(a): x.append(b[0])", 2),
    ],
)
def test_copies_are_of_one_image_not_of_one_row_or_number(loop: str, body: str, copies: int):
    assert len(blocks.copied(ast.parse(f"for {loop}:\n    {body}"))) == copies
