"""A label that is drawn, and the image of that class, belong together; others do not."""

import pytest

from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import OWN_NUMBER, DataSummary, Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}


def found(name, text):
    script = read_script(text)
    return isinstance(
        RULES[name].examine(Run(script=script, recipe=with_shapes(script.recipe))), Finding
    )


SET = """import os, random
import numpy as np
import torch
from PIL import Image
from torch import nn
from torchvision import transforms
from torch.utils.data import DataLoader, Dataset
steps = transforms.Compose([transforms.Resize((64, 64)), transforms.ToTensor()])
class Birds(Dataset):
    kinds = ["owl", "jay", "tit"]
    def __len__(self):
        return 900
    def __getitem__(self, i):
{body}
net = nn.Sequential(nn.Flatten(), nn.Linear(12288, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for x, y in DataLoader(Birds(), 32, shuffle=True):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
"""
TOGETHER = {
    "a path of the class": """        kind = random.choice(self.kinds)
        names = os.listdir("birds/" + kind)
        picture = Image.open(os.path.join("birds", kind, names[i % len(names)]))
        return steps(picture), self.kinds.index(kind)""",
    "an index": """        k = random.randint(0, 2)
        picture = Image.open(self.files[k][i % len(self.files[k])])
        return steps(picture), k""",
    "branches": """        k = np.random.randint(0, 2)
        if k == 0:
            place = self.owls[i]
        else:
            place = self.jays[i]
        return steps(Image.open(place)), k""",
}
APART = {
    "a path of the number": """        k = random.randint(0, 2)
        picture = Image.open(self.files[i])
        return steps(picture), k""",
    "another draw": """        k = random.randint(0, 2)
        n = random.randint(0, 899)
        picture = Image.open(self.files[n])
        return steps(picture), k""",
}


@pytest.mark.parametrize("kind", TOGETHER)
def test_a_class_that_is_drawn_and_its_image_belong_together(kind):
    assert not found("labels_carry_no_signal", SET.format(body=TOGETHER[kind]))


@pytest.mark.parametrize("kind", APART)
def test_a_label_that_is_drawn_beside_any_image_says_nothing(kind):
    assert found("labels_carry_no_signal", SET.format(body=APART[kind]))


COLUMNS = """import pandas as pd
from tensorflow import keras
{making}
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense({width}, activation="sigmoid")])
net.compile("adam", "binary_crossentropy", metrics=["accuracy"])
net.fit(images, marks, epochs=9)
"""


@pytest.mark.parametrize(
    ("making", "sick"),
    [('marks = pd.read_csv("a.csv")["marks"].str.get_dummies(" ")', False),
     ('marks = pd.get_dummies(pd.read_csv("a.csv")["mark"])', True),
     ("marks = keras.utils.to_categorical(numbers, 5)", True)],
)  # fmt: skip
def test_sigmoids_are_wrong_only_for_classes_that_are_known_to_exclude_each_other(making, sick):
    text = COLUMNS.format(making=making, width=5)
    assert found("binary_loss_for_many_classes", text) == sick


@pytest.mark.parametrize(("origin", "sick"), [(OWN_NUMBER, False), ("the labels", True)])
def test_as_many_sigmoids_as_a_script_names_classes_may_be_true_at_once(origin, sick):
    script = read_script(COLUMNS.format(making="marks = table[kinds].values", width=5))
    data = DataSummary(n_classes=5, origins={"n_classes": origin})
    run = Run(script=script, recipe=script.recipe, data=data)
    judged = RULES["binary_loss_for_many_classes"].examine(run)
    assert isinstance(judged, Finding) == sick


def classes_named(text):
    return [call.arguments["value"].value for call in read_script(text).called("n_classes")]


def test_a_number_of_classes_that_only_counts_rounds_is_not_the_networks():
    marks = "marks = load()\n"
    shown = "num_classes = 2\nfor k in range(num_classes):\n    print(k)\n"
    used = "num_classes = 7\nmarks = keras.utils.to_categorical(marks, num_classes)\n"
    assert classes_named(COLUMNS.format(making=marks + shown, width=4)) == []
    assert classes_named(COLUMNS.format(making=marks + used, width=4)) == [7]
