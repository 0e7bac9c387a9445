"""A sentence to claims: what is said in it, of what, by whom, when and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Said, Split, Subject
from fitdoctor.sources._figures import DECIMAL, FIGURES, WORDS
from fitdoctor.sources._measured import Token, measured, reached, tokens
from fitdoctor.sources._row import Pattern
from fitdoctor.sources._scope import Context, changed, context
from fitdoctor.sources._vocabulary import LOSS_NAMES, NAMED, OPPOSITES, PREDICATES

OF_IMAGES = frozenset(
    {"shuffled", "scaled", "augmented", "images_in_both", "other_source", "evaluate_differs",
     "one_class_predicted", "same_output_for_all"}
)  # fmt: skip
"""Predicates that may be of training or of validation images."""
_ONLY = lazy_re.compile(
    r"\b(?:only|just)\b (?:on |for |to |with )?(?:the |my )?(?P<of>train\w*)|\bnur (?:die |auf den )?(?P<de>train\w*)|\bs[oó]lo (?:las de |los de |el )?(?P<es>entrena\w*)|только (?:на )?(?P<ru>обуч\w+|трен\w+)|只(?:对|在|有)?(?P<zh>训练)",
    re.IGNORECASE,
)
"""Of the training images, hence not of the validation images."""
_NOT_OF = lazy_re.compile(
    r"(?:\b(?:not|never)\b (?:on |for |to |with )?(?:the |my )?|\b(?:but|and) the )(?P<of>val\w*|test\w*|train\w*)"
    r"|(?P<of2>val\w*|test\w*|валидац\w+|тест\w*|验证集?|测试集?)(?: (?:images|data|set|ones|снимки))?,? ?(?:aber |but |но |are |were |wurden |却|则)?(?P<behind2>\bnot\b|aren't|\bnicht\b|не(?!\w)|没有?|不)",
    re.IGNORECASE,
)


_WORD = lazy_re.compile(r"[^\W\d_]{2}")


def claims(sentence: str) -> Iterator[Claim]:
    """Yield what a sentence says, each thing once as it is meant."""
    if not _WORD.search(sentence):
        return
    seen: set[tuple[object, ...]] = set()
    sentence, quoted = spaced(sentence), sentence.strip()
    for claim in (
        *measured(sentence),
        *reached(sentence),
        *_stated(sentence),
        *_named(sentence),
        *_counted(sentence),
    ):
        key = (claim.predicate, claim.subject.split, claim.subject.measurement, claim.value,
               claim.subject.named, claim.polarity, claim.time)  # fmt: skip
        if key not in seen:
            seen.add(key)
            yield replace(claim, sentence=quoted)


_WIDE = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_MET = lazy_re.compile(rf"(?<={_WIDE})(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?={_WIDE})")


def spaced(sentence: str) -> str:
    """Return a sentence with blanks where Latin letters or figures meet Chinese, Japanese, Korean."""
    return _MET.sub(" ", sentence)


def _stated(sentence: str) -> Iterator[Claim]:
    found: dict[str, list[tuple[int, int]]] = {}
    for name, pattern in PREDICATES:
        for match in pattern.finditer(sentence):
            if any(_meets(match.span(), other) for other in found.get(name, ())):
                continue
            found.setdefault(name, []).append(match.span())
            figure = match.groupdict().get("n")
            yield from _claim(sentence, name, match, pattern, value=_number(figure))
    for name, pattern in OPPOSITES:
        for match in pattern.finditer(sentence):
            yield from _claim(sentence, name, match, pattern, negated=True)


def _claim(
    sentence: str,
    name: str,
    match: re.Match[str],
    pattern: Pattern,
    *,
    value: float | None = None,
    negated: bool = False,
) -> Iterator[Claim]:
    start, end = match.span()
    meant = context(sentence, [match.span()], lambda text: _again(pattern, text, start, end))
    if (change := changed(sentence, match.span())) and meant.time == "now":
        meant = meant._replace(time="after", experiment=change)
    splits = _splits(sentence, name, match.span())
    if name in _DONE_TO and splits in {(None,), ("training",)} and meant.polarity == "affirmed":
        only, left_out = _ONLY.search(sentence), _NOT_OF.search(sentence, end)
        splits = ("training",) if only else splits
        held = "validation" if only else _part(left_out) if left_out else None
        if held is not None and held not in splits and not negated:
            yield from meant.claims(
                Claim(
                    predicate=name,
                    sentence=sentence.strip(),
                    subject=Subject(split=held),
                    polarity="negated",
                )
            )
    for split in splits:
        yield from meant.claims(
            Claim(
                predicate=name,
                value=value,
                sentence=sentence.strip(),
                subject=Subject(split=split),
                polarity="negated" if negated else "affirmed",
            )
        )


_DONE_TO = frozenset({"shuffled", "scaled", "augmented"})


def _part(found: re.Match[str]) -> Split:
    """Return which images are left out."""
    words = (found["of"] or found["of2"]).lower()
    if words.startswith(("val", "вал", "验")):
        return "validation"
    return "training" if words.startswith("train") else "test"


def _again(pattern: Pattern, text: str, start: int, end: int) -> bool:
    return any(_meets(match.span(), (start, end)) for match in pattern.finditer(text))


_NEAR = 45
_TURN = lazy_re.compile(
    r"[.;!?。；]|[,，、](?!\d)|\b(?:but|and|while|whereas|aber|und|pero|mas|mais|et)\b|(?<!\w)(?:а|но|и)(?!\w)|但",
    re.IGNORECASE,
)


def _splits(sentence: str, name: str, span: tuple[int, int]) -> tuple[Split | None, ...]:
    """Return the images of which it is said, where it is said of some."""
    if name not in OF_IMAGES:
        return (None,)
    near = [t for t in tokens(sentence) if t.kind in _PARTS and not _of_measurement(sentence, t)]
    if name in {"images_in_both", "other_source"}:
        held = [t.kind for t in near if t.kind != "training"]
        return (held[0],) if held else (None,)  # type: ignore[return-value]
    inside = [t for t in near if span[0] <= t.start and t.end <= span[1]]
    behind = [t for t in near if span[1] <= t.start and _free(sentence[span[1] : t.start])]
    before = [t for t in near if t.end <= span[0] and _free(sentence[t.end : span[0]])]
    for tokens_of in (inside, behind[:1], before[-1:]):
        if tokens_of:
            return _with_coordinated(sentence, tokens_of, near)
    return (None,)


_PARTS = frozenset({"training", "validation", "test"})


def _of_measurement(sentence: str, token: Token) -> bool:
    """Return whether images are named for their loss or accuracy, or a call of fit."""
    if sentence[token.start : token.end].lower().startswith("fit"):
        return True
    return any(
        t.kind in {"loss", "accuracy"}
        and (0 <= t.start - token.end <= 3 or 0 <= token.start - t.end <= 5)
        for t in tokens(sentence)
    )


def _free(between: str) -> bool:
    return len(between) <= _NEAR and not _TURN.search(between)


_JOINED = lazy_re.compile(r"^\s?(?:and|,|und|y|e|et|и|和)\s?(?:the |на )?$")


def _with_coordinated(
    sentence: str, first: list[Token], near: list[Token]
) -> tuple[Split | None, ...]:
    """Return images and those joined to them by "and"."""
    kinds = [t.kind for t in first]
    kinds += [
        token.kind
        for token in near
        if token.start > first[-1].end and _JOINED.match(sentence[first[-1].end : token.start])
    ]
    return tuple(dict.fromkeys(kinds))  # type: ignore[arg-type]


def _named(sentence: str) -> Iterator[Claim]:
    """Yield losses and optimizers by their names."""
    for name, pattern in NAMED:
        for match in pattern.finditer(sentence):
            text = match[0].lower()
            if name == "loss_used":
                text = LOSS_NAMES.get(re.sub(r"[\s_-]", "", text), text)
            text = text.replace("-", "") if name == "optimizer_used" else text
            meant = context(sentence, [match.span()])
            yield from meant.claims(
                Claim(predicate=name, sentence=sentence.strip(), subject=Subject(named=text))
            )


def _counted(sentence: str) -> Iterator[Claim]:
    """Yield figures of data and settings."""
    for name, pattern in FIGURES:
        for match in pattern.finditer(sentence):
            figure = next((g for g in match.groups() if g), None)
            value = figure and number_in(figure, grouped=name not in DECIMAL)
            if value is not None and figure:
                at = match.start() + match[0].rfind(figure)
                meant = context(sentence, [(at, at + len(figure))], given=True)
                if name in _OF_TASK:
                    meant = meant._replace(time="now")
                if name == "n_classes_of_set":
                    meant = Context()
                split = _OF_FIGURE.get(name)
                if name == "n_val" and re.search(r"test|тест|测试|テスト", match[0], re.IGNORECASE):
                    split = "test"
                # Shares of the images are written in percent.
                share = float(value) / 100 if name.endswith("_share") else float(value)
                yield from meant.claims(
                    Claim(
                        predicate=name,
                        value=share,
                        sentence=sentence.strip(),
                        subject=Subject(split=split),
                    )
                )


_OF_TASK = frozenset({"n_classes", "n_classes_of_set", "image_size"})
"""What a task is, however it is meant to go."""
_OF_FIGURE: dict[str, Split] = {"n_train": "training", "n_val": "validation"}


def number_in(text: str, *, grouped: bool = True) -> float | None:
    """Return a figure; in a `grouped` one a point before three digits parts thousands."""
    if text.lower() in WORDS:
        return float(WORDS[text.lower()])
    if grouped and "e" not in text.lower() and re.fullmatch(r"[1-9]\d{0,2}(?:[ ,.]\d{3})+", text):
        text = re.sub(r"[ ,.]", "", text)
    try:
        return float(text.replace(",", ".").replace(" ", ""))
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    value = float(text.rstrip("% ").replace(",", "."))
    return value / 100 if "%" in text else value


def _meets(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


_AMOUNT: tuple[tuple[str, tuple[Said, ...]], ...] = (
    ("not_shuffled", (Said("shuffled", negated=True, split="training"),)),
    ("validation_better", (Said("above_training", split="validation", measurement="accuracy"),)),
    ("validation_better", (Said("above_training", split="test", measurement="accuracy"),)),
    ("validation_better", (Said("below_training", split="validation", measurement="loss"),)),
    ("validation_better", (Said("below_training", split="test", measurement="loss"),)),
    ("val_loss_rises", (Said("rises", split="validation", measurement="loss"),)),
    ("val_loss_rises", (Said("rises", split="test", measurement="loss"),)),
    ("val_fluctuates", (Said("fluctuates", split="validation"),)),
    ("val_fluctuates", (Said("fluctuates", split="test"),)),
    ("loss_nan", (Said("is_nan", measurement="loss"),)),
    ("validation_augmented", (Said("augmented", split="validation"),)),
    ("scaled_apart", (Said("scaled", split="training"), Said("scaled", True, "validation"))),
    ("scaled_apart", (Said("scaled", split="training"), Said("scaled", True, "test"))),
)
"""What claims amount to together, in the words of the rules."""


def amounting(said: Sequence[Claim]) -> Iterator[Claim]:
    """Yield what claims amount to together."""
    for name, parts in _AMOUNT:
        found = [next((c for c in said if part.is_said(c)), None) for part in parts]
        quoted = dict.fromkeys(c.sentence for c in found if c is not None)
        # "I shuffled the files, not the labels" says neither.
        both = any(
            part._replace(negated=not part.negated).is_said(c) for c in said for part in parts
        )
        if None not in found and not both:
            yield Claim(predicate=name, sentence=" ".join(quoted))
