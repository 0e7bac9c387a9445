"""Data sets that libraries bring, one row each: how many images or rows, and of which classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from fitdoctor import lazy_re


class Images(msgspec.Struct, frozen=True, kw_only=True):
    """A set whose examples have one label each; its images come as bytes, 0..255."""

    name: str
    """The module of `keras.datasets`, or what it would be called."""
    torchvision: str = ""
    """The class of torchvision."""
    training: int = 0
    """Training examples; 0 where a set has several parts to train on."""
    classes: int = 0
    keras: bool = True
    """`keras.datasets` has it."""
    pixels: bool = True
    """Examples are images, not texts."""
    digits: bool = False
    """Classes are digits, which flips turn into others."""
    usual: tuple[float, float] = (0.0, 0.0)
    """Test accuracies, from and to, of plain convolutional networks on the usual split."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of numbers: rows, columns and ends of the inputs, and the targets."""

    name: str
    """The function of scikit-learn that loads it, or the module of `keras.datasets`."""
    rows: int
    columns: int
    low: float
    high: float
    counts: tuple[int, ...] = ()
    """Rows of each class."""
    targets: tuple[float, float] = (0.0, 0.0)
    """Ends of the targets, where they are no classes."""
    in_order: bool = False
    """Rows of one class follow each other."""


IMAGES: Final[tuple[Images, ...]] = (
    Images(
        name="cifar100", torchvision="CIFAR100", training=50_000, classes=100, usual=(0.35, 0.8)
    ),
    Images(name="cifar10", torchvision="CIFAR10", training=50_000, classes=10, usual=(0.65, 0.955)),
    Images(
        name="fashion_mnist",
        torchvision="FashionMNIST",
        training=60_000,
        classes=10,
        usual=(0.88, 0.945),
    ),
    Images(
        name="mnist",
        torchvision="MNIST",
        training=60_000,
        classes=10,
        digits=True,
        usual=(0.975, 0.9965),
    ),
    Images(
        name="svhn", torchvision="SVHN", classes=10, keras=False, digits=True, usual=(0.88, 0.97)
    ),
    Images(name="imagenet", torchvision="ImageNet", training=1_281_167, classes=1000, keras=False),
    Images(name="imdb", training=25_000, classes=2, pixels=False),
    Images(name="reuters", training=8_982, classes=46, pixels=False),
)
"""A name that begins as another does stands before it."""
TABLES: Final[tuple[Table, ...]] = (
    Table(name="load_iris", rows=150, columns=4, low=0.1, high=7.9, counts=(50, 50, 50),
          in_order=True),
    Table(name="load_wine", rows=178, columns=13, low=0.13, high=1680.0, counts=(59, 71, 48),
          in_order=True),
    Table(name="load_breast_cancer", rows=569, columns=30, low=0.0, high=4254.0,
          counts=(212, 357)),
    Table(name="load_digits", rows=1797, columns=64, low=0.0, high=16.0,
          counts=(178, 182, 177, 183, 181, 182, 181, 179, 174, 180)),
    Table(name="load_diabetes", rows=442, columns=10, low=-0.14, high=0.2, targets=(25.0, 346.0)),
    Table(name="boston_housing", rows=404, columns=13, low=0.0, high=711.0, targets=(5.0, 50.0)),
    Table(name="california_housing", rows=16512, columns=8, low=-124.35, high=35682.0,
          targets=(14999.0, 500001.0)),
)  # fmt: skip
BY_TABLE: Final[Mapping[str, Table]] = {table.name: table for table in TABLES}
OF_TORCHVISION: Final = frozenset(s.torchvision for s in IMAGES if s.torchvision)
TWO: Final = 2
FOLDER: Final = "ImageFolder"
"""The class of torchvision that reads somebody's own images."""


def known_set(origin: str) -> Images | None:
    """Return the set that a call loads, as code or its flow writes it.

    >>> known_set("keras.datasets.cifar10.load_data()").classes
    10
    >>> known_set("FashionMNIST('.', train=True)").training
    60000
    """
    return next((s for s in IMAGES if _loads(s, origin)), None)


def named_set(sentence: str) -> Images | None:
    """Return the set of images that a sentence names; the longest name in it counts.

    >>> named_set("Fashion-MNIST, two layers").name, named_set("my own photos")
    ('fashion_mnist', None)
    """
    plain = re.sub(r"[-_ ]", "", sentence.lower())
    found = [s for s in IMAGES if s.name.replace("_", "") in plain]
    return max(found, key=lambda s: len(s.name), default=None)


def _loads(known: Images, origin: str) -> bool:
    name = known.torchvision.lower()
    plain = origin.lower()
    of_torch = bool(name) and (plain.startswith(f"{name}(") or f".{name}(" in plain)
    return of_torch or f"{known.name}.load_data" in origin


def holds_bytes(origin: str) -> bool:
    """Return whether a call of Keras loads images, which come as bytes."""
    named = any(s.name in origin for s in IMAGES if s.keras and s.pixels)
    return named and "load_data()" in origin


def holds_digits(origin: str) -> bool:
    """Return whether a call loads images of digits, which flips turn into others."""
    return bool(_DIGITS.search(origin))


_DIGITS: Final = lazy_re.compile(
    "|".join(rf"(?<!\w){s.name}\b|\b{s.torchvision}\(" for s in IMAGES if s.digits)
)
TABLES_OF_PIXELS: Final = r"mnist|digit-?_?recognizer"
"""Files that hold images as rows of a table, by their names: a regular expression."""
GIVE_IMAGES: Final = rf"\b(?:{'|'.join([FOLDER, *sorted(OF_TORCHVISION)])})\("
"""Calls of torchvision that give images: a regular expression."""
GIVE_CLASS_NUMBERS: Final = (
    "make_classification", "make_blobs", "make_moons", "make_circles", "make_gaussian_quantiles",
    *(table.name for table in TABLES if table.counts),
)  # fmt: skip
"""Functions of scikit-learn whose labels are class numbers."""
LABELS_BY_NUMBER: Final = (
    rf"(?:\w+\.)*(?:{'|'.join(s.name for s in IMAGES if s.keras and s.classes > TWO)})"
    r"\.load_data\(.*\[1\]$"
)
"""Labels of sets of Keras, which are class numbers: a regular expression."""
_OF_TEN: Final = (
    r"\bcifar[- _]?10\b|\b(?:fashion[- _]?|k|q)?mnist\b|\bsvhn\b|\bstl[- ]?10\b|\bimagenette\b"
    r"|\beurosat\b|\b(?:hand-?written|the|all|ten) digits\b"
    r"(?! (?:\d|after|in front|one|zero|of (?:the )?(?:loss|accuracy)))"
)
_IMAGENET: Final = (
    r"(?<!tiny )(?<!tiny-)(?<!trained )(?<!on the )"
    r"\b(?:trai?n(?:ing|ed)?|learn\w*|\w*net\w*) on (?:the )?imagenet(?:[- ]?1k)?\b"
    r"(?! weights| pre)"
    r"|(?<!tiny )(?<!tiny-)\bimagenet(?:[- ]?1k)?,? (?:training |classification )?from scratch\b"
)
WRITTEN: Final[tuple[tuple[int, str], ...]] = (
    (100, r"\bcifar[- _]?100\b"),
    (10, _OF_TEN),
    (200, r"\btiny[- ]?imagenet\b|\bcub[- ]?200\b"),
    (1000, _IMAGENET),
    (101, r"\b(?:food|caltech)[- ]?101\b"),
    (102, r"\b(?:oxford[- ]?)?flowers?[- ]?102\b|\boxford flowers\b"),
    (256, r"\bcaltech[- ]?256\b"),
    (120, r"\bstanford dogs\b"),
    (196, r"\bstanford cars\b"),
    (43, r"\bgtsrb\b"),
)
"""How many classes a set has that people name: a number and a regular expression."""
_MIXED: Final = lazy_re.compile(
    r"\b(?:keras\.)?datasets\.\w{1,40}\.load_data\(|\b\w{1,40}\.load_data\(\)|\btfds\.load\("
    r"|\b(?:CIFAR100?|(?:Fashion|K|E|Q)?MNIST|SVHN|USPS|STL10)\("
)


def stored_mixed(origin: str) -> bool:
    """Return whether a call loads a set whose files hold all classes in a random order."""
    return bool(_MIXED.search(origin))
