"""What the words of a question say of the recipe, where no code does: backbone, optimizer, loss."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses, optimizers
from fitdoctor.catalogue.backbones import CHANNELS, MEMBERS, plain
from fitdoctor.records.claim import Claim
from fitdoctor.records.recipe import Backbone, Layer, Optimizer
from fitdoctor.sources._named import NETWORK
from fitdoctor.sources._scope import context
from fitdoctor.sources._text import sentences

_I = re.IGNORECASE
_FROZEN = lazy_re.compile(
    r"\b(?:frozen|freez\w+|froze)\b|\bfixed feature extract\w+|\bas (?:a )?feature extract\w+|trainable\s?=\s?False|заморо\w+|冻结|congel\w+|eingefroren|gelé\w*", _I
)  # fmt: skip
_LEARNS = lazy_re.compile(
    r"\b(?:un-?fr[eo]e?z\w+|all (?:the )?layers (?:are )?(?:trainable(?!\s?=\s?False)|trained)|fine-?tun\w+ (?:all|the whole|everything)|fully (?:trainable|fine-?tuned))\b|trainable\s?=\s?True|разморо\w+|解冻",
    _I,
)  # fmt: skip
_OPTIMIZER = lazy_re.compile(
    rf"\b({optimizers.WRITTEN})\b"
    r"(?:(?:,(?= ?(?:lr|learning)))?[^.;,\n]{0,30}?(?:\b(?:lr|learning[ _-]?rate|rate|step size)\b\s*(?:=|:|of|is|at)?\s*|\(|\bat\s)"
    r"(?P<rate>\d*[.,]?\d+(?:e-?\d+)?)(?![\d%]))?"
    r"(?:[^.;\n]{0,20}?\bmomentum\b\s*(?:=|:|of|is)?\s*(?P<momentum>0?[.,]\d+))?",
    _I,
)  # fmt: skip


FIRST_WORDS = 4
"""A network that begins its sentence and does something there is one compared with."""


def backbone(lines: list[str]) -> Backbone | None:
    """Return the one backbone that the prose names, frozen or not where that is said of it.

    Other networks that a sentence compares with ("with VGG16 it works") are not the asker's.
    """
    found: dict[str, list[str]] = {}
    for sentence in _sentences(lines):
        for match in NETWORK.finditer(sentence):
            if sentence[match.end() : match.end() + 1].isalnum():
                continue
            beside = match.start() < FIRST_WORDS and _BESIDE.match(sentence[match.end() :])
            before = sentence[: match.start()][-40:]
            own = _OWN.search(before) or _FROZEN_THEN.match(sentence[match.end() :])
            compared = _COMPARED.search(before) and not own
            if not beside and not compared and _in_use(sentence, match.span()):
                name = MEMBERS.get(plain(match["of"]), "")
                if name in CHANNELS:
                    found.setdefault(name, []).append(sentence)
    if len(found) != 1:
        return None
    ((name, said),) = found.items()
    text = " ".join(said)
    frozen, learns = bool(_FROZEN.search(text)), bool(_LEARNS.search(text))
    known = None if frozen == learns else learns
    pretrained = known is not None or _PRETRAINED.search(text)
    return Backbone(name=name, trainable=known, weights="imagenet" if pretrained else None)


def _in_use(sentence: str, span: tuple[int, int]) -> bool:
    """Return whether a thing is said to be in use, rather than asked about, advised or planned."""
    meant = context(sentence, [span])
    return meant.certainty != "asked" and meant.time != "expected" and meant.holder == "asker"


_PRETRAINED = lazy_re.compile(
    r"\bkeras\.applications\b|\bimagenet\b|\bpre-?trained\b|\btransfer learning\b|\bfine-?tun\w+",
    _I,
)


_BESIDE = lazy_re.compile(
    r"^\s*(?:does not|doesn'?t|do not|don'?t|works?|is fine|trains?|has no|learns?|gets?|reach\w*|gave|gives|shows?|needs?|in the same (?:script|code|set-?up|notebook)|in its place|instead)\b", _I
)  # fmt: skip
_FROZEN_THEN = lazy_re.compile(r"^\W{0,2}(?:is |was |all )?(?:frozen|freezed)\b", _I)
_OWN = lazy_re.compile(r"\b(?:my|our|the|a) (?:frozen|pre-?trained|fine-?tuned)\s+$", _I)
_COMPARED = lazy_re.compile(
    r"(?:\b(?:with|mit|avec|con|com|while|whereas|unlike|than|instead of|compared (?:to|with)|same (?:code|script)|but|used|using|tried|try)\b|\bс\b|用|换成)[^.,;]{0,30}$",
    _I,
)  # fmt: skip


def optimizer(lines: list[str]) -> Optimizer | None:
    """Return the one optimizer that the prose names, with its rate and momentum if given."""
    found: dict[str, re.Match[str]] = {}
    for sentence in _sentences(lines):
        for match in _OPTIMIZER.finditer(sentence):
            if _COMPARED_RATE.search(sentence[: match.start()][-30:]):
                continue
            if not _in_use(sentence, match.span(1)):
                continue
            known = optimizers.optimizer(match[1])
            name = known.name if known is not None else match[1]
            if name not in found or (match["rate"] and not found[name]["rate"]):
                found[name] = match
    if len(found) != 1:
        return None
    ((name, match),) = found.items()
    return Optimizer(
        name=name, learning_rate=_number(match["rate"]), momentum=_number(match["momentum"])
    )


_COMPARED_RATE = lazy_re.compile(
    r"\b(?:tried|try|also|instead of|switch\w*|chang\w+|replac\w+|not|than|like|or|if|when)\b[^.,;]{0,20}$", _I
)  # fmt: skip


_SOFTMAX_ALONE = lazy_re.compile(
    r"\b(?:one|a single|1|single) (?:output )?(?:neuron|unit|node|output)\b[^.;\d]{0,20}\bsoftmax\b"
    r"|\bsoftmax\b[^.;\d]{0,20}\b(?:one|a single|1) (?:output )?(?:neuron|unit|node|output)\b",
    _I,
)
_LAST_LAYER = lazy_re.compile(
    r"\b(?:last|output|final) layer\b[^.;\d]{0,15}\b(?:has|with|of|is)\b[^.;\d]{0,12}(\d{1,4}) (?:units|neurons|nodes|outputs)\b[^.;\d]{0,25}\bsoftmax\b",
    _I,
)
_SOFTMAX = lazy_re.compile(
    r"\bsoftmax\b[^.;\d]{0,25}\b(?:with|of|over|has|have|for)\s(\d{1,4})\s(?:outputs?|units|neurons|nodes|classes)"
    r"|\b(\d{1,4})\s(?:softmax (?:outputs?|units|neurons|nodes)|(?:outputs?|units|neurons|nodes)[^.;\d]{0,20}\bsoftmax)\b",
    _I,
)


def output(lines: list[str], classes: int | None = None) -> tuple[Layer, ...]:
    """Return the output layer where it is said how wide the softmax is, or how many classes."""
    found = next((m for line in lines[:500] if (m := _SOFTMAX.search(line[:2000]))), None)
    units = int(found[1] or found[2]) if found else None
    if last := next((m for s in _sentences(lines) if (m := _LAST_LAYER.search(s))), None):
        units = int(last[1])
    if units is None and any(_SOFTMAX_ALONE.search(s) for s in _sentences(lines)):
        units = 1
    if units is None and any(re.search(r"\bsoftmax\b", s, _I) for s in _sentences(lines)):
        units = classes
    return (Layer(kind="Dense", units=units, activation="softmax"),) if units else ()


def loss(said: Sequence[Claim]) -> str | None:
    """Return the one loss that the asker says is in use."""
    found = {c.subject.named for c in said if c.predicate == "loss_used" and c.is_evidence}
    name = found.pop() if len(found) == 1 else None
    return name if name in losses.NAMES else None


def _sentences(lines: list[str]) -> list[str]:
    return [s for line in lines[:500] for s in sentences(line[:2000])]


def _number(text: str | None) -> float | None:
    return float(text.replace(",", ".")) if text else None
