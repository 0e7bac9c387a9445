"""Trials of loops of PyTorch: scripts that are executed with one thing changed, and measured."""

import textwrap

import pytest

pytest.importorskip("torch")

from fitdoctor import doctor, proof
from fitdoctor.experiments import jobs
from fitdoctor.observe import proving
from fitdoctor.records.experiment import Trial
from fitdoctor.records.finding import Prescription
from fitdoctor.records.job import Job, Looped
from fitdoctor.records.journal import read

SCRIPT = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)
open("executed", "a").write(".")
x = 3 * torch.randn(300, 6)
y = (x[:, 0] > x[:, 1]).long()
net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
opt = torch.optim.Adam(net.parameters(), lr=RATE)
train = DataLoader(TensorDataset(x[:200], y[:200]), 5, shuffle=True)
held = DataLoader(TensorDataset(x[200:], y[200:]), 50)
for epoch in range(4):
    net.train()
    for a, b in train:
        opt.zero_grad()
        nn.functional.cross_entropy(net(a), b).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(a).argmax(1) == b).sum().item() for a, b in held)
    torch.save(net.state_dict(), "last.pt")
open("went on", "a").write(".")
"""
ENDS = '\nopen("went on", "a").write(".")\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def trial(here):
    """Execute one trial of a script and return what it measured."""

    def run(text, treatment=None, *, seen=None, **settings):
        (here / "train.py").write_text(textwrap.dedent(text))
        script = here / "train.py"
        given = None
        if treatment is not None:
            given = Prescription(intervention=treatment, arguments={}, sentence="")
        job = Job(
            script=str(script), folder=str(here), digest=proving.digest(script), treatment=given,
            loop=seen or Looped(epochs=4), **{"seed": 0, "order_seed": 0, **settings},
        )  # fmt: skip
        (here / "results").mkdir(exist_ok=True)
        place = jobs.Place(folder=str(here / "results"), limit=300)
        found = jobs.perform(job, place)
        assert not list((here / "results").glob("*.files"))
        (here / "results" / f"{jobs.name_of(job)}.json").unlink()
        return found

    return run


def test_a_trial_ends_behind_the_last_validation_and_writes_no_file_of_the_script(here, trial):
    found = trial(SCRIPT.replace("RATE", "0.01"))
    assert (found.outcome, found.rows) == ("val_accuracy", 100)
    assert 0.5 < found.value <= 1
    assert (here / "executed").exists()
    assert not (here / "went on").exists()
    assert not (here / "last.pt").exists()


def test_a_seed_gives_the_same_trial_again_and_others_another_one(trial):
    def value(**seeds):
        return trial(text, **seeds).value

    text = SCRIPT.replace("RATE", "0.003")
    text = text.replace("TensorDataset(x[200:], y[200:]), 50", "TensorDataset(x, y), 50")
    first = value(seed=1, order_seed=1)
    assert value(seed=1, order_seed=1) == first
    others = {value(seed=2, order_seed=1), value(seed=1, order_seed=2), value(seed=3, order_seed=3)}
    assert len(others | {first}) > 2


def test_the_learning_rate_is_set_before_the_first_step(trial):
    plain = trial(SCRIPT.replace("RATE", "1e-7"))
    treated = trial(SCRIPT.replace("RATE", "1e-7"), "usual_learning_rate")
    assert treated.changed == "learning rate 0.001 in place of 1e-07"
    assert plain.changed == ""
    assert treated.value > plain.value
    none = trial(SCRIPT.replace("RATE", "1e-3"), "usual_learning_rate")
    assert none.refused == "usual_learning_rate would change nothing here"


def test_what_ends_a_training_is_an_outcome_and_what_comes_before_it_is_none(trial):
    text = SCRIPT.replace("RATE", "0.01")
    failed = trial(text.replace("        opt.step()", "        opt.step(); b[999]"))
    assert failed.refused is None
    assert failed.failure.startswith("IndexError: index 999")
    early = trial(text.replace("net = nn", "y[999]\nnet = nn"))
    assert "before its training: IndexError" in early.refused
    nan = trial(text.replace("0.01", "1e36"))
    assert nan.failure == "what it predicts is NaN or infinite"


def test_a_loop_that_stops_by_itself_is_measured_where_it_stops(here, trial):
    stops = "    if epoch == 1: break\n    torch.save"
    found = trial(SCRIPT.replace("RATE", "0.01").replace("    torch.save", stops))
    assert found.value > 0.5
    assert (here / "went on").exists()


def test_without_other_images_those_of_training_are_asked_again(trial):
    text = SCRIPT.replace("RATE", "0.01").replace("        right = sum", "        0  # ")
    found = trial(text, scored_on="training")
    assert (found.outcome, found.rows) == ("accuracy", 200)
    assert found.value > 0.5


@pytest.mark.parametrize(
    "made",
    [
        "net = torch.compile(net, backend='eager')",
        "net = torch.jit.script(net)",
        "plain = net.forward\nnet.forward = torch.autocast('cpu', dtype=torch.bfloat16)(plain)",
    ],
)
def test_networks_that_are_compiled_or_in_other_precision_are_treated(trial, made):
    text = SCRIPT.replace("RATE", "1e-7").replace("opt = torch", f"{made}\nopt = torch")
    treated = trial(text, "usual_learning_rate")
    assert treated.changed == "learning rate 0.001 in place of 1e-07"
    assert treated.value > 0.6


TENSORS = """
import torch
from torch import nn

torch.set_num_threads(1)
x = torch.rand(200, 3)
y = x @ torch.tensor([[1.0], [2.0], [0.5]])
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
loss = nn.MSELoss()
for epoch in range(60):
    order = torch.randperm(150)
    for at in range(0, 150, 50):
        some = order[at:at + 50]
        opt.zero_grad()
        loss(net(x[some]), y[some]).backward()
        opt.step()
    with torch.no_grad():
        loss(net(x[150:]), y[150:])
"""


def test_of_a_loop_over_tensors_the_share_of_variance_is_explained(trial):
    found = trial(TENSORS, classes=False, seen=Looped(epochs=60))
    assert (found.outcome, found.rows) == ("val_r2", 50)
    assert found.value > 0.9
    assert trial(TENSORS, classes=False, seen=Looped(epochs=60), order_seed=5).value != found.value


def test_a_cause_is_proven_by_pairs_of_trainings(here):
    (here / "train.py").write_text(SCRIPT.replace("RATE", "1e-7"))
    _, verdicts, _ = proof.prove_script(
        "train.py", cause="learning_rate_too_low", seeds=2, folder="proof"
    )
    (verdict,) = verdicts
    assert verdict.experiment.outcome == "val_accuracy"
    trials = {(t.arm, t.seed): t for t in read(here / "proof" / proving.TRIALS, Trial)}
    assert len(trials) == 4
    for seed in (0, 1):
        assert trials["treated", seed].outcome > trials["control", seed].outcome
    assert trials["control", 0].outcome != trials["control", 1].outcome
    assert (here / "executed").read_text() == "." * 5
    assert (here / "went on").read_text() == "."  # the run that is recorded


def test_a_change_of_the_source_is_verified_by_trainings(here):
    (here / "before.py").write_text(SCRIPT.replace("RATE", "1e-7"))
    (here / "after.py").write_text(SCRIPT.replace("RATE", "0.01"))
    verdict = proof.compare_scripts("before.py", "after.py", seeds=2, folder="proof")
    assert verdict.effect.value > 0
    recorded = doctor.diagnose_recorded(here / "proof", here / "before.py").run
    job = proving.as_it_is(here / "before.py", [], recorded, here / "proof")
    assert job.loop.epochs == 4
    assert job.loop.inputs.columns == 6
    assert sum(job.loop.labels.counts) == 200


AUGMENTED = """
import sys
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.transforms import v2

torch.set_num_threads(1)
kind = KIND
change = kind.Compose([kind.RandomResizedCrop(8), kind.RandomHorizontalFlip(),
                       kind.ColorJitter(0.5, 0.5), kind.RandomRotation(30)])
images = torch.rand(80, 3, 12, 12, generator=torch.Generator().manual_seed(1))
labels = (images.mean((1, 2, 3)) > 0.5).long()
class Photos(Dataset):
    def __len__(self):
        return len(images)
    def __getitem__(self, place):
        return change(images[place]), labels[place]
first, second = (torch.stack([Photos()[n][0] for n in range(5)]) for _ in range(2))
open(PLACE, "w").write(f"{tuple(first.shape)} {bool((first == second).all())}")
net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    for a, b in DataLoader(Photos(), 20, shuffle=True):
        opt.zero_grad()
        nn.functional.cross_entropy(net(a), b).backward()
        opt.step()
"""


@pytest.mark.parametrize("kind", ["transforms", "v2"])
def test_random_transforms_of_torchvision_are_taken_out(trial, here, kind):
    pytest.importorskip("torchvision")
    place = here / "drawn.txt"
    text = AUGMENTED.replace("KIND", kind).replace("PLACE", repr(str(place)))
    told = []
    for treatment in (None, "remove_augmentation"):
        found = trial(text, treatment, seen=Looped(epochs=2))
        told.append((place.read_text(), found.changed))
    assert told == [
        ("(5, 3, 8, 8) False", ""), ("(5, 3, 8, 8) True", "without random transforms"),
    ]  # fmt: skip
