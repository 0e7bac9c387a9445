"""For coding agents: a server of the reading commands, and texts that teach an agent to use them.

An agent gets diagnosis, reading, checks, audits and explanations; nothing here trains, runs a
script or writes a file.
"""

from __future__ import annotations

from importlib.resources import files


def skill() -> str:
    """Return the text that teaches an agent to use fitdoctor (`SKILL.md`)."""
    return files(__name__).joinpath("SKILL.md").read_text(encoding="utf-8")
