"""Verdicts over all rules together."""

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.cases import falling, flat, healthy, rising_after, straight, with_curves
from fitdoctor.differential import conclude
from fitdoctor.records.finding import Finding, Skipped
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run, curve
from fitdoctor.rules import all_rules
from fitdoctor.sources import pasted


@pytest.mark.slow
def test_fewer_than_one_healthy_run_in_twenty_is_called_sick() -> None:
    runs = [healthy(np.random.default_rng((13, seed))) for seed in range(400)]
    verdicts = [doctor.examine(run).verdict for run in runs]
    # 400 draws at a true rate of 5 % give more than 32 only once in a thousand.
    assert verdicts.count("sick") <= 12
    # The others are "cannot tell": a loss that ends well above its lowest is not called fine.
    assert verdicts.count("healthy") >= 350


def test_a_healthy_run_is_called_healthy_and_asks_for_nothing() -> None:
    diagnosis = doctor.examine(healthy(np.random.default_rng(3)))
    assert diagnosis.verdict == "healthy"
    assert diagnosis.next_test is None
    assert diagnosis.bring == ()


def test_overfitting_is_first_where_validation_loss_turns() -> None:
    run = with_curves(loss=falling(to=0.02), val_loss=rising_after(8, rise=0.04))
    diagnosis = doctor.examine(run(np.random.default_rng(0)))
    assert diagnosis.verdict == "sick"
    assert diagnosis.causes[0].rule == "overfitting"


def test_a_gap_alone_makes_nobody_sick() -> None:
    run = with_curves(loss=falling(to=0.05, noise=0.005), val_loss=falling(to=0.6, noise=0.01))
    diagnosis = doctor.examine(run(np.random.default_rng(0)))
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize(("end", "severity"), [(0.93, "note"), (0.75, "warning")])
def test_a_long_stall_is_a_warning_only_where_accuracies_are_far_apart(end, severity):
    run = with_curves(
        loss=straight(50, start=0.9, to=0.1),
        val_loss=falling(50, start=1.0, to=0.5, noise=0.01),
        accuracy=straight(50, start=0.7, to=0.99, noise=0.002),
        val_accuracy=flat(50, at=end, noise=0.005),
    )
    diagnosis = doctor.examine(run(np.random.default_rng(1)))
    (cause,) = [c for c in diagnosis.causes if c.rule == "overfitting"]
    assert cause.severity == severity
    assert diagnosis.verdict == ("sick" if severity == "warning" else "cannot_tell")


def test_training_that_stands_is_not_overfitting() -> None:
    run = with_curves(classes=4, loss=flat(at=1.2), val_loss=rising_after(3, rise=0.01))
    diagnosis = doctor.examine(run(np.random.default_rng(0)))
    assert "overfitting" not in [cause.rule for cause in diagnosis.causes]


def test_nothing_known_is_cannot_tell_with_what_to_bring() -> None:
    diagnosis = doctor.examine(Run())
    assert diagnosis.verdict == "cannot_tell"
    assert any("model.fit printed" in what for what in diagnosis.bring)


def test_every_rule_has_exactly_one_outcome() -> None:
    from fitdoctor.rules import all_rules

    diagnosis = doctor.examine(Run(curves={"loss": curve([1.0, 0.9])}))
    assert sorted(o.rule for o in diagnosis.outcomes) == sorted(r.name for r in all_rules())
    assert all(o.how_to_supply for o in diagnosis.outcomes if isinstance(o, Skipped))


def test_notes_never_make_a_run_sick() -> None:
    diagnosis = doctor.examine(healthy(np.random.default_rng(8)))
    findings = [o for o in diagnosis.outcomes if isinstance(o, Finding)]
    assert findings
    assert {f.severity for f in findings} == {"note"}


def test_several_sources_make_one_patient(tmp_path):
    log, script = tmp_path / "train.log", tmp_path / "train.py"
    lines = [f"Epoch {e}/9\n20/20 - 1s - loss: {1 / e:.4f} - val_loss: 0.9" for e in range(1, 10)]
    log.write_text("\n".join(lines))
    script.write_text(
        "# 500 training images, 3 classes\n"
        "model = Sequential([Flatten(input_shape=(128, 128, 3)), Dense(3)])\n"
        "model.compile('adam', loss='categorical_crossentropy')\n"
    )
    diagnosis = doctor.diagnose(log, script)
    assert len(diagnosis.run.curves["loss"]) == 9
    assert len(diagnosis.run.recipe.layers) == 2
    assert "missing_output_activation" in [cause.rule for cause in diagnosis.causes]


def test_history_and_dict_are_runs_too() -> None:
    class History:
        history = {"loss": [1.1] * 10, "acc": [0.25] * 10, "val_loss": [1.1] * 10}  # noqa: RUF012

    assert doctor.as_runs(History())[0].curves["accuracy"].values[0] == 0.25
    assert doctor.diagnose(History()).verdict == "sick"
    with pytest.raises(doctor.UnreadableSourceError, match="cannot diagnose 3: give"):
        doctor.diagnose(3)


def _found(name: str, weight: float, severity: str = "warning") -> Finding:
    from fitdoctor.records.finding import Evidence

    rule = next(r for r in all_rules() if r.name == name)
    return Finding(
        rule=name,
        code=rule.code,
        kind=rule.kind,
        severity=severity,
        evidence=(Evidence(sentence=name, weight=weight),),
    )


def _causes(*findings: Finding) -> dict[str, float]:
    diagnosis = conclude(Run(), all_rules(), findings)
    return {cause.rule: cause.probability for cause in diagnosis.causes}


def test_what_one_cause_explains_no_longer_speaks_for_another() -> None:
    symptom = _found("underfitting", 1.0)
    hint = _found("frozen_features_unsuited", 1.0, "note")
    alone = _causes(symptom, hint)["frozen_features_unsuited"]
    beside = _causes(symptom, hint, _found("bottleneck_before_output", 5.0))
    assert beside["frozen_features_unsuited"] < alone - 0.05
    assert next(iter(beside)) == "bottleneck_before_output"


def test_a_hint_stands_behind_a_finding_of_about_the_same_weight() -> None:
    order = list(
        _causes(_found("overfitting", 2.0, "note"), _found("learning_rate_decays_away", 4.0))
    )
    assert order == ["learning_rate_decays_away", "overfitting"]


def test_what_can_be_a_note_only_and_is_unlikely_is_a_remark() -> None:
    diagnosis = conclude(Run(), all_rules(), (_found("small_validation_set", -0.5, "note"),))
    assert diagnosis.causes == ()
    assert [f.rule for f in diagnosis.benign] == ["small_validation_set"]


def test_the_same_hint_is_surer_where_somebody_asks() -> None:
    hint = (_found("frozen_features_unsuited", 1.0, "note"),)
    own = Run(recipe=Recipe(images="photos"))
    asked, trained = (
        conclude(run, all_rules(), hint).causes[0].probability for run in (Run(), own)
    )
    assert asked > trained


def test_a_mild_imbalance_is_not_blamed_for_one_answer_that_arithmetic_explains():
    page = (
        "My binary CNN always predicts the same class, whatever the picture.\n"
        "Found 480 images of class a and 290 images of class b.\n\n"
        "model = Sequential()\n"
        "model.add(Conv2D(16, 3, activation='relu', input_shape=(64, 64, 3)))\n"
        "model.add(Flatten())\n"
        "model.add(Dense(1, activation='softmax'))\n"
        "model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])\n"
        "model.fit(x_train, y_train, epochs=20)\n"
    )
    found = doctor.examine(*pasted(page))
    assert found.causes[0].rule == "softmax_over_one_unit"
    imbalance = [c.probability for c in found.causes if c.rule == "class_imbalance"]
    assert not imbalance or imbalance[0] < 0.5


def test_a_loss_of_nan_speaks_against_a_rate_that_is_too_low():
    page = (
        "{}\nmodel.compile(optimizer=SGD(0.00002), loss='categorical_crossentropy')\n"
        "model.fit(x_train, y_train, epochs=5)\n"
    )
    quiet, said = (
        {c.rule: c.probability for c in doctor.examine(*pasted(page.format(words))).causes}
        for words in ("I train on my pictures.", "After some batches the loss becomes nan.")
    )
    assert said.get("learning_rate_too_low", 0.0) < quiet["learning_rate_too_low"]


def test_what_words_are_like_overrules_nothing_that_is_visible():
    code = (
        "model = timm.create_model('resnet50', pretrained=True, num_classes=7)\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
    )
    for words in ("All pictures are answered with class 2.", "One class is all that comes out."):
        causes = doctor.examine(pasted(f"{code}\n{words}\n")[0]).causes
        seen = [c.probability for c in causes if not c.guess and not c.usual]
        like = [c.probability for c in causes if all(e.likely is not None for e in c.evidence)]
        assert seen
        assert max(seen) > max(like, default=0.0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Training loss is 0.009, but training accuracy 35 %. Why?", True),
        ("The cross-entropy of my net is 0.02 while its accuracy is 41 %.", True),
        ("Training loss is 0.009, training accuracy 0.99.", False),
        ("Training loss is 0.01, but validation accuracy 40 %.", False),
        ("Training loss is 1.9, but training accuracy 35 %.", False),
    ],
)
def test_a_stated_loss_that_its_accuracy_cannot_have_is_a_hint(text, named):
    outcomes = doctor.examine(pasted(text)[0]).outcomes
    found = [o for o in outcomes if isinstance(o, Finding) and o.rule == "accuracy_miscounted"]
    assert any("at most" in e.sentence for o in found for e in o.evidence) is named
