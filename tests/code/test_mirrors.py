"""Flips that make one class of another."""

import ast

import pytest

from fitdoctor import doctor
from fitdoctor.code.mirrors import flips
from fitdoctor.sources import pasted


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("T.RandomHorizontalFlip()", {"horizontal"}),
        ("A.Compose([A.VerticalFlip(p=0.5)])", {"vertical"}),
        ("A.HorizontalFlip(p=0)", set()),
        ("layers.RandomFlip('vertical')", {"vertical"}),
        ("layers.RandomFlip()", {"horizontal", "vertical"}),
        ("ImageDataGenerator(horizontal_flip=True, vertical_flip=False)", {"horizontal"}),
        ("tf.image.random_flip_up_down(x)", {"vertical"}),
        ("np.fliplr(x)", set()),
    ],
)
def test_flips_by_their_axis(text, axes):
    assert {call.arguments["axis"].value for call in flips(ast.parse(text))} == axes


SIGNS = """Two of my classes stay at half of the images right. Train accuracy 0.75.

train_tf = T.Compose([{flip}, T.ToTensor()])

             arrow_left  arrow_right  speed_50
arrow_left        {a}         {b}          0
arrow_right       {b}         {a}          1
speed_50          0          0          100
"""


@pytest.mark.parametrize(
    ("flip", "a", "b", "wrong"),
    [
        ("T.RandomHorizontalFlip()", 52, 48, True),
        ("T.RandomHorizontalFlip()", 97, 3, False),
        ("T.RandomVerticalFlip()", 52, 48, False),
        ("T.ColorJitter(0.2)", 52, 48, False),
    ],
)
def test_a_flip_makes_one_side_of_the_other(flip, a, b, wrong):
    (run,) = pasted(SIGNS.format(flip=flip, a=a, b=b))
    assert run.data.class_names == ("arrow_left", "arrow_right", "speed_50")
    causes = {c.rule for c in doctor.examine(run).causes if c.probability >= 0.5}
    assert ("augmentation_too_strong" in causes) is wrong


@pytest.mark.parametrize(
    ("second", "wrong"), [("Found 11 classes", True), ("Found 12 classes", False)]
)
def test_parts_with_other_numbers_of_classes(second, wrong):
    text = f"""Validation accuracy is 0.96 and test accuracy 0.2 on the same camera.

train: DatasetFolder(a) -> 12 classes
test: DatasetFolder(b) -> {second}
"""
    (run,) = pasted(text)
    causes = {c.rule for c in doctor.examine(run).causes if c.probability >= 0.5}
    assert ("class_ids_differ_between_splits" in causes) is wrong
