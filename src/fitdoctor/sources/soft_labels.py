"""How labels are softened: label smoothing, and mixup or CutMix, wherever a text sets them.

Arguments and options have exact names; in sentences the number stands behind the name, and counts
only where it is said of the training as it is. These labels have an entropy of their own, below
which no training loss can fall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.records.recipe import Augmentation, Recipe
from fitdoctor.sources._format import Format, Network
from fitdoctor.sources._scope import context
from fitdoctor.sources._text import sentences

MOST_LINE = 2000
_VALUE = r"(0?\.\d{1,6}|0|1(?:\.0{0,3})?|[2-9](?:\.\d{1,3})?)(?!\w|\.\d|\s?%)"
_NAMES = (
    ("smoothing", r"(?:label_?smoothing(?:_factor)?|smoothing|smooth_?labels?)"),
    ("mixed", r"(?:mix_?up(?:_alpha)?|cut_?mix(?:_alpha)?)"),
)
_WRITTEN = tuple(
    (what, lazy_re.compile(rf"(?i)(?<![\w.])(?:--)?{name}['\"]?\s{{0,2}}[=:]\s{{0,2}}{_VALUE}"))
    for what, name in _NAMES
)
_OPTION = tuple(
    (what, lazy_re.compile(rf"(?i)(?<![\w-])--{name.replace('_?', '[_-]?')}\s{{1,3}}{_VALUE}"))
    for what, name in _NAMES
)
_SAID = (
    ("smoothing", lazy_re.compile(
        rf"(?i)\blabel[ -]smoothing(?: \w{{1,9}}){{0,2}}[ =(]{{1,2}}{_VALUE}")),
    ("mixed", lazy_re.compile(
        rf"(?i)\b(?:mix-?up|cutmix)(?: (?:alpha|of|with|at|is)){{0,2}}[ =(]{{1,2}}{_VALUE}")),
)  # fmt: skip
MOST_SMOOTHING = 0.6


def find_model(lines: Sequence[str]) -> Network | None:
    """Return what softens the labels, as settings; the lines are left to other readers."""
    found: dict[str, float] = {}
    for line in lines:
        if len(line) > MOST_LINE or not _MAY_TELL.search(line):
            continue
        for what, value in _set(line):
            if value > 0 and (what == "mixed" or value <= MOST_SMOOTHING):
                found.setdefault(what, value)
    if not found:
        return None
    mixed = found.get("mixed")
    augmentation = Augmentation(mixup=mixed) if mixed else None
    recipe = Recipe(label_smoothing=found.get("smoothing"), augmentation=augmentation)
    return Network(recipe, set())


_MAY_TELL = lazy_re.compile(r"(?i)smooth|mix")


def _set(line: str) -> Iterator[tuple[str, float]]:
    """Yield what a line sets: by its arguments and options, else by what its sentences say."""
    bare = line.partition("#")[0]
    for what, pattern in (*_WRITTEN, *_OPTION):
        for match in pattern.finditer(bare):
            yield what, float(match[1])
    for sentence in sentences(line):
        for what, pattern in _SAID:
            for match in pattern.finditer(sentence):
                claim = Claim(predicate="softened", value=float(match[1]), sentence=sentence)
                said = context(sentence, [match.span(1)], given=True).claims(claim)
                if any(one.is_evidence for one in said):
                    yield what, float(match[1])


FORMAT = Format("softened labels", find_model=find_model)
