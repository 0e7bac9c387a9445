"""Whether, whose, when and how surely something is said: triggers and their scopes in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.records.claim import Certainty, Claim, Holder, Polarity, Time
from fitdoctor.sources._row import Pattern
from fitdoctor.sources._triggers import (
    AGREEING,
    LANGUAGES,
    NOT_YES_OR_NO,
    SENTENCE,
    WITHOUT_SPACES,
    Language,
    Mark,
    Trigger,
)

Span = tuple[int, int]
_SCRIPTS = (
    ("ja", lazy_re.compile(r"[\u3040-\u30ff]")),
    ("ko", lazy_re.compile(r"[\uac00-\ud7af]")),
    ("zh", lazy_re.compile(r"[\u4e00-\u9fff]")),
    ("ru", lazy_re.compile(r"[\u0400-\u04ff]{2}")),
)
_FUNCTION_WORDS = {
    "en": frozenset(["the", "is", "are", "of", "and", "to", "my", "with", "but", "not", "it", "that", "this", "on", "for", "at", "was", "in", "i", "have", "when", "does", "did", "has", "be", "been", "if", "or", "can", "you", "we", "any", "why", "from", "by", "an", "are", "so"]),
    "de": frozenset(["der", "die", "das", "ist", "sind", "und", "nicht", "mit", "ich", "mein", "meine", "ein", "eine", "auf", "aber", "wenn", "bei", "den", "dem", "wird", "warum", "kein", "für", "man", "von", "zu", "hier", "schon", "oder", "auch", "noch", "sich", "nur", "wie", "im", "es", "mir", "habe", "hat", "haben", "werden", "wurde", "zum", "zur", "egal", "immer", "sehr", "einen", "einem", "des", "keine", "ohne", "war", "als", "seit"]),
    "es": frozenset(["uso", "tengo", "hay", "siempre", "pero", "el", "la", "los", "las", "es", "son", "y", "no", "con", "mi", "un", "una", "de", "en", "pero", "cuando", "por", "que", "se", "al", "del", "está", "muy", "entrenamiento", "mis", "antes", "ahora", "después", "pérdida", "exactitud", "precisión", "validación", "pasó", "usaba", "red", "mi", "tasa", "aprendizaje", "imágenes", "cada", "he", "para", "sin", "más", "lo", "ni", "ya", "está", "están"]),
    "pt": frozenset(["o", "os", "as", "é", "são", "não", "com", "meu", "minha", "um", "uma", "de", "em", "mas", "quando", "por", "que", "ao", "do", "da", "está", "dos", "das", "esqueci", "tenho", "na", "no", "ao", "eu", "mais", "sem", "para", "foi", "como", "está", "estão", "nos", "nas", "pra", "depois", "perda", "acurácia", "treino", "validação", "rede", "taxa", "virou", "troquei", "eu", "mas", "também", "até", "não", "se", "pelo", "pela", "imagens", "ou", "pare", "isso"]),
    "fr": frozenset(["il", "on", "mes", "faut", "le", "la", "les", "est", "sont", "et", "ne", "pas", "avec", "mon", "ma", "un", "une", "de", "en", "mais", "quand", "pour", "que", "se", "au", "du", "des", "je", "sur", "c'est", "ai", "nous", "sans", "plus", "dans", "par", "qui", "sa", "son", "ce", "cette", "toujours"]),
}  # fmt: skip
_WORD = lazy_re.compile(r"[\w']+")


def language(sentence: str) -> str:
    """Return the language of a sentence, among those that have triggers; English where in doubt.

    >>> language("Мой лосс не падает"), language("Die Genauigkeit ist nicht hoch")
    ('ru', 'de')
    """
    for name, script in _SCRIPTS:
        if script.search(sentence):
            return name
    words = [
        word.lower() for word in _WORD.findall(re.sub(r"\b([ldjncmst]|qu)'", r"le ", sentence))
    ]
    counts = {name: sum(w in known for w in words) for name, known in _FUNCTION_WORDS.items()}
    return max(counts, key=lambda name: (counts[name], name == "en"))


class Context(NamedTuple):
    """How a claim is meant."""

    polarity: Polarity = "affirmed"
    holder: Holder = "asker"
    time: Time = "now"
    certainty: Certainty = "observed"
    experiment: str = ""
    ceased: bool = False
    """It is said to be so no longer: it was."""

    def claims(self, claim: Claim) -> Iterator[Claim]:
        """Yield the claim as it is meant here, and that it was so where it is so no longer."""
        yield replace(
            claim,
            subject=replace(claim.subject, experiment=self.experiment),
            polarity="affirmed" if self.polarity == claim.polarity else "negated",
            holder=self.holder,
            time=self.time,
            certainty=self.certainty,
        )
        if self.ceased and self.certainty == "observed":
            yield replace(claim, holder=self.holder, time="before")


class Marked(NamedTuple):
    """A trigger in a sentence, and where it counts."""

    mark: Mark
    span: Span
    scope: tuple[Span, ...]


@lru_cache(maxsize=64)
def marked(sentence: str) -> tuple[Marked, ...]:
    """Return the triggers of a sentence with their scopes."""
    name = language(sentence)
    known = LANGUAGES[name]
    wide = 2 if name in WITHOUT_SPACES else 0
    quoted = [found.span() for found in _QUOTED.finditer(sentence)]
    plain = _blanked(_ABBREVIATED.sub(lambda m: "z" * len(m[0]), sentence), quoted)
    text = _blanked(plain, [m.span() for m in known.pseudo.finditer(plain)])
    found = [
        Marked(trigger.mark, found.span(), _scope(text, found.span(), trigger, known, wide))
        for trigger in known.triggers
        for found in trigger.pattern.finditer(
            plain if trigger.mark in {"supposed", "imagined"} else text
        )
    ]
    thought = [m.span for m in found if m.mark == "expected"]
    found = [
        m
        for m in found
        if m.mark not in {"hypothetical", "possible"}
        or not any(a <= m.span[0] and m.span[1] <= b for a, b in thought)
    ]
    later = [m.span[0] for m in found if m.mark in {"after", "experiment"}]
    found = [_cut(one, later) if one.mark == "before" else one for one in found]
    if _MERELY_ASKED.match(sentence):
        found.append(Marked("asked", (len(sentence), len(sentence)), ((0, len(sentence)),)))
    elif name not in {"en", "zh", "ja", "ko"} and (asked := _last_clause(sentence)):
        found.append(Marked("asked", (asked[1], asked[1]), (asked,)))
    return tuple(found)


_MERELY_ASKED = lazy_re.compile(
    r"^[^\w?]{0,4}(?:[^\W\u3040-\uffff]{1,30}[\s-]){0,2}[^\W\u3040-\uffff]{1,30}\s?\?+\W{0,4}$"
)
"""A question of a few words: "Overfitting?" states nothing in any language."""


_PAIR = lazy_re.compile(
    r"\bwithout\b(?:[^.;]|[.](?=\d)){2,40}\bthan with\b|\bwith\b(?:[^.;]|[.](?=\d)){2,40}\bthan without\b|\bwith(?:out)?\b(?:[^.;]|[.](?=\d)){2,80}[,;]\s?(?:(?:and|but|while|whereas) )?(?:only )?with(?:out)?\b|\b(?:mit|ohne)\b(?:[^.;]|[.](?=\d)){2,80}[,;]\s?(?:(?:und|aber) )?(?:mit|ohne)\b"
    r"|\b(?:con|sin|com|sem|avec|sans)\b(?:[^.;]|[.](?=\d)){2,80}[,;]\s?(?:(?:y|pero|e|mas|et|mais) )?(?:con|sin|com|sem|avec|sans)\b|(?:^|\s)(?:с|без|при)\s(?:[^.;]|[.](?=\d)){2,80}[,;]\s?(?:(?:а|но|и) )?(?:с|без|при)\s",
    re.IGNORECASE,
)


def compares(sentence: str) -> bool:
    """Return whether a sentence sets two trials side by side: "with A it learns, with B it does not"."""
    return _PAIR.search(sentence) is not None


def _cut(one: Marked, later: Sequence[int]) -> Marked:
    """Return a time before with its scope cut where a time after begins."""
    ends = [at for at in later if at > one.span[1]]
    if not ends:
        return one
    return one._replace(
        scope=tuple((start, min(end, *ends)) for start, end in one.scope if start < min(ends))
    )


_ABBREVIATED = lazy_re.compile(
    r"\b(?:i\.e|e\.g|approx|resp|vs|incl|z\.B|d\.h|p\.ex|т\.е|т\.к)\.", re.IGNORECASE
)
"""A full stop that ends no sentence."""
_QUOTED = lazy_re.compile(
    r"[\"\u201c\u201e\u00ab][^\"\u201c\u201d\u00ab\u00bb]{1,24}[\"\u201d\u201c\u00bb]"
)
"""A name between quotes says nothing of the sentence around it."""
_LAST = lazy_re.compile(r"(?:^|[,;:.!?–—]\s)([^,;:.!?]{3,200}(?:[.,]\d[^,;:.!?]*)?)\?+[\s)]*$")


def _last_clause(sentence: str) -> Span | None:
    """Return the clause before a question mark, where it asks whether something is so."""
    found = _LAST.search(sentence)
    if found is None or NOT_YES_OR_NO.search(found[1]):
        return None
    first = NOT_YES_OR_NO.search(sentence)
    return None if first and not _WORD.search(sentence[: first.start()]) else found.span(1)


def _scope(text: str, span: Span, trigger: Trigger, known: Language, wide: int) -> tuple[Span, ...]:
    ends = [known.ends_negation if trigger.mark in {"negated", "ceased"} else known.ends_all]
    if trigger.mark == "imagined" and trigger.words == SENTENCE:
        ends = [_SENTENCE_END]
    elif trigger.mark in {"other", "documentation", "answer"}:
        ends.append(known.ends_own)
    elif trigger.mark in {"after", "experiment"}:
        text = _GOES_ON.sub(lambda found: "z" * len(found[0]), text)
    if trigger.reach == "phrase":
        end = _ahead(text, span[1], trigger.words, ends, wide)
        first = _WORD.search(text, span[1], end)
        if first and known.ends_phrase:
            turns = (
                m.start() for m in known.ends_phrase.finditer(text) if m.start() >= first.end()
            )
            end = min(end, next(turns, end))
        return ((span[1], end),)
    if trigger.reach == "on":
        return ((span[1], _ahead(text, span[1], trigger.words, ends, wide)),)
    whose = trigger.mark in {"other", "documentation", "answer"}
    # "..., after I did this" is of the clause before its comma.
    behind = trigger.mark in {"after", "before"} and not wide and text[: span[0]].endswith(", ")
    back = [known.ends_all, _BRACKET] if whose or behind else [known.ends_negation]
    start = _behind(text, span[0], trigger.words, back, wide)
    if trigger.reach == "back":
        return ((start, span[0]),)
    if not _WORD.search(text[start : span[0]]):
        # A clause that opens the sentence is about the one behind its comma.
        if trigger.mark in {"after", "experiment"}:
            text = _BUT.sub(lambda found: "z" * len(found[0]), text)
        end = _ahead(text, span[1], 2 * trigger.words, ends, wide)
        commas = [m.start() for m in _COMMA.finditer(text, span[1], end)]
        further = [at for at in commas[1:] if not _COORDINATED.match(text, at)]
        return ((span[1], further[0] if further else end),)
    # Chinese and Japanese put what "after" belongs to before it, and what came of it behind a comma.
    change = trigger.mark in {"after", "before", "experiment"}
    ahead = [known.ends_all if wide and change else known.ends_negation]
    end = _ahead(text, span[1], trigger.words, ahead, wide)
    return ((start, span[0]), (span[1], end))


_COORDINATED = lazy_re.compile(
    r"[,，]\s(?:z+|but|and|while|yet|aber|und|pero|y|mas|e|mais|et|но|и|а)\s"
)
"""A comma behind which a clause goes on under the condition of the one before."""
_SENTENCE_END = Pattern(r";|[.!?\u3002](?=\s|$)|\b(?:but|aber|pero|mas|mais)\b|(?<!\w)но(?!\w)")
_BRACKET = Pattern(r"[()]")
_BUT = lazy_re.compile(r"\b(?:but|aber|pero|mas|mais)\b|(?<!\w)но(?!\w)|但是?", re.IGNORECASE)
_GOES_ON = lazy_re.compile(
    r"(?<=\s)[-\u2013\u2014](?=\s)|:(?=\s)|\b(?:now|then)\b|теперь|сейчас|现在|jetzt|nun|ahora|agora|maintenant",
    re.IGNORECASE,
)
"""What ends the scope of a time before, and goes on with what came after a change."""
_COMMA = lazy_re.compile(r"[,，、](?!\d)")


def _ahead(text: str, start: int, words: int, ends: Sequence[Pattern], wide: int) -> int:
    """Return where a scope ends that begins here: at a terminator, or after so many words."""
    stop = min(
        (m.start() for e in ends for m in e.finditer(text) if m.start() >= start), default=len(text)
    )
    if wide:
        return min(stop, start + words * wide)
    for count, word in enumerate(_WORD.finditer(text, start, stop), start=1):
        if count == words:
            return word.end()
    return stop


def _behind(text: str, end: int, words: int, ends: Sequence[Pattern], wide: int) -> int:
    """Return where a scope begins that ends here."""
    stop = max((m.end() for e in ends for m in e.finditer(text) if m.end() <= end), default=0)
    if wide:
        return max(stop, end - words * wide)
    before = [word.start() for word in _WORD.finditer(text, stop, end)]
    return before[-words] if len(before) > words else stop


def _blanked(text: str, spans: Sequence[Span]) -> str:
    """Return the text with letters that mean nothing where these spans are."""
    for start, end in spans:
        text = text[:start] + re.sub(r"\w", "z", text[start:end]) + text[end:]
    return text


def context(
    sentence: str,
    spans: Sequence[Span],
    still: Callable[[str], bool] | None = None,
    *,
    given: bool = False,
    verbs: Sequence[Span] = (),
    whole: bool = False,
) -> Context:
    """Return how what stands at these places of a sentence is meant.

    A trigger inside of them is part of what is said where that is not said without it: `still`
    tells whether a text with the trigger blanked says the same. What is `given`, as a figure mostly
    is, is not itself asked or supposed in a question. A negation before one of the `verbs` is of
    that verb: "they never freeze batchnorm" denies no batch normalisation. Of a `whole` course of a
    training no part is earlier than another.
    """
    found = {"negated": list[Span]()}
    for one in marked(sentence):
        if not any(_meets(scope, span) for scope in one.scope for span in spans):
            continue
        if one.mark == "earlier" and whole:
            continue
        inside = any(_meets(one.span, span) for span in spans)
        if one.mark == "before" and _undone(sentence, one, spans):
            found["negated"].append(one.span)
        if inside and (still is None or not still(_blanked(sentence, [one.span]))):
            continue
        if one.mark in {"negated", "ceased"} and (
            not any(_reaches(one, span, inside=inside) for span in spans)
            or any(one.span[1] <= verb[0] and verb[1] <= spans[0][0] for verb in verbs)
        ):
            continue
        found.setdefault(one.mark, []).append(one.span)
        if one.mark == "ceased":
            found["negated"].append(one.span)
    if given:
        found = {"negated": [], **{m: s for m, s in found.items() if m not in _OF_QUESTIONS}}
    negations = _negations(sentence, found["negated"])
    time = _time(found)
    return Context(
        polarity="negated" if negations % 2 else "affirmed",
        holder=_holder(found),
        time="after" if time == "now" and compares(sentence) else time,
        certainty=_certainty(found),
        experiment=_experiment(sentence, found.get("experiment", ())),
        ceased="ceased" in found and negations % 2 == 1,
    )  # fmt: skip


def _reaches(one: Marked, span: Span, *, inside: bool) -> bool:
    """Return whether a negation is of what is said first, to its end where it stands within."""
    if inside:
        return any(scope[0] < span[1] <= scope[1] + 1 for scope in one.scope)
    return any(_meets(scope, span) for scope in one.scope)


_OF_QUESTIONS = frozenset({"asked", "possible", "supposed", "negated", "ceased"})


def _holder(found: dict[str, list[Span]]) -> Holder:
    for mark in ("answer", "documentation", "other"):
        if mark in found:
            return mark
    return "asker"


def _certainty(found: dict[str, list[Span]]) -> Certainty:
    """Return how surely: a guess in a question stays a guess, and "could it be" is one."""
    if not found.keys().isdisjoint({"supposed", "hypothetical", "imagined"}):
        return "supposed"
    if "asked" in found:
        return "asked"
    return "supposed" if "possible" in found and "expected" not in found else "observed"


_TIMES: tuple[tuple[str, Time], ...] = (
    ("expected", "expected"), ("before", "before"), ("earlier", "before"), ("after", "after")
)  # fmt: skip


def _time(found: dict[str, list[Span]]) -> Time:
    if "hypothetical" in found or "imagined" in found:
        return "expected"
    if "asked" in found and "experiment" in found:
        return "expected"
    for mark, time in _TIMES:
        if mark in found:
            return time
    return "after" if "experiment" in found else "now"


def _experiment(sentence: str, spans: Sequence[Span]) -> str:
    """Return the words of the change under which it holds: from its trigger to the comma."""
    if not spans:
        return ""
    start, end = spans[0]
    comma = _COMMA.search(sentence, end)
    return sentence[start : comma.start() if comma else len(sentence)].strip(" .,;:")[:80]


def changed(sentence: str, span: Span) -> str:
    """Return the change whose own words stand at a place: "when I unfreeze it" names its state."""
    spans = [m.span for m in marked(sentence) if m.mark == "experiment" and _meets(m.span, span)]
    return _experiment(sentence, spans)


def follows_change(sentence: str, span: Span) -> bool:
    """Return whether the words at a place are themselves the change after which something holds."""
    return any(m.mark == "after" and _meets(m.span, span) for m in marked(sentence))


def _meets(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


_UNDONE = lazy_re.compile(
    r"^[\s,]{0,2}(?:как |чем )?(?:i|we|de|que|ich|eu|я)?\s?(?:had |have |j'ai )?(?:\w+ing )?$",
    re.IGNORECASE,
)


def _undone(sentence: str, one: Marked, spans: Sequence[Span]) -> bool:
    """Return whether this is the change itself that came later: "before I unfroze it"."""
    text = sentence[one.span[0] : one.span[1]]
    if text in {"之前", "以前", "前"}:
        return any(
            span[1] <= one.span[0] and not sentence[span[1] : one.span[0]].strip() for span in spans
        )
    if not re.search(
        r"(?:до того|до (?:добавления|включения|разморозки|заморозки)|прежде|i|we|\w+ing|antes(?: de)?|avant(?: de)?|bevor)$",
        sentence[one.span[0] : one.span[1]].rstrip(),
        re.IGNORECASE,
    ):
        return False
    return any(
        _UNDONE.match(sentence[one.span[1] : span[0]]) for span in spans if span[0] >= one.span[1]
    )


_THAT = lazy_re.compile(r"(?<!\w)(?:что|que|qu'|dass)(?!\w)|というわけ|说")


def _negations(sentence: str, spans: Sequence[Span]) -> int:
    """Return how often it is denied: in some languages several negations of a clause are one."""
    if language(sentence) not in AGREEING:
        return _distinct(sentence, spans)
    ends = [found.start() for found in _THAT.finditer(sentence)]
    return len({sum(end <= start for end in ends) for start, _ in spans})


_NEITHER = lazy_re.compile(r"\b(?:neither|weder)\b", re.IGNORECASE)


def _distinct(sentence: str, spans: Sequence[Span]) -> int:
    """Return how many triggers there are; two rows may know the same one, and "nor" only goes on."""
    count, end = 0, -1
    for span in sorted(spans):
        word = sentence[span[0] : span[1]].lower()
        goes_on = word in {"nor", "noch"} and (count or _NEITHER.search(sentence[: span[0]]))
        count += span[0] >= end and not goes_on
        end = max(end, span[1])
    return count
