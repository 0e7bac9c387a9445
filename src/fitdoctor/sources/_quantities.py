"""Figures of data and settings: a number is of what it stands beside, with nothing but filling between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Subject
from fitdoctor.sources._bound import Bound, filled, fits
from fitdoctor.sources._concepts import Word
from fitdoctor.sources._fillers import BEFORE_UNIT, FILLING, OF
from fitdoctor.sources._frames import spoken
from fitdoctor.sources._image_counts import of_images
from fitdoctor.sources._numerals import Number, numbers
from fitdoctor.sources._scope import Context, context

QUANTITIES = frozenset({"n_classes", "batch_size", "learning_rate", "epochs", "n_train", "n_val"})
_NO_COUNT = lazy_re.compile(
    r"(?:\b(?:after|in|within|first|last|every|each|past|per|another|around|at|until|till|from|to|nach|tras|após|après|hace)|после|через|за|первы[ехм]|последни[ехм]|каждые|前|第|每|最后)\s?(?:about |around |the |only |just |roughly |~ ?)?$",
    re.IGNORECASE,
)
_BEHIND = lazy_re.compile(r"\s?(?:之?后|以后|以内|内|时|目|後|이후|후)")
_UNTIL = lazy_re.compile(
    r"\s(?:before|until|till|later|earlier|in\b|into|ago|to (?:reach|get|converge))\b",
    re.IGNORECASE,
)
"""Behind epochs that pass until something happens."""
_FROM_TO = lazy_re.compile(
    r",?\s?(?:\w{1,12} )?(?:(?:and|but|so) )?(?:(?:then|later) )?(?:i|we)(?:'ve| have)? (?:then |later |now |just )?(?:lowered|raised|changed|increased|reduced|set|dropped|switched|cut|moved|bumped|decreased|brought) (?:it|that|this) (?:up |down )?to\s?|\s?(?:to|->|→|на|до|到|改成|改为|变成|换成|调到|降到|增加到|auf|a|para|à|から|에서)\s?",
    re.IGNORECASE,
)
_INSTEAD = lazy_re.compile(
    r"\s?(?:instead of|rather than|statt|вместо|en lugar de|em vez de|au lieu de|而不是)\s?$",
    re.IGNORECASE,
)


_AMOUNTS_TO = lazy_re.compile(r"\s?(?:[:=：]|有|一共有?|共有?|数量是|数は|は|는|은)\s?(?:大约|约)?")


def quantities(sentence: str) -> Iterator[Claim]:
    """Yield figures of data and settings, each as it is meant."""
    seen: set[tuple[str, float, str]] = set()
    for bound in bound_figures(sentence):
        number = bound.number
        value = number.share if bound.name in _DECIMAL else number.whole
        if (bound.name, value, bound.time) in seen:
            continue
        seen.add((bound.name, value, bound.time))
        meant = context(sentence, [(number.start, number.end)], given=True)
        if (
            not bound.time
            and meant.time == "now"
            and _CHANGED_TO.search(sentence[max(0, number.start - 70) : number.start])
        ):
            meant = meant._replace(time="after")
        if bound.time:
            meant = Context(holder=meant.holder, time=bound.time)  # type: ignore[arg-type]
        elif bound.name == "n_classes" and meant.time == "expected":
            meant = meant._replace(time="now")
        yield from meant.claims(
            Claim(
                predicate=bound.name,
                value=value,
                sentence=sentence.strip(),
                subject=Subject(split=bound.split),
            )
        )


def rate_beside(sentence: str, span: tuple[int, int]) -> float | None:
    """Return the rate of what stands at a place: "dropout of 0.4", "0.25 dropout"."""
    for number in numbers(sentence):
        behind = span[1] <= number.start and filled(sentence, span[1], number.start, FILLING)
        before = number.end <= span[0] and filled(sentence, number.end, span[0], OF)
        if (behind or before) and 0 < number.share < 1:
            return number.share
    return None


_CHANGED_TO = lazy_re.compile(
    r"(?:\b(?:lower|reduc|decreas|increas|rais|chang|switch|drop|senk|erhöh|baj|sub|cambi|baiss|pass|mud|aument|diminu)\w{0,6}\b|уменьш\w{0,8}|сниз\w{0,8}|увелич\w{0,8}|поменя\w{0,4})[^.;,]{0,40}\b(?:to|на|до|auf|a|à|para)\s$|(?:改成|改为|调到|调成|降到|降低到|减小到|增大到|换成|下げて)$",
    re.IGNORECASE,
)
_DECIMAL = frozenset({"learning_rate"})
_SETTINGS = {"BATCH_SIZE": "batch_size", "RATE": "learning_rate", "EPOCH_SETTING": "epochs", "BATCH": "batch_size", "N_KINDS": "n_classes"}  # fmt: skip


def bound_figures(sentence: str) -> Iterator[Bound]:
    """Yield figures with what they are of."""
    found, previous = spoken(sentence), None
    for number in numbers(sentence):
        bound = _of_number(sentence, number, found)
        if previous is not None and fits(previous.name, number):
            between = sentence[previous.number.end : number.start]
            if bound is None and _FROM_TO.fullmatch(between):
                yield previous._replace(time="before")
                bound, previous = Bound(previous.name, number, previous.split, "after"), None
            elif (later := _ONCE_NOW.fullmatch(between)) and (
                bound is None or bound.name == previous.name
            ):
                previous = previous._replace(time="before")
                when = "now" if later["when"].lower() in _IS_NOW else "after"
                bound = Bound(previous.name, number, previous.split, when)
            elif bound is None and len(between) < 40 and _INSTEAD.search(between):
                bound = Bound(previous.name, number, previous.split, "now")
            elif (
                bound is None and previous.name in _TRIED and _same_lead(sentence, previous, number)
            ):
                previous = previous._replace(time="after")
                bound = Bound(previous.name, number, previous.split, "after")
        if previous is not None:
            yield previous
        previous = bound
    if previous is not None:
        yield previous


_ONCE_NOW = lazy_re.compile(
    r"\s?(?:\w{1,12}\s?)?(?:de (?:batch|lr|épocas) )?(?:at first|initially|before|earlier|originally|al principio|antes|zuerst|сначала|раньше|之前|原来)?[,;，]?\s?(?:and |but |y |e |und |et |а |и |但)?(?P<when>now|currently|today|then|later|afterwards|after that|ahora|agora|jetzt|maintenant|теперь|сейчас|потом|затем|现在|后来|después|depois|dann|danach|puis)\s?(?:it's |it is |only |at |to |on |with |with only |на |uso |é |改成|是)?",
    re.IGNORECASE,
)
"""Between what a setting was and what it is: "64, and now 8", "10 epochs at first, then 100"."""
_IS_NOW = frozenset(
    {
        "now",
        "currently",
        "today",
        "ahora",
        "agora",
        "jetzt",
        "maintenant",
        "теперь",
        "сейчас",
        "现在",
    }
)
_TRIED = frozenset({"batch_size", "learning_rate", "n_classes"})
_LEAD = lazy_re.compile(
    r"(?:^|(?<=\W))(?P<lead>with|at|при|с|avec|mit|bei|con|com)\s(?:(?:an?|the)\s)?(?:(?:batch[ -]size|learning rate|lr|размере? батча|batch)\s(?:of\s)?)?$",
    re.IGNORECASE,
)


def _same_lead(sentence: str, previous: Bound, number: Number) -> bool:
    """Return whether two figures stand behind the same word: "with batch size 4 ..., with 64"."""
    one = _LEAD.search(sentence[: previous.number.start])
    other = _LEAD.search(sentence[: number.start])
    return bool(one and other and one["lead"].lower() == other["lead"].lower())


def _of_number(sentence: str, number: Number, found: Sequence[Word]) -> Bound | None:
    for word in reversed([w for w in found if w.end <= number.start][-4:]):
        if not filled(sentence, word.end, number.start, FILLING):
            break
        for concept, name in _SETTINGS.items():
            if concept in word.concepts and fits(name, number):
                if concept in {"BATCH", "EPOCH_SETTING"}:
                    unit = _with_unit(sentence, number, found) or of_images(sentence, number, found)
                    return unit or Bound(name, number)
                return Bound(name, number)
        between = sentence[word.end : number.start]
        counted = _AMOUNTS_TO.fullmatch(between) or (
            between == " " and sentence[word.start : word.end].lower() in {"классов", "категорий"}
        )
        if "KINDS" in word.concepts and fits("n_classes", number) and counted:
            return Bound("n_classes", number)
    if bound := _with_unit(sentence, number, found):
        return bound if bound.name else None
    return of_images(sentence, number, found)


def _with_unit(sentence: str, number: Number, found: Sequence[Word]) -> Bound | None:
    for word in (w for w in found if w.start >= number.end):
        if sentence[number.end : word.start].endswith("--"):
            return None  # the name of an option has its own figure behind it
        if not filled(sentence, number.end, word.start, BEFORE_UNIT):
            return None
        if "," in sentence[number.end : word.start]:
            return None
        if bound := _counted(sentence, number, word):
            return bound
    return None


def _counted(sentence: str, number: Number, word: Word) -> Bound | None:
    """Return a number with its unit behind; without a name where it only looks like one."""
    if "KINDS" in word.concepts and fits("n_classes", number):
        label = (
            sentence[: number.start].rstrip().lower().endswith(("class", "label", "第", "класс"))
        )
        return Bound("" if label else "n_classes", number)
    if "EPOCHS" in word.concepts and fits("epochs", number):
        return Bound("" if _is_moment(sentence, number, word) else "epochs", number)
    adjacent = word.start - number.end <= 4
    if (
        "BATCH" in word.concepts
        and fits("batch_size", number)
        and _OF_BATCH.fullmatch(sentence[number.end : word.start])
    ):
        return Bound("batch_size", number)
    named_as = _NAMED_AS.fullmatch(sentence, number.end, word.start)
    if "RATE" in word.concepts and fits("learning_rate", number) and number.value < 1:
        return Bound("learning_rate", number) if adjacent or named_as else None
    if "BATCH_SIZE" in word.concepts and fits("batch_size", number) and named_as:
        return Bound("batch_size", number)
    return None


_NAMED_AS = lazy_re.compile(
    r"\s(?:as|for|als|como|comme|в качестве)\s(?:the |my |an? )?|作为", re.IGNORECASE
)
_OF_BATCH = lazy_re.compile(
    r"-?er[- ]?|\sde\s|\s(?:images|samples|pictures|imágenes|imagens|bilder|картин\w+)?\s?(?:per|in (?:a|each|every)|par|por|pro|в|на)\s",
    re.IGNORECASE,
)


def _is_moment(sentence: str, number: Number, word: Word) -> bool:
    """Return whether epochs are a time: "after 5 epochs", "the first ten epochs", "epoch 7"."""
    if sentence[word.start : word.end].lower() == "epoch" and not re.search(
        r"[\u3040-\u9fff\uac00-\ud7af]", sentence
    ):
        return True
    before = sentence[max(0, number.start - 25) : number.start]
    return bool(
        _NO_COUNT.search(before)
        or _BEHIND.match(sentence, word.end)
        or _UNTIL.match(sentence, word.end)
    )
