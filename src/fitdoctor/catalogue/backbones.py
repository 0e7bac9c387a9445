"""Networks that libraries bring with weights, one row a family.

Channels, BatchNorm, heads and dropout were read off keras 3, torchvision 0.29 and timm 1.0
(`python -m benchmarks.catalogue`); what images Keras' weights expect is the documentation of
`keras.applications`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, Literal

import msgspec

from fitdoctor import lazy_re
from fitdoctor.catalogue.signatures import KERAS

Inputs = Literal["-1..1", "BGR minus the ImageNet means", "ImageNet mean and deviation", "0..255"]
"""What images weights were trained with; `0..255`: the network scales inside."""
RANGE: Final = "-1..1"
BGR: Final = "BGR minus the ImageNet means"
STANDARDISED: Final = "ImageNet mean and deviation"
RAW: Final = "0..255"
"""What the weights of torchvision expect is `STANDARDISED`, whatever the network."""
SHOWN_AS: Final[Mapping[str, str]] = {
    RANGE: "-1_to_1", RAW: "0_to_255", STANDARDISED: "standardised",
}  # fmt: skip
"""What is expected -> the answer to `pixel_range` that is it; BGR minus means looks like none."""
DEFAULT: Final = "MobileNetV2"
"""The network that is taken where none is named."""
OWN: Final = "SqueezeNet"
"""The network that is built here, since Keras has none of the name."""


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Networks of one design."""

    name: str
    """As Keras and papers write it."""
    begins: str
    """How names of it begin, in any library: a regular expression on small letters and digits."""
    written: str = ""
    """How people write it: a regular expression without regard to case. Nothing where the row of
    the design it comes from covers it."""
    norm: Literal["batch", "layer", "none", "later"] = "batch"
    """What normalises inside; `later`: published with nothing, in libraries BatchNorm."""
    keras: Mapping[str, int] = {}
    """Functions of `keras.applications` -> channels of the last feature map, at width 1."""
    called: Mapping[str, str] = {}
    """What models were called in Keras 2, in small letters -> the function that made them."""
    others: tuple[str, ...] = ()
    """Members by name that Keras has not."""
    modules: tuple[str, ...] = ()
    """Modules of `keras.applications` whose `preprocess_input` goes with the weights; the first is
    in every version. `{}` is the function's own name."""
    inputs: Inputs | None = None
    """What the weights of Keras expect."""
    torchvision: str = ""
    """The functions of torchvision: a regular expression."""
    head: str = "classifier"
    """The field in which networks of torchvision hold their classifier."""
    timm_head: str = ""
    """The same in timm, where it is another."""
    dropout: frozenset[Literal["body", "head"]] = frozenset()
    """Where networks of torchvision drop units or whole blocks."""
    transformers: tuple[str, ...] = ()
    """What classifiers of transformers call all but their head."""
    scales_for_imagenet: bool = False
    """Keras scales the images once more where it is asked for the weights by "imagenet"."""
    width: Literal["", "alpha", "alpha, not of the last map"] = ""
    """Whether Keras lets one choose how wide it is."""


FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        name="InceptionResNetV2", begins="inceptionresnet", keras={"InceptionResNetV2": 1536},
        modules=("inception_resnet_v2",), inputs=RANGE, timm_head="classif",
    ),
    Family(
        name="Inception", begins="inception",
        written=r"inception(?:[ -]?resnet)?(?:[ _-]?(?:v\d|bn))?",
        keras={"InceptionV3": 2048}, modules=("inception_v3",), inputs=RANGE,
        torchvision=r"inception_v3", head="fc", dropout=frozenset({"body"}),
    ),
    Family(
        name="GoogLeNet", begins="googlenet", written=r"google-?net", norm="later",
        others=("GoogLeNet",), torchvision=r"googlenet", head="fc", dropout=frozenset({"body"}),
    ),
    Family(
        name="Xception", begins="(?:legacy)?xception", written=r"xception",
        keras={"Xception": 2048}, modules=("xception",), inputs=RANGE,
        timm_head="fc",
    ),
    Family(
        name="MobileNetV2", begins="mobilenetv2", keras={"MobileNetV2": 1280},
        modules=("mobilenet_v2",), inputs=RANGE,
        torchvision=r"mobilenet_v2", dropout=frozenset({"head"}), transformers=("mobilenet_v2",),
        width="alpha, not of the last map",
    ),
    Family(
        name="MobileNetV3", begins="(?:tf)?mobilenetv3",
        keras={"MobileNetV3Small": 576, "MobileNetV3Large": 960},
        modules=("mobilenet_v3",), inputs=RAW,
        torchvision=r"mobilenet_v3_\w+", dropout=frozenset({"head"}), width="alpha",
    ),
    Family(
        name="MobileNet", begins="mobilenet",
        written=r"mobile-?net(?:[ _-]?v\d(?:[ _-]?(?:small|large))?)?", keras={"MobileNet": 1024},
        modules=("mobilenet",), inputs=RANGE, width="alpha",
    ),
    Family(
        name="ResNetRS", begins="resnetrs", modules=("resnet_rs",), inputs=RAW, head="fc",
    ),
    Family(
        name="ResNetV2", begins=r"resnet\d+v2|resnetv2",
        keras={"ResNet50V2": 2048, "ResNet101V2": 2048, "ResNet152V2": 2048},
        modules=("resnet_v2",), inputs=RANGE, timm_head="head",
    ),
    Family(
        name="ResNeXt", begins=r"s?e?resne[xs]t", head="fc", others=("ResNeXt50", "ResNeXt101"),
        torchvision=r"resnext\d+_\w+",
    ),
    Family(
        name="ResNet", begins=r"(?:wide|preact|se)?resnet",
        written=r"(?:wide|pre-?act|se)?[ -]?res-?ne[xs]?t(?:[ -]?v?\d{1,3})?(?:[ _-]?v2)?",
        keras={"ResNet50": 2048, "ResNet101": 2048, "ResNet152": 2048},
        others=("ResNet18", "ResNet34"), modules=("resnet50", "resnet"),
        inputs=BGR, torchvision=r"(?:wide_)?resnet\d+(?:_2)?", head="fc", transformers=("resnet",),
    ),
    Family(
        name="VGG", begins="vgg",
        written=r"vgg(?:[ -]?(?:f|m|s|11|13|16|19|face\d?))?(?:[ _-]?bn)?", norm="none",
        keras={"VGG16": 512, "VGG19": 512},
        others=("VGG11", "VGG13"), modules=("{}",), inputs=BGR, torchvision=r"vgg\d\d(?:_bn)?",
        timm_head="head", dropout=frozenset({"head"}),
    ),
    Family(
        name="AlexNet", begins="alexnet", written="alexnet", norm="none", others=("AlexNet",),
        torchvision="alexnet", dropout=frozenset({"head"}),
    ),
    Family(name="CaffeNet", begins="caffenet", written="caffenet", norm="none"),
    Family(
        name="LeNet", begins="lenet", written=r"lenet(?:[ -]?5)?", norm="none", others=("LeNet",)
    ),
    Family(
        name="SqueezeNet", begins="squeezenet", written="squeezenet", norm="none",
        others=("SqueezeNet",), inputs=BGR,
        torchvision=r"squeezenet1_[01]", dropout=frozenset({"head"}),
    ),
    Family(
        name="DenseNet", begins="densenet", written=r"dense-?net(?:[ -]?\d{2,3})?",
        keras={"DenseNet121": 1024, "DenseNet169": 1664, "DenseNet201": 1920},
        modules=("densenet",), inputs=STANDARDISED,
        torchvision=r"densenet\d+",
    ),
    Family(
        name="EfficientNetV2", begins="(?:tf)?efficientnetv2",
        keras={"EfficientNetV2B0": 1280, "EfficientNetV2B1": 1280, "EfficientNetV2B2": 1408,
               "EfficientNetV2B3": 1536, "EfficientNetV2S": 1280, "EfficientNetV2M": 1280,
               "EfficientNetV2L": 1280},
        modules=("efficientnet_v2",), inputs=RAW,
        torchvision=r"efficientnet_v2_\w+", dropout=frozenset({"body", "head"}),
    ),
    Family(
        name="EfficientNet", begins="(?:tf)?efficientnet(?!vit)", scales_for_imagenet=True,
        written=r"efficient-?net(?:[ _-]?v2)?(?:[ _-]?[bsml]\d?)?",
        keras={"EfficientNetB0": 1280, "EfficientNetB1": 1280, "EfficientNetB2": 1408,
               "EfficientNetB3": 1536, "EfficientNetB4": 1792, "EfficientNetB5": 2048,
               "EfficientNetB6": 2304, "EfficientNetB7": 2560},
        modules=("efficientnet",), inputs=RAW,
        torchvision=r"efficientnet_b\d", dropout=frozenset({"body", "head"}),
        transformers=("efficientnet",),
    ),
    Family(
        name="ConvNeXt", begins="convnext",
        written=r"convnext(?:[ _-]?(?:tiny|small|base|x?large))?", norm="layer",
        keras={"ConvNeXtTiny": 768, "ConvNeXtSmall": 768, "ConvNeXtBase": 1024,
               "ConvNeXtLarge": 1536, "ConvNeXtXLarge": 2048},
        modules=("convnext",), inputs=RAW, torchvision=r"convnext_\w+",
        timm_head="head", dropout=frozenset({"body"}), transformers=("convnext", "convnextv2"),
    ),
    Family(
        name="NASNet", begins="p?nasnet", written=r"nas-?net(?:mobile|large)?",
        called={"nasnet": "NASNetMobile"},
        keras={"NASNetMobile": 1056, "NASNetLarge": 4032},
        modules=("nasnet",), inputs=RANGE, timm_head="last_linear",
    ),
    Family(
        name="MnasNet", begins="(?:se)?mnasnet", written="mnasnet", torchvision=r"mnasnet\d_\d+",
        dropout=frozenset({"head"}),
    ),
    Family(
        name="RegNet", begins="regnet", written=r"regnet\w{0,3}", torchvision=r"regnet_[xy]_\w+",
        modules=("regnet",), inputs=RAW, head="fc", timm_head="head", transformers=("regnet",),
    ),
    Family(
        name="ShuffleNet", begins="shufflenet", written=r"shuffle-?net(?:[ _-]?v\d)?",
        torchvision=r"shufflenet_v2_\w+", head="fc",
    ),
    Family(
        name="ViT",
        begins=r"(?:flexi|naflex)?vit(?:(?:tiny|small|base|large|huge|giant|[blhs])\d*|$)",
        written=r"\bvit(?=\b|[ _-][bslh])", norm="layer", torchvision=r"vit_[blh]_\d\d",
        head="heads", timm_head="head", dropout=frozenset({"body"}), transformers=("vit",),
    ),
    Family(
        name="Swin", begins="swin", written=r"\bswin(?:[ _-]?v2)?\b", norm="layer",
        torchvision=r"swin_(?:v2_)?[tsb]", head="head", dropout=frozenset({"body"}),
        transformers=("swin", "swinv2"),
    ),
    Family(
        name="MaxViT", begins="maxx?vit", torchvision=r"maxvit_t", timm_head="head",
        dropout=frozenset({"body"}),
    ),
    Family(name="DeiT", begins="deit", norm="layer", head="head", transformers=("deit",)),
    Family(name="BEiT", begins="beit", norm="layer", head="head", transformers=("beit",)),
    Family(name="LeViT", begins="levit", head="head", transformers=("levit",)),
    Family(name="MobileViT", begins="mobilevit", head="head", transformers=("mobilevit",)),
    Family(name="DINOv2", begins="dinov2", norm="layer", transformers=("dinov2",)),
)  # fmt: skip
"""The first row whose `begins` fits a name is its family."""


def plain(name: str) -> str:
    """Return the small letters and digits of a name, without its library and its owner.

    >>> plain("torchvision.models.resnet50"), plain("google/vit-base-patch16-224")
    ('resnet50', 'vitbasepatch16224')
    """
    return re.sub(r"[\W_]", "", re.split(r"[/]|(?<=[a-z])\.(?=[a-z])", name)[-1].lower())


@cache
def family(name: str) -> Family | None:
    """Return the row of a network by its name in any library; `None` where it is not known."""
    key = plain(name)
    return next((f for f, begins in _BEGINS if begins.match(key)), None)


_BEGINS: Final = tuple((f, lazy_re.compile(f.begins)) for f in FAMILIES)


def holds_batchnorm(name: str) -> bool:
    """Return whether a library's network normalises by batch; most do, so one not known does."""
    found = family(name)
    return found is None or holds_some(found) or plain(name).endswith("bn")


def holds_batchnorm_as_published(name: str) -> bool | None:
    """Return the same where papers and libraries agree about a network, else `None`."""
    found = family(name)
    return None if found is not None and found.norm == "later" else holds_batchnorm(name)


def holds_none(known: Family) -> bool:
    """Return whether networks of a family hold no BatchNorm as they are published."""
    return known.norm not in {"batch", "later"}


def holds_some(known: Family) -> bool:
    """Return whether networks of a family hold BatchNorm as libraries build them."""
    return known.norm in {"batch", "later"}


PLAIN: Final = tuple(f.name for f in FAMILIES if f.norm == "none")
"""Families in which nothing normalises."""


def is_unnormalised(name: str) -> bool:
    """Return whether a network is known in which nothing normalises."""
    found = family(name)
    return found is not None and found.norm == "none" and not plain(name).endswith("bn")


def takes_width(name: str) -> bool:
    """Return whether Keras lets one choose how wide the network is (`alpha`)."""
    found = family(name)
    return found is not None and bool(found.width)


def widens_last_map(name: str) -> bool:
    """Return whether the channels of the last map grow with `alpha`."""
    found = family(name)
    return found is None or found.width != "alpha, not of the last map"


def module_of(name: str) -> str | None:
    """Return the keras.applications module whose `preprocess_input` a network of Keras needs.

    Functions of torchvision and timm, which are written small, have none.

    >>> module_of("ResNet50"), module_of("VGG19"), module_of("resnet50")
    ('resnet50', 'vgg19', None)
    """
    found = family(name) if name[:1].isupper() else None
    if found is None or not found.modules or (found.modules[0] == "{}" and name not in found.keras):
        return None
    return found.modules[0].format(plain(name))


INPUTS: Final[Mapping[str, Inputs]] = {
    module.format(plain(name)): f.inputs
    for f in FAMILIES
    for module in f.modules
    for name in f.keras or (f.name,)
    if f.inputs
} | {"imagenet_utils": BGR}
"""Modules of `keras.applications` -> what their `preprocess_input` gives."""


CHANNELS: Final[Mapping[str, int]] = {name: n for f in FAMILIES for name, n in f.keras.items()}
"""Functions of Keras -> channels of their last feature map at width 1."""
BEGINNINGS: Final = tuple(
    dict.fromkeys(re.sub(r"V\d$|RS$", "", f.name) for f in FAMILIES if f.modules)
)
"""How classes and functions of Keras begin that make such a network."""


def member(name: str) -> str | None:
    """Return the network of Keras whose name a name begins with, in any spelling.

    >>> member("mobilenetv2_0.35_96"), member("efficientnetv2-b0"), member("my_net")
    ('MobileNetV2', 'EfficientNetV2B0', None)
    """
    key = plain(name)
    return next((name for known, name in _LONGEST_FIRST if key.startswith(known)), None)


MEMBERS: Final[Mapping[str, str]] = {
    plain(name): name for f in FAMILIES for name in (*f.keras, *f.others)
}
"""Small letters and digits -> the name."""
_LONGEST_FIRST: Final = sorted(
    [
        *((known, name) for known, name in MEMBERS.items() if name in {*CHANNELS, OWN}),
        *(pair for f in FAMILIES for pair in f.called.items()),
    ],
    key=lambda pair: -len(pair[0]),
)


def is_of_keras(name: str) -> bool:
    """Return whether classes or functions of Keras of such a name make a known network."""
    return bool(_OF_KERAS.fullmatch(name))


_OF_KERAS: Final = lazy_re.compile(rf"(?:{'|'.join(BEGINNINGS)})\w*")


def arguments_of(name: str) -> tuple[str, ...]:
    """Return what a function of `keras.applications` is given without a name, in its order."""
    return KERAS.get(name, KERAS["VGG16"])


def is_of_others(name: str) -> bool:
    """Return whether functions of other libraries, which are written small, are named so."""
    return name[:1].islower() and family(name) is not None


def brings_weights(module: str) -> bool:
    """Return whether networks of a library have pretrained weights.

    Excerpts call the module of torchvision `models`.
    """
    return bool(_LIBRARIES.match(module))


_LIBRARIES: Final = lazy_re.compile(
    r"(?:tf|tf_keras|keras|keras_\w{1,40}|\w{0,20}tensorflow\w{0,20}|applications|torch|torchvision"
    r"|timm|efficientnet\w{0,20}|classification_models|segmentation_models\w{0,20}"
    r"|pretrainedmodels|vit_keras|resnest)(?:\.|$)|models$"
)


def drops_in(name: str, part: Literal["body", "head"]) -> bool:
    """Return whether a network drops units or blocks in its body, or in its classifier."""
    found = family(name)
    return found is not None and part in found.dropout


def is_of_torchvision(name: str) -> bool:
    """Return whether a function of torchvision makes the network of this name."""
    return bool(_OF_TORCHVISION.fullmatch(name))


_OF_TORCHVISION: Final = lazy_re.compile("|".join(f.torchvision for f in FAMILIES if f.torchvision))


def head_of(name: str, *, timm: bool = False) -> str:
    """Return the field in which a network of torchvision or timm holds its classifier."""
    found = family(name)
    return (timm and found.timm_head) or found.head if found is not None else "classifier"


def written(is_meant: Callable[[Family], bool] = lambda _: True) -> str:
    """Return how people write the names of such networks, as a regular expression.

    It ignores case, and has no group that counts.
    """
    return "|".join(f.written for f in FAMILIES if f.written and is_meant(f))


def begun(is_meant: Callable[[Family], bool]) -> str:
    """Return how the names of such networks begin in prose, rows without `written` included.

    >>> begun(lambda f: f.name == "MobileNetV3")
    'MobileNet[ _-]?V3'
    """
    return "|".join(_apart(f.name) for f in FAMILIES if is_meant(f))


STEMS: Final = "|".join(
    f.name for f in FAMILIES if f.written and (len(f.name) > len("LeNet") or f.norm == "none")
)
"""Beginnings of names that begin no other word; quicker to compile than `written`."""


def _apart(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=V\d$)", "[ _-]?", name)


def words() -> Iterator[str]:
    """Yield the names as entries of the lexicon: words, `*` for any ending."""
    for f in FAMILIES:
        if not f.written:
            continue
        yield f.name.lower()
        if len(f.name) > SHORT:
            yield f"{f.name.lower()}*"
    for key, name in MEMBERS.items():
        yield key
        if parts := re.fullmatch(r"([A-Za-z]+?)(V?\d+)", name):
            yield f"{parts[1]} {parts[2]}".lower()


SHORT: Final = 5
"""Names of so many letters begin other words as well."""
