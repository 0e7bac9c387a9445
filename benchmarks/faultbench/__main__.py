"""`python -m benchmarks.faultbench train [MINUTES]` fills runs.jsonl.gz; `score` prints the table.

Needs the shared images and weights (`FITDOCTOR_ASSETS`, else ../shared beside the checkout). Runs
that are there already are not trained again. Two halves, split by image set: thresholds were chosen
with the real images in view, never with the drawn ones, and `score` prints what is missed of the
half `tune` alone.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.records.text import to_json
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[2]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
STORE = Path(__file__).parent / "runs.jsonl.gz"
WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
SETS = {"flowers": 96, "eurosat": 64, "spectrograms": 96, "cifake": 32}
DRAWN = {"shapes": 64, "stripes": 64, "clouds": 64}
LOOKED_INTO = {"batchnorm", "frozen norm", "norm slow", "sigmoids", "silent", "dropout"}
"""Faults whose trainings are also looked into."""
EPOCHS = {"head": 15, "cnn": 12, "tuned": 6}


def half(row: dict[str, Any]) -> str:
    return "held" if row["set"] in DRAWN else "tune"


def stored() -> list[dict[str, Any]]:
    if not STORE.exists():
        return []
    rows = []
    # The last member may still be written, or torn by a kill.
    with gzip.open(STORE, "rt") as file, contextlib.suppress(EOFError, ValueError):
        for line in file:
            rows.append(json.loads(line))  # noqa: PERF401 - keeps what was read before
    return rows


def folder_of(images: str) -> str:
    if images in SETS:
        return str(ASSETS / "images" / images)
    from benchmarks.faultbench.drawn import draw

    return str(draw(images, Path(tempfile.gettempdir()) / "faultbench"))


def base(images: str, network: str) -> Recipe:
    from fitdoctor.training import recipes

    size = (SETS | DRAWN)[images]
    settings: dict[str, Any] = {"image_size": size, "epochs": EPOCHS[network], "patience": 0}
    folder = folder_of(images)
    if network in {"head", "tuned"}:
        settings |= {"alpha": 0.35, "weights": str(ASSETS / "weights" / WEIGHTS)}
        settings |= {"image_size": 48} if network == "tuned" else {}
        recipe = recipes.from_settings(folder, settings)
        return replace(recipe, layers=recipe.layers[:1])
    layers = (
        Layer(kind="Conv2D", units=16, kernel_size=3, activation="relu"),
        Layer(kind="MaxPooling2D"),
        Layer(kind="Conv2D", units=32, kernel_size=3, activation="relu"),
        Layer(kind="GlobalAveragePooling2D"),
    )
    recipe = Recipe(images=folder, layers=layers, input_scale=1 / 255)
    optimizer = Optimizer(name="Adam", learning_rate=3e-3)
    return recipes.completed(
        replace(recipe, optimizer=optimizer, **(settings | {"image_size": 32}))
    )


def jobs(seeds: int) -> Iterator[tuple[str, str, Any, int]]:
    from benchmarks.faultbench.faults import controls, faults, more_faults

    for seed in range(seeds):
        for images in (*SETS, *DRAWN):
            for fault in (*faults(), *more_faults(), *controls()):
                for network in fault.networks:
                    yield images, network, fault, seed


def train(minutes: float) -> None:
    from fitdoctor.records.experiment import TrialFailedError
    from fitdoctor.records.watcher import Silent
    from fitdoctor.training import recipes
    from fitdoctor.training.prepare import prepare
    from fitdoctor.training.trials import KerasTrainer

    done = {row["id"] for row in stored()}
    ready: dict[tuple[str, str], Any] = {}
    end = time.monotonic() + 60 * minutes
    plain, looking = KerasTrainer(), KerasTrainer(look=True)
    with gzip.open(STORE, "at") as file:
        for images, network, fault, seed in jobs(3):
            name = f"{images}/{network}/{fault.name}/{fault.setting}/{seed}"
            if name in done:
                continue
            if time.monotonic() > end:
                break
            if (images, network) not in ready:
                ready[images, network] = prepare(base(images, network), Silent())
            whole = ready[images, network]
            recipe = replace(base(images, network), n_classes=len(whole.classes))
            recipe = recipes.completed(fault.edit(recipe))
            recipe = recipes.for_classes(
                replace(recipe, seed=seed, order_seed=seed), len(whole.classes)
            )
            given = replace(whole, recipe=replace(recipe, keras=whole.recipe.keras))
            given = fault.damage(given, np.random.default_rng((seed, 5)))
            try:
                trainer = looking if fault.name in LOOKED_INTO else plain
                run = trainer.trained(given)
                curves = {k: [_short(v) for v in c.values] for k, c in run.curves.items()}
                probes = json.loads(to_json(run.probes))
            except TrialFailedError:
                curves, probes = {"loss": [None, None, None]}, []
            row = {
                "id": name, "set": images, "network": network, "fault": fault.name,
                "setting": fault.setting, "seed": seed, "causes": fault.causes, "curves": curves,
                "recipe": msgspec.to_builtins(replace(given.recipe, images=images)),
                "data": {"n_train": len(given.train), "n_val": len(given.val),
                         "n_classes": len(given.classes), "class_counts": given.data.class_counts},
                "probes": probes,
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
            file.flush()


def _short(value: float) -> float | None:
    return float(f"{value:.5g}") if np.isfinite(value) else None


def run_of(row: dict[str, Any]) -> Run:
    curves = {
        name: curve([float("nan") if v is None else v for v in values])
        for name, values in row["curves"].items()
    }
    # Trained here and now: `images` tells that every setting had its effect.
    recipe = replace(msgspec.convert(row["recipe"], Recipe), images=row["set"])
    if recipe.backbone is not None:
        recipe = replace(recipe, backbone=replace(recipe.backbone, weights="imagenet"))
    data = row["data"]
    return Run(
        name=row["id"], curves=curves, recipe=recipe,
        data=DataSummary(**{**data, "class_counts": tuple(data["class_counts"])}),
        probes=msgspec.convert(row.get("probes") or [], tuple[ProbedEpoch, ...]),
    )  # fmt: skip


HARMLESS = 0.02
ABOUT_THE_NETWORK = {
    "dropout", "bottleneck", "deep", "dropout before norm", "linear", "sigmoids", "penalty",
    "decay", "thawed", "too many units", "mse", "mae", "bce", "odd out",
}  # fmt: skip
"""Faults of the recipe: with these, validation is what it should be and tells whether they harm."""
OF_THE_MODE = {"batchnorm", "norm slow"}
"""BatchNorm whose stored statistics may lag behind: harmless where validation keeps up."""


def controlled(rows: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Return the mean final validation accuracy of the controls of each set and network."""
    ends: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if not row["causes"]:
            ends[row["set"], row["network"]].append(_end(row))
    return {key: float(np.mean(values)) for key, values in ends.items()}


def _end(row: dict[str, Any], curve: str = "val_accuracy") -> float:
    values = [v for v in row["curves"].get(curve, [])[-3:] if v is not None]
    return float(np.mean(values)) if values else 0.0


def did_harm(rows: list[dict[str, Any]]) -> dict[str, bool]:
    """Tell of each set, fault and setting whether it cost two points of validation accuracy.

    Of BatchNorm's mode: whether validation ends two points below training, which runs in the other.
    """
    control = controlled(rows)
    ends: dict[str, list[float]] = defaultdict(list)
    trained: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        ends[_setting(row)].append(_end(row))
        trained[_setting(row)].append(_end(row, "accuracy"))
    found = {}
    for row in rows:
        base = control.get((row["set"], row["network"]))
        if row["fault"] in OF_THE_MODE:
            found[_setting(row)] = (
                float(np.mean(trained[_setting(row)]) - np.mean(ends[_setting(row)])) > HARMLESS
            )
            continue
        known = row["fault"] in ABOUT_THE_NETWORK and base is not None
        found[_setting(row)] = not known or float(np.mean(ends[_setting(row)])) < base - HARMLESS
    return found


def _setting(row: dict[str, Any]) -> str:
    return f"{row['set']}/{row['network']}/{row['fault']}/{row['setting']}"


def score() -> None:
    tallies: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    missed: dict[str, list[str]] = defaultdict(list)
    rows = stored()
    harm = did_harm(rows)
    for row in rows:
        diagnosis = doctor.examine(run_of(row))
        named = [c.rule for c in diagnosis.causes]
        named += [f.rule for f in (*diagnosis.symptoms, *diagnosis.benign)]
        harmful = "faulty" if harm[_setting(row)] else "without effect"
        kind = "healthy" if not row["causes"] else harmful
        looked = {f"{kind}, looked into"} if row.get("probes") and row["causes"] else set()
        for source in {kind, row["fault"], *looked}:
            tally = tallies[half(row), source]
            tally[0] += 1
            tally[1] += bool(named) and named[0] in row["causes"]
            tally[2] += bool(set(named[:3]) & set(row["causes"]))
            tally[3] += diagnosis.verdict == "sick"
        wrong = bool(row["causes"]) and not set(named[:1]) & set(row["causes"])
        alarm = not row["causes"] and diagnosis.verdict == "sick"
        if half(row) == "tune" and (wrong or alarm):
            missed[f"{row['fault']} {row['setting']}"].append(f"{row['set']}: {named[:3]}")
    lines = ["# Fault bench", "",
             "Written by `make bench-faults`. Thresholds were chosen with the real images in view (`tune`),",
             "never with the drawn ones (`held`). `without effect`: a fault of the recipe was injected and",
        "validation accuracy stayed within two points of the controls (of BatchNorm: of training);",
             "`faulty` are the others. `looked into`: with probes.", "",
             "| half | source | runs | first right | among three | called sick |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for (which, source), (n, first, three, sick) in sorted(tallies.items()):
        bounds = wilson(sick / n, n)
        shares = f"{sick} ({bounds.low:.0%} - {bounds.high:.0%})"
        right = "-" if source == "healthy" else f"{first} ({first / n:.0%})"
        lines.append(f"| {which} | {source} | {n} | {right} | {three} | {shares} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if "-v" in sys.argv:
        for name, cases in sorted(missed.items()):
            print(name, len(cases), cases[:3])
    (Path(__file__).parent / "score.md").write_text(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["train"]:
        train(float(sys.argv[2]) if len(sys.argv) > 2 else 360.0)
    score()
