"""Runs beside one another: what a comparison comes to as a figure, in a sentence, as a page."""

import re

import pytest

from fitdoctor import doctor
from fitdoctor.cli import main
from fitdoctor.experiments.compare import compare, group
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.report import beside, outcomes
from fitdoctor.report.beside import APART, together

HOSTILE = "<script>x</script>"


HIGHER = "Validation accuracy is higher with B than with A:"


def run(value, seed=None, outcome="val_accuracy", n_val=None, name=""):
    recipe = Recipe(images="photos", split_seed=0, seed=seed) if seed is not None else None
    return Run(
        name=name or f"{value:.3f}",
        curves={outcome: curve([0.3, 0.5, value])},
        recipe=recipe,
        data=DataSummary(n_val=n_val) if n_val else None,
    )


def compared(first, second, outcome="val_accuracy", names=("A", "B")):
    return compare(
        [group(n, runs, outcome) for n, runs in zip(names, (first, second), strict=True)], outcome
    )


BASE = (0.70, 0.90, 0.60, 0.80, 0.75)
GAINS = (0.021, 0.019, 0.02, 0.022, 0.018)


def of_pairs(sign=1):
    first = [run(y, seed) for seed, y in enumerate(BASE)]
    second = [run(y + sign * d, i) for i, (y, d) in enumerate(zip(BASE, GAINS, strict=True))]
    return first, second


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (of_pairs(), f"{HIGHER} more than seeds explain."),
        (of_pairs(-1), "Validation accuracy is lower with B than with A: more than seeds explain."),
        (([run(0.8, n_val=500)], [run(0.81, n_val=500)]),
         "No difference of validation accuracy is shown between A and B."),
        (([run(0.8, n_val=500)], [run(0.9, n_val=500)]),
         f"{HIGHER} more than noise of the images explains."),
        (([run(0.8)], [run(0.9)]), "Cannot tell whether A and B differ."),
    ],
)  # fmt: skip
def test_a_comparison_has_a_sentence(groups, said):
    assert outcomes.headline(compared(*groups)) == said


def test_more_trainings_that_learn_are_said_and_several_comparisons_counted():
    stuck, learned = [run(0.25 + 0.001 * i) for i in range(12)], [run(0.9 + 0.001 * i)
                                                                   for i in range(12)]  # fmt: skip
    few = compared([*stuck[:11], learned[0]], [stuck[0], *learned[1:]])
    assert few[0].measure == "success_rate"
    assert outcomes.headline(few).startswith("More trainings learn with B than with A")
    ends = (("a", 0.5), ("b", 0.51), ("c", 0.9))
    three = compare([group(n, [run(y, n_val=500)], "val_accuracy") for n, y in ends],
                    "val_accuracy")  # fmt: skip
    said = "2 of 3 differences of validation accuracy are more than chance."
    assert outcomes.headline(three) == said


def test_every_run_is_a_dot_and_seeds_are_joined():
    (found,) = compared(*of_pairs())
    figure = outcomes.draw(found)
    dots = re.findall(r'<circle class="dot \w+" cx="([\d.]+)" cy="([\d.]+)" r="4.2"', figure.svg)
    assert len(dots) == 10
    assert "Lines join runs on the same seed." in figure.caption
    assert "mean 0.75; B" in figure.caption
    assert "95 % interval" in figure.caption
    joined = re.findall(
        r'<line class="grid" x1="([\d.]+)" x2="([\d.]+)" y1="28" y2="62"', figure.svg
    )
    first = [x for x, y in dots if y == "28"]
    assert [a for a, _ in joined] == first
    assert all(float(b) > float(a) for a, b in joined)
    words = [key.words for key in figure.keys]
    assert words[:2] == ["A", "B"]
    assert any("four times in five" in w for w in words)


def test_without_an_interval_there_is_none_in_the_figure():
    (found,) = compared([run(0.8)], [run(0.9)])
    figure = outcomes.draw(found)
    assert "interval" not in figure.caption
    assert 'class="interval' not in figure.svg
    assert "inf" not in figure.svg


def test_names_stay_text_and_long_ones_keep_their_end():
    long = "runs/" + "x" * 80 + "/seed-3"
    (found,) = compared([run(0.8)], [run(0.9)], names=(HOSTILE, long))
    figure = outcomes.draw(found)
    assert "<script" not in figure.svg
    assert figure.keys[1].words.endswith("/seed-3")
    assert len(figure.keys[1].words) < 50


def test_runs_stand_together_each_with_a_key_and_those_without_are_named():
    runs = {f"<b>{i}": [Run(curves={"val_loss": curve([1.0, i])})] for i in range(3)}
    figure = together({**runs, "without": [Run()]}, "val_loss")
    assert [key.words for key in figure.keys] == ["<b>0", "<b>1", "<b>2"]
    assert len({key.role for key in figure.keys}) == 3
    assert "<b>" not in figure.svg
    assert "Not drawn: without." in figure.caption
    assert "<b>2 ends at 2" in figure.caption
    assert figure.chart
    assert together(runs, "accuracy") is None
    many = together({str(i): [runs["<b>0"][0]] for i in range(20)}, "val_loss")
    assert len(many.keys) == len(APART)
    assert "Not drawn: 6, 7" in many.caption


def test_what_lies_beyond_the_axis_is_marked_and_named():
    calm = Run(curves={"val_loss": curve([1.0, 0.9, 0.8, 0.7, 0.6, 0.5])})
    wild = Run(curves={"val_loss": curve([1.0, 500.0, 0.8, float("nan"), 0.6, 0.5])})
    figure = together({"calm": [calm], "wild <b>": [wild]}, "val_loss")
    assert "1 value above" in figure.caption
    assert "wild <b> 500 at epoch 2." in figure.caption
    assert "1 value is not a number: wild <b> at epoch 4." in figure.caption
    assert 'class="mark probe"' in figure.svg
    assert 'class="cross probe"' in figure.svg
    assert "not drawn to scale" not in together({"calm": [calm]}, "val_loss").caption


def test_runs_of_a_group_share_a_colour():
    first = [Run(curves={"val_loss": curve([1.0, 0.5 + 0.01 * i])}) for i in range(6)]
    figure = together({"A": first, "B": first[:1]}, "val_loss")
    lines = re.findall(r'class="curve (\w+)"', figure.svg)
    assert sorted(lines) == ["probe"] + 6 * ["val"]
    assert [key.words for key in figure.keys] == ["A", "B"]
    assert "A ends at 0.5, 0.51, 0.52, 0.53 and 2 more (mean 0.525)" in figure.caption


def test_the_page_says_what_was_compared_and_how_to_do_it_again():
    first, second = of_pairs()
    groups = {name: [doctor.examine(r) for r in runs] for name, runs in
              ((HOSTILE, first), ("B", second))}  # fmt: skip
    found = compared(first, second, names=(HOSTILE, "B"))
    page = beside.page(groups, found, f"fitdoctor compare {HOSTILE}", "title")
    assert "<script>x" not in page
    assert page.count("<h1") == 1
    assert "0.700, 0.900, 0.600" in page
    assert "and 2 more" in page
    assert "Settings that differ" in page
    assert "fitdoctor compare &lt;script" in page


def write(path, value):
    rows = (f"{i},{0.9**i:.3f},{value - 0.3 * 0.5**i:.4f}\n" for i in range(8))
    path.write_text("epoch,loss,val_accuracy\n" + "".join(rows))
    return str(path)


def test_compare_writes_a_report(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, two = write(tmp_path / "one.csv", 0.8), write(tmp_path / "two.csv", 0.9)
    given = ["compare", one, two, "--val-images", "400", "--html", "out/report.html"]
    assert main(given) == 0
    said = capsys.readouterr()
    assert "differ by more than the noise" in said.out
    assert said.err == "report: out/report.html\n"
    page = (tmp_path / "out/report.html").read_text()
    assert "more than noise of the images explains" in page
    assert f"fitdoctor compare {one} {two} --val-images=400" in page
    assert main(given[:-2]) == 0
    assert "report" not in capsys.readouterr().err
