"""Where trials are made: what is asked wrongly is one line, and jobs that vanish are noticed."""

import sys
import threading
from concurrent.futures import CancelledError, Future
from types import SimpleNamespace

import pytest

from fitdoctor.environment import processors
from fitdoctor.errors import ClusterError, MissingExtraError
from fitdoctor.experiments import executors
from fitdoctor.records.workers import Workers


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"on": "cloud"}, "expected local, slurm or dask://HOST:PORT"),
        ({"on": "dask://"}, "expected dask://HOST:PORT"),
        ({"on": "dask://a b:1"}, "expected dask://HOST:PORT"),
        ({"jobs": 0}, "--jobs 0: expected 1 or more"),
        ({"slurm": {"partition": "gpu"}}, "--slurm sets options of --on slurm"),
        ({"on": "slurm", "slurm": {"time": "5"}}, "time follows --limit"),
        ({"on": "slurm", "slurm": {"array": "0-3"}}, "is set by fitdoctor"),
        ({"on": "slurm", "slurm": {"partition": "a\nrm -r x"}}, "expected a long name"),
        ({"on": "slurm", "slurm": {"partition": "$(id)"}}, "expected a long name"),
        ({"on": "slurm", "slurm": {"p;id": "x"}}, "expected a long name"),
        ({"on": "slurm", "slurm": {"": "gpu"}}, "expected a long name"),
    ],
)
def test_what_is_asked_wrongly_is_told_before_anything_is_made(asked, told, tmp_path):
    if asked.get("on", "local") != "local":
        pytest.importorskip("distributed")
        pytest.importorskip("submitit")
    pool = executors.opened(Workers(**asked), tmp_path)
    with pytest.raises(ClusterError, match=told) as caught:
        pool.__enter__()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("on", "module"), [("slurm", "submitit"), ("dask://localhost:8786", "distributed")]
)
def test_a_missing_extra_is_named_with_what_installs_it(on, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"no module {module}.*pip install.*\[{on[:4]}"):
        executors.check(Workers(on=on))


def test_without_slurm_its_commands_are_missing(monkeypatch):
    pytest.importorskip("submitit")
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(ClusterError, match="there is no sbatch"):
        executors.check(Workers(on="slurm", slurm={"gres": "gpu:a100:1", "requeue": ""}))


@pytest.mark.parametrize(
    ("limit", "most"), [("max 100000", None), ("150000 100000", 1), ("20000 100000", 1), ("", None)]
)
def test_processors_are_counted_as_a_container_may_use_them(tmp_path, limit, most):
    (tmp_path / "cpu.max").write_text(limit)
    there = processors(tmp_path / "nowhere")
    assert there >= 1
    assert processors(tmp_path) == (most or there)


def test_what_goes_wrong_on_a_cluster_is_one_line():
    pool = executors.Pool("the cluster", lambda _: None, 1)
    for error, told in [
        (ModuleNotFoundError("No module named 'fitdoctor'\n\n"), "No module named 'fitdoctor'"),
        (CancelledError(), "the cluster has gone"),
        (ClusterError("sbatch takes no job"), "^sbatch takes no job$"),
    ]:
        future = Future()
        future.set_exception(error)
        with pytest.raises(ClusterError, match=told) as caught:
            pool.result(future)
        assert "\n" not in str(caught.value)


class Submitter:
    """Hands in jobs of which some vanish without a result."""

    def __init__(self, folder, vanish):
        self.folder, self.vanish, self.handed_in, self.cancelled = folder, vanish, 0, []
        self.names = []

    def job_class(self, folder, number):
        result = folder / f"{number}_0_result.pkl"
        return SimpleNamespace(
            job_id=number, result=lambda: "measured", cancel=lambda: self.cancelled.append(number),
            paths=SimpleNamespace(folder=folder, result_pickle=result, stderr="job.err"),
        )  # fmt: skip

    def update_parameters(self, job_name):
        self.names.append(job_name)

    def submit(self, _fn, *_args):
        self.handed_in += 1
        job = self.job_class(self.folder, str(self.handed_in))
        if self.handed_in > self.vanish:
            job.paths.result_pickle.touch()
        return job


class Queue:
    """What Slurm has, asked afresh each time."""

    def __init__(self, known=None):
        self.known, self.asked = known or {}, 0.0

    def jobs(self):
        import time

        return self.known, time.monotonic() + 1


@pytest.fixture
def slurm(monkeypatch):
    pytest.importorskip("submitit")
    from fitdoctor.experiments import slurm

    monkeypatch.setattr(slurm, "POLL", 0.01)
    return slurm


@pytest.mark.parametrize("vanish", [0, 2])
def test_a_job_that_vanishes_is_handed_in_again(slurm, tmp_path, vanish):
    submitter = Submitter(tmp_path, vanish)
    with slurm.Submitting(submitter, 1, Queue()) as executor:
        assert executor.submit(print, "order").result(10) == "measured"
    assert submitter.handed_in == vanish + 1
    assert len(set(submitter.names)) == 1
    assert not list(tmp_path.iterdir())


def test_jobs_that_vanish_again_and_again_are_given_up(slurm, tmp_path):
    submitter = Submitter(tmp_path, 99)
    told = r"ended without a result; see job\.err"
    with (
        slurm.Submitting(submitter, 1, Queue()) as executor,
        pytest.raises(ClusterError, match=told),
    ):
        executor.submit(print, "order").result(10)
    assert submitter.handed_in == slurm.TRIES


def test_a_job_that_another_driver_has_handed_in_is_waited_for(slurm, tmp_path):
    submitter, queue = Submitter(tmp_path, 0), Queue()
    with slurm.Submitting(submitter, 1, queue) as executor:
        executor.submit(print, "order").result(10)
        queue.known = {"77": submitter.names[0]}
        waiting = executor.submit(print, "order")
        (tmp_path / "77_0_result.pkl").touch()
        assert waiting.result(10) == "measured"
    assert submitter.handed_in == 1


def test_jobs_under_way_end_with_the_executor(slurm, tmp_path):
    submitter, queue = Submitter(tmp_path, 99), Queue()
    executor = slurm.Submitting(submitter, 1, queue)
    begun = threading.Event()
    queue.known = {"1": "another"}  # the job stays in the queue
    submitter.update_parameters = lambda job_name: begun.set()
    future = executor.submit(print, "order")
    assert begun.wait(10)
    executor.shutdown(wait=True)
    assert submitter.cancelled == ["1"]
    with pytest.raises(CancelledError):
        future.result(10)
