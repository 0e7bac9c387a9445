"""What was interpreted, as a `Program`: objects become numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fitdoctor.code.trainings.connected import Reads, outside_models
from fitdoctor.code.trainings.domain import (
    ClassValue,
    FunctionValue,
    Net,
    Object,
    Opt,
    Scheduler,
    Source,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.figures import logits_cut
from fitdoctor.code.trainings.frameworks import CONFIGURES, keep_intervals
from fitdoctor.code.trainings.interpret import Interpreter
from fitdoctor.code.trainings.machine import (
    APART,
    EMPTY,
    Entry,
    Fork,
    Round,
    Step,
    TooLongError,
)
from fitdoctor.code.trainings.queries import Interpreted, interpreted, of_loops, steps
from fitdoctor.code.trainings.sets import part_by_name
from fitdoctor.records import loop as records


def program_of(
    tree: ast.Module, switched_off: frozenset[str] = frozenset()
) -> tuple[records.Program | None, Interpreted]:
    """Return what a script does by loops of its own, and what queries find beside.

    The first is `None` where it does nothing of the kind. `switched_off` are names whose `step`
    stands in a comment.
    """
    machine = Interpreter()
    try:
        machine.reads = Reads(tree)
        machine.block(tree.body)
        if not any(s.kind in {"step", "backward"} for s in steps(machine.out)):
            _uncalled(machine)
    except (TooLongError, RecursionError):
        return None, Interpreted()
    machine.out += outside_models(machine)
    machine.out += [Step("miscount", line, detail="logits") for line in logits_cut(machine)]
    over = machine.figures.over_images
    machine.out += [Step("miscount", line, detail="softmax over images") for line in over]
    found = interpreted(machine)
    machine.out = of_loops(machine.out)
    done = steps(machine.out)
    planned = any(s.interval or s.mode for s in machine.schedulers)
    acts = any(s.kind in {"step", "backward", "forward", "unconnected"} for s in done)
    if not (acts or planned or any(True for _ in _early(machine))):
        return None, found
    return _Writer(machine, done, switched_off).program(), found


def _uncalled(machine: Interpreter) -> None:
    """Interpret functions and classes that nothing calls: an excerpt, or a file for others."""
    machine.uncalled = True
    found = machine.heap.items(machine.globals)
    used = {n: {x.id for x in ast.walk(v.node) if isinstance(x, ast.Name)} - {n}
            for n, v in found.items() if isinstance(v, (FunctionValue, ClassValue))}  # fmt: skip
    called = set[str]().union(*used.values())
    # Who calls others comes first: what only helps is then interpreted as it is called.
    for value in sorted(found.values(), key=lambda v: getattr(v, "node", None) is not None
                        and getattr(v.node, "name", "") in called):  # fmt: skip
        machine.emit_aside(APART, 0)
        if isinstance(value, FunctionValue) and value.node not in machine.called:
            _kept(machine, value, machine.run(value, [], {}))
        elif isinstance(value, ClassValue):
            made = machine.call(value, [], {}, value.node.lineno)
            if isinstance(made, Net) and not made.keras:
                machine.apply_once(made, [Tensor("data")], {})
                continue
            for name, part in machine.heap.items(value.frame).items():
                if isinstance(part, FunctionValue) and part.node not in machine.called:
                    bound = machine.attribute(made, name, part.node.lineno)
                    if isinstance(bound, FunctionValue):
                        before = len(machine.out)
                        machine.emit_aside(APART, 0)
                        _kept(machine, bound, machine.run(bound, [], {}))
                        for step in steps(machine.out[before:]):
                            step.often = True


def _kept(machine: Interpreter, function: FunctionValue, made: Value) -> None:
    """Keep what a trainer does with what a method gives that only the trainer calls."""
    if getattr(function.node, "name", "") == CONFIGURES:
        keep_intervals(machine, made)


def _early(machine: Interpreter) -> Iterator[records.Early]:
    """Yield the optimizers that hold a layer whose place another one took later, held by none."""
    held = EMPTY.union(*(machine.heap.get(o, "holds", EMPTY) for o in machine.opts))
    known = all(machine.heap.get(o, "shown", default=False) is True for o in machine.opts)
    for opt in machine.opts if known else ():
        for old in sorted(
            machine.heap.get(opt, "holds", EMPTY) & set(machine.replaced), key=_place
        ):
            owner, name, line = machine.replaced[old]
            now = machine.heap.get(owner, name)
            new = machine.leaves(now) if isinstance(now, Net) else EMPTY
            whole = not isinstance(owner, Net)
            if opt.line >= line or not new or new & held or (whole and _acts(machine, new)):
                continue
            if any(machine.trainable(leaf) is True for leaf in new):
                yield records.Early(optimizer=opt.line, layer=name, line=line, whole=whole)
                return
    last = max((o.line for o in machine.opts), default=0)
    left = [(line, x) for x, line in machine.thawed.items() if line > last and x not in held]
    if known and last and left:
        line, leaf = min(left, key=lambda pair: (pair[0], _place(pair[1])))
        yield records.Early(optimizer=last, layer=leaf.name, line=line, thawed=True)


def _acts(machine: Interpreter, leaves: frozenset[Object]) -> bool:
    """Return whether anything trains or acts unseen, or these weights come from a file.

    Then a name may stand for one network after the other.
    """
    done = any(s.kind in {"step", "backward", "unknown", "load"} for s in steps(machine.out))
    return done or any(machine.heap.has(leaf, "loaded") for leaf in leaves)


class _Writer:
    """Gives numbers to networks, weights, optimizers and sets of images."""

    def __init__(
        self, machine: Interpreter, done: list[Step], switched_off: frozenset[str]
    ) -> None:
        self.machine, self.switched_off = machine, switched_off
        called = [
            n for n in machine.forward_leaves if not isinstance(n, Unknown) or self._is_network(n)
        ]
        self.nets = list(dict.fromkeys(called))
        self.leaves_of = {n: machine.forward_leaves[n] for n in self.nets}
        inner = {n for net in self.nets for n in machine.inside(net)}
        self.in_lists = {x for n in inner if isinstance(n, Net) and n.of is not None
                         for x in machine.leaves(n) - machine.registered(n)}  # fmt: skip
        self.leaves = list(
            dict.fromkeys(x for n in self.nets for x in sorted(self.leaves_of[n], key=_place))
        )
        opts = [*machine.opts, *(s.opt for s in done if s.opt is not None)]
        stepped = {s.opt for s in done if s.kind == "step"}
        opts = [o for o in opts if o in stepped or not self._steps_as_another(o, stepped)]
        self.opts: list[Object] = [o for o in dict.fromkeys(opts) if isinstance(o, Opt) or any(
            s.opt is o and (s.kind == "step" or (s.kind == "clear" and not self._is_network(o)))
            for s in done)]  # fmt: skip
        self.holds = {o: machine.heap.get(o, "holds", EMPTY) for o in self.opts}
        for step in done:
            if step.opt in self.holds and step.kind == "step":
                self.holds[step.opt] = self.holds[step.opt] | step.leaves
        self.leaves = list(dict.fromkeys([*self.leaves, *(
            x for o in self.opts for x in sorted(self.holds[o], key=_place))]))  # fmt: skip
        found = dict.fromkeys(s.root for e in done for s in e.sources)
        self.sources: list[Source] = list(found)
        self.names: dict[Source, set[str]] = {s: s.names | s.parameters for s in self.sources}
        for one in (s for e in done for s in e.sources):
            self.names[one.root] |= one.names | one.parameters
        self.done = done

    def _steps_as_another(self, opt: Object, stepped: set[Object | None]) -> bool:
        """Return whether what stands for this optimizer, or another, takes a step."""
        seen = {opt}
        while (chosen := self.machine.heap.chosen_into.get(opt)) and chosen not in seen:
            if chosen in stepped:
                return True
            opt = chosen
            seen.add(opt)
        return False

    def _is_network(self, net: Object) -> bool:
        return self.machine.heap.get(net, "network", default=False) is True

    def program(self) -> records.Program:
        machine = self.machine
        return records.Program(
            body=self.nodes(machine.out),
            networks=tuple(map(self.network, self.nets)),
            weights=tuple(map(self.weights, self.leaves)),
            optimizers=tuple(map(self.optimizer, self.opts)),
            plans=tuple(
                records.Plan(kind=s.kind, line=s.line, numbers=s.numbers, counts=s.counts,
                             escapes=s in machine.escaped, drives=self.drives(s), mode=s.mode,  # type: ignore[arg-type]
                             interval=s.interval,  # type: ignore[arg-type]
                             switched_off=not s.names.isdisjoint(self.switched_off))
                for s in machine.schedulers
            ),
            sources=tuple(
                records.Source(names=tuple(sorted(self.names[s])), line=s.line,
                               part=s.part or part_by_name(self.names[s]))  # type: ignore[arg-type]
                for s in self.sources
            ),
            loaders=tuple(_loaders(machine, self.done)),
            early=tuple(_early(machine)),
            whole=not machine.left_out,
        )  # fmt: skip

    def drives(self, plan: Scheduler) -> bool:
        """Return whether the optimizer of a schedule, or what stands for it, takes a step."""
        stepped = {s.opt for s in self.done if s.kind == "step"}
        return not isinstance(plan.sets, Opt) or (
            plan.sets in stepped or self._steps_as_another(plan.sets, stepped)
        )

    def network(self, net: Object) -> records.Network:
        assumed = isinstance(net, Unknown)
        shown = not assumed and all(
            not isinstance(n, Unknown) and (not isinstance(n, Net) or n.shown)
            for n in self.machine.inside(net)
        )
        return records.Network(
            name=net.name,
            line=net.line,
            weights=self.numbers(self.leaves_of[net]),
            noisy=self.machine.noisy(net),
            shown=shown,
            assumed=isinstance(net, Unknown) and net.assumed,
            keras=isinstance(net, Net) and net.keras,
            switched=net in self.machine.switched,
        )

    def weights(self, leaf: Object) -> records.Weights:
        fresh = leaf.fresh if isinstance(leaf, Net) else None
        if self.machine.heap.has(leaf, "loaded") or leaf in self.machine.touched:
            fresh = False if fresh is not None else None
        return records.Weights(
            name=leaf.name, line=leaf.line, fresh=fresh, trainable=self.machine.trainable(leaf),
            by_hand=leaf in self.machine.touched, in_list=leaf in self.in_lists,
            half=self.machine.heap.get(leaf, "half", default=False) is True,
        )  # fmt: skip

    def optimizer(self, opt: Object) -> records.Held:
        machine, holds = self.machine, self.holds[opt]
        own = isinstance(opt, Opt) and opt.of is None
        frozen = [s.frozen for s in self.done if s.kind == "step" and s.opt is opt]
        shown = own and machine.heap.get(opt, "shown", default=False) is True
        return records.Held(
            name=opt.name,
            line=opt.line,
            kind=opt.kind if isinstance(opt, Opt) else "",
            weights=self.numbers(holds),
            networks=self.sharing(holds),
            shown=shown,
            assumed=not own,
            given=isinstance(opt, Unknown) and opt.assumed,
            keras=isinstance(opt, Opt) and opt.keras,
            beside=self.moves_none(opt, holds),
            all_frozen=bool(frozen) and all(frozen) and shown,
            epsilon=_number(machine.heap.get(opt, "eps", None)),
        )

    def moves_none(self, opt: Object, holds: frozenset[Object]) -> bool:
        """Return whether an optimizer moves what is part of no network."""
        loose = self.machine.heap.get(opt, "beside", default=False) is True and not holds
        alone = bool(holds) and not self.sharing(holds)
        return loose or (alone and all(x.name in {"Parameter", "Variable"} for x in holds))

    def numbers(self, leaves: frozenset[Object]) -> tuple[int, ...]:
        return tuple(i for i, leaf in enumerate(self.leaves) if leaf in leaves)

    def sharing(self, leaves: frozenset[Object]) -> tuple[int, ...]:
        return tuple(i for i, n in enumerate(self.nets) if leaves & self.leaves_of[n])

    def nodes(self, entries: list[Entry]) -> tuple[records.Node, ...]:
        return tuple(self.node(entry) for entry in entries)

    def node(self, entry: Entry) -> records.Node:
        if isinstance(entry, Step):
            return self.event(entry)
        if isinstance(entry, Fork):
            branches = tuple(self.nodes(b) for b in entry.branches)
            return records.Choice(branches=branches, line=entry.line)
        return records.Loop(
            first=self.nodes(entry.first),
            later=self.nodes(entry.later),
            line=entry.line,
            over=self.set_numbers(entry.sources),
            rounds=entry.rounds,
        )

    def set_numbers(self, sources: frozenset[Source]) -> tuple[int, ...]:
        roots = {s.root for s in sources}
        return tuple(i for i, s in enumerate(self.sources) if s in roots)

    def event(self, step: Step) -> records.Event:
        nets, opts = self.touched(step)
        plans = self.machine.schedulers
        return records.Event(
            kind=step.kind,  # type: ignore[arg-type]
            line=step.line,
            networks=nets,
            optimizers=opts,
            sources=self.set_numbers(step.sources),
            schedule=plans.index(step.schedule) if step.schedule in plans else None,
            modes=tuple(sorted(step.modes)),  # type: ignore[arg-type]
            chosen=step.chosen,
            use=step.use if step.use in {"learn", "measure"} else None,  # type: ignore[arg-type]
            detail=step.detail,
        )

    def touched(self, step: Step) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the networks and optimizers that an event acts on."""
        everything = tuple(range(len(self.nets))), tuple(range(len(self.opts)))
        if step.all:
            return everything
        if step.kind == "forward":
            (net,) = step.nets
            return ((self.nets.index(net),) if net in self.nets else ()), ()
        if step.kind in {"measure", "probabilities"}:
            return tuple(i for i, n in enumerate(self.nets) if n in step.nets), ()
        nets = self.sharing(step.leaves)
        if step.kind == "step":
            return nets, ((self.opts.index(step.opt),) if step.opt in self.opts else ())
        if step.kind == "clear":
            opts = [i for i, o in enumerate(self.opts)
                    if o is step.opt or EMPTY < self.holds[o] <= step.leaves]  # fmt: skip
            whole = tuple(i for i, n in enumerate(self.nets) if self.leaves_of[n] <= step.leaves)
            return whole, tuple(opts)
        if step.kind in {"backward", "unknown"}:
            anyhow = step.kind == "backward"  # whose weights an optimizer holds may not be known
            reached = [i for i, o in enumerate(self.opts)
                       if o is step.opt or self.holds[o] & step.leaves or o in step.leaves
                       or (anyhow and not self.holds[o])]  # fmt: skip
            return nets, tuple(reached)
        return nets, ()


def _loaders(machine: Interpreter, done: list[Step]) -> Iterator[records.Loader]:
    """Yield what is given to networks batch by batch, with what for."""
    learned = {s for step in done if step.kind == "backward" for s in step.sources}
    shown = [s for step in done if step.kind in {"forward", "backward"} for s in step.sources]
    rounds = list(_rounds(machine.out))
    gone_over = {s for made, _ in rounds for s in made.sources}
    at_once = {s for made, within in rounds for s in made.sources - _beside(made.sources)
               if any(e.kind == "backward" and s in e.sources for e in within)}  # fmt: skip
    asked = {s for made, within in rounds for s in made.sources
             if any(e.kind == "forward" and s in e.sources for e in within)}  # fmt: skip
    # What is gone over in a loop of its own, and learned from in none, may still reach a loss: by
    # a mean that images are shifted by, or a name that both loops give a value to.
    sets = {s.root for s in at_once}
    aside = {s for s in learned - at_once if sets and (s in gone_over or s.root in sets)}
    compared = {s for step in done if step.kind == "forward" and step.use == "measure"
                for s in step.sources} - learned  # fmt: skip
    for source in dict.fromkeys(shown):
        if source in aside and source not in asked:
            continue
        yield records.Loader(
            use="train" if source in learned - aside else "validation",
            names=tuple(sorted(source.names)),
            line=source.line,
            measured=not compared or source in compared | learned,
        )


def _rounds(entries: list[Entry]) -> Iterator[tuple[Round, list[Step]]]:
    """Yield each loop with the steps in it."""
    for entry in entries:
        if isinstance(entry, Round):
            yield entry, steps([*entry.first, *entry.later])
            yield from _rounds(entry.first)
            yield from _rounds(entry.later)
        elif isinstance(entry, Fork):
            for branch in entry.branches:
                yield from _rounds(branch)


def _beside(sources: frozenset[Source]) -> frozenset[Source]:
    """Return the sets that are for tests by their names, where one for training goes beside.

    A network learns of them what needs no labels.
    """
    parts = {s: s.part or part_by_name(s.names | s.parameters) for s in sources}
    if "train" not in parts.values():
        return frozenset()
    return frozenset(s for s, part in parts.items() if part in {"validation", "test"})


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _place(thing: Object) -> tuple[int, str]:
    return thing.line, thing.name


__all__ = ["Interpreted", "Tensor", "program_of"]
