"""What recording costs on a MobileNetV2 whose every layer learns: `python -m benchmarks.probe_cost`.

Shares of training time, from the seconds that the recorder itself writes; tracing and compiling
apart. Images are drawn, weights are random: they change nothing about the time.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.training_speed import draw


def main() -> None:
    from fitdoctor.records.recipe import Backbone, Optimizer, Recipe
    from fitdoctor.sources import read
    from fitdoctor.training import recipes, session

    home = Path(tempfile.gettempdir()) / "fitdoctor-speed"
    home.mkdir(exist_ok=True)
    recipe = recipes.completed(
        Recipe(
            images=str(draw(home / "photos800", 800)), image_size=128, epochs=8, patience=0,
            backbone=Backbone(name="MobileNetV2", weights="none", trainable=True),
            optimizer=Optimizer(name="Adam", learning_rate=1e-4),
        )
    )  # fmt: skip
    folder = Path(tempfile.mkdtemp(dir=home)) / "run"
    session.train(recipe, folder, probes="all")
    (run,) = read(folder)
    training = sum(p.seconds["training"] for p in run.probes[1:])
    curve = sum(p.seconds["curve"] for p in run.probes[1:])
    inside = sum(p.seconds.get("probes", 0.0) for p in run.probes[1:])
    first = run.probes[0].seconds
    looks = [p.epoch for p in run.probes if p.gap is not None]
    gap = next(p.gap for p in run.probes if p.gap is not None)
    print(f"training {training:.1f} s over epochs 2 to {len(run.probes)}, looked into: {looks}")
    print(f"default set (inference-mode curve): {curve / training:.1%} of it")
    print(f"full set: {(curve + inside) / training:.1%} of it")
    print(f"tracing and compiling at the first look: {first.get('probes', 0.0):.1f} s")
    print(f"probed: {gap.images} training images, {gap.validation_images} validation images")
    for part in gap.parts:
        half = (part.estimate.high - part.estimate.low) / 2
        print(f"  {part.name:<16} {part.estimate.value:+.3f} +- {half:.3f}")


if __name__ == "__main__":
    main()
