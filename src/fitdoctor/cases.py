"""Synthetic runs of known health: what rules are documented and calibrated with.

A case draws one run from a random generator, so every example can be drawn as often as a test,
a table or a figure needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.catalogue.backbones import DEFAULT
from fitdoctor.records.claim import Claim
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.image_finding import IMAGE_FAULTS, ImageFinding
from fitdoctor.records.probes import Gap, Part, PartName, ProbedEpoch
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.run import (
    BatchCurve,
    Curve,
    DataSummary,
    Fact,
    Feed,
    Flow,
    Operation,
    Run,
    Script,
    curve,
)
from fitdoctor.stats.noise import ar1

Shape = Callable[["np.random.Generator"], NDArray[np.float64]]
Case = Callable[["np.random.Generator"], Run]


def healthy(rng: np.random.Generator) -> Run:
    """Draw a run with nothing wrong with it.

    Training and validation loss fall exponentially to their floors and stay there; scatter is
    autocorrelated (phi 0 to 0.8), shrinks with the loss or not, and accuracies are counted over a
    finite validation set; 8 to 120 epochs, 2 to 20 classes. A gap between the curves is healthy.
    """
    epochs = int(rng.integers(8, 121))
    classes = int(rng.choice([2, 3, 4, 5, 10, 20]))
    n_val = int(np.exp(rng.uniform(np.log(150), np.log(8000))))
    chance = float(np.log(classes))
    floor = rng.uniform(0.02, 0.15) * chance
    speed = epochs / rng.uniform(5, 20)
    gap = rng.uniform(0.02, 0.25) * chance
    phi = rng.uniform(0, 0.8)
    loss = _scattered(rng, _falling(epochs, chance, floor, speed), rng.uniform(0.002, 0.02), phi)
    val_mean = _falling(epochs, chance, floor + gap, speed * rng.uniform(0.7, 1.1))
    val_loss = _scattered(rng, val_mean, rng.uniform(0.005, 0.06), phi)
    start = 1 / classes
    accuracy = start + (1 - start) * (1 - loss / chance) * 0.97
    level = start + (1 - start) * (1 - val_mean / chance) * 0.97
    wobble = 1 + rng.uniform(0, 0.5) * ar1(rng, phi, (1, epochs))[0]
    spread = (
        np.sqrt(np.clip(level * (1 - level), 1e-4, None) / n_val)
        * wobble
        * rng.normal(0, 1, epochs)
    )
    val_accuracy = np.round(np.clip(level + spread, 0, 1) * n_val) / n_val
    recipe = _good_recipe(rng, classes, epochs)
    return Run(
        curves=_curves(
            loss=loss,
            accuracy=np.clip(accuracy, 0, 1),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            probe_loss=loss * rng.uniform(0.8, 1.0),
            probe_accuracy=np.clip(accuracy * rng.uniform(1.0, 1.02), 0, 1),
        ),
        recipe=recipe,
        script=Script(path="train.py", recipe=recipe),
        data=DataSummary(n_train=int(n_val * 4), n_val=n_val, n_classes=classes),
    )


def _good_recipe(rng: np.random.Generator, classes: int, epochs: int) -> Recipe:
    dropout = (Layer(kind="Dropout", rate=float(rng.uniform(0.1, 0.5))),)
    hidden = (Layer(kind="Dense", units=int(rng.choice([64, 128, 256])), activation="relu"),)
    layers = (
        Layer(kind="GlobalAveragePooling2D"),
        *(hidden if rng.random() < 0.4 else ()),
        *(dropout if rng.random() < 0.6 else ()),
        Layer(kind="Dense", units=classes, activation="softmax"),
    )
    return Recipe(
        backbone=Backbone(name=DEFAULT, weights="imagenet", trainable=False),
        layers=layers,
        loss="categorical_crossentropy",
        optimizer=Optimizer(name="Adam", learning_rate=float(10 ** rng.uniform(-4, -2.5))),
        batch_size=32,
        epochs=epochs,
        keras="3.15.1",
    )


def _falling(epochs: int, start: float, floor: float, speed: float) -> NDArray[np.float64]:
    return floor + (start - floor) * np.exp(-np.arange(1, epochs + 1) / speed)


def _scattered(
    rng: np.random.Generator, mean: NDArray[np.float64], relative: float, phi: float
) -> NDArray[np.float64]:
    """Add AR(1) scatter, in half of the draws in proportion to the level."""
    scale = mean if rng.random() < 0.5 else np.full_like(mean, mean[-1] + 0.3 * mean[0])
    noisy = mean + relative * scale * ar1(rng, phi, (1, len(mean)))[0]
    return np.asarray(np.clip(noisy, 1e-4, None))


def _curves(**values: NDArray[np.float64]) -> dict[str, Curve]:
    return {name: curve(v) for name, v in values.items()}


def with_curves(*, classes: int | None = None, **shapes: Shape) -> Case:
    """A healthy run in which these curves are drawn anew; the others stay away."""

    def case(rng: np.random.Generator) -> Run:
        run = healthy(rng)
        if classes and run.data and run.recipe:
            *hidden, output = run.recipe.layers
            layers = (*hidden, replace(output, units=classes))
            run = replace(
                run,
                data=replace(run.data, n_classes=classes),
                recipe=replace(run.recipe, layers=layers),
            )
        drawn = _curves(**{n: s(rng) for n, s in shapes.items()})
        epochs = max(len(c) for c in drawn.values())
        recipe = replace(run.recipe, epochs=epochs) if run.recipe else None
        return replace(run, curves=drawn, recipe=recipe)

    return case


def with_batches(per_epoch: int = 10, apart: int = 50, **shapes: Shape) -> Case:
    """A run of which nothing is known but figures within its epochs: so many, so far apart."""

    def case(rng: np.random.Generator) -> Run:
        drawn = {}
        for name, shape in shapes.items():
            values = shape(rng)
            places = np.arange(len(values))
            drawn[name] = BatchCurve(
                places // per_epoch + 1, (places % per_epoch + 1) * apart, np.maximum(values, 0.0)
            )
        return Run(batches=drawn)

    return case


def with_recipe(**settings: object) -> Case:
    """A healthy run trained with these settings instead of its own."""

    def case(rng: np.random.Generator) -> Run:
        run = healthy(rng)
        recipe = replace(run.recipe, **settings) if run.recipe else Recipe()
        return replace(run, recipe=recipe, script=Script(path="train.py", recipe=recipe))

    return case


def with_script(
    compile: Mapping[str, Fact] | None = None, fit: Mapping[str, Fact] | None = None, **facts: Any
) -> Case:
    """A healthy run whose script compiles and fits like this; `facts` are fields of Script."""
    given: dict[str, Any] = {"path": "train.py", "recipe": Recipe(), **facts}
    script = Script(compile=compile or {}, fit=fit or {}, **given)
    return lambda rng: replace(healthy(rng), script=script, recipe=given["recipe"])


TORCH = """
import torch
from torch import nn
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(),
                    nn.Flatten(), nn.Linear(288, 5))
train = torch.utils.data.DataLoader(photos, batch_size=32, shuffle=True)
held_out = torch.utils.data.DataLoader(others, batch_size=32)
cost = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(10):
    net.train()
    for x, y in train:
        opt.zero_grad()
        loss = cost(net(x), y)
        loss.backward()
        opt.step()
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in held_out:
            right += (net(x).argmax(1) == y).sum().item()
    print(right / len(others))
"""
"""A loop with nothing wrong, which the cases of rules change in one place."""
TAPE = """
import tensorflow as tf
from tensorflow import keras
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dropout(0.3), keras.layers.Dense(5)])
cost = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
opt = keras.optimizers.Adam(1e-3)
for epoch in range(10):
    for x, y in train:
        with tf.GradientTape() as tape:
            loss = cost(y, net(x, training=True))
        slopes = tape.gradient(loss, net.trainable_variables)
        opt.apply_gradients(zip(slopes, net.trainable_variables))
    for x, y in held_out:
        print(cost(y, net(x, training=False)))
"""
"""The same with a gradient tape."""
TRAIN_STEP = """
import tensorflow as tf
from tensorflow import keras
class Own(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            out = self(x, training=True)
            loss = self.compiled_loss(y, out, regularization_losses=self.losses)
        slopes = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(slopes, self.trainable_variables))
        self.compiled_metrics.update_state(y, out)
        return {m.name: m.result() for m in self.metrics}
    def test_step(self, data):
        x, y = data
        out = self(x, training=False)
        self.compiled_loss(y, out)
        self.compiled_metrics.update_state(y, out)
        return {m.name: m.result() for m in self.metrics}
inputs = keras.Input((8, 8, 3))
maps = keras.layers.Conv2D(8, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(inputs))
flat = keras.layers.Dropout(0.3)(keras.layers.Flatten()(maps))
net = Own(inputs, keras.layers.Dense(5)(flat))
net.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
net.fit(train, validation_data=held_out, epochs=10)
"""
"""The same with a step of its own, which Keras' `fit` calls."""


def scripted(text: str, *changes: tuple[str, str]) -> Case:
    """Return a healthy run whose script is this text, with words replaced."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"nothing to replace: {old!r}")
        text = text.replace(old, new)

    @cache
    def script() -> Script | None:
        from fitdoctor.code import read_script  # noqa: PLC0415 - the rules load without it

        return read_script(text)

    def case(rng: np.random.Generator) -> Run:
        read = script()
        return replace(healthy(rng), script=read, recipe=read.recipe if read else None)

    return case


def feeding(
    use: Any, *operations: tuple[str, Any], labels: tuple[tuple[str, Any], ...] = ()
) -> Feed:
    """What a script gives to the model: operations on images, and on labels."""
    return Feed(
        use=use,
        inputs=Flow("photos", tuple(Operation(n, v, 3) for n, v in operations)),
        labels=Flow("labels", tuple(Operation(n, v, 4) for n, v in labels)),
        line=9,
    )


def with_data(**facts: Any) -> Case:
    """A healthy run of which these facts are known of the images."""
    return lambda rng: replace(healthy(rng), data=DataSummary(**facts))


def looked_into(**seen: Any) -> Case:
    """A healthy run whose last epoch looked like this from inside; fields of ProbedEpoch."""

    def case(rng: np.random.Generator) -> Run:
        run = healthy(rng)
        return replace(run, probes=(ProbedEpoch(epoch=len(run.curves["loss"]), **seen),))

    return case


def gap_of(images: int = 400, **parts: float) -> Gap:
    """Return a gap whose parts are these, each known to 0.02."""
    names: tuple[PartName, ...] = (
        "averaging", "terms", "random", "batchnorm", "generalisation",
    )  # fmt: skip
    held = tuple(
        Part(name, Estimate(value, value - 0.02, value + 0.02))
        for name in names
        for value in (parts.get(name, 0.0),)
    )
    whole = sum(part.estimate.value for part in held)
    return Gap(
        images=images, validation_images=images, training=0.5 + whole, validation=0.5, parts=held
    )


def with_images(rule: str, count: int = 1, sentence: str = "seen") -> Case:
    """A folder of images in which an audit found this."""
    found = tuple(
        ImageFinding(rule=rule, files=(f"train/a/{i}.jpg",), sentence=sentence)
        for i in range(count)
    )
    data = DataSummary(n_train=800, n_val=200, n_classes=4)
    return lambda rng: replace(
        healthy(rng), data=data, image_findings=found, images_checked=IMAGE_FAULTS
    )


def stating(name: str, value: float | None, sentence: str) -> Case:
    """A question in words."""
    said = (Claim(predicate=name, value=value, sentence=sentence),)
    return lambda _: Run(claims=said)


def saying(*names: str) -> Case:
    """A question with these claims, each in a sentence of its own."""
    said = tuple(Claim(predicate=name, sentence=name.replace("_", " ")) for name in names)
    return lambda _: Run(claims=said)


def answering(**answers: str) -> Case:
    """A training of which nothing is known but these answers, by the names of their facts."""
    return lambda _: Run(answers=answers)


def repeated(*accuracies: float) -> Case:
    """A run on two classes whose repetitions with other seeds ended like this."""
    return lambda rng: replace(
        healthy(rng), repeats=accuracies, data=DataSummary(n_val=200, n_classes=2)
    )


def both(*cases: Case) -> Case:
    """Join what the cases differ in: curves of the first, recipe of the second."""

    def case(rng: np.random.Generator) -> Run:
        first, second = cases[0](rng), cases[1](rng)
        return replace(second, curves=first.curves, data=first.data)

    return case


def falling(
    epochs: int = 40, *, start: float = 1.4, to: float = 0.2, noise: float = 0.01, phi: float = 0.3
) -> Shape:
    """Exponential decay."""
    mean = _falling(epochs, start, to, epochs / 6)
    return lambda rng: mean + noise * ar1(rng, phi, (1, epochs))[0]


def rising_after(
    turn: int = 12, *, epochs: int = 40, rise: float = 0.02, noise: float = 0.01, phi: float = 0.3
) -> Shape:
    """Decay that turns at epoch `turn` and climbs by `rise` an epoch."""
    fall = falling(epochs, to=0.5, noise=noise, phi=phi)
    climb = rise * np.maximum(0, np.arange(epochs) - turn)
    return lambda rng: fall(rng) + climb


def flat(epochs: int = 40, *, at: float = 1.1, noise: float = 0.01, phi: float = 0.3) -> Shape:
    """Stay at one level."""
    return lambda rng: at + noise * ar1(rng, phi, (1, epochs))[0]


def stairs(*levels: float, images: int = 800) -> Shape:
    """Go from level to level, over and over: shares of right answers over so many images."""
    steps = np.tile(levels, 30)[:30]
    return lambda rng: np.round(rng.binomial(images, steps) / images, 6)


def starting(*values: float, count: int = 10) -> Shape:
    """Begin with these values, and stay at the last."""
    return lambda _rng: np.array([*values, *[values[-1]] * (count - len(values))])


def straight(
    epochs: int = 40, *, start: float = 1.4, to: float = 1.0, noise: float = 0.01
) -> Shape:
    """A straight line."""
    return lambda rng: np.linspace(start, to, epochs) + rng.normal(0, noise, epochs)


def spiked(shape: Shape, *, height: float = 1.0, count: int = 2) -> Shape:
    """Isolated peaks on another shape, none of them in the last epochs."""

    def draw(rng: np.random.Generator) -> NDArray[np.float64]:
        values = shape(rng).copy()
        at = rng.choice(np.arange(4, len(values) - 3), size=count, replace=False)
        values[at] += height
        return values

    return draw
