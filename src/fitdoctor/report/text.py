"""A diagnosis and a verdict for the terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from fitdoctor.records.experiment import Verdict
from fitdoctor.records.finding import (
    Cause,
    Clear,
    Crashed,
    Diagnosis,
    Evidence,
    Finding,
    Skipped,
)
from fitdoctor.report.headline import what_was_read

_VERDICTS = {
    "sick": ("bold white on red", " SICK "),
    "healthy": ("bold white on green", " HEALTHY "),
    "cannot_tell": ("bold black on yellow", " CANNOT TELL "),
}
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_PROOF = {True: " proven", False: " refuted by experiment", None: ""}
BAR = 20

MOST_NAMES = 12


def render(diagnosis: Diagnosis, *, width: int = 100, colour: bool = False) -> str:
    return _draw(_diagnosis(diagnosis), width, colour=colour)


def render_verdict(verdict: Verdict, *, width: int = 100, colour: bool = False) -> str:
    style = {"helps": "green", "harms": "red"}.get(verdict.decision, "yellow")
    return _draw([Text(verdict.sentence, style=style)], width, colour=colour)


def _draw(parts: Iterable[RenderableType], width: int, *, colour: bool) -> str:
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        legacy_windows=False,
    )
    console.print(Group(*parts))
    file = console.file
    assert isinstance(file, io.StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _diagnosis(diagnosis: Diagnosis) -> Iterable[RenderableType]:
    run = diagnosis.run
    style, label = _VERDICTS[diagnosis.verdict]
    yield Text.assemble(
        (label, style), "  ", (run.name, "bold"), ("  " + what_was_read(run), "dim")
    )
    if diagnosis.causes:
        yield _title("Causes, likeliest first: P(present and removing it helps)")
        for cause in diagnosis.causes:
            yield from _cause(cause)
    if diagnosis.symptoms:
        yield _title("Seen in the curves")
        yield from _findings(diagnosis.symptoms)
    if diagnosis.benign:
        yield _title("Nothing to worry about")
        yield from _findings(diagnosis.benign)
    ruled_out = [o for o in diagnosis.outcomes if isinstance(o, Clear)]
    if ruled_out:
        yield _title("Looked for and not found (why: --html, or fitdoctor explain NAME)")
        yield _indented(Text(_some([o.rule for o in ruled_out]), style="dim"))
    crashed = [o for o in diagnosis.outcomes if isinstance(o, Crashed)]
    for outcome in crashed:
        yield Text(f"CRASHED {outcome.rule}: {outcome.error} (a bug: please report)", style="red")
    yield from _skipped(diagnosis)
    if run.contradictions:
        yield _title("Does not agree")
        yield _indented(Text("\n".join(run.contradictions[:5]), style="yellow"))
    if run.not_understood:
        yield _title("Not understood")
        yield _indented(Text("\n".join(run.not_understood[:5]), style="dim"))
    if diagnosis.next_test:
        test = diagnosis.next_test
        cost = f", about {_seconds(test.cost_seconds)}" if test.cost_seconds else ""
        yield _title("Next best test")
        yield _indented(Text(f"{test.name} (separates {', '.join(test.separates)}{cost})"))
        yield _indented(Text(test.how, style="dim"))
    if diagnosis.questions:
        question = diagnosis.questions[0]
        yield _title("One thing would settle most")
        yield _indented(Text(question.text))
        known = " | ".join(question.answers)
        yield _indented(Text(f"answer it with --answer {question.id}={known}", style="dim"))
    if diagnosis.bring:
        yield _title("To learn more, bring")
        yield _indented(Text("\n".join(f"- {what}" for what in diagnosis.bring)))


def _cause(cause: Cause) -> Iterable[RenderableType]:
    filled = round(cause.probability * BAR)
    yield Text.assemble(
        "  ",
        ("\u2588" * filled, _COLOURS[cause.severity]),
        ("\u2591" * (BAR - filled), "dim"),
        f" {cause.probability:4.0%}  ",
        (cause.rule, "bold"),
        (f" [{cause.code}]", "dim"),
        (_PROOF[cause.proven], "green" if cause.proven else "dim"),
    )
    for evidence in cause.evidence:
        yield _indented(_sentence(evidence), 8)
    remedy = cause.remedies[0].sentence if cause.remedies else cause.advice
    if remedy:
        yield _indented(Text(f"try: {remedy}", style="green"), 8)


def _findings(findings: Sequence[Finding]) -> Iterable[RenderableType]:
    for finding in findings:
        mark = "" if finding.severity == "note" else f"{finding.severity} "
        head = Text.assemble((mark, _COLOURS[finding.severity]), (finding.rule, "bold"), ": ")
        for evidence in finding.evidence:
            yield _indented(Text.assemble(head, _sentence(evidence)))


def _sentence(evidence: Evidence) -> Text:
    extra = f" (line {evidence.line})" if evidence.line else ""
    if evidence.p_value is not None:
        extra += f" (p {'< 0.001' if evidence.p_value < 0.001 else f'= {evidence.p_value:.3f}'})"
    return Text.assemble(evidence.sentence, (extra, "dim"))


def _skipped(diagnosis: Diagnosis) -> Iterable[RenderableType]:
    by_need: dict[str, list[str]] = {}
    for outcome in diagnosis.outcomes:
        if isinstance(outcome, Skipped):
            by_need.setdefault(outcome.missing[0], []).append(outcome.rule)
    if by_need:
        yield _title("Could not look")
        for need, rules in by_need.items():
            yield _indented(Text(f"without {need}: {_some(rules)}", style="dim"))


def _some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are: the page and the JSON list all."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMES - 2])} and {len(names) - MOST_NAMES + 2} more"


def _title(words: str) -> Text:
    return Text(f"\n{words}", style="bold")


def _indented(content: RenderableType, by: int = 2) -> Padding:
    return Padding(content, (0, 0, 0, by))


def _seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
