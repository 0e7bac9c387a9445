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
