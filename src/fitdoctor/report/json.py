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
)
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve, DataSummary, Run
from fitdoctor.records.text import pretty_json
from fitdoctor.report.documents import (
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


def render(diagnoses: Sequence[Diagnosis]) -> str:
    return pretty_json(document(diagnoses))


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
            causes=tuple(_cause(c) for c in causes),
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
        causes=tuple(_cause(c) for c in diagnosis.causes),
        symptoms=tuple(_finding(f) for f in diagnosis.symptoms),
        benign=tuple(_finding(f) for f in diagnosis.benign),
        next_test=diagnosis.next_test,
        bring=diagnosis.bring,
        questions=diagnosis.questions,
        answers=run.answers,
        outcomes=tuple(_outcome(o) for o in diagnosis.outcomes),
        read=_read(run),
    )


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


def _cause(cause: Cause) -> CauseOut:
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
        evidence=tuple(_evidence(e) for e in cause.evidence),
        advice=cause.advice,
        lines=cause.lines,
        reason=cause.reason,
        remedies=tuple(
            RemedyOut(intervention=r.intervention, arguments=r.arguments, sentence=r.sentence)
            for r in cause.remedies
        ),
    )


def _finding(finding: Finding) -> FindingOut:
    return FindingOut(
        rule=finding.rule,
        code=finding.code,
        severity=finding.severity,
        evidence=tuple(_evidence(e) for e in finding.evidence),
    )


def _evidence(evidence: Evidence) -> EvidenceOut:
    estimate = evidence.estimate
    return EvidenceOut(
        sentence=evidence.sentence,
        value=_number(estimate.value) if estimate else None,
        low=_number(estimate.low) if estimate else None,
        high=_number(estimate.high) if estimate else None,
        p_value=evidence.p_value,
        epochs=evidence.epochs,
        line=evidence.line,
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
