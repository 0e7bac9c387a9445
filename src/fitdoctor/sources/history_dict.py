"""`History.history` as people print or save it: a dict of lists, as Python or as JSON."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table, is_metric, normal_name

MOST_CHARACTERS = 2_000_000
_START = lazy_re.compile(
    r"\{\s{0,9}['\"](\w[\w ./-]{0,60})['\"]\s{0,3}:\s{0,9}(?:\[|array\(\[|\{|$)"
)
_WRAPPED = lazy_re.compile(r"(?:np\.|numpy\.)?(?:float(?:16|32|64)?|array)\(\s?")
_ENDINGS = lazy_re.compile(r",\s?dtype=[\w.]{1,20}\)|(?<=[\d\]])\)")
_NAN = lazy_re.compile(r"(?<![\w'\"])(?:nan|NaN)(?![\w'\"])")
_INFINITY = lazy_re.compile(r"(?<![\w'\"])(?:inf|Infinity)(?![\w'\"])")


def find(lines: Sequence[str]) -> list[Table]:
    tables = []
    end = 0
    for index, line in enumerate(lines):
        if index < end or "{" not in line or len(line) > MOST_CHARACTERS:
            continue
        start = _START.search(line)
        if start is None:
            continue
        text, end = _balanced(lines, index, start.start())
        if not text:
            break  # it never closes, so nothing after it can be told apart either
        table = _table(text)
        if table is not None:
            table.lines = set(range(index, end))
            tables.append(table)
        else:
            end = 0
    return tables


def _balanced(lines: Sequence[str], index: int, column: int) -> tuple[str, int]:
    """Return the text from an opening brace to the one that closes it, and the line after."""
    parts: list[str] = []
    depth = size = 0
    for at in range(index, len(lines)):
        part = lines[at][column:] if at == index else lines[at]
        depth += part.count("{") - part.count("}")
        size += len(part)
        parts.append(part)
        if size > MOST_CHARACTERS:
            break
        if depth <= 0:
            text = "\n".join(parts)
            return text[: text.rfind("}") + 1], at + 1
    return "", len(lines)


def _table(text: str) -> Table | None:
    plain = _ENDINGS.sub("", _WRAPPED.sub("", text))
    plain = _INFINITY.sub("1e999", _NAN.sub("None", plain)).replace("null", "None")
    try:
        # literal_eval builds constants only: nothing in the text is run.
        found = ast.literal_eval(plain)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    if not isinstance(found, dict):
        return None
    found = found.get("history", found)
    table = Table()
    for name, values in found.items() if isinstance(found, dict) else ():
        if isinstance(values, (list, tuple)) and isinstance(name, str):
            for epoch, value in enumerate(values, start=1):
                number = float("nan") if value is None else value
                if isinstance(number, (int, float)):
                    table.put(epoch, normal_name(name), number, repr(number), name)
    return table if any(is_metric(name) for name in table.values) else None


FORMAT = Format("History.history", find=find)
