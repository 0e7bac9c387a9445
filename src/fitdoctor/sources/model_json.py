"""`model.to_json()`, printed or saved: the architecture in one JSON object."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fitdoctor.sources._format import Format, Network
from fitdoctor.sources._keras_config import recipe_of

MOST_CHARACTERS = 32_000_000


def find_model(lines: Sequence[str]) -> Network | None:
    """Return the first model whose JSON stands in the text, on one line or on many."""
    for index, line in enumerate(lines):
        text = line.strip().strip("'`")
        if not text.startswith("{"):
            continue
        if '"class_name"' in text:
            found = _network(text, range(index, index + 1))
        elif text == "{" and any('"class_name"' in later for later in lines[index : index + 6]):
            end = next((i for i in range(index, len(lines)) if lines[i].rstrip() == "}"), None)
            whole = "\n".join(lines[index : end + 1]) if end is not None else ""
            found = _network(whole, range(index, (end or index) + 1))
        else:
            continue
        if found is not None:
            return found
    return None


def _network(text: str, where: range) -> Network | None:
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        config = msgspec.json.decode(text.encode("utf-8", errors="replace"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    version = config.get("keras_version") if isinstance(config, dict) else None
    compiled = config.get("compile_config") if isinstance(config, dict) else None
    recipe = recipe_of(config, compiled, version if isinstance(version, str) else None)
    return Network(recipe, set(where)) if recipe is not None else None


FORMAT = Format("model.to_json()", find_model=find_model)
