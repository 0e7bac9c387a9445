"""Runs of a folder in short, and side by side; runs in a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor import differential, doctor, steady
from fitdoctor.corrections import CURVE, SETTINGS, understood
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.run import Run
from fitdoctor.report.headline import headline
from fitdoctor.report.small import small, together
from fitdoctor.web.messages import Compare, Refused, Reply, Row, Shown, Summarise
from fitdoctor.web.templating import template

BY_FIELD = frozenset(setting.field for setting in SETTINGS)
"""Fields of a recipe that stand among what was understood already."""
METRICS = ("loss", "accuracy")
FIGURES = ("val_loss", "val_accuracy", "loss", "accuracy")


def row(request: Summarise) -> Row:
    """Return one run in short; of one that still runs, what is told so far."""
    run = doctor.as_runs(request.path)[-1]
    diagnosis = differential.with_proof(doctor.examine(run), doctor.verdicts_of(request.path))
    looks = steady.after(request.looks, diagnosis) if request.looks is not None else None
    return Row(
        name=request.name,
        verdict=diagnosis.verdict if looks is None else steady.verdict(looks),
        sentence=headline(diagnosis).sentence if looks is None else steady.sentence(looks),
        epochs=_epochs(run),
        loss=_best(run, "val_loss", np.min),
        accuracy=_best(run, "val_accuracy", np.max),
        curves=tuple(str(small(run, metric)) for metric in METRICS),
        looks=looks,
    )


def _epochs(run: Run) -> int:
    return max((len(c) for c in run.curves.values()), default=0)


def _best(run: Run, name: str, of: Callable[[NDArray[np.float64]], Any]) -> float | None:
    curve = run.curves.get(name)
    known = curve.values[np.isfinite(curve.values)] if curve is not None else np.empty(0)
    return float(of(known)) if len(known) else None


def side_by_side(request: Compare) -> Reply:
    """Return the curves of several runs in common figures, and settings in which they differ."""
    runs, failed = [], []
    for name, path in request.runs:
        try:
            runs.append((name, doctor.as_runs(path)[-1]))
        except FitdoctorError as error:
            failed.append(str(error))
    if not runs:
        return Refused(why="; ".join(failed) or "choose at least one run")
    found = [(name, run, doctor.examine(run)) for name, run in runs]
    page = template("compare.html.jinja").render(
        level=1,
        runs=[(n, headline(d).sentence, d.verdict, _epochs(r), _best(r, "val_loss", np.min),
               _best(r, "val_accuracy", np.max)) for n, r, d in found],
        figures=[f for name in FIGURES if (f := together(runs, name)) is not None],
        names=[name for name, _ in runs],
        differences=_differences(runs),
        settings=differing(runs),
        failed=failed,
    )  # fmt: skip
    return Shown(html=page, sentence="compared runs")


def _differences(runs: Sequence[tuple[str, Run]]) -> tuple[list[str], list[str]]:
    """Return what each two runs' difference says, and what limits it, or why nothing is said."""
    if len(runs) < 2:
        return [], []
    try:
        found = doctor.compare(*(run for _, run in runs), names=[name for name, _ in runs])
    except FitdoctorError as error:
        return [], [str(error)]
    return [c.sentence for c in found], [*dict.fromkeys(w for c in found for w in c.limits)]


def differing(runs: Sequence[tuple[str, Run]]) -> list[tuple[str, list[str]]]:
    """Return the settings in which runs differ, each with its value in every run."""
    tables = [_settings(run) for _, run in runs]
    names = dict.fromkeys(name for table in tables for name in table)
    rows = [(name, [table.get(name, "") for table in tables]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _settings(run: Run) -> dict[str, str]:
    found = {u.label: u.value for u in understood(run) if not u.name.startswith(CURVE)}
    recipe = msgspec.to_builtins(run.recipe) if run.recipe else {}
    recipe = {name: value for name, value in recipe.items() if name not in BY_FIELD}
    layers = recipe.pop("layers", [])
    found |= {n.replace("_", " "): str(v) for n, v in recipe.items() if not isinstance(v, dict)}
    found["layers"] = ", ".join(
        " ".join(str(v) for k, v in layer.items() if k in {"kind", "units", "rate", "activation"})
        for layer in layers
    )
    return found
