"""The JSON that others rely on, as types: their JSON Schemas stand in `report/schemas/`.

`schema` counts up when a field changes its meaning or goes; new fields may come without that.
Numbers that are not finite are `null`.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal

import msgspec

from fitdoctor.records.claim import Claim
from fitdoctor.records.comparison import How
from fitdoctor.records.experiment import Counted, Decision, Measure
from fitdoctor.records.finding import (
    CodeLine,
    Health,
    NextTest,
    Question,
    ReadFrom,
    Remark,
    Severity,
)
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Feed

Version = Literal[1]
SCHEMA: Version = 1
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Versioned(msgspec.Struct, frozen=True, kw_only=True):
    schema: Version = SCHEMA


class EvidenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule saw; `value` is known to lie from `low` to `high`."""

    sentence: str
    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    epochs: tuple[int, int] | None
    line: int | None
    """Of its file, where several were read as one program."""
    file: str | None
    """The file of that line, where several were read as one program."""
    read_from: ReadFrom | None
    """What alone shows it: code (or settings), images or curves; `null` where it takes several."""


class RemedyOut(msgspec.Struct, frozen=True, kw_only=True):
    """An intervention that mends a cause."""

    intervention: str
    arguments: Mapping[str, float | int | str | bool]
    sentence: str


class CauseOut(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate explanation; probabilities are per cause and need not sum to one."""

    rule: str
    code: str
    severity: Severity
    probability: Probability
    """P(this is present)."""
    guess: bool
    """It rests on nothing but the sentences of a person."""
    usual: bool
    """Nothing of this run shows it: it only is usual behind the gravest symptom."""
    proven: bool | None
    helps_probability: Probability | None
    """P(removing it helps by the margin), by an experiment; `null` without one."""
    explains: tuple[str, ...]
    evidence: tuple[EvidenceOut, ...]
    advice: str
    lines: tuple[CodeLine, ...]
    """The lines of code that it is about, with what to write there where that is known."""
    reason: str
    """Why the change of these lines mends it; empty where no change is known."""
    remedies: tuple[RemedyOut, ...]


class FindingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A symptom, or something benign."""

    rule: str
    code: str
    severity: Severity
    evidence: tuple[EvidenceOut, ...]


class OutcomeOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one rule."""

    rule: str
    outcome: Literal["finding", "clear", "skipped", "crashed"]
    why: str


class FollowsOut(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from the settings by formula."""

    steps_per_epoch: int | None
    learning_rate_by_epoch: tuple[float | None, ...] | None


class ReadOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood of the sources."""

    curves: Mapping[str, tuple[tuple[int, float | None], ...]]
    """Name -> (epoch, value)."""
    written: Mapping[str, str]
    recipe: Recipe
    data: DataSummary
    claims: tuple[Claim, ...]
    sources: tuple[str, ...]
    fed: tuple[Feed, ...]
    follows: FollowsOut
    contradictions: tuple[str, ...]
    left_out: tuple[str, ...]
    """Sources given with it that are another training's, or nobody knows which one's."""
    passed_over: Mapping[str, str]
    """Files of a folder that were not read -> why."""
    not_understood: tuple[str, ...]


class DiagnosisDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor diagnose --output-format json` of a source with one run."""

    verdict: Health
    causes: tuple[CauseOut, ...]
    symptoms: tuple[FindingOut, ...]
    benign: tuple[FindingOut, ...]
    next_test: NextTest | None
    bring: tuple[str, ...]
    questions: tuple[Question, ...]
    answers: Mapping[str, str]
    outcomes: tuple[OutcomeOut, ...]
    read: ReadOut


class DiagnosesDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor diagnose --output-format json` of a source with several runs."""

    runs: tuple[DiagnosisDocument, ...]


class BriefCause(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate explanation, with its strongest evidence alone."""

    rule: str
    code: str
    probability: Probability
    certainty: str
    """How sure it is in words, and what says so."""
    guess: bool
    usual: bool
    explains: tuple[str, ...]
    evidence: tuple[str, ...]
    fix: str
    lines: tuple[CodeLine, ...]


class BriefRead(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood of the sources, in figures."""

    sources: tuple[str, ...]
    left_out: tuple[str, ...]
    passed_over: Mapping[str, str]
    epochs: int
    last: Mapping[str, float | None]
    """Name of a curve -> its last value."""
    layers: int
    claims: int
    contradictions: tuple[str, ...]
    not_understood: tuple[str, ...]


class BriefDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor diagnose --output-format brief`: what somebody acts on, at most a few kB."""

    verdict: Health
    sentence: str
    next: str
    causes: tuple[BriefCause, ...]
    symptoms: tuple[str, ...]
    benign: tuple[str, ...]
    questions: tuple[Question, ...]
    answers: Mapping[str, str]
    bring: tuple[str, ...]
    read: BriefRead


class BriefsDocument(_Versioned, frozen=True, kw_only=True):
    """The same of a source with several runs, or of several trainings."""

    runs: tuple[BriefDocument, ...]


class ReadDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor read --output-format json`."""

    runs: tuple[ReadOut, ...]


class LearnedOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many trainings of each arm learned."""

    control: int
    treated: int


class ExperimentOut(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment: the mean paired difference, treated less control, and its interval."""

    cause: str
    intervention: str
    outcome: str
    measure: Measure
    pairs: int
    learned: LearnedOut | None
    effect: float | None
    low: float | None
    high: float | None
    level: float
    trials: int
    failed: int
    verdict: Decision
    helps_probability: Probability | None
    """P(removing the cause improves the outcome by the margin), by these trials alone."""
    pairs_needed: int | None


class ProofDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor prove --output-format json`."""

    experiments: tuple[ExperimentOut, ...]
    counted: tuple[Counted, ...]
    causes: tuple[CauseOut, ...]


class AuditDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor audit --output-format json`; paths are relative to the audited folder."""

    images: int
    classes: Mapping[str, Mapping[str, int]]
    """Class -> split -> readable images."""
    findings: tuple[ImageFinding, ...]
    untrainable: str
    """Why no classifier can be trained on it; empty where one can."""
    too_plain: int
    """Images of which a copy could not be told from another image of their kind."""


class GroupOut(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that are taken for repetitions, with the outcome of each at its last epoch."""

    name: str
    runs: tuple[str, ...]
    outcomes: tuple[float, ...]


class ComparisonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Two groups; `difference` is second less first, known from `low` to `high`."""

    outcome: str
    measure: Literal["mean", "success_rate"]
    how: How
    """What it is held against: pairs of the same seed, the scatter of both groups, that of the
    group with several runs, the noise of validation images, or nothing."""
    first: GroupOut
    second: GroupOut
    difference: float
    low: float | None
    high: float | None
    level: float
    shown: bool | None
    """Whether 0 lies outside the interval; `null` where there is none."""
    smallest_shown: float | None
    """The difference that such a comparison shows four times in five."""
    shared_split: bool | None
    sentence: str
    limits: tuple[str, ...]
    """What the comparison cannot say, and what would let it."""


class ComparisonDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor compare --output-format json`."""

    comparisons: tuple[ComparisonOut, ...]


class MendOut(msgspec.Struct, frozen=True, kw_only=True):
    """A cause that the change removes; `line` counts in its cell where the source is a notebook."""

    rule: str
    code: str
    cell: int | None
    line: int
    sentence: str
    reason: str
    certain: bool
    """It was a mistake whatever the data are; the others are better tried in a training."""
    diff: str
    verdict: ExperimentOut | None
    """Trainings with all changes against those without the changes for this cause, where made."""


class UnmendedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A cause for which nothing was changed, and why."""

    rule: str
    code: str
    cell: int | None
    line: int | None
    sentence: str
    why: str


class MendingDocument(_Versioned, frozen=True, kw_only=True):
    """`fitdoctor fix --output-format json`."""

    path: str
    diff: str
    """A unified diff of the whole change, with the reason behind the numbers of each hunk."""
    written: bool
    backup: str | None
    verdict: ExperimentOut | None
    """What trainings of both sources in pairs over seeds say; `null` without `--verify`."""
    mends: tuple[MendOut, ...]
    unmended: tuple[UnmendedOut, ...]


Remarks = tuple[Remark, ...]
"""`fitdoctor check --output-format json`."""

DOCUMENTS: Mapping[str, Any] = {
    "diagnose": DiagnosisDocument | DiagnosesDocument,
    "brief": BriefDocument | BriefsDocument,
    "read": ReadDocument,
    "check": Remarks,
    "prove": ProofDocument,
    "audit": AuditDocument,
    "fix": MendingDocument,
    "compare": ComparisonDocument,
}
"""Command -> what it prints with `--output-format json`; `brief` is of `diagnose`, in short."""
INPUTS: Mapping[str, Any] = {"claims": tuple[Claim, ...]}
"""Option of `fitdoctor diagnose` -> what the file holds that it takes."""


def made_schema(command: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a command's output or input, as its types say."""
    kind = {**DOCUMENTS, **INPUTS}[command]
    kinds = (kind,) if typing.get_origin(kind) is tuple else typing.get_args(kind) or (kind,)
    title = f"{command} --output-format json"
    if command == "brief":
        title = "diagnose --output-format brief"
    if command in INPUTS:
        title = f"diagnose --{command} FILE"
    parts, definitions = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    whole = parts[0] if len(parts) == 1 else {"anyOf": list(parts)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"fitdoctor {title}, schema {SCHEMA}",
        **whole,
        "$defs": {name: _described(part) for name, part in definitions.items()},
    }


def _described(part: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with its docstring as one paragraph: versions of msgspec differ here."""
    return {**part, "description": " ".join(part.get("description", "").split())}


def schema(command: str) -> dict[str, Any]:
    """Return the JSON Schema of a command's output as it is kept in the package."""
    text = files(__package__).joinpath("schemas", f"{command}.json").read_bytes()
    return dict(msgspec.json.decode(text))
