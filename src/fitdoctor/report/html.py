"""A diagnosis as one self-contained HTML page: no script, no network, every pasted word escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import jinja2
from markupsafe import Markup

from fitdoctor.records.evaluation import Evaluation
from fitdoctor.records.experiment import Verdict
from fitdoctor.records.finding import Clear, Crashed, Diagnosis, Skipped
from fitdoctor.report import figure
from fitdoctor.report.evaluation import Pictured, reliability, sheet

_WORDS = {
    "sick": "Something is wrong",
    "healthy": "Nothing is wrong",
    "cannot_tell": "Cannot tell from this",
}


def render(
    diagnoses: Sequence[Diagnosis],
    verdicts: Sequence[Verdict] = (),
    title: str = "fitdoctor",
    evaluation: Evaluation | None = None,
    pictures: Sequence[Pictured] = (),
) -> str:
    """Return the page; `verdicts` of experiments are shown with their pairs of trials.

    `evaluation` and `pictures` of wrong images stand beside the curves.
    """
    calibration = evaluation.calibration if evaluation else None
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
        evaluation=evaluation,
        sheet=sheet(pictures),
        reliability=Markup(reliability(calibration.bins)) if calibration else "",  # noqa: S704 - drawn from numbers
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
