"""What a trained network does on images that it was not trained on."""

from __future__ import annotations

import msgspec

from fitdoctor.records.estimate import Estimate


class ClassScore(msgspec.Struct, frozen=True, kw_only=True):
    """One class; intervals are Wilson's at 95 %, over the images of the class."""

    name: str
    images: int
    recall: Estimate | None
    """Of its images, those that were recognised; `None` where it has none."""
    precision: Estimate | None
    """Of the images called so, those that are; `None` where none was."""


class WrongImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image that was taken for another class."""

    path: str
    label: str
    predicted: str
    probability: float


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Images of about the same stated confidence, and how many of them are right."""

    confidence: float
    accuracy: Estimate
    images: int


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Whether stated probabilities are true, before and after temperature scaling."""

    bins: tuple[Bin, ...]
    error: float
    """Expected calibration error."""
    log_loss: float
    temperature: Estimate | None
    """`None` where the images do not determine one, as where all of them are right."""
    error_after: float | None
    """Each image under a temperature that was fitted without it; `None` where there is none."""
    log_loss_after: float | None


NO_TEMPERATURE = (
    "no temperature could be determined: too few images are wrong, or the probabilities say nothing"
)


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A network against labels it has not seen."""

    images: int
    of: str
    """`validation`, `test`, or the folder that was evaluated."""
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """True class (row) by predicted class (column), in the order of `classes`."""
    accuracy: Estimate
    balanced_accuracy: float
    """Mean recall of the classes that have images."""
    wrong: tuple[WrongImage, ...]
    """The most confident first."""
    calibration: Calibration | None = None
    trained_on: int = 0
    """Images of another folder, by content, that the network was trained on."""

    def __repr__(self) -> str:
        at = self.accuracy
        return (
            f"<Evaluation of {self.of!r}: {at.value:.1%} of {self.images} images right "
            f"({at.low:.0%} to {at.high:.0%}), {len(self.classes)} classes>"
        )
