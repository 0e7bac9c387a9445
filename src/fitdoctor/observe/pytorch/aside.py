"""Files that a script saves in a trial: they are put aside, so that the person's own stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

Put = Callable[[Any, str, Callable[[Any], Any]], None]


def install(torch: Any, folder: Path, put: Put) -> None:
    """Let `torch.save` write below `folder`, and `torch.load` read what it wrote."""
    saved: dict[str, Path] = {}

    def saves(original: Any) -> Any:
        def save(obj: Any, f: Any, *given: Any, **named: Any) -> Any:
            if isinstance(f, str | os.PathLike):
                place = str(Path(f).absolute())
                folder.mkdir(parents=True, exist_ok=True)
                saved[place] = folder / sha256(place.encode()).hexdigest()[:16]
                f = saved[place]
            return original(obj, f, *given, **named)

        return save

    def loads(original: Any) -> Any:
        def load(f: Any, *given: Any, **named: Any) -> Any:
            if isinstance(f, str | os.PathLike):
                f = saved.get(str(Path(f).absolute()), f)
            return original(f, *given, **named)

        return load

    put(torch, "save", saves)
    put(torch, "load", loads)
