"""Images read while something else, such as Keras, is still being loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path

from fitdoctor.images import cache, listing
from fitdoctor.images.cache import Decoded
from fitdoctor.images.decode import Resize
from fitdoctor.images.manifest import Manifest
from fitdoctor.records.recipe import Recipe

Step = Callable[[str, int, int], None]
Found = tuple[Manifest, Decoded]
Progress = dict[str, tuple[int, int]]
_under_way: dict[tuple[Path, int, Resize, str | None], tuple[Future[Found], Progress]] = {}


def begin(recipe: Recipe) -> None:
    """List the images of a recipe, and start reading them.

    Raises `ImageFolderError` at once where there is nothing to train on; what goes wrong while
    files are read is raised by `read`.
    """
    key = _key(recipe)
    if key in _under_way:
        return
    source, size, resize, pattern = key
    found = listing.listed(source, pattern)
    future: Future[Found] = Future()
    progress: Progress = {}
    _under_way[key] = future, progress

    def step(what: str, done: int, total: int) -> None:
        progress[what] = done, total

    def work() -> None:
        try:
            future.set_result(_read(found, size, resize, step))
        except BaseException as error:  # noqa: BLE001 - it is raised where the images are asked for
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()


def read(recipe: Recipe, on_step: Step) -> Found:
    """Return the listing and the pixels of a recipe's images."""
    key = _key(recipe)
    if key not in _under_way:
        source, size, resize, pattern = key
        return _read(listing.listed(source, pattern), size, resize, on_step)
    future, progress = _under_way.pop(key)
    told: Progress = {}
    finished = False
    while not finished:
        finished = bool(wait([future], timeout=0.1).done)
        for what, counts in list(progress.items()):
            if told.get(what) != counts:
                told[what] = counts
                on_step(what, *counts)
    return future.result()


def _key(recipe: Recipe) -> tuple[Path, int, Resize, str | None]:
    return (
        Path(recipe.images or ""),
        recipe.image_size or 128,
        recipe.resize or "stretch",
        recipe.group_pattern,
    )


def _read(listed: Manifest, size: int, resize: Resize, on_step: Step) -> Found:
    found = listing.hashed(listed, lambda i, n: on_step("listing images", i, n))
    return found, cache.decoded(found, size, lambda i, n: on_step("reading images", i, n), resize)
