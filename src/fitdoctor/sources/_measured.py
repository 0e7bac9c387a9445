"""What people say of losses and accuracies: which of them, of which images, does what.

A sentence is read as a row of words of five kinds: images (training, validation, test), measurement
(loss, accuracy), movement (rises, falls, stays ...), comparison and figure. A movement belongs to
the measurement named last before it, else to the one right behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Measurement, Split, Subject
from fitdoctor.sources._numerals import Number, numbers
from fitdoctor.sources._row import Pattern
from fitdoctor.sources._scope import context

_I = re.IGNORECASE
_KINDS: tuple[tuple[str, str], ...] = (
    ("fluctuates", r"\bjumping\b(?! (?:up|to|from))|乱跳|\b(?:fluctuat\w+|oscillat\w+|(?:jump|bounc|hop|swing|bounce)(?:s|ing|ed|es)? (?:a lot|around|about|up and down|wildly|between|all over|back and forth|like|from epoch)|(?:go(?:es|ing)? )?up (?:and|or) down|noisy|unstable|erratic\w*|zig-?zag\w*|spiky|all over the place|jumpy|wobbl\w+)|скач\w+|скака\w+|прыга\w+|колебл\w+|колеба\w+|шумит|шумн\w+|нестабил\w+|дёрга\w+|дерга\w+|пляшет|болта\w+|波动|震荡|抖动|忽高忽低|跳动|不稳定|跳来跳去|上下跳|\b(?:schwank\w+|springt|zappel\w+|unruhig|instabil|verrauscht|auf und ab)\b|\b(?:oscila\w*|fluct[uú]a\w*|flutua\w*|inestable\w*|inst[aá]ve(?:l|is)|sube y baja|sobe e desce|ruidos\w+|pula\w*|salta\w*)\b|\b(?:oscill\w+|fluctu\w+|instables?|yoyo|bruit[eé]\w*|monte et descend)\b|振動\w*|不安定|乱高下|ばらつ\w*|変動し\w*|요동\w*|들쭉날쭉\w*|불안정\w*|진동\w*|출렁\w*|오르락내리락"),
    ("stays", r"\b(?:stays?|stayed|staying|stuck|remain(?:s|ed|ing)?|plateau\w*|constant|flat|stagnat\w+|stall(?:s|ed)?|(?:does|do|did|has|have|is|are|was|were)(?: not|n'?t) (?:change|changed|changing|move|moving|moved|budge|budging|budged)|never (?:changes|moves|budges)|unchanged|hovers?|hovering|hangs?|bottoms out|saturat\w+|sits|sitting|(?:is|are|was) frozen at|(?:refuse|fail|won'?t|can'?t|cannot)s?(?: to)? (?:move|budge|change)|has been (?=0?[.,]\d)|stops? (?:improving|falling|decreasing|rising|changing|moving|at)|freezes at|refuses to (?:move|budge))\b|стоит|застр\w+|застыл\w*|не (?:меня\w+|двига\w+|изменя\w+)|оста[её]тся|держится|постоянн\w+|на месте|плато|завис\w+|замер\w*|топчется|不变|停在|停留|卡在|卡住|停滞|保持|稳定在|一直(?:是|在|都是)?(?=\d|\s?0)|始终(?:是|在|为)|徘徊|不动|维持|原地|没(?:有)?变|毫无变化|不更新|\b(?:bleib\w*|konstant|stagnier\w+|hängt|klebt|steckt|verharr\w+|ändert sich nicht|bewegt sich nicht|plateau)\b|\b(?:(?:se )?(?:queda|estanca)\w*|constante|no (?:cambia|se mueve)|permanece|se mantiene|atascad\w*|clavad\w*|estagnad\w+|estacionad\w+|n[aã]o (?:muda|sai)|parad[ao]|trava\w*|empacad\w*|fica(?: \w+)? em|fica (?:parad\w|pres\w|travad\w|constante))\b|\b(?:reste\w*|stagn\w+|constante?|ne (?:change|bouge) pas|bloqu[eé]\w*|plafonn\w+|coinc[eé]\w*)\b|変わらない|変わりません|変化しない|変化しません|動かない|動きません|のまま|止まって\w*|停滞|横ばい|一定(?=[でにのだ])|변하지 않\w*|그대로\w*|멈춰\w*|멈춘\w*|정체\w*|머물\w*|머무\w*|고정\w*|움직이지 않\w*"),
    ("is_nan", r"\bnans?\b|\bnot a number\b"),
    ("above", r"\b(?:(?:roughly |about |around |almost |over |nearly )?(?:\d+(?:\.\d+)?\s?[x×]|\d+ times|twice|double|thrice|three times|four times|five times|ten times)(?= (?:the |that of |my |its |of )?(?:train|val|test)))|\b(?:higher|above|greater|larger|bigger|exceeds?|surpass\w*|over|beats?)\b(?= (?:the |my |its |that |what )?(?:\w+ ){0,2}(?:th[ae]n\b|(?:the |my |that of |its |on |for )?train|val|test))|\b(?:twice|\d+ times|far more|three times) as (?:large|high|big) as\b|(?<=[a-z])\s?>\s?(?=(?:train\w*[ _])?(?:acc|loss))|\b(?:higher|greater|larger|bigger) than\b|выше|больше(?! не)|превыша\w+|高于|大于|超过|(?:(?<=[率失])|(?<=loss)|(?<=acc)|(?<=loss )|(?<=acc ))比(?=[^，。；]{2,14}(?:高|大))|\b(?:höher|größer|über)\b(?= (?:als|dem|der|den|die))|\b(?:m[aá]s alt[ao]|mayor|superior|por encima|maior|mais alt[ao]|acima)\b|\b(?:plus (?:[eé]lev[eé]e?|haute?|grande?)|sup[eé]rieure?|au-dessus|d[eé]passe)\b|より(?:も)?(?:高|大き)\w*|보다 ?(?:높|크|큰)\w*"),
    ("below", r"\b(?:trails|lags (?:behind)?|falls short of|half as (?:large|high|big) as)\b|\b(?:lower|below|smaller|less|under)\b(?= (?:the |my |its |that |what )?(?:\w+ )?(?:than\b|then\b|(?:the |my |that of |its |on )?train|val|test))|(?<=[a-z])\s?<\s?(?=(?:train\w*[ _])?(?:acc|loss))|\b(?:lower|smaller) than\b|ниже|меньше(?! не)|低于|小于|(?:(?<=[率失])|(?<=loss)|(?<=acc)|(?<=loss )|(?<=acc ))比(?=[^，。；]{2,14}(?:低|小))|\b(?:niedriger|kleiner|tiefer|geringer|unter)\b(?= (?:als|dem|der|den|die))|\b(?:m[aá]s baj[ao]|menor|inferior|por debajo|mais baix[ao]|abaixo)\b|\b(?:plus (?:basse?|faible|petite?)|inf[eé]rieure?|en dessous)\b|より(?:も)?(?:低|小さ)\w*|보다 ?(?:낮|작)\w*"),
    ("better", r"\bbetter\b(?= than)|лучше(?=[^.;]{0,8},? чем)|优于|(?<=[率失])比(?=[^，。；]{2,14}好)|\bbesser\b(?= als)|\bmejor\b(?= que)|\bmelhor\b(?= (?:do )?que)|\bmeilleure?\b(?= que)|より(?:も)?(?:良|よ|い)い"),
    ("worse", r"\bworse\b(?= than)|хуже(?=[^.;]{0,8},? чем)|(?<=[率失])比(?=[^，。；]{2,14}差)|差于|\bschlechter\b(?= als)|\bpeor\b(?= que)|\bpior\b(?= (?:do )?que)|\bpire\b(?= que)|より(?:も)?悪い"),
    ("improves", r"\b(?:improv(?:e|es|ed|ing)|gets? better|getting better)\b|улучша\w+|становится лучше|改善|变好|良くな\w*|よくな\w*|\bverbessert\w*|\bwird besser\b|\bmejora\w*|\bmelhora\w*|\bs'am[eé]liore\w*|改善\w*|개선\w*|좋아\w*"),
    ("worsens", r"\b(?:worsen\w*|gets? worse|getting worse|got worse|deteriorat\w+|degrad\w+)\b|ухудша\w+|становится хуже|变差|恶化|\bverschlechter\w*|\bempeora\w*|\bpiora\w*|\bse d[eé]grade\w*|悪化\w*|나빠\w*"),
    ("rises", r"\b(?:ris(?:e|es|ing|en)|rose|increas(?:e|es|ed|ing)|grow(?:s|ing|n)?|grew|climb(?:s|ed|ing)?|(?:go(?:es|ing)?|went|creep(?:s|ing)?|crept|shoots?|shot|drift(?:s|ing)?|head(?:s|ing)?|trend\w*|turns?|moves?|jump(?:s|ed)?|com(?:es|ing)) (?:\w+ ){0,2}(?:up|upwards?)(?! and down)|get(?:s|ting)? (?:larger|bigger|higher)|(?:doubl|tripl)(?:e|es|ed))\b|раст[её]т|растут|расти|росл[аио]|рос(?!\w)|вырос\w*|увелич\w+|повыша\w+|повысил\w*|подним\w+|поднял\w*|взлета\w+|взлетел\w*|пол(?:зёт|зет|зла) вверх|(?:ид[её]т|пош(?:ла|ли|ёл)|идут) вверх|上升|增加|增长|变大|升高|上涨|提高|升到|涨到|在涨|上升到|越来越(?:大|高)|往上|飙升|反弹|上去|涨(?!不)|升(?!级|不)|\b(?:steig\w*|stieg\w*|wächst|anstieg|nimmt zu|geht (?:\w+ )?(?:hoch|rauf|nach oben))\b|\b(?:sub(?:e|en|ió|iendo|ir)|aument(?:a|an|ó|ando)|crec(?:e|en|ió)|sob(?:e|em|iu)|subindo|cresc(?:e|eu))\b|\b(?:augmente\w*|mont(?:e|ent|ait)|remont(?:e|ent)|grimp\w+|cro[iî]t|grossit)\b|上が\w+|上昇\w*|伸び\w*|伸ば\w*|増え\w*|増加\w*|올라\w*|오르\w*|오릅\w*|올랐\w*|증가\w*|상승\w*|커[지집]\w*"),
    ("falls", r"\b(?:fall(?:s|ing|en)?|fell|decreas(?:e|es|ed|ing)|drop(?:s|ped|ping)?(?![ -]?out)|(?:go(?:es|ing)?|went|com(?:es|ing)|came|head(?:s|ing)?|creep(?:s|ing)?|trend\w*|turns?|moves?) (?:[\w.%]+ ){0,3}(?:down|downwards?)|declin(?:e|es|ed|ing)|shrink\w*|shrank|sink(?:s|ing)?|sank|collaps(?:e|es|ed)|plummet\w*|reduc(?:es|ed|ing)(?! (?:the|my|it|both|overfit\w*|our|batch|learning|lr)\b)|get(?:s|ting)? (?:any )?(?:smaller|lower)|dips?\b|dipped|diminish\w*)\b|пада\w+|упал\w*|снижа\w+|снизил\w*|уменьша\w+|уменьшил\w*|опуска\w+|убыва\w+|(?:ид[её]т|пош(?:ла|ли|ёл)) вниз|下降|降低|减小|减少|变小|下跌|掉得|突然掉|掉到|降到|跌到|在降|还在降|往下(?=走|降|掉)|越来越(?:小|低)|\b(?:sink(?:t|en)|sank|fällt|fallen|fiel|nimmt ab|geht (?:\w+ )?(?:runter|nach unten|zurück)|rutscht (?:\w+ ){0,2}ab)\b|\b(?:baj(?:a|an|ó|ando)|disminuy\w+|ca(?:e|en|yó)|descien\w+|decrec\w+|cai|caem|caiu|ca[ií]|caindo|diminui\w*|desc(?:e|em|eu)|decresc\w*)\b|\b(?:baiss\w+|diminu\w+|tomb\w+|descend\w*|chut\w+|d[eé]cro[iî]t)\b|下が\w+|低下\w*|減少\w*|減り\w*|내려\w*|내립\w*|감소\w*|떨어\w*|줄어\w*"),
    ("not_rises", r"上不去|升不上去?|提不上去?|涨不上?去?|提升不了"),
    ("not_falls", r"降不下去?来?|下不去|下不来|降不到|(?:完全|一直|怎么都|就是|根本|死活)?(?:不下降|不降(?!低)|没有?下降)"),
    ("training", r"(?:\b|(?<=\b[xyXY]_))(?:train(?:ing)?|fit(?:ting|ted)?)(?=\b|_|s?-)|обуч(?:ен|ающ|ал)\w+|тренировочн\w+|тренировк\w+|трейн\w*|训练|学習|訓練|훈련|학습|\bentrena\w+|\btrein(?:o|amento)\b|\bentra[iî]nement\w*|\btrainings?(?=\w|-)|\bapprentissage\b|\bentrenamiento\b"),
    ("validation", r"\beval(?:uation)?(?= (?:set|data|images|split|part|folder))|\b(?:val(?:id(?:ation)?)?|dev|cv)(?=\b|_|s?-)|валидац\w+|проверочн\w+|(?<!\w)проверк[аиуе](?!\w)|\bвал(?!\w)|验证|検証|검증|\bvalidaci[oó]n|\bvalida[cç][aã]o|\bwalidacj\w*|\bvalidierungs?(?:daten|menge|satz|bilder\w*)?|\bvalid(?=\b|_)"),
    ("test", r"\b(?:test(?:ing|set|s)?|hold-?out)(?=\b|_|s?-|g|v|d|l)|(?<!\w)тест\w*|测试|テスト|테스트|\bprueba\b|\bteste\b|\bunseen\b|\bin production\b|\bnew (?:photos?|images?|pictures?)\b"),
    ("loss", r"(?:\b|_)loss(?:es|e|wert)?\b|(?<!categorical )\bcross[ -]entropy\b(?! loss)(?=[^.;,]{0,30}?\d)|\bcost\b|потер[ьияею]\w*|(?<!\w)лосс\w*|(?<!\w)лос(?!\w)|ошибк\w+|损失|\bp[eé]rdida\w*|\bperdas?\b|\bpertes?\b|verlust\w*|損失|ロス|손실|로스"),
    ("accuracy", r"\btop-?[15]\b|(?:\b|_)(?:acc(?:uracy|uracies)?|accuray)\b|точност\w*|准确率|准确度|正确率|精度|\bprecisión\b|\bexactitud\b|\bacur[aá]cia\w*|\bprecis[aã]o\b|\bprécision\b|\bexactitude\b|genauigkeit\w*|正解率|정확도|аккураси|\b(?:result|score|Ergebnis|resultado|r[eé]sultat)s?\b(?=[^.;\d]{0,40}\d{1,2}(?:[.,]\d)?\s?%)|(?<!\w)результат(?=[^.;\d]{0,40}\d{1,2}(?:[.,]\d)?\s?%)"),
    ("other", r"\b(?:learning[ _-]?rate|lr|f1|recall|auc|iou|error rate|gradients?|(?<!class )weights?|memory|gpu|speed|time per|batch size|val_split|norm|parameters|resolution|dice|map)\b|скорост\w+ обучения|学习率|taux d'apprentissage|tasa de aprendizaje|taxa de aprendizado|lernrate|градиент\w*|размер\w* бат\w+|学習率"),
)  # fmt: skip
KINDS: tuple[tuple[str, Pattern], ...] = tuple((name, Pattern(words)) for name, words in _KINDS)
"""Kinds of words; where two share letters the first is meant."""
MEASURED = frozenset(
    {"is_at", "rises", "falls", "stays", "is_nan", "fluctuates", "above_training", "below_training"}
)
"""What is said of losses and accuracies."""
_MOVES = frozenset(
    {
        "fluctuates",
        "stays",
        "is_nan",
        "rises",
        "falls",
        "improves",
        "worsens",
        "not_rises",
        "not_falls",
    }
)
_COMPARES = frozenset({"above", "below", "better", "worse"})
_AND = lazy_re.compile(
    r"^[\sA-Za-z-]{0,14}?(?:\band\b|&|/|,|\bor\b|\bnor\b|\bthan\b|(?<!\w)и(?!\w)|и на|集?[和与跟及、]|データと|と|와|과|\bund\b|\bnoch\b|\by\b|\be\b|\bet\b|-)[\sA-Za-zа-я]{0,12}$",
    _I,
)
_NEW_CLAUSE = lazy_re.compile(r"\b(?:as|because|since|so|but|when|if|that|which|while|where)\b", _I)
_LINK = lazy_re.compile(
    r"^[\s_\-']{0,3}(?:(?:set|data|images?|pictures?|top-?[15]|curve|the|my|its|集|数据|データ|用|s|'s|데이터|выборк\w+|наборе|данных|part|split|fold)[\s_\-']{0,2}){0,3}(?:上|的|の|上的|时的|에서|의)?\s?$",
    _I,
)
"""What may stand between images and the measurement that is of them."""
_BEHIND = lazy_re.compile(
    r"^\s?(?:value |curve |figure |score |number |\(acc\w*\) |\(loss\) )?(?:both )?(?:on|for|of|in|over|during|at|from|while|на|при|для|у|auf|im|in|bei|der|de|del|en|em|no|na|da|do|sur|d'|à l'|des|à|pendant|durante|sobre)?\s?(?:the |my |our |whole |den |dem |la |las |el |los |les |l'|conjunto de |datos de |donn[eé]es de )?$",
    _I,
)


class Token(NamedTuple):
    """A word of a kind, where it stands."""

    kind: str
    start: int
    end: int


class Mention(NamedTuple):
    """A measurement that is spoken of, of which images; from where to where its words reach."""

    measurement: Measurement | None
    splits: tuple[Split, ...]
    start: int
    end: int


@lru_cache(maxsize=64)
def tokens(sentence: str) -> tuple[Token, ...]:
    made: list[Token] = []
    for kind, pattern in KINDS:
        for found in pattern.finditer(sentence):
            start, end = found.span()
            if not any(start < other.end and other.start < end for other in made):
                made.append(Token(kind, start, end))
    return tuple(sorted(made, key=lambda token: token.start))


def measured(sentence: str) -> Iterator[Claim]:
    """Yield what a sentence says of losses and accuracies, each as it is meant."""
    found = tokens(sentence)
    mentions = list(mentions_of(sentence, found))
    if not any(mention.measurement for mention in mentions):
        for token in (token for token in found if token.kind == "is_nan"):
            yield from _nan(sentence, token, mentions)
        yield from _unsteady(sentence, found)
        return
    for at, token in enumerate(found):
        if token.kind in _MOVES:
            yield from _moves(sentence, found, at, mentions)
        elif token.kind in _COMPARES:
            yield from _compares(sentence, token, mentions)


_OTHER_NAN = lazy_re.compile(
    r"\b(?:acc\w*|gradients?|weights?|outputs?|predictions?|activations?|pixels?|values? in|input\w*)\b|точност|准确率",
    _I,
)


def _nan(sentence: str, token: Token, mentions: Sequence[Mention]) -> Iterator[Claim]:
    """Yield that the loss is no number, where nothing else is named that could be."""
    if any(m.measurement not in {None, "loss"} for m in mentions) or _OTHER_NAN.search(sentence):
        return
    meant = context(sentence, [(token.start, token.end)], _still(token))
    yield from meant.claims(
        Claim(predicate="is_nan", sentence=sentence.strip(), subject=Subject(measurement="loss"))
    )


def _unsteady(sentence: str, found: Sequence[Token]) -> Iterator[Claim]:
    """Yield that validation is unstable, where no measurement is named."""
    part: Token | None = None
    for token in found:
        if token.kind in {"validation", "test"}:
            part = token
        elif token.kind == "fluctuates" and part is not None and token.start - part.end <= NEAREST:
            meant = context(sentence, [(token.start, token.end)], _still(token))
            split: Split = "test" if part.kind == "test" else "validation"
            yield from meant.claims(
                Claim(
                    predicate="fluctuates",
                    sentence=sentence.strip(),
                    subject=Subject(split=split),
                )
            )


def mentions_of(sentence: str, found: Sequence[Token]) -> Iterator[Mention]:
    """Yield the measurements of a sentence; images alone take the measurement named before."""
    taken: set[int] = set()
    last: Measurement | None = None
    made: list[Mention] = []
    for at, token in enumerate(found):
        if token.kind not in {"loss", "accuracy", "other"}:
            continue
        splits, start, used = _before(sentence, found, at)
        end = token.end
        if not splits:
            splits, end, used = _after(sentence, found, at)
        if not splits and _BOTH.search(sentence[: token.start]):
            splits = ("training", "validation")
        taken |= used
        kind = None if token.kind == "other" else token.kind
        made.append(Mention(kind, splits, start, end))  # type: ignore[arg-type]
    for at, token in enumerate(found):
        if token.kind in {"training", "validation", "test"} and at not in taken:
            if _TIME.match(sentence, token.end):
                continue
            before = [m for m in made if m.end <= token.start and m.measurement]
            behind = [m for m in made if m.start >= token.end and m.measurement]
            last = (before[-1] if before else behind[0]).measurement if before or behind else None
            if last is not None:
                made.append(Mention(last, (token.kind,), token.start, token.end))  # type: ignore[arg-type]
    yield from sorted(made, key=lambda mention: mention.start)


_TIME = lazy_re.compile(r"\s(?:time|phase|mode|step)\b", _I)
"""Behind the name of images where a time is meant."""
_BOTH = lazy_re.compile(
    r"\b(?:both|beide|ambas|as duas|les deux|both the|两个)\s?$|(?<!\w)(?:обе|оба)\s$|两个$", _I
)
"""Before losses or accuracies: those of training and of validation."""


def _before(
    sentence: str, found: Sequence[Token], at: int
) -> tuple[tuple[Split, ...], int, set[int]]:
    """Return the images that are named right before a measurement: "training and validation loss"."""
    splits: list[Split] = []
    start, used = found[at].start, set[int]()
    for back in range(at - 1, -1, -1):
        token = found[back]
        between = sentence[token.end : start]
        near = _LINK.match(between) if not splits else _AND.match(between)
        if token.kind not in {"training", "validation", "test"} or not near:
            break
        if (splits and _NEW_CLAUSE.search(between)) or _TIME.match(sentence, token.end):
            break
        splits.insert(0, token.kind)  # type: ignore[arg-type]
        used.add(back)
        start = token.start
    return tuple(dict.fromkeys(splits)), start, used


def _after(
    sentence: str, found: Sequence[Token], at: int
) -> tuple[tuple[Split, ...], int, set[int]]:
    """Return the images that are named right behind a measurement: "loss on training and test"."""
    splits: list[Split] = []
    end, used = found[at].end, set[int]()
    for ahead in range(at + 1, len(found)):
        token = found[ahead]
        between = sentence[end : token.start]
        near = _BEHIND.match(between) if not splits else _AND.match(between)
        if token.kind not in {"training", "validation", "test"} or not near:
            break
        if splits and _measurement_behind(found, ahead):
            break
        splits.append(token.kind)  # type: ignore[arg-type]
        used.add(ahead)
        end = token.end
    return tuple(dict.fromkeys(splits)), end, used


def _measurement_behind(found: Sequence[Token], at: int) -> bool:
    return (
        at + 1 < len(found)
        and found[at + 1].kind in {"loss", "accuracy"}
        and found[at + 1].start - found[at].end < 6
    )


_BREAK = lazy_re.compile(r"[;]|[.!?。！？](?=\s|$|\D)")
ON = lazy_re.compile(
    r"^\s?(?:(?:only|just|sharply|slowly|fast|nicely|steadily|both|at all, neither|, neither|neither|always|nur|только|seulement|solo|só)\s)?(?:on|for|in|during|at|with|from|over|while|на|при|у|в|bei|auf|im|in|beim|en|em|no|na|nos|nas|sur|pour|à|con|com)\s(?:(?:the|my|our|den|dem|der|la|el|las|los|le|les|l'|o|a|both|its|those|held-out|unseen|set of|conjunto de|datos de|données de|images de|imágenes de|imagens de|fotos de|photos de)\s?){0,3}$|^\s?(?:上|在|对|の|에서|は|在我的)\s?$",
    _I,
)


def _moves(
    sentence: str, found: Sequence[Token], at: int, mentions: Sequence[Mention]
) -> Iterator[Claim]:
    token = found[at]
    subject = _subject(sentence, token, mentions)
    if token.kind == "stays" and any(
        t.kind == "is_nan" and 0 <= t.start - token.end <= 12 for t in found
    ):
        return
    if token.kind == "is_nan" and (subject is None or subject.measurement is None):
        yield from _nan(sentence, token, mentions)
        return
    if subject is None or subject.measurement is None:
        return
    splits = _behind_verb(sentence, found, at) or subject.splits or (None,)
    name = token.kind
    if name in {"improves", "worsens"}:
        name = "rises" if (name == "improves") == (subject.measurement == "accuracy") else "falls"
    denied = name.startswith("not_")
    name = name.removeprefix("not_")
    if name in {"falls", "rises"} and _NO_FURTHER.search(
        sentence, token.start - 30, token.end + 12
    ):
        name, bound = "stays", True
    else:
        bound = False
    value = _value_behind(sentence, token.end, subject.measurement) if name == "stays" else None
    if value is None and name == "stays":
        value = _value_between(sentence, subject.end, token.start, subject.measurement)
    if splits == (None,) and name == "stays":
        on = _images_near(sentence, found, at)
        splits = (on,) if on else splits
    for other in _joined_to(sentence, subject, mentions):
        if other.measurement != subject.measurement:
            yield from _movement(sentence, token, name, other, other.splits or splits)
    both = _not_only(sentence, subject, mentions, found)
    splits = tuple(dict.fromkeys((*both, *splits)))
    yield from _movement(
        sentence, token, name, subject, splits, value=value, denied=denied, given=bound
    )


def _movement(
    sentence: str,
    token: Token,
    name: str,
    subject: Mention,
    splits: Sequence[Split | None],
    *,
    value: float | None = None,
    denied: bool = False,
    given: bool = False,
) -> Iterator[Claim]:
    """Yield that a measurement moves, of each of these images."""
    given = given or _DEFINITE.search(sentence[: token.start]) is not None
    meant = context(sentence, [(token.start, token.end)], _still(token), given=given)
    for split in splits:
        yield from meant.claims(
            Claim(
                predicate=name,
                value=value,
                sentence=sentence.strip(),
                subject=Subject(split=split, measurement=subject.measurement),
                polarity="negated" if denied else "affirmed",
            )
        )


_COORDINATED = lazy_re.compile(
    r"\s?(?:,|and|, and|和|以及|、|и|und|y|e|et)\s?(?:the |my |die |la |le )?", _I
)


def _joined_to(sentence: str, subject: Mention, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """Yield measurements that move together with one: "accuracy and loss do not change"."""
    behind = subject
    for mention in sorted(mentions, key=lambda one: -one.start):
        if mention.end <= behind.start and mention.measurement:
            if not _COORDINATED.fullmatch(sentence[mention.end : behind.start]):
                return
            yield mention
            behind = mention


_NO_FURTHER = lazy_re.compile(
    r"(?:n't|\bnot|\bnever|\bnicht|\bno|\bn[ãa]o|\bne|не)\s\w+\s(?:pas )?(?:below|under|above|over|past|beyond|unter|über|de|en dessous de|au-dessus de|ниже|выше)\s(?=\d)",
    _I,
)
"""A movement that ends at a figure: "does not fall below 0.7"."""
_DEFINITE = lazy_re.compile(r"\b(?:this|that|such a|the) (?:sudden |big |strange |sharp )?$", _I)
"""Before a movement that is taken for granted, whatever is asked of it: "this drop"."""
_NOT_ONLY = lazy_re.compile(
    r"\bnot (?:only|just)\b|не только|不仅|不但|不只|\bnicht nur\b|\bno s[oó]lo\b|\bn[aã]o s[oó]\b|\bpas seulement\b|だけでなく|뿐만 아니라",
    _I,
)


def _not_only(
    sentence: str, subject: Mention, mentions: Sequence[Mention], found: Sequence[Token]
) -> tuple[Split | None, ...]:
    """Return the images before of "not only the training but also the validation loss rises"."""
    opening = _NOT_ONLY.search(sentence)
    if opening is None:
        return ()
    before = [m for m in mentions if opening.end() <= m.start and m.end <= subject.start]
    if len(before) != 1 or any(
        t.kind in _MOVES and opening.end() <= t.start <= subject.start for t in found
    ):
        return ()
    return before[0].splits if before[0].measurement == subject.measurement else ()


def _value_between(sentence: str, start: int, end: int, measurement: str) -> float | None:
    """Return the figure between a measurement and its verb, as in Japanese and German."""
    inside = [one for one in numbers(sentence) if start <= one.start and one.end <= end]
    return share_of(inside[-1], measurement) if inside and end - inside[-1].end <= 8 else None


def _images_near(sentence: str, found: Sequence[Token], at: int) -> Split | None:
    """Return the images behind the figure at which something stays: "stuck at 0.7 on validation"."""
    for token in found[at + 1 :]:
        if token.kind not in {"training", "validation", "test"}:
            return None
        between = _without_numbers(sentence, found[at].end, token.start)
        if re.fullmatch(
            r"[\s(]*(?:at|around|about|bei|à|a|en|на|около|em)?[\s%]*(?:on|in|for|of|en|em|на|при|auf|bei|sur)\s(?:the |my |la |den )?",
            between,
            _I,
        ):
            return token.kind  # type: ignore[return-value]
        return None
    return None


def _still(token: Token) -> Callable[[str], bool]:
    """Return whether a text has a word of the kind of a token where it stands."""

    def again(text: str) -> bool:
        return any(
            t.kind == token.kind and t.start < token.end and token.start < t.end
            for t in tokens(text)
        )

    return again


NEAREST = 60
_PRONOUN = lazy_re.compile(r"^[^.;]{0,12}[,;]\s(?:but |and )?it(?: \w+)?\s$", _I)
VERB_LAST = lazy_re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
"""Japanese and Korean: what moves stands before its verb."""


def _subject(sentence: str, token: Token, mentions: Sequence[Mention]) -> Mention | None:
    """Return the measurement that moves."""
    before = [m for m in mentions if m.end <= token.start]
    behind = next((m for m in mentions if m.start >= token.end), None)
    if before and VERB_LAST.search(sentence):
        behind = None
    if behind is not None and behind.start - token.end <= (14 if token.kind == "is_nan" else 8):
        parted = not before or re.search(
            r"[,;.。，]|\bbut\b|\band\b", sentence[before[-1].end : token.start]
        )
        own = before and not parted
        if not own and not re.search(r"[,;.:。，]", sentence[token.end : behind.start]):
            return behind
    if len(before) > 1 and _PRONOUN.search(sentence[before[-1].end : token.start]):
        # "It" is what the clause before is about, which it names first.
        return next((m for m in before if m.measurement), None)
    near = before and token.start - before[-1].end <= NEAREST
    if near and not _BREAK.search(sentence[before[-1].end : token.start]):
        return before[-1]
    return None


def _behind_verb(sentence: str, found: Sequence[Token], at: int) -> tuple[Split | None, ...]:
    """Return the images behind a movement: "it falls on training, rises on validation"."""
    splits: list[Split] = []
    end = found[at].end
    for ahead, token in enumerate(found[at + 1 :], start=at + 1):
        if _measurement_behind(found, ahead):
            break  # images of another measurement: "falls while validation loss rises"
        between = sentence[end : token.start]
        near = (
            ON.match(between)
            if not splits
            else re.match(
                r"^\s?(?:and|or|nor|,|und|y|e|et|и)?\s?(?:for |on |на |in )?(?:the )?$", between, _I
            )
        )
        if token.kind not in {"training", "validation", "test"} or not near:
            break
        splits.append(token.kind)  # type: ignore[arg-type]
        end = token.end
    return tuple(splits)


def _value_behind(sentence: str, end: int, measurement: str) -> float | None:
    ahead = re.split(
        r"[;。]|\b(?:but|while|and|although)\b|[,，](?!\d)|\.(?=\s|$)", sentence[end : end + 45]
    )[0]
    number = next((n for n in numbers(sentence) if end <= n.start < end + len(ahead)), None)
    if number is not None and UNIT.match(sentence, number.end):
        return None
    return share_of(number, measurement)


def _compares(sentence: str, token: Token, mentions: Sequence[Mention]) -> Iterator[Claim]:
    """Yield that validation is above or below training, whichever of them is named first."""
    before = [m for m in mentions if m.end <= token.start and token.start - m.end <= 50]
    inside = [m for m in mentions if token.start <= m.start < token.end + 45]
    between = [m for m in before if m is not before[-1]]
    if before and inside:
        first, second = before[-1], inside[0]
    elif between:
        # "A than B", with the comparison last.
        first, second = between[-1], before[-1]
    else:
        return
    bare = second.measurement == first.measurement
    if not first.measurement or not first.splits or not (second.splits or bare):
        return
    # "val_loss < loss": the bare name is that of training.
    one, other = first.splits[0], (second.splits or ("training",))[0]
    if (one == "training") == (other == "training"):
        return
    larger = token.kind == "above" or (
        token.kind in {"better", "worse"}
        and (token.kind == "better") == (first.measurement == "accuracy")
    )
    if one == "training":
        one, larger = other, not larger
    meant = context(sentence, [(token.start, token.end)])
    yield from meant.claims(
        Claim(
            predicate="above_training" if larger else "below_training",
            sentence=sentence.strip(),
            subject=Subject(split=one, measurement=first.measurement),
        )
    )


def _without_numbers(sentence: str, start: int, end: int) -> str:
    """Return the text between two places without its figures."""
    text, at = "", start
    for number in numbers(sentence):
        if start <= number.start and number.end <= end:
            text, at = text + sentence[at : number.start], number.end
    return text + sentence[at:end]


UNIT = lazy_re.compile(
    r"[\s-]?(?:epochs?|轮|个|張|张|枚|images?|pictures?|photos?|samples?|classes|эпох\w*|класс\w*|изображени\w+|steps?|batch\w*|runs?|times|layers?|épo\w+|imágenes|imagens|Bilder|Klassen|Epochen|エポック|クラス|에포크|次|类|層|层)",
    _I,
)


def share_of(number: Number | None, measurement: str | None) -> float | None:
    """Return a figure as it counts; an accuracy is a share."""
    if number is None:
        return None
    value = number.share
    if measurement == "accuracy":
        if not number.percent and value > 1:
            value = value / 100 if 10 <= value <= 100 else -1.0
        return value if 0 <= value <= 1 else None
    return value
