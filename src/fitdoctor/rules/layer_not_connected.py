"""A layer is built, and no output of the network comes through it.

## Why it matters
Python does not mind a layer in `__init__` that `forward` never applies, nor `x = Dense(64)(inputs)`
where the line before was meant to be its input. The network is smaller than it was meant to be: the
layer's weights, where it has any, never learn, and dropout that is not applied drops nothing.

## How it is measured
From the script, by following what each layer's output goes into. In a class of networks: a layer
with weights, or dropout, that no method applies and no other code reads, or whose output is in
nothing that `forward` gives. In Keras' functional form: a layer that is called on what a model is
made of and is part of no model. Layers of activation are left out, since people apply them as
functions beside; so is all that code which is not shown may use.

## What to try
Give each layer the output of the one before, or delete it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.rule import Rule


def layer_not_connected(program: Program) -> Iterator[Evidence]:
    if not program.whole:
        return
    seen = set[tuple[str, int]]()
    for event in program.as_written.events("unconnected"):
        if (event.detail, event.line) not in seen:
            seen.add((event.detail, event.line))
            drops = "Drop" in event.detail
            yield Evidence(
                sentence=f"{event.detail}.",
                weight=2.5 if drops else 4.0,
                severity="note" if drops else None,
                line=event.line,
            )


_TORCH = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 8, 3)
        self.two = nn.Conv2d(8, 8, 3)
        self.relu = nn.ReLU()
        self.drop = nn.Dropout(0.4)
        self.last = nn.Linear(8 * 26 * 26, 4)
    def forward(self, x):
        x = torch.relu(self.one(x))
        x = torch.relu(self.two(x))
        return self.last(self.drop(x.flatten(1)))
net = Net()
cost = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters())
for x, y in batches:
    opt.zero_grad()
    cost(net(x), y).backward()
    opt.step()
"""
_KERAS = """
from tensorflow import keras
from tensorflow.keras import layers
given = keras.Input((64, 64, 3))
x = layers.Conv2D(16, 3, activation="relu")(given)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.GlobalAveragePooling2D()(x)
side = layers.Dense(3)(x)
x = layers.Dropout(0.3)(x)
net = keras.Model(given, [layers.Dense(4, activation="softmax")(x), side])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(photos, epochs=3)
"""

RULE = Rule(
    code="FD236",
    check=layer_not_connected,
    kind="cause",
    severity="warning",
    prior=0.005,
    explains={"underfitting": 0.1},
    advice="give each layer the output of the one before, or delete it",
    clear="every layer that is built gives something that the network uses, as far as it is known",
    sick=(
        scripted(_TORCH, ("        x = torch.relu(self.two(x))\n", "")),
        scripted(_TORCH, ("x = torch.relu(self.two(x))", "y = torch.relu(self.two(x))")),
        scripted(_TORCH, ("self.last(self.drop(x.flatten(1)))", "self.last(x.flatten(1))")),
        scripted(_KERAS, ('3, activation="relu")(x)', '3, activation="relu")(given)')),
        scripted(_KERAS, ("x = layers.Dropout(0.3)(x)", "layers.Dropout(0.3)(x)")),
        scripted(_KERAS, ("(x), side])", "(x)])")),
    ),
    healthy=(
        scripted(_TORCH),
        scripted(_TORCH, ("torch.relu(self.two(x))", "x + net.two(x)")),
        scripted(
            _TORCH,
            ("        x = torch.relu(self.two(x))\n", ""),
            ("net = Net()", "net = Net()\nnet.one = nn.Sequential(net.one, net.two)"),
        ),
        scripted(_KERAS),
        scripted(
            _KERAS,
            ("(x), side])", "(x)])\nlooking = keras.Model(given, side)"),
        ),
        scripted(_KERAS, ("(x), side])", "(x)])\nnet.add_loss(aside(side))")),
    ),
)
