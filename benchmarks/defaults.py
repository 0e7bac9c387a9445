"""What `fitdoctor train` makes of image sets with nothing but its defaults, network by network.

Each cell is a training in a process of its own, on at most 600 images and for at most 360 s of
processor time, which is three minutes of two cores, whatever else the machine does. A training that
is cut there is judged by the epochs that it had; one that is not done after an hour by the clock does
not count. Rows with a limit of wall time are older. A cell passes where the network learns
(validation accuracy at the best epoch is above that of naming the largest class, exact binomial test
at 1 %) and the diagnosis of the run names no cause and no symptom of more than a note, but for those
that lie in the images. It is `told` where the one other cause is overfitting of a backbone from random
weights, which the training says before it begins, and whose fix is pretrained weights: no default
takes the place of images that are not there. The table is kept in `defaults.md`; a finished cell is trained again only
when its defaults have changed, and is missing until then. Needs the shared images and weights
(FITDOCTOR_ASSETS).

    python -m benchmarks.defaults [MINUTES] [WORD ...]      # only cells whose names hold each WORD
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).parent
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", HERE.parents[1] / "shared")).resolve()
WEIGHTS = "weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
TABLE = HERE / "defaults.md"
MOST_IMAGES = 600
MOST_SECONDS = 360
"""Of processor time, those of finished children included."""
LONGEST = 3600
"""Seconds by the clock after which a cell is given up."""
SURE = 0.01
NETWORKS: dict[str, tuple[str, ...]] = {
    "MobileNetV2 0.35, pretrained": ("--alpha", "0.35", "--weights", str(ASSETS / WEIGHTS)),
    "small_cnn": ("--backbone", "small_cnn"),
    "MobileNetV2 0.35, --weights none": (
        "--backbone", "MobileNetV2", "--alpha", "0.35", "--weights", "none",
    ),
}  # fmt: skip
"""Flags by network, the cheapest first."""
DRAWN = ("shapes", "textures")
SETS = ("eurosat", "flowers", "cifake", "spectrograms", "planted", *DRAWN)
SIZES = (64, 128, 224)
OF_DATA = {
    "class_imbalance", "conflicting_labels", "duplicate_images", "label_noise",
    "leaked_validation_images", "mislabelled_images", "small_training_set",
    "small_validation_set", "unreadable_images",
}  # fmt: skip
"""Causes that lie in the images, which no default can mend."""
HEADER = (
    "network", "images", "px", "trained on", "epochs", "accuracy", "p", "largest class", "seconds",
    "limit", "verdict", "causes and symptoms", "passes", "defaults",
)  # fmt: skip


class OutOfTimeError(Exception):
    """A cell has had its processor time."""


class Cell(msgspec.Struct, frozen=True):
    """One network by its flags on one set of images at one size."""

    network: str
    images: str
    size: int

    @property
    def name(self) -> str:
        return f"{self.network} / {self.images} / {self.size}"


def cells() -> Iterator[Cell]:
    """Yield every cell, cheap ones first."""
    for network in NETWORKS:
        for size in SIZES:
            for images in SETS:
                yield Cell(network, images, size)


def folder_of(images: str, home: Path) -> Path:
    """Return a folder of at most 600 images of a set, as many of each class as there are."""
    target = home / images
    if target.is_dir():
        return target
    part = home / f"{images}.part"
    shutil.rmtree(part, ignore_errors=True)
    if images in DRAWN:
        draw(images, part)
    elif (source := ASSETS / "images" / images / "train").is_dir():
        shutil.copytree(source.parent, part)
    else:
        source = ASSETS / "images" / images
        classes = sorted(p for p in source.iterdir() if p.is_dir())
        rng = np.random.default_rng(0)
        for place in classes:
            files = sorted(p for p in place.rglob("*") if p.is_file())
            (part / place.name).mkdir(parents=True)
            for index in rng.permutation(len(files))[: MOST_IMAGES // len(classes)]:
                shutil.copy(files[index], part / place.name / files[index].name)
    part.rename(target)
    return target


def draw(name: str, folder: Path, side: int = 224) -> None:
    """Draw a set of 600 images, four classes each: shapes on a ground, or textures."""
    rng = np.random.default_rng(7)
    kinds = {
        "shapes": ("ring", "star", "bar", "house"),
        "textures": ("weave", "dots", "grain", "waves"),
    }[name]
    for kind in kinds:
        (folder / kind).mkdir(parents=True)
        for number in range(MOST_IMAGES // len(kinds)):
            image = _shape(rng, kind, side) if name == "shapes" else _texture(rng, kind, side)
            image.save(folder / kind / f"{number:03}.jpg", quality=90)


def _shape(rng: np.random.Generator, kind: str, side: int) -> Image.Image:
    low = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(low).resize((side, side), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    x, y, r = rng.uniform(0.3, 0.7) * side, rng.uniform(0.3, 0.7) * side, rng.uniform(40, 60)
    fill = tuple(int(v) for v in rng.integers(0, 256, 3))
    turn = rng.uniform(-0.4, 0.4)

    def at(angle: float, radius: float) -> tuple[float, float]:
        return (x + radius * np.cos(angle + turn), y + radius * np.sin(angle + turn))

    if kind == "ring":
        pen.ellipse((x - r, y - r, x + r, y + r), outline=fill, width=int(r / 3))
    elif kind == "star":
        pen.polygon([at(i * np.pi / 5, r if i % 2 else r / 2.5) for i in range(10)], fill=fill)
    elif kind == "bar":
        pen.line((*at(0, r), *at(np.pi, r)), fill=fill, width=int(r / 2))
    else:
        corners = (-2.4, -0.7, 0.7, 2.4)
        pen.polygon([at(a, r) for a in corners], fill=fill)
        pen.polygon([at(-2.4, r), at(-np.pi / 2, 1.5 * r), at(-0.7, r)], fill=fill)
    return image


def _texture(rng: np.random.Generator, kind: str, side: int) -> Image.Image:
    rows, columns = np.mgrid[0:side, 0:side] / side
    scale, turn = rng.uniform(8, 16), rng.uniform(0, np.pi)
    u = rows * np.cos(turn) + columns * np.sin(turn)
    v = columns * np.cos(turn) - rows * np.sin(turn)
    if kind == "weave":
        grey = np.sign(np.sin(6.28 * scale * u)) * np.sign(np.sin(6.28 * scale * v))
    elif kind == "dots":
        grey = (np.sin(6.28 * scale * u) + np.sin(6.28 * scale * v) > 1.1) * 2.0 - 1
    elif kind == "waves":
        grey = np.sin(6.28 * scale * (u + 0.05 * np.sin(6.28 * 3 * v)))
    else:
        grain = Image.fromarray(rng.integers(0, 256, (side, side), dtype=np.uint8))
        blurred = np.asarray(grain.filter(ImageFilter.GaussianBlur(2.0)), dtype=float)
        grey = (blurred - blurred.mean()) / (2 * blurred.std())
    tint, depth = rng.uniform(70, 180, 3), rng.uniform(25, 60)
    light = 30 * (rng.uniform(-1, 1) * rows + rng.uniform(-1, 1) * columns)
    pixels = tint + depth * grey[..., None] + light[..., None]
    pixels = pixels + rng.normal(0, 12, (side, side, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def settings_of(cell: Cell) -> dict[str, object]:
    """Return what the cell's flags are as settings."""
    flags = NETWORKS[cell.network]
    given = dict(zip(flags[::2], flags[1::2], strict=True))
    named: dict[str, object] = {key[2:].replace("-", "_"): value for key, value in given.items()}
    if "alpha" in named:
        named["alpha"] = float(str(named["alpha"]))
    return named | {"image_size": cell.size}


def defaults_of(cell: Cell, home: Path) -> str:
    """Name the settings that the cell is trained with; another name when a default changes."""
    from fitdoctor.records.text import to_json
    from fitdoctor.training import recipes

    recipe = recipes.from_settings(str(folder_of(cell.images, home)), settings_of(cell))
    recipe = msgspec.structs.replace(recipe, images=None)
    text = to_json(recipe).replace(str(ASSETS), "")
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _spent() -> float:
    """Return the processor time of this process, its threads and its finished children."""
    return sum(os.times()[:4])


def train(cell: Cell, home: Path) -> dict[str, object]:
    """Train one cell in this process, and return its row."""
    from scipy.stats import binomtest

    from fitdoctor import doctor, sources
    from fitdoctor.records.watcher import Silent
    from fitdoctor.training import recipes, session

    began = _spent()

    class Clock(Silent):
        def epoch(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None:  # noqa: ARG002
            print(epoch, {k: round(v, 3) for k, v in metrics.items()}, file=sys.stderr)
            if _spent() - began > MOST_SECONDS:
                raise OutOfTimeError

    recipe = recipes.from_settings(str(folder_of(cell.images, home)), settings_of(cell))
    folder = Path(tempfile.mkdtemp(dir=home))
    cut = ""
    try:
        session.train(recipe, folder, Clock())
    except OutOfTimeError:
        cut = ", cut"
    (run,) = sources.read(folder)
    diagnosis = doctor.examine(run)
    best = int(np.argmin(run.curves["val_loss"].values))
    accuracy = float(run.curves["val_accuracy"].values[best])
    n = run.data.n_val or 1
    share = max(run.data.class_counts) / sum(run.data.class_counts)
    p = float(binomtest(round(accuracy * n), n, share, alternative="greater").pvalue)
    found = (*diagnosis.causes, *diagnosis.symptoms)
    causes = [c for c in found if c.severity != "note"]
    ours = [c for c in causes if c.rule not in OF_DATA]
    told = bool(recipes.few_for_it(recipe, run.data.n_train or 0)) and all(
        c.rule == "overfitting" and "pretrained weights" in c.advice for c in ours
    )
    passes = "NO" if p >= SURE or (ours and not told) else "told" if ours else "yes"
    shutil.rmtree(folder)
    return {
        "network": cell.network,
        "images": cell.images,
        "px": cell.size,
        "trained on": run.data.n_train,
        "epochs": f"{len(run.curves['val_loss'])}{cut}",
        "accuracy": f"{accuracy:.3f} of {n}",
        "p": f"{p:.1g}",
        "largest class": f"{share:.3f}",
        "seconds": round(_spent() - began),
        "limit": f"{MOST_SECONDS} s of processor",
        "verdict": diagnosis.verdict,
        "causes and symptoms": ", ".join(c.rule for c in causes) or "none",
        "passes": passes,
        "defaults": defaults_of(cell, home),
    }


Rows = dict[tuple[str, str, str], dict[str, str]]
"""By network, images and pixels."""


def stored() -> Rows:
    """Return the rows of the kept table."""
    if not TABLE.is_file():
        return {}
    rows = {}
    for line in TABLE.read_text().splitlines():
        parts = [part.strip() for part in line.strip("|").split("|")]
        if line.startswith("|") and len(parts) == len(HEADER) and parts[2].isdecimal():
            row = dict(zip(HEADER, parts, strict=True))
            rows[row["network"], row["images"], row["px"]] = row
    return rows


def up_to_date(rows: Rows, home: Path) -> Rows:
    """Return the rows that were trained with the defaults as they are now."""
    return {
        key: rows[key]
        for cell in cells()
        if (key := (cell.network, cell.images, str(cell.size))) in rows
        and rows[key]["defaults"] == defaults_of(cell, home)
    }


def write(rows: Mapping[tuple[str, str, str], Mapping[str, object]]) -> None:
    """Write the table, and how many cells pass, fail and are missing."""
    every = list(cells())
    there = [row for c in every if (row := rows.get((c.network, c.images, str(c.size))))]
    missing = [c.name for c in every if (c.network, c.images, str(c.size)) not in rows]
    passing, told = (sum(row["passes"] == what for row in there) for what in ("yes", "told"))
    lines = [
        "# Every default on every image set",
        "",
        f"{passing} of {len(there)} cells pass, {told} are told, {len(missing)} of {len(every)} are missing "
        f"(`make bench-defaults` goes on). {(__doc__ or '').split(chr(10) * 2)[1]}",
        "",
        f"| {' | '.join(HEADER)} |",
        f"|{'---|' * len(HEADER)}",
        *(f"| {' | '.join(str(row[name]) for name in HEADER)} |" for row in there),
        "",
    ]
    if missing:
        lines += ["Missing:", "", *(f"- {name}" for name in missing), ""]
    TABLE.write_text("\n".join(lines))


def main() -> int:
    home = Path(tempfile.gettempdir()) / "fitdoctor-defaults"
    home.mkdir(exist_ok=True)
    if sys.argv[1:2] == ["cell"]:
        print(json.dumps(train(msgspec.json.decode(sys.argv[2], type=Cell), home)))
        return 0
    words = sys.argv[1:]
    minutes = float(words.pop(0)) if words and words[0].replace(".", "").isdecimal() else 600.0
    end = time.monotonic() + 60 * minutes
    write(up_to_date(stored(), home))
    for cell in cells():
        key = (cell.network, cell.images, str(cell.size))
        if not all(word in cell.name for word in words) or time.monotonic() > end:
            continue
        if key in stored():
            continue
        try:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.defaults", "cell",
                 msgspec.json.encode(cell).decode()],
                capture_output=True, text=True, check=False, timeout=LONGEST,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "FITDOCTOR_CACHE": str(home)},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            print(f"{cell.name}: not done after {LONGEST} s by the clock", file=sys.stderr)
            continue
        if done.returncode:
            print(f"{cell.name}: {done.stderr[-500:]}", file=sys.stderr)
            continue
        row = json.loads(done.stdout.strip().splitlines()[-1])
        print(
            cell.name,
            row["accuracy"],
            row["epochs"],
            row["causes and symptoms"],
            row["passes"],
            flush=True,
        )
        write({**stored(), key: row})
    return int(any(row["passes"] == "NO" for row in stored().values()))


if __name__ == "__main__":
    raise SystemExit(main())
