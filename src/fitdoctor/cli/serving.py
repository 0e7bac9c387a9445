"""Commands that answer others: coding agents, and people at a page."""

from __future__ import annotations

import contextlib
import sys


def mcp(skill: bool) -> int:
    """Answer coding agents over the Model Context Protocol, on standard input and output."""
    if skill:
        from fitdoctor import agents

        print(agents.skill(), end="")
        return 0
    from fitdoctor.agents import server

    server.serve()
    return 0


def serve(port: int | None, open_browser: bool) -> int:
    """Show a page to paste anything in, on this machine alone."""
    from fitdoctor.web import serving

    def begun(address: str) -> None:
        print(address, flush=True)
        print("fitdoctor: open this link; Ctrl-C ends it", file=sys.stderr, flush=True)
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    with contextlib.suppress(KeyboardInterrupt):
        serving.serve(port, begun)
    return 0
