"""Trials of scripts as jobs: each in a process of its own, several at a time, none twice.

A job is named by its `Job`, seeds included. Its result stands in a file of that name from the
moment it is there until it is in the journal, so that a driver that was killed finds it again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from hashlib import sha256
from pathlib import Path
from typing import Self

import msgspec
import numpy as np

from fitdoctor.errors import TrialRefusedError
from fitdoctor.records.experiment import Done, TrialFailedError
from fitdoctor.records.job import Job, Measured
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.records.text import from_json, to_json

GRACE = 60.0
"""Seconds that a trial may take beside what its training took."""
TIMES = 10.0
"""How many times as long as the training was before."""
FILES = ".files"
"""Ends the name of the folder beside a result that its trial may write into."""
_RUNNING: set[subprocess.Popen[bytes]] = set()
"""Processes of this one, which end with it."""


class Place(msgspec.Struct, frozen=True):
    """Where jobs leave their results, and how much of the machine each may take."""

    folder: str
    limit: float
    threads: int


def perform(job: Job, place: Place) -> Measured:
    """Return what one execution of a script shows; at once where its result is there already.

    The process has no terminal, prints nowhere, and ends with this one. It is ended after
    `place.limit` seconds with all that it started.
    """
    result = Path(place.folder) / f"{name_of(job)}.json"
    if (found := _read(result)) is not None:
        return found
    result.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(  # noqa: S603 - what the user asked to execute
            [sys.executable, "-m", "fitdoctor.observe.trial", str(result)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd=job.folder,
            env=_environment(place.threads),
            start_new_session=True,
        )
        assert child.stdin is not None
        _RUNNING.add(child)
        try:
            child.stdin.write(to_json(job).encode() + b"\n")
            child.stdin.flush()
            child.wait(place.limit)
        except subprocess.TimeoutExpired:
            return Measured(refused=f"it took longer than {place.limit:.0f} s")
        except BrokenPipeError:
            child.wait()
        finally:
            _end(child)
            _RUNNING.discard(child)
            shutil.rmtree(result.with_suffix(FILES), ignore_errors=True)
        if (found := _read(result)) is not None:
            return found
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    last = lines[-1][:300] if lines else "without a word"
    return Measured(refused=f"the process ended with status {child.returncode}: {last}")


def _environment(threads: int) -> dict[str, str]:
    count = str(threads)
    return {
        "TF_NUM_INTRAOP_THREADS": count,
        "OMP_NUM_THREADS": count,
        **os.environ,
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "Agg",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process and what it has started; the session that it leads has its number."""
    with contextlib.suppress(OSError):  # it has ended
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    child.wait()


def name_of(job: Job) -> str:
    return sha256(to_json(job).encode()).hexdigest()[:20]


def _read(path: Path) -> Measured | None:
    try:
        return from_json(path.read_text(encoding="utf-8"), Measured)
    except (OSError, msgspec.DecodeError):
        return None


class ScriptTrainer:
    """Trains scripts as jobs on any `concurrent.futures.Executor`; a context, which ends them."""

    def __init__(
        self, folder: Path, *, seconds: float, limit: float | None = None,
        executor: Executor | None = None, workers: int | None = None,
    ) -> None:  # fmt: skip
        """`folder` keeps results until they are in a journal.

        `seconds` is what one training took before; a trial that takes `limit` seconds is ended, by
        default far more. `workers` trials run at a time.
        """
        self._workers = workers or local_workers()
        self._executor = executor or ThreadPoolExecutor(self._workers)
        self._place = Place(
            folder=str(folder.absolute()),
            limit=limit or GRACE + TIMES * seconds,
            threads=max(1, (os.cpu_count() or 1) // self._workers),
        )
        self._seconds = seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        for child in tuple(_RUNNING):
            _end(child)

    def train(self, job: Job) -> Run:
        """Return the run of one trial; raises `TrialFailedError` where its training failed."""
        (done,) = self.train_many([job])
        if isinstance(done.result, TrialFailedError):
            raise done.result
        return done.result

    def train_many(self, jobs: Sequence[Job]) -> Iterator[Done]:
        """Yield each trial as it finishes; raises `TrialRefusedError` where none is possible."""
        under_way: dict[Future[Measured], int] = {}
        waiting = list(enumerate(jobs))
        try:
            while waiting or under_way:
                while waiting and len(under_way) < self._workers:
                    place, job = waiting.pop(0)
                    under_way[self._executor.submit(perform, job, self._place)] = place
                finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    place = under_way.pop(future)
                    yield self._done(place, jobs[place], future.result())
                    self._forget(jobs[place])
        finally:
            for future in under_way:
                future.cancel()

    def _done(self, place: int, job: Job, measured: Measured) -> Done:
        if measured.refused is not None:
            self._forget(job)
            raise TrialRefusedError(f"{Path(job.script).name}: {measured.refused}")
        self._seconds = measured.seconds or self._seconds
        return Done(place, as_run(measured), measured.seconds, measured.changed)

    def _forget(self, job: Job) -> None:
        (Path(self._place.folder) / f"{name_of(job)}.json").unlink(missing_ok=True)

    def estimate_seconds(self, job: Job) -> float:  # noqa: ARG002 - each costs the same
        """Return what a trial took, over those that run at the same time."""
        return self._seconds / self._workers


def as_run(measured: Measured) -> Run | TrialFailedError:
    """Return a result as a run of one figure."""
    if measured.failure is not None or measured.value is None:
        return TrialFailedError(measured.failure or "there is no outcome")
    data = DataSummary(n_val=measured.rows, class_counts=measured.counts)
    return Run(curves={measured.outcome: curve(np.array([measured.value]))}, data=data)


def local_workers() -> int:
    """Return how many trials run at a time on this machine: one where a GPU serves them."""
    if Path("/dev/nvidiactl").exists():
        return 1
    return max(1, min(4, os.cpu_count() or 1))
