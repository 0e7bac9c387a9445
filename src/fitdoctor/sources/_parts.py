"""Parts of a training that are in use where they are named, unless they are spoken of in general."""

from __future__ import annotations

import re

from fitdoctor import lazy_re
from fitdoctor.sources._frames import spoken
from fitdoctor.sources._scope import Context

PARTS = frozenset(
    {"dropout_used", "batchnorm_used", "regularized", "class_weights_used", "early_stopping_used",
     "augmented", "loss_used", "optimizer_used"}
)  # fmt: skip
"""What is in use where it is named, unless it is spoken of in general."""
_GENERAL = lazy_re.compile(
    r"\s?(?:layers? |itself )?(?:is|are|helps?|prevents?|should|does|makes?|belongs?|can|will|would|works?|acts?|means|нужен|нужна|помогает|должен|需要|应该|有助于|soll|hilft|verhindert|évite|sert|ayuda|evita|ajuda)\b",
    re.IGNORECASE,
)
_OF_PRACTICE = lazy_re.compile(
    r"\s?(?:\w+ ){0,2}(?:is (?:an? |very )?(?:important|needed|necessary|recommended|crucial|useful|key|part)|can|may|might|helps?|should|leads?|prevents?|speeds?|makes?|allows?|reduces?|will|means)\b|\s?(?:\w+\s){0,2}(?:—|-|–)\s?это|\s(?:может|позволяет|помогает|нужн\w|важн\w|приводит)",
    re.IGNORECASE,
)
_OWN = lazy_re.compile(
    r"\b(?:the|my|our|mein\w*|der|die|das|mi|meu|minha|mon|ma)\s(?:\w+\s)?$", re.IGNORECASE
)
_HELPED = lazy_re.compile(
    r"[^.;]{0,60}?\b(?:help\w*|chang\w* (?:any|much|it|the)|improv\w*|made|make|makes|work\w*|bring\w*|brought)\b|[^.;]{0,60}?(?:помог|меняет|изменил|поменял|улучш)|[^。]{0,20}(?:没用|没有用|无效)|[^.;]{0,60}?\b(?:ayud|ajud|aid|gehol|hilf)\w*",
    re.IGNORECASE,
)
_NEITHER = lazy_re.compile(r"\b(?:neither|nor|weder|noch|ni|nem)\b|(?<!\w)ни(?!\w)", re.IGNORECASE)


def did_nothing(sentence: str, span: tuple[int, int]) -> bool:
    """Return whether a part is denied an effect, not its use: "neither dropout nor L2 helped"."""
    return bool(_NEITHER.search(sentence[: span[0]]) and _HELPED.match(sentence, span[1]))


NEAR_USE = 32


def in_general(sentence: str, span: tuple[int, int], meant: Context, name: str) -> bool:
    """Return whether a part is spoken of in general, or asked about without being said to be used."""
    if meant.polarity == "negated" or meant.time != "now":
        return False
    used = any(
        "USE" in w.concepts
        and (0 <= span[0] - w.end <= NEAR_USE or 0 <= w.start - span[1] <= NEAR_USE)
        for w in spoken(sentence)
    )
    if meant.holder == "answer":
        return True
    done = sentence[span[0] : span[1]].lower().endswith(("ing", "ание", "ение", "ция", "изация"))
    if name not in PARTS:
        return done and bool(_OF_PRACTICE.match(sentence, span[1])) and not used
    if meant.certainty != "observed" or meant.holder == "documentation":
        return not used
    return (
        bool(_GENERAL.match(sentence, span[1]))
        and not _OWN.search(sentence[: span[0]])
        and not used
    )
