"""What is said of curves at chance level, of a collapse, and of figures that agree."""

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.facts import BY_NAME
from fitdoctor.records.claim import Claim
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}


def run_of(classes=None, **curves):
    data = DataSummary(n_classes=classes) if classes else None
    return Run(curves={name: curve(list(v)) for name, v in curves.items()}, data=data)


def learns(epochs, classes, rng, top=0.97):
    chance = 1 / classes
    t = np.arange(epochs)
    accuracy = top - (top - chance) * np.exp(-(t + 1) / 3) + rng.normal(0, 0.004, epochs)
    loss = np.log(classes) * np.exp(-(t + 0.3) / 4) + 0.03 + rng.normal(0, 0.004, epochs)
    return np.clip(loss, 1e-3, None), np.clip(accuracy, 0, 1)


def at_chance(epochs, classes, rng, climb):
    val_loss = np.log(classes) * (1.02 + climb * np.arange(epochs)) + rng.normal(0, 0.02, epochs)
    return np.abs(val_loss), np.clip(1 / classes + rng.normal(0, 0.015 / classes, epochs), 0, 1)


@pytest.mark.parametrize("classes", [2, 3, 7, 40])
@pytest.mark.parametrize("known", [True, False], ids=["classes known", "classes from the curves"])
@pytest.mark.parametrize("climb", [0.0, 0.08])
def test_validation_that_never_learned_is_not_overfitting(classes, known, climb):
    rng = np.random.default_rng((3, classes, int(100 * climb)))
    loss, accuracy = learns(16, classes, rng)
    val_loss, val_accuracy = at_chance(16, classes, rng, climb)
    run = run_of(classes if known else None, loss=loss, accuracy=accuracy, val_loss=val_loss,
                 val_accuracy=val_accuracy)  # fmt: skip
    diagnosis = doctor.diagnose(run)
    assert diagnosis.verdict == "sick"
    assert "validation_never_learned" in {f.rule for f in diagnosis.symptoms}
    named = [cause.rule for cause in diagnosis.causes]
    assert "overfitting" not in named
    assert len(named) == 3
    assert all("validation_never_learned" in RULES[name].explains for name in named)
    assert all(cause.usual and cause.probability < 0.5 for cause in diagnosis.causes)


@pytest.mark.parametrize("classes", [2, 5, 20])
def test_validation_that_was_above_chance_may_overfit(classes):
    rng = np.random.default_rng((5, classes))
    loss, accuracy = learns(24, classes, rng)
    t = np.arange(24)
    val_loss = np.log(classes) * (0.55 + 0.4 * np.exp(-t / 2) + 0.04 * np.maximum(0, t - 6))
    val_accuracy = 1 / classes + (1 - 1 / classes) * 0.5 * (1 - np.exp(-(t + 1) / 2))
    diagnosis = doctor.diagnose(
        run_of(classes, loss=loss, accuracy=accuracy, val_loss=val_loss, val_accuracy=val_accuracy)
    )
    assert diagnosis.causes[0].rule == "overfitting"
    assert "validation_never_learned" not in {f.rule for f in diagnosis.symptoms}


def collapsed(classes, good, bad, rng, accuracies=True):
    loss, accuracy = learns(good, classes, rng, top=0.9)
    flat = np.log(classes) + rng.normal(0, 0.0008, bad)
    chance = 1 / classes + rng.normal(0, 0.004, bad)
    curves = {"loss": np.concatenate([loss, flat])}
    if accuracies:
        curves["accuracy"] = np.concatenate([accuracy, chance])
    return curves


@pytest.mark.parametrize("classes", [2, 4, 10, 43])
@pytest.mark.parametrize("bad", [2, 6])
@pytest.mark.parametrize("accuracies", [True, False])
def test_a_collapse_is_named_with_the_rate_as_first_suspect(classes, bad, accuracies):
    rng = np.random.default_rng((7, classes, bad))
    run = run_of(classes, **collapsed(classes, 9, bad, rng, accuracies))
    diagnosis = doctor.diagnose(run)
    assert "collapse_after_learning" in {f.rule for f in diagnosis.symptoms}
    assert diagnosis.causes[0].rule == "learning_rate_too_high"


def test_a_fall_that_recovers_is_no_collapse():
    rng = np.random.default_rng(2)
    loss, accuracy = learns(14, 4, rng)
    accuracy[8:10], loss[8:10] = 0.25, np.log(4)
    diagnosis = doctor.diagnose(run_of(4, loss=loss, accuracy=accuracy))
    assert "collapse_after_learning" not in {f.rule for f in diagnosis.symptoms}


def test_a_fall_to_a_level_above_chance_is_no_collapse():
    rng = np.random.default_rng(4)
    loss, accuracy = learns(14, 10, rng)
    accuracy[8:], loss[8:] = 0.45, 1.2
    diagnosis = doctor.diagnose(run_of(10, loss=loss, accuracy=accuracy))
    assert "collapse_after_learning" not in {f.rule for f in diagnosis.symptoms}


AGREEING = [
    "The network has an accuracy of 91.5 % in training and of 90.8 % in validation. Overfitting?",
    "Train acc 0.87, val acc 0.86. Is that overfit?",
    "It says 95% on both training and test images, so is it overfitting now?",
    "My accuracy is 88% for both. Does it overfit?",
    "The training loss is 0.34 and the validation loss is 0.35, do I overfit?",
]


@pytest.mark.parametrize("question", AGREEING)
def test_figures_that_agree_speak_against_overfitting(tmp_path, question):
    path = tmp_path / "question.txt"
    path.write_text(question)
    diagnosis = doctor.diagnose(path)
    assert "no_generalisation_gap" in {f.rule for f in diagnosis.benign}
    assert "overfitting" not in {cause.rule for cause in diagnosis.causes}


@pytest.mark.parametrize(
    "question",
    [
        "Train acc 0.97, val acc 0.71. Is that overfit?",
        "I tried both optimizers and got 88 %. Does it overfit?",
        "Training accuracy is 93 %, both classes are alike.",
    ],
)
def test_other_figures_do_not_agree(tmp_path, question):
    path = tmp_path / "question.txt"
    path.write_text(question)
    run = doctor.as_runs(path)[-1]
    assert not {"accuracies_agree", "losses_agree"} & {s.predicate for s in run.claims}


def test_agreement_denies_only_what_a_gap_would_show():
    agree = Claim(predicate="accuracies_agree", value=0.0, sentence="50 % on both")
    stuck = Claim(predicate="stuck_at_chance", value=None, sentence="it never gets better")
    with_, without = (
        {c.rule for c in doctor.examine(Run(claims=s, prose="it never gets better")).causes}
        for s in ((agree, stuck), (stuck,))
    )
    assert with_ == without - {"overfitting"}


def pretrained(name, *layers):
    return Run(
        recipe=Recipe(backbone=Backbone(name=name, weights="imagenet"), layers=layers),
        curves={"loss": curve([1.61, 1.60, 1.61, 1.61, 1.60, 1.61])},
    )


@pytest.mark.parametrize(
    ("name", "given", "wrong"),
    [
        ("EfficientNetB3", "0_to_255", False),
        ("ConvNeXtBase", "0_to_1", True),
        ("MobileNetV3Large", "-1_to_1", True),
        ("Xception", "0_to_1", True),
        ("InceptionResNetV2", "-1_to_1", False),
        ("VGG19", "0_to_255", True),
        ("DenseNet169", "standardised", False),
        ("DenseNet169", "0_to_255", True),
    ],
)
def test_a_range_of_pixels_is_judged_by_the_backbone(name, given, wrong):
    diagnosis = doctor.examine(doctor.answered(pretrained(name), {"pixel_range": given}))
    named = {cause.rule for cause in diagnosis.causes}
    assert "inputs_not_scaled" not in named
    assert ("wrong_backbone_preprocessing" in named) == wrong
    for cause in diagnosis.causes:
        if cause.rule == "wrong_backbone_preprocessing" and name.startswith("ConvNeXt"):
            assert "0..255" in cause.advice


def test_a_range_of_pixels_before_a_rescaling_layer_says_nothing_of_the_backbone():
    rescaling = Layer(kind="Rescaling", rate=1 / 127.5)
    run = pretrained("MobileNetV2", rescaling)
    diagnosis = doctor.examine(doctor.answered(run, {"pixel_range": "0_to_255"}))
    assert "wrong_backbone_preprocessing" not in {cause.rule for cause in diagnosis.causes}


def test_no_two_causes_of_one_answer_undo_each_other():
    slow = Claim(predicate="helped_by_higher_rate", value=None, sentence="a higher rate helped")
    fast = Claim(predicate="helped_by_lower_rate", value=None, sentence="a lower rate helped")
    causes = doctor.examine(Run(claims=(slow, fast))).causes
    assert causes
    for i, one in enumerate(causes):
        for other in causes[i + 1 :]:
            assert not RULES[one.rule].contradicts(RULES[other.rule])


def test_rules_that_turn_the_same_thing_opposite_ways_contradict():
    assert RULES["learning_rate_too_high"].contradicts(RULES["learning_rate_too_low"])
    assert RULES["stopped_while_improving"].contradicts(RULES["overfitting"])
    assert RULES["inputs_not_scaled"].contradicts(RULES["wrong_backbone_preprocessing"])
    assert not RULES["learning_rate_too_high"].contradicts(RULES["overfitting"])
    assert not any(rule.contradicts(rule) for rule in RULES.values())


THAWED = """
base = keras.applications.{name}(include_top=False, weights="imagenet", pooling="avg")
base.trainable = {before}
model = keras.Sequential([base, keras.layers.Dense(4, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy")
model.fit(train, validation_data=val, epochs=3)
base.trainable = {after}
{again}model.fit(train, validation_data=val, epochs=3)
"""


@pytest.mark.parametrize("name", ["ResNet50V2", "DenseNet121"])
def test_what_compile_does_not_know_of_is_not_said_to_train(tmp_path, name):
    path = tmp_path / "train.py"
    again = 'model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")\n'
    path.write_text(THAWED.format(name=name, before="False", after="True", again=""))
    named = {cause.rule for cause in doctor.diagnose(path).causes}
    assert "trainable_changed_after_compile" in named
    assert "backbone_unfrozen_at_high_rate" not in named
    path.write_text(THAWED.format(name=name, before="False", after="True", again=again))
    named = {cause.rule for cause in doctor.diagnose(path).causes}
    assert "trainable_changed_after_compile" not in named
    assert "backbone_unfrozen_at_high_rate" in named


def advice(script, *, falls, tmp_path):
    t = np.arange(1, 25)
    drop = 0.012 * np.maximum(0, t - 9) if falls else 0
    path = tmp_path / "run.txt"
    rows = [
        f"Epoch {e}/24\n50/50 [====] - 3s - loss: {loss:.4f} - accuracy: {a:.4f} - "
        f"val_loss: {vl:.4f} - val_accuracy: {va:.4f}"
        for e, loss, a, vl, va in zip(
            t, 1.5 * np.exp(-t / 4) + 0.01, 1 - 0.6 * np.exp(-t / 3),
            0.8 + np.exp(-t / 2) + 0.05 * np.maximum(0, t - 8),
            0.74 - 0.4 * np.exp(-t / 2) - drop, strict=True,
        )
    ]  # fmt: skip
    path.write_text(script + "\n" + "\n".join(rows) + "\n")
    (cause,) = (c for c in doctor.diagnose(path).causes if c.rule == "overfitting")
    return cause.advice


HEAD = """
base = keras.applications.VGG19(include_top=False, weights="imagenet", input_shape=(224, 224, 3))
base.trainable = False
model = keras.Sequential([base, keras.layers.{pool}(), keras.layers.Dense(512, activation="relu"),
                          keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""


def test_the_fix_of_overfitting_says_what_it_gains(tmp_path):
    flat = advice(HEAD.format(pool="Flatten"), falls=False, tmp_path=tmp_path)
    assert "GlobalAveragePooling2D in place of Flatten" in flat
    assert "saves time, not accuracy" in flat
    pooled = advice(HEAD.format(pool="GlobalAveragePooling2D"), falls=True, tmp_path=tmp_path)
    assert "Flatten" not in pooled
    assert "saves time" not in pooled
    assert "Keep the weights of epoch" in pooled


def test_what_each_answer_points_to_is_said_by_the_evidence_of_the_rules():
    curves = {"loss": [1.5, 1.0, 0.7, 0.5, 0.4, 0.3, 0.2, 0.15],
              "accuracy": [0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95],
              "val_loss": [1.4, 1.2, 1.3, 1.5, 1.7, 1.9, 2.2, 2.4],
              "val_accuracy": [0.4, 0.5, 0.48, 0.47, 0.49, 0.46, 0.47, 0.45]}  # fmt: skip
    asked = doctor.examine(run_of(3, **curves)).questions
    assert any(question.points_to for question in asked)
    for question in asked:
        usual = BY_NAME[question.id].answers
        for answer, name in question.points_to.items():
            assert RULES[name].asks[question.id][answer] > usual[answer]
