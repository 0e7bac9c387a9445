"""The templates of the page: its own, and those of the report with a link to each rule."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup

from fitdoctor.report import html, scripts

CONFIG = (
    '{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,'
    '"historyCacheSize":0,"selfRequestsOnly":true,"timeout":60000}'
)
"""Of htmx: nothing that the content policy forbids, and nothing kept by the browser."""


def template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@cache
def content(name: str) -> bytes:
    """Return a static file."""
    if name == "style.css":
        return template("style.css.jinja").render().encode()
    if name in scripts.FILES:
        return scripts.content(name)
    return files(__package__).joinpath("static", name).read_bytes()


def static(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    return f"/static/{name}?{hashlib.sha256(content(name)).hexdigest()[:12]}"


@cache
def example() -> str:
    """Return a drawn log with its script and question, to try the page with."""
    return files(__package__).joinpath("example.txt").read_text(encoding="utf-8")


def about(rule: str) -> Markup:
    """Return a link to a rule's page, beside the diagnosis."""
    return Markup('<a href="/rules/{}" target="_blank" rel="noopener">what this means</a>').format(
        rule
    )


def to_run(name: str) -> Markup:
    """Return a link to the page of a run of the folder."""
    return Markup('<a href="/runs/view?{}">{}</a>').format(urlencode({"name": name}), name)


@cache
def _environment() -> jinja2.Environment:
    environment = html.environment("fitdoctor.web").overlay()
    environment.globals = {
        **environment.globals,
        "config": CONFIG,
        "markup": Markup,
        "more_about": about,
        "run_link": to_run,
        "static": static,
    }
    return environment
