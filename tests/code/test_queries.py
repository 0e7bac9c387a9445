"""What is asked of a program beside its loops has one answer, in whatever manner it is written."""

import pytest

from fitdoctor.code import read_script

RESUMED = """
import torch
from torch import nn
class Trainer:
    def __init__(self, net, path=None):
        self.net, self.epoch = net, 0
        self.opt = torch.optim.Adam(net.parameters())
        if path is not None:
            self.resume(path)
    def resume(self, path):
        kept = torch.load(path)
        self.net.load_state_dict(kept["weights"])
        {resumed}
        self.epoch = kept["epoch"] + 1
    def keep(self):
        torch.save({{"weights": self.net.state_dict(), "epoch": self.epoch{kept}}}, "last.pt")
    def run(self):
        for self.epoch in range(self.epoch, 90):
            for x, y in batches:
                self.opt.zero_grad()
                nn.functional.cross_entropy(self.net(x), y).backward()
                self.opt.step()
            self.keep()
Trainer(nn.Linear(9, 3), {path}).run()
"""
OPT = ', "moments": self.opt.state_dict()'


@pytest.mark.parametrize(
    ("resumed", "kept", "path", "lost"),
    [
        ("pass", OPT, "'last.pt'", True),
        ("pass", "", "'last.pt'", False),
        ("self.opt.load_state_dict(kept['moments'])", OPT, "'last.pt'", None),
        ("pass", OPT, "None", None),  # a training that nobody goes on with
    ],
)
def test_an_optimizer_that_is_not_put_back(resumed, kept, path, lost):
    script = read_script(RESUMED.format(resumed=resumed, kept=kept, path=path))
    found = [call.arguments["saved"].value for call in script.called("optimizer_not_loaded")]
    assert found == ([] if lost is None else [lost])


def test_pretrained_weights_are_no_training_that_goes_on():
    text = RESUMED.format(resumed="pass", kept=OPT, path="'last.pt'")
    assert not read_script(text.replace('kept["epoch"] + 1', "0")).called("optimizer_not_loaded")


FOLDS = """
import torch
from sklearn.model_selection import StratifiedKFold
from torch.utils.data import DataLoader, Subset
def make():
    return torch.nn.Linear(9, 3)
def learn(net, opt, batches):
    for x, y in batches:
        opt.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        opt.step()
net = make()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
start = net.state_dict()
parts = StratifiedKFold(n_splits=5).split(x, y)
for number, (a, b) in enumerate(parts):
    {0}
    learn(net, opt, DataLoader(Subset(whole, a), batch_size=8))
"""


@pytest.mark.parametrize(
    ("begin", "found"),
    [
        ("pass", True),
        ("net.load_state_dict(start)", False),
        ("net = make(); opt = torch.optim.SGD(net.parameters(), lr=0.1)", False),
        ("net.reset_parameters()", False),
    ],
)
def test_a_network_that_learns_in_fold_after_fold(begin, found):
    assert bool(read_script(FOLDS.format(begin)).called("fit_in_folds")) == found


PARTED = """
import tensorflow as tf
class Photos:
    def __init__(self, files):
        self.all = tf.data.Dataset.from_tensor_slices(files).map(read)
        {mixed}
    def parts(self, n):
        return self.all.take(n).batch(8), self.all.skip(n).batch(8)
one, two = Photos(files).parts(800)
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(one, validation_data=two)
"""


@pytest.mark.parametrize(
    ("mixed", "found"),
    [
        ("self.all = self.all.shuffle(1000)", True),
        ("self.all = self.all.shuffle(1000).prefetch(2)", True),
        ("self.all = self.all.shuffle(1000, reshuffle_each_iteration=False)", False),
        ("self.all = self.all.shuffle(1000).cache()", False),
        ("pass", False),
    ],
)
def test_parts_of_a_field_that_is_shuffled_anew(mixed, found):
    assert bool(read_script(PARTED.format(mixed=mixed)).called("parted_anew")) == found


@pytest.mark.parametrize("made", ["parallel(net, 2)", "net"])
def test_a_network_that_is_fitted_round_after_round_has_no_number_of_epochs(made):
    text = (
        "net = keras.Sequential([keras.layers.Dense(3)])\n"
        f"net = {made}\nnet.compile('adam', 'mse')\n"
        "for i in range(10):\n    net.fit(x, y, epochs=1)\n"
    )
    assert read_script(text).recipe.epochs is None


def test_a_default_of_a_function_that_nothing_calls_is_no_number_of_epochs():
    text = (
        "import torch\ndef train(net, opt, batches, epochs=1):\n    for _ in range(epochs):\n"
        "        for x, y in batches:\n            opt.zero_grad()\n"
        "            torch.nn.functional.cross_entropy(net(x), y).backward()\n"
        "            opt.step()\n"
    )
    assert read_script(text).program.epochs is None
    called = read_script(f"{text}train(make(), other(), data)\n")
    assert called.program.epochs == 1
