"""Records as notebooks show them: short, escaped, readable on light and dark ground alike.

Importing this registers runs, diagnoses and verdicts with `records.display`, and the figures of
runs and diagnoses; the module of audits registers those, since it loads what reads images.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from fitdoctor.records.display import as_figure, as_html
from fitdoctor.records.experiment import Verdict
from fitdoctor.records.finding import Diagnosis, Evidence
from fitdoctor.records.run import Run
from fitdoctor.report import plotting
from fitdoctor.report.headline import certainty, fix, headline, what_was_read
from fitdoctor.report.names import title
from fitdoctor.report.palette import ON_ANY
from fitdoctor.report.strokes import LABELS, ROLES

MOST_CAUSES, MOST_PAIRS = 5, 20
MOST_CHARACTERS = 300
WIDTH, HEIGHT, PAD = 260, 60, 4
DIM = "opacity:.75"

_Line = tuple[str, NDArray[np.int64], NDArray[np.float64]]
"""Prefix of a curve's name, epochs and values."""

as_figure.register(plotting.of_run)
as_figure.register(plotting.of_diagnosis)


@as_html.register
def of_run(run: Run) -> str:
    """Return a run's name, what is known of it, and its curves small with their ends."""
    parts = [head(run.name, what_was_read(run))]
    for metric in ("loss", "accuracy"):
        shown = {p: run.curves[p + metric] for p in ROLES if p + metric in run.curves}
        known = {prefix: np.isfinite(curve.values) for prefix, curve in shown.items()}
        lines = [
            (prefix, curve.epochs[known[prefix]], curve.values[known[prefix]])
            for prefix, curve in shown.items()
            if known[prefix].any()
        ]
        if lines:
            lost = sum(map(len, shown.values())) - sum(len(at) for _, at, _ in lines)
            parts.append(_small(metric, lines, lost))
    return box(parts)


@as_html.register
def of_diagnosis(diagnosis: Diagnosis) -> str:
    """Return the verdict in a sentence, what to do, and the leading causes."""
    said = headline(diagnosis)
    parts = [head(said.sentence, f"{diagnosis.run.name}: {what_was_read(diagnosis.run)}")]
    if said.seen:
        parts.append(line("Seen", _sentence(said.seen)))
    parts += [line("Fix", escape(_short(said.fix)))] * bool(said.fix)
    if said.step:
        command = Markup(": <code>{}</code>").format(said.command) if said.command else ""
        parts.append(line("Next", escape(_short(said.step)) + command))
    causes = diagnosis.causes[:MOST_CAUSES]
    if len(diagnosis.causes) > 1:
        rows = [
            (title(c.rule), certainty(c), _sentence(c.evidence[0]), _short(fix(c))) for c in causes
        ]
        parts.append(table(("cause", "how sure", "evidence", "fix"), rows))
        left = len(diagnosis.causes) - len(causes)
        parts += [line("", f"and {left} less likely causes")] * bool(left)
    return box(parts)


@as_html.register
def of_verdict(verdict: Verdict) -> str:
    """Return what an experiment found, and its pairs of trials."""
    effect = verdict.effect
    what = "mean difference" if verdict.measure == "mean" else "difference of success rates"
    words = (
        f"{what} {effect.value:+.3f}, {100 * verdict.level:.3g} % interval "
        f"{effect.low:+.3f} to {effect.high:+.3f}"
    )
    parts = [head(verdict.sentence, words)]
    trials = {(t.arm, t.seed): t for t in verdict.trials}
    seeds = [s for arm, s in trials if arm == "control" and ("treated", s) in trials]
    rows = []
    for seed in seeds[:MOST_PAIRS]:
        one, other = trials["control", seed], trials["treated", seed]
        ends = [f"{t.outcome:.3f}" + " (failed)" * (t.failure is not None) for t in (one, other)]
        rows.append((str(seed), *ends, f"{other.outcome - one.outcome:+.3f}"))
    parts += [table(("seed", "as it is", "with the change", "difference"), rows)] * bool(rows)
    left = len(seeds) - len(rows)
    parts += [line("", f"and {left} more pairs")] * bool(left)
    return box(parts)


def _small(metric: str, lines: Sequence[_Line], lost: int) -> Markup:
    """Return curves over a common range, each with its last value; the range is stated."""
    epochs = np.concatenate([e for _, e, _ in lines])
    values = np.concatenate([v for _, _, v in lines])
    low, high = float(values.min()), float(values.max())
    begin, end = float(epochs.min()), float(epochs.max())
    drawn, words = Markup(), []
    for prefix, at, value in lines:
        x = PAD + (at - begin) / ((end - begin) or 1) * (WIDTH - 2 * PAD)
        # Halves, since the range of floats is twice the greatest of them.
        share = (value / 2 - low / 2) / ((high / 2 - low / 2) or 1)
        y = HEIGHT - PAD - share * (HEIGHT - 2 * PAD)
        step = max(1, len(x) // WIDTH)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[::step], y[::step], strict=True))
        colour = ON_ANY[ROLES[prefix]]
        drawn += Markup('<polyline fill="none" stroke="{}" stroke-width="2" points="{}"/>').format(
            colour, points
        )
        words.append(
            Markup('<span style="border-bottom:3px solid {}">{}</span> {}').format(
                colour, LABELS[prefix], f"{value[-1]:.3g}"
            )
        )
    if lost:
        words.append(escape(f"{lost} values that are no finite number are not drawn"))
    label = f"{metric} from epoch {begin:g} to {end:g}, between {low:.3g} and {high:.3g}"
    return Markup(
        '<div style="margin:6px 0"><svg viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}" style="border:1px solid {};vertical-align:middle">{}</svg> '
        '<span style="{}">{}, {:.3g} to {:.3g}; at the end:</span> {}</div>'
    ).format(
        WIDTH, HEIGHT, WIDTH, HEIGHT, label, ON_ANY["line"], drawn,
        DIM, metric, low, high, Markup(", ").join(words),
    )  # fmt: skip


def _sentence(evidence: Evidence) -> str:
    where = f" (line {evidence.line})" if evidence.line else ""
    return _short(evidence.sentence) + where


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "\u2026"


def head(first: str, second: str) -> Markup:
    return Markup('<div><strong>{}</strong> <span style="{}">{}</span></div>').format(
        _short(first), DIM, _short(second)
    )


def line(name: str, words: str | Markup) -> Markup:
    return Markup('<div><span style="{}">{}</span> {}</div>').format(DIM, name, words)


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    cell = Markup('<td style="text-align:left;overflow-wrap:break-word">{}</td>')
    top = Markup().join(Markup('<th style="text-align:left">{}</th>').format(n) for n in names)
    body = Markup().join(
        Markup("<tr>{}</tr>").format(Markup().join(cell.format(_short(v)) for v in row))
        for row in rows
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(top, body)


def box(parts: Iterable[Markup]) -> str:
    return str(
        Markup('<div style="max-width:60em;overflow-wrap:anywhere">{}</div>').format(
            Markup().join(parts)
        )
    )
