"""Several runs beside one another: their curves in one figure, settings that differ, as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from fitdoctor.corrections import CURVE, SETTINGS, understood
from fitdoctor.records.comparison import Comparison
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Curve, Run
from fitdoctor.report import chart, outcomes, scripts, strokes
from fitdoctor.report.axis import fitted, of_shares
from fitdoctor.report.drawing import WIDTH, Figure, Key, number, picture
from fitdoctor.report.frame import HEIGHT, Frame
from fitdoctor.report.headline import headline
from fitdoctor.report.html import template
from fitdoctor.report.strokes import drawn

APART = ("val", "probe", "shade", "better", "train", "ink")
"""Roles of the groups in one figure, which can show no more of them apart."""
FIGURES = ("val_loss", "val_accuracy", "loss", "accuracy")
BY_FIELD = frozenset(setting.field for setting in SETTINGS)
"""Fields of a recipe that stand among what was understood already."""
MOST_ENDS, OPEN_COMPARISONS = 4, 3
Groups = Mapping[str, Sequence[Diagnosis]]


def page(groups: Groups, comparisons: Sequence[Comparison], again: str, title: str) -> str:
    """Return a page of its own; `again` is the command that compares these runs again."""
    alone = comparisons[0] if len(comparisons) == 1 else None
    shown = parts(groups, comparisons)
    body = template("beside.html.jinja").render(shown, level=1, said_above=alone is not None)
    return template("compared.html.jinja").render(
        title=title,
        head=outcomes.headline(comparisons),
        differ=any(c.shown for c in comparisons),
        alone=alone,
        groups=[(name, [d.run.name for d in ds]) for name, ds in groups.items()],
        grouped=shown["grouped"],
        limits=shown["limits"],
        again=again,
        body=Markup(body),  # noqa: S704 - rendered by an escaping template
        scripted=scripts.for_page([body]),
    )


def parts(groups: Groups, comparisons: Sequence[Comparison]) -> dict[str, object]:
    """Return what `beside.html.jinja` shows of groups of runs."""
    runs = [(_named(n, d, len(ds)), d.run) for n, ds in groups.items() for d in ds]
    return {
        "runs": [_row(name, d) for name, ds in groups.items() for d in ds],
        "grouped": any(len(ds) > 1 for ds in groups.values()),
        "comparisons": [(c, outcomes.draw(c)) for c in comparisons],
        "open_comparisons": OPEN_COMPARISONS,
        "limits": [*dict.fromkeys(words for c in comparisons for words in c.limits)],
        "figures": [f for name in FIGURES if (f := together(_runs(groups), name)) is not None],
        "names": [name for name, _ in runs],
        "settings": differing(runs),
    }


def _named(name: str, diagnosis: Diagnosis, count: int) -> str:
    return name if count == 1 else f"{name}: {diagnosis.run.name}"


def _runs(groups: Groups) -> dict[str, list[Run]]:
    return {name: [d.run for d in ds] for name, ds in groups.items()}


def _row(group: str, diagnosis: Diagnosis) -> dict[str, object]:
    run = diagnosis.run
    return {
        "group": group,
        "name": run.name,
        "sentence": headline(diagnosis).sentence,
        "verdict": diagnosis.verdict,
        "epochs": max((len(c) for c in run.curves.values()), default=0),
        "loss": best(run, "val_loss", np.min),
        "accuracy": best(run, "val_accuracy", np.max),
    }


def best(run: Run, name: str, of: Callable[[NDArray[np.float64]], np.floating]) -> float | None:
    """Return the best value of a curve, of those that are numbers."""
    curve = run.curves.get(name)
    known = curve.values[np.isfinite(curve.values)] if curve is not None else np.empty(0)
    return float(of(known)) if len(known) else None


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


def together(groups: Mapping[str, Sequence[Run]], name: str) -> Figure | None:
    """Draw one curve of several groups of runs, each group in a colour and a dash of its own.

    `name` is that of the curve; groups without it are named in the sentence below. Groups of one
    run each can be zoomed where scripts run.
    """
    having = {label: [c for r in runs if (c := _known(r, name))] for label, runs in groups.items()}
    known = dict([(label, curves) for label, curves in having.items() if curves][: len(APART)])
    lines = [
        (role, label, curve)
        for role, (label, curves) in zip(APART, known.items(), strict=False)
        for curve in curves
    ]
    axis = (of_shares if "accuracy" in name else fitted)(
        [float(v) for _, _, curve in lines for v in curve.values]
    )
    if axis is None:
        return None
    epochs = np.concatenate([curve.epochs for _, _, curve in lines])
    frame = Frame(int(epochs.min()), int(epochs.max()), axis)
    beyond = [
        (why, label, epoch, value)
        for _, label, curve in lines
        for epoch, value in zip(curve.epochs.tolist(), curve.values.tolist(), strict=True)
        if (why := axis.beyond(value))
    ]
    body = frame.grid() + frame.clipped("".join(drawn(frame, *line) for line in lines))
    body += strokes.edge_marks(frame, beyond, dict(zip(known, APART, strict=False)))
    words = name.replace("val_", "validation ").replace("_", " ")
    told = "; ".join(f"{label} ends at {_ends(curves)}" for label, curves in known.items())
    without = [label for label in groups if label not in known]
    more = "".join(f" {said}" for said in strokes.named(beyond, axis))
    more += f" Not drawn: {', '.join(without)}." if without else ""
    return Figure(
        title=words,
        svg=picture(WIDTH, HEIGHT, f"{words} by epoch: {told}", body),
        keys=tuple(Key("line", role, label) for role, label in zip(APART, known, strict=False)),
        caption=f"{words.capitalize()} by epoch: {told}. {axis.words}{more}",
        chart=chart.data(axis, lines) if len(lines) == len(known) else "",
    )


def _known(run: Run, name: str) -> Curve | None:
    """Return a curve that has any number."""
    curve = run.curves.get(name)
    return curve if curve is not None and np.isfinite(curve.values).any() else None


def _ends(curves: Sequence[Curve]) -> str:
    """Return where the curves of a group end; of several runs, the first of them and the mean."""
    ends = [float(curve.values[np.isfinite(curve.values)][-1]) for curve in curves]
    if len(ends) == 1:
        return number(ends[0])
    listed = ", ".join(map(number, ends[:MOST_ENDS]))
    more = f" and {len(ends) - MOST_ENDS} more" if len(ends) > MOST_ENDS else ""
    return f"{listed}{more} (mean {number(sum(ends) / len(ends))})"
