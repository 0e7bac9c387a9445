"""What an expression of a training program can be: objects with a state, and plain values.

Objects are compared by identity; their fields stand in a `Heap`, so that the two branches of a test
can be joined. Plain values are frozen. `TOP` is what is not known; it holds no object.
"""

from __future__ import annotations

import ast
import dataclasses
from typing import Any, Final

Value = Any
Arguments = list[Value]
Keywords = dict[str, Value]


class _Top:
    def __repr__(self) -> str:
        return "TOP"


TOP: Final = _Top()


@dataclasses.dataclass(eq=False)
class Object:
    """Something with an identity."""

    line: int = 0
    name: str = ""


@dataclasses.dataclass(eq=False)
class Unknown(Object):
    """What is made by code that is not shown, and the objects that it was given.

    It may be a network, an optimizer or anything else; how it is used tells.
    """

    held: frozenset[Object] = frozenset()
    assumed: bool = False
    """Its making is not shown: a parameter, or a name of an excerpt."""
    default_mode: str = "train"
    of: Record | None = None
    """The object whose base, which is not shown, sets or defines it."""
    quiet: bool = False
    """It is of a library whose objects leave networks and optimizers alone."""
    file: Unknown | None = None
    """The checkpoint that it is a part of."""


@dataclasses.dataclass(frozen=True)
class Rows:
    """What was done to the rows of a batch, and how they lie beside each other."""

    part: str = ""
    """images or labels; empty for a batch as a loader gives it."""
    order: tuple[int, ...] = ()
    """The permutations that they went through, by number; see `batches.MIXED`."""
    shift: int | None = 0
    """What was added to each number; `None` where something else was done to it."""
    width: Value = None
    """Numbers of a row: 0 where a row is one number without an axis of its own.

    A set where there are as many as it has classes; `None` where that is not known.
    """


@dataclasses.dataclass(eq=False)
class Net(Object):
    """A network, a layer, or one of several networks; its parts are fields."""

    of: ClassValue | None = None
    leaf: bool = False
    weighted: bool = False
    noisy: bool | None = False
    """It is dropout or BatchNorm itself, or applies dropout as a function."""
    fresh: bool | None = True
    shown: bool = True
    keras: bool = False
    activation: str | None = None
    """What it ends in: softmax or sigmoid."""
    gives: tuple[str | None, ...] = ()
    """What each of several outputs ends in."""
    applied: bool = False
    """Its forward pass was interpreted."""
    width: Value = None
    """The width of its output, as in `Rows`."""


@dataclasses.dataclass(eq=False)
class Opt(Object):
    """An optimizer; the field `holds` is the set of the weights that it was given."""

    kind: str = ""
    of: ClassValue | None = None
    keras: bool = False


@dataclasses.dataclass(eq=False)
class Scheduler(Object):
    """A schedule of the learning rate."""

    kind: str = ""
    numbers: dict[str, float] = dataclasses.field(default_factory=dict)
    counts: tuple[str, ...] = ()
    sets: Value = None
    """The optimizer whose rate it sets."""
    names: set[str] = dataclasses.field(default_factory=set)
    mode: str = ""
    """Of one that waits for progress: min or max, whichever value it takes for the better one."""
    interval: str = ""
    """What a trainer steps it by itself, as it is configured: step or epoch."""


@dataclasses.dataclass(eq=False)
class LossFunction(Object):
    """A loss, as an object or a function."""

    takes_logits: str = ""
    """The activation that it applies itself."""
    reduction: str = "mean"
    """mean, sum, none, or ? where it is not known."""
    weighted: bool = False
    """Classes have weights in it."""
    skips: bool = False
    """It leaves out images by a label of their own."""


@dataclasses.dataclass(eq=False)
class Source(Object):
    """A data set or a loader of it."""

    base: Source | None = None
    single: bool = False
    """Its batches hold one image each, or it has no batches."""
    part: str | None = None
    loader: bool = False
    names: set[str] = dataclasses.field(default_factory=set)
    parameters: set[str] = dataclasses.field(default_factory=set)
    """What functions call it that it was given to."""
    anew: int = 0
    """The line of the shuffle that gives it another order at every pass."""
    drawn: int = 0
    """The line of the sampler that draws its images by weights."""
    sampled: bool = False
    """A sampler says which of the images it gives."""
    part_of: Source | None = None
    """The set that it is a part of, split or chosen by numbers."""
    holds: frozenset[Source] = frozenset()
    """The sets that were put together in it."""
    place: tuple[Any, ...] = ()
    """The parts of the folder that it reads, where the script tells it."""
    labels_shift: int | None = 0
    """What was added to the class numbers; `None` where they are others."""
    chosen: bool = False
    """It is one of several sets."""
    tables: frozenset[Object] = frozenset()
    """The tables that a set of the script's own class is given."""
    settings: tuple[Value, ...] = ()
    """The numbers and texts that it is given."""
    in_order: bool = False
    """It is a loader that gives its set in the order that it has."""
    chosen_rows: Chosen | None = None
    """The rows that it holds, where they are chosen by number."""
    drawn_by: int = 0
    """The random split that it is a part of, by number; 0 where its numbers begin anew for it."""

    @property
    def root(self) -> Source:
        """The data set behind a loader."""
        return self if self.base is None else self.base.root

    @property
    def origin(self) -> Source:
        """The set that it is, or is a part of, before it was split."""
        root = self.root
        return root if root.part_of is None else root.part_of.origin


@dataclasses.dataclass(eq=False)
class Record(Object):
    """An object of a class of the script that is no network."""

    of: ClassValue | None = None


@dataclasses.dataclass(eq=False)
class Sequence(Object):
    """A list; its field `items` is a tuple, `open` says that there may be more."""


@dataclasses.dataclass(eq=False)
class Mapping(Object):
    """A dictionary; its fields are its items by constant keys."""


@dataclasses.dataclass(eq=False)
class StateDict(Mapping):
    """The weights of a network by name: its very tensors, which training goes on to change."""

    of: Object | None = None
    in_round: bool = False
    """It was asked for in a round of a loop."""
    steps: int = 0
    """How many steps optimizers had taken by then."""


@dataclasses.dataclass(eq=False)
class Frame(Object):
    """The names of a call, of a module or of a class."""

    outer: Frame | None = None
    globals: frozenset[str] = frozenset()


@dataclasses.dataclass(eq=False)
class Scaler(Object):
    """A scaler of losses in half precision, or Accelerate's accelerator."""


@dataclasses.dataclass(eq=False)
class Meter(Object):
    """A metric that adds up over batches until it is reset."""


@dataclasses.dataclass(eq=False)
class Fitter(Object):
    """Lightning's trainer, which calls the methods of a network."""

    epochs: int | None = None


@dataclasses.dataclass(frozen=True)
class Chosen:
    """Rows of a set by number: a part of all rows in some order."""

    order: int
    ends: tuple[Value, Value] = (None, None)
    """Where the part begins and ends: numbers, expressions as text, or `None` at either end."""
    version: int = 0
    """How often the order had been changed in place."""
    drawn: bool = False
    """The order is a random one."""


@dataclasses.dataclass(frozen=True)
class Tensor:
    """Numbers under way: of which networks and images they come, and what they are."""

    role: str = "other"
    """data, output, prediction, match, hits, share, accuracy, loss, length, classes, test, order,
    counts (of images by class) or other.
    """
    nets: frozenset[Object] = frozenset()
    forwards: frozenset[int] = frozenset()
    sources: frozenset[Source] = frozenset()
    graph: bool = False
    """Gradients can be computed through it."""
    activation: str | None = None
    axis: int | None = None
    """Of a prediction: the axis along which the largest value was looked for."""
    summed: bool = False
    per: str = ""
    """Of a length: batch, batches, images, or padded, which is batches times their size.

    It counts the classes of a set where it is classes.
    Of hits: times, where they were multiplied by a number, as by 100.
    Of a loss: "" is the mean of a batch, batch the sum of one, means a sum of means, images a sum
    over images, each a loss of each image; ? is none of these that is known.
    """
    weighted: int = 0
    """Of a loss: the line of the weights that classes have in it."""
    symbolic: bool = False
    """It stands for what a model of Keras will be given, or makes of that."""
    sides: int = 0
    """How many sides an array has of which all numbers are the same."""
    rows: Rows = Rows()
    scaled: bool = False
    """A scaler of losses has multiplied it."""
    squashed: bool = False
    """A function behind the network gives it its activation."""
    since: tuple[int, ...] = ()
    """Of what is added up: the rounds and calls in which it was begun."""
    chosen: Chosen | None = None
    """Of numbers of rows: which rows."""
    made: frozenset[int] = frozenset()
    """Of a loss: the lines that computed it."""
    added: frozenset[int] = frozenset()
    """The lines that added it to others with all that its gradients need."""


@dataclasses.dataclass(frozen=True)
class Params:
    """Weights of networks; `some` of them, where which ones is not told."""

    leaves: frozenset[Object] = frozenset()
    some: bool = False


@dataclasses.dataclass(frozen=True)
class Gradient:
    """The gradients of weights."""

    of: Params


@dataclasses.dataclass(frozen=True)
class FunctionValue:
    """A function of the script, with the names around it."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame
    owner: Value = None
    of: ClassValue | None = None
    """The class that defines it, as a method."""
    quiet: bool = False
    """It runs without gradients."""
    marks: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class ClassValue:
    """A class of the script."""

    node: ast.ClassDef
    frame: Frame
    bases: tuple[Value, ...] = ()


@dataclasses.dataclass(frozen=True)
class Module:
    """A module, function or class of a library, by its canonical name."""

    name: str


@dataclasses.dataclass(frozen=True)
class Method:
    """A method that a library gives to an object."""

    owner: Value
    name: str


@dataclasses.dataclass(eq=False)
class Table(Object):
    """Rows that say which images there are, or a column of them."""

    part_of: Object | None = None
    """What it was cut from at random."""


@dataclasses.dataclass(eq=False)
class Settings(Object):
    """What a command line gives, by name."""


@dataclasses.dataclass(frozen=True)
class Symbol:
    """A setting that is not known, and is the same wherever it is read."""

    owner: Settings
    name: str


@dataclasses.dataclass(frozen=True)
class Text:
    """A text whose parts are strings, and values that are not known."""

    parts: tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class Super:
    """`super()` inside a class."""

    owner: Value
    of: ClassValue


@dataclasses.dataclass(frozen=True)
class Maybe:
    """A value, or `None`."""

    value: Value


@dataclasses.dataclass(frozen=True)
class Items:
    """What a loop goes over: `enumerate`, `zip` and their kin; each round gives `item`."""

    item: Value
    sources: frozenset[Source] = frozenset()
    rounds: int | None = None
    folds: bool = False
    """They are the parts of a cross-validation."""
    chosen: Chosen | None = None
    """Of numbers of rows: which rows."""


@dataclasses.dataclass(frozen=True)
class Scope:
    """A context manager: without gradients (`False`), with them, or a value by another name."""

    gradients: bool | None = None
    value: Value = TOP


NUMBERS = (int, float)
CONSTANTS = (bool, int, float, str, bytes)


def is_constant(value: Value) -> bool:
    """Return whether a value is known exactly."""
    return value is None or isinstance(value, CONSTANTS)
