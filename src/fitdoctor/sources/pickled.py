"""Pickles, and files that hold them: recognised and refused, because loading one runs it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NoReturn

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources._format import Format

_SUFFIXES = (".pkl", ".pickle", ".p", ".joblib", ".pt", ".pth", ".ckpt")


def read_file(path: Path, head: bytes) -> None:
    """Raise for a pickle, a torch checkpoint, or a NumPy file of objects."""
    protocol = len(head) > 2 and head[0] == 0x80 and head[1] <= 5
    if protocol or (path.suffix.lower() in _SUFFIXES and not head.startswith(b"PK")):
        _refuse(path, "a pickle")
    if head.startswith(b"\x93NUMPY"):
        kind = "a pickle inside a NumPy file" if b"'|O'" in head[:256] else "a NumPy array"
        _refuse(path, kind)
    if head.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()[:1000]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableSourceError(f"{path}: a damaged zip file ({error})") from error
        if any(name.endswith("data.pkl") for name in names):
            _refuse(path, "a torch checkpoint, which is a pickle")
        if any(name.endswith(".npy") for name in names):
            _refuse(path, "NumPy arrays")


def _refuse(path: Path, kind: str) -> NoReturn:
    reason = "loading a pickle runs whatever is in it" if "pickle" in kind else "no curves by name"
    raise UnreadableSourceError(
        f"{path}: {kind} ({reason}), so it is not opened. Save the history as JSON instead: "
        "json.dump({k: [float(x) for x in v] for k, v in history.history.items()}, "
        "open('history.json', 'w'))"
    )


FORMAT = Format("pickle (refused)", read_file=read_file)
