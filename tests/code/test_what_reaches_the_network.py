"""Colours, branches and names of files on the way to the network, as the script has them."""

import pytest

from fitdoctor.records.finding import Finding
from fitdoctor.rules import all_rules
from fitdoctor.sources import pasted

RULES = {rule.name: rule for rule in all_rules()}


def severity(rule: str, text: str) -> str | None:
    """Return how severe a rule finds a script; `None` where it finds nothing."""
    outcome = RULES[rule].examine(pasted(text)[0])
    return (outcome.severity or "") if isinstance(outcome, Finding) else None


READ = """
import cv2, numpy as np, keras
def read(path):
    picture = cv2.imread(path)
    {turn}
    return picture / 255.0
train = keras.utils.image_dataset_from_directory("birds", image_size=(96, 96))
train = train.map(lambda x, y: (x / 255.0, y)){more}
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(6, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(train, epochs=4)
print(net.predict(np.stack([read(p) for p in paths])))
"""


@pytest.mark.parametrize(
    ("turn", "blue"),
    [
        ("pass", True),
        ("picture = picture[:, ::-1]", True),  # a mirror image
        ("picture = picture[..., ::-1]", False),
        ("picture = picture[:, :, [2, 1, 0]]", False),
        ("picture = picture[:, :, ::-1]", False),
        ("picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)", False),
    ],
)
def test_channels_that_an_index_turns_round_are_red_first(turn, blue):
    found = severity("predict_pipeline_differs", READ.format(turn=turn, more=""))
    assert (found is not None) == blue


def test_images_that_a_function_not_shown_prepares_may_be_blue_first_too():
    text = READ.format(turn="pass", more="")
    hidden = text.replace('keras.utils.image_dataset_from_directory("birds", image_size=(96, 96))',
                          "prepare(load())")  # fmt: skip
    assert severity("predict_pipeline_differs", hidden) is None


GROWN = """
from keras import Sequential, layers
def make(n, wide):
    net = Sequential()
    net.add(layers.Conv2D(16, 3, activation="relu", input_shape=(40, 40, 3)))
    net.add(layers.Flatten())
    {test}
        {one}
    else:
        {other}
    return net
net = make(len(set(kinds)), option())
net.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
net.fit(images, codes, epochs=7)
"""
SOFT = 'net.add(layers.Dense(n, activation="softmax"))'
SIGMOID = 'net.add(layers.Dense(n, activation="sigmoid"))'


@pytest.mark.parametrize(
    ("test", "one", "other", "sick"),
    [
        ("if n > 2:", SOFT, SIGMOID, False),
        ("if n < 3:", SIGMOID, SOFT, False),
        ("if n > 2:", SIGMOID, SIGMOID, True),
        ("if wide:", "net.add(layers.Dense(90))", f"pass\n    {SIGMOID}", True),
        ("if False:", SOFT, SIGMOID, True),
        ("if True:", SOFT, SIGMOID, False),
    ],
)
def test_of_two_branches_only_one_puts_layers_on_a_network(test, one, other, sick):
    text = GROWN.format(test=test, one=one, other=other)
    assert (severity("sigmoid_with_categorical_loss", text) is not None) == sick
    assert severity("saturating_hidden_activation", text) is None


PAIRED = """
import os, cv2, numpy as np, pandas as pd, keras
sheet = pd.read_csv("flowers.csv")
{before}
pictures = np.array([cv2.resize({read}, (64, 64)) for f in {files}])
kinds = sheet["kind"].values
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(8, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(pictures, kinds, epochs=12)
{after}
"""
LIST = 'there = os.listdir("flowers")'


@pytest.mark.parametrize(
    ("before", "files", "after", "apart"),
    [
        (LIST, "there", "", True),
        ("", 'os.listdir("flowers")', "", True),
        (LIST, 'sheet["file"]', "", False),
        ("", 'sheet["file"]', LIST, False),
        ("", 'sheet["file"]', "for f in os.listdir('new'): print(f)", False),
    ],
)
@pytest.mark.parametrize(
    "read", ['cv2.imread("flowers/" + f)', 'cv2.imread(f"flowers/{f}.png")', "cv2.imread(f)",
             "Image.open(os.path.join(here, f))"],
)  # fmt: skip
def test_images_that_a_table_names_are_in_its_order(before, files, after, apart, read):
    text = PAIRED.format(before=before, files=files, after=after, read=read)
    assert (severity("images_and_labels_misaligned", text) is not None) == apart
