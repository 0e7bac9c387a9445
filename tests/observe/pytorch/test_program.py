"""What a loop does to networks, gradients and optimizers is recorded as rules ask it."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from fitdoctor import doctor  # noqa: E402

F = nn.functional


def network():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2)
    )


class Loop:
    """A right loop, of which one part is left out or replaced."""

    epochs = 3

    def __init__(self, data):
        torch.manual_seed(0)
        self.train_set = DataLoader(TensorDataset(*data(96, 1)), 16, shuffle=True)
        self.held_out = DataLoader(TensorDataset(*data(48, 2)), 16)
        self.net = self.network()
        self.opt = torch.optim.Adam(self.weights(), lr=0.01)
        self.plan = self.schedule()

    network = staticmethod(network)

    def weights(self):
        return self.net.parameters()

    def schedule(self):
        return None

    def begin(self):
        self.net.train()

    def before_validation(self):
        self.net.eval()

    def clear(self):
        self.opt.zero_grad()

    def step(self, x, y):
        self.clear()
        F.cross_entropy(self.net(x), y).backward()
        self.opt.step()

    def after_epoch(self):
        pass

    def __call__(self):
        for _ in range(self.epochs):
            self.begin()
            for x, y in self.train_set:
                self.step(x, y)
            self.before_validation()
            with torch.no_grad():
                for x, _ in self.held_out:
                    self.net(x)
            self.after_epoch()


class Right(Loop):
    pass


class ClearedByHand(Loop):
    def clear(self):
        for p in self.net.parameters():
            if p.grad is not None:
                p.grad.zero_()


class ClearedByNothing(Loop):
    def clear(self):
        for p in self.net.parameters():
            p.grad = None


class ClearedOfNetwork(Loop):
    def clear(self):
        self.net.zero_grad()


class Closure(Loop):
    def step(self, x, y):
        def closure():
            self.opt.zero_grad()
            loss = F.cross_entropy(self.net(x), y)
            loss.backward()
            return loss

        self.opt.step(closure)


class ByEpoch(Loop):
    epochs = 6

    def schedule(self):
        return torch.optim.lr_scheduler.StepLR(self.opt, step_size=2, gamma=0.5)

    def after_epoch(self):
        self.plan.step()


class Plateau(ByEpoch):
    def schedule(self):
        return torch.optim.lr_scheduler.ReduceLROnPlateau(self.opt, patience=2)

    def after_epoch(self):
        self.plan.step(1.0)


class OneCycle(Loop):
    def schedule(self):
        steps = self.epochs * len(self.train_set)
        return torch.optim.lr_scheduler.OneCycleLR(self.opt, 0.01, total_steps=steps)

    def step(self, x, y):
        super().step(x, y)
        self.plan.step()


class Never(Loop):
    def clear(self):
        pass


class ClearedOutside(Never):
    def begin(self):
        self.net.train()
        self.opt.zero_grad()


class ClearedBehind(Loop):
    def step(self, x, y):
        F.cross_entropy(self.net(x), y).backward()
        self.opt.zero_grad()
        self.opt.step()


class NoStep(Loop):
    def step(self, x, y):
        self.clear()
        F.cross_entropy(self.net(x), y).backward()


class NoGradients(Loop):
    def step(self, x, y):
        self.clear()
        F.cross_entropy(self.net(x), y)
        self.opt.step()


class StepOutside(NoStep):
    def before_validation(self):
        self.opt.step()
        self.net.eval()


class StaysTraining(Loop):
    def before_validation(self):
        pass


class StaysInference(Loop):
    begun = False

    def begin(self):
        if not self.begun:
            self.net.train()
        self.begun = True


class OtherWeights(Loop):
    def weights(self):
        return network().parameters()


class Replaced(Loop):
    def begin(self):
        self.net.train()
        if not hasattr(self, "head"):
            self.head = self.net[4] = nn.Linear(8, 2)


class Frozen(Loop):
    def weights(self):
        for p in self.net.parameters():
            p.requires_grad_(requires_grad=False)
        return list(self.net.parameters())

    def step(self, x, y):
        self.clear()
        out = self.net(x)
        F.cross_entropy(out + torch.zeros((), requires_grad=True), y).backward()
        self.opt.step()


class Doubled(Loop):
    def step(self, x, y):
        self.clear()
        F.cross_entropy(F.softmax(self.net(x), 1), y).backward()
        self.opt.step()


class ByBatch(OneCycle):
    def schedule(self):
        return torch.optim.lr_scheduler.StepLR(self.opt, step_size=2, gamma=0.5)


class CycleByEpoch(OneCycle):
    step = Loop.step

    def after_epoch(self):
        self.plan.step()


class NeverScheduled(Loop):
    def schedule(self):
        return torch.optim.lr_scheduler.StepLR(self.opt, step_size=2, gamma=0.5)


OF_LOOPS = {
    "accuracy_miscounted", "eval_mode_missing", "gradients_not_cleared", "nothing_is_trainable",
    "optimizer_holds_other_weights", "optimizer_never_steps", "probabilities_into_logits_loss",
    "scheduler_stepped_wrongly", "train_mode_not_restored",
}  # fmt: skip


def named(run):
    return {c.rule for c in doctor.examine(run).causes if c.probability > 0.5} & OF_LOOPS


@pytest.mark.parametrize(
    "kind",
    [Right, ClearedByHand, ClearedByNothing, ClearedOfNetwork, Closure, ByEpoch, Plateau, OneCycle],
)
def test_a_right_loop_is_called_right(recorded, data, kind):
    (run,) = recorded(lambda: kind(data)())  # noqa: PLW0108 - made while it is recorded
    assert run.script.program.known
    assert not named(run)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Never, "gradients_not_cleared"),
        (ClearedOutside, "gradients_not_cleared"),
        (ClearedBehind, "optimizer_never_steps"),
        (NoStep, "optimizer_never_steps"),
        (NoGradients, "optimizer_never_steps"),
        (StepOutside, "optimizer_never_steps"),
        (StaysTraining, "eval_mode_missing"),
        (StaysInference, "train_mode_not_restored"),
        (OtherWeights, "optimizer_holds_other_weights"),
        (Replaced, "optimizer_holds_other_weights"),
        (Frozen, "nothing_is_trainable"),
        (Doubled, "probabilities_into_logits_loss"),
        (ByBatch, "scheduler_stepped_wrongly"),
        (CycleByEpoch, "scheduler_stepped_wrongly"),
        (NeverScheduled, "scheduler_stepped_wrongly"),
    ],
)
def test_what_is_wrong_with_a_loop_is_named(recorded, data, kind, cause):
    (run,) = recorded(lambda: kind(data)())  # noqa: PLW0108 - made while it is recorded
    assert named(run) == {cause}


class FunctionalDropout(nn.Module):
    """Its modes differ by a function alone."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(64, 8), nn.Linear(8, 2)

    def forward(self, x):
        x = torch.relu(self.first(x.flatten(1)))
        return self.last(nn.functional.dropout(x, 0.4, self.training))


@pytest.mark.parametrize(
    ("train", "measure", "cause"),
    [
        (True, False, None),
        (False, False, "train_mode_not_restored"),
        (True, True, "eval_mode_missing"),
    ],
)
def test_a_function_of_dropout_makes_modes_differ(recorded, data, train, measure, cause):
    def run():
        net = FunctionalDropout()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        loaders = [DataLoader(TensorDataset(*data(60, seed)), 10) for seed in (1, 2)]
        for epoch in range(3):
            net.train(train or not epoch)
            for x, y in loaders[0]:
                opt.zero_grad()
                nn.functional.cross_entropy(net(x), y).backward()
                opt.step()
            net.train(measure)
            with torch.no_grad():
                for x, y in loaders[1]:
                    nn.functional.cross_entropy(net(x), y)

    (seen,) = recorded(run)
    rates = [layer.rate for layer in seen.recipe.layers if layer.kind == "Dropout"]
    assert rates == [pytest.approx(0.4)]
    found = {c.rule for c in doctor.examine(seen).causes if c.probability > 0.5}
    modes = found & {"train_mode_not_restored", "eval_mode_missing"}
    assert modes == ({cause} if cause else set())


def test_an_activation_in_place_is_one(recorded, data):
    def train(inplace):
        net = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=inplace), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(36, 2),
        )  # fmt: skip
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in DataLoader(TensorDataset(*data(40)), 10):
            opt.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            opt.step()

    kinds = []
    for number, inplace in enumerate((False, True)):
        run = recorded(lambda inplace=inplace: train(inplace))[number]
        kinds.append([layer.kind for layer in run.recipe.layers])
    assert kinds[0] == kinds[1]
    assert kinds[0].count("Activation") == 1
