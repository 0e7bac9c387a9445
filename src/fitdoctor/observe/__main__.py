"""The child process of `fitdoctor run`: FOLDER PROBES SCRIPT [ARGUMENTS]."""

from __future__ import annotations

import sys
from types import ModuleType

from fitdoctor.observe import hook, script

_seams: list[ModuleType] = []


def _on_keras(keras: ModuleType, folder: str, probes: str) -> None:
    """Wrap Keras; whatever goes wrong with that must not end somebody's script."""
    try:
        from fitdoctor.observe import seam  # noqa: PLC0415 - loads NumPy, as Keras has by now

        seam.install(keras, folder, probes)
        _seams.append(seam)
    except Exception as error:  # noqa: BLE001
        print(f"fitdoctor: nothing is recorded: {error!r}", file=sys.__stderr__)


def _on_error(error: BaseException) -> None:
    for seam in _seams:
        seam.failed(error)


def main() -> None:
    folder, probes, path, *arguments = sys.argv[1:]
    sys.meta_path.insert(0, hook.AfterImport("keras", lambda m: _on_keras(m, folder, probes)))
    script.execute(path, arguments, _on_error)


if __name__ == "__main__":
    main()
