"""Which fact to ask an asker for, and what an answer changes.

The main cause is one of those that were found, of those that are usual in the situation, or one
that no rule knows: exclusive hypotheses. What was found has its probability; what it leaves open is
shared among the others as they share the situation among people who ask. An answer weighs each
hypothesis by how often it is given where that is the cause, so ruling causes out makes the
remaining ones likelier. A cause that an answer shows may be present beside the main one: it is as
likely as its own share and answers make it, whatever else was found.

What sentences answer without being asked counts in the same way, as wrong more often: it orders
causes and names them below one half, and changes nothing that code or figures show.

A question is worth the expected fall of the entropy of the main cause, in bits, divided by the time
that its answer costs (Lindley 1956, "On a measure of the information provided by an
experiment"; one step ahead).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor import facts
from fitdoctor.facts import Fact
from fitdoctor.likeness import likeness
from fitdoctor.records.finding import (
    DIGITS,
    HEALTH_RULE,
    LEAST,
    LIKELY,
    MOST,
    Cause,
    Clear,
    Evidence,
    Finding,
    Outcome,
    Question,
    cause_of,
)
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule, classes
from fitdoctor.situations import BY_WORDS, ELSEWHERE, SITUATIONS, SYMPTOMS, Where, where
from fitdoctor.told import told

Numbers = NDArray[np.float64]

SITUATION = "what_happens"
"""The fact that tells the situation, where neither figures nor words do."""
WRONG = 0.05
"""Share of answers that are wrong."""
WRONG_READ = 0.25
"""The same of those that are read off sentences: as of a stranger's (`benchmarks.claims`)."""
POINTS, LEAST_POINTED = 0.15, 0.05
"""Log-likelihood ratio from which on an answer points to a cause, and its weighed share then."""
MOST_QUESTIONS = 5
LEAST_BITS = 0.02
"""A question that is expected to tell less is not asked."""
LOOKED = 0.4
"""What is left of a cause's share where its rule looked at code or figures and saw nothing."""
LEAST_NAMED = 0.2
"""From this probability on, answers alone name a cause."""
LEAST_READ = 0.7
"""Log-likelihood ratio from which on what is read off sentences names a cause."""
LEAST_USUAL, USUAL_MOST, MOST_USUAL = 0.08, 0.49, 3
"""From which share on a cause that is usual behind a symptom is named, its greatest probability,
and how many causes there are then in all."""
DENIED = 0.1
"""The same where the asker says what speaks against it."""
HARMLESS = 0.6
"""How likely a harmless explanation that was seen, and is usual here, is the whole of it."""
CLEARLY = 1.25
"""How many times likelier than any cause what is harmless must be to be thought the whole of it."""
UNLIKE = 0.02
"""Probability that is added to each cause by words: less than this is no difference."""
KNOWN = 0.8
"""From which probability of one situation on nobody is asked for it."""
SETTLING = 30.0
"""Seconds that reading and answering any question costs, beside finding its answer."""


class Answer(NamedTuple):
    """An answer that was given, or read off a sentence."""

    answer: str
    sentence: str = ""

    @property
    def wrong(self) -> float:
        return WRONG_READ if self.sentence else WRONG


Answers = Mapping[str, Answer]


class Belief(NamedTuple):
    """How likely each hypothesis is to be the main cause; the last one is that no rule knows it."""

    rules: tuple[Rule, ...]
    shares: Numbers

    def of(self, name: str) -> float:
        """Return the probability of a cause by its name, 0 where it is no hypothesis."""
        return next(
            (
                float(p)
                for rule, p in zip(self.rules, self.shares, strict=False)
                if rule.name == name
            ),
            0.0,
        )


def weigh(
    run: Run,
    rules: Sequence[Rule],
    outcomes: Sequence[Outcome],
    causes: Sequence[Cause],
    symptom: Finding | None = None,
) -> tuple[tuple[Cause, ...], tuple[Question, ...]]:
    """Return the causes with the answers taken in, likeliest first, and what to ask next.

    Causes that the answers alone name are among them, from `LEAST_NAMED` on. Without an answer the
    causes that code or figures show are returned as they are. Where none is likely, those that are
    usual behind `symptom`, the gravest that was seen, stand beside them.
    """
    run = replace(run, answers=facts.in_light_of_the_backbone(run))
    answers = _all_answers(run)
    here = where(run, classes(run), run.answers.get(SITUATION) or _of_symptom(symptom))
    if symptom is not None and symptom.guess and not run.answers:
        here = here._replace(words=True)
    by_name = {rule.name: rule for rule in rules}
    causes = [_as_usual(cause, here) for cause in causes if not _is_refuted(cause, here)]
    about = {cause.rule: _left_to_say(cause, answers) for cause in causes}
    belief = answered(prior(run, rules, outcomes, causes, here), answers, about)
    asked = questions(run, belief, here, answers)
    named = list(causes)
    if answers:
        named = [
            _with_answers(cause, by_name[cause.rule], belief, about[cause.rule]) for cause in causes
        ]
        named += _named(run, belief, {cause.rule for cause in causes}, here.usual(), answers)
    if _unexplained(here, outcomes, named, symptom):
        ruled_out = {o.rule for o in outcomes if isinstance(o, Clear) and run.kind == "observed"}
        known = ruled_out | {cause.rule for cause in named}
        behind = _behind(symptom, here, run, belief, known, answers)
        named += behind[: max(0, MOST_USUAL - len(named))]
    return tuple(sorted(named, key=lambda cause: -cause.probability)), asked


def _all_answers(run: Run) -> Answers:
    """Return the answers that were given, and those that sentences give."""
    read = {name: Answer(one.answer, one.sentence) for name, one in told(run).items()}
    return read | {name: Answer(given) for name, given in run.answers.items()}


def _as_usual(cause: Cause, here: Where) -> Cause:
    """Return a guess with its share of the situation, where it rests on the situation alone.

    That validation is bad is no sign of one of the causes of bad validation.
    """
    for_it = [item.rests_on for item in cause.evidence if item.weight > 0]
    told = [BY_WORDS[name] for name in for_it if name in BY_WORDS]
    if not cause.guess or not told or len(told) < len(for_it):
        return cause
    own = [s for s in told if SITUATIONS[here.likeliest].kind_of != s]
    shares = [SITUATIONS[name].causes.get(cause.rule, ELSEWHERE) for name in own]
    share = max(here.usual().get(cause.rule, 0.0), *shares, LEAST)
    return replace(cause, probability=round(min(cause.probability, share), DIGITS))


def _is_refuted(cause: Cause, here: Where) -> bool:
    """Return whether it is a guess, and usual in nothing but what the figures deny."""
    usual = {name for name, one in SITUATIONS.items() if cause.rule in one.causes}
    return cause.guess and bool(usual) and usual <= here.refuted


def _shows_in(rule: Rule, refuted: frozenset[str]) -> bool:
    """Return whether all that a cause shows in is what the figures deny."""
    shows = {SYMPTOMS[name] for name in rule.explains if name in SYMPTOMS}
    return bool(shows) and shows <= refuted


def _left_to_say(cause: Cause, answers: Answers) -> Answers:
    """Return the answers that a cause's own evidence does not hold.

    What is said does not move what code or figures make likely; nor does a sentence count twice.
    """
    counted = [item.sentence for item in cause.evidence]
    return {
        name: one
        for name, one in answers.items()
        if not one.sentence
        or (cause.probability < LIKELY and not any(one.sentence in said for said in counted))
    }


def _unexplained(
    here: Where, outcomes: Sequence[Outcome], named: Sequence[Cause], symptom: Finding | None
) -> bool:
    """Return whether there is trouble that no likely cause and nothing harmless explains."""
    benign = {
        o.rule
        for o in outcomes
        if isinstance(o, Finding) and o.kind == "benign" and o.evidence[0].weight > 0
    }
    harmless = HEALTH_RULE in benign or (bool(benign) and (here.words or symptom is None))
    return here.trouble and not harmless and all(cause.probability < LIKELY for cause in named)


def _of_symptom(symptom: Finding | None) -> str | None:
    """Return the situation that a symptom tells, where it has one of its own."""
    return SYMPTOMS.get(symptom.rule) if symptom is not None else None


def _behind(
    symptom: Finding | None,
    here: Where,
    run: Run,
    belief: Belief,
    known: set[str],
    answers: Answers,
) -> list[Cause]:
    """Return the causes that are usual in the situation and not known otherwise.

    What was recorded while a script ran rules causes out. None where the likeliest explanation is
    harmless, and clearly likelier than any cause.
    """
    order = np.argsort(-belief.shares[:-1], kind="stable")
    first = next((i for i in order if belief.rules[i].kind == "cause"), None)
    if first is None or belief.shares[order[0]] > CLEARLY * belief.shares[first]:
        return []
    behind = f"where {SITUATIONS[here.likeliest].described}"
    if symptom is not None and symptom.rule in SYMPTOMS:
        behind = f"behind {symptom.rule.replace('_', ' ')}"
    seen = Evidence(
        sentence=f"Usual {behind}; nothing that was read shows it or rules it out.",
        weight=0.0,
        severity="note",
        usual=True,
        words=here.words,
    )
    usual = [
        (belief.rules[i], float(belief.shares[i]))
        for i in order
        if belief.shares[i] >= LEAST_USUAL and belief.rules[i].kind == "cause"
        if ratio_of(belief.rules[i], answers) > -POINTS
    ]
    return [
        cause_of(rule.finding((seen,), run), min(share, USUAL_MOST))
        for rule, share in usual
        if rule.name not in known and rule.denial(run) is None
    ]


def prior(
    run: Run,
    rules: Sequence[Rule],
    outcomes: Sequence[Outcome],
    causes: Sequence[Cause],
    here: Where,
) -> Belief:
    """Return the belief before any answer, apart from the situation.

    What was not found is shared by how usual it is in the situations, and by how like the words
    are to those of people who had it.
    """
    found = {cause.rule: cause.probability for cause in causes}
    clear = {o.rule for o in outcomes if isinstance(o, Clear)}
    looked = bool(run.curves) or run.script is not None
    # Words do not make likelier what figures were asked for and do not show.
    worded = {
        o.rule for o in outcomes if isinstance(o, Finding) and by_words(o.evidence) is not None
    }
    shown = {rule.name for rule in rules if rule.statistical and run.curves} & (clear | worded)
    usual = here.usual()
    harmless = {
        o.rule: HARMLESS
        for o in outcomes
        if isinstance(o, Finding) and o.kind == "benign" and o.evidence[0].weight > 0
        if usual.get(o.rule, 0.0) >= LEAST_USUAL
    }
    found = harmless | found
    known = tuple(
        rule
        for rule in rules
        if rule.name in found
        or (
            ((rule.asks or rule.name in usual) and rule.kind != "symptom")
            and not rule.is_excluded(run)
        )
    )
    like = {one.cause: one.probability for one in likeness(run.prose, run.claims)}
    weight = {
        rule.name: ((like.get(rule.name, 0.0) + UNLIKE) / UNLIKE) ** 0.5 for rule in known if like
    }
    left = float(np.prod([1 - p for p in found.values()]))
    seen = np.array([found.get(rule.name, 0.0) for rule in known])
    open_ = np.array(
        [
            0.0
            if rule.name in found
            else usual.get(rule.name, ELSEWHERE)
            * (LOOKED if looked and rule.name in clear else 1)
            * (DENIED if rule.denial(run) is not None or _shows_in(rule, here.refuted) else 1)
            * (1 if rule.name in shown else weight.get(rule.name, 1.0))
            for rule in known
        ]
    )
    rest = max(0.05, 1 - sum(usual.values()))
    shares = seen / (seen.sum() or 1.0) * (1 - left) + open_ / (open_.sum() + rest) * left
    return Belief(known, np.append(shares, rest / (open_.sum() + rest) * left))


def by_words(evidence: Sequence[Evidence]) -> float | None:
    """Return the probability that a question's words give where nothing else was seen."""
    given = [item.likely for item in evidence]
    return max(p for p in given if p is not None) if given and None not in given else None


def answered(
    belief: Belief, answers: Answers, about: Mapping[str, Answers] | None = None
) -> Belief:
    """Return the belief after the answers; each weighs a hypothesis by its likelihood ratio.

    `about` holds those that count for a cause, where it is not all of them.
    """
    own = about or {}
    weights = np.array(
        [np.exp(ratio_of(rule, own.get(rule.name, answers))) for rule in belief.rules] + [1.0]
    )
    shares = belief.shares * weights
    return Belief(belief.rules, shares / shares.sum())


def _with_answers(cause: Cause, rule: Rule, belief: Belief, answers: Answers) -> Cause:
    """Return a cause that was found, with its answers weighed and the others' taken into account.

    Answers for and against move its own probability; what rules the others out can only raise it.
    """
    said = tuple(evidence(rule, answers))
    ratio = ratio_of(rule, answers)
    probability = _raised(cause.probability, ratio)
    given = _given_ones(answers)
    if ratio >= 0 and given and (alone := belief.of(cause.rule)) > probability:
        said, probability = (*said, _left(alone)), alone
    if not said:
        return cause
    if ratio_of(rule, given) <= 0:
        probability = min(probability, max(cause.probability, USUAL_MOST))
    probability = round(float(np.clip(probability, LEAST, MOST)), DIGITS)
    return replace(cause, probability=probability, evidence=(*cause.evidence, *said))


def _given_ones(answers: Answers) -> Answers:
    """Return the answers that were given to questions."""
    return {name: one for name, one in answers.items() if not one.sentence}


def _named(
    run: Run, belief: Belief, found: set[str], usual: Mapping[str, float], answers: Answers
) -> Iterator[Cause]:
    """Yield the causes that nothing but the answers names; what is read, none above one half."""
    given = _given_ones(answers)
    for rule, main in zip(belief.rules, belief.shares, strict=False):
        if rule.name in found or rule.kind != "cause":
            continue
        ratio, by_given = ratio_of(rule, answers), ratio_of(rule, given)
        if by_given <= 0 and ratio < LEAST_READ and (ratio > by_given or not run.answers):
            continue  # what is read says too little to name it
        alone = _raised(usual.get(rule.name, ELSEWHERE), ratio) if by_given > 0 else 0.0
        probability = max(float(main), alone)
        if by_given <= 0 and ratio > by_given:
            probability = min(probability, USUAL_MOST)
        if probability < LEAST_NAMED:
            continue
        said = tuple(evidence(rule, answers))
        finding = rule.finding(said if ratio > 0 else (*said, _left(probability)), run)
        yield cause_of(finding, float(np.clip(probability, LEAST, MOST)))


def _raised(probability: float, ratio: float) -> float:
    """Return a probability after evidence of this log-likelihood ratio."""
    return float(1 / (1 + (1 - probability) / probability * np.exp(-ratio)))


def _left(share: float) -> Evidence:
    return Evidence(
        sentence="The answers rule out most of what else is usual here.",
        weight=float(np.log(share / (1 - share))),
        answer=SITUATION,
    )


def ratio_of(rule: Rule, answers: Answers) -> float:
    """Return the log-likelihood ratio of all answers together for this rule's cause."""
    return sum(ratio for _, _, ratio in _answers(rule, answers))


def evidence(rule: Rule, answers: Answers) -> Iterator[Evidence]:
    """Yield what the answers say for or against this rule's cause, the strongest first."""
    for name, one, ratio in sorted(_answers(rule, answers), key=lambda item: -abs(item[2])):
        side = "You write" if ratio > 0 else "Against it, you write"
        read = f"{side}: \u201c{one.sentence}\u201d"
        given = f"Answered: {facts.BY_NAME[name].text} {one.answer.replace('_', ' ')}"
        yield Evidence(
            sentence=read if one.sentence else given,
            weight=ratio,
            answer=name,
            severity=None if ratio > 0 and not one.sentence else "note",
            words=bool(one.sentence),
        )


def _answers(rule: Rule, answers: Answers) -> Iterator[tuple[str, Answer, float]]:
    for name in rule.asks:
        if (one := answers.get(name)) is not None:
            yield name, one, ratios(rule, facts.BY_NAME[name], one.wrong)[one.answer]


def ratios(rule: Rule, fact: Fact, wrong: float = WRONG) -> dict[str, float]:
    """Return what each answer says for this rule's cause, as a log-likelihood ratio.

    The share `wrong` of answers is taken to be given by chance, whatever the cause.
    """
    given = _given(rule.asks[fact.name].values(), wrong)
    usual = _given(fact.answers.values(), wrong)
    return dict(zip(fact.answers, np.log(given / usual), strict=True))


def _given(chances: Iterable[float], wrong: float = WRONG) -> Numbers:
    """Return how often each answer is given, wrong ones among them."""
    right = np.array(list(chances))
    return np.asarray((1 - wrong) * right + wrong / len(right))


def questions(
    run: Run, belief: Belief, here: Where, known: Iterable[str] = ()
) -> tuple[Question, ...]:
    """Return the open questions that would tell most for their time, the best first.

    Those in `known` are answered.
    """
    found = [
        q
        for fact in facts.ALL
        if fact.name not in known and _open(fact, run, here)
        if (q := _question(fact, run, belief, here))
    ]
    found.sort(key=lambda q: -q.bits / (q.seconds + SETTLING))
    return tuple(found[:MOST_QUESTIONS])


def _open(fact: Fact, run: Run, here: Where) -> bool:
    # Who has described it, in words or figures, is not asked to choose a word for it.
    described = bool(run.prose or run.curves) or max(here.shares.values()) >= KNOWN
    if fact.name == SITUATION and described:
        return False
    return fact.is_open(run)


def _question(fact: Fact, run: Run, belief: Belief, here: Where) -> Question | None:
    about = [
        (rule, share)
        for rule, share in zip(belief.rules, belief.shares, strict=False)
        if fact.name in rule.asks
    ]
    bits = _expected_bits(_chances(fact, belief, here), belief.shares)
    if bits < LEAST_BITS:
        return None
    about.sort(key=lambda one: -one[1])
    text, how = fact.asked(run)
    return Question(
        id=fact.name,
        text=text,
        answers=tuple(one for one in fact.answers if one not in here.refuted),
        how=how,
        separates=tuple(rule.name for rule, _ in about[:3]),
        bits=round(bits, 3),
        seconds=fact.seconds,
        points_to=_points_to(fact, about),
    )


def _points_to(fact: Fact, about: Sequence[tuple[Rule, float]]) -> dict[str, str]:
    """Return the cause that each answer speaks for most, where there is one."""
    said = {rule.name: ratios(rule, fact) for rule, _ in about}
    found = {}
    for answer in fact.answers:
        speaks = [
            (share * np.exp(said[rule.name][answer]), rule.name)
            for rule, share in about
            if said[rule.name][answer] > POINTS
        ]
        likely, name = max(speaks, default=(0.0, ""))
        if likely > LEAST_POINTED:
            found[answer] = name
    return found


def _chances(fact: Fact, belief: Belief, here: Where) -> Numbers:
    """Return how often each answer is given under each hypothesis, one row each."""
    usual = _given(fact.answers.values())
    rows = [
        _given(_of_situations(rule.name, fact, here))
        if fact.name == SITUATION
        else _given(rule.asks[fact.name].values())
        if fact.name in rule.asks
        else usual
        for rule in belief.rules
    ]
    return np.array([*rows, usual])


def _of_situations(cause: str, fact: Fact, here: Where) -> list[float]:
    """Return how often each situation is that of a cause."""
    often = [
        here.shares[name] * SITUATIONS[name].causes.get(cause, ELSEWHERE) for name in fact.answers
    ]
    return [one / sum(often) for one in often]


def _expected_bits(chances: Numbers, shares: Numbers) -> float:
    """Return the mutual information of answer and main cause."""
    joint = chances * shares[:, None]
    answers = joint.sum(axis=0)
    return _entropy(shares) - sum(
        float(p) * _entropy(joint[:, i] / p) for i, p in enumerate(answers) if p > 0
    )


def _entropy(shares: Numbers) -> float:
    p = shares[shares > 0]
    return float(-(p * np.log2(p)).sum())
