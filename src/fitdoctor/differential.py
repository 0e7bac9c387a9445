"""Outcomes to a Diagnosis: ranked causes with probabilities, and the next best test.

Every cause starts from its prior among people who ask, in log-odds. Its own evidence adds its
weight. A symptom that is there adds log P(symptom | this cause, the others) / P(symptom | the
others), a noisy-or over the other causes that were found: what they explain already speaks no more
for this one (explaining away). A symptom that was looked for and is absent lowers the causes that
would show it. Causes are judged one by one, so probabilities need not sum to one.

What a question's words are like weighs where words are all there is, and names a cause alone as a
hint at most, where nothing that was seen answers the question.

Whether the run is sick is decided over all rules together: p-values of warnings and errors by
Holm's procedure at 5 %; facts and calculations need no test. Notes never make a run sick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from fitdoctor.interview import weigh
from fitdoctor.likeness import likeness
from fitdoctor.records.finding import (
    Cause,
    Clear,
    Diagnosis,
    Evidence,
    Finding,
    Health,
    NextTest,
    Outcome,
    Skipped,
)
from fitdoctor.records.run import Run
from fitdoctor.rule import HOW_TO_SUPPLY, SEVERITIES, Rule
from fitdoctor.stats.multiplicity import holm

OTHERWISE = 0.15
"""How often a symptom shows when no cause that was found is behind it."""
MERE_REMARK = 0.05
"""What can be a note only is a remark, not a suspect, below this probability (uncalibrated)."""
MOST, LEAST = 0.97, 0.01
"""No cause is surer than this before an experiment has proven it."""
SURE = 1.8
"""Log-odds from which on a finding is given the greatest probability that any is given."""
CALIBRATION = {"finding": (2.4, 0.6), "asked": (2.0, 0.7), "own": (-1.0, 0.0)}
"""Intercept and slope from summed log-odds to those that come true, fitted out of fold on cases of
known cause (`make bench-truth` prints the fit). Sums of weights set by hand are too timid. Hints
are true more often where somebody asks about a training than in trainings that nobody complains of,
so they have two lines."""
HINT_BEHIND, REMARK_BEHIND = 1.5, 6.0
"""Log-odds by which a hint, and what can be a note only, stand back in the order of causes."""
REMARK_BEHIND_WORDS = 1.5
"""The second where there are words alone: what is stated comes before what words are like."""
WORDS_BEHIND = 2.5
"""As much again for a hint that rests on nothing but what a question's words are like."""
LIKELY = 0.5
UNLIKE = 0.07
"""Probability that is added to each by words: less than this is no difference."""
TRIALS = 10
HEALTH_RULE = "healthy"

PROBE_TEST = "training images in inference mode"
PROBE_SEPARATES = (
    "batchnorm_inference_gap",
    "frozen_batchnorm_mismatch",
    "dropout_too_high",
    "overfitting",
)


def conclude(run: Run, rules: Sequence[Rule], outcomes: Sequence[Outcome]) -> Diagnosis:
    """Weigh every outcome against the others."""
    by_name = {rule.name: rule for rule in rules}
    outcomes = _beyond_chance(by_name, outcomes)
    findings = [o for o in outcomes if isinstance(o, Finding)]
    findings.sort(key=lambda f: -max(item.weight for item in f.evidence))
    shown = {f.rule for f in findings if f.kind == "symptom"}
    absent = {o.rule for o in outcomes if isinstance(o, Clear)}
    own = run.recipe is not None and run.recipe.images is not None
    like = {one.cause: one.probability for one in likeness(run.prose)}
    findings = [f for f in findings if not _answered(f, findings, like)]
    suspects = [f for f in findings if f.kind == "cause"]
    judged = _judged(suspects, by_name, shown, absent)
    # Words neither refute nor show what code and figures do.
    judged = _with_words(judged, suspects, like if run.words_alone else {})
    if run.words_alone:
        findings = [_unlikely_as_hint(f, judged) for f in findings]
        suspects = [f for f in findings if f.kind == "cause"]
    remarks = {
        f.rule
        for f in suspects
        if by_name[f.rule].severity == "note" and _sigmoid(judged[f.rule]) < MERE_REMARK
    }
    causes = [
        _cause(f, by_name[f.rule], shown, judged[f.rule], own=own)
        for f in sorted(
            suspects,
            key=lambda f: _place(f, by_name[f.rule], judged[f.rule], alone=run.words_alone),
        )
        if f.rule not in remarks
    ]
    weighed, questions = weigh(run, rules, outcomes, causes)
    benign = tuple(f for f in findings if f.kind == "benign" or f.rule in remarks)
    verdict = _verdict(findings)
    if verdict != "healthy":
        benign = tuple(f for f in benign if f.rule != HEALTH_RULE)
    return Diagnosis(
        run=run,
        verdict=verdict,
        causes=weighed,
        symptoms=tuple(f for f in findings if f.kind == "symptom"),
        benign=benign,
        outcomes=tuple(outcomes),
        next_test=_next_test(run, causes) if verdict != "healthy" else None,
        bring=_bring(outcomes) if verdict != "healthy" else (),
        questions=questions if verdict != "healthy" else (),
    )


def _verdict(findings: Sequence[Finding]) -> Health:
    if any(f.severity != "note" for f in findings):
        return "sick"
    if any(f.rule == HEALTH_RULE for f in findings):
        return "healthy"
    return "cannot_tell"


def _beyond_chance(rules: Mapping[str, Rule], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Turn warnings that rest on a test, and could be chance over all tests made, into notes."""
    graded = {
        o.rule
        for o in outcomes
        if isinstance(o, Finding | Clear)
        and rules[o.rule].statistical
        and rules[o.rule].severity != "note"
    }
    tested = [
        (index, o.p_value)
        for index, o in enumerate(outcomes)
        if isinstance(o, Finding) and o.severity != "note" and o.p_value is not None
    ]
    kept = holm([p for _, p in tested], tests=max(len(graded), len(tested)))
    result = list(outcomes)
    for (index, _), stands in zip(tested, kept, strict=True):
        finding = result[index]
        if not stands and isinstance(finding, Finding):
            result[index] = replace(finding, severity="note")
    return result


def _answered(cause: Finding, findings: Sequence[Finding], like: Mapping[str, float]) -> bool:
    """Tell a cause that only words name where what was seen is benign, or words fit that better."""
    likely = by_words(cause.evidence)
    if cause.kind != "cause" or likely is None:
        return False
    others = [f for f in findings if f.kind != "cause"]
    seen = any(f.kind == "benign" and by_words(f.evidence) is None for f in others)
    return seen or any(like.get(f.rule, 0.0) > likely for f in others)


def by_words(evidence: Sequence[Evidence]) -> float | None:
    """Return the probability that a question's words give where nothing else was seen."""
    given = [item.likely for item in evidence]
    return max(p for p in given if p is not None) if given and None not in given else None


def _place(
    finding: Finding, rule: Rule, log_odds: float, *, alone: bool
) -> tuple[float, int, float]:
    """Return what causes are ordered by: log-odds, hints behind findings of about the same.

    Of causes that are all as sure as can be, what breaks a training comes before what harms it,
    and then the stronger evidence before the commoner cause.
    """
    hint = finding.severity == "note"
    remark = hint and rule.severity == "note"
    words = by_words(finding.evidence) is not None and not alone
    behind = REMARK_BEHIND_WORDS if alone else REMARK_BEHIND
    rank = log_odds - HINT_BEHIND * hint - behind * remark - WORDS_BEHIND * words
    strongest = max(item.weight for item in finding.evidence)
    return -min(rank, SURE), -SEVERITIES.index(finding.severity), -strongest


def _judged(
    findings: Sequence[Finding], rules: Mapping[str, Rule], shown: set[str], absent: set[str]
) -> dict[str, float]:
    """Return the log-odds of each cause, what the others explain taken off."""
    alone = {f.rule: _log_odds(f, rules[f.rule], shown, absent, {}) for f in findings}
    judged = {}
    for finding in findings:
        left: dict[str, float] = {}
        for symptom in shown:
            free = 1.0
            for other, log_odds in alone.items():
                if other != finding.rule:
                    free *= 1 - _sigmoid(log_odds) * rules[other].explains.get(symptom, 0.0)
            left[symptom] = free
        judged[finding.rule] = _log_odds(finding, rules[finding.rule], shown, absent, left)
        judged[finding.rule] += _explained_away(finding, findings, rules, alone)
    return judged


def _with_words(
    judged: Mapping[str, float], findings: Sequence[Finding], like: Mapping[str, float]
) -> dict[str, float]:
    """Return the log-odds with what the words of a question are like put in.

    In a question of words alone, a finding that quotes them is as much less likely as they are less
    like its cause than like another. What they alone name is as likely as they say, times what the
    surest finding leaves open.
    """
    told = dict(judged)
    for finding in findings:
        if like and _quotes(finding):
            part = (like.get(finding.rule, 0.0) + UNLIKE) / (max(like.values()) + UNLIKE)
            line = CALIBRATION["asked" if finding.severity == "note" else "finding"]
            told[finding.rule] = _scaled(judged[finding.rule], part, line)
    seen = [told[f.rule] for f in findings if f.severity != "note"]
    left = 1 - _probability(max(seen), CALIBRATION["finding"]) if seen else 1.0
    for finding in findings:
        if (likely := by_words(finding.evidence)) is not None:
            told[finding.rule] = _from_probability(likely * left, CALIBRATION["asked"])
    return told


def _unlikely_as_hint(finding: Finding, judged: dict[str, float]) -> Finding:
    """Return what quotes words and is less likely than not by them all as a hint.

    Its log-odds in `judged` become those that give a hint the same probability.
    """
    if finding.kind != "cause" or finding.severity == "note" or not _quotes(finding):
        return finding
    probability = _probability(judged[finding.rule], CALIBRATION["finding"])
    if probability >= LIKELY:
        return finding
    judged[finding.rule] = _from_probability(probability, CALIBRATION["asked"])
    return replace(finding, severity="note")


def _quotes(finding: Finding) -> bool:
    """Tell what rests on the asker's words alone; a library's own error message is no such."""
    return all(
        "\u201c" in item.sentence and not (item.rests_on or "").startswith("error_")
        for item in finding.evidence
    )


def _scaled(log_odds: float, part: float, line: tuple[float, float]) -> float:
    return _from_probability(part * _probability(log_odds, line), line)


def _probability(log_odds: float, line: tuple[float, float]) -> float:
    """Return how often what has these log-odds comes true, by a line of `CALIBRATION`."""
    return _sigmoid(line[0] + line[1] * log_odds)


def _from_probability(probability: float, line: tuple[float, float]) -> float:
    """Return the log-odds that a line of `CALIBRATION` turns into this probability."""
    p = float(np.clip(probability, LEAST, MOST))
    return (float(np.log(p / (1 - p))) - line[0]) / line[1]


def _explained_away(
    finding: Finding,
    findings: Sequence[Finding],
    rules: Mapping[str, Rule],
    alone: Mapping[str, float],
) -> float:
    """Return what a finding loses that rests on a stated outcome which surer ones explain."""
    outcomes = {item.rests_on for item in finding.evidence}
    if None in outcomes:
        return 0.0
    free = 1.0
    for other in findings:
        if other.rule != finding.rule and other.severity != "note":
            often = max(rules[other.rule].explains.get(name or "", 0.0) for name in outcomes)
            free *= 1 - _probability(alone[other.rule], CALIBRATION["finding"]) * often
    return float(np.log(free))


def _log_odds(
    finding: Finding,
    rule: Rule,
    shown: set[str],
    absent: set[str],
    left: Mapping[str, float],
) -> float:
    """Weigh one cause; `left` is what other causes leave unexplained of each symptom."""
    log_odds = float(np.log(rule.prior / (1 - rule.prior)))
    log_odds += max(item.weight for item in finding.evidence)
    for symptom, often in rule.explains.items():
        if symptom in shown:
            free = left.get(symptom, 1.0) * (1 - OTHERWISE)
            log_odds += float(np.log((1 - (1 - often) * free) / (1 - free)))
        elif symptom in absent:
            log_odds += float(np.log((1 - often) / (1 - OTHERWISE))) if often > OTHERWISE else 0.0
    return log_odds


def _cause(finding: Finding, rule: Rule, shown: set[str], log_odds: float, *, own: bool) -> Cause:
    hint = "own" if own else "asked"
    line = CALIBRATION[hint if finding.severity == "note" else "finding"]
    probability = float(np.clip(_probability(log_odds, line), LEAST, MOST))
    return Cause(
        rule=finding.rule,
        code=finding.code,
        severity=finding.severity,
        probability=round(probability, 3),
        evidence=finding.evidence,
        remedies=finding.remedies,
        advice=finding.advice,
        explains=tuple(s for s in rule.explains if s in shown),
    )


def _sigmoid(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def _next_test(run: Run, causes: Sequence[Cause]) -> NextTest | None:
    """Return the test with the most information per second among those that are open."""
    one_run = _seconds_per_run(run)
    tests: list[tuple[float, NextTest]] = []
    probed = [c for c in causes if c.rule in PROBE_SEPARATES]
    if probed and "probe_loss" not in run.curves:
        information = sum(_entropy(c.probability) for c in probed)
        test = NextTest(
            name=PROBE_TEST,
            how=HOW_TO_SUPPLY["probe_loss"],
            cost_seconds=one_run,
            separates=tuple(c.rule for c in probed),
        )
        tests.append((information / (one_run or 1.0), test))
    for cause in causes:
        if not cause.remedies or not run.recipe:
            continue
        cost = one_run * TRIALS if one_run else None
        remedy = cause.remedies[0]
        test = NextTest(
            name=f"re-run with and without {remedy.intervention}",
            how=f"fitdoctor prove RUN --cause {cause.rule} --seeds {TRIALS // 2}",
            cost_seconds=cost,
            separates=(cause.rule,),
        )
        tests.append((_entropy(cause.probability) / (cost or TRIALS), test))
    return max(tests, key=lambda pair: pair[0])[1] if tests else None


def _seconds_per_run(run: Run) -> float | None:
    per_epoch = run.data.seconds_per_epoch if run.data else None
    epochs = max((len(curve) for curve in run.curves.values()), default=0)
    return per_epoch * epochs if per_epoch and epochs else None


def _entropy(p: float) -> float:
    return float(-p * np.log2(p) - (1 - p) * np.log2(1 - p))


def _bring(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return what would let the most rules look, the most useful first."""
    waiting = Counter(o.missing[0] for o in outcomes if isinstance(o, Skipped))
    return tuple(dict.fromkeys(HOW_TO_SUPPLY[need] for need, _ in waiting.most_common(3)))
