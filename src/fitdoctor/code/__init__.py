"""Text of a training script to a `Script`: facts found by following values, never by running."""

from __future__ import annotations

from fitdoctor.code.follow import follow
from fitdoctor.code.parse import parse
from fitdoctor.records.run import Script


def read_script(text: str, path: str = "script", first_line: int = 1) -> Script | None:
    """Return the facts of a script, or `None` where the text holds no training code.

    `first_line` is the line of the source on which `text` starts: every fact carries its line.
    """
    tree = parse(text)
    return None if tree is None else follow(tree, path, first_line - 1)
