"""What a look at the images finds before training is said, kept, and used by the diagnosis."""

import shutil

import numpy as np
import pytest
from PIL import Image

from fitdoctor import doctor
from fitdoctor.records.finding import Clear, Skipped
from fitdoctor.sources import read
from fitdoctor.training import session


def outcome(diagnosis, rule):
    found = [c for c in diagnosis.causes if c.rule == rule]
    others = [o for o in diagnosis.outcomes if o.rule == rule]
    return (found or others)[0]


@pytest.fixture
def parted(tmp_path, draw_photos):
    """Draw train and val folders of two classes without a copy among them."""
    photos = draw_photos(images=30)
    for label in ("dark", "light"):
        for i in range(30):
            home = tmp_path / "images" / ("train" if i < 20 else "val") / label
            home.mkdir(parents=True, exist_ok=True)
            shutil.copy(photos / label / f"{i}.png", home)
    return tmp_path / "images"


class Hears:
    def __init__(self):
        self.said = []

    def say(self, words):
        self.said.append(words)

    def step(self, *args): ...

    epoch = step


def test_a_picture_in_train_and_val_is_said_before_training_and_diagnosed(parted, small, tmp_path):
    for i in range(3):
        shutil.copy(parted / "train" / "dark" / f"{i}.png", parted / "val" / "dark" / f"z{i}.png")
    (parted / "train" / "dark" / "broken.png").write_bytes(b"\x89PNG nothing")
    hears = Hears()
    done = session.train(small(parted, epochs=2), tmp_path / "run", hears)
    assert "3 exact copies of images across the split" in hears.said[0]
    assert "1 unreadable file left out" in hears.said[1]
    for run in (done.run, read(tmp_path / "run")[-1]):
        diagnosis = doctor.examine(run)
        leak = outcome(diagnosis, "leaked_validation_images")
        assert leak.probability > 0.5
        assert "val/dark/z0.png" in leak.evidence[0].sentence


def test_what_was_not_looked_for_is_not_called_clear(parted, small, tmp_path):
    session.train(small(parted, epochs=2), tmp_path / "run", hears := Hears())
    assert not any("copies" in words or "copy" in words for words in hears.said)
    diagnosis = doctor.diagnose(tmp_path / "run")
    assert isinstance(outcome(diagnosis, "conflicting_labels"), Clear)
    assert isinstance(outcome(diagnosis, "leaked_validation_images"), Clear)
    assert isinstance(outcome(diagnosis, "odd_image_sizes"), Skipped)


def test_fit_warns_of_copies_that_arrays_hold_and_keeps_them_on_one_side(small, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (40, 16, 16, 3), dtype=np.uint8)
    x[20:30] = x[:10]
    y = np.repeat([0, 1], 20)
    y[20:30] = 0
    with pytest.warns(UserWarning, match="10 exact copies within a split"):
        run = doctor.fit((x, y), tmp_path / "run", backbone="small_cnn", epochs=1, image_size=32)
    assert {f.rule for f in run.image_findings} <= {"duplicate_images", "class_imbalance"}


def test_evaluation_finds_the_split_of_the_training(draw_photos, small, tmp_path):
    from fitdoctor.training import evaluation
    from fitdoctor.training.prepare import prepare

    photos = draw_photos(images=20)
    for i in range(8):
        Image.open(photos / "dark" / f"{i}.png").save(photos / "dark" / f"again{i}.png")
    recipe = small(photos, epochs=1)
    session.train(recipe, tmp_path / "run", Hears())
    found, _ = evaluation.evaluate(tmp_path / "run")
    assert found.images == len(prepare(recipe, Hears()).val)
