"""A sentence to claims: what is said in it, of what, by whom, when and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses
from fitdoctor.records.claim import Claim, Said, Split, Subject
from fitdoctor.sources._concepts import WIDE
from fitdoctor.sources._ellipses import does_so, left_out
from fitdoctor.sources._figures import DECIMAL, FIGURES, WORDS
from fitdoctor.sources._frames import Found, frames, spoken
from fitdoctor.sources._measured import Token, measured, tokens
from fitdoctor.sources._named import CLASSES_OF_SETS, NAMED
from fitdoctor.sources._parts import PARTS, did_nothing, in_general
from fitdoctor.sources._quantities import quantities, rate_beside
from fitdoctor.sources._scope import Context, changed, context, follows_change
from fitdoctor.sources._scores import scores

OF_IMAGES = frozenset(
    {"shuffled", "scaled", "augmented", "images_in_both", "other_source", "evaluate_differs",
     "one_class_predicted", "same_output_for_all", "sorted_by_class"}
)  # fmt: skip
"""Predicates that may be of training or of validation images."""
_ONLY = lazy_re.compile(
    r"(?P<post>\btrain\w*) (?:\w+ )?only\b|\b(?:only|just)\b (?:on |for |to |with )?(?:the |my )?(?P<of>train\w*)|\bnur (?:die |auf den )?(?P<de>train\w*)|\bs[oó]lo (?:las de |los de |el )?(?P<es>entrena\w*)|только (?:на )?(?P<ru>обуч\w+|трен\w+)|只(?:对|在|有)?(?P<zh>训练)",
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
    for claim in (*_said(sentence), *left_out(sentence, _said), *does_so(sentence, _said)):
        key = (claim.predicate, claim.subject.split, claim.subject.measurement, claim.value,
               claim.subject.named, claim.polarity, claim.time, claim.holder)  # fmt: skip
        if key not in seen:
            seen.add(key)
            yield replace(claim, sentence=quoted)


def _said(sentence: str) -> Iterator[Claim]:
    yield from measured(sentence)
    yield from scores(sentence)
    yield from _stated(sentence)
    yield from _named(sentence)
    yield from quantities(sentence)
    yield from _counted(sentence)
    yield from _known_sets(sentence)


_MET = lazy_re.compile(rf"(?<={WIDE})(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?={WIDE})")


def spaced(sentence: str) -> str:
    """Return a sentence with blanks where Latin letters or figures meet Chinese, Japanese, Korean."""
    return _MET.sub(" ", sentence)


def _stated(sentence: str) -> Iterator[Claim]:
    for found in frames(sentence):
        yield from _claim(sentence, found)


def _claim(sentence: str, found: Found) -> Iterator[Claim]:
    name, negated = found.frame.predicate, found.frame.negated
    cover = _cover(found)
    meant = _meant(sentence, found)
    if meant is None:
        return
    if name == "loss_negative" and sentence[cover[1] :].lstrip()[:1] in _QUESTION_MARKS:
        meant = meant._replace(certainty="asked")
    value = rate_beside(sentence, found.spans[0]) if name in _WITH_RATE else None
    splits = _splits(sentence, name, cover)
    if name in _DONE_TO and splits in {(None,), ("training",)} and meant.polarity == "affirmed":
        only, except_of = _ONLY.search(sentence), _NOT_OF.search(sentence, cover[1])
        splits = ("training",) if only else splits
        held = "validation" if only else _part(except_of) if except_of else None
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
                subject=Subject(split=split, named=_network(sentence, found)),
                polarity="negated" if negated else "affirmed",
            )
        )


_QUESTION_MARKS = ("?", "？")


def _cover(found: Found) -> tuple[int, int]:
    return min(start for start, _ in found.spans), max(end for _, end in found.spans)


def _meant(sentence: str, found: Found) -> Context | None:
    """Return how a frame is meant; `None` where it is said of nothing that is in use."""
    name, first, cover = found.frame.predicate, found.spans[0], _cover(found)
    is_part = name in PARTS
    verbs = [(w.start, w.end) for w in spoken(sentence) if _VERBS & set(w.concepts)]
    meant = context(
        sentence,
        found.spans[:1] if found.frame.anywhere else found.spans,
        lambda text: _again(found, text),
        verbs=verbs if is_part else (),
    )
    if (change := changed(sentence, first)) and meant.time == "now":
        meant = meant._replace(time="after", experiment=change)
    elif meant.time == "now" and follows_change(sentence, first):
        meant = meant._replace(time="after")
    if is_part and meant.polarity == "negated" and did_nothing(sentence, first):
        meant = meant._replace(polarity="affirmed")
    if is_part and meant.polarity == "negated" and _NOT_THIS.search(sentence[: first[0]]):
        return None
    if (is_part or name in _PRACTICES) and in_general(sentence, first, meant, name):
        return None
    if _is_of_another_trial(sentence, found, meant):
        meant = meant._replace(time="after")
    if meant.certainty == "asked" and _TAKEN.search(sentence[: cover[0]]):
        meant = meant._replace(certainty="observed")
    if name == "several_labels" and meant.certainty == "supposed" and _MAY.search(sentence):
        meant = meant._replace(certainty="observed")
    return meant


def _is_of_another_trial(sentence: str, found: Found, meant: Context) -> bool:
    """Return whether other data were learned, or something was taken away and what came is told."""
    cover = _cover(found)
    if meant.time != "now":
        return False
    if meant.polarity == "negated":
        removed = _REMOVED.search(sentence[: cover[0]]) is not None
        return removed and _THEN.match(sentence, cover[1]) is not None
    learned = found.frame.predicate == "learns" and not found.frame.negated
    return learned and _ELSEWHERE.match(sentence, cover[1]) is not None


def _network(sentence: str, found: Found) -> str:
    """Return the name of the network that a frame is about, where it is about one."""
    start, end = found.spans[0]
    return sentence[start:end].lower() if "NETWORK" in found.frame.parts[0] else ""


_NOT_THIS = lazy_re.compile(
    r"[,(]\s?(?:but |and )?not (?:on |of |in |for )?(?:the |my )?$", re.IGNORECASE
)
"""Before what something else is not done to: "it freezes the rest, not batch normalisation"."""
_ELSEWHERE = lazy_re.compile(
    r"[^.;,]{0,25}?\b(?:on|with|for|in|auf|mit|con|em|sur|avec)\s(?:the |a |an |some )?(?:\w+ )?(?:mnist|cifar\S*|fashion\S*|imagenet|toy|other|another|different|smaller|tiny|subset|original|public|keras example|tutorial)\b|[^.;,]{0,25}?(?<!\w)на\s(?:mnist|cifar\S*|друг\w+|маленьк\w+|игрушечн\w+)",
    re.IGNORECASE,
)
"""Behind a network that learns something else than what it is asked about."""
_REMOVED = lazy_re.compile(
    r"\b(?:i|we)(?:'ve| have| had)? (?:then |also |now |just |even |completely )?(?:removed|dropped|disabled|deleted|took out|turned off|switched off|commented out|got rid of|scrapped|ditched|ripped out|stripped|threw out|pulled out|cut)\s(?:\w+ ){0,3}$|\bcutting (?:\w+ ){0,2}$"
    r"|(?<!\w)(?:убрал\w*|отключил\w*|удалил\w*|выключил\w*)\s(?:\w+ ){0,2}$|去掉了?$|删掉了?$|关掉了?$",
    re.IGNORECASE,
)
"""Before what was in use until it was taken away."""
_THEN = lazy_re.compile(
    r"[^.;]{0,40}?(?:,|\band\b|\bbut\b|\bdid\b|\bmade\b|\bhelped\b|(?<!\w)(?:и|но|а)(?!\w)|[，,])",
    re.IGNORECASE,
)
"""Behind a change whose outcome is told."""
_TAKEN = lazy_re.compile(r"\b(?:the|this|my|such an?)\s$", re.IGNORECASE)
"""Before what a question takes for granted: "could the imbalance be the reason?"."""
_MAY = lazy_re.compile(r"\b(?:may|might|can|could)\b|可能|可以", re.IGNORECASE)
_WITH_RATE = frozenset({"dropout_used", "regularized"})
_VERBS = frozenset({"frozen", "not:frozen", "shuffled", "scaled", "learns", "overfits"})
_DONE_TO = frozenset({"shuffled", "scaled", "augmented"})
_PRACTICES = _DONE_TO | {"frozen", "not:frozen", "pretrained"}


def _part(found: re.Match[str]) -> Split:
    """Return which images are left out."""
    words = (found["of"] or found["of2"]).lower()
    if words.startswith(("val", "вал", "验")):
        return "validation"
    return "training" if words.startswith("train") else "test"


def _again(found: Found, text: str) -> bool:
    """Return whether a text has the same frame where it stands."""
    return any(
        other.frame == found.frame and _meets(other.spans[0], found.spans[0])
        for other in frames(text)
    )


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
        held = [t for t in near if t.kind != "training"]
        first = [t for t in held if t.start < span[1]][-1:] or held[:1]
        return (first[0].kind,) if first else (None,)  # type: ignore[return-value]
    inside = [t for t in near if span[0] <= t.start and t.end <= span[1]]
    behind = [t for t in near if span[1] <= t.start and _free(sentence[span[1] : t.start])]
    before = [t for t in near if t.end <= span[0] and _free(sentence[t.end : span[0]])]
    for tokens_of in (inside, behind[:1], before[-1:]):
        if tokens_of:
            return _with_coordinated(sentence, tokens_of, near)
    return (None,)


_PARTS = frozenset({"training", "validation", "test"})


_CALL = lazy_re.compile(r"\(\s?\)|[ -]mode\b")
"""Behind the name of a call, or of the mode of a network."""
_WHILE = lazy_re.compile(
    r"\b(?:during|while|before|beim|vor dem|durante|antes d[eo]|pendant|avant)\s(?:the |l')?$|(?<!\w)(?:при|перед|до)\s$",
    re.IGNORECASE,
)
_NO_SET = lazy_re.compile(r"[_ ]?split\b|时|过程|的时候|中(?!的)|時", re.IGNORECASE)
"""What stands around the name of images where a time or an argument is meant."""


def _of_measurement(sentence: str, token: Token) -> bool:
    """Return whether images are named for their loss or accuracy, or a call of fit."""
    if sentence[token.start : token.end].lower().startswith("fit"):
        return True
    if (
        _CALL.match(sentence, token.end)
        or _WHILE.search(sentence[: token.start])
        or _NO_SET.match(sentence, token.end)
    ):
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
        found = list(pattern.finditer(sentence))
        for at, match in enumerate(found):
            text = match[0].lower()
            if name == "loss_used":
                text = losses.BY_LETTERS.get(re.sub(r"[\s_-]", "", text), text)
            text = text.replace("-", "") if name == "optimizer_used" else text
            meant = context(sentence, [match.span()])
            if (change := changed(sentence, match.span())) and meant.time == "now":
                meant = meant._replace(time="after", experiment=change)
            if at + 1 < len(found) and _changes_to(sentence, match, found[at + 1]):
                meant = meant._replace(time="before", polarity="affirmed", experiment="")
            elif at and _changes_to(sentence, found[at - 1], match):
                meant = meant._replace(time="after")
            if not in_general(sentence, match.span(), meant, name):
                yield from meant.claims(
                    Claim(predicate=name, sentence=sentence.strip(), subject=Subject(named=text))
                )


_CHANGE = lazy_re.compile(
    r"\b(?:switch\w*|chang\w*|replac\w*|swap\w*|mov\w*|went|going|go|from|wechs\w*|ersetz\w*|von|cambi\w*|pas\w+|troc\w+|remplac\w+|de)\b|с\s|замен\w*|смен\w*|переш\w*|поменя\w*|把|从|から|에서|将",
    re.IGNORECASE,
)
_TO = lazy_re.compile(
    r"\s?(?:optimi[sz]er |loss )?(?:to|by|with|for|->|→|на|auf|durch|zu|a|por|par|pour|换成|改成|改为|换为|到|から|로)\s?(?:the |an? )?",
    re.IGNORECASE,
)


def _changes_to(sentence: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Return whether one is said to be replaced by the other: "from SGD to Adam"."""
    return bool(
        _TO.fullmatch(sentence[one.end() : other.start()])
        and _CHANGE.search(sentence[max(0, one.start() - 45) : one.start()])
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


def _known_sets(sentence: str) -> Iterator[Claim]:
    """Yield the number of classes of a known set that is named."""
    for number, pattern in CLASSES_OF_SETS:
        match = pattern.search(sentence)
        if match is not None and not _BEFOREHAND.search(sentence, 0, match.end()):
            yield Claim(
                predicate="n_classes_of_set", value=float(number), sentence=sentence.strip()
            )


_BEFOREHAND = lazy_re.compile(r"\bpre-?train\w*|\bweights\b|предобуч|预训练", re.IGNORECASE)
"""Before the name of a set that a network came from."""
_OF_TASK = frozenset({"n_classes", "image_size"})
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
    (
        "val_loss_and_accuracy_rise",
        (
            Said("rises", split="validation", measurement="loss"),
            Said("rises", split="validation", measurement="accuracy"),
        ),
    ),
    ("loss_does_not_fall", (Said("falls", True, "training", "loss"),)),
    ("loss_does_not_fall", (Said("stays", False, "training", "loss"),)),
    ("val_fluctuates", (Said("fluctuates", split="validation"),)),
    ("val_fluctuates", (Said("fluctuates", split="test"),)),
    ("loss_nan", (Said("is_nan", measurement="loss"),)),
    ("validation_augmented", (Said("augmented", split="validation"),)),
    ("scaled_apart", (Said("scaled", split="training"), Said("scaled", True, "validation"))),
    ("scaled_apart", (Said("scaled", split="training"), Said("scaled", True, "test"))),
)
"""What claims amount to together, in the words of the rules."""
AMOUNTING = frozenset(name for name, _ in _AMOUNT)


def _is_perfect(claim: Claim) -> bool:
    """Return whether all images are said to be right."""
    if claim.predicate != "is_at" or not claim.is_evidence or claim.value is None:
        return False
    return claim.subject.measurement == "accuracy" and claim.value >= 1


def _at_once(sentence: str) -> bool:
    return any("AT_ONCE" in word.concepts for word in spoken(sentence))


def amounting(said: Sequence[Claim]) -> Iterator[Claim]:
    """Yield what claims amount to together."""
    perfect = [c for c in said if _is_perfect(c)]
    for claim in perfect:
        if claim.subject.split == "validation":
            yield Claim(predicate="val_accuracy_perfect", sentence=claim.sentence)
        elif claim.subject.split != "test" and _at_once(claim.sentence):
            yield Claim(predicate="train_accuracy_perfect_at_once", sentence=claim.sentence)
    for name, parts in _AMOUNT:
        # What stays at a figure has come down to it.
        bare = [c for c in said if c.value is None or name != "loss_does_not_fall"]
        found = [next((c for c in bare if part.is_said(c)), None) for part in parts]
        quoted = dict.fromkeys(c.sentence for c in found if c is not None)
        # "I shuffled the files, not the labels" says neither.
        both = any(
            part._replace(negated=not part.negated).is_said(c) for c in said for part in parts
        )
        if None not in found and not both:
            yield Claim(predicate=name, sentence=" ".join(quoted))
