"""What people see: text, HTML and JSON of the same diagnosis."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.evaluation import Bin, Calibration, ClassScore, Evaluation
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Run, curve
from fitdoctor.report import evaluation, html, scripts, text
from fitdoctor.report import json as to_json

HOSTILE = "</title><script>alert(1)</script>"


def patient() -> Diagnosis:
    run = with_curves(classes=4, loss=falling(to=0.02), val_loss=rising_after(8, rise=0.04))
    diagnosis = doctor.examine(replace(run(np.random.default_rng(5)), name="patient"))
    # A new rule must not change what is recorded here.
    few = ("overfitting", "underfitting", "batchnorm_inference_gap")
    return replace(
        diagnosis, outcomes=tuple(o for o in diagnosis.outcomes if o.rule in few), bring=("a log",)
    )


def test_text_as_recorded(snapshot):
    assert text.render(patient()) == snapshot


def test_colour_is_only_added():
    assert "\x1b[" in text.render(patient(), colour=True)
    assert "\x1b[" not in text.render(patient())


def test_json_keeps_the_contract():
    data = json.loads(to_json.render([patient()]))
    assert data["schema"] == 1
    assert data["verdict"] == "sick"
    assert set(data) >= {"causes", "symptoms", "benign", "next_test", "outcomes", "read"}
    cause = data["causes"][0]
    assert set(cause) >= {"rule", "code", "probability", "proven", "evidence", "remedies"}
    assert set(cause["evidence"][0]) >= {"sentence", "value", "low", "high", "line"}
    assert {o["outcome"] for o in data["outcomes"]} <= {"finding", "clear", "skipped", "crashed"}
    assert set(data["read"]) >= {"curves", "recipe", "sources", "not_understood"}
    assert data["read"]["curves"]["loss"][0][0] == 1


def test_several_runs_are_a_list():
    data = json.loads(to_json.render([patient(), patient()]))
    assert len(data["runs"]) == 2


def test_json_knows_no_nan():
    run = Run(curves={"loss": curve([1.0, float("nan"), float("inf")])})
    data = json.loads(to_json.render([doctor.examine(run)]), parse_constant=lambda _: 1 / 0)
    assert data["read"]["curves"]["loss"][1] == [2, None]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.remote: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.remote += [v for k, v in attrs if k in {"src", "href"} and v]


def test_html_is_self_contained_and_escapes_what_was_pasted():
    diagnosis = patient()
    run = replace(diagnosis.run, name=HOSTILE, not_understood=(HOSTILE,))
    page = html.render([replace(diagnosis, run=run)], title=HOSTILE)
    tags = Tags()
    tags.feed(page)
    assert tags.seen.count("script") == 1  # its own, which the content policy names
    assert f"<script>{scripts.whole().text}</script>" in page
    assert tags.remote == []
    assert "svg" in tags.seen
    assert HOSTILE not in page


def test_html_of_a_run_without_curves():
    assert "Cannot tell" in html.render([doctor.examine(Run())])


def test_read_shows_curves_settings_and_what_is_left_over(capsys, tmp_path):
    from fitdoctor.cli import main

    path = tmp_path / "page.txt"
    path.write_text(
        "I use 300 training images.\nmodel = Sequential([Dense(4, activation='relu')])\n"
        "model.fit(x, y, epochs=2, batch_size=8)\n\nEpoch 1/2\n - 3s - loss: 0.9 - val_loss: 0.8\n"
        "strange 1.5 2.5 3.5 numbers\n"
    )
    assert main(["read", str(path)]) == 0
    out = capsys.readouterr().out
    assert "val_loss" in out
    assert "units 4, activation relu, -> 4  [line 2]" in out
    assert "batch_size               8  [line 3]" in out
    assert "n_train                  300  [stated]" in out
    assert "strange 1.5" in out
    assert main(["read", str(path), "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["curves"]["loss"] == [[1, 0.9]]


@pytest.mark.parametrize(
    ("temperature", "after", "said"),
    [
        (None, None, ". No temperature could be determined"),
        (Estimate(1.5, 1.2, 1.9), 0.05, "temperature of 1.50 (1.20 to 1.90) gives 0.050 on images"),
        (Estimate(0.06, 0.05, 0.4), None, "temperature of 0.06 (beyond 0.05 to 0.40) fits"),
        (
            Estimate(1.1, 0.8, 1.9),
            0.05,
            ". No temperature is shown to do better: 1.10 (0.80 to 1.90)",
        ),
    ],
)
def test_a_temperature_that_was_not_found_is_no_result(temperature, after, said):
    half = Estimate(0.5, 0.4, 0.6)
    found = Evaluation(
        images=40, of="test", accuracy=half, balanced_accuracy=0.5, wrong=(), confusion=((40,),),
        classes=(ClassScore(name="a", images=40, recall=half, precision=half),),
        calibration=Calibration(
            bins=(Bin(confidence=0.9, accuracy=half, images=40),), error=0.1, log_loss=1.0,
            temperature=temperature, error_after=after, log_loss_after=after,
        ),
    )  # fmt: skip
    assert said in evaluation.text(found)
    assert found.calibration is not None
    assert said in evaluation.reliability(found.calibration).caption


@pytest.mark.parametrize(("name", "trained"), [("a", 0), ("a_class_of_a_long_name", 7)])
def test_the_columns_of_classes_stand_under_their_heads(name, trained):
    whole, none = Estimate(1.0, 0.995, 1.0), Estimate(0.5, 0.01, 0.99)
    scores = tuple(
        ClassScore(name=n, images=12345, recall=r, precision=none)
        for n, r in ((name, whole), ("b", none), ("c", None))
    )
    found = Evaluation(
        images=40, of="test", accuracy=none, balanced_accuracy=0.5, wrong=(), classes=scores,
        confusion=((1, 0, 0),) * 3, trained_on=trained,
    )  # fmt: skip
    lines = evaluation.text(found).splitlines()
    (head,) = (i for i, line in enumerate(lines) if "recall" in line)
    at, last = lines[head].index("recall"), lines[head].index("precision")
    for row in lines[head + 1 : head + 4]:
        assert row[at - 2 : at] == row[last - 2 : last] == "  "
        assert row[at] != " "
        assert row[last] != " "
    assert ("7 of these 40 images were trained on" in "\n".join(lines)) == bool(trained)
