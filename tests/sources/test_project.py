"""Folders in which people train: what is read of them together, and what is said of the rest."""

import json

import pytest

from fitdoctor import doctor, sources
from fitdoctor.cli import main
from fitdoctor.errors import ClaimError, UnreadableSourceError
from fitdoctor.report import documents, text
from fitdoctor.report import json as report_json

LOG = "epoch,loss,accuracy,val_loss,val_accuracy\n" + "".join(
    f"{e},{0.9 / e:.4f},{1 - 0.4 / e:.4f},{0.8 + 0.05 * e:.4f},0.6{e % 3}\n" for e in range(1, 13)
)
NET = """
from torch import nn

def make(classes):
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(8, classes), nn.Softmax(dim=1))
"""
TRAIN = """
import torch
from torch import nn
from parts.net import make

model = make(5)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(12):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
"""


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "leaves"
    (folder / "parts").mkdir(parents=True)
    (folder / "train.py").write_text(TRAIN)
    (folder / "parts" / "net.py").write_text(NET)
    (folder / "run.csv").write_text(LOG)
    (folder / "rename.py").write_text("# makes names short\nimport os\nos.rename('a', 'b')\n")
    (folder / "requirements.txt").write_text("torch\n")
    (folder / ".git").mkdir()
    return folder


def test_a_folder_is_its_script_with_modules_and_its_log(home):
    (diagnosis,) = doctor.diagnose_all(home)
    run = diagnosis.run
    assert run.sources == tuple(str(home / n) for n in ("run.csv", "train.py", "parts/net.py"))
    assert len(run.curves["loss"]) == 12
    assert [layer.kind for layer in run.recipe.layers][-2:] == ["Dense", "Softmax"]
    lead = next(c for c in diagnosis.causes if c.rule == "probabilities_into_logits_loss")
    assert lead.lines[0].place == "net.py line 6"
    assert "Softmax" in lead.lines[0].before
    assert run.passed_over == {str(home / "rename.py"): "no training in it"}
    answer = text.render(diagnosis, width=100)
    assert "Read together: run.csv, train.py, net.py. Not read: rename.py" in answer
    assert "net.py line 6" in answer
    assert answer.count("\n") < text.MOST_LINES


def test_files_given_one_by_one_are_the_same_program(home, monkeypatch):
    by_folder = doctor.diagnose(home)
    by_name = doctor.diagnose(*(home / n for n in ("parts/net.py", "run.csv", "train.py")))
    alone = doctor.diagnose(home / "train.py", home / "run.csv")
    for other in (by_name, alone):
        assert [c.rule for c in other.causes] == [c.rule for c in by_folder.causes]
        assert [c.lines for c in other.causes] == [c.lines for c in by_folder.causes]
    monkeypatch.chdir(home / "parts")
    assert doctor.diagnose("../train.py").causes[0].rule == "probabilities_into_logits_loss"


def test_the_command_that_goes_on_names_what_was_given(home):
    found = report_json.brief([doctor.diagnose(home)])
    assert "net.py" not in found.next


def test_lines_in_json_are_those_of_their_file(home):
    causes = report_json.document([doctor.diagnose(home)]).causes
    seen = next(e for c in causes for e in c.evidence if e.line)
    assert (seen.file, seen.line) == (str(home / "train.py"), 13)


def test_of_several_logs_the_newest_is_taken_and_the_others_are_named(home):
    import os

    (home / "old.csv").write_text(LOG.replace("0.9", "0.8"))
    os.utime(home / "old.csv", (1, 1))
    run = doctor.diagnose(home).run
    assert str(home / "run.csv") in run.sources
    assert "newest" in run.passed_over[str(home / "old.csv")]


def test_two_scripts_that_train_are_two_programs_with_their_modules(home):
    (home / "other.py").write_text(TRAIN.replace("1e-3", "0.5"))
    found = doctor.diagnose_all(home)
    assert len(found) == 3  # whose the log is is not known
    assert [len(d.run.recipe.layers) if d.run.recipe else 0 for d in found[1:]] == [6, 6]
    assert all("model.fit printed" not in what for d in found for what in d.bring)
    assert f"{home / 'run.csv'} alone with it, if that is its log" in found[1].bring
    assert any("if that is its script" in what for what in found[0].bring)


def test_images_of_a_project_are_looked_at_and_many_are_named(home, monkeypatch):
    from PIL import Image

    for kind, number in (("oak", 3), ("ash", 5)):
        (home / "data" / kind).mkdir(parents=True)
        for n in range(number):
            Image.new("RGB", (4, 4), (n * 9, 0, 0)).save(home / "data" / kind / f"{n}.png")
    assert doctor.diagnose(home).run.data.class_counts == (5, 3)
    monkeypatch.setattr("fitdoctor.sources._project.FEW_IMAGES", 4)
    assert "fitdoctor audit" in doctor.diagnose(home).run.passed_over[str(home / "data")]


def test_a_folder_without_training_is_refused_with_what_to_bring(tmp_path):
    (tmp_path / "a.py").write_text("print('hello')\n")
    with pytest.raises(UnreadableSourceError, match="Give the log, the script"):
        doctor.diagnose(tmp_path)


def test_a_quotation_may_be_from_a_file_that_was_not_read(home):
    claim = {"predicate": "shuffled", "sentence": "# makes names short"}
    assert doctor.diagnose(home, claims=[claim]).run.claims[0].predicate == "shuffled"
    with pytest.raises(ClaimError, match="not in the text"):
        doctor.diagnose(home, claims=[{**claim, "sentence": "# makes names long"}])


def test_a_folder_of_logs_alone_is_as_before(tmp_path):
    (tmp_path / "a.log").write_text("nothing")
    with pytest.raises(UnreadableSourceError, match="neither a run folder"):
        sources.read_all([tmp_path])


def test_the_short_form_holds_to_its_schema_and_is_short(home, capsys):
    import jsonschema

    main(["diagnose", str(home), "--output-format", "json"])
    whole = capsys.readouterr().out
    main(["diagnose", str(home), "--output-format", "brief"])
    short = capsys.readouterr().out
    data = json.loads(short)
    jsonschema.validate(data, documents.schema("brief"))
    assert len(short) < len(whole) / 4
    full = json.loads(whole)
    assert data["verdict"] == full["verdict"]
    likely = [c["rule"] for c in full["causes"] if c["probability"] >= 0.2]
    assert [c["rule"] for c in data["causes"]] == likely[:5]
    assert data["causes"][0]["lines"] == full["causes"][0]["lines"]


def test_a_healthy_log_beside_scripts_that_were_not_read_says_so(home):
    rows = "".join(
        f"{e},{1.6 / e**0.5:.4f},{0.9 - 0.6 / e:.4f},{1.65 / e**0.5:.4f},{0.89 - 0.6 / e:.4f}\n"
        for e in range(1, 31)
    )
    (home / "run.csv").write_text(f"epoch,loss,accuracy,val_loss,val_accuracy\n{rows}")
    (home / "parts" / "net.py").write_text(NET.replace(", nn.Softmax(dim=1)", ""))
    diagnosis = doctor.diagnose(home)
    assert diagnosis.verdict == "healthy"
    assert text.render(diagnosis).startswith("No problem found in what was read.")
    (home / "rename.py").unlink()
    assert text.render(doctor.diagnose(home)).startswith("No problem found.")


def test_of_many_scripts_those_that_train_are_read(home):
    for n in range(9):
        (home / f"train_{n}.py").write_text(TRAIN)
        (home / f"tool_{n}.py").write_text("import os\nprint(os.listdir('.'))\n")
    (home / "start.py").write_text("from train_0 import model\nprint(model)\n")
    found = doctor.diagnose_all(home)
    assert 2 <= len(found) <= 8
    passed = found[0].run.passed_over
    assert passed[str(home / "tool_3.py")] == "no training in it"
    assert "more scripts that train" in " ".join(passed.values())
