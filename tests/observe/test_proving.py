"""Experiments on scripts, end to end: paired trainings of a script that is executed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fitdoctor import doctor, proof
from fitdoctor.errors import RecipeError, TrialRefusedError
from fitdoctor.observe import proving
from fitdoctor.records.experiment import Trial
from fitdoctor.records.journal import read
from fitdoctor.records.workers import LOCAL

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
import numpy as np
import keras

open("executed", "a").write(".")
x = np.random.normal(size=(300, 6)).astype("float32")
y = (x[:, 0] + x[:, 1] > 0).astype(int)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(2, "softmax")])
model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:200], y[:200], epochs=int(sys.argv[1]), validation_data=(x[200:], y[200:]), verbose=0)
open("went on", "a").write(".")
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    (tmp_path / "before.py").write_text(SCRIPT.replace("RATE", "1e-7"))
    (tmp_path / "after.py").write_text(SCRIPT.replace("RATE", "0.05"))
    return tmp_path


def test_two_sources_are_trained_in_pairs_and_nothing_is_trained_twice(here):
    def compare(seeds):
        return proof.compare_scripts(
            "before.py", "after.py", ["3"], seeds=seeds, folder="proof", epochs=2
        )

    first = compare(2)
    trials = {(t.arm, t.seed): t for t in first.trials}
    assert len(trials) == 4
    for seed in (0, 1):
        assert trials["treated", seed].outcome > trials["control", seed].outcome
    # Seeds are of weights and order: the data that the script draws are the same for all.
    assert len({t.learned_above for t in first.trials}) == 1
    assert trials["control", 0].outcome != trials["control", 1].outcome
    assert (here / "executed").read_text() == "." * 5
    assert (here / "went on").read_text() == "."  # the first run alone, which is not a trial
    assert compare(2) == first
    assert (here / "executed").read_text() == "." * 5
    assert len(read(here / "proof" / proving.TRIALS, Trial)) == 4
    kept = [path.suffix for path in (here / "proof" / proving.RESULTS).iterdir()]
    assert kept == [".json"] * 4  # and no lease or half result


def test_a_treatment_that_changes_nothing_is_said_to_be_none(here):
    with pytest.raises(TrialRefusedError, match="remove_dropout would change nothing"):
        proving_of("dropout_too_high", here)


def proving_of(cause, here):
    place = here / "proof"
    with proof._recorded(here / "after.py", ["1"], place, None, LOCAL) as (_, pool):
        run = doctor.diagnose_recorded(place, here / "after.py").run
        control = proving.as_it_is(here / "after.py", ["1"], run, place)
        assert control.outcome == "val_accuracy"
        with proving.trainer_of(place, pool, None) as trainer:
            return proving.tested(cause, control, place, trainer, proving.Terms(pairs=2))


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("label_noise", "has no intervention to test on scripts"),
        ("lerning_rate_too_high", "Did you"),
    ],
)
def test_a_cause_without_a_test_is_refused_before_anything_is_executed(here, cause, told):
    with pytest.raises(RecipeError, match=re.escape(told)):
        proof.prove_script("before.py", ["1"], cause=cause)
    assert not (here / "executed").exists()


TWO_TRAININGS = SCRIPT.replace(
    'open("went on", "a").write(".")',
    """
worse = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(2, "softmax")])
worse.compile(keras.optimizers.Adam(50.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
worse.fit(x[:200], y[:200], epochs=4, validation_data=(x[200:], y[200:]), verbose=0)
""",
).replace("RATE", "0.01")


def test_of_several_trainings_the_sick_one_is_tested_in_a_notebook_too(here):
    cell = {"cell_type": "code", "source": TWO_TRAININGS.replace("int(sys.argv[1])", "5")}
    (here / "two.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))
    _, (verdict,), _ = proof.prove_script("two.ipynb", seeds=2, cause="learning_rate_too_high")
    control, treated = verdict.experiment.jobs
    assert control.fit == treated.fit == 2
    assert {t.changed for t in verdict.trials if t.arm == "treated"} == {
        "learning rate 0.001 in place of 50"
    }
    assert verdict.decision == "undecided"


FROZEN = SCRIPT.replace("RATE", "0.05").replace(
    "model.compile(", "model.trainable = False\nmodel.compile("
)
OTHERWISE = SCRIPT.replace("RATE", "0.05").replace(
    "validation_data=(x[200:],", "validation_data=(40 + 30 * x[200:],"
)


def test_what_counting_shows_is_not_trained_again(here):
    (here / "frozen.py").write_text(FROZEN)
    diagnosis, verdicts, counts = proof.prove_script("frozen.py", ["6"])
    assert diagnosis.causes[0].rule == "nothing_is_trainable"
    assert verdicts == ()
    (count,) = [c for c in counts if c.settles]
    assert (count.cause, count.by) == ("nothing_is_trainable", "counting")
    assert "None of the 74 weights is trainable" in count.sentence
    assert (here / "executed").read_text() == "."


def test_one_evaluation_shows_that_images_are_prepared_in_two_ways(here):
    (here / "otherwise.py").write_text(OTHERWISE)
    diagnosis, _, counts = proof.prove_script("otherwise.py", ["12"], seeds=2, budget=0.001)
    assert "pipelines_differ" in [cause.rule for cause in diagnosis.causes]
    (count,) = [c for c in counts if c.cause == "pipelines_differ"]
    assert count.present
    assert count.by == "evaluation"
    assert not count.settles


SLOW = SCRIPT.replace("RATE", "0.01").replace(
    "model.fit(",
    "import os\nopen('pids', 'a').write(f'{os.getpid()}\\n')\nmodel.fit(",
).replace("verbose=0", "verbose=0, callbacks=[keras.callbacks.LambdaCallback("
          "on_epoch_end=lambda e, logs: __import__('time').sleep(e))]")  # fmt: skip


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
@pytest.mark.parametrize("after", [1, 2])
def test_nothing_is_left_running_after_an_interrupt(here, after):
    """Ctrl-C in the first run, and in the first trials."""
    (here / "slow.py").write_text(SLOW)
    words = ["prove", "--cause", "learning_rate_too_high", "--epochs", "30", "-o", "proof"]
    parent = subprocess.Popen(
        [sys.executable, "-m", "fitdoctor", *words, "slow.py", "2" if after == 2 else "30"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
        # A shell that runs tests in the background hands on that interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip
    for _ in range(12_000):
        pids = (here / "pids").read_text().split() if (here / "pids").exists() else []
        if len(pids) >= after:
            break
        time.sleep(0.05)
    time.sleep(1)
    os.killpg(parent.pid, signal.SIGINT)
    said = parent.communicate(timeout=120)[1]
    assert parent.returncode == 130
    assert "interrupted" in said.splitlines()[-1]
    for pid in map(int, pids):
        assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text()
    assert (here / "proof" / "observed.json").exists() == (after == 2)
