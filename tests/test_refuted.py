"""What figures deny is no usual reason, no guess, and no second cause."""

import pytest

from fitdoctor import doctor
from fitdoctor.records.run import Run, curve
from fitdoctor.report.headline import headline, what_was_read
from fitdoctor.situations import SITUATIONS, refuted_by_figures, where
from fitdoctor.sources import pasted

GOOD = """My network gets almost everything wrong when I use it, although training went fine.

Epoch 29/30
310/310 - 9s - loss: 0.0712 - accuracy: 0.9791 - val_loss: 0.0934 - val_accuracy: 0.9702
Epoch 30/30
310/310 - 9s - loss: 0.0655 - accuracy: 0.9803 - val_loss: 0.0921 - val_accuracy: 0.9711
"""


def of(**curves: list[float]) -> Run:
    return Run(name="r", curves={name: curve(values) for name, values in curves.items()})


def learned(**more: list[float]) -> Run:
    return of(loss=[1.4, 0.7, 0.3, 0.2], accuracy=[0.4, 0.7, 0.88, 0.93], **more)


def test_usual_reasons_of_no_learning_are_not_listed_where_training_learned() -> None:
    diagnosis = doctor.examine(pasted(GOOD)[0])
    named = {cause.rule for cause in diagnosis.causes}
    only = {"learning_rate_too_high", "learning_rate_too_low", "slow_start", "class_imbalance"}
    assert not named & only
    asked = [q for q in diagnosis.questions if q.id == "what_happens"]
    assert all("training_does_not_learn" not in q.answers for q in asked)


@pytest.mark.parametrize(
    ("run", "denied"),
    [
        (learned(), {"training_does_not_learn", "falls_back_to_chance", "loss_is_nan_or_explodes"}),
        (
            learned(val_loss=[1.2, 0.7, 0.33, 0.24], val_accuracy=[0.5, 0.7, 0.87, 0.92]),
            {"training_good_validation_bad", "validation_stays_at_chance"},
        ),
    ],
)
def test_figures_deny_what_their_contrary_shows(run, denied) -> None:
    assert denied <= refuted_by_figures(run, 5)


@pytest.mark.parametrize(
    "run",
    [
        of(loss=[1.61, 1.60, 1.61, 1.60], accuracy=[0.2, 0.21, 0.2, 0.2]),
        # One answer for all, where the largest class holds 97 %, scores this.
        of(loss=[0.14, 0.136, 0.135, 0.135], accuracy=[0.97, 0.97, 0.97, 0.97]),
        of(loss=[1.4, 0.7, 0.3, float("nan")], accuracy=[0.4, 0.7, 0.9, 0.2]),
        of(loss=[1.4, 0.7]),
    ],
)
def test_figures_that_show_no_learning_deny_nothing(run) -> None:
    assert refuted_by_figures(run, 5) == frozenset()


def test_a_sure_but_wrong_validation_is_not_denied() -> None:
    run = learned(val_loss=[1.2, 1.5, 2.2, 3.1], val_accuracy=[0.5, 0.7, 0.87, 0.92])
    assert "training_good_validation_bad" not in refuted_by_figures(run, 5)


def test_what_is_answered_stands_against_the_figures() -> None:
    run = learned(val_accuracy=[0.5, 0.7, 0.87, 0.92])
    here = where(run, 5, "training_good_validation_bad")
    assert here.likeliest == "training_good_validation_bad"
    assert "training_good_validation_bad" not in here.refuted
    assert here.refuted <= set(SITUATIONS)


UNEQUAL = """import keras
from keras import layers
(a, p), (b, q) = keras.datasets.cifar10.load_data()
{prepare}
net = keras.Sequential([layers.Input((32, 32, 3)), layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(a, p, validation_data=(b, q), epochs=12, batch_size=64)
"""
LOG = "\n".join(
    f"Epoch {n}/12\n782/782 - 5s - loss: {1.6 * 0.8**n:.4f} - accuracy: {1 - 0.6 * 0.8**n:.4f} "
    f"- val_loss: {v} - val_accuracy: {0.41 + 0.005 * (n % 4):.4f}"
    for n, v in enumerate((31, 27, 36, 44, 52, 61, 68, 80, 91, 103, 118, 131), 1)
)


@pytest.mark.parametrize(
    ("prepare", "scale", "judged"),
    [("a = a / 255.0", 1, False), ("a, b = a / 255.0, b / 255.0", 0.05, True)],
)
def test_overfitting_is_no_second_cause_while_validation_is_prepared_otherwise(
    tmp_path, prepare, scale, judged
) -> None:
    log = LOG
    if scale != 1:
        for v in (31, 27, 36, 44, 52, 61, 68, 80, 91, 103, 118, 131):
            log = log.replace(f"val_loss: {v} ", f"val_loss: {v * scale:.4f} ")
    (tmp_path / "train.py").write_text(UNEQUAL.format(prepare=prepare))
    (tmp_path / "train.log").write_text(log)
    diagnosis = doctor.diagnose(tmp_path / "train.py", tmp_path / "train.log")
    named = {cause.rule for cause in diagnosis.causes}
    assert ("overfitting" in named) == judged
    assert ("pipelines_differ" in named) != judged


@pytest.mark.parametrize("quiet", [True, False])
def test_what_rises_at_every_step_is_no_noise(quiet) -> None:
    rising = [0.5, 0.58, 0.63, 0.66, 0.68, 0.701, 0.717, 0.722, 0.741, 0.748]
    values = rising if not quiet else [*rising[:5], 0.72, 0.70, 0.73, 0.71, 0.725]
    falling = [1.9 - 0.05 * n for n in range(10)]
    run = of(val_accuracy=values, loss=falling)
    assert ("validation_noise" in {f.rule for f in doctor.examine(run).benign}) == quiet
    run = of(val_accuracy=values, loss=falling, val_loss=falling)
    assert "validation_noise" not in {f.rule for f in doctor.examine(run).benign}


def test_words_alone_reassure_nobody() -> None:
    asked = "Is my validation accuracy too unstable? It jumps a little around the training curve."
    diagnosis = doctor.examine(pasted(asked)[0])
    assert "nothing looks wrong" not in headline(diagnosis).sentence


def printed(losses: list[float], rates: list[float], *, form: str) -> str:
    return "\n".join(
        form.format(epoch=n // 6 + 1, step=n % 6 * 50, loss=loss, rate=rate)
        for n, (loss, rate) in enumerate(zip(losses, rates, strict=True))
    )


RISING = [0.02 * (n + 1) for n in range(12)]
LOST = [4.61, 4.22, 3.91, 3.70, 3.52, 3.44, 3.61, 3.93, 4.77, 9.1, float("nan"), float("nan")]
LEARNS = [4.61, 4.22, 3.91, 3.70, 3.52, 3.44, 3.31, 3.22, 3.17, 3.05, 2.98, 2.91]
WITHIN = "Train Epoch: {epoch} [{step}/300] Loss: {loss:.4f} LR: {rate:.3f}"


@pytest.mark.parametrize(
    ("losses", "rates", "named"),
    [
        (LOST, RISING, True),
        # The rate stands: nothing tells that it is the rate at which the loss turned.
        (LOST, [0.02] * 12, False),
        # The rate falls.
        (LOST, RISING[::-1], False),
        (LEARNS, RISING, False),
        # It was never learned: there is no rate at which it went well.
        (sorted(LEARNS), RISING, False),
    ],
)
def test_the_rate_at_which_a_loss_turned_is_evidence(losses, rates, named) -> None:
    diagnosis = doctor.examine(pasted(printed(losses, rates, form=WITHIN))[0])
    seen = [
        item.sentence
        for cause in diagnosis.causes
        if cause.rule == "learning_rate_too_high"
        for item in cause.evidence
        if not item.usual
    ]
    assert bool(seen) == named
    if named:
        assert "falls to 3.44" in seen[0]
        assert "from 0.14 on" in seen[0]


def test_a_rate_of_each_epoch_is_evidence_as_well() -> None:
    lines = "\n".join(
        f"epoch {n} | lr: {rate:.2e} | train loss {loss:.3f}"
        for n, (loss, rate) in enumerate(zip(LOST, RISING, strict=True), 1)
    )
    (run,) = pasted(lines)
    assert list(run.curves["learning_rate"].values) == pytest.approx(RISING)
    diagnosis = doctor.examine(run)
    assert diagnosis.causes[0].rule == "learning_rate_too_high"
    assert diagnosis.causes[0].probability > 0.5


@pytest.mark.parametrize(
    ("rows", "said"), [(6, "a table that could not be read"), (2, "no curves")]
)
def test_a_table_of_unknown_columns_is_not_said_to_be_no_curves(rows, said) -> None:
    table = "\n".join(f"{n} {0.9 / n:.3f} {0.8 / n:.3f} {0.1 * n:.2f}" for n in range(1, rows + 1))
    text = f"My validation is bad, is this network overfitting?\n\nrun aa bb cc\n{table}\n"
    assert what_was_read(pasted(text)[0]).startswith(said)


def test_one_answer_for_all_beside_good_figures_is_about_predict() -> None:
    text = (
        "The loaded model always predicts the same class for every image.\n\n"
        "Epoch 7/8 loss: 0.1511 acc: 0.9512 val_loss: 0.1811 val_acc: 0.9390\n"
        "Epoch 8/8 loss: 0.1273 acc: 0.9577 val_loss: 0.1788 val_acc: 0.9414\n"
    )
    assert where(pasted(text)[0], None).likeliest == "good_in_fit_bad_in_predict"
    bad = text.replace("val_acc: 0.94", "val_acc: 0.24").replace("val_acc: 0.93", "val_acc: 0.23")
    assert where(pasted(bad)[0], None).likeliest != "good_in_fit_bad_in_predict"
