"""Outcomes to a Diagnosis: ranked causes with probabilities, and the next best test.

Every cause starts from its prior among people who ask, in log-odds. Its own evidence adds its
weight. A symptom that is there adds log P(symptom | this cause, the others) / P(symptom | the
others), a noisy-or over the other causes that were found: what they explain already speaks no more
for this one (explaining away). A symptom that was looked for and is absent lowers the causes that
would show it. Causes are judged one by one, so probabilities need not sum to one.

What is known of a cause bounds its probability. A hint (evidence of severity `note`) stays below
even odds, a rule that can be a note only below `REMARK_MOST`. A guess, which rests on nothing but
the sentences of a person, stays below even odds, too. The verdict follows from the probabilities
(`Diagnosis.verdict`), and so does the order in which causes are shown.

Warnings and errors that rest on a test are held to 5 % over all rules together (Holm); facts and
calculations need no test.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from fitdoctor.interventions import as_control, effective
from fitdoctor.interview import by_words, weigh
from fitdoctor.likeness import likeness
from fitdoctor.records.experiment import Counted, Verdict
from fitdoctor.records.finding import (
    DIGITS,
    HEALTH_RULE,
    LEAST,
    LIKELY,
    MOST,
    OPEN,
    SEVERITIES,
    Cause,
    Clear,
    Diagnosis,
    Finding,
    NextTest,
    Outcome,
    Skipped,
    alike,
    cause_of,
)
from fitdoctor.records.run import CURVE_NAMES, SCRIPTS, Run
from fitdoctor.rule import HOW_TO_SUPPLY, Rule, classes
from fitdoctor.situations import SITUATIONS, SYMPTOMS, told_by_words
from fitdoctor.stats.multiplicity import holm
from fitdoctor.stats.proportions import is_at_chance
from fitdoctor.stats.quantile import median

OTHERWISE = 0.15
"""How often a symptom shows when no cause that was found is behind it."""
MERE_REMARK = 0.05
"""What can be a note only is a remark, not a suspect, below this probability (uncalibrated)."""
HINT_MOST, REMARK_MOST = 0.49, 0.3
"""The same for a hint or a guess, and for what can be a note only."""
SURE = 1.8
"""Log-odds from which on a finding is given the greatest probability that any is given."""
CALIBRATION = {"finding": (2.4, 0.6), "asked": (2.0, 0.7), "own": (0.2, 0.0), "remark": (0.0, 0.7)}
"""Intercept and slope from summed log-odds to those that come true, as a share of the greatest
probability of their kind; fitted out of fold on cases of known cause (`make bench-truth` prints the
fit). Sums of weights set by hand are too timid. Hints are true more often where somebody asks about
a training than in trainings that nobody complains of, so they have two lines."""
HINT_BEHIND, REMARK_BEHIND = 1.5, 1.5
"""Log-odds by which a guess is weaker where the words only hint, and for a rule of notes."""
CERTAIN = 0.9
"""From which probability on what code shows leaves no other reading of the figures it changes."""
LIKENESS_BEHIND = 2.5
"""As much for a guess that rests on what the words are like, beside code or figures."""
LAST_DIGIT = 10.0**-DIGITS
"""The last one of a probability as it is given."""
UNLIKE = 0.07
"""Probability that is added to each by words: less than this is no difference."""
TRIALS = 10
OWN_LOOPS = frozenset({"torch", "fastai", "tensorflow"})
"""Frameworks whose trainings take no callback of Keras."""

PROBE_TEST = "training images in inference mode"
PROBE_BY_HAND = (
    "the inference-mode curve: after each epoch evaluate a fixed thousand training images without "
    "dropout and augmentation, and print `probe_loss: ...` beside the other figures"
)
PROBE_SEPARATES = (
    "batchnorm_inference_gap",
    "frozen_batchnorm_mismatch",
    "dropout_too_high",
    "overfitting",
)


class _Judged(NamedTuple):
    """A suspect, its log-odds, and the probability that they and its kind of evidence give."""

    finding: Finding
    log_odds: float
    probability: float


def conclude(run: Run, rules: Sequence[Rule], outcomes: Sequence[Outcome]) -> Diagnosis:
    """Weigh every outcome against the others."""
    by_name = {rule.name: rule for rule in rules}
    outcomes = [o for o in _beyond_chance(by_name, outcomes) if not _beside_the_point(o, run)]
    findings = [o for o in outcomes if isinstance(o, Finding)]
    findings.sort(key=lambda f: -max(item.weight for item in f.evidence))
    shown = {f.rule for f in findings if f.kind == "symptom"}
    absent = {o.rule for o in outcomes if isinstance(o, Clear)}
    # What is not so, as the asker says or as is known, is no other reading of their words.
    like = {
        one.cause: one.probability
        for one in likeness(run.prose, run.claims)
        if one.cause not in by_name
        or (by_name[one.cause].denial(run) is None and not by_name[one.cause].is_excluded(run))
    }
    findings = [f for f in findings if not _answered(f, findings, like)]
    findings = [_of_what_is_asked(f, run) for f in findings]
    suspects = [f for f in findings if f.kind == "cause"]
    log_odds = _log_odds_of_all(suspects, by_name, shown, absent)
    remarks = {
        f.rule
        for f in suspects
        if by_name[f.rule].severity == "note" and _sigmoid(log_odds[f.rule]) < MERE_REMARK
    }
    suspects = [f for f in suspects if f.rule not in remarks]
    judged = _judged(run, suspects, by_name, log_odds, like)
    explained = _explained(judged)
    judged = [one for one in judged if one.finding.rule not in explained or _in_code(one.finding)]
    found = tuple(_cause(one, by_name[one.finding.rule], shown) for one in judged)
    symptoms = tuple(_symptom(f) for f in findings if f.kind == "symptom")
    at_chance = _is_at_chance(run)
    settled = not at_chance and _is_settled(findings, found, symptoms)
    quiet = not found and not any(f.kind == "benign" for f in findings)
    causes, questions = weigh(run, rules, outcomes, found, _gravest(symptoms, any_of_them=quiet))
    causes = _behind_code(_without_contradictions(causes, by_name))
    harmless = [f for f in findings if f.kind == "benign" or _is_remark(f, remarks)]
    harmless = [f for f in harmless if f.rule not in explained]
    if settled:
        causes = tuple(c for c in causes if _stands_alone(c))
        symptoms = tuple(s for s in symptoms if s.severity == "note")
        harmless = [f for f in harmless if _accounted(f)]
    else:
        harmless = [_without_accounts(f) for f in harmless]
    if not settled and _is_unanswered(run):
        outcomes = [_not_healthy(o, by_name) for o in outcomes]
    if at_chance:
        # Whatever explains a wobble or a gap there, it is no reason not to worry.
        harmless = []
        outcomes = [_not_healthy(o, by_name) for o in outcomes]
    diagnosis = Diagnosis(
        run=run,
        causes=tuple(_graded(cause) for cause in causes),
        symptoms=symptoms,
        benign=tuple(harmless),
        outcomes=tuple(outcomes),
    )
    if diagnosis.verdict == "healthy":
        return diagnosis
    return replace(
        diagnosis,
        benign=tuple(f for f in diagnosis.benign if f.rule != HEALTH_RULE),
        next_test=_next_test(run, causes),
        bring=_bring(outcomes, run),
        questions=questions,
    )


def _is_remark(finding: Finding, remarks: set[str]) -> bool:
    return finding.rule in remarks and not alike(finding.evidence)


def _accounted(finding: Finding) -> frozenset[str]:
    """Return the situations that something harmless accounts for."""
    benign = finding.kind == "benign"
    return frozenset(name for item in finding.evidence if benign for name in item.settles)


def _without_accounts(finding: Finding) -> Finding:
    """Return a finding that accounts for nothing: something else is wrong, or may be."""
    evidence = tuple(replace(item, settles=()) for item in finding.evidence)
    return replace(finding, evidence=evidence) if _accounted(finding) else finding


NEAR_HALF = 0.4


def _is_at_chance(run: Run) -> bool:
    """Return whether validation ends at chance level: by accuracy, else by a loss of ln K."""
    known, val_accuracy = classes(run), run.curves.get("val_accuracy")
    if val_accuracy is not None and len(val_accuracy):
        # What begins near one half and stays there is of two classes.
        usual = 2 if val_accuracy.values[0] >= NEAR_HALF else 0
        return is_at_chance(val_accuracy.values, known or usual)
    val_loss, loss = run.curves.get("val_loss"), (run.recipe.loss if run.recipe else None) or ""
    if val_loss is None or known is None or known < 2 or "crossentropy" not in loss:
        return False
    return bool(median(val_loss.values[-3:]) >= np.log(known))


NOT_IN_CURVES = frozenset(
    {"good_in_fit_bad_in_predict", "differs_from_run_to_run", "accuracy_too_good"}
)
"""Situations of which curves that look healthy say nothing."""


def _is_unanswered(run: Run) -> bool:
    """Return whether the asker speaks of trouble that good curves neither show nor refute."""
    return told_by_words(run) in NOT_IN_CURVES


def _not_healthy(outcome: Outcome, rules: Mapping[str, Rule]) -> Outcome:
    if outcome.rule == HEALTH_RULE and isinstance(outcome, Finding):
        return Clear(HEALTH_RULE, rules[HEALTH_RULE].clear)
    return outcome


def _of_what_is_asked(finding: Finding, run: Run) -> Finding:
    """Return a finding; what it accounts for is left out where something else is complained of."""
    told = told_by_words(run)
    if not any(item.settles for item in finding.evidence) or (told is None and run.prose):
        return finding
    # Who asked nothing has no complaint that a harmless reason could account for.
    asked = {told, SITUATIONS[told].kind_of} if told is not None else set[str]()
    evidence = (
        item if asked & set(item.settles) else replace(item, settles=())
        for item in finding.evidence
    )
    return replace(finding, evidence=tuple(evidence))


def _is_settled(
    findings: Sequence[Finding], causes: Sequence[Cause], symptoms: Sequence[Finding]
) -> bool:
    """Return whether something harmless accounts for what is asked, and nothing seen is grave."""
    settled = {name for finding in findings for name in _accounted(finding)}
    grave = any(s.severity != "note" and SYMPTOMS.get(s.rule) not in settled for s in symptoms)
    open_ = any(c.probability >= OPEN and _stands_alone(c) for c in causes)
    return bool(settled) and not grave and not open_


def _stands_alone(cause: Cause) -> bool:
    """Return whether code, images or curves alone show a cause: what is said counts for nothing."""
    return any(item.read_from is not None and item.weight > 0 for item in cause.evidence)


def _symptom(finding: Finding) -> Finding:
    """Return a symptom; what a person says is no more than a note."""
    return replace(finding, severity="note") if finding.guess else finding


def _without_contradictions(
    causes: Sequence[Cause], rules: Mapping[str, Rule]
) -> tuple[Cause, ...]:
    """Return the causes without those whose fix undoes that of a likelier one."""
    kept: list[Cause] = []
    for cause in causes:
        if not any(rules[cause.rule].contradicts(rules[other.rule]) for other in kept):
            kept.append(cause)
    return tuple(kept)


BEHIND = 0.01
"""By which what curves suggest is less likely than what code shows, where that is certain."""


def _behind_code(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Return the causes, those that stand in the code before what the curves suggest.

    A fault that is certain may be behind any figure of the same training.
    """
    plain = [c.probability for c in causes if c.probability >= CERTAIN and _is_written(c)]
    most = round(max(plain, default=1.0 + BEHIND) - BEHIND, DIGITS)
    held = [
        c if _is_written(c) else replace(c, probability=min(c.probability, most)) for c in causes
    ]
    return tuple(sorted(held, key=lambda cause: -cause.probability))


def _is_written(cause: Cause) -> bool:
    """Return whether the strongest evidence of a cause is a line of code, by itself."""
    seen = max(cause.evidence, key=lambda item: item.weight)
    return seen.read_from == "code" and seen.line is not None


def _gravest(symptoms: Sequence[Finding], *, any_of_them: bool) -> Finding | None:
    """Return the gravest symptom; of notes one only where nothing else is known."""
    severe = [s for s in symptoms if s.severity != "note" or any_of_them]
    return max(severe, key=lambda s: SEVERITIES.index(s.severity), default=None)


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
    """Return whether only words name a cause where what was seen is benign, or fits them better."""
    likely = by_words(cause.evidence)
    if cause.kind != "cause" or likely is None:
        return False
    others = [f for f in findings if f.kind != "cause"]
    seen = any(
        f.kind == "benign" and by_words(f.evidence) is None and f.evidence[0].weight > 0
        for f in others
    )
    return seen or any(like.get(f.rule, 0.0) > likely for f in others)


def _explained(judged: Sequence[_Judged]) -> set[str]:
    """Return what cannot be judged beside a cause that the code shows.

    What it shows of how validation is prepared changes the figures of validation; until that is
    mended, nothing else can be read from them.
    """
    return {
        name
        for one in judged
        if one.probability >= CERTAIN
        for item in one.finding.evidence
        if item.line is not None and item.severity != "note"
        for name in item.explains
    }


def _in_code(finding: Finding) -> bool:
    """Return whether code alone shows some of what speaks for a finding."""
    return any(item.read_from == "code" and item.weight > 0 for item in finding.evidence)


def _beside_the_point(outcome: Outcome, run: Run) -> bool:
    """Return whether words tell of something harmless, and of trouble that it is no part of."""
    if not isinstance(outcome, Finding) or outcome.kind != "benign" or not outcome.guess:
        return False
    told = told_by_words(run)
    return told is not None and outcome.rule not in SITUATIONS[told].causes


def _judged(
    run: Run,
    suspects: Sequence[Finding],
    rules: Mapping[str, Rule],
    log_odds: Mapping[str, float],
    like: Mapping[str, float],
) -> list[_Judged]:
    """Return the suspects with their probabilities, the likeliest first.

    Of causes that are as likely, what breaks a training comes before what harms it, and then the
    stronger evidence before the commoner cause.
    """
    own = run.recipe is not None and run.recipe.images is not None
    seen = [
        _Judged(f, log_odds[f.rule], _share(f, rules[f.rule], log_odds[f.rule], own=own))
        for f in suspects
        if not f.guess
    ]
    # Words neither refute nor show what code and figures do.
    left = 1 - max((one.probability for one in seen), default=0.0)
    most = _rival(seen, rules, told_by_words(run))
    guesses = _guesses(suspects, rules, log_odds, like, left, most, alone=run.words_alone)
    return sorted([*seen, *guesses], key=_place)


def _rival(seen: Sequence[_Judged], rules: Mapping[str, Rule], told: str | None) -> float:
    """Return what a likeness of words may have at most: it overrules nothing that is visible.

    That is the probability of the likeliest cause that code or figures show of what an asker says
    happens; of any, where they say no such thing.
    """
    about = SITUATIONS[told].causes if told is not None else rules.keys()
    open_ = (
        one.probability
        for one in seen
        if one.finding.rule in about and rules[one.finding.rule].severity != "note"
    )
    return max(open_, default=1.0 + LAST_DIGIT) - LAST_DIGIT


def _place(judged: _Judged) -> tuple[float, float, int, float]:
    """Return what causes are ordered by: the probability as it is given, then its reasons."""
    strongest = max(item.weight for item in judged.finding.evidence)
    worst = SEVERITIES.index(judged.finding.severity)
    rank = min(judged.log_odds, SURE)
    return -round(judged.probability, DIGITS), -rank, -worst, -strongest


def _share(finding: Finding, rule: Rule, log_odds: float, *, own: bool) -> float:
    """Return the probability of a cause that more than words show."""
    if finding.severity != "note":
        return float(np.clip(_probability(log_odds, CALIBRATION["finding"]), LEAST, MOST))
    if rule.severity == "note":
        return max(REMARK_MOST * _probability(log_odds, CALIBRATION["remark"]), LEAST)
    line = CALIBRATION["own" if own else "asked"]
    return max(HINT_MOST * _probability(log_odds, line), LEAST)


def _guesses(
    suspects: Sequence[Finding],
    rules: Mapping[str, Rule],
    log_odds: Mapping[str, float],
    like: Mapping[str, float],
    left: float,
    most: float,
    *,
    alone: bool,
) -> list[_Judged]:
    """Return what only words name, with the probabilities that the words give.

    In a question of words alone, what is stated is as much less likely as the words are less like
    its cause than like another. What they are like is as likely as that says, times what the
    surest statement leaves open, and no likelier than what is visible (`most`). All are as much
    less likely as code and figures leave open (`left`, a share of one). Beside a likely cause none
    is named of which no more than `UNLIKE` is left: one complaint rarely has two causes (beside
    90 % or more 4 of 39 statements were right).
    """
    stated = [f for f in suspects if f.guess and by_words(f.evidence) is None]
    found, unsaid, least = [], 1.0, UNLIKE if left <= 1 - LIKELY else 0.0
    for f in stated:
        behind = HINT_BEHIND * (f.severity == "note")
        behind += REMARK_BEHIND * (rules[f.rule].severity == "note")
        probability = _probability(log_odds[f.rule] - behind, CALIBRATION["finding"])
        if like and alone:
            probability *= (like.get(f.rule, 0.0) + UNLIKE) / (max(like.values()) + UNLIKE)
        if (share := min(probability * left, HINT_MOST)) > least:
            found.append(_Judged(f, log_odds[f.rule] - behind, share))
            unsaid = min(unsaid, 1 - probability)
    for f in suspects:
        likely = by_words(f.evidence)
        if likely is None:
            continue
        if (share := min(likely * left * unsaid, HINT_MOST, most)) > least:
            rank = float(np.log(likely / (1 - likely))) - LIKENESS_BEHIND * (not alone)
            found.append(_Judged(f, rank, share))
    return found


def _log_odds_of_all(
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


def _probability(log_odds: float, line: tuple[float, float]) -> float:
    """Return how often what has these log-odds comes true, by a line of `CALIBRATION`."""
    return _sigmoid(line[0] + line[1] * log_odds)


SHOWN_BY = {
    "one_class_predicted": "constant_output",
    "same_output_for_all": "constant_output",
    "same_every_epoch": "never_learned",
    "stays_at_start": "never_learned",
}
"""What is said -> the symptom that figures show of it, where a cause explains that."""


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
    outcomes |= {SHOWN_BY.get(name or "") for name in outcomes}
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
    # Several signs of one cause are rarely independent: the strongest counts, and what denies it.
    weights = [item.weight for item in finding.evidence]
    log_odds += max(weights) + (sum(w for w in weights if w < 0) if max(weights) > 0 else 0.0)
    for symptom, often in rule.explains.items():
        if symptom in shown:
            free = left.get(symptom, 1.0) * (1 - OTHERWISE)
            log_odds += float(np.log((1 - (1 - often) * free) / (1 - free)))
        elif symptom in absent:
            log_odds += float(np.log((1 - often) / (1 - OTHERWISE))) if often > OTHERWISE else 0.0
    return log_odds


def _graded(cause: Cause) -> Cause:
    """Return a cause with the severity of its probability: a note where it is unlikely."""
    likely = cause.probability >= LIKELY
    if likely == (cause.severity != "note"):
        return cause
    return replace(cause, severity="warning" if likely else "note")


def _cause(judged: _Judged, rule: Rule, shown: set[str]) -> Cause:
    explains = tuple(s for s in rule.explains if s in shown)
    return cause_of(judged.finding, judged.probability, explains)


def _sigmoid(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def can_be_proven(run: Run, cause: Cause) -> bool:
    """Return whether `prove` takes this run and has an intervention that changes it.

    A run folder that names its images can be trained again; a script, a log or a recording of
    somebody's own training cannot.
    """
    if run.recipe is None or run.recipe.images is None or len(run.sources) != 1:
        return False
    return any(effective(cause.remedies, as_control(run.recipe)))


def _next_test(run: Run, causes: Sequence[Cause]) -> NextTest | None:
    """Return the test with the most information per second among those that are open.

    Where the leading cause is likely, none is about a cause that is not.
    """
    if causes and causes[0].probability >= LIKELY:
        causes = [cause for cause in causes if cause.probability >= LIKELY]
    one_run = _seconds_per_run(run)
    tests: list[tuple[float, NextTest]] = []
    probed = [c for c in causes if c.rule in PROBE_SEPARATES]
    if probed and "probe_loss" not in run.curves:
        information = sum(_entropy(c.probability) for c in probed)
        own = run.script is not None and run.script.framework in OWN_LOOPS
        test = NextTest(
            name=PROBE_TEST,
            how=PROBE_BY_HAND if own else HOW_TO_SUPPLY["probe_loss"],
            cost_seconds=one_run,
            separates=tuple(c.rule for c in probed),
        )
        tests.append((information / (one_run or 1.0), test))
    for cause in causes:
        if not cause.remedies or not run.recipe:
            continue
        trials = TRIALS if can_be_proven(run, cause) else 1
        cost = one_run * trials if one_run else None
        name, how = _re_run(run, cause)
        test = NextTest(name=name, how=how, cost_seconds=cost, separates=(cause.rule,))
        tests.append((_entropy(cause.probability) / (cost or TRIALS), test))
    return max(tests, key=lambda pair: pair[0])[1] if tests else None


def _re_run(run: Run, cause: Cause) -> tuple[str, str]:
    """Return a test of a remedy that can be made of what was given, and how."""
    remedy = cause.remedies[0]
    if can_be_proven(run, cause):
        folder = shlex.quote(run.sources[0])
        return (
            f"re-run with and without {remedy.intervention}",
            f"fitdoctor prove {folder} --cause {cause.rule} --seeds {TRIALS // 2}",
        )
    change = remedy.sentence.rstrip(".")
    if run.recipe is not None and run.recipe.images is not None:
        how = f"change the recipe: {change}; then fitdoctor train it and compare both runs"
    elif run.script is not None and run.script.framework in OWN_LOOPS:
        how = f"change your script: {change}; train again and give both logs"
    else:
        how = (
            f"change your script: {change}; record it with "
            'callbacks=[fitdoctor.Recorder("runs/changed", probe=(x_train[:1000], '
            "y_train[:1000]))] and give runs/changed to fitdoctor diagnose"
        )
    return f"train once more with {remedy.intervention}", how


def _seconds_per_run(run: Run) -> float | None:
    per_epoch = run.data.seconds_per_epoch if run.data else None
    epochs = max((len(curve) for curve in run.curves.values()), default=0)
    return per_epoch * epochs if per_epoch and epochs else None


def _entropy(p: float) -> float:
    return float(-p * np.log2(p) - (1 - p) * np.log2(1 - p))


def _bring(outcomes: Sequence[Outcome], run: Run) -> tuple[str, ...]:
    """Return what would let the most rules look, the most useful first.

    Answers are not among it: questions are shown on their own. Where files were given of which
    nobody knows whether they are of this training, that is asked in place of what they may hold.
    """
    missing = (o.missing[0] for o in outcomes if isinstance(o, Skipped))
    waiting = Counter(need for need in missing if need != "answers")
    if waiting["program"]:
        waiting["program"] += waiting.pop("script", 0)  # the one is the other, and its loop
    beside = (*run.left_out, *run.apart)
    given = {PurePath(name).suffix in SCRIPTS: name for name in reversed(beside)}
    asked = []
    for need, _ in waiting.most_common(3):
        code = need in {"script", "program", "layers", "optimizer"}
        if code in given and (code or need in CURVE_NAMES):
            what = "script" if code else "log"
            asked.append(f"{given[code]} alone with it, if that is its {what}")
        else:
            asked.append(HOW_TO_SUPPLY[need])
    return tuple(dict.fromkeys(asked))


def with_proof(
    diagnosis: Diagnosis, verdicts: Sequence[Verdict], counts: Sequence[Counted] = ()
) -> Diagnosis:
    """Return the diagnosis with each tested cause marked proven, refuted or open.

    An experiment says what removing a cause changes; that it is there, the diagnosis says. What was
    counted not to be there is refuted.
    """
    ruled_out = {count.cause for count in counts if not count.present}
    tested = {v.experiment.cause: v for v in verdicts}
    marks = {"helps": True, "harms": False, "no_difference": False, "undecided": None}
    causes = [
        replace(
            cause,
            proven=marks[tested[cause.rule].decision],
            helps_probability=tested[cause.rule].helps_probability,
        )
        if cause.rule in tested
        else replace(cause, proven=False if cause.rule in ruled_out else cause.proven)
        for cause in diagnosis.causes
    ]
    rank = {True: 0, None: 1, False: 2}
    return replace(
        diagnosis,
        causes=tuple(sorted(causes, key=lambda c: rank[c.proven])),
    )
