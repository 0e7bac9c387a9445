"""What images pretrained backbones were trained with, by the table of keras.applications."""

from __future__ import annotations

from fitdoctor.records.network import prepares_inputs
from fitdoctor.records.recipe import Recipe

MODULES = {
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3": "mobilenet_v3",
    "MobileNet": "mobilenet",
    "InceptionV3": "inception_v3",
    "InceptionResNetV2": "inception_resnet_v2",
    "Xception": "xception",
    "NASNet": "nasnet",
    "ResNet50V2": "resnet_v2",
    "ResNet101V2": "resnet_v2",
    "ResNet152V2": "resnet_v2",
    "ResNet": "resnet",
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "DenseNet": "densenet",
    "EfficientNetV2": "efficientnet_v2",
    "EfficientNet": "efficientnet",
    "ConvNeXt": "convnext",
}
KINDS = {
    "mobilenet_v2": "-1..1", "mobilenet": "-1..1", "inception_v3": "-1..1", "nasnet": "-1..1",
    "inception_resnet_v2": "-1..1", "xception": "-1..1", "resnet_v2": "-1..1",
    "resnet": "BGR minus the ImageNet means", "resnet50": "BGR minus the ImageNet means",
    "vgg16": "BGR minus the ImageNet means", "vgg19": "BGR minus the ImageNet means",
    "densenet": "ImageNet mean and deviation", "mobilenet_v3": "0..255",
    "efficientnet": "0..255", "efficientnet_v2": "0..255", "convnext": "0..255",
    "imagenet_utils": "BGR minus the ImageNet means",
}  # fmt: skip
SHOWN_AS = {
    "-1..1": "-1_to_1",
    "0..255": "0_to_255",
    "ImageNet mean and deviation": "standardised",
}
"""What is wanted -> the answer to `pixel_range` that is it; BGR minus means looks like none."""


def expected_module(name: str) -> str | None:
    """Return the keras.applications module whose `preprocess_input` a backbone needs."""
    return next((m for start, m in MODULES.items() if name.startswith(start)), None)


def wanted(recipe: Recipe | None, framework: str | None) -> str | None:
    """Return what a pretrained backbone wants of the images that reach the network.

    `None` where none is pretrained, its name is not known, or a layer before it may prepare them.
    """
    backbone = recipe.backbone if recipe else None
    if recipe is None or backbone is None or backbone.weights in {None, "none"}:
        return None
    if any(prepares_inputs(x) or x.kind in {"Rescaling", "Normalization"} for x in recipe.layers):
        return None
    if framework == "torch":
        return "ImageNet mean and deviation"
    module = expected_module(backbone.name)
    return KINDS[module] if module else None
