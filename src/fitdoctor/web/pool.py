"""A few child processes that answer requests; one that is slow is ended and another begun."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import Any

import msgspec

from fitdoctor.web.messages import LENGTH, Refused, Reply, Request

SLOW = 20.0
"""Seconds after which a worker is ended."""
STARTING = 120.0
MOST_WAITING = 200
MOST_REPLY = 64_000_000


class Pool:
    """Workers, each with one request at a time; requests wait in order for one that is free."""

    def __init__(self, size: int | None = None, slow: float = SLOW) -> None:
        self.size = size or min(4, max(2, os.cpu_count() or 1))
        self.slow = slow
        self._free: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
        self._all: set[asyncio.subprocess.Process] = set()
        self._beginning: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._aside = asyncio.Semaphore(max(1, self.size - 1))

    async def start(self) -> None:
        """Begin all workers; return when the first is ready."""
        for _ in range(self.size):
            self._begin_one()
        self._free.put_nowait(await self._free.get())

    async def stop(self) -> None:
        for task in self._beginning:
            task.cancel()
        for worker in self._all:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
        await asyncio.gather(*(worker.wait() for worker in self._all))

    async def ask(self, request: Request) -> Reply:
        """Return a worker's reply, or why there is none."""
        if self._waiting >= MOST_WAITING:
            return Refused(why="too many people ask at once; try again in a moment")
        self._waiting += 1
        try:
            worker = await self._free.get()
        finally:
            self._waiting -= 1
        answered = False
        try:
            reply = await asyncio.wait_for(_asked(worker, request), self.slow)
            answered = True
        except TimeoutError:
            return Refused(
                why=f"this was not read within {self.slow:g} seconds; bring a shorter part of it"
            )
        except (EOFError, OSError):
            return Refused(
                why="reading this failed, a bug of fitdoctor; bring a shorter part of it"
            )
        else:
            return reply
        finally:
            if answered:
                self._free.put_nowait(worker)
            else:
                self._replace(worker)

    async def ask_aside(self, request: Request) -> Reply:
        """Return a reply that nobody waits for; of two workers or more one is left to people."""
        async with self._aside:
            return await self.ask(request)

    def _replace(self, worker: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        self._begin_one()

    def _begin_one(self) -> None:
        task = asyncio.create_task(self._begin())
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self) -> None:
        """Start a worker and put it among the free ones when it is ready."""
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "fitdoctor.web.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            limit=MOST_REPLY,
        )
        self._all.add(worker)
        await asyncio.wait_for(_received(worker), STARTING)
        self._free.put_nowait(worker)
        ended = {one for one in self._all if one.returncode is not None}
        self._all -= ended


async def _asked(worker: asyncio.subprocess.Process, request: Request) -> Reply:
    message = msgspec.msgpack.encode(request)
    assert worker.stdin is not None
    worker.stdin.write(LENGTH.pack(len(message)) + message)
    await worker.stdin.drain()
    reply: Reply = _DECODER.decode(await _received(worker))
    return reply


_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Reply)


async def _received(worker: asyncio.subprocess.Process) -> bytes:
    assert worker.stdout is not None
    head = await worker.stdout.readexactly(LENGTH.size)
    return await worker.stdout.readexactly(LENGTH.unpack(head)[0])
