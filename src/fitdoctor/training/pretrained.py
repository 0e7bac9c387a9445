"""Names of pretrained networks, known before Keras is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from fitdoctor.errors import RecipeError, did_you_mean

Preprocessing = Literal["tf", "caffe", "torch", "none"]

PREPROCESSING: Final[dict[str, Preprocessing]] = {
    "MobileNet": "tf",
    "MobileNetV2": "tf",
    "MobileNetV3Small": "none",
    "MobileNetV3Large": "none",
    "ResNet50": "caffe",
    "ResNet101": "caffe",
    "ResNet50V2": "tf",
    "VGG16": "caffe",
    "VGG19": "caffe",
    "InceptionV3": "tf",
    "Xception": "tf",
    "DenseNet121": "torch",
    "EfficientNetB0": "none",
    "EfficientNetV2B0": "none",
    "ConvNeXtTiny": "none",
    "NASNetMobile": "tf",
}
"""keras.applications name -> scaling of 0..255 RGB; `none` networks scale inside."""


def check_name(name: str, others: Iterable[str] = ()) -> None:
    """Raise `RecipeError` for a network not known; `others` are names that may have been meant."""
    if name not in PREPROCESSING:
        known = [*PREPROCESSING, *others]
        meant = did_you_mean(name, known, ", ".join(known))
        raise RecipeError(f"backbone {name}: not known.{meant}")
