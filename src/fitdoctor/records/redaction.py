"""Take out of what is shared what names people and machines: paths, addresses, hosts, keys.

Every string of a record is searched; numbers, and the names that fitdoctor itself gives, stay.
"""

from __future__ import annotations

import contextlib
import getpass
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, TypeVar

import msgspec

from fitdoctor import lazy_re

Value = TypeVar("Value")
LEAST_NAME, LEAST_HEX = 3, 32
"""Lengths from which on a word is taken for a name, and a run of characters for a key."""
_ORDINARY = frozenset(
    {"root", "user", "users", "home", "admin", "ubuntu", "debian", "localhost", "train", "test",
     "data", "model", "keras", "python", "runner", "default", "public", "shared", "all"}
)  # fmt: skip
"""Names of accounts and machines that name nobody, or are words of the trade."""
_NAMED_KEY = lazy_re.compile(
    r"(?i)((?:api[_-]?key|access[_-]?key|auth[_-]?token|token|secret|passw(?:or)?d|pwd|bearer)\b"
    r"[\"']?\s{0,3}[:= ]\s{0,3}[\"']?)([^\s\"',;)\]}]{4,400})"
)
_RUN = lazy_re.compile(r"[A-Za-z0-9+_=-]{20,4000}")
_KNOWN_KEY = lazy_re.compile(
    r"\b(?:sk-|hf_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|eyJ)[A-Za-z0-9_.-]{8,4000}"
)
_URL = lazy_re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,12}://[^\s\"'<>()\[\]{}]{1,2000}")
_ADDRESS = lazy_re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,253}")
_WINDOWS = lazy_re.compile(r"(?:\b[A-Za-z]:[\\/]{1,2}|\\\\)[^\s\"'<>|:*?,;()]{1,1000}")
_UNIX = lazy_re.compile(
    r"(?<![\w.<:/])(?:~[\w.-]{0,40}|\.{1,2})?/[\w.@+~%-]{1,255}(?:/[\w.@+~%-]{0,255}){0,40}"
)
_RELATIVE = lazy_re.compile(r"(?<![\w./<:])[\w.@+-]{1,100}(?:/[\w.@+-]{1,100}){1,40}/?")
_IP = lazy_re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_HOST = lazy_re.compile(
    r"(?<![\w.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}"
    r"(?:com|org|net|edu|gov|mil|local|lan|internal|intranet|corp|cluster|home\.arpa"
    r"|ac\.uk|co\.uk|de|fr|ru|cn|jp|ch|at|nl|eu)(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_USERS = lazy_re.compile(r"(?:/home/|/Users/|\\Users\\|/users/)([\w.-]{1,64})")
_FILE = lazy_re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}/?$")
LEAST_PARTS = 3
"""Parts of a relative path that has no file's ending; two are as often alternatives (and/or)."""


def redacted(value: Value) -> Value:
    """Return a record with every string in it redacted, those in other records of it as well."""
    names = {name for text in _strings(value) for name in _USERS.findall(text)}
    names |= _of_this_machine()
    known = sorted((n for n in names if _is_name(n)), key=len, reverse=True)
    result: Value = _redacted(value, known)
    return result


def redacted_text(text: str, names: list[str] | None = None) -> str:
    """Return a text without what names people and machines; `names` are taken out as words.

    >>> redacted_text("see /home/anna/runs/7.log or write to anna@lab.example.org", ["anna"])
    'see <path> or write to <address>'
    """
    text = _NAMED_KEY.sub(r"\1<key>", text)
    text = _KNOWN_KEY.sub("<key>", text)
    text = _URL.sub("<url>", text)
    text = _ADDRESS.sub("<address>", text)
    text = _WINDOWS.sub("<path>", text)
    text = _UNIX.sub(_path, text)
    text = _RELATIVE.sub(_relative, text)
    text = _RUN.sub(_key, text)
    text = _IP.sub("<host>", text)
    text = _HOST.sub("<host>", text)
    for name in names or ():
        text = re.sub(
            rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", "<user>", text, flags=re.IGNORECASE
        )
    return text


def _path(found: re.Match[str]) -> str:
    """Return a mark for a path; what has no letter is a fraction or a counter."""
    return "<path>" if any(c.isalpha() for c in found[0]) else found[0]


def _relative(found: re.Match[str]) -> str:
    parts = [part for part in found[0].split("/") if part]
    worded = sum(any(c.isalpha() for c in part) for part in parts)
    if worded < len(parts) and not _FILE.search(found[0]):
        return found[0]
    return "<path>" if len(parts) >= LEAST_PARTS or _FILE.search(found[0]) else found[0]


def _key(found: re.Match[str]) -> str:
    """Return a mark for a run of letters and digits that no word or name is."""
    run = found[0]
    digits, letters = sum(c.isdigit() for c in run), sum(c.isalpha() for c in run)
    mixed = digits >= 2 and letters >= 2
    hexadecimal = len(run) >= LEAST_HEX and all(c in "0123456789abcdefABCDEF-" for c in run)
    cased = any(c.islower() for c in run) and any(c.isupper() for c in run)
    if hexadecimal or (mixed and (cased or digits * 6 >= len(run)) and "==" not in run[:-3]):
        return "<key>"
    return run


def _of_this_machine() -> set[str]:
    found = {socket.gethostname()}
    with contextlib.suppress(KeyError, OSError):
        found.add(getpass.getuser())
    return found


def _is_name(name: str) -> bool:
    return len(name) >= LEAST_NAME and name.lower() not in _ORDINARY


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str | PurePath):
        yield str(value)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _strings(getattr(value, field))
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _strings(pair)
    elif isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from _strings(item)


def _redacted(value: Any, names: list[str]) -> Any:
    if isinstance(value, str):
        return redacted_text(value, names)
    if isinstance(value, PurePath):
        return type(value)(redacted_text(str(value), names))
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        changed = {name: _redacted(item, names) for name, item in fields.items()}
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, Mapping):
        return {_redacted(k, names): _redacted(v, names) for k, v in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        items = [_redacted(item, names) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value
