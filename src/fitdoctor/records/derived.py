"""What follows of a run from its settings, its counters and its curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.run import Run
from fitdoctor.records.schedule import rate_by_epoch


def epochs_of(run: Run) -> int:
    """Return how many epochs are known of: the longest curve, else the setting."""
    longest = max((len(c) for c in run.curves.values()), default=0)
    return longest or (run.recipe.epochs if run.recipe and run.recipe.epochs else 0)


def steps_per_epoch(run: Run) -> int | None:
    """Return the updates of one epoch, from the log's counter, else from images and batch size."""
    if run.data is None:
        return None
    if run.data.steps_per_epoch is not None:
        return run.data.steps_per_epoch
    batch = run.recipe.batch_size if run.recipe else None
    return -(-run.data.n_train // batch) if run.data.n_train and batch else None


def learning_rates(run: Run) -> NDArray[np.float64] | None:
    """Return the learning rate at the end of each epoch where a schedule or decay changes it."""
    optimizer = run.recipe.optimizer if run.recipe else None
    if optimizer is None or not (optimizer.schedule or optimizer.decay) or not epochs_of(run):
        return None
    version = (run.recipe.keras if run.recipe else None) or ""
    val_loss = run.curves.get("val_loss")
    return rate_by_epoch(
        optimizer,
        epochs_of(run),
        steps_per_epoch(run),
        decay_has_effect=not version.startswith("3"),
        val_loss=val_loss.values if val_loss else None,
    )
