"""The form of the page: what was typed, dropped, answered and corrected."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec
from starlette.datastructures import FormData, UploadFile

from fitdoctor.web.messages import Part

MOST_FILES, MOST_FIELDS, MOST_TEXT = 8, 400, 4_000_000
MOST_ANSWERS, MOST_WORDS = 60, 200
_SAFE = re.compile(r"[^\w.\- ]+")


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says, whatever it was read from before."""

    case: str = ""
    text: str = ""
    answers: Mapping[str, str] = {}
    corrections: Mapping[str, str] = {}
    skipped: tuple[str, ...] = ()
    removed: str = ""
    mend: bool = False
    """Whether code in the text is to be shown without its faults."""
    run: str = ""
    """The name of a run of the folder that is served."""


def form_of(data: FormData) -> Form:
    """Return the form's fields; a correction is what differs from what was read."""
    answers = dict(_pairs(data, "answered"))
    answers |= dict(_pairs(data, "answer"))
    answers.pop(_one(data, "forget"), None)
    skipped = [*_all(data, "skipped"), *filter(None, [_one(data, "skip")])]
    corrections = {}
    for key, value in data.multi_items():
        kind, _, name = key.partition("=")
        if kind == "set" and isinstance(value, str) and len(value) <= MOST_WORDS:
            was = data.get(f"read={name}", "")
            if isinstance(was, str) and value.strip() != was:
                corrections[name] = value
    return Form(
        case=_one(data, "case"),
        text=_text(data),
        answers=answers,
        corrections=corrections,
        skipped=tuple(dict.fromkeys(skipped)),
        removed=_one(data, "remove"),
        mend=bool(_one(data, "mend")),
        run=_one(data, "run"),
    )


def _text(data: FormData) -> str:
    given = data.get("text", "")
    return given.replace("\r\n", "\n") if isinstance(given, str) else ""


def _one(data: FormData, name: str) -> str:
    value = data.get(name, "")
    return value[:MOST_WORDS] if isinstance(value, str) else ""


def _all(data: FormData, name: str) -> list[str]:
    values = data.getlist(name)[:MOST_ANSWERS]
    return [value[:MOST_WORDS] for value in values if isinstance(value, str)]


def _pairs(data: FormData, name: str) -> list[tuple[str, str]]:
    pairs = (value.partition("=") for value in _all(data, name))
    return [(key, value) for key, _, value in pairs if key]


class Uploads:
    """Files as a reader needs them: by a path of their own, until they are read."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    async def parts(self, given: Sequence[object]) -> tuple[Part, ...]:
        """Return the files that were given, each written under its own name."""
        found = []
        for number, file in enumerate(given):
            if not isinstance(file, UploadFile) or not file.filename:
                continue
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="fitdoctor-")
            name = _safe(file.filename)
            place = Path(self._folder.name) / str(number)
            place.mkdir()
            with (place / name).open("xb") as target:
                while piece := await file.read(1_000_000):
                    target.write(piece)
            found.append(Part(name=name, path=str(place / name)))
        return tuple(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def _safe(name: str) -> str:
    """Return a file's name without its folder and without characters of any meaning."""
    plain = _SAFE.sub("_", name.replace("\\", "/").rpartition("/")[2])[-100:]
    return plain.strip(". ") or "file"
