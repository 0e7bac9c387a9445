"""What is advised is not refused: every command in any output is one that this source allows."""

import re
import shlex
from pathlib import Path

import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cli.parser import parser
from fitdoctor.experiments import design
from fitdoctor.records.journal import Event, append
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.text import write_recipe
from fitdoctor.report import headline, html, json, text
from fitdoctor.rules import all_rules

HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.txt"))[::40]
QUESTIONS = sorted((HERE / "questions").glob("*.txt"))[::60]
LOGS = sorted((HERE / "sources/samples").glob("*_console/*.txt"))[:8]
HEAD = (Layer(kind="Dropout", rate=0.9), Layer(kind="Dense", units=4), Layer(kind="Dense", units=2))
HEADER = "epoch,loss,accuracy,val_loss,val_accuracy\n"


def run_folder(home, recipe, *, fits=True):
    """Return a run folder whose training overfits, or never learns."""
    home.mkdir()
    write_recipe(recipe, home / "recipe.toml")
    rows = []
    for e in range(1, 21):
        loss, accuracy = (0.7 / e, min(0.5 + e / 30, 1.0)) if fits else (0.7, 0.5)
        rows.append(f"{e},{loss},{accuracy},{0.6 + e / 20},0.6")
    (home / "metrics.csv").write_text(HEADER + "\n".join(rows) + "\n")
    append(home / "journal.jsonl", Event(event="trained", at=0.0, seconds=20.0))
    return home


TRAINED = Recipe(
    images="photos", backbone=Backbone(name="MobileNetV2", weights="imagenet"), layers=HEAD,
    loss="categorical_crossentropy", optimizer=Optimizer(name="Adam", learning_rate=0.3),
    batch_size=16, epochs=20, patience=5,
)  # fmt: skip
RECORDED = replace(TRAINED, images=None, patience=None)
RECIPES = {
    "trained here": TRAINED,
    "trained here without patience": replace(TRAINED, patience=0),
    "trained here, a plain head": replace(TRAINED, layers=(HEAD[-1],)),
    "trained here on raw pixels": replace(TRAINED, backbone=None, input_scale=1.0),
    "recorded": RECORDED,
    "recorded, a network of its own": replace(RECORDED, backbone=None),
}


def said(given):
    """Return the diagnosis of a source and every command in what is printed of it."""
    diagnoses = doctor.diagnose_all(given)
    printed = [text.render(d, width=400, verbose=True) for d in diagnoses]
    printed += [text.render(d, width=400) for d in diagnoses]
    printed += [json.render(diagnoses), html.render(diagnoses, (), title="x")]
    printed += [headline.headline(d).command for d in diagnoses]
    found = {
        re.split(r"[<>`\"\\]|&[a-z#]|\s{3}|, or |[;)]", command)[0].strip()
        for page in printed
        for command in re.findall(r"fitdoctor [a-z-]+ [^\n]+", re.sub(r"\n\s+", " ", page))
    }
    return diagnoses, found


def refused(command, given):
    """Return why a command cannot be run on the source that it was advised for."""
    try:
        parsed = vars(parser().parse_args(shlex.split(command)[1:]))
    except (SystemExit, Exception) as error:  # noqa: BLE001
        return f"{command}: {error}"
    if parsed["command"].__name__ != "prove":
        return None
    if str(parsed["run"]) != str(given):
        return f"{command}: proves another run than {given}"
    rule = next(r for r in all_rules() if r.name == parsed["cause"])
    try:
        recipe, _ = doctor._patient(parsed["run"])
        design.first_that_applies(rule.name, rule.prescriptions, recipe, pairs=parsed["seeds"])
    except Exception as error:  # noqa: BLE001
        return f"{command}: {error}"
    return None


@pytest.mark.parametrize("path", [*PROGRAMS, *QUESTIONS, *LOGS], ids=lambda p: p.name)
def test_no_output_of_a_text_advises_what_it_refuses(path):
    _, commands = said(path)
    assert not [why for c in sorted(commands) if (why := refused(c, path))]
    assert not [c for c in commands if c.startswith("fitdoctor prove")]


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("fits", [True, False], ids=["overfits", "never learns"])
def test_no_output_of_a_run_advises_what_it_refuses(tmp_path, name, fits):
    home = run_folder(tmp_path / "run", RECIPES[name], fits=fits)
    diagnoses, commands = said(home)
    assert diagnoses[0].causes
    assert not [why for c in sorted(commands) if (why := refused(c, home))]
    proofs = [c for c in commands if c.startswith("fitdoctor prove")]
    assert bool(proofs) == any(doctor.leading_causes(diagnoses[0]))
    if name.startswith("recorded"):
        assert not proofs


def test_a_recording_is_told_what_to_change_and_how_to_record_again(tmp_path):
    home = run_folder(tmp_path / "run", RECORDED)
    with (home / "metrics.csv").open() as file:
        rows = [line.strip() for line in file]
    probed = [rows[0] + ",probe_loss", *(f"{row},0.5" for row in rows[1:])]
    (home / "metrics.csv").write_text("\n".join(probed) + "\n")
    how = doctor.diagnose(home).next_test.how
    assert "change your script" in how
    assert "fitdoctor.Recorder(" in how


def test_a_script_of_torch_is_not_told_to_use_a_callback_of_keras(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(TORCH)
    test = doctor.diagnose(path).next_test
    assert test is None or "Recorder" not in test.how


TORCH = """
import torch
from torch import nn
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(0.95), nn.Linear(8, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=5.0)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
"""


@pytest.mark.parametrize(
    "command", ["fitdoctor prove RUN --cause overfitting", "fitdoctor nonsense x",
                "fitdoctor explain x --no-such-option"],
)  # fmt: skip
def test_commands_that_would_be_refused_are_noticed(tmp_path, command):
    home = run_folder(tmp_path / "run", RECORDED)
    assert refused(command, home)
    assert refused(command.replace("RUN", str(home)), home)
