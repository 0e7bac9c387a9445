"""What commands print as JSON holds to the schemas in the package."""

import json

import jsonschema
import numpy as np
import pytest
from PIL import Image

from fitdoctor.cli import main
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Experiment, Trial, Verdict
from fitdoctor.records.finding import Prescription
from fitdoctor.records.recipe import Recipe
from fitdoctor.report import documents
from fitdoctor.report import json as to_json

LOG = "\n".join(
    f"Epoch {n}/9\n10/10 - loss: {0.9 / n:.4f} - val_loss: {'nan' if n == 4 else f'1.{n}000'}"
    for n in range(1, 10)
)
SCRIPT = """
from keras import layers, models
model = models.Sequential([layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(1, "softmax")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train / 255, y_train, epochs=5, validation_data=(x_val, y_val))
"""


@pytest.mark.parametrize("command", [*documents.DOCUMENTS, *documents.INPUTS])
def test_kept_schemas_are_those_of_the_types_and_valid(command):
    kept = documents.schema(command)
    assert kept == json.loads(json.dumps(documents.made_schema(command)))
    jsonschema.Draft202012Validator.check_schema(kept)


def holds(command, text):
    data = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    jsonschema.validate(data, documents.schema(command))
    return data


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.log").write_text(LOG)
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "two.log").write_text(f"{LOG}\n\n{LOG}\n")
    (tmp_path / "words.txt").write_text(
        "My val_loss jumps up and comes back while I train a CNN on birds. Is that normal?"
    )
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for n in range(6):
            pixels = rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{n}.png")
    (tmp_path / "photos" / "b" / "6.png").write_bytes(
        (tmp_path / "photos" / "a" / "0.png").read_bytes()
    )
    return tmp_path


@pytest.mark.parametrize(
    "sources",
    [["train.log"], ["train.py"], ["two.log"], ["words.txt"], ["train.log", "train.py", "photos"]],
    ids=" ".join,
)
def test_diagnoses_hold_to_their_schema(there, capsys, sources):
    main(["diagnose", *sources, "--answer", "batchnorm=no", "--output-format", "json"])
    data = holds("diagnose", capsys.readouterr().out)
    assert next(iter(data)) == "schema"
    assert ("runs" in data) == (sources == ["two.log"])


@pytest.mark.xdist_group("keras")
def test_reading_checks_and_audits_hold_to_their_schemas(there, capsys):
    main(["read", "train.py", "--output-format", "json"])
    assert holds("read", capsys.readouterr().out)["runs"][0]["recipe"]["layers"]
    main(["check", "train.py", "--output-format", "json"])
    assert holds("check", capsys.readouterr().out)
    main(["audit", "photos", "--output-format", "json"])
    assert holds("audit", capsys.readouterr().out)["findings"]


TRIAL = Trial(
    cause="dropout_too_high",
    intervention="lower_dropout",
    arm="control",
    seed=0,
    outcome=0.0,
    seconds=1.0,
    failure="diverged",
)


def test_proofs_hold_to_their_schema():
    experiment = Experiment(
        cause="dropout_too_high",
        prescription=Prescription(
            intervention="lower_dropout", arguments={"rate": 0.2}, sentence="x"
        ),
        control=Recipe(),
        treated=Recipe(),
        pairs=5,
    )
    verdict = Verdict(
        experiment=experiment,
        trials=(TRIAL,),
        pairs=1,
        effect=Estimate(float("nan"), float("-inf"), float("inf")),
        level=0.95,
        decision="undecided",
        pairs_needed=None,
        sentence="",
    )
    assert holds("prove", to_json.render_proof([verdict], []))["experiments"][0]["low"] is None


def test_a_document_that_lacks_a_field_or_has_another_type_is_refused(there, capsys):
    main(["diagnose", "train.log", "--output-format", "json"])
    data = json.loads(capsys.readouterr().out)
    for change in ({"verdict": "ill"}, {"schema": 2}, {"causes": [{"rule": "x"}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**data, **change}, documents.schema("diagnose"))
