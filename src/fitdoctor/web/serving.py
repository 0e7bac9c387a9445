"""A socket on this machine alone, and the server behind it."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from pathlib import Path

from fitdoctor.errors import PortError
from fitdoctor.web.app import make
from fitdoctor.web.guard import new_token
from fitdoctor.web.pool import Pool

HOST, PORT = "127.0.0.1", 8765
MOST_CONNECTIONS, MOST_WAITING = 500, 100


def serve(port: int | None, begun: Callable[[str], None], folder: Path | None = None) -> None:
    """Serve until interrupted; `begun` hears the address with its token when it listens.

    `folder` is one whose runs are shown as well.

    Without a port the usual one is taken, or any other where that is in use. Raises `PortError`
    where the port that was asked for cannot be had.
    """
    import uvicorn  # noqa: PLC0415 - an extra, loaded on use

    listening = _listening(port)
    own, token = listening.getsockname()[1], new_token()
    config = uvicorn.Config(
        make(token, own, Pool(), folder),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_no_end)
    with listening:
        begun(f"http://{HOST}:{own}/?token={token}")
        uvicorn.Server(config).run(sockets=[listening])


def _is_no_end(record: logging.LogRecord) -> bool:
    """Return whether a message is about more than a request that ended with the server."""
    error = record.exc_info[1] if record.exc_info else None
    ended = isinstance(error, asyncio.CancelledError)
    return not ended and not str(record.msg).startswith("Cancel %s running task")


def _listening(port: int | None) -> socket.socket:
    for wanted in (PORT, 0) if port is None else (port,):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # On Windows the option that lets us come back at once lets others take the port as well.
        alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        made.setsockopt(socket.SOL_SOCKET, alone or socket.SO_REUSEADDR, 1)
        try:
            made.bind((HOST, wanted))
            made.listen(MOST_WAITING)  # who comes before the workers are ready waits
        except (OSError, OverflowError) as error:
            made.close()
            if port is None and wanted and getattr(error, "errno", 0) == errno.EADDRINUSE:
                continue
            why = getattr(error, "strerror", None) or "a port is a number from 1 to 65535"
            raise PortError(f"--port {wanted}: cannot listen there: {why}") from error
        return made
    raise PortError("no port is free to listen on")
