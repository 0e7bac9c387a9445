"""What a followed expression can turn out to be."""

from __future__ import annotations

import ast
import dataclasses
import functools
from typing import Any, Final, Literal

import msgspec

from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Schedule
from fitdoctor.records.run import Fact, Operation
from fitdoctor.records.written import Numbers

Value = Any


class Unknown:
    """A value that cannot be told without running the script."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclasses.dataclass
class LayerValue:
    """A layer that has been made and not yet applied."""

    layer: Layer


@dataclasses.dataclass
class Tensor:
    """The output of a chain of layers, on a backbone or on an input."""

    layers: tuple[Layer, ...] = ()
    backbone: ModelValue | None = None

    def then(self, *layers: Layer) -> Tensor:
        return Tensor((*self.layers, *layers), self.backbone)


@dataclasses.dataclass
class ModelValue:
    """A model in the making: later statements add layers, freeze and compile it."""

    layers: list[Layer] = dataclasses.field(default_factory=list)
    backbone: ModelValue | None = None
    pretrained: Backbone | None = None
    optimizer: Any = None
    compiled: dict[str, Fact] = dataclasses.field(default_factory=dict)
    own_loss: Fact | None = None
    """The loss that its own `train_step` names, which `compile` is not told."""
    fitted: dict[str, Fact] = dataclasses.field(default_factory=dict)
    callbacks: tuple[Any, ...] = ()
    line: int = 0
    unseen: bool = False
    """Made of outputs that could not be followed."""
    fitted_at: int = 0
    """The line of the last `fit`."""
    learning: tuple[bool | None, ...] = ()
    """Whether each layer, and last its backbone, was trainable at the last `fit`."""
    inside: bool = False
    """A part that was put into another network."""
    ordered: dict[str, Any] = dataclasses.field(default_factory=dict)
    """What a trainer of a library is told beside the rate: epochs, batch size, fine-tuning."""
    file: str = ""
    """What it is loaded from, where that is written in the script."""
    growing: bool = False
    """Made by `add`, one layer after the other: more may follow an excerpt's last."""

    @property
    def root(self) -> ModelValue | None:
        """The backbone it stands on: itself, or the one inside."""
        model: ModelValue | None = self
        while model is not None and model.pretrained is None:
            model = model.backbone
        return model

    def remember_trainable(self) -> None:
        """Keep which layers learn now: what is frozen later was trained before."""
        made = self.root.pretrained if self.root is not None else None
        self.learning = (*(x.trainable for x in self.layers), made.trainable if made else None)

    def as_trained(self) -> tuple[list[Layer], Backbone | None]:
        """Return layers and backbone, trainable as they were at the last `fit`."""
        made = self.root.pretrained if self.root is not None else None
        if not self.learning or len(self.learning) - 1 > len(self.layers):
            return self.layers, made
        *flags, whole = self.learning
        then = [
            msgspec.structs.replace(x, trainable=t)
            for x, t in zip(self.layers, flags, strict=False)
        ]
        if made is not None:
            made = msgspec.structs.replace(made, trainable=whole)
        return [*then, *self.layers[len(then) :]], made


@dataclasses.dataclass
class LayerList:
    """`model.layers`, or a slice of it: which layers of the head it covers, and the backbone."""

    model: ModelValue
    head: range
    with_backbone: bool


@dataclasses.dataclass
class Penalty:
    """A weight regularizer."""

    l1: float | None = None
    l2: float | None = None


@dataclasses.dataclass
class Loss:
    """A loss object."""

    name: str
    from_logits: bool = False

    @property
    def fact(self) -> str:
        """The name as a record holds it, with what it takes."""
        return f"{self.name}(from_logits)" if self.from_logits else self.name


@dataclasses.dataclass(frozen=True)
class Residual:
    """What the network says, less what is wanted: its squares are a loss."""

    scores: Tensor | Data
    squared: bool = False


@dataclasses.dataclass(frozen=True)
class History:
    """What `fit` gives back, and how many epochs it has then trained, where that is known."""

    epochs: int | None = None


@dataclasses.dataclass(frozen=True)
class OneOf:
    """One of several texts; which one is not told."""

    texts: tuple[str, ...]


@dataclasses.dataclass
class OptimizerValue:
    """An optimizer, and whether it was made with arguments that Keras 3 no longer takes."""

    optimizer: Optimizer
    old_arguments: bool = False


@dataclasses.dataclass
class CallbackValue:
    """A callback by its class name, and the schedule it drives where it is one."""

    name: str
    arguments: dict[str, Value]
    schedule: Schedule | None = None
    line: int = 0


@dataclasses.dataclass(frozen=True)
class Data:
    """Images or labels under way: where they come from and what was done to them.

    `labels` travel with images in a generator or dataset. `free` marks a name whose making is not
    shown.
    """

    origin: str
    line: int = 0
    operations: tuple[Operation, ...] = ()
    labels: Data | None = None
    free: bool = False
    numbers: Numbers | None = None
    """What it holds, where the script's own text tells."""

    def then(self, name: str, value: Any = None, line: int = 0) -> Data:
        if len(self.operations) >= MOST_OPERATIONS:
            return self
        return dataclasses.replace(
            self,
            operations=(*self.operations, Operation(name, value, line)),
            free=False,
            numbers=_after(name, self.numbers),
        )


def _after(name: str, numbers: Numbers | None) -> Numbers | None:
    """Return what is still known of numbers after an operation."""
    if numbers is None or name not in _KEEPING:
        return None
    mixed = name == "shuffle"
    return msgspec.structs.replace(numbers, in_order=False, table=()) if mixed else numbers


_KEEPING = frozenset({"cast", "batch", "batch_size", "cache", "prefetch", "shuffle", "taken"})
"""Operations after which an array still holds the same numbers."""
MOST_OPERATIONS = 64
COUNTED = "counted"
"""The operation of a number that is how many items a set has: the set."""
A_NETWORK = "a network"
"""The value of the call that a network answers."""
ELSE = "..."
"""Keyword under which a call says that arguments of it were left out."""


@dataclasses.dataclass
class Generator:
    """An ImageDataGenerator: what it does to images, in the order it does it."""

    operations: tuple[Operation, ...]
    line: int


@dataclasses.dataclass
class Encoder:
    """A label encoder or scaler object of scikit-learn: the operation that it is."""

    name: str
    of: str | None = None
    """A scaler's class."""


@dataclasses.dataclass
class Function:
    """A function or lambda of the script, to be followed where it is called."""

    node: ast.FunctionDef | ast.Lambda
    owner: Any = None
    """The object it is a method of."""

    @property
    def yields(self) -> bool:
        """Return whether this is a generator function; what functions inside it yield is theirs."""
        return _yields(self.node)


@functools.lru_cache(maxsize=512)
def _yields(function: ast.FunctionDef | ast.Lambda) -> bool:
    inside: list[ast.AST] = list(function.body) if isinstance(function, ast.FunctionDef) else []
    while inside:
        node = inside.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            inside += ast.iter_child_nodes(node)
    return False


@dataclasses.dataclass
class Class:
    """A class of the script, with its methods and the values that it sets itself."""

    node: ast.ClassDef
    attributes: dict[str, Value] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Trainer:
    """A library's trainer of one network, and what it was given."""

    library: Literal["transformers", "fastai"]
    model: ModelValue | None
    given: dict[str, Value]


@dataclasses.dataclass
class Namespace:
    """Settings by name: what a command line gives, or a dictionary read by attributes."""

    attributes: dict[str, Value] = dataclasses.field(default_factory=dict)
    origins: dict[str, tuple[str, int]] = dataclasses.field(default_factory=dict)
    """What gave each of them, as it is written, and where."""


@dataclasses.dataclass
class Instance:
    """An object of a class of the script: its attributes."""

    of: Class
    attributes: dict[str, Value] = dataclasses.field(default_factory=dict)
    origins: dict[str, tuple[str, int]] = dataclasses.field(default_factory=dict)
    """What gave each attribute, as it is written, and where."""
    model: ModelValue | None = None
    """The layers that its forward pass goes through, where it is a network."""


@dataclasses.dataclass
class Module:
    """An imported module or name, by its full dotted name."""

    name: str
