"""Trials as jobs: each in a process of its own, several at a time, none twice.

A job is named by what it trains, seeds included. Its result stands in a file of that name from the
moment it is there, in a folder that all workers see; who makes it holds a lease. So a job may be
handed out again, to whatever worker, by whatever driver: it is done once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from hashlib import sha256
from pathlib import Path
from typing import Self
from uuid import uuid4

import msgspec
import numpy as np

from fitdoctor import locks
from fitdoctor.environment import processors
from fitdoctor.errors import TrialRefusedError
from fitdoctor.experiments.executors import Pool
from fitdoctor.records.experiment import STREAMS, Done, TrialFailedError
from fitdoctor.records.job import Job, Measured
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.records.text import from_json, to_json
from fitdoctor.records.version import VERSION

GRACE = 60.0
"""Seconds that a trial may take beside what its training took."""
TIMES = 10.0
"""How many times as long as the training was before."""
TRIES = 3
"""Executions of a trial that something outside kills, until it is given up."""
RESULTS = "trials"
"""The folder of results in a run folder."""
FILES = ".files"
"""Ends the name of the folder beside a result that its trial may write into."""
BACKEND = ("KERAS_BACKEND", "TF_USE_LEGACY_KERAS")
"""Variables of the driver that all workers have, whatever their own are."""
_RUNNING: set[subprocess.Popen[bytes]] = set()
"""Processes of this one, which end with it."""


class Place(msgspec.Struct, frozen=True):
    """Where jobs leave their results, and how much of a machine each may take."""

    folder: str
    """The absolute path of the results, the same on all machines."""
    limit: float
    """Seconds until a trial is ended."""
    share: int = 1
    """Trials that divide the processors of one machine between them."""
    driver: str = ""
    """Who may call the trials off."""
    home: str = "."
    """The working directory of trials of recipes."""
    version: str = VERSION
    backend: tuple[tuple[str, str], ...] = ()
    """Variables of the environment."""


def perform(order: Job | Recipe, place: Place) -> Measured:
    """Return what one training shows; at once where its result is there already.

    The process has no terminal, prints nowhere, and ends with this one. It is ended after
    `place.limit` seconds with all that it started. Where another process makes the same trial, its
    result is waited for.
    """
    if place.version != VERSION:
        return Measured(
            refused=f"{socket.gethostname()} has fitdoctor {VERSION}, not {place.version}"
        )
    home = Path(order.folder if isinstance(order, Job) else place.home)
    for folder in (home, Path(place.folder)):
        if not folder.is_dir():
            return Measured(
                refused=f"there is no folder {folder} on {socket.gethostname()}; workers need the "
                "folders of the script and of the proof under the same paths"
            )
    result = result_of(order, place)
    if (found := _read(result)) is not None:
        locks.sweep(_lease(result))  # whoever made it may have been killed right after
        return found
    children: list[subprocess.Popen[bytes]] = []

    def call_off() -> None:
        for child in children:
            _end(child)

    with locks.held(_lease(result), owner=place.driver, on_lost=call_off) as lease:
        measured = Measured(refused="it was called off")
        for _ in range(TRIES):
            if (found := _read(result)) is not None:
                return found
            if not lease.holds():
                break
            measured, killed = _executed(order, place, home, children)
            if not killed:
                return measured
    if lease.lost and locks.is_held(_lease(result)):  # somebody took us for dead, and makes it
        return perform(order, place)
    return measured


def _executed(
    order: Job | Recipe, place: Place, home: Path, children: list[subprocess.Popen[bytes]]
) -> tuple[Measured, bool]:
    """Return what one execution shows, and whether something outside has killed it."""
    result = result_of(order, place)
    module = "fitdoctor.observe.trial" if isinstance(order, Job) else "fitdoctor.training.trial"
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(  # noqa: S603 - what the user asked to execute
            [sys.executable, "-m", module, str(result)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd=home,
            env=_environment(place),
            start_new_session=True,
        )
        assert child.stdin is not None
        _RUNNING.add(child)
        children[:] = [child]
        try:
            child.stdin.write(to_json(order).encode() + b"\n")
            child.stdin.flush()
            child.wait(place.limit)
        except subprocess.TimeoutExpired:
            return Measured(refused=f"it took longer than {place.limit:.0f} s"), False
        except BrokenPipeError:
            child.wait()
        finally:
            _end(child)
            _RUNNING.discard(child)
            shutil.rmtree(result.with_suffix(FILES), ignore_errors=True)
        if (found := _read(result)) is not None:
            return found, False
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    last = lines[-1][:300] if lines else "without a word"
    killed = os.name == "posix" and child.returncode == -signal.SIGKILL
    if killed:
        last = f"killed from outside {TRIES} times; was there too little memory?"
    return Measured(refused=f"the process ended with status {child.returncode}: {last}"), killed


def _environment(place: Place) -> dict[str, str]:
    count = str(max(1, processors() // place.share))
    return {
        "TF_NUM_INTRAOP_THREADS": count,
        "OMP_NUM_THREADS": count,
        **os.environ,
        **dict(place.backend),
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


def name_of(order: Job | Recipe) -> str:
    """Return what names a trial: the same trial has the same name, whoever asks for it."""
    return sha256(to_json((order, STREAMS)).encode()).hexdigest()[:20]


def result_of(order: Job | Recipe, place: Place) -> Path:
    return Path(place.folder) / f"{name_of(order)}.json"


def _lease(result: Path) -> Path:
    return result.with_suffix(".lock")


def _read(path: Path) -> Measured | None:
    try:
        return from_json(path.read_text(encoding="utf-8"), Measured)
    except (OSError, msgspec.DecodeError):
        return None


class JobTrainer:
    """Trains scripts or recipes as jobs on a `Pool`; a context, which calls off what runs."""

    apart = True
    """No trial is made twice, whoever else trains into the same journal."""

    def __init__(
        self, folder: Path, pool: Pool, *, seconds: float, limit: float | None = None
    ) -> None:
        """`folder` keeps the results; it is made.

        `seconds` is what one training took before; a trial that takes `limit` seconds is ended, by
        default far more.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._pool = pool
        self._seconds = seconds
        self._place = Place(
            folder=str(folder.absolute()),
            limit=limit or GRACE + TIMES * seconds,
            share=pool.share,
            driver=uuid4().hex,
            home=str(Path.cwd()),
            backend=tuple((name, os.environ[name]) for name in BACKEND if name in os.environ),
        )
        self._under_way: dict[Future[Measured], Job | Recipe] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._call_off()
        for child in tuple(_RUNNING):
            _end(child)

    def _call_off(self) -> None:
        """Take the leases of what is under way, so that no worker goes on or begins again."""
        for future, order in self._under_way.items():
            future.cancel()
            locks.revoke(_lease(result_of(order, self._place)), self._place.driver)
        self._under_way.clear()

    def train(self, order: Job | Recipe) -> Run:
        """Return the run of one trial; raises `TrialFailedError` where its training failed."""
        (done,) = self.train_many([order])
        if isinstance(done.result, TrialFailedError):
            raise done.result
        return done.result

    def train_many(self, orders: Sequence[Job | Recipe]) -> Iterator[Done]:
        """Yield each trial as it finishes; raises `TrialRefusedError` where none is possible."""
        places: dict[Future[Measured], int] = {}
        waiting = list(range(len(orders)))
        executor = self._pool.executor(self._place.limit)
        try:
            while waiting or places:
                while waiting and len(places) < self._pool.at_a_time:
                    place = self._next(waiting, orders)
                    future = executor.submit(perform, orders[place], self._place)
                    places[future], self._under_way[future] = place, orders[place]
                finished, _ = wait(places, return_when=FIRST_COMPLETED)
                for future in finished:
                    place, order = places.pop(future), self._under_way.pop(future)
                    yield self._done(place, order, self._pool.result(future))
        finally:
            self._call_off()

    def _next(self, waiting: list[int], orders: Sequence[Job | Recipe]) -> int:
        """Take the next trial, first those that nobody else makes at the moment."""
        for at, place in enumerate(waiting):
            if not locks.is_held(_lease(result_of(orders[place], self._place))):
                return waiting.pop(at)
        return waiting.pop(0)

    def _done(self, place: int, order: Job | Recipe, measured: Measured) -> Done:
        if measured.refused is not None:
            result_of(order, self._place).unlink(missing_ok=True)
            what = Path(order.script).name if isinstance(order, Job) else "the recipe"
            raise TrialRefusedError(f"{what}: {measured.refused}")
        self._seconds = measured.seconds or self._seconds
        return Done(place, as_run(measured), measured.seconds, measured.changed)

    def estimate_seconds(self, order: Job | Recipe) -> float:  # noqa: ARG002 - each costs the same
        """Return what a trial took, over those that run at the same time."""
        return self._seconds / self._pool.at_a_time


def as_run(measured: Measured) -> Run | TrialFailedError:
    """Return a result as a run of one figure."""
    if measured.failure is not None or measured.value is None:
        return TrialFailedError(measured.failure or "there is no outcome")
    data = DataSummary(n_val=measured.rows, class_counts=measured.counts)
    return Run(curves={measured.outcome: curve(np.array([measured.value]))}, data=data)
