"""One training from a complete recipe: images, features, head, record."""

from __future__ import annotations

import math
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError, RunFolderError
from fitdoctor.records import journal
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import Run, curve
from fitdoctor.records.text import read_recipe
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training.quiet import import_keras

import_keras()

import keras  # noqa: E402 - quietly started above

from fitdoctor.training import backbones, network, recipes, schedules  # noqa: E402
from fitdoctor.training.checkpoint import FILE, Checkpoint, earlier  # noqa: E402
from fitdoctor.training.prepare import Prepared, learns_on_features, pooled, prepare  # noqa: E402
from fitdoctor.training.recorder import Recorder, evaluate_clean  # noqa: E402

PROBED = 1000
"""Training images that are evaluated in inference mode after each epoch; all where fewer."""


def train(
    recipe: Recipe, folder: Path, watcher: Watcher | None = None, *, go_on: bool = False
) -> Run:
    """Train and leave a run folder; return the run.

    `go_on` continues from the folder's checkpoint. Raises a `FitdoctorError` with one clear line
    for whatever the user can mend.
    """
    watcher = watcher or Silent()
    if (folder / "metrics.csv").exists() and not go_on:
        raise RunFolderError(f"{folder}: already holds a run. Choose another folder with --output")
    _make(folder)
    kept = Checkpoint(folder)
    go_on = go_on and kept.load()
    ready = prepare(recipe, watcher)
    began = time.perf_counter()
    model = build(ready)
    recorder = Recorder(
        folder, _probe(ready), recipe=ready.recipe, data=ready.data, watcher=watcher, go_on=go_on
    )
    history = earlier(folder, kept.epoch) if go_on else {}
    if go_on:
        watcher.say(f"going on after epoch {kept.epoch}")
    try:
        if kept.phase == 0:
            history = _joined(history, _fit(model, ready, [recorder], kept=kept))
        tuned = fine_tune(model, ready, recorder, kept, len(history["loss"]), watcher)
    except TrialFailedError as error:
        raise RecipeError(f"training failed: {error}") from error
    if tuned is not None:
        model, ready, more = tuned
        history = _joined(history, more)
    seconds = time.perf_counter() - began
    event = journal.Event(event="trained", at=time.time(), seconds=round(seconds, 2))
    journal.append(folder / "journal.jsonl", event)
    _save(model, ready, folder, watcher)
    kept.done()
    _note_unreadable(ready, folder, watcher)
    return _run(history, ready, folder.name, seconds)


def make_deterministic() -> None:
    """Make every operation give the same bits each time, at some cost in speed."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def resume(folder: Path, watcher: Watcher | None = None) -> Run:
    """Continue a run that was interrupted, to the same end as if it had not been.

    Raises `RunFolderError` where there is nothing to continue.
    """
    if (folder / "model.keras").is_file():
        raise RunFolderError(f"{folder}: this run is finished")
    if not (folder / "recipe.toml").is_file():
        raise RunFolderError(f"{folder}: no recipe.toml in it, so there is nothing to resume")
    recipe = replace(read_recipe(folder / "recipe.toml"), keras=None)
    if not (folder / FILE).is_file():
        # Killed within the first epoch: what little was written is written again.
        (folder / "metrics.csv").unlink(missing_ok=True)
    return train(recipe, folder, watcher, go_on=True)


def _joined(first: dict[str, list[float]], then: dict[str, list[float]]) -> dict[str, list[float]]:
    names = [*first, *(n for n in then if n not in first)]
    return {name: [*first.get(name, []), *then.get(name, [])] for name in names}


def fine_tune(
    head: Any,
    ready: Prepared,
    recorder: Recorder,
    kept: Checkpoint,
    done: int,
    watcher: Watcher,
) -> tuple[Any, Prepared, dict[str, list[float]]] | None:
    """Train on with the top of the backbone thawed; `None` where the recipe asks for no such phase.

    Epochs count on from the `done` ones.
    """
    recipe, phase = ready.recipe, ready.recipe.fine_tuning
    if phase is None or recipe.backbone is None:
        return None
    assert recipe.images is not None
    watcher.say("fine-tuning the backbone")
    optimizer = replace(
        recipe.optimizer or Optimizer(name="Adam"),
        learning_rate=phase.learning_rate,
        schedule=None,
        decay=None,
    )
    thawed = replace(
        recipe,
        backbone=replace(recipe.backbone, trainable=True),
        optimizer=optimizer,
        epochs=(kept.begun or done) + phase.epochs,
        fine_tuning=None,
    )
    whole = prepare(thawed, watcher) if ready.on_features else replace(ready, recipe=thawed)
    model = build(replace(whole, recipe=thawed))
    _copy_weights(head, model)
    base = next(layer for layer in model.layers if hasattr(layer, "layers"))
    backbones.thaw(base, phase.top)
    model.compile(
        optimizer=network.optimizer(optimizer), loss=network.loss_of(thawed), metrics=["accuracy"]
    )
    recorder.continues_on(_probe(whole))
    if kept.phase == 0:
        kept.begins(1, done)
    more = _fit(model, replace(whole, recipe=thawed), [recorder], kept=kept)
    return model, replace(whole, recipe=recipe), more


class KerasTrainer:
    """Trains recipes for experiments, without run folders; images and features are shared."""

    def __init__(
        self,
        watcher: Watcher | None = None,
        *,
        seconds: float | None = None,
        like: Recipe | None = None,
    ) -> None:
        """`seconds` is what a training of a recipe `like` this one took before."""
        self.watcher = watcher or Silent()
        self._seconds: dict[bool, float] = {}
        if seconds is not None and like is not None:
            self._seconds[learns_on_features(like)] = seconds
        self._prepared: list[tuple[Recipe, Prepared]] = []

    def train(self, recipe: Recipe) -> Run:
        """Return the run of one trial; raises `TrialFailedError` where it diverges."""
        if recipe.fine_tuning is not None:
            raise RecipeError(
                "experiments train one phase: leave fine_tuning out of the recipe, or set the "
                "backbone trainable"
            )
        return self.trained(self._prepare(recipe))

    def trained(self, ready: Prepared) -> Run:
        """Return the run of a trial on these images, labels and sides; see `train`."""
        recipe = ready.recipe
        began = time.perf_counter()
        model = build(ready)
        probe = _ProbeCurve(_probe(ready))
        history = _fit(model, ready, [probe])
        seconds = time.perf_counter() - began
        self._seconds[learns_on_features(recipe)] = seconds
        return _run(history, ready, "trial", seconds)

    def estimate_seconds(self, recipe: Recipe) -> float:
        """Return what the last training of its kind took, else a guess from epochs and network."""
        on_features = learns_on_features(recipe)
        if on_features in self._seconds:
            return self._seconds[on_features]
        per_epoch = 0.3 if on_features else 20.0 if recipe.backbone else 2.0
        return 2.0 + per_epoch * (recipe.epochs or 10)

    def _prepare(self, recipe: Recipe) -> Prepared:
        """Share images and features between trials that differ in seeds and head only."""
        common = replace(recipe, seed=0, order_seed=0)
        for known, ready in self._prepared:
            same = known.images == common.images and known.backbone == common.backbone
            same = same and known.image_size == common.image_size
            same = same and known.split_seed == common.split_seed
            same = same and known.group_pattern == common.group_pattern
            same = same and known.validation_share == common.validation_share
            same = same and learns_on_features(known) == learns_on_features(common)
            if same and pooled(known) == pooled(common):
                return replace(ready, recipe=recipes.for_classes(recipe, len(ready.classes)))
        self._prepared.append((common, prepare(recipe, self.watcher)))
        return self._prepared[-1][1]


def build(ready: Prepared) -> Any:
    """Return the compiled model that learns: the head on features, or the whole network."""
    recipe = ready.recipe
    keras.utils.set_random_seed(recipe.seed or 0)
    inputs = keras.Input(ready.inputs.shape[1:], name="features" if ready.on_features else "image")
    tensor = inputs if ready.on_features else _entrance(recipe, inputs)
    layers = recipe.layers[1:] if ready.on_features and pooled(recipe) else recipe.layers
    try:
        outputs = network.apply_layers(tensor, layers, recipe.seed or 0)
    except ValueError as error:
        raise RecipeError(
            f"the layers do not fit together: {str(error).splitlines()[0]}"
        ) from error
    model = keras.Model(inputs, outputs)
    assert recipe.optimizer is not None
    model.compile(
        optimizer=network.optimizer(recipe.optimizer, _rates(ready)),
        loss=network.loss_of(recipe),
        metrics=["accuracy"],
        # Compiling a small head with XLA costs more than it gains.
        jit_compile=False if ready.on_features else "auto",
    )
    return model


def _rates(ready: Prepared) -> schedules.RateTable | None:
    recipe = ready.recipe
    assert recipe.optimizer is not None
    steps = math.ceil(len(ready.train) / (recipe.batch_size or 32))
    return schedules.table(recipe.optimizer, recipe.epochs or 1, steps)


def _entrance(recipe: Recipe, inputs: Any) -> Any:
    inputs = network.augmented(inputs, recipe.augmentation, recipe.seed or 0)
    if recipe.backbone is not None:
        return backbones.build(recipe.backbone, recipe.image_size or 128)(inputs)
    scale = 1.0 if recipe.input_scale is None else recipe.input_scale
    return keras.layers.Rescaling(scale, name="scale")(inputs) if scale != 1.0 else inputs


def _fit(
    model: Any, ready: Prepared, callbacks: list[Any], kept: Checkpoint | None = None
) -> dict[str, list[float]]:
    """Fit, from where `kept` stands; without it from the start and without a checkpoint."""
    recipe = ready.recipe
    initial_epoch = kept.epoch if kept else 0
    order = _Order(ready, targets(ready), recipe.order_seed or 0)
    x_val = np.asarray(ready.inputs[ready.val])
    y_val = targets(ready)[ready.val]
    stops = [keras.callbacks.TerminateOnNaN()]
    plateau = recipe.optimizer.schedule if recipe.optimizer else None
    if plateau is not None and plateau.kind == "plateau":
        stops.append(
            keras.callbacks.ReduceLROnPlateau(
                monitor="val_loss",
                factor=plateau.factor or 0.1,
                patience=int(plateau.every or 10),
                min_lr=plateau.low or 0.0,
            )
        )
    if recipe.patience:
        stops.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=recipe.patience, restore_best_weights=True
            )
        )
    if kept is not None:
        # Early stopping first: its best weights are kept too.
        kept.watched = [
            c for c in reversed(stops) if not isinstance(c, keras.callbacks.TerminateOnNaN)
        ]
        if kept.resumes:
            kept.restore(model)
            if kept.stopped or initial_epoch >= (recipe.epochs or 1):
                if best := kept.best_weights():
                    model.set_weights(best)
                return {}
    try:
        history = model.fit(
            order,
            validation_data=(x_val, y_val),
            validation_batch_size=recipe.batch_size,
            # Keras would move the batches about once more, by a generator of its own.
            shuffle=False,
            epochs=recipe.epochs,
            initial_epoch=initial_epoch,
            class_weight=_class_weight(ready),
            callbacks=[_Shuffle(order), *callbacks, *stops, *([kept] if kept else [])],
            verbose=0,
        ).history
    except (ValueError, TypeError) as error:
        raise RecipeError(f"Keras rejects the recipe: {str(error).splitlines()[0]}") from error
    except Exception as error:
        if "ResourceExhausted" in type(error).__name__ or "OOM" in str(error)[:200]:
            raise TrialFailedError("out of memory") from error
        raise
    values: dict[str, list[float]] = {k: [float(v) for v in vs] for k, vs in history.items()}
    if not np.isfinite(values.get("loss", [np.nan])[-1]) and not any(
        isinstance(c, Recorder) for c in callbacks
    ):
        raise TrialFailedError("the loss became NaN")
    return values


class _Order(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches in an order drawn from `order_seed` and the epoch alone."""

    def __init__(self, ready: Prepared, targets: NDArray[Any], seed: int) -> None:
        super().__init__()
        self._ready, self._targets, self._seed = ready, targets, seed
        self._batch = ready.recipe.batch_size or 32
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        rng = np.random.default_rng((self._seed, epoch))
        self._order = rng.permutation(self._ready.train)

    def __len__(self) -> int:
        return math.ceil(len(self._order) / self._batch)

    def __getitem__(self, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        rows = self._order[index * self._batch : (index + 1) * self._batch]
        return np.asarray(self._ready.inputs[rows]), self._targets[rows]


class _Shuffle(keras.callbacks.Callback):  # type: ignore[misc]
    """Draws the order of each epoch before it; Keras counts epochs from wherever it began."""

    def __init__(self, order: _Order) -> None:
        super().__init__()
        self._order = order

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        self._order.shuffle(epoch + 1)


class _ProbeCurve(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds the inference-mode curve to the history of a trial."""

    def __init__(self, probe: tuple[NDArray[Any], NDArray[Any]]) -> None:
        super().__init__()
        self._probe = probe

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if logs is not None:
            logs.update(evaluate_clean(self.model, *self._probe))


def _probe(ready: Prepared) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a fixed part of the training set, the same for every seed."""
    rng = np.random.default_rng(ready.recipe.split_seed or 0)
    rows = np.sort(rng.permutation(ready.train)[:PROBED])
    return np.asarray(ready.inputs[rows]), targets(ready)[rows]


def targets(ready: Prepared) -> NDArray[Any]:
    """Return labels as the loss wants them: class numbers, or one-hot as wide as the output."""
    loss = ready.recipe.loss or ""
    if loss.startswith("sparse") and not ready.recipe.label_smoothing:
        return ready.labels
    units = next((x.units for x in reversed(ready.recipe.layers) if x.kind == "Dense"), None)
    if units == 1:
        return ready.labels.astype(np.float32)[:, None]
    return np.eye(units or len(ready.classes), dtype=np.float32)[ready.labels]


def _class_weight(ready: Prepared) -> dict[int, float] | None:
    if ready.recipe.class_weight is None:
        return None
    given = ready.recipe.class_weight
    if isinstance(given, dict):
        if set(given) != set(ready.classes):
            raise RecipeError(
                f"class_weight names {', '.join(sorted(given))}; the classes are "
                f"{', '.join(ready.classes)}"
            )
        return {i: float(given[name]) for i, name in enumerate(ready.classes)}
    counts = np.bincount(ready.labels[ready.train], minlength=len(ready.classes))
    return {i: float(len(ready.train) / (len(counts) * n)) for i, n in enumerate(counts)}


def _run(history: dict[str, list[float]], ready: Prepared, name: str, seconds: float) -> Run:
    epochs = len(history.get("loss", [])) or 1
    return Run(
        name=name,
        curves={k: curve(v) for k, v in history.items()},
        recipe=ready.recipe,
        data=replace(ready.data, seconds_per_epoch=round(seconds / epochs, 4)),
        sources=(name,),
    )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be written: {error.strerror}") from error


def _save(model: Any, ready: Prepared, folder: Path, watcher: Watcher) -> None:
    """Save one model from raw RGB to probabilities, so that predicting needs no preprocessing."""
    watcher.say("saving the model")
    whole = model
    if ready.recipe.augmentation is not None:
        # Keras' random layers are on wherever a call does not say training=False.
        plain = replace(ready, recipe=replace(ready.recipe, augmentation=None), on_features=False)
        whole = build(plain)
        _copy_weights(model, whole)
    if ready.on_features and ready.recipe.backbone is not None:
        base = backbones.build(ready.recipe.backbone, ready.recipe.image_size or 128)
        tensor = base.output
        if pooled(ready.recipe):
            tensor = keras.layers.GlobalAveragePooling2D(name="pooled")(tensor)
        whole = keras.Model(base.input, model(tensor))
    try:
        whole.save(folder / "model.part.keras")
        shutil.move(folder / "model.part.keras", folder / "model.keras")
        (folder / "classes.txt").write_text("\n".join(ready.classes) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunFolderError(
            f"{folder}: the curves are kept, the model could not be saved: {error.strerror}"
        ) from error


def _copy_weights(source: Any, target: Any) -> None:
    """Copy the weights of layers that both networks have, by name."""
    own = {layer.name: layer for layer in target.layers}
    for layer in source.layers:
        if layer.name in own and layer.get_weights():
            own[layer.name].set_weights(layer.get_weights())


def _note_unreadable(ready: Prepared, folder: Path, watcher: Watcher) -> None:
    if not ready.data.unreadable:
        return
    text = "\n".join(ready.data.unreadable) + "\n"
    (folder / "unreadable.txt").write_text(text, encoding="utf-8")
    watcher.say(f"{len(ready.data.unreadable)} unreadable images were left out: unreadable.txt")
