"""Peak memory of a training on many images: `make bench-memory`.

31,000 greyscale images of up to 1024 px are drawn once; a frozen MobileNetV2 with a small head is
trained on all of them in a fresh process, whose peak of resident memory (file-backed pages of the
pixel cache included) is printed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.training_speed import MOBILENET

IMAGES, CLASSES, LARGEST = 31_000, 4, 1024
TRAIN = """
import json, resource, sys, threading, time
job = json.loads(sys.argv[1])
peak = {"anonymous": 0}
def watch():
    while True:
        for line in open("/proc/self/status"):
            if line.startswith("RssAnon"):
                peak["anonymous"] = max(peak["anonymous"], int(line.split()[1]))
        time.sleep(0.2)
threading.Thread(target=watch, daemon=True).start()
from pathlib import Path
from fitdoctor.records.recipe import Backbone, Recipe
from fitdoctor.training import recipes, session
began = time.perf_counter()
recipe = recipes.completed(Recipe(images=job["images"], image_size=job["size"], epochs=3, patience=0,
    backbone=Backbone(name="MobileNetV2", weights=job["weights"])))
done = session.train(recipe, Path(job["run"]))
print(json.dumps({"seconds": time.perf_counter() - began, "anonymous_gb": peak["anonymous"] / 1e6,
    "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    "accuracy": float(done.run.curves["val_accuracy"].values[-1])}))
"""


def draw_some(folder: str, start: int, stop: int) -> None:
    """Draw blobs whose brightness tells the class, with a camera's noise, 128 to 1024 px."""
    rng = np.random.default_rng(start)
    noise = rng.normal(0, 4, (LARGEST, LARGEST)).astype(np.float32)
    for number in range(start, stop):
        label = number % CLASSES
        small = rng.integers(0, 200, (9, 9)).astype(np.float32) * 0.5 + 30 * label
        side = int(rng.integers(128, LARGEST + 1))
        image = Image.fromarray(small.clip(0, 255).astype(np.uint8))
        pixels = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC), np.float32)
        noisy = (pixels + noise[:side, :side]).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(Path(folder) / f"class{label}" / f"{number}.jpg", quality=85)


def draw(folder: Path, images: int) -> Path:
    done = folder / "drawn"
    if not done.exists():
        for label in range(CLASSES):
            (folder / f"class{label}").mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor() as pool:
            step = 500
            starts = range(0, images, step)
            stops = [min(start + step, images) for start in starts]
            list(pool.map(draw_some, [str(folder)] * len(starts), starts, stops))
        done.touch()
    return folder


def main() -> None:
    images = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 128
    home = Path(tempfile.gettempdir()) / "fitdoctor-memory"
    began = time.perf_counter()
    folder = draw(home / f"grey{images}", images)
    print(f"{images} images there after {time.perf_counter() - began:.0f} s", flush=True)
    run = tempfile.mkdtemp(dir=home)
    job = {"images": str(folder), "size": size, "weights": str(MOBILENET), "run": f"{run}/run"}
    environment = {**os.environ, "FITDOCTOR_CACHE": f"{run}/cache", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, json.dumps(job)], capture_output=True, text=True,
        check=False, env=environment,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    told = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{images} greyscale images of up to {LARGEST} px, trained at {size} px: peak "
          f"{told['peak_gb']:.2f} GB resident ({told['anonymous_gb']:.2f} GB without files), "
          f"{told['seconds']:.0f} s, accuracy {told['accuracy']:.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
