"""Many small pieces of work on the threads of all cores, their results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
PIECE = 16
"""Items that a thread takes at once: handing over one small image costs a fifth of decoding it."""
AHEAD = 32
"""Pieces worked on before the results of the first are taken: bounds memory."""


def in_order(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Yield `work(item)` of each item; what it raises is raised where its result is due."""

    def piece(start: int) -> list[Result]:
        return [work(item) for item in items[start : start + PIECE]]

    waiting: deque[Future[list[Result]]] = deque()
    pool = ThreadPoolExecutor(os.cpu_count() or 2)
    try:
        for start in range(0, len(items), PIECE):
            waiting.append(pool.submit(piece, start))
            if len(waiting) == AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
