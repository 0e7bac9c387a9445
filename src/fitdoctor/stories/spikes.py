"""Real or fake images and a small network with BatchNorm: validation loss leaps now and then.

What it must show: spikes of validation loss that recover, beyond the scatter of the curve.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.story import Arm, ArmResult, Scale, Settings
from fitdoctor.stories import surfaces
from fitdoctor.stories.story import Story
from fitdoctor.stories.words import between, effect, mean

PER_CLASS: dict[Scale, int] = {"small": 300, "medium": 1500, "full": 4000}
EPOCHS: dict[Scale, int] = {"small": 30, "medium": 60, "full": 100}
SEEDS: dict[Scale, int] = {"small": 5, "medium": 8, "full": 8}
ASKED, FASTER = "as asked", "BatchNorm momentum 0.9"
LARGER, SLOWER, BARE = "batch 128", "a quarter of the rate", "no BatchNorm"


def draw(settings: Settings) -> None:
    """Draw surfaces, and others that were enlarged as a generator does it."""
    surfaces.draw_copied(settings.images, PER_CLASS[settings.scale], 32)


def recipe(settings: Settings) -> Recipe:
    """Return the asker's network and training."""
    return Recipe(
        images=str(settings.images),
        image_size=32,
        validation_share=0.25,
        input_scale=1 / 255,
        layers=(
            *_convolutions(1, 16, (3, 1)),
            *_convolutions(2, 32, (1, 1)),
            Layer(kind="Flatten"),
            Layer(kind="Dense", name="dense", units=64, activation="relu"),
            Layer(kind="BatchNormalization", name="norm_dense"),
            Layer(kind="Dropout", name="dropout_dense", rate=0.5),
            Layer(kind="Dense", name="out", units=2, activation="softmax"),
        ),
        loss="categorical_crossentropy",
        optimizer=Optimizer(name="Adam", learning_rate=1e-4 if settings.scale == "full" else 1e-3),
        batch_size=16 if settings.scale == "small" else 32,
        epochs=EPOCHS[settings.scale],
        patience=0,
    )


def _convolutions(block: int, filters: int, sizes: tuple[int, ...]) -> tuple[Layer, ...]:
    found: list[Layer] = []
    for number, size in enumerate(sizes, 1):
        name = f"{block}_{number}"
        found += [
            Layer(kind="Conv2D", name=f"conv_{name}", units=filters, kernel_size=size,
                  padding="same", activation="relu"),
            Layer(kind="BatchNormalization", name=f"norm_{name}"),
        ]  # fmt: skip
    pool = Layer(kind="MaxPooling2D", name=f"pool_{block}", pool_size=2)
    return (*found, pool, Layer(kind="Dropout", name=f"dropout_{block}", rate=0.25))


def arms(settings: Settings) -> tuple[Arm, ...]:
    """Return the asker's training, and one with each thing that could smooth its curve."""
    asked, seeds = recipe(settings), SEEDS[settings.scale]
    assert asked.optimizer is not None
    slower = replace(asked.optimizer, learning_rate=(asked.optimizer.learning_rate or 0) / 4)
    norms = "BatchNormalization"
    quick = tuple(replace(x, momentum=0.9) if x.kind == norms else x for x in asked.layers)
    return (
        Arm(name=ASKED, asks="", recipe=asked, seeds=seeds),
        Arm(name=FASTER, asks="Do BatchNorm's averages lag behind the weights?", seeds=seeds,
            recipe=replace(asked, layers=quick), cause="batchnorm_inference_gap"),
        Arm(name=LARGER, asks="Is it the noise of small batches?", seeds=seeds,
            recipe=replace(asked, batch_size=128)),
        Arm(name=SLOWER, asks="Is the rate too high?", seeds=seeds,
            recipe=replace(asked, optimizer=slower), cause="learning_rate_too_high"),
        Arm(name=BARE, asks="Does it need BatchNorm at all?", seeds=seeds,
            recipe=replace(asked, layers=tuple(x for x in asked.layers if x.kind != norms))),
    )  # fmt: skip


def answer(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the arms show, each sentence with its figures."""
    asked = results[0]
    said = []
    said.append(
        f"As asked, the highest spike of validation loss stands {mean(asked, 'spike')} above the "
        f"epochs around it; validation accuracy ends at {mean(asked, 'val_accuracy', share=True)}."
    )
    for r in results[1:]:
        change = r.differences["spike"]
        surely = "lower" if change.high < 0 else "higher" if change.low > 0 else "not surely other"
        said.append(
            f"{r.arm.asks} With {r.arm.name} the highest spike is {surely}: {mean(r, 'spike')}, a "
            f"difference of {between(change)}. {effect(r)}"
        )
    said.append(
        "A spike that is gone in the next epoch costs nothing where the best epoch is kept: it is "
        "the stored averages of BatchNorm, or a step that went too far, measured once."
    )
    return tuple(said)


STORY = Story(
    name="spikes",
    title="Real or fake images: validation loss leaps now and then, and recovers",
    asked="A small network with BatchNorm and dropout, some 8,000 images, rate 1e-4, batches of "
    "32, 100 epochs: validation loss has peaks and comes back below training loss. Is that normal?",
    draw=draw,
    arms=arms,
    answer=answer,
    change="Keep the weights of the best epoch, and set BatchNorm's momentum to 0.9 where an epoch "
    "has few steps.",
    mended=FASTER,
)
