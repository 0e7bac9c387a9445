"""The fields of all objects at one point of a program, and how two such points are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from fitdoctor.code.trainings.domain import (
    TOP,
    Items,
    Mapping,
    Maybe,
    Module,
    Net,
    Object,
    Opt,
    Params,
    Rows,
    Scheduler,
    Sequence,
    Source,
    StateDict,
    Tensor,
    Unknown,
    Value,
    is_constant,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Fields

Thing = TypeVar("Thing")
MOST_ITEMS = 64
_AT_FIRST: Final[dict[str, Value]] = {"trainable": True, "mode": frozenset({"train"})}
"""Fields that every network has from the beginning."""
_NONE: Final[dict[str, Value]] = {}


class Heap:
    """Fields by object; a copy shares what is not written."""

    def __init__(self) -> None:
        self.fields: dict[Object, dict[str, Value]] = {}
        self._joined: dict[tuple[Object, Object], Object] = {}
        self.chosen_into: dict[Object, Object] = {}
        """Optimizers, and what stands for one of several where branches meet."""

    def snapshot(self) -> dict[Object, dict[str, Value]]:
        """Return the state now."""
        return dict(self.fields)

    def restore(self, state: Fields[Object, dict[str, Value]]) -> None:
        """Go on from a state."""
        self.fields = dict(state)

    def get(self, of: Object, name: str, default: Value = TOP) -> Value:
        """Return a field, or the default where it was never set."""
        return self.fields.get(of, {}).get(name, default)

    def has(self, of: Object, name: str) -> bool:
        """Return whether a field was set."""
        return name in self.fields.get(of, {})

    def set(self, of: Object, name: str, value: Value) -> None:
        """Set a field; states that were taken before keep theirs."""
        self.fields[of] = {**self.fields.get(of, {}), name: value}

    def items(self, of: Object) -> dict[str, Value]:
        """Return all fields of an object."""
        return self.fields.get(of, {})

    # --- joins ---

    def join(self, *states: Fields[Object, dict[str, Value]]) -> None:
        """Go on from what holds in each of several states."""
        first, *others = states
        self.fields = dict(first)
        for other in others:
            for thing in [*self.fields, *(t for t in other if t not in self.fields)]:
                held, fields = self.fields.get(thing, _NONE), other.get(thing, _NONE)
                if held is not fields:
                    self.fields[thing] = self._fields(thing, held, fields)

    def _fields(
        self, of: Object, one: dict[str, Value], other: dict[str, Value]
    ) -> dict[str, Value]:
        made = dict(one)
        for name in _AT_FIRST:
            if (name in one) != (name in other):
                made[name] = self.field(of, name, one.get(name, _AT_FIRST[name]),
                                        other.get(name, _AT_FIRST[name]))  # fmt: skip
        for name in one if isinstance(of, Mapping) else ():
            if name not in other:
                made[name] = self.either(one[name], None)
        for name, value in other.items():
            if name in made and name in _AT_FIRST and name not in one:
                continue
            if name not in one:
                made[name] = self.either(value, None) if isinstance(of, Mapping) else value
            elif one[name] is not value and not _same(one[name], value):
                made[name] = self.field(of, name, one[name], value)
        return made

    def field(self, of: Object, name: str, one: Value, other: Value) -> Value:
        """Return what a field is where it is one or the other."""
        if isinstance(one, frozenset) and isinstance(other, frozenset):
            return one | other
        if isinstance(of, Sequence) and name == "items":
            return _longer(one, other)
        if name == "open":
            return True
        if name == "trainable":
            return one if one is other else None
        return self.either(one, other)

    def either(self, one: Value, other: Value) -> Value:
        """Return a value that is one or the other; an optimizer that is lost so is not known."""
        made = self._either(one, other)
        if made is TOP:
            waiting = [one, other]
            while waiting:
                value = waiting.pop()
                lost = value.value if isinstance(value, Maybe) else value
                if isinstance(lost, Opt):
                    self.set(lost, "shown", value=False)
                waiting += lost if isinstance(lost, tuple) else ()
        return made

    def _either(self, one: Value, other: Value) -> Value:
        if one is other or _same(one, other):
            return one
        if isinstance(one, Maybe) or isinstance(other, Maybe):
            inner = self.either(
                one.value if isinstance(one, Maybe) else one,
                other.value if isinstance(other, Maybe) else other,
            )
            return Maybe(inner) if isinstance(inner, Object) else TOP
        if one is None or other is None:
            some = other if one is None else one
            return Maybe(some) if isinstance(some, Object) else TOP
        if isinstance(one, StateDict) or isinstance(other, StateDict):
            return _live(one, other)
        if isinstance(one, Object) and isinstance(other, Object):
            return self._object(one, other)
        if isinstance(one, Tensor) and isinstance(other, Tensor):
            return union(one, other)
        if isinstance(one, Tensor) and is_constant(other):
            return one
        if isinstance(other, Tensor) and is_constant(one):
            return other
        if isinstance(one, Params) and isinstance(other, Params):
            return Params(one.leaves | other.leaves, some=True)
        if isinstance(one, Module) and isinstance(other, Module):
            alike = one.name.rpartition(".")[0] == other.name.rpartition(".")[0]
            return one if alike else TOP  # one of several classes of one kind
        if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
            return tuple(self.either(a, b) for a, b in zip(one, other, strict=True))
        return TOP

    def _object(self, one: Object, other: Object) -> Value:
        key = (one, other)
        if key not in self._joined:
            made = self._made(one, other)
            if made is None:
                return TOP
            self._joined[key] = self._joined[other, one] = made
            self._joined[made, one] = self._joined[one, made] = made
            self._joined[made, other] = self._joined[other, made] = made
        return self._joined[key]

    def _made(self, one: Object, other: Object) -> Object | None:
        nets = (Net, Unknown)
        if isinstance(one, nets) and isinstance(other, nets):
            if isinstance(one, Unknown) and isinstance(other, Unknown):
                return Unknown(one.line, one.name or other.name, one.held | other.held)
            made = Net(one.line, one.name or other.name, keras=any(
                isinstance(n, Net) and n.keras for n in (one, other)))  # fmt: skip
            self.fields[made] = {"either 0": one, "either 1": other}
            modes = [self.get(n, "mode", frozenset({"train"})) for n in (one, other)]
            self.set(made, "mode", modes[0] | modes[1])
            return made
        if isinstance(one, Opt) and isinstance(other, Opt):
            opt = Opt(other.line, other.name, one.kind if one.kind == other.kind else "",
                      one.of or other.of, one.keras)  # fmt: skip
            self.chosen_into |= {one: opt, other: opt}
            empty: frozenset[Object] = frozenset()
            self.set(opt, "holds", self.get(one, "holds", empty) | self.get(other, "holds", empty))
            self.set(opt, "shown", self.get(one, "shown") and self.get(other, "shown"))
            return opt
        if isinstance(one, Scheduler) and isinstance(other, Scheduler):
            return Scheduler(one.line, one.name)
        if isinstance(one, Source) and isinstance(other, Source):
            part = one.part if one.part == other.part else None
            single = one.single or other.single
            return Source(one.line, one.name, None, single, part, one.loader,
                          one.names | other.names, chosen=True)  # fmt: skip
        if type(one) is type(other) and isinstance(one, (Sequence, Mapping)):
            same = type(one)(one.line, one.name)
            self.fields[same] = self._fields(same, self.items(one), self.items(other))
            return same
        if isinstance(one, (Opt, Scheduler)) and isinstance(other, Unknown):
            return Unknown(one.line, one.name, other.held | {one, other})
        if isinstance(other, (Opt, Scheduler)) and isinstance(one, Unknown):
            return Unknown(other.line, other.name, one.held | {one, other})
        return None

    def widen(self, before: Fields[Object, dict[str, Value]]) -> None:
        """Forget the constants that a round of a loop has changed: each round gives others."""
        for thing, fields in list(self.fields.items()):
            old = before.get(thing)
            if old is None or old is fields:
                continue
            changed = {
                name: self.field(thing, name, old[name], value)
                for name, value in fields.items()
                if name in old and old[name] is not value and _changes(old[name], value)
            }
            if changed:
                self.fields[thing] = {**fields, **changed}


def _live(one: Value, other: Value) -> Value:
    """Return the weights that are no copy, of two values of which one may be a copy.

    What was taken before a loop may be meant as no more than a beginning.
    """
    found = [v for v in (one, other) if isinstance(v, StateDict)]
    taken = [v for v in found if v.in_round] or (found if len(found) > 1 else [])
    return min(taken, key=lambda v: v.steps, default=TOP)


def _changes(old: Value, new: Value) -> bool:
    return is_constant(new) and not _same(old, new)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, Object) or isinstance(other, Object):
        return one is other
    return type(one) is type(other) and bool(one == other)


def _longer(one: tuple[Value, ...], other: tuple[Value, ...]) -> tuple[Value, ...]:
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    if all(a is b for a, b in zip(long, short, strict=False)):
        return long
    return (*long, *(v for v in short if not any(v is w for w in long)))[:MOST_ITEMS]


def _any_of(sets: list[frozenset[Thing]]) -> frozenset[Thing]:
    """Return what is in one of several sets; most of them are empty, or the same one."""
    first = sets[0]
    return first if all(s is first for s in sets) else first.union(*sets[1:])


def union(*tensors: Tensor) -> Tensor:
    """Return what comes of several: of all their networks and images."""
    if len(tensors) == 1 and not tensors[0].sides:
        return tensors[0]
    first = tensors[0]
    roles = {t.role for t in tensors}
    return Tensor(
        role=first.role if len(roles) == 1 else ("loss" if "loss" in roles else "other"),
        nets=_any_of([t.nets for t in tensors]),
        forwards=_any_of([t.forwards for t in tensors]),
        sources=_any_of([t.sources for t in tensors]),
        graph=any(t.graph for t in tensors),
        activation=first.activation if len({t.activation for t in tensors}) == 1 else None,
        axis=first.axis if len({t.axis for t in tensors}) == 1 else None,
        summed=any(t.summed for t in tensors),
        per=_shared_per(tensors),
        weighted=max(t.weighted for t in tensors),
        symbolic=any(t.symbolic for t in tensors),
        sides=0,
        rows=rows_together(tensors),
        scaled=any(t.scaled for t in tensors),
        squashed=any(t.squashed for t in tensors),
        since=next((t.since for t in tensors if t.since), ()),
        made=_any_of([t.made for t in tensors]),
        added=_any_of([t.added for t in tensors]),
    )


MIXED: Final = (-1,)
"""The order of what is made of rows in several orders."""


def rows_together(tensors: tuple[Tensor, ...]) -> Rows:
    """Return what is known of rows that are made of those of several tensors."""
    rows = [t.rows for t in tensors]
    orders = {t.rows.order for t in tensors if t.sources}
    return Rows(
        part=rows[0].part if len({r.part for r in rows}) == 1 else "",
        order=MIXED if len(orders) > 1 else next(iter(orders), ()),
        shift=rows[0].shift if len(rows) == 1 else None,
        width=rows[0].width if all(r.width is rows[0].width for r in rows) else None,
    )


def _shared_per(tensors: tuple[Tensor, ...]) -> str:
    """Return what numbers are counted by; losses of several kinds are of none that is known."""
    losses = {t.per for t in tensors if t.role == "loss"}
    kinds = losses or {t.per for t in tensors}
    return kinds.pop() if len(kinds) == 1 else "?" if losses else ""


def tensors_in(value: Value, heap: Heap, depth: int = 0) -> Iterator[Tensor]:
    """Yield the tensors that a value holds."""
    if isinstance(value, Tensor):
        yield value
    elif depth < 4:
        if isinstance(value, Maybe):
            yield from tensors_in(value.value, heap, depth + 1)
        elif isinstance(value, tuple):
            for item in value:
                yield from tensors_in(item, heap, depth + 1)
        elif isinstance(value, Items):
            yield from tensors_in(value.item, heap, depth + 1)
        elif isinstance(value, Sequence):
            yield from tensors_in(heap.get(value, "items", ()), heap, depth + 1)
        elif isinstance(value, Mapping):
            for item in heap.items(value).values():
                yield from tensors_in(item, heap, depth + 1)
