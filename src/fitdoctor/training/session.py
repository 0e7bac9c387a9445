"""One training from a complete recipe: images, features, head, record."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError, RunFolderError
from fitdoctor.records import journal
from fitdoctor.records.evaluation import Evaluation
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import Run, curve
from fitdoctor.records.text import pretty_json, read_recipe, write_recipe
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training import backbones, folders, images, network, recipes
from fitdoctor.training.assembly import build, class_weights, targets
from fitdoctor.training.checkpoint import FILE, Checkpoint, earlier
from fitdoctor.training.evaluation import (
    Shown,
    outputs,
    score,
    shown,
    shown_by_head,
)
from fitdoctor.training.phase import fit
from fitdoctor.training.prepare import Prepared, prepare
from fitdoctor.training.probing.prober import Choice, Passes, Prober
from fitdoctor.training.recorder import Recorder, numbers
from fitdoctor.training.saved import copy_weights, save, whole
from fitdoctor.training.started import keras

PROBED = 1000
"""Training images that are evaluated in inference mode after each epoch; all where fewer."""
AFFORDABLE = 0.1
"""Of the training images, where the whole network learns: probing costs 3 % of the training."""
LEAST_PROBED, LEAST_VALIDATED = 64, 80
VALIDATED = 500
"""Validation images that are looked at one by one."""


class Finished(msgspec.Struct, frozen=True, eq=False):
    """A run, and what its network does on images that it was not trained on."""

    run: Run
    evaluation: Evaluation
    shown: tuple[Shown, ...]


def train(
    recipe: Recipe,
    folder: Path,
    watcher: Watcher | None = None,
    *,
    probes: Choice = "default",
) -> Finished:
    """Train and leave a run folder.

    `probes` says how much of the inside is recorded, see `Recorder`. Raises a `FitdoctorError` with
    one clear line for whatever the user can mend.
    """
    if (folder / "metrics.csv").exists():
        raise RunFolderError(f"{folder}: already holds a run. Choose another folder with --output")
    return _train(recipe, folder, watcher, probes=probes)


def _train(
    recipe: Recipe,
    folder: Path,
    watcher: Watcher | None,
    *,
    go_on: bool = False,
    probes: Choice = "default",
    reopen: bool | None = None,
) -> Finished:
    """Train from the start or, where `go_on`, from the folder's checkpoint.

    `reopen` lets a phase that was stopped early go on, with the epochs that it had waited if True.
    """
    kept = Checkpoint(folder)
    tell = _warn if watcher is None else watcher.say
    watcher = watcher or Silent()
    with folders.made(folder):
        go_on = go_on and kept.load()
        if reopen is not None:
            kept.reopen(forget=not reopen)
        ready = prepare(recipe, watcher)
        images.keep(ready, folder, tell)
        if words := recipes.few_for_it(ready.recipe, len(ready.train)):
            watcher.say(words)
        began = time.perf_counter()
        model = build(ready)
    recorder = Recorder(
        folder,
        probe(ready),
        validation=_validated(ready) if probes == "all" else None,
        probes=probes,
        class_weight=class_weights(ready),
        batch_size=ready.recipe.batch_size or 32,
        recipe=ready.recipe,
        data=ready.data,
        watcher=watcher,
        go_on=go_on,
    )
    history = earlier(folder, kept.epoch) if go_on else {}
    if go_on:
        watcher.say(f"going on after epoch {kept.epoch}")
    try:
        if kept.phase == 0:
            history = _joined(history, fit(model, ready, [recorder], kept=kept))
        tuned = fine_tune(model, ready, recorder, kept, len(history["loss"]), watcher)
    except TrialFailedError as error:
        raise RecipeError(f"training failed: {error}") from error
    if tuned is not None:
        model, ready, more = tuned
        history = _joined(history, more)
    seconds = time.perf_counter() - began
    event = journal.Event(event="trained", at=time.time(), seconds=round(seconds, 2))
    try:
        journal.append(folder / "journal.jsonl", event)
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be written: {error.strerror}") from error
    watcher.say("saving the model")
    complete = whole(model, ready)
    save(complete, ready.classes, folder)
    found, pictures = _evaluated(model, complete, ready, watcher)
    _keep(found, folder / "evaluation.json")
    run = replace(run_of(history, ready, folder.name, seconds), sources=(str(folder),))
    return Finished(run, found, pictures)


def _evaluated(
    model: Any, complete: Any, ready: Prepared, watcher: Watcher
) -> tuple[Evaluation, tuple[Shown, ...]]:
    of, rows = ("test", ready.test) if len(ready.test) else ("validation", ready.val)
    out = outputs(model, ready.inputs, rows, watcher)
    paths = [ready.paths[row] for row in rows]
    found = score(out, ready.labels[rows], paths, ready.classes, of)
    places = dict(zip(paths, rows, strict=True))
    if ready.on_features:
        return found, shown_by_head(model, found, places, ready)
    return found, shown(complete, found, places, ready.pixels)


def _keep(found: Evaluation, path: Path) -> None:
    try:
        path.write_text(pretty_json(found), encoding="utf-8")
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be written: {error.strerror}") from error


def make_deterministic() -> None:
    """Make every operation give the same bits each time, at some cost in speed."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def resume(
    folder: Path,
    watcher: Watcher | None = None,
    *,
    probes: Choice = "default",
    changes: Mapping[str, Any] | None = None,
) -> Finished:
    """Continue a run to its end, as if it had not been interrupted, or a finished run further.

    `changes` are settings that differ from the run's own: more epochs, another patience, a phase of
    fine-tuning. Raises `RecipeError` for any other, `RunFolderError` where nothing is left to do.
    """
    folders.check_resumable(folder)
    stored = read_recipe(folder / "recipe.toml")
    recipe = recipes.resumed(stored, changes or {})
    kept = Checkpoint(folder)
    if not kept.load():
        if (folder / folders.MODEL).is_file():
            raise RunFolderError(f"{folder}: this run is finished, and has no {FILE} to go on from")
        # Killed within the first epoch: what little was written is written again.
        (folder / "metrics.csv").unlink(missing_ok=True)
    else:
        _check_left(folder, kept, stored, recipe)
    write_recipe(recipe, folder / "recipe.toml")
    more = recipe != stored and kept.stopped
    return _train(
        replace(recipe, keras=None),
        folder,
        watcher,
        go_on=True,
        probes=probes,
        reopen=(recipe.patience or 0) > (stored.patience or 0) if more else None,
    )


def _check_left(folder: Path, kept: Checkpoint, stored: Recipe, recipe: Recipe) -> None:
    """Raise `RunFolderError` where the state is already that of the recipe's end."""
    done = kept.epoch
    saved = (folder / folders.MODEL).is_file()
    if saved and recipe == stored and kept.complete(recipe):
        more = "--fine-tune with more epochs" if kept.phase else f"--epochs with more than {done}"
        raise RunFolderError(
            f"{folder}: this run is finished after {done} epochs. To train on, give {more}, or a "
            "longer --patience"
        )
    if kept.phase and recipe.epochs != stored.epochs:
        raise RecipeError(
            f"epochs = {recipe.epochs}: the run is in its second phase; give --fine-tune with more "
            "epochs"
        )
    last = recipe.epochs or 1
    if kept.phase and recipe.fine_tuning is not None:
        last = kept.begun + recipe.fine_tuning.epochs
    if last < done:
        raise RecipeError(f"the run has {done} epochs already, more than the {last} asked for")


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
        augmentation=recipe.augmentation and replace(recipe.augmentation, views=None),
        fine_tuning=None,
    )
    whole = prepare(thawed, watcher) if ready.on_features else replace(ready, recipe=thawed)
    model = build(replace(whole, recipe=thawed))
    copy_weights(head, model)
    base = next(layer for layer in model.layers if hasattr(layer, "layers"))
    backbones.thaw(base, phase.top, batchnorm=recipe.backbone.batchnorm == "batch")
    model.compile(
        optimizer=network.optimizer(optimizer), loss=network.loss_of(thawed), metrics=["accuracy"]
    )
    recorder.continues_on(probe(whole), _validated(whole))
    if kept.phase == 0:
        kept.begins(1, done)
    more = fit(model, replace(whole, recipe=thawed), [recorder], kept=kept)
    return model, replace(whole, recipe=recipe), more


def probe(ready: Prepared) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a fixed part of the training set, the same for every seed."""
    rows = probe_rows(ready)
    return np.asarray(ready.inputs[rows]), targets(ready)[rows]


def probe_rows(ready: Prepared) -> NDArray[np.int64]:
    count = len(ready.train)
    if not ready.on_features:
        count = max(LEAST_PROBED, round(AFFORDABLE * count))
    rng = np.random.default_rng(ready.recipe.split_seed or 0)
    return np.sort(rng.permutation(ready.train)[: min(PROBED, count)])


def prober(model: Any, ready: Prepared, passes: Passes | None = None) -> Prober:
    """Return what looks inside the training of these images, by passes compiled before."""
    x, y = probe(ready)
    weights = class_weights(ready)
    return Prober(
        model,
        (x, y),
        _validated(ready),
        weights=None if weights is None else np.array([weights[int(k)] for k in numbers(y)]),
        batch=ready.recipe.batch_size or 32,
        population=len(ready.train),
        epochs=ready.recipe.epochs or 1,
        passes=passes,
    )


def validated_rows(ready: Prepared) -> NDArray[np.int64]:
    """Return the validation images that are looked at one by one."""
    count = VALIDATED if ready.on_features else max(LEAST_VALIDATED, len(probe_rows(ready)))
    return np.sort(np.random.default_rng(0).permutation(ready.val)[:count])


def _validated(ready: Prepared) -> tuple[NDArray[Any], NDArray[Any]]:
    rows = validated_rows(ready)
    return np.asarray(ready.inputs[rows]), targets(ready)[rows]


def run_of(history: dict[str, list[float]], ready: Prepared, name: str, seconds: float) -> Run:
    epochs = len(history.get("loss", [])) or 1
    return Run(
        name=name,
        curves={k: curve(v) for k, v in history.items()},
        recipe=ready.recipe,
        image_findings=ready.check.findings,
        images_checked=ready.check.checked,
        data=replace(ready.data, seconds_per_epoch=round(seconds / epochs, 4)),
        sources=(name,),
    )


def _warn(words: str) -> None:
    warnings.warn(f"fitdoctor: {words}", stacklevel=5)
