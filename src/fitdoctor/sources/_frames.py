"""What concepts say together: frames, the same for every language.

A frame holds where each of its parts is met by a word of one clause, in any order, with at most so
many words between two of them. Its first part is the head: what is denied, or wished, when it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.sources._concepts import Word, concepts, words
from fitdoctor.sources._measured import tokens
from fitdoctor.sources._numerals import numbers

HELD = "HELD"


class Frame(NamedTuple):
    """Concepts that say something together."""

    predicate: str
    parts: tuple[frozenset[str], ...]
    gap: int = 4
    """Most words between two neighbouring parts; Chinese characters count for half a word."""
    negated: bool = False
    commas: bool = False
    """Whether its parts may stand on both sides of a comma."""
    anywhere: bool = False
    """Whether they may stand in any clauses of the sentence."""
    bound: bool = False
    """Whether its head is an adjective of its second part: "the same lamp" is no same image."""
    unless: frozenset[str] = frozenset()
    """Concepts that say something else when they stand among the parts."""


class Found(NamedTuple):
    """A frame in a sentence: where its parts stand, the head first."""

    frame: Frame
    spans: tuple[tuple[int, int], ...]


def _frame(predicate: str, parts: str, gap: int = 4, unless: str = "", **how: bool) -> Frame:
    return Frame(
        predicate,
        tuple(frozenset(part.split("|")) for part in parts.split()),
        gap,
        unless=frozenset(unless.split()),
        **how,
    )


FRAMES: tuple[Frame, ...] = (
    _frame("one_class_predicted", "PREDICT|PREDICTION SAME CLASS|LABEL", 4, "OTHER SEVERAL"),
    _frame("one_class_predicted", "PREDICT SINGLE CLASS", 4, "OTHER SEVERAL INTEGER"),
    _frame("one_class_predicted", "PREDICT ONLY CLASS|QUOTED|MAJORITY|BARE", 3),
    _frame("one_class_predicted", "PREDICT|PREDICTION ALWAYS QUOTED|MAJORITY|BARE", 6, commas=True),
    _frame("one_class_predicted", "PREDICT|PREDICTION EACH QUOTED|MAJORITY|BARE", 5),
    _frame("one_class_predicted", "PREDICT ALWAYS SAME|SINGLE CLASS", 4),
    _frame("one_class_predicted", "PREDICT ONLY_WIDE", 1),
    _frame("same_output_for_all", "SAME OUTPUT EACH|ALWAYS|INPUT", 6, "EACH_TIME CLASS BOTH FIT SYSTEM"),
    _frame("same_output_for_all", "OUTPUT SAME EACH INPUT", 4, "EACH_TIME CLASS BOTH FIT"),
    _frame("same_output_for_all", "EACH OUTPUT ZERO", 3, "EACH_TIME CLASS"),
    _frame("one_class_predicted", "RECALL ZERO", 8, commas=True),
    _frame("same_output_for_all", "OUTPUT ALWAYS VECTOR", 6, commas=True),
    _frame("same_output_for_all", "OUTPUT VECTOR EACH", 6, "CLASS"),
    _frame("results_differ_each_time", "DIFFER EACH_TIME", 6, "SAME"),
    _frame("results_differ_each_time", "DIFFER RESULT AGAIN", 5, "SAME"),
    _frame("results_differ_each_time", "AGAIN OTHER_FIGURE", 12),
    _frame("results_differ_each_time", "UNSTEADY_RUNS", 0),
    _frame("results_differ_each_time", "SAME EACH_TIME RESULT", 5, "CLASS PREDICT", negated=True),
    _frame("results_differ_each_time", "STEADY_RUNS", 0, negated=True),
    _frame("evaluate_differs", "DIFFER EVALUATE FIT", 9, commas=True),
    _frame("evaluate_differs", "FAR_OFF EVALUATE FIT", 9, "learns", commas=True),
    _frame("evaluate_differs", "FAR_SCORE EVALUATE FIT", 14, anywhere=True),
    _frame("evaluate_differs", "DIFFER EVALUATE EVALUATE", 6),
    _frame("evaluate_differs", "EVALUATE SAME|TRAIN_DATA WRONG", 4),
    _frame("evaluate_differs", "BAD|LOW_SCORE|HIGH_LOSS|WRONG EVALUATE|TESTING|PREDICT TRAIN_DATA", 8, "LABEL RIGHT", commas=True),
    _frame("predict_by_hand", "OWN_READING READING PREDICT|EVALUATE|TESTING|test", 9, anywhere=True),
    _frame("loss_negative", "LOSS NEGATIVE", 6, "LABEL CLASS ASKS"),
    _frame("two_counts_differ", "DIFFER COUNT_BY_HAND PRINTED_BY", 9, anywhere=True),
    _frame("same_data_for_both", "SAME CLASS_FOLDER training HELD", 6, "scaled augmented OTHER"),
    _frame("class_missing", "EMPTY CLASS_FOLDER|CLASS|KINDS HELD|training", 7, "EPOCH", commas=True),
    _frame("read_by_hand", "OWN_READING READING INPUT", 5),
    _frame("evaluate_differs", "AGREE EVALUATE EVALUATE", 5, "DIFFER", negated=True),
    _frame("evaluate_differs", "AGREE EVALUATE FIT", 5, "DIFFER", negated=True),
    _frame("evaluate_differs", "SAME EVALUATE FIT RESULT", 9, "DATA CLASS ALWAYS DIFFER", negated=True),
    _frame("sorted_by_class", "SORTED BY CLASS|LABEL", 3),
    _frame("sorted_by_class", "SORTED_BY_CLASS", 0),
    _frame("sorted_by_class", "not:sorted", 0, negated=True),
    _frame("images_in_both", "PARTED BY PATIENT", 1, negated=True),
    _frame("images_in_both", "SAME INPUT|PATIENT|SHOT BOTH", 8, "CLASS SOURCE scaled augmented", commas=True, bound=True),
    _frame("images_in_both", "SAME INPUT|PATIENT|SHOT training HELD", 8, "CLASS learns SOURCE scaled augmented", commas=True, bound=True),
    _frame("images_in_both", "DUPLICATE INPUT|PATIENT|SHOT training HELD", 8, "CLASS learns SOURCE scaled augmented", commas=True),
    _frame("images_in_both", "DUPLICATE training HELD", 8),
    _frame("images_in_both", "DUPLICATE DATA|BOTH", 3),
    _frame("images_in_both", "CONTAIN HELD INPUT training", 5, "OTHER DIFFER scaled"),
    _frame("same_data_for_both", "AS_VALIDATION TRAIN_DATA", 5, "PERCENT"),
    _frame("same_data_for_both", "same_data_for_both", 0),
    _frame("same_data_for_both", "BOTH training HELD SAME|DATA|INPUT|CLASS_FOLDER|TRAIN_DATA", 3, "scaled augmented shuffled CLASS RESULT"),
    _frame("same_data_for_both", "HELD training REPLACED", 3),
    _frame("same_data_for_both", "SAME DATA training HELD", 4, "scaled augmented SOURCE"),
    _frame("prepared_alike", "SAME scaled BOTH", 6),
    _frame("prepared_alike", "SAME scaled training HELD", 8),
    _frame("prepared_alike", "DIFFER scaled training HELD", 8, negated=True),
    _frame("other_network_learns", "NETWORK DO_WELL|learns", 6, "EXCEPT", commas=True),
    _frame("depends_on_batch", "DIFFER TESTING BATCH_SIZE", 8, "training"),
    _frame("fits_few", "overfits|learns FEW", 4),
    _frame("trouble_gone", "trouble_gone", 0),
    _frame("labels_doubtful", "LABEL WRONG", 5, "RIGHT PREDICT"),
    _frame("labels_doubtful", "labels_doubtful", 0),
    _frame("labels_doubtful", "RIGHT LABEL", 4, "PREDICT INTEGER labels_one_hot", negated=True),
    _frame("labels_one_hot", "labels_one_hot", 0),
    _frame("labels_are_numbers", "INTEGER LABEL", 12, anywhere=True),
    _frame("labels_are_numbers", "labels_are_numbers", 0),
    _frame("frames_of_videos", "SAME PATIENT SHOT", 5),
    _frame("frames_of_videos", "SAME PATIENT", 1, "CLASS"),
    _frame("frames_of_videos", "PATIENT SEVERAL SHOT", 4, "CLASS"),
    _frame("frames_of_videos", "SHOT PATIENT EACH", 5),
    _frame("frames_of_videos", "FRAME VIDEO", 6),
    _frame("frames_of_videos", "MANY_OF_EACH", 0),
    _frame("frames_of_videos", "DUPLICATE PERCENT SHOT", 4, "training HELD"),
    _frame("balanced_twice", "SAMPLER LOSS_WEIGHTS", 12, anywhere=True),
    _frame("frames_of_videos", "frames_of_videos", 0),
    _frame("other_source", "OTHER SOURCE", 1),
    _frame("other_source", "SAME SOURCE training|HELD", 6, negated=True),
    _frame("several_labels", "several_labels", 0),
    _frame("several_labels", "SINGLE|ONE_EACH LABEL|CLASS EACH INPUT", 2, "PREDICT PREDICTION BATCH", negated=True),
    _frame("several_labels", "ONE_LABEL", 0, negated=True),
    _frame("several_labels", "SEVERAL FINDING INPUT MAY_HAVE", 4, "SAME"),
    _frame("learns", "WORKS SYSTEM", 1, "overfits"),
    *(
        _frame(name, name, 0)
        for name in (
            "overfits", "learns", "imbalanced", "shuffled", "scaled", "augmented", "dropout_used",
            "batchnorm_used", "regularized", "class_weights_used", "early_stopping_used", "frozen",
            "pretrained",
        )
    ),
    *(
        _frame(name, f"not:{name}", 0, negated=True)
        for name in ("imbalanced", "shuffled", "scaled", "augmented", "frozen", "pretrained")
    ),
)  # fmt: skip
STATED = frozenset(frame.predicate for frame in FRAMES)
"""Predicates that frames state."""

_BARE = lazy_re.compile(
    r"(?:\bclass(?:es)?|类别?|класс\w*|klasse|clase|classe|label|category) ?(?:\d{1,3}|[A-Z])\b"
    r"|\b(?:as|als|как|como|comme|为|成) (?:an? |the |class )?(?P<as>[A-Za-z]\w{2,18})\b"
    r"|\bthe (?:first|second|last|same|larger|larger|negative|positive) class\b|(?<=predicts )\w{2,20}(?= for (?:everything|all|every))"
    r"|(?<![\w.,\[])(?:0|1)(?![\w.,%\]]|\s(?:images?|files?|samples?|pictures?|of|validated|epochs?|to)\b)|\b(?:negative|positive|healthy|normal|zero|benign|cat|dog|cats|dogs)\b"
)
"""A class by its name: "class 3", "as spam", 0, "negative"."""
_OTHER_FIGURE = lazy_re.compile(
    r"\d[\d.,]{0,8}\s?%? (?:instead of|rather than|вместо|statt|en vez de|em vez de|au lieu de)(?: the)? \d|\d[\d.]{0,8}\s?%?，?而不是 ?\d"
)
_CURVE = lazy_re.compile(
    r"[\s_-]?(?:loss|acc|curve|error|score)|的?(?:损失|准确率|精度)|[\s-]?(?:verlust|genauigkeit)"
)
"""Behind the name of images where a curve is meant."""
_ZERO = lazy_re.compile(r"(?<![\d.,])(?:0|0[.,]0{1,4}|zero|ноль|нулю|零)(?![\w.,]?\d)")
_VECTOR = lazy_re.compile(
    r"[\[(]\d?[.,]\d{1,8}(?:[,;]?\s\d?[.,]\d{1,8}){1,20}[\])]|(?<![\w.,])0[.,]\d{2,8}(?![\d.,])"
)


@lru_cache(maxsize=64)
def spoken(sentence: str) -> tuple[Word, ...]:
    """Return the concepts of a sentence, with images and names of classes."""
    spans = words(sentence)
    made = list(concepts(sentence))
    for token in tokens(sentence):
        if token.kind in {"training", "validation", "test"} and not _CURVE.match(
            sentence, token.end
        ):
            kinds = ("training",) if token.kind == "training" else (token.kind, HELD)
            made.append(_at(kinds, token.start, token.end, spans))
    for name, pattern in (
        ("BARE", _BARE),
        ("VECTOR", _VECTOR),
        ("ZERO", _ZERO),
        ("OTHER_FIGURE", _OTHER_FIGURE),
    ):
        made += (_at((name,), *found.span(), spans) for found in pattern.finditer(sentence))
    made += _many_of_each(sentence, made, spans)
    made += _far_scores(sentence, spans)
    made += _low_scores(sentence, spans)
    made += _high_losses(sentence, spans)
    made += (_at(("PERCENT",), n.start, n.end, spans) for n in numbers(sentence) if n.percent)
    return tuple(sorted(made, key=lambda word: (word.start, word.end)))


MANY = 2
_PEOPLE = lazy_re.compile(r"person|people|individual|человек|люд|人", re.IGNORECASE)
"""Who may have labelled the images, or looked at them."""


def _many_of_each(
    sentence: str, found: Sequence[Word], spans: Sequence[tuple[int, int]]
) -> Iterator[Word]:
    """Yield a number of pieces beside a smaller one of wholes: "87 patients, 6240 slices"."""
    counts: dict[str, tuple[float, Word]] = {}
    for number in numbers(sentence):
        for word in found:
            near = 0 <= word.start - number.end <= 1 and not number.percent
            for concept in ("PATIENT", "SHOT") if near else ():
                if concept in word.concepts and not _PEOPLE.search(sentence[word.start : word.end]):
                    counts.setdefault(concept, (number.whole, word))
    if len(counts) == 2 and counts["SHOT"][0] >= MANY * counts["PATIENT"][0] > MANY:
        word = counts["SHOT"][1]
        yield _at(("MANY_OF_EACH",), word.start, word.end, spans)


FAR = 0.08


BAD_LOSS = 2.5


def _high_losses(sentence: str, spans: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """Yield the figures that can be no share and are high for a loss: "gives 7.4", "loss above 8"."""
    for n in numbers(sentence):
        named = _OF_A_LOSS.search(sentence[max(0, n.start - 12) : n.start].lower())
        decimal = "." in n.text or "," in n.text
        if not n.percent and BAD_LOSS <= n.value < MOST_LOSS and (named or decimal):
            yield _at(("HIGH_LOSS",), n.start, n.end, spans)


MOST_LOSS = 1e6


def _far_scores(sentence: str, spans: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """Yield the second of two scores that lie far apart: "0.98 ... 0.56"."""
    scores = [
        n
        for n in numbers(sentence)
        if n.percent or (0 <= n.value <= 1 and "." in n.text.replace(",", "."))
    ]
    for one, other in pairwise(scores):
        if abs(one.share - other.share) > FAR and 0.1 <= max(one.share, other.share) <= 1:
            yield _at(("FAR_SCORE",), other.start, other.end, spans)


LOW = 0.6


def _low_scores(sentence: str, spans: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """Yield the shares of right answers that are low, for images that were learned: "only 0.3"."""
    for n in numbers(sentence):
        beside = sentence[max(0, n.start - 12) : n.start].lower()
        written = n.percent or (0 <= n.value < 1 and "." in n.text.replace(",", "."))
        if written and n.share <= LOW and not _OF_A_LOSS.search(beside):
            yield _at(("LOW_SCORE",), n.start, n.end, spans)


_OF_A_LOSS = lazy_re.compile(r"loss|lr|rate|error|потер|ошибк|损失|verlust|p[eé]rd|perte|損失|손실")


def _at(kinds: tuple[str, ...], start: int, end: int, spans: Sequence[tuple[int, int]]) -> Word:
    inside = [i for i, (a, b) in enumerate(spans) if a < end and start < b] or [0]
    return Word(kinds, start, end, inside[0], inside[-1])


_TURNS = lazy_re.compile(
    r"[;!?。；！？]|[.](?=\s|$)|\b(?:but|while|whereas|although|though|however|yet|aber|sondern|obwohl|während"
    r"|pero|sino|aunque|mientras|mas|embora|enquanto|mais|tandis)\b|(?<!\w)(?:но|однако|хотя|а)(?!\w)|但|可是|却|然而|のに|が、|지만|는데",
)
_COMMAS = lazy_re.compile(r"[,，、:：](?!\d)")


def _clauses(sentence: str) -> list[int]:
    return [found.start() for found in _TURNS.finditer(sentence)]


def frames(sentence: str) -> Iterator[Found]:
    """Yield the frames of a sentence, each place once for a predicate."""
    found = spoken(sentence)
    present = {concept for word in found for concept in word.concepts}
    turns = _clauses(sentence)
    commas = sorted((*turns, *(m.start() for m in _COMMAS.finditer(sentence))))
    taken: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for frame in FRAMES:
        if not all(part & present for part in frame.parts):
            continue
        for met in _matches(
            frame, found, () if frame.anywhere else turns if frame.commas else commas
        ):
            spans = tuple((word.start, word.end) for word in met)
            cover = (min(s for s, _ in spans), max(e for _, e in spans))
            before = taken.setdefault((frame.predicate, frame.negated), [])
            if frame.predicate == "same_data_for_both" and taken.get(("images_in_both", False)):
                continue  # some images in both parts are not one set for both
            if not any(cover[0] < end and start < cover[1] for start, end in before):
                before.append(cover)
                yield Found(frame, spans)


MOST_TRIED, MOST_HEADS = 60, 12
"""Of a sentence that says the same again and again, the first places are enough."""


def _matches(
    frame: Frame, found: Sequence[Word], ends: Sequence[int]
) -> Iterator[tuple[Word, ...]]:
    """Yield the words that meet the parts of a frame, closest together for each head."""
    heads = [word for word in found if not frame.parts[0].isdisjoint(word.concepts)]
    for head in heads[:MOST_HEADS]:
        if len(frame.parts) == 1:
            yield (head,)
            continue
        reach = 2 * (frame.gap + 1) * len(frame.parts)
        near = [word for word in found if abs(word.first - head.first) <= reach]
        best: tuple[int, tuple[Word, ...]] | None = None
        stack: list[tuple[Word, ...]] = [(head,)]
        for _ in range(MOST_TRIED):
            if not stack:
                break
            met = stack.pop()
            if len(met) == len(frame.parts):
                wide = _width(met)
                if (best is None or wide < best[0]) and _holds(frame, met, near, ends):
                    best = (wide, met)
                continue
            part = frame.parts[len(met)]
            stack += [
                (*met, word)
                for word in near
                if not part.isdisjoint(word.concepts)
                and all(word.last < one.first or one.last < word.first for one in met)
            ]
        if best is not None:
            yield best[1]


def _width(met: Sequence[Word]) -> int:
    return max(word.last for word in met) - min(word.first for word in met)


def _holds(frame: Frame, met: Sequence[Word], found: Sequence[Word], ends: Sequence[int]) -> bool:
    row = sorted(met, key=lambda word: word.first)
    start, end = row[0].start, row[-1].end
    if frame.bound and not _are_bound(met[0], met[1], ends):
        return False
    if any(start < t < end and not any(w.start < t < w.end for w in met) for t in ends):
        return False
    if any(
        after.first - before.last - 1 > _gap(frame, before, after)
        for before, after in pairwise(row)
    ):
        return False
    return not any(
        frame.unless & set(word.concepts)
        for word in found
        # "The model gives the same" is said of outputs, "the same model gives" is not.
        if row[0].first - 2 * ("SYSTEM" not in word.concepts) <= word.first
        and word.end <= end
        and word not in met
    )


MOST_BOUND = 2


def _are_bound(one: Word, other: Word, ends: Sequence[int]) -> bool:
    """Return whether two words may be of one noun phrase: "the same three patients"."""
    one, other = sorted((one, other), key=lambda word: word.first)
    parted = any(one.end <= end <= other.start for end in ends)
    return other.first - one.last - 1 <= MOST_BOUND and not parted


def _gap(frame: Frame, before: Word, after: Word) -> int:
    """Return the most words between two parts: characters of Chinese are half words."""
    wide = (
        before.end - before.start == before.last - before.first + 1 and before.last > before.first
    )
    return (
        frame.gap * 2
        if wide
        or (after.last > after.first and after.end - after.start == after.last - after.first + 1)
        else frame.gap
    )
