"""Which treatment tests which cause on a loop of PyTorch; and why some causes have none."""

from __future__ import annotations

from collections.abc import Mapping

from fitdoctor.observe.pytorch.treatments import Treatment, updates

TREATED_BY: Mapping[str, tuple[Treatment, ...]] = {
    "learning_rate_too_high": (updates.usual_learning_rate, updates.lower_learning_rate),
    "learning_rate_too_low": (updates.usual_learning_rate, updates.raise_learning_rate),
}
