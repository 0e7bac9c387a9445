"""Figures of data and settings: a number is of what it stands beside, with nothing but filling between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Split, Subject
from fitdoctor.sources._concepts import Word, words
from fitdoctor.sources._frames import spoken
from fitdoctor.sources._numerals import Number, numbers
from fitdoctor.sources._scope import Context, context

QUANTITIES = frozenset({"n_classes", "batch_size", "learning_rate", "epochs", "n_train", "n_val"})
_FILL = frozenset(
    [
        "of",
        "is",
        "was",
        "are",
        "were",
        "to",
        "at",
        "about",
        "around",
        "only",
        "just",
        "the",
        "a",
        "an",
        "with",
        "set",
        "size",
        "use",
        "used",
        "using",
        "uses",
        "be",
        "from",
        "into",
        "approximately",
        "roughly",
        "currently",
        "still",
        "now",
        "by",
        "as",
        "in",
        "my",
        "value",
        "rate",
        "layer",
        "layers",
        "ist",
        "von",
        "auf",
        "war",
        "beträgt",
        "mit",
        "nur",
        "etwa",
        "de",
        "es",
        "del",
        "em",
        "é",
        "era",
        "est",
        "à",
        "du",
        "des",
        "le",
        "la",
        "un",
        "une",
        "una",
        "uma",
        "en",
        "con",
        "com",
        "avec",
        "i'm",
        "i've",
        "be",
        "lag",
        "на",
        "в",
        "до",
        "из",
        "с",
        "со",
        "около",
        "равен",
        "равна",
        "равно",
        "стоит",
        "поставил",
        "был",
        "была",
        "было",
        "всего",
        "по",
        "примерно",
        "порядка",
        "взял",
        "ставил",
        "为",
        "是",
        "用",
        "设",
        "成",
        "到",
        "改",
        "调",
        "的",
        "了",
        "在",
        "只",
        "有",
        "约",
        "大",
        "概",
        "才",
        "从",
        "置",
        "取",
        "后",
        "目",
        "前",
        "は",
        "を",
        "が",
        "の",
        "で",
        "に",
        "も",
        "은",
        "는",
        "이",
        "가",
        "을",
        "를",
        "로",
        "으",
        "의",
        "값",
        "値",
        "に",
        "し",
        "て",
        "下",
        "げ",
        "initial",
        "constant",
        "fixed",
        "equals",
        "equal",
        "default",
        "starting",
        "went",
        "goes",
        "changed",
        "grew",
        "rose",
        "dropped",
        "fell",
    ]
)
"""Words that say nothing between a setting and its figure."""
_ADJECTIVES = frozenset(
    [
        "different",
        "image",
        "exclusive",
        "balanced",
        "distinct",
        "object",
        "target",
        "output",
        "possible",
        "more",
        "new",
        "labelled",
        "labeled",
        "training",
        "train",
        "x",
        "ray",
        "x-ray",
        "further",
        "other",
        "of",
        "the",
        "colour",
        "color",
        "greyscale",
        "grey",
        "real",
        "small",
        "large",
        "own",
        "unique",
        "total",
        "separate",
        "个",
        "種",
        "類",
        "の",
        "つ",
        "개",
        "의",
        "разных",
        "различных",
        "verschiedene",
        "verschiedenen",
        "distintas",
        "diferentes",
        "différentes",
        "tausend",
        "validation",
        "test",
    ]
)
_BEFORE_UNIT = _ADJECTIVES | frozenset(
    [
        "er",
        "per",
        "in",
        "images",
        "samples",
        "pictures",
        "par",
        "por",
        "pro",
        "imágenes",
        "imagens",
        "bilder",
        "as",
        "for",
        "als",
        "como",
        "comme",
        "my",
    ]
)
_TO = _FILL | frozenset(
    [
        "images",
        "image",
        "pictures",
        "photos",
        "samples",
        "data",
        "files",
        "left",
        "kept",
        "go",
        "went",
        "held",
        "out",
        "aside",
        "for",
        "and",
        "reserved",
        "both",
        "und",
        "für",
        "zum",
        "zur",
        "do",
        "na",
        "im",
        "para",
        "los",
        "o",
        "do",
        "pour",
        "l'entraînement",
        "для",
        "под",
        "用",
        "于",
        "来",
        "做",
        "当",
        "作",
        "来",
        "で",
        "き",
        "용",
        "и",
        "i",
        "они",
        "each",
        "remaining",
        "remain",
        "rest",
        "another",
        "lie",
        "sit",
        "live",
    ]
)
_HAS = _FILL | frozenset(
    [
        "set",
        "data",
        "dataset",
        "folder",
        "split",
        "part",
        "images",
        "image",
        "pictures",
        "photos",
        "samples",
        "consists",
        "has",
        "have",
        "holds",
        "hold",
        "contains",
        "contain",
        "comprises",
        "had",
        "quite",
        "very",
        "rather",
        "small",
        "tiny",
        "large",
        "big",
        "выборка",
        "выборке",
        "выборку",
        "набор",
        "наборе",
        "данных",
        "данные",
        "集",
        "数",
        "据",
        "图",
        "片",
        "像",
        "张",
        "样",
        "本",
        "合",
        "共",
        "包",
        "含",
        "大",
        "約",
        "满",
        "有",
        "データ",
        "画",
        "像",
        "セ",
        "ッ",
        "ト",
        "デ",
        "ー",
        "タ",
        "데",
        "이",
        "터",
        "содержит",
        "состоит",
        "имеет",
        "для",
        "оставил",
        "осталось",
        "enthält",
        "hat",
        "tiene",
        "tem",
        "contient",
        "got",
        "there",
        "we've",
        "we",
        "i",
        "you've",
        "und",
        "y",
        "and",
    ]
)
_OF = frozenset(["of", "the", "a", "rate", "的", "の", "de"])
_MARKS = " \t=:~≈(<-–'\"`,\u00a0"
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


class Bound(NamedTuple):
    """A number with what it is of."""

    name: str
    number: Number
    split: Split | None = None
    time: str = ""


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
        behind = span[1] <= number.start and _filled(sentence, span[1], number.start, _FILL)
        before = number.end <= span[0] and _filled(sentence, number.end, span[0], _OF)
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
        if previous is not None and _fits(previous.name, number):
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
        if not _filled(sentence, word.end, number.start, _FILL):
            break
        for concept, name in _SETTINGS.items():
            if concept in word.concepts and _fits(name, number):
                if concept in {"BATCH", "EPOCH_SETTING"}:
                    unit = _with_unit(sentence, number, found) or _of_images(
                        sentence, number, found
                    )
                    return unit or Bound(name, number)
                return Bound(name, number)
        between = sentence[word.end : number.start]
        counted = _AMOUNTS_TO.fullmatch(between) or (
            between == " " and sentence[word.start : word.end].lower() in {"классов", "категорий"}
        )
        if "KINDS" in word.concepts and _fits("n_classes", number) and counted:
            return Bound("n_classes", number)
    if bound := _with_unit(sentence, number, found):
        return bound if bound.name else None
    return _of_images(sentence, number, found)


def _with_unit(sentence: str, number: Number, found: Sequence[Word]) -> Bound | None:
    for word in (w for w in found if w.start >= number.end):
        if sentence[number.end : word.start].endswith("--"):
            return None  # the name of an option has its own figure behind it
        if not _filled(sentence, number.end, word.start, _BEFORE_UNIT):
            return None
        if "," in sentence[number.end : word.start]:
            return None
        if bound := _counted(sentence, number, word):
            return bound
    return None


def _counted(sentence: str, number: Number, word: Word) -> Bound | None:
    """Return a number with its unit behind; without a name where it only looks like one."""
    if "KINDS" in word.concepts and _fits("n_classes", number):
        label = (
            sentence[: number.start].rstrip().lower().endswith(("class", "label", "第", "класс"))
        )
        return Bound("" if label else "n_classes", number)
    if "EPOCHS" in word.concepts and _fits("epochs", number):
        return Bound("" if _is_moment(sentence, number, word) else "epochs", number)
    adjacent = word.start - number.end <= 4
    if (
        "BATCH" in word.concepts
        and _fits("batch_size", number)
        and _OF_BATCH.fullmatch(sentence[number.end : word.start])
    ):
        return Bound("batch_size", number)
    named_as = _NAMED_AS.fullmatch(sentence, number.end, word.start)
    if "RATE" in word.concepts and _fits("learning_rate", number) and number.value < 1:
        return Bound("learning_rate", number) if adjacent or named_as else None
    if "BATCH_SIZE" in word.concepts and _fits("batch_size", number) and named_as:
        return Bound("batch_size", number)
    return None


_NAMED_AS = lazy_re.compile(
    r"\s(?:as|for|als|como|comme|в качестве)\s(?:the |my |an? )?|作为", re.IGNORECASE
)
_OF_BATCH = lazy_re.compile(
    r"-?er[- ]?|\sde\s|\s(?:images|samples|pictures|imágenes|imagens|bilder|картин\w+)?\s?(?:per|in (?:a|each|every)|par|por|pro|в|на)\s",
    re.IGNORECASE,
)


def _fits(name: str, number: Number) -> bool:
    """Return whether a figure can be of its kind."""
    if name == "learning_rate":
        return not number.percent and number.value <= 10
    decimal = "." in number.text and number.whole < 1000 and number.value != int(number.value)
    if number.percent or decimal or number.whole != int(number.whole):
        return False
    least = {"n_classes": 2, "batch_size": 1, "epochs": 1}.get(name, 2)
    return least <= number.whole <= (1e9 if name.startswith("n_t") or name == "n_val" else 1e5)


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


def _filled(sentence: str, start: int, end: int, known: frozenset[str]) -> bool:
    """Return whether nothing but words that are known stands between."""
    left = start
    for a, b in words(sentence):
        if a < start or b > end:
            continue
        if sentence[left:a].strip(_MARKS) or sentence[a:b].lower() not in known:
            return False
        left = b
    return not sentence[left:end].strip(_MARKS)


_OF_SPLIT: dict[str, tuple[str, Split]] = {
    "training": ("n_train", "training"),
    "validation": ("n_val", "validation"),
    "test": ("n_val", "test"),
}
LEAST_BARE = 10
"""Fewer without images named beside them are mostly something else."""
_PER = lazy_re.compile(
    r"[^,.;]{0,45}?(?:\b(?:per|each|for each|in each|every|of each|apiece|pro|je|por|par)\b|每|кажд|на класс|ごと|씩)",
    re.IGNORECASE,
)
_SOME_OF = lazy_re.compile(
    r"\s?(?:(?:out )?of (?:the|my|our|these|those|its|them)\b|из (?:них|этих|моих)|der |von den |de (?:las|los|mis) |d[ao]s |des )",
    re.IGNORECASE,
)
"""Behind a number of some images among others, which is no size of a set."""
_AMONG = lazy_re.compile(r"[\d%] (?:out )?of (?:the |my |our |these |all )?$", re.IGNORECASE)
"""Before the number of all images of which some are counted."""
_MEASURE = lazy_re.compile(
    r"[\s_-]?(?:acc|loss|error|准确|损失|精度|точност|потер|лосс|genau|verlust)", re.IGNORECASE
)


def _of_images(sentence: str, number: Number, found: Sequence[Word]) -> Bound | None:
    """Return a number of images with those that they are: "670 labelled training images"."""
    if not _fits("n_train", number) or number.whole in {255, 256}:
        return None
    unit = next(
        (
            w
            for w in found
            if w.start >= number.end
            and "SAMPLES" in w.concepts
            and _filled(sentence, number.end, w.start, _ADJECTIVES)
        ),
        None,
    )
    if _PER.match(sentence, unit.end if unit else number.end) or _SOME_OF.match(
        sentence, number.end
    ):
        return None
    if (unit is None and number.whole < LEAST_BARE) or _AMONG.search(sentence[: number.start]):
        return None
    if unit is None and not any({"SAMPLES", "INPUT"} & set(w.concepts) for w in found):
        return None
    end = unit.end if unit else number.end
    first: Bound | None = None
    for word in found:
        kind = next((c for c in word.concepts if c in _OF_SPLIT), None)
        if kind is None or _MEASURE.match(sentence, word.end):
            continue
        inside = unit and number.end <= word.start < unit.start
        behind = (
            word.start > end - 1
            and not (unit and "," in sentence[end : word.start])
            and _filled(sentence, end, word.start, _TO)
        )
        if inside or behind:
            return Bound(_OF_SPLIT[kind][0], number, _OF_SPLIT[kind][1])
        if word.end <= number.start and _filled(sentence, word.end, number.start, _HAS):
            first = first or Bound(_OF_SPLIT[kind][0], number, _OF_SPLIT[kind][1])
    if first is not None:
        return first
    if unit is None:
        return None
    return _of_verb(sentence, number, found) or Bound("images_in_all", number)


def _of_verb(sentence: str, number: Number, found: Sequence[Word]) -> Bound | None:
    """Return the number of "I train on 900 photos"."""
    for concept, kind in (("TRAIN_ON", "training"), ("TEST_ON", "validation")):
        for word in found:
            beside = concept in word.concepts and word.end <= number.start
            if beside and _filled(sentence, word.end, number.start, _FILL):
                return Bound(_OF_SPLIT[kind][0], number, _OF_SPLIT[kind][1])
    if _TRAINED.search(sentence[max(0, number.start - 70) : number.start]):
        return Bound("n_train", number, "training")
    return None


_TRAINED = lazy_re.compile(
    r"\btrain(?:ed|ing|s)?\b[^.;,]{0,45}\b(?:on|with)\s(?:only |just |about |around )?$",
    re.IGNORECASE,
)
