"""What an examination of a run says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from fitdoctor.records.display import Displayed, Plotted
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.run import Run

Severity = Literal["note", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")
Kind = Literal["cause", "symptom", "benign"]
Health = Literal["sick", "healthy", "cannot_tell"]
MOST, LEAST = 0.97, 0.01
"""No cause is surer than this before an experiment has proven it."""
DIGITS = 3
"""Decimals to which a probability is given, and ordered by."""
LIKELY = 0.5
"""A cause from this probability on is a problem that was found."""
OPEN = 1 / 3
"""A training with a cause from this probability on is not called healthy."""
ReadFrom = Literal["code", "images", "curves"]
"""Code or settings; a look at the images; curves, with the settings that they are read by."""
HEALTH_RULE = "healthy"
"""The rule that speaks where enough was seen to say that nothing is wrong."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule saw: one sentence, the number behind it, and where to look."""

    sentence: str
    figures: str = ""
    """What it makes of the figures that are seen, as a sentence to stand behind the first: that it
    is there is shown without them."""
    weight: float = 1.0
    """Log-likelihood ratio: seen when the rule's claim is true, against when it is not."""
    estimate: Estimate | None = None
    p_value: float | None = None
    """Set where the evidence is a test: its chance on a healthy run."""
    severity: Severity | None = None
    """Set where this evidence is milder than the rule's severity."""
    epochs: tuple[int, int] | None = None
    line: int | None = None
    likely: float | None = None
    """Probability of the cause by this alone, where it gives one: prior and weight then do not."""
    rests_on: str | None = None
    """The stated outcome that is all there is to it: another cause may explain it as well."""
    answer: str | None = None
    """The question whose answer this is; several answers add up."""
    effect: float | None = None
    """How large what was measured is, in the unit of `Rule.effect_of`."""
    fix: str = ""
    """What to change where it is this that is seen, in place of the rule's advice."""
    read_from: ReadFrom | None = None
    """What alone shows it; `None` where it takes several, or what somebody reports."""
    words: bool = False
    """It rests on nothing but the sentences of a person: no code, log or figure shows it."""
    tried: bool = False
    """It is what an experiment of the asker's own shows."""
    explains: tuple[str, ...] = ()
    """Causes that cannot be judged beside it: it changes the figures that they are read from."""
    usual: bool = False
    """It is nothing but how often this is behind a symptom that was seen."""
    settles: tuple[str, ...] = ()
    """Of something harmless: the situations (`fitdoctor.situations`) that it accounts for wholly,
    by figures of the asker; nothing is wrong where one of them is what is asked about."""


def alike(evidence: Sequence[Evidence]) -> bool:
    """Return whether nothing but the wording as a whole speaks for it: no sentence states it."""
    speaks = [item for item in evidence if item.weight >= 0] or evidence
    return all(item.words and (item.likely is not None or item.usual) for item in speaks)


class CodeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a person's code, and what is to stand there instead."""

    place: str
    """As `line 34`, or `cell 3, line 2` of a notebook."""
    before: str
    """As it is written; "" where a line is added."""
    after: str | None = None
    """"" where it is taken out; `None` where what to write is not known. What is added has its
    indentation."""
    behind: str = ""
    """What an added line stands below, with its indentation, once for lines below each other."""


BY_ANOTHER = "The change above mends this as well."
"""`Cause.reason` of a cause that goes with the change for a likelier one."""


class Prescription(msgspec.Struct, frozen=True, kw_only=True):
    """An intervention to try, by name, with its arguments and what it does in words."""

    intervention: str
    arguments: Mapping[str, float | int | str | bool]
    sentence: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule spoke."""

    rule: str
    code: str
    kind: Kind
    severity: Severity
    evidence: tuple[Evidence, ...]
    remedies: tuple[Prescription, ...] = ()
    advice: str = ""

    @property
    def p_value(self) -> float | None:
        """The smallest p-value, or `None` where some evidence needs none."""
        values = [item.p_value for item in self.evidence]
        return None if None in values else min(v for v in values if v is not None)

    @property
    def guess(self) -> bool:
        """Return whether it rests on nothing but the sentences of a person."""
        return all(item.words for item in self.evidence)


class Clear(msgspec.Struct, frozen=True):
    """A rule looked and saw nothing."""

    rule: str
    why: str


class Skipped(msgspec.Struct, frozen=True):
    """A rule could not look: something it needs is missing."""

    rule: str
    missing: tuple[str, ...]
    how_to_supply: str


class Crashed(msgspec.Struct, frozen=True):
    """A rule failed: a bug of ours, reported and never hidden."""

    rule: str
    error: str


Outcome = Finding | Clear | Skipped | Crashed


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate explanation. Probabilities are per cause and need not sum to one."""

    rule: str
    code: str
    severity: Severity
    probability: float
    """P(this is present), as the diagnosis has it."""
    evidence: tuple[Evidence, ...]
    remedies: tuple[Prescription, ...] = ()
    advice: str = ""
    """What to change, in words, where no intervention does it."""
    explains: tuple[str, ...] = ()
    lines: tuple[CodeLine, ...] = ()
    """The lines of code that it is about, where they are known."""
    reason: str = ""
    """What the change of these lines is, and why it mends the cause; "" where none is known."""
    proven: bool | None = None
    """Whether an experiment has shown that removing it helps; `None` where it is open."""
    helps_probability: float | None = None
    """P(removing it improves the outcome by the smallest difference that matters, or more), by the
    trials of an experiment, also one that is undecided; `None` where there is none."""

    @property
    def guess(self) -> bool:
        """Return whether it rests on nothing but the sentences of a person."""
        return all(item.words for item in self.evidence)

    @property
    def usual(self) -> bool:
        """Return whether nothing of its own was seen: it only is usual behind a symptom."""
        return all(item.usual for item in self.evidence)


def cause_of(finding: Finding, probability: float, explains: tuple[str, ...] = ()) -> Cause:
    """Return a finding as a candidate explanation of this probability."""
    return Cause(
        rule=finding.rule,
        code=finding.code,
        severity=finding.severity,
        probability=round(probability, DIGITS),
        evidence=finding.evidence,
        remedies=finding.remedies,
        advice=finding.advice,
        explains=explains,
    )


class NextTest(msgspec.Struct, frozen=True, kw_only=True):
    """The cheapest probe or re-run that separates the leading causes."""

    name: str
    how: str
    cost_seconds: float | None
    separates: tuple[str, ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that would tell most about the causes for the time that finding it takes."""

    id: str
    text: str
    answers: tuple[str, ...]
    how: str = ""
    """A line to run that shows it, where one does."""
    separates: tuple[str, ...] = ()
    """The likeliest causes that it speaks about."""
    bits: float
    """How much it is expected to lower the entropies of the causes."""
    seconds: float
    """What finding the answer costs the asker."""
    points_to: Mapping[str, str] = {}
    """Answer -> the cause that it speaks for, where there is one."""


class Diagnosis(msgspec.Struct, Displayed, Plotted, frozen=True, kw_only=True):
    """Every rule's outcome on one run, and what they come to together.

    The verdict is no second judgement: it follows from the causes and symptoms that are shown.

    - `sick`: a cause is at least as likely as not (`LIKELY`) or proven, and no experiment has
      refuted it; or a symptom of severity warning or error was seen. Each is named.
    - `healthy`: not sick, the rule `healthy` spoke or what is asked about is settled, and no cause
      that is not refuted is as likely as `OPEN`.
    - `cannot_tell`: neither. Then every cause that is shown is less likely than not, or refuted.

    What rests on nothing but the sentences of a person is less likely than not by construction, and
    no more than a note as a symptom: words alone make no run sick.
    """

    run: Run
    causes: tuple[Cause, ...]
    """The likeliest first."""
    symptoms: tuple[Finding, ...]
    benign: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    next_test: NextTest | None = None
    bring: tuple[str, ...] = ()
    """What to bring to learn more, the most useful first."""
    questions: tuple[Question, ...] = ()
    """What to ask the asker, the most telling for its time first."""

    def __repr__(self) -> str:
        causes = ", ".join(f"{c.rule} {c.probability:.0%}" for c in self.causes[:3])
        more = f" and {len(self.causes) - 3} more" if len(self.causes) > 3 else ""
        return f"<Diagnosis of {self.run.name!r}: {self.verdict}; {causes or 'no causes'}{more}>"

    @property
    def verdict(self) -> Health:
        if self.severity in {"warning", "error"}:
            return "sick"
        spoke = any(isinstance(o, Finding) and o.rule == HEALTH_RULE for o in self.outcomes)
        spoke |= self.settled is not None
        open_ = any(c.probability >= OPEN and c.proven is not False for c in self.causes)
        return "healthy" if spoke and not open_ else "cannot_tell"

    @property
    def settled(self) -> Finding | None:
        """Return what is harmless and accounts for all that is asked about, if anything does."""
        return next((f for f in self.benign if any(item.settles for item in f.evidence)), None)

    @property
    def severity(self) -> Severity | None:
        """The worst of what was found; `None` where nothing is named. A warning or more is sick."""
        found: list[Severity] = [f.severity for f in self.symptoms]
        for cause in self.causes:
            stands = cause.proven or (cause.proven is None and cause.probability >= LIKELY)
            found.append(_at_least(cause.severity, "warning") if stands else "note")
        return max(found, key=SEVERITIES.index, default=None)

    def reaches(self, least: Severity) -> bool:
        """Return whether something was found that is as severe as this, or more."""
        worst = self.severity
        return worst is not None and SEVERITIES.index(worst) >= SEVERITIES.index(least)


def _at_least(severity: Severity, least: Severity) -> Severity:
    return max(severity, least, key=SEVERITIES.index)


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A finding at a place in a script."""

    rule: str
    code: str
    severity: Severity
    path: str
    line: int
    column: int
    """Of the first character of the line that is not blank, counted from 1."""
    sentence: str
    advice: str = ""
    fix: str | None = None
    """A unified diff, where one is known."""
