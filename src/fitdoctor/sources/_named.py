"""Losses, optimizers and networks by the names that libraries give them."""

from __future__ import annotations

from fitdoctor.catalogue import datasets, losses, optimizers
from fitdoctor.catalogue.backbones import written
from fitdoctor.sources._row import Pattern

_CHOSEN_LOSSES = rf"(?P<of>{losses.WRITTEN})"
_CHOSEN_OPTIMIZERS = (
    rf"\b(?P<of>{optimizers.WRITTEN})\b|(?P<momentum>стохастическ\w+ градиентн\w+ спуск\w*)"
)
_CHOSEN_NETWORKS = rf"(?<![\w/.])(?P<of>{written()})(?![\w.]{{0,40}}\.py|[\w-]{{0,40}}/)"
NETWORK = Pattern(_CHOSEN_NETWORKS)
NAMED: tuple[tuple[str, Pattern], ...] = (
    ("loss_used", Pattern(_CHOSEN_LOSSES)),
    ("optimizer_used", Pattern(_CHOSEN_OPTIMIZERS)),
    ("network_used", NETWORK),
)
CLASSES_OF_SETS: tuple[tuple[int, Pattern], ...] = tuple(
    (number, Pattern(words)) for number, words in datasets.WRITTEN
)
"""Known sets by their names -> how many classes they have."""
