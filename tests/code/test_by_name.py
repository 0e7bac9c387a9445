"""What a fragment without a call of fit is taken to feed, and models whose making is not shown."""

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
