"""Commands that answer others: coding agents, and people at a page."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.places import absent


def mcp(skill: bool) -> int:
    """Answer coding agents over the Model Context Protocol, on standard input and output."""
    if skill:
        from fitdoctor import agents

        print(agents.skill(), end="")
        return 0
    from fitdoctor.agents import server

    server.serve()
    return 0


def serve(folder: Path | None, port: int | None, open_browser: bool) -> int:
    """Show a page to paste anything in, and the runs of a folder, on this machine alone."""
    if folder is not None and not folder.is_dir():
        raise UnreadableSourceError(absent(folder, "folder"))
    from fitdoctor.web import serving

    def begun(address: str) -> None:
        print(address, flush=True)
        print("fitdoctor: open this link; Ctrl-C ends it", file=sys.stderr, flush=True)
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    with contextlib.suppress(KeyboardInterrupt):
        serving.serve(port, begun, folder.resolve() if folder else None)
    return 0
