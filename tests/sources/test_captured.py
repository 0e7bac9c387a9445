"""The same log as hosts, launchers and terminals hand it on."""

import json
import sqlite3
from textwrap import wrap as words_wrapped

import pytest

from fitdoctor import sources
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources._captured import rejoined, unboxed

FIGURES = [(1.91, 0.31, 2.02, 0.28), (1.22, 0.57, 1.61, 0.44), (0.81, 0.72, 1.43, 0.52)]
KERAS = [
    f"{line}\n"
    for epoch, (loss, acc, val_loss, val_acc) in enumerate(FIGURES, start=1)
    for line in (
        f"Epoch {epoch}/3",
        (
            f"75/75 [==============================] - 8s 104ms/step - loss: {loss:.4f} - "
            f"accuracy: {acc:.4f} - val_loss: {val_loss:.4f} - val_accuracy: {val_acc:.4f}"
        ),
    )
]
LOOP = [
    f"epoch {epoch}/3 | train loss {loss:.4f} | train acc {acc:.4f} | val loss {val_loss:.4f} | "
    f"val acc {val_acc:.4f} | 12.1 s\n"
    for epoch, (loss, acc, val_loss, val_acc) in enumerate(FIGURES, start=1)
]
NAMES = ("loss", "accuracy", "val_loss", "val_accuracy")


def curves(text):
    return [
        {name: tuple(run.curves[name].values.round(4)) for name in NAMES}
        for run in sources.pasted(text)
    ]


WHOLE = [{name: tuple(row[i] for row in FIGURES) for i, name in enumerate(NAMES)}]


def broken_at(lines, width):
    return "\n".join(
        line.rstrip("\n")[i : i + width] for line in lines for i in range(0, len(line) - 1, width)
    )


@pytest.mark.parametrize("lines", [KERAS, LOOP], ids=["keras", "loop"])
@pytest.mark.parametrize(
    "capture",
    [
        lambda lines: "["
        + "\n,".join(json.dumps({"stream_name": "stdout", "time": 3.5, "data": x}) for x in lines)
        + "\n]",
        lambda lines: "\n".join(json.dumps({"log": x, "stream": "stderr"}) for x in lines),
        lambda lines: "\n".join(
            json.dumps({"timestamp": "2024-01-01T00:00:00Z", "message": x.strip()}) for x in lines
        ),
        lambda lines: "".join(f"[rank{r}]: {x}" for x in lines for r in (0, 1)),
        lambda lines: "".join(f"[1,{r}]<stdout>:{x}" for x in lines for r in (0, 1, 2)),
        lambda lines: "".join(f"{r}: {x}" for x in lines for r in (0, 1)),
        lambda lines: "".join(f"worker-1 | {x}" for x in lines),
        lambda lines: "".join(f"^[[1m{x.rstrip()}^[[0m\n" for x in lines),
        lambda lines: "".join(f"[1m{x.rstrip()}[0m \n" for x in lines),
    ],
    ids=["kaggle", "docker", "collector", "torchrun", "mpi", "srun", "compose", "caret", "lost"],
)  # fmt: skip
def test_what_is_put_around_a_log_changes_nothing(lines, capture):
    assert curves(capture(lines)) == WHOLE


@pytest.mark.parametrize(
    ("lines", "width"),
    [(KERAS, 80), (KERAS, 100), (KERAS, 123), (LOOP, 66), (LOOP, 75), (LOOP, 90)],
)
def test_lines_broken_at_the_width_of_a_terminal_are_one(lines, width):
    assert curves(broken_at(lines, width)) == WHOLE


def test_chunks_of_output_are_put_together():
    text = "".join(KERAS)
    boxes = [
        json.dumps({"stream_name": "stdout", "time": i, "data": text[i : i + 37]})
        for i in range(0, len(text), 37)
    ]
    assert curves("[" + ",\n".join(boxes) + "]") == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        # Lines of one width, of which the first goes on in none.
        "".join(
            f"train of epoch {e}  loss {a:.4f}  acc {b:.4f}  lr 0.001\n"
            f"   val loss {c:.4f}  acc {d:.4f}\n"
            for e, (a, b, c, d) in enumerate(FIGURES, 1)
        ),
        "\n".join(
            words_wrapped("The loss of training falls while that of validation rises. " * 9, 70)
        ),
    ],
)
def test_what_no_terminal_broke_stays(text):
    assert rejoined(text.split("\n")) == text.split("\n")


@pytest.mark.parametrize("text", ['{"epoch": 1, "loss": 0.5}\n{"epoch": 2}', "[1, 2]", "{", '[{"'])
def test_other_json_stays(text):
    assert unboxed(text) == text


def test_a_session_that_broke_off_within_an_epoch_is_not_that_epoch():
    """Keras 3 prints no ETA, so an unfinished bar looks like a finished one."""
    bar = "━" * 20

    def rows(n, first=0.0):
        return "".join(
            f"Epoch {e}/9\n60/60 {bar} 5s 80ms/step - accuracy: {b:.4f} - loss: {a + first:.4f} - "
            f"val_accuracy: {d:.4f} - val_loss: {c:.4f}\n"
            for e, (a, b, c, d) in enumerate(FIGURES[:n], 1)
        )

    cut = f"Epoch 4/9\n 21/60 {bar} 3s 80ms/step - accuracy: 0.7400 - loss: 0.7700\nCrashed.\n"
    first, second = sources.pasted(rows(3) + cut + rows(2, first=0.5))
    assert [len(run.curves["loss"]) for run in (first, second)] == [3, 2]
    old = cut.replace("3s 80ms/step", "ETA: 3s").replace(bar, "[===>......]")
    again = rows(2, first=0.5)
    assert len(sources.pasted(rows(3) + old + again)) == 2


def test_figures_that_are_printed_as_objects_are_figures():
    text = "\n".join(
        f"epoch {e}: loss=tensor({a:.4f}, device='cuda:0', grad_fn=<MeanBackward0>), "
        f"accuracy=np.float64({b:.4f}), val_loss=Array({c:.4f}, dtype=float32), "
        f"val_accuracy=<tf.Tensor: shape=(), dtype=float32, numpy={d:.4f}>"
        for e, (a, b, c, d) in enumerate(FIGURES, 1)
    )
    assert curves(text) == WHOLE


@pytest.mark.parametrize("header", ["", "epoch,loss,accuracy,val_loss,val_accuracy\n"])
def test_a_table_that_was_appended_to_holds_two_trainings(header):
    rows = "".join(f"{e},{a},{b},{c},{d}\n" for e, (a, b, c, d) in enumerate(FIGURES))
    text = "epoch,loss,accuracy,val_loss,val_accuracy\n" + rows + header + rows
    assert curves(text) == WHOLE * 2


def test_a_heading_that_ends_in_the_name_of_a_metric_is_no_broken_line():
    rows = [
        f"epoch {e} - loss: {a:.4f} - accuracy: {b:.4f} - val_loss: {c:.4f} - val_accuracy: {d:.4f}"
        for e, (a, b, c, d) in enumerate(FIGURES, 1)
    ]
    text = "\n".join(["With the usual lr:", *rows, "Again with a higher lr:", *rows])
    assert curves(text) == WHOLE * 2


def test_two_figures_of_one_name_are_none_of_keras():
    text = "\n".join(
        f"[{e}/3] 00:31 train: loss={a:.4f} accuracy={b:.4f} "
        f"validation: loss={c:.4f} accuracy={d:.4f}"
        for e, (a, b, c, d) in enumerate(FIGURES, 1)
    )
    assert curves(text) == WHOLE


WANDB = """wandb: Run history:
wandb:      epoch ▁▂▄▅▇█
wandb: train/loss █▅▃▂▁▁
wandb:   val/loss {picture}
wandb:
wandb: Run summary:
wandb:      epoch 11
wandb: train/loss 0.0611
wandb:   val/loss 1.312
wandb:   best_val 0.7
wandb:
wandb: View run at a page"""


@pytest.mark.parametrize(
    ("picture", "course"),
    [
        ("█▃▁▂▅█", "rises"),
        ("█▆▄▃▂▁", "falls"),
        ("█▁▇▁█▁", "fluctuates"),
        ("▄▅▄▅▄▄", None),
        ("█▁", None),
    ],
)
def test_a_picture_of_a_curve_tells_its_course_and_the_summary_its_end(picture, course):
    (run,) = sources.pasted(WANDB.format(picture=picture))
    assert run.curves["val_loss"].values.tolist() == [1.312]
    assert run.curves["val_loss"].epochs.tolist() == [11]
    shown = {c.predicate for c in run.claims if c.subject.split == "validation"}
    assert shown == ({course} if course else set())
    amounts = {c.predicate for c in run.claims if c.exact} & {"val_loss_rises", "val_fluctuates"}
    assert amounts == {"rises": {"val_loss_rises"}, "fluctuates": {"val_fluctuates"}}.get(
        course, set()
    )


@pytest.mark.parametrize("mark", ["wandb: ", ""])
def test_a_summary_behind_the_log_of_its_training_adds_nothing(mark):
    """Its last figures belong to no further epoch, and to no second training."""
    text = "".join(KERAS) + WANDB.format(picture="█▃▁▂▅█").replace("wandb: ", mark)
    assert curves(text) == WHOLE
    (run,) = sources.pasted(text + "\nThe classes are balanced.")
    assert [c.predicate for c in run.claims] == ["imbalanced"]


def test_another_database_is_refused_with_what_to_bring(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE metrics (a INTEGER)")
    with pytest.raises(UnreadableSourceError, match="Bring the log"):
        sources.read(path)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(UnreadableSourceError):
        sources.read(path)


def test_records_within_an_epoch_and_damaged_ones_are_no_epochs(tmp_path):
    path = tmp_path / "project.db"
    losses = enumerate(row[0] for row in FIGURES)
    rows = [
        *((e * 2 + 1, json.dumps({"epoch": e + 1, "loss": loss})) for e, loss in losses),
        *((e * 2, json.dumps({"epoch": e + 0.5, "loss": 9.0})) for e in range(3)),
        (9, "{"), (10, "[1]"), (11, json.dumps({"epoch": 4, "loss": "high"})),
    ]  # fmt: skip
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name, step, metrics)")
        base.executemany("INSERT INTO metrics (run_name, step, metrics) VALUES ('one', ?, ?)", rows)
    (run,) = sources.read(path)
    assert run.curves["loss"].epochs.tolist() == [1, 2, 3]
    assert run.curves["loss"].values.tolist() == [row[0] for row in FIGURES]
