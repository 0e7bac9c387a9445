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
    found.pop("learning_rate", None)
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


def test_a_part_in_brackets_behind_the_epoch():
    row = "{0}/9 * Epoch {0} ({1}): _base/lr=0.002 | _timers/_fps=512.5 | loss=0.{2}"
    found = curves("\n".join(row.format(e, p, e + 3 * (p == "valid"))
                             for e in (3, 4) for p in ("train", "valid")))  # fmt: skip
    assert found["loss"] == {3: 0.3, 4: 0.4}
    assert found["val_loss"] == {3: 0.6, 4: 0.7}


def test_the_end_of_an_evaluation_counts_not_its_first_batch():
    text = (
        "INFO: epoch:3   train step:20   top1: 0.2500 top5: 0.5000 loss: 3.1000\n"
        "INFO: END epoch:3   train top1: 0.2750 top5: 0.5100 loss:  2.9000\n"
        "INFO: valid step:20   top1: 0.1250 top5: 0.2500 loss: 4.4000, batch_cost: 0.2 s\n"
        "INFO: END valid top1: 0.1800 top5: 0.3300 loss: 4.2000  batch_cost: 0.2 s"
    )
    found = curves(text)
    assert found == {
        "accuracy": {3: 0.275}, "loss": {3: 2.9}, "val_accuracy": {3: 0.18}, "val_loss": {3: 4.2}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "first"),
    [
        ("{0}, 0.125: {1}, 3.3000 avg, 0.010000 rate, 0.2 seconds, 640 images", 3.5),
        ("[main] INFO a.b.ScoreIterationListener - Score at iteration {0} is {1}", 3.5),
        ("INFO:tensorflow:2021-01-02 03:04:05.678901: Step {0}: Cross entropy = {1}", 3.5),
    ],
)
def test_a_figure_that_stands_at_a_place_of_its_line(row, first):
    found = curves("\n".join(row.format(5 + i, 3.5 - i / 8) for i in range(4)))
    assert found["loss"] == {5: first, 6: 3.375, 7: 3.25, 8: 3.125}


def test_wrong_answers_are_the_rest_of_the_right_ones():
    row = (
        "Step {0} (epoch 1.2{0}), 9.5 ms\nMinibatch loss: 2.{0}\n"
        "Minibatch error: {0}.5%\nValidation error: {0}.0%"
    )
    found = curves("\n".join(row.format(e) for e in (4, 6)))
    assert found["accuracy"] == pytest.approx({4: 0.955, 6: 0.935})
    assert found["val_accuracy"] == pytest.approx({4: 0.96, 6: 0.94})
    top = curves("\n".join(f"epoch {e} train loss 0.5 val top1_err {v}" for e, v in
                           ((1, 40.5), (2, 0.5), (3, 12.25))))  # fmt: skip
    assert top["val_accuracy"] == pytest.approx({1: 0.595, 2: 0.995, 3: 0.8775})


def test_an_error_that_is_not_in_percent_is_no_accuracy():
    found = curves("\n".join(f"epoch {e} loss: 0.{e} error: 0.2{e}" for e in (1, 2, 3)))
    assert "accuracy" not in found


def test_the_first_beside_the_first_five_is_in_percent():
    row = (
        "Epoch: [0]  [{0}/500]  eta: 0:09:10  lr: 0.1  "
        "loss: 6.9 (6.8)  acc1: 0.5 (0.{0})  acc5: 1.0 (1.1)"
    )
    found = batches("\n".join(row.format(i) for i in (10, 20, 30)), "accuracy")
    assert found == [(0, 10, 0.005), (0, 20, 0.005), (0, 30, 0.005)]


def test_a_batch_has_its_own_figure_and_its_epoch_the_mean():
    row = "Epoch: [2][{0}/40]\tTime 0.1 (0.2)\tLoss {1} ({2})"
    text = "\n".join(row.format(i, i / 10, i / 20) for i in (10, 20, 40))
    assert batches(text, "loss") == [(2, 10, 1.0), (2, 20, 2.0), (2, 40, 4.0)]
    assert curves(text)["loss"] == {2: 2.0}


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("--- Epoch {} ---", "[Step {}] Past 50 steps: Average Loss {} | Accuracy: 25%"),
        ("Epoch {}", "Batch [{0}-{0}]\tSpeed: 9.5 samples/sec\tLoss={1}"),
    ],
)
def test_batches_below_the_name_of_their_epoch(head, row):
    text = "\n".join(
        line
        for e in (1, 2)
        for line in (head.format(e), *(row.format(50 * i, e + i / 4) for i in (1, 2, 3)))
    )
    wanted = [(e, 50 * i, e + i / 4) for e in (1, 2) for i in (1, 2, 3)]
    assert batches(text, "loss") == wanted


@pytest.mark.parametrize("before", ["", "[01/02 03:04:05][INFO] logging.py:  99: json_stats: "])
def test_an_object_that_counts_batches_is_of_these(before):
    row = '{{"_type": "{2}", "epoch": "{0}/9", "iter": "{1}/60", "loss": {3}, "top1_err": 25.0}}'
    parts = ((i, "train_iter", 2 - i / 60) for i in (20, 40))
    text = "\n".join([before + row.format(4, *part) for part in parts]
                     + [before + row.format(4, 60, "train_epoch", 1.5),
                        before + row.format(4, 60, "val_epoch", 1.75)])  # fmt: skip
    assert [value for *_, value in batches(text, "loss")] == pytest.approx([5 / 3, 4 / 3])
    found = curves(text)
    assert (found["loss"], found["val_loss"]) == ({4: 1.5}, {4: 1.75})
    assert found["val_accuracy"] == {4: 0.75}


@pytest.mark.parametrize("bar", "|\u2502")
def test_a_framed_table_of_parts_below_each_epoch(bar):
    def row(*cells):
        return f"{bar} " + f" {bar} ".join(cells) + f" {bar}"

    text = "\n".join(
        "\n".join([f"Epoch   {e}", "Took 3.5s", row("label", "loss", "accuracy", "hits_at_k"),
                   row("train", f"0.{e}1", f"0.{e}2", "0.9"),
                   row("vali", f"0.{e}3", f"0.{e}4", "0.9"),
                   row("test", "0.99", "0.98", "0.9")])
        for e in (5, 6)
    )  # fmt: skip
    assert curves(text) == {
        "loss": {5: 0.51, 6: 0.61}, "accuracy": {5: 0.52, 6: 0.62},
        "val_loss": {5: 0.53, 6: 0.63}, "val_accuracy": {5: 0.54, 6: 0.64},
    }  # fmt: skip
