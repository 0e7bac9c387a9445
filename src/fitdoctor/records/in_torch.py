"""What is said of layers, losses and arguments of Keras, in PyTorch's words."""

from __future__ import annotations

import re
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


_PYTORCH: Final = lazy_re.compile(
    r"\b(?:py)?torch(?:vision)?\b|\bmodel\.(?:train|eval)\(\)|\.backward\(\)|\bzero_grad\b"
    r"|\bDataLoader\b|\b(?:CrossEntropy|NLL|BCEWithLogits)Loss\b|\bnn\.[A-Z]|\brequires_grad\b",
    re.IGNORECASE,
)
_OTHERS: Final = lazy_re.compile(
    r"\b(?:keras|tensorflow|tf|fastai)\b|\b(?:model|net)\.(?:fit|compile|predict|evaluate)\(",
    re.IGNORECASE,
)


def speaks_pytorch(words: str) -> bool:
    """Return whether words are of somebody who uses PyTorch, and no other library is named.

    >>> speaks_pytorch("I call net.eval() and loss.backward()"), speaks_pytorch("torch or Keras?")
    (True, False)
    """
    return _PYTORCH.search(words) is not None and _OTHERS.search(words) is None
