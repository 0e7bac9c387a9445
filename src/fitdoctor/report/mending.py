"""A mended source for people, and as the document that others rely on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fitdoctor.records.experiment import Verdict
from fitdoctor.records.mending import Mend, Mending, Unmended
from fitdoctor.records.text import pretty_json
from fitdoctor.report.differences import of_mending
from fitdoctor.report.documents import ExperimentOut, MendingDocument, MendOut, UnmendedOut
from fitdoctor.report.json import experiment


def text(mending: Mending, backup: Path | None = None) -> str:
    """Return the diff, then what each change mends, then what is left to do by hand."""
    return "\n".join(_lines(mending, backup))


def _lines(mending: Mending, backup: Path | None) -> Iterator[str]:
    made, left = mending.mends, mending.unmended
    if not made and not left:
        yield f"{mending.path}: nothing to mend was found"
        return
    if made:
        yield of_mending(mending)
        yield ""
    for one in made:
        yield f"{_place(one)} {one.sentence} -> {one.reason} [{one.rule}]"
    if left:
        yield from ("", "Not changed:") if made else ("Not changed:",)
        for other in left:
            yield f"{_place(other)} {other.sentence} {_sentence(other.why)} [{other.rule}]"
    yield ""
    yield state(mending, backup)
    for rule, verdict in mending.apart.items():
        yield _alone(rule, verdict)


def state(mending: Mending, backup: Path | None) -> str:
    """Return what was changed, and whether it is written."""
    made = len(mending.mends)
    count = f"{made} cause{'s' * (made != 1)}"
    if not made:
        return "No change of the source mends what was found."
    if mending.verdict is not None:
        judged = mending.verdict.sentence.removeprefix(
            mending.verdict.experiment.prescription.intervention
        )
        trained = f"Trained as it was and changed over the same seeds: The change{judged}"
        if not mending.accepted:
            return f"{trained} The change is not accepted, and nothing is written."
        if backup is None:
            return f"{trained} The change is accepted: --write makes it."
        return f"{trained} {mending.path} is changed; as it was it is kept in {backup}."
    if backup is not None:
        return f"{mending.path} is changed; as it was it is kept in {backup}."
    unsure = sum(not one.certain for one in mending.mends)
    guess = f", {unsure} of them better tried in a training" if unsure else ""
    return f"{count} mended{guess}. Nothing is written: --write changes the file and keeps a copy."


def _alone(rule: str, verdict: Verdict) -> str:
    """Return what the changes for one cause add to the others."""
    judged = verdict.sentence.removeprefix(verdict.experiment.prescription.intervention).lstrip()
    harm = f" Leave it out: --ignore {rule}." if verdict.decision == "harms" else ""
    return f"The change for {rule} beside the others: {judged}{harm}"


def _apart(mending: Mending, rule: str) -> ExperimentOut | None:
    verdict = mending.apart.get(rule)
    return None if verdict is None else experiment(verdict)


def _place(one: Mend | Unmended) -> str:
    cell = f"cell {one.cell}, " if one.cell else ""
    line = f"line {one.line}:" if one.line else ""
    return f"{one.code} {cell}{line}".rstrip()


def _sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "!", "?")) else f"{words}."


def json(mending: Mending, backup: Path | None = None) -> str:
    """Return what `fitdoctor fix --output-format json` prints."""
    return pretty_json(
        MendingDocument(
            path=mending.path,
            diff=of_mending(mending),
            written=backup is not None,
            backup=None if backup is None else str(backup),
            verdict=None if mending.verdict is None else experiment(mending.verdict),
            mends=tuple(
                MendOut(
                    rule=one.rule,
                    code=one.code,
                    cell=one.cell,
                    line=one.line,
                    sentence=one.sentence,
                    reason=one.reason,
                    certain=one.certain,
                    diff=one.diff,
                    verdict=_apart(mending, one.rule),
                )
                for one in mending.mends
            ),
            unmended=tuple(
                UnmendedOut(
                    rule=one.rule,
                    code=one.code,
                    cell=one.cell,
                    line=one.line,
                    sentence=one.sentence,
                    why=one.why,
                )
                for one in mending.unmended
            ),
        )
    )
