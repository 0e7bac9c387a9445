"""A system that somebody asked about, trained in several ways: what each way shows."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Verdict
from fitdoctor.records.finding import Health
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run

Scale = Literal["small", "medium", "full"]
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "spike")
"""Of each training: the values of its last epoch, and how far its highest spike stands out."""
FEWER = {"val_loss_of_a_quarter": 4, "val_loss_of_a_sixteenth": 16}
"""Curves of trainings that are looked into: validation loss on one in so many of its images."""
AROUND, LEAST_EPOCHS = 2, 12
"""Epochs to either side that a spike is held against; shorter trainings have none to speak of."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a story is told with."""

    folder: Path
    """Where everything is kept."""
    scale: Scale
    seeds: int | None = None
    """The most trainings of each way; the story's own number where not set."""
    weights: tuple[Path, ...] = ()
    """Weight files, each for the network that its name tells."""

    photos: Path | None = None
    """A folder of class folders in place of drawn images."""

    @property
    def images(self) -> Path:
        """Where the images lie."""
        return (self.photos or self.folder / f"images-{self.scale}").resolve()

    def weights_of(self, network: str) -> Path | None:
        """Return the file whose name begins with that of a network, else `None`."""
        wanted = _plain(network)
        return next((p for p in self.weights if _plain(p.name).startswith(wanted)), None)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One way to train, on several seeds, and the question that it answers."""

    name: str
    asks: str
    recipe: Recipe
    seeds: int
    against: str = ""
    """The arm that it is compared with, on the same seeds; the first one where empty."""
    cause: str = ""
    """The rule that it tests; empty where none."""
    crossed: int = 0
    """So many seeds of initial weights are trained with each of as many orders of the images."""
    look: bool = False
    """Whether to look inside its trainings, as `Recorder(probes="all")` does."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How one training went."""

    arm: str
    """Which recipe on which seed, by content."""
    seed: int
    order: int | None = None
    """Seed of the order of images; that of the weights where not set."""
    seconds: float
    curves: dict[str, list[float]]
    """Name -> one value an epoch; empty where the training failed."""
    failure: str | None = None
    learned_above: float | None = None
    """The validation accuracy above which a training has surely learned."""
    data: DataSummary | None = None
    probes: tuple[ProbedEpoch, ...] = ()

    @property
    def has_learned(self) -> bool:
        """Return whether it surely beats guessing."""
        return self.learned_above is not None and self.last("val_accuracy") > self.learned_above

    def last(self, name: str) -> float:
        """Return a figure at the last epoch, NaN where there is none.

        `spike` is how far validation loss stands highest above the median of the two epochs before
        and the two after it, in the later two thirds.
        """
        if name == "spike":
            return spike(self.curves.get("val_loss", []))
        values = self.curves.get(name)
        return values[-1] if values else float("nan")


def spike(losses: list[float]) -> float:
    """Return how far the highest spike of a loss stands out; NaN where there are too few epochs."""
    found = _heights(losses)
    return max(found.values()) if found else float("nan")


def spike_epoch(losses: list[float]) -> int | None:
    """Return the epoch of the highest spike; `None` where there are too few epochs."""
    found = _heights(losses)
    return max(found, key=lambda epoch: found[epoch]) if found else None


def _heights(losses: list[float]) -> dict[int, float]:
    """Return how far each epoch of the later two thirds stands above those around it."""
    if len(losses) < LEAST_EPOCHS:
        return {}
    inside = range(max(AROUND, len(losses) // 3), len(losses) - AROUND)
    near = [sorted(losses[i - AROUND : i] + losses[i + 1 : i + 1 + AROUND]) for i in inside]
    return {i + 1: losses[i] - (n[1] + n[2]) / 2 for i, n in zip(inside, near, strict=True)}


class ArmResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the trainings of an arm show, and how they differ from those it is compared with."""

    arm: Arm
    ended: tuple[Ended, ...]
    means: dict[str, Estimate]
    """Figure -> mean over seeds with its 95 % interval."""
    differences: dict[str, Estimate]
    """Figure -> mean paired difference with its 95 % interval; empty for the first arm."""
    learned: int
    """Trainings that surely beat guessing."""
    verdict: Verdict | None = None
    """On validation accuracy; `None` for the first arm."""
    crossed: tuple[tuple[Ended, ...], ...] = ()
    """Rows share their initial weights, columns the order of images; empty where not crossed."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A figure over two settings, as a sweep gives it."""

    title: str
    caption: str
    says: str
    """What it shows, in a sentence."""
    row_name: str
    column_name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    percent: bool = True
    """Whether the values are shares."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Small pictures in rows."""

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[bytes, ...]], ...]
    """Name and PNG files of each row."""


class Descent(msgspec.Struct, frozen=True, kw_only=True):
    """A plane through a loss surface, and the ways that descents from one point took over it."""

    title: str
    caption: str
    across: tuple[float, ...]
    up: tuple[float, ...]
    losses: tuple[tuple[float, ...], ...]
    """Rows from the lowest `up` to the highest."""
    paths: dict[str, tuple[tuple[float, float], ...]]
    """Name -> points (across, up), in order."""


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """What a story shows beside its ways to train."""

    tables: tuple[Table, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    descents: tuple[Descent, ...] = ()
    said: tuple[str, ...] = ()
    """Sentences, each with its figures."""


Tone = Literal["better", "worse", "train", "soft"]
"""What a line or a remark of a brief says: good, bad, neither, or beside the point."""


class Line(msgspec.Struct, frozen=True):
    """One training's curve, a value an epoch."""

    values: tuple[float, ...]
    tone: Tone = "train"
    strong: bool = False
    band: float = 0.0
    """How far chance alone moves each value, drawn to either side; 0 draws nothing."""


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A few words that stand in a plot."""

    words: str
    epoch: float
    value: float
    tone: Tone
    circled: bool = False
    """Whether the place is circled, with the words to its right."""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """Trainings of one way as curves over the same axis as its neighbour."""

    title: str
    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...] = ()
    caption: str


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A story for who has ten seconds: what it was, seen before and after, and how it is known."""

    verdict: str
    """One sentence."""
    health: Health
    """Whether it is a problem."""
    figure: str
    """Name of the curve that the panels show."""
    panels: tuple[Panel, ...]
    known: str
    """What shows it: a sentence or two."""
    guessing: float | None = None
    """What guessing reaches of the figure."""
    every_way: bool = False
    """Whether all ways to train stand beside the panels, where no single one is the answer."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A story with its answers."""

    name: str
    title: str
    asked: str
    """What the person asked, in a sentence or two."""
    brief: Brief
    scale: Scale
    arms: tuple[ArmResult, ...]
    extras: Extras = Extras()
    figures: tuple[str, ...] = ("val_accuracy",)
    """Which of `FIGURES` is drawn for every way to train."""
    was: tuple[str, ...] = ()
    """What it was and how that is known, each sentence with its numbers."""
    replies: tuple[str, ...] = ()
    """What the figures say of each answer that the asker got."""
    change: str = ""
    """What to change."""
    shown: str = ""
    """What the trainings with that change show of it."""
    duration: str = ""
    """What its trainings took, those of earlier calls too, in words."""
    after: Run | None = None
    """The training with that change."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Those on causes that a rule names."""
        return tuple(r.verdict for r in self.arms if r.verdict is not None and r.arm.cause)

    def arm(self, name: str) -> ArmResult:
        """Return an arm by its name; raises `KeyError` where there is none."""
        found = next((a for a in self.arms if a.arm.name == name), None)
        if found is None:
            raise KeyError(name)
        return found
