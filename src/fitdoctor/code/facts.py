"""What is kept of a script while it is followed: calls, feeds, compile and fit arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses
from fitdoctor.catalogue.signatures import DATA
from fitdoctor.code.arrays import numbers_of
from fitdoctor.code.data import READERS, is_batched
from fitdoctor.code.normal_form import BY_PLACE
from fitdoctor.code.parse import LEFT_OUT
from fitdoctor.code.values import (
    A_NETWORK,
    COUNTED,
    ELSE,
    UNKNOWN,
    CallbackValue,
    Data,
    History,
    Instance,
    LayerValue,
    Loss,
    ModelValue,
    Module,
    Namespace,
    OneOf,
    OptimizerValue,
    Penalty,
    Tensor,
    Value,
)
from fitdoctor.records.flow import ITSELF, RESAMPLED, resampled
from fitdoctor.records.run import (
    ANY_ORDER,
    BATCHES,
    STEPS_OF_BATCHES,
    STEPS_OF_IMAGES,
    Call,
    Fact,
    Feed,
    Flow,
    Operation,
)

if TYPE_CHECKING:
    from fitdoctor.code.state import State

_POSITIONAL: Final[dict[str, tuple[str, ...]]] = {
    "compile": ("optimizer", "loss", "metrics"),
    "fit_generator": ("x", "steps_per_epoch", "epochs", "verbose", "callbacks"),
    **{name: DATA[name][: BY_PLACE[name]] for name in ("fit", "evaluate", "predict")},
    "train_on_batch": ("x", "y"),
}
_OLD_NAMES: Final = {
    "nb_epoch": "epochs",
    "nb_val_samples": "validation_steps",
    "samples_per_epoch": "steps_per_epoch",
    "generator": "x",
    "validation_set": "validation_data",
    "n_epoch": "epochs",
}
_COUNTED: Final = frozenset({"samples_per_epoch", "nb_val_samples"})
_USES: Final[dict[str, Any]] = {
    "fit": "train",
    "fit_generator": "train",
    "train_on_batch": "train",
    "evaluate": "evaluate",
    "evaluate_generator": "evaluate",
    "test_on_batch": "evaluate",
    "score": "evaluate",
    "predict": "predict",
    "predict_generator": "predict",
    "predict_classes": "predict",
}
OF_ANSWERS: Final = frozenset(
    {"argmax", "accuracy_score", "precision_score", "recall_score", "f1_score", "confusion_matrix",
     "classification_report"}
)  # fmt: skip
"""Calls on what a network said."""
MOST_CALLS = 2000
_READ_BY: Final = frozenset(READERS.values())


class Ledger:
    """Calls and feeds in the order of the script."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.feeds: list[Feed] = []
        self.old_keras = False
        self._owners: dict[int, ModelValue] = {}
        """The network that a call or feed is of, by their `id`; both stay in the lists."""
        self._at_work: ModelValue | None = None
        self._asked: dict[str, ModelValue] = {}
        """What a network is asked, as it is written."""
        self.untold = 0
        """How many tests that cannot be told stand around what is followed."""

    def call(self, name: str, arguments: dict[str, Fact], line: int) -> None:
        if len(self.calls) >= MOST_CALLS or (self.untold and name in OF_ANSWERS):
            return
        self.calls.append(Call(name=name, arguments=arguments, line=line))
        owner = self._at_work
        if name in OF_ANSWERS:
            told = " ".join(fact.source for fact in arguments.values())
            asked = [m for text, m in self._asked.items() if text in told]
            asked = asked or list(self._asked.values())
            owner = asked[-1] if asked else None
        self._own(self.calls[-1], owner)

    def part(self, begin: int, line: int) -> None:
        """Mark the end of a part that other code calls, in an order that is not shown."""
        if len(self.calls) > begin:
            self.call(ANY_ORDER, {}, line)

    def _own(self, entry: Call | Feed, owner: ModelValue | None) -> None:
        if owner is not None:
            self._owners[id(entry)] = owner

    def loaded(self) -> list[ModelValue]:
        """Return the networks that are fed and were loaded from a file whose name is known."""
        return [m for m in self._owners.values() if m.file]

    def without(self, others: Sequence[ModelValue]) -> tuple[list[Feed], list[Call]]:
        """Return feeds and calls less those of other networks; every fit and compile stays."""
        known = {id(other) for other in others}

        def foreign(entry: Call | Feed) -> bool:
            return id(self._owners.get(id(entry))) in known

        feeds = [feed for feed in self.feeds if not foreign(feed)]
        kept = {"compile", "fit", "fit_generator"}
        return feeds, [call for call in self.calls if call.name in kept or not foreign(call)]

    def train(self, model: ModelValue, method: str, node: ast.Call, follower: State) -> Value:
        """Keep what a model is compiled with, or fed."""
        before, self._at_work = self._at_work, model
        try:
            return self._train(model, method, node, follower)
        finally:
            self._at_work = before

    def _train(self, model: ModelValue, method: str, node: ast.Call, follower: State) -> Value:
        facts = self.facts(node, _POSITIONAL.get(method, ("x", "y")), follower)
        result: Value = UNKNOWN
        self.call(method, facts, node.lineno)
        if method == "compile":
            model.compiled = ({"loss": model.own_loss} if model.own_loss else {}) | facts
            model.optimizer = _argument(node, "optimizer", 0, follower)
            return UNKNOWN
        if method in {"fit", "fit_generator"}:
            model.fitted, model.fitted_at = facts, node.lineno
            model.remember_trainable()
            callbacks = _argument(node, "callbacks", 5 if method == "fit" else 4, follower)
            if isinstance(callbacks, (list, tuple)):
                model.callbacks = tuple(c for c in callbacks if isinstance(c, CallbackValue))
            self._steps_of_batches(node, follower)
            result = _history(facts, model.callbacks)
            self.old_keras |= method == "fit_generator" or any(
                k.arg in {"nb_epoch", "samples_per_epoch"} for k in node.keywords
            )
        if method in _USES:
            self.feed(_USES[method], node, follower)
        if not method.startswith("predict"):
            return result
        text = ast.unparse(node)
        self._asked.pop(text, None)
        self._asked[text] = model
        return Data(text[:200], node.lineno).then("call", A_NETWORK, node.lineno)

    def _steps_of_batches(self, node: ast.Call, follower: State) -> None:
        """Keep that steps are a number of batches which is divided once more."""
        for name, place in (("steps_per_epoch", 1), ("validation_steps", 99)):
            by_place = place if isinstance(node.func, ast.Attribute) and (
                node.func.attr == "fit_generator") else 99  # fmt: skip
            written = _node(node, name, by_place)
            while isinstance(written, ast.Call) and len(written.args) == 1:
                if not _rounds(written.func):
                    break
                written = written.args[0]
            if written is None or isinstance(written, ast.Constant):
                continue
            value = follower.handed(written)
            if isinstance(value, Data) and _is_count(value) and _batched(node, name, follower):
                told = {"argument": Fact(name, name, node.lineno)}
                counted = {name: self.fact(written, follower)}
                self.call(STEPS_OF_IMAGES, told | counted, node.lineno)
            if isinstance(value, Data) and _divides_batches(value):
                told = {"argument": Fact(name, name, node.lineno)}
                self.call(
                    STEPS_OF_BATCHES, told | {name: self.fact(written, follower)}, node.lineno
                )

    def keep(self, feed: Feed) -> bool:
        """Keep a feed; tell whether there was room for it."""
        room = len(self.feeds) < MOST_CALLS
        if room:
            kept = replace(feed, inputs=_recorded(feed.inputs), labels=_recorded(feed.labels))
            self.feeds.append(kept)
            self._own(kept, self._at_work)
        return room

    def feed(self, use: Any, node: ast.Call, follower: State) -> None:
        """Keep where the images and labels of a fit, evaluate or predict call come from."""
        given = _argument(node, "x", 0, follower)
        if given is UNKNOWN:
            given = _argument(node, "generator", 0, follower)
        labels = _argument(node, "y", 1, follower) if use != "predict" else UNKNOWN
        # Paddle's fit takes a second dataset to validate on where others take labels.
        second = labels if _holds_pairs(given) and _holds_pairs(labels) else UNKNOWN
        inputs, targets = _pair(given, labels if second is UNKNOWN else UNKNOWN)
        inputs = _counted(inputs, _node(node, "x", 0), follower)
        answers = _node(node, "y", 1) if use != "predict" else None
        targets = _counted(targets, answers, follower)
        if answers is not None and _gives_back(answers, _node(node, "x", 0), inputs, targets):
            itself = Operation(ITSELF, None, node.lineno)
            targets = replace(targets, operations=(*targets.operations, itself))
        if not self.keep(Feed(use=use, inputs=inputs, labels=targets, line=node.lineno)):
            return
        if use != "train":
            return
        if name := _validates_on_training(node):
            self.call("validates_on_training", {"x": Fact(name, None, node.lineno)}, node.lineno)
        held = _argument(node, "validation_data", 99, follower) if second is UNKNOWN else second
        if held is UNKNOWN:
            held = _argument(node, "validation_set", 99, follower)
        share = _argument(node, "validation_split", 99, follower)
        if held is not UNKNOWN and held is not None:
            one, other = (
                held[:2] if isinstance(held, (tuple, list)) and len(held) > 1 else (held, UNKNOWN)
            )
            inputs, targets = _pair(one, other)
            written = _node(node, "validation_data", 99)
            if isinstance(written, (ast.Tuple, ast.List)) and len(written.elts) > 1:
                inputs = _counted(inputs, written.elts[0], follower)
                targets = _counted(targets, written.elts[1], follower)
            self.keep(Feed(use="validation", inputs=inputs, labels=targets, line=node.lineno))
        elif share is not UNKNOWN:
            tail = Operation("split_tail", _plain(share), node.lineno)
            self.keep(
                Feed(
                    use="validation",
                    inputs=Flow(inputs.origin, (*inputs.operations, tail), inputs.shown),
                    labels=Flow(targets.origin, (*targets.operations, tail), targets.shown),
                    line=node.lineno,
                )
            )

    def facts(
        self, node: ast.Call, positional: tuple[str, ...], follower: State
    ) -> dict[str, Fact]:
        pairs = list(zip(positional, node.args, strict=False))
        pairs += [(f"argument {i}", a) for i, a in enumerate(node.args) if i >= len(positional)]
        pairs += [(_OLD_NAMES.get(k.arg, k.arg), k.value) for k in node.keywords if k.arg]
        # Keras 1 counted images, not steps.
        pairs += [(k.arg, k.value) for k in node.keywords if k.arg in _COUNTED]
        spread = [k.value for k in node.keywords if not k.arg]
        outside = (not isinstance(follower.handed(item), dict) for item in spread)
        if any(map(_left_out, node.args)) or any(outside):
            pairs.append((ELSE, ast.Constant(ELSE, lineno=node.lineno)))
        return {
            name: self.fact(expression, follower)
            for name, expression in pairs
            if not (isinstance(expression, ast.Constant) and expression.value is Ellipsis)
        }

    def fact(self, expression: ast.expr, follower: State) -> Fact:
        source, line = ast.unparse(expression)[:400], expression.lineno
        inner = expression
        while isinstance(inner, ast.Call) and len(inner.args) == 1 and _rounds(inner.func):
            inner = inner.args[0]
        if isinstance(inner, ast.Name) and inner.id in follower.origins:
            source, line = follower.origins[inner.id]
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            owner = follower.names.get(inner.value.id)
            made = (
                owner.origins.get(inner.attr) if isinstance(owner, (Instance, Namespace)) else None
            )
            source, line = made or (source, line)
        return Fact(source, _plain(follower.handed(expression)), line)


def _is_count(value: Data) -> bool:
    """Return whether this is the number of items of a set, as it is."""
    return bool(value.operations) and value.operations[-1].name == COUNTED


def _batched(node: ast.Call, steps: str, follower: State) -> bool:
    """Return whether what these steps go over comes in batches of several images."""
    if steps == "validation_steps":
        given = _argument(node, "validation_data", 99, follower)
    else:
        given = _argument(node, "x", 0, follower)
        given = _argument(node, "generator", 0, follower) if given is UNKNOWN else given
    sizes = [o.value for o in given.operations if o.name in {"batch_size", "batch"}] if isinstance(
        given, Data) else []  # fmt: skip
    batched = isinstance(given, Data) and given.labels is not None and is_batched(given)
    return batched and not any(size == 1 for size in sizes)


def _history(facts: Mapping[str, Fact], callbacks: Sequence[CallbackValue]) -> History:
    """Return what `fit` gives back; what may end it early leaves the epochs unknown."""
    told = facts.get("epochs")
    ends = any(c.name not in _ENDLESS for c in callbacks) or (
        "callbacks" in facts and not callbacks
    )
    known = told is not None and isinstance(told.value, int) and not ends
    return History(told.value if known and told is not None else None)


_ENDLESS: Final = frozenset(
    {"ReduceLROnPlateau", "ModelCheckpoint", "LearningRateScheduler", "TensorBoard", "CSVLogger"}
)
"""Callbacks that leave the number of epochs as it is."""


def _divides_batches(value: Data) -> bool:
    """Return whether this is a number of batches over a number that is at least two."""
    names = [o.name for o in value.operations]
    if BATCHES not in names:
        return False
    after = value.operations[names.index(BATCHES) + 1 :]
    return any(
        isinstance(o.value, (int, float))
        and ((o.name == "floor_divide" and o.value >= 2) or (o.name == "scale" and o.value <= 0.5))
        for o in after
    )


def _rounds(function: ast.expr) -> bool:
    return ast.unparse(function).rpartition(".")[2] in {"int", "round", "ceil", "floor"}


def _left_out(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is Ellipsis
    return isinstance(node, ast.Name) and node.id == LEFT_OUT


def _node(node: ast.Call, name: str, position: int) -> ast.expr | None:
    """Return what stands for an argument in the text."""
    by_name = next((k.value for k in node.keywords if k.arg == name), None)
    by_place = node.args[position] if len(node.args) > position else None
    return by_place if by_name is None else by_name


def _counted(flow: Flow, node: ast.expr | None, follower: State) -> Flow:
    """Return a flow with the numbers that its text holds."""
    found = follower.arrays.of(node)
    numbers = numbers_of(found)
    if numbers is None:
        return flow
    if flow.origin is not None or node is None:
        return replace(flow, numbers=numbers)
    text = ast.unparse(node)
    return Flow(follower.origins.get(text, (text, 0))[0][:200], numbers=numbers)


def _gives_back(answers: ast.expr, given: ast.expr | None, inputs: Flow, targets: Flow) -> bool:
    """Return whether targets are the inputs, or what they were before noise was added."""
    if ast.dump(answers) == ast.dump(given or answers):
        return True
    parted = ("slice", "select", "one_hot", "argmax", "label_encode", "call")
    known = inputs.shown and targets.shown and inputs.origin is not None
    return known and inputs.origin == targets.origin and not targets.has(*parted)


def _argument(node: ast.Call, name: str, position: int, follower: State) -> Value:
    written = _node(node, name, position)
    return UNKNOWN if written is None else follower.handed(written)


def _validates_on_training(node: ast.Call) -> str | None:
    """Return the name that is given to train on and to validate on."""
    named = {k.arg: k.value for k in node.keywords}
    given = node.args[0] if node.args else named.get("x")
    held = named.get("validation_data")
    if isinstance(held, (ast.Tuple, ast.List)) and held.elts:
        held = held.elts[0]
    if isinstance(given, ast.Name) and isinstance(held, ast.Name) and given.id == held.id:
        return held.id
    return None


def _holds_pairs(value: Value) -> bool:
    """Return whether this is a dataset, which brings its labels."""
    return isinstance(value, Data) and value.labels is not None


def _pair(inputs: Value, labels: Value) -> tuple[Flow, Flow]:
    if isinstance(inputs, (tuple, list)) and inputs and isinstance(inputs[0], Data):
        inputs = inputs[0]
    if not isinstance(inputs, Data):
        return Flow(shown=False), _flow(labels)
    if not isinstance(labels, Data) and inputs.labels is not None:
        labels = inputs.labels
    return _flow(inputs), _flow(labels)


def _flow(value: Value) -> Flow:
    if not isinstance(value, Data):
        return Flow(shown=False)
    # A name without a making, or a function's result: steps before may not be shown.
    read = any(o.name in {"target_size", "image_size", "batch_size"} for o in value.operations)
    shown = read or value.origin in _READ_BY or not _NAMED.fullmatch(value.origin)
    return flow_of(value, shown=shown)


_NAMED = lazy_re.compile(
    r"[^\W\d]\w{0,200}(?:\[\d{1,9}\]){0,9}|"
    r"(?:\w{1,40}\.)?(?:array|asarray|stack)\(\[[^\W\d]\w{0,200}\](?:, dtype=[\w.]{1,40})?\)"
)
"""A name, or a part of what has one; or an array of one thing that is only named."""


def of_labels(
    name: str, arguments: Sequence[Value], keywords: Mapping[str, Value], line: int
) -> dict[str, Fact]:
    """Return that the labels which weights are computed of had been made equally frequent."""
    if name != "compute_class_weight":
        return {}
    last = arguments[_LABELS] if len(arguments) > _LABELS else UNKNOWN
    labels = keywords.get("y", last)
    evened = isinstance(labels, Data) and resampled(flow_of(labels)) is not None
    return {RESAMPLED: Fact("True", value=True, line=line)} if evened else {}


_LABELS: Final = 2
"""The place of the labels among the arguments of `compute_class_weight`."""


def flow_of(data: Data, *, shown: bool = True) -> Flow:
    """Return what is kept of data that are under way."""
    return Flow(data.origin[:200], data.operations, shown=shown, numbers=data.numbers)


def _recorded(flow: Flow) -> Flow:
    """Return a flow in which what is not known of an operation is `None`, as in every record."""
    told = tuple(replace(o, value=_told(o.value)) for o in flow.operations)
    return flow if told == flow.operations else replace(flow, operations=told)


def _told(value: Value) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_told(item) for item in value)
    return None if value is UNKNOWN else value


def _plain(value: Value) -> Any:
    """Return a value that a record can hold, or `None` where it is not known."""
    match value:
        case bool() | int() | float() | str() | None:
            return value
        case Loss():
            return value.fact
        case OptimizerValue(optimizer=optimizer):
            return optimizer.name
        case Module(name=name):
            # What an object holds is told by what was given to it, not by its name.
            return None if name.startswith("self.") else name.rpartition(".")[2]
        case CallbackValue(name=name):
            return name
        case OneOf(texts=texts):
            return list(texts)
        case Penalty() | Tensor() | LayerValue() | ModelValue():
            return None
        case list() | tuple():
            return [_plain(item) for item in value[:200]]
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case _:
            return None


def loss_name(fact: Fact | None) -> str | None:
    """Return the name of a compiled loss; `None` for a crossentropy that is not Keras' own."""
    value = fact.value if fact else None
    if not isinstance(value, str):
        return None
    plain = value.partition("(")[0]
    if "crossentropy" in plain and not losses.FULL_NAMES.fullmatch(plain):
        return None
    return losses.ALIASES.get(value, value)
