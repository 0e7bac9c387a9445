"""Images and labels through generators, maps, shuffles and lists."""

from __future__ import annotations

import ast
import dataclasses

from msgspec.structs import replace

from fitdoctor.code import blocks, operations
from fitdoctor.code import data as pipeline
from fitdoctor.code.construct import is_number
from fitdoctor.code.state import MOST_TEXT, State
from fitdoctor.code.values import (
    UNKNOWN,
    Data,
    Function,
    Instance,
    LayerList,
    LayerValue,
    ModelValue,
    Module,
    Tensor,
    Value,
)

_OF_NETWORKS = (LayerValue, ModelValue, Tensor)


class Pipelines(State):
    """Follows what is done to images and labels on their way."""

    def of_generator(
        self,
        function: Function,
        line: int,
        arguments: list[Value] | None = None,
        keywords: dict[str, Value] | None = None,
    ) -> Value:
        """Return the dataset of what a generator function yields: images, or images and labels."""
        self.yielded = UNKNOWN
        self.call_function(function, arguments or [], keywords or {})
        made = self.yielded
        if isinstance(made, LayerList):
            return made
        pair = made if isinstance(made, (list, tuple)) else [made]
        if not pair or not isinstance(pair[0], Data):
            return Data("a generator", line)
        labels = pair[1] if len(pair) > 1 and isinstance(pair[1], Data) else None
        # A slice that the generator takes is a batch; one taken before it is a part of the images.
        own = range(function.node.lineno, (function.node.end_lineno or function.node.lineno) + 1)
        labels = labels and _in_batches(labels, own)
        batches = _in_batches(pair[0], own).operations
        return Data(pair[0].origin, line, batches, labels, free=pair[0].free)

    def appended(self, node: ast.expr, value: Value) -> Value:
        """Return what `append` adds, marked where a loop adds the same in each of its rounds."""
        if isinstance(node, (ast.List, ast.Tuple)) and isinstance(value, (list, tuple)):
            pairs = zip(node.elts, value, strict=False)
            return [self.appended(part, item) for part, item in pairs]
        if node in self.copied and isinstance(value, Data):
            value = value.then("copies", None, node.lineno)
        elif node in self.pieces and isinstance(value, Data):
            value = value.then("copies", self.pieces[node], node.lineno)
        if node in self.repeated and not isinstance(value, _OF_NETWORKS):
            return blocks.laid(value, ast.unparse(node)[:MOST_TEXT], node.lineno)
        return value

    def on_data(
        self,
        owner: Data,
        method: str,
        arguments: list[Value],
        keywords: dict[str, Value],
        line: int,
    ) -> Value:
        if method in {"map", "replace"} and arguments and isinstance(arguments[0], dict):
            return self.mapped(owner, arguments[0], line)
        if method == "map" and arguments:
            return self.mapped(owner, arguments[0], line)
        if method == "get_dummies":  # of a column of texts: each may name several labels
            return owner.then("many_hot", method, line)
        if method == "normalize":
            self.ledger.call(method, {}, line)  # of fastai: the set itself is changed
        if method == "read" and not arguments:
            return Data(f"{owner.origin}.read()", line)
        if method in {"shuffle", "cache", "batch", "repeat"}:
            size = arguments[0] if arguments else keywords.get("buffer_size")
            return owner.then(method, size if is_number(size) else None, line)
        return operations.operate(owner, method, arguments, keywords, line)

    def mapped(self, data: Data, function: Value, line: int) -> Value:
        """Return a dataset after `map`: the function is followed on its inputs and labels."""
        if isinstance(function, dict):
            codes = tuple(function.values())
            return data.then("codes", codes if all(map(is_number, codes)) else None, line)
        inputs = Data(data.origin, line, data.operations)
        labels = data.labels or Data(data.origin, line)
        if not isinstance(function, Function):
            name = function.name if isinstance(function, Module) else "a function"
            return data.then("call", name.rpartition(".")[2], line)
        count = len(function.node.args.args)
        made = self.call_function(function, [inputs, labels][:count], {})
        if isinstance(made, tuple) and made:
            return operations.with_labels(data, made[0], made[1] if len(made) > 1 else labels)
        if isinstance(made, Data):
            return operations.with_labels(data, made, labels)
        return data.then("call", getattr(function.node, "name", "lambda"), line)

    def order_of(self, node: ast.Call) -> str:
        """Return how a shuffle in place orders: by the seed of what it is made with, or `alone`."""
        match node.func:
            case ast.Attribute(value=ast.Call(args=[seed])):
                given = self.value(seed)
                known = isinstance(given, int) and not isinstance(given, bool)
                return f"seed {given if known else ast.unparse(seed)}"
            case _:
                return "alone"

    def place_of(self, target: ast.expr) -> tuple[dict[str, Value], str] | None:
        """Return where a name or a field is kept, and its key; `None` where it is neither."""
        if isinstance(target, ast.Name):
            return self.names, target.id
        owner = self.value(target.value) if isinstance(target, ast.Attribute) else None
        if isinstance(owner, Instance) and isinstance(target, ast.Attribute):
            return owner.attributes, target.attr
        return None

    def shuffled_in_place(
        self, owner: Value, node: ast.Call, place: tuple[dict[str, Value], str],
        arguments: list[Value], line: int,
    ) -> Value:  # fmt: skip
        data = arguments[0]
        if isinstance(owner, Data) and not owner.free:
            return self.on_data(owner, "shuffle", arguments, {}, line)
        self.ledger.call("shuffle", self.facts(node, ()), line)
        how = self.order_of(node)
        if isinstance(data, Data) and len(arguments) == 1:
            held, key = place
            held[key] = data.then("shuffle", how, line)
            if held is self.names:
                self.shuffled.add(key)
            return UNKNOWN
        if isinstance(data, list) and len(arguments) == 1:
            data[:] = [_shuffled(item, how, line) for item in data]
            return UNKNOWN
        text = ast.unparse(node)[:MOST_TEXT]
        made = pipeline.call("shuffle", arguments, {}, text, line)
        return Data(text, line) if made is UNKNOWN else made


def _in_batches(data: Data, lines: range) -> Data:
    kept = tuple(
        replace(o, name="batch", value=None) if o.name == "slice" and o.line in lines else o
        for o in data.operations
    )
    return dataclasses.replace(data, operations=kept)


def _shuffled(item: Value, how: str, line: int) -> Value:
    """Return what a shuffled list holds; pairs in it stay pairs."""
    if isinstance(item, (list, tuple)):
        return [_shuffled(part, "together", line) for part in item]
    return item.then("shuffle", how, line) if isinstance(item, Data) else item
