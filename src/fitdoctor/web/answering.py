"""Requests to pieces of the page; runs in a worker."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import cache
from typing import cast

import jinja2
from markupsafe import Markup
from msgspec.structs import replace

from fitdoctor import corrections, doctor, facts, rules, sources
from fitdoctor.errors import did_you_mean
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Run
from fitdoctor.report import html, markdown
from fitdoctor.report.changes import changed
from fitdoctor.report.headline import headline
from fitdoctor.web.messages import (
    TEXT,
    Examine,
    Part,
    Refused,
    Reply,
    Request,
    RuleList,
    RulePage,
    Shown,
)

SAMPLE = "Epoch 1/2\nloss: 0.9 - val_loss: 0.95\nEpoch 2/2\nloss: 0.8 - val_loss: 0.99\n"


def warm_up() -> None:
    """Do once what the first request would wait for."""
    answer(Examine(case="", parts=(Part(name=TEXT, text=f"Why is val_loss so bad?\n{SAMPLE}"),)))


def answer(request: Request) -> Reply:
    """Return what to show; raises `FitdoctorError` for what cannot be."""
    if isinstance(request, Examine):
        return _examined(request)
    if isinstance(request, RuleList):
        return _rule_list()
    return _rule_page(request)


def _examined(request: Examine) -> Reply:
    parts = tuple(_read(part) for part in request.parts)
    as_read = doctor.one_training([_runs(part) for part in parts])
    plain = {name: facts.fact(name).answered(said) for name, said in request.answers.items()}
    run = doctor.informed(as_read, plain, (), request.corrections)
    diagnosis = doctor.examine(run)
    causes = {cause.rule: cause.probability for cause in diagnosis.causes}
    open_ones = [q for q in diagnosis.questions if q.id not in request.skipped]
    page = _environment().get_template("case.html.jinja")
    shown = page.render(
        html.shown(diagnosis, level=2),
        case=request.case,
        questions=open_ones,
        unanswered=request.skipped,
        answered=[(name, facts.fact(name).text, said) for name, said in plain.items()],
        changed=changed(request.before, causes) if request.before is not None else "",
        rows=_rows(as_read, request.corrections),
        files=[part.name for part in parts if part.name != TEXT],
        markdown=markdown.render([diagnosis]),
    )
    return Shown(html=shown, sentence=_sentence(diagnosis), parts=parts, causes=causes)


def _read(part: Part) -> Part:
    """Return a part with its runs read; those that were read before are not read again."""
    if part.read:
        return part
    if part.path:
        runs = sources.read(part.path)
        runs = tuple(replace(run, name=part.name, sources=(part.name,)) for run in runs)
    else:
        runs = sources.pasted(part.text)
    return Part(name=part.name, read=pickle.dumps(runs, protocol=pickle.HIGHEST_PROTOCOL))


def _runs(part: Part) -> tuple[Run, ...]:
    return cast("tuple[Run, ...]", pickle.loads(part.read))  # noqa: S301 - packed by `_read`


def _rows(as_read: Run, corrected: Mapping[str, str]) -> list[tuple[corrections.Understood, str]]:
    """Return what was understood, each row with the value that stands there now."""
    return [(row, corrected.get(row.name, row.value)) for row in corrections.understood(as_read)]


def _sentence(diagnosis: Diagnosis) -> str:
    return headline(diagnosis).sentence


def _rule_list() -> Reply:
    by_code = sorted(rules.all_rules(), key=lambda rule: rule.code)
    groups = [
        (name, [rule for rule in by_code if rule.code.startswith(beginning)])
        for beginning, name in rules.GROUPS.items()
    ]
    page = _environment().get_template("rules.html.jinja")
    return Shown(html=page.render(groups=groups), sentence="All rules")


def _rule_page(request: RulePage) -> Reply:
    known = rules.all_rules()
    rule = next((r for r in known if request.name in {r.name, *r.codes}), None)
    if rule is None:
        meant = did_you_mean(request.name, [r.name for r in known])
        return Refused(why=f"{request.name}: there is no such rule.{meant}", missing=True)
    page = _environment().get_template("rule.html.jinja")
    shown = page.render(rule=rule, text=Markup(_markdown(rule.page)))  # noqa: S704 - our own pages
    return Shown(html=shown, sentence=rule.name.replace("_", " "))


def _markdown(text: str) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - needed by pages of rules alone

    return str(MarkdownIt("commonmark", {"html": False}).render(text))


def about(rule: str) -> Markup:
    """Return a link to a rule's page, beside the diagnosis."""
    return Markup('<a href="/rules/{}" target="_blank" rel="noopener">what this means</a>').format(
        rule
    )


@cache
def _environment() -> jinja2.Environment:
    environment = html.environment("fitdoctor.web").overlay()
    environment.globals = {**environment.globals, "more_about": about}
    return environment
