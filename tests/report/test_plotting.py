"""Figures of matplotlib: what the report draws, nothing left out in silence."""

import math
import sys

import numpy as np
import pytest

import fitdoctor
from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.errors import MissingExtraError, UnreadableSourceError
from fitdoctor.records.run import Run, curve
from fitdoctor.report import curves, plotting


class Axes:
    """Writes down what is drawn on it."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *given, **named: self.calls.append((name, given, named))

    def of(self, name):
        return [(given, named) for called, given, named in self.calls if called == name]


def drawn(run):
    panels = curves.of_run(run)
    found = []
    for panel in panels:
        axes = Axes()
        plotting.draw(axes, panel)
        found.append(axes)
    return found


def test_curves_and_marks_are_those_of_the_report():
    known = {"loss": [1.2, 0.9, 0.8, 0.7], "val_loss": [1.1, 0.8, 0.9, 1.0],
             "learning_rate": [0.1, 0.1, 0.01, 0.01]}  # fmt: skip
    (axes,) = drawn(Run(curves={name: curve(values) for name, values in known.items()}))
    lines = {named["label"]: given for given, named in axes.of("plot")}
    assert lines["training, as logged"] == ([1, 2, 3, 4], [1.2, 0.9, 0.8, 0.7])
    assert lines["least validation loss, 0.8 at epoch 2"] == ([2], [0.8])
    assert [given[0] for given, _ in axes.of("axvline")] == [2.5]


def test_what_is_beyond_the_axis_or_no_number_is_marked_at_its_edge():
    (axes,) = drawn(Run(curves={"loss": curve([812.0, 1.1, math.nan, 0.9, 0.8, 0.7])}))
    lines = {named["label"]: given for given, named in axes.of("plot")}
    assert lines["training, as logged: above the axis"][0] == [1]
    assert lines["training, as logged: not a number"][0] == [3]
    (low, high), _ = axes.of("set_ylim")[0]
    assert low <= 0.7 < high < 812


def test_nothing_to_plot_and_no_matplotlib_are_told(monkeypatch):
    assert fitdoctor.Run is Run  # registers the figures
    with pytest.raises(UnreadableSourceError, match="no curve is known"):
        Run(name="mine").plot()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="matplotlib"):
        Run(curves={"loss": curve([1.0, 0.5])}).plot()


def test_a_figure_is_saved(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)  # Keras loads it
    made = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))
    diagnosis = doctor.examine(made(np.random.default_rng(5)))
    for record in (diagnosis, diagnosis.run):
        figure = record.plot()
        figure.savefig(tmp_path / "curves.png")
        assert len(figure.axes) == len(curves.of_run(diagnosis.run))
    assert (tmp_path / "curves.png").stat().st_size > 10_000
    assert "matplotlib.pyplot" not in sys.modules
