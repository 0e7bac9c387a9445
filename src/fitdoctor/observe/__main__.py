"""The child process of `fitdoctor run`: FOLDER PROBES SCRIPT [ARGUMENTS]."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from fitdoctor.observe import hook, script

_seams: list[ModuleType] = []


SEAMS = {"keras": "fitdoctor.observe.seam", "torch": "fitdoctor.observe.pytorch.seam"}
"""Frameworks, and what wraps them; loaded when they are, since it loads NumPy."""


def _on_import(framework: ModuleType, folder: str, probes: str) -> None:
    """Wrap a framework; whatever goes wrong with that must not end somebody's script."""
    try:
        seam = importlib.import_module(SEAMS[framework.__name__])
        seam.install(framework, folder, probes)
        _seams.append(seam)
    except Exception as error:  # noqa: BLE001
        print(f"fitdoctor: nothing is recorded: {error!r}", file=sys.__stderr__)


def _on_error(error: BaseException) -> None:
    for seam in _seams:
        seam.failed(error)


def main() -> None:
    folder, probes, path, *arguments = sys.argv[1:]
    for name in SEAMS:
        sys.meta_path.insert(0, hook.AfterImport(name, lambda m: _on_import(m, folder, probes)))
    script.execute(path, arguments, _on_error)


if __name__ == "__main__":
    main()
