"""What loops print: which figure is of which images, epoch and batch."""

import numpy as np
import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import pasted


def curves(text):
    (run,) = pasted(text)
    return {
        name: dict(zip(c.epochs.tolist(), c.values.tolist(), strict=True))
        for name, c in run.curves.items()
    }


def batches(text, name):
    (run,) = pasted(text)
    curve = run.batches[name]
    return list(
        zip(curve.epochs.tolist(), curve.batches.tolist(), curve.values.tolist(), strict=True)
    )


def test_words_before_a_figure_say_of_which_images_it_is():
    row = "Epoch {} Train Loss: 0.{}1 Train Acc: 0.{}2 Val Loss: 0.{}3 Val Acc: 0.{}4"
    found = curves("\n".join(row.format(e, e, e, e, e) for e in (5, 6)))
    assert found == {
        "loss": {5: 0.51, 6: 0.61},
        "accuracy": {5: 0.52, 6: 0.62},
        "val_loss": {5: 0.53, 6: 0.63},
        "val_accuracy": {5: 0.54, 6: 0.64},
    }


def test_brackets_of_a_part_hold_its_figures():
    row = "epoch {0} train=[loss: 0.{0}5 acc: 0.{0}7] val=[loss: 0.{0}6 acc: 0.{0}8]"
    found = curves("\n".join(row.format(e) for e in (3, 4)))
    assert found["accuracy"] == {3: 0.37, 4: 0.47}
    assert found["val_loss"] == {3: 0.36, 4: 0.46}


@pytest.mark.parametrize(
    ("row", "first"),
    [
        ("Epoch[2] Batch [{0}]\tSpeed: 310.2 samples/sec\tTrain-accuracy={1}", (2, 40)),
        ("Train Epoch: 2 [{0}/5000 ({0}%)]\tLoss: 0.9 Accuracy: {1}", (2, 40)),
        ("Epoch 2, batch {0}: acc {1}", (2, 40)),
        ("[2, {0}] loss: 1.5 acc: {1}", (2, 40)),
        ("Epoch [2/9], Step [{0}/100], Loss: 1.2, Acc: {1}", (2, 40)),
    ],
)
def test_batches_within_an_epoch_are_a_curve_of_their_own(row, first):
    text = "\n".join(row.format(40 * i, 0.5 / i) for i in (1, 2, 3))
    found = batches(text, "accuracy")
    assert found[0] == (*first, 0.5)
    assert [at for _, at, _ in found] == [40, 80, 120]


def test_figures_since_the_last_line_are_not_those_of_the_epoch():
    rows = [f"Epoch[0] Batch [{n}]  Speed: 99.0 samples/sec  accuracy=0.{n}" for n in (11, 22)]
    text = "\n".join([*rows, "Epoch[0] Train-accuracy=0.3", "Epoch[0] Validation-accuracy=0.4"])
    assert curves(text) == {"accuracy": {0: 0.3}, "val_accuracy": {0: 0.4}}


def test_an_epoch_counts_before_its_batches_in_any_order():
    text = (
        "Epoch 1 [10/20] Loss: 0.9\nEpoch 1: train loss 0.7 val loss 0.8\nEpoch 1 [20/20] Loss: 0.6"
    )
    assert curves(text) == {"loss": {1: 0.7}, "val_loss": {1: 0.8}}


def test_lines_below_an_epoch_belong_to_it_also_after_an_ellipsis():
    text = """
Epoch 2/40
train Loss: 1.2 Acc: 0.41
val Loss: 1.3 Acc: 0.39

...

Epoch 39/40
train Loss: 0.2 Acc: 0.91
val Loss: 1.9 Acc: 0.44
"""
    found = curves(text)
    assert found["val_accuracy"] == {2: 0.39, 39: 0.44}
    assert found["loss"] == {2: 1.2, 39: 0.2}


def test_caffe_of_2014_numbers_the_figures_of_its_test_network():
    text = "\n".join(
        f"I0612 11:12:1{i}.000000 99 solver.cpp:87] {line}"
        for i, line in enumerate(
            ["Iteration 500, Testing net (#0)", "Test score #0: 0.61", "Test score #1: 1.32",
             "Iteration 520, loss = 1.41"]
        )
    )  # fmt: skip
    assert curves(text) == {
        "val_accuracy": {500: 0.61},
        "val_loss": {500: 1.32},
        "loss": {520: 1.41},
    }


def test_a_loss_that_is_not_a_number_is_read():
    text = """Train: 4 [  0/99 (  0%)]  Loss: 2.1 (2.10)  Time: 0.3s,  90.1/s
Train: 4 [ 98/99 (100%)]  Loss:  nan (  nan)  Time: 0.3s,  90.1/s
Test: [  9/9]  Time: 0.1 (0.1)  Loss:  nan ( nan)  Acc@1: 1.0000 ( 2.0000)"""
    found = curves(text)
    assert np.isnan(found["loss"][4])
    assert np.isnan(found["val_loss"][4])
    assert found["val_accuracy"] == {4: 0.02}


@pytest.mark.parametrize(
    "figure",
    ["best val acc: 0.93", "EMA acc 0.93", "val acc top5 0.93", "box loss 0.93", "lr 0.93",
     "f1: 0.93", "val dice 0.93"],
)  # fmt: skip
def test_a_figure_of_something_else_is_not_taken(figure):
    rows = [f"epoch {e} | train loss 0.5{e} | val loss 0.6{e} | {figure}" for e in (1, 2, 3)]
    found = curves("\n".join(rows))
    assert set(found) == {"loss", "val_loss"}
    assert found["val_loss"] == {1: 0.61, 2: 0.62, 3: 0.63}


@pytest.mark.parametrize(
    "line",
    ["At epoch 12 the training loss is 0.2 while the validation loss has risen to 1.9 again.",
     "I stop after step 300 when the loss is 0.5"],
)  # fmt: skip
def test_a_sentence_is_no_log(line):
    try:
        runs = pasted(line)
    except UnreadableSourceError:
        return
    assert not any(run.curves or run.batches for run in runs)


def test_two_figures_without_names_are_told_apart_by_their_course():
    falls = ["epoch 1 train 0.9 0.4 val 0.8 0.5", "epoch 2 train 0.6 0.7 val 0.7 0.6"]
    assert curves("\n".join(falls))["val_accuracy"] == {1: 0.5, 2: 0.6}
    assert not curves("\n".join(line.replace("0.4", "0.95") for line in falls))


def test_training_started_again_is_another_training():
    rows = [f"Epoch {e}: train_loss 0.{9 - e} val_loss 0.9{e}" for e in (1, 2, 3)]
    assert len(pasted("\n".join([*rows, "Without BatchNorm:", *rows]))) == 2


def test_several_figures_behind_one_name_are_none_of_it():
    rows = [f"Epoch {e}: loss 1.{e}, Val Acc (0.5{e}, 2.7{e})" for e in (1, 2, 3)]
    assert set(curves("\n".join(rows))) == {"loss"}


def test_training_above_the_row_that_names_the_epoch_is_not_of_the_one_before():
    rows = []
    for e in (1, 2, 3):
        rows += [f"Training loss: 0.{e}1: 100%|####| 9/9", f"Epoch {e}/3 - Validation loss: 0.{e}2"]
    assert curves("\n".join(rows)) == {"val_loss": {1: 0.12, 2: 0.22, 3: 0.32}}


def test_batches_before_their_epoch_is_named_are_no_epochs():
    rows = [f"Batch [{n}] Speed: 210.5 samples/sec Train-accuracy=0.{n}" for n in (30, 60)]
    assert curves("\n".join([*rows, "[1] Train-accuracy=0.5", *rows])) == {"accuracy": {1: 0.5}}


def test_a_part_behind_the_name_of_a_figure():
    rows = [f"Epoch {e} | loss train: 1.{e} | loss valid: 2.{e}" for e in (1, 2)]
    assert curves("\n".join(rows)) == {"loss": {1: 1.1, 2: 1.2}, "val_loss": {1: 2.1, 2: 2.2}}


def test_a_line_with_a_colon_names_the_part_of_the_lines_below_it():
    text = ""
    for step in (0, 50, 100):
        text += f"Step {step}: 12.1 sec\nTraining Data Eval:\nloss: 1.{step:03d}\n"
        text += f"Validation Data Eval:\nloss: 2.{step:03d}\n"
    assert curves(text) == {
        "loss": {0: 1.0, 50: 1.05, 100: 1.1},
        "val_loss": {0: 2.0, 50: 2.05, 100: 2.1},
    }


def test_an_accuracy_beside_losses_of_both_parts_is_of_neither():
    rows = [f"epoch {e} train loss 1.{e} val loss 2.{e} accuracy 0.{e}" for e in (1, 2, 3)]
    assert set(curves("\n".join(rows))) == {"loss", "val_loss"}


def test_what_stands_behind_a_progress_bar_on_its_line_is_read():
    text = "\n".join(
        f"[>>>>>>>>>>>>>] 50/50, 16.0 task/s, elapsed: 0s, ETA:     0s2022-05-01 10:00:0{e},123 - "
        f"net - INFO - Epoch(val) [{e}][9]\taccuracy_top-1: 4{e}.0000, accuracy_top-5: 90.0000"
        for e in (1, 2)
    )
    assert curves(text) == {"val_accuracy": {1: 0.41, 2: 0.42}}


def test_an_accuracy_behind_a_validation_loss_is_of_validation():
    assert curves("val loss:0.712, acc:0.55") == {"val_loss": {1: 0.712}, "val_accuracy": {1: 0.55}}
    rows = [f"{part} loss: 0.{n}, acc: 0.{n}5" for n in (1, 2, 3) for part in ("train", "val")]
    assert not curves("\n".join(rows))


@pytest.mark.parametrize(
    "stamp", ["08:15:3{}", "08:15:3{} ", "08:15:3{}.120 - ", "Tue Mar  4 08:15:3{} 2025 "]
)
def test_a_time_before_a_line_is_no_part_of_it(stamp):
    rows = [
        stamp.format(e) + row
        for e in (4, 5, 6)
        for row in (
            f"Epoch {e}/9",
            f"train Loss: 0.{e}1 Acc: 0.7{e}",
            f"val Loss: 0.{e}2 Acc: 0.6{e}",
        )
    ]
    assert curves("\n".join(rows)) == {
        "loss": {4: 0.41, 5: 0.51, 6: 0.61},
        "accuracy": {4: 0.74, 5: 0.75, 6: 0.76},
        "val_loss": {4: 0.42, 5: 0.52, 6: 0.62},
        "val_accuracy": {4: 0.64, 5: 0.65, 6: 0.66},
    }


def test_a_number_is_no_name_of_a_curve():
    rows = [f"loss: 0.6{e}, mean: 0.7{e}: 100%|" for e in (1, 2, 3)]
    assert {name for run in pasted("\n".join(rows)) for name in run.curves} <= {"loss", "mean"}
