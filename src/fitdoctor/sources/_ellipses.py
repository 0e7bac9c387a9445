"""Clauses that leave out what another one says: "mine doesn't", "which I already do"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.sources._measured import tokens
from fitdoctor.sources._scope import context

Said = Callable[[str], Iterator[Claim]]
"""What a text says by its own words."""
PARTS_OF_DATA = frozenset({"training", "validation", "test"})
_DOES_SO = lazy_re.compile(
    r"(?:[,;–—]|\b(?:and|but|so)\b)\s?(?:which(?: is what)?|and that'?s (?:exactly )?what|as|so|but|and)?\s?(?P<who>i|we)(?:'ve| have| had| am|'m)? (?:already |indeed |also |just |always |duly |dutifully ){0,2}(?P<yes>do|did|done|doing|am doing)(?: (?:so|that|it|this))?(?: already| too| anyway)?\s?(?=[.,;!?]|$)"
    r"|[,;–—]\s(?:which |but |though )?(?P<who2>i|we) (?P<no>haven'?t|have not|don'?t|do not|didn'?t|did not|never did)(?: (?:done|tried|do|so|that|it|this)){0,3}(?: yet| so far)?\s?(?=[.,;!?]|$)"
    r"|[,;–—]\s(?:что|но|а)\s(?:(?P<who3>я)\s)?(?:и\s|уже\s|так\s|и так\s){0,2}(?:я\s)?(?P<yes3>сделал\w*|делаю|добавил\w*|поставил\w*)\s?(?=[.,;!?]|$)"
    r"|[,，](?:不过|但是?|而|可)?(?P<who4>我)(?:(?P<yes4>已经(?:做|加|用|试)了?|早就(?:做|加|用|试)了)|(?P<no4>(?:还|暂时|一直)?没有?(?:试|用|做|加)过?))[。.!！]?$"
    r"|[,;–—]\s(?:was|das|aber das|und das)\s(?:(?P<who5>ich)\s)?(?:mache|tue|habe)\s?(?:ich\s)?(?:(?P<no5>nicht|noch nicht)|(?P<yes5>schon|bereits|auch|längst|ja))(?: gemacht| getan)?\s?(?=[.,;!?]|$)"
    r"|[,;–—]\s(?:ce que|o que|lo que|cosa que)\s(?:(?P<who6>je|eu|yo)\s)?(?P<yes6>fais|j'ai fait|faço|já faço|fiz|hago|ya hago|hice)(?: déjà| já| ya)?\s?(?=[.,;!?]|$)",
    re.IGNORECASE,
)
"""Clauses that say that the asker does what was spoken of, or does not: "which I already do"."""
_DOINGS = frozenset(
    {"shuffled", "scaled", "augmented", "dropout_used", "batchnorm_used", "regularized",
     "class_weights_used", "early_stopping_used", "frozen", "pretrained", "labels_one_hot"}
)  # fmt: skip
_ELLIPSES = tuple(
    lazy_re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[,;:–—]\s(?:but |and |while |whereas )?(?P<who>mine|ours|i|it|[\w' -]{2,40}?)\s(?P<no>do(?:es)?(?: not|n'?t)|did(?: not|n'?t)|is(?: not|n'?t)|refuses to|never does|won't|can'?t)\s?(?=[.,;!?]|$)",
        r"[,;:–—]\s(?:but |and |while |whereas )(?P<who>mine|ours|i|it)\s(?:do|does|did|is)\s?(?=[.,;!?]|$)",
        r"[,;–—]\s(?:но|а)\s(?P<who>у меня|у нас|мо[йяе]|у него|у друга|у коллеги)\s(?:почему-то\s)?(?P<no>нет)\s?(?=[.,;!?]|$)",
        r"[,;–—]\s(?:aber )?(?P<who>mein\w*|bei mir|die meine)\s(?:leider |aber )?(?P<no>nicht)\s?(?=[.,;!?]|$)",
        r"[,;]\s(?:pero |mas |mais )?(?P<who>a m[ií]|el m[ií]o|la m[ií]a|comigo|o meu|a minha|chez moi|moi|le mien|la mienne)\s(?:en cambio )?(?P<no>no|n[aã]o|non|pas)\s?(?=[.,;!?]|$)",
        r"[,，](?:而|但|可)?(?P<who>我的?|他的?|\w{0,4}的)(?:就|却|则)?(?P<no>不行|没事|没有|不会|不能|不)\s?(?=[。！!?？]|$)",
        r"、(?P<who>私の|自分の|うち)は(?:全然|全く)?(?P<no>だめ|違)\w*",
    )
)
"""Clauses that leave out what another one says: "mine doesn't"."""
_OF_VERBS = frozenset(
    {"rises", "falls", "stays", "is_nan", "fluctuates", "learns", "overfits", "one_class_predicted",
     "same_output_for_all", "shuffled"}
)  # fmt: skip


def left_out(sentence: str, said: Said) -> Iterator[Claim]:
    """Yield what a clause says by leaving it out, where only one thing can be meant."""
    for pattern in _ELLIPSES:
        for found in pattern.finditer(sentence):
            before = [c for c in said(sentence[: found.start()]) if c.predicate in _OF_VERBS]
            whole = {c.predicate for c in before}
            if len(whole) != 1 or any(c.certainty != "observed" for c in before):
                continue
            meant = context(sentence, [found.span("who")])
            part = next((t for t in tokens(found["who"]) if t.kind in PARTS_OF_DATA), None)
            claim = before[-1]
            split = (
                part.kind if part else None if meant.holder != claim.holder else claim.subject.split
            )
            denied = found.groupdict().get("no") is not None
            yield from meant._replace(
                polarity="affirmed", certainty="observed", ceased=False
            ).claims(
                replace(
                    claim,
                    value=None,
                    subject=replace(claim.subject, split=split, experiment=""),
                    polarity="negated" if denied == (claim.polarity == "affirmed") else "affirmed",
                )
            )


def does_so(sentence: str, said: Said) -> Iterator[Claim]:
    """Yield that the asker does, or does not, what another says, a book tells or one should do."""
    found = _DOES_SO.search(sentence)
    if found is None:
        return
    before = [c for c in said(sentence[: found.start()]) if c.predicate in _DOINGS]
    told = [c for c in before if c.holder != "asker" or c.time == "expected"]
    if len({c.predicate for c in told}) != 1:
        return
    denied = any(found.groupdict().get(name) for name in ("no", "no4", "no5"))
    affirmed = (told[-1].polarity == "affirmed") != denied
    yield replace(
        told[-1],
        polarity="affirmed" if affirmed else "negated",
        holder="asker",
        time="now",
        certainty="observed",
    )
