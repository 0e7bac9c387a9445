"""An `.h5` or `.hdf5` model: the configuration attributes of the root; no weight is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import Run
from fitdoctor.sources._format import Format
from fitdoctor.sources._hdf5 import MAGIC, DamagedError, root_texts
from fitdoctor.sources._keras_config import recipe_of

_NAMES = frozenset({"model_config", "training_config", "keras_version"})


def read_file(path: Path, head: bytes) -> tuple[Run, ...] | None:
    """Return the architecture and compile settings that `model.save` wrote as attributes."""
    if not head.startswith(MAGIC):
        return None
    try:
        with path.open("rb") as stream:
            texts = root_texts(stream, _NAMES)
    except (DamagedError, OSError) as error:
        raise UnreadableSourceError(f"{path}: a damaged HDF5 file ({error})") from error
    config, compiled = _decoded(texts.get("model_config")), _decoded(texts.get("training_config"))
    version = texts.get("keras_version")
    recipe = recipe_of(config, compiled, version)
    if recipe is None:
        raise UnreadableSourceError(
            f"{path}: an HDF5 file without a model in it (weights only, or data). "
            "Bring the script, or save the whole model: model.save('model.keras')"
        )
    return (Run(name=path.name, kind="observed", recipe=recipe, sources=(str(path),)),)


def _decoded(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


FORMAT = Format("Keras model (.h5)", read_file=read_file)
