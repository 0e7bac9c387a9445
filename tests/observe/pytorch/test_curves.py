"""The curves of a loop are those that it prints, in whatever way it goes over its data."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

F = nn.functional


def network(end=None):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 2), *end or ())


def values(run, name):
    return run.curves[name].values


@pytest.mark.parametrize(
    ("loss", "end"),
    [
        (nn.CrossEntropyLoss(), None),
        (F.cross_entropy, None),
        (nn.NLLLoss(), [nn.LogSoftmax(1)]),
        (F.nll_loss, [nn.LogSoftmax(1)]),
        (nn.CrossEntropyLoss(reduction="sum"), None),
    ],
    ids=["module", "function", "nll", "nll_function", "sum"],
)
def test_curves_are_those_that_the_loop_counts(recorded, data, loss, end):
    said = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
    summed = getattr(loss, "reduction", "") == "sum"

    def train():
        torch.manual_seed(0)
        net = network(end)
        opt = torch.optim.SGD(net.parameters(), lr=0.001 if summed else 0.1)
        loaders = [
            DataLoader(TensorDataset(*data(96, 1)), 20, shuffle=True),
            DataLoader(TensorDataset(*data(50, 2)), 20),
        ]
        for _ in range(4):
            for part, loader in zip(("", "val_"), loaders, strict=True):
                net.train(not part)
                cost = right = 0
                for x, y in loader:
                    with torch.set_grad_enabled(not part):
                        out = net(x)
                        value = loss(out, y)
                    if not part:
                        opt.zero_grad()
                        value.backward()
                        opt.step()
                    cost += value.item() * (1 if summed else len(y))
                    right += (out.argmax(1) == y).sum().item()
                said[f"{part}loss"].append(cost / len(loader.dataset))
                said[f"{part}accuracy"].append(right / len(loader.dataset))

    (run,) = recorded(train)
    for name, expected in said.items():
        np.testing.assert_allclose(values(run, name), expected, rtol=1e-5, err_msg=name)
    assert run.data.n_train == 96
    assert run.data.n_val == 50
    assert run.data.steps_per_epoch == 5
    assert run.recipe.batch_size == 20


@pytest.mark.parametrize("batch", [96, 16])
def test_epochs_over_tensors_end_where_rows_come_by_again(recorded, data, batch):
    losses = []

    def train():
        torch.manual_seed(1)
        x, y = data()
        net = network()
        opt = torch.optim.Adam(net.parameters(), lr=0.01)
        for _ in range(5):
            order = torch.randperm(len(x))
            for at in range(0, len(x), batch):
                rows = order[at : at + batch]
                opt.zero_grad()
                loss = F.cross_entropy(net(x[rows]), y[rows])
                loss.backward()
                opt.step()
                losses.append(loss.item())

    (run,) = recorded(train)
    expected = np.reshape(losses, (5, -1)).mean(axis=1)
    np.testing.assert_allclose(values(run, "loss"), expected, rtol=1e-5)
    assert run.data.steps_per_epoch == 96 // batch
    assert run.data.n_train == 96


def test_full_batches_with_a_measurement_each_time(recorded, data):
    said = []

    def train():
        torch.manual_seed(1)
        (x, y), (a, b) = data(60, 1), data(30, 2)
        net, loss = network(), nn.CrossEntropyLoss()
        opt = torch.optim.Adam(net.parameters(), lr=0.01)
        for _ in range(12):
            net.train()
            value = loss(net(x), y)
            opt.zero_grad()
            value.backward()
            opt.step()
            net.eval()
            with torch.inference_mode():
                said.append((value.item(), loss(net(a), b).item()))

    (run,) = recorded(train)
    np.testing.assert_allclose(values(run, "loss"), [a for a, _ in said], rtol=1e-5)
    np.testing.assert_allclose(values(run, "val_loss"), [b for _, b in said], rtol=1e-5)
    assert run.data.n_val == 30


def test_images_that_are_drawn_anew_for_each_step_come_in_rows_of_equal_length(recorded):
    def train():
        torch.manual_seed(2)
        net = network()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(200):
            x = torch.rand(16, 1, 8, 8)
            opt.zero_grad()
            F.cross_entropy(net(x), (x.mean((1, 2, 3)) > 0.5).long()).backward()
            opt.step()

    (run,) = recorded(train)
    assert len(run.curves["loss"]) == 50


def test_gradients_gathered_over_batches_and_scaled_losses_are_those_of_the_images(recorded, data):
    losses = []

    def train():
        torch.manual_seed(3)
        net = network()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        scaler = torch.amp.GradScaler("cpu")
        for _ in range(3):
            for number, (x, y) in enumerate(DataLoader(TensorDataset(*data()), 12)):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = F.cross_entropy(net(x), y)
                losses.append(loss.item())
                scaler.scale(loss / 4).backward()
                if number % 4 == 3:
                    scaler.step(opt)
                    scaler.update()
                    opt.zero_grad()

    (run,) = recorded(train)
    expected = np.reshape(losses, (3, -1)).mean(axis=1)
    np.testing.assert_allclose(values(run, "loss"), expected, rtol=1e-2)
    assert run.script.program.optimizers[0].kind == "SGD"


def test_a_regression_has_a_loss_and_no_accuracy(recorded):
    def train():
        torch.manual_seed(4)
        x = torch.randn(80, 3)
        loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), 16)
        net = nn.Linear(3, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.05)
        for _ in range(3):
            for a, b in loader:
                opt.zero_grad()
                F.mse_loss(net(a), b).backward()
                opt.step()

    (run,) = recorded(train)
    assert run.recipe.loss == "mean_squared_error"
    assert "accuracy" not in run.curves
    assert (np.diff(values(run, "loss")) < 0).all()


def test_a_validation_within_an_epoch_is_none_of_its_batches(recorded, data):
    def train():
        torch.manual_seed(5)
        net = network()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        held = DataLoader(TensorDataset(*data(40, 9)), 20)
        for _ in range(2):
            for number, (x, y) in enumerate(DataLoader(TensorDataset(*data()), 12)):
                opt.zero_grad()
                F.cross_entropy(net(x), y).backward()
                opt.step()
                if number % 4 == 3:
                    net.eval()
                    with torch.no_grad():
                        for a, b in held:
                            F.cross_entropy(net(a), b)
                    net.train()

    (run,) = recorded(train)
    assert len(run.curves["val_loss"]) == len(run.curves["loss"]) == 2
    assert run.data.steps_per_epoch == 8


def test_what_is_measured_behind_the_last_epoch_alone_is_a_test(recorded, data):
    def train():
        torch.manual_seed(6)
        net = network()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        loaders = [DataLoader(TensorDataset(*data(40, seed)), 20) for seed in range(3)]
        for _ in range(3):
            for x, y in loaders[0]:
                opt.zero_grad()
                F.cross_entropy(net(x), y).backward()
                opt.step()
            with torch.no_grad():
                for x, _y in loaders[1]:
                    net(x)
        with torch.no_grad():
            for x, _y in loaders[2]:
                net(x)

    (run,) = recorded(train)
    assert len(run.curves["val_accuracy"]) == 3
    assert set(run.evaluated) == {"loss", "accuracy"}
    assert [feed.use for feed in run.script.feeds] == ["train", "validation", "evaluate"]


def test_without_time_for_looks_curves_are_over_every_batch(recorded, data):
    """Losses and right answers are counted where the batch is not looked at, too."""
    said = []

    def train():
        torch.manual_seed(0)
        (x, y), (a, b) = data(160, 1), data(80, 2)
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        opt, loss = torch.optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss()
        held = DataLoader(TensorDataset(a, b), 4)
        for _ in range(4):
            row = [0.0] * 4
            for images, labels in DataLoader(TensorDataset(x, y), 4, shuffle=True):
                opt.zero_grad()
                out = net(images)
                value = loss(out, labels)
                value.backward()
                opt.step()
                row[0] += value.item() * len(labels) / len(x)
                row[1] += int((out.argmax(1) == labels).sum()) / len(x)
            with torch.no_grad():
                for images, labels in held:
                    out = net(images)
                    row[2] += loss(out, labels).item() * len(labels) / len(a)
                    row[3] += int((out.argmax(1) == labels).sum()) / len(a)
            said.append(row)

    (run,) = recorded(train, seconds=0.0)
    expected = np.array(said)
    for at, name in enumerate(["loss", "accuracy", "val_loss", "val_accuracy"]):
        np.testing.assert_allclose(values(run, name), expected[:, at], rtol=1e-5)


@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_values_that_were_changed_in_place_are_left_out(name):
    from fitdoctor.observe.pytorch.sums import Figures

    figures = Figures()
    losses = [torch.tensor(float(n)) for n in (1, 2, 9)]
    scores = [torch.eye(2)[[0, 1]].clone() for _ in range(3)]
    labels = [torch.tensor([0, 1]), torch.tensor([0, 0]), torch.tensor([0, 1])]
    for loss, out, truth in zip(losses, scores, labels, strict=True):
        figures.lose_later(loss, 2, 1.0)
        figures.hit_later("cross_entropy", out, truth)
    losses[2].zero_()
    labels[2].zero_()
    assert figures.means()[name] == {"loss": 1.5, "accuracy": 0.75}[name]
