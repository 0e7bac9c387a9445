"""Contrast of every colour of text and of figures, as WCAG 2.2 computes it."""

import itertools
import re

import pytest

from fitdoctor import doctor
from fitdoctor.records.run import Run
from fitdoctor.report import html, palette

THEMES = {"light": palette.LIGHT, "dark": palette.DARK}
TEXT_AA, GRAPHICS_AA = 4.5, 3.0


def channels(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def luminance(rgb):
    parts = [c / 255 for c in rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def mixed(colour, share, paper):
    return [
        share * a + (1 - share) * b for a, b in zip(channels(colour), channels(paper), strict=True)
    ]


def test_contrast_is_that_of_the_standard():
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast(channels("#777777"), [255, 255, 255]) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out(theme):
    roles = THEMES[theme]
    for text, behind in itertools.product(palette.TEXT, ("ground", "paper", "code")):
        assert contrast(channels(roles[text]), channels(roles[behind])) >= TEXT_AA, (text, behind)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_and_marks_stand_out(theme):
    roles = THEMES[theme]
    for role in palette.GRAPHICS:
        ratio = contrast(channels(roles[role]), channels(roles["paper"]))
        assert ratio >= GRAPHICS_AA, (role, ratio)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_stand_out_on_what_is_shaded_behind_them(theme):
    roles = THEMES[theme]
    for behind, share in (("shade", 0.14), ("val", 0.16)):
        ground = mixed(roles[behind], share, roles["paper"])
        for line in ("train", "val", "probe", "soft"):
            assert contrast(channels(roles[line]), ground) >= GRAPHICS_AA, (line, behind)
        assert contrast(channels(roles["ink"]), ground) >= TEXT_AA


@pytest.mark.parametrize("theme", THEMES)
def test_numbers_in_full_cells_stand_out(theme):
    roles = THEMES[theme]
    for role in ("better", "worse"):
        cell = mixed(roles[role], palette.CELL / 100, roles["paper"])
        assert contrast(channels(roles["ink"]), cell) >= TEXT_AA, role


@pytest.mark.parametrize("theme", THEMES)
def test_code_stands_out_on_lines_that_are_marked(theme):
    roles = THEMES[theme]
    for behind, percent, texts in (
        ("better", palette.DIFF, ("ink", "fine")),
        ("worse", palette.DIFF, ("ink", "problem")),
        ("shade", palette.NOTED, ("ink", "soft", "fine")),
    ):
        ground = mixed(roles[behind], percent / 100, roles["code"])
        for text in texts:
            assert contrast(channels(roles[text]), ground) >= TEXT_AA, (text, behind)


def test_lines_stand_out_where_the_background_is_not_ours():
    for role, colour in palette.ON_ANY.items():
        for ground in ("#ffffff", "#111111", "#1e1e1e"):
            assert contrast(channels(colour), channels(ground)) >= GRAPHICS_AA, (role, ground)


def test_the_page_has_both_themes_and_no_colour_of_its_own():
    page = html.render([doctor.examine(Run())])
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    for roles in THEMES.values():
        for name, colour in roles.items():
            assert f"--{name}:{colour};" in style
    rest = style.replace(palette.css(), "")
    used = set(re.findall(r"var\(--([a-z]+)\)", rest)) - {"part"}
    assert used <= set(palette.LIGHT)
    assert set(palette.LIGHT) == set(palette.DARK)
    # The scale of heat over images, and borders in print.
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", rest)) == {
        "#140a3c", "#8c1e6e", "#f06e28", "#fff078", "#999",
    }  # fmt: skip
