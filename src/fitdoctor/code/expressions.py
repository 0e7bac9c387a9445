"""What an expression of somebody's script stands for; nothing is evaluated but arithmetic."""

from __future__ import annotations

import ast
import dataclasses
from typing import Final

from fitdoctor import lazy_re
from fitdoctor.catalogue import layers
from fitdoctor.catalogue.backbones import brings_weights, is_of_keras, is_of_others
from fitdoctor.catalogue.names import is_of_a_library, snake
from fitdoctor.catalogue.signatures import KERAS
from fitdoctor.code import calls, operations, plain, torch, trainers
from fitdoctor.code import data as pipeline
from fitdoctor.code.arrays import MAKE_ARRAYS, numbers_of
from fitdoctor.code.construct import construct, functional
from fitdoctor.code.facts import of_labels
from fitdoctor.code.method_calls import (
    MODEL_NAME,
    SIZES,
    MethodCalls,
    text_of,
)
from fitdoctor.code.parse import LEFT_OUT
from fitdoctor.code.settings import NAMESPACES, OPTIONS, namespace
from fitdoctor.code.state import MOST_TEXT
from fitdoctor.code.values import (
    COUNTED,
    ELSE,
    MOST_OPERATIONS,
    UNKNOWN,
    CallbackValue,
    Class,
    Data,
    Function,
    Instance,
    LayerValue,
    Loss,
    ModelValue,
    Module,
    Namespace,
    OptimizerValue,
    Residual,
    Tensor,
    Trainer,
    Value,
)
from fitdoctor.records.flow import CHOOSES, NAMED_BY_TABLE
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Layer
from fitdoctor.records.run import (
    BATCHES,
    DROPS_ALWAYS,
    SUMMED_LOSS,
    Fact,
    Feed,
    Flow,
    Operation,
)

_SUMS = frozenset({"sum", "SUM"})
_WRAPPED = frozenset({"py_function", "numpy_function", "py_func"})
MOST_ASKED = 100_000
"""Expressions that are followed; what a script of a thousand lines needs is a tenth of it."""
USUAL_NAMES = {
    "np": "numpy", "numpy": "numpy", "pd": "pandas",
    "int": "int", "float": "float", "bool": "bool",
}  # fmt: skip
"""What excerpts that show no import call modules, and Python's own types."""
MOST_CHARACTERS = 100_000


class Expressions(MethodCalls):
    """Follows expressions; statements are the part of `Follower`."""

    def value(self, node: ast.expr) -> Value:
        self.asked += 1
        if self.asked > MOST_ASKED:
            return UNKNOWN
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                if name in self.names:
                    return self.with_numbers(name, self.names[name])
                if name in USUAL_NAMES:
                    return Module(USUAL_NAMES[name])
                return Data(name, node.lineno, free=True)
            case ast.List(elts=parts):
                return _bounded([self.value(part) for part in parts])
            case ast.Tuple(elts=parts):
                return _bounded(tuple(self.value(part) for part in parts))
            case ast.Dict(keys=keys, values=values):
                return _bounded(
                    {
                        key.value: self.value(item)
                        for key, item in zip(keys, values, strict=True)
                        if isinstance(key, ast.Constant)
                    }
                )
            case ast.Attribute(value=owner, attr=name):
                found = self.value(owner)
                unseen = not isinstance(found, (Namespace, Instance))
                if unseen and name in self.options and OPTIONS.match(ast.unparse(owner)):
                    return self.options[name]
                return calls.attribute(found, name)
            case ast.Subscript(
                value=ast.Attribute(value=counted, attr="shape"), slice=ast.Constant(value=0)
            ) if isinstance(held := self.value(counted), Data) and not held.free:
                return Data(text_of(node), node.lineno).then(COUNTED, held, node.lineno)
            case ast.Subscript(value=owner, slice=index):
                return calls.subscript(self.value(owner), index, self.value)
            case ast.Call():
                return self.call(node)
            case ast.NamedExpr(target=target, value=value):
                made = self.value(value)
                self.bind(target, made, value)
                return made
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
                return one if one is other or plain.same(one, other) else plain.one_of(one, other)
            case ast.ListComp(elt=element, generators=[loop]):
                return self.comprehension(element, loop)
            case ast.DictComp(key=key, value=item, generators=[loop]):
                pair = ast.Tuple(elts=[key, item], ctx=ast.Load())
                made = self.comprehension(ast.copy_location(pair, item), loop)
                pairs = made if isinstance(made, list) else []
                return {k: v for k, v in pairs if isinstance(k, (str, int))}
            case _:
                made = calls.arithmetic(node, self.value)
                squared = isinstance(made, Residual) and made.squared
                return self.sized("square", made) if squared else made

    def sized(self, how: str, wrong: Residual) -> Value:
        """Keep the squares or sizes of what a network gets wrong as the loss that they are."""
        name = "mean_absolute_error" if how == "abs" else "mean_squared_error"
        self.scored = (Loss(name), wrong.scores)
        return UNKNOWN

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
            known = isinstance(items, Data) and not items.free
            if known and isinstance(one, Data) and one.origin == text_of(element):
                one = items  # read by a function that is not shown, in the order of the names
            made = one if isinstance(one, Data) else UNKNOWN
        self.names = outer
        return made

    def _positional(self, node: ast.Call) -> tuple[list[Value], dict[int, Value]]:
        """Return the arguments without names in their order, and the value of each node."""
        arguments, given = list[Value](), dict[int, Value]()
        for written in node.args:
            if isinstance(written, ast.Starred):
                items = self.value(written.value)
                # How many there are of what is not known, nobody can tell: one stands for them.
                arguments += items if isinstance(items, (list, tuple)) else [UNKNOWN]
            else:
                given[id(written)] = value = self.value(written)
                arguments.append(value)
        return arguments, given

    def call(self, node: ast.Call) -> Value:
        arguments, given = self._positional(node)
        keywords = {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        given |= {id(k.value): keywords[k.arg] for k in node.keywords if k.arg}
        for spread in (k.value for k in node.keywords if k.arg is None):
            if isinstance(spread, ast.Name) and spread.id == LEFT_OUT:
                keywords[ELSE] = UNKNOWN
                continue
            more = self.value(spread)
            # What comes from outside may be any argument.
            outside = {ELSE: UNKNOWN}
            keywords |= {str(k): v for k, v in more.items()} if isinstance(more, dict) else outside
        before, self.given = self.given, given
        match node.func:
            case ast.Attribute(value=owner, attr=method):
                made = self.method(node, owner, method, arguments, keywords)
            case ast.Name(id=name):
                made = self.named(node, name, arguments, keywords)
            case _:
                made = self.apply(self.value(node.func), arguments, keywords)
        self.given = before
        if isinstance(made, ModelValue) and not any(m is made for m in self.models):
            made.line = made.line or node.lineno
            self.models.append(made)
        if isinstance(made, OptimizerValue) and made.old_arguments:
            self.ledger.old_keras = True
        if isinstance(made, Data) and made.numbers is None and _name(node) in MAKE_ARRAYS:
            numbers = numbers_of(self.arrays.of(node))
            made = dataclasses.replace(made, numbers=numbers)
        if node in self.choosing and isinstance(made, Data):
            made = made.then(CHOOSES, None, node.lineno)
        if isinstance(made, Data) and made.labels is not None:
            self.batches[node.lineno] = made
        if isinstance(made, CallbackValue) and not any(made is one for one in self.callbacks):
            self.callbacks.append(made)
            named = KERAS.get(made.name, ())
            self.ledger.call(made.name, self.facts(node, named), node.lineno)
        return made

    def apply(self, callee: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """Return what calling a followed value gives."""
        if isinstance(callee, Function):
            if callee.yields:
                return self.of_generator(callee, callee.node.lineno, arguments, keywords)
            return self.call_function(callee, arguments, keywords)
        if isinstance(callee, Class):
            return self.instance(callee, arguments, keywords)
        if isinstance(callee, Instance):
            seen = callee.model is not None and not callee.model.unseen
            return calls.apply(callee.model if seen else callee, arguments, keywords)
        image = arguments[0] if arguments and isinstance(arguments[0], Data) else None
        if isinstance(callee, list) and image is not None:
            # torchvision's Compose, called on an image
            steps = tuple(o for o in callee if isinstance(o, Operation))
            return dataclasses.replace(
                image, operations=(*image.operations, *steps)[:MOST_OPERATIONS]
            )
        if isinstance(callee, ModelValue):
            self.answers_for(arguments)
            callee.inside |= any(isinstance(given, Tensor) for given in arguments[:1])
        if isinstance(callee, Loss) and arguments:
            self.scored = (callee, arguments[0])
        made = calls.apply(callee, arguments, keywords)
        if isinstance(made, Tensor) and len(made.layers) >= len(self.longest.layers):
            self.longest = made
        return made

    def answers_for(self, arguments: list[Value]) -> None:
        """Keep what a network is called on, where it is an image that was read from a file."""
        image = arguments[0] if arguments and isinstance(arguments[0], Data) else None
        if image is not None and image.origin in operations.IMAGE_READERS:
            inputs = Flow(image.origin, image.operations)
            self.ledger.keep(Feed(use="predict", inputs=inputs, line=image.line))

    def named(
        self, node: ast.Call, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        callee = self.names.get(name)
        if callee is not None and not isinstance(callee, (Module, Data)):
            made = self.apply(callee, arguments, keywords)
            passed = next((a for a in arguments if isinstance(a, Data)), None)
            if made is UNKNOWN and passed is not None and not passed.free:
                return passed.then("call", name, node.lineno)
            return Data(text_of(node), node.lineno) if made is UNKNOWN else made
        if isinstance(callee, Module):
            name = callee.name.rpartition(".")[2]
        elif callee is None and MODEL_NAME.match(name):
            self.answers_for(arguments)
        return self.library(node, name, arguments, keywords, callee)

    def functional(
        self, callee: Value, name: str, arguments: list[Value], keywords: dict[str, Value],
        line: int,
    ) -> Value:  # fmt: skip
        """Return the tensor after a function that is a layer, such as `F.relu(x)`."""
        if name not in torch.FUNCTIONS or not arguments:
            return UNKNOWN
        before = arguments[0]
        if isinstance(before, Data) and before.free and _of_layers(callee):
            before = Tensor()
        if not isinstance(before, Tensor):
            return UNKNOWN
        if _is_functional(callee) and torch.drops_always(name, arguments, keywords):
            self.ledger.call(DROPS_ALWAYS, {"function": Fact(name, name, line)}, line)
        made = torch.function(name, before, arguments, keywords, line)
        self.longest = max(self.longest, made, key=lambda t: len(t.layers))
        return made

    def library(
        self, node: ast.Call, name: str, arguments: list[Value], keywords: dict[str, Value],
        callee: Value = None,
    ) -> Value:  # fmt: skip
        """Return what a function or class that the script does not define gives."""
        line = node.lineno
        if name in NAMESPACES:
            return namespace(arguments, keywords)
        if name == "vars" and arguments and isinstance(arguments[0], Namespace):
            return dict(arguments[0].attributes)
        if name == "load_model":
            self.ledger.call(name, self.facts(node, ()), line)
            place = arguments[0] if arguments else keywords.get("filepath")
            return ModelValue(line=line, unseen=True, file=place if isinstance(place, str) else "")
        elsewhere = self.is_of_the_project(node, name, callee)
        made = trainers.construct(name, callee, arguments, keywords, line)
        if isinstance(made, Trainer) and name in trainers.LEARNERS:
            self.ledger.call(name, self.facts(node, ()), line)
        if made is UNKNOWN and not elsewhere:
            made = self.constructed(name, arguments, keywords, line)
        if made is not UNKNOWN:
            return made
        if name in torch.LOSS_FUNCTIONS and arguments:
            self.scored = (torch.LOSS_FUNCTIONS[name], arguments[0])
            return UNKNOWN
        if name in SIZES and arguments and isinstance(arguments[0], Residual):
            return self.sized(name, arguments[0])
        if name == "from_generator" and arguments and isinstance(arguments[0], Function):
            return self.of_generator(arguments[0], line)
        if name in layers.FUNCTIONS and arguments and isinstance(arguments[0], (list, tuple)):
            aside = layers.FUNCTIONS[name] == "Multiply"
            chain = (calls.met if aside else calls.longest)(arguments[0])
            if chain is not None:
                return chain.then(Layer(kind=layers.FUNCTIONS[name], line=line))
        made = self.functional(callee, name, arguments, keywords, line)
        if made is not UNKNOWN:
            return made
        # `tf.data.Dataset.zip` is none of Python's own.
        zips = name == "zip" and not isinstance(node.func, ast.Name)
        made = UNKNOWN if zips else plain.builtin(name, arguments, keywords)
        if made is not UNKNOWN:
            return made
        named = name in {"array", "asarray"} and node.args and isinstance(node.args[0], ast.Name)
        if named and plain.of_numbers(arguments[0]):
            return Data(f"{name}({arguments[0]!r})"[:MOST_TEXT], line)
        if name in {"len", "cardinality", "range", "print", "str", "sum", "type"}:
            return _number(node, name, arguments)
        chain = next((a for a in arguments if isinstance(a, Tensor)), None)
        if chain is not None:
            full = callee.name if isinstance(callee, Module) else name
            made = calls.function_of(chain, name, full, line)
            if isinstance(made, Tensor) and len(made.layers) >= len(self.longest.layers):
                self.longest = made
            return made
        if not (isinstance(callee, Module) and is_of_a_library(callee.name)):
            given = [*arguments, *keywords.values()]
            self.lent += [(a, node) for a in given if isinstance(a, ModelValue)]
        return self.on_images(node, name, arguments, keywords, callee)

    def on_images(
        self, node: ast.Call, name: str, arguments: list[Value], keywords: dict[str, Value],
        callee: Value,
    ) -> Value:  # fmt: skip
        """Return what a function that makes no network does to images, or to what is not known."""
        line = node.lineno
        if (
            isinstance(node.func, ast.Name)
            and isinstance(callee, Module)
            and not ("seed" in name or is_of_a_library(callee.name))
        ):
            # It has no more than its name of a library's.
            for told in (*arguments, *keywords.values()):
                made = pipeline.of_transforms(text_of(node), {"transform": told}, line)
                if isinstance(told, (list, Operation)) and made is not UNKNOWN:
                    return made
            given = Data(text_of(node), line)
            passed = arguments[0] if arguments else given
            if isinstance(passed, Data) and not passed.free and passed is not given:
                return passed.then("call", name, line)
            return given.then("call", name, line) if passed is UNKNOWN else given
        made = operations.transform(name, arguments, keywords, line)
        if made is UNKNOWN:
            if name == "preprocess_input" and isinstance(callee, Module):
                first = arguments[0] if arguments else UNKNOWN
                if isinstance(first, Data):
                    return first.then("preprocess", callee.name, line)
            made = self.red_first(
                node, pipeline.call(name, arguments, keywords, text_of(node), line)
            )
            if name in pipeline.READERS:
                made = self.named_by_table(node, made)
        if name in _KEPT:
            self.ledger.call(
                name, self.facts(node, ()) | of_labels(name, arguments, keywords, line), line
            )
        if made is UNKNOWN and name in _WRAPPED and len(arguments) > 1:
            made = self.wrapped(arguments[0], arguments[1], name, line)
        if made is UNKNOWN:
            made = pipeline.of_transforms(text_of(node), keywords, line)
        if made is not UNKNOWN:
            return made
        given = Data(text_of(node), line)
        return given.then("call", name, line) if arguments[:1] == [UNKNOWN] else given

    def is_of_the_project(self, node: ast.Call, name: str, callee: Value) -> bool:
        """Return whether a network by a backbone's name may be of a file beside the script."""
        if isinstance(callee, Module):
            return _is_of_the_project(callee.name)
        bare = isinstance(node.func, ast.Name) and bool(self.stars - _WITH_NETWORKS)
        return bare and (is_of_keras(name) or is_of_others(name))

    def named_by_table(self, node: ast.Call, image: Value) -> Value:
        """Return an image that is read, with the table that its name is taken from, if it is."""
        if not isinstance(image, Data) or image.origin not in operations.IMAGE_READERS:
            return image
        given = (*node.args[:1], *(k.value for k in node.keywords))
        parts = [n for argument in given for n in ast.walk(argument) if isinstance(n, ast.Name)]
        held = (self.names.get(part.id) for part in parts)
        tables = (v.origin for v in held if isinstance(v, Data) and _TABLE.search(v.origin))
        table = next(tables, None)
        return image.then(NAMED_BY_TABLE, table[:200], node.lineno) if table else image

    def red_first(self, node: ast.Call, image: Value) -> Value:
        """Return an image as another `imread` than OpenCV's gives it: with red first."""
        if not isinstance(image, Data) or image.origin != "cv2.imread":
            return image
        root = ast.unparse(node.func).partition(".")[0]
        known = self.names.get(root)
        library = (known.name if isinstance(known, Module) else root).partition(".")[0]
        if library not in _READS_RED_FIRST:
            return image
        image = dataclasses.replace(image, origin="open")
        # A PNG comes as 0..1, and a JPEG as 0..255.
        plotted = library in _READS_RED_FIRST[:3]
        return image.then("call", "imread", node.lineno) if plotted else image

    def of_outputs(self, arguments: list[Value], keywords: dict[str, Value]) -> None:
        """Take what `super().__init__(inputs, outputs)` says for the network that `self` is."""
        mine = self.names.get("self")
        told = len(arguments) > 1 or keywords.keys() & {"outputs", "output"}
        if isinstance(mine, Instance) and told and _extends_model(mine.of.node):
            mine.model = self.with_own_step(mine.of, functional(arguments, keywords))
            self.models.append(mine.model)

    def with_own_step(self, of: Class, model: ModelValue) -> ModelValue:
        """Return a network of a class: what a step of its own compares with what, it says itself.

        Such a network is shown whole where its `train_step` does what Keras' own would do.
        """
        line, methods = of.node.lineno, self.methods(of)
        model.line = line
        cost = self.own_steps.get(line)
        if "compute_loss" in methods or ("train_step" in methods and cost is None):
            model.layers, model.backbone, model.unseen = [], None, False
            model.layers = [Layer(kind=OPAQUE, name=of.node.name, line=line)]
        elif cost:
            named, logits, _ = cost.partition("(")
            fact = snake(named) + ("(from_logits)" if logits else "")
            model.own_loss = Fact(fact, fact, line)
        return model

    def constructed(
        self, name: str, arguments: list[Value], keywords: dict[str, Value], line: int
    ) -> Value:
        """Return a layer, network, loss or optimizer of a library; UNKNOWN where it is none."""
        if str(keywords.get("reduction")) in _SUMS or keywords.get("size_average") is False:
            self.ledger.call(SUMMED_LOSS, {}, line)
        made = construct(name, arguments, keywords, line)
        if made is UNKNOWN:
            made = torch.construct(name, arguments, keywords, line)
        if isinstance(made, LayerValue) and name in torch.OLD_NAMES:
            self.ledger.old_keras = True
        return made

    def wrapped(self, function: Value, given: Value, name: str, line: int) -> Value:
        """Return what a graph gives that calls Python: what it is called on, by any steps."""
        items = given if isinstance(given, (list, tuple)) else [given]
        image = next((item for item in items if isinstance(item, Data)), None)
        if image is None:
            return UNKNOWN
        named = getattr(function.node, "name", name) if isinstance(function, Function) else name
        return [image.then("call", named, line), *items[1:]]


def _number(node: ast.Call, name: str, arguments: list[Value]) -> Data:
    """Return what is counted, or a text: of a set that has batches, how many there are."""
    made = Data(text_of(node), node.lineno)
    counts = name in {"len", "cardinality"} and bool(arguments)
    batched = counts and pipeline.is_batched(arguments[0])
    if batched:
        return made.then(BATCHES, None, node.lineno)
    counted = counts and isinstance(arguments[0], Data)
    return made.then(COUNTED, arguments[0], node.lineno) if counted else made


def _bounded(made: Value) -> Value:
    """Return a list, unless what it holds has grown too large to be gone through."""
    nested = any(
        isinstance(item, (list, tuple, dict))
        for item in (made.values() if isinstance(made, dict) else made)
    )
    return UNKNOWN if nested and not plain.has_room(made) else made


def _name(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)


_WITH_NETWORKS: Final = frozenset(
    {"keras", "tensorflow", "tf_keras", "torchvision", "timm", "fastai", "torch", "numpy"}
)
"""Libraries; what everything is imported of that is none of them may define a network itself."""


_KEPT: Final = frozenset(
    {"train_test_split", "ImageDataGenerator", "DataLoader", "listdir", "glob", "iglob",
     "shuffle", "cvtColor", "image_dataset_from_directory", "compute_class_weight", "set_seed",
     "set_random_seed", "seed", "random_split", "manual_seed", "Learner", "YOLO", "zeros",
     "sorted", "StepLR", "load_data", "precision_score", "recall_score", "f1_score",
     "accuracy_score", "confusion_matrix", "classification_report", "argmax",
     "set_image_data_format", "set_image_dim_ordering", "set_learning_phase",
     "flow_from_directory", "flow_from_dataframe"}
)  # fmt: skip
"""Functions whose calls rules ask for."""


def _is_of_the_project(name: str) -> bool:
    """Return whether a network by a backbone's name is of a file beside the script: it may be any.

    Only libraries that are known to bring pretrained weights make a backbone.
    """
    module, _, function = name.rpartition(".")
    return (
        (is_of_keras(function) or is_of_others(function))
        and bool(module)
        and not brings_weights(module)
    )


_TABLE: Final = lazy_re.compile(r"\bread_(?:csv|excel|table)\b|\b(?:loadtxt|genfromtxt)\b")
_READS_RED_FIRST: Final = (
    "matplotlib", "plt", "mpimg", "imageio", "skimage", "scipy", "io", "misc", "tifffile"
)  # fmt: skip
"""Libraries with an `imread` that gives RGB; the first ones give a PNG as 0..1."""


def built_by_base(
    node: ast.ClassDef, arguments: list[Value], keywords: dict[str, Value]
) -> ModelValue | None:
    """Return what Keras' own class makes of the arguments of a class that adds no `__init__`."""
    told = len(arguments) > 1 or keywords.keys() & {"outputs", "output"}
    if _extends_model(node) and told:
        return functional(arguments, keywords)
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    layers = keywords.get("layers", arguments[0] if arguments else None)
    if "Sequential" in bases and isinstance(layers, (list, tuple)):
        made = construct("Sequential", arguments, keywords, node.lineno)
        return made if isinstance(made, ModelValue) else None
    return None


def _extends_model(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] == "Model" for base in node.bases)


def _of_layers(callee: Value) -> bool:
    """Return whether this is `tf.layers.conv2d`, `F.relu` or their kin, no function on arrays."""
    return isinstance(callee, Module) and callee.name.split(".")[-2:-1] in (
        ["layers"], ["nn"], ["F"], ["functional"], ["slim"], ["tflearn"]
    )  # fmt: skip


def _is_functional(callee: Value) -> bool:
    """Return whether a function is of `torch.nn.functional`, as `F` or by its name."""
    return isinstance(callee, Module) and callee.name.split(".")[-2:-1] in (["F"], ["functional"])
