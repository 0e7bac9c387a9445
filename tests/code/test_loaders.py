"""Which images loops train on, and what an optimizer moves, is told by what the loops do."""

import pytest

from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}


def found(name, text):
    script = read_script(text)
    return isinstance(
        RULES[name].examine(Run(script=script, recipe=with_shapes(script.recipe))), Finding
    )


HEAD = """import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms
steps = transforms.Compose([transforms.Resize((96, 96)), transforms.ToTensor()])
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(70688, 4))
cost = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
"""
EPOCH = """def epoch(batches, learn):
    for x, y in batches:
        loss = cost(net(x), y)
        if learn:
            opt.zero_grad()
            loss.backward()
            opt.step()
"""
MAKERS = {
    "names": """one = DataLoader(datasets.ImageFolder("a", steps), 16{one})
other = DataLoader(datasets.ImageFolder("b", steps), 16{other})
for n in range(5):
    epoch(one, True)
    epoch(other, False)
""",
    "dictionary": """parts = {{"train": DataLoader(datasets.ImageFolder("a", steps), 16{one}),
    "check": DataLoader(datasets.ImageFolder("b", steps), 16{other})}}
for n in range(5):
    for part in ("train", "check"):
        epoch(parts[part], part == "train")
""",
    "function": """def load(place):
    return (DataLoader(datasets.ImageFolder(place, steps), 16{one}),
        DataLoader(datasets.ImageFolder(place, steps), 16{other}))
first, second = load("here")
for n in range(5):
    epoch(first, True)
    epoch(second, False)
""",
    "fields": """class Run:
    def __init__(self):
        self.ours = DataLoader(datasets.ImageFolder("a", steps), 16{one})
        self.test_images = DataLoader(datasets.ImageFolder("b", steps), 16{other})
    def go(self):
        for n in range(5):
            epoch(self.ours, True)
            epoch(self.test_images, False)
Run().go()
""",
    "misleading": """train_in_order = DataLoader(datasets.ImageFolder("b", steps), 16{other})
images = DataLoader(datasets.ImageFolder("a", steps), 16{one})
for n in range(5):
    epoch(images, True)
    epoch(train_in_order, False)
""",
}


@pytest.mark.parametrize("maker", MAKERS)
def test_what_loops_train_on_is_shuffled_or_not(maker):
    right = MAKERS[maker].format(one=", shuffle=True", other=", shuffle=False")
    wrong = MAKERS[maker].format(one=", shuffle=False", other=", shuffle=True")
    assert not found("training_not_shuffled", HEAD + EPOCH + right)
    assert found("training_not_shuffled", HEAD + EPOCH + wrong)


def test_batches_that_are_given_to_code_elsewhere_are_no_training():
    text = """from elsewhere import measure, model
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
steps = transforms.ToTensor()
class Study:
    def loaders(self, images):
        return DataLoader(images, 32, shuffle=True), len(images)
    def figures(self):
        batches = DataLoader(datasets.ImageFolder("a", steps), 32, shuffle=False)
        return measure(model, batches)
"""
    assert not found("training_not_shuffled", text)


MOVED = {
    "temperature": """t = torch.nn.Parameter(torch.ones(1))
opt = torch.optim.Adam([t], lr=0.1)
def cost():
    return loss(net(x) / t, y)
""",
    "image": """picture = torch.rand(1, 3, 96, 96, requires_grad=True)
opt = torch.optim.Adam([picture], lr=0.1)
def cost():
    return loss(net(picture), y)
""",
    "network": """opt = torch.optim.Adam(net.parameters(), lr=0.1)
def cost():
    return loss(net(x), y)
""",
}


@pytest.mark.parametrize("moved", MOVED)
def test_the_rate_of_an_optimizer_counts_for_what_it_moves(moved):
    text = f"""import torch
from torchvision import models
net = models.resnet18(weights="DEFAULT")
loss = torch.nn.CrossEntropyLoss()
x, y = torch.load("some.pt")
{MOVED[moved]}
for n in range(200):
    opt.zero_grad()
    cost().backward()
    opt.step()
"""
    assert found("learning_rate_too_high", text) == (moved == "network")


@pytest.mark.parametrize(
    ("thaw", "frozen"),
    [
        ("if 'layer4' in name: p.requires_grad = True", False),
        ("p.requires_grad = name.startswith('fc')", False),
        ("print(name)", True),
    ],
)
def test_weights_that_are_thawed_by_name_are_not_all_frozen(thaw, frozen):
    text = f"""import torch
from torchvision import models
net = models.resnet18(weights="DEFAULT")
net.fc = torch.nn.Linear(512, 5)
for p in net.parameters():
    p.requires_grad = False
for name, p in net.named_parameters():
    {thaw}
opt = torch.optim.Adam([{{"params": net.parameters(), "lr": 1e-3}}])
for x, y in loader:
    opt.zero_grad()
    torch.nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
"""
    assert found("nothing_is_trainable", text) == frozen


KERAS = """import keras
from keras import layers
shake = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])
def prepare(images, learn=False):
    return images.map(lambda x, y: ({call}, y)).prefetch(2)
ours = prepare(keras.utils.image_dataset_from_directory("a"), True)
held = prepare(keras.utils.image_dataset_from_directory("b"))
net = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(5)])
net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(ours, validation_data=held, epochs=9)
"""


@pytest.mark.parametrize(
    ("call", "augmented"),
    [("shake(x, training=learn)", False), ("shake(x, learn)", False), ("shake(x)", True),
     ("shake(x, training=True)", True), ("shake(x, training=elsewhere(learn))", False)],
)  # fmt: skip
def test_random_layers_in_inference_leave_images_as_they_are(call, augmented):
    assert found("augmentation_on_validation", KERAS.format(call=call)) == augmented
