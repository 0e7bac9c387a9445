"""What the calls of an excerpt mean whose model, class or layers are not shown."""

from __future__ import annotations

import ast
import re

from fitdoctor import lazy_re
from fitdoctor.code import calls
from fitdoctor.code.construct import add
from fitdoctor.code.state import State
from fitdoctor.code.values import UNKNOWN, Data, LayerValue, ModelValue, Tensor, Value
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Layer

_NO_LAYER = lazy_re.compile(
    r"loss|crit|log|save|print|metric|acc|score|step|load|eval", re.IGNORECASE
)


def is_excerpt_self(owner: Value) -> bool:
    """Return whether this is the `self` of an excerpt that leaves out its class."""
    return isinstance(owner, Data) and owner.free and owner.origin == "self"


class Excerpts(State):
    """Follows calls on what an excerpt leaves out."""

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

    def added_to_what_is_not_shown(self, name: str, arguments: list[Value]) -> Value:
        """Begin a model where a fragment adds layers to a name whose making is not shown."""
        if arguments and isinstance(arguments[0], (LayerValue, ModelValue)):
            model = ModelValue()
            self.names[name] = model
            self.models.append(model)
            if _goes_on(arguments[0]):
                model.layers.append(Layer(kind=OPAQUE))
            add(model, arguments[0])
        return UNKNOWN

    def train(
        self, model: ModelValue, method: str, node: ast.Call, arguments: list[Value]
    ) -> Value:
        """Record the arguments of a call that builds or trains a model: `add`, `compile`, `fit`."""
        if method == "add":
            model.growing = True
            add(model, arguments[0] if arguments else UNKNOWN)
            return UNKNOWN
        return self.ledger.train(model, method, node, self)

    def lone(
        self, node: ast.Call, made_by: Value, method: str, arguments: list[Value]
    ) -> Value | None:
        """Keep compile and fit calls on a model whose making is not shown; return what they give.

        It is `None` where the call is of something else.
        """
        keywords = {k.arg for k in node.keywords}
        typical = {"epochs", "nb_epoch", "batch_size", "validation_data", "validation_split",
                   "loss", "optimizer", "metrics", "callbacks", "steps_per_epoch"}  # fmt: skip
        owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        named = "model" in owner.lower() or owner.lower() in {"net", "network", "cnn", "classifier"}
        if method == "fit" and not keywords & typical and not (named and node.args):
            return None
        if method == "fit" and self.is_an_estimator(made_by):
            return None
        if not self.models:
            self.models.append(ModelValue(line=node.lineno))
        return self.train(self.models[-1], method, node, arguments)

    def is_an_estimator(self, owner: Value) -> bool:
        """Return whether a library's class made this and nothing compiles it: no Keras model."""
        made = isinstance(owner, Data) and not owner.free and _CONSTRUCTED.match(owner.origin)
        return bool(made) and not any(call.name == "compile" for call in self.ledger.calls)


_CONSTRUCTED = lazy_re.compile(r"(?:\w+\.){0,4}[A-Z]\w*\(")
_USUAL_NAMES = (
    ("Conv2D", lazy_re.compile(r"conv", re.IGNORECASE)),
    ("Dense", lazy_re.compile(r"fc|linear|dense|head|classif|^out", re.IGNORECASE)),
)


def by_usual_name(before: Tensor, name: str, line: int) -> Tensor:
    """Return the chain after a layer whose making is not shown, as its name tells it."""
    kind = next((k for k, pattern in _USUAL_NAMES if pattern.search(name)), None)
    return before.then(Layer(kind=kind, line=line)) if kind else before


def _goes_on(first: Value) -> bool:
    """Return whether this is a layer that is told no size of its inputs.

    The layers before it are not shown.
    """
    layer = first.layer if isinstance(first, LayerValue) else None
    return layer is not None and layer.kind == "Dense" and layer.input_shape is None


def uses_a_network(function: ast.FunctionDef) -> bool:
    """Return whether this is a function that fits, measures or asks a network."""
    called = (n.func.attr for n in ast.walk(function) if isinstance(n, ast.Call)
              and isinstance(n.func, ast.Attribute))  # fmt: skip
    return not {"fit", "fit_generator", "evaluate", "predict"}.isdisjoint(called)
