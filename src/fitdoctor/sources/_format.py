"""What a format is, and the table that every log format reads into."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import CURVE_NAMES, BatchCurve, Curve, Run

NUMBER = r"([-+]?\d{1,20}(?:\.\d{0,20})?(?:e[-+]?\d{1,3})?|nan)"
"""Pattern of a printed figure: whatever it matches, `float` takes."""


MOST_EPOCHS = 1_000_000_000


@dataclasses.dataclass
class Table:
    """One run's log: values by name and epoch, the digits as printed, and the lines it took."""

    values: dict[str, dict[int, float]] = dataclasses.field(default_factory=dict)
    digits: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    written: dict[str, str] = dataclasses.field(default_factory=dict)
    """Name of a curve -> the word that the source has for it, where that is another."""
    batches: dict[str, dict[tuple[int, int], float]] = dataclasses.field(default_factory=dict)
    """Figures within epochs: name of a curve -> (epoch, batch) -> value."""
    lines: set[int] = dataclasses.field(default_factory=set)
    n_train: int | None = None
    n_val: int | None = None
    steps: int | None = None
    seconds: list[float] = dataclasses.field(default_factory=list)
    total_epochs: int | None = None
    evaluated: dict[str, float] = dataclasses.field(default_factory=dict)
    """What a call of evaluate printed after training."""
    microseconds: bool = False
    """A step took less than a millisecond."""
    claims: list[Claim] = dataclasses.field(default_factory=list)
    """What is shown of curves without their figures."""
    keras: str | None = None
    """The major version of Keras, where no other prints rows in this form."""

    def put(
        self, epoch: int, name: str, value: float, digits: str, written: str | None = None
    ) -> None:
        """Keep one figure; an integer too large for a float becomes infinite.

        A number that no epoch can have was no epoch. `written` is the source's own word.
        """
        if not 0 <= epoch < MOST_EPOCHS:
            return
        try:
            number = float(value)
        except OverflowError:
            number = math.inf if value > 0 else -math.inf
        self.values.setdefault(name, {})[epoch] = number
        if written is not None and written.strip() != name:
            self.written[name] = written.strip()
        self.digits.setdefault(name, []).append(digits)

    def put_batch(self, epoch: int, batch: int, name: str, value: float) -> None:
        """Keep one figure of a batch within an epoch."""
        if 0 <= epoch < MOST_EPOCHS and 0 <= batch < MOST_EPOCHS:
            self.batches.setdefault(name, {})[epoch, batch] = float(value)

    def batch_curves(self) -> dict[str, BatchCurve]:
        """Return the curves within epochs; accuracies given in percent become shares of one."""
        curves = {}
        for name, by_batch in self.batches.items():
            places = np.array(sorted(by_batch), dtype=np.int64).reshape(-1, 2)
            values = np.array([by_batch[place] for place in sorted(by_batch)], dtype=np.float64)
            values = _as_shares(name, values)
            curves[name] = BatchCurve(places[:, 0], places[:, 1], values)
        return curves

    def curves(self) -> dict[str, Curve]:
        """Return the curves by name; accuracies given in percent become shares of one."""
        curves = {}
        for name, by_epoch in self.values.items():
            epochs = np.array(sorted(by_epoch), dtype=np.int64)
            values = np.array([by_epoch[e] for e in sorted(by_epoch)], dtype=np.float64)
            curves[name] = Curve(epochs, _as_shares(name, values))
        for name in ("loss", "accuracy"):
            # Measured after every epoch, a test set is what Keras calls validation.
            if name in curves and f"test_{name}" in curves and f"val_{name}" not in curves:
                curves[f"val_{name}"] = curves.pop(f"test_{name}")
        return curves


def _as_shares(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    percent = len(values) and np.nanmax(values, initial=-np.inf) > 1.5
    accuracies = {"accuracy", "val_accuracy", "test_accuracy"}
    return values / 100 if name in accuracies and percent else values


@dataclasses.dataclass(frozen=True)
class Network:
    """An architecture or settings found inside text, and the lines that they took."""

    recipe: Recipe
    lines: set[int]
    notes: tuple[str, ...] = ()
    n_train: int | None = None


@dataclasses.dataclass(frozen=True)
class Page:
    """Lines of text, and what the source itself says of them."""

    lines: Sequence[str]
    code: set[int] | None = None
    """The lines that are code."""
    text: frozenset[int] = frozenset()
    """The lines between code that explain it."""
    program: bool = False
    """A script or notebook: nobody asks in it, so what it says in words is no evidence."""
    cells: tuple[tuple[int, str], ...] = ()
    """Cells of Python 3 as they were written, each with the number of its first line."""


@dataclasses.dataclass(frozen=True)
class Format:
    """One kind of source; one or two of its functions are given.

    `find` and `find_model` look inside text, whatever file it came from. `read_file` and
    `to_page` are asked by the file's first bytes and return `None` where the file is of another
    kind; a kind that is recognised and cannot be read raises `UnreadableSourceError` with the
    reason and what to bring instead.
    """

    name: str
    find: Callable[[Sequence[str]], list[Table]] | None = None
    find_model: Callable[[Sequence[str]], Network | None] | None = None
    read_file: Callable[[Path, bytes], tuple[Run, ...] | None] | None = None
    to_page: Callable[[Path, bytes], Page | None] | None = None
    read_folder: Callable[[Path], tuple[Run, ...] | None] | None = None
    beside_logs: bool = True
    """False for what is looked for only where no other format found a log."""


_NAMES = {
    "acc": "accuracy",
    "acc.": "accuracy",
    "accu": "accuracy",
    "binary_accuracy": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "train_acc": "accuracy",
    "mini-batch_accuracy": "accuracy",
    "mini-batch_loss": "loss",
    "train_accuracy": "accuracy",
    "training_acc": "accuracy",
    "training_accuracy": "accuracy",
    "train_loss": "loss",
    "training_loss": "loss",
    "top1": "accuracy",
    "train_top1": "accuracy",
    "test_acc": "test_accuracy",
    "lr": "learning_rate",
    "base_learning_rate": "learning_rate",
}
_TRANSLATED = (
    (lazy_re.compile("训练|訓練|学習|обуч\\w*|трениров\\w*|entrenamiento|treino|treinamento|training"), "train"),
    (lazy_re.compile("验证|驗證|検証|测试|測試|валидаци\\w*|проверк\\w*|проверочн\\w*|validaci[oó]n|valida[cç][aã]o|walidacj\\w*"), "val"),
    (lazy_re.compile("损失|損失|потер[яи]|p[eé]rdida|perda|strata|verlust|perte"), "loss"),
    (lazy_re.compile("准确率|準確率|精度|正解率|точность|exactitud|precisi[oó]n|acur[aá]cia|dok[lł]adno[sś][cć]|genauigkeit"), "acc"),
)  # fmt: skip
_GROUPS = frozenset({"main", "train", "training", "val", "valid", "validation", "test"})
"""Chainer and others group by part: `validation/main/loss`, `val/loss`."""
_VALIDATION = ("val._", "val_", "valid_", "validation_")
_SHORT = {"tr_": "", "trn_": "", "va_": "val_", "vl_": "val_", "vld_": "val_", "dev_": "val_",
          "te_": "test_", "ts_": "test_", "tst_": "test_"}  # fmt: skip
"""How people shorten a part before a metric: `tr_loss`, `va_acc`."""
_SHORTENED = {"loss": "loss", "acc": "accuracy", "accuracy": "accuracy"}


@lru_cache(maxsize=4096)
def normal_name(name: str) -> str:
    """Return Keras' word for a metric; words it has none for stay as they are.

    >>> normal_name("val. acc."), normal_name("validation loss"), normal_name("lr")
    ('val_accuracy', 'val_loss', 'learning_rate')
    >>> normal_name("tr_acc"), normal_name("va_loss"), normal_name("te_acc")
    ('accuracy', 'val_loss', 'test_accuracy')
    """
    if not name.isascii():
        name = _translated(name)
    plain = "_".join(name.strip().strip("*").lower().replace(".", ". ").split())
    plain = plain.replace("._", "_").rstrip(".")
    if plain.partition("/")[0] in _GROUPS:
        plain = "_".join(word for word in plain.split("/") if word != "main")
    for prefix in _VALIDATION:
        if plain.startswith(prefix) and len(plain) > len(prefix):
            rest = plain[len(prefix) :]
            return "val_" + _NAMES.get(rest, rest)
    start, _, metric = plain.partition("_")
    if metric in _SHORTENED and f"{start}_" in _SHORT:
        return _SHORT[f"{start}_"] + _SHORTENED[metric]
    return _NAMES.get(plain, plain)


def _translated(name: str) -> str:
    """Return the English words of a metric that a page has in another language."""
    plain = name.lower()
    words = [english for pattern, english in _TRANSLATED if pattern.search(plain)]
    if words and words[-1] in {"loss", "acc"}:
        return " ".join(words[:1] + words[-1:] if len(words) > 1 else words)
    return name


def is_metric(name: str) -> bool:
    plain = normal_name(name)
    return plain in CURVE_NAMES or plain.endswith(("_loss", "_acc", "_accuracy"))
