"""What trials come to, as a figure, and the commands that give a report again."""

import math
import re
import shlex

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.corrections import corrected
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Counted, Experiment, Trial, Verdict
from fitdoctor.records.finding import Prescription
from fitdoctor.records.job import Job
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run, curve
from fitdoctor.report import drawing, effect, html, reproduce
from fitdoctor.report.headline import headline


def verdict(pairs=30, *, learned=None, low=0.1, value=0.2, high=0.3, jobs=None):
    rng = np.random.default_rng(1)
    experiment = Experiment(
        cause="inputs_not_scaled", pairs=pairs, jobs=jobs,
        prescription=Prescription(intervention="scale_inputs", arguments={}, sentence="Do it."),
    )  # fmt: skip
    trials = tuple(
        Trial(
            cause="x", intervention="y", arm=arm, seed=seed, seconds=1, outcome=float(rng.random())
        )
        for seed in range(pairs) for arm in ("control", "treated")
    )  # fmt: skip
    return Verdict(
        experiment=experiment, trials=trials, pairs=pairs, level=0.953, decision="helps",
        measure="success_rate" if learned else "mean", effect=Estimate(value, low, high),
        pairs_needed=None, learned=learned, sentence="It helps.",
    )  # fmt: skip


def dots(svg, role):
    return re.findall(rf'<circle class="dot {role}" cx="([\d.]+)" cy="([\d.]+)"', svg)


@pytest.mark.parametrize(("pairs", "learned"), [(6, (0, 6)), (30, (8, 16)), (200, (200, 13))])
def test_success_rates_are_counts_of_dots(pairs, learned):
    figure = effect.draw(verdict(pairs, learned=learned))
    full, hollow = dots(figure.svg, "train"), dots(figure.svg, "train open")
    assert len(full) == sum(learned)
    assert len(full) + len(hollow) == 2 * pairs
    assert len(set(full + hollow)) == 2 * pairs
    assert all(0 < float(x) < drawing.WIDTH for x, _ in full + hollow)
    assert f"{learned[0]} of {pairs} as it is, {learned[1]} of {pairs} with" in figure.caption


def test_the_interval_lies_where_its_numbers_are():
    figure = effect.draw(verdict(low=-0.1, value=0.2, high=0.5))
    assert not dots(figure.svg, "train")
    left, right = map(
        float, re.search(r'interval probe" x1="([\d.]+)" x2="([\d.]+)"', figure.svg).groups()
    )
    zero = float(re.search(r'class="chance" x1="([\d.]+)"', figure.svg)[1])
    assert (zero - left) / (right - left) == pytest.approx(1 / 6, abs=0.01)
    assert "+0.2, 95.3 % interval \u22120.1 to +0.5" in figure.caption


def test_without_an_interval_there_is_no_figure():
    assert effect.draw(verdict(low=-math.inf, high=math.inf)) is None
    assert effect.draw(verdict(value=math.nan)) is None


def test_the_page_shows_both_figures_of_a_proof():
    diagnosis = doctor.examine(Run(curves={"loss": curve([1.0, 0.9])}))
    page = html.render([diagnosis], [verdict(learned=(3, 9))])
    assert page.index("The same seeds with and without") < page.index("What the trials come to")


def commands(run, *verdicts):
    return [step.command for step in reproduce.steps(run, verdicts)]


def test_a_report_says_how_it_is_made_again():
    log = Run(sources=("my log.txt", "train.py"), answers={"batchnorm": "no"}, kind="log")
    assert commands(log) == [
        "fitdoctor diagnose 'my log.txt' train.py --answer batchnorm=no --html report.html"
    ]
    own = Run(sources=("runs/a/",), kind="observed", recipe=Recipe(seed=3, split_seed=0))
    again = commands(own, verdict(12))
    assert again[1:] == [
        "fitdoctor train runs/a/recipe.toml --output again",
        "fitdoctor prove runs/a/ --cause inputs_not_scaled --seeds 12",
    ]
    assert "seed 3, split seed 0" in reproduce.steps(own)[1].words
    assert not reproduce.steps(Run())


def test_what_was_corrected_is_corrected_again():
    log = Run(sources=("a.log",), curves={"loss": curve([1.0, 0.9]), "val_loss": curve([1.0, 1.1])})
    run = corrected(log, {"n_val": "200", "loss": "my loss", "curve:val_loss": "leave_out"})
    (command,) = commands(run)
    assert shlex.split(command)[2:] == [
        "a.log", "--set", "n_val=200", "--set", "loss=my loss", "--set", "curve:val_loss=leave_out",
        "--html", "report.html",
    ]  # fmt: skip
    assert headline(doctor.examine(run)).command.startswith("fitdoctor diagnose a.log --set n_val")


def test_the_experiment_on_a_script_is_made_again_with_its_arguments():
    job = Job(script="/a b/train.py", arguments=("--rate", "1 2"), folder="/", digest="x")
    proof = verdict(8, jobs=(job, replace(job, digest="y")))
    (_, command) = commands(Run(sources=("train.py",)), proof)
    assert command == (
        "fitdoctor prove --cause inputs_not_scaled --seeds 8 '/a b/train.py' --rate '1 2'"
    )


def test_commands_are_understood_by_the_command_line():
    from fitdoctor.cli.parser import parse

    job = Job(script="train.py", arguments=("--rate", "1"), folder="/", digest="x")
    own = Run(sources=("runs/a",), kind="observed", recipe=Recipe(seed=3))
    for command in (*commands(own, verdict(8)), *commands(own, verdict(8, jobs=(job, job)))):
        assert parse(command.split()[1:])


def test_what_was_counted_stands_with_the_cause_it_is_about():
    losses = {"loss": curve(np.linspace(1, 0.05, 30)), "val_loss": curve(np.linspace(1, 2.5, 30))}
    diagnosis = doctor.examine(Run(curves=losses))
    named = diagnosis.causes[0].rule
    counts = [
        Counted(cause=named, present=True, by="counting", sentence="None of <7> weights learns."),
        Counted(cause="label_noise", present=False, by="evaluation", sentence="All fit."),
    ]
    page = html.render([diagnosis], counts=counts)
    card = page.split(f'id="cause-{named}"')[1].split("</section>")[0]
    assert "Shown by counting.</b> None of &lt;7&gt; weights learns." in card
    others = page.split("Tests of causes that are not suspected")[1]
    assert "Label noise" in others
    assert "Ruled out by one evaluation.</b> All fit." in others
    assert "by counting" not in html.render([diagnosis])
