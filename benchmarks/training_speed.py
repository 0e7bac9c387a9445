"""How fast training is against stock Keras, interleaved, on this machine: `make bench-speed`.

Stock is what the Keras guides write: `image_dataset_from_directory`, a frozen
`keras.applications` network, `fit`. Both sides start from image files, in fresh processes, with
the same images, layers, epochs and batch size; tracing and compiling count. Images are drawn.
`python -m benchmarks.training_speed JOB...` runs some of the jobs; without a name, all.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from fitdoctor.stats.student import t_quantile

ROOT = Path(__file__).parents[1]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
MOBILENET = ASSETS / "weights" / "mobilenet_v2_1.0_224_coralqat_no_top.h5"
ROUNDS = 2


def draw(
    folder: Path, images: int, classes: int = 4, *, largest: int = 512, png: bool = False
) -> Path:
    """Draw photographs of a kind: soft blobs whose hue tells the class, 128 to `largest` px."""
    if folder.is_dir():
        return folder
    rng = np.random.default_rng(5)
    for label in range(classes):
        home = folder / f"class{label}"
        home.mkdir(parents=True)
        for number in range(images // classes):
            small = rng.integers(0, 256, (9, 9, 3)).astype(np.float64)
            small[..., label % 3] = small[..., label % 3] * 0.6 + 80 + 25 * (label // 3)
            side = int(rng.integers(128, largest + 1))
            image = Image.fromarray(small.clip(0, 255).astype(np.uint8))
            image = image.resize((side, side), Image.Resampling.BICUBIC)
            # A camera's noise: without it PNG files would be far smaller than photographs are.
            noisy = np.asarray(image) + rng.normal(0, 4, (side, side, 3))
            image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
            mixed = png and number % 2
            image.save(home / f"{number}.{'png' if mixed else 'jpg'}")
    return folder


STOCK = """
import json, sys, time
began = time.perf_counter()
import keras
job = json.loads(sys.argv[1])
keras.utils.set_random_seed(job.get("seed", 0))
size = job["size"]
make = lambda part: keras.utils.image_dataset_from_directory(
    job["images"], validation_split=0.2, subset=part, seed=0, image_size=(size, size),
    batch_size=32)
train, val = make("training"), make("validation")
inputs = keras.Input((size, size, 3))
layers = keras.layers
x = inputs
if job.get("augment"):
    x = layers.RandomFlip("horizontal")(x)
    x = layers.RandomRotation(0.05)(x)
if job["kind"] == "cnn":
    x = layers.Rescaling(1 / 255)(x)
    for units, kernels in ((16, (3, 1)), (32, (1, 1))):
        for kernel in kernels:
            x = layers.Conv2D(units, kernel, padding="same")(x)
            x = layers.Activation("relu")(x)
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(0.25)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64)(x)
    x = layers.Activation("relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.5)(x)
else:
    if job["kind"] == "resnet":
        base = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(size, size, 3))
        x = keras.applications.resnet.preprocess_input(x)
    else:
        base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(size, size, 3))
        base.load_weights(job["weights"])
        x = keras.applications.mobilenet_v2.preprocess_input(x)
    base.trainable = bool(job.get("thawed"))
    x = base(x, training=False)
    if job["kind"] == "resnet":
        x = layers.Flatten()(x)
        x = layers.Dense(1024, activation="relu")(x)
        x = layers.Dense(1024, activation="relu")(x)
    else:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dropout(0.2)(x)
model = keras.Model(inputs, layers.Dense(len(train.class_names), activation="softmax")(x))
model.compile(keras.optimizers.Adam(job["rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
times, last = [], time.perf_counter()
class Clock(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        global last
        times.append(time.perf_counter() - last); last = time.perf_counter()
history = model.fit(train.prefetch(2), validation_data=val.prefetch(2), epochs=job["epochs"],
                    verbose=0, callbacks=[Clock()]).history
print(json.dumps({"seconds": time.perf_counter() - began, "accuracy": history["val_accuracy"][-1],
                  "epochs": times}))
"""
FASTAI_MANNER = """
import json, sys, time
began = time.perf_counter()
import keras
job = json.loads(sys.argv[1])
keras.utils.set_random_seed(0)
size, layers = job["size"], keras.layers
make = lambda part: keras.utils.image_dataset_from_directory(
    job["images"], validation_split=0.2, subset=part, seed=0, image_size=(size, size),
    batch_size=64)
train, val = make("training"), make("validation")
inputs = keras.Input((size, size, 3))
x = layers.RandomFlip("horizontal")(inputs)
x = layers.RandomRotation(0.03)(x)
x = layers.RandomZoom((-0.1, 0.0))(x)
x = keras.applications.mobilenet_v2.preprocess_input(x)
base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(size, size, 3))
base.load_weights(job["weights"])
x = base(x)
x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
x = layers.BatchNormalization()(x)
x = layers.Dense(512, activation="relu")(layers.Dropout(0.25)(x))
x = layers.Dropout(0.5)(layers.BatchNormalization()(x))
model = keras.Model(inputs, layers.Dense(len(train.class_names), activation="softmax")(x))
def one_cycle(epochs, top):
    steps = epochs * len(train)
    rate = keras.optimizers.schedules.CosineDecay(
        top / 25, int(0.75 * steps), warmup_target=top, warmup_steps=int(0.25 * steps))
    model.compile(keras.optimizers.AdamW(rate, weight_decay=0.01),
                  "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(train.prefetch(2), validation_data=val.prefetch(2), epochs=epochs, verbose=0)
base.trainable = False
one_cycle(1, 2e-3)
base.trainable = True
history = one_cycle(job["epochs"] - 1, 1e-3).history
print(json.dumps({"seconds": time.perf_counter() - began, "accuracy": history["val_accuracy"][-1]}))
"""
OURS = """
import json, sys, time
began = time.perf_counter()
from pathlib import Path
job = json.loads(sys.argv[1])
import fitdoctor
from fitdoctor.records.recipe import Augmentation, Backbone, Layer, Optimizer, Recipe
if job["kind"] == "cnn":
    def block(units, *kernels):
        for kernel in kernels:
            yield Layer(kind="Conv2D", units=units, kernel_size=kernel, padding="same")
            yield Layer(kind="Activation", activation="relu")
            yield Layer(kind="BatchNormalization")
        yield Layer(kind="MaxPooling2D", pool_size=2)
        yield Layer(kind="Dropout", rate=0.25)
    parts = dict(layers=(*block(16, 3, 1), *block(32, 1, 1), Layer(kind="Flatten"),
        Layer(kind="Dense", units=64), Layer(kind="Activation", activation="relu"),
        Layer(kind="BatchNormalization"), Layer(kind="Dropout", rate=0.5)), input_scale=1 / 255)
elif job["kind"] == "resnet":
    parts = dict(backbone=Backbone(name="ResNet50", weights=job["weights"]), layers=(
        Layer(kind="Flatten"), Layer(kind="Dense", units=1024, activation="relu"),
        Layer(kind="Dense", units=1024, activation="relu")))
else:
    parts = dict(backbone=Backbone(name="MobileNetV2", weights=job["weights"],
                                   trainable=bool(job.get("thawed"))),
                 layers=(Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dropout", rate=0.2)))
if job.get("augment"):
    parts["augmentation"] = Augmentation(flip="horizontal", rotation=0.05, views=job.get("views"))
recipe = Recipe(images=job["images"], image_size=job["size"], epochs=job["epochs"], patience=0,
    optimizer=Optimizer(name="Adam", learning_rate=job["rate"]), seed=job.get("seed", 0), **parts)
run = fitdoctor.fit(recipe, job["run"])
print(json.dumps({"seconds": time.perf_counter() - began,
                  "accuracy": float(run.curves["val_accuracy"].values[-1])}))
"""
HEADS = """
import json, sys, time
from pathlib import Path
job = json.loads(sys.argv[1])
import numpy as np
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.watcher import Silent
from fitdoctor.training import recipes
from fitdoctor.training.prepare import prepare
from fitdoctor.training.trials import KerasTrainer
import keras
from msgspec.structs import replace
recipe = recipes.completed(Recipe(images=job["images"], image_size=job["size"], epochs=job["epochs"],
    patience=0, backbone=Backbone(name="MobileNetV2", weights=job["weights"]),
    layers=(Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dropout", rate=0.2)),
    optimizer=Optimizer(name="Adam", learning_rate=1e-3)))
trainer = KerasTrainer()
ready = trainer._prepare(recipe)
x, y = np.asarray(ready.inputs), ready.labels
def fit(seed):
    keras.utils.set_random_seed(seed)
    layers = [keras.Input(x.shape[1:]), keras.layers.Dropout(0.2),
              keras.layers.Dense(len(ready.classes), activation="softmax")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    h = model.fit(x[ready.train], y[ready.train], epochs=job["epochs"], batch_size=32, verbose=0,
                  validation_data=(x[ready.val], y[ready.val]))
    return h.history["val_accuracy"][-1]
out = {"stock": [], "ours": []}
for round_ in range(3):
    t = time.perf_counter(); a = [fit(s) for s in range(4)]
    out["stock"].append((time.perf_counter() - t) / 4)
    t = time.perf_counter()
    runs = [d.result for d in trainer.train_many([replace(recipe, seed=s, order_seed=s) for s in range(16)])]
    out["ours"].append((time.perf_counter() - t) / 16)
    out["accuracy"] = [float(np.mean(a)), float(np.mean([r.curves["val_accuracy"].values[-1] for r in runs]))]
t = time.perf_counter(); trainer.train(replace(recipe, seed=99, order_seed=99))
out["one more head"] = time.perf_counter() - t
print(json.dumps(out))
"""
READ = """
import json, sys, time
job = json.loads(sys.argv[1])
if job["side"] == "stock":
    import keras, tensorflow as tf
    keras.ops.ones(1)
    t = time.perf_counter()
    data = keras.utils.image_dataset_from_directory(job["images"], image_size=(128, 128), batch_size=32)
    n = sum(len(y) for _, y in data)
    first = time.perf_counter() - t
    t = time.perf_counter(); n = sum(len(y) for _, y in data); second = time.perf_counter() - t
else:
    from pathlib import Path
    from fitdoctor.images import cache, listing
    import numpy as np
    t = time.perf_counter()
    found = listing.scan(Path(job["images"])); pixels = cache.decoded(found, 128).pixels
    first = time.perf_counter() - t
    t = time.perf_counter()
    for start in range(0, len(pixels), 32):
        np.asarray(pixels[start : start + 32]).sum()
    second = time.perf_counter() - t; n = len(pixels)
print(json.dumps({"first": n / first, "second": n / second}))
"""


def run(code: str, job: dict[str, object], cache: Path) -> dict[str, object]:
    environment = {**os.environ, "FITDOCTOR_CACHE": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(job)], capture_output=True, text=True, check=False,
        env=environment,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def compared(name: str, job: dict[str, object], home: Path, rounds: int = ROUNDS) -> None:
    """Print the ratio of a whole training from files, each side in fresh processes, in turn."""
    ratios, ends = [], []
    for number in range(rounds):
        cache = Path(tempfile.mkdtemp(dir=home))
        seeded = {**job, "seed": number}  # the scatter of the ends is that of seeds
        stock = run(STOCK, seeded, cache)
        ours = run(OURS, {**seeded, "run": str(cache / "run")}, cache)
        ratios.append(float(stock["seconds"]) / float(ours["seconds"]))  # type: ignore[arg-type]
        ends.append((stock["accuracy"], ours["accuracy"]))
        print(f"  {name}, round {number + 1}: stock {stock['seconds']:.1f} s, ours "
              f"{ours['seconds']:.1f} s", flush=True)  # fmt: skip
    accuracy = " ".join(dict.fromkeys(f"{a:.3f}/{b:.3f}" for a, b in ends))
    if rounds >= 4:
        logs = np.log(ratios)
        half = t_quantile(rounds - 1, 0.975) * logs.std(ddof=1) / rounds**0.5
        low, high = np.exp([logs.mean() - half, logs.mean() + half])
        accuracy += f"; paired 95 % interval {low:.2f} to {high:.2f}"
    print(f"{name:44} {statistics.median(ratios):6.1f} x  ({min(ratios):.1f} to {max(ratios):.1f})"
          f"  accuracy stock/ours {accuracy}", flush=True)  # fmt: skip


def fastai_manner(home: Path, job: dict[str, object]) -> None:
    """Print what a script in fastai's manner takes: `fine_tune`, augmented, one cycle a phase."""
    other = run(FASTAI_MANNER, job, home)
    cache = Path(tempfile.mkdtemp(dir=home))
    ours = run(OURS, {**job, "run": str(cache / "run")}, cache)
    ratio = float(other["seconds"]) / float(ours["seconds"])  # type: ignore[arg-type]
    print(f"{'800 images, 11 epochs in the manner of fastai':44} {ratio:6.1f} x  ({other['seconds']:.0f} s; "
          f"accuracy {other['accuracy']:.3f}, ours {ours['accuracy']:.3f})", flush=True)  # fmt: skip


def heads(home: Path) -> None:
    job = {"images": str(draw(home / "photos", 2000)), "size": 128, "epochs": 27,
           "weights": str(MOBILENET)}  # fmt: skip
    out = run(HEADS, job, home / "cache")
    per = [s / o for s, o in zip(out["stock"], out["ours"], strict=True)]  # type: ignore[arg-type, call-overload]
    print(f"{'16 seeds of one head, per seed':44} {statistics.median(per):6.1f} x  "
          f"({min(per):.1f} to {max(per):.1f})  accuracy {out['accuracy']}", flush=True)  # fmt: skip
    eleven = run(HEADS, {**job, "epochs": 11}, home / "cache")
    stock = run(STOCK, {**job, "kind": "head", "epochs": 11, "rate": 1e-3}, home / "cache")
    ratio = float(stock["seconds"]) / float(eleven["one more head"])  # type: ignore[arg-type]
    print(f"{'one more head on the same images':44} {ratio:6.1f} x", flush=True)


def reading(home: Path) -> None:
    for name, folder in (
        ("mixed JPEG and PNG", draw(home / "mixed", 1200, largest=1024, png=True)),
        ("small JPEG", draw(home / "photos2000", 2000)),
    ):
        sides: dict[str, list[dict[str, object]]] = {"stock": [], "ours": []}
        # Stock's own tuning of its threads ends in one of two speeds, a third apart.
        for _ in range(6):
            for side, found in sides.items():
                cache = Path(tempfile.mkdtemp(dir=home))
                found.append(run(READ, {"images": str(folder), "side": side}, cache))
        for which in ("first", "second"):
            ratios = [
                float(o[which]) / float(s[which])  # type: ignore[arg-type]
                for s, o in zip(sides["stock"], sides["ours"], strict=True)
            ]
            speed = statistics.median(float(o[which]) for o in sides["ours"])  # type: ignore[arg-type]
            print(f"{f'{which} pass over {name}':44} {statistics.median(ratios):6.1f} x  "
                  f"({min(ratios):.1f} to {max(ratios):.1f}; {speed:.0f} images/s)", flush=True)  # fmt: skip


def random_weights(home: Path) -> str:
    """Return a file of ResNet50's initial weights: how fast it is does not depend on them."""
    path = home / "resnet50.weights.h5"
    if not path.is_file():
        import keras

        keras.applications.ResNet50(weights=None, include_top=False).save_weights(path)
    return str(path)


def jobs(home: Path) -> dict[str, Callable[[], object]]:
    def photos(images: int, largest: int = 512) -> str:
        return str(draw(home / f"photos{images}", images, largest=largest))

    head = {"kind": "head", "size": 128, "epochs": 11, "rate": 1e-3, "weights": str(MOBILENET)}
    return {
        "frozen": lambda: compared(
            "MobileNetV2 128 px, frozen, 2000 images", {**head, "images": photos(2000)}, home
        ),
        "fastai": lambda: fastai_manner(home, {**head, "images": photos(800)}),
        "heads": lambda: heads(home),
        "resnet": lambda: compared(
            "ResNet50 224 px, Flatten, 1024, 1024, 27 epochs",
            {
                "kind": "resnet",
                "size": 224,
                "epochs": 27,
                "rate": 1e-5,
                "images": photos(160),
                "weights": random_weights(home),
            },
            home,
            1,
        ),
        "augmented": lambda: [
            compared(
                f"frozen with augmentation, {views} views",
                {**head, "augment": True, "views": views, "images": photos(2000)},
                home,
                1,
            )
            for views in (3, 2)
        ],
        "thawed": lambda: compared(
            "MobileNetV2 128 px, everything trained",
            {**head, "thawed": True, "epochs": 3, "rate": 1e-4, "images": photos(400)},
            home,
            5,
        ),
        "cnn": lambda: compared(
            "small CNN 64 px",
            {"kind": "cnn", "size": 64, "epochs": 20, "rate": 1e-4, "images": photos(2000)},
            home,
        ),
        "reading": lambda: reading(home),
    }


def main() -> None:
    home = Path(tempfile.gettempdir()) / "fitdoctor-speed"
    home.mkdir(exist_ok=True)
    known = jobs(home)
    began = time.perf_counter()
    for name in sys.argv[1:] or known:
        known[name]()
    print(f"{time.perf_counter() - began:.0f} s in all; TensorFlow on both sides")


if __name__ == "__main__":
    main()
