"""A diagnosis as one self-contained HTML page: no script, no network, every pasted word escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import jinja2
from markupsafe import Markup

from fitdoctor.records.experiment import Verdict
from fitdoctor.records.finding import Clear, Crashed, Diagnosis, Skipped
from fitdoctor.report import figure

_WORDS = {
    "sick": "Something is wrong",
    "healthy": "Nothing is wrong",
    "cannot_tell": "Cannot tell from this",
}


def render(
    diagnoses: Sequence[Diagnosis], verdicts: Sequence[Verdict] = (), title: str = "fitdoctor"
) -> str:
    """Return the page; `verdicts` of experiments are shown with their pairs of trials."""
    page = _environment().get_template("report.html.jinja")
    return page.render(
        title=title,
        words=_WORDS,
        colours=figure.COLOURS,
        labels=figure.LABELS,
        patients=[
            {
                "diagnosis": d,
                "figures": [(name, Markup(svg)) for name, svg in figure.curves(d)],  # noqa: S704 - drawn from numbers
                "not_found": [o for o in d.outcomes if isinstance(o, Clear)],
                "skipped": [o for o in d.outcomes if isinstance(o, Skipped)],
                "crashed": [o for o in d.outcomes if isinstance(o, Crashed)],
            }
            for d in diagnoses
        ],
        proofs=[(v, Markup(figure.pairs(v))) for v in verdicts],  # noqa: S704 - drawn from numbers
    )


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("fitdoctor.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
