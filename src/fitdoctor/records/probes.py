"""What a live training showed of its inside, at some of its epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from fitdoctor.records.estimate import Estimate

PartName = Literal["averaging", "terms", "random", "batchnorm", "generalisation"]


class Part(msgspec.Struct, frozen=True):
    """One reason why training and validation loss differ, as training minus validation.

    `averaging`: the logged loss is a mean over the epoch, in which the network still changed.
    `terms`: penalties and class weights. `random`: dropout, augmentation and other layers that act
    in training only. `batchnorm`: batch statistics in training, stored ones in inference.
    `generalisation`: what is left, the same network in the same mode on other images.
    """

    name: PartName
    estimate: Estimate


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """The difference of training and validation loss, part by part; the parts add up to it."""

    images: int
    """Training images that were probed."""
    validation_images: int
    training: float
    """As logged."""
    validation: float
    """In inference mode, without penalty terms."""
    parts: tuple[Part, ...]

    def part(self, name: PartName) -> Estimate | None:
        return next((p.estimate for p in self.parts if p.name == name), None)


class LayerState(msgspec.Struct, frozen=True, kw_only=True):
    """A layer with weights, or one that may go silent; `None` where it was not measured."""

    name: str
    kind: str
    gradient: float | None = None
    """Norm of the loss gradient by its kernel, divided by the norm of the kernel."""
    update: float | None = None
    """Norm of the change of its kernel over the epoch, divided by the norm of the kernel."""
    dead: float | None = None
    """Share of its units that no probed image makes positive."""


class NormState(msgspec.Struct, frozen=True, kw_only=True):
    """A BatchNormalization: what it stores against what batches show."""

    name: str
    shift: float
    """Mean over channels of |batch mean - stored mean| in stored standard deviations."""
    variance_ratio: float
    """Batch variance over stored variance, geometric mean over channels."""


class Culprits(msgspec.Struct, frozen=True, kw_only=True):
    """The validation images behind a sudden rise of validation loss."""

    rise: float
    """Of the mean loss against the probed epoch before."""
    share_of_top: float
    """Of the rise that the top twentieth of images explains."""
    images: tuple[int, ...]
    """Their rows in the validation set, the worst first."""


class ProbedEpoch(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured after one epoch."""

    epoch: int
    gap: Gap | None = None
    layers: tuple[LayerState, ...] = ()
    norms: tuple[NormState, ...] = ()
    noise_scale: Estimate | None = None
    """Batch size at which gradient noise equals the gradient (McCandlish et al. 2018)."""
    culprits: Culprits | None = None
    rates: tuple[float, float] | None = None
    """Lowest and highest learning rate of the epoch's steps."""
    seconds: Mapping[str, float] = {}
    """Phase -> seconds: training, validation, probes, compiling."""
