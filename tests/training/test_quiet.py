"""What reaches the terminal: our lines alone, and a wrong path at once."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

OURS = re.compile(
    r"fitdoctor: |run folder: |report: |picture: |contact sheet: |saving the model$|writing |epoch "
    r"|left out |going on |no answer in |fine-tuning|\d+ |"
    r"(listing|reading|comparing|looking at) images |computing |evaluating |predicting "
    r"|trying rates"
)


def command(*words, cwd):
    """Run the command line as from a terminal that sets no logging level."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("TF_CPP")}
    return subprocess.run(
        [sys.executable, "-W", "default", "-m", "fitdoctor", *map(str, words)],
        cwd=cwd, env=plain, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(draw_photos, tmp_path_factory):
    home = tmp_path_factory.mktemp("quiet")
    photos = draw_photos(images=20)
    done = command(
        "train", photos, "-o", "run", "--backbone", "small_cnn", "--image-size", 24, "--epochs", 2,
        cwd=home,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    return home, photos, done


def strange(done):
    return [line for line in done.stderr.splitlines() if line and not OURS.match(line)]


def test_a_training_prints_our_lines_alone(trained):
    *_, done = trained
    assert strange(done) == []


@pytest.mark.parametrize(
    "words",
    [
        ("lr-find", "PHOTOS", "--backbone", "small_cnn", "--image-size", "24"),
        ("evaluate", "run"),
        ("predict", "run", "PHOTOS"),
        ("export", "run", "--to", "keras"),
        ("audit", "PHOTOS"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_prints_our_lines_alone(trained, words):
    home, photos, _ = trained
    done = command(*(photos if word == "PHOTOS" else word for word in words), cwd=home)
    assert done.returncode in {0, 1}, done.stderr
    assert strange(done) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["backbones", "replicas"])
def test_a_module_that_starts_keras_prints_nothing(name):
    plain = {k: v for k, v in os.environ.items() if not k.startswith("TF_CPP")}
    done = subprocess.run(
        [sys.executable, "-c", f"import fitdoctor.training.{name}"],
        env=plain, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout + done.stderr == ""


def nothing(home):
    (home / "photos").mkdir()


def loose_images(home):
    (home / "photos").mkdir()
    (home / "photos" / "1.jpg").write_bytes(b"")


def a_text(home):
    (home / "photos").write_text("path,label\n")


def a_broken_array(home):
    (home / "photos").mkdir()
    np.save(home / "photos" / "x.npy", np.zeros(3))


@pytest.mark.parametrize("what", [None, nothing, loose_images, a_text, a_broken_array])
@pytest.mark.parametrize("name", ["train", "lr-find", "preview"])
def test_a_wrong_source_is_one_line_without_keras_and_leaves_nothing(name, what, tmp_path):
    if what is not None:
        what(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    code = (
        "import sys; from fitdoctor.cli import main\n"
        f"status = main([{name!r}, 'photos']); print(status, 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["2", "False"]
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("fitdoctor: ")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "words",
    [("evaluate", "x"), ("predict", "x", "y"), ("export", "x"), ("audit", "x"), ("audit", "y")],
)
def test_an_empty_folder_in_place_of_a_run_or_images_is_refused_without_keras(words, tmp_path):
    (tmp_path / "x").mkdir()
    code = (
        "import sys; from fitdoctor.cli import main\n"
        f"print(main({list(words)!r}), 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["2", "False"]
    assert done.stderr.count("\n") == 1


def test_images_that_nobody_can_read_leave_no_run_folder(tmp_path):
    for label in "ab":
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "photos" / label / f"{number}.jpg").write_bytes(b"no image")
    done = command("train", "photos", "--backbone", "small_cnn", cwd=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "runs").exists()
