"""Write what Keras 2 has and Keras 3 has not, from the installed libraries.

`python -m benchmarks.former_names`, where `keras` and `tf_keras` can be imported; it writes
`src/fitdoctor/observe/keras2/gone.py`.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

FILE = Path(__file__).parents[1] / "src" / "fitdoctor" / "observe" / "keras2" / "gone.py"
HEAD = '''"""What Keras 2 has and Keras 3 has not, by the path below `keras`.

Written by `python -m benchmarks.former_names` from the installed libraries; not by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, frozenset[str]]:
    rows = (line.partition(":") for line in text.splitlines() if line)
    return {path.strip(): frozenset(names.split()) for path, _, names in rows}

'''
MEANT = {
    "": "Of `keras` itself.",
    "TF": "Of `tf.keras`, which still holds more.",
}
LEFT_OUT = ("experimental", "dtensor", "estimator", "protobuf", "src", "api", "saving")
"""Parts that no training script names, or that are no part of the public interface."""


def public(module: ModuleType, path: str = "") -> dict[str, set[str]]:
    """Return the names of a module and of those below it, by path."""
    names = {n for n in dir(module) if not n.startswith("_") and n not in LEFT_OUT}
    found = {path: names}
    for name in sorted(names):
        part = getattr(module, name)
        if isinstance(part, ModuleType) and "keras" in part.__name__ and path.count(".") < 3:
            below = f"{path}.{name}".strip(".")
            if below not in found:
                found |= public(part, below)
    return found


def gone(of: str) -> dict[str, set[str]]:
    """Return the names by path that `tf_keras` has and a module of Keras 3 has not."""
    old, new = public(importlib.import_module("tf_keras")), public(importlib.import_module(of))
    found = {path: names - new[path] for path, names in old.items() if path in new}
    return {path: names for path, names in found.items() if path and names}


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    text = HEAD
    for name, of in (("GONE", "keras"), ("GONE_OF_TF", "keras._tf_keras.keras")):
        rows = gone(of)
        lines = [f"{path}: {' '.join(sorted(names))}" for path, names in sorted(rows.items())]
        text += f'\n{name}: Final = _table("""\n' + "\n".join(lines) + '\n""")  # noqa: E501\n'
        text += f'"""{MEANT["TF" if name.endswith("TF") else ""]}"""\n'
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
