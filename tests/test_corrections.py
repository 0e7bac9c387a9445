"""What a person corrects counts before what was read, everywhere in the run."""

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cli import main
from fitdoctor.corrections import BY_HAND, LEFT_OUT, SETTINGS, corrected, understood
from fitdoctor.errors import CorrectionError
from fitdoctor.records.recipe import Backbone, Optimizer, Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.sources import pasted

LOG = """
import keras
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=16, epochs=3, validation_data=(a, b))
I have trouble with this training.
Epoch 1/3
loss: 0.9000 - accuracy: 0.6000 - val_loss: 1.0000 - val_accuracy: 0.5000
Epoch 2/3
loss: 0.8000 - accuracy: 0.6500 - val_loss: 1.1000 - val_accuracy: 0.5100
Epoch 3/3
loss: 0.7000 - accuracy: 0.7000 - val_loss: 1.2000 - val_accuracy: 0.5200
"""
TYPED = {"count": ("1,500", 1500), "rate": ("0,003", 0.003), "word": ("other", "other"),
         "switch": ("no", False)}  # fmt: skip


def whole():
    return Run(
        recipe=Recipe(backbone=Backbone(name="VGG16", trainable=True), optimizer=Optimizer()),
        data=DataSummary(n_val=9, origins={"n_val": "the log"}),
    )


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.name)
def test_every_setting_is_corrected_shown_and_forgotten(setting):
    typed, value = TYPED[setting.kind]
    run = corrected(replace(whole(), visible=whole()), {setting.name: typed})
    assert setting.of(run) == setting.of(run.visible) == value
    row = next(row for row in understood(run) if row.name == setting.name)
    assert setting.parsed(row.value) == value
    assert row.origin == BY_HAND
    if setting.name != "backbone":
        assert setting.of(corrected(run, {setting.name: " "})) is None
        assert setting.of(corrected(Run(recipe=run.recipe), {setting.name: typed})) == value


def test_what_was_read_stands_with_where_it_comes_from():
    rows = {row.name: row for row in understood(pasted(LOG)[-1])}
    assert rows["batch_size"].value == "16"
    assert rows["batch_size"].origin == "line 5"
    assert rows["n_train"].value == rows["n_train"].origin == ""
    assert rows["epochs"].origin
    assert rows["curve:val_loss"].value == "val_loss"
    assert "3 values, 1 to 1.2" in rows["curve:val_loss"].origin


def test_curves_take_each_others_places():
    run = pasted(LOG)[-1]
    swapped = corrected(run, {"curve:loss": "val_loss", "curve:val_loss": "loss"})
    assert np.array_equal(swapped.curves["loss"].values, run.curves["val_loss"].values)
    assert np.array_equal(swapped.curves["val_loss"].values, run.curves["loss"].values)
    assert swapped.written["loss"] == "val_loss"
    assert "val_accuracy" not in corrected(run, {"curve:val_accuracy": LEFT_OUT}).curves


def test_a_correction_changes_what_is_found():
    run = replace(pasted(LOG)[-1])
    few, many = (
        doctor.examine(corrected(run, {"n_val": n, "n_train": "100000"})) for n in ("30", "90000")
    )
    names = [{c.rule for c in (*d.causes, *d.benign)} for d in (few, many)]
    assert "small_validation_set" in names[0] - names[1]


def test_what_is_said_in_words_is_told_from_what_was_corrected():
    run = corrected(pasted(LOG)[-1], {"learning_rate": "30"})
    causes = {c.rule: c for c in doctor.examine(run).causes}
    assert not causes["learning_rate_too_high"].guess


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("n_vall", "5", "Did you mean n_val"),
        ("n_val", "-5", "whole number"),
        ("n_val", "2.5", "whole number"),
        ("n_val", "1e99", "whole number"),
        ("n_val", "nan", "whole number"),
        ("learning_rate", "inf", "above 0"),
        ("learning_rate", "<b>", "above 0"),
        ("loss", "a\x00b", "name"),
        ("loss", "x" * 1000, "name"),
        ("backbone_learns", "maybe", "neither"),
        ("backbone_learns", "yes", "no backbone"),
        ("curve:lost", "loss", "no such curve"),
        ("curve:loss", "val_los", "Did you mean"),
        ("curve:loss", "val_loss", "two curves"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(name, value, words):
    with pytest.raises(CorrectionError, match=words) as refused:
        corrected(Run(curves={"loss": curve([1.0]), "val_loss": curve([1.0])}), {name: value})
    assert "\n" not in str(refused.value)


def test_the_command_line_takes_them(tmp_path, capsys):
    log = tmp_path / "a.log"
    log.write_text(LOG)
    assert main(["diagnose", str(log), "--set", "n_val", "--ask", "0"]) == 2
    assert "NAME=VALUE" in capsys.readouterr().err
    main(["diagnose", str(log), "--set", "n_val=30", "--set", "n_train=900", "--ask", "0"])
    assert "30 validation images" in capsys.readouterr().out
