"""How long a cold `diagnose` takes, in times an import of NumPy and `scipy.special`.

    python -m benchmarks.startup                # best of 15, interleaved; status 1 above 1.5
    python -m benchmarks.startup 5 --most 1.6   # so many rounds, and another bound

Processor time of fresh processes: what other work on the machine takes is not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROUNDS, MOST = 15, 1.5
REFERENCE = ["-c", "import numpy, scipy.special"]
LOG = "".join(
    f"Epoch {e}/30\n63/63 - 2s - loss: {2 / (e + 1):.4f} - accuracy: {1 - 1 / (e + 1):.4f} - "
    f"val_loss: {1.2 + abs(e - 12) / 40:.4f} - val_accuracy: {0.6 + e / 200:.4f}\n"
    for e in range(1, 31)
)
SCRIPT = """
import keras
from keras import layers
train = keras.utils.image_dataset_from_directory("photos", image_size=(96, 96))
base = keras.applications.MobileNetV2(include_top=False, pooling="avg", input_shape=(96, 96, 3))
base.trainable = False
model = keras.Sequential([layers.Rescaling(1 / 127.5, offset=-1), base, layers.Dropout(0.2),
                          layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=30)
"""
QUESTION = """Why does my validation accuracy stay at 60 % while training accuracy goes to 97 %?

I have 1800 photos of five kinds of birds and train a MobileNetV2 whose layers are frozen. The
validation loss falls for twelve epochs and climbs after that. I tried a smaller learning rate, which
made no difference, and more dropout, which made it slower. Should I collect more images?

"""
TEXTS = {"a log": LOG, "a script": SCRIPT, "a question with its log": QUESTION + LOG}


def measured(rounds: int) -> Mapping[str, float]:
    """Return the least processor time of each job, divided by that of the reference."""
    with tempfile.TemporaryDirectory() as home:
        jobs: dict[str, Sequence[str]] = {"reference": REFERENCE}
        for number, (name, text) in enumerate(TEXTS.items()):
            path = Path(home) / f"{number}.{'py' if text is SCRIPT else 'txt'}"
            path.write_text(text)
            jobs[name] = ["-m", "fitdoctor", "diagnose", str(path)]
        best = dict.fromkeys(jobs, float("inf"))
        for _ in range(rounds):
            for name, arguments in jobs.items():
                best[name] = min(best[name], seconds(arguments))
    return {name: best[name] / best["reference"] for name in TEXTS}


def seconds(arguments: Sequence[str]) -> float:
    """Return the processor time of a fresh interpreter.

    It may keep bytecode, as that of an installed package is kept, whatever this machine is set to.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *arguments], capture_output=True, check=False, env=kept)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        raise RuntimeError(done.stderr.decode())
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("rounds", type=int, nargs="?", default=ROUNDS)
    words.add_argument("--most", type=float, default=MOST)
    given = words.parse_args()
    ratios = measured(given.rounds)
    for name, ratio in ratios.items():
        print(f"{ratio:5.2f} times an import of numpy and scipy.special: diagnose {name}")
    return int(max(ratios.values()) > given.most)


if __name__ == "__main__":
    raise SystemExit(main())
