"""Treatments of the mode in which the network is called."""

from __future__ import annotations

from fitdoctor.observe.pytorch.loop import Loop


def eval_in_validation(loop: Loop) -> str:
    """Put the network into inference mode wherever it is measured."""
    loop.modes = "eval"
    return "the network is in inference mode where it is measured"


def train_in_training(loop: Loop) -> str:
    """Put the network into training mode wherever it learns."""
    loop.modes = "train"
    return "the network is in training mode where it learns"


def dropout_in_training_alone(loop: Loop) -> str:
    """Let dropout act where the network learns, and nowhere else."""
    loop.dropout_by_mode = True
    return "dropout acts where the network learns"
