"""Several devices: asked for in vain with one line, and the same curves where they are there."""

import json
import os
import subprocess
import sys

import pytest

from fitdoctor.cli import main

TWO = """
import json, sys
import keras
from pathlib import Path
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.training import devices, recipes, session
count = devices.use(int(sys.argv[2]))
layers = (Layer(kind="Conv2D", units=4, kernel_size=3, activation="relu"),
          Layer(kind="BatchNormalization"), Layer(kind="GlobalAveragePooling2D"))
recipe = recipes.completed(Recipe(images=sys.argv[1], image_size=16, layers=layers, epochs=2))
done = session.train(recipe, Path(sys.argv[3]))
print(json.dumps([count, [float(v) for v in done.run.curves["loss"].values]]))
"""


@pytest.mark.parametrize(
    ("asked", "words"), [("many", "expected a number"), ("99", "Ask for 1 to")]
)
def test_devices_that_are_not_there_end_in_one_line(asked, words, draw_photos, tmp_path, capsys):
    given = [str(draw_photos()), "--backbone", "small_cnn", "--devices", asked]
    code = main(["train", *given, "-o", str(tmp_path / "run")])
    assert code == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in told


def test_two_devices_train_as_one_does(draw_photos, tmp_path):
    pytest.importorskip("jax")
    photos = draw_photos(images=25)
    environment = {**os.environ, "KERAS_BACKEND": "jax",
                   "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}  # fmt: skip
    ends = []
    for count in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", TWO, str(photos), count, str(tmp_path / count)],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
        ends.append(json.loads(done.stdout.strip().splitlines()[-1]))
    assert [end[0] for end in ends] == [1, 2]
    assert ends[0][1] == pytest.approx(ends[1][1], rel=1e-4)
