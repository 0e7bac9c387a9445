"""Training loops as they run: what is done to networks, gradients and optimizers, in order.

A `Program` is a tree. `Loop` and `Choice` hold events and further loops; an `Event` names what it
touches by number: networks, weights and optimizers of the program. A loop is interpreted twice,
since its second round begins where the first one ended. Queries stand below the records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

Mode = Literal["train", "eval", "unknown"]
Kind = Literal[
    "forward", "backward", "clear", "step", "schedule", "unknown", "measure", "choose",
    "miscount", "probabilities", "unconnected", "rebalanced",
]  # fmt: skip
"""What an event does.

`unknown` is a call of a function that is not shown and may do anything to what it is given;
`measure` compares outputs with labels; `choose` keeps weights, or stops, where a figure is the best
so far; `miscount` divides a count by another one than its own; `probabilities` gives a loss
probabilities where it takes logits; `unconnected` makes a layer that no output comes through;
`rebalanced` weights classes in a loss of images that are drawn by weights, on the line in `detail`.
"""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One thing that a program does."""

    kind: Kind
    line: int = 0
    networks: tuple[int, ...] = ()
    optimizers: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    """The sets of images that it rests on."""
    schedule: int | None = None
    modes: tuple[Mode, ...] = ()
    """Of a forward pass: the modes that the network can be in."""
    chosen: bool = False
    """Of a forward pass: its mode was set in the round or the call that it stands in."""
    use: Literal["learn", "measure"] | None = None
    """Of a forward pass: whether gradients of its output are computed, or it is only compared."""
    detail: str = ""
    """Of a schedule that waits for progress: whether it is given a loss or an accuracy."""


class Choice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Branches of a program, of which one is executed."""

    branches: tuple[tuple[Event | Loop | Choice, ...], ...]
    line: int = 0


class Loop(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A loop of the program: what its first round does, and what all later ones do."""

    first: tuple[Event | Loop | Choice, ...] = ()
    later: tuple[Event | Loop | Choice, ...] = ()
    line: int = 0
    over: tuple[int, ...] = ()
    """The sets of images that it goes over, batch by batch."""
    rounds: int | None = None


Node = Event | Loop | Choice


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The weights of one layer, or of a backbone."""

    name: str
    line: int = 0
    fresh: bool | None = None
    """They begin at random; `None` where that is not known."""
    trainable: bool | None = None
    """Whether they take gradients, at the end of the script."""
    by_hand: bool = False
    """The script writes them itself, without an optimizer."""
    half: bool = False
    """They are float16 at the end of the script."""
    in_list: bool = False
    """They stand in a plain list of their network, which `parameters` does not go through."""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A network that the program trains or asks."""

    name: str
    line: int = 0
    weights: tuple[int, ...] = ()
    noisy: bool | None = None
    """It holds dropout or BatchNorm, which differ between training and inference."""
    shown: bool = True
    """All of its layers are known."""
    assumed: bool = False
    """Its making is not shown."""
    keras: bool = False
    switched: bool = False
    """The program puts it into a mode itself."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An optimizer, with the weights that it was given."""

    name: str
    line: int = 0
    kind: str = ""
    weights: tuple[int, ...] = ()
    networks: tuple[int, ...] = ()
    shown: bool = True
    """All that it was given is known."""
    assumed: bool = False
    """Its making is not shown."""
    given: bool = False
    """It is an argument of the function that steps it."""
    keras: bool = False
    beside: bool = False
    """What it moves is part of no network: an image, a temperature, an embedding."""
    epsilon: float | None = None
    """What it adds to what it divides by, where the script says."""
    all_frozen: bool = False
    """None of its weights takes gradients when it steps."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduler of the learning rate, by its class, with the numbers that it was given."""

    kind: str
    line: int = 0
    numbers: dict[str, float] = {}
    counts: tuple[str, ...] = ()
    """Arguments that are counted in batches: `len(loader)`, or a product with it."""
    escapes: bool = False
    """It was given to a function that is not shown."""
    drives: bool = True
    """The optimizer whose rate it sets takes steps in the program, as far as is known."""
    switched_off: bool = False
    """A comment of the script holds its step."""
    mode: Literal["", "min", "max"] = ""
    """Of one that waits for progress: which values it takes for better ones."""
    interval: Literal["", "step", "epoch"] = ""
    """What Lightning steps it by, which it is given to."""


class Early(msgspec.Struct, frozen=True, kw_only=True):
    """An optimizer that holds a layer whose place in its network another one took later.

    Or a network whose name another one took.
    """

    optimizer: int
    """The line on which it is made."""
    layer: str
    line: int
    """The line on which the new layer is put in, which no optimizer holds."""
    whole: bool = False
    """It is a network, of which another one took the name."""
    thawed: bool = False
    """It is no new layer: it is let learn on that line, and no optimizer holds it."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A set of images that is gone over."""

    names: tuple[str, ...] = ()
    line: int = 0
    part: Literal["train", "validation", "test"] | None = None
    """What it is by its making or its name."""


class Loader(msgspec.Struct, frozen=True, kw_only=True):
    """Batches that loops of the program give to a network, and what for."""

    use: Literal["train", "validation"]
    """`train` where gradients are computed of what comes of it."""
    names: tuple[str, ...] = ()
    """The names that it is given, other than those of parameters."""
    line: int = 0
    measured: bool = True
    """Its answers may be compared with labels: False where they are only kept, and those of another
    loader are compared.
    """


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What a script does by loops of its own."""

    body: tuple[Node, ...] = ()
    networks: tuple[Network, ...] = ()
    weights: tuple[Weights, ...] = ()
    optimizers: tuple[Held, ...] = ()
    plans: tuple[Plan, ...] = ()
    sources: tuple[Source, ...] = ()
    loaders: tuple[Loader, ...] = ()
    early: tuple[Early, ...] = ()
    """What an excerpt tells as well, which does not show how the optimizer steps."""
    whole: bool = True
    """No part of the text was left out, or could not be read."""
    written: Program | None = None
    """Of loops that were recorded: what their text says."""

    @property
    def as_written(self) -> Program:
        """Return what the text says: what is chosen, and how is counted, shows in no call."""
        return self.written or self

    def events(self, *kinds: Kind) -> Iterator[Event]:
        """Yield the events of these kinds, in order, those of a loop's first round before."""
        return (e for e in events(self.body) if e.kind in kinds)

    def training_loops(self) -> Iterator[tuple[Loop, ...]]:
        """Yield each loop that steps or computes gradients itself, behind the loops around it."""
        return (
            path for path in loops(self.body) if any(
                e.kind in {"step", "backward"} for e in own_events(path[-1].later))
        )  # fmt: skip

    @property
    def known(self) -> bool:
        """Return whether all that acts on its networks and optimizers is shown."""
        return (
            self.whole
            and any(True for _ in self.training_loops())
            and all(held.shown for held in self.optimizers)
            and not any(event.kind == "unknown" for event in events(self.body))
        )

    @property
    def epochs(self) -> int | None:
        """Return the rounds of the last loop in which another one trains batch by batch."""
        counted = [
            path[-2].rounds
            for path in self.training_loops()
            if len(path) > 1 and path[-2].rounds is not None
        ]
        return counted[-1] if counted else None

    @property
    def stepped_by_batch(self) -> frozenset[int]:
        """Return the lines of schedulers that step in a loop which trains batch by batch."""
        return frozenset(
            self.plans[event.schedule].line
            for path in self.training_loops()
            for event in own_events(path[-1].later)
            if event.kind == "schedule" and event.schedule is not None
        )

    @property
    def never_stepped(self) -> frozenset[int]:
        """Return the lines of schedulers that nothing steps, while their optimizers step by batch.

        None where a part of the program that is not shown could step them.
        """
        nested = any(
            len(path) > 1 and any(e.kind == "step" for e in own_events(path[-1].later))
            for path in self.training_loops()
        )
        if not (self.whole and nested) or any(True for _ in self.events("unknown")):
            return frozenset()
        stepped = {event.schedule for event in self.events("schedule")}
        return frozenset(
            plan.line
            for number, plan in enumerate(self.plans)
            if plan.drives and not plan.escapes and not {number, None} & stepped
        )

    def goes_over(self, loader: Loader) -> bool:
        """Return whether a loop goes over these batches; else one batch is taken of them."""
        over = {self.sources[n] for path in loops(self.body) for n in path[-1].over}
        return not loader.names or any(set(loader.names) & set(source.names) for source in over)

    @property
    def trained_on(self) -> frozenset[str]:
        """Return the names of what its loops train on."""
        return frozenset(n for x in self.loaders if x.use == "train" for n in x.names)

    @property
    def learns_beside(self) -> bool:
        """Return whether gradients are computed, and none of what networks make of images.

        So a temperature is fitted, or an image.
        """
        learned = list(self.events("backward"))
        return self.whole and bool(learned) and not any(e.sources for e in learned)

    def moves_no_network(self, line: int) -> bool:
        """Return whether the optimizer that is made on a line moves weights of no network."""
        return any(held.beside for held in self.optimizers if held.line == line)

    @property
    def learning(self) -> tuple[int, ...]:
        """Return the networks that gradients are computed of, and nothing that is not shown gets.

        None where not all is known of what takes a step.
        """
        steps = any(event.optimizers for event in self.events("step"))
        if not (steps and self.whole and all(held.shown for held in self.optimizers)):
            return ()
        unseen = {n for e in later_events(self.body) if e.kind == "unknown" for n in e.networks}
        forward = (e for e in self.events("forward") if e.use == "learn")
        return tuple(sorted({n for e in forward for n in e.networks} - unseen))

    def unheld(self, network: int) -> tuple[Weights, ...]:
        """Return the weights of a network that should learn, and that no optimizer was given."""
        held = {w for one in self.optimizers for w in one.weights}
        weights = (self.weights[w] for w in self.networks[network].weights if w not in held)
        return tuple(w for w in weights if w.fresh is True and w.trainable is True)

    def made_before(self, network: int) -> Held | None:
        """Return the optimizer that holds weights which a network has no more.

        So it was made before a layer of that network was replaced.
        """
        own = {w for one in self.networks for w in one.weights}
        taking = {n for event in self.events("step") for n in event.optimizers}
        before = (self.optimizers[n] for n in sorted(taking))
        return next((h for h in before if network in h.networks and set(h.weights) - own), None)

    def own(self) -> Iterator[int]:
        """Yield the optimizers of a library that the program makes, with all their weights."""
        return (n for n, held in enumerate(self.optimizers) if held.shown)

    def reaches(self, event: Event, optimizer: int) -> bool:
        """Return whether an event may act on an optimizer: by itself, or by its networks."""
        if optimizer in event.optimizers:
            return True
        held = set(self.optimizers[optimizer].networks)
        return bool(held & set(event.networks)) or (
            event.kind != "step" and not event.optimizers and not event.networks
        )


def events(nodes: tuple[Node, ...]) -> Iterator[Event]:
    """Yield all events below, both rounds of each loop."""
    for node in nodes:
        if isinstance(node, Event):
            yield node
        elif isinstance(node, Loop):
            yield from events(node.first)
            yield from events(node.later)
        else:
            for branch in node.branches:
                yield from events(branch)


def own_events(nodes: tuple[Node, ...]) -> Iterator[Event]:
    """Yield the events that no loop below holds."""
    for node in nodes:
        if isinstance(node, Event):
            yield node
        elif isinstance(node, Choice):
            for branch in node.branches:
                yield from own_events(branch)


def later_events(nodes: tuple[Node, ...]) -> Iterator[Event]:
    """Yield the events below, of each loop those of its later rounds."""
    for node in nodes:
        if isinstance(node, Event):
            yield node
        elif isinstance(node, Loop):
            yield from later_events(node.later)
        else:
            for branch in node.branches:
                yield from later_events(branch)


def loops(nodes: tuple[Node, ...], around: tuple[Loop, ...] = ()) -> Iterator[tuple[Loop, ...]]:
    """Yield each loop, behind those around it; of each the later rounds."""
    for node in nodes:
        if isinstance(node, Loop):
            yield (*around, node)
            yield from loops(node.later, (*around, node))
        elif isinstance(node, Choice):
            for branch in node.branches:
                yield from loops(branch, around)


Way = tuple[tuple[int, int], ...]
"""The branches that an event stands in, the outermost first."""


def branched_events(nodes: tuple[Node, ...], way: Way = ()) -> Iterator[tuple[Event, Way]]:
    """Yield the events of one round in order, with the branches that they stand in.

    A loop inside stands for one of its rounds.
    """
    for node in nodes:
        if isinstance(node, Event):
            yield node, way
        elif isinstance(node, Loop):
            yield from branched_events(node.later, way)
        else:
            for number, branch in enumerate(node.branches):
                yield from branched_events(branch, (*way, (id(node), number)))


def step_without_gradients(program: Program, loop: Loop, optimizer: int) -> int:
    """Return the line of a step behind which gradients were cleared and not computed again.

    What stands at the end of a round comes before the beginning of the next one. A second step
    that changes nothing does no harm where another one of the round has gradients.
    """
    dead = 0
    round_ = [(e, way) for e, way in branched_events(loop.later) if e.kind != "schedule"]
    for at, (event, way) in enumerate(round_):
        if event.kind != "step" or optimizer not in event.optimizers:
            continue
        for before, other in reversed(round_[at + 1 :] + round_[:at]):
            if before.kind in {"backward", "unknown"} and program.reaches(before, optimizer):
                return 0
            sure = way[: len(other)] == other
            if before.kind == "clear" and sure and _clears(program, before, optimizer):
                dead = dead or event.line
                break
        else:
            return 0
    return dead


def has(program: Program, loop: Loop, optimizer: int, *kinds: Kind) -> bool:
    """Return whether events of these kinds act on an optimizer in a round of a loop."""
    return any(
        event.kind in kinds and program.reaches(event, optimizer)
        for event in later_events(loop.later)
    )


def _clears(program: Program, event: Event, optimizer: int) -> bool:
    held = program.optimizers[optimizer]
    if event.optimizers:
        return optimizer in event.optimizers
    return bool(event.networks) and set(held.networks) <= set(event.networks)
