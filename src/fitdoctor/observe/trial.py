"""The child process of one trial: RESULT.json, and the `Job` on the first line of standard input.

When the parent ends, so does this process, with all that the script has started.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from fitdoctor import child
from fitdoctor.observe import hook, script
from fitdoctor.observe.former import names as former

DATA_SEED = 0
"""Draws data and split where the script draws them without a seed: the same in every trial."""


def main() -> None:
    result = Path(sys.argv[1])
    line = child.task_from_parent()
    given = json.loads(line)
    random.seed(DATA_SEED)
    sys.meta_path.insert(0, hook.AfterImport("numpy", _seed_numpy))
    if given.get("loop") is not None:
        sys.meta_path.insert(0, hook.AfterImport("torch", lambda m: _on_torch(m, line, result)))
    else:
        sys.meta_path.insert(0, hook.AfterImport("keras", lambda m: _on_keras(m, line, result)))
    former.install(given["script"])
    script.execute(
        given["script"], given.get("arguments", []), lambda error: _on_end(result, error)
    )
    _on_end(result, None)


def _seed_numpy(numpy: ModuleType) -> None:
    """Let whatever draws without a seed draw the same in every trial."""
    numpy.random.seed(DATA_SEED)
    plain = numpy.random.default_rng
    made = iter(range(1, sys.maxsize))

    def default_rng(seed: Any = None) -> Any:
        return plain([DATA_SEED, next(made)] if seed is None else seed)

    numpy.random.default_rng = default_rng


def _on_keras(keras: ModuleType, line: bytes, result: Path) -> None:
    try:
        from fitdoctor.observe import treating  # noqa: PLC0415 - loads NumPy, as Keras has by now

        treating.install(keras, line, result)
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no trial
        _refuse(result, f"nothing can be changed in this script: {error!r}")


_loops: list[Any] = []
"""The trial of a loop of PyTorch, once torch has been imported."""


def _on_torch(torch: ModuleType, line: bytes, result: Path) -> None:
    try:
        from fitdoctor.observe.pytorch import treating  # noqa: PLC0415 - loads NumPy

        _loops.append(treating.install(torch, line, result, DATA_SEED))
    except Exception as error:  # noqa: BLE001 - as above
        _refuse(result, f"nothing can be changed in this script: {error!r}")


def _on_end(result: Path, error: BaseException | None) -> None:
    """Say that the script ended before its training had; of a loop its end may be the outcome."""
    for loop in _loops:
        loop.ended(error)
    if error is None or (isinstance(error, SystemExit) and not error.code):
        _refuse(result, "the script ended before that training")
    words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    _refuse(result, f"the script ended before its training: {words}")


def _refuse(result: Path, why: str) -> None:
    part = result.with_suffix(".part")
    part.write_text(json.dumps({"refused": why}), encoding="utf-8")
    part.replace(result)
    os._exit(0)


if __name__ == "__main__":
    main()
