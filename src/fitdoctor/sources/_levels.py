"""Accuracies and losses that an asker states in words, and of which images each is.

"Training accuracy 0.98, validation accuracy 0.51"; "99 % on the training set but 60 % on test".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Split, Subject
from fitdoctor.sources._scope import context

_I = re.IGNORECASE
_OF = {
    "train": r"(?:\b|(?<=\b[xyXY]_))(?:train(?:ing)?|fit(?:ting)?)(?=\b|_)|обуч\w+|тренировоч\w+|训练|学習|訓練|entrena\w+|treino|entra[iî]n\w+|trainings?\w*",
    "val": r"\b(?:val(?:id(?:ation)?)?|dev)(?=\b|_)|валидаци\w+|проверочн\w+|验证|検証|valida\w+|Validierung\w*",
    "test": r"\b(?:test(?:ing|set)?|hold-?out|unseen)(?=\b|_)|тестов\w+|(?<!\w)тест\w{0,2}(?!\w)|测试|テスト",
}  # fmt: skip
_MENTION = lazy_re.compile("|".join(f"(?P<{name}>{words})" for name, words in _OF.items()), _I)
_ACCURACY = lazy_re.compile(
    r"acc(?:uracy)?(?=\b|_|[A-Z])|точност\w*|准确率|精度|正解率|precisi[oó]n|exactitud|genauigkeit|\bcorrect(?:ly)?\b|\bright\b|%",
    _I,
)  # fmt: skip
_LOSS = lazy_re.compile(r"loss(?:es)?\b|потер\w+|损失|損失|p[eé]rdida|perda", _I)
_OTHER = lazy_re.compile(
    r"\b(?:precision|recall|f1|auc|iou|dice|error rate|dropout|split|learning rate|momentum|decay|patience|threshold|ratio|of the (?:data|images))\b",
    _I,
)
_NUMBER = lazy_re.compile(
    r"(?<![A-Za-z0-9_.,/:-])(?:(?P<share>0?[.,]\d{1,6}|1[.,]0{1,6})|(?P<percent>\d{1,3}(?:[.,]\d{1,4})?)\s?%)"
    r"(?![A-Za-z0-9_%]|[.,/:]\d)"
)
_FROM = lazy_re.compile(r"(?:from|between|von|от|с|从)\s*$", _I)
_OF_IMAGES = lazy_re.compile(
    r"\s*(?:of (?:the|my|all) (?:data|images|samples)|split|dropout"
    r"|(?:(?:of|for|as|to) )?(?:the |my )?(?:train|val|test)\w* (?:images|pictures|data|split|samples))",
    _I,
)
"""Behind a share of the images, which is none of their accuracy."""
_TWO = lazy_re.compile(
    r"(?<![\w_])(?:train[_ ])?acc(?:uracy)?\b\s?[:=]?\s?(0?\.\d+|1\.0+|\d{1,3}(?:\.\d+)?\s?%)\W{1,6}(?:\w{1,4}\s)?"
    r"(?:(?:val|test)[_ ]loss\s?[:=]?\s?\d+\.\d+\W{1,6})?(?:val|test)[_ ]acc(?:uracy)?\b\s?[:=]?\s?(?:is |of )?(0?\.\d+|1\.0+|\d{1,3}(?:\.\d+)?\s?%)",
    _I,
)
_TERSE = lazy_re.compile(
    r"\btrain(?:ing)?\s?[:=]?\s?(0?\.\d+|1\.0+|\d{1,3}(?:\.\d+)?\s?%)\W{1,4}(?:and |but )?"
    r"(?:val(?:idation)?|test)\s?[:=]?\s?(0?\.\d+|1\.0+|\d{1,3}(?:\.\d+)?\s?%)(?!\s?(?:split|of))",
    _I,
)
"""Train 0.95, val 0.81: what is left is accuracy, unless the two are the parts of a split."""
_SETTING = lazy_re.compile(r"\b(?!\w*acc)\w+\s?=\s?$", _I)
_RATHER = lazy_re.compile(r"(?:plus|minus|±|\+-|\+/-|within|by)\s*$", _I)
_AGAIN = lazy_re.compile(
    r"\b(?:evaluat\w+|predict\w*|inference|eval\(\)|eval mode)\b|评估|预测|оценк\w+", _I
)
_CLAUSE = lazy_re.compile(
    r"(?<!\d)[,;:]|[,;:](?!\d)|\.\s(?=(?-i:[A-ZА-Я]))|\b(?:but|while|whereas|yet|and|although)\b|\bно\b|\b(?:pero|mientras|mas|mais|aber|während|ma)\b|但|而|，|、",
    _I,
)
ENDS = ("said_accuracy", "said_val_accuracy", "said_accuracy_evaluated")
GOOD, APART, BETTER, AGREE = 0.8, 0.15, 0.03, 0.025


_PART_OF = lazy_re.compile(
    r"\([^()]{0,40}\d\s?%\s?(?:of|von|der|des|de|du|от|из)\s[^()]{1,40}\)", _I
)
"""A bracket that says which share of images a part is: no accuracy, and of no other part."""


def levels(sentence: str) -> Iterator[Claim]:
    """Yield the accuracies of a sentence, as shares, each as it is meant; losses that agree."""
    plain = _PART_OF.sub(lambda aside: " " * len(aside[0]), sentence)
    yield from (replace(claim, sentence=sentence.strip()) for claim in _read(plain))


def _read(sentence: str) -> Iterator[Claim]:
    yield from _losses(sentence)
    if not (_ACCURACY.search(sentence) or _AGAIN.search(sentence) or _TERSE.search(sentence)):
        return
    for pair in _TWO.finditer(sentence):
        yield from _level(sentence, "train", _plain(pair[1]), pair.span(1))
        yield from _level(sentence, _held(pair[0]), _plain(pair[2]), pair.span(2))
        return
    if (terse := _TERSE.search(sentence)) and not _LOSS.search(sentence):
        train, val = _plain(terse[1]), _plain(terse[2])
        if not 0.99 < train + val < 1.01:
            yield from _level(sentence, "train", train, terse.span(1))
            yield from _level(sentence, _held(terse[0]), val, terse.span(2))
            return
    mentions = [(m.start(), str(m.lastgroup)) for m in _MENTION.finditer(sentence)]
    shares = list(_NUMBER.finditer(sentence))
    numbers = [m for m in shares if _counts(sentence, m)]
    if len(shares) > 1 and _of_one_set(sentence, shares):
        return
    if _for_both(sentence, mentions, numbers):
        for part in ("train", _held(sentence)):
            yield from _level(sentence, part, _share(numbers[0]), numbers[0].span())
        return
    if not mentions or not numbers:
        return
    pairs = _in_turn(mentions, numbers) or _each_before(sentence, mentions, numbers)
    if pairs is None:
        pairs = [(of, n) for n in numbers if (of := _owner(sentence, mentions, n)) is not None]
    if _SPLIT.search(sentence) and _make_a_whole(pairs):
        return
    again = _AGAIN.search(sentence)
    for of, number in pairs:
        by = of == "train" and again is not None and _of_evaluate(sentence, again, number)
        yield from _level(sentence, of, _share(number), number.span(), evaluated=by)


_PARTS: dict[str, Split] = {"train": "training", "val": "validation", "test": "test"}


def _held(text: str) -> str:
    """Return whether the second of two figures is of validation or of test images."""
    found = [str(m.lastgroup) for m in _MENTION.finditer(text) if m.lastgroup != "train"]
    return found[-1] if found else "val"


def _level(
    sentence: str, of: str, value: float, span: tuple[int, int], *, evaluated: bool = False
) -> Iterator[Claim]:
    claim = Claim(
        predicate="is_at",
        value=value,
        sentence=sentence.strip(),
        subject=Subject(
            split=_PARTS[of], measurement="accuracy", by="evaluate" if evaluated else None
        ),
    )
    yield from context(sentence, [span], given=True).claims(claim)


_SPLIT = lazy_re.compile(
    r"split|\bdata ?set\b|\bof the (?:data|images)|разб|раздел|выборк|aufgeteilt|aufteil|divid|répart"
    r"|划分|分为|拆分|分割",
    _I,
)


_BOTH = lazy_re.compile(
    r"\bboth\b(?=\W{0,3}(?:$|(?:(?:the|my|of) ){0,2}"
    r"(?:sets?|splits?|parts|data ?sets?|data|accurac\w+|train\w*|val\w*|test\w*)\b))",
    _I,
)
_JOINED = lazy_re.compile(
    r"\W*(?:and|&|/|as well as|und|et|y|и|和)\W*(?:the |my |on |in |for )*", _I
)


def _for_both(sentence: str, mentions: list[tuple[int, str]], numbers: list[re.Match[str]]) -> bool:
    """Return whether one figure is that of both parts: "93 % on both", "95 % in train and test"."""
    if len(numbers) != 1:
        return False
    of = [name for _, name in mentions]
    if not of:
        return bool(_BOTH.search(sentence))
    if len(of) != len(set(of)) or len(of) != 2:
        return False
    (first, _), (second, _) = mentions
    word = _MENTION.search(sentence, first)
    between = sentence[word.end() if word else first : second]
    joined = _JOINED.fullmatch(re.sub(r"\b(?:accuracy|acc|sets?|data)\b", "", between, flags=_I))
    return bool(joined) and not first < numbers[0].start() < second


_LOSSES = lazy_re.compile(
    rf"(?:{_OF['train']})\s?loss(?:es)?\b[^\d;.]{{0,20}}(\d{{1,3}}\.\d{{1,6}})"
    rf"[^\d;]{{0,40}}(?:{_OF['val']}|{_OF['test']})\s?loss(?:es)?\b[^\d;.]{{0,20}}(\d{{1,3}}\.\d{{1,6}})",
    _I,
)
ALIKE = 0.1
"""Of the training loss, by which a validation loss that agrees with it may differ."""


def _losses(sentence: str) -> Iterator[Claim]:
    """Yield a statement where losses of both parts are given, and are about the same."""
    if found := _LOSSES.search(sentence):
        train, val = float(found[1]), float(found[2])
        if abs(val - train) <= ALIKE * train:
            yield Claim(predicate="losses_agree", value=val - train, sentence=sentence.strip())


def _make_a_whole(pairs: list[tuple[str, re.Match[str]]]) -> bool:
    """Return whether this is the two parts of one set, 80 % and 20 %."""
    parts = {of: _share(number) for of, number in pairs}
    return len(parts) == 2 and abs(sum(parts.values()) - 1) < 1e-6


def _of_one_set(sentence: str, shares: list[re.Match[str]]) -> bool:
    """Return whether these are the parts of one set: "80 % of the images for training, 20 % ..."."""
    if abs(sum(map(_share, shares)) - 1) > 1e-6:
        return False
    of_images = any(_OF_IMAGES.match(sentence, share.end()) for share in shares)
    return of_images or not _ACCURACY.search(sentence.replace("%", ""))


_WHEREAS = lazy_re.compile(r"\b(?:whereas|while|but|although|though|yet)\b|,|;", _I)


def _of_evaluate(sentence: str, again: re.Match[str], number: re.Match[str]) -> bool:
    """Return whether this is a figure of evaluate from that of training which is set against it."""
    between = sentence[again.end() : number.start()]
    turns = list(_WHEREAS.finditer(between))
    fitted = bool(turns) and re.search(r"\b(?:fit|train)", between[turns[-1].end() :], _I)
    return again.start() < number.start() and not fitted


_ASIDE = lazy_re.compile(r"\([^()]{1,40}\)")
"""What stands in brackets is of what is before them, not of a figure behind."""


def _counts(sentence: str, number: re.Match[str]) -> bool:
    """Return whether a figure is an accuracy, no rate, loss, share of the images or start."""
    before = _ASIDE.sub(" ", sentence[max(0, number.start() - 60) : number.start()])[-40:]
    if any(words.search(before) for words in (_FROM, _RATHER, _SETTING)):
        return False
    share = _share(number)
    if not 0 <= share <= 1:
        return False
    near = [
        (found.end(), kind)
        for kind, words in (("accuracy", _ACCURACY), ("loss", _LOSS), ("other", _OTHER))
        for found in words.finditer(before)
    ]
    last = max(near, default=(0, "accuracy" if number["percent"] else ""))[1]
    if _OF_IMAGES.match(sentence[number.end() : number.end() + 40]):
        return False
    named = _ACCURACY.search(sentence) or _AGAIN.search(sentence)
    return last == "accuracy" or (last == "" and bool(named))


def _in_turn(
    mentions: list[tuple[int, str]], numbers: list[re.Match[str]]
) -> list[tuple[str, re.Match[str]]] | None:
    """Return the pairs of "training and validation accuracy are 0.98 and 0.51", or behind these."""
    if len(mentions) < 2 or len(numbers) != 2:
        return None
    (first, of), (second, other) = mentions[:2]
    if of == other or second - first > 25:
        return None
    ahead = numbers[0].start() >= second
    behind = numbers[1].end() <= first and numbers[1].start() - numbers[0].end() <= NEAREST
    if not ahead and not behind:
        return None
    return [(of, numbers[0]), (other, numbers[1])]


NEAREST = 12
"""Letters between two figures that are of two parts in their order."""


def _each_before(
    sentence: str, mentions: list[tuple[int, str]], numbers: list[re.Match[str]]
) -> list[tuple[str, re.Match[str]]] | None:
    """Return the pairs of "98 % training, 52 % testing", where each figure stands before its own."""
    if mentions[0][0] < numbers[0].start():
        return None
    found = []
    for number in numbers:
        of = next(
            (
                of
                for start, of in mentions
                if start >= number.end() and not sentence[number.end() : start].strip()
            ),
            None,
        )
        if of is None:
            return None
        found.append((of, number))
    return found


def _owner(sentence: str, mentions: list[tuple[int, str]], number: re.Match[str]) -> str | None:
    """Return whose figure it is: "... on training" after it, else the last one named before."""
    after = sentence[number.end() : number.end() + 45]
    if (other := _NUMBER.search(sentence, number.end())) is not None:
        after = after[: max(0, other.start() - number.end())]
    clause = _CLAUSE.split(after)[0]
    follows = _MENTION.search(clause)
    if follows and re.search(
        r"\b(?:on|in|for|at|during|auf|sur|en|на|при)\b|在", clause[: follows.start() + 1], _I
    ):
        return str(follows.lastgroup)
    before = [of for start, of in mentions if start < number.start()]
    if before:
        return before[-1]
    return str(follows.lastgroup) if follows else None


def _plain(text: str) -> float:
    return float(text.rstrip("% ")) / (100 if "%" in text else 1)


def _share(number: re.Match[str]) -> float:
    if number["percent"] is not None:
        return float(number["percent"].replace(",", ".")) / 100
    return float(number["share"].replace(",", "."))


NEAR = 0.05


def near(said: dict[str, Claim]) -> bool:
    """Return whether stated accuracies of training and validation lie close together."""
    train, val = (said.get(name) for name in ENDS[:2])
    if train is None or val is None or train.value is None or val.value is None:
        return False
    return abs(train.value - val.value) < NEAR


_COURSE = lazy_re.compile(r"(?<![\w.])\d{0,3}\.\d{1,6}(?:[\s,;|]{1,6}\d{0,3}\.\d{1,6}){3}(?![\w%])")
"""Figures in a row, one an epoch: the first of them is no level that was reached."""


def named(claims: Sequence[Claim]) -> Iterator[Claim]:
    """Yield the first accuracy of each part under the names `ENDS`.

    Who has no validation images calls their test images that, and the other way round.
    """
    first: dict[str, Claim] = {}
    for claim in claims:
        if (
            claim.predicate == "is_at"
            and claim.subject.measurement == "accuracy"
            and claim.is_evidence
            and not _COURSE.search(claim.sentence)
        ):
            key = "evaluated" if claim.subject.by == "evaluate" else claim.subject.split or ""
            first.setdefault(key, claim)
    held = first.get("validation") or first.get("test")
    for name, of in zip(ENDS, (first.get("training"), held, first.get("evaluated")), strict=True):
        if of is not None:
            yield replace(of, predicate=name)
    test, val = first.get("test"), first.get("validation")
    if test and val and (val.value or 0.0) - (test.value or 0.0) >= FAR_BELOW:
        yield replace(test, predicate="test_far_below_validation")


FAR_BELOW = 0.3
"""Between images of one kind no accuracy differs by so much."""


def derived(said: dict[str, Claim]) -> Iterator[Claim]:
    """Yield what stated levels amount to: a gap, validation above training, a change of mode."""
    train, val, evaluated = (said.get(name) for name in ENDS)
    by_hand, far_below = said.get("read_by_hand"), said.get("test_far_below_validation")
    if by_hand is not None and far_below is not None and by_hand.sentence == far_below.sentence:
        yield replace(by_hand, predicate="predict_by_hand")
    if train is not None and val is not None and train.value is not None and val.value is not None:
        both = train.sentence
        if val.sentence not in both:
            both = f"{both} {val.sentence}"
        if train.value >= GOOD and train.value - val.value >= APART:
            yield Claim(predicate="train_good_val_bad", value=val.value, sentence=both)
        if abs(train.value - val.value) <= AGREE:
            yield Claim(predicate="accuracies_agree", value=train.value - val.value, sentence=both)
        if val.value - train.value >= BETTER:
            yield Claim(predicate="validation_better", value=val.value, sentence=both)
    if train is not None and evaluated is not None and train.value and evaluated.value is not None:
        if train.value - evaluated.value >= APART:
            yield Claim(
                predicate="same_data_for_both", value=evaluated.value, sentence=evaluated.sentence
            )
            yield Claim(
                predicate="evaluate_differs", value=evaluated.value, sentence=evaluated.sentence
            )
        elif evaluated.value - train.value >= BETTER:
            yield Claim(
                predicate="better_in_inference", value=evaluated.value, sentence=evaluated.sentence
            )
