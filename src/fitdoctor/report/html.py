"""A diagnosis as one self-contained HTML page: no network, every pasted word escaped.

It is whole without scripts; its own one, named in the content policy, lets curves be zoomed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import zip_longest

import jinja2
import msgspec
import numpy as np
from markupsafe import Markup, escape

from fitdoctor import facts
from fitdoctor.corrections import CURVE, understood
from fitdoctor.records.evaluation import Evaluation
from fitdoctor.records.experiment import Counted, Verdict
from fitdoctor.records.finding import (
    LIKELY,
    Cause,
    Clear,
    Crashed,
    Diagnosis,
    Evidence,
    Skipped,
)
from fitdoctor.records.listing import Listing
from fitdoctor.records.run import SCRIPTS, Run
from fitdoctor.records.version import VERSION
from fitdoctor.report import (
    curves,
    effect,
    gap,
    headline,
    landmarks,
    listing,
    names,
    pairs,
    palette,
    reproduce,
    scripts,
    settings,
    small,
)
from fitdoctor.report.differences import of_mending
from fitdoctor.report.drawing import Figure, swatch
from fitdoctor.report.evaluation import Pictured, reliability, sheet

OPEN_CAUSES = 3
"""So many causes are shown whole, the others folded."""
BARS = (
    ("error", "how sure: it breaks the training"),
    ("warning", "how sure: it harms the training"),
    ("note", "how sure: a hint"),
)
"""Severity -> what a bar of its colour means."""
MOST_ROWS, MOST_LINES, MOST_CHARACTERS = 200, 100, 300
"""Of the table of values, and of what was not understood."""
MOST_QUESTIONS, MOST_ALSO = 3, 3
LOSS_FIRST = ("loss", "accuracy")
OPEN_PICTURES = 6
"""So many of the most confidently wrong images are shown, the others folded."""
MOST_CLASSES, MOST_IN_MATRIX = 100, 30
BUDGET = 290_000
"""Characters after which further runs have a row in the overview and no section of their own."""


def render(
    diagnoses: Sequence[Diagnosis],
    verdicts: Sequence[Verdict] = (),
    title: str = "fitdoctor",
    evaluation: Evaluation | None = None,
    pictures: Sequence[Pictured] = (),
    listings: Sequence[Listing | None] = (),
    counts: Sequence[Counted] = (),
) -> str:
    """Return the page; `verdicts` of experiments and `counts` stand with the cause they are about.

    `verdicts`, `counts`, `evaluation` and its `pictures` of wrong images belong to the last run;
    `listings` hold the code of each run, where it has any.
    """
    sections: list[Markup] = []
    alone = len(diagnoses) == 1
    coded = zip_longest(diagnoses, listings[: len(diagnoses)])
    for number, (diagnosis, code) in enumerate(coded, 1):
        last = number == len(diagnoses)
        parts = shown(
            diagnosis,
            verdicts if last else (),
            level=1 if alone else 2,
            number=number,
            code=code,
            counts=counts if last else (),
        )
        if last:
            parts |= {"evaluation": evaluation, "sheet": sheet(pictures)}
        section = template("run.html.jinja").render(parts)
        if not alone and sum(map(len, sections)) + len(section) > BUDGET:
            break
        sections.append(Markup(section))  # noqa: S704 - rendered by an escaping template
    return template("report.html.jinja").render(
        title=title,
        sections=sections,
        scripted=scripts.for_page(sections),
        overview=[] if alone else [_row(d) for d in diagnoses],
        sick=sum(d.verdict == "sick" for d in diagnoses),
    )


def shown(
    diagnosis: Diagnosis,
    verdicts: Sequence[Verdict] = (),
    *,
    level: int = 1,
    number: int = 1,
    code: Listing | None = None,
    counts: Sequence[Counted] = (),
) -> dict[str, object]:
    """Return what `run.html.jinja` shows of one run; `level` is that of its first heading."""
    proofs = [(v, [f for f in (pairs.draw(v), effect.draw(v)) if f]) for v in verdicts]
    run = diagnosis.run
    names = {cause.rule for cause in diagnosis.causes}
    outcomes, offending = diagnosis.outcomes, settings.offending(diagnosis)
    return {
        "level": level,
        "number": number,
        "evaluation": None,
        "d": diagnosis,
        "verdict": diagnosis.verdict,
        "head": headline.headline(diagnosis),
        "also": _also(diagnosis),
        "read": headline.what_was_read(run),
        "causes": [
            {
                "cause": cause,
                "explains": _explained(cause, diagnosis),
                "evidence": [_seen(item, run) for item in cause.evidence],
                "fix": headline.fix(cause),
                "label": headline.remedy_label(cause),
                "certainty": headline.certainty(cause),
                "guess": cause.guess or cause.usual,
                "proofs": [(v, f) for v, f in proofs if v.experiment.cause == cause.rule],
                "counts": [count for count in counts if count.cause == cause.rule],
            }
            for cause in diagnosis.causes
        ],
        "open_causes": OPEN_CAUSES,
        "severities": BARS,
        "shown_severities": {c.severity for c in diagnosis.causes if not (c.guess or c.usual)},
        "other_proofs": [(v, f) for v, f in proofs if v.experiment.cause not in names],
        "other_counts": [count for count in counts if count.cause not in names],
        "questions": diagnosis.questions[:MOST_QUESTIONS],
        "settings": [
            (row, offending.get(row.name))
            for row in understood(run)
            if row.value and not row.name.startswith(CURVE)
        ],
        "said": [(facts.fact(name).text, answer) for name, answer in run.answers.items()],
        "figures": [*curves.draw(diagnosis), *([made] if (made := gap.draw(run)) else [])],
        "code": listing.shown(code, diagnosis) if code is not None else None,
        "again": reproduce.steps(run, verdicts),
        "values": _values(run),
        "not_found": [o for o in outcomes if isinstance(o, Clear)],
        "skipped": [o for o in outcomes if isinstance(o, Skipped)],
        "crashed": [o for o in outcomes if isinstance(o, Crashed)],
        "not_understood": [line[:MOST_CHARACTERS] for line in run.not_understood[:MOST_LINES]],
    }


class _Seen(msgspec.Struct, frozen=True):
    """One thing that was seen, and the curve with its epochs marked, where it has any."""

    evidence: Evidence
    curve: Markup
    letter: str = ""
    """Of a symptom, as in the figures."""


def _explained(cause: Cause, diagnosis: Diagnosis) -> list[_Seen]:
    """Return the symptoms that a cause explains, each by its strongest evidence."""
    lettered = zip_longest(diagnosis.symptoms, landmarks.LETTERS[: len(diagnosis.symptoms)])
    return [
        _seen(headline.strongest(symptom), diagnosis.run, letter or "")
        for symptom, letter in lettered
        if symptom is not None and symptom.rule in cause.explains
    ]


def _seen(evidence: Evidence, run: Run, letter: str = "") -> _Seen:
    curve = Markup()
    if evidence.epochs is not None:
        said = evidence.sentence.lower()
        order = ("accuracy", "loss") if "accuracy" in said and "loss" not in said else LOSS_FIRST
        drawn = (small.small(run, metric, evidence.epochs) for metric in order)
        curve = next(filter(None, drawn), curve)
    return _Seen(evidence, curve, letter)


def _also(diagnosis: Diagnosis) -> list[tuple[Cause, str]]:
    """Return the causes that are likely beside the leading one, and how sure each is."""
    lead = next((c for c in diagnosis.causes if c.proven is not False), None)
    return [
        (cause, headline.certainty(cause))
        for cause in diagnosis.causes
        if cause is not lead
        and cause.proven is not False
        and not (cause.guess or cause.usual)
        and (cause.proven or cause.probability >= LIKELY)
    ][:MOST_ALSO]


def _calibration(evaluation: Evaluation | None) -> Figure | None:
    known = evaluation.calibration if evaluation else None
    return reliability(known) if known else None


def _values(run: Run) -> tuple[list[str], list[list[str]], int]:
    """Return the names of all curves, their values by epoch, and the number of rows left out."""
    names = sorted(run.curves)
    epochs = sorted({int(e) for curve in run.curves.values() for e in curve.epochs})
    values = [
        dict(zip(curve.epochs.tolist(), curve.values.tolist(), strict=True))
        for curve in (run.curves[name] for name in names)
    ]
    rows = [
        [str(epoch), *(f"{v[epoch]:.5g}" if epoch in v else "" for v in values)]
        for epoch in epochs[:MOST_ROWS]
    ]
    return names, rows, max(0, len(epochs) - MOST_ROWS)


def _row(diagnosis: Diagnosis) -> dict[str, str]:
    """Return a run in the overview of several: how long, how good, and what was found."""
    run = diagnosis.run
    return {
        "verdict": diagnosis.verdict,
        "name": run.name[:MOST_CHARACTERS],
        "sentence": headline.headline(diagnosis).sentence,
        "epochs": str(max((len(c) for c in run.curves.values()), default=0)),
        "loss": _best(run, "val_loss", np.min),
        "accuracy": _best(run, "val_accuracy", np.max),
    }


def _best(run: Run, name: str, of: object) -> str:
    curve = run.curves.get(name)
    known = curve.values[np.isfinite(curve.values)] if curve is not None else np.empty(0)
    assert callable(of)
    return f"{float(of(known)):.4g}" if len(known) else "-"


def inline_code(text: str) -> Markup:
    """Return a sentence with what stands between backticks set as code, all of it escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(parts)
    )


def explained_by_command(rule: str) -> Markup:
    """Return the command that prints a rule's page."""
    return Markup("<code>fitdoctor explain {}</code>").format(rule)


def template(name: str) -> jinja2.Template:
    return environment().get_template(name)


@cache
def environment(*packages: str) -> jinja2.Environment:
    """Return templates of the report, those of `packages` before them; all of them escape."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(p) for p in (*packages, __package__)]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline_code"] = inline_code
    environment.filters["chance_of_help"] = headline.chance_of_help
    environment.filters["how_counted"] = headline.how_counted
    environment.globals |= {
        "palette": Markup(palette.css()),  # noqa: S704 - constants
        "cell": palette.CELL,
        "scripted": None,
        "diff": palette.DIFF,
        "noted": palette.NOTED,
        "diff_of": of_mending,
        "scripts": SCRIPTS,
        "version": f"fitdoctor {VERSION}",
        "words": headline.VERDICTS,
        "drawn": lambda drawing: Markup(drawing.svg),  # noqa: S704 - numbers and escaped words
        "swatch": lambda key: Markup(swatch(key)),  # noqa: S704 - constants
        "letters": landmarks.LETTERS,
        "rule_title": names.title,
        "more_about": explained_by_command,
        "run_link": escape,
        "calibration": _calibration,
        "most_classes": MOST_CLASSES,
        "most_in_matrix": MOST_IN_MATRIX,
        "open_pictures": OPEN_PICTURES,
    }
    return environment
