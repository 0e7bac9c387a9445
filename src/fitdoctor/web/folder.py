"""The runs below a folder, by name, and whether their files have changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from fitdoctor.records import observation

RUN_FILES = (
    "metrics.csv", "recipe.toml", observation.FILE, "journal.jsonl", "probes.jsonl", "images.json",
    "verdicts.jsonl",
)  # fmt: skip
ENDED = ("model.keras", "report.html")
"""What a run folder has once its training is over."""
EVENTS = "events.out.tfevents"
LOGS = (".csv", ".log", ".jsonl", ".txt", ".wandb")
DEEPEST, MOST_ENTRIES, MOST_RUNS = 5, 4000, 500
MOST_LOG = 50_000_000
GROWING = 120.0
"""Seconds since the last change within which a training is taken to run."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One run: a run folder, a folder of events, or a log."""

    name: str
    """Its path below the folder that is served."""
    path: str
    signature: tuple[tuple[str, int, int], ...]
    """Names, times and sizes of its files."""
    changed: float
    """When a file of it last changed, in seconds since 1970."""
    ended: bool

    @property
    def grows(self) -> bool:
        return not self.ended and time.time() - self.changed < GROWING


def places(root: Path) -> tuple[Place, ...]:
    """Return the runs below a folder; links are not followed, hidden folders not looked into."""
    found = []
    for place in _below(root, root, 0):
        found.append(place)
        if len(found) == MOST_RUNS:
            break
    return tuple(found)


def _below(root: Path, folder: Path, depth: int) -> Iterator[Place]:
    entries = _entries(folder)
    files = {entry.name: entry for entry in entries if entry.is_file(follow_symlinks=False)}
    own = [files[name] for name in RUN_FILES if name in files]
    events = [entry for name, entry in files.items() if name.startswith(EVENTS)]
    if any(entry.name in RUN_FILES[:3] for entry in own) or events:
        yield from _place(root, folder, [*own, *events], ended=any(n in files for n in ENDED))
        return
    for name, entry in sorted(files.items()):
        if name.lower().endswith(LOGS) and 0 < entry.stat().st_size <= MOST_LOG:
            yield from _place(root, folder / name, [entry], ended=False)
    if depth < DEEPEST:
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith((".", "__")):
                yield from _below(root, Path(entry.path), depth + 1)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(entry)
                if len(found) == MOST_ENTRIES:
                    break
    except OSError:
        return []
    return found


def _place(
    root: Path, path: Path, files: list[os.DirEntry[str]], *, ended: bool
) -> Iterator[Place]:
    try:
        stats = [(entry.name, entry.stat()) for entry in files]
    except OSError:
        return
    name = path.relative_to(root).as_posix()
    yield Place(
        name=root.name if name == "." else name,
        path=str(path),
        signature=tuple((n, s.st_mtime_ns, s.st_size) for n, s in sorted(stats)),
        changed=max(s.st_mtime for _, s in stats),
        ended=ended,
    )
