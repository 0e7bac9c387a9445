"""The facts that following a script has gathered, as a `Script`."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.code import torch
from fitdoctor.code.branches import unreached
from fitdoctor.code.by_name import feeds_of_loops, shown_in_part
from fitdoctor.code.class_names import listed_in_another_order
from fitdoctor.code.construct import data_format, optimizer_of
from fitdoctor.code.facts import Ledger, loss_name
from fitdoctor.code.keeping import forgotten
from fitdoctor.code.lists import calls_of_lists
from fitdoctor.code.mirrors import flips
from fitdoctor.code.saved import saved_under, stem
from fitdoctor.code.trainings import Interpreted
from fitdoctor.code.values import (
    A_NETWORK,
    CallbackValue,
    Data,
    LayerValue,
    Loss,
    ModelValue,
    OptimizerValue,
    Value,
)
from fitdoctor.records.loop import Program
from fitdoctor.records.network import OPAQUE, SPATIAL
from fitdoctor.records.recipe import Layer, Optimizer, Recipe, Schedule
from fitdoctor.records.run import (
    FORGOTTEN,
    NAMES_LISTED,
    SUMMED_LOSS,
    UNREACHED,
    Call,
    Fact,
    Feed,
    Script,
    Unread,
)

if TYPE_CHECKING:
    from fitdoctor.code.state import State

CLASS_WEIGHTS = lazy_re.compile(r"class_?weights?|weights?_(?:per|by|of|for)_class", re.IGNORECASE)
"""Names that people give to the weights of classes."""

Framework = Literal["keras", "tf.keras", "tensorflow", "torch", "fastai"]
EpochRates = Callable[[Value, int, float | None], tuple[float, ...]]


def script_of(
    follower: State, tree: ast.Module, program: Program | None, found: Interpreted, path: str, *,
    python_2: bool, schedules: EpochRates,
) -> Script | None:  # fmt: skip
    """Return the record; `None` where the text builds, feeds and fits nothing."""
    ledger = follower.ledger
    trained = [m for m in follower.models if m.fitted or m.compiled]
    built = [m for m in follower.models if (m.layers or m.root) and not m.inside]
    chain = follower.longest
    alone = len(built) == 1 and built[0].pretrained is not None and built[0] is chain.backbone
    if not trained and alone and len(chain.layers) > len(built[0].layers):
        # An excerpt that ends with the layers around a backbone, before the Model of them.
        built = [ModelValue(layers=list(chain.layers), backbone=chain.backbone)]
    elif not any(m.layers for m in built) and follower.longest.layers:
        # What comes between these layers and the outputs of a Model could not be followed.
        rest = [Layer(kind=OPAQUE)] if any(m.unseen for m in follower.models) else []
        built = [*built, ModelValue(layers=[*chain.layers, *rest], backbone=chain.backbone)]
    elif not any(m.layers for m in built) and follower.loose:
        parts = [m for v in follower.loose.values() for m in _layers_of(v)]
        built = [*built, ModelValue(layers=parts)]
    elif not built and (ends := _named_as_output(follower)):
        built = [ModelValue(layers=[Layer(kind=OPAQUE), *ends])]
    read = _names_read(tree)
    feeds_of_loops(follower, program, read)
    optimizers = {n for n, v in follower.names.items() if isinstance(v, OptimizerValue)}
    for call in (*found.calls, *calls_of_lists(tree), *flips(tree)):
        ledger.call(call.name, dict(call.arguments), call.line)
    _keep_scrambled(follower)
    _keep_classes(follower, tree)
    planned = any(isinstance(v, Schedule) for v in follower.names.values())
    prepares = bool(ledger.feeds or ledger.calls or optimizers) or planned or _prepares(follower)
    _keep_summed(ledger, program)
    if not trained and not built and not prepares and program is None:
        return None
    _keep_unreached(follower, tree)
    model = trained[-1] if trained else _as_far_as_told(built, follower, tree)
    if not model.layers and built:
        apart = model.unseen
        model = _joined(model, built[-1])
        if apart and model.layers:
            # What another network of the script does with this one is not known.
            model.layers = [*model.layers, Layer(kind=OPAQUE)]
    if (model := _on_its_base(model, follower.models)).growing and not _ends(model, ledger.calls):
        model.layers.append(Layer(kind=OPAQUE))
    framework = _framework(tree, ledger.calls)
    if framework == "torch" or ((model.layers or planned) and not model.compiled):
        _set_own_terms(model, follower, tree, program)

    fitted = [m for m in follower.models if m.fitted and m.compiled and m.layers]
    networks = fitted if any(m is model for m in fitted) else [model]
    others = _from_other_files(ledger, tree)
    never_read = _never_read(follower, read | _loop_targets(tree), path)
    lines = max((getattr(n, "end_lineno", 0) or 0 for n in tree.body), default=0)

    def written(network: ModelValue) -> Script:
        feeds, calls = ledger.without([*_apart(network, networks, follower.models), *others])
        layers, backbone = network.as_trained()
        recipe = Recipe(
            backbone=backbone,
            layers=tuple(_with_format(layers, calls)),
            loss=loss_name(network.compiled.get("loss")),
            optimizer=_optimizer(network, schedules, calls, _lone_optimizer(follower, program)),
            batch_size=_whole(network.fitted.get("batch_size"))
            or network.ordered.get("batch_size")
            or _batch_of_feed(feeds, calls),
            epochs=_epochs(network, found.fitted_again)
            or network.ordered.get("epochs")
            or (program.epochs if program is not None else None),
            fine_tuning=network.ordered.get("fine_tuning"),
            patience=_patience(network),
            image_size=_image_size(network.layers, calls),
        )
        return Script(
            path=path,
            recipe=recipe,
            compile=network.compiled,
            fit=network.fitted,
            feeds=tuple(feeds),
            calls=tuple(calls),
            never_read=never_read,
            framework=framework,
            keras_1_or_2=True if ledger.old_keras and framework != "torch" else None,
            python_2=python_2,
            lines=lines,
            program=program,
        )

    further = [m for m in networks if m is not model][-MOST_LOOKED_AT:]
    last, *beside = map(written, [model, *further])
    return replace(last, beside=tuple(_unlike(last, beside)))


_HEADS = frozenset(
    {"GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten", "Dropout", "Dense",
     "BatchNormalization"}
)  # fmt: skip
"""What heads begin with."""


def _on_its_base(model: ModelValue, models: list[ModelValue]) -> ModelValue:
    """Return a head of an excerpt on the one base beside it, where no `fit` is shown of either."""
    bases = [m for m in models if m.pretrained is not None]
    head = bool(model.layers) and model.layers[0].kind in _HEADS and not model.layers[0].input_shape
    if len(bases) != 1 or not head or model.root is not None or any(m.fitted for m in models):
        return model
    return dataclasses.replace(model, backbone=bases[0])


def _is_within(model: ModelValue, follower: State, tree: ast.Module) -> bool:
    """Return whether a network is given to what makes another one of it, which is not shown."""
    given = {id(call) for one, call in follower.lent if one is model}
    asked = [ast.unparse(n.value) for n in ast.walk(tree)
             if given and isinstance(n, ast.Attribute) and n.attr == "parameters"]  # fmt: skip
    made = [s for s in ast.walk(tree) if given and isinstance(s, ast.Assign)
            and any(id(n) in given for n in ast.walk(s.value))]  # fmt: skip
    names = {ast.unparse(target) for s in made for target in s.targets}
    return any(text == name or text.startswith(f"{name}.") for text in asked for name in names)


def _as_far_as_told(built: list[ModelValue], follower: State, tree: ast.Module) -> ModelValue:
    """Return a network that nothing compiles, with what is not known of it behind its layers.

    It may be a part of one that could not be followed; and where a script makes several, which of
    them a loop trains, and on what, is not told.
    """
    model, models = (built or [ModelValue()])[-1], follower.models
    # A method that is followed again makes its parts again.
    parts_at = {m.line for m in models if m.inside}
    several = len({m.line for m in built if m.layers} - parts_at) > 1
    if several:
        model = dataclasses.replace(model, pretrained=None, backbone=None)
    elif not (any(m.unseen and not m.layers for m in models) or _is_within(model, follower, tree)):
        return model
    after = [Layer(kind=OPAQUE)] if model.layers else []
    return dataclasses.replace(model, layers=[*model.layers, *after])


def _apart(
    network: ModelValue, networks: list[ModelValue], models: list[ModelValue]
) -> list[ModelValue]:
    """Return the networks whose images are no matter of one: those that are trained beside it.

    So are pretrained ones that are asked as they come, where another one is fitted.
    """
    asked = [m for m in models if m.pretrained and not (m.fitted or m.inside)]
    others = [*networks, *(asked if network.fitted else [])]
    return [m for m in others if m is not network and m is not network.root]


def _from_other_files(ledger: Ledger, tree: ast.Module) -> list[ModelValue]:
    """Return the networks that are loaded from files in which the script saves none of its own."""
    loaded = ledger.loaded()
    kept = saved_under(tree) if loaded else None
    return [m for m in loaded if kept and stem(m.file) not in kept and not m.fitted]


MOST_LOOKED_AT, MOST_BESIDE = 24, 8


def _unlike(last: Script, beside: list[Script]) -> list[Script]:
    """Return the networks that differ from the last one, and from each other, in what is told."""
    found = [last]
    for one in reversed(beside):
        if not any(_terms(one) == _terms(other) for other in found):
            found.append(one)
    return found[1 : MOST_BESIDE + 1]


def _terms(script: Script) -> tuple[object, ...]:
    return script.recipe, script.compile, script.fit, script.feeds


_CLASSES = lazy_re.compile(r"(?:nb?|num|number)_?(?:of_)?class(?:es)?$", re.IGNORECASE)


def _keep_summed(ledger: Ledger, program: Program | None) -> None:
    """Keep that a loss is summed over images: of a loop, one that gradients are computed of."""
    learns = list(program.events("backward")) if program is not None else []
    if program is not None and program.known and learns:
        ledger.calls[:] = [call for call in ledger.calls if call.name != SUMMED_LOSS]
    summed = next((event for event in learns if event.detail == "sum"), None)
    if summed is not None:
        ledger.call(SUMMED_LOSS, {}, summed.line)


def _keep_unreached(follower: State, tree: ast.Module) -> None:
    """Keep branches of schedules that no epoch comes to, and figures that are never renewed."""

    def known(node: ast.expr) -> float | None:
        if isinstance(node, ast.Constant):
            found: Value = node.value
        elif isinstance(node, ast.Name):
            found = follower.names.get(node.id)
        else:
            return None
        number = isinstance(found, (int, float)) and not isinstance(found, bool)
        return float(found) if number else None

    for one in forgotten(tree):
        named = {"name": Fact(one.name, one.what, one.line)}
        follower.ledger.call(FORGOTTEN, named, one.line)
    for branch in unreached(tree, known):
        told = {"before": Fact("", None, branch.before)}
        follower.ledger.call(UNREACHED, told, branch.line)


def _keep_classes(follower: State, tree: ast.Module) -> None:
    """Keep the number of classes that a script gives a name, and names that it lists for them.

    What chooses one of them is its number, not how many there are.
    """
    if (listed := listed_in_another_order(tree)) is not None:
        told = {name: Fact(str(said), said, listed.line) for name, said in listed._asdict().items()}
        follower.ledger.call(NAMES_LISTED, told, listed.line)
    choosing = {
        node.slice.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name)
    }
    aside = _beside_the_network(tree)
    for name, value in follower.names.items():
        if (
            name not in choosing
            and name not in aside
            and _CLASSES.match(name)
            and isinstance(value, int)
            and 1 < value < MOST_CLASSES
        ):
            line = follower.origins.get(name, ("", 0))[1]
            follower.ledger.call("n_classes", {"value": Fact(str(value), value, line)}, line)


def _beside_the_network(tree: ast.Module) -> set[str]:
    """Return the names that are read by nothing but loops which count: no network, no labels."""
    parents = {c: node for node in ast.walk(tree) for c in ast.iter_child_nodes(node)}
    counting: set[str] = set()
    other: set[str] = set()
    for node, parent in parents.items():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            match parent:
                case ast.Call(func=ast.Name(id="range")):
                    counting.add(node.id)
                case _:
                    other.add(node.id)
    return counting - other


MOST_CLASSES = 10_000
_OUTPUTS = lazy_re.compile(
    r"(?:head|out(?:put)?s?|logits?|pred(?:iction)?s?|classifier|final|last)(?:_?(?:layer|dense|fc))?$",
    re.IGNORECASE,
)


def _named_as_output(follower: State) -> list[Layer]:
    """Return the one layer that an excerpt makes and calls an output, and applies nowhere."""
    made = {n: v for n, v in follower.names.items() if isinstance(v, LayerValue)}
    named = [value for name, value in made.items() if _OUTPUTS.match(name)]
    return list(_layers_of(named[0])) if len(made) == len(named) == 1 else []


def _ends(model: ModelValue, calls: list[Call]) -> bool:
    """Return whether a network made by `add` is whole: it is used, or ends as a classifier does."""
    last = model.layers[-1] if model.layers else None
    used = any(c.name in {"compile", "fit", "fit_generator", "evaluate", "predict"} for c in calls)
    return used or last is None or last.activation in _ENDS or last.kind == "Softmax"


def _keep_scrambled(follower: State) -> None:
    """Keep images whose pixels are mixed up, where an excerpt does not show what they are for."""
    ledger = follower.ledger
    if any(feed.inputs.has("scrambled") for feed in ledger.feeds):
        return
    for value in follower.names.values():
        if isinstance(value, Data) and any(o.name == "scrambled" for o in value.operations):
            ledger.keep(Feed(use="predict", inputs=shown_in_part(value), line=value.line))
            return


def _with_format(layers: list[Layer], made: list[Call]) -> Iterator[Layer]:
    """Yield the layers, with the place of channels that the script sets for all of them."""
    setters = (c for c in made if c.name in {"set_image_data_format", "set_image_dim_ordering"})
    facts = [fact for call in setters for fact in call.arguments.values()]
    place = data_format(facts[-1].value) if facts else None
    for layer in layers:
        if layer.kind == "InputLayer" and not layer.input_shape:
            continue
        spatial = layer.kind in SPATIAL and layer.data_format is None
        yield replace(layer, data_format=place) if place and spatial else layer


def _layers_of(value: Value) -> list[Layer]:
    if isinstance(value, ModelValue):
        return list(value.layers)
    return [value.layer] if isinstance(value, LayerValue) else []


def _prepares(follower: State) -> bool:
    """Return whether this is a fragment that prepares images or labels from any other Python."""
    telling = {"one_hot", "scale", "preprocess", "augment", "split", "standardise", "label_encode",
               "class_mode", "assign_range", "colour", "batch"}  # fmt: skip
    return any(
        isinstance(v, Data)
        and ({o.name for o in v.operations} & telling or v.origin in {"cv2.imread", "listdir"})
        for v in follower.names.values()
    )


def _joined(trained: ModelValue, built: ModelValue) -> ModelValue:
    built.compiled = built.compiled or trained.compiled
    built.fitted = built.fitted or trained.fitted
    built.optimizer = built.optimizer or trained.optimizer
    built.callbacks = built.callbacks or trained.callbacks
    return built


def _set_own_terms(
    model: ModelValue, follower: State, tree: ast.Module, program: Program | None
) -> None:
    """Set loss and optimizer of a training loop, which compiles nothing, from its objects."""
    by_batch = program.stepped_by_batch if program is not None else frozenset()
    idle = program.never_stepped if program is not None else frozenset()
    if follower.scored is not None:
        called, scores = follower.scored
        model.compiled = model.compiled or _compiled(called, model)
        if isinstance(scores, Data):
            model.layers = [*model.layers, *_behind_the_network(scores)]
    losses = {v.fact for v in follower.names.values() if isinstance(v, Loss)}
    if len(losses) > 1 and model.layers:
        # Which of them is of which output is not told.
        model.layers = [*model.layers, Layer(kind=OPAQUE)]
    for value in follower.names.values():
        if isinstance(value, Loss) and not model.compiled:
            model.compiled = _compiled(value, model)
        if isinstance(value, OptimizerValue) and not (
            model.optimizer or _is_beside(value, program)
        ):
            model.optimizer = value
        if isinstance(value, Schedule) and value.line not in idle:
            plan = replace(value, unit="steps") if value.line in by_batch else value
            model.callbacks = (CallbackValue("scheduler", {}, plan, plan.line or 0),)
    if not model.compiled and (in_methods := torch.loss_called(tree)):
        model.compiled = _compiled(in_methods, model)


def _compiled(loss: Loss, model: ModelValue) -> dict[str, Fact]:
    return {"loss": Fact(loss.fact, loss.fact, model.line)}


def _behind_the_network(scores: Data) -> list[Layer]:
    """Return the activations that a loop puts between its network and its loss."""
    called = [o for o in scores.operations if o.name == "call"]
    names = [str(o.value) for o in called]
    behind = called[names.index(A_NETWORK) + 1 :] if A_NETWORK in names else []
    return [Layer(kind="Activation", activation=str(o.value), line=o.line or scores.line)
            for o in behind if o.value in _ENDS]  # fmt: skip


_ENDS = frozenset({"softmax", "log_softmax", "sigmoid"})


def _whole(fact: Fact | None) -> int | None:
    value = fact.value if fact else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _epochs(model: ModelValue, again: frozenset[int]) -> int | None:
    """Return the epochs that `fit` is given, where it is all that trains the network."""
    return None if model.fitted_at in again else _whole(model.fitted.get("epochs"))


def _batch_of_feed(feeds: list[Feed], calls: list[Call]) -> int | None:
    for feed in feeds:
        if feed.use == "train":
            for operation in reversed(feed.inputs.operations):
                if operation.name in {"batch", "batch_size"} and isinstance(operation.value, int):
                    return operation.value
    for call in calls:
        if call.name.startswith(("flow", "image_dataset", "DataLoader")):
            size = _whole(call.arguments.get("batch_size"))
            if size:
                return size
    return None


def _lone_optimizer(follower: State, program: Program | None) -> OptimizerValue | None:
    """Return the one optimizer that a fragment makes, where no compile is shown to take it."""
    made = [v for v in follower.names.values() if isinstance(v, OptimizerValue)]
    return made[0] if len(made) == 1 and not _is_beside(made[0], program) else None


def _is_beside(value: OptimizerValue, program: Program | None) -> bool:
    """Return whether an optimizer moves weights of no network."""
    return program is not None and program.moves_no_network(value.optimizer.line or 0)


def _optimizer(
    model: ModelValue,
    schedules: EpochRates,
    calls: list[Call],
    alone: OptimizerValue | None,
) -> Optimizer | None:
    optimizer = optimizer_of(model.optimizer or alone)
    schedule = next((c.schedule for c in model.callbacks if c.schedule), None)
    if schedule is None:
        begin = optimizer.learning_rate if optimizer else None
        schedule = _by_epoch(model.callbacks, model, schedules, begin) or _one_cycle(calls)
    if schedule is None:
        return optimizer
    return replace(optimizer or Optimizer(), schedule=schedule)


def _by_epoch(
    callbacks: tuple[CallbackValue, ...],
    model: ModelValue,
    schedules: EpochRates,
    begin: float | None,
) -> Schedule | None:
    for callback in callbacks:
        if callback.name == "LearningRateScheduler":
            function = callback.arguments.get("schedule")
            rates = schedules(function, _whole(model.fitted.get("epochs")) or 50, begin)
            if rates:
                return Schedule(kind="table", rates=rates, unit="epochs", line=callback.line)
    return None


def _one_cycle(calls: list[Call]) -> Schedule | None:
    """Return fastai's `fit_one_cycle(epochs, max_lr)` as the schedule it is."""
    for call in calls:
        if call.name == "fit_one_cycle":
            given = call.arguments
            epochs = given.get("argument 0") or given.get("cyc_len") or given.get("n_epoch")
            top = given.get("max_lr") or given.get("lr_max") or given.get("argument 1")
            plain = epochs is not None and isinstance(epochs.value, int)
            rate = top.value if top is not None and isinstance(top.value, float) else None
            if plain and epochs is not None:
                total = float(epochs.value)
                return Schedule(
                    kind="one_cycle", high=rate, total=total, unit="epochs", line=call.line
                )
    return None


def _patience(model: ModelValue) -> int | None:
    for callback in model.callbacks:
        if callback.name == "EarlyStopping":
            patience = callback.arguments.get("patience", 0)
            return patience if isinstance(patience, int) else None
    return None


def _image_size(layers: list[Layer], calls: list[Call]) -> int | None:
    shape = next((x.input_shape for x in layers if x.input_shape), None)
    if shape and len(shape) == 3:
        return shape[1] if shape[0] in {1, 3} else shape[0]
    for call in calls:
        size = call.arguments.get("target_size") or call.arguments.get("image_size")
        if size and isinstance(size.value, list) and size.value and isinstance(size.value[0], int):
            return size.value[0]
    return None


def _names_read(tree: ast.Module) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                names.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()):
                names.add(name)
            case _:
                pass
    return frozenset(names)


def _loop_targets(tree: ast.Module) -> frozenset[str]:
    """Return the names that loops give to what they go over, read or not."""
    targets = (n.target for n in ast.walk(tree) if isinstance(n, (ast.For, ast.comprehension)))
    return frozenset(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))


def _ends_in(value: Data, telling: set[str], source: str, line: int) -> bool:
    """Return whether the statement on a line prepared data, itself or by what it calls."""
    steps = value.operations
    by_call = source.endswith(")")
    return bool(steps) and steps[-1].name in telling and (by_call or steps[-1].line >= line)


def _never_read(follower: State, read: frozenset[str], path: str) -> tuple[Unread, ...]:
    """Return assignments of prepared data, class weights or optimizers that nothing reads."""
    telling = {"scale", "standardise", "divide", "shift", "preprocess", "one_hot", "resize"}
    # Of the parts of a split, or of what a call returns, some are read.
    used = {made for name, made in follower.origins.items() if name in read}
    found = []
    for name, (source, line) in follower.origins.items():
        if name in read or (source, line) in used:
            continue
        value = follower.names.get(name)
        if isinstance(value, OptimizerValue):
            found.append(Unread(source, name, line, "optimizer"))
        elif CLASS_WEIGHTS.search(name) or (_WEIGHTS.fullmatch(name) and _WEIGHED.match(source)):
            found.append(Unread(source, name, line, "weights"))
        elif isinstance(value, Data) and _ends_in(value, telling, source, line):
            found.append(Unread(source, name, line, "data", value.origin))
        elif isinstance(value, Data) and value.labels is not None and not value.free:
            found.append(Unread(source, name, line, "set", value.origin))
    # A cell of a notebook ends in what it shows.
    for source, data in () if path.endswith(".ipynb") else follower.thrown_away:
        if {o.name for o in data.operations} & telling and data.operations:
            found.append(Unread(source, "", data.operations[-1].line, "data", data.origin))
    return tuple(found)


_WEIGHTS = lazy_re.compile(r"(?:class_|cls_)?(?:weights?|wts?)|cw", re.IGNORECASE)
_WEIGHED = lazy_re.compile(r"\{|dict\(|.{0,80}\bcompute_class_weight\(")
"""Short names of class weights, and what makes them such: numbers by class."""


def _framework(tree: ast.Module, calls: list[Call]) -> Framework | None:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) == ("tf", "keras"):
                names.add("tensorflow.keras")
            elif node.value.id in {"nn", "torch"}:
                names.add("torch")
    roots = {name.partition(".")[0] for name in names}
    if any(name.startswith("tensorflow.keras") for name in names):
        return "tf.keras"
    if any(call.name in {"cnn_learner", "vision_learner", "fit_one_cycle"} for call in calls):
        return "fastai"
    for root in ("keras", "fastai", "torch", "tensorflow"):
        if root in roots:
            return root
    return "torch" if "transformers" in roots else None
