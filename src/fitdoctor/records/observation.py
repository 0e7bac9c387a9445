"""What was seen of a script while it ran, beside settings, curves and probes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fitdoctor.records.run import Script

FILE = "observed.json"
"""Its file in a run folder."""


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    """Right answers on validation images, as they are and as the training images are prepared."""

    rows: int
    as_they_are: float
    """Share of right answers of the trained network, in inference mode."""
    as_training: float
    """The same, with the images brought to mean and scatter of the training images."""


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One training of a script that was executed."""

    script: Script
    """Its arguments, feeds and callbacks; the settings stand in `recipe.toml`."""
    evaluated: Mapping[str, float] = {}
    """The last result of evaluate on images that were not trained on."""
    answers: Mapping[str, str] = {}
    """What was seen that a diagnosis would ask for: name of the fact -> the answer."""
    swapped: Swapped | None = None
    """Where training and validation images lie in other ranges."""
    error: str = ""
    """The exception that ended it, as Python prints it in one line."""
