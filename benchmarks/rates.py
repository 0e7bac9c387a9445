"""Is the rate finder's suggestion as good as the best rate of a grid? `make bench-rates`.

Real images (`FITDOCTOR_ASSETS`, else ../shared beside the checkout): heads on frozen features and
small networks from scratch. Outcome: validation accuracy at the end, mean of seeds; the same seeds
at every rate.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.watcher import Silent

ROOT = Path(__file__).parents[1]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
GRID = tuple(float(r) for r in np.geomspace(1e-5, 3.0, 12))
SEEDS = 3
NEAR = 0.02
WIDE = (Layer(kind="Dense", units=128, activation="relu"), Layer(kind="Dropout", rate=0.3))
CONVOLUTIONS = (
    Layer(kind="Conv2D", units=16, kernel_size=3, activation="relu"),
    Layer(kind="MaxPooling2D"),
    Layer(kind="Conv2D", units=32, kernel_size=3, activation="relu"),
    Layer(kind="GlobalAveragePooling2D"),
)


def tasks() -> Iterator[tuple[str, Recipe]]:
    from fitdoctor.training import recipes

    def head(images: str, size: int, optimizer: Optimizer, layers: tuple[Layer, ...]) -> Recipe:
        settings = {
            "alpha": 0.35, "weights": str(ASSETS / "weights" / WEIGHTS), "image_size": size,
            "epochs": 15, "patience": 0,
        }  # fmt: skip
        made = recipes.from_settings(str(ASSETS / "images" / images), settings)
        return recipes.completed(
            replace(made, optimizer=optimizer, layers=(made.layers[0], *layers))
        )

    adam, sgd = Optimizer(name="Adam"), Optimizer(name="SGD", momentum=0.9)
    rmsprop = Optimizer(name="RMSprop")
    yield "flowers, Adam", head("flowers", 96, adam, ())
    yield "flowers, SGD, hidden layer", head("flowers", 96, sgd, WIDE)
    yield "eurosat, Adam, hidden layer", head("eurosat", 64, adam, WIDE)
    yield "eurosat, RMSprop", head("eurosat", 64, rmsprop, ())
    yield "spectrograms, SGD", head("spectrograms", 96, sgd, ())
    yield "spectrograms, Adam, hidden layer", head("spectrograms", 96, adam, WIDE)
    yield "cifake, Adam", head("cifake", 32, adam, ())
    for images, optimizer in (("eurosat", adam), ("cifake", sgd), ("spectrograms", rmsprop)):
        recipe = Recipe(
            images=str(ASSETS / "images" / images), layers=CONVOLUTIONS, optimizer=optimizer,
            image_size=32, epochs=15, patience=0, input_scale=1 / 255,
        )  # fmt: skip
        yield f"{images}, {optimizer.name}, convolutions", recipes.completed(recipe)


def accuracy(trainer: Any, recipe: Recipe, rate: float) -> float:
    """Return the mean final validation accuracy over seeds; chance where training breaks."""
    ends = []
    for seed in range(SEEDS):
        optimizer = replace(recipe.optimizer or Optimizer(), learning_rate=rate)
        try:
            run = trainer.train(replace(recipe, optimizer=optimizer, seed=seed, order_seed=seed))
            ends.append(float(np.mean(run.curves["val_accuracy"].values[-3:])))
        except TrialFailedError:
            ends.append(0.0)
    return float(np.mean(ends))


def main() -> None:
    from fitdoctor.training.prepare import prepare
    from fitdoctor.training.rate_finder import tested
    from fitdoctor.training.trials import KerasTrainer

    trainer = KerasTrainer()
    near: dict[str, list[bool]] = {}
    tried = 0
    for name, recipe in tasks():
        found = [accuracy(trainer, recipe, rate) for rate in GRID]
        test = tested(prepare(recipe, Silent()), Silent())
        best, tried = int(np.argmax(found)), tried + 1
        print(f"{name}: best {GRID[best]:.2g} with {found[best]:.3f}")
        print("   grid", " ".join(f"{r:.1e}:{a:.3f}" for r, a in zip(GRID, found, strict=True)))
        if not test.suggestions:
            print(f"   no answer: {test.reason}")
        for kind, rate in test.suggestions.items():
            if kind.startswith("cycle"):
                continue
            reached = accuracy(trainer, recipe, rate)
            near.setdefault(kind, []).append(reached >= found[best] - NEAR)
            print(f"   {kind:<12} {rate:.2g} -> {reached:.3f} {'' if near[kind][-1] else 'MISS'}")
    for kind, hits in near.items():
        print(f"{kind}: within {NEAR:.0%} of the grid's best in {sum(hits)} of {tried} tasks")


if __name__ == "__main__":
    main()
