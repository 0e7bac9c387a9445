"""A run folder as `fitdoctor train`, `run` and `Recorder` leave it: plain files."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from fitdoctor import facts
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records import journal, observation
from fitdoctor.records.claim import Claim
from fitdoctor.records.image_finding import ImageCheck
from fitdoctor.records.observation import Observation
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.records.text import from_json, read_recipe
from fitdoctor.sources import _prose, columns
from fitdoctor.sources._format import Format
from fitdoctor.sources._text import read_lines


def read_folder(folder: Path) -> tuple[Run, ...] | None:
    """Return the recorded run, or `None` where the folder is not a run folder."""
    metrics, recipe = folder / "metrics.csv", folder / "recipe.toml"
    seen = _seen(folder / observation.FILE)
    if not metrics.is_file() and not recipe.is_file() and seen is None:
        return None
    if not metrics.is_file() and seen is None:
        raise UnreadableSourceError(
            f"{folder}: no epoch was recorded (no metrics.csv). Train again, or bring the log"
        )
    tables = columns.find(read_lines(metrics)) if metrics.is_file() else []
    settings = read_recipe(recipe) if recipe.is_file() else None
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
        recipe=with_shapes(settings) if settings is not None and seen is not None else settings,
        data=data,
        script=replace(seen.script, recipe=settings or Recipe()) if seen else None,
        evaluated=seen.evaluated if seen else {},
        answers=seen.answers if seen else {},
        claims=told_by_error(seen.error) if seen else (),
        image_findings=check.findings if check else None,
        images_checked=check.checked if check else (),
        probes=tuple(probed.values()),
        sources=(str(folder),),
    )
    return (_with_situation(run),)


def told_by_error(error: str) -> tuple[Claim, ...]:
    """Return what the exception that ended a script states; other words are nobody's."""
    return tuple(claim for claim in _prose.claims([error]) if claim.exact)


def _with_situation(run: Run) -> Run:
    """Return the run with what happens as an answer, where answers of the recording rest on it."""
    happens = facts.fact(SITUATION).seen(run)
    if not run.answers or happens is None:
        return run
    return replace(run, answers={**run.answers, SITUATION: happens})


SITUATION = "what_happens"


def _seen(path: Path) -> Observation | None:
    """Return what was seen of a script while it ran; `None` where none was executed."""
    try:
        return from_json(path.read_bytes(), Observation)
    except (OSError, msgspec.DecodeError):
        return None


def _check(path: Path) -> ImageCheck | None:
    """Return what was found of the images before training; `None` where nobody looked."""
    try:
        return from_json(path.read_bytes(), ImageCheck)
    except (OSError, msgspec.DecodeError):
        return None


FORMAT = Format("run folder", read_folder=read_folder)
