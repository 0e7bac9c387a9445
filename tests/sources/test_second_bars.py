"""A second bar of Keras below one epoch: other images, named by nothing."""

from fitdoctor.sources import pasted

FIRST = "40/40 [==============================] - {0}loss: 0.{1}1 - accuracy: 0.{1}2"
SECOND = "9/9 [==============================] - {0}loss: 0.{1}3 - accuracy: 0.{1}4"


def text_of(epochs, second, time="1s 2ms/step - "):
    lines = []
    for e in epochs:
        lines += [f"Epoch {e}/9", FIRST.format(time, e)]
        lines += [SECOND.format(time, e)] if e in second else []
    return "\n".join(lines)


def test_below_every_epoch_it_is_of_validation():
    for time in ("", "1s 2ms/step - "):
        (run,) = pasted(text_of((1, 2, 3), (1, 2, 3), time))
        assert run.curves["loss"].values.tolist() == [0.11, 0.21, 0.31]
        assert run.curves["val_accuracy"].values.tolist() == [0.14, 0.24, 0.34]


def test_below_the_last_epoch_it_is_what_evaluate_printed():
    (run,) = pasted(text_of((1, 2, 3), (3,)))
    assert run.curves["loss"].values.tolist() == [0.11, 0.21, 0.31]
    assert set(run.curves) == {"loss", "accuracy"}
    assert run.evaluated == {"loss": 0.33, "accuracy": 0.34}
    assert run.data.steps_per_epoch == 40
