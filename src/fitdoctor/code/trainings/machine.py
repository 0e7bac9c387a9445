"""The state of an interpreted program: objects, events so far, and what acts on them."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from fitdoctor.code.trainings.batches import Meetings, width_of
from fitdoctor.code.trainings.domain import (
    TOP,
    Frame,
    FunctionValue,
    Gradient,
    Items,
    LossFunction,
    Mapping,
    Maybe,
    Meter,
    Method,
    Module,
    Net,
    Object,
    Opt,
    Params,
    Record,
    Rows,
    Scheduler,
    Sequence,
    Source,
    StateDict,
    Super,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.figures import Figures, learned_from
from fitdoctor.code.trainings.heap import MOST_ITEMS, Heap, rows_together, tensors_in
from fitdoctor.code.trainings.indices import Choices
from fitdoctor.code.trainings.kept import Kept
from fitdoctor.code.trainings.texts import Folders

if TYPE_CHECKING:
    from fitdoctor.code.trainings.connected import Reads

EMPTY: frozenset[Object] = frozenset()
_HALF = frozenset({"half", "float16"})
_WIDER = frozenset({"float", "double", "float32", "float64", "bfloat16"})
UNKNOWN_MODE = frozenset({"unknown"})
DRAWN = "drawn"
"""Detail of a forward pass over numbers that are drawn or made up where it is measured."""
APART = "apart"
"""Kind of the step between functions that nothing shown calls, in whatever order."""
MOST_EVENTS = 20_000
MOST_PARTS = 2000


class TooLongError(Exception):
    """A program takes more steps than are interpreted."""


def _are_drawn(given: list[Tensor]) -> bool:
    """Return whether all that a network is given are numbers of no set and of no other network."""
    return bool(given) and all(
        t.role == "other" and not (t.sources or t.nets or t.symbolic) for t in given
    )


class Place(NamedTuple):
    """A round of a loop, or a call of a function, that is being interpreted."""

    number: int
    is_round: bool


@dataclasses.dataclass(eq=False)
class Step:
    """An event in the making: what it touches is told by objects."""

    kind: str
    line: int
    nets: frozenset[Object] = EMPTY
    leaves: frozenset[Object] = EMPTY
    opt: Object | None = None
    sources: frozenset[Source] = frozenset()
    schedule: Scheduler | None = None
    modes: frozenset[str] = frozenset()
    use: str | None = None
    detail: str = ""
    all: bool = False
    """It may act on everything: code was left out."""
    frozen: bool = False
    file: Object | None = None
    """Of what is loaded: the checkpoint."""
    often: bool = False
    """Code that is not shown calls it, who knows how often."""
    meter: Meter | None = None
    chosen: bool = False
    """Of a forward pass: its mode was set in the round or the call that it stands in."""
    as_given: bool = False
    """Of a forward pass or a loss: it is given the images or labels of `Machine.batch` as is."""


@dataclasses.dataclass(eq=False)
class Fork:
    """Ways on, of which one is taken."""

    branches: tuple[list[Entry], ...]
    line: int


@dataclasses.dataclass(eq=False)
class Round:
    """A loop, with what its first round does and what its later ones do."""

    line: int
    sources: frozenset[Source] = frozenset()
    rounds: int | None = None
    folds: bool = False
    first: list[Entry] = dataclasses.field(default_factory=list)
    later: list[Entry] = dataclasses.field(default_factory=list)


Entry = Step | Fork | Round


class Machine:
    """What statements and library calls act on."""

    entered = 0
    """Places that were counted so far."""
    applying = 0
    """Forward passes of the script's own networks that are being interpreted."""
    kept = 0
    """Times that weights were kept so far."""
    count = 0
    """Events so far."""
    parted = 0
    """The line of a shuffle that gives parts other images at every pass."""
    gradients: bool | None = True
    left_out = False
    unrolling = 0
    """How many loops over a few known items stand around what is interpreted."""

    def __init__(self) -> None:
        self.heap = Heap()
        self.out: list[Entry] = []
        self.forwards: list[Step] = []
        self.forward_leaves: dict[Object, frozenset[Object]] = {}
        """Networks that were called, with the weights that they had then."""
        self.schedulers: list[Scheduler] = []
        self.places = [Place(0, is_round=False)]
        """The calls and rounds around what is interpreted, the innermost last."""
        self.opts: list[Object] = []
        self.thawed: dict[Object, int] = {}  # weights that are let learn, by the line that does
        self.replaced: dict[Object, tuple[Object, str, int]] = {}
        """Layers that are no part of a network any more, or of no name: of what, by which name, and
        the line of what took their place."""
        self.trained_by: dict[Object, frozenset[Object]] = {}
        self.escaped: set[Object] = set()
        self.touched: set[Object] = set()  # weights that are written by hand
        self.switched: set[Object] = set()
        """Networks that the program puts into a mode itself."""
        self.cut: dict[Object, set[str]] = {}
        """Sets with another order at every pass, and how parts of them were taken."""
        self.alike: list[Net] = []
        """Matrices of weights that were made of one number."""
        self.counted: set[Object] = set()
        """Checkpoints whose epoch was read."""
        self.called_by: dict[Object, set[str]] = {}
        """Networks, and the names that they were given."""
        self.makings: dict[Object, str] = {}
        """Networks, and the calls that gave them, as they are written."""
        self.called_at_line: dict[Object, int] = {}
        self.written: ast.Call | None = None
        """The call that is being interpreted."""
        self.reads: Reads | None = None
        self.symbolic: list[tuple[Net, tuple[Tensor, ...], int]] = []
        """Layers of Keras with the tensors that they are called on, and where."""
        self.connected: set[Object] = set()
        """Layers whose outputs a model of Keras gives, or code that is not shown was given."""
        self.consumed: set[int] = set()
        """Forward passes whose output is read again, or given to something."""
        self.models_told = True
        """What every model of Keras gives is known."""
        self.meetings = Meetings()
        self.kept_weights = Kept()
        self.figures = Figures()
        self.folders = Folders()
        self.choices = Choices()
        self.batch: Tensor | None = None
        """Images and labels that Keras gives to a step of the script's own."""
        self.batch_losses: list[tuple[LossFunction, frozenset[int]]] = []
        """Losses of that batch as it is given, and the forward passes that they compare."""
        self.own_steps: dict[int, str | None] = {}
        """Lines of classes with a step of their own, and the loss where it trains as Keras' does.

        The loss is empty where it is that of `compile`, and `None` where the step does more.
        """

    # --- given by the interpreter ---

    def call(
        self, callee: Value, arguments: list[Value], keywords: dict[str, Value], line: int
    ) -> Value:
        """Return what calling a value gives."""
        raise NotImplementedError

    def attribute(self, owner: Value, name: str, line: int) -> Value:
        """Return an attribute of a value."""
        raise NotImplementedError

    def may_have_left(self) -> bool:
        """Return whether a test that is not told may have left the function before."""
        raise NotImplementedError

    def called_anyhow(self, function: FunctionValue) -> None:
        """Interpret a function that code which is not shown may call, with arguments unknown."""
        raise NotImplementedError

    # --- events ---

    def emit(self, step: Step) -> None:
        """Add an event to what is done here."""
        self.count += 1
        if self.count > MOST_EVENTS:
            raise TooLongError
        self.out.append(step)

    def emit_aside(
        self, kind: str, line: int, *, nets: frozenset[Object] = EMPTY, opt: Object | None = None,
        file: Object | None = None, detail: str = "", meter: Meter | None = None,
        leaves: frozenset[Object] = EMPTY,
    ) -> None:  # fmt: skip
        """Add a step that only queries ask for: see `queries.ASIDE`."""
        leaves = leaves.union(*(self.leaves(n) for n in nets))
        self.emit(Step(kind, line, nets=nets, leaves=leaves, opt=opt, file=file, detail=detail,
                       meter=meter))  # fmt: skip

    # --- networks ---

    def parts(self, net: Object) -> Iterator[Object]:
        """Yield the networks that stand in the fields of a network or list."""
        if isinstance(net, Net) and net.leaf:
            return
        for value in list(self.heap.items(net).values()):
            yield from self.nets_in(value)

    def nets_in(self, value: Value, depth: int = 0) -> Iterator[Object]:
        if isinstance(value, Maybe):
            value = value.value
        if isinstance(value, Unknown) and value.quiet:
            return  # a metric, a reader
        if isinstance(value, (Net, Unknown)):
            yield value
        elif depth < 3 and isinstance(value, tuple):
            for item in value:
                yield from self.nets_in(item, depth + 1)
        elif depth < 3 and isinstance(value, (Sequence, Mapping)):
            for item in self.heap.items(value).values():
                yield from self.nets_in(item, depth + 1)

    def inside(self, net: Object) -> list[Object]:
        """Return a network and all networks within."""
        found: dict[Object, None] = {}
        waiting = [net]
        while waiting and len(found) < MOST_PARTS:
            one = waiting.pop()
            if one not in found:
                found[one] = None
                waiting += self.parts(one)
        return list(found)

    def leaves(self, net: Object) -> frozenset[Object]:
        """Return the layers with weights of a network; what is not shown is one by itself."""
        return frozenset(
            n for n in self.inside(net)
            if isinstance(n, Unknown) or (isinstance(n, Net) and n.leaf and n.weighted)
        )  # fmt: skip

    def registered(self, net: Object) -> frozenset[Object]:
        """Return the layers that a network's `parameters` gives: none of a plain list.

        torch takes in layers that are fields themselves, and those of `ModuleList` and its kin.
        """
        found: dict[Object, None] = {}
        waiting = [net]
        while waiting and len(found) < MOST_PARTS:
            one = waiting.pop()
            if one in found:
                continue
            found[one] = None
            plain = isinstance(one, Net) and one.of is not None and not one.keras
            if plain and not self.heap.has(one, "set by name"):
                fields = self.heap.items(one).values()
                waiting += [n for v in fields if not isinstance(v, (Sequence, Mapping, tuple))
                            for n in self.nets_in(v)]  # fmt: skip
            else:
                waiting += self.parts(one)
        return self.leaves(net) & {n for n in found if isinstance(n, (Net, Unknown))}

    def set_mode(self, net: Object, mode: str) -> None:
        """Put a network into a mode, with all that is within."""
        for one in self.inside(net):
            self.heap.set(one, "mode", frozenset({mode}))
            self.heap.set(one, "set in", self.places[-1].number)

    def replace(self, owner: Object, name: str, value: Net) -> None:
        """Keep which layers a network, or a name, has no more, where another takes their place."""
        old = self.heap.get(owner, name) if self.heap.has(owner, name) else None
        if isinstance(old, Net):
            gone = self.leaves(old) - self.leaves(value)
            self.replaced |= dict.fromkeys(gone, (owner, name, value.line))

    def set_precision(self, net: Object, method: str, given: Value) -> None:
        """Keep that weights are float16 from here on, or no longer: `half()`, `to(torch.half)`."""
        named = given.name.rpartition(".")[2] if isinstance(given, Module) else ""
        told = named if method == "to" else method
        if told in _HALF | _WIDER:
            for leaf in self.leaves(net):
                self.heap.set(leaf, "half", told in _HALF)

    def mode_is_chosen(self, net: Object) -> bool:
        """Return whether a mode was set in a round around this place, or in this call."""
        calls = [p.number for p in self.places if not p.is_round]
        around = {p.number for p in self.places if p.is_round} | set(calls[-1:])
        noisy = [n for n in self.inside(net) if isinstance(n, Net) and n.leaf and n.noisy]
        parts: tuple[Object, ...] = (*noisy,) or (net,)
        return all(self.heap.get(part, "set in", None) in around for part in parts)

    @contextlib.contextmanager
    def at_place(self, *, is_round: bool) -> Iterator[None]:
        """Stand in another round of a loop, or in another call of a function."""
        self.entered += 1
        self.places.append(Place(self.entered, is_round))
        yield
        self.places.pop()

    def mode(self, net: Object) -> frozenset[str]:
        """Return the modes that a network can be in: those of its noisy layers where it has any."""
        default = net.default_mode if isinstance(net, Unknown) else "train"
        own: frozenset[str] = self.heap.get(net, "mode", frozenset({default}))
        noisy = [n for n in self.inside(net) if isinstance(n, Net) and n.leaf and n.noisy]
        modes = (self.heap.get(n, "mode", frozenset({"train"})) for n in noisy)
        return frozenset().union(*modes) if noisy else own

    def noisy(self, net: Object) -> bool | None:
        """Return whether a network holds dropout or BatchNorm."""
        known = [
            None if isinstance(n, Unknown) else n.noisy
            for n in self.inside(net)
            if isinstance(n, (Net, Unknown))
        ]
        return True if True in known else None if None in known else False

    def set_trainable(self, params: Params, *, trainable: Value, line: int = 0) -> None:
        """Set whether weights take gradients."""
        told = trainable if isinstance(trainable, bool) and not params.some else None
        for leaf in params.leaves:
            self.heap.set(leaf, "trainable", told)
            self.thawed.pop(leaf, None)
            if told is True:
                self.thawed[leaf] = line

    def trainable(self, leaf: Object) -> bool | None:
        """Return whether weights take gradients now."""
        found = self.heap.get(leaf, "trainable", default=True)
        return found if isinstance(found, bool) else None

    # --- what acts ---

    def forward(
        self, net: Object, tensors: Iterable[Tensor], line: int, modes: frozenset[str] | None = None
    ) -> Tensor:
        """Return the output of a network, and keep that it was called."""
        given = list(tensors)
        self.note(tuple(given))
        sources = frozenset[Source]().union(*(t.sources for t in given))
        step = Step("forward", line, nets=frozenset({net}), leaves=self.leaves(net),
                    sources=sources, modes=self.mode(net) if modes is None else modes,
                    detail="quiet" if self.gradients is False else DRAWN * _are_drawn(given),
                    as_given=any(t is self.batch for t in given),
                    chosen=modes is None and self.mode_is_chosen(net))  # fmt: skip
        self.forwards.append(step)
        self.forward_leaves[net] = self.forward_leaves.get(net, EMPTY) | step.leaves
        self.emit(step)
        graph = self.gradients is not False
        return Tensor(
            role="output",
            nets=frozenset({net}).union(*(t.nets for t in given)),
            forwards=frozenset({len(self.forwards) - 1}).union(*(t.forwards for t in given)),
            sources=sources,
            graph=graph,
            activation=net.activation if isinstance(net, Net) else None,
            symbolic=any(t.symbolic for t in given),
            rows=Rows(order=rows_together(tuple(given)).order if given else (),
                      width=width_of(self, net, given)),
        )  # fmt: skip

    def note(self, value: Value) -> None:
        """Keep that the outputs that a value holds are read."""
        for tensor in tensors_in(value, self.heap):
            if tensor.forwards:
                self.consumed.add(max(tensor.forwards))

    def backward(self, value: Value, line: int, leaves: frozenset[Object] | None = None) -> None:
        """Keep that gradients of a value are computed."""
        tensors = list(tensors_in(value, self.heap))
        nets = EMPTY.union(*(t.nets for t in tensors))
        for number in frozenset[int]().union(*(t.forwards for t in tensors)):
            step = self.forwards[number]
            beside = leaves is not None and bool(step.leaves) and not step.leaves & leaves
            if step.detail != "quiet" and not beside:
                step.use = "learn"
        reached = EMPTY.union(*(self.leaves(n) for n in nets)) if leaves is None else leaves
        learned_from(self, tensors, line)
        for tensor in tensors:
            drawn = max((s.drawn for s in tensor.sources), default=0)
            if drawn and tensor.weighted:
                self.emit(Step("rebalanced", tensor.weighted, detail=str(drawn)))
        if any(t.scaled for t in tensors):
            self.emit(Step("scaled", line, leaves=reached))
        self.emit(
            Step("backward", line, nets=nets, leaves=reached, all=not reached,
                 sources=frozenset[Source]().union(*(
                     t.sources for t in tensors if self.moves_a_network(t))),
                 detail="sum" if any(t.summed for t in tensors) else "")
        )  # fmt: skip

    def moves_a_network(self, tensor: Tensor) -> bool:
        """Return whether a tensor holds an output whose network gradients come to."""
        return not tensor.forwards or any(
            self.forwards[number].detail != "quiet" for number in tensor.forwards
        )

    def step(self, opt: Object, line: int) -> None:
        """Keep that an optimizer takes a step."""
        self.kept_weights.steps += 1
        holds: frozenset[Object] = self.heap.get(opt, "holds", EMPTY)
        if opt not in self.opts:
            self.opts.append(opt)
        frozen = bool(holds) and all(self.trainable(x) is False for x in holds)
        self.emit(Step("step", line, leaves=holds, opt=opt, frozen=frozen))

    def measured(self, tensors: Iterable[Tensor], line: int) -> None:
        """Keep that outputs are compared with labels, or the likeliest class is taken."""
        given = [t for t in tensors if t.forwards]
        for tensor in given:
            for number in tensor.forwards:
                if self.forwards[number].use is None:
                    self.forwards[number].use = "measure"
        if given:
            sources = frozenset[Source]().union(*(t.sources for t in given))
            self.emit(Step("measure", line, sources=sources,
                           nets=EMPTY.union(*(t.nets for t in given))))  # fmt: skip

    def keep(self) -> None:
        """Count that weights were saved or copied."""
        self.kept += 1

    # --- what is not shown ---

    def matters(self, thing: Object) -> bool:
        """Return whether an object is, or holds, a network, an optimizer or a schedule."""
        if isinstance(thing, Unknown):
            network = self.heap.get(thing, "network", default=False) is True
            return not thing.quiet and (network or bool(thing.held))
        return isinstance(thing, (Net, Opt, Scheduler))

    def reach(self, *values: Value) -> frozenset[Object]:
        """Return the objects that code could act on which is given these values."""
        found: set[Object] = set()
        waiting: list[Value] = list(values)
        while waiting and len(found) < 4000:
            value = waiting.pop()
            match value:
                case Maybe(value=inner) | Items(item=inner) | Method(owner=inner):
                    waiting.append(inner)
                case Super(owner=inner):
                    waiting.append(inner)
                case Params(leaves=leaves) | Gradient(of=Params(leaves=leaves)):
                    found |= leaves
                case FunctionValue(owner=Object() as owner):
                    waiting.append(owner)
                case tuple() | list():
                    waiting += value
                case Frame() | Source():
                    pass
                case Object() if value not in found:
                    found.add(value)
                    if isinstance(value, Unknown):
                        waiting += value.held
                    if isinstance(value, (Net, Record, Sequence, Mapping, Opt, Unknown)):
                        for inner in self.heap.items(value).values():
                            waiting += inner if isinstance(inner, frozenset) else [inner]
                case _:
                    pass
        return frozenset(found)

    def escape(self, values: Iterable[Value], line: int) -> None:
        """Keep that code which is not shown may do anything to what it is given."""
        given = list(values)
        reached = self.reach(*given)
        self.kept_weights.changed |= {thing for thing in reached if isinstance(thing, StateDict)}
        for value in given:
            if isinstance(value, FunctionValue):
                self.called_anyhow(value)
        nets = frozenset(n for n in reached if isinstance(n, (Net, Unknown)))
        opts = [o for o in reached if isinstance(o, Opt)]
        outputs = [t for v in given for t in tensors_in(v, self.heap)]
        for tensor in outputs:
            self.given_away(tensor, line)
        self.escaped |= {s for s in reached if isinstance(s, Scheduler)}
        for meter in (o for o in reached if isinstance(o, Meter)):
            self.emit_aside("reset", line, meter=meter)
            self.emit_aside("update", line, meter=meter)
        leaves = frozenset(n for n in nets if not isinstance(n, Net) or n.leaf).union(
            *(self.heap.get(o, "holds", EMPTY) for o in opts)
        )
        loss = EMPTY.union(*(t.nets for t in outputs if t.graph))
        for net in nets:
            self.heap.set(net, "mode", UNKNOWN_MODE)
            if self.heap.has(net, "trainable") or (isinstance(net, Net) and net.leaf):
                self.heap.set(net, "trainable", None)
        for opt in opts:
            self.heap.set(opt, "shown", False)
        if nets or opts or loss:
            behind = EMPTY.union(*(self.leaves(n) for n in loss))
            for opt in opts:
                self.emit(Step("unknown", line, nets=nets, leaves=leaves, opt=opt))
            if nets and not opts:
                self.emit(Step("unknown", line, nets=nets, leaves=leaves))
            if behind and not nets and not opts:
                self.emit(Step("unknown", line, leaves=behind, detail="loss"))

    def given_away(self, tensor: Tensor, line: int) -> None:
        """Note outputs that code which is not shown is given: it may compute their gradients."""
        self.connected |= tensor.nets
        self.note(tensor)
        if tensor.graph:
            for number in tensor.forwards:
                if self.forwards[number].use is None:
                    self.forwards[number].use = "escaped"
        else:
            self.measured([tensor], line)

    # --- lists ---

    def sequence(self, items: Iterable[Value], line: int) -> Sequence:
        """Return a new list."""
        made = Sequence(line)
        self.heap.set(made, "items", tuple(items)[:MOST_ITEMS])
        return made

    def elements(self, value: Value) -> tuple[Value, ...] | None:
        """Return the items of a list or tuple whose length is known."""
        if isinstance(value, tuple):
            return value
        if isinstance(value, Sequence) and not self.heap.get(value, "open", default=False):
            found: tuple[Value, ...] = self.heap.get(value, "items", ())
            return found
        return None

    def params(self, value: Value) -> tuple[Params, bool]:
        """Return the weights that a value holds, and whether that is all it holds."""
        leaves: set[Object] = set()
        some, whole = False, True
        waiting = [value]
        seen: set[int] = set()
        while waiting:
            one = waiting.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            match one:
                case Params():
                    leaves |= one.leaves
                    some |= one.some
                case Items(item=item):
                    waiting.append(item)
                case Net(leaf=True):
                    leaves.add(one)
                case tuple():
                    waiting += [v for v in one if not isinstance(v, str)]
                case Sequence():
                    waiting += self.heap.get(one, "items", ())
                case Mapping():
                    fields = self.heap.items(one)
                    waiting += [fields[k] for k in ("params",) if k in fields] or [TOP]
                case int() | float() | None:
                    pass
                case _:
                    whole = False
        return Params(frozenset(leaves), some), whole and bool(leaves)
