"""What is recorded changes nothing: results to the last bit, types, exceptions, memory."""

import copy
import gc
import inspect
import io
import math
import os
import pickle
import subprocess
import sys
import time
import warnings
import weakref

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, IterableDataset, TensorDataset  # noqa: E402

from fitdoctor.observe.pytorch import budget, going  # noqa: E402

F = nn.functional


class Net(nn.Module):
    """A network whose pass draws random numbers and has functions between its layers."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
        self.last = nn.Linear(144, 2)

    def forward(self, x):
        x = F.dropout(torch.relu(self.first(x)), 0.3, self.training)
        return self.last(x.flatten(1))


def trained(data, net=None, *, epochs=2, loss=F.cross_entropy, workers=0):
    torch.manual_seed(0)
    net = net or Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 10)
    sets = [TensorDataset(*data(60, 1)), TensorDataset(*data(30, 2))]
    train = DataLoader(sets[0], 10, shuffle=True, num_workers=workers)
    for _ in range(epochs):
        net.train()
        for x, y in train:
            opt.zero_grad()
            loss(net(x), y).backward()
            opt.step()
        plan.step()
        net.eval()
        with torch.no_grad():
            for x, y in DataLoader(sets[1], 10):
                loss(net(x), y)
    return net


def weights(net):
    return torch.cat([t.double().reshape(-1) for t in net.state_dict().values()])


def same(one, other):
    return torch.equal(weights(one), weights(other))


def test_results_are_the_same_to_the_last_bit(recorded, data):
    nets = []
    plain = trained(data)
    (run,) = recorded(lambda: nets.append(trained(data)))
    assert same(plain, nets[0])
    assert len(run.curves["val_loss"]) == 2


def test_without_time_for_looks_the_beginning_of_each_pass_is_what_is_known(recorded, data):
    nets = []

    def train():
        torch.manual_seed(0)
        nets.append(net := nn.Sequential(nn.Flatten(), nn.Linear(64, 2)))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(3):
            for x, y in DataLoader(TensorDataset(*data(160)), 4):
                opt.zero_grad()
                F.cross_entropy(net(x), y).backward()
                opt.step()

    train()
    (run,) = recorded(train, seconds=0.0)
    assert same(*nets)
    assert len(run.curves["loss"]) == 3
    assert (run.data.n_train, run.data.steps_per_epoch) == (160, 40)
    assert run.script.program.known
    assert not run.script.feeds


def curves_and_weights(recorded, train, folder, *, thrifty):
    nets = []
    run = recorded(lambda: nets.append(train()), thrifty=thrifty)[folder]
    return run, {name: curve.values.tolist() for name, curve in run.curves.items()}, nets[0]


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), nn.functional.cross_entropy])
def test_of_what_is_known_some_batches_of_training_stand_for_all(recorded, data, loss):
    def train():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        opt = torch.optim.SGD(net.parameters(), lr=0.05)
        sets = TensorDataset(*data(1600)), TensorDataset(*data(320, 1))
        loaders = DataLoader(sets[0], 8, shuffle=True), DataLoader(sets[1], 8)
        for _ in range(6):
            for x, y in loaders[0]:
                opt.zero_grad()
                loss(net(x), y).backward()
                opt.step()
            with torch.no_grad():
                for x, y in loaders[1]:
                    loss(net(x), y)
        return net

    _, whole, net = curves_and_weights(recorded, train, 0, thrifty=False)
    run, some, other = curves_and_weights(recorded, train, 1, thrifty=True)
    assert same(net, other)
    assert (run.data.n_train, run.data.steps_per_epoch) == (1600, 200)
    for name in ("val_loss", "val_accuracy"):
        assert some[name] == pytest.approx(whole[name], rel=1e-6), name
    assert some["loss"][:2] == pytest.approx(whole["loss"][:2], rel=1e-6)
    assert len(some["loss"]) == 6
    assert all(a != b for a, b in zip(some["loss"][2:], whole["loss"][2:], strict=True))
    assert some["loss"] == pytest.approx(whole["loss"], abs=0.05)
    assert run.script.program.known


def test_a_loader_that_measured_before_may_train(recorded, data):
    def train():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        opt = torch.optim.SGD(net.parameters(), lr=0.05)
        loaders = [DataLoader(TensorDataset(*data(64, seed)), 8) for seed in (0, 1)]
        for epoch in range(8):
            for number, loader in enumerate(loaders):
                learns = not number or epoch > 5
                costs = []
                for x, y in loader:
                    costs.append(nn.functional.cross_entropy(net(x), y))
                    if len(costs) % 2 == 0 and learns:
                        opt.zero_grad()
                        sum(costs[-2:]).backward()
                        opt.step()
        return net

    run, whole, net = curves_and_weights(recorded, train, 0, thrifty=False)
    swift, some, other = curves_and_weights(recorded, train, 1, thrifty=True)
    assert same(net, other)
    assert some["val_loss"] == pytest.approx(whole["val_loss"], rel=1e-6)
    assert some["loss"] == pytest.approx(whole["loss"], abs=0.05)
    assert len(some["loss"]) == 8
    assert swift.script.program.sources == run.script.program.sources


@pytest.mark.parametrize("every", [1, 3, 100])
def test_epochs_of_one_step_are_counted_as_often_as_time_allows(recorded, data, monkeypatch, every):
    def train():
        torch.manual_seed(0)
        net, loss = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), nn.CrossEntropyLoss()
        opt = torch.optim.SGD(net.parameters(), lr=0.05)
        plan = torch.optim.lr_scheduler.ExponentialLR(opt, 0.99)
        (x, y), (a, b) = data(90), data(30, 1)
        for epoch in range(407):
            opt.zero_grad()
            loss(net(x), y).backward()
            opt.step()
            plan.step()
            if epoch % 20 == 19:
                with torch.no_grad():
                    loss(net(a), b)
        return net

    monkeypatch.setattr(budget.Budget, "every", lambda *_: every)
    whole, _, net = curves_and_weights(recorded, train, 0, thrifty=False)
    swift, _, other = curves_and_weights(recorded, train, 1, thrifty=True)
    assert same(net, other)
    assert swift.curves.keys() == whole.curves.keys()
    for name in ("loss", "accuracy", "val_loss", "learning_rate"):
        at, of = points(swift.curves[name]), points(whole.curves[name])
        assert at == pytest.approx({epoch: of[epoch] for epoch in at}, rel=1e-6), name
        first = [epoch for epoch in of if epoch <= 2 * going.SWIFT_AFTER]
        assert [epoch for epoch in at if epoch <= 2 * going.SWIFT_AFTER] == first, name
    assert points(swift.curves["val_loss"]).keys() == points(whole.curves["val_loss"]).keys()
    counted = len(points(swift.curves["loss"]))
    assert counted == 407 if every == 1 else 150 < counted < 300
    assert swift.script.program.known


def points(curve):
    return {
        e: v
        for e, v in zip(curve.epochs.tolist(), curve.values.tolist(), strict=True)
        if math.isfinite(v)
    }


def test_what_is_wrapped_has_its_name_and_signature_and_is_put_back(recorded, data):
    def wrapped():
        kinds = [nn.Module, nn.modules.loss._Loss, torch.optim.Optimizer, torch.Tensor, DataLoader]
        names = ["__init__", "train", "zero_grad", "backward", "__iter__", "__call__", "__next__"]
        kinds += [torch.utils.data.dataloader._BaseDataLoaderIter, Net]
        return {(k, n): vars(k)[n] for k in kinds for n in names if n in vars(k)}

    before, during = wrapped(), {}

    def train():
        trained(data)
        during.update(wrapped())

    recorded(train)
    assert wrapped() == before
    assert any(during[key] is not before[key] for key in before)
    for key, function in before.items():
        assert inspect.signature(during[key]) == inspect.signature(function), key
        assert during[key].__name__ == function.__name__
        assert during[key].__doc__ == function.__doc__


def test_networks_are_saved_copied_and_pickled_as_without(recorded, data):
    plain = trained(data)

    def train():
        net = trained(data)
        file = io.BytesIO()
        torch.save(net, file)
        file.seek(0)
        for other in (
            torch.load(file, weights_only=False),
            copy.deepcopy(net),
            pickle.loads(pickle.dumps(net)),
        ):
            assert same(net, other)
            assert vars(other).keys() == vars(plain).keys()
        opt = torch.optim.Adam(net.parameters())
        copy.deepcopy(opt.state_dict())

    recorded(train)


def test_exceptions_are_those_of_the_user_and_leave_a_readable_run(recorded, data):
    class OddError(Exception):
        pass

    def loss(out, y):
        loss.calls += 1
        if loss.calls == 20:
            raise OddError("the disk is full")
        return F.cross_entropy(out, y)

    loss.calls = 0
    (run,) = recorded(lambda: trained(data, epochs=9, loss=loss), error=OddError)
    assert len(run.curves["loss"]) >= 2
    assert "the disk is full" in (run.script.path and _error(run))


def _error(run):
    from pathlib import Path

    return (Path(run.sources[0]) / "observed.json").read_text()


def test_a_first_batch_that_fails_is_recorded(recorded, data):
    def train():
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        x, y = data()
        for images, labels in DataLoader(TensorDataset(x, y + 1), 16):
            opt.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            opt.step()

    (run,) = recorded(train, error=IndexError)
    labels = run.script.feeds[0].labels.numbers
    assert labels.high == 2.0
    assert run.recipe.layers[-1].units == 2


def test_nothing_is_kept_of_data_and_networks(recorded, data):
    gone = []

    def train():
        net = trained(data)
        gone.append(weakref.ref(net))
        x, _ = data(600, 3)
        gone.append(weakref.ref(x))
        net(x).sum().backward()
        del net, x
        gc.collect()
        assert [ref() for ref in gone] == [None, None]

    recorded(train)


def test_graphs_are_freed_where_they_were(recorded, data):
    alive = []

    def loss(out, y):
        alive.append(weakref.ref(out))
        return F.cross_entropy(out, y)

    def train():
        trained(data, loss=loss)
        gc.collect()
        assert all(ref() is None for ref in alive)

    recorded(train)


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_hear_nothing_and_batches_come_as_before(recorded, data, workers):
    nets = []
    plain = trained(data, workers=workers)
    (run,) = recorded(lambda: nets.append(trained(data, workers=workers)))
    assert same(plain, nets[0])
    assert run.data.n_train == 60


def test_a_stream_without_length(recorded, data):
    class Stream(IterableDataset):
        def __iter__(self):
            return iter(zip(*data(40), strict=True))

    def train():
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(2):
            for x, y in DataLoader(Stream(), 8):
                opt.zero_grad()
                F.cross_entropy(net(x), y).backward()
                opt.step()

    (run,) = recorded(train)
    assert len(run.curves["loss"]) == 2
    assert run.data.n_train == 40


def test_a_pass_that_is_broken_off_ends_there(recorded, data):
    def train():
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        plan = torch.optim.lr_scheduler.StepLR(opt, 2)
        loader = DataLoader(TensorDataset(*data(80)), 8)
        for _ in range(6):
            for number, (x, y) in enumerate(loader):
                opt.zero_grad()
                F.cross_entropy(net(x), y).backward()
                opt.step()
                if number == 3:
                    break
            plan.step()

    (run,) = recorded(train)
    assert len(run.curves["loss"]) == 6
    assert run.data.steps_per_epoch == 4
    (epochs,) = run.script.program.body
    assert [event.kind for event in epochs.later if hasattr(event, "kind")] == ["schedule"]


def test_each_network_with_an_optimizer_of_its_own_is_a_training(recorded, data):
    def train():
        for _ in range(3):
            trained(data)

    runs = recorded(train)
    assert [len(run.curves["loss"]) for run in runs] == [2, 2, 2]
    assert len({run.curves["loss"].values[0] for run in runs}) == 1  # the same seed each time


def test_a_second_stage_of_the_same_weights_is_the_same_training(recorded, data):
    def train():
        trained(data, net := Net())
        trained(data, net)

    (run,) = recorded(train)
    assert len(run.curves["loss"]) == 4


def test_an_own_call_and_nested_networks(recorded, data):
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Net()
            self.calls = 0

        def __call__(self, x):
            self.calls += 1
            return super().__call__(x)

        def forward(self, x):
            return self.inner(x)

    def train():
        net = trained(data, Outer())
        assert net.calls == 18

    (run,) = recorded(train)
    assert [net.name for net in run.script.program.networks] == ["Outer"]
    assert [x.kind for x in run.recipe.layers][:2] == ["Conv2D", "BatchNormalization"]
    assert run.recipe.layers[-1].units == 2


def test_traced_scripted_and_symbolic_networks(recorded, data):
    x, _ = data(4)

    def train():
        net = trained(data).eval()
        warnings.simplefilter("ignore", DeprecationWarning)  # torch.jit goes away some day
        torch.testing.assert_close(torch.jit.trace(net, x)(x), net(x))
        torch.testing.assert_close(torch.fx.symbolic_trace(net)(x), net(x))
        plain = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        torch.optim.SGD(plain.parameters(), 0.1)
        assert torch.fx.symbolic_trace(nn.Sequential(plain, nn.ReLU())).graph is not None

    recorded(train)


@pytest.mark.slow
def test_a_compiled_network_is_compiled_whole(recorded, data):
    def train():
        net = Net()
        step = torch.compile(net, backend="eager", fullgraph=True)
        opt = torch.optim.SGD(step.parameters(), lr=0.05)
        loss = nn.CrossEntropyLoss()

        @torch.compile(backend="eager", fullgraph=True)
        def cost(x, y):
            return loss(net(x), y)

        torch._dynamo.utils.counters.clear()
        for _ in range(3):
            for x, y in DataLoader(TensorDataset(*data(40)), 10):
                opt.zero_grad()
                (loss(step(x), y) + cost(x, y)).backward()
                opt.step()
        assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 2
        assert not torch._dynamo.utils.counters["graph_break"]

    (run,) = recorded(train)
    assert len(run.curves["loss"]) == 3


@pytest.mark.slow
def test_distributed_data_parallel(recorded, data, tmp_path):
    import torch.distributed as dist

    def train():
        dist.init_process_group(
            "gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1
        )
        try:
            trained(data, nn.parallel.DistributedDataParallel(Net()))
        finally:
            dist.destroy_process_group()

    (run,) = recorded(train)
    assert len(run.curves["loss"]) == 2
    assert not {net.name for net in run.script.program.networks} - {"DistributedDataParallel"}


SCRIPT = """
import sys, time, torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

class Pairs(TensorDataset):
    pass

if __name__ == "__main__":
    torch.manual_seed(0)
    x = torch.rand(64, 6)
    net = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    loader = DataLoader(
        Pairs(x, (x[:, 0] > 0.5).long()), 16, num_workers=1, multiprocessing_context="spawn",
        persistent_workers=True,
    )
    for epoch in range(int(sys.argv[1])):
        for a, b in loader:
            opt.zero_grad()
            nn.functional.cross_entropy(net(a), b).backward()
            opt.step()
        print("epoch", epoch, flush=True)
        time.sleep(float(sys.argv[2]))
    sys.exit(3)
"""


def _start(tmp_path, *arguments, **options):
    (tmp_path / "train.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "fitdoctor", "run", "-o", "run", "train.py", *arguments]
    return subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.slow
def test_a_script_with_workers_that_are_spawned(tmp_path):
    from fitdoctor.sources.run_folder import read_folder

    child = _start(tmp_path, "2", "0")
    out, said = child.communicate(timeout=300)
    assert out == "epoch 0\nepoch 1\n"
    assert child.returncode == 3
    assert "executing train.py" in said.splitlines()[0]
    (run,) = read_folder(tmp_path / "run")
    assert len(run.curves["loss"]) == 2
    assert sorted(os.listdir(tmp_path)) == ["run", "train.py"]  # noqa: PTH208


@pytest.mark.slow
def test_an_interrupted_script_leaves_a_readable_run_and_no_process(tmp_path):
    import signal

    from fitdoctor.sources.run_folder import read_folder

    child = _start(
        tmp_path,
        "100",
        "0.2",
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for _ in range(3):
        child.stdout.readline()
    os.killpg(child.pid, signal.SIGINT)
    child.communicate(timeout=120)
    assert child.returncode == -signal.SIGINT
    (run,) = read_folder(tmp_path / "run")
    assert len(run.curves["loss"]) >= 2
    assert any(not _any_left(child.pid) or time.sleep(0.1) for _ in range(100))


def _any_left(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
