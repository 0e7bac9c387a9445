"""A proof whose driver or workers are killed: nothing is lost, and nothing is run twice.

The trials are processes as in any proof; their script trains nothing, and writes a result of known
truth where the trial would.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fitdoctor.observe import proving
from fitdoctor.records.experiment import Trial
from fitdoctor.records.journal import read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc"),
]

SCRIPT = """
import json, os, random, sys, time
frame = sys._getframe()
while "given" not in frame.f_locals:
    frame = frame.f_back
job, result = frame.f_locals["given"], frame.f_locals["result"]
name = (job.get("treatment") or {}).get("intervention", "as-it-is")

def note(what):
    with open("log", "a") as file:
        file.write(f"{what} {name} {job['seed']} {os.getpid()}\\n")

note("begun")
time.sleep(0.3)
draw = random.Random(f"{name} {job['seed']}").gauss(0, 0.01)
gain = 0.2 if name == "remove_weight_penalty" else 0.0
value = {"outcome": "val_accuracy", "value": 0.6 + gain + draw, "rows": 200, "counts": [100, 100],
         "seconds": 0.3, "changed": "something" if name != "as-it-is" else ""}
part = result.with_suffix(".part")
part.write_text(json.dumps(value))
part.replace(result)
note("done")
os._exit(0)
"""
DRIVER = """
import sys
from pathlib import Path
from fitdoctor.experiments import executors
from fitdoctor.experiments.jobs import JobTrainer
from fitdoctor.observe import proving
from fitdoctor.records.job import Job
from fitdoctor.records.workers import Workers

on, *causes = sys.argv[1:]
job = Job(script=str(Path("train.py").resolve()), folder=str(Path.cwd()), digest="d")
home = Path("proof")
home.mkdir(exist_ok=True)
results = (home / proving.RESULTS).absolute()
if on == "submitit":
    from fitdoctor.experiments import slurm
    from submitit import LocalExecutor
    slurm.POLL = 0.2
    executors.local = lambda jobs: executors.Pool(
        "submitit", lambda _: slurm.Submitting(LocalExecutor(results / "slurm"), jobs), jobs)
    on = "local"
with (
    executors.opened(Workers(on=on, jobs=2), results) as pool,
    JobTrainer(results, pool, seconds=1.0) as trainer,
):
    verdicts = proving.proven(causes, job, home, trainer, proving.Terms(pairs=8), print)
assert "keras" not in sys.modules  # the driver trains nothing itself
print(*(f"{v.experiment.cause} {v.decision} {v.effect.value:.6f}" for v in verdicts), sep="\\n")
"""
CAUSES = ("dropout_too_high", "excess_weight_penalty", "overfitting")
ONE = ("excess_weight_penalty",)


def begin(here, on="local", causes=CAUSES):
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, on, *causes], cwd=here, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
        # A shell that runs tests in the background hands on that interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip


def log(here):
    place = here / "log"
    return [line.split() for line in place.read_text().splitlines()] if place.exists() else []


def gone(pid, seconds=20.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def here(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    return tmp_path


def test_a_driver_that_is_killed_loses_nothing_and_runs_nothing_twice(here, tmp_path_factory):
    whole = tmp_path_factory.mktemp("whole")
    (whole / "train.py").write_text(SCRIPT)
    expected = begin(whole).communicate(timeout=300)[0]
    assert "excess_weight_penalty helps" in expected
    every = sorted(tuple(line[1:3]) for line in log(whole) if line[0] == "done")
    assert len(every) == len(set(every)) == len(log(whole)) / 2

    random.seed(4)
    kills = 0
    for _ in range(12):
        begun_before = len(log(here))
        driver = begin(here)
        wanted = random.randint(1, 8)
        until = time.monotonic() + 120
        while driver.poll() is None and len(log(here)) < begun_before + wanted:
            assert time.monotonic() < until
            time.sleep(0.02)
        time.sleep(random.uniform(0, 0.5))
        if driver.poll() is not None:
            break
        os.kill(driver.pid, signal.SIGKILL)
        driver.communicate()
        kills += 1
        for line in log(here):
            assert gone(int(line[3])), line  # its trials end with it
    said = begin(here).communicate(timeout=300)[0] if driver.returncode else driver.communicate()[0]
    assert kills >= 2
    assert said.splitlines()[-2:] == expected.splitlines()[-2:]
    done = set()
    for what, *trial, _ in log(here):
        assert tuple(trial) not in done, f"{trial} was run again"
        done |= {tuple(trial)} if what == "done" else set()
    assert sorted(done) == every
    trials = read(here / "proof" / proving.TRIALS, Trial)
    assert len(trials) == len({(t.intervention, t.seed) for t in trials}) == len(every)
    kept = [path.suffix for path in (here / "proof" / proving.RESULTS).iterdir()]
    assert kept == [".json"] * len(every)  # and no lease or half result
    for line in (here / "proof" / proving.TRIALS).read_text().splitlines():
        json.loads(line)


def until_log_has(here, lines, seconds=120):
    until = time.monotonic() + seconds
    while len(log(here)) < lines:
        assert time.monotonic() < until
        time.sleep(0.02)


def done_once(here, begun=None):
    """Assert that each trial was done once, and begun once but for so many."""
    found = [(what, *trial) for what, *trial, _ in log(here)]
    done = [trial for what, *trial in found if what == "done"]
    assert len(done) == len({tuple(trial) for trial in done}) > 0
    assert sum(what == "begun" for what, *_ in found) == (begun or len(done))
    trials = read(here / "proof" / proving.TRIALS, Trial)
    assert len(trials) == len({(t.intervention, t.seed) for t in trials}) == len(done)
    left = {path.suffix for path in (here / "proof" / proving.RESULTS).iterdir() if path.is_file()}
    assert left == {".json"}  # and no lease or half result
    return len(done)


def test_two_drivers_on_one_journal_share_its_trials(here):
    both = [begin(here), begin(here)]
    said = [driver.communicate(timeout=300)[0].splitlines()[-2:] for driver in both]
    assert said[0] == said[1]
    assert "excess_weight_penalty helps" in said[0][-1]
    done_once(here)


@pytest.fixture
def cluster(here):
    """Start a scheduler of Dask with two workers; yield its address and the processes of these."""
    pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    dask = [sys.executable, "-m", "dask"]
    workers = [
        *dask,
        "worker",
        f"tcp://{host}:{port}",
        "--no-nanny",
        "--no-dashboard",
        "--nthreads",
        "1",
    ]
    commands = [
        [*dask, "scheduler", "--host", host, "--port", str(port),
         "--no-dashboard"], workers, workers,
    ]  # fmt: skip
    with (here / "dask.log").open("w") as said:
        started = [subprocess.Popen(c, cwd=here, stdout=said, stderr=said) for c in commands]
    until = time.monotonic() + 120
    while (here / "dask.log").read_text().count("Starting established connection") < 2:
        assert time.monotonic() < until, (here / "dask.log").read_text()
        time.sleep(0.1)
    yield f"dask://{host}:{port}", started[1:]
    for process in started:
        process.kill()
        process.wait()


def test_a_driver_and_a_worker_of_dask_are_killed_and_nothing_is_lost(here, cluster):
    address, workers = cluster
    driver = begin(here, address, ONE)
    until_log_has(here, 5)
    driver.kill()  # what its workers are at goes on
    driver.communicate()
    driver = begin(here, address, ONE)
    until_log_has(here, 11)
    workers[0].kill()
    assert "excess_weight_penalty helps" in driver.communicate(timeout=120)[0]
    whats = [what for what, *_ in log(here)]
    lost = whats.count("begun") - whats.count("done")
    assert lost <= 1  # what that worker was at
    done_once(here, begun=whats.count("done") + lost)


def test_jobs_of_submitit_outlive_their_driver_and_are_done_once(here):
    pytest.importorskip("submitit")
    driver = begin(here, "submitit", ONE)
    until_log_has(here, 3)
    driver.kill()
    driver.communicate()
    said = begin(here, "submitit", ONE).communicate(timeout=300)[0]
    assert "excess_weight_penalty helps" in said
    done_once(here)


def test_an_interrupt_ends_the_trials_and_leaves_no_half_result(here):
    driver = begin(here)
    until = time.monotonic() + 120
    while not log(here):
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(driver.pid, signal.SIGINT)
    driver.communicate(timeout=60)
    for line in log(here):
        assert gone(int(line[3])), line
    assert begin(here).communicate(timeout=300)[0].count("helps") == 1
