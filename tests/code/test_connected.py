"""A layer that no output comes through is told, in whatever way networks are written."""

import pytest

from fitdoctor.code import read_script

NET = """
import torch
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self, deep=False):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3)
        self.b = nn.Conv2d(8, 8, 3)
        self.out = nn.Linear(8, 4)
{made}
    def forward(self, x):
{body}
{more}
"""
LOOP = """
net = Net()
opt = torch.optim.Adam(net.parameters())
for x, y in batches:
    opt.zero_grad()
    F.cross_entropy(net(x), y).backward()
    opt.step()
"""
PLAIN = ["x = F.relu(self.a(x))", "x = F.relu(self.b(x))", "return self.out(x.mean((2, 3)))"]


def told(text):
    script = read_script(text)
    program = script.program if script else None
    return [e.detail.partition(":")[0] for e in program.events("unconnected")] if program else []


def network(made="pass", body=PLAIN, more="", loop=LOOP):
    lines = "\n".join(f"        {line}" for line in body)
    made = "\n".join(f"        {line}" for line in made.split("\n"))
    return NET.format(made=made, body=lines, more=more) + loop


HEALTHY = {
    "a parameter by its method": network(
        "self.token = nn.Parameter(torch.zeros(8)) if deep else None",
        ["if self.token is not None:", "    x = x + self.token.expand(8).sum()", *PLAIN],
        loop=LOOP.replace("Net()", "Net(deep=flag)"),
    ),
    "plain": network(),
    "nothing trains it here": network(loop=""),
    "two ways": network(body=["if self.training:", "    x = self.a(x)", "else:", "    x = self.a(x) * 2",
                              *PLAIN[1:]]),
    "a list": network("self.more = nn.ModuleList([nn.Conv2d(8, 8, 1) for _ in range(3)])",
                      [*PLAIN[:2], "for one in self.more:", "    x = one(x)", PLAIN[2]]),
    "a named list": network('self.more = nn.ModuleDict({"k": nn.Conv2d(8, 8, 1)})',
                            [*PLAIN[:2], 'x = self.more["k"](x)', PLAIN[2]]),
    "by its name": network("self.c = nn.Conv2d(8, 8, 1)",
                           [*PLAIN[:2], 'x = getattr(self, "c")(x)', PLAIN[2]]),
    "in another method": network("self.c = nn.Conv2d(8, 8, 1)", [*PLAIN[:2], "x = self.rest(x)", PLAIN[2]],
                                 "    def rest(self, x):\n        return self.c(x)"),
    "with its weights": network("self.c = nn.Linear(8, 8)",
                                [*PLAIN[:2], "x = F.linear(x, self.c.weight)", "self.c", PLAIN[2]]),
    "over all parts": network("self.c = nn.Conv2d(8, 8, 1)",
                              ["for part in list(self.children())[:2]:", "    x = part(x)", PLAIN[2]]),
    "two outputs": network("self.aux = nn.Linear(8, 2)",
                           [*PLAIN[:2], "x = x.mean((2, 3))", "return self.out(x), self.aux(x)"]),
    "in a dictionary": network("self.aux = nn.Linear(8, 2)",
                               [*PLAIN[:2], "x = x.mean((2, 3))", 'return {"a": self.out(x), "b": self.aux(x)}']),
    "kept for later": network("self.aux = nn.Linear(8, 2)",
                              [*PLAIN[:2], "x = x.mean((2, 3))", "self.seen = self.aux(x)", "return self.out(x)"]),
    "given away": network("self.c = nn.Conv2d(8, 8, 1)",
                          [*PLAIN[:2], "helper.watch(self.c(x))", PLAIN[2]]),
    "activations": network("self.relu = nn.ReLU()\nself.soft = nn.Softmax(1)\nself.pool = nn.MaxPool2d(2)"),
    "chooses by it": network("self.gate = nn.Linear(8, 2)",
                             [*PLAIN[:2], "k = self.gate(x.mean((2, 3)))", "if k[0, 0] > 0:", "    x = x * 2", PLAIN[2]]),
    "crops by it": network("self.find = nn.Linear(8, 4)",
                           [*PLAIN[:2], "box = self.find(x.mean((2, 3)))[0]", "top = int(box[0])", "x = x[:, :, top:]",
                            PLAIN[2]]),
    "one more outside": network("self.aux = nn.Linear(8, 2)") + "print(net.aux(x.mean((2, 3))))\n",
    "replaced": network("self.out = nn.Linear(8, 9)"),
    "weight sharing": network("self.c = self.b"),
    "a base": network(loop="class More(Net):\n    def forward(self, x):\n        return self.extra(super().forward(x))\n"
                           "    def __init__(self):\n        super().__init__()\n        self.extra = nn.Linear(4, 2)\n"
                           + LOOP.replace("Net()", "More()")),
}  # fmt: skip
SICK = {
    "never applied": (network(body=[PLAIN[0], PLAIN[2]]), "b (Conv2d)"),
    "nothing trains it": (network(body=[PLAIN[0], PLAIN[2]], loop=""), "b (Conv2d)"),
    "its output dropped": (network(body=[PLAIN[0], "self.b(x)", PLAIN[2]]), "b (Conv2d)"),
    "another name": (network(body=[PLAIN[0], "y = F.relu(self.b(x))", PLAIN[2]]), "b (Conv2d)"),
    "only begun": (network("self.c = nn.Linear(8, 8)\nnn.init.zeros_(self.c.weight)"), "c (Linear)"),
    "a block": (network("self.c = nn.Sequential(nn.Conv2d(8, 8, 1), nn.ReLU())"), "c (Sequential)"),
    "first input again": (network(body=["y = self.a(x)", "y = self.b(y)", "z = self.a(x)",
                                        "return self.out(z.mean((2, 3)))"]), "b (Conv2d)"),
    "of another class": (network(body=[PLAIN[0], PLAIN[2]]) + "class Other(nn.Module):\n"
                         "    def __init__(self):\n        super().__init__()\n        self.b = nn.Linear(3, 3)\n"
                         "    def forward(self, x):\n        return self.b(x)\n", "b (Conv2d)"),
}  # fmt: skip


@pytest.mark.parametrize("text", HEALTHY.values(), ids=HEALTHY)
def test_what_may_be_used_is_not_told(text):
    assert told(text) == []


@pytest.mark.parametrize(("text", "name"), SICK.values(), ids=SICK)
def test_what_no_output_comes_through_is(text, name):
    assert set(told(text)) == {name}


KERAS = """
import tensorflow as tf
from tensorflow.keras.layers import *
from tensorflow.keras.models import Model
base = tf.keras.applications.VGG16(include_top=False, input_shape=(96, 96, 3))
{}
model.compile("adam", "categorical_crossentropy")
model.fit(train)
"""
OF_KERAS = {
    "plain": ("x = Flatten()(base.output)\nx = Dense(9)(x)\nmodel = Model(base.input, Dense(3)(x))", []),
    "dropped": ("x = Flatten()(base.output)\ny = Dense(9)(x)\nmodel = Model(base.input, Dense(3)(x))",
                ["Dense"]),
    "in a function": ("def make(i):\n    x = base(i)\n    x = Flatten()(x)\n    h = Dense(9)(x)\n    h = Dense(8)(x)\n"
                      "    return Model(i, Dense(3)(h))\nmodel = make(Input((96, 96, 3)))", ["Dense"]),
    "a branch joined": ("x = Flatten()(base.output)\na = Dense(9)(x)\nb = Dense(9)(x)\n"
                        "model = Model(base.input, Dense(3)(Concatenate()([a, b])))", []),
    "looped": ("x = Flatten()(base.output)\nfor n in sizes:\n    x = Dense(n)(x)\n"
               "model = Model(base.input, Dense(3)(x))", []),
    "a second model": ("x = Flatten()(base.output)\na = Dense(9)(x)\nlook = Model(base.input, a)\n"
                       "model = Model(base.input, Dense(3)(x))", []),
    "outputs not told": ("x = Flatten()(base.output)\na = Dense(9)(x)\nlook = Model(base.input, found)\n"
                         "model = Model(base.input, Dense(3)(x))", []),
    "on images": ("x = Flatten()(base.output)\nmodel = Model(base.input, Dense(3)(x))\n"
                  "probe = Dense(2)\nfor a, b in train:\n    print(probe(base(a)))", []),
    "looked at afterwards": ("x = Flatten()(base.output)\na = Dense(9)(x)\nmodel = Model(base.input, Dense(3)(a))\n"
                             "cam = Model(model.inputs, [model.get_layer('c').output, model.output])", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "names"), OF_KERAS.values(), ids=OF_KERAS)
def test_layers_of_keras_are_followed_to_a_model(text, names):
    assert told(KERAS.format(text)) == names
