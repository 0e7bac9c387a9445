"""A training in an object has the findings that the same statements have outside of one."""

import pytest

from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.rules import all_rules

RULES = [rule for rule in all_rules() if rule.kind == "cause"]
TRAINER = """
import torch
from torch import nn
from torchvision import datasets, models, transforms
class Trainer:
    def __init__(self, rate={rate}):
        self.mixed = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
        self.plain = transforms.Compose([transforms.ToTensor()])
        self.seen = torch.utils.data.DataLoader(datasets.ImageFolder("a", self.mixed), 32, {order})
        self.held = torch.utils.data.DataLoader(datasets.ImageFolder("b", {ways}), 32)
        self.net = models.resnet18(num_classes=4)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=rate)
        self.cost = nn.CrossEntropyLoss()
    def fit(self, epochs):
        for epoch in range(epochs):
            self.net.train()
            for x, y in self.seen:
                self.opt.zero_grad()
                self.cost(self.net(x), y).backward()
                self.opt.step()
            self.net.eval()
            with torch.no_grad():
                for x, y in self.held:
                    print((self.net(x).argmax(1) == y).sum())
Trainer().fit(30)
"""
RIGHT = {"rate": "1e-3", "order": "shuffle=True", "ways": "self.plain"}


def found(**changed):
    script = read_script(TRAINER.format(**RIGHT | changed))
    run = Run(script=script, recipe=with_shapes(script.recipe))
    return {rule.name for rule in RULES if isinstance(rule.examine(run), Finding)}


def test_a_right_one_is_not_accused():
    assert found() == set()


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"rate": "5.0"}, "learning_rate_too_high"),
        ({"order": "shuffle=False"}, "training_not_shuffled"),
        ({"ways": "self.mixed"}, "augmentation_on_validation"),
    ],
)
def test_a_fault_in_its_fields_is_named(changed, cause):
    assert found(**changed) == {cause}


def test_fields_that_change_in_place_are_no_longer_what_they_were():
    text = """
import numpy as np
from tensorflow import keras
class Run:
    def __init__(self):
        self.x = np.arange(600.0).reshape(-1, 2)
        self.y = np.arange(300) % 3
        {change}
    def fit(self):
        net = keras.Sequential([keras.layers.Dense(3, activation="softmax", input_shape=(2,))])
        net.compile("adam", "sparse_categorical_crossentropy")
        net.fit(self.x, self.y, epochs=5)
Run().fit()
"""
    reach = {}
    for change in ("pass", "self.x /= 600", "self.x[0] = 9"):
        (feed,) = read_script(text.replace("{change}", change)).fed("train")
        reach[change] = feed.inputs.numbers.high if feed.inputs.numbers else None
    assert reach["pass"] == 599
    assert reach["self.x /= 600"] != 599
    assert reach["self.x[0] = 9"] is None
