"""Executing a script or the code cells of a notebook in this process, as Python itself would.

Only the standard library is loaded here, as in `hook`.
"""

from __future__ import annotations

import builtins
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from fitdoctor.cells import CELL_MAGIC, MAGIC, PYTHON_CELLS
from fitdoctor.observe.former import python2


def execute(path: str, arguments: list[str], on_error: Callable[[BaseException], None]) -> None:
    """Execute a script as `__main__`, with `sys.argv` and `sys.path[0]` as Python sets them.

    The module stays `__main__` afterwards, for exit handlers and threads of the script. Of an
    exception Python prints what it would have printed; `on_error` hears of it first.
    """
    module = ModuleType("__main__")
    place = os.path.abspath(path)  # noqa: PTH100 - Python leaves symbolic links as they are
    module.__dict__.update(__file__=place, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = module
    sys.argv[:] = [path, *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = str(Path(path).resolve().parent)
    try:
        python2.translate_beside(str(Path(place).resolve().parent))
        code, names = python2.program(_source(place), place)
        module.__dict__.update(names)
        exec(code, module.__dict__)  # noqa: S102
    except BaseException as error:
        on_error(error)
        _show_without_us()
        raise


def _source(path: str) -> bytes | str:
    with io.open_code(path) as file:
        data = file.read()
    return code_of_cells(data) if path.endswith(".ipynb") else data


def code_of_cells(data: bytes) -> str:
    """Return the Python of a notebook's code cells; commands to IPython are left out."""
    cells = [c for c in json.loads(data)["cells"] if c.get("cell_type") == "code"]
    return "\n\n".join(_python("".join(cell.get("source", ""))) for cell in cells)


MOST_MAGICS = 200


def _python(cell: str) -> str:
    """Return a cell with `pass` for what Python refuses and IPython takes as a command."""
    magic = CELL_MAGIC.match(cell)
    if magic:
        if magic[1] not in PYTHON_CELLS:
            return ""
        cell = "\n" + cell.partition("\n")[2]
    lines = cell.split("\n")
    for _ in range(MOST_MAGICS):
        try:
            compile("\n".join(lines), "cell", "exec", dont_inherit=True)
        except SyntaxError as error:
            at = (error.lineno or 1) - 1
            if at >= len(lines) or not MAGIC.match(lines[at]):
                break
            lines[at] = f"{lines[at][: len(lines[at]) - len(lines[at].lstrip())]}pass"
        else:
            break
    return "\n".join(lines)


def _show_without_us() -> None:
    """Leave our own frames out of the traceback that ends the process."""
    show = sys.excepthook
    here = str(Path(__file__).parent)

    def shown(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        seen: set[int] = set()
        chained: BaseException | None = value
        while chained is not None and id(chained) not in seen:
            seen.add(id(chained))
            chained.__traceback__ = without(chained.__traceback__, here)
            chained = chained.__cause__ or chained.__context__
        show(kind, value, without(trace, here))

    sys.excepthook = shown


def without(trace: Any, folder: str) -> Any:
    """Return a traceback without the frames of a folder, nor those that started them."""
    kept = []
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith((folder, "<frozen runpy>")):
            kept.append(trace)
        trace = trace.tb_next
    found = None
    for one in reversed(kept):
        one.tb_next = found
        found = one
    return found
