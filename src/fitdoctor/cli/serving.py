"""The command that answers coding agents."""

from __future__ import annotations


def mcp(skill: bool) -> int:
    """Answer coding agents over the Model Context Protocol, on standard input and output."""
    if skill:
        from fitdoctor import agents

        print(agents.skill(), end="")
        return 0
    from fitdoctor.agents import server

    server.serve()
    return 0
