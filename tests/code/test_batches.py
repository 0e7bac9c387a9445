"""What is done to the rows of a batch, and to the sets that loops go over, is followed to its loss."""

import pytest

from fitdoctor.code import read_script
from fitdoctor.records.finding import Clear, Finding
from fitdoctor.records.run import Run
from fitdoctor.rules import all_rules

NAMES = {
    "accuracy_miscounted", "gradients_not_cleared", "loss_miscounted", "optimizer_never_steps",
    "images_and_labels_misaligned", "labels_broadcast", "labels_out_of_range",
    "leaked_validation_images", "monitored_the_wrong_way", "optimizer_holds_other_weights",
    "eval_mode_missing",
}  # fmt: skip
RULES = [rule for rule in all_rules() if rule.name in NAMES]

LOOP = """
import torch
import torchvision
from torch import nn, optim
from torch.utils.data import ConcatDataset, DataLoader, Subset, SubsetRandomSampler, random_split
from torchvision.datasets import CIFAR10, ImageFolder

class Small(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
        self.drop = nn.Dropout(0.3)
        self.inner = nn.Linear(7200, 32)
        self.head = nn.Linear(32, classes)

    def forward(self, x):
        x = self.body(x).flatten(1)
        return self.head(self.drop(torch.relu(self.inner(x))))

everything = CIFAR10("data", train=True, transform=change)
learn_set, valid_set = random_split(everything, [45000, 5000])
learn = DataLoader(learn_set, 64, shuffle=True)
valid = DataLoader(valid_set, 64)
net = Small(10)
cost = nn.CrossEntropyLoss()
opt = optim.Adam(net.parameters(), 1e-3)
plan = optim.lr_scheduler.ReduceLROnPlateau(opt, patience=2)
for epoch in range(12):
    net.train()
    for x, y in learn:
        opt.zero_grad()
        loss = cost(net(x), y)
        loss.backward()
        opt.step()
    net.eval()
    lost, right, seen = 0.0, 0, 0
    with torch.no_grad():
        for x, y in valid:
            answers = net(x)
            lost += cost(answers, y).item()
            right += (answers.argmax(1) == y).sum().item()
            seen += y.size(0)
    plan.step(lost / len(valid))
    print(epoch, right / seen)
"""
LEARN = "        loss = cost(net(x), y)\n"
ORDER = "        order = torch.randperm(len(x))\n"
MIXUP = """        order = torch.randperm(x.size(0))
        answers = net(0.3 * x + 0.7 * x[order])
        loss = 0.3 * cost(answers, y) + 0.7 * cost(answers, y[order])
"""
CUTMIX = """        order = torch.randperm(x.size(0))
        x[:, :, 4:9, 4:9] = x[order, :, 4:9, 4:9]
        answers = net(x)
        loss = 0.3 * cost(answers, y) + 0.7 * cost(answers, y[order])
"""
BINARY = (
    ('CIFAR10("data", train=True, transform=change)', 'ImageFolder("pets", change)'),
    ("Small(10)", "Small(1)"),
    ("nn.CrossEntropyLoss()", "nn.MSELoss()"),
    ("answers = net(x)", "answers = net(x).squeeze(1)"),
    ("cost(answers, y)", "cost(answers, y.float())"),
    ("answers.argmax(1)", "(answers > 0.5)"),
)
LISTED = (
    ("self.inner = nn.Linear(7200, 32)", "self.inner = [nn.Linear(7200, 64), nn.Linear(64, 32)]"),
    ("torch.relu(self.inner(x))", "self.inner[1](torch.relu(self.inner[0](x)))"),
)


def named(text, *changes):
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    script = read_script(text)
    run = Run(script=script, recipe=script.recipe)
    return {rule.name for rule in RULES if isinstance(rule.examine(run), Finding)}


SICK = {
    "images go through an order alone": (
        (LEARN, ORDER + "        loss = cost(net(x[order]), y)\n"),
        "images_and_labels_misaligned",
    ),
    "both go through orders that were drawn apart": (
        (LEARN, ORDER + "        y = y[torch.randperm(len(y))]\n        loss = cost(net(x[order]), y)\n"),
        "images_and_labels_misaligned",
    ),
    "labels go through an order after the answers": (
        (LEARN, "        answers = net(x)\n" + ORDER + "        loss = cost(answers, y[order])\n"),
        "images_and_labels_misaligned",
    ),
    "class numbers from one on": (("cost(net(x), y)", "cost(net(x), y + 1)"), "labels_out_of_range"),
    "class numbers below nought": (("cost(net(x), y)", "cost(net(x), y - 1)"), "labels_out_of_range"),
    "labels of any set, in the loss and not in the accuracy": (
        ('CIFAR10("data", train=True, transform=change)', "own_set()"),
        ("learn_set, valid_set = random_split(everything, [45000, 5000])", "learn_set = valid_set = everything"),
        ("DataLoader(valid_set, 64)", "learn"),
        ("cost(net(x), y)", "cost(net(x), y + 1)"), ("cost(answers, y)", "cost(answers, y + 1)"),
        "labels_out_of_range",
    ),
    "renumbered by the set": (
        ("transform=change)", "transform=change, target_transform=lambda k: k + 1)"),
        "labels_out_of_range",
    ),
    "renumbered, with as many outputs as the set has classes": (
        ('CIFAR10("data", train=True, transform=change)', 'ImageFolder("pets", change)'),
        ("Small(10)", "Small(len(everything.classes))"),
        ("        opt.zero_grad()\n", "        opt.zero_grad()\n        y = 1 + y\n"),
        "labels_out_of_range",
    ),
    "trained on the whole of what was split": (("DataLoader(learn_set", "DataLoader(everything"), "leaked_validation_images"),
    "validated on a part by numbers": (
        ("learn_set, valid_set = random_split(everything, [45000, 5000])", "valid_set = Subset(everything, numbers)"),
        ("DataLoader(learn_set", "DataLoader(everything"),
        "leaked_validation_images",
    ),
    "a sampler for validation alone": (
        ("DataLoader(learn_set", "DataLoader(everything"),
        ("DataLoader(valid_set, 64)", "DataLoader(everything, 64, sampler=SubsetRandomSampler(chosen))"),
        "leaked_validation_images",
    ),
    "one folder for both parts": (
        ('everything = CIFAR10("data", train=True, transform=change)\n', "import os\nsets = {p: ImageFolder(os.path.join('pets', 'train'), change) for p in ('train', 'val')}\n"),
        ("learn_set, valid_set = random_split(everything, [45000, 5000])\n", "learn_set, valid_set = sets['train'], sets['val']\n"),
        "leaked_validation_images",
    ),
    "the test set for both loaders": (
        ("learn_set, valid_set = random_split(everything, [45000, 5000])", "test_set = CIFAR10('data', train=False)"),
        ("DataLoader(learn_set", "DataLoader(test_set"), ("DataLoader(valid_set", "DataLoader(test_set"),
        "leaked_validation_images",
    ),
    "trained on both parts": (
        ("DataLoader(learn_set", "DataLoader(ConcatDataset([everything, more])"),
        "leaked_validation_images",
    ),
    "the plan waits for more loss": (("patience=2", "mode='max', patience=2"), "monitored_the_wrong_way"),
    "the plan waits for less accuracy": (("plan.step(lost / len(valid))", "plan.step(right / seen)"), "monitored_the_wrong_way"),
    "by the name of what a function gives": (
        ("plan.step(lost / len(valid))", "valid_acc = measured(valid)\n    plan.step(valid_acc)"),
        "monitored_the_wrong_way",
    ),
    "layers in a plain list": (*LISTED, "optimizer_holds_other_weights"),
    "a part of the network for the optimizer": (
        ("optim.Adam(net.parameters()", "optim.Adam([*net.head.parameters(), *net.inner.parameters()]"),
        "optimizer_holds_other_weights",
    ),
    "a column against a row in the loss": (
        *BINARY, (LEARN, "        loss = cost(net(x), y.float())\n"), "labels_broadcast",
    ),
    "a column against a row by hand": (
        *BINARY, (LEARN, "        loss = ((net(x) - y) ** 2).mean()\n"), "labels_broadcast",
    ),
    "a column against a row in the count": (
        *BINARY, (LEARN, "        loss = cost(net(x).flatten(), y.float())\n"),
        ("net(x).squeeze(1)", "net(x)"), ("cost(answers, y.float())", "cost(answers[:, 0], y.float())"),
        "labels_broadcast",
    ),
    "loaders that one function gives": (
        ("learn = DataLoader(learn_set, 64, shuffle=True)\nvalid = DataLoader(valid_set, 64)", "learn, valid = loaders(64)"),
        ("    net.eval()\n", ""),
        "eval_mode_missing",
    ),
}  # fmt: skip
HEALTHY = {
    "as it is": (),
    "folders for each part": (
        ('everything = CIFAR10("data", train=True, transform=change)\n', "import os\nsets = {p: ImageFolder(os.path.join('pets', p), change) for p in ('train', 'val')}\n"),
        ("learn_set, valid_set = random_split(everything, [45000, 5000])\n", "learn_set, valid_set = sets['train'], sets['val']\n"),
    ),
    "two views of one folder, a part of each": (
        ('everything = CIFAR10("data", train=True, transform=change)\n', "one, other = ImageFolder('pets', change), ImageFolder('pets', plain)\n"),
        ("learn_set, valid_set = random_split(everything, [45000, 5000])\n", "learn_set, valid_set = Subset(one, most), Subset(other, rest)\n"),
    ),
    "one order for both": ((LEARN, ORDER + "        x, y = x[order], y[order]\n" + LEARN),),
    "mixed images": ((LEARN, MIXUP),),
    "cut and mixed images": ((LEARN, CUTMIX),),
    "labels that may begin at one": (
        ('CIFAR10("data", train=True, transform=change)', "own_set()"),
        ("cost(net(x), y)", "cost(net(x), y - 1)"),
    ),
    "a class more than the set has": (
        ("cost(net(x), y)", "cost(net(x), y + 1)"), ("cost(answers, y)", "cost(answers, y + 1)"), ("answers.argmax(1) == y", "answers.argmax(1) == y + 1"), ("Small(10)", "Small(11)"),
    ),
    "answers renumbered as the labels are": (
        ('CIFAR10("data", train=True, transform=change)', "own_set()"),
        ("cost(net(x), y)", "cost(net(x), y - 1)"), ("cost(answers, y)", "cost(answers, y - 1)"),
        ("answers.argmax(1) == y", "answers.argmax(1) + 1 == y"),
    ),
    "renumbered back": (
        ("transform=change)", "transform=change, target_transform=lambda k: k + 1)"),
        ("y in learn:\n", "y in learn:\n        y = y - 1\n"),
        ("y in valid:\n", "y in valid:\n            y = y - 1\n"),
    ),
    "all images once the settings are chosen": (
        ("    print(epoch, right / seen)\n", "    print(epoch, right / seen)\nfor x, y in DataLoader(everything, 64, shuffle=True):\n    opt.zero_grad()\n    cost(net(x), y).backward()\n    opt.step()\n"),
    ),
    "a sampler for each": (
        ("DataLoader(learn_set, 64, shuffle=True)", "DataLoader(everything, 64, sampler=SubsetRandomSampler(most))"),
        ("DataLoader(valid_set, 64)", "DataLoader(everything, 64, sampler=SubsetRandomSampler(rest))"),
    ),
    "the plan waits for more accuracy": (
        ("patience=2", "mode='max', patience=2"), ("plan.step(lost / len(valid))", "plan.step(right / seen)"),
    ),
    "the plan is told its mode by place": (
        ("(opt, patience=2)", "(opt, 'max', 0.5)"), ("plan.step(lost / len(valid))", "plan.step(right / seen)"),
    ),
    "the plan waits for fewer errors": (("plan.step(lost / len(valid))", "plan.step(1 - right / seen)"),),
    "a list that is registered": (
        *LISTED, ("        self.head", "        self.inner = nn.ModuleList(self.inner)\n        self.head"),
    ),
    "a list whose layers are fields too": (
        *LISTED, ("        self.head", "        for at, layer in enumerate(self.inner):\n            setattr(self, f'layer{at}', layer)\n        self.head"),
    ),
    "a list whose weights are given": (
        *LISTED, ("optim.Adam(net.parameters()", "optim.Adam([*net.parameters(), *net.inner[0].parameters(), *net.inner[1].parameters()]"),
    ),
    "columns on both sides": (*BINARY, (LEARN, "        loss = cost(net(x), y.float().view(-1, 1))\n")),
    "rows on both sides": (*BINARY, (LEARN, "        loss = cost(net(x).reshape(-1), y.float())\n")),
    "labels of a set that is not shown": (
        *BINARY, (LEARN, "        loss = cost(net(x), y.float())\n"), ('ImageFolder("pets", change)', "own_set()"),
    ),
    "loaders that one function gives": (
        ("learn = DataLoader(learn_set, 64, shuffle=True)\nvalid = DataLoader(valid_set, 64)", "learn, valid = loaders(64)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("topic", SICK)
def test_a_mistake_is_named(topic):
    *changes, name = SICK[topic]
    assert named(LOOP, *changes) == {name}


@pytest.mark.parametrize("topic", HEALTHY)
def test_what_is_right_is_not_accused(topic):
    assert named(LOOP, *HEALTHY[topic]) == set()


FIT = """
import numpy as np
from sklearn.model_selection import train_test_split
from tensorflow import keras
(x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
x = x / 255.0
x_learn, x_valid, y_learn, y_valid = train_test_split(x, y, test_size=0.2)
net = keras.Sequential([keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(x_learn, y_learn, validation_data=(x_valid, y_valid), epochs=9)
"""
SPLIT = "x_learn, x_valid, y_learn, y_valid = train_test_split(x, y, test_size=0.2)\n"
PARTS = "x_learn, y_learn, x_valid, y_valid = x[{0}], y[{0}], x[{1}], y[{1}]\n"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ((), None),
        (((SPLIT, "order = np.random.permutation(len(x))\nx = x[order]\n" + SPLIT),), "images_and_labels_misaligned"),
        (((SPLIT, "order = np.random.permutation(len(x))\nx, y = x[order], y[order]\n" + SPLIT),), None),
        (((SPLIT, "y = y + 1\n" + SPLIT),), "labels_out_of_range"),
        (((SPLIT, "y = y + 1\n" + SPLIT), ("Dense(10", "Dense(11")), None),
        (((SPLIT, "y = y - 1\n" + SPLIT),), "labels_out_of_range"),
        (((SPLIT, PARTS.format(":", "-9000:")),), "leaked_validation_images"),
        (((SPLIT, PARTS.format("5000:", ":9000")),), "leaked_validation_images"),
        (((SPLIT, PARTS.format("9000:", ":9000")),), None),
        (((SPLIT, PARTS.format(":-9000", "-9000:")),), None),
        (((SPLIT, SPLIT + "y_learn = y_learn[::-1]\n"),), "images_and_labels_misaligned"),
        (((SPLIT, SPLIT + "x_learn, y_learn = x_learn[::-1], y_learn[::-1]\n"),), None),
        ((("epochs=9", "epochs=9, callbacks=[keras.callbacks.ReduceLROnPlateau('val_loss', mode='max')]"),), "monitored_the_wrong_way"),
        ((("epochs=9", "epochs=9, callbacks=[keras.callbacks.ReduceLROnPlateau('val_loss')]"),), None),
    ],
)  # fmt: skip
def test_arrays_of_keras_are_followed_alike(changes, name):
    assert named(FIT, *changes) == ({name} if name else set())


EPOCH = """
import torch

def optimizer_for(net, how):
    if how == "adam":
        return torch.optim.Adam(net.parameters())
    return torch.optim.SGD(net.parameters(), 0.1)

def epoch(net, loader, optimizer, cost, scaler=None):
    net.train()
    lost = right = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        answers = net(x)
        loss = cost(answers, y)
        loss.backward()
        optimizer.step()
        lost += loss.item() * x.size(0)
        right += number_right(answers, y)
    return lost / len(loader.dataset), right / len(loader.dataset)

def main(how):
    net = network()
    opt = optimizer_for(net, how)
    for _ in range(9):
        print(epoch(net, make_loader(), opt, torch.nn.CrossEntropyLoss()))
        torch.save(net, "net.pt")
        shown(net)
"""


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ((), None),
        ((("def main", "def other"),), None),
        ((("        optimizer.zero_grad()\n", ""),), "gradients_not_cleared"),
        ((("        optimizer.zero_grad()\n", ""), ("        loss.backward()\n", "        clear(optimizer)\n        loss.backward()\n")), None),
        ((("        optimizer.step()\n", ""), ("        loss.backward()\n", "        optimizer.step()\n        loss.backward()\n")), "optimizer_never_steps"),
        ((("scaler=None", "warmed"), ("        optimizer.step()\n", "        optimizer.step()\n        warmed.step()\n")), None),
        ((("scaler=None", "warmed"), ("        optimizer.step()\n", "        optimizer.step()\n        warmed.step()\n"), ("        optimizer.zero_grad()\n", "")), "gradients_not_cleared"),
        ((("right / len(loader.dataset)", "right / len(loader)"),), None),
        ((("number_right(answers, y)", "(answers.argmax(1) == y).sum().item()"), ("right / len(loader.dataset)", "right / len(loader)")), "accuracy_miscounted"),
        ((("loss.item() * x.size(0)", "loss.item()"),), "loss_miscounted"),
    ],
)  # fmt: skip
def test_functions_that_are_given_all_they_act_on(changes, name):
    assert named(EPOCH, *changes) == ({name} if name else set())


GENERATOR = """
from tensorflow import keras
from keras.preprocessing.image import ImageDataGenerator
from erasing import eraser
learn = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True, preprocessing_function=eraser(0.5))
plain = ImageDataGenerator(rescale=1 / 255)
net = keras.Sequential([keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
net.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
net.fit(learn.flow_from_directory("pets/learn"), validation_data=plain.flow_from_directory("pets/valid"), epochs=9)
"""
OF_GENERATORS = [rule for rule in all_rules() if rule.name in {
    "pipelines_differ", "predictions_misaligned", "augmentation_on_validation"}]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("rescale", "rescale", None),
        ("plain.flow_from_directory", "learn.flow_from_directory", "augmentation_on_validation"),
        ("plain = ImageDataGenerator(", "plain = ImageDataGenerator(brightness_range=(1.0, 1.0), ", None),
        ("plain = ImageDataGenerator(", "plain = ImageDataGenerator(brightness_range=(0.5, 1.0), ", "augmentation_on_validation"),
        ("epochs=9)\n", "epochs=9)\nsay = net.predict(plain.flow_from_directory('pets/test'))\n", "predictions_misaligned"),
        ("epochs=9)\n", "epochs=9)\nimages, names = next(plain.flow_from_directory('pets/test'))\nsay = net.predict(images)\n", None),
    ],
)  # fmt: skip
def test_what_generators_do_is_known_or_not_told(old, new, name):
    assert old in GENERATOR
    script = read_script(GENERATOR.replace(old, new))
    run = Run(script=script, recipe=script.recipe)
    found = {rule.name for rule in OF_GENERATORS if isinstance(rule.examine(run), Finding)}
    assert found == ({name} if name else set())


def accused(script, name):
    """Return whether the rule of this name finds something in the script."""
    rule = next(rule for rule in all_rules() if rule.name == name)
    return isinstance(rule.examine(Run(script=script, recipe=script.recipe)), Finding)


PREDICTS = """
import numpy as np
import keras
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img

class Leaves:
    @staticmethod
    def ready(place):
        return img_to_array(load_img(place)) / 255.0

    def learn(self):
        pixels = ImageDataGenerator(rescale=1 / 255.0)
        net = keras.models.load_model("leaves.keras")
        net.compile("adam", "categorical_crossentropy")
        net.fit(pixels.flow_from_directory("leaves/learn"), epochs=3)

    def ask(self, place):
        net = keras.models.load_model("leaves.keras")
        leaf = self.ready(place)
        print(net.predict(np.array([leaf])))
"""


@pytest.mark.parametrize(
    ("old", "new", "sick"),
    [
        ("np.array([leaf])", "np.array([leaf])", False),
        ("np.array([leaf])", "np.stack([leaf])", False),
        ("self.ready(place)", "prepared_elsewhere(place)", False),
        ("self.ready(place)", "img_to_array(load_img(place))", True),
    ],
)
def test_an_array_of_what_is_not_shown_may_be_prepared(old, new, sick):
    assert old in PREDICTS
    script = read_script(PREDICTS.replace(old, new))
    name = "predict_pipeline_differs"
    assert accused(script, name) == sick


FROZEN = """
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(64, activation="relu"),
                        keras.layers.Dense(10, activation="softmax")])
net.compile("sgd", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=9)
net.trainable = False
second = keras.Sequential([net, keras.layers.Dense(10, activation="softmax")])
"""


@pytest.mark.parametrize(
    ("changes", "sick"),
    [
        ((), False),
        ((("net.trainable = False\n", ""), ("net.compile", "net.trainable = False\nnet.compile")), True),
        ((("net.trainable = False\n", "for layer in net.layers:\n    layer.trainable = False\n"),), False),
    ],
)  # fmt: skip
def test_what_is_frozen_after_fit_was_trained(changes, sick):
    text = FROZEN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    script = read_script(text)
    name = "nothing_is_trainable"
    assert accused(script, name) == sick


@pytest.mark.parametrize(("value", "extreme"), [("5", False), ("[-5, 5]", False), ("0.5", True)])
def test_shifts_of_one_and_more_are_pixels(value, extreme):
    script = read_script(
        "from keras.preprocessing.image import ImageDataGenerator\n"
        f"more = ImageDataGenerator(width_shift_range={value}, height_shift_range={value})\n"
        "net.fit(more.flow(x, y), epochs=3)\n"
    )
    assert bool(script.fed("train")[0].inputs.has("extreme")) == extreme


def test_a_decay_beside_a_summed_loss_is_not_judged():
    text = LOOP_OF_DECAY
    name = "excess_weight_penalty"
    for reduction, sick in (("mean", True), ("sum", False)):
        script = read_script(text.replace("REDUCTION", reduction))
        assert accused(script, name) == sick


LOOP_OF_DECAY = """
import torch
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.001, weight_decay=1.5, momentum=0.9)
cost = torch.nn.CrossEntropyLoss(reduction="REDUCTION")
for epoch in range(9):
    for x, y in loader:
        opt.zero_grad()
        cost(net(x), y).backward()
        opt.step()
"""


def test_a_network_that_is_not_shown_is_left_in_inference_mode():
    name = "train_mode_not_restored"
    for again, sick in (("", True), ("    net.train()\n", False)):
        script = read_script(LEFT_IN_EVAL.replace("AGAIN", again))
        assert accused(script, name) == sick


LEFT_IN_EVAL = """
net.train()
for epoch in range(20):
AGAIN    for pictures, kinds in learning:
        steps.zero_grad()
        cost = F.cross_entropy(net(pictures), kinds)
        cost.backward()
        steps.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(a).argmax(1) == b).sum().item() for a, b in held)
    print(right)
"""


def test_paths_that_are_shuffled_before_a_set_reads_them_have_no_labels_apart():
    name = "images_and_labels_misaligned"
    text = """
import glob
import random
import torch
from leaves import Leaves
paths = glob.glob("leaves/*/*.png")
random.shuffle(paths)
learn = torch.utils.data.DataLoader(Leaves(paths[:900]), batch_size=8, shuffle=True)
for epoch in range(9):
    for x, y in learn:
        opt.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        opt.step()
"""
    script = read_script(text)
    assert not accused(script, name)


def test_argmax_by_keyword_is_read():
    name = "misleading_metric"
    script = read_script(
        "import keras\nimport numpy as np\nnet = keras.Sequential([keras.layers.Dense(3, activation='softmax')])\n"
        "net.compile('adam', 'categorical_crossentropy', metrics=['accuracy'])\nnet.fit(x, y)\n"
        "print(np.argmax(a=net.predict(z), axis=1))\n"
    )
    rule = next(rule for rule in all_rules() if rule.name == name)
    found = rule.examine(Run(script=script, recipe=script.recipe))
    assert isinstance(found, Clear)


SPREAD = """
import torch
from torch import nn
def pair(a, b):
    return [nn.Conv2d(a, b, 3), nn.ReLU()]
net = nn.Sequential(*pair(1, 8), *pair(8, 12), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5))
"""


def test_layers_that_are_spread_stand_in_their_order():
    kinds = [layer.kind for layer in read_script(SPREAD).recipe.layers]
    assert kinds[:4] == ["Conv2D", "ReLU", "Conv2D", "ReLU"]
    assert kinds[-1] == "Dense"
