"""Arrays that a script writes down, counts out, computes or draws, as the numbers they hold.

Literals, ranges, arithmetic and the plainest functions of NumPy are worked out here, on arrays of
at most a million numbers; nothing of the script itself is run. What is drawn at random is drawn
here as well: its shape and ends are as in the script, its numbers are others.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from fitdoctor.code import bundled
from fitdoctor.code.array_functions import (
    AS_FUNCTION,
    COMPARE,
    FRESH,
    FUNCTIONS,
    MOST_BY_HAND,
    MOST_NUMBERS,
    UNARY,
    UNTOLD,
    Known,
    UnknownArrayError,
    array,
    bounded,
    items,
    known,
    of_all,
    operate,
    over,
    room_for,
)
from fitdoctor.records.written import Numbers

MOST_STEPS: Final = 200_000
MOST_HELD: Final = 10_000_000
MOST_DEPTH: Final = 6
MOST_KEPT: Final = 1000
MOST_CLASSES: Final = 1000


def numbers_of(found: Any) -> Numbers | None:
    """Return what a record keeps of an array, `None` of what is none or holds no number."""
    if not isinstance(found, Known) or found.values.ndim == 0 or found.values.size == 0:
        return None
    values = found.values.reshape(len(found.values), -1)
    if not np.isfinite(values).all():
        return None
    whole = bool((values == np.floor(values)).all())
    one_hot = (
        whole
        and values.shape[1] > 1
        and bool(((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all())
    )
    labels = values.argmax(axis=1) if one_hot else values[:, 0]
    numbered = whole and (one_hot or values.shape[1] == 1)
    counts = np.unique(labels, return_counts=True)[1] if numbered else np.zeros(0, dtype=int)
    different = len(counts)
    kept = not found.drawn and values.size <= MOST_KEPT
    return Numbers(
        rows=len(values) if found.counted else None,
        columns=values.shape[1],
        low=float(values.min()),
        high=float(values.max()),
        whole=whole,
        draws=tuple(sorted(found.draws)),
        distinct=different,
        one_hot=one_hot,
        counts=tuple(counts.tolist()) if found.counted and different <= MOST_CLASSES else (),
        in_order=1 < different <= MOST_CLASSES
        and int((np.diff(labels) != 0).sum()) == different - 1
        and len(labels) > 2 * different,
        table=tuple(tuple(row) for row in values.tolist()) if kept else (),
    )


class Arrays:
    """The arrays that names stand for, kept as a script is followed."""

    def __init__(self, elsewhere: Callable[[ast.expr], Any] = lambda _: None) -> None:
        self.names: dict[str, Any] = {}
        self.elsewhere = elsewhere
        """Gives what else a name or a setting stands for: a number, a list filled by a loop, what
        makes a scaler."""
        self.functions: dict[str, ast.FunctionDef] = {}
        self._counted: dict[str, tuple[Known, Numbers | None]] = {}
        self.steps = 0
        self.held = 0
        """Numbers in all the arrays that were made."""
        self.depth = 0
        self.tokens = self.one_draw = 0

    def of(self, node: ast.expr | None) -> Known | None:
        """Return the array of an expression, `None` where it cannot be told."""
        found = self._held(node) if node is not None else None
        if isinstance(found, list):
            try:
                found = array(found)
            except (UnknownArrayError, ValueError, TypeError):
                return None
        return found if isinstance(found, Known) else None

    def _held(self, node: ast.expr) -> Any:
        """Return whatever an expression holds: an array, a number, several of them, or `None`."""
        if isinstance(node, ast.Constant):
            return node.value
        try:
            with np.errstate(all="ignore"):
                return self._value(node)
        except (UnknownArrayError, ArithmeticError, ValueError, TypeError, IndexError, KeyError,
                AttributeError, RecursionError, MemoryError):  # fmt: skip
            return None

    def token(self) -> int:
        """Return the number of a new draw."""
        if self.one_draw:
            return self.one_draw
        self.tokens += 1
        return self.tokens

    def _numbered(self, made: Any) -> Any:
        """Return what a function gives, its draw by a number of its own."""
        if isinstance(made, Known) and FRESH in made.draws:
            draws = made.draws - {FRESH} | {self.token()}
            made = dataclasses.replace(made, draws=frozenset(draws))
        return bounded(made)

    def under(self, name: str) -> Numbers | None:
        """Return what a name holds just now."""
        held = self.names.get(name)
        if not isinstance(held, Known):
            return None
        counted = self._counted.get(name)
        if counted is None or counted[0] is not held:
            counted = self._counted[name] = (held, numbers_of(held))
        return counted[1]

    def bind(self, target: ast.expr, node: ast.expr) -> None:
        """Keep what a target holds after it was given an expression."""
        match target, node:
            case ast.Tuple(elts=parts), ast.Tuple(elts=given) if len(parts) == len(given):
                # `x, y = x[order], y[order]`: one may be told where the other cannot.
                held = [self._held(part) for part in given]
                for part, item in zip(parts, held, strict=True):
                    self.give(part, item)
            case ((ast.Name() | ast.Tuple() | ast.List()), _):
                self.give(target, self._held(node))
            case ast.Attribute(), _ if _is_field(target):
                self.give(target, self._held(node))
            case _:
                self.forget(target)

    def give(self, target: ast.expr, item: Any) -> None:
        """Keep what the names of a target are given; `None` and what is no number are dropped."""
        match target:
            case ast.Name(id=name):
                if isinstance(item, (Known, bool, int, float, list, tuple, dict, range)):
                    self.names[name] = item
                else:
                    self.names.pop(name, None)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                self.give(ast.Name(f"self.{name}", ast.Store()), item)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                whole = isinstance(item, (list, tuple)) and len(item) == len(parts)
                for index, part in enumerate(parts):
                    self.give(part, item[index] if whole else None)
            case _:
                self.forget(target)

    def forget(self, *nodes: ast.AST) -> None:
        """Drop every name that is written to in these parts of a script."""
        for node in nodes:
            for part in _writing(node):
                if isinstance(part, ast.Name):
                    self.names.pop(part.id, None)
                else:
                    self._forget_owner(part)
                    if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                        self.names.pop(_key(part), None)

    def _forget_owner(self, node: ast.Subscript | ast.Attribute | ast.Call) -> None:
        """Drop what is changed in place: `x[0] = 1`, `x.append(2)`, `shuffle(x)`."""
        changed: list[ast.expr] = []
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr in _IN_PLACE:
                changed = [function.value, *node.args]
            elif isinstance(function, ast.Name) and function.id in _IN_PLACE:
                changed = list(node.args)
        elif isinstance(node.ctx, ast.Store):
            changed = [node.value]
        shuffled = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("shuffle")
        for name in filter(None, map(_key, changed)):
            held = self.names.pop(name, None)
            if isinstance(held, Known) and shuffled:
                mixed = np.random.default_rng(0).permutation(held.values)
                draws = frozenset(held.draws or {self.token()})
                self.names[name] = dataclasses.replace(held, values=mixed, draws=draws)

    def _value(self, node: ast.expr) -> Any:
        """Return what an expression holds, as long as the script's share of work lasts."""
        self.steps += 1
        made = self._held_by(node) if self.steps <= MOST_STEPS else None
        if isinstance(made, (Known, list, tuple, range)):
            self.held += made.values.size if isinstance(made, Known) else len(made)
        if made is None or self.held > MOST_HELD:
            raise UnknownArrayError
        return made

    def _held_by(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return value
            case ast.Name(id=name):
                found = self.names.get(name)
                found = self.elsewhere(node) if found is None else found
                if found is None:
                    raise UnknownArrayError
                return found
            case ast.List(elts=parts):
                return [self._value(part) for part in parts]
            case ast.Tuple(elts=parts):
                return tuple(self._value(part) for part in parts)
            case ast.UnaryOp(op=op, operand=operand):
                return over(UNARY[type(op)], self._value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return operate(op, self._value(left), self._value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return over(COMPARE[type(op)], self._value(left), self._value(right))
            case ast.BoolOp(values=values, op=op):
                return self._boolean(op, values)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._value(body if self._truth(test) else orelse)
            case _:
                return self._made(node)

    def _made(self, node: ast.expr) -> Any:
        """Return what a comprehension, a part of an array or a call gives."""
        match node:
            case (
                ast.ListComp(elt=element, generators=loops)
                | ast.GeneratorExp(elt=element, generators=loops)
            ):
                return self._rows(element, loops)
            case ast.Subscript(value=owner, slice=index):
                return self._part(self._value(owner), index)
            case ast.Attribute(value=ast.Name(id="np" | "numpy" | "math" | "torch"), attr="pi"):
                return np.pi
            case ast.Attribute(attr=name) if _is_field(node) and f"self.{name}" in self.names:
                return self._value(ast.Name(f"self.{name}", ast.Load()))
            case ast.Attribute() if (setting := self.elsewhere(node)) is not None:
                return setting
            case ast.Attribute(value=owner, attr=name):
                return _attribute(self._value(owner), name)
            case ast.Call():
                return self._call(node)
            case _:
                raise UnknownArrayError

    def _truth(self, node: ast.expr) -> bool:
        value = self._value(node)
        # What depends on a draw by a test alone would not be seen to.
        if isinstance(value, Known) and (value.values.size != 1 or value.draws):
            raise UnknownArrayError
        return bool(value.values) if isinstance(value, Known) else bool(value)

    def _boolean(self, op: ast.boolop, values: list[ast.expr]) -> bool:
        return (all if isinstance(op, ast.And) else any)(self._truth(v) for v in values)

    def _rows(self, element: ast.expr, loops: list[ast.comprehension]) -> Any:
        """Return what a comprehension makes, round by round."""
        before = dict(self.names)
        made: list[Any] = []
        gone_through: list[Any] = []
        # All that the rounds draw counts as one draw.
        held, self.one_draw = self.one_draw, self.one_draw or self.token()
        try:
            self._rounds(element, loops, made, gone_through)
        finally:
            self.names = before
            self.one_draw = held
        return _of_rounds(made, gone_through)

    def _rounds(
        self,
        element: ast.expr,
        loops: list[ast.comprehension],
        made: list[Any],
        gone_through: list[Any],
    ) -> None:
        if not loops:
            made.append(self._value(element))
            if len(made) > MOST_BY_HAND:
                raise UnknownArrayError
            return
        rows = self._value(loops[0].iter)
        gone_through += rows if isinstance(rows, (list, tuple)) else [rows]
        for item in items(rows):
            self._give(loops[0].target, item)
            if all(self._truth(test) for test in loops[0].ifs):
                self._rounds(element, loops[1:], made, gone_through)

    def _give(self, target: ast.expr, item: Any) -> None:
        match target:
            case ast.Name(id=name):
                self.names[name] = item
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part, one in zip(parts, items(item), strict=True):
                    self._give(part, one)
            case _:
                raise UnknownArrayError

    def _part(self, owner: Any, index: ast.expr) -> Any:
        if isinstance(owner, (list, tuple, dict)):
            if isinstance(index, ast.Slice):
                return owner[self._slice(index)]
            place: Any = index.value if isinstance(index, ast.Constant) else self._value(index)
            return owner[place] if isinstance(owner, dict) else owner[int(place)]
        found = known(owner)
        chosen_by: list[Any] = []
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        where: list[Any] = []
        for part in parts:
            if isinstance(part, ast.Slice):
                where.append(self._slice(part))
            elif ast.unparse(part).endswith(("None", "newaxis")):
                where.append(None)
            else:
                at = self._value(part)
                chosen_by.append(at)
                where.append(at if isinstance(at, int) else _index(known(at), found))
        draws = found.draws | of_all(chosen_by)
        _room_for_part(found.values.shape, where)
        return dataclasses.replace(found, values=found.values[tuple(where)], draws=draws)

    def _slice(self, node: ast.Slice) -> slice:
        ends = [
            None if e is None else int(self._value(e)) for e in (node.lower, node.upper, node.step)
        ]
        return slice(*ends)

    def _call(self, node: ast.Call) -> Any:
        if any(isinstance(a, ast.Starred) for a in node.args):
            raise UnknownArrayError
        function = node.func
        if isinstance(function, ast.Name) and function.id in self.functions:
            return self._own(self.functions[function.id], node)
        name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
        if name in bundled.LOADERS and not node.args:
            loaded = bundled.load(ast.unparse(function), {k.arg or "" for k in node.keywords})
            return _brought(loaded, self.token())
        if isinstance(function, ast.Attribute) and not _is_module(function.value, self.names):
            return self._method(node, function)
        keywords = {k.arg: self._keyword(k.value) for k in node.keywords if k.arg}
        if name in bundled.MAKERS:
            arguments = [self._value(a) for a in node.args]
            made = bundled.make(name, arguments, keywords, MOST_NUMBERS)
            return _brought(made, self.token())
        if name == "map" and len(node.args) == 2:
            over_all = self._value(node.args[1])
            return _of_rounds(
                [self._apply(node.args[0], [item]) for item in items(over_all)], [over_all]
            )
        if name in MAKE_ARRAYS or name in {"list", "tuple"}:
            found = self._value(node.args[0])
            return array(found) if name in MAKE_ARRAYS else items(found)
        if name not in FUNCTIONS:
            raise UnknownArrayError
        if name == "where" and len(node.args) == 3 and self._held(node.args[0]) is None:
            both = [self._value(part) for part in node.args[1:]]
            if all(isinstance(part, (int, float)) for part in both):
                drawn_up = np.array(both, dtype=np.float64)
                return Known(drawn_up, frozenset({UNTOLD}), counted=False)
        return self._numbered(FUNCTIONS[name]([self._value(a) for a in node.args], keywords))

    def _keyword(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        try:
            return self._value(node)
        except (UnknownArrayError, KeyError):
            return None

    def _method(self, node: ast.Call, function: ast.Attribute) -> Any:
        name = function.attr
        keywords = {k.arg: self._keyword(k.value) for k in node.keywords if k.arg}
        if name == "fit_transform":
            scaler = self.elsewhere(function.value) or ast.unparse(function.value)
            return _standardised(str(scaler), self._value(node.args[0]))
        owner = self._value(function.value)
        if name == "astype":
            whole = "int" in ast.unparse(node)[len(ast.unparse(function)) :]
            return over(np.trunc, owner) if whole else known(owner)
        if name in _SAME:
            return array(owner) if isinstance(owner, list) else owner
        if name in AS_FUNCTION:
            given = [owner, *(self._value(a) for a in node.args)]
            return self._numbered(FUNCTIONS[name](given, keywords))
        raise UnknownArrayError

    def _apply(self, function: ast.expr, arguments: list[Any]) -> Any:
        match function:
            case ast.Lambda(args=given, body=body):
                names = [a.arg for a in given.args]
                outer, self.names = (
                    self.names,
                    {**self.names, **dict(zip(names, arguments, strict=True))},
                )
                try:
                    return self._value(body)
                finally:
                    self.names = outer
            case ast.Name(id=name) if name in self.functions:
                return self._run(self.functions[name], arguments)
            case ast.Name(id="int" | "float" | "bool" | "abs" as name):
                return FUNCTIONS[name](arguments, {})
            case _:
                raise UnknownArrayError

    def _own(self, function: ast.FunctionDef, node: ast.Call) -> Any:
        given = [self._value(a) for a in node.args]
        names = [a.arg for a in function.args.args]
        by_name = {k.arg: self._value(k.value) for k in node.keywords if k.arg}
        given += [by_name[name] for name in names[len(given) :] if name in by_name]
        return self._run(function, given)

    def _run(self, function: ast.FunctionDef, arguments: list[Any]) -> Any:
        """Work a function of the script out: assignments, tests and what it returns."""
        names = [a.arg for a in function.args.args]
        defaults = [self._value(d) for d in function.args.defaults]
        missing = len(names) - len(arguments)
        given = [*arguments, *defaults[len(defaults) - missing :]] if missing > 0 else arguments
        if self.depth >= MOST_DEPTH or len(given) != len(names):
            raise UnknownArrayError
        outer, self.names = self.names, {**self.names, **dict(zip(names, given, strict=True))}
        self.depth += 1
        try:
            done, value = self._block(function.body)
        finally:
            self.names = outer
            self.depth -= 1
        if not done:
            raise UnknownArrayError
        return value

    def _block(self, body: list[ast.stmt]) -> tuple[bool, Any]:
        for statement in body:
            match statement:
                case ast.Return(value=value) if value is not None:
                    return True, self._value(value)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.names[name] = self._value(value)
                case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                    self.names[name] = operate(op, self.names[name], self._value(value))
                case ast.If(test=test, body=yes, orelse=no):
                    done, value = self._block(yes if self._truth(test) else no)
                    if done:
                        return True, value
                case ast.For(target=target, iter=over, body=inner, orelse=[]):
                    rows = self._value(over)
                    if of_all([rows]):
                        raise UnknownArrayError
                    for item in items(rows):
                        self._give(target, item)
                        done, value = self._block(inner)
                        if done:
                            return True, value
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    pass
                case ast.Expr(
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"),
                                   args=[item])
                ):  # fmt: skip
                    held = self.names[name]
                    if not isinstance(held, list):
                        raise UnknownArrayError
                    self.held += len(held)
                    self.names[name] = [*held, self._value(item)]
                case _:
                    raise UnknownArrayError
        return False, None


MAKE_ARRAYS: Final = frozenset(
    {"array", "asarray", "tensor", "constant", "float32", "as_tensor", "from_numpy", "Tensor",
     "FloatTensor", "LongTensor", "matrix", "DataFrame", "Series", "Variable",
     "convert_to_tensor"}
)  # fmt: skip
"""Functions that make an array of what they are given."""
_IN_PLACE = frozenset(
    {"append", "extend", "insert", "sort", "shuffle", "fill", "put", "pop", "remove", "reverse",
     "resize"}
)  # fmt: skip
_SAME = frozenset(
    {"tolist", "copy", "numpy", "to_numpy", "float", "double", "long", "clone", "detach", "cpu",
     "to", "cuda", "requires_grad_"}
)  # fmt: skip
_MODULES = frozenset(
    {"np", "numpy", "random", "math", "tf", "torch", "K", "jnp", "keras", "utils", "np_utils",
     "linalg", "datasets", "sklearn", "backend", "ops", "pd", "pandas", "itertools", "nn"}
)  # fmt: skip


def _is_module(node: ast.expr, names: Mapping[str, Any]) -> bool:
    first = ast.unparse(node).partition(".")[0]
    return isinstance(node, (ast.Name, ast.Attribute)) and first in _MODULES and first not in names


def _brought(value: Any, token: int) -> Any:
    """Return what a library brings, all of it marked as of one draw."""
    if isinstance(value, dict):
        return {name: _brought(part, token) for name, part in value.items()}
    if isinstance(value, tuple):
        return tuple(_brought(part, token) for part in value)
    return Known(value, frozenset({token}))


def _of_rounds(made: list[Any], gone_through: list[Any]) -> Any:
    """Return what the rounds of a comprehension made, with the draws that its rounds come of."""
    draws = of_all(gone_through)
    if not draws:
        return made
    whole = array(made)
    return dataclasses.replace(whole, draws=whole.draws | draws)


def _room_for_part(shape: tuple[int, ...], where: list[Any]) -> None:
    """Raise where a part that is chosen by row numbers would be too large to be made."""
    axes = [at for at in where if at is not None]
    kept = [side for side, at in zip(shape, axes, strict=False) if isinstance(at, slice)]
    chosen = [
        (np.count_nonzero(at),) if at.dtype == bool else at.shape
        for at in axes
        if isinstance(at, np.ndarray)
    ]
    room_for(*np.broadcast_shapes(*chosen), *kept, *shape[len(axes) :])


def _index(at: Known, of: Known) -> Any:
    """Return row numbers, or what rows to take where zeros and ones tell of each row."""
    each = at.values.shape == of.values.shape[:1] and bool(np.isin(at.values, (0, 1)).all())
    return at.values.astype(bool if each else int)


def _key(node: ast.expr) -> str:
    """Return under which name a target is kept: `self.x` of a field; "" where under none."""
    if isinstance(node, ast.Name):
        return node.id
    return f"self.{node.attr}" if isinstance(node, ast.Attribute) and _is_field(node) else ""


def _is_field(node: ast.AST) -> bool:
    """Return whether this is a field of the object whose method is followed."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _attribute(owner: Any, name: str) -> Any:
    if isinstance(owner, dict):
        return owner[name]
    if name == "T":
        return owner.holding(known(owner).values.T)
    if name == "shape":
        return tuple(known(owner).values.shape)
    if name == "values":
        return known(owner)
    raise UnknownArrayError


def _standardised(scaler: str, given: Any) -> Known:
    found = known(given)
    values = found.values
    if "Standard" in scaler:
        spread = values.std(axis=0)
        return found.holding((values - values.mean(axis=0)) / np.where(spread, spread, 1))
    if "MinMax" in scaler:
        span = np.ptp(values, axis=0)
        return found.holding((values - values.min(axis=0)) / np.where(span, span, 1))
    raise UnknownArrayError


Writing = ast.Name | ast.Subscript | ast.Attribute | ast.Call


def _writing(node: ast.AST) -> tuple[Writing, ...]:
    """Return the parts of a node that may write to a name; they are looked for once."""
    kept: tuple[Writing, ...] | None = node.__dict__.get(_KEPT)
    if kept is None:
        kept = tuple(
            part for part in ast.walk(node)
            if (isinstance(part, (ast.Name, ast.Subscript, ast.Attribute))
                and isinstance(part.ctx, ast.Store)) or isinstance(part, ast.Call)
        )  # fmt: skip
        node.__dict__[_KEPT] = kept
    return kept


_KEPT = "_writing"
