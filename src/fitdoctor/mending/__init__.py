"""Causes found in a script to a changed script without them: each change is read again.

A change is kept only if the settings of the program are then those that were wanted, the rule has
nothing more to say there, and no rule speaks that did not speak before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from fitdoctor import lint, rules
from fitdoctor.lint import Found
from fitdoctor.mending.recipe import mend_recipe
from fitdoctor.records.change import (
    Alike,
    Argument,
    Assign,
    Behind,
    Change,
    Drop,
    Edit,
    Insert,
    Lift,
    Move,
    Postpone,
    Prepare,
    Unscale,
)
from fitdoctor.records.mending import Mend, Mending, Unmended
from fitdoctor.records.run import Run
from fitdoctor.report.differences import hunks

MOST_MENDS, MOST_TRIED = 40, 16
"""Causes mended in one script, and texts tried for one of them."""
_EARLIER_FIRST = ("error", "warning")


def mend(
    text: str,
    path: str,
    *,
    select: Sequence[rules.Rule] | None = None,
    certain_only: bool = False,
    known: Iterable[Found] = (),
) -> Mending:
    """Return the text of a script with the causes mended that its rules name.

    `select` are the rules whose causes are mended, by default all; `certain_only` leaves out what a
    training should confirm. `known` are causes that a recording shows and the text does not.
    """
    now = _Text(text, path)
    done: list[Mend] = []
    refused: dict[tuple[str, str], Unmended] = {}
    chosen = {rule.name for rule in (select if select is not None else rules.all_rules())}
    further = [one for one in known if one.rule.name in chosen]
    while len(done) < MOST_MENDS:
        waiting = [one for one in [*further, *_grave(now.found)] if one.rule.name in chosen]
        one = next((w for w in waiting if (w.rule.name, w.evidence.sentence) not in refused), None)
        if one is None:
            break
        further = [other for other in further if other is not one]
        result = _mended(now, one, certain_only=certain_only)
        if isinstance(result, Unmended):
            refused[one.rule.name, one.evidence.sentence] = result
            continue
        after, change = result
        done.append(_mend(one, change, now.text, after.text))
        now = after
    still = tuple(r for r in refused.values() if r.why)
    return Mending(path=path, before=text, after=now.text, mends=tuple(done), unmended=still)


def each(
    text: str, path: str, known: Sequence[Found]
) -> Iterator[tuple[Found, str | None, Change | None]]:
    """Yield each cause that a change of the text mends, with the text so changed, by itself.

    Where the change for an earlier one mends it as well, there is no text of its own: both changes
    together would be one too many. A change after which another rule has something new to say is
    none: beside other causes, which stay as they are here, it may be wrong.
    """
    now = _Text(text, path)
    said = {(f.rule.name, f.evidence.sentence) for f in now.found}
    made: list[_Text] = []
    for one in known:
        name = one.rule.name
        if any(after.counts[name] < now.counts[name] for after in made):
            yield one, None, None
            continue
        # What is read here is of this text; a run may also have a log or an answer.
        own = next((f for f in now.found if f.rule is one.rule and _same(f, one)), one)
        result = _mended(now, own, certain_only=False)
        if isinstance(result, Unmended):
            continue
        after, change = result
        others = (f for f in after.found if f.rule is not one.rule)
        if all((f.rule.name, f.evidence.sentence) in said for f in others):
            made.append(after)
            yield one, after.text, change


def _same(one: Found, other: Found) -> bool:
    return one.evidence.line == other.evidence.line


def _mend(one: Found, change: Change, before: str, after: str) -> Mend:
    return Mend(
        rule=one.rule.name,
        code=one.rule.code,
        line=one.evidence.line or 1,
        sentence=one.evidence.sentence,
        reason=change.reason,
        certain=change.certain,
        diff="\n".join(hunks(before, after)),
    )


class _Text:
    """A state of the script, with what the rules see in it."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        plain = text.replace("\r\n", "\n")
        causes = [rule for rule in rules.all_rules() if rule.kind == "cause"]
        self.runs = lint.runs_in(plain, path)
        self.found = tuple(lint.found_in(plain, self.runs, causes))
        self.counts = Counter(one.rule.name for one in self.found)


def _grave(found: Iterable[Found]) -> list[Found]:
    """Return what is a warning or more, what is surest first."""
    grave = [f for f in found if (f.evidence.severity or f.rule.severity) in _EARLIER_FIRST]
    return sorted(grave, key=lambda f: -f.evidence.weight)


def _mended(now: _Text, one: Found, *, certain_only: bool) -> tuple[_Text, Change] | Unmended:
    """Return the first text that mends a cause, or why there is none."""
    from fitdoctor.mending.source import NotPlainError  # noqa: PLC0415 - loads libcst
    from fitdoctor.mending.wanted import NoEditError  # noqa: PLC0415

    if one.rule.mend is None and not one.rule.remedies:
        return _unmended(one, "no change of the source is known for it")
    line = one.evidence.line
    by_hand = f"change it by hand at line {line}" if line else "change it by hand"
    tried, offered, why = 0, 0, ""
    for change in one.rule.changes(one.run, one.evidence):
        offered += 1
        if certain_only and not change.certain:
            return _unmended(one, "")
        try:
            for text in islice(_texts(now, one.run, change), MOST_TRIED):
                tried += 1
                after = _Text(text, now.path)
                why = _objection(now, after, one, change)
                if not why:
                    return after, change
        except (NotPlainError, NoEditError) as error:
            why = why or str(error)
    if not offered:
        return _unmended(one, f"{by_hand}: which change is right does not follow from the source")
    if not tried and not why:
        return _unmended(one, f"{by_hand}: it is not written plainly enough there")
    return _unmended(one, f"{by_hand}: {why}")


def _unmended(one: Found, why: str) -> Unmended:
    advice = one.finding.advice
    return Unmended(
        rule=one.rule.name,
        code=one.rule.code,
        line=one.evidence.line,
        sentence=one.evidence.sentence,
        why=f"{why}. {advice}".strip() if why and advice else why,
    )


def _objection(now: _Text, after: _Text, one: Found, change: Change) -> str:
    """Return why a text is not taken; "" where it is."""
    from fitdoctor.mending.wanted import alike, carried  # noqa: PLC0415

    before = now.counts[one.rule.name]
    if before and after.counts[one.rule.name] >= before:
        return "the change left it as it was"
    new = [n for n, count in after.counts.items() if count > now.counts[n] and n != one.rule.name]
    if new:
        return f"the change that was tried raised {', '.join(sorted(new))}, and was taken back"
    network = next((i for i, run in enumerate(now.runs) if run.script is one.run.script), None)
    meant = change.recipe
    if network is None and meant is not None and one.run.recipe is not None:
        network = _recorded(now.runs, one.run)
        own = now.runs[network].recipe if network is not None else None
        meant = carried(one.run.recipe, meant, own) if own is not None else None
        if meant is None:
            return "what was recorded is not what its text shows, so the change cannot be checked"
    wanted = [
        meant if meant is not None and i == network else run.recipe
        for i, run in enumerate(now.runs)
    ]
    got = [run.recipe for run in after.runs]
    if len(wanted) != len(got):  # networks that differ no more are told once
        wanted = wanted if network is None else [wanted[network]]
    if not all(w is None or any(g and alike(w, g, change.frees) for g in got) for w in wanted):
        return "the change that was tried changed more than it should, and was taken back"
    return ""


def _recorded(texts: Sequence[Run], recorded: Run) -> int | None:
    """Return which network of a text a recording is of, by the line of `fit`; or the only one."""
    if len(texts) == 1:
        return 0
    feeds = recorded.script.feeds if recorded.script is not None else ()
    lines = {feed.line for feed in feeds if feed.line}
    for number, run in enumerate(texts):
        if run.script is not None and any(f.line in lines for f in run.script.fed("train")):
            return number
    return None


def _texts(now: _Text, run: Run, change: Change) -> Iterator[str]:
    """Yield the texts that a change of a script can lead to."""
    from fitdoctor.mending import wanted  # noqa: PLC0415

    edits: list[Edit] = list(change.edits)
    recipe = None if change.written_out else change.recipe
    if recipe is not None and run.script is not None and run.recipe is not None:
        edits += wanted.edits(run.script, run.recipe, recipe)
    # What stands below is changed first: the lines above stay where they are.
    edits.sort(key=lambda edit: -edit.line)
    if edits:
        yield from _all_of(now.text, tuple(edits))


def _all_of(text: str, edits: tuple[Edit, ...]) -> Iterator[str]:
    if not edits:
        yield text
        return
    for changed in _one_of(text, edits[0]):
        yield from _all_of(changed, edits[1:])


def _one_of(text: str, edit: Edit) -> Iterator[str]:
    from libcst import ParserSyntaxError  # noqa: PLC0415

    from fitdoctor.mending import arguments, lifting, mapped, names, statements  # noqa: PLC0415
    from fitdoctor.mending.source import NotPlainError, Source  # noqa: PLC0415

    try:
        source = Source.of(text)
    except (ParserSyntaxError, RecursionError) as error:
        at = f" in line {error.raw_line}" if isinstance(error, ParserSyntaxError) else ""
        raise NotPlainError(f"the script is no valid Python{at}") from error
    match edit:
        case Argument():
            return arguments.texts(source, edit)
        case Behind():
            return statements.followed(source, edit)
        case Drop():
            return statements.dropped(source, edit)
        case Insert():
            return statements.inserted(source, edit)
        case Lift() | Postpone():
            return lifting.texts(source, edit)
        case Move():
            return statements.moved(source, edit)
        case Assign():
            return statements.assigned(source, edit)
        case Unscale():
            return statements.unscaled(source, edit)
        case Prepare():
            return statements.prepared(source, edit)
        case Alike():
            return mapped.alike(source, edit)
        case _:
            return names.texts(source, edit)


__all__ = ["mend", "mend_recipe"]
