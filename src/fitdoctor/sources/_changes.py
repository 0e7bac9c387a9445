"""What an asker changed, and whether it helped: an experiment of their own, in words.

"Without the regularizer it reaches 80 %", "with VGG16 the same script works", "a smaller learning
rate makes no difference". A change is one row; the words for the result are the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.catalogue import optimizers
from fitdoctor.catalogue.backbones import STEMS
from fitdoctor.records.claim import HELPED_BY, IN_VAIN, WORSENED_BY, Claim
from fitdoctor.sources._row import Pattern
from fitdoctor.sources._scope import context

_LESS = r"(?:\b(?:without|no|remov\w+|delet\w+|tak(?:e|ing|en)|took|leav(?:e|ing)|left|drop(?:ped|ping)?|disabl\w+|turn\w* off|switch\w* off|comment\w* out|lower\w*|reduc\w*|smaller|less|weaker)\b|без|убра\w+|去掉|不用|不加|没有|\b(?:ohne|sans|sin)\b)"
_MORE = r"(?:\b(?:add(?:ed|ing)?|more|larger|bigger|wider|increas\w+|rais\w+|higher|doubl\w+)\b|больше|увелич\w+|增加|加大|mehr|plus de|más)"
_USE = r"(?:\b(?:with|using|use[ds]?|tr(?:y|ied)|switch\w* to|chang\w+ (?:\w+ ){0,3}to|replac\w+ (?:\w+ ){0,3}(?:with|by)|instead|if i|when i|once i|after i|as soon as i|mit|avec|con)\b|\bс\b|换成|换了|改成|试了|试过|用|使用|\b(?:по)?пробовал\w*|\bиспользовал\w*)"
_RATE = r"(?:learning[ _-]?rate|\blr\b|step size|скорост\w+ обучения|学习率|lernrate)"
_BASE = rf"(?:\b(?:base|backbone|conv(?:olutional)? (?:part|layers|base)|pre-?trained (?:layers|part|network|model)|feature extractor|(?:{STEMS})\w*)\b|основ\w+)"

_IN_VAIN = r"(?=[^.;]{0,30}\b(?:not|no|nothing)\b[^.;]{0,12}\b(?:help\w*|effect|difference|chang\w*|work\w*)|[^.;]{0,30}n[\u2019']t (?:help|change|work))"
"""What comes of a change that is named without a verb before it."""

CHANGES: dict[str, Pattern] = {
    name: Pattern(pattern)
    for name, pattern in {
        "lower_rate": rf"(?:{_LESS}|\bsmall\b|\blow\b|\btiny\b|更小|较小|меньш\w+)[^.;]{{0,25}}{_RATE}|{_RATE}[^.;]{{0,20}}(?:\b(?:lower|reduced|decreased|smaller|down|divided)\b|调小|降低|改小|减小)",
        "higher_rate": rf"{_MORE}[^.;]{{0,15}}{_RATE}|{_RATE}[^.;]{{0,20}}(?:\b(?:higher|raised|increased|larger|(?<!goes )(?<!go )(?<!went )up)\b|调大|提高|改大)",
        "no_dropout": rf"\bdrop-?out[^.;\d]{{0,20}}\b(?:to|=|of)\s?(?:0\b(?![.,][1-9])|zero|0?[.,][0-2]\d*)|{_LESS}[^.;]{{0,25}}\bdrop-?outs?\b",
        "no_penalty": rf"\b(?:weight[ _-]?decay|l[12]\b|penalt\w+|regulari[sz]\w+|lambda)[^.;\d]{{0,20}}\b(?:to|=|of)\s?(?:0\b(?![.,][1-9])|zero|1e-\d|0?[.,]0+\d*)|{_LESS}[^.;]{{0,25}}\b(?:(?:kernel_)?regulari[sz]\w+|weight[ _]decay|l[12]\b|penalt\w+)",
        "no_batchnorm": rf"{_LESS}[^.;]{{0,25}}\b(?:batch[ _-]?norm\w*|BN\b)",
        "frozen_batchnorm": r"\b(?:keep\w*|kept|leav\w+|left|froz\w+|freez\w+|set\w*|with)\b[^.;]{0,25}\b(?:batch[ _-]?norm\w*|BN)\b[^.;]{0,25}(?:\b(?:frozen|fixed|inference|eval)\b|trainable ?= ?False|training ?= ?False)|\b(?:freez\w+|froze)\b[^.;]{0,20}\b(?:batch[ _-]?norm\w*|BN)\b",
        "no_augmentation": rf"\b(?:switch\w*|turn\w*)\b[^.;]{{0,12}}\baugment\w*[^.;]{{0,12}}\boff\b|{_LESS}[^.;]{{0,25}}\b(?:augment\w*|(?:image)?data ?gen(?:erator)?\b)|\bwithout (?:the |any )?generator\b|{_LESS}[^.;]{{0,12}}(?:аугмент\w+|数据增强|增强)",
        "more_dropout": rf"(?:{_MORE}|{_USE}|\bput\b)[^.;]{{0,20}}\bdrop-?outs?\b(?![^.;\d]{{0,8}}(?:0\b(?![.,][1-9])|zero))|\bdrop-?outs?\b{_IN_VAIN}",
        "more_penalty": rf"(?:{_MORE}|{_USE})[^.;]{{0,20}}\b(?:weight[ _-]?decay|l[12]\b|(?:kernel_)?regulari[sz]\w+)|\b(?:weight[ _-]?decay|l[12]\b|regulari[sz]\w+){_IN_VAIN}",
        "more_augmentation": rf"(?:{_MORE}|{_USE})[^.;]{{0,15}}\b(?:augment\w*)|(?:{_MORE}|{_USE})[^.;]{{0,15}}(?:аугмент\w+|数据增强)|\baugment\w+{_IN_VAIN}",
        "more_layers": rf"{_MORE}(?:(?!drop-?out|norm|pool|frozen|freez|last|top|first)[^.;]){{0,12}}\blayers?\b|\bdeeper\b",
        "shuffling": r"\b(?:shuffl(?:e|ed|ing)\b|shuffle\s?=\s?True)(?![^.;]{0,40}\b(?:took|take|use|used|hold\w*|kept|split\w*)\b[^.;]{0,25}\bval)|перемеш\w+|打乱|mischen|mélang\w+",
        "scaling": r"\b(?:divid\w+|scal(?:e|ed|ing)|normali[sz]\w+|rescal\w+)\b[^.;]{0,40}(?:\b255|\b127[.,]5|images?|inputs?|pixels?|data\b|\[ ?0|0 ?\.\. ?1|between 0 and 1)|除以 ?255|归一化|нормализ\w+|делю на 255",
        "preprocessing": rf"(?:{_USE}|{_MORE}|\bcall\w*\b|\bapply\w*\b)[^.;]{{0,30}}\bpreprocess\w*",
        "frozen_base": rf"(?:{_USE}|\bif\b|\bwhen\b|\bonce\b|\bas long as\b)[^.;]{{0,25}}{_BASE}[^.;]{{0,20}}\b(?:frozen|freez\w+|froze|trainable ?= ?False)\b|(?:\bi (?:freeze|froze)|\bfreezing)\b[^.;]{{0,20}}{_BASE}",
        "other_optimizer": rf"{_USE}[^.;]{{0,25}}\b(?:{optimizers.WRITTEN}|momentum)\b",
        "fewer_layers": rf"(?:(?<!\bmy )(?<!\bour )(?<!\bown )\b(?:one|1|two|2|three|3|fewer|less|shallow\w*|single)\b|{_LESS})(?:(?!drop-?out|norm|pool|frozen|freez|last|top|first)[^.;]){{0,20}}\blayers?\b|\bshallow\w* (?:net\w*|model)",
        "relu": rf"{_USE}[^.;]{{0,30}}\brelu\b",
        "larger_batch": rf"(?:{_MORE})[^.;]{{0,12}}\bbatch(?:es|[ _]?size)?\b|\bbatch[ _]?size\b[^.;]{{0,15}}\b(?:larger|bigger|higher|increased|up)\b",
        "smaller_batch": rf"(?:{_LESS})[^.;]{{0,12}}\bbatch(?:es|[ _]?size)\b",
        "more_units": rf"{_MORE}[^.;]{{0,20}}\b(?:units|neurons|nodes|hidden size)\b",
        "more_filters": rf"{_MORE}[^.;]{{0,20}}\b(?:filters|channels|feature maps)\b",
        "balance": r"\bclass[ _]weights?\b|\bbalanc(?:e|ed|ing)\b|\bover-?sampl\w+|\bunder-?sampl\w+",
        "no_softmax": rf"{_LESS}[^.;]{{0,25}}\b(?:softmax|sigmoid)\b",
        "initializer": rf"(?:{_USE})[^.;]{{0,25}}\b(?:he|glorot|xavier|kaiming|orthogonal)(?:[_ ]?(?:normal|uniform|init\w*))?\b",
        "more_images": rf"{_MORE}[^.;]{{0,12}}\b(?:images|pictures|photos|data|samples)\b",
        "from_scratch": r"\b(?:trained |training )?from scratch\b|\bwithout (?:the )?(?:pre-?trained|imagenet) weights\b|\bweights ?= ?None\b|с нуля|从头",
        "inference_mode": r"(?:\b(?:with|using|set\w*|when|if|by)\b)[^.;]{0,20}\btraining\s?=\s?False",
        "train_mode": rf"{_LESS}(?:[^.;]|\.(?=\w)){{0,16}}\beval\(\)|{_LESS}[^.;]{{0,16}}\beval(?:uation)? mode|\b(?:leav\w+|left|keep\w*|kept|with|in)\b[^.;]{{0,16}}\btrain(?:ing)? mode",
        "longer": r"\b(?:trained?|training|run(?:ning)?|wait\w*)\b[^.;]{0,20}\b(?:longer|more epochs)\b|\bmore epochs\b",
    }.items()
}  # fmt: skip
"""Name of a change -> its words; a rule names those that would mend its cause."""

_ADDED = r"(?:\b(?:add(?:ed|ing)?|insert\w*|introduc\w*|put|includ\w+|us(?:e|ing)|with|switch\w* on|turn\w* on|rais\w+|increas\w+)\b|добав\w+|加入|加上|hinzu\w*)"
_NOT_LESS = r"(?:(?!\bwithout\b|\bno\b|\bnot\b)[^.;])"
OPPOSITES: dict[str, Pattern] = {
    name: Pattern(pattern)
    for name, pattern in {
        "lower_rate": CHANGES["higher_rate"].pattern,
        "higher_rate": CHANGES["lower_rate"].pattern,
        "no_dropout": rf"{_ADDED}{_NOT_LESS}{{0,25}}\bdrop-?outs?\b",
        "no_penalty": rf"{_ADDED}{_NOT_LESS}{{0,25}}\b(?:(?:kernel_)?regulari[sz]\w+|weight[ _]decay|l[12]\b|penalt\w+)",
        "no_batchnorm": rf"{_ADDED}{_NOT_LESS}{{0,25}}\b(?:batch[ _-]?norm\w*|BN\b)",
        "no_augmentation": rf"{_ADDED}{_NOT_LESS}{{0,25}}\baugment\w*",
        "frozen_base": r"(?:\b(?:unfr[eo]e?z\w+|thaw\w*)\b|\btrainable ?= ?True)[^.;]{0,25}",
        "fewer_layers": r"\b(?:add(?:ed|ing)?|more|deeper|with (?:\d+|many))\b[^.;]{0,15}\blayers?\b",
    }.items()
}  # fmt: skip
"""Name of a change -> words of its opposite, which speak for the same cause where it did harm."""
AGAINST_ANYTHING = frozenset({"more_dropout", "more_penalty", "more_augmentation", "more_layers"})
"""What people try whatever is wrong: it is told as tried, and speaks for no cause and against none."""
_HARM = Pattern(
    r"\b(?:no longer|not any ?more|stop(?:s|ped)? (?:learning|working|improving)|(?:gets?|got|is|are|becomes?|became|went|goes|go|much|far|a lot) (?:much |far |a lot )?worse|"
    r"(?:drops?|dropped|falls?|fell|collapses?|collapsed|goes down|went down) (?:back )?(?:to|from|below)|fails? (?:to|completely)|(?:does|do|did|will)(?: not|n'?t) (?:learn|converge|train|work|improve)|"
    r"never (?:learns?|converges?)|explod\w+|diverg\w+|\bnan\b|stuck|at chance|random guess\w*|stays? (?:at|low|near))\b"
    r"|перестал\w*|не обуч\w*|хуже|不收敛|变差|下降|schlechter|nicht mehr",
)  # fmt: skip

_NUMBER_GOOD = r"(?:\b(?:acc\w*|reach\w*|gets?|got|obtain\w*|goes?|go|to|is|are|around|about|have|gives?|brings?|it's)\b[^.;,\d]{0,15}|:\s{1,2})(?:(?<![\d.,])0?[.,][89]\d*|(?<![\d.,])[89]\d(?:[.,]\d+)?\s?%|\b100\s?%)"
_GOOD = Pattern(
    r"\b(?:works?|worked|working|fine(?![- ]?tun)|trains?(?=\s*(?:[.,;!]|$))|learn(?:s|ed)?|train(?:s|ed) (?:well|normally|fine|as)|converge[sd]?|solve[sd]?|fixe[sd]|"
    r"(?:goes|go|went|is) away|gone|disappear\w*|reach(?:es|ed)?|no (?:such )?problem|as expected|as it should|smoothly|steadily|nice(?:ly)?|perfect(?:ly)?|"
    r"much (?:better|higher)|(?:is|are|get|gets|becomes?) (?:much |a lot )?better|improv\w+|helps?|helped|stable|"
    r"(?:acc\w*|both|it|score) (?:go(?:es)?|went|rises?|jumps?|climbs?|got) (?:up )?to|never happens|no spikes?|does not happen|doesn'?t happen)\b"
    rf"|{_NUMBER_GOOD}|работает|обучается|сходится|хорошо|лучше|помогл?о?|正常|可以|收敛|好了|解决|有效|gut|funktioniert|marche|funciona",
)  # fmt: skip
_NOTHING = Pattern(
    r"\b(?:no|any|little) (?:\w+ )?(?:difference|effect|change|improvement|influence)\b"
)
_BAD = Pattern(
    rf"{_NOTHING.pattern}|\bthe same\b(?! (?:\w+ ){{0,2}}(?:images|data|set|script|code|split|network|net|model|pipeline|settings|photos|pictures|folder)\b)|\bsame (?:result|problem|thing|behaviou?r)|"
    r"\bno longer\b|\bworse\b|\bnothing (?:chang\w+|help\w+|work\w+)|\bchang\w+ nothing|\b(?:did|does|do|has|have|is|are|was|could|can)(?: not|n'?t)\b|\bcannot\b|\bnot (?:help|work|better)|"
    r"\bstill (?:stuck|the same|fails?|bad|low|not|at|stays?)|\balso (?:fails?|stuck|stays?)|\bneither\b|\bno (?:help|luck|avail)|"
    r"\b(?:val\w*|test)\b[^.;]{0,40}\b(?:stays?|stuck|remains?|only)\b|\b(?:a (?:little )?bit|slightly|a little|marginally|somewhat|by [0-4] ?%|немного|чуть|一点|etwas|un peu)\b|не помог\w*|не обуч\w*|без изменений|то же самое|没有?(?:用|效果|变化|改善)|还是|仍然|不行|一样|hilft nicht|nichts",
)  # fmt: skip
_WORSE = Pattern(
    r"(?<!\bno )(?<!\bnot )\b(?:worse|worsen\w*|deteriorat\w*)\b(?! than)|(?<!\w)(?<!не )(?:хуже|ухудш\w*)|变差|更差|schlechter|verschlechter\w*|(?<!\w)(?:peor|pior|pire|empir\w*|empeor\w*|aggrav\w*)(?!\w)",
)
"""A change that did harm is no cure of its cause: it points at its own lines."""
_STAYS_HIGH = Pattern(
    r"\b(?:val_|test_)?acc\w*\b[^.;,\d]{0,12}\b(?:stays?|remains?)\b[^.;,\d]{0,8}(?:0?[.,][89]\d*|[89]\d(?:[.,]\d+)?\s?%)",
)
_HELD_LOW = Pattern(
    r"\b(?:val\w*|test)\b[^.;,]{0,20}(?:(?<![\d.,])[0-6]?\d(?:[.,]\d+)?\s?%|(?<![\d.])0?[.,][0-6]\d*)",
)
"""Whatever training reaches beside it, that is no success."""
_GOOD_DESPITE = Pattern(
    r"\b(?:does|do|did|is)(?: not|n'?t) (?:happen|occur|do (?:it|this|that)|spike|jump|there|appear)",
)
_RATE_GIVEN = Pattern(
    r"(?:\blr\b|learning[ _-]?rate|\bstep size\b|\b(?:SGD|Adam|RMSprop)\b)[^\d.]{0,20}(\d*[.,]?\d+(?:e-?\d+)?)",
)
_FROM_TO = Pattern(
    r"\b(?:from|of)\s(?:(?P<one>\w+)\s?\()?(?:a )?(?:lr|learning[ _-]?rate)?(?: of )?\s?=?\s?(?P<was>\d*[.,]?\d+(?:e-?\d+)?)\)?"
    r"\s(?:down |up )?to\s(?:(?P<other>\w+)\s?\()?(?:lr|learning[ _-]?rate)?\s?=?\s?(?P<now>\d*[.,]?\d+(?:e-?\d+)?)(?!\s?%|[\d])",
)
"""From one rate to another: "from SGD(lr=0.5) to SGD(lr=0.01)"."""
_RATE_TRIED = Pattern(
    r"\b(?:with|at|using|mit|avec|(?:when|if|once) i (?:take|took|use|used|try|tried|set|chose))\s(?:it to |a (?:learning )?rate of |(?:learning rate|lr) ?=? ?(?:of )?)?"
    r"(\d?[.,]\d+|\d+(?:[.,]\d+)?e-?\d+)(?!\s?%|\d)",
)  # fmt: skip
_OPTIMIZER = Pattern(rf"\b({optimizers.WRITTEN})\b")
_AT_A_RATE = Pattern(rf"{_OPTIMIZER.pattern}\s?\((?:lr|learning_rate)?\s?=?\s?\d*[.,]?\d")
_LAYERS = Pattern(
    r"\b(\d{1,3}|one|two|three|four|five|a single)[ -](?:hidden |conv\w* |dense )?layers?\b"
)
_SINCE = Pattern(
    r"\b(?:since|after|when|once|as soon as|if|with|because|now)\b|после|когда|если|如果|之后|seit|wenn|nach",
)


def tried(sentence: str, before: str = "") -> Iterator[Claim]:
    """Return the changes that a sentence reports as tried, named by what came of them.

    `helped_by_`, `in_vain_` or `worsened_by_` each.
    """
    for name, pattern in CHANGES.items():
        if (match := pattern.search(sentence)) and _was_made(sentence, match.span()):
            result = _result(sentence, match.span())
            if result and not (name == "other_optimizer" and _only_one(sentence)):
                yield Claim(predicate=result + name, value=None, sentence=sentence.strip())
    for name, pattern in OPPOSITES.items():
        match = pattern.search(sentence)
        if match is None or not _was_made(sentence, match.span()):
            continue
        if (
            _HARM.search(sentence[match.end() :])
            and _SINCE.search(sentence)
            and not _NOTHING.search(sentence)
        ):
            yield Claim(predicate=HELPED_BY + name, value=None, sentence=sentence.strip())
    yield from _other_rate(sentence, before)
    yield from _other_depth(sentence, before)


_OTHERWISE_ALIKE = lazy_re.compile(
    r"\b(?:same|identical) (?:code|script|data|network|model|notebook|settings)\b|\botherwise\b",
    re.IGNORECASE,
)
"""What somebody else changed in what is the same otherwise is an experiment as well."""


def _was_made(sentence: str, change: tuple[int, int]) -> bool:
    """Return whether the asker made a change, rather than to ask, plan or read of it."""
    meant = context(sentence, [change])
    return (
        meant.certainty == "observed"
        and (meant.holder == "asker" or bool(_OTHERWISE_ALIKE.search(sentence)))
        and meant.time not in {"expected", "before"}
    )


def _only_one(sentence: str) -> bool:
    """Return whether there is one optimizer, at one rate or at two, and no other."""
    if not _AT_A_RATE.search(sentence):
        return False
    return len({match[1].lower() for match in _OPTIMIZER.finditer(sentence)}) == 1


def _result(sentence: str, change: tuple[int, int]) -> str | None:
    # Behind a semicolon stands what another trial gave.
    start = sentence.rfind(";", 0, change[0]) + 1
    end = sentence.find(";", change[1])
    sentence = sentence[start : end if end >= 0 else len(sentence)]
    change = change[0] - start, change[1] - start
    # The words of the change itself say nothing of what came of it.
    rest = sentence[: change[0]] + " ... " + sentence[change[1] :]
    # A bracket is of what stands right before it: "checked the labels (fine), scaled the images".
    rest = _OF_ANOTHER.sub(" ", rest)
    if _GOOD_DESPITE.search(rest):
        return HELPED_BY
    if _HELD_LOW.search(rest):
        return None
    if _STAYS_HIGH.search(rest):
        return HELPED_BY
    if _WORSE.search(rest):
        return WORSENED_BY
    if _BAD.search(rest):
        return IN_VAIN
    return HELPED_BY if _GOOD.search(rest) else None


_OF_ANOTHER = lazy_re.compile(r"(?<!\.\.\.)(?<!\.\.\. )\([^()]{1,40}\)")


def _other_rate(sentence: str, before: str) -> Iterator[Claim]:
    """Return what another rate did: "SGD at 0.5 jumps; with 0.01 it falls smoothly"."""
    if (moved := _FROM_TO.search(sentence)) and re.search(_RATE, moved[0], re.IGNORECASE):
        was, now = (float(moved[group].replace(",", ".")) for group in ("was", "now"))
        result = _result(sentence, moved.span())
        if result and was != now and moved["one"] == moved["other"]:
            change = "lower_rate" if now < was else "higher_rate"
            yield Claim(predicate=result + change, value=now, sentence=sentence.strip())
        return
    for match in _RATE_TRIED.finditer(sentence):
        given = _RATE_GIVEN.search(f"{before} {sentence[: match.start()]}")
        if given is None:
            continue
        clause = re.split(r"[,;.]\s", sentence[match.end() :])[0]
        result = _result(clause, (0, 0))
        was, now = (float(text.replace(",", ".")) for text in (given[1], match[1]))
        if result and was != now:
            change = "lower_rate" if now < was else "higher_rate"
            yield Claim(predicate=result + change, value=now, sentence=sentence.strip())


_WORDS = {"one": 1, "a single": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def _other_depth(sentence: str, before: str) -> Iterator[Claim]:
    """Return what another depth did: "30 layers do not learn; with 8 layers it works"."""
    found = list(_LAYERS.finditer(sentence))
    given = list(_LAYERS.finditer(before)) + found[:1]
    if not found or not given or found[-1].start() == given[0].start():
        return
    was, now = (int(_WORDS.get(m[1].lower()) or m[1]) for m in (given[0], found[-1]))
    result = _result(sentence[found[-1].end() :], (0, 0))
    if result and now < was:
        yield Claim(predicate=result + "fewer_layers", value=float(now), sentence=sentence.strip())
