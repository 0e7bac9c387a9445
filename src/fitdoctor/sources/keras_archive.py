"""A `.keras` file: config.json and metadata.json out of the zip; weights are not touched."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import msgspec

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import Run
from fitdoctor.sources._format import Format
from fitdoctor.sources._keras_config import recipe_of

MOST_CONFIG = 32_000_000
MOST_ENTRIES = 100_000


def read_file(path: Path, head: bytes) -> tuple[Run, ...] | None:
    """Return the architecture and compile settings; `None` for a zip of another kind."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[:MOST_ENTRIES])
            if "config.json" not in names:
                return None
            config = _json(archive, "config.json")
            about = _json(archive, "metadata.json") if "metadata.json" in names else {}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError,
            EOFError) as error:  # fmt: skip
        raise UnreadableSourceError(f"{path}: a damaged .keras file ({error})") from error
    compiled = config.get("compile_config") if isinstance(config, dict) else None
    version = about.get("keras_version") if isinstance(about, dict) else None
    recipe = recipe_of(config, compiled, version if isinstance(version, str) else None)
    if recipe is None:
        raise UnreadableSourceError(f"{path}: its config.json does not describe a Keras model")
    return (Run(name=path.name, kind="observed", recipe=recipe, sources=(str(path),)),)


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    """Decode one entry, never unpacking more than `MOST_CONFIG` bytes of it."""
    with archive.open(name) as entry:
        data = entry.read(MOST_CONFIG + 1)
    if len(data) > MOST_CONFIG:
        raise ValueError(f"{name} unpacks to more than {MOST_CONFIG / 1e6:.0f} MB")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} is not JSON") from error


FORMAT = Format("Keras model (.keras)", read_file=read_file)
