"""A diagnosis and a verdict for the terminal.

The answer is at most `MOST_LINES` lines: the verdict with the leading cause and its fix, up to
three causes, what is harmless, and one next step. All else is behind `--verbose`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from fitdoctor.records.experiment import Counted, Verdict
from fitdoctor.records.finding import (
    BY_ANOTHER,
    LIKELY,
    OPEN,
    Cause,
    Clear,
    CodeLine,
    Crashed,
    Diagnosis,
    Evidence,
    Finding,
    Skipped,
    alike,
)
from fitdoctor.records.run import NOT_USED, Run
from fitdoctor.report.headline import (
    SUSPECTED,
    Headline,
    certainty,
    chance_of_help,
    changed,
    claim,
    explained,
    files_read,
    fix,
    headline,
    how_counted,
    in_code,
    parts_read,
    place,
    remedy_label,
    source_of,
    strongest,
)
from fitdoctor.report.names import title
from fitdoctor.report.styled import Text, clipped, columns, draw, fitting, indented, styled

_STYLES = {
    "sick": "bold white on red",
    "healthy": "bold white on green",
    "cannot_tell": "bold black on yellow",
}
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_PROOF = {True: " proven", False: " refuted", None: ""}
_BETWEEN = re.compile(r", |[(\s=.]")
"""Behind what a line of code may begin where it is too long."""
BAR, COARSE = 10, 5
"""Cells of a bar; so many differ in that of a guess, which is no measurement."""
MOST_LINES, MOST_CAUSES = 20, 3
MOST_OF_HEALTHY = 7
"""Lines for why nothing is wrong, and what to do: there is little else to say."""
DOTS = "\u2026 "
MOST_NAMES = 12
ALSO = 0.25
"""From this probability on the cause behind those that are shown is named as well."""


def render(
    diagnosis: Diagnosis, *, width: int = 100, colour: bool = False, verbose: bool = False
) -> str:
    """Return the answer in short, or all there is of it."""
    if verbose:
        return draw(_whole(diagnosis, width), width, colour=colour)
    # Code of further causes goes first, then a cause, and sentences are shortened last of all.
    sizes = [
        (causes, lines, code)
        for lines in (4, 2, 1)
        for causes in range(MOST_CAUSES, 0, -1)
        for code in ((4, 1), (2, 1), (1, 1), (1, 0))
    ]
    drawn = (draw(_answer(diagnosis, width, *size), width, colour=colour) for size in sizes)
    shortest = ""
    for shortest in drawn:
        if shortest.count("\n") < MOST_LINES:
            break
    return shortest


def render_verdict(verdict: Verdict, *, width: int = 100, colour: bool = False) -> str:
    style = {"helps": "green", "harms": "red"}.get(verdict.decision, "yellow")
    parts = [styled((verdict.sentence, style))]
    if verdict.experiment.jobs is not None:
        parts = [
            styled((claim(verdict), style)),
            styled(changed(verdict)),
            styled(verdict.sentence),
        ]
    if verdict.helps_probability is not None:
        parts.append(styled(chance_of_help(verdict)))
    return draw(parts, width, colour=colour)


def render_count(count: Counted, *, width: int = 100, colour: bool = False) -> str:
    """Return what counting, or one evaluation, shows of a cause, in words."""
    style = "green" if count.present else "yellow"
    parts = [styled((f"{how_counted(count)}: {title(count.cause)}. {count.sentence}", style))]
    if count.settles:
        parts.append(
            styled(
                "No training can go well with it, so none was made again; how much its removal "
                f"gains is measured by --cause {count.cause}."
            )
        )
    return draw(parts, width, colour=colour)


def _answer(
    diagnosis: Diagnosis, width: int, most: int, lines: int, code: tuple[int, int]
) -> Iterable[Text]:
    """Yield the answer with at most so many causes and lines for what was seen.

    `code` are how many lines of code are shown of the first cause, and of the others.
    """
    above = headline(diagnosis)
    yield from _heading(diagnosis, above, width)
    known = [cause for cause in diagnosis.causes if not _is_unseen(cause)]
    known = [c for c in known if c.proven or _is_suspect(c)]
    if known and in_code(known[0]):  # beside what stands in the code, less than likely is noise
        known = [c for c in known if c.probability >= LIKELY]
    gone = [title(c.rule) for c in known if c.reason == BY_ANOTHER]
    known = [c for c in known if c.reason != BY_ANOTHER]
    causes, run = known[:most], diagnosis.run
    likely = any(cause.probability >= LIKELY for cause in causes)
    if not likely:
        shown = [s for s in diagnosis.symptoms if not alike(s.evidence)]
        for symptom in ([s for s in shown if s.severity != "note"] or shown)[:most]:
            seen = strongest(symptom)
            words = styled("" if seen.words else "Seen: ", _sentence(seen, run))
            yield indented(clipped(words, width - 2, lines))
    for number, cause in enumerate(causes):
        yield from _short(diagnosis, cause, above, width, lines, first=not number)
        if cause.probability >= LIKELY:
            yield from _code(cause, code[bool(number)], width - 4)
    weak = [c for c in diagnosis.causes if _is_unseen(c) or (c.guess and not _is_suspect(c))]
    guesses = [title(c.rule) for c in weak][:MOST_CAUSES]
    told = "Mended by the same change: ", "Guesses, which nothing that was read shows: "
    for names, label in zip((gone, [] if likely else guesses), told, strict=True):
        if names:
            yield indented(clipped(styled(label, ", ".join(names), "."), width - 2, 2))
    for cause in known[most : most + 1] if lines > 1 else ():
        if cause.probability >= ALSO and not cause.usual:
            also = f"Also possible: {title(cause.rule)} ({certainty(cause)}). "
            words = styled(also, _sentence(strongest(cause), run))
            yield indented(clipped(words, width - 2, lines))
    yield from _harmless(diagnosis, above, width, lines, beside_causes=bool(causes))
    yield from _crashed(diagnosis)
    if above.step:
        yield styled((f"Next: {above.step}", "bold"))
    if above.command:
        yield replace(styled(f"  {above.command}"), whole=True)
    if more := fitting([*_left_out(diagnosis, len(causes) + len(guesses) + len(gone))], width - 22):
        yield styled((f"More with --verbose: {more}.", "dim"))


def _short(
    diagnosis: Diagnosis, cause: Cause, above: Headline, width: int, lines: int, *, first: bool
) -> Iterable[Text]:
    """Yield a cause without its code: how sure, what was seen, what it explains, what to change."""
    run = diagnosis.run
    yield _bar(diagnosis, cause, width, named=first and title(cause.rule) in above.sentence)
    for evidence in _shown(cause):
        yield indented(clipped(_sentence(evidence, run), width - 4, lines), 4)
    if first and cause.probability >= LIKELY:
        for symptom in [s for s in diagnosis.symptoms if s.rule in cause.explains][:1]:
            words = styled("Explains: ", _sentence(strongest(symptom), run))
            yield indented(clipped(words, width - 4, lines), 4)
    if (not first or above.fix != fix(cause)) and (remedy := fix(cause)):
        words = styled((f"{remedy_label(cause)}: {remedy}", "green"))
        yield indented(clipped(words, width - 4, lines), 4)


def _harmless(
    diagnosis: Diagnosis, above: Headline, width: int, lines: int, *, beside_causes: bool
) -> Iterable[Text]:
    """Yield what is harmless: by name beside causes, else by what was seen."""
    others = [f for f in diagnosis.benign if not alike(f.evidence) and f.evidence[0] != above.seen]
    if beside_causes and others:
        yield styled(f"Harmless: {fitting([title(f.rule) for f in others], width - 12)}.")
    for finding in others if not beside_causes else ():
        words = styled("Harmless: ", _sentence(strongest(finding), diagnosis.run))
        yield indented(clipped(words, width - 2, lines))


def _heading(diagnosis: Diagnosis, above: Headline, width: int) -> Iterable[Text]:
    """Yield the verdict, the leading cause and its fix, and what was read."""
    words = styled((above.sentence, _STYLES[diagnosis.verdict]))
    healthy = diagnosis.verdict == "healthy"
    fix = styled(f"{above.label}: ", (above.fix, "green")) if above.fix else None
    if healthy and above.seen:
        words = styled(words, "  ", above.seen.sentence)
    if healthy and fix:
        words = styled(words, "  ", fix)
    yield clipped(words, width, MOST_OF_HEALTHY if healthy else 3)
    if fix and not healthy:
        yield clipped(fix, width, 3)
    if above.tried:
        yield clipped(styled(above.tried), width, 2)
    run = diagnosis.run
    read = fitting(parts_read(run), width - len(run.name) - 2)
    yield styled((run.name, "bold"), (f"  {read}", "dim"))
    if together := files_read(run):
        yield clipped(styled((together, "dim")), width, 2)
    unused = [one for one in run.contradictions if one.startswith(NOT_USED)]
    if unused:
        said = "; ".join([unused[0], *(one.removeprefix(NOT_USED) for one in unused[1:])])
        yield clipped(styled((f"{said}.", "yellow")), width, 1)


def _code(cause: Cause, most: int, width: int) -> Iterable[Text]:
    """Yield lines of code that a cause is about, each with what is to stand there."""
    shown = [one for one in cause.lines if one.after is not None or len(one.before) < width - 12]
    for line in shown[:most]:
        place = line.place
        before, after = _where_they_differ(line.before, line.after or "", width - len(place) - 2)
        if before:
            what = f"{place}, take out: " if line.after == "" else f"{place}: "
            yield indented(styled((what, "dim"), before), 4)
        if after and before:
            yield indented(styled((f"{'write':>{len(place)}}: ", "dim"), (after, "green")), 4)
        elif after:
            yield from _added(line, width)
    if most and (more := len(shown) - most) > 0:
        yield indented(styled((f"and {more} more line{'s' * (more > 1)} of this change", "dim")), 4)


def _added(line: CodeLine, width: int) -> Iterable[Text]:
    """Yield a line that is added below the one that it follows: how far it is indented shows."""
    after, room = line.after or "", width - len(line.place) - 2
    if line.behind:
        behind = line.behind if len(line.behind) <= room else line.behind[: room - 3] + DOTS
        yield indented(styled((f"{line.place}: ", "dim"), (behind, "dim")), 4)
    yield indented(styled((f"{'add':>{len(line.place)}}: ", "dim"), (after, "green")), 4)


def _where_they_differ(before: str, after: str, room: int) -> tuple[str, str]:
    """Return two lines of code, or where they are too long what is around their difference."""
    if not (before and after) or max(len(before), len(after)) <= room:
        return before, after
    first = _alike(before, after)
    last = _alike(before[first:][::-1], after[first:][::-1])
    longer = max(len(before), len(after)) - first - last
    spare = max(0, room - longer - 2 * len(DOTS))
    # An argument is understood by the call that it stands in, which is to its left.
    left = min(first, spare - min(last, spare // 4))
    if left < first and (sign := _BETWEEN.search(before, first - left, first)):
        left = first - sign.end()
    right = min(last, spare - left)
    shown = (
        DOTS * (left < first)
        + x[first - left : len(x) - last + right]
        + DOTS[::-1] * (right < last)
        for x in (before, after)
    )
    return next(shown), next(shown)


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _shown(cause: Cause) -> Iterable[Evidence]:
    """Yield the strongest evidence of a cause, and what the asker's own experiment says of it."""
    if cause.usual:
        return
    told = [item for item in cause.evidence if not alike([item])]
    first = max(told, key=lambda item: item.weight, default=None)
    if first is not None:
        yield first
    yield from [item for item in told if item.tried and item != first][:1]


def _left_out(diagnosis: Diagnosis, shown: int) -> Iterable[str]:
    """Yield what the short answer does not show."""
    if (more := len(diagnosis.causes) - shown) > 0:
        yield f"{more} less likely cause{'s' * (more > 1)}"
    if diagnosis.symptoms:
        yield f"what was seen ({len(diagnosis.symptoms)})"
    clear = sum(isinstance(o, Clear) for o in diagnosis.outcomes)
    if clear:
        yield f"what was looked for and not found ({clear})"
    if any(isinstance(o, Skipped) for o in diagnosis.outcomes):
        yield "what could not be looked at"


def _whole(diagnosis: Diagnosis, width: int) -> Iterable[Text]:
    """Yield everything that is known."""
    run = diagnosis.run
    above = headline(diagnosis)
    yield from _heading(diagnosis, above, width)
    if diagnosis.causes:
        yield _title("Causes, likeliest first: P(present)")
        for cause in diagnosis.causes:
            yield from _cause(diagnosis, cause, width)
    if diagnosis.symptoms:
        yield _title("What was seen")
        yield from _findings(diagnosis.symptoms, run)
    if diagnosis.benign:
        yield _title("Harmless")
        yield from _findings(diagnosis.benign, run)
    ruled_out = [title(o.rule) for o in diagnosis.outcomes if isinstance(o, Clear)]
    if ruled_out:
        yield _title("Looked for and not found (why: --html, or fitdoctor explain NAME)")
        yield indented(styled((", ".join(ruled_out), "dim")))
    yield from _crashed(diagnosis)
    yield from _skipped(diagnosis)
    if run.contradictions:
        yield _title("Does not agree")
        yield indented(styled(("\n".join(run.contradictions[:5]), "yellow")))
    if run.not_understood:
        yield _title("Not understood")
        yield indented(styled(("\n".join(run.not_understood[:5]), "dim")))
    if diagnosis.next_test:
        test = diagnosis.next_test
        cost = f", about {_seconds(test.cost_seconds)}" if test.cost_seconds else ""
        separates = ", ".join(map(title, test.separates))
        yield _title("Next best test")
        yield indented(styled(f"{test.name} (separates {separates}{cost})"))
        yield indented(styled((test.how, "dim")))
    if diagnosis.questions:
        question = diagnosis.questions[0]
        yield _title("One thing would settle most")
        yield indented(styled(question.text))
        known = " | ".join(question.answers)
        yield indented(styled((f"answer it with --answer {question.id}={known}", "dim")))
    if diagnosis.bring:
        yield _title("To learn more, bring")
        yield indented(styled("\n".join(f"- {what}" for what in diagnosis.bring)))


def _crashed(diagnosis: Diagnosis) -> Iterable[Text]:
    for outcome in diagnosis.outcomes:
        if isinstance(outcome, Crashed):
            error = f"{outcome.rule}: {outcome.error}"
            yield styled((f"CRASHED {error} (a bug: please report)", "red"))


def _cause(diagnosis: Diagnosis, cause: Cause, width: int) -> Iterable[Text]:
    yield _bar(diagnosis, cause, width)
    for evidence in cause.evidence[:1] if cause.guess else cause.evidence:
        yield indented(_sentence(evidence, diagnosis.run), 8)
    if remedy := fix(cause):
        yield indented(styled((f"{remedy_label(cause)}: {remedy}", "green")), 8)
    yield from (indented(line, 8) for line in _code(cause, len(cause.lines), width - 8))


def _bar(diagnosis: Diagnosis, cause: Cause, width: int, *, named: bool = False) -> Text:
    """Return a cause's name behind its probability; of a guess, only a rough size.

    One that is named above is not named again where there is no room.
    """
    filled = _filled(cause)
    if cause.guess or cause.usual:
        share = "guess from your words" if cause.guess else "often the reason"
    else:
        by = source_of(cause)
        share = f"in {by}" if in_code(cause) else f"{cause.probability:.0%} by {by}"
    symptom = "" if cause.usual else explained(diagnosis, cause)
    explains = f"  explains {symptom}" if symptom else ""
    if BAR + columns(share + title(cause.rule) + explains + cause.code) + 16 > width:
        explains = ""
    room = width - BAR - columns(share + cause.code) - 8
    name = title(cause.rule) if columns(title(cause.rule)) <= room or not named else ""
    return styled(
        "  ",
        ("\u2588" * filled, _COLOURS[cause.severity]),
        ("\u2591" * (BAR - filled), "dim"),
        f" {share}  ",
        (name, "bold"),
        (_PROOF[cause.proven], "green" if cause.proven else "dim"),
        explains,
        (f"{'  ' * bool(name)}{cause.code}", "dim"),
    )


def _is_unseen(cause: Cause) -> bool:
    """Return whether nothing of the run shows a cause: then no change is worth making for it."""
    return alike(cause.evidence) or cause.usual


def _is_suspect(cause: Cause) -> bool:
    """Return whether a cause is likely enough to be shown in short."""
    if cause.guess:
        return cause.probability >= OPEN
    if cause.usual:
        return _filled(cause) > 0
    return cause.probability >= SUSPECTED


def _filled(cause: Cause) -> int:
    """Return how many cells of its bar are filled."""
    if cause.guess or cause.usual:
        return round(cause.probability * COARSE) * BAR // COARSE
    return round(cause.probability * BAR)


def _findings(findings: Sequence[Finding], run: Run) -> Iterable[Text]:
    for finding in findings:
        mark = "" if finding.severity == "note" else f"{finding.severity} "
        head = styled((mark, _COLOURS[finding.severity]), (title(finding.rule), "bold"), ": ")
        for evidence in finding.evidence:
            yield indented(styled(head, _sentence(evidence, run)))


def _sentence(evidence: Evidence, run: Run) -> Text:
    extra = f" ({place(run, evidence.line)})" if evidence.line else ""
    if evidence.p_value is not None:
        extra += f" (p {'< 0.001' if evidence.p_value < 0.001 else f'= {evidence.p_value:.3f}'})"
    return styled(evidence.sentence, (extra, "dim"))


def _skipped(diagnosis: Diagnosis) -> Iterable[Text]:
    by_need: dict[str, list[str]] = {}
    for outcome in diagnosis.outcomes:
        if isinstance(outcome, Skipped):
            by_need.setdefault(outcome.how_to_supply, []).append(title(outcome.rule))
    if by_need:
        yield _title("Could not look")
        for how, rules in by_need.items():
            yield indented(styled((f"for want of {how}: {_some(rules)}", "dim")))


def _some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are: the page and the JSON list all."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMES - 2])} and {len(names) - MOST_NAMES + 2} more"


def _title(words: str) -> Text:
    return styled((f"\n{words}", "bold"))


def _seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
