"""Figures of curves: nothing dropped or moved in silence, a key for each mark."""

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fitdoctor.records.finding import Diagnosis, Evidence, Finding
from fitdoctor.records.run import Curve, DataSummary, Run, curve
from fitdoctor.report import axis, curves, drawing

NAN, INF = float("nan"), float("inf")


def figures(**named):
    data = named.pop("data", None)
    known = {k: v if isinstance(v, Curve) else curve(v) for k, v in named.items()}
    return curves.draw(seen(Run(curves=known, data=data)))


def seen(run, *findings):
    return Diagnosis(run=run, causes=(), symptoms=findings, benign=(), outcomes=())


def test_a_value_far_above_is_marked_and_named():
    (loss,) = figures(loss=[812.0, 1.1, 1.0, 0.9, 0.8, 0.7])
    assert 'class="mark train"' in loss.svg
    assert ">812<" in loss.svg
    assert "1 value above 1.21 is not drawn to scale: training, as logged 812 at epoch 1." in (
        loss.caption
    )
    assert any(key.mark == "beyond" for key in loss.keys)


def test_numbers_that_are_none_leave_a_gap_and_are_named():
    (loss,) = figures(val_loss=[1.0, 0.9, NAN, NAN, 0.8, INF, 0.7, -INF])
    assert loss.svg.count('<polyline class="curve val"') == 2
    assert 'class="curve gap val"' in loss.svg
    assert "2 values are not a number: validation at epoch 3, validation at epoch 4." in (
        loss.caption
    )
    assert "validation inf at epoch 6" in loss.caption
    assert "validation -inf at epoch 8" in loss.caption
    assert {"nan", "beyond", "gap"} <= {key.mark for key in loss.keys}


def test_missing_epochs_are_dotted():
    sparse = Curve(np.array([1, 2, 3, 9, 10]), np.array([1.0, 0.9, 0.8, 0.6, 0.5]))
    (loss,) = figures(loss=sparse)
    assert 'class="curve gap train"' in loss.svg
    (regular,) = figures(loss=Curve(np.arange(5, 50, 5), np.linspace(1, 0.5, 9)))
    assert "gap" not in regular.svg


def test_no_number_at_all():
    (loss,) = figures(loss=[NAN, NAN, NAN])
    assert "has no finite value" in loss.caption
    assert "3 values are not a number" in loss.caption


def test_decades_are_drawn_on_a_logarithmic_axis():
    (loss,) = figures(loss=[2.0 * 0.8**i for i in range(40)])
    assert "logarithmic" in loss.caption
    assert "not drawn to scale" not in loss.caption
    (with_zero,) = figures(loss=[0.0, *(2.0 * 0.8**i for i in range(60))])
    assert "logarithmic" in with_zero.caption
    assert "is not drawn to scale: training, as logged 0 at epoch 1" in with_zero.caption


def test_an_accuracy_out_of_range_is_marked():
    (accuracy,) = figures(accuracy=[0.5, 0.6, 1.7])
    assert "1 value above 1 is not drawn to scale" in accuracy.caption
    assert "not from 0" in accuracy.caption


def test_chance_level_off_the_axis_is_said():
    data = DataSummary(n_classes=1000)
    (loss,) = figures(loss=[0.5, 0.4, 0.3], data=data)
    assert "Chance level, 6.91, lies above this axis." in loss.caption
    (drawn,) = figures(loss=[7.5, 7.4, 7.3], data=data)
    assert 'class="chance"' in drawn.svg
    assert any("chance level" in key.words for key in drawn.keys)


def test_a_long_curve_keeps_its_extremes_and_stays_small():
    values = np.full(30_000, 0.5) + np.random.default_rng(0).normal(0, 0.01, 30_000)
    values[12_345] = 0.9
    (loss,) = figures(loss=values.tolist())
    assert len(loss.svg) < 30_000
    ys = [float(y) for y in re.findall(r",(-?[\d.]+)", re.search(r'points="([^"]+)', loss.svg)[1])]
    assert min(ys) < sorted(ys)[1] - 50
    assert "greatest 0.9 at epoch 12346" in loss.caption
    assert "the least and the greatest value are drawn" in loss.caption


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=40),
    st.sampled_from(["loss", "val_loss", "probe_loss", "accuracy", "val_accuracy"]),
)
def test_every_value_is_drawn_or_said(values, name):
    (figure,) = figures(**{name: values}, data=DataSummary(n_val=50))
    fit = axis.fitted if name.endswith("loss") else axis.of_shares
    scale = fit(values) or axis.Axis(0.0, 1.0)
    shown = sum(not scale.beyond(v) for v in values)
    assert figure.svg.count("<circle") == shown
    numbers = [int(n) for n in re.findall(r"(\d+) values? (?:above|below|is|are)", figure.caption)]
    assert sum(numbers) == len(values) - shown
    assert "nan" not in figure.svg.replace("NaN", "")
    assert not re.search(r'(?:x|y|cx|cy)="-?(?:inf|\d{6})', figure.svg)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60))
@example(values=[5e-324])
def test_an_axis_leaves_out_few_and_labels_itself(values):
    scale = axis.fitted(values)
    beyond = sum(bool(scale.beyond(v)) for v in values)
    positive = all(v > 0 for v in values)
    assert beyond <= 2 * max(1, 0.03 * len(values)) or scale.log
    assert not (scale.log and positive and beyond > 2 * max(1, 0.03 * len(values)))
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 14
    assert all(-0.01 <= scale.share(tick) <= 1.01 for tick in ticks)


def test_each_mark_that_is_drawn_has_a_key():
    data = DataSummary(n_val=100, n_classes=4)
    drawn = figures(
        loss=[900.0, 1.0, NAN, 0.9, 0.8, 0.7],
        val_loss=[1.2, 1.3, 1.4, 1.5, 1.6, 1.7],
        probe_accuracy=[0.3, 0.4, 0.5],
        accuracy=[0.3, 0.4, 0.5],
        val_accuracy=[0.3, 0.4, 0.5],
        learning_rate=[0.1, 0.1, 0.1, 0.01, 0.01, 0.01],
        data=data,
    )
    meaning = {
        "curve": "line",
        "band": "band",
        "chance": "chance",
        "span": "span",
        "mark": "beyond",
        "gap": "gap",
        "kept": "kept",
        "least": "least",
        "floor": "floor",
        "rate": "rate",
        "rise": "rise",
    }
    for figure in drawn:
        keys = {(key.mark, key.role) for key in figure.keys}
        for classes in re.findall(r'class="([^"]+)"', figure.svg):
            first, *rest = classes.split()
            if first not in meaning:
                continue
            mark = "gap" if "gap" in rest else meaning[first]
            assert any(mark == k and (not rest or mark == "beyond" or r in rest) for k, r in keys)
        for key in figure.keys:
            assert drawing.swatch(key).startswith("<svg")
        assert figure.caption.endswith(".")


@pytest.mark.parametrize("mark", drawing.Mark.__args__)
def test_every_mark_has_a_swatch(mark):
    assert "<svg" in drawing.swatch(drawing.Key(mark, "val", "words"))


def test_epochs_that_a_finding_is_about_carry_its_letter():
    about = [
        Finding(
            rule=f"trouble_{i}", code="x", kind="symptom", severity="note",
            evidence=(Evidence(sentence="x", epochs=epochs),),
        )
        for i, epochs in enumerate([(2, 4), (5, 5), (90, 99)])
    ]  # fmt: skip
    (loss,) = curves.draw(seen(Run(curves={"loss": curve([1.0] * 8)}), *about))
    assert loss.svg.count('class="span"') == 2
    assert [key.words for key in loss.keys if key.mark == "span"] == [
        "a: trouble 0, epochs 2 to 4",
        "b: trouble 1, epoch 5",
    ]
    assert all(f">{name}</text>" in loss.svg for name in ("a trouble 0", "b trouble 1"))
