"""A run that was killed ends as if it had not been."""

import csv
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from fitdoctor.cli import main
from fitdoctor.records.recipe import Backbone, FineTuning, Layer, Optimizer, Recipe, Schedule
from fitdoctor.records.text import write_recipe
from fitdoctor.training import recipes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for name, level in (("dark", 110), ("light", 140)):
        (root / name).mkdir()
        for i in range(24):
            pixels = np.clip(rng.normal(level, 50, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    return root


def small(photos, **changes):
    settings = {
        "images": str(photos),
        "image_size": 16,
        "layers": (
            Layer(kind="Conv2D", units=4, kernel_size=3, activation="relu"),
            Layer(kind="GlobalAveragePooling2D"),
            Layer(kind="Dropout", rate=0.3),
        ),
        "optimizer": Optimizer(name="Adam", learning_rate=0.01),
        "epochs": 7,
        "batch_size": 8,
        "patience": 0,
    }
    return recipes.completed(Recipe(**(settings | changes)))


KINDS = {
    "dropout and Adam": {},
    "early stopping": {"patience": 2, "epochs": 12},
    "plateau": {
        "optimizer": Optimizer(
            name="SGD", learning_rate=0.05, momentum=0.9,
            schedule=Schedule(kind="plateau", factor=0.5, every=1.0),
        )
    },
    "fine-tuning": {
        "image_size": 32,
        "backbone": Backbone(name="MobileNetV2", alpha=0.35, weights="none"),
        "layers": (Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dropout", rate=0.3)),
        "epochs": 2,
        "fine_tuning": FineTuning(epochs=2, learning_rate=1e-3, top=12),
    },
}  # fmt: skip


def curves(folder):
    with (folder / "metrics.csv").open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def weights(folder):
    import keras

    return keras.saving.load_model(folder / "model.keras", compile=False).get_weights()


@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_to_the_same_curves_and_weights(photos, tmp_path, monkeypatch, kind):
    killed_after = 3 if kind == "fine-tuning" else 2
    from fitdoctor.training import checkpoint, session

    recipe = small(photos, **KINDS[kind])
    session.train(recipe, tmp_path / "whole")
    keep = checkpoint.Checkpoint.on_epoch_end

    def killed(self, epoch, logs=None):
        keep(self, epoch, logs)
        if epoch + 1 == killed_after:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint.Checkpoint, "on_epoch_end", killed)
    with pytest.raises(KeyboardInterrupt):
        session.train(recipe, tmp_path / "killed")
    monkeypatch.setattr(checkpoint.Checkpoint, "on_epoch_end", keep)
    # The kill may come after the next epoch is half written.
    with (tmp_path / "killed" / "metrics.csv").open("a") as file:
        file.write(f"{killed_after + 1},0.5,0.")
    session.resume(tmp_path / "killed")
    one, other = curves(tmp_path / "killed"), curves(tmp_path / "whole")
    assert [row["epoch"] for row in one] == [row["epoch"] for row in other]
    # Sums in parallel end in other last bits each time, killed or not.
    for a, b in zip(one, other, strict=True):
        assert [float(v) for v in a.values()] == pytest.approx(
            [float(v) for v in b.values()], rel=1e-4
        )
    for a, b in zip(weights(tmp_path / "killed"), weights(tmp_path / "whole"), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert not (tmp_path / "killed" / "checkpoint.npz").exists()


@pytest.mark.parametrize("seconds", [0.05, 0.6])
def test_a_killed_process_can_be_resumed(photos, tmp_path, seconds):
    """SIGKILL at an arbitrary moment after training has begun."""
    recipe = small(photos, epochs=40)
    write_recipe(recipe, tmp_path / "recipe.toml")
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "fitdoctor", "train", str(tmp_path / "recipe.toml")]
    process = subprocess.Popen([*command, "-o", str(folder)], stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)  # fmt: skip
    end = time.monotonic() + 60
    while not (folder / "metrics.csv").exists() and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert main(["train", str(folder), "--resume", "--fail-on", "never"]) == 0
    assert [row["epoch"] for row in curves(folder)] == [str(e) for e in range(1, 41)]


def test_what_cannot_be_resumed_is_said_in_one_line(photos, tmp_path, capsys):
    from fitdoctor.training import session

    assert main(["train", str(tmp_path), "--resume"]) == 2
    session.train(small(photos, epochs=1), tmp_path / "run")
    assert main(["train", str(tmp_path / "run"), "--resume"]) == 2
    assert "this run is finished" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    write_recipe(small(photos), other / "recipe.toml")
    (other / "checkpoint.npz").write_bytes(b"PK\x03\x04 torn")
    assert main(["train", str(other), "--resume"]) == 2
