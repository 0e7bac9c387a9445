"""Predicted numbers are given names from a list in another order than the folders have.

## Why it matters
Readers of folders number classes by the names of the folders, sorted as text: `1, 10, 2, 3, ...`. A
list that is written by hand in another order gives most predictions a wrong name, though the
network and its validation accuracy are right.

## How it is measured
From the script: a list (or a dictionary by numbers) of at least three names from which a predicted
number chooses, in another order than the same names sorted as text, where a folder is read without
`classes=` or `class_names=`. That folders are called as the list says is nearly sure of numbers,
and of words where a path in the script has one of them. Elsewhere folders may be called by codes,
or in another language, in whose order the list may be right: no more than a hint.

## What to try
Take the names from what read the folders: `class_names` of a dataset, `class_indices` of a
generator, `classes` of an `ImageFolder`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import NAMES_LISTED, Script
from fitdoctor.rule import Rule


def class_names_in_another_order(script: Script) -> Iterator[Evidence]:
    for call in script.called(NAMES_LISTED):
        said = {name: fact.value for name, fact in call.arguments.items()}
        listed, folder = str(said["listed"]), str(said["folder"])
        numbers = listed.isdecimal() and folder.isdecimal()
        called = "" if numbers or said["seen"] else ", if folders are called so"
        yield Evidence(
            sentence=f"{said['name']} has {listed!r} for number {said['number']}, which is the "
            f"folder {folder!r}{called}: readers of folders number them sorted as text.",
            weight=6.0 if numbers else 4.0 if said["seen"] else 1.5,
            severity=None if numbers or said["seen"] else "note",
            line=call.line,
        )
        return


GENERATOR = """
from tensorflow import keras
train = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255).flow_from_directory(
    "data/train", target_size=(64, 64), class_mode="categorical")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(12, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=5)
names = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
print(names[model.predict(image).argmax()])
"""
FOLDER = """
import torch
from torch import nn
from torchvision import datasets, transforms
data = datasets.ImageFolder("photos", transforms.ToTensor())
model = nn.Sequential(nn.Flatten(), nn.Linear(12288, 3))
opt = torch.optim.Adam(model.parameters(), 1e-3)
for x, y in torch.utils.data.DataLoader(data, 32, shuffle=True):
    opt.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    opt.step()
labels = {0: "rock", 1: "paper", 2: "scissors"}
model.eval()
photo = read("photos/rock/7.jpg")
best = torch.max(model(photo), 1)[1].item()
print(labels[best])
"""
RULE = Rule(
    code="FD336",
    check=class_names_in_another_order,
    kind="cause",
    severity="error",
    prior=0.02,
    advice="take the names from what read the folders: sorted(train.class_indices, "
    "key=train.class_indices.get), or class_names of a dataset",
    torch_advice="take the names from the data set: names = train_set.classes",
    clear="no list of class names is in another order than folders are numbered",
    sick=(scripted(GENERATOR), scripted(FOLDER)),
    healthy=(
        scripted(GENERATOR, ("12]", "12]\nnames = sorted(train.class_indices)")),
        scripted(
            GENERATOR, ('class_mode="categorical"', 'class_mode="categorical", classes=known')
        ),
        scripted(GENERATOR, ("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", "['a', 'b', 'c', 'd']")),
        scripted(GENERATOR, ("model.predict(image).argmax()", "0")),
        scripted(FOLDER, ('0: "rock", 1: "paper"', '0: "paper", 1: "rock"')),
        scripted(FOLDER, ('datasets.ImageFolder("photos"', 'datasets.CIFAR10("photos"')),
    ),
)
