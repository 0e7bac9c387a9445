"""Trials as jobs: ended in time and with their parent, refused in words, and none done twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from fitdoctor import locks
from fitdoctor.errors import TrialRefusedError
from fitdoctor.experiments import executors, jobs
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.job import Job, Measured
from fitdoctor.records.text import from_json, to_json


@pytest.fixture
def job(tmp_path):
    """Make the job of a script from its text."""

    def make(text, **options):
        script = tmp_path / "train.py"
        script.write_text(text)
        return Job(script=str(script), folder=str(tmp_path), digest="a", **options)

    return make


@pytest.fixture
def place(tmp_path):
    (tmp_path / "results").mkdir()
    return jobs.Place(folder=str(tmp_path / "results"), limit=60)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print(1)", "the script ended before that training"),
        ("1 / 0", "ended before its training: ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "ended before its training: SystemExit: 3"),
        ("open('no_such_file')", "FileNotFoundError"),
        ("import os; os._exit(7)", "ended with status 7"),
        ("input()", "EOFError"),
        ("import sys; sys.exit('give a folder')", "give a folder"),
    ],
)
def test_a_script_that_reaches_no_training_is_no_trial(job, place, text, told):
    measured = jobs.perform(job(text), place)
    assert measured.value is None
    assert told in measured.refused


@pytest.mark.slow
def test_a_trial_is_ended_after_its_limit_with_all_that_it_started(job, place, tmp_path):
    text = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    measured = jobs.perform(job(text), replace(place, limit=3))
    assert "longer than 3 s" in measured.refused
    assert gone(int((tmp_path / "pid").read_text()))


def gone(pid, seconds=10):
    """Return whether a process ends in time; what nobody waits for any more counts as ended."""
    for _ in range(seconds * 20):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_a_trial_ends_with_its_parent_whatever_ends_that(job, place, tmp_path):
    order = job("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)")
    driver = (
        "import sys\nfrom fitdoctor.experiments import jobs\n"
        "from fitdoctor.records.job import Job\n"
        "from fitdoctor.records.text import from_json\n"
        "jobs.perform(from_json(sys.argv[1], Job), from_json(sys.argv[2], jobs.Place))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", driver, to_json(order), to_json(place)])
    for _ in range(1200):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            break
        time.sleep(0.05)
    child = int((tmp_path / "pid").read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(child)


def test_a_result_that_is_there_is_taken_up_and_the_script_is_not_executed(job, place, tmp_path):
    order = job("open('executed', 'w')", seed=3)
    known = Measured(outcome="val_accuracy", value=0.5, rows=10, counts=(5, 5), seconds=2.0)
    (tmp_path / "results" / f"{jobs.name_of(order)}.json").write_text(to_json(known))
    assert jobs.perform(order, place) == known
    with jobs.JobTrainer(tmp_path / "results", executors.local(), seconds=1.0) as trainer:
        (done,) = trainer.train_many([order])
    assert done.result.curves["val_accuracy"].values[-1] == 0.5
    assert not (tmp_path / "executed").exists()
    # It stays for whoever else trains into this folder.
    assert os.listdir(tmp_path / "results") == [f"{jobs.name_of(order)}.json"]  # noqa: PTH208


def test_the_lease_of_who_was_killed_after_the_result_is_removed(job, place, tmp_path):
    order = job("1 / 0")
    result = tmp_path / "results" / f"{jobs.name_of(order)}.json"
    result.write_text(to_json(Measured(outcome="accuracy", value=0.5)))
    dead = {"machine": locks._machine(), "pid": 2**30, "born": "1"}
    result.with_suffix(".lock").write_text(to_json(dead))
    assert jobs.perform(order, place).value == 0.5
    assert [path.suffix for path in (tmp_path / "results").iterdir()] == [".json"]


def test_another_seed_or_treatment_is_another_job(job):
    one = job("")
    others = [replace(one, seed=1), replace(one, digest="b"), replace(one, epochs=2)]
    assert len({jobs.name_of(each) for each in [one, *others]}) == 4
    assert from_json(to_json(one), Job) == one


def test_what_a_trial_measures_is_a_run_or_a_failure():
    worth = jobs.as_run(Measured(outcome="val_r2", value=0.25, rows=4, counts=()))
    assert worth.curves["val_r2"].values[-1] == 0.25
    assert isinstance(jobs.as_run(Measured(outcome="val_r2", failure="NaN")), TrialFailedError)


@pytest.mark.slow
def test_a_refused_trial_ends_the_experiment_with_one_line(job, tmp_path):
    with (
        jobs.JobTrainer(tmp_path / "results", executors.local(), seconds=1.0) as trainer,
        pytest.raises(TrialRefusedError, match=r"^train.py: the script ended before"),
    ):
        list(trainer.train_many([job("print(1)")]))
