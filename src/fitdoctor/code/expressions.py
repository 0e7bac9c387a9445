"""What an expression of somebody's script stands for; nothing is evaluated but arithmetic."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from typing import Any

from fitdoctor.code import blocks, calls, torch
from fitdoctor.code import data as pipeline
from fitdoctor.code.construct import add, construct, is_number
from fitdoctor.code.facts import Ledger
from fitdoctor.code.parse import LEFT_OUT
from fitdoctor.code.values import (
    ELSE,
    UNKNOWN,
    CallbackValue,
    Class,
    Data,
    Encoder,
    Function,
    Generator,
    Instance,
    LayerValue,
    ModelValue,
    Module,
    OptimizerValue,
    Tensor,
    Value,
)
from fitdoctor.code.vocabulary import LAYER_FUNCTIONS
from fitdoctor.records.recipe import Layer

TRAINING_METHODS = frozenset(
    {"compile", "fit", "fit_generator", "evaluate", "evaluate_generator", "predict",
     "predict_generator", "predict_classes", "train_on_batch", "load_weights", "save",
     "save_weights", "fit_one_cycle", "fine_tune", "test_on_batch", "score"}
)  # fmt: skip
_LOGGED = frozenset(
    {"load_weights", "load_state_dict", "fit_one_cycle", "fine_tune", "unfreeze", "freeze"}
)
_ON_ANY_OWNER = frozenset(
    {"compile", "fit", "fit_generator", "evaluate_generator", "train_on_batch"}
)
_MODEL_NAME = re.compile(r"(?:\w*model\w*|net|network|cnn|classifier|clf_nn)$", re.IGNORECASE)
_OF_MODELS_ONLY = frozenset({"predict_generator", "predict_classes"})
MOST_TEXT = 400
MOST_LIST = 1000
MOST_CHARACTERS = 100_000


_NO_LAYER = re.compile(r"loss|crit|log|save|print|metric|acc|score|step|load|eval", re.IGNORECASE)


def is_excerpt_self(owner: Value) -> bool:
    """Tell the `self` of an excerpt that leaves out its class."""
    return isinstance(owner, Data) and owner.free and owner.origin == "self"


class Expressions:
    """Follows expressions; statements are the part of `Follower`."""

    def __init__(self) -> None:
        self.names: dict[str, Value] = {}
        self.origins: dict[str, tuple[str, int]] = {}
        self.models: list[ModelValue] = []
        self.ledger = Ledger()
        self.repeated: frozenset[ast.expr] = frozenset()
        """Expressions that a loop appends the same in each of its rounds."""
        self.yielded: Value = UNKNOWN
        """What the generator function that was followed last yields."""
        self.loose: dict[str, Value] = {}
        """Layers that an excerpt without its class gives to `self`."""
        self.longest = Tensor()
        """The longest chain of layers applied so far, for fragments that show no Model."""

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                if name in self.names:
                    return self.names[name]
                return Data(name, node.lineno, free=True)
            case ast.List(elts=parts):
                return [self.value(part) for part in parts]
            case ast.Tuple(elts=parts):
                return tuple(self.value(part) for part in parts)
            case ast.Dict(keys=keys, values=values):
                return {
                    key.value: self.value(item)
                    for key, item in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant)
                }
            case ast.Attribute(value=owner, attr=name):
                return calls.attribute(self.value(owner), name)
            case ast.Subscript(value=owner, slice=index):
                return calls.subscript(self.value(owner), index, self.value)
            case ast.Call():
                return self.call(node)
            case ast.Lambda():
                return Function(node)
            case ast.Yield(value=made) if made is not None:
                self.yielded = self.appended(made, self.value(made))
                return UNKNOWN
            case ast.IfExp(test=test, body=body, orelse=orelse):
                known = self.value(test)
                if isinstance(known, bool):
                    return self.value(body if known else orelse)
                one, other = self.value(body), self.value(orelse)
                return one if one is other or _same(one, other) else UNKNOWN
            case ast.ListComp(elt=element, generators=[loop]):
                return self.comprehension(element, loop)
            case _:
                return calls.arithmetic(node, self.value)

    def comprehension(self, element: ast.expr, loop: ast.comprehension) -> Value:
        items = self.value(loop.iter)
        outer = dict(self.names)
        made: Value = UNKNOWN
        if isinstance(items, (list, tuple, range)) and len(items) <= 64 and not loop.ifs:
            made = []
            for item in items:
                self.bind(loop.target, item, loop.iter)
                made.append(self.value(element))
        else:
            self.bind(loop.target, items if isinstance(items, Data) else UNKNOWN, loop.iter)
            one = self.value(element)
            made = one if isinstance(one, Data) else UNKNOWN
        self.names = outer
        return made

    def call(self, node: ast.Call) -> Value:
        arguments = [self.value(a) for a in node.args if not isinstance(a, ast.Starred)]
        for spread in (a.value for a in node.args if isinstance(a, ast.Starred)):
            items = self.value(spread)
            arguments += items if isinstance(items, list) else []
        keywords = {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        for spread in (k.value for k in node.keywords if k.arg is None):
            if isinstance(spread, ast.Name) and spread.id == LEFT_OUT:
                keywords[ELSE] = UNKNOWN
                continue
            given = self.value(spread)
            keywords |= {str(k): v for k, v in given.items()} if isinstance(given, dict) else {}
        match node.func:
            case ast.Attribute(value=owner, attr=method):
                made = self.method(node, owner, method, arguments, keywords)
            case ast.Name(id=name):
                made = self.named(node, name, arguments, keywords)
            case _:
                made = self.apply(self.value(node.func), arguments, keywords)
        if isinstance(made, ModelValue) and not any(m is made for m in self.models):
            made.line = made.line or node.lineno
            self.models.append(made)
        if isinstance(made, OptimizerValue) and made.old_arguments:
            self.ledger.old_keras = True
        if isinstance(made, CallbackValue):
            self.ledger.call(made.name, self.facts(node, ()), node.lineno)
        return made

    def apply(self, callee: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """Return what calling a followed value gives."""
        if isinstance(callee, Function):
            return self.call_function(callee, arguments, keywords)
        if isinstance(callee, Class):
            return self.instance(callee, arguments, keywords)
        if isinstance(callee, Instance):
            return calls.apply(callee.model, arguments, keywords) if callee.model else UNKNOWN
        made = calls.apply(callee, arguments, keywords)
        if isinstance(made, Tensor) and len(made.layers) >= len(self.longest.layers):
            self.longest = made
        return made

    def named(
        self, node: ast.Call, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        callee = self.names.get(name)
        if callee is not None and not isinstance(callee, (Module, Data)):
            made = self.apply(callee, arguments, keywords)
            passed = next((a for a in arguments if isinstance(a, Data)), None)
            if made is UNKNOWN and passed is not None and not passed.free:
                return passed.then("call", name, node.lineno)
            return Data(_text(node), node.lineno) if made is UNKNOWN else made
        if isinstance(callee, Module):
            name = callee.name.rpartition(".")[2]
        return self.library(node, name, arguments, keywords, callee)

    def library(
        self, node: ast.Call, name: str, arguments: list[Value], keywords: dict[str, Value],
        callee: Value = None,
    ) -> Value:  # fmt: skip
        """Return what a function or class that the script does not define gives."""
        line = node.lineno
        if name == "load_model":
            self.ledger.call(name, self.facts(node, ()), line)
            return ModelValue(line=line)
        made = construct(name, arguments, keywords, line)
        if made is UNKNOWN:
            made = torch.construct(name, arguments, keywords, line)
        if made is not UNKNOWN:
            if isinstance(made, LayerValue) and name in torch.OLD_NAMES:
                self.ledger.old_keras = True
            return made
        if name == "from_generator" and arguments and isinstance(arguments[0], Function):
            return self.of_generator(arguments[0], line)
        if name in LAYER_FUNCTIONS and arguments and isinstance(arguments[0], (list, tuple)):
            chain = next((a for a in arguments[0] if isinstance(a, Tensor)), None)
            if chain is not None:
                return chain.then(Layer(kind=LAYER_FUNCTIONS[name], line=line))
        if name in torch.FUNCTIONS and arguments:
            before = arguments[0]
            if isinstance(before, Data) and before.free and _of_layers(callee):
                before = Tensor()
            if isinstance(before, Tensor):
                made = torch.function(name, before, arguments, keywords, line)
                self.longest = max(self.longest, made, key=lambda t: len(t.layers))
                return made
        made = _builtin(name, arguments, keywords)
        if made is not UNKNOWN:
            return made
        if name in {"len", "range", "print", "str", "sum", "type"}:
            return Data(_text(node), line)
        chain = next((a for a in arguments if isinstance(a, Tensor)), None)
        if chain is not None:
            full = callee.name if isinstance(callee, Module) else name
            made = calls.function_of(chain, name, full, line)
            if isinstance(made, Tensor) and len(made.layers) >= len(self.longest.layers):
                self.longest = made
            return made
        made = pipeline.transform(name, arguments, line)
        if made is UNKNOWN:
            if name == "preprocess_input" and isinstance(callee, Module):
                first = arguments[0] if arguments else UNKNOWN
                if isinstance(first, Data):
                    return first.then("preprocess", callee.name, line)
            made = pipeline.call(name, arguments, keywords, _text(node), line)
        if name in {"train_test_split", "ImageDataGenerator", "DataLoader", "listdir",
                    "glob", "iglob", "shuffle", "cvtColor",
                    "image_dataset_from_directory", "compute_class_weight", "set_seed",
                    "set_random_seed", "seed", "random_split", "manual_seed", "cnn_learner",
                    "vision_learner", "create_cnn", "Learner", "YOLO", "zeros", "sorted",
                    "StepLR", "load_data", "precision_score", "recall_score", "f1_score",
                    "accuracy_score", "confusion_matrix", "classification_report",
                    "argmax",
                    "flow_from_directory", "flow_from_dataframe"}:  # fmt: skip
            self.ledger.call(name, self.facts(node, ()), line)
        return Data(_text(node), line) if made is UNKNOWN else made

    def method(
        self, node: ast.Call, owner_node: ast.expr, method: str, arguments: list[Value],
        keywords: dict[str, Value],
    ) -> Value:  # fmt: skip
        owner = self.value(owner_node)
        line = node.lineno
        if isinstance(owner, Instance):
            if method in self.methods(owner.of):
                found = self.methods(owner.of)[method]
                return self.call_function(Function(found, owner), arguments, keywords)
            if method in owner.attributes:
                return self.apply(owner.attributes[method], arguments, keywords)
            if arguments and isinstance(arguments[0], Tensor) and owner.model is None:
                return _by_usual_name(arguments[0], method, line)
            owner = owner.model or owner
        if is_excerpt_self(owner) and arguments and isinstance(arguments[0], (Tensor, Data)):
            return self.of_excerpt_self(method, arguments, keywords, line)
        if isinstance(owner, ModelValue):
            if method in TRAINING_METHODS or method == "add":
                return self.train(owner, method, node, arguments)
            return UNKNOWN
        if isinstance(owner, Generator):
            if method == "flow":
                return pipeline.flow(owner, arguments, keywords, line)
            self.ledger.call(method, self.facts(node, ()), line)
            if method.startswith("flow_from"):
                place = node.args[0] if node.args else _keyword(node, "directory")
                source = ast.unparse(place)[:MOST_TEXT] if place is not None else method
                return pipeline.directory(method, source, owner, keywords, line)
            return UNKNOWN
        if isinstance(owner, Encoder) and method in {"fit_transform", "transform"} and arguments:
            return pipeline.encode(owner, arguments[0], line)
        if isinstance(owner, list) and method in {"append", "extend"} and arguments:
            if len(owner) < MOST_LIST:
                owner.append(self.appended(node.args[0], arguments[0]))
            return UNKNOWN
        if isinstance(owner, Tensor) and method in torch.FUNCTIONS:
            return torch.function(method, owner, arguments, keywords, line)
        plain = _text_method(owner, method, arguments)
        if plain is not UNKNOWN:
            return plain
        if method == "shuffle" and node.args and isinstance(node.args[0], ast.Name):
            return self.shuffled_in_place(owner, node, node.args[0].id, arguments, line)
        if method in {"set_state", "seed"}:
            self.ledger.call(method, {}, line)
            return UNKNOWN
        if method in _LOGGED or (method == "train" and keywords and isinstance(owner, Data)):
            self.ledger.call(method, self.facts(node, ()), line)
            return UNKNOWN
        if (
            isinstance(owner, Data)
            and owner.free
            and method == "add"
            and isinstance(owner_node, ast.Name)
        ):
            return self.added_to_what_is_not_shown(owner_node.id, arguments)
        if isinstance(owner, Data) and not (owner.free and method not in _ON_ANY_OWNER):
            if method in _ON_ANY_OWNER and self.lone(node, method, arguments):
                return UNKNOWN
            return self.on_data(owner, method, arguments, keywords, line)
        if isinstance(owner, Module) or (isinstance(owner, Data) and owner.free):
            return self.of_module(node, owner, method, arguments, keywords)
        if method in _ON_ANY_OWNER and self.lone(node, method, arguments):
            return UNKNOWN
        return self.library(node, method, arguments, keywords)

    def of_generator(self, function: Function, line: int) -> Value:
        """Return the dataset of what a generator function yields: images, or images and labels."""
        self.yielded = UNKNOWN
        self.call_function(function, [], {})
        made = self.yielded
        pair = made if isinstance(made, (list, tuple)) else [made]
        if not pair or not isinstance(pair[0], Data):
            return Data("a generator", line)
        labels = pair[1] if len(pair) > 1 and isinstance(pair[1], Data) else None
        return Data(pair[0].origin, line, pair[0].operations, labels)

    def of_excerpt_self(
        self, method: str, arguments: list[Value], keywords: dict[str, Value], line: int
    ) -> Value:
        """Return what `self.layer(x)` gives in an excerpt that may not show the layer."""
        if method in self.loose:
            return self.apply(self.loose[method], arguments, keywords)
        if _NO_LAYER.search(method):
            return UNKNOWN
        before = arguments[0] if isinstance(arguments[0], Tensor) else Tensor()
        made = calls.function_of(before, method, f"self.{method}", line)
        if isinstance(made, Tensor):
            self.longest = max(self.longest, made, key=lambda t: len(t.layers))
        return made

    def appended(self, node: ast.expr, value: Value) -> Value:
        """Return what `append` adds, marked where a loop adds the same in each of its rounds."""
        if isinstance(node, (ast.List, ast.Tuple)) and isinstance(value, (list, tuple)):
            pairs = zip(node.elts, value, strict=False)
            return [self.appended(part, item) for part, item in pairs]
        if node in self.repeated:
            return blocks.laid(value, _text(node), node.lineno)
        return value

    def added_to_what_is_not_shown(self, name: str, arguments: list[Value]) -> Value:
        """Begin a model where a fragment adds layers to a name whose making is not shown."""
        if arguments and isinstance(arguments[0], (LayerValue, ModelValue)):
            model = ModelValue()
            self.names[name] = model
            self.models.append(model)
            add(model, arguments[0])
        return UNKNOWN

    def of_module(
        self, node: ast.Call, owner: Module | Data, method: str, arguments: list[Value],
        keywords: dict[str, Value],
    ) -> Value:  # fmt: skip
        """Return `module.function(...)`, or a method of something whose making is not shown."""
        if method in _ON_ANY_OWNER and self.lone(node, method, arguments):
            return UNKNOWN
        full = owner.name if isinstance(owner, Module) else owner.origin
        if method in {"evaluate", "predict", "predict_classes", "load_weights"} and self.models:
            return self.train(self.models[-1], method, node, arguments)
        asked = method in {"predict", "evaluate"} and bool(_MODEL_NAME.match(full))
        if method in _OF_MODELS_ONLY or asked:
            model = ModelValue()
            self.models.append(model)
            return self.train(model, method, node, arguments)
        if method in {"eval", "train", "zero_grad", "backward", "step"} and not arguments:
            self.ledger.call(f"{full.rpartition('.')[2]}.{method}", {}, node.lineno)
            return UNKNOWN
        if method == "map" and isinstance(owner, Data) and arguments:
            return self.mapped(owner, arguments[0], node.lineno)
        made = self.library(node, method, arguments, keywords, Module(f"{full}.{method}"))
        given = isinstance(made, Data) and made.origin == _text(node)
        if given and isinstance(owner, Data) and pipeline.knows(method):
            return pipeline.operate(owner, method, arguments, keywords, node.lineno)
        return made

    def on_data(
        self,
        owner: Data,
        method: str,
        arguments: list[Value],
        keywords: dict[str, Value],
        line: int,
    ) -> Value:
        if method == "map" and arguments:
            return self.mapped(owner, arguments[0], line)
        if method == "read" and not arguments:
            return Data(f"{owner.origin}.read()", line)
        if method in {"shuffle", "cache", "batch", "repeat"}:
            size = arguments[0] if arguments else keywords.get("buffer_size")
            return owner.then(method, size if is_number(size) else None, line)
        return pipeline.operate(owner, method, arguments, keywords, line)

    def mapped(self, data: Data, function: Value, line: int) -> Value:
        """Return a dataset after `map`: the function is followed on its inputs and labels."""
        inputs = Data(data.origin, line, data.operations)
        labels = data.labels or Data(data.origin, line)
        if not isinstance(function, Function):
            name = function.name if isinstance(function, Module) else "a function"
            return data.then("call", name.rpartition(".")[2], line)
        count = len(function.node.args.args)
        made = self.call_function(function, [inputs, labels][:count], {})
        if isinstance(made, tuple) and made:
            return pipeline.with_labels(data, made[0], made[1] if len(made) > 1 else labels)
        if isinstance(made, Data):
            return pipeline.with_labels(data, made, labels)
        return data.then("call", getattr(function.node, "name", "lambda"), line)

    def shuffled_in_place(
        self, owner: Value, node: ast.Call, name: str, arguments: list[Value], line: int
    ) -> Value:
        data = arguments[0]
        if isinstance(owner, Data) and not owner.free:
            return self.on_data(owner, "shuffle", arguments, {}, line)
        self.ledger.call("shuffle", self.facts(node, ()), line)
        if isinstance(data, Data) and len(arguments) == 1:
            self.names[name] = data.then("shuffle", "alone", line)
            return UNKNOWN
        if isinstance(data, list) and len(arguments) == 1:
            data[:] = [_shuffled(item, "alone", line) for item in data]
            return UNKNOWN
        return self.library(node, "shuffle", arguments, {})

    def train(
        self, model: ModelValue, method: str, node: ast.Call, arguments: list[Value]
    ) -> Value:
        """Keep what compile, fit and their kin are given."""
        if method == "add":
            add(model, arguments[0] if arguments else UNKNOWN)
            return UNKNOWN
        return self.ledger.train(model, method, node, self)

    def lone(self, node: ast.Call, method: str, arguments: list[Value]) -> bool:
        """Keep compile and fit calls on a model whose making is not shown."""
        keywords = {k.arg for k in node.keywords}
        typical = {"epochs", "nb_epoch", "batch_size", "validation_data", "validation_split",
                   "loss", "optimizer", "metrics", "callbacks", "steps_per_epoch"}  # fmt: skip
        owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        named = "model" in owner.lower() or owner.lower() in {"net", "network", "cnn", "classifier"}
        if method == "fit" and not keywords & typical and not (named and node.args):
            return False
        if not self.models:
            self.models.append(ModelValue(line=node.lineno))
        self.train(self.models[-1], method, node, arguments)
        return True

    def facts(self, node: ast.Call, positional: tuple[str, ...]) -> dict[str, Any]:
        return self.ledger.facts(node, positional, self)

    # What statements decide

    def bind(self, target: ast.expr, value: Value, source: ast.expr) -> None:
        raise NotImplementedError

    def call_function(
        self, function: Function, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        raise NotImplementedError

    def instance(self, of: Class, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        raise NotImplementedError

    def methods(self, of: Class) -> dict[str, ast.FunctionDef]:
        return {n.name: n for n in of.node.body if isinstance(n, ast.FunctionDef)}


_USUAL_NAMES = (
    ("Conv2D", re.compile(r"conv", re.IGNORECASE)),
    ("Dense", re.compile(r"fc|linear|dense|head|classif|^out", re.IGNORECASE)),
)


def _by_usual_name(before: Tensor, name: str, line: int) -> Tensor:
    """Return the chain after a layer whose making is not shown, as its name tells it."""
    kind = next((k for k, pattern in _USUAL_NAMES if pattern.search(name)), None)
    return before.then(Layer(kind=kind, line=line)) if kind else before


def _of_layers(callee: Value) -> bool:
    """Tell `tf.layers.conv2d`, `F.relu` and their kin from functions on arrays."""
    return isinstance(callee, Module) and callee.name.split(".")[-2:-1] in (
        ["layers"], ["nn"], ["F"], ["functional"], ["slim"], ["tflearn"]
    )  # fmt: skip


def _same(one: Value, other: Value) -> bool:
    plain = (int, float, str, bool)
    return isinstance(one, plain) and isinstance(other, plain) and one == other


def _shuffled(item: Value, how: str, line: int) -> Value:
    """Return what a shuffled list holds; pairs in it stay pairs."""
    if isinstance(item, (list, tuple)):
        return [_shuffled(part, "together", line) for part in item]
    return item.then("shuffle", how, line) if isinstance(item, Data) else item


def _text(node: ast.expr) -> str:
    return ast.unparse(node)[:MOST_TEXT]


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in node.keywords if k.arg == name), None)


def _text_method(owner: Value, method: str, arguments: list[Value]) -> Value:
    if isinstance(owner, str) and method in {"lower", "upper", "strip"} and not arguments:
        return getattr(owner, method)()
    return UNKNOWN


_ONE_NUMBER: dict[str, Callable[[Any], Any]] = {
    "int": int, "float": float, "round": round, "abs": abs, "ceil": math.ceil, "floor": math.floor,
    "exp": math.exp, "cos": math.cos, "log": math.log,
}  # fmt: skip
_NUMBERS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "pow": math.pow}


def _builtin(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    numbers = all(isinstance(a, (int, float)) for a in arguments) and bool(arguments)
    try:
        if numbers and name in _ONE_NUMBER and len(arguments) == 1:
            return _ONE_NUMBER[name](arguments[0])
        if numbers and name in _NUMBERS and len(arguments) == 2:
            return _NUMBERS[name](*arguments)
    except (ArithmeticError, ValueError, TypeError):
        return UNKNOWN
    if name == "range" and all(isinstance(a, int) for a in arguments) and 1 <= len(arguments) <= 3:
        return range(*arguments) if len(arguments) < 3 or arguments[-1] != 0 else UNKNOWN
    if name == "len" and arguments and isinstance(arguments[0], (list, tuple, str, range)):
        return UNKNOWN if _holds_data(arguments[0]) else len(arguments[0])
    if name == "dict" and not arguments:
        return dict(keywords)
    if name in {"enumerate", "zip"} and arguments:
        return _zipped(name, arguments)
    return UNKNOWN


def _zipped(name: str, arguments: list[Value]) -> Value:
    known = [a for a in arguments if isinstance(a, (list, tuple, range)) and len(a) <= 64]
    if len(known) != len(arguments):
        return UNKNOWN
    return list(enumerate(known[0])) if name == "enumerate" else list(zip(*known, strict=False))


def _holds_data(items: Value) -> bool:
    return isinstance(items, list) and any(isinstance(i, Data) for i in items)
