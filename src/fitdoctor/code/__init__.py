"""Text of a training script to a `Script`: facts found by following values, never by running."""

from __future__ import annotations

import ast

from fitdoctor.code.f_strings import without_f_strings
from fitdoctor.code.parse import LEFT_OUT, is_python_2, parse, repaired, switched_off
from fitdoctor.records.run import Script

__all__ = ["LEFT_OUT", "is_python_2", "read_script", "repaired", "without_f_strings"]


def read_script(text: str, path: str = "script", first_line: int = 1) -> Script | None:
    """Return the facts of a script, or `None` where the text holds no training code.

    `first_line` is the line of the source on which `text` starts: every fact carries its line.
    """
    tree = parse(text)
    if tree is None:
        return None
    if first_line != 1:
        ast.increment_lineno(tree, first_line - 1)
    # A log alone needs none of what follows values: a third of the time that reading it takes.
    from fitdoctor.code.follow import follow  # noqa: PLC0415
    from fitdoctor.code.normal_form import normal_form  # noqa: PLC0415

    try:
        return follow(
            normal_form(tree), path, python_2=is_python_2(text), switched_off=switched_off(text)
        )
    except RecursionError:
        # Expressions nested a thousand deep: nobody's training script.
        return None
