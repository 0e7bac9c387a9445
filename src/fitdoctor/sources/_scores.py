"""Figures of losses and accuracies: of what is named beside them, or of a score that goes unnamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Measurement, Split, Subject
from fitdoctor.sources._measured import (
    ON,
    UNIT,
    VERB_LAST,
    Mention,
    Token,
    mentions_of,
    share_of,
    tokens,
)
from fitdoctor.sources._numerals import Number, numbers
from fitdoctor.sources._quantities import bound_figures
from fitdoctor.sources._scope import context

_I = re.IGNORECASE
_SAYS = lazy_re.compile(
    r"(?<!\w)(?:is|was|are|were|of|at|to|be|around|about|only|just|still|always|approx\.?|near|nearly|almost|over|above|below|under|up|down|reaches|reached|reach|hits?|gets?|got|goes|went|lies|lay|ends?|ended|currently|already|both|it's|its|now|constantly|exactly|как|около|равн\w+|на|до|всего|лишь|уже|только|была?|было|показывает|составля\w+|достига\w+|дош\w+|получа\w+|выше|ниже|хотя бы|почти|порядка|bei|von|liegt|lag|über|unter|auf|ist|bis|hasta|até|jusqu'à|beträgt|nur|etwa|erreicht|war|de|en|es|era|del|llega|alcanza|solo|es de|em|é|foi|chega|atinge|para|pra|à|est|était|atteint|environ|seulement|falls|rises|fell|rose|drops|dropped|climbs|sube|baja|caiu|sobe|with|close|that|which|keeps|continues|obtained|i|we|achieved?|final|best|max|maximum|have|had|observed?|can|could|the|a|value|score|number|range|somewhere|roughly|maybe|says|shows|stands|sits|promised)(?!\w)"
    r"|daten|datensatz|第[\d一二三四五六七八九十]{1,3}(?:轮|代|步)|bildern?|在|是|为|到|会|掉到|跌到|只有|约|大约|才|就|已经|能到|达到|高达|可以达到|应该能达到|能达到|升到|降到|了|有|が|は|も|で|から|の|を|은|는|이|가|도|에|로|[=:~><≈(\s,_]|it's",
    _I,
)  # fmt: skip
"""Words between a measurement and its figure that say nothing else."""


def scores(sentence: str) -> Iterator[Claim]:
    """Yield the figures of losses and accuracies, each of what is named beside it."""
    found = tokens(sentence)
    mentions = list(mentions_of(sentence, found))
    if not any(mention.measurement for mention in mentions):
        yield from _unnamed(sentence)
        return
    last: Score | None = None
    settings = {b.number.start for b in bound_figures(sentence) if b.name in _SETTINGS}
    for number in numbers(sentence):
        if _in_list(sentence, number) or number.start in settings:
            continue
        if _is_setting(sentence, number):
            last = None
            continue
        score = _owned(sentence, number, mentions, found) or _unowned(sentence, number, found, last)
        if score is None:
            continue
        last = score
        if not score.stays:
            yield from _score(sentence, "is_at", score)
        elif score.own:
            yield from _score(sentence, "stays", score)


_SETTINGS = frozenset({"learning_rate", "batch_size", "epochs"})


class Score(NamedTuple):
    """A figure with what it measures."""

    number: Number
    measurement: Measurement
    split: Split | None
    stays: bool = False
    """It is the figure at which a curve stays."""
    own: bool = False
    """Whether nothing else says so: no measurement is named that stays."""


def _score(sentence: str, name: str, score: Score) -> Iterator[Claim]:
    value = share_of(score.number, score.measurement)
    meant = context(sentence, [(score.number.start, score.number.end)], given=True)
    yield from meant.claims(
        Claim(
            predicate=name,
            value=value,
            sentence=sentence.strip(),
            subject=Subject(split=score.split, measurement=score.measurement),
        )
    )


def _owned(
    sentence: str, number: Number, mentions: Sequence[Mention], found: Sequence[Token]
) -> Score | None:
    """Return a figure of a measurement that is named before or behind it."""
    before = [m for m in mentions if m.end <= number.start]
    if re.fullmatch(r"[^\W\d]+|[1-9]", number.text) and not number.percent:
        mentions = before  # "two losses" are no loss of two
    owner = before[-1] if before else None
    splits: tuple[Split | None, ...] = owner.splits if owner else ()
    between = _plain(sentence, owner.end, number.start, found) if owner else ""
    if owner is None or _SAYS.sub("", _WHOSE.sub("", _NO_FURTHER.sub("", between))):
        owner = _of_behind(sentence, number.end, mentions)
        splits = owner.splits if owner else ()
        if owner and not splits and (on := _images_behind(sentence, owner.end, found)):
            splits = (on,)
    elif (on := _images_behind(sentence, number.end, found)) and not splits:
        splits = (on,)
    if owner is None or owner.measurement is None or share_of(number, owner.measurement) is None:
        return None
    if not splits and (on := _images_of_clause(sentence, owner.start, found)):
        splits = (on,)
    if _COMPARED.match(sentence, number.end):
        return None
    if _ALL_ALONG.match(sentence, number.end) or _NO_FURTHER.search(sentence[: number.start][-40:]):
        return Score(number, owner.measurement, splits[0] if splits else None, stays=True, own=True)
    verb_last = VERB_LAST.search(sentence) is not None
    stays = any(
        t.kind == "stays"
        and (
            (owner.end <= t.start < number.start and number.start - t.end < 30)
            or (verb_last and 0 <= t.start - number.end <= 14)
        )
        for t in found
    )
    return Score(number, owner.measurement, splits[0] if splits else None, stays)


_WHOSE = lazy_re.compile(
    r"\b(?:of|for) (?:(?:the|my|our|this|an?) )?(?:(?!train|val|test|dev|other)[^\W\d][\w-]* ){1,2}"
    r"(?=(?:is|was|are|were|stays|lies|reaches|ends|gets|goes)\b)",
    _I,
)
"""Whose a measurement is, between it and its verb: "accuracy of my network is"."""
_COMPARED = lazy_re.compile(
    r"\s?(?:points? |percentage points? |p\.?p\.? )?(?:lower|higher|worse|better|more|less|smaller|larger|below|above|under|gap|difference|drop|gain|increase|decrease|improvement|points|ниже|выше|хуже|лучше|höher|niedriger|schlechter|besser|menos|más|peor|mejor)\b",
    _I,
)
"""Behind the figure of a difference."""
_ALL_ALONG = lazy_re.compile(
    r"(?:\s?(?:and|,|&)\s[\w: =.]{3,25}?)?,?\s?(?:the (?:entire|whole) (?:time|training|run)|(?:in|at|for|on|after|from) (?:every|each|all|any) (?:single )?epochs?|all (?:the time|along)|from start to (?:end|finish)|throughout|no matter what|whatever i do|forever|всё время|все время|на каждой эпохе|постоянно|一直不变|每个 ?epoch ?都|die ganze zeit|todo el tiempo|o tempo todo|tout le temps)\b",
    _I,
)
"""Behind a figure that never changes."""
_NO_FURTHER = lazy_re.compile(
    r"(?:(?:n'?t|\bnot|\bnever|\bcannot|\bunable to|\bfails? to|\brefus\w+ to)\s(?:\w+\s){0,3}?(?:beyond|above|past|over|exceed\w*|surpass\w*|better than|higher than)"
    r"|\bn[ãa]o (?:\w+ )?(?:passa|passam|ultrapassa|supera|sobe)(?: d[eoa]s?)?|\bno (?:\w+ )?(?:pasa|pasan|supera|sube)(?: del?)?|\bne (?:dépasse|monte) pas(?: au-dessus de)?"
    r"|(?<!\w)не (?:\w+ )?(?:поднимается|растёт|растет|превышает|выше|идёт|идет|переваливает)(?: (?:выше|дальше|за))?|(?:超不过|不超过|上不了|到不了|突破不了|不到)|\b(?:kommt|steigt|geht) nicht über)\s?(?:about |the |around )?$",
    _I,
)
"""Before a figure that is not passed."""
_CANNOT_GET = lazy_re.compile(r"\b(?:i|we) [^.;,]{0,14}\bget\b", _I)
_ON = lazy_re.compile(
    r"(?:\b(?:on|for|over|auf|bei|im|en|em|sur|pour)|(?<!\w)(?:на|для)|在|对)\s(?:(?:the|my|our|its|exactly|same|den|dem|der|la|el|las|los|le|les|o|a|os|as)\s){0,3}$",
    _I,
)
_APART = lazy_re.compile(
    r"[,;.:，。；]|\b(?:but|and|while|und|aber|y|pero|e|mas|et|mais)\b|(?<!\w)(?:а|но|и)(?!\w)", _I
)


def _images_of_clause(sentence: str, end: int, found: Sequence[Token]) -> Split | None:
    """Return the images on which a clause says that something was measured, before it names it."""
    before = [t for t in found if t.end <= end and t.kind in _PARTS]
    if not before or _APART.search(sentence[before[-1].end : end]):
        return None
    return before[-1].kind if _ON.search(sentence[: before[-1].start]) else None  # type: ignore[return-value]


_LISTED = lazy_re.compile(r"\s?(?:,|、|and|, and|и|und|y|e|et|和)\s?", _I)
LEAST_LISTED = 4


def _in_list(sentence: str, number: Number) -> bool:
    """Return whether a figure is one of several in a row: those of runs, or of epochs."""
    every = numbers(sentence)
    at = every.index(number)
    first = last = at
    while first and _LISTED.fullmatch(sentence[every[first - 1].end : every[first].start]):
        first -= 1
    while last + 1 < len(every) and _LISTED.fullmatch(
        sentence[every[last].end : every[last + 1].start]
    ):
        last += 1
    return last - first + 1 >= LEAST_LISTED


def _is_setting(sentence: str, number: Number) -> bool:
    """Return whether a figure is of a setting, or counts something."""
    return bool(
        _SETTING.search(sentence[max(0, number.start - 40) : number.start])
        or UNIT.match(sentence, number.end)
    )


_SETTING = lazy_re.compile(r"\b(?!\w*(?:acc|loss))\w+\s?=\s?$", _I)
_REACHES = lazy_re.compile(
    r"(?:\b(?:hop(?:e|ing) for|happy with|aim(?:ing)? for|at least|reach(?:es|ed)?|gets?(?: to)?|got(?: to)?|achiev\w+|hits?|ends? (?:up )?(?:at|with)|erreicht|alcanza|llega(?:r|ba)? al?|alcanzar|consigue|obtengo|atinge|chega a|atteint|arrive à)|дош\w+ до|доходит до|достига\w+|达到了?|能到|卡在|得到|получил\w*|llegaba a|chegava a|\bstuck at|\bstays? at)\s(?:about |around |only |just |over |almost |nearly )?$",
    _I,
)


def _unowned(
    sentence: str, number: Number, found: Sequence[Token], last: Score | None
) -> Score | None:
    """Return the accuracy of "it reaches 95 %", "98 % on the training images", "... and 61 on the test"."""
    before = sentence[: number.start]
    share = share_of(number, "accuracy")
    if share is None or _OF_ALL.match(sentence, number.end):
        return None
    formed = number.percent or re.match(r"(?:0|1|)[.,]\d", number.text) is not None
    if not formed and _COUNTED.match(sentence, number.end):
        return None
    verb = _REACHES.search(before[-40:])
    on = _images_behind(sentence, number.end, found) or _images_ahead(sentence, number.start, found)
    if _BETWEEN.search(before[-30:]):
        return None
    if last is not None and _PARALLEL.search(between := sentence[last.number.end : number.start]):
        stays = any(
            t.kind == "stays" and last.number.end <= t.start < number.end + 6 for t in found
        )
        between_them = [
            t.kind
            for t in found
            if t.kind in {"training", "validation", "test"}
            and last.number.end <= t.start < number.start
        ]
        if on is None and between_them:
            on = between_them[-1]  # type: ignore[assignment]
        elif on is None and (_IT.search(between) or _WITHOUT_IT.search(sentence)):
            on = last.split
        if last.measurement == "accuracy" and _NO_FURTHER.search(before[-40:]):
            if _CANNOT_GET.search(before[-40:]):
                return None
            return Score(number, "accuracy", on or last.split, stays=True, own=True)
        if not formed and _BOUND.search(before):
            return None
        whole = not formed and not last.number.percent and last.number.value > 1
        if last.measurement == "accuracy" and (formed or last.number.percent or whole):
            return Score(number, "accuracy", on, stays, own=True)
        if last.measurement == "loss" and _NOW.search(between) and not number.percent:
            return Score(number, "loss", on or last.split, stays, own=True)
    named = any(
        t.kind in {"loss", "accuracy", "other"}
        and t.end <= number.start
        and number.start - t.end < 40
        for t in found
    )
    if not formed or named or not (verb or (on and number.percent)):
        return None
    return Score(
        number, "accuracy", on, bool(verb and re.search(r"stuck|stay|卡在", verb[0])), own=True
    )


_BOUND = lazy_re.compile(r"\b(?:above|over|past|beyond|below|under|than)\s$", _I)
_COUNTED = lazy_re.compile(
    r"\s(?!(?:after|while|during|whereas|although|percent|points?|epochs?|respectively|nach|danach|prozent|après|después|depois|после)\b)[^\W\d_]{5,}",
    _I,
)
"""Behind a whole number that counts something: "12 patients" beside figures in percent."""
_IT = lazy_re.compile(r"\b(?:it|it's|er|sie|es|elle|il)\b|(?<!\w)он[ао]?(?!\w)", _I)
_WITHOUT_IT = lazy_re.compile(r"[\u4e00-\u9fff]")
"""Chinese needs no pronoun to go on with what was spoken of."""
_BETWEEN = lazy_re.compile(
    r"\b(?:between|zwischen|entre)\s(?:\S+\s(?:and|und|y|e|et)\s)?$|(?<!\w)(?:от\s|между\s)(?:\S+\s(?:до|и)\s)?$|在\S*$|from\s(?:\S+\sto\s)?$",
    _I,
)
_NOW = lazy_re.compile(
    r"\b(?:it|now|currently|mine|today)\b|сейчас|теперь|现在|目前|今は|지금|aktuell|ahora|agora|maintenant",
    _I,
)
_OF_ALL = lazy_re.compile(
    r"\s?(?:of (?:the |my |all |them|those|our|its|it|train\w*|val\w*|test\w*|images?|data|samples?|pictures|photos|files|rows)\b|der |des |от |из |的(?:数据|图|样本)|de (?:las?|los|as?|os) |des )|[\s-]?(?:dropout|validation split|split|larger|smaller|more|less|higher|lower|better|worse|chance|probab)",
    _I,
)
_PARALLEL = lazy_re.compile(
    r"^[^.;]{0,60}?(?:[,;，、]|\b(?:and|but|while|whereas|vs|versus|und|aber|y|pero|e|mas|et|mais|yet)\b|(?<!\w)(?:а|но|и)(?!\w)|但|而|/|でも|が、|는데|지만)[^.;]{0,40}$",
    _I,
)


def _images_ahead(sentence: str, start: int, found: Sequence[Token]) -> Split | None:
    """Return the images before a figure: "validation 0.71", "on the test set it gets 61 %"."""
    if aside := _ASIDE.search(sentence, 0, start):
        start = aside.start()
    before = [t for t in found if t.end <= start and t.kind in {"training", "validation", "test"}]
    if before and sentence[before[-1].end :].lstrip()[:1] in {")", "]"}:
        return None
    if not before or _SAYS.sub("", _SET_WORDS.sub(" ", sentence[before[-1].end : start])):
        return None
    return before[-1].kind  # type: ignore[return-value]


_ASIDE = lazy_re.compile(r"\s?\([^()]{1,60}\)[\s:=]{0,3}$")
"""What a bracket says of images, before their figure: "val (a sixth of train) 97 %"."""
_SET_WORDS = lazy_re.compile(
    r"\b(?:set|data|images?|pictures|split|part|ones?|side|in|it|i|we|the|model|net\w*|gets?|gives?|gave|yields?|shows?|returns?|results? in|reports?|prints?|says?|barely|hardly|merely|manages)\b|集上?|数据集?|выборк\w+|данн\w+|データ|데이터|[,，:]",
    _I,
)


def _unnamed(sentence: str) -> Iterator[Claim]:
    """Yield the accuracies of a sentence in which no measurement is named."""
    found = tokens(sentence)
    last: Score | None = None
    shares = [number.value for number in numbers(sentence) if number.percent]
    if len(shares) > 1 and abs(sum(shares) - 100) < 1e-6:
        return  # the parts of a set
    for number in numbers(sentence):
        aside = _is_setting(sentence, number) or _in_list(sentence, number)
        score = None if aside else _unowned(sentence, number, found, last)
        if score is not None:
            last = score
            yield from _score(sentence, "stays" if score.stays else "is_at", score)


def _plain(sentence: str, start: int, end: int, found: Sequence[Token]) -> str:
    """Return the words between, without those of images and movements."""
    text = sentence[start:end]
    for token in found:
        if start <= token.start and token.end <= end and token.kind in {"rises", "falls"}:
            text = text.replace(sentence[token.start : token.end], " ")
    return text


def _of_behind(sentence: str, end: int, mentions: Sequence[Mention]) -> Mention | None:
    """Return the measurement of "98 % training accuracy", "0.3 loss"."""
    for mention in mentions:
        if _OWN_FIGURE.match(sentence, mention.end):
            continue
        if 0 <= mention.start - end <= 14 and re.match(
            r"^\s?(?:of |in |de |d'|的|の|in the |on the |on |auf |an )?$",
            sentence[end : mention.start],
            _I,
        ):
            return mention
    return None


_PARTS = frozenset({"training", "validation", "test"})
_IN_BRACKETS = lazy_re.compile(r"\s?[(\[]\s?(?:on |in )?(?:the )?")
_OWN_FIGURE = lazy_re.compile(r"\s?[:=]\s?-?\d")
"""Behind a name that has its figure there, whatever number stands before it."""
_AFTER_EPOCHS = lazy_re.compile(r"^\s(?:after|within|in) (?:only |just |about )?\d+ epochs?\s", _I)


def _images_behind(sentence: str, end: int, found: Sequence[Token]) -> Split | None:
    for token in found:
        if token.start < end:
            continue
        between = _AFTER_EPOCHS.sub(" ", sentence[end : token.start])
        if token.kind in _PARTS and _IN_BRACKETS.fullmatch(between):
            return token.kind  # type: ignore[return-value]
        if sentence[token.end : token.end + 6].lstrip("_ ").startswith("split"):
            return None
        if token.kind in {"training", "validation", "test"} and ON.match(between):
            return token.kind  # type: ignore[return-value]
        return None
    return None
