"""Where trials are made: this machine, jobs of Slurm, or a cluster of Dask that runs already.

Each is a `concurrent.futures.Executor`; what it is handed may be done again, as it is done once.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from fitdoctor import extras
from fitdoctor.environment import memory_available, processors
from fitdoctor.errors import ClusterError, FitdoctorError
from fitdoctor.records.workers import Workers

T = TypeVar("T")
DASK = "dask://"
MOST_LOCAL = 4
"""Trials at a time on one machine where nobody says: beyond, they wait for memory and disks."""
MEMORY = 2 * 2**30
"""Bytes that a trial should have: half of them is the framework."""
MOST_SLURM = 16
"""Jobs of Slurm under way where nobody says."""
CONNECT = 10.0
"""Seconds in which a scheduler of Dask has to answer."""
OURS = frozenset({
    "array", "chdir", "dependency", "error", "hold", "input", "job-name", "nodes", "ntasks",
    "ntasks-per-node", "open-mode", "output", "parsable", "signal", "test-only", "time", "wait",
    "wrap",
})  # fmt: skip
"""Options of `sbatch` that are not for users: a trial is one task with a time of its own."""
ADDRESS = re.compile(r"([\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}")
OPTION, VALUE = re.compile(r"[a-z][a-z-]*"), re.compile(r"[\w.,:;=+@%/()\[\]*-]*")


class Pool:
    """Executors of one kind, for tasks of a known length."""

    def __init__(
        self, name: str, make: Callable[[float], Executor], at_a_time: int, share: int = 1,
        *, here: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self.at_a_time = at_a_time
        """Trials under way."""
        self.share = share
        """Trials that divide the processors of one machine between them."""
        self.here = here
        """Whether that is this machine."""
        self._make = make
        self._made: dict[float, Executor] = {}

    def executor(self, limit: float) -> Executor:
        """Return an executor for tasks of at most `limit` seconds."""
        if limit not in self._made:
            self._made[limit] = self._make(limit)
        return self._made[limit]

    def result(self, future: Future[T]) -> T:
        """Return what a task has returned; raises `ClusterError` where it was not done."""
        try:
            return future.result()
        except FitdoctorError:
            raise
        except CancelledError as error:
            raise ClusterError(f"{self.name} has gone; what is finished is kept") from error
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise ClusterError(f"{self.name} did not do its task: {words}") from error

    def close(self) -> None:
        for executor in self._made.values():
            executor.shutdown(wait=False)


def check(workers: Workers) -> None:
    """Raise `ClusterError` or `MissingExtraError` for what is asked wrongly or not installed."""
    if workers.jobs is not None and workers.jobs < 1:
        raise ClusterError(f"--jobs {workers.jobs}: expected 1 or more")
    if workers.slurm and workers.on != "slurm":
        raise ClusterError("--slurm sets options of --on slurm")
    if workers.on == "slurm":
        extras.need("slurm", "--on slurm")
        _check_options(workers.slurm)
        for command in ("sbatch", "squeue", "scancel"):
            if shutil.which(command) is None:
                raise ClusterError(f"--on slurm: there is no {command} on this machine")
    elif workers.on.startswith(DASK):
        extras.need("dask", f"--on {DASK}")
        if not ADDRESS.fullmatch(workers.on.removeprefix(DASK)):
            raise ClusterError(f"--on {workers.on}: expected dask://HOST:PORT")
    elif workers.on != "local":
        raise ClusterError(f"--on {workers.on}: expected local, slurm or dask://HOST:PORT")


def _check_options(options: Mapping[str, str]) -> None:
    for name, value in options.items():
        if not OPTION.fullmatch(name) or not VALUE.fullmatch(value):
            raise ClusterError(
                f"--slurm {f'{name}={value}'!r}: expected a long name of an option of sbatch, and "
                "its value"
            )
        if name in OURS:
            raise ClusterError(f"--slurm {name}: is set by fitdoctor; the time follows --limit")


@contextlib.contextmanager
def opened(workers: Workers, folder: Path) -> Iterator[Pool]:
    """Open what makes trials, after `check`; raises `ClusterError` where no scheduler answers.

    `folder` takes what Slurm prints.
    """
    check(workers)
    with contextlib.ExitStack() as open_:
        if workers.on == "slurm":
            from fitdoctor.experiments import slurm

            at_a_time = workers.jobs or MOST_SLURM
            pool = Pool(
                "Slurm",
                partial(slurm.executor, folder / "slurm", workers.slurm, at_a_time),
                at_a_time,
            )
        elif workers.on == "local":
            pool = local(workers.jobs)
        else:
            pool = open_.enter_context(_on_dask(workers.on.removeprefix(DASK), workers.jobs))
        open_.callback(pool.close)
        yield pool


def local(jobs: int | None = None) -> Pool:
    """Return a pool of this machine: each trial is a process, so threads wait for them."""
    at_a_time = jobs or local_workers()
    return Pool(
        "this machine", lambda _: ThreadPoolExecutor(at_a_time), at_a_time, at_a_time, here=True
    )


def local_workers() -> int:
    """Return how many trials run at a time on this machine: one where a GPU serves them."""
    if Path("/dev/nvidiactl").exists():
        return 1
    by_memory = (memory_available() or MOST_LOCAL * MEMORY) // MEMORY
    return max(1, min(MOST_LOCAL, processors(), by_memory))


@contextlib.contextmanager
def _on_dask(place: str, jobs: int | None) -> Iterator[Pool]:
    from dask import config
    from distributed import Client

    protocol = "tls" if config.get("distributed.comm.require-encryption", None) else "tcp"
    try:
        client = Client(f"{protocol}://{place}", timeout=CONNECT, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:
        raise ClusterError(
            f"no scheduler of Dask answers at {place} within {CONNECT:.0f} s"
        ) from error
    with client:
        known = client.scheduler_info(n_workers=-1)["workers"].values()
        threads: dict[str, int] = {}
        for worker in known:
            threads[worker["host"]] = threads.get(worker["host"], 0) + worker["nthreads"]
        if not threads and jobs is None:
            raise ClusterError(f"{place} has no workers yet; start some, or say how many: --jobs N")
        at_a_time = jobs or sum(threads.values())
        share = max(threads.values(), default=1)
        yield Pool(
            f"the cluster at {place}", lambda _: client.get_executor(pure=False), at_a_time, share
        )
