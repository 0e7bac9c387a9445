"""What a story measures of recipes beside training them."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from fitdoctor.records.recipe import Recipe
from fitdoctor.records.story import Descent
from fitdoctor.records.watcher import Silent
from fitdoctor.training import session
from fitdoctor.training.descents import descents
from fitdoctor.training.prepare import prepare
from fitdoctor.training.rate_finder import find_rate
from fitdoctor.training.trials import KerasTrainer

PILOT = 96
"""Images by which the time of a training is estimated."""
KEPT = 4
"""One in so many validation images is kept of a smaller set."""


def rate_test(recipe: Recipe, used: tuple[float, float]) -> str:
    """Return what a learning-rate range test says beside the cycle that was used."""
    found = find_rate(recipe)
    low, high = found.suggestions.get("cycle_low"), found.suggestions.get("cycle_high")
    if low is None or high is None:
        return f"A range test of the learning rate names none: {found.reason or found.why}"
    return (
        f"A range test of the learning rate suggests a cycle of {low:.2g} to {high:.2g}; the one "
        f"that was used goes from {used[0]:.2g} to {used[1]:.2g}."
    )


def seconds_of(recipe: Recipe) -> tuple[float, float]:
    """Return what all trainings of a recipe share (reading, features), and what each takes.

    Both in seconds, from a few epochs on a few of its images.
    """
    home = Path(recipe.images or "").resolve()
    files = {folder.name: sorted(folder.iterdir()) for folder in home.iterdir() if folder.is_dir()}
    whole = sum(map(len, files.values()))
    few = max(2, PILOT // max(len(files), 1))
    with tempfile.TemporaryDirectory() as place:
        for name, all_ in files.items():
            _copied(all_[:few], Path(place) / "images" / name)
        small = replace(recipe, images=str(Path(place) / "images"))
        began = time.perf_counter()
        prepare(small, Silent())
        shared = time.perf_counter() - began
        trainer = KerasTrainer()
        trainer.train(replace(small, epochs=1))  # It compiles, once a process.
        times = []
        for epochs in (1, 4):
            began = time.perf_counter()
            trainer.train(replace(small, epochs=epochs))
            times.append(time.perf_counter() - began)
    more = whole / sum(min(few, len(x)) for x in files.values())
    epoch = max(times[1] - times[0], 0.0) / 3
    return shared * more, max(times[0] - epoch, 0.0) + epoch * more * (recipe.epochs or 1)


def validation_images(recipe: Recipe) -> tuple[Path, ...]:
    """Return the files of the validation images that are looked at, in the order of their rows."""
    ready = prepare(recipe, Silent())
    home = Path(recipe.images or "")
    return tuple(home / ready.paths[row] for row in session.validated_rows(ready))


def with_few_validation_images(recipe: Recipe, folder: Path) -> tuple[Recipe, int, int]:
    """Return the recipe with a quarter of the validation images, copied into `folder`.

    The training images and their order stay, so that the same networks are trained. With it come
    the numbers of validation images before and after.
    """
    ready = prepare(recipe, Silent())
    few = ready.val[::KEPT]
    home = Path(recipe.images or "").resolve()
    for side, rows in (("train", ready.train), ("val", few)):
        for number, name in enumerate(ready.classes):
            wanted = [home / ready.paths[row] for row in rows if ready.labels[row] == number]
            _copied(wanted, folder / side / name)
    return replace(recipe, images=str(folder.resolve())), len(ready.val), len(few)


def _copied(files: Iterable[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if not (folder / file.name).is_file():
            shutil.copyfile(file, folder / file.name)


def descent(recipe: Recipe, kept: Path) -> Sequence[Descent]:
    """Return the loss surface with exact and noisy descents; it is computed once and `kept`."""
    if kept.is_file():
        return [msgspec.json.decode(kept.read_bytes(), type=Descent)]
    found = descents(recipe, Silent())
    kept.write_bytes(msgspec.json.encode(found))
    return [found]
