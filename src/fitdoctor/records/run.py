"""One training run, as much of it as is known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.records.display import Displayed, Plotted
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.in_torch import speaks_pytorch
from fitdoctor.records.loop import Program
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.written import Numbers

CURVE_NAMES = (
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "probe_loss",
    "probe_accuracy",
    "learning_rate",
)
"""The vocabulary of curves: readers translate into it, rules ask by it.

`probe_*` is a fixed part of the training set evaluated after each epoch in inference mode:
clean, unweighted and without penalty terms.
"""


class Curve(msgspec.Struct, frozen=True, eq=False):
    """One quantity over training: strictly increasing epochs, as many values."""

    epochs: NDArray[np.int64]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.epochs.shape != self.values.shape or self.epochs.ndim != 1:
            raise ValueError(
                "a Curve needs two vectors of equal length, "
                f"got shapes {self.epochs.shape} and {self.values.shape}"
            )

    def __len__(self) -> int:
        return len(self.values)


class BatchCurve(msgspec.Struct, frozen=True, eq=False):
    """One quantity within epochs: value after each of some batches, in the order of training."""

    epochs: NDArray[np.int64]
    batches: NDArray[np.int64]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        if not self.epochs.shape == self.batches.shape == self.values.shape:
            raise ValueError("a BatchCurve needs three vectors of equal length")

    def __len__(self) -> int:
        return len(self.values)


class Fact(msgspec.Struct, frozen=True):
    """An argument in a script: its source, its value where it could be followed, its line."""

    source: str
    value: Any
    line: int


class Unread(Fact, frozen=True):
    """What a script assigns to a name, the value, that nothing reads."""

    kind: Literal["data", "set", "weights", "optimizer"] = "data"
    """Prepared data, a set of images with labels, weights of classes, or an optimizer."""
    origin: str | None = None
    """Where prepared data came from, as in a Flow."""


TAKEN = "taken"
"""The operation of images that a loop takes out of a set, batch by batch, with their labels."""


class Operation(msgspec.Struct, frozen=True):
    """One thing a script does to images or labels on their way into the model.

    Names of operations that change what the model sees: scale (value: the factor), shift,
    standardise, preprocess, resize, colour, cast, augment, scrambled (by a reshape); of the
    pipeline: shuffle (value: the buffer), batch, repeat, cache, split, split_tail, slice, select,
    sorted_by (value: the column), class_mode; of labels: one_hot, label_encode, argmax, codes
    (value: what a table of names maps to), listed (given to what reads a folder), itself (the
    inputs); filled, where some numbers are set; noise, where what is added or multiplied with is
    drawn at random; taken, by a loop with their labels; and call, for a function that is not
    followed.
    """

    name: str
    value: Any = None
    line: int = 0


class Flow(msgspec.Struct, frozen=True):
    """Where images or labels come from, and what was done to them, in order."""

    origin: str | None = None
    operations: tuple[Operation, ...] = ()
    shown: bool = True
    """Its making stands in the text; else steps before these may not be known."""
    numbers: Numbers | None = None
    """What it holds in the end, where the script's text tells."""

    @property
    def table(self) -> tuple[tuple[float, ...], ...]:
        """The rows, where the script writes or counts them out and they are few."""
        return self.numbers.table if self.numbers is not None else ()

    def has(self, *names: str) -> bool:
        return any(operation.name in names for operation in self.operations)

    def value(self, name: str) -> Any:
        """Return the value of the last operation of this name."""
        return next((o.value for o in reversed(self.operations) if o.name == name), None)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What a script gives to fit, evaluate or predict."""

    use: Literal["train", "validation", "evaluate", "predict"]
    inputs: Flow = Flow()
    labels: Flow = Flow()
    line: int = 0


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call that matters, in the order of the script: compile, fit, a split, a callback."""

    name: str
    arguments: Mapping[str, Fact] = {}
    line: int = 0


ANY_ORDER = "any_order"
"""The call that stands between those of functions which nothing shown calls."""


DROPS_ALWAYS = "drops_always"
"""The call of a function that drops units in evaluation as well: nothing tells it the mode."""
HEAD_BESIDE = "head_beside"
"""The call that says of a head that its network holds none by that name."""
MISSPELT = "misspelt"
"""The call for an attribute that is set by a name which no library knows and nothing reads."""
NAMES_LISTED = "names_listed"
"""The call for a list of class names in another order than folders are numbered."""
OF_A_SET = "the set that is named"
"""Where a number of classes comes from that is known by the name of a set in words."""
PRINTED_RANGE = "what the script printed of images"
"""Where a range of images comes from that a person prints: of the moment of that line."""
OWN_NUMBER = "the script's own number of classes"
"""The origin of a number of classes that a script gives a name."""
BATCHES = "batches"
"""The operation of a number that counts the batches of a set."""
STEPS_OF_BATCHES = "steps_of_batches"
"""The call for steps of `fit` that are a number of batches, divided by their size again."""
STEPS_OF_IMAGES = "steps_of_images"
"""The call for steps of `fit` that are the number of images of a set that comes in batches."""
FORGOTTEN = "forgotten"
"""The call for a best figure that is never renewed, or a count of epochs that never begins anew."""
UNREACHED = "unreached"
"""The call for a branch of a schedule that no epoch comes to."""
TRAINED_IN_ORDER = "trained_in_order"
"""The call for a loader that gives a folder of classes in its order, to train on."""
WEIGHTS_BY_COUNT = "weights_by_count"
"""The call that gives classes weights which grow with their numbers of images."""
TRAINED_AND_TESTED = "trained_and_tested"
"""The call for a loader that is named after tests or validation, of the images trained on."""
VALIDATED_WITHIN_TRAINING = "validated_within_training"
"""The call for a loader for validation that gives a part of the images trained on."""
REORDERED_ALONE = "reordered_alone"
"""The call for a loss of images that were put in another random order than their labels."""
LABELS_RENUMBERED, LABELS_BROADCAST = "labels_renumbered", "labels_broadcast"
"""Calls for losses: one of class numbers that have no output, one of a column and a row."""
METRIC_NOT_UPDATED, METRIC_NOT_RESET = "metric_not_updated", "metric_not_reset"
"""Calls for metrics that are read: nothing is added to one, the other is never reset."""
WORST_KEPT = "worst_kept"
"""The call that keeps weights where a figure is worse than the best so far, or never."""
WEIGHTS_NOT_COPIED = "weights_not_copied"
"""The call that keeps weights which training goes on to change, and which are loaded later."""
ROWS_IN_BOTH, SPLIT_TWICE = "rows_in_both", "split_twice"
"""Calls for loaders for validation: of rows that are trained on by their numbers; of a random
split of its own, beside the one that is trained on."""
TABLE_IN_BOTH = "table_in_both"
"""The call for a loader for validation of rows of a table that are trained on too."""
FOLDER_READ = "folder_read"
"""The call that reads a folder of classes; equal values of `folder` are one folder."""
CLIPPED_IN_VAIN = "clipped_in_vain"
"""The call that clips gradients when none are there to be followed."""
CLIPPED_SCALED, STEP_SCALED = "clipped_scaled", "step_scaled"
"""Calls that clip, or follow, gradients which a scaler of losses has multiplied."""
GRAPH_KEPT, SEVERED = "graph_kept", "severed"
"""Calls for losses: one is added up with its graph, the other has none and is learned from."""


FLIPPED = "flipped"
"""The call that mirrors images at random, by its axis."""
CLASSES_AS_LISTED = "classes_as_listed"
"""The call that lists class folders in no order, which are numbered as they come."""
WEIGHTS_REORDERED = "weights_reordered"
"""The call for weights of classes in another order than that of what reads the images."""
TRANSFORM_REPLACED = "transform_replaced"
"""The call that gives the parts of one set other transforms: those to train on lose theirs."""
COPIED_BEFORE_SPLIT = "copied_before_split"
"""The call for a list that holds files several times, and is split at random."""
SUMMED_LOSS = "summed_loss"
"""The call that says of a loss that it is summed over the images, not averaged."""


_LINE = lazy_re.compile(r"(?<!, )\bline (\d{1,6})\b")
"""How rules name a line; the marks of cells and files hold a comma or stand in its place."""


class Printout(msgspec.Struct, frozen=True):
    """What a person writes beside a line that prints: an expression, and what came of it."""

    expression: str
    output: str
    line: int


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What a training script says, found by following its values; nothing in it is run."""

    path: str
    recipe: Recipe
    compile: Mapping[str, Fact] = {}
    fit: Mapping[str, Fact] = {}
    feeds: tuple[Feed, ...] = ()
    calls: tuple[Call, ...] = ()
    never_read: tuple[Unread, ...] = ()
    """Assignments of prepared data, class weights or optimizers."""
    framework: Literal["keras", "tf.keras", "tensorflow", "torch", "fastai"] | None = None
    keras_1_or_2: bool | None = None
    """Arguments or calls are used that only Keras before version 3 takes."""
    python_2: bool = False
    lines: int = 0
    program: Program | None = None
    """Its loops of its own, where it has any."""
    beside: tuple[Script, ...] = ()
    """The other networks that it trains, each with what is fed to it."""
    printouts: tuple[Printout, ...] = ()
    """What stands in comments behind lines that print."""
    text: str = ""
    """Its code as it was written, each line where facts have it; other lines are empty."""
    cells: tuple[int, ...] = ()
    """Of a notebook: the line of `text` on which each code cell begins."""
    files: tuple[tuple[int, str], ...] = ()
    """Of a script with modules that it imports: the line of `text` on which each file begins, and
    its path."""

    def place(self, line: int) -> str:
        """Return where a line stands, in words; lines count in their cell, or in their file."""
        if self.files:
            path, line = self.at(line)
            return f"{PurePath(path).name} line {line}"
        cell = bisect_right(self.cells, line)
        return f"cell {cell}, line {line - self.cells[cell - 1] + 1}" if cell else f"line {line}"

    def at(self, line: int) -> tuple[str, int]:
        """Return the file that holds a line of `text`, and its number there."""
        file = bisect_right([first for first, _ in self.files], line)
        return (
            (self.files[file - 1][1], line - self.files[file - 1][0] + 1)
            if file
            else (self.path, line)
        )

    def placed(self, sentence: str) -> str:
        """Return a sentence of a rule with the lines in it as they are called in words."""
        if not (self.files or self.cells):
            return sentence
        return _LINE.sub(lambda found: self.place(int(found[1])), sentence)

    def written(self, line: int) -> str:
        """Return the code of a line; "" where none stands there."""
        lines = self.text.split("\n")
        return lines[line - 1].rstrip() if 0 < line <= len(lines) else ""

    def called(self, *names: str) -> tuple[Call, ...]:
        """Return the calls of these names, in the order of the script."""
        return tuple(call for call in self.calls if call.name in names)

    def fed(self, use: str) -> tuple[Feed, ...]:
        """Return what is fed for this use, in the order of the script."""
        return tuple(feed for feed in self.feeds if feed.use == use)


def training_feeds(script: Script | None) -> tuple[Feed, ...]:
    """Return what a script trains on; nothing where there is no script."""
    return script.fed("train") if script is not None else ()


class SizeFromDigits(msgspec.Struct, frozen=True):
    """How many images an accuracy was counted over, as its digits tell it."""

    best: int
    low: int
    high: int
    """Smallest and largest size in the 90 % credible set; sizes between need not be in it."""
    probability: float
    """Posterior probability of `best`."""
    fits: int
    values: int


OF_ANSWERS = "the images that were predicted on"
"""Origin of counts of classes that a report or a matrix shows: they are not those trained on."""


IN_ORDER = "printed beside the numbers of the classes"
"""Origin of counts of classes whose order is that of the numbers of classes."""


class DataSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the images; every part may be missing."""

    n_train: int | None = None
    n_val: int | None = None
    n_val_from_digits: SizeFromDigits | None = None
    n_classes: int | None = None
    class_counts: tuple[int, ...] = ()
    class_names: tuple[str, ...] = ()
    """The names of the classes in the order of their numbers, where something printed tells."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """A confusion matrix that was printed: a row of answers for each true class."""
    unreadable: tuple[str, ...] = ()
    steps_per_epoch: int | None = None
    seconds_per_epoch: float | None = None
    input_range: tuple[float, float] | None = None
    """Smallest and largest value of the images that were given to the network, as recorded."""
    origins: Mapping[str, str] = {}
    """Field name -> where the figure comes from."""

    def steps(self, batch: int) -> int | None:
        """Return the steps of an epoch: as printed, or what batches of this size make."""
        return self.steps_per_epoch or (-(-self.n_train // batch) if self.n_train else None)


NOT_USED = "Answer not used: "
"""How a contradiction begins that is between an answer and what was read."""
STANDARD_INPUT = "-"
"""The source that is standard input."""
KERAS_DEFAULT_BATCH = 32
SCRIPTS = (".py", ".ipynb")
"""How files end that hold a script or a notebook."""
KINDS = ("observed", "log", "images", "code", "words")
"""What a run is known from, the surest first: a recording or a saved model, its log, its images,
its code, or words."""


class Run(msgspec.Struct, Displayed, Plotted, frozen=True, kw_only=True):
    """What is known of one training run; every part may be missing."""

    name: str = "run"
    kind: Literal["observed", "log", "images", "code", "words"] = "log"
    curves: Mapping[str, Curve] = {}
    batches: Mapping[str, BatchCurve] = {}
    """Curves within epochs, by the names of the curves over epochs."""
    written: Mapping[str, str] = {}
    """Name of a curve -> the source's own word for it, where that is another."""
    recipe: Recipe | None = None
    script: Script | None = None
    data: DataSummary | None = None
    claims: tuple[Claim, ...] = ()
    prose: str = ""
    """What somebody asked in words, without code and log."""
    evaluated: Mapping[str, float] = {}
    """What a call of evaluate printed after training; by the names of curves, without `val_`."""
    answers: Mapping[str, str] = {}
    """What the asker answered when asked: name of the fact -> the answer."""
    corrected: Mapping[str, str] = {}
    """What a person gave by hand: name of the setting or curve -> as it was typed."""
    repeats: tuple[float, ...] = ()
    """Final validation accuracies of trainings of this recipe that differ in their seeds only."""
    image_findings: tuple[ImageFinding, ...] | None = None
    """What a look at the images found; `None` where there was none."""
    images_checked: tuple[str, ...] = ()
    """Names of the rules that this look asked about: the check before a training asks fewer than
    the audit."""
    probes: tuple[ProbedEpoch, ...] = ()
    """What was seen inside the training, by epoch."""
    contradictions: tuple[str, ...] = ()
    """Where two sources, or two places of one source, do not agree."""
    sources: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    """What a person gave, where it is not the sources themselves: their folder, or a script that
    imports the others."""
    left_out: tuple[str, ...] = ()
    """Sources given with it that are another training's, or nobody knows which one's."""
    apart: tuple[str, ...] = ()
    """Sources given with it that are diagnosed beside it, each as a training by itself."""
    passed_over: Mapping[str, str] = {}
    """Files of a folder that were not read -> why."""
    not_understood: tuple[str, ...] = ()
    beside: tuple[Run, ...] = ()
    """What else the script trains, where no log tells which of its networks is meant."""
    visible: Run | None = None
    """What code, logs and figures show of it; `None` where no sentence was read beside them."""
    said: Run | None = None
    """What the sentences of a person alone say of it, beside `visible`."""

    def __repr__(self) -> str:
        epochs = max((len(curve) for curve in self.curves.values()), default=0)
        ends = [
            f"{name} {self.curves[name].values[-1]:.3g}"
            for name in ("val_accuracy", "val_loss")
            if len(self.curves.get(name, ()))
        ]
        known = [
            name
            for name in ("recipe", "script", "data", "prose", "evaluated", "probes")
            if getattr(self, name)
        ]
        parts = [f"{epochs} epochs" if epochs else "", *ends, ", ".join(known)]
        return f"<Run {self.name!r}: {'; '.join(filter(None, parts)) or 'nothing known'}>"

    @property
    def words_alone(self) -> bool:
        """Return whether neither code nor figures are known: what is known was said."""
        return self.script is None and not self.curves

    @property
    def in_pytorch(self) -> bool:
        """Return whether its code is PyTorch's, or its words, where no code says whose it is."""
        framework = self.script.framework if self.script is not None else None
        return framework == "torch" if framework else speaks_pytorch(self.prose)

    @property
    def speaks(self) -> bool:
        """Return whether anything about it is known from the sentences of a person."""
        return self.said is not None or not all(s.exact for s in self.claims)

    def without_words(self) -> Run:
        """Return the run by what code, logs, figures and error messages show."""
        if self.visible is not None:
            return self.visible
        return replace(self, claims=tuple(s for s in self.claims if s.exact), prose="")

    def settings_only(self) -> Run:
        """Return the run by its code and settings alone, as before its training."""
        without: dict[str, Any] = {
            "curves": {},
            "batches": {},
            "evaluated": {},
            "repeats": (),
            "probes": (),
        }
        return replace(self.figures_only(), **without)

    def figures_only(self) -> Run:
        """Return the run by its curves and settings, without what anybody says or answers."""
        bare: dict[str, Any] = {"claims": (), "prose": "", "answers": {}, "image_findings": None}
        return replace(self.without_words(), **bare)

    def images_only(self) -> Run:
        """Return what a look at the images shows of the run."""
        return Run(image_findings=self.image_findings, images_checked=self.images_checked)

    def words_only(self) -> Run:
        """Return the run by what the sentences of a person say."""
        if self.said is not None:
            return self.said
        spoken = tuple(s for s in self.claims if not s.exact)
        return Run(name=self.name, claims=spoken, prose=self.prose)


def curve(values: list[float] | NDArray[np.float64], start: int = 1) -> Curve:
    """Return values of consecutive epochs as a Curve, the first at epoch `start`."""
    array = np.asarray(values, dtype=np.float64)
    return Curve(np.arange(start, start + len(array)), array)
