"""What a fragment without a call of fit is taken to feed, and models whose making is not shown."""

import pytest

from fitdoctor import doctor, sources
from fitdoctor.code import read_script


def test_generators_by_their_names():
    script = read_script(
        "train_datagen = ImageDataGenerator(rescale=1/255)\n"
        "val_datagen = ImageDataGenerator()\nmodel.compile('adam', 'mse')\n"
    )
    train, val = script.feeds
    assert (train.use, val.use) == ("train", "validation")
    assert train.inputs.has("scale")
    assert not val.inputs.has("scale")


def test_arrays_by_their_names_are_shown_in_part_only():
    script = read_script(
        "x_train, y_train = x_train / 255.0, y_train / 255.0\nmodel.compile('adam', 'mse')\n"
    )
    (train,) = script.feeds
    assert train.labels.has("scale")
    assert not train.inputs.shown


def test_a_loaded_model_is_fed():
    script = read_script("m = load_model('m.h5')\nx = cv2.imread('a.png')\nm.predict(x)\n")
    assert [feed.use for feed in script.feeds] == ["predict"]


def test_milestones_and_pieces_of_a_rate():
    code = "s = {}\nmodel.compile(SGD(learning_rate=s), 'mse')\nmodel.fit(x, y, epochs=9)\n"
    pieces = read_script(code.format("PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])"))
    schedule = pieces.recipe.optimizer.schedule
    assert (schedule.at, schedule.rates) == ((100.0, 200.0), (0.1, 0.01, 0.001))


def test_what_only_a_temperature_is_fitted_to_is_not_trained_on():
    text = """
import torch
from torch.utils.data import DataLoader
net = torch.load("net.pt")
net.eval()
warmth = torch.nn.Parameter(torch.ones(1))
opt = torch.optim.LBFGS([warmth], lr=0.01)
images, said = [], []
with torch.no_grad():
    for x, y in DataLoader(held, batch_size=64, shuffle=False):
        images.append(net(x))
        said.append(y)
scores, labels = torch.cat(images), torch.cat(said)
def again():
    opt.zero_grad()
    cost = torch.nn.functional.cross_entropy(scores / warmth, labels)
    cost.backward()
    return cost
opt.step(again)
"""
    assert not read_script(text).fed("train")


LOOP = """
import torch
from torch.utils.data import DataLoader
from torchvision import datasets
{made}
net = torch.nn.Linear(784, 10)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
{loop}
    opt.zero_grad()
    loss = torch.nn.functional.cross_entropy(net(x.flatten(1)), y)
    loss.backward()
    opt.step()
"""
OVER, ONCE = "for x, y in batches:", "x, y = next(iter(batches))\nfor step in range(100):"


def _order_is_blamed(made: str, loop: str) -> bool:
    run = sources.pasted(LOOP.format(made=made, loop=loop))[-1]
    return any(cause.rule == "training_not_shuffled" for cause in doctor.examine(run).causes)


@pytest.mark.parametrize(
    ("made", "loop", "blamed"),
    [
        ("batches = DataLoader(datasets.ImageFolder('a'), batch_size=8)", OVER, True),
        ("batches = DataLoader(datasets.ImageFolder('a'), batch_size=8)", ONCE, False),
        ("few = datasets.ImageFolder('a')\nbatches = DataLoader(few, batch_size=len(few))",
         OVER, False),
        ("few = datasets.ImageFolder('a')\nbatches = DataLoader(few, len(few) // 4)", OVER, True),
        ("batches = DataLoader(datasets.KMNIST('a'), batch_size=8)", OVER, False),
        ("batches = DataLoader(datasets.Food101('a'), batch_size=8)", OVER, True),
    ],
)  # fmt: skip
def test_whose_order_matters(made, loop, blamed):
    assert _order_is_blamed(made, loop) is blamed


def test_a_loop_that_only_writes_files_is_no_training():
    text = (
        "photos = datasets.ImageFolder(home)\nbatches = DataLoader(photos, batch_size=4)\n"
        "for images, labels in batches:\n    save_cropped(images, labels)\n"
        "net = models.vgg16(weights='DEFAULT')\nopt = optim.SGD(net.parameters(), lr=0.01)\n"
    )
    script = read_script(text)
    assert script is not None
    assert not script.fed("train")


def test_networks_of_timm_by_their_names():
    script = read_script(
        "import timm\nnet = timm.create_model('convnext_tiny.fb_in1k', True, num_classes=7)\n"
    )
    backbone = script.recipe.backbone
    assert (backbone.name, backbone.weights) == ("convnext_tiny", "imagenet")
    assert script.recipe.layers[-1].units == 7


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("predictions = layers.Dense(6)\n", 6),
        ("hidden = layers.Dense(64)\n", None),
        ("logits = layers.Dense(6)\nhidden = layers.Dense(64)\n", None),
    ],
)
def test_a_lone_layer_by_the_name_of_an_output(text, units):
    script = read_script("from keras import layers\n" + text)
    found = script.recipe.layers[-1].units if script and script.recipe.layers else None
    assert found == units


ANSWERED_OFTEN = """
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import Compose, RandomHorizontalFlip, Resize, ToTensor
turned = Compose([Resize((64, 64)), RandomHorizontalFlip(), ToTensor()])
plain = Compose([Resize((64, 64)), ToTensor()])
first = DataLoader(ImageFolder("learn", turned), batch_size=8, shuffle=True)
second = DataLoader(ImageFolder("check", plain), batch_size=8)
third = DataLoader(ImageFolder("sent", turned), batch_size=1)
net = nn.Sequential(nn.Flatten(), nn.Linear(12288, 2))
cost, opt = nn.CrossEntropyLoss(), torch.optim.Adam(net.parameters())
for epoch in range(3):
    for x, y in first:
        opt.zero_grad()
        cost(net(x), y).backward()
        opt.step()
    right = 0
    for x, y in second:
        right += (net(x).argmax(1) == y).sum().item()
for _ in range(5):
    for x, path in third:
        {0}
"""


@pytest.mark.parametrize(
    ("kept", "use"),
    [
        ("sums[path] += torch.softmax(net(x), 1)[0, 1] / 5", "predict"),
        ("lines.append((path, torch.sigmoid(net(x))))", "predict"),
        ("right += (net(x).argmax(1) == path).sum().item()", "validation"),
        ("total += cost(net(x), path).item()", "validation"),
    ],
)
def test_images_whose_answers_nothing_is_compared_with_are_predicted(kept, use):
    feeds = read_script(ANSWERED_OFTEN.format(kept)).feeds
    uses = {feed.use for feed in feeds if any(o.name == "augment" for o in feed.inputs.operations)}
    assert uses == {"train", use}


OF_ANOTHER_FILE = """
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import Compose, Resize, ToTensor
from leaves import Leaves
steps = Compose([Resize((64, 64)), ToTensor()])
first = DataLoader(ImageFolder("learn", steps), batch_size=8, shuffle=True)
second = DataLoader({0}, batch_size=8)
net = nn.Sequential(nn.Flatten(), nn.Linear(12288, 2))
cost, opt = nn.CrossEntropyLoss(), torch.optim.Adam(net.parameters())
for epoch in range(3):
    for x, y in first:
        opt.zero_grad()
        cost(net(x), y).backward()
        opt.step()
    for x, y in second:
        print((net(x).argmax(1) == y).sum().item())
"""


@pytest.mark.parametrize(
    ("made", "apart"),
    [
        ("Leaves('check', steps)", False),
        ("Leaves('check', transform=steps)", False),
        ("Leaves('check', 64, steps, True)", False),
        ("Leaves('check', Compose([Resize((64, 64))]))", True),
    ],
)
def test_transforms_that_a_set_of_another_file_is_given_are_those_of_its_images(made, apart):
    feeds = read_script(OF_ANOTHER_FILE.format(made)).feeds
    scaled = {feed.use for feed in feeds if any(o.name == "scale" for o in feed.inputs.operations)}
    assert {feed.use for feed in feeds} == {"train", "validation"}
    assert scaled == ({"train"} if apart else {"train", "validation"})
