"""Tables with names above their columns."""

import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import columns, pasted


def curves(text):
    (run,) = pasted(text)
    return {
        name: dict(zip(c.epochs.tolist(), c.values.tolist(), strict=True))
        for name, c in run.curves.items()
    }


@pytest.mark.parametrize("mark", [" ", "    ", "\t", " | ", ",", ";"])
def test_two_columns_are_a_table(mark):
    rows = [("epoch", "val_loss"), ("4", "0.91"), ("5", "0.83"), ("7", "0.85")]
    if mark == ";":
        rows = [(*row, "9") for row in rows]
    assert curves("\n".join(mark.join(row) for row in rows))["val_loss"] == {
        4: 0.91,
        5: 0.83,
        7: 0.85,
    }


@pytest.mark.parametrize(
    "head",
    ["epoch      trn_loss   val_loss   accuracy", "epoch  train loss  valid loss  accuracy  time",
     "epoch\ttrain_loss\tvalid_loss\taccuracy\ttime", "epoch train_loss valid_loss accuracy time"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["", "   00:41", "   (00:41)"])
def test_tables_of_fastai_old_and_new(head, end):
    between = "\t" if "\t" in head else "  "
    rows = [
        between.join(["  0", "1.21", "1.05", "0.61"]) + end,
        "...",
        "12  0.31  1.15  0.63" + end,
    ]
    assert curves("\n".join([head, *rows])) == {
        "loss": {0: 1.21, 12: 0.31},
        "val_loss": {0: 1.05, 12: 1.15},
        "val_accuracy": {0: 0.61, 12: 0.63},
    }


def test_rows_in_brackets_count_epochs_one_by_one():
    rows = ["[ 0.       0.61234  0.42345  0.83212]", "[ 1.       0.41234  0.40345  0.85212]"]
    assert curves("\n".join(rows)) == {
        "loss": {0: 0.61234, 1: 0.41234},
        "val_loss": {0: 0.42345, 1: 0.40345},
        "val_accuracy": {0: 0.83212, 1: 0.85212},
    }
    with pytest.raises(UnreadableSourceError):
        pasted("\n".join([rows[1], rows[0]]))


def test_percent_above_a_column_holds_for_all_its_cells():
    text = "| epoch | train acc (%) | val acc |\n|--|--|--|\n| 1 | 0.9 | 51% |\n| 2 | 40 | 52% |"
    found = curves(text)
    assert found["accuracy"] == pytest.approx({1: 0.009, 2: 0.4})
    assert found["val_accuracy"] == pytest.approx({1: 0.51, 2: 0.52})


def test_a_table_of_results_by_model_is_no_log():
    text = "model  epochs  accuracy\nresnet  30  0.91\nvgg  40  0.93"
    try:
        runs = pasted(text)
    except UnreadableSourceError:
        return
    assert not any(run.curves for run in runs)


def test_stressed_cells_and_remarks_behind_a_row_are_read_over():
    rows = [
        "Epoch\ttrain/loss (avg)\tval/loss\t",
        "1\t0.91\t**0.95**\t**lowest**",
        "2\t0.82\t0.99\tup again",
    ]
    assert curves("\n".join(rows)) == {"loss": {1: 0.91, 2: 0.82}, "val_loss": {1: 0.95, 2: 0.99}}


def test_an_accuracy_beside_losses_of_both_parts_is_that_of_its_program_or_of_neither():
    rows = "\n".join(f"{e} | 0.7{e} | 0.8{e} | 0.5{e}" for e in (1, 2, 3))
    notebook = f"Step | Training Loss | Validation Loss | Accuracy\n-- | -- | -- | --\n{rows}"
    assert curves(notebook)["val_accuracy"] == {1: 0.51, 2: 0.52, 3: 0.53}
    own = f"epoch | tr loss | val loss | acc\n{rows}"
    assert not {"accuracy", "val_accuracy"} & set(curves(own))


def test_columns_below_the_names_of_their_parts():
    text = (
        "| train |      |      |   | validate |      |      |\n"
        "| ----- | ---- | ---- | - | -------- | ---- | ---- |\n"
        "| epoch | Top1 | Loss |   | epoch    | Top1 | Loss |\n"
        "| 0     | 10.5 | 2.5  |   | 0        | 9.5  | 2.75 |\n"
        "| 1     | 20.5 | 1.5  |   | 1        | 19.5 | 1.75 |"
    )
    (run,) = pasted(text)
    found = {name: c.values.tolist() for name, c in run.curves.items()}
    assert found["loss"] == [2.5, 1.5]
    assert found["val_accuracy"] == [0.095, 0.195]
    assert found["val_loss"] == [2.75, 1.75]


def test_each_run_of_a_panel_is_a_run_and_its_extremes_are_none():
    head = ",".join(f'"{run} - {name}{end}"' for run in ("calm", "eager") for name in
                    ("loss", "val_loss") for end in ("", "__MIN", "__MAX"))  # fmt: skip
    rows = [",".join(f'"{step}"' if i < 0 else f'"{step + i}.5"' for i in range(-1, 12))
            for step in range(1, 5)]  # fmt: skip
    found = columns.find([f'"Step",{head}', *rows])
    assert [sorted(table.values) for table in found] == [["loss", "val_loss"]] * 2
    assert [table.values["loss"][2] for table in found] == [2.5, 8.5]
    assert [table.values["val_loss"][4] for table in found] == [7.5, 13.5]


def test_columns_of_shortened_parts_are_read_where_blanks_of_two_part_some_of_them() -> None:
    rows = [(1, 0.91, 0.52, 0.88, 0.55), (2, 0.70, 0.61, 0.79, 0.58), (3, 0.58, 0.70, 0.75, 0.66)]
    text = "ep   trn_loss trn_acc   vl_loss vl_acc\n" + "\n".join(
        f"{n:2d}   {a:.3f}    {b:.3f}    {c:.3f}   {d:.3f}" for n, a, b, c, d in rows
    )
    (run,) = pasted(text)
    for name, at in (("loss", 1), ("accuracy", 2), ("val_loss", 3), ("val_accuracy", 4)):
        assert list(run.curves[name].values) == [row[at] for row in rows]
