"""A frozen BatchNorm is no trouble where its backbone infers, by its call or by Keras' version."""

import pytest

from fitdoctor import doctor
from fitdoctor.doctor import examine
from fitdoctor.records.claim import stated
from fitdoctor.rules import all_rules
from fitdoctor.sources import pasted

SCRIPT = """from keras.applications import ResNet50
from keras.layers import Dense, GlobalAveragePooling2D, Input
from keras.models import Model
base = ResNet50(weights='imagenet', include_top=False)
base.trainable = False
i = Input((128, 128, 3))
h = base(i{how})
h = GlobalAveragePooling2D()(h)
m = Model(i, Dense(4, activation='softmax')(h))
m.compile('rmsprop', 'sparse_categorical_crossentropy', metrics=['accuracy'])
m.fit(images, labels, validation_split=0.25, epochs=6)
"""
ROWS = {
    "bar": "40/40 [==============================] - 9s 210ms/step - loss: {0} - acc: 0.9"
    " - val_loss: {1} - val_acc: 0.3",
    "line": "40/40 - 9s - loss: {0} - accuracy: 0.9 - val_loss: {1} - val_accuracy: 0.3"
    " - 9s/epoch - 210ms/step",
    "heavy bar": "40/40 \u2501\u2501\u2501\u2501\u2501\u2501 9s 210ms/step - accuracy: 0.9"
    " - loss: {0} - val_accuracy: 0.3 - val_loss: {1}",
    "line of 3": "40/40 - 9s - 210ms/step - accuracy: 0.9 - loss: {0} - val_accuracy: 0.3"
    " - val_loss: {1}",
}


def named(tmp_path, rows, how=""):
    log, script = tmp_path / "out.log", tmp_path / "train.py"
    lines = [
        f"Epoch {e}/6\n" + ROWS[rows].format(f"{1.3 / e:.4f}", f"{1.5 + e / 10:.4f}")
        for e in range(1, 7)
    ]
    log.write_text("\n".join(lines) + "\n", "utf-8")
    script.write_text(SCRIPT.format(how=how))
    return "frozen_batchnorm_mismatch" in {c.rule for c in doctor.diagnose(log, script).causes}


@pytest.mark.parametrize("rows", ["bar", "line"])
def test_an_old_or_unknown_keras_is_suspected_unless_the_backbone_infers(tmp_path, rows):
    assert named(tmp_path, rows)
    assert not named(tmp_path, rows, ", training=False")


@pytest.mark.parametrize("rows", ["heavy bar", "line of 3"])
def test_rows_that_only_keras_3_prints_clear_it(tmp_path, rows):
    assert not named(tmp_path, rows)
    assert named(tmp_path, rows, ", training=True")


@pytest.mark.parametrize(("base", "speaks"), [("DenseNet121", True), ("VGG19", False)])
def test_batchnorm_inside_a_pretrained_network_is_there(base, speaks):
    (run,) = pasted(
        f"I pass the training images as validation data too.\n\nbase = {base}(include_top=False)\n"
        "x = GlobalAveragePooling2D()(base.output)\nout = Dense(5, activation='softmax')(x)\n"
        "model = Model(base.input, out)\nmodel.compile('adam', 'categorical_crossentropy')\n"
    )
    assert stated(run.claims, "same_data_for_both") is not None
    outcome = next(r for r in all_rules() if r.name == "batchnorm_inference_gap").examine(run)
    seen = [e for e in getattr(outcome, "evidence", ()) if e.likely is None]  # but for the words
    assert bool(seen) is speaks


SAID = (
    "My DenseNet121 is frozen; training accuracy is 0.97 and validation accuracy is stuck at 0.3."
)


@pytest.mark.parametrize(
    "version",
    ["We are on Keras 3.", "keras==3.4.1.", "Keras version 3.6, jax.", "With TensorFlow 2.17.",
     "tf 2.9.1 on Colab.", "I moved to Keras 3 and nothing changed.", "TensorFlow 2.5."],
)  # fmt: skip
def test_a_version_that_is_stated_is_neither_asked_for_nor_advised(version):
    (run,) = pasted(f"{version} {SAID}")
    found = examine(run)
    assert "frozen_batchnorm_mismatch" not in {c.rule for c in found.causes}
    assert "library_version" not in {q.id for q in found.questions}


@pytest.mark.parametrize(
    "version",
    [
        "",
        "Keras 2.2.4.",
        "keras, 3 epochs.",
        "A Keras 3 layer head.",
        "TensorFlow 1.14.",
        "Keras 3D volumes.",
    ],
)
def test_without_a_version_or_with_an_old_one_it_stays_a_guess(version):
    (run,) = pasted(f"{version} {SAID}")
    assert "frozen_batchnorm_mismatch" in {c.rule for c in examine(run).causes}
