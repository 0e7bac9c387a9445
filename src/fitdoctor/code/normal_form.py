"""A syntax tree with one way to write what Python and its libraries have several for.

`x: Array = f()` becomes `x = f()`, `np.divide(x, 255)` becomes `x / 255`, arguments that a call
takes out of a dictionary stand in the call, and so do those that `functools.partial` has set.
`self.add_module("fc", layer)` becomes `self.fc = layer`. Names of layers in an `OrderedDict` are
dropped, and so is where torch computes (`.to(device)`).
`flow_from_directory(folder, (64, 64), "rgb")` names what its library's signature names.
TensorFlow 1's `dropout(x, keep_prob)` names its second argument.
Every node keeps the line on which it was written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Set as AbstractSet
from typing import Final

from fitdoctor import lazy_re
from fitdoctor.catalogue.signatures import DATA
from fitdoctor.code.scopes import last_name, with_usual_names, with_variables

_ARITHMETIC: Final[dict[str, ast.operator]] = {
    "divide": ast.Div(),
    "true_divide": ast.Div(),
    "truediv": ast.Div(),
    "div": ast.Div(),
    "multiply": ast.Mult(),
    "subtract": ast.Sub(),
}
_OF_ARRAYS: Final = frozenset({"np", "numpy", "tf", "math", "K", "backend", "torch", "ops", "jnp"})
_DEVICE: Final = lazy_re.compile(r"device|cuda|cpu|gpu|mps|rank", re.IGNORECASE)
BY_PLACE: Final = {
    "fit": 6, "fit_generator": 5, "evaluate": 3, "predict": 2, "flow": 2, "flow_from_dataframe": 2,
    "ImageDataGenerator": 0,
}  # fmt: skip
"""How many arguments stay without a name: other libraries have methods of the same name."""
_IN_TORCH: Final = frozenset({"div", "div_"})


def normal_form(tree: ast.Module) -> ast.Module:
    """Rewrite equivalent forms of code to one form, in place, and return the tree."""
    with_usual_names(tree)
    with_variables(tree)
    loaded, own = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and _is_load(node):
            loaded.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
    _Rewriter(_given_once(tree), loaded, DATA.keys() - own).visit(tree)
    return tree


def _given_once(tree: ast.Module) -> dict[str, ast.Call | ast.Dict]:
    """Return dictionaries and partials by the name that nothing else in the script gets."""
    values: dict[str, ast.Call | ast.Dict] = {}
    times: dict[str, int] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                times[name] = times.get(name, 0) + 1
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                times[name] = times.get(name, 0) + 1
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update" | "pop")):
                times[name] = times.get(name, 0) + 1
            case _:
                pass
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=(ast.Dict() | ast.Call()) as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=(ast.Dict() | ast.Call()) as value)
            ):
                values[name] = value
            case _:
                pass
    return {name: value for name, value in values.items() if times[name] == 1}


class _Rewriter(ast.NodeTransformer):
    def __init__(
        self,
        given: dict[str, ast.Call | ast.Dict],
        loaded: set[str],
        of_libraries: AbstractSet[str],
    ) -> None:
        self.given = given
        self.of_libraries = of_libraries
        """Functions with a known signature that the script does not define itself."""
        self.loaded = loaded
        """Names that are read anywhere."""

    def visit_For(self, node: ast.For) -> ast.stmt:
        self.generic_visit(node)
        while (inner := self._gone_over(node)) is not None:
            node.target, node.iter = inner
        return node

    def _gone_over(self, node: ast.For) -> tuple[ast.expr, ast.expr] | None:
        """Return item and iterable of a loop over an iterator, or one that counts for nothing."""
        match node:
            case ast.For(
                iter=ast.Call(func=ast.Name(id="iter" | "list"), args=[over], keywords=[])
            ):
                return node.target, over
            case ast.For(
                target=ast.Tuple(elts=[ast.Name(id=count), item]),
                iter=ast.Call(func=ast.Name(id="enumerate"), args=[over, *_]),
            ) if count not in self.loaded:
                return item, over
            case _:
                return None

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        if node.value is None:
            return node
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        self.generic_visit(node)
        match node.value:
            case ast.NamedExpr(target=target, value=value):
                return ast.copy_location(ast.Assign([target], value), node)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="self") as owner,
                                   attr="add_module" | "register_module"),
                args=[ast.Constant(value=str() as name), value], keywords=[],
            ) if name.isidentifier():  # fmt: skip
                field = ast.copy_location(ast.Attribute(owner, name, ast.Store()), node)
                return ast.copy_location(ast.Assign([field], value), node)
            case _:
                return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if (attribute := _constant_attribute(node)) is not None:
            return attribute
        node.args = [item for given in node.args for item in _items(given)]
        if (set_now := _partial_call(node.func)) is not None:
            own = {k.arg for k in node.keywords}
            node.func, *first = set_now.args
            node.args = [*first, *node.args]
            node.keywords += [k for k in set_now.keywords if k.arg not in own]
        node.keywords = [k for given in node.keywords for k in self._written_out(given)]
        if isinstance(node.func, ast.Name) and (set_before := self._partial(node.func.id)):
            own = {k.arg for k in node.keywords}
            node.func, *first = set_before.args
            node.args = [*first, *node.args]
            node.keywords += [k for k in set_before.keywords if k.arg not in own]
        if isinstance(node.func, ast.Attribute) and _moves(node.func.attr, node):
            return node.func.value
        _drop_names(node)
        _name_keep_prob(node)
        if last_name(node.func) in self.of_libraries:
            _name_arguments(node)
        return _arithmetic(node)

    def _written_out(self, keyword: ast.keyword) -> list[ast.keyword]:
        if keyword.arg is not None:
            return [keyword]
        value: ast.expr | None = keyword.value
        if isinstance(value, ast.Name):
            value = self.given.get(value.id)
        match value:
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
                return list(keywords)
            case ast.Dict(keys=keys, values=values) if all(_is_text(key) for key in keys):
                return [
                    ast.copy_location(ast.keyword(str(ast.literal_eval(key)), item), item)
                    for key, item in zip(keys, values, strict=True)
                    if key is not None
                ]
            case _:
                return [keyword]

    def _partial(self, name: str) -> ast.Call | None:
        value = self.given.get(name)
        return _partial_call(value) if value is not None else None


def _partial_call(made: ast.expr) -> ast.Call | None:
    """Return `functools.partial(...)`; `None` for any other expression."""
    match made:
        case ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[_, *_]):
            return made
        case _:
            return None


def _constant_attribute(node: ast.Call) -> ast.expr | None:
    """Return `x.name` for `getattr(x, "name")`."""
    match node:
        case ast.Call(
            func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name)]
        ) if name.isidentifier():
            return ast.copy_location(ast.Attribute(owner, name, ast.Load()), node)
        case _:
            return None


def _items(argument: ast.expr) -> list[ast.expr]:
    """Return the arguments that a starred list or tuple stands for."""
    match argument:
        case ast.Starred(value=ast.Tuple(elts=items) | ast.List(elts=items)):
            return [inner for item in items for inner in _items(item)]
        case _:
            return [argument]


def _is_load(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def _is_text(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and isinstance(key.value, str)


def _moves(method: str, node: ast.Call) -> bool:
    """Return whether this is `x.cuda()` and `x.to(device)`, which are `x`."""
    where = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "device")]
    return method == "cuda" or (
        method == "to" and any(_DEVICE.search(ast.unparse(w)) for w in where)
    )


def _name_keep_prob(node: ast.Call) -> None:
    """Turn `tf.nn.dropout(x, keep_prob)` into what names the argument: it kept what TF 2 drops."""
    match node:
        case ast.Call(func=ast.Attribute(attr="dropout"), args=[one, share]) if (
            "keep" in ast.unparse(share).lower()
        ):
            node.args = [one]
            node.keywords.append(ast.copy_location(ast.keyword("keep_prob", share), share))
        case _:
            pass


def _name_arguments(node: ast.Call) -> None:
    """Give arguments that are given by their place the names of the library's signature."""
    name = last_name(node.func)
    first = BY_PLACE.get(name, 1)
    places = DATA[name][first:]
    further = node.args[first:]
    known = {*(k.arg for k in node.keywords), None}
    spread = any(isinstance(given, ast.Starred) for given in node.args)
    if spread or len(further) > len(places) or not known.isdisjoint(places[: len(further)]):
        return
    del node.args[first:]
    named = zip(places, further, strict=False)
    node.keywords[:0] = [ast.copy_location(ast.keyword(p, given), given) for p, given in named]


def _drop_names(node: ast.Call) -> None:
    """Turn `Sequential(OrderedDict([("a", Linear(4, 2))]))` into `Sequential(Linear(4, 2))`."""
    match node.args:
        case [ast.Call(func=made, args=[ast.List(elts=pairs) | ast.Tuple(elts=pairs)])] if (
            ast.unparse(made).rpartition(".")[2] == "OrderedDict"
        ):
            layers = [p.elts[1] for p in pairs if isinstance(p, ast.Tuple) and len(p.elts) == 2]
            if len(layers) == len(pairs):
                node.args = list(layers)
        case _:
            pass


def _arithmetic(node: ast.Call) -> ast.expr:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[one, other]) if (
            name in _ARITHMETIC and ast.unparse(owner).rpartition(".")[2] in _OF_ARRAYS
        ):
            return ast.copy_location(ast.BinOp(one, _ARITHMETIC[name], other), node)
        case ast.Call(func=ast.Attribute(value=one, attr=name), args=[other], keywords=[]) if (
            name in _IN_TORCH
        ):
            return ast.copy_location(ast.BinOp(one, ast.Div(), other), node)
        case _:
            return node
