"""Each treatment on loops of PyTorch: what it changes, and where it does nothing."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from fitdoctor.observe.pytorch import treating  # noqa: E402
from fitdoctor.records.finding import Prescription  # noqa: E402
from fitdoctor.records.job import Job, Looped  # noqa: E402
from fitdoctor.records.written import Numbers  # noqa: E402

F = nn.functional


class Ended(BaseException):
    """The end of a trial."""


@pytest.fixture
def tried(tmp_path, monkeypatch):
    """Train in a trial with one treatment, and return the trial and what it measured."""

    def run(train, treatment=None, *, seen=None, arguments=None, **settings):
        given = None
        if treatment is not None:
            given = Prescription(intervention=treatment, arguments=arguments or {}, sentence="")
        job = Job(
            script="", folder="", digest="", treatment=given,
            **{"loop": seen or Looped(epochs=2), "seed": 0, "order_seed": 0, **settings},
        )  # fmt: skip
        trial = treating.Trial(torch, job, tmp_path / "result.json", 0)
        results = []

        def end(measured):
            results.append(measured)
            raise Ended

        monkeypatch.setattr(trial, "end", end)
        trial.install()
        error = None
        try:
            if getattr(train, "net", None) is not None:
                trial.know([train.net])  # made before the trial began
            try:
                train()
            except Exception as raised:  # noqa: BLE001 - an outcome
                error = raised
            trial.ended(error)
            raise error or AssertionError("the trial did not begin")
        except Ended:
            pass
        finally:
            trial.undo()
        return trial, results[0]

    return run


class Script:
    """A loop in plain statements; what it makes is kept for tests to look at."""

    def __init__(self, net=None, loss="cross_entropy", *, rate=0.1, epochs=2, **options):
        self.net, self.rate, self.epochs, self.options = net, rate, epochs, options
        self._loss = loss
        self.seen, self.modes, self.targets = [], [], []

    @property
    def loss(self):
        """Look a function up where it is called, as scripts do: by then it is wrapped."""
        return getattr(F, self._loss) if isinstance(self._loss, str) else self._loss

    def data(self):
        x = torch.rand(60, 4, generator=torch.Generator().manual_seed(1))
        y = (x[:, 0] > 0.5).long()
        scale = self.options.get("scale", 1.0)
        return scale * x, self.options.get("labels", lambda y: y)(y)

    def __call__(self):
        net = self.net = self.net or nn.Linear(4, 2)
        opt = self.opt = self.options.get("optimizer", torch.optim.SGD)(
            self.options.get("held", net).parameters(), lr=self.rate,
            **self.options.get("settings", {}),
        )  # fmt: skip
        plan = self.options.get("plan")
        self.plan = plan(opt) if plan else None
        x, y = self.data()
        train = DataLoader(TensorDataset(x[:40], y[:40]), 10, shuffle=self.options.get("shuffle"))
        held = DataLoader(TensorDataset(x[40:], y[40:]), 10)
        for _ in range(self.epochs):
            net.train(self.options.get("train", True))
            for a, b in train:
                self.learn(a, b)
            if self.plan is not None:
                self.plan.step()
            net.train(not self.options.get("eval", True))
            with torch.no_grad():
                for a, b in held:
                    self.modes.append(net.training)
                    self.loss(net(a), b)

    def learn(self, a, b):
        self.seen.append(b.tolist())
        self.opt.zero_grad()
        self.loss(self.net(a), b).backward()
        self.opt.step()


def rates(trial):
    return [group["lr"] for group in trial.loop.groups]


def numbers(**given):
    return Numbers(**{"columns": 1, "low": 0, "high": 1, "whole": True, **given})


@pytest.mark.parametrize(
    ("name", "rate", "after"),
    [
        ("lower_learning_rate", 0.2, 0.02),
        ("raise_learning_rate", 0.2, 6.0),
        ("usual_learning_rate", 5.0, 0.01),
        ("usual_learning_rate", -0.1, 0.01),
        ("usual_learning_rate", 0.012, None),
    ],
)
def test_learning_rates_are_changed(tried, name, rate, after):
    arguments = {"lower_learning_rate": {"factor": 0.1}}.get(name)

    def train():
        # torch refuses a rate below 0, so a script sets it afterwards
        script()

    script = Script(rate=abs(rate))
    if rate < 0:
        script.options["plan"] = lambda opt: opt.param_groups[0].update(lr=rate)
    trial, found = tried(train, name, arguments=arguments)
    if after is None:
        assert "would change nothing" in found.refused
    else:
        assert rates(trial) == [pytest.approx(after)]


def test_of_several_trainings_the_one_that_counts_is_treated(tried):
    scripts = [Script(rate=0.2), Script(rate=0.4)]

    def train():
        for script in scripts:
            script()

    trial, found = tried(train, "lower_learning_rate", arguments={"factor": 0.1}, fit=2)
    assert found.rows == 20
    assert [script.opt.param_groups[0]["lr"] for script in scripts] == [0.2, pytest.approx(0.04)]
    assert trial.loop.networks == [scripts[1].net]


def test_schedules_follow_the_rate_that_was_changed(tried):
    script = Script(rate=0.4, plan=lambda opt: torch.optim.lr_scheduler.StepLR(opt, 1, 0.5))
    trial, _ = tried(script, "lower_learning_rate", arguments={"factor": 0.1})
    assert rates(trial) == [pytest.approx(0.04 * 0.25)] or rates(trial) == [pytest.approx(0.02)]
    lambdas = Script(
        rate=0.4, plan=lambda opt: torch.optim.lr_scheduler.LambdaLR(opt, lambda n: 1 / (n + 1))
    )
    trial, _ = tried(lambdas, "lower_learning_rate", arguments={"factor": 0.1})
    assert max(rates(trial)) < 0.04


def test_without_decay_the_rate_stays(tried):
    plan = lambda opt: torch.optim.lr_scheduler.ExponentialLR(opt, 0.01)  # noqa: E731
    trial, _ = tried(Script(plan=plan), "remove_decay")
    assert rates(trial) == [0.1]
    assert trial.loop.changed == "without the steps of ExponentialLR"
    _, none = tried(Script(), "remove_decay")
    assert "would change nothing" in none.refused


def test_a_schedule_that_is_stepped_by_batch_steps_by_epoch(tried):
    class ByBatch(Script):
        def learn(self, a, b):
            super().learn(a, b)
            self.plan.step()

    plan = lambda opt: torch.optim.lr_scheduler.ExponentialLR(opt, 0.5)  # noqa: E731
    trial, _ = tried(ByBatch(plan=plan), "step_schedule_by_epoch")
    assert rates(trial) == [pytest.approx(0.1 * 0.5**2)]
    trial, _ = tried(ByBatch(plan=plan))
    assert max(rates(trial)) < 0.1 * 0.5**8


def test_gradients_are_cleared(tried):
    class Kept(Script):
        def learn(self, a, b):
            self.loss(self.net(a), b).backward()
            self.opt.step()

    def after(treatment):
        torch.manual_seed(0)
        script = Kept(rate=1.0, epochs=2)
        tried(script, treatment)
        return script.net.weight.detach().clone()

    cleared, kept, plain = after("clear_gradients"), after(None), Script(rate=1.0)
    tried(plain)
    assert torch.allclose(cleared, plain.net.weight)
    assert not torch.allclose(kept, plain.net.weight)


@pytest.mark.parametrize("steps", [True, False])
def test_the_optimizer_steps_with_gradients(tried, steps):
    class Lost(Script):
        def learn(self, a, b):
            self.loss(self.net(a), b).backward()
            self.opt.zero_grad()
            if steps:
                self.opt.step()

    class First(Lost):
        def __call__(self):
            self.net = nn.Linear(4, 2)
            self.first = self.net.weight.detach().clone()
            super().__call__()

    script = First(rate=0.5)
    tried(script)
    assert torch.equal(script.net.weight, script.first)
    script = First(rate=0.5)
    trial, _ = tried(script, "step_after_backward")
    assert not torch.equal(script.net.weight, script.first)
    assert not trial.off
    if steps:
        plain = Script(rate=0.5)
        tried(plain)
        assert torch.allclose(script.net.weight, plain.net.weight)


def test_weights_that_no_optimizer_holds_are_held(tried):
    body, head = nn.Linear(4, 3), nn.Linear(3, 2)
    net = nn.Sequential(body, nn.ReLU(), head)
    trial, _ = tried(Script(net, held=body), "hold_trained_weights")
    assert {id(w) for g in trial.loop.groups for w in g["params"]} == set(map(id, net.parameters()))
    _, none = tried(Script(nn.Linear(4, 2)), "hold_trained_weights")
    assert "would change nothing" in none.refused


def test_a_network_of_which_no_optimizer_holds_anything_is_held_too(tried):
    net, other = nn.Linear(4, 2), nn.Linear(4, 2)
    before = net.weight.detach().clone()
    tried(Script(net, held=other, rate=0.5))
    assert torch.equal(net.weight, before)
    trial, _ = tried(Script(net, held=other, rate=0.5), "hold_trained_weights")
    assert trial.loop.changed == "the optimizer holds 2 more weights"
    assert not torch.equal(net.weight, before)


def test_frozen_weights_learn(tried):
    body = nn.Linear(4, 3).requires_grad_(False)
    net = nn.Sequential(body, nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))
    before = body.weight.clone()
    trial, _ = tried(Script(net), "unfreeze_backbone", arguments={"learning_rate": 0.01})
    assert not torch.equal(body.weight, before)
    assert not net[1].training
    body.requires_grad_(False)
    del net[1].train
    tried(Script(net), "unfreeze_all")
    assert body.weight.requires_grad
    trial, none = tried(Script(net), "unfreeze_all")
    assert "would change nothing" in none.refused
    assert trial.begun


def test_inputs_are_scaled_in_training_and_elsewhere(tried):
    class Seen(nn.Linear):
        most = 0.0

        def forward(self, x):
            self.most = max(self.most, float(x.abs().max()))
            return super().forward(x)

    seen = Looped(epochs=2, inputs=numbers(low=0, high=200, whole=False, shape=(4,)))
    net = Seen(4, 2)
    trial, _ = tried(Script(net, scale=200.0), "scale_inputs", seen=seen)
    assert net.most <= 1.0
    assert trial.loop.changed == "inputs of 0 to 200 are divided by 200"
    images = Looped(epochs=2, inputs=numbers(low=0, high=200, whole=False, shape=(8, 8, 1)))
    trial, _ = tried(Script(Seen(4, 2), scale=200.0), "scale_inputs", seen=images)
    assert trial.loop.changed.endswith("divided by 255")
    _, none = tried(Script(Seen(4, 2)), "scale_inputs")  # asked of the first batch
    assert "would change nothing" in none.refused


def test_loaders_are_shuffled_and_cut(tried):
    plain, other = Script(), Script()
    tried(plain)
    trial, _ = tried(other, "shuffle_training")
    assert plain.seen[:4] == plain.seen[4:]
    assert other.seen[:4] != other.seen[4:]
    assert sum(map(sum, other.seen[:4])) == sum(map(sum, plain.seen[:4]))
    assert trial.loop.changed
    cut = Script()
    tried(cut, "batches_of_32")
    assert [len(batch) for batch in cut.seen] == [32, 8, 32, 8]
    _, none = tried(Script(shuffle=True), "shuffle_training")
    assert "would change nothing" in none.refused


def test_classes_are_numbered_from_zero(tried):
    seen = Looped(epochs=2, labels=numbers(values=(1, 2), counts=(20, 20), high=2, low=1))
    script = Script(labels=lambda y: y + 1)
    assert tried(script)[1].failure.startswith("IndexError")
    _, found = tried(script, "number_classes_from_zero", seen=seen)
    assert found.failure is None
    assert found.value > 0.4
    assert found.changed == ""  # the words are added where the result is written


def test_targets_are_scaled(tried):
    seen = Looped(
        epochs=2,
        labels=numbers(low=100, high=900, mean=500.0, whole=False),
        loss="mean_squared_error",
    )
    script = Script(
        nn.Linear(4, 1), "mse_loss", labels=lambda y: 800.0 * y.float().reshape(-1, 1) + 100
    )
    trial, found = tried(script, "scale_targets", seen=seen, classes=False)
    assert trial.loop.changed == "targets are reduced by 500 and divided by 200"
    assert found.value > 0


def test_classes_are_weighted(tried):
    calls = []

    def loss(scores, target, weight=None):
        calls.append(weight)
        return F.cross_entropy(scores, target, weight=weight)

    seen = Looped(epochs=2, labels=numbers(values=(0, 1), counts=(30, 10)))
    trial, _ = tried(Script(loss=loss), "balance_classes", seen=seen)
    assert trial.loop.changed == "class weights 0: 0.67, 1: 2"
    even = Looped(epochs=2, labels=numbers(values=(0, 1), counts=(20, 20)))
    _, none = tried(Script(), "balance_classes", seen=even)
    assert "would change nothing" in none.refused
    one = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))
    binary = Script(one, "binary_cross_entropy_with_logits", labels=lambda y: y.float())
    _, found = tried(binary, "balance_classes", seen=seen)
    assert found.failure is None


def test_dropout_is_taken_out_lowered_and_put_in(tried):
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.last = nn.Linear(4, 2)

        def forward(self, x):
            return self.last(F.dropout(x, 0.6, self.training))

    trial, _ = tried(Script(Functional()), "remove_dropout")
    assert trial.loop.changed == "dropout 0 in place of 0.6"
    net = nn.Sequential(nn.Dropout(0.9), nn.Linear(4, 2))
    trial, _ = tried(Script(net), "lower_dropout", arguments={"rate": 0.2})
    assert trial.loop.changed == "dropout 0.2 in place of 0.9"
    _, none = tried(Script(nn.Linear(4, 2)), "remove_dropout")
    assert "would change nothing" in none.refused
    trial, _ = tried(Script(nn.Linear(4, 2)), "add_dropout")
    assert trial.loop.changed == "dropout 0.3 before the output layer"
    _, none = tried(Script(net), "add_dropout")
    assert "would change nothing" in none.refused


def test_dropout_that_is_always_on_acts_in_training_alone(tried):
    class Always(nn.Linear):
        def forward(self, x):
            dropped = F.dropout(torch.ones_like(x), 0.5)  # its training=True is the default
            self.zeros = int((dropped == 0).sum())
            return super().forward(x * dropped)

    net = Always(4, 2)
    tried(Script(net))
    assert net.zeros > 0
    net = Always(4, 2)
    tried(Script(net), "dropout_in_training_alone")
    assert net.zeros == 0


def test_weight_decay_is_taken_out(tried):
    trial, _ = tried(Script(settings={"weight_decay": 0.5}), "remove_weight_penalty")
    assert trial.loop.changed == "weight decay 0 in place of 0.5"
    assert [group["weight_decay"] for group in trial.loop.groups] == [0.0]
    _, none = tried(Script(), "remove_weight_penalty")
    assert "would change nothing" in none.refused


def test_training_stops_early_and_the_best_epoch_counts(tried):
    script = Script(rate=1e-30, epochs=20)
    seen = Looped(epochs=20)
    tried(script, "stop_early", seen=seen, arguments={"patience": 2})
    assert len(script.modes) <= 2 * 4
    _, none = tried(Script(), "stop_early")
    assert "would change nothing" in none.refused


def test_modes_are_set_where_the_script_does_not(tried):
    class Mode(nn.Linear):
        def forward(self, x):
            (self.quiet if not torch.is_grad_enabled() else self.loud).append(self.training)
            return super().forward(x)

    def net():
        made = Mode(4, 2)
        made.quiet, made.loud = [], []
        return made

    one = net()
    tried(Script(one, eval=False), "eval_in_validation")
    assert not any(one.quiet)
    assert all(one.loud)
    assert one.training  # as the script left it
    one = net()
    tried(Script(one, train=False), "train_in_training")
    assert all(one.loud)
    assert not any(one.quiet)


def test_activations_are_put_in_and_replaced(tried):
    deep = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    trial, _ = tried(Script(deep), "activate_hidden_layers")
    assert trial.loop.changed == "relu behind 1 hidden layers"
    assert (deep[:2](torch.randn(9, 4)) >= 0).all()
    dull = nn.Sequential(nn.Linear(4, 3), nn.Sigmoid(), nn.Linear(3, 2))
    trial, _ = tried(Script(dull), "relu_in_hidden_layers")
    assert trial.loop.changed == "relu in place of sigmoid in 1 hidden layers"
    assert trial.loop.instead == {0: "relu"}
    twice = nn.Sequential(nn.Linear(4, 2), nn.ReLU(), nn.LogSoftmax(1))
    trial, _ = tried(Script(twice, "nll_loss"), "remove_second_activation")
    assert trial.loop.changed == "relu is taken out before log_softmax"
    for name in ("activate_hidden_layers", "relu_in_hidden_layers", "remove_second_activation"):
        fine = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        _, none = tried(Script(fine), name)
        assert "would change nothing" in none.refused, name


class Rectified(nn.Module):
    """An output that is rectified in one of the ways to write that."""

    def __init__(self, how):
        super().__init__()
        self.how, self.last, self.layer = how, nn.Linear(4, 2), nn.ReLU()

    def forward(self, x):
        out = self.last(torch.relu(x))
        if self.how == "layer":
            return self.layer(out)
        if self.how == "method":
            return out.relu()
        return torch.relu(out) if self.how == "torch" else F.relu(out)


@pytest.mark.parametrize("how", ["layer", "method", "torch", "functional"])
def test_the_activation_of_the_output_is_left_out_however_it_is_written(tried, how):
    seen = Looped(epochs=2, loss="sparse_categorical_crossentropy(from_logits)")
    outs = []
    script = Script(Rectified(how), lambda out, y: (outs.append(out), F.cross_entropy(out, y))[1])
    trial, _ = tried(script, "match_output_activation", seen=seen)
    assert trial.loop.changed == "output activation none in place of relu"
    assert any((out < 0).any() for out in outs)


LOGITS = "sparse_categorical_crossentropy(from_logits)"


@pytest.mark.parametrize(
    ("net", "loss", "named", "labels"),
    [
        (lambda: nn.Sequential(nn.Linear(4, 2), nn.Softmax(1)), "cross_entropy", LOGITS, None),
        (lambda: nn.Linear(4, 2), "nll_loss", "negative_log_likelihood", None),
        (lambda: nn.Linear(4, 2), "mse_loss", "mean_squared_error", "one_hot"),
        (lambda: nn.Sequential(nn.Linear(4, 1), nn.Flatten(0)), "mse_loss", "mean_squared_error",
         "float"),
        (lambda: nn.Sequential(nn.Linear(4, 1), nn.Sigmoid(), nn.Flatten(0)),
         "binary_cross_entropy_with_logits", "binary_crossentropy(from_logits)", "float"),
    ],
)  # fmt: skip
def test_the_loss_is_matched_to_labels_and_output(tried, net, loss, named, labels):
    make = {
        None: lambda y: y,
        "float": lambda y: y.float(),
        "one_hot": lambda y: F.one_hot(y, 2).float(),
    }[labels]
    seen = Looped(epochs=20, loss=named, labels=numbers(values=(0, 1), counts=(20, 20)))
    script = Script(net(), loss, labels=make, rate=3.0, epochs=20)
    trial, found = tried(script, "match_loss_to_labels", seen=seen)
    assert trial.loop.changed
    assert found.value > 0.8


def test_a_loss_that_fits_is_left(tried):
    seen = Looped(epochs=2, loss=LOGITS, labels=numbers(values=(0, 1), counts=(20, 20)))
    _, none = tried(Script(), "match_loss_to_labels", seen=seen)
    assert "would change nothing" in none.refused
    one = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))
    several = Looped(epochs=2, loss="mean_squared_error", labels=numbers(values=(0, 1, 2)))
    _, none = tried(Script(one, "mse_loss"), "match_loss_to_labels", seen=several)
    assert "no room" in none.refused


def test_an_output_gets_a_unit_for_each_class(tried):
    seen = Looped(epochs=2, loss=LOGITS, labels=numbers(values=(0, 1, 2), high=2))
    script = Script(nn.Linear(4, 2), labels=lambda y: 2 * y)
    assert tried(script)[1].failure.startswith("IndexError")
    trial, found = tried(script, "match_output_to_classes", seen=seen)
    assert found.failure is None
    assert script.net.weight.shape == (3, 4)
    assert [id(w) for g in trial.loop.groups for w in g["params"]] == list(
        map(id, script.net.parameters())
    )


def test_averages_follow_faster_and_weights_are_drawn_as_usual(tried):
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3, momentum=1e-4), nn.Linear(3, 2))
    trial, _ = tried(Script(net), "faster_batchnorm")
    assert net[1].momentum == 0.1
    assert trial.loop.changed == "momentum 0.1 in place of 0.0001"
    _, none = tried(Script(nn.Linear(4, 2)), "faster_batchnorm")
    assert "would change nothing" in none.refused
    zero = nn.Linear(4, 2)
    nn.init.zeros_(zero.weight)
    tried(Script(zero, rate=1e-9), "usual_initialisation")
    assert zero.weight.abs().max() > 0.01
