"""The child process of `fitdoctor run`: FOLDER PROBES KERAS SCRIPT [ARGUMENTS]."""

from __future__ import annotations

import atexit
import functools
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from fitdoctor.observe import hook, script
from fitdoctor.observe.former import names as former
from fitdoctor.observe.former import python2
from fitdoctor.observe.keras2 import alias
from fitdoctor.observe.written import STOPPED, one_line

_seams: list[ModuleType] = []
KERAS, TORCH = "fitdoctor.observe.seam", "fitdoctor.observe.pytorch.seam"
"""What wraps a framework; loaded when the framework is, since it loads NumPy."""


def _on_import(framework: ModuleType, home: str, folder: str, probes: str) -> None:
    """Wrap a framework; whatever goes wrong with that must not end somebody's script."""
    try:
        seam = importlib.import_module(home)
        seam.install(framework, folder, probes)
        _seams.append(seam)
    except Exception as error:  # noqa: BLE001
        print(f"fitdoctor: nothing is recorded: {error!r}", file=sys.__stderr__)


def _on_tf_keras(keras: ModuleType, folder: str, probes: str) -> None:
    """Let `tf_keras` be the Keras of old, and wrap it."""
    from fitdoctor.observe.keras2 import old_names, stand_in  # noqa: PLC0415 - loads NumPy

    with stand_in.in_place(keras):
        _on_import(keras, KERAS, folder, probes)
    old_names.bring_back(keras)  # arguments of old have their new names where they are recorded


def _on_error(error: BaseException, folder: str) -> None:
    for seam in _seams:
        seam.failed(error)
    place = Path(folder)
    if isinstance(error, Exception) and place.is_dir() and not any(place.iterdir()):
        (place / STOPPED).write_text(one_line(error), encoding="utf-8")


def _tell_of_names() -> None:
    for said in (python2.said(), former.said()):
        if said and sys.__stderr__ is not None:
            print(f"fitdoctor: {said}", file=sys.__stderr__)


def main() -> None:
    folder, probes, keras, path, *arguments = sys.argv[1:]

    def then(name: str, act: Callable[[ModuleType], None]) -> None:
        sys.meta_path.insert(0, hook.AfterImport(name, act))

    then("torch", lambda m: _on_import(m, TORCH, folder, probes))
    if keras == "2":
        os.environ["TF_USE_LEGACY_KERAS"] = "1"  # by which tf.keras is tf_keras
        stand_in = functools.partial(former.stand_in_for, script=path)
        sys.meta_path.insert(0, alias.Alias(former.asked_by(path), stand_in))
        if alias.INSIDE.encode() in Path(path).read_bytes():
            then("tensorflow", lambda _: alias.free_inside())
        then("tf_keras", lambda m: _on_tf_keras(m, folder, probes))
    else:
        then("keras", lambda m: _on_import(m, KERAS, folder, probes))
    former.install(path)
    atexit.register(_tell_of_names)
    script.execute(path, arguments, lambda error: _on_error(error, folder))


if __name__ == "__main__":
    main()
