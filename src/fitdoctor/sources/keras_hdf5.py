"""An `.h5` or `.hdf5` model: the configuration attributes of the root; no weight is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import Run
from fitdoctor.sources._format import Format
from fitdoctor.sources._keras_config import recipe_of

MOST_CONFIG = 32_000_000
_MAGIC = b"\x89HDF\r\n\x1a\n"


def read_file(path: Path, head: bytes) -> tuple[Run, ...] | None:
    """Return the architecture and compile settings that `model.save` wrote as attributes."""
    if not head.startswith(_MAGIC):
        return None
    import h5py  # noqa: PLC0415 - 0.1 s that only a model file should cost

    try:
        with h5py.File(path, "r") as file:
            config = _attribute(file, "model_config")
            compiled = _attribute(file, "training_config")
            version = _text(file, "keras_version")
    # h5py turns damage into nearly any built-in exception.
    except Exception as error:
        words = str(error).split("\n")[0][:160]
        raise UnreadableSourceError(f"{path}: a damaged HDF5 file ({words})") from error
    recipe = recipe_of(config, compiled, version)
    if recipe is None:
        raise UnreadableSourceError(
            f"{path}: an HDF5 file without a model in it (weights only, or data). "
            "Bring the script, or save the whole model: model.save('model.keras')"
        )
    return (Run(name=path.name, kind="observed", recipe=recipe, sources=(str(path),)),)


def _text(file: Any, name: str) -> str | None:
    """Return an attribute of the root as text; one that claims to be huge is left alone."""
    import h5py  # noqa: PLC0415

    if name not in file.attrs:
        return None
    identifier = h5py.h5a.open(file.id, name.encode())
    if identifier.get_storage_size() > MOST_CONFIG or identifier.shape not in ((), (1,)):
        return None
    value = file.attrs[name]
    value = value[0] if identifier.shape == (1,) else value
    text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
    return text if isinstance(text, str) and len(text) <= MOST_CONFIG else None


def _attribute(file: Any, name: str) -> Any:
    text = _text(file, name)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


FORMAT = Format("Keras model (.h5)", read_file=read_file)
