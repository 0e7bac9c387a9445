"""Completion of commands, options, paths and rule names in shells."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

RULES = {("explain", "name"), ("prove", "cause"), ("check", "select"), ("check", "ignore")}
"""Command and argument that take the name of a rule."""
SOURCES = {"source", "sources", "paths", "weights"}
"""Arguments that may be a path, though `-` or a name will do."""


def completion(shell: str) -> int:
    """Print a script that completes commands, options and rule names in a shell."""
    import shtab

    from fitdoctor.cli.parser import parser
    from fitdoctor.rules import all_rules

    whole = parser()
    rules = [rule.name for rule in all_rules()]
    for command, action in _arguments(whole):
        if (command, action.dest) in RULES:
            action.choices = rules
        elif action.type is Path or action.dest in SOURCES:
            action.complete = shtab.FILE  # type: ignore[attr-defined] # shtab's own protocol
    print(shtab.complete(whole, shell=shell))
    return 0


def _arguments(whole: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """Yield every argument of every command, with the command's name."""
    # argparse has no public way to the arguments of a parser.
    for action in whole._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, sub in action.choices.items():
                yield from ((name, argument) for argument in sub._actions)  # noqa: SLF001
