"""Jobs of Slurm as an `Executor`: submitit hands them in, and each of some threads waits for one.

A job that ends without a result is handed in again; one that an earlier driver has left in the
queue is waited for.
"""

from __future__ import annotations

import math
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

from submitit import SlurmExecutor
from submitit.core.utils import FailedJobError, FailedSubmissionError, UncompletedJobError

from fitdoctor.errors import ClusterError
from fitdoctor.records.text import to_json

POLL = 2.0
"""Seconds between two looks at the results of jobs."""
ASK = 15.0
"""Seconds between two questions which jobs there are."""
TRIES = 3
"""Jobs for one trial that end without a word, until it is given up."""
WARNED = 90
"""Seconds before the end of its time at which Slurm warns a job."""


def executor(folder: Path, options: Mapping[str, str], at_a_time: int, limit: float) -> Submitting:
    """Return what hands in jobs of `limit` seconds with these options of `sbatch`.

    `folder` takes what they print.
    """
    submitter = SlurmExecutor(folder, max_num_timeout=0)
    submitter.update_parameters(
        time=math.ceil((limit + WARNED) / 60) + 1,
        signal_delay_s=WARNED,
        additional_parameters={name: value or True for name, value in options.items()},
    )
    return Submitting(submitter, at_a_time, Queue())


class Queue:
    """What Slurm has of this user, asked for seldom however many jobs there are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = -math.inf
        self._jobs: dict[str, str] | None = None

    def jobs(self) -> tuple[dict[str, str] | None, float]:
        """Return names of jobs by their numbers, and when; `None` where Slurm is silent."""
        with self._lock:
            if time.monotonic() - self._asked >= ASK:
                began = time.monotonic()
                self._jobs = _queued()
                self._asked = began
            return self._jobs, self._asked


def _queued() -> dict[str, str] | None:
    command = ["squeue", "--me", "--noheader", "--format=%i %j"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if " " in line.strip())


class Submitting(ThreadPoolExecutor):
    """Jobs of submitit as an `Executor`: each of a number of threads waits for one job."""

    def __init__(self, submitter: Any, at_a_time: int, queue: Queue | None = None) -> None:
        """`queue` says which jobs there are; without it submitit is asked."""
        super().__init__(at_a_time)
        self._submitter = submitter
        self._queue = queue
        self._stopped = threading.Event()
        self._one_at_a_time = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Do `fn(*args)` as a job that is named by the first of `args`."""
        return super().submit(self._made, fn, *args)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the jobs that are under way."""
        self._stopped.set()
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _made(self, fn: Callable[..., Any], *args: Any) -> Any:
        name = f"fitdoctor-{sha256(to_json(args[0]).encode()).hexdigest()[:16]}"
        job = None
        for _ in range(TRIES):
            job, since = self._job(name, fn, *args), time.monotonic()
            try:
                while not self._stopped.wait(POLL):
                    if job.paths.result_pickle.exists():
                        return self._result(job)
                    if self._is_gone(job, since):
                        break
            finally:
                if self._stopped.is_set():
                    job.cancel()
            if self._stopped.is_set():
                raise CancelledError
        raise ClusterError(
            f"{TRIES} jobs for one trial ended without a result; see {job.paths.stderr}"  # type: ignore[union-attr]
        )

    def _job(self, name: str, fn: Callable[..., Any], *args: Any) -> Any:
        """Hand a job in, unless one of its name waits or runs that another driver has left."""
        there = self._queue.jobs()[0] if self._queue else None
        known = next((number for number, its in (there or {}).items() if its == name), None)
        with self._one_at_a_time:
            if known is not None:
                return self._submitter.job_class(self._submitter.folder, known)
            try:
                if self._queue:
                    self._submitter.update_parameters(job_name=name)
                return self._submitter.submit(fn, *args)
            except (FailedJobError, FailedSubmissionError) as error:
                words = " ".join(str(error).split())[-300:]
                raise ClusterError(f"sbatch takes no job: {words}") from error

    def _is_gone(self, job: Any, since: float) -> bool:
        """Return whether a job has ended without a result, as far as can be seen."""
        if self._queue is None:
            return bool(job.done()) and not job.paths.result_pickle.exists()
        there, asked = self._queue.jobs()
        if there is None or asked <= since or job.job_id in there:
            return False
        time.sleep(POLL)  # what a job writes last may be seen after it has gone
        return not job.paths.result_pickle.exists()

    @staticmethod
    def _result(job: Any) -> Any:
        """Return what a job has returned, and remove its files."""
        try:
            found = job.result()
        except (FailedJobError, UncompletedJobError) as error:
            words = str(error).strip().splitlines()
            raise ClusterError(
                f"job {job.job_id} failed: {words[-1] if words else error}"
            ) from error
        for path in job.paths.folder.glob(f"{job.job_id}_*"):
            path.unlink(missing_ok=True)
        return found
