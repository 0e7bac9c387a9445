"""Runs compared: what they are held against, what is said, and how often that is right."""

import json
import re

import jsonschema
import numpy as np
import pytest

import fitdoctor
from fitdoctor.cli import main
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.experiments.compare import compare, group
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.report import documents


def run(value, seed=None, split=None, n_val=None, outcome="val_accuracy"):
    recipe = Recipe(images="photos", split_seed=split, seed=seed) if split is not None else None
    return Run(
        name=f"{value:.3f}",
        curves={outcome: curve([0.3, 0.5, value])},
        recipe=recipe,
        data=DataSummary(n_val=n_val) if n_val else None,
    )


def compared(first, second, outcome="val_accuracy"):
    (found,) = compare([group("A", first, outcome), group("B", second, outcome)], outcome)
    return found


def test_the_same_seeds_on_one_split_are_pairs():
    base = [0.70, 0.90, 0.60, 0.80, 0.75]
    first = [run(y, seed, 0) for seed, y in enumerate(base)]
    gains = [0.021, 0.019, 0.02, 0.022, 0.018]
    second = [run(y + d, seed, 0) for seed, (y, d) in enumerate(zip(base, gains, strict=True))]
    found = compared(first, second[::-1])
    assert (found.how, found.shown, found.shared_split) == ("pairs", True, True)
    assert found.difference.value == pytest.approx(0.02)
    apart = compared(
        first, [run(y.curves["val_accuracy"].values[-1], i, 9) for i, y in enumerate(second)]
    )
    assert (apart.how, apart.shown, apart.shared_split) == ("groups", False, False)


def test_one_run_a_group_is_held_against_validation_noise_and_says_so():
    found = compared([run(0.80, n_val=500)], [run(0.84, n_val=500)])
    assert (found.how, found.shown) == ("validation_noise", False)
    assert "says nothing of seeds" in " ".join(found.limits)
    assert found.smallest_shown == pytest.approx(0.068, abs=0.005)
    assert compared([run(0.80, n_val=500)], [run(0.90, n_val=500)]).shown is True


@pytest.mark.parametrize("outcome", ["val_accuracy", "val_loss"])
def test_what_nothing_is_known_of_is_not_judged(outcome):
    found = compared([run(0.8, outcome=outcome)], [run(0.9, outcome=outcome)], outcome)
    assert (found.how, found.shown, found.smallest_shown) == ("nothing", None, None)
    assert "--val-images" in " ".join(found.limits)


def test_one_run_against_a_group_takes_the_scatter_of_the_group():
    several = [run(y) for y in (0.80, 0.82, 0.81, 0.79)]
    assert compared(several, [run(0.83)]).shown is False
    assert compared(several, [run(0.92)]).shown is True
    assert compared([run(0.92)], several).how == "one_against_group"


def test_runs_that_learn_are_counted_where_others_do_not():
    first = [run(y) for y in (0.50, 0.51, 0.49, 0.95, 0.50, 0.52, 0.50, 0.96)]
    second = [run(y) for y in (0.95, 0.96, 0.94, 0.95, 0.97, 0.93, 0.95, 0.96)]
    found = compared(first, second)
    assert (found.measure, found.shown) == ("success_rate", True)
    assert found.difference.value == pytest.approx(0.75)


def test_several_groups_share_the_error_rate():
    groups = [group(n, [run(y + d) for y in (0.80, 0.81, 0.82)], "val_accuracy")
              for n, d in (("A", 0), ("B", 0), ("C", 0.1))]  # fmt: skip
    found = compare(groups, "val_accuracy")
    assert [(f.first.name, f.second.name) for f in found] == [("A", "B"), ("A", "C"), ("B", "C")]
    assert {round(f.level, 4) for f in found} == {0.9833}
    assert [f.shown for f in found] == [False, True, True]


@pytest.mark.slow
def test_groups_that_do_not_differ_are_called_different_one_time_in_twenty():
    rng = np.random.default_rng(5)
    false = 0
    for _ in range(600):
        first, second = ([run(y) for y in rng.normal(0.8, 0.01, 5)] for _ in range(2))
        false += bool(compared(first, second).shown)
    assert 0.02 <= false / 600 <= 0.08


@pytest.mark.parametrize(
    ("values", "told"),
    [([0.5, np.nan], "val_accuracy ends in nan"), ([], "it has no val_accuracy")],
)
def test_a_run_without_an_outcome_is_refused(values, told):
    bad = Run(name="mine", curves={"val_accuracy": curve(values)})
    with pytest.raises(UnreadableSourceError, match=re.escape(f"mine: {told}")):
        group("A", [bad], "val_accuracy")


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, level in (("wide", 0.90), ("narrow", 0.80)):
        for seed in range(4):
            rows = [
                f"{e},{1 / e:.3f},{level - 0.2 / e + rng.normal(0, 0.003):.4f}" for e in range(1, 9)
            ]
            text = "\n".join(["epoch,val_loss,val_accuracy", *rows]) + "\n"
            (tmp_path / f"{name}-{seed}.csv").write_text(text)
    return tmp_path


def test_the_command_compares_groups(logs, capsys):
    names = [[f"{n}-{i}.csv" for i in range(4)] for n in ("narrow", "wide")]
    assert main(["compare", *names[0], "vs", *names[1]]) == 0
    out = capsys.readouterr().out
    assert "A: 4 runs, validation accuracy at the end" in out
    assert "A and B differ by more than seeds do" in out
    assert "four times in five" in out
    assert (
        main(["compare", *names[0], *names[1], "--group", r"(\w+)-", "--output-format", "json"])
        == 0
    )
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, documents.schema("compare"))
    (one,) = document["comparisons"]
    assert (one["first"]["name"], one["second"]["name"], one["shown"]) == ("narrow", "wide", True)
    (same,) = fitdoctor.compare(*names)
    assert same.difference.value == pytest.approx(one["difference"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["wide-0.csv"], "nothing to compare"),
        (["vs", "wide-0.csv"], "a group without runs"),
        (["wide-0.csv", "wide-1.csv", "--outcome", "f1"], "it has no f1"),
        (["wide-0.csv", "wide-1.csv", "--group", "("], "not a pattern"),
        (["wide-0.csv", "narrow-1.csv", "--group", "wide"], "--group wide is not in it"),
        (["wide-0.csv", "narrow-1.csv", "--val-images", "0"], "expected 1 or more"),
        (["wide-0.csv", "missing.csv"], "missing.csv"),
    ],
)
def test_bad_input_is_one_line(logs, capsys, arguments, told):
    assert main(["compare", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
