"""A diagnosis and a verdict as the documents that others rely on, and those as JSON text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fitdoctor.records.derived import learning_rates, steps_per_epoch
from fitdoctor.records.experiment import Counted, Verdict
from fitdoctor.records.finding import (
    Cause,
    Clear,
    Crashed,
    Diagnosis,
    Evidence,
    Finding,
    Outcome,
    Skipped,
    alike,
)
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve, DataSummary, Run, Script
from fitdoctor.records.text import pretty_json
from fitdoctor.report.documents import (
    BriefCause,
    BriefDocument,
    BriefRead,
    BriefsDocument,
    CauseOut,
    DiagnosesDocument,
    DiagnosisDocument,
    EvidenceOut,
    ExperimentOut,
    FindingOut,
    FollowsOut,
    LearnedOut,
    OutcomeOut,
    ProofDocument,
    ReadDocument,
    ReadOut,
    RemedyOut,
)
from fitdoctor.report.headline import SUSPECTED, certainty, fix, headline, strongest


def render(diagnoses: Sequence[Diagnosis]) -> str:
    return pretty_json(document(diagnoses))


def render_brief(diagnoses: Sequence[Diagnosis]) -> str:
    return pretty_json(brief(diagnoses))


def brief(diagnoses: Sequence[Diagnosis]) -> BriefDocument | BriefsDocument:
    """Return what somebody acts on, without what was looked for and not found; `runs` as above."""
    data = tuple(_brief(d) for d in diagnoses)
    return data[0] if len(data) == 1 else BriefsDocument(runs=data)


def document(diagnoses: Sequence[Diagnosis]) -> DiagnosisDocument | DiagnosesDocument:
    """Return one object, or `runs` where the source held several."""
    data = tuple(_diagnosis(d) for d in diagnoses)
    return data[0] if len(data) == 1 else DiagnosesDocument(runs=data)


def render_read(runs: Sequence[Run]) -> str:
    return pretty_json(read_document(runs))


def read_document(runs: Sequence[Run]) -> ReadDocument:
    """Return what was read of each run, without judging it."""
    return ReadDocument(runs=tuple(_read(run) for run in runs))


def render_proof(
    verdicts: Sequence[Verdict], causes: Sequence[Cause], counts: Sequence[Counted] = ()
) -> str:
    return pretty_json(
        ProofDocument(
            experiments=tuple(map(experiment, verdicts)),
            counted=tuple(counts),
            causes=tuple(_cause(c, None) for c in causes),
        )
    )


def experiment(verdict: Verdict) -> ExperimentOut:
    """Return a verdict as it stands in documents."""
    v = verdict
    return ExperimentOut(
        cause=v.experiment.cause,
        intervention=v.experiment.prescription.intervention,
        outcome=v.experiment.outcome,
        measure=v.measure,
        pairs=v.pairs,
        learned=v.learned and LearnedOut(control=v.learned[0], treated=v.learned[1]),
        effect=_number(v.effect.value),
        low=_number(v.effect.low),
        high=_number(v.effect.high),
        level=v.level,
        trials=len(v.trials),
        failed=sum(t.failure is not None for t in v.trials),
        verdict=v.decision,
        helps_probability=v.helps_probability,
        pairs_needed=v.pairs_needed,
    )


def _diagnosis(diagnosis: Diagnosis) -> DiagnosisDocument:
    run = diagnosis.run
    return DiagnosisDocument(
        verdict=diagnosis.verdict,
        causes=tuple(_cause(c, run.script) for c in diagnosis.causes),
        symptoms=tuple(_finding(f, run.script) for f in diagnosis.symptoms),
        benign=tuple(_finding(f, run.script) for f in diagnosis.benign),
        next_test=diagnosis.next_test,
        bring=diagnosis.bring,
        questions=diagnosis.questions,
        answers=run.answers,
        outcomes=tuple(_outcome(o) for o in diagnosis.outcomes),
        read=_read(run),
    )


def _brief(diagnosis: Diagnosis) -> BriefDocument:
    run, above = diagnosis.run, headline(diagnosis)
    counted = [c for c in diagnosis.causes if c.probability >= SUSPECTED]
    return BriefDocument(
        verdict=diagnosis.verdict,
        sentence=above.sentence,
        next=" ".join(filter(None, (above.step, above.command))),
        causes=tuple(_brief_cause(c, run.script) for c in counted[:MOST_CAUSES]),
        symptoms=_seen(diagnosis.symptoms),
        benign=_seen(diagnosis.benign),
        questions=diagnosis.questions[:MOST_CAUSES],
        answers=run.answers,
        bring=diagnosis.bring,
        read=BriefRead(
            sources=run.sources,
            left_out=run.left_out,
            passed_over=run.passed_over,
            epochs=max((len(c) for c in run.curves.values()), default=0),
            last={name: _number(float(c.values[-1])) for name, c in run.curves.items() if len(c)},
            layers=len(run.recipe.layers) if run.recipe else 0,
            claims=len(run.claims),
            contradictions=run.contradictions,
            not_understood=run.not_understood[:MOST_CAUSES],
        ),
    )


def _seen(found: Sequence[Finding]) -> tuple[str, ...]:
    """Return what was seen of each, none of what a question only sounds like."""
    plain = [one for one in found if not alike(one.evidence)]
    return tuple(strongest(one).sentence for one in plain[:MOST_CAUSES])


def _brief_cause(cause: Cause, script: Script | None) -> BriefCause:
    told = sorted(cause.evidence, key=lambda e: -e.weight)[:MOST_EVIDENCE]
    return BriefCause(
        rule=cause.rule,
        code=cause.code,
        probability=cause.probability,
        certainty=certainty(cause),
        guess=cause.guess,
        usual=cause.usual,
        explains=cause.explains,
        evidence=tuple(
            f"{e.sentence} ({script.place(e.line)})" if e.line and script else e.sentence
            for e in told
        ),
        fix=fix(cause),
        lines=cause.lines,
    )


MOST_CAUSES, MOST_EVIDENCE = 5, 2
"""Entries of each list of the short form, and sentences of each cause."""


def _read(run: Run) -> ReadOut:
    return ReadOut(
        curves={name: _points(c) for name, c in run.curves.items()},
        written=run.written,
        recipe=run.recipe or Recipe(),
        data=run.data or DataSummary(),
        claims=run.claims,
        sources=run.sources,
        fed=run.script.feeds if run.script else (),
        follows=_follows(run),
        contradictions=run.contradictions,
        left_out=run.left_out,
        passed_over=run.passed_over,
        not_understood=run.not_understood,
    )


def _follows(run: Run) -> FollowsOut:
    rates = learning_rates(run)
    return FollowsOut(
        steps_per_epoch=steps_per_epoch(run),
        learning_rate_by_epoch=None if rates is None else tuple(_number(float(r)) for r in rates),
    )


def _points(curve: Curve) -> tuple[tuple[int, float | None], ...]:
    return tuple(
        (int(e), _number(float(v))) for e, v in zip(curve.epochs, curve.values, strict=True)
    )


def _cause(cause: Cause, script: Script | None) -> CauseOut:
    return CauseOut(
        rule=cause.rule,
        code=cause.code,
        severity=cause.severity,
        probability=cause.probability,
        guess=cause.guess,
        usual=cause.usual,
        proven=cause.proven,
        helps_probability=cause.helps_probability,
        explains=cause.explains,
        evidence=tuple(_evidence(e, script) for e in cause.evidence),
        advice=cause.advice,
        lines=cause.lines,
        reason=cause.reason,
        remedies=tuple(
            RemedyOut(intervention=r.intervention, arguments=r.arguments, sentence=r.sentence)
            for r in cause.remedies
        ),
    )


def _finding(finding: Finding, script: Script | None) -> FindingOut:
    return FindingOut(
        rule=finding.rule,
        code=finding.code,
        severity=finding.severity,
        evidence=tuple(_evidence(e, script) for e in finding.evidence),
    )


def _evidence(evidence: Evidence, script: Script | None) -> EvidenceOut:
    estimate, line, file = evidence.estimate, evidence.line, None
    if line and script is not None and script.files:
        file, line = script.at(line)
    return EvidenceOut(
        sentence=evidence.sentence,
        value=_number(estimate.value) if estimate else None,
        low=_number(estimate.low) if estimate else None,
        high=_number(estimate.high) if estimate else None,
        p_value=evidence.p_value,
        epochs=evidence.epochs,
        line=line,
        file=file,
        read_from=evidence.read_from,
    )


def _outcome(outcome: Outcome) -> OutcomeOut:
    match outcome:
        case Finding(rule=rule, evidence=evidence):
            return OutcomeOut(rule=rule, outcome="finding", why=evidence[0].sentence)
        case Clear(rule=rule, why=why):
            return OutcomeOut(rule=rule, outcome="clear", why=why)
        case Skipped(rule=rule, how_to_supply=how):
            return OutcomeOut(rule=rule, outcome="skipped", why=f"bring {how}")
        case Crashed(rule=rule, error=error):
            return OutcomeOut(rule=rule, outcome="crashed", why=error)


def _number(value: float) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return value if math.isfinite(value) else None
