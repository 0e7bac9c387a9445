"""Runs of a folder in short, and side by side; runs in a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from fitdoctor import differential, doctor, replay, steady
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.comparison import Comparison
from fitdoctor.records.run import Run
from fitdoctor.report import beside
from fitdoctor.report.headline import headline
from fitdoctor.report.small import small
from fitdoctor.web.messages import Compare, Refused, Reply, Row, Shown, Summarise
from fitdoctor.web.templating import template

METRICS = ("loss", "accuracy")


def row(request: Summarise) -> Row:
    """Return one run in short; of one that still runs, what is told so far."""
    run = doctor.as_runs(request.path)[-1]
    diagnosis = differential.with_proof(doctor.examine(run), doctor.verdicts_of(request.path))
    looks = request.looks
    if looks is not None:
        looks = steady.after(replay.caught_up(run, looks), diagnosis)
    return Row(
        name=request.name,
        verdict=diagnosis.verdict if looks is None else steady.verdict(looks),
        sentence=headline(diagnosis).sentence if looks is None else steady.sentence(looks),
        epochs=max((len(c) for c in run.curves.values()), default=0),
        loss=beside.best(run, "val_loss", np.min),
        accuracy=beside.best(run, "val_accuracy", np.max),
        curves=tuple(str(small(run, metric)) for metric in METRICS),
        looks=looks,
    )


def side_by_side(request: Compare) -> Reply:
    """Return the curves of several runs in common figures, and settings in which they differ."""
    runs, failed = {}, []
    for name, path in request.runs:
        try:
            runs[name] = replace(doctor.as_runs(path)[-1], name=name)
        except FitdoctorError as error:
            failed.append(str(error))
    if not runs:
        return Refused(why="; ".join(failed) or "choose at least one run")
    comparisons, why = _differences(runs)
    groups = {name: [doctor.examine(run)] for name, run in runs.items()}
    page = template("compare.html.jinja").render(
        **beside.parts(groups, comparisons), level=1, said_above=False, why=why, failed=failed
    )
    return Shown(html=page, sentence="compared runs")


def _differences(runs: Mapping[str, Run]) -> tuple[Sequence[Comparison], str]:
    """Return how each two runs differ, or why nothing is said."""
    if len(runs) < 2:
        return (), ""
    try:
        return doctor.compare(*runs.values(), names=[*runs]), ""
    except FitdoctorError as error:
        return (), str(error)
