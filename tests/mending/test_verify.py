"""A change is executed before it is accepted: paired trainings of the script as it was and changed."""

import pytest

from fitdoctor import doctor, proof
from fitdoctor.cli import main
from fitdoctor.errors import TrialRefusedError, UnreadableSourceError
from fitdoctor.mending import files
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Experiment, Verdict
from fitdoctor.records.finding import Prescription
from fitdoctor.report import mending as report

SCRIPT = """import sys
import numpy as np
import keras
from helper import RATE

x = np.random.normal(size=(300, 6)).astype("float32")
y = (x[:, 0] + x[:, 1] > 0).astype(int)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(2, "softmax")])
model.compile(keras.optimizers.Adam(1e-9), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:200], y[:200], epochs=int(sys.argv[1]), validation_data=(x[200:], y[200:]), verbose=0)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    (tmp_path / "helper.py").write_text("RATE = 1\n")
    (tmp_path / "train.py").write_text(SCRIPT)
    return tmp_path


@pytest.mark.slow
def test_both_sources_are_trained_and_too_few_pairs_accept_nothing(here, capsys):
    arguments = ["--args", "3", "--seeds", "2", "--epochs", "2", "-o", "proof"]
    assert main(["fix", "train.py", "--verify", "--write", *arguments]) == 1
    told = capsys.readouterr()
    assert "executing train.py with all that it does" in told.err
    assert "The change is undecided" in told.out
    assert "not accepted, and nothing is written" in told.out
    assert (here / "train.py").read_text() == SCRIPT
    assert sorted(p.name for p in here.iterdir() if p.is_file()) == ["helper.py", "train.py"]


def test_what_helps_is_accepted_and_what_does_not_is_not(here, monkeypatch):
    decided = {"helps": True, "undecided": False, "harms": False, "no_difference": False}
    seen = []

    class Judged:
        decision = "helps"
        sentence = "changed_source helps."

    def compared(before, after, *, arguments, **terms):
        seen.append((before.read_text(), after.read_text(), list(arguments), terms["cause"]))
        return Judged()

    monkeypatch.setattr(proof, "compare_scripts", compared)
    for decision, accepted in decided.items():
        Judged.decision = decision
        made = proof.verify(doctor.fix("train.py"), ["3"])
        assert made.accepted is accepted
    assert seen[0] == (SCRIPT, SCRIPT.replace("1e-9", "0.001"), ["3"], "learning_rate_too_low")
    assert not list(here.glob(".train*"))


def test_a_recipe_and_no_change_are_refused_before_anything_runs(here):
    (here / "recipe.toml").write_text('images = "photos"\n')
    for name, told in (("recipe.toml", "only a script"), ("helper.py", "no change to verify")):
        with pytest.raises(UnreadableSourceError, match=told):
            proof.verify(doctor.fix(name))


def test_the_changed_source_stands_beside_its_original_and_goes(here):
    made = doctor.fix("train.py")
    with files.beside(made) as place:
        assert place.resolve().parent == here.resolve()
        assert place.read_text() == made.after
    assert not place.exists()


TWO = SCRIPT.replace('keras.layers.Dense(2, "softmax")', "keras.layers.Dense(2)")


def judged(decision, monkeypatch, refused=()):
    """Let every comparison decide so, and keep what was compared."""
    seen = []

    def compared(before, after, *, arguments, cause, alpha=0.05, **terms):
        seen.append((cause, before.read_text(), after.read_text(), round(alpha, 4)))
        if cause in refused:
            raise TrialRefusedError("no training")
        planned = Experiment(
            cause=cause, pairs=8, prescription=Prescription(
                intervention="changed_source", arguments={}, sentence=""
            ),
        )  # fmt: skip
        return Verdict(
            experiment=planned,
            trials=(),
            pairs=8,
            effect=Estimate(0.2, 0.1, 0.3),
            level=0.95,
            decision=decision,
            pairs_needed=None,
            sentence="changed_source helps: by 0.2.",
        )

    monkeypatch.setattr(proof, "compare_scripts", compared)
    return seen


def test_each_cause_is_verified_apart_where_all_changes_help(here, monkeypatch):
    (here / "train.py").write_text(TWO)
    made = doctor.fix("train.py")
    causes = list(dict.fromkeys(one.rule for one in made.mends))
    assert len(causes) == 2
    seen = judged("helps", monkeypatch)
    verified = proof.verify(made, ["3"])
    assert list(verified.apart) == causes
    (whole, *each) = seen
    assert whole == (", ".join(causes), TWO, made.after, 0.05)
    for (cause, before, after, alpha), rule in zip(each, causes, strict=True):
        assert (cause, after, alpha) == (rule, made.after, 0.025)
        # All other changes are there, and nothing for this cause.
        assert before not in (TWO, made.after)
        assert rule in {one.rule for one in doctor.fix("train.py", select=[rule]).mends}
        assert before == doctor.fix("train.py", ignore=[rule]).after
    assert not list(here.glob(".train*"))
    said = report.text(verified)
    for rule in causes:
        assert f"The change for {rule} beside the others: helps: by 0.2." in said
    assert report.json(verified).count('"verdict": "helps"') == 3


def test_changes_that_do_not_help_together_are_not_tried_apart(here, monkeypatch):
    (here / "train.py").write_text(TWO)
    seen = judged("undecided", monkeypatch)
    assert proof.verify(doctor.fix("train.py")).apart == {}
    assert len(seen) == 1


def test_without_one_change_a_script_may_not_train_at_all(here, monkeypatch):
    (here / "train.py").write_text(TWO)
    made = doctor.fix("train.py")
    first, second = dict.fromkeys(one.rule for one in made.mends)
    judged("helps", monkeypatch, refused={first})
    assert list(proof.verify(made).apart) == [second]
