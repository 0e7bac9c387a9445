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
SHORT_EPOCHS, LONG_EPOCHS = 12, 4
"""So many epochs are timed, where one takes next to nothing and where it takes long."""


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

        def seconds(epochs: int) -> tuple[float, float]:
            """Return what the first training takes, which compiles, and what others do."""
            taken = []
            for _ in range(3):
                began = time.perf_counter()
                trainer.train(replace(small, epochs=epochs))
                taken.append(time.perf_counter() - began)
            return taken[0], min(taken[1:])

        first, once = seconds(1)
        many = SHORT_EPOCHS if once < 1 else LONG_EPOCHS
        epoch = max(seconds(many)[1] - once, 0.0) / (many - 1)
    more = whole / sum(min(few, len(x)) for x in files.values())
    compiling = max(first - once, 0.0)
    each = max(once - epoch, 0.0) + epoch * more * (recipe.epochs or 1)
    return shared * more + compiling, each


def validation_images(recipe: Recipe) -> tuple[Path, ...]:
    """Return the files of the validation images that are looked at, in the order of their rows."""
    ready = prepare(recipe, Silent())
    home = Path(recipe.images or "")
    return tuple(home / ready.paths[row] for row in session.validated_rows(ready))


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
