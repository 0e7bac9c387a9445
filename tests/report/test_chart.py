"""Curves as data for the script that takes over: what the drawing shows, and no more."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.records.run import Curve, Run, curve
from fitdoctor.report import curves, html
from fitdoctor.report.axis import Axis, fitted


def data(**named):
    known = {n: v if isinstance(v, Curve) else curve(v) for n, v in named.items()}
    return [json.loads(figure.chart) for figure in curves.of_run(Run(curves=known))]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=40))
def test_every_value_is_there_or_marked_as_beyond(values):
    (made,) = data(loss=values)
    (series,) = made["series"]
    axis = fitted(values) or Axis(0.0, 1.0)
    by_epoch = dict(zip(series["epochs"], series["values"], strict=True))
    for epoch, value in enumerate(values, 1):
        why = series["beyond"].get(str(series["epochs"].index(epoch)), "")
        assert why == axis.beyond(value)
        if not why:
            assert by_epoch[epoch] == pytest.approx(value, rel=1e-5)


def test_lines_break_where_epochs_are_missing():
    (made,) = data(loss=Curve(np.array([1, 2, 3, 9, 10]), np.array([1.0, 0.9, 0.8, 0.6, 0.5])))
    assert made["series"][0]["values"][3] is None
    assert made["series"][0]["beyond"] == {}


def test_long_curves_have_the_points_of_their_drawing():
    values = np.full(30_000, 0.5)
    values[12_345] = 0.9
    (made,) = data(loss=values)
    assert len(made["series"][0]["epochs"]) < 1000
    assert max(made["series"][0]["values"]) == 0.9


def test_marks_are_those_of_the_drawing():
    (made,) = data(
        loss=[1.0] * 6,
        val_loss=[1.0, 0.5, 0.6, 0.7, 0.8, 0.9],
        learning_rate=[0.1] * 3 + [0.01] * 3,
    )
    assert made["points"] == [[2, 0.5]]
    assert made["lines"] == [["rate", 3.5, "\u00f710"]]
    assert math.isfinite(made["axis"]["high"])


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    made = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))
    file = tmp_path_factory.mktemp("report") / "report.html"
    diagnosis = doctor.examine(made(np.random.default_rng(5)))
    file.write_text(html.render([diagnosis]), encoding="utf-8")
    return file


@pytest.mark.slow
def test_curves_are_read_and_zoomed_where_scripts_run(report, browser):
    page, said = browser.new_page(viewport={"width": 1280, "height": 1400}), []
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.goto(report.as_uri())
    box = page.locator(".u-over").first.bounding_box()
    legend = page.locator(".u-legend").first
    assert "epoch40" in legend.inner_text().replace("\n", "").replace("\t", "")

    def at(share):
        return box["x"] + share * box["width"], box["y"] + 80

    def epoch(share):
        page.mouse.move(*at(share))
        return int(page.locator(".u-legend .u-value").first.inner_text())

    assert epoch(0.0) == 1
    assert epoch(0.5) in {20, 21}
    page.mouse.move(*at(0.5))
    page.mouse.down()
    page.mouse.move(*at(0.75), steps=3)
    page.mouse.up()
    assert epoch(0.01) in {20, 21}
    assert epoch(0.99) in {30, 31}
    page.mouse.dblclick(*at(0.5))
    assert epoch(0.0) == 1
    page.emulate_media(media="print")
    assert page.locator(".taken > svg").first.is_visible()
    assert not page.locator(".zoomed").first.is_visible()
    page.close()
    assert said == []


@pytest.fixture
def touched(report, browser):
    """Return a page on a telephone, a function that sends touches, and one that reads epochs."""
    context = browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True)
    page, said = context.new_page(), []
    page.on("pageerror", lambda e: said.append(str(e)))
    page.goto(report.as_uri())
    over = page.locator(".u-over").first
    over.scroll_into_view_if_needed()
    box, tool = over.bounding_box(), context.new_cdp_session(page)

    def touch(*steps, down=0.0):
        """Send each step of shares of the width, one a finger, each `down` lower."""
        for at, shares in enumerate(steps):
            points = [
                {
                    "x": box["x"] + share * box["width"],
                    "y": box["y"] + 60 + 40 * i + at * down,
                    "id": i,
                }
                for i, share in enumerate(shares)
            ]
            kind = "touchMove" if at else "touchStart"
            tool.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        tool.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def epoch(share):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 60)
        return int(page.locator(".u-legend .u-value").first.inner_text())

    yield page, touch, epoch
    context.close()
    assert said == []


@pytest.mark.slow
def test_fingers_zoom_and_scroll_the_page_past_a_chart(touched):
    page, touch, epoch = touched
    touch((0.5,), (0.6,), (0.75,))
    assert epoch(0.01) in {20, 21}
    assert epoch(0.99) in {30, 31}
    touch((0.5,))
    touch((0.5,))
    assert (epoch(0.0), epoch(0.999)) == (1, 40)
    touch((0.4, 0.6), (0.3, 0.7), (0.1, 0.9))
    assert 15 <= epoch(0.0) < epoch(0.999) <= 26
    touch((0.1, 0.9), (0.3, 0.7), (0.45, 0.55))
    assert (epoch(0.0), epoch(0.999)) == (1, 40)
    before = page.evaluate("scrollY")
    touch(*[(0.5,)] * 8, down=-25.0)
    page.wait_for_function("before => scrollY > before + 30", arg=before)
    assert page.locator(".u-select").first.bounding_box()["width"] == 0


@pytest.mark.slow
def test_keys_read_and_zoom_a_chart(report, browser):
    page = browser.new_page(viewport={"width": 800, "height": 1000})
    page.goto(report.as_uri())
    page.focus(".uplot >> nth=0")
    read = page.locator(".u-legend .u-value").first.inner_text
    shown = []
    for key in (
        "ArrowRight",
        "ArrowRight",
        "End",
        "ArrowRight",
        "ArrowLeft",
        "+",
        "Home",
        "Escape",
        "Home",
    ):
        page.keyboard.press(key)
        shown.append(read())
    assert shown[:5] == ["1", "2", "40", "40", "39"]
    assert int(shown[6]) in {19, 20, 21}
    assert shown[8] == "1"
    assert page.locator(".u-legend").first.get_attribute("aria-live") == "polite"
    page.close()


@pytest.mark.slow
def test_without_scripts_the_drawing_stays(report, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("[data-chart] > svg").first.is_visible()
    assert page.locator("canvas").count() == 0
    context.close()
