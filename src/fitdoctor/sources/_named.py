"""Losses, optimizers and networks by the names that libraries give them."""

from __future__ import annotations

from fitdoctor.catalogue import datasets, optimizers
from fitdoctor.catalogue.backbones import written
from fitdoctor.sources._row import Pattern

_CHOSEN_LOSSES = (
    r"(?P<of>sparse[ _-]?categorical[ _-]?cross[ _-]?entropy|categorical[ _-]?cross[ _-]?entropy|binary[ _-]?cross[ _-]?entropy"
    r"|mean[ _-]squared[ _-]error|\bMSE loss\b|\bMSE (?=(?:as|for) (?:the |my )?loss\b)|(?<=loss is )MSE\b|(?<=loss=)MSE\b|(?<=loss: )MSE\b|(?<=loss = )MSE\b|\bBCE(?:WithLogits)?Loss\b|\bCrossEntropyLoss\b|\bNLLLoss\b|\bfocal[ _-]?loss\b|\bhinge(?:[ _-]loss)?\b|\bBCE\b|\bmean absolute error\b|\bkullback\w*|\bkl[ _-]divergence\b|softmax_cross_entropy)"
)
_CHOSEN_OPTIMIZERS = (
    rf"\b(?P<of>{optimizers.WRITTEN})\b|(?P<momentum>стохастическ\w+ градиентн\w+ спуск\w*)"
)
_CHOSEN_NETWORKS = rf"(?<![\w/.])(?P<of>{written()})(?![\w.]{{0,40}}\.py|[\w-]{{0,40}}/)"
NAMED: tuple[tuple[str, Pattern], ...] = (
    ("loss_used", Pattern(_CHOSEN_LOSSES)),
    ("optimizer_used", Pattern(_CHOSEN_OPTIMIZERS)),
    ("network_used", Pattern(_CHOSEN_NETWORKS)),
)
CLASSES_OF_SETS: tuple[tuple[int, Pattern], ...] = tuple(
    (number, Pattern(words)) for number, words in datasets.WRITTEN
)
"""Known sets by their names -> how many classes they have."""
LOSS_NAMES = {
    "sparsecategoricalcrossentropy": "sparse_categorical_crossentropy",
    "categoricalcrossentropy": "categorical_crossentropy",
    "binarycrossentropy": "binary_crossentropy", "bce": "binary_crossentropy",
    "bceloss": "binary_crossentropy", "bcewithlogitsloss": "binary_crossentropy",
    "crossentropyloss": "crossentropyloss", "mse": "mean_squared_error", "mseloss": "mean_squared_error",
    "meansquarederror": "mean_squared_error", "mae": "mean_absolute_error",
    "meanabsoluteerror": "mean_absolute_error", "focalloss": "focal_loss", "nllloss": "nllloss",
    "hinge": "hinge", "hingeloss": "hinge", "softmaxcrossentropy": "softmax_cross_entropy",
}  # fmt: skip
"""Letters of a loss as people write it -> its name."""
