"""What is advised is not refused: every command in any output is one that this source allows."""

import io
import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from fitdoctor import doctor, facts, proof
from fitdoctor.cli import main
from fitdoctor.cli.parser import parse
from fitdoctor.experiments import design
from fitdoctor.records.journal import Event, append
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.text import write_recipe
from fitdoctor.report import headline, html, json, text
from fitdoctor.rules import all_rules
from fitdoctor.sources import pasted

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


def repeated(command, parsed, given):
    """Return why a printed `diagnose` does not diagnose what was given, `train.log` added."""
    named = [source for source in parsed["sources"] if source != "train.log"]
    if named != [str(given)]:
        return f"{command}: names {named}, not {given}"
    for answer in parsed["answer"]:
        fact = facts.fact(answer.partition("=")[0])
        filled = {fact.name: next(iter(fact.answers))}
        if not doctor.diagnose_all(*named, answers=filled)[0].run.answers:
            return f"{command}: takes no answer"
    return None


def refused(command, given):
    """Return why a command cannot be run on the source that it was advised for."""
    try:
        parsed = parse(shlex.split(command)[1:])
    except (SystemExit, Exception) as error:  # noqa: BLE001
        return f"{command}: {error}"
    if parsed["command"].__name__ == "diagnose":
        return repeated(command, parsed, given)
    if parsed["command"].__name__ != "prove":
        return None
    if str(parsed["run"]) != str(given):
        return f"{command}: proves another run than {given}"
    rule = next(r for r in all_rules() if r.name == parsed["cause"])
    try:
        recipe, _ = proof._patient(parsed["run"])
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
    provable = [cause.rule for cause in proof.leading_causes(diagnoses[0])]
    assert provable or not proofs
    if diagnoses[0].causes[0].rule in provable:
        assert f"--cause {provable[0]} " in headline.headline(diagnoses[0]).command
    if name.startswith("recorded"):
        assert not proofs


def commands_of(*sources):
    return [headline.headline(d).command for d in doctor.diagnose_all(*sources)]


FLAT = HEADER + "".join(f"{e},0.7,0.5,0.69{e % 3},0.5\n" for e in range(1, 13))
ASKS = "My network stays at chance level. What is wrong? model.fit(x, y, batch_size=8)"


@pytest.mark.parametrize("name", ["logs/one.csv", "my logs/it's.csv", "./-o.csv"])
def test_sources_are_named_as_they_were_given(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(FLAT)
    Path("ask").mkdir()
    Path("ask/about.txt").write_text(ASKS)
    (command,) = commands_of(name)
    assert command.startswith("fitdoctor diagnose ")
    assert refused(command, name) is None
    (command,) = commands_of("ask/about.txt", name)
    assert parse(shlex.split(command)[1:])["sources"][:2] == ["ask/about.txt", name]


def test_standard_input_is_to_be_given_again(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(FLAT.encode())))
    (diagnosis,) = doctor.diagnose_all("-")
    head = headline.headline(diagnosis)
    assert head.command.startswith("... | fitdoctor diagnose - --answer ")
    assert "Then give the same text again" in head.step


def test_pasted_text_of_an_agent_has_no_command_that_reads_it_again():
    head = headline.headline(doctor.diagnose(*pasted(FLAT)))
    assert "diagnose" not in head.command


@pytest.mark.parametrize("first", [0.96, 0.6])
def test_the_next_step_is_about_the_leading_cause(tmp_path, first):
    home = run_folder(tmp_path / "run", TRAINED)
    diagnosis = doctor.diagnose(home)
    provable = next(proof.leading_causes(diagnosis))
    lead = replace(provable, rule="it_leaks", remedies=(), advice="split by person",
                   probability=first)  # fmt: skip
    head = headline.headline(replace(diagnosis, causes=(lead, replace(provable, probability=0.13))))
    assert "it leaks" in head.step
    assert head.command == f"fitdoctor train {home}/recipe.toml"
    assert "prove" not in head.command
    refuted = replace(lead, proven=False)
    likely = replace(provable, probability=0.7)
    head = headline.headline(replace(diagnosis, causes=(refuted, likely)))
    assert f"--cause {provable.rule}" in head.command


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


def test_an_experiment_takes_the_leading_cause_or_says_which_it_takes(tmp_path):
    home = run_folder(tmp_path / "run", TRAINED)
    diagnosis = doctor.diagnose(home)
    testable = next(proof.leading_causes(diagnosis))
    chosen, why = proof.to_prove(replace(diagnosis, causes=(testable,)))
    assert (chosen, why) == (testable, "")
    lead = replace(testable, rule="pipelines_differ", remedies=(), advice="Prepare both alike.",
                   probability=0.96)  # fmt: skip
    less = replace(testable, probability=0.13)
    chosen, why = proof.to_prove(replace(diagnosis, causes=(lead, less)))
    assert chosen == less
    assert "pipelines_differ (96%), cannot be tested" in why
    assert "Prepare both alike." in why
    assert f"Tested instead: {less.rule} (13%)" in why
    chosen, why = proof.to_prove(replace(diagnosis, causes=(lead,)))
    assert chosen is None
    assert "instead" not in why
    assert proof.to_prove(replace(diagnosis, causes=()))[0] is None


def test_prove_without_a_cause_says_why_it_cannot(tmp_path, monkeypatch, capsys):
    home = run_folder(tmp_path / "run", TRAINED)
    diagnosis = doctor.diagnose(home)
    lead = replace(diagnosis.causes[0], rule="leaked_validation_images", remedies=(),
                   advice="Split by person.")  # fmt: skip
    monkeypatch.setattr(doctor, "diagnose", lambda *_: replace(diagnosis, causes=(lead,)))
    assert main(["prove", str(home)]) == 2
    assert "Split by person." in capsys.readouterr().err


def test_a_script_whose_fault_can_be_mended_is_told_the_command_that_shows_how(tmp_path):
    path = tmp_path / "my train.py"
    path.write_text(
        "import keras\nfrom keras import layers\n(x, y), _ = keras.datasets.cifar10.load_data()\n"
        "model = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(),\n"
        "                          layers.Dense(10)])\n"
        "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
        "model.fit(x, y, epochs=5, validation_split=0.1)\n"
    )
    diagnosis = doctor.diagnose(path)
    assert diagnosis.causes[0].rule == "missing_output_activation"
    assert shlex.split(headline.headline(diagnosis).command) == ["fitdoctor", "fix", str(path)]
    # Pasted code lies in no file that a command could change.
    pasted_code = doctor.diagnose(*pasted(path.read_text()))
    assert "fix" not in headline.headline(pasted_code).command
