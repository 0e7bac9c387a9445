"""Losses, one row each: their names in Keras, in PyTorch and in prose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from fitdoctor import lazy_re


class InTorch(msgspec.Struct, frozen=True):
    """A loss of PyTorch: the class of `torch.nn` and the function of `torch.nn.functional`."""

    kind: str
    function: str
    applies: Literal["", "softmax", "sigmoid"] = ""
    """The activation that it applies itself, to scores."""


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What a training brings down."""

    name: str = ""
    """The function of Keras, or what rules call it; nothing where rules know no such loss."""
    keras: bool = True
    """Keras has it by this name."""
    also: tuple[str, ...] = ()
    """Other strings of Keras that mean it."""
    of: Literal["classes", "numbers", "margins", ""] = ""
    """What it compares with the labels."""
    labels: str = ""
    """The form of labels that it takes, where rules choose a loss by it."""
    torch: tuple[InTorch, ...] = ()
    written: str = ""
    """How people write it, without regard to case."""
    letters: tuple[str, ...] = ()
    """The letters of other names that people write for it."""


_MSE: Final = (
    r"mean[ _-]squared[ _-]error|\bMSE loss\b|\bMSE (?=(?:as|for) (?:the |my )?loss\b)"
    r"|(?<=loss is )MSE\b|(?<=loss=)MSE\b|(?<=loss: )MSE\b|(?<=loss = )MSE\b"
)
LOSSES: Final[tuple[Loss, ...]] = (
    Loss(
        name="sparse_categorical_crossentropy", of="classes", labels="integer",
        torch=(InTorch("CrossEntropyLoss", "cross_entropy", "softmax"),),
        written=r"sparse[ _-]?categorical[ _-]?cross[ _-]?entropy|\bCrossEntropyLoss\b",
    ),
    Loss(
        name="categorical_crossentropy", also=("cce",), of="classes", labels="one-hot",
        torch=(InTorch("CrossEntropyLoss", "cross_entropy", "softmax"),),
        written=r"categorical[ _-]?cross[ _-]?entropy",
    ),
    Loss(
        name="binary_crossentropy", also=("bce", "BCE"), of="classes", labels="many-hot",
        torch=(
            InTorch("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "sigmoid"),
            InTorch("BCELoss", "binary_cross_entropy"),
        ),
        written=r"binary[ _-]?cross[ _-]?entropy|\bBCE(?:WithLogits)?Loss\b|\bBCE\b",
        letters=("bceloss", "bcewithlogitsloss"),
    ),
    Loss(name="categorical_focal_crossentropy", of="classes"),
    Loss(name="binary_focal_crossentropy", of="classes"),
    Loss(
        name="negative_log_likelihood", keras=False, of="classes",
        torch=(InTorch("NLLLoss", "nll_loss"),), written=r"\bNLLLoss\b",
    ),
    Loss(name="focal_loss", keras=False, written=r"\bfocal[ _-]?loss\b", letters=("focalloss",)),
    Loss(name="softmax_cross_entropy", keras=False, written=r"softmax_cross_entropy"),
    Loss(
        name="mean_squared_error", also=("mse", "MSE"), of="numbers",
        torch=(InTorch("MSELoss", "mse_loss"),), written=_MSE, letters=("mseloss",),
    ),
    Loss(
        name="mean_absolute_error", also=("mae", "MAE"), of="numbers",
        torch=(InTorch("L1Loss", "l1_loss"),), written=r"\bmean absolute error\b",
    ),
    Loss(name="mean_squared_logarithmic_error", also=("msle", "MSLE"), of="numbers"),
    Loss(name="mean_absolute_percentage_error", also=("mape", "MAPE"), of="numbers"),
    Loss(
        name="huber", of="numbers",
        torch=(InTorch("HuberLoss", "huber_loss"), InTorch("SmoothL1Loss", "smooth_l1_loss")),
    ),
    Loss(name="log_cosh", also=("logcosh",), of="numbers"),
    Loss(
        name="hinge", of="margins", torch=(InTorch("HingeEmbeddingLoss", "hinge_embedding_loss"),),
        written=r"\bhinge(?:[ _-]loss)?\b", letters=("hingeloss",),
    ),
    Loss(name="squared_hinge", of="margins"),
    Loss(name="categorical_hinge", of="margins"),
    Loss(
        name="kl_divergence", also=("kld", "KLD"), torch=(InTorch("KLDivLoss", "kl_div"),),
        written=r"\bkullback\w*|\bkl[ _-]divergence\b",
    ),
    Loss(name="poisson", torch=(InTorch("PoissonNLLLoss", "poisson_nll_loss"),)),
    Loss(name="ctc", torch=(InTorch("CTCLoss", "ctc_loss"),)),
    Loss(name="cosine_similarity"),
    Loss(name="dice"),
    Loss(name="tversky"),
    Loss(torch=(InTorch("SoftMarginLoss", "soft_margin_loss"),)),
    Loss(torch=(InTorch("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", "sigmoid"),)),
    Loss(torch=(InTorch("GaussianNLLLoss", "gaussian_nll_loss"),)),
    Loss(torch=(InTorch("CosineEmbeddingLoss", "cosine_embedding_loss"),)),
    Loss(torch=(InTorch("TripletMarginLoss", "triplet_margin_loss"),)),
    Loss(torch=(InTorch("MarginRankingLoss", "margin_ranking_loss"),)),
)  # fmt: skip
"""Where two rows have a name of PyTorch, it means the first."""
NAMES: Final = frozenset(loss.name for loss in LOSSES if loss.keras and loss.of)
"""Losses of Keras that say what the labels are."""
ALIASES: Final[Mapping[str, str]] = {alias: loss.name for loss in LOSSES for alias in loss.also}
FULL_NAMES: Final = lazy_re.compile(
    "|".join(
        name for loss in LOSSES if loss.keras and loss.name for name in (loss.name, *loss.also)
    )
)
"""Losses by their full names; one of somebody's own may hold any formula."""
OF_TORCH: Final[Mapping[str, tuple[str, InTorch]]] = {
    kind: (loss.name, known)
    for loss in reversed(LOSSES)
    for known in loss.torch
    for kind in (known.kind, known.function)
}
"""Classes and functions of PyTorch -> the name of the loss, and its row."""
CRITERIA: Final = frozenset(known.kind for loss in LOSSES for known in loss.torch if loss.name)
"""Classes of PyTorch that rules have a name for."""
NUMERIC: Final = frozenset(
    name for loss in LOSSES if loss.of == "numbers" for name in (loss.name, *loss.also)
)
"""Losses of regressions, under any of their names."""
HINGES: Final = frozenset(loss.name for loss in LOSSES if loss.of == "margins")
FOR_LABELS: Final[Mapping[str, str]] = {loss.labels: loss.name for loss in LOSSES if loss.labels}
"""Forms of the labels of classes -> the loss of Keras that takes them."""
WRITTEN: Final = "|".join(loss.written for loss in LOSSES if loss.written)
"""How people write them: a regular expression without a group that counts."""
BY_LETTERS: Final[Mapping[str, str]] = {
    letters: loss.name
    for loss in LOSSES
    if loss.written
    for letters in (loss.name.replace("_", ""), *map(str.lower, loss.also), *loss.letters)
}
"""The letters of a loss as people write it -> its name."""


def in_torch() -> Iterator[tuple[str, str]]:
    """Yield how rules write each loss, as a regular expression, and the class of PyTorch.

    A name of one word is a word of English as well, and is left.
    """
    for loss in LOSSES:
        one = len(loss.torch) == 1
        for known in loss.torch if "_" in loss.name else ():
            scores = r"(?:\(from_logits\))?" if one else r"\(from_logits\)" if known.applies else ""
            yield rf"\b{loss.name}\b{scores}", known.kind
