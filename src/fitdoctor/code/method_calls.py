"""What `owner.method(...)` gives, by what its owner is."""

from __future__ import annotations

import ast
import re

from fitdoctor import lazy_re
from fitdoctor.code import calls, operations, plain, torch, trainers
from fitdoctor.code import data as pipeline
from fitdoctor.code.construct import GROWS, grow
from fitdoctor.code.excerpts import Excerpts, by_usual_name, is_excerpt_self
from fitdoctor.code.pipelines import Pipelines
from fitdoctor.code.settings import option
from fitdoctor.code.state import MOST_TEXT
from fitdoctor.code.values import (
    UNKNOWN,
    Data,
    Encoder,
    Function,
    Generator,
    Instance,
    LayerList,
    ModelValue,
    Module,
    Namespace,
    Residual,
    Tensor,
    Trainer,
    Value,
)
from fitdoctor.records.run import (
    Fact,
)

TRAINING_METHODS = frozenset(
    {"compile", "fit", "fit_generator", "evaluate", "evaluate_generator", "predict",
     "predict_generator", "predict_classes", "train_on_batch", "load_weights", "save",
     "save_weights", "fit_one_cycle", "fine_tune", "test_on_batch", "score"}
)  # fmt: skip
_OF_PARSERS = frozenset({"add_argument", "parse_args", "parse_known_args"})
_LOGGED = frozenset(
    {"load_weights", "load_state_dict", "fit_one_cycle", "fine_tune", "unfreeze", "freeze"}
)
_ON_ANY_OWNER = frozenset(
    {"compile", "fit", "fit_generator", "evaluate_generator", "train_on_batch"}
)
MODEL_NAME = lazy_re.compile(
    r"(?:\w{0,40}?model\w*+|net|network|cnn|classifier|clf_nn)$", re.IGNORECASE
)
_OF_MODELS_ONLY = frozenset({"predict_generator", "predict_classes"})
SIZES = frozenset({"pow", "square", "abs"})
MOST_LIST = 1000


class MethodCalls(Excerpts, Pipelines):
    """Follows calls of methods."""

    # --- given by the expressions ---

    def library(
        self, node: ast.Call, name: str, arguments: list[Value], keywords: dict[str, Value],
        callee: Value = None,
    ) -> Value:  # fmt: skip
        """Return what a function or class that the script does not define gives."""
        raise NotImplementedError

    def sized(self, how: str, wrong: Residual) -> Value:
        """Keep the squares or sizes of what a network gets wrong as the loss that they are."""
        raise NotImplementedError

    def of_outputs(self, arguments: list[Value], keywords: dict[str, Value]) -> None:
        """Take what `super().__init__(inputs, outputs)` says for the network that `self` is."""
        raise NotImplementedError

    # --- methods ---

    def method(
        self, node: ast.Call, owner_node: ast.expr, method: str, arguments: list[Value],
        keywords: dict[str, Value],
    ) -> Value:  # fmt: skip
        if method in _OF_PARSERS or method.startswith("DEFINE_"):
            return self.of_parser(node, method, arguments, keywords)
        if method == "__init__" and _is_super(owner_node):
            self.of_outputs(arguments, keywords)
            return UNKNOWN
        owner = self.value(owner_node)
        line = node.lineno
        if isinstance(owner, Instance):
            if method in self.methods(owner.of):
                found = self.methods(owner.of)[method]
                return self.call_function(Function(found, owner), arguments, keywords)
            if method in owner.attributes:
                return self.apply(owner.attributes[method], arguments, keywords)
            if arguments and isinstance(arguments[0], Tensor) and owner.model is None:
                return by_usual_name(arguments[0], method, line)
            owner = owner.model or owner
        if is_excerpt_self(owner) and arguments and isinstance(arguments[0], (Tensor, Data)):
            return self.of_excerpt_self(method, arguments, keywords, line)
        if isinstance(owner, ModelValue):
            return self.of_model(owner, node, method, arguments)
        if isinstance(owner, LayerList):
            return self.of_layers(owner, method, arguments, keywords, line)
        if isinstance(owner, Trainer):
            return self.trained_by(owner, node, arguments, keywords)
        if isinstance(owner, Generator):
            return self.of_generator_of_images(owner, node, method, arguments, keywords)
        if isinstance(owner, Encoder) and method in {"fit_transform", "transform"} and arguments:
            return operations.encode(owner, arguments[0], line)
        if isinstance(owner, list) and method in {"append", "extend"} and arguments:
            item = self.appended(node.args[0], arguments[0])
            nested = isinstance(item, (list, tuple, dict))
            if len(owner) < MOST_LIST and (not nested or _has_room_for(owner, item)):
                owner.append(item)
            return UNKNOWN
        if isinstance(owner, Residual):
            return self.sized(method, owner) if method in SIZES else UNKNOWN
        if isinstance(owner, Tensor):
            return torch.method(method, owner, arguments, keywords, line)
        text = plain.text_method(owner, method, arguments)
        if text is not UNKNOWN:
            return text
        if method == "shuffle" and node.args and (kept := self.place_of(node.args[0])):
            return self.shuffled_in_place(owner, node, kept, arguments, line)
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
            and not (arguments and isinstance(arguments[0], (list, tuple)))
        ):
            return self.added_to_what_is_not_shown(owner_node.id, arguments)
        if isinstance(owner, Data) and not (owner.free and method not in _ON_ANY_OWNER):
            if (
                method in _ON_ANY_OWNER
                and (trained := self.lone(node, owner, method, arguments)) is not None
            ):
                return trained
            return self.on_data(owner, method, arguments, keywords, line)
        if isinstance(owner, Module) or (isinstance(owner, Data) and owner.free):
            return self.of_module(node, owner, method, arguments, keywords)
        if (
            method in _ON_ANY_OWNER
            and (trained := self.lone(node, owner, method, arguments)) is not None
        ):
            return trained
        made = self.library(node, method, arguments, keywords)
        # What was done before to what is not known is not known either.
        lost = owner is UNKNOWN and isinstance(made, Data) and made.origin == text_of(node)
        return made.then("call", method, line) if lost else made

    def of_model(
        self, owner: ModelValue, node: ast.Call, method: str, arguments: list[Value]
    ) -> Value:
        """Return what a method of a network gives, which may train, grow or load it."""
        if method in TRAINING_METHODS or method == "add":
            return self.train(owner, method, node, arguments)
        if method in GROWS:
            grow(owner, method, arguments)
            return owner
        if method in _LOGGED:
            self.ledger.call(method, self.facts(node, ()), node.lineno)
        if method == "parameters":
            return LayerList(owner, range(len(owner.layers)), with_backbone=True)
        return calls.up_to(owner, arguments[:1]) if method == "get_layer" else UNKNOWN

    def of_generator_of_images(
        self, owner: Generator, node: ast.Call, method: str, arguments: list[Value],
        keywords: dict[str, Value],
    ) -> Value:  # fmt: skip
        """Return what a method of Keras' generator of images gives."""
        if method == "flow":
            if "save_to_dir" in keywords:
                self.ledger.call("saved_views", self.facts(node, ()), node.lineno)
            return pipeline.flow(owner, arguments, keywords, node.lineno)
        self.ledger.call(method, self.facts(node, ()), node.lineno)
        if method.startswith("flow_from"):
            # Images by a table are those of its rows, of whichever folder.
            of = "dataframe" if method == "flow_from_dataframe" else "directory"
            place = node.args[0] if node.args else keyword_of(node, of)
            source = ast.unparse(place)[:MOST_TEXT] if place is not None else method
            return pipeline.directory(method, source, owner, keywords, node.lineno)
        return UNKNOWN

    def of_parser(
        self, node: ast.Call, method: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """Keep an option of a command line; return what all of them give by default."""
        if method in {"parse_args", "parse_known_args"}:
            known = Namespace(dict(self.options), dict(self.option_origins))
            return (known, UNKNOWN) if method == "parse_known_args" else known
        made = option(method, arguments, keywords)
        self.options |= made
        self.option_origins |= dict.fromkeys(made, (text_of(node), node.lineno))
        return UNKNOWN

    def of_layers(
        self, owner: LayerList, method: str, arguments: list[Value], keywords: dict[str, Value],
        line: int,
    ) -> Value:  # fmt: skip
        """Return what a method of layers gives; `requires_grad_` freezes or thaws them."""
        if method == "requires_grad_":
            learns = arguments[0] if arguments else keywords.get("requires_grad", True)
            calls.set_trainable(owner, trainable=learns is not False, inside=self.models)
            told = {"value": Fact(str(learns), learns is not False, line)}
            self.ledger.call("set_trainable", told, line)
        return owner if method in {"requires_grad_", "parameters", "named_parameters"} else UNKNOWN

    def trained_by(
        self, trainer: Trainer, node: ast.Call, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """Keep what a method of a library's trainer does to its network."""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method in _LOGGED:
            self.ledger.call(method, self.facts(node, ()), node.lineno)
        frozen = any(call.name == "set_trainable" for call in self.ledger.calls)
        if not trainers.train(trainer, method, arguments, keywords, node.lineno, frozen=frozen):
            return UNKNOWN
        if not any(m is trainer.model for m in self.models) and trainer.model is not None:
            self.models.append(trainer.model)
        feed = trainers.feed_of(trainer, node.lineno)
        if feed is not None and not any(c.name == "normalize" for c in self.ledger.calls):
            self.ledger.keep(feed)
        train, held = trainer.given.get("train_dataset"), trainer.given.get("eval_dataset")
        if isinstance(train, Data) and isinstance(held, Data) and train == held:
            same = Fact(train.origin, None, node.lineno)
            self.ledger.call("validates_on_training", {"x": same}, node.lineno)
        return UNKNOWN

    def of_module(
        self, node: ast.Call, owner: Module | Data, method: str, arguments: list[Value],
        keywords: dict[str, Value],
    ) -> Value:  # fmt: skip
        """Return `module.function(...)`, or a method of something whose making is not shown."""
        if (
            method in _ON_ANY_OWNER
            and (trained := self.lone(node, owner, method, arguments)) is not None
        ):
            return trained
        full = owner.name if isinstance(owner, Module) else owner.origin
        if method == "join" and full.endswith("path"):
            parts = (a for a in arguments if isinstance(a, Data) and not a.free)
            if (listed := next(parts, None)) is not None:
                return listed
        if method in {"evaluate", "predict", "predict_classes", "load_weights"} and self.models:
            return self.train(self.models[-1], method, node, arguments)
        asked = method in {"predict", "evaluate"} and (
            bool(MODEL_NAME.match(full)) or any(map(_is_dataset, arguments[:1]))
        )
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
        given = isinstance(made, Data) and made.origin == text_of(node)
        if given and isinstance(owner, Data) and operations.knows(method):
            return operations.operate(owner, method, arguments, keywords, node.lineno)
        return made


def _has_room_for(owner: list[Value], item: Value) -> bool:
    """Return whether a list can take one more that is a list itself, and none that holds it."""
    return item is not owner and plain.has_room([owner, item])


def _is_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def _is_dataset(value: Value) -> bool:
    """Return whether these are batches with labels, which only a network is asked about."""
    return isinstance(value, Data) and value.labels is not None


def text_of(node: ast.expr) -> str:
    """Return an expression as text; it is made once, however often a loop comes by."""
    text: str | None = node.__dict__.get("_text")
    if text is None:
        text = node.__dict__["_text"] = ast.unparse(node)[:MOST_TEXT]
    return text


def keyword_of(node: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in node.keywords if k.arg == name), None)
