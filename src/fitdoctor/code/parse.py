"""Python text, whole or damaged, to a syntax tree that keeps the line numbers."""

from __future__ import annotations

import ast
import textwrap
import warnings

from fitdoctor import lazy_re
from fitdoctor.code.f_strings import without_f_strings

MOST_REPAIRS = 80
_MAGIC = lazy_re.compile(r"^\s*(?:[%!]|\.\.\.\s*$|(?:In|Out) ?\[[\d ]{0,5}\]:?\s*$)")
LEFT_OUT = "_left_out"
"""Stands for arguments left out by the asker: `Dense(9, ...)` becomes `Dense(9, **_left_out)`."""
_LEFT_OUT = lazy_re.compile(r",[ \t]{0,9}\.{3}[ \t]{0,9}(?=\))")
_ASYNC = lazy_re.compile(r"\basync=")
"""The argument of PyTorch before 0.4, which is a keyword of Python now."""
_PROMPT = lazy_re.compile(r"^(?:>>> |\.\.\. |In \[\d+\]: )")
_STEP_IN_COMMENT = lazy_re.compile(r"(?m)#[#\s]{0,20}(?:self\.)?(\w{1,60})\.step\(")
_PYTHON_2_PRINT = lazy_re.compile(r"^\s*print\s+[^\s(=]")


def parse(text: str) -> ast.Module | None:
    """Return the syntax tree of a text, as far as it can be repaired (`repaired`)."""
    found = _repaired(text)
    return found[1] if found is not None else None


def repaired(text: str) -> str | None:
    """Return a text as `parse` reads it, with as many lines as before."""
    found = _repaired(text)
    return found[0] if found is not None else None


def _repaired(text: str) -> tuple[str, ast.Module] | None:
    """Parse; where that fails, blank out the lines the parser stumbles over, one at a time.

    A blanked line becomes `pass` at its own indentation, so that the block around it survives.
    `None` where nothing is left or the text is too damaged to mend within `MOST_REPAIRS` steps.
    """
    lines = textwrap.dedent(text.replace("\t", "    ").replace("\u00a0", " ")).split("\n")
    lines = [_ASYNC.sub("non_blocking=", line) if "async=" in line else line for line in lines]
    lines = [_LEFT_OUT.sub(f", **{LEFT_OUT}", line) if "..." in line else line for line in lines]
    # A line that begins with `%` goes on with a text that is formatted, where the whole is Python.
    continued = [line.lstrip().startswith("%") for line in lines]
    if any(continued):
        kept = [line if goes_on or not _foreign(line) else _blank(line)
                for line, goes_on in zip(lines, continued, strict=True)]  # fmt: skip
        if (tree := parse_whole("\n".join(kept))) is not None:
            return "\n".join(kept), tree
    lines = [_blank(line) if _foreign(line) else _PROMPT.sub("", line) for line in lines]
    for repairs in range(MOST_REPAIRS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse("\n".join(lines))
        except SyntaxError as error:
            # A newer Python's f-strings are told first: blanked, their lines would be lost.
            plain = None if repairs else without_f_strings("\n".join(lines))
            if plain is not None and plain != "\n".join(lines):
                lines = plain.split("\n")
            elif not _mend(lines, error):
                return None
        except (ValueError, RecursionError, MemoryError):
            return None
        else:
            if all(isinstance(s, ast.Pass) for s in tree.body):
                return None
            return "\n".join(lines), tree
    return None


def parse_whole(text: str) -> ast.Module | None:
    """Return the tree of a text that is Python as it stands, `None` for any other."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_python_2(text: str) -> bool:
    """Return whether a print statement shows Python 2, where `/` of integers drops the rest."""
    return any(_PYTHON_2_PRINT.match(line) for line in text.split("\n"))


def _foreign(line: str) -> bool:
    return bool(_MAGIC.match(line) or _PYTHON_2_PRINT.match(line))


def _blank(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    return " " * indent + "pass"


def _mend(lines: list[str], error: SyntaxError) -> bool:
    """Change `lines` where the error stands; False where there is nothing left to change."""
    index = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    message = error.msg or ""
    if "unexpected indent" in message or "unindent does not match" in message:
        return _shift(lines, index)
    if "expected 'except' or 'finally'" in message:
        # An excerpt that ends before its `except`: the block counts all the same.
        opened = next((i for i in range(index, -1, -1) if lines[i].strip() == "try:"), -1)
        if opened >= 0:
            lines[opened] = lines[opened].replace("try:", "if unknown:")
            return True
    if "expected an indented block" in message:
        header = index - 1
        while header >= 0 and not lines[header].strip():
            header -= 1
        if header >= 0 and lines[header].rstrip().endswith(":"):
            lines[header] = _blank(lines[header])
            return True
    while index >= 0 and (not lines[index].strip() or lines[index].strip() == "pass"):
        index -= 1
    if index < 0:
        return False
    lines[index] = _blank(lines[index])
    return True


def _shift(lines: list[str], index: int) -> bool:
    """Bring a wrongly indented stretch to the indentation of what stands before it."""
    indent = _indent(lines[index])
    before = next((_indent(line) for line in reversed(lines[:index]) if line.strip()), 0)
    if before >= indent:
        before = 0
    if before == indent:
        return False
    for at in range(index, len(lines)):
        if lines[at].strip() and _indent(lines[at]) < indent:
            break
        if lines[at].strip():
            lines[at] = " " * before + lines[at][indent:]
    return True


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def switched_off(text: str) -> frozenset[str]:
    """Return the names whose `step` stands in a comment: `scheduler` of `# scheduler.step()`."""
    return frozenset(_STEP_IN_COMMENT.findall(text))
