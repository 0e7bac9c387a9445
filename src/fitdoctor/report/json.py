"""A diagnosis and a verdict as the JSON that others rely on; `schema` counts up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from fitdoctor.records.derived import learning_rates, steps_per_epoch
from fitdoctor.records.experiment import Verdict
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
from fitdoctor.records.run import Curve, Run
from fitdoctor.records.text import pretty_json

SCHEMA = 1


def render(diagnoses: Sequence[Diagnosis]) -> str:
    """Return one object, or `runs` where the source held several."""
    data = [_diagnosis(d) for d in diagnoses]
    if len(data) == 1:
        return pretty_json({"schema": SCHEMA, **data[0]})
    return pretty_json({"schema": SCHEMA, "runs": data})


def render_read(runs: Sequence[Run]) -> str:
    """Return what was read of each run, without judging it."""
    return pretty_json({"schema": SCHEMA, "runs": [_read(run) for run in runs]})


def render_proof(verdicts: Sequence[Verdict], causes: Sequence[Cause]) -> str:
    return pretty_json(
        {
            "schema": SCHEMA,
            "experiments": [
                {
                    "cause": v.experiment.cause,
                    "intervention": v.experiment.prescription.intervention,
                    "outcome": v.experiment.outcome,
                    "measure": v.measure,
                    "pairs": v.pairs,
                    "learned": v.learned and {"control": v.learned[0], "treated": v.learned[1]},
                    "effect": _number(v.effect.value),
                    "low": _number(v.effect.low),
                    "high": _number(v.effect.high),
                    "level": v.level,
                    "trials": len(v.trials),
                    "failed": sum(t.failure is not None for t in v.trials),
                    "verdict": v.decision,
                    "helps_probability": v.helps_probability,
                    "pairs_needed": v.pairs_needed,
                }
                for v in verdicts
            ],
            "causes": [_cause(c) for c in causes],
        }
    )


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    run, test = diagnosis.run, diagnosis.next_test
    return {
        "verdict": diagnosis.verdict,
        "causes": [_cause(c) for c in diagnosis.causes],
        "symptoms": [_finding(f) for f in diagnosis.symptoms],
        "benign": [_finding(f) for f in diagnosis.benign],
        "next_test": test
        and {
            "name": test.name,
            "how": test.how,
            "cost_seconds": test.cost_seconds,
            "separates": test.separates,
        },
        "bring": diagnosis.bring,
        "questions": [msgspec.to_builtins(question) for question in diagnosis.questions],
        "answers": run.answers,
        "outcomes": [_outcome(o) for o in diagnosis.outcomes],
        "read": _read(run),
    }


def _read(run: Run) -> dict[str, Any]:
    return {
        "curves": {name: _points(c) for name, c in run.curves.items()},
        "written": run.written,
        "recipe": msgspec.to_builtins(run.recipe) if run.recipe else {},
        "data": msgspec.to_builtins(run.data) if run.data else {},
        "statements": [msgspec.to_builtins(s) for s in run.statements],
        "sources": run.sources,
        "fed": [msgspec.to_builtins(f) for f in run.script.feeds] if run.script else [],
        "follows": _follows(run),
        "contradictions": run.contradictions,
        "not_understood": run.not_understood,
    }


def _follows(run: Run) -> dict[str, Any]:
    rates = learning_rates(run)
    return {
        "steps_per_epoch": steps_per_epoch(run),
        "learning_rate_by_epoch": None if rates is None else [_number(float(r)) for r in rates],
    }


def _points(curve: Curve) -> list[tuple[int, float | None]]:
    return [(int(e), _number(float(v))) for e, v in zip(curve.epochs, curve.values, strict=True)]


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "rule": cause.rule,
        "code": cause.code,
        "severity": cause.severity,
        "probability": cause.probability,
        "guess": cause.guess,
        "proven": cause.proven,
        "helps_probability": cause.helps_probability,
        "explains": cause.explains,
        "evidence": [_evidence(e) for e in cause.evidence],
        "advice": cause.advice,
        "remedies": [
            {"intervention": r.intervention, "arguments": r.arguments, "sentence": r.sentence}
            for r in cause.remedies
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity,
        "evidence": [_evidence(e) for e in finding.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    estimate = evidence.estimate
    return {
        "sentence": evidence.sentence,
        "value": _number(estimate.value) if estimate else None,
        "low": _number(estimate.low) if estimate else None,
        "high": _number(estimate.high) if estimate else None,
        "p_value": evidence.p_value,
        "epochs": evidence.epochs,
        "line": evidence.line,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Finding(rule=rule, evidence=evidence):
            return {"rule": rule, "outcome": "finding", "why": evidence[0].sentence}
        case Clear(rule=rule, why=why):
            return {"rule": rule, "outcome": "clear", "why": why}
        case Skipped(rule=rule, how_to_supply=how):
            return {"rule": rule, "outcome": "skipped", "why": f"bring {how}"}
        case Crashed(rule=rule, error=error):
            return {"rule": rule, "outcome": "crashed", "why": error}


def _number(value: float) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return value if math.isfinite(value) else None
