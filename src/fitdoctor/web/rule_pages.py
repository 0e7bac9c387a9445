"""The pages of the rules; runs in a worker."""

from __future__ import annotations

from markupsafe import Markup

from fitdoctor import rules
from fitdoctor.errors import did_you_mean
from fitdoctor.web.messages import Refused, Reply, RulePage, Shown
from fitdoctor.web.templating import template


def listed() -> Shown:
    """Return all rules by group."""
    by_code = sorted(rules.all_rules(), key=lambda rule: rule.code)
    groups = [
        (name, [rule for rule in by_code if rule.code.startswith(beginning)])
        for beginning, name in rules.GROUPS.items()
    ]
    page = template("rules.html.jinja")
    return Shown(html=page.render(groups=groups), sentence="all rules")


def page(request: RulePage) -> Reply:
    """Return one rule's page, by its name or code."""
    known = rules.all_rules()
    rule = next((r for r in known if request.name in {r.name, *r.codes}), None)
    if rule is None:
        meant = did_you_mean(request.name, [r.name for r in known])
        return Refused(why=f"{request.name}: there is no such rule.{meant}", missing=True)
    text = Markup(_markdown(rule.page))  # noqa: S704 - our own pages, without HTML
    shown = template("rule.html.jinja").render(rule=rule, text=text)
    return Shown(html=shown, sentence=rule.name.replace("_", " "))


def _markdown(text: str) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - needed by these pages alone

    return str(MarkdownIt("commonmark", {"html": False}).render(text))
