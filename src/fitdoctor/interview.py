"""Which fact to ask an asker for: the one that says most about the causes for a second of theirs.

Every cause has log-odds, from what was found or else from how often it is behind the situation.
An answer adds its log-likelihood ratio, as any evidence does. A question is worth the
expected fall of the causes' entropies (in bits), divided by the time that an answer costs
(Lindley 1956, "On a measure of the information provided by an experiment"; one step ahead).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor import facts
from fitdoctor.facts import Fact
from fitdoctor.records.finding import Cause, Clear, Evidence, Outcome, Question
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule, classes
from fitdoctor.situations import ELSEWHERE, SITUATIONS, situation

Numbers = NDArray[np.float64]

SITUATION = "what_happens"
"""The fact that tells the situation, where neither figures nor words do."""
MOST, LEAST = 0.97, 0.01
"""No cause is surer than this before an experiment has proven it."""
WRONG = 0.05
"""Share of answers that are wrong."""
MOST_QUESTIONS = 5
LEAST_BITS = 0.02
"""A question that is expected to tell less is not asked."""
LOOKED = -1.0
"""What it counts against a cause that its rule looked at code or figures and saw nothing."""
LEAST_NAMED = 0.2
"""From this probability on, answers alone name a cause."""
SETTLING = 5.0
"""Seconds that reading a question costs, whatever its answer costs."""


class Belief(NamedTuple):
    """A cause as it stands, every answer taken in."""

    rule: Rule
    log_odds: float

    @property
    def probability(self) -> float:
        return float(_sigmoid(self.log_odds))


def weigh(
    run: Run, rules: Sequence[Rule], outcomes: Sequence[Outcome], causes: Sequence[Cause]
) -> tuple[tuple[Cause, ...], tuple[Question, ...]]:
    """Return the causes with the answers taken in, likeliest first, and what to ask next.

    Causes that nothing but the answers names are among them, from `LEAST_NAMED` on.
    """
    here = run.answers.get(SITUATION) or situation(run, classes(run))
    believed = beliefs(run, rules, outcomes, causes, here)
    if not run.answers:
        return tuple(causes), questions(run, believed, here)
    by_name = {rule.name: rule for rule in rules}
    told_of = [_with_answers(cause, by_name[cause.rule], believed, run.answers) for cause in causes]
    known = {cause.rule for cause in causes}
    told_of += [
        _named(belief, run.answers)
        for name, belief in believed.items()
        if name not in known
        and belief.rule.kind == "cause"
        and told(belief.rule, run.answers) > 0
        and belief.probability >= LEAST_NAMED
    ]
    told_of.sort(key=lambda cause: -cause.probability)
    return tuple(told_of), questions(run, believed, here)


def beliefs(
    run: Run,
    rules: Sequence[Rule],
    outcomes: Sequence[Outcome],
    causes: Sequence[Cause],
    here: str | None,
) -> dict[str, Belief]:
    """Return what is believed of every cause that an answer could speak about.

    What was found starts from its probability, everything else from its share of the situation.
    """
    clear = {o.rule for o in outcomes if isinstance(o, Clear)}
    found = {cause.rule: cause.probability for cause in causes}
    looked = bool(run.curves) or run.script is not None
    believed = {}
    for rule in rules:
        if not rule.asks or rule.kind == "symptom":
            continue
        if rule.name in found:
            odds = _logit(found[rule.name])
        else:
            share = SITUATIONS[here].get(rule.name, ELSEWHERE) if here else rule.prior
            odds = _logit(share) + (LOOKED if looked and rule.name in clear else 0.0)
        believed[rule.name] = Belief(rule, odds + told(rule, run.answers))
    return believed


def _with_answers(
    cause: Cause, rule: Rule, believed: Mapping[str, Belief], answers: Mapping[str, str]
) -> Cause:
    said = tuple(evidence(rule, answers))
    if not said:
        return cause
    probability = float(np.clip(believed[rule.name].probability, LEAST, MOST))
    return replace(cause, probability=round(probability, 3), evidence=(*cause.evidence, *said))


def _named(belief: Belief, answers: Mapping[str, str]) -> Cause:
    finding = belief.rule.finding(tuple(evidence(belief.rule, answers)))
    return Cause(
        rule=finding.rule,
        code=finding.code,
        severity=finding.severity,
        probability=round(float(np.clip(belief.probability, LEAST, MOST)), 3),
        evidence=finding.evidence,
        remedies=finding.remedies,
        advice=finding.advice,
    )


def told(rule: Rule, answers: Mapping[str, str]) -> float:
    """Return the log-likelihood ratio of all answers together for this rule's cause."""
    return sum(ratio for _, _, ratio in _answers(rule, answers))


def evidence(rule: Rule, answers: Mapping[str, str]) -> Iterator[Evidence]:
    """Yield what the answers say for or against this rule's cause, the strongest first."""
    for name, answer, ratio in sorted(_answers(rule, answers), key=lambda item: -abs(item[2])):
        yield Evidence(
            sentence=f"Answered: {facts.BY_NAME[name].text} {answer.replace('_', ' ')}",
            weight=ratio,
            answer=name,
            severity=None if ratio > 0 else "note",
        )


def _answers(rule: Rule, answers: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    for name in rule.asks:
        if (answer := answers.get(name)) is not None:
            yield name, answer, ratios(rule, facts.BY_NAME[name])[answer]


def ratios(rule: Rule, fact: Fact) -> dict[str, float]:
    """Return what each answer says for this rule's cause, as a log-likelihood ratio.

    One answer in twenty is taken to be wrong, by chance, whatever the cause.
    """
    by_chance = WRONG / len(fact.answers)
    return {
        answer: float(
            np.log((1 - WRONG) * rule.asks[fact.name][answer] + by_chance)
            - np.log((1 - WRONG) * usual + by_chance)
        )
        for answer, usual in fact.answers.items()
    }


def questions(run: Run, believed: Mapping[str, Belief], here: str | None) -> tuple[Question, ...]:
    """Return the open questions that would tell most for their time, the best first."""
    weights = {name: belief.probability for name, belief in believed.items()}
    asked = [fact for fact in facts.ALL if _open(fact, run, here)]
    found = [question for fact in asked if (question := _question(fact, believed, weights))]
    found.sort(key=lambda q: -q.bits / (q.seconds + SETTLING))
    return tuple(found[:MOST_QUESTIONS])


def _open(fact: Fact, run: Run, here: str | None) -> bool:
    known = here is not None or {"accuracy", "val_accuracy"} <= set(run.curves)
    return fact.is_open(run) and (fact.name != SITUATION or not known)


def _question(
    fact: Fact, believed: Mapping[str, Belief], weights: Mapping[str, float]
) -> Question | None:
    if fact.name == SITUATION:
        causes = [(b.log_odds, weights[n], _of_situations(n)) for n, b in believed.items()]
        separates: tuple[str, ...] = ()
    else:
        about = {n: b for n, b in believed.items() if fact.name in b.rule.asks}
        causes = [(b.log_odds, weights[n], ratios(b.rule, fact)) for n, b in about.items()]
        separates = tuple(sorted(about, key=lambda n: -weights[n])[:3])
    bits = _expected_bits(fact.answers, causes)
    if bits < LEAST_BITS:
        return None
    return Question(
        id=fact.name,
        text=fact.text,
        answers=tuple(fact.answers),
        how=fact.how,
        separates=separates,
        bits=round(bits, 3),
        seconds=fact.seconds,
    )


def _of_situations(cause: str) -> dict[str, float]:
    """Return what each situation says about a cause, as a log-likelihood ratio."""
    mean = sum(s.get(cause, ELSEWHERE) for s in SITUATIONS.values()) / len(SITUATIONS)
    return {name: _logit(s.get(cause, ELSEWHERE)) - _logit(mean) for name, s in SITUATIONS.items()}


def _expected_bits(
    usual: Mapping[str, float], causes: Sequence[tuple[float, float, Mapping[str, float]]]
) -> float:
    """Return the expected fall of the entropies of all causes that a question speaks about.

    The chance of an answer mixes how it is given where a cause is present (`usual` times the
    likelihood ratio) over the causes by their weights.
    """
    names = list(usual)
    base = np.array([usual[name] for name in names])
    ratios = np.array([[r.get(name, 0.0) for name in names] for _, _, r in causes])
    if not len(causes) or not ratios.any():
        return 0.0
    log_odds = np.array([odds for odds, _, _ in causes])
    given = base * np.exp(ratios)
    given /= given.sum(axis=1, keepdims=True)
    weights = np.array([weight for _, weight, _ in causes])
    rest = max(0.0, 1.0 - float(weights.sum()))
    chances = (weights @ given + rest * base) / (weights.sum() + rest)
    before = _entropy(_sigmoid(log_odds))
    after = _entropy(_sigmoid(log_odds[:, None] + ratios)) @ chances
    return float((before - after).clip(min=0).sum())


def _sigmoid(log_odds: Numbers | float) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, dtype=float))))


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _entropy(p: Numbers) -> Numbers:
    q = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(-q * np.log2(q) - (1 - q) * np.log2(1 - q))
