"""Requests to pieces of the page; runs in a worker."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from msgspec.structs import replace

from fitdoctor import corrections, differential, doctor, facts, replay, sources, steady
from fitdoctor.cases import TORCH
from fitdoctor.errors import FitdoctorError, UnreadableSourceError
from fitdoctor.records.listing import Listing
from fitdoctor.records.mending import Mending
from fitdoctor.records.run import SCRIPTS, Run
from fitdoctor.report import html, markdown
from fitdoctor.report.changes import changed
from fitdoctor.report.headline import Headline, headline
from fitdoctor.web import comparing, rule_pages
from fitdoctor.web.messages import (
    TEXT,
    Compare,
    Examine,
    Part,
    Reply,
    Request,
    RuleList,
    Shown,
    Summarise,
)
from fitdoctor.web.templating import example, template


def warm_up() -> None:
    """Do once what the first request would wait for: with a question, code and figures."""
    for text in (example(), TORCH):
        answer(Examine(case="", parts=(Part(name=TEXT, text=text),)))
    answer(RuleList())


def answer(request: Request) -> Reply:
    """Return what to show; raises `FitdoctorError` for what cannot be."""
    if isinstance(request, Examine):
        return _examined(request)
    if isinstance(request, Summarise):
        return comparing.row(request)
    if isinstance(request, Compare):
        return comparing.side_by_side(request)
    if isinstance(request, RuleList):
        return rule_pages.listed()
    return rule_pages.page(request)


def _examined(request: Examine) -> Reply:
    parts = tuple(_read(part) for part in request.parts)
    as_read = doctor.one_training([_runs(part) for part in parts])
    plain = {name: facts.fact(name).answered(said) for name, said in request.answers.items()}
    known = doctor.informed(as_read, plain, (), request.corrections)
    diagnosis = doctor.with_code(doctor.examine(known))
    causes = {cause.rule: cause.probability for cause in diagnosis.causes}
    verdicts = [v for part in request.parts if part.name == request.run and part.path
                for v in doctor.verdicts_of(part.path)]  # fmt: skip
    diagnosis = differential.with_proof(diagnosis, verdicts)
    looks = request.looks
    if looks is not None:
        looks = steady.after(replay.caught_up(known, looks), diagnosis)
        diagnosis = steady.settled(diagnosis, looks)
    shown = html.shown(diagnosis, verdicts, level=2, code=_listing(as_read, parts))
    if looks is not None:
        head = Headline(sentence=steady.sentence(looks))
        shown |= {"head": head, "verdict": steady.verdict(looks)}
    page = template("case.html.jinja").render(
        {
            **shown,
            "case": request.case,
            "questions": [q for q in diagnosis.questions if q.id not in request.skipped],
            "unanswered": request.skipped,
            "answered": [(name, facts.fact(name).text, said) for name, said in plain.items()],
            "changed": changed(request.before, causes) if request.before is not None else "",
            "rows": _rows(as_read, request.corrections),
            "files": [part.name for part in parts if part.name not in {TEXT, request.run}],
            "looks": looks,
            "has_code": as_read.script is not None and any(p.name == TEXT for p in parts),
            "mended": _mended(request.mend) if request.mend else None,
            "markdown": markdown.render([diagnosis]),
        }
    )
    said = headline(diagnosis).sentence if looks is None else steady.sentence(looks)
    return Shown(html=page, sentence=said, parts=parts, causes=causes, looks=looks)


def _mended(text: str) -> tuple[Mending | None, str]:
    """Return what a text is changed to, or why it is not."""
    try:
        return doctor.fix_pasted(text), ""
    except FitdoctorError as error:
        return None, str(error)


def _listing(run: Run, parts: Sequence[Part]) -> Listing | None:
    """Return the code of the part that the run's script was read from."""
    part = next((part for part in parts if part.code), None)
    if part is None or run.script is None:
        return None
    return Listing(path=part.name, text=part.code)


def _read(part: Part) -> Part:
    """Return a part with its runs read; those that were read before are not read again."""
    if part.read:
        return part
    if part.path:
        try:
            runs = sources.read(part.path)
        except FitdoctorError as error:  # where the file lies here tells its owner nothing
            raise UnreadableSourceError(str(error).replace(part.path, part.name)) from error
        runs = tuple(replace(run, name=part.name, sources=(part.name,)) for run in runs)
    else:
        runs = sources.pasted(part.text)
    packed = pickle.dumps(runs, protocol=pickle.HIGHEST_PROTOCOL)
    return Part(name=part.name, read=packed, code=_code(part) if runs[-1].script else "")


def _code(part: Part) -> str:
    """Return the code of a part in which a script was found; nothing of a run of the folder."""
    if not part.path:
        return sources.code_of(part.text)
    if not Path(part.path).is_file():
        return ""
    text = sources.script_text(part.path).text
    return text if part.path.endswith(SCRIPTS) else sources.code_of(text)


def _runs(part: Part) -> tuple[Run, ...]:
    return cast("tuple[Run, ...]", pickle.loads(part.read))  # noqa: S301 - packed by `_read`


def _rows(as_read: Run, corrected: Mapping[str, str]) -> list[tuple[corrections.Understood, str]]:
    """Return what was understood, each row with the value that stands there now."""
    return [(row, corrected.get(row.name, row.value)) for row in corrections.understood(as_read)]
