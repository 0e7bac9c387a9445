"""A loop recorded from inside the script, and trainers that call back."""

import sys
import types

import pytest

from fitdoctor.errors import MissingExtraError, RunFolderError
from fitdoctor.sources.run_folder import read_folder

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

import fitdoctor.torch as recording  # noqa: E402


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.body(x)


def made(data):
    torch.manual_seed(0)
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    train = DataLoader(TensorDataset(*data(96)), 16, shuffle=True)
    return net, opt, train, DataLoader(TensorDataset(*data(48, 1)), 16)


def epoch(net, opt, train, held):
    net.train()
    for x, y in train:
        opt.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        for x, _ in held:
            net(x)


def read(recorder):
    return read_folder(recorder.folder)[-1]


def test_a_loop_is_recorded_whose_parts_were_made_before(tmp_path, data):
    net, opt, train, held = made(data)
    plan = torch.optim.lr_scheduler.StepLR(opt, 2)
    with recording.Recorder(tmp_path / "run", net, opt, plan) as recorder:
        for _ in range(3):
            epoch(net, opt, train, held)
            plan.step()
    run = read(recorder)
    assert len(run.curves["loss"]) == len(run.curves["val_accuracy"]) == 3
    assert [layer.kind for layer in run.recipe.layers] == ["Flatten", "Dense", "Activation",
                                                           "Dense"]  # fmt: skip
    assert run.recipe.optimizer.learning_rate == 0.1
    program = run.script.program
    assert program.known
    assert len(program.plans) == 1
    assert {e.kind for e in program.events("clear", "step", "backward")} == {
        "clear", "step", "backward"
    }  # fmt: skip


def test_everything_is_put_back_and_results_are_the_same(tmp_path, data):
    before = nn.Module.__init__, torch.Tensor.backward, vars(DataLoader)["__iter__"]
    found = []
    for record in (False, True):
        net, opt, train, held = made(data)
        torch.manual_seed(1)
        if record:
            with recording.Recorder(tmp_path / "run", net, opt):
                epoch(net, opt, train, held)
        else:
            epoch(net, opt, train, held)
        found.append(torch.cat([p.detach().reshape(-1) for p in net.parameters()]))
    assert torch.equal(*found)
    assert before == (nn.Module.__init__, torch.Tensor.backward, vars(DataLoader)["__iter__"])
    assert "__call__" not in vars(Net)


def test_figures_of_ones_own_stand_beside_those_that_were_seen(tmp_path, data):
    net, opt, train, held = made(data)
    with recording.Recorder(tmp_path / "run", net, opt) as recorder:
        for number in range(2):
            epoch(net, opt, train, held)
            recorder.log(f1=0.5 + number / 10, loss=99.0)
    run = read(recorder)
    assert run.curves["loss"].values.max() < 9
    table = (recorder.folder / "metrics.csv").read_text()
    assert "f1" in table.splitlines()[0]
    assert "0.6" in table.splitlines()[2]


def test_what_ends_the_training_is_kept_and_goes_on(tmp_path, data):
    net, opt, train, held = made(data)
    recorder = recording.Recorder(tmp_path / "run", net, opt)

    def ended():
        with recorder:
            epoch(net, opt, train, held)
            raise ZeroDivisionError("of theirs")

    with pytest.raises(ZeroDivisionError):
        ended()
    assert "of theirs" in (recorder.folder / "observed.json").read_text()


def test_two_recorders_are_two_folders_and_one_inside_another_leaves_it_alone(tmp_path, data):
    net, opt, train, held = made(data)
    folders = []
    for _ in range(2):
        with recording.Recorder(tmp_path / "run", net, opt) as recorder:
            with recording.Recorder(tmp_path / "inner", net, opt):
                epoch(net, opt, train, held)
            epoch(net, opt, train, held)
        folders.append(recorder.folder)
        assert len(read(recorder).curves["loss"]) == 2
    assert len(set(folders)) == 2
    assert not (tmp_path / "inner").exists()


def test_other_things_than_parts_are_refused(tmp_path):
    with pytest.raises(RunFolderError, match="give networks"):
        recording.Recorder(tmp_path / "run", "model").__enter__()
    with recording.Recorder(tmp_path / "run") as recorder:  # nothing was left behind
        assert recorder.folder == tmp_path / "run"
    assert not list(tmp_path.iterdir())


class Callback:
    """What trainers want callbacks to be made from."""


def faked(monkeypatch, home, name):
    module = types.ModuleType(home)
    setattr(module, name, Callback)
    parent, _, last = home.rpartition(".")
    if parent:
        monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
        setattr(sys.modules[parent], last, module)
    monkeypatch.setitem(sys.modules, home, module)


def test_lightning_calls_back(tmp_path, data, monkeypatch):
    faked(monkeypatch, "lightning.pytorch", "Callback")
    net, opt, train, _ = made(data)
    callback = recording.lightning_callback(tmp_path / "run")
    assert isinstance(callback, Callback)
    trainer = types.SimpleNamespace(optimizers=[opt])
    callback.on_fit_start(trainer, net)
    for number in range(2):
        batches = iter(train)
        if number == 0:
            callback.on_train_start(trainer, net)
        for x, y in batches:

            def closure(x=x, y=y):
                opt.zero_grad()
                loss = nn.functional.cross_entropy(net(x), y)
                loss.backward()
                return loss

            opt.step(closure)
    callback.on_fit_end(trainer, net)
    run = read(callback.recorder)
    assert len(run.curves["loss"]) == 2
    assert run.script.program.known


def test_transformers_calls_back_with_what_it_evaluates(tmp_path, data, monkeypatch):
    faked(monkeypatch, "transformers", "TrainerCallback")
    net, opt, train, _ = made(data)
    callback = recording.transformers_callback(tmp_path / "run")
    given = {"model": net, "optimizer": types.SimpleNamespace(optimizer=opt)}
    callback.on_train_begin(None, None, None, **given)
    for number in range(2):
        epoch(net, opt, train, [])
        metrics = {"eval_loss": 0.5 - number / 10, "eval_runtime": 3.0}
        callback.on_evaluate(None, None, None, metrics=metrics)
    callback.on_train_end(None, None, None)
    run = read(callback.recorder)
    assert run.curves["val_loss"].values.tolist() == [0.5, 0.4]


@pytest.mark.parametrize("make", [recording.lightning_callback, recording.transformers_callback])
def test_without_the_trainer_it_is_said_what_to_install(tmp_path, monkeypatch, make):
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match="pip install"):
        make(tmp_path)


def test_modules_whose_hash_needs_what_they_do_not_have_yet_are_recorded(tmp_path, data):
    """As metrics of torchmetrics, which trainers keep beside the network."""

    class Metric(nn.Module):
        def __init__(self):
            super().__init__()
            self.states = {}

        def __hash__(self):
            return hash(tuple(self.states))

    with recording.Recorder(tmp_path / "run") as recorder:
        net, opt, train, held = made(data)
        metrics = [Metric() for _ in range(3)]
        epoch(net, opt, train, held)
    assert len(metrics) == 3
    assert len(read(recorder).curves["loss"]) == 1


def test_a_validation_whose_loader_is_never_exhausted_belongs_to_its_own_epoch(tmp_path, data):
    net, opt, train, held = made(data)
    said, kept = [], []
    with recording.Recorder(tmp_path / "run", net, opt) as recorder:
        for _ in range(3):
            epoch(net, opt, train, [])
            right = 0
            kept.append(batches := iter(held))  # as a trainer keeps it until the next one
            with torch.no_grad():
                for _ in range(len(held)):
                    x, y = next(batches)
                    right += int((net(x).argmax(1) == y).sum())
            said.append(right / 48)
    assert read(recorder).curves["val_accuracy"].values.tolist() == pytest.approx(said)
