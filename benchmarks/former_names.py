"""Write what Keras 1 and 2 had and Keras 3 has not.

`python -m benchmarks.former_names`, where `keras` and `tf_keras` can be imported; it reads
`benchmarks/former_interface.txt` as well, and writes `src/fitdoctor/observe/keras2/gone.py`.
"""

from __future__ import annotations

import importlib
import os
import textwrap
from pathlib import Path
from types import ModuleType

from benchmarks import former_places

FILE = Path(__file__).parents[1] / "src" / "fitdoctor" / "observe" / "keras2" / "gone.py"
HEAD = '''"""What Keras 1 and 2 had and Keras 3 has not, by the path below `keras`.

Written by `python -m benchmarks.former_names` from releases and installed libraries; not by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for path, _, names in (line.partition(":") for line in text.splitlines()):
        found[path] = found.get(path, frozenset()) | frozenset(names.split())
    return found

'''
MEANT = {
    "GONE": "Of `keras` itself.",
    "GONE_OF_TF": "Of `tf.keras`, which still holds more.",
    "GONE_OF_TENSORFLOW": "What TensorFlow 1 had, whose Keras was the second, and TensorFlow 2 has not.",
}
NOT_KEPT = ("contrib",)
"""Parts of TensorFlow 1 that not even `tensorflow.compat.v1` holds."""
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
    """Return the names by path that Keras 1 or 2 had and a module of Keras 3 has not."""
    old, new = public(importlib.import_module("tf_keras")), public(importlib.import_module(of))
    for path, name in former_places.rows() if of == "keras" else ():
        if path in new and name not in new[path]:
            old.setdefault(path, set()).add(name)
    found = {path: names - new[path] for path, names in old.items() if path in new}
    return {path: names for path, names in found.items() if path and names}


def paths_gone() -> set[str]:
    """Return modules of releases of Keras 1 and 2 that Keras 3 has not."""
    new = public(importlib.import_module("keras"))
    return {path for path, _ in former_places.rows() if path and path not in new}


def of_tensorflow() -> dict[str, set[str]]:
    """Return the names by path that TensorFlow 1 had and TensorFlow 2 has not."""
    new = importlib.import_module("tensorflow")
    found = {"": beyond(new.compat.v1, new) | set(NOT_KEPT)}
    for name, part in vars(new.compat.v1).items():
        now = getattr(new, name, None)
        if isinstance(part, ModuleType) and isinstance(now, ModuleType) and name != "keras":
            found[name] = beyond(part, now)
    return {path: names for path, names in found.items() if names}


def beyond(old: ModuleType, new: ModuleType) -> set[str]:
    return {n for n in dir(old) if not n.startswith("_")} - set(dir(new)) - {"compat"}


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    text = HEAD
    tables = {
        "GONE": gone("keras"), "GONE_OF_TF": gone("keras._tf_keras.keras"),
        "GONE_OF_TENSORFLOW": of_tensorflow(),
    }  # fmt: skip
    for name, rows in tables.items():
        lines = [f"{path}: {' '.join(sorted(names))}" for path, names in sorted(rows.items())]
        text += f'\n{name}: Final = _table("""\n' + "\n".join(lines) + '\n""")  # noqa: E501\n'
        text += f'"""{MEANT[name]}"""\n'
    lines = textwrap.wrap(" ".join(sorted(paths_gone())), 96)
    text += '\nMODULES: Final = _table("""\n:' + "\n:".join(lines) + '\n""")[""]\n'
    text += '"""Modules below `keras` that Keras 3 has not."""\n'
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
