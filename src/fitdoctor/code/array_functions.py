"""Functions of NumPy and its kin on arrays that a script writes down, and the arithmetic of them.

All take what was given by place and by name; what cannot be told raises `UnknownArrayError`.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_NUMBERS: Final = 1_000_000
MOST_BY_HAND: Final = 5_000
MOST_PRODUCTS: Final = 100_000_000
"""Of numbers, in a product of matrices."""


FRESH, UNTOLD = -1, 0
"""A draw that has no number yet, and what comes of something that cannot be told."""


class UnknownArrayError(Exception):
    """The array that an expression gives is not known."""


@dataclasses.dataclass(frozen=True)
class Known:
    """An array, and by which draws its numbers came to be."""

    values: NDArray[np.float64]
    draws: frozenset[int] = frozenset()
    """One number for each draw or library's set that they come of; FRESH before it has one."""
    counted: bool = True
    """As long as the script's own; else one that holds the same numbers."""

    def holding(self, values: Any) -> Known:
        """Return other values that come of these."""
        return Known(np.asarray(values, dtype=np.float64), self.draws, self.counted)

    @property
    def drawn(self) -> bool:
        """Its shape and ends are as in the script, its numbers are others."""
        return bool(self.draws)


def known(value: Any) -> Known:
    if isinstance(value, Known):
        return value
    return array(value)


_NUMBERS: Final = {bool, int, float}


def array(value: Any) -> Known:
    """Return numbers and lists of them as one array."""
    if isinstance(value, Known):
        return value
    draws, room = set[int](), MOST_NUMBERS  # lists may hold one another many times over

    def plain(item: Any) -> Any:
        nonlocal room
        if isinstance(item, Known):
            draws.update(item.draws)
            room -= item.values.size
            if room < 0:
                raise UnknownArrayError
            return item.values
        if not isinstance(item, (list, tuple, range)):
            return item
        room -= len(item)
        if room < 0:
            raise UnknownArrayError
        return item if set(map(type, item)) <= _NUMBERS else [plain(part) for part in item]

    return Known(np.asarray(plain(value), dtype=np.float64), frozenset(draws))


def of_all(arrays: Iterable[Any]) -> frozenset[int]:
    """Return the draws that any of these, or of the items of lists among them, come of."""
    draws, room = set[int](), MOST_NUMBERS
    left = [iter(arrays)]
    while left:
        for one in left.pop():
            room -= 1
            if room < 0:
                raise UnknownArrayError
            if isinstance(one, Known):
                draws |= one.draws
            elif isinstance(one, (list, tuple)):
                left.append(iter(one))
    return frozenset(draws)


def room_for(*sides: float) -> None:
    """Raise `UnknownArrayError` where an array of these sides would be too large to be made."""
    if np.prod(sides, dtype=float) > MOST_NUMBERS:
        raise UnknownArrayError


def bounded(value: Any) -> Any:
    if isinstance(value, Known) and value.values.size > MOST_NUMBERS:
        raise UnknownArrayError
    return value


def items(value: Any) -> list[Any]:
    """Return the rows or numbers of what can be gone through by hand."""
    if isinstance(value, (list, tuple, range)) and len(value) <= MOST_NUMBERS:
        return list(value)
    if not isinstance(value, Known) or not value.values.ndim > 0 or rows(value) > MOST_BY_HAND:
        raise UnknownArrayError
    if value.values.ndim == 1:
        return [float(v) if v % 1 else int(v) for v in value.values]
    return [value.holding(row) for row in value.values]


def rows(value: Any) -> int:
    """Return how many rows, or items, there are."""
    return len(value.values if isinstance(value, Known) else value)


def over(function: Callable[..., Any], *given: Any) -> Any:
    """Apply a function to numbers, or to arrays."""
    if all(isinstance(g, (bool, int, float)) for g in given):
        made = function(*(np.float64(g) for g in given))
        return _number(made)
    arrays = [known(g) for g in given]
    if function is np.matmul:
        one, other = (a.values.shape for a in arrays)
        room_for(*np.broadcast_shapes(one[:-2], other[:-2]), *one[-2:-1], *other[-1:])
        if np.prod((*one, *other[-1:]), dtype=float) > MOST_PRODUCTS:
            raise UnknownArrayError
    else:
        room_for(*np.broadcast_shapes(*(a.values.shape for a in arrays)))
    values = np.asarray(function(*(a.values for a in arrays)), dtype=np.float64)
    counted = all(a.counted for a in arrays)
    return bounded(Known(values, of_all(arrays), counted))


def _number(made: Any) -> int | float:
    value = float(made)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


UNARY: dict[type[ast.unaryop], Callable[..., Any]] = {
    ast.USub: np.negative, ast.UAdd: np.positive, ast.Not: np.logical_not,
    ast.Invert: np.logical_not,
}  # fmt: skip
COMPARE: dict[type[ast.cmpop], Callable[..., Any]] = {
    ast.Eq: np.equal, ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal,
    ast.Gt: np.greater, ast.GtE: np.greater_equal,
}  # fmt: skip


def _whole(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: function(*(np.asarray(g).astype(np.int64) for g in given))


_BINARY: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide,
    ast.FloorDiv: np.floor_divide, ast.Mod: np.mod, ast.Pow: np.float_power,
    ast.BitXor: _whole(np.bitwise_xor), ast.BitAnd: _whole(np.bitwise_and),
    ast.BitOr: _whole(np.bitwise_or), ast.RShift: _whole(np.right_shift),
    ast.LShift: _whole(np.left_shift), ast.MatMult: np.matmul,
}  # fmt: skip


def operate(op: ast.operator, one: Any, other: Any) -> Any:
    lists = isinstance(one, list), isinstance(other, list)
    if isinstance(op, ast.Add) and all(lists):
        if len(one) + len(other) > MOST_NUMBERS:
            raise UnknownArrayError
        return [*one, *other]
    if isinstance(op, ast.Mult) and lists[0] and isinstance(other, int):
        if len(one) * other > MOST_NUMBERS:
            raise UnknownArrayError
        return one * other
    if any(lists) and not any(isinstance(v, Known) for v in (one, other)):
        raise UnknownArrayError
    return over(_BINARY[type(op)], one, other)


def _size(value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    if isinstance(value, Known):
        value = value.values.tolist()
    shape = tuple(int(v) for v in value) if isinstance(value, (list, tuple)) else (int(value),)
    if min(shape, default=1) < 0:
        raise UnknownArrayError
    room_for(*shape)
    return shape


def _drawn(make: Callable[[np.random.Generator, list[Any], dict[str, Any]], Any]) -> Any:
    def draw(given: list[Any], keywords: dict[str, Any]) -> Any:
        made = np.asarray(make(np.random.default_rng(0), given, keywords), dtype=np.float64)
        return Known(made, of_all((*given, *keywords.values())) | {FRESH})

    return draw


def _between(rng: np.random.Generator, given: list[Any], keywords: dict[str, Any]) -> Any:
    """Draw as `np.random.randint(low, high, size)` and `torch.randint` do, ends and all."""
    numbers = [g for g in given if isinstance(g, (int, float))]
    low = keywords.get("low", numbers[0] if numbers else 0)
    high = keywords.get("high", numbers[1] if len(numbers) > 1 else None)
    if high is None:
        low, high = 0, low
    place = given[len(numbers)] if len(given) > len(numbers) else None
    size = keywords.get("size", numbers[2] if len(numbers) > 2 else place)
    made = rng.integers(int(low), int(high), _size(size)).astype(np.float64)
    flat = made.reshape(-1)
    if flat.size > 1:
        flat[[0, -1]] = int(low), int(high) - 1
        rng.shuffle(flat)
    return made


def _uniform(rng: np.random.Generator, given: list[Any], keywords: dict[str, Any]) -> Any:
    low = float(keywords.get("low", keywords.get("minval", given[0] if given else 0.0)))
    high = float(keywords.get("high", keywords.get("maxval", given[1] if len(given) > 1 else 1.0)))
    return rng.uniform(low, high, _size(keywords.get("size", given[2] if len(given) > 2 else None)))


def _normal(rng: np.random.Generator, given: list[Any], keywords: dict[str, Any]) -> Any:
    mean = float(keywords.get("loc", given[0] if given else 0.0))
    spread = float(keywords.get("scale", given[1] if len(given) > 1 else 1.0))
    return rng.normal(
        mean, spread, _size(keywords.get("size", given[2] if len(given) > 2 else None))
    )


def _sized(given: list[Any], keywords: dict[str, Any]) -> tuple[int, ...]:
    if "size" in keywords:
        return _size(keywords["size"])
    if len(given) == 1:
        return _size(given[0])
    return _size(tuple(given)) if given else ()


def _choice(rng: np.random.Generator, given: list[Any], keywords: dict[str, Any]) -> Any:
    whole = isinstance(given[0], int)
    pool = np.arange(_size(given[0])[0]) if whole else known(given[0]).values
    share = keywords.get("p")
    size = keywords.get("size", given[1] if len(given) > 1 else None)
    return rng.choice(pool, _size(size), p=None if share is None else known(share).values)


def _binomial(rng: np.random.Generator, given: list[Any], keywords: dict[str, Any]) -> Any:
    times, share = given[:2]
    shares = known(share).values.clip(0, 1)
    size = keywords.get("size", given[2] if len(given) > 2 else None)
    shape = shares.shape if size is None else _size(size)
    return rng.binomial(int(times), shares, shape)


def _permuted(rng: np.random.Generator, given: list[Any], _keywords: dict[str, Any]) -> Any:
    if isinstance(given[0], int):
        return rng.permutation(_size(given[0])[0])
    return rng.permutation(known(given[0]).values)


def _reshaped(given: list[Any], keywords: dict[str, Any]) -> Known:
    found = known(given[0])
    shape = keywords.get("shape", keywords.get("newshape"))
    if shape is None:
        shape = given[1] if len(given) == 2 else tuple(given[1:])
    sides = (shape,) if isinstance(shape, int) else tuple(int(s) for s in items(shape))
    return found.holding(found.values.reshape(sides))


def _parts(value: Any) -> list[Known]:
    """Return the arrays that are put together, where they are few enough to be taken one by one."""
    parts = items(value)
    if len(parts) > MOST_BY_HAND:
        raise UnknownArrayError
    return [known(part) for part in parts]


def _joined(given: list[Any], keywords: dict[str, Any]) -> Known:
    parts = _parts(given[0])
    axis = keywords.get("axis", keywords.get("dim", given[1] if len(given) > 1 else 0))
    room_for(sum(p.values.size for p in parts))
    values = np.concatenate([p.values for p in parts], axis=int(axis))
    return Known(values, of_all(parts))


def _stacked(how: Callable[[list[Any]], Any]) -> Any:
    def stack(given: list[Any], _keywords: dict[str, Any]) -> Known:
        parts = _parts(given[0])
        room_for(sum(p.values.size for p in parts))
        return Known(np.asarray(how([p.values for p in parts])), of_all(parts))

    return stack


def _one_hot(given: list[Any], keywords: dict[str, Any]) -> Known:
    found = known(given[0])
    numbers = found.values.reshape(-1).astype(np.int64)
    most = keywords.get("num_classes", keywords.get("nb_classes", keywords.get("depth")))
    most = given[1] if len(given) > 1 else most
    width = int(most) if most is not None else int(numbers.max()) + 1
    room_for(width, numbers.size)
    rows_of = np.zeros((numbers.size, width))
    rows_of[np.arange(numbers.size), numbers] = 1
    return found.holding(rows_of)


def _split(given: list[Any], keywords: dict[str, Any]) -> tuple[Known, ...]:
    """Split at random as scikit-learn does, the same rows of every array."""
    parts = [known(g) for g in given]
    n = len(parts[0].values)
    held = keywords.get("test_size")
    held = 0.25 if held is None else held
    count = int(np.ceil(held * n)) if held < 1 else int(held)
    order = np.arange(n)
    if keywords.get("shuffle") is not False:
        np.random.default_rng(0).shuffle(order)
        order = np.concatenate([order[count:], order[:count]])
    made = []
    for part in parts:
        values = part.values[order]
        made += [
            part.holding(values[: n - count]),
            part.holding(values[n - count :]),
        ]
    return tuple(made)


def _mapped(function: Callable[..., Any]) -> Any:
    return lambda given, _keywords: over(function, *given)


def _summed(function: Callable[..., Any]) -> Any:
    def reduce(given: list[Any], keywords: dict[str, Any]) -> Any:
        found = known(given[0])
        axis = keywords.get("axis", keywords.get("dim", given[1] if len(given) > 1 else None))
        made = np.asarray(function(found.values, axis=axis if axis is None else int(axis)))
        return Known(made, found.draws) if made.ndim or found.draws else _number(made)

    return reduce


def _counted(given: list[Any], keywords: dict[str, Any]) -> Any:
    named = (keywords.get(k) for k in ("start", "stop", "step"))
    numbers: list[Any] = [g for g in (*given, *named) if g is not None]
    ends: tuple[Any, ...] = (0, *numbers) if len(numbers) == 1 else tuple(numbers)
    if abs(ends[1] - ends[0]) / abs(ends[2] if len(ends) > 2 else 1) > MOST_NUMBERS:
        raise UnknownArrayError
    return Known(np.arange(*ends, dtype=np.float64))


def _spread(given: list[Any], keywords: dict[str, Any]) -> Known:
    start = keywords.get("start", given[0] if given else 0)
    stop = keywords.get("stop", keywords.get("end", given[1] if len(given) > 1 else 1))
    count = keywords.get("num", keywords.get("steps", given[2] if len(given) > 2 else 50))
    return Known(np.linspace(float(start), float(stop), _size(count)[0]))


def _filled(with_: float) -> Any:
    return lambda given, keywords: Known(
        np.full(_size(keywords.get("shape", given[0] if len(given) == 1 else tuple(given))), with_)
    )


def _repeated(given: list[Any], keywords: dict[str, Any]) -> Known:
    times = _size(keywords["repeats"] if "repeats" in keywords else given[1])[0]
    found = known(given[0])
    room_for(found.values.size, times)
    return found.holding(np.repeat(found.values, times, axis=keywords.get("axis")))


def _tiled(given: list[Any], _keywords: dict[str, Any]) -> Known:
    found, times = known(given[0]), _size(given[1])
    room_for(found.values.size, *times)
    return found.holding(np.tile(found.values, times))


def _widened(name: str) -> Any:
    def widen(given: list[Any], keywords: dict[str, Any]) -> Known:
        axis = keywords.get(name, given[1] if len(given) > 1 else 0)
        return known(given[0]).holding(np.expand_dims(known(given[0]).values, int(axis)))

    return widen


def _identity(given: list[Any], keywords: dict[str, Any]) -> Known:
    side = keywords.get("N", keywords.get("n", given[0] if given else None))
    other = keywords.get("M", keywords.get("m", given[1] if len(given) > 1 else side))
    high, wide = _size((side, other))
    return Known(np.eye(high, wide))


def _zip(given: list[Any], _keywords: dict[str, Any]) -> list[Any]:
    return list(zip(*(items(g) for g in given), strict=False))


FUNCTIONS: Final[dict[str, Callable[[list[Any], dict[str, Any]], Any]]] = {
    "arange": _counted,
    "range": lambda given, _k: range(*(int(g) for g in given)),
    "linspace": _spread,
    "zeros": _filled(0.0),
    "ones": _filled(1.0),
    "full": lambda given, _k: Known(np.full(_size(given[0]), float(given[1]))),
    "zeros_like": _mapped(np.zeros_like),
    "ones_like": _mapped(np.ones_like),
    "eye": _identity,
    "repeat": _repeated,
    "tile": _tiled,
    "rand": _drawn(lambda rng, g, k: rng.random(_sized(g, k))),
    "random": _drawn(lambda rng, g, k: rng.random(_sized(g, k))),
    "random_sample": _drawn(lambda rng, g, k: rng.random(_sized(g, k))),
    "randn": _drawn(lambda rng, g, k: rng.standard_normal(_sized(g, k))),
    "standard_normal": _drawn(lambda rng, g, k: rng.standard_normal(_sized(g, k))),
    "normal": _drawn(_normal),
    "uniform": _drawn(_uniform),
    "randint": _drawn(_between),
    "integers": _drawn(_between),
    "choice": _drawn(_choice),
    "binomial": _drawn(_binomial),
    "permutation": _drawn(_permuted),
    "reshape": _reshaped,
    "view": _reshaped,
    "expand_dims": _widened("axis"),
    "unsqueeze": _widened("dim"),
    "squeeze": _mapped(np.squeeze),
    "ravel": _mapped(np.ravel),
    "flatten": _mapped(np.ravel),
    "transpose": _mapped(np.transpose),
    "concatenate": _joined,
    "concat": _joined,
    "cat": _joined,
    "append": lambda g, k: _joined([[g[0], g[1]]], k),
    "vstack": _stacked(np.vstack),
    "hstack": _stacked(np.hstack),
    "column_stack": _stacked(np.column_stack),
    "stack": _stacked(np.stack),
    "to_categorical": _one_hot,
    "one_hot": _one_hot,
    "train_test_split": _split,
    "where": lambda g, _k: over(np.where, *g),
    "clip": lambda g, _k: over(np.clip, *g),
    "zip": _zip,
    "len": lambda g, _k: rows(g[0]),
    "enumerate": lambda g, _k: list(enumerate(items(g[0]))),
    "int": lambda g, _k: int(known(g[0]).values),
    "float": lambda g, _k: float(known(g[0]).values),
    "bool": lambda g, _k: bool(known(g[0]).values),
    "pow": _mapped(np.float_power),
    "power": _mapped(np.float_power),
    **{name: _mapped(getattr(np, name)) for name in (
        "sin", "cos", "tan", "exp", "log", "sqrt", "square", "tanh", "sign", "floor", "ceil",
        "round", "abs", "add", "subtract", "multiply", "divide", "mod", "maximum", "minimum",
        "logical_and", "logical_or", "logical_xor", "logical_not", "equal", "greater", "less")},
    **{name: _summed(getattr(np, name)) for name in (
        "sum", "mean", "max", "min", "std", "argmax", "prod", "cumsum", "any", "all")},
}  # fmt: skip
AS_FUNCTION = frozenset(
    {"reshape", "view", "ravel", "flatten", "squeeze", "unsqueeze", "transpose", "sum",
     "mean", "max", "min", "std", "argmax", "prod", "cumsum", "any", "all", "clip", "round",
     "repeat", "abs", "pow"}
)  # fmt: skip
