"""What is said of layers, losses and arguments of Keras, in PyTorch's words."""

from __future__ import annotations

from typing import Final

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses

_WORDS: Final = tuple(
    (lazy_re.compile(keras), torch)
    for keras, torch in (
        *losses.in_torch(),
        (r"\bDense\b", "Linear"),
        (r"\bBatchNormalization\b", "BatchNorm"),
        (r"\bConv([123])D\b", r"Conv\1d"),
        (r"\bMaxPooling2D\b", "MaxPool2d"),
        (r"\bAveragePooling2D\b", "AvgPool2d"),
        (r"\bSpatialDropout2D\b", "Dropout2d"),
        (r"\bkeras\.datasets\.(\w+)", r"\1"),
        (r"`fit\(class_weight=\.\.\.\)`", "`CrossEntropyLoss(weight=...)`"),
    )
)
_QUOTED: Final = lazy_re.compile("(\u201c[^\u201c\u201d]*\u201d)")


def in_torch(text: str) -> str:
    """Return a sentence about a network in PyTorch's words; what is quoted stays as it is.

    >>> in_torch("2 Dense layers under sparse_categorical_crossentropy(from_logits)")
    '2 Linear layers under CrossEntropyLoss'
    """
    parts = _QUOTED.split(text)
    for pattern, word in _WORDS:
        parts[::2] = [pattern.sub(word, part) for part in parts[::2]]
    return "".join(parts)
