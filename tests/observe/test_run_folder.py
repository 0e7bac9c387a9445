"""A run folder that `run` leaves, read back."""

import pytest

from fitdoctor import doctor
from fitdoctor.records.observation import FILE, Observation
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Script
from fitdoctor.records.text import to_json, write_recipe

NETWORK = Recipe(
    loss="sparse_categorical_crossentropy",
    layers=(Layer(kind="Flatten"), Layer(kind="Dense", units=3, activation="softmax")),
)


@pytest.fixture
def folder(tmp_path):
    """Make a run folder of a training that is good while its validation is not."""

    def make(epochs=8, **seen):
        script = Script(path="t.py", recipe=Recipe(), framework="keras")
        (tmp_path / FILE).write_text(to_json(Observation(script=script, **seen)))
        write_recipe(NETWORK, tmp_path / "recipe.toml")
        if epochs:
            rows = [f"{e},{1 / e},{1 - 0.6 / e},{1 + e},0.0" for e in range(1, epochs + 1)]
            header = "epoch,loss,accuracy,val_loss,val_accuracy"
            (tmp_path / "metrics.csv").write_text("\n".join([header, *rows]) + "\n")
        return tmp_path

    return make


@pytest.mark.parametrize(("answer", "named"), [("no", True), ("yes", False)])
def test_readers_that_number_classes_differently_are_the_cause(folder, answer, named):
    causes = doctor.diagnose(folder(answers={"class_numbers_alike": answer})).causes
    likely = {c.rule: c.probability for c in causes}
    assert (likely.get("class_ids_differ_between_splits", 0) > 0.3) == named


def test_how_it_ended_is_read_where_no_epoch_was(folder):
    words = (
        "InvalidArgumentError: Graph execution error: Received a label value of 5 which is outside "
        "the valid range of [0, 5)."
    )
    diagnosis = doctor.diagnose(folder(0, error=words))
    assert not diagnosis.run.curves
    assert diagnosis.causes[0].rule == "labels_out_of_range"
    assert not diagnosis.run.speaks
    assert not doctor.diagnose(folder(0, error="KeyboardInterrupt")).causes
