"""Callbacks of Keras that are known by name."""

from __future__ import annotations

from typing import Final

CALLBACKS: Final = frozenset(
    {
        "EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint", "LearningRateScheduler",
        "CyclicLR", "TensorBoard", "CSVLogger", "OneCycleLR", "OneCycleScheduler", "LRFinder",
        "LearningRateFinder", "TerminateOnNaN", "SnapshotCallbackBuilder",
    }
)  # fmt: skip
_WORSE: Final = {"acc": "min", "loss": "max", "auc": "min"}
"""Words of what is monitored, and the mode that takes a worse value for a better one."""


def takes_worse_for_better(monitor: str, mode: str) -> bool:
    """Return whether a callback that monitors this in this mode waits for worse values."""
    return any(word in monitor and mode == wrong for word, wrong in _WORSE.items())
