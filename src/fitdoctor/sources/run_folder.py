"""A run folder as `fitdoctor train` and `fitdoctor.Recorder` leave it: plain files."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records import journal
from fitdoctor.records.image_finding import ImageCheck
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.records.text import from_json, read_recipe
from fitdoctor.sources import columns
from fitdoctor.sources._format import Format
from fitdoctor.sources._text import read_lines


def read_folder(folder: Path) -> tuple[Run, ...] | None:
    """Return the recorded run, or `None` where the folder is not a run folder."""
    metrics, recipe = folder / "metrics.csv", folder / "recipe.toml"
    if not metrics.is_file() and not recipe.is_file():
        return None
    if not metrics.is_file():
        raise UnreadableSourceError(
            f"{folder}: no epoch was recorded (no metrics.csv). Train again, or bring the log"
        )
    tables = columns.find(read_lines(metrics))
    data: DataSummary | None = None
    for event in journal.read(folder / "journal.jsonl", journal.Event):
        data = event.data or data
    # A run that was resumed may have looked at an epoch twice.
    probed = {p.epoch: p for p in journal.read(folder / "probes.jsonl", ProbedEpoch)}
    check = _check(folder / "images.json")
    run = Run(
        name=folder.name,
        kind="observed",
        curves=tables[-1].curves() if tables else {},
        recipe=read_recipe(recipe) if recipe.is_file() else None,
        data=data,
        image_findings=check.findings if check else None,
        images_checked=check.checked if check else (),
        probes=tuple(probed.values()),
        sources=(str(folder),),
    )
    return (run,)


def _check(path: Path) -> ImageCheck | None:
    """Return what was found of the images before training; `None` where nobody looked."""
    try:
        return from_json(path.read_bytes(), ImageCheck)
    except (OSError, msgspec.DecodeError):
        return None


FORMAT = Format("run folder", read_folder=read_folder)
