"""A run that was killed ends as if it had not been."""

import csv
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from fitdoctor.cli import main
from fitdoctor.records.recipe import Backbone, FineTuning, Layer, Optimizer, Schedule
from fitdoctor.records.text import write_recipe

DROPOUT = (
    Layer(kind="Conv2D", units=4, kernel_size=3, activation="relu"),
    Layer(kind="GlobalAveragePooling2D"),
    Layer(kind="Dropout", rate=0.3),
)


@pytest.fixture(scope="module")
def photos(draw_photos):
    return draw_photos(dark=110, light=140, spread=50, side=16)


@pytest.fixture(scope="module")
def slow(small):
    """Return the recipe of a network with dropout that takes a few epochs."""
    learning = {"optimizer": Optimizer(name="Adam", learning_rate=0.01), "epochs": 7}
    return lambda photos, **changes: small(photos, **({"layers": DROPOUT} | learning | changes))


KINDS = {
    "dropout and Adam": {},
    "early stopping": {"patience": 2, "epochs": 12},
    "plateau": {
        "optimizer": Optimizer(
            name="SGD", learning_rate=0.05, momentum=0.9,
            schedule=Schedule(kind="plateau", factor=0.5, every=1.0),
        )
    },
    "plateau of a rate that decays": {
        "optimizer": Optimizer(
            name="SGD", learning_rate=0.05, momentum=0.9, decay=0.01,
            schedule=Schedule(kind="plateau", factor=0.5, every=1.0),
        )
    },
    "fine-tuning": {
        "image_size": 32,
        "backbone": "the weight file's",
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
def test_goes_on_to_the_same_curves_and_weights(
    photos, slow, tmp_path, monkeypatch, weight_file, kind
):
    killed_after = 3 if kind == "fine-tuning" else 2
    from fitdoctor.training import checkpoint, session

    changes = dict(KINDS[kind])
    if "backbone" in changes:
        changes["backbone"] = Backbone(name="MobileNetV2", alpha=0.35, weights=weight_file)
    recipe = slow(photos, **changes)
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


@pytest.fixture(scope="module")
def uninterrupted(photos, slow, tmp_path_factory):
    """Return a recipe file, and the curves and weights that it ends with."""
    from fitdoctor.training import session

    home = tmp_path_factory.mktemp("whole")
    recipe = slow(photos, epochs=30)
    write_recipe(recipe, home / "recipe.toml")
    session.train(recipe, home / "run")
    return home / "recipe.toml", curves(home / "run"), weights(home / "run")


@pytest.mark.parametrize("moment", range(20))
def test_killed_at_a_random_moment_it_ends_as_if_it_had_not_been(uninterrupted, tmp_path, moment):
    """SIGKILL, up to 0.8 s after the first epoch began."""
    recipe, whole, end = uninterrupted
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "fitdoctor", "train", str(recipe), "-o", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    last = time.monotonic() + 60
    while not (folder / "recipe.toml").exists() and time.monotonic() < last:
        time.sleep(0.005)
    time.sleep(np.random.default_rng(moment).uniform(0, 0.8))
    process.send_signal(signal.SIGKILL)
    process.wait()
    if not (folder / "model.keras").exists():
        assert main(["train", str(folder), "--resume", "--fail-on", "never"]) == 0
    for a, b in zip(curves(folder), whole, strict=True):
        assert a["epoch"] == b["epoch"]
        assert float(a["loss"]) == pytest.approx(float(b["loss"]), rel=1e-3)
    for a, b in zip(weights(folder), end, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


LIMITED = """
import resource, sys
from fitdoctor.cli import main
from fitdoctor.training import checkpoint
keep = checkpoint.Checkpoint.on_epoch_end
def full(self, epoch, logs=None):
    if epoch == {epoch}:
        resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))
    keep(self, epoch, logs)
checkpoint.Checkpoint.on_epoch_end = full
sys.exit(main(["train", {recipe!r}, "-o", {folder!r}, "--fail-on", "never"]))
"""


@pytest.mark.parametrize("size", [400, 6000])
def test_where_no_more_can_be_written_one_line_says_so_and_the_last_epoch_is_kept(
    uninterrupted, tmp_path, size
):
    recipe, whole, _ = uninterrupted
    folder = tmp_path / "run"
    code = LIMITED.format(epoch=4, bytes=size, recipe=str(recipe), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("fitdoctor: ")
    assert main(["train", str(folder), "--resume", "--fail-on", "never"]) == 0
    assert [row["epoch"] for row in curves(folder)] == [row["epoch"] for row in whole]


def test_what_cannot_be_resumed_is_said_in_one_line(photos, slow, tmp_path, capsys):
    from fitdoctor.training import session

    assert main(["train", str(tmp_path), "--resume"]) == 2
    session.train(slow(photos, epochs=1), tmp_path / "run")
    assert main(["train", str(tmp_path / "run"), "--resume"]) == 2
    assert "this run is finished" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    write_recipe(slow(photos), other / "recipe.toml")
    (other / "checkpoint.npz").write_bytes(b"PK\x03\x04 torn")
    assert main(["train", str(other), "--resume"]) == 2


def test_a_state_that_is_dear_to_write_is_written_more_rarely(photos, slow, tmp_path, monkeypatch):
    from fitdoctor.training import checkpoint, session

    kept = []
    monkeypatch.setattr(checkpoint, "DEAR", 0.0)
    monkeypatch.setattr(checkpoint, "PAUSE", 1e9)
    keep = checkpoint.Checkpoint._keep
    monkeypatch.setattr(
        checkpoint.Checkpoint, "_keep", lambda self, e: (kept.append(e), keep(self, e))
    )
    session.train(slow(photos, epochs=4), tmp_path / "run")
    assert kept == [3], "the last epoch is always kept"
    monkeypatch.setattr(checkpoint, "PAUSE", 0)
    session.train(slow(photos, epochs=4), tmp_path / "other")
    assert kept == [3, 0, 1, 2, 3]


def ended(folder, *flags):
    return main(["train", str(folder), "--resume", "--fail-on", "never", *flags])


def test_a_finished_run_goes_on_as_if_it_had_been_longer_from_the_start(photos, slow, tmp_path):
    from fitdoctor.training import session

    session.train(slow(photos, epochs=3), tmp_path / "short")
    session.train(slow(photos, epochs=6), tmp_path / "long")
    assert ended(tmp_path / "short", "--epochs", "6") == 0
    one, other = curves(tmp_path / "short"), curves(tmp_path / "long")
    assert [row["epoch"] for row in one] == [row["epoch"] for row in other]
    for a, b in zip(one, other, strict=True):
        assert float(a["loss"]) == pytest.approx(float(b["loss"]), rel=1e-4)
    for a, b in zip(weights(tmp_path / "short"), weights(tmp_path / "long"), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("flags", [("--patience", "6"), ("--epochs", "14")])
def test_a_run_that_was_stopped_early_goes_on(photos, slow, tmp_path, flags):
    from fitdoctor.training import session

    still = Optimizer(name="SGD", learning_rate=1e-9)
    recipe = slow(photos, epochs=12, patience=1, monitor="val_accuracy", optimizer=still)
    session.train(recipe, tmp_path / "run")
    before = len(curves(tmp_path / "run"))
    assert before < 12
    assert ended(tmp_path / "run", *flags) == 0
    after = len(curves(tmp_path / "run"))
    # It had waited one epoch, and waits for six in all; with more epochs alone it waits anew.
    assert after == before + (5 if "--patience" in flags else 1)


def test_a_phase_of_fine_tuning_can_be_added_and_lengthened(photos, slow, tmp_path, weight_file):
    from fitdoctor.training import session

    recipe = slow(
        photos, image_size=32, epochs=2,
        backbone=Backbone(name="MobileNetV2", alpha=0.35, weights=weight_file),
        layers=(Layer(kind="GlobalAveragePooling2D"),),
    )  # fmt: skip
    session.train(recipe, tmp_path / "run")
    assert ended(tmp_path / "run", "--fine-tune", "1") == 0
    assert len(curves(tmp_path / "run")) == 3
    assert ended(tmp_path / "run", "--fine-tune", "2") == 0
    assert len(curves(tmp_path / "run")) == 4
    assert ended(tmp_path / "run", "--epochs", "9") == 2


UNCHANGEABLE = {
    ("--batch-size", "4"): "--batch-size cannot be changed",
    ("--learning-rate", "0.5"): "--learning-rate cannot be changed",
    ("--backbone", "small_cnn"): "--backbone cannot be changed",
    ("--monitor", "val_accuracy"): "monitor cannot be changed",
    ("--epochs", "1"): "the run has 2 epochs already",
    ("--epochs", "2"): "this run is finished after 2 epochs",
    ("--batch-size", "8"): "this run is finished after 2 epochs",
}


def test_what_cannot_be_changed_is_named_and_nothing_is_lost(photos, slow, tmp_path, capsys):
    from fitdoctor.training import session

    folder = tmp_path / "run"
    session.train(slow(photos, epochs=2), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for flags, words in UNCHANGEABLE.items():
        assert ended(folder, *flags) == 2
        assert words in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_schedule_drawn_over_the_epochs_keeps_them(photos, slow, tmp_path, capsys):
    from fitdoctor.training import session

    cosine = Optimizer(name="SGD", learning_rate=0.1, schedule=Schedule(kind="cosine"))
    session.train(slow(photos, epochs=2, optimizer=cosine), tmp_path / "run")
    assert ended(tmp_path / "run", "--epochs", "4") == 2
    assert "cosine schedule is drawn over 2 epochs" in capsys.readouterr().err
