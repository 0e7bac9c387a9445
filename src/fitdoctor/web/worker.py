"""A child process that reads what strangers wrote: `python -m fitdoctor.web.worker`.

Requests come on standard input, replies go to standard output. Memory is limited, and no file can
be written.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

import msgspec

from fitdoctor.errors import FitdoctorError
from fitdoctor.web import answering
from fitdoctor.web.messages import LENGTH, Refused, Reply, Request

MOST_MEMORY = 4_000_000_000
"""Bytes of address space; NumPy alone reserves a tenth."""
READY = b"ready"


def main() -> None:
    """Answer requests until standard input ends."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a reader prints is no reply
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the server ends its workers
    answering.warm_up()
    _limit()
    send(replies, READY)
    decoder, encoder = msgspec.msgpack.Decoder(Request), msgspec.msgpack.Encoder()
    while (message := receive(requests)) is not None:
        send(replies, encoder.encode(_answered(decoder.decode(message))))


def _answered(request: Request) -> Reply:
    try:
        return answering.answer(request)
    except FitdoctorError as error:
        return Refused(why=str(error))
    except MemoryError:
        return Refused(why="this takes more memory than is given to it; bring a shorter part")
    except RecursionError:
        return Refused(why="this is nested too deeply to be read")
    except Exception as error:  # noqa: BLE001 - shown to who asked, as a bug of ours
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        return Refused(why=f"a bug of fitdoctor, at {place}: {type(error).__name__}: {error}"[:300])


def _limit() -> None:
    """Take from this process what reading does not need, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def send(stream: BinaryIO, message: bytes) -> None:
    """Write a message with its length before it."""
    stream.write(LENGTH.pack(len(message)) + message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Return the next message, `None` at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(head)[0])


if __name__ == "__main__":
    main()
