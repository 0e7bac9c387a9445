"""What methods and attributes that libraries give to networks, optimizers and tensors do."""

from __future__ import annotations

import ast
import dataclasses
import re
from typing import TYPE_CHECKING, Final

from fitdoctor import lazy_re
from fitdoctor.code.trainings import batches
from fitdoctor.code.trainings.counting import monitored
from fitdoctor.code.trainings.domain import (
    TOP,
    Arguments,
    Fitter,
    FunctionValue,
    Gradient,
    Items,
    Keywords,
    LossFunction,
    Mapping,
    Maybe,
    Meter,
    Net,
    Object,
    Opt,
    Params,
    Record,
    Scaler,
    Scheduler,
    Sequence,
    Settings,
    Source,
    StateDict,
    Table,
    Tensor,
    Text,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.figures import (
    HALF,
    added_up,
    cut_at,
    softmax_along,
    weighted_by_count,
)
from fitdoctor.code.trainings.functions import of_outputs
from fitdoctor.code.trainings.heap import tensors_in, union
from fitdoctor.code.trainings.kept import put_back, state_of
from fitdoctor.code.trainings.library import hold, part_of
from fitdoctor.code.trainings.machine import Step
from fitdoctor.code.trainings.sets import m_item
from fitdoctor.code.trainings.tables import SAME_ROWS
from fitdoctor.code.trainings.tensors import along_images, matched, reduced, taken_largest
from fitdoctor.code.trainings.texts import path

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine

_SAME_NET: Final = frozenset(
    {"to", "cuda", "cpu", "half", "float", "double", "bfloat16", "share_memory", "to_empty",
     "xpu", "type"}
)  # fmt: skip
_PARAMETERS: Final = frozenset(
    {"parameters", "named_parameters", "trainable_variables", "trainable_weights", "variables",
     "weights", "get_parameters"}
)  # fmt: skip
_PARTS: Final = frozenset(
    {"children", "modules", "named_children", "named_modules", "layers", "values", "items"}
)
_NAMED: Final = frozenset({"named_children", "named_modules", "items"})
_QUIET_NET: Final = frozenset(
    {"summary", "register_buffer", "get_config", "count_params", "extra_repr", "eval_mode", "size",
     "register_forward_hook", "named_buffers", "buffers", "build", "save", "save_weights",
     "no_sync",
     "get_weights", "log", "log_dict", "save_hyperparameters", "print"}
)  # fmt: skip
_ARGUMENT_OF: Final = {"flow_from_directory": "directory", "flow_from_dataframe": "dataframe"}
_FLOWS: Final = frozenset({"flow", "flow_from_directory", "flow_from_dataframe"})
"""Methods of Keras' generators that give batches."""
_SAME_SET: Final = frozenset(
    {"shuffle", "map", "prefetch", "repeat", "cache", "with_transform", "filter", "apply",
     "interleave", "unbatch", "as_numpy_iterator", "with_options", "take", "skip"}
)  # fmt: skip
_CUTTING: Final[dict[str, ast.cmpop]] = {
    "gt": ast.Gt(), "ge": ast.GtE(), "lt": ast.Lt(), "le": ast.LtE(),
}  # fmt: skip
_NO_GRAPH: Final = frozenset({"item", "detach", "numpy", "tolist", "detach_"})
_SAME_ROLE: Final = frozenset(
    {"cpu", "cuda", "to", "float", "long", "int", "double", "clone", "contiguous", "view",
     "reshape",
     "squeeze", "unsqueeze", "flatten", "type", "half", "byte", "cumsum", "view_as", "eq_", "numpy",
     "item", "detach", "tolist", "data", "requires_grad_", "type_as", "astype", "bool", "ravel",
     "cast", "nonzero"}
)  # fmt: skip


def method(
    machine: Machine, owner: Value, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method gives, and keep what it does."""
    match owner:
        case Maybe(value=inner):
            return method(machine, inner, name, arguments, keywords, line)
        case Net():
            return of_net(machine, owner, name, arguments, keywords, line)
        case Opt():
            return of_opt(machine, owner, name, arguments, keywords, line)
        case Scheduler():
            if name == "step":
                given = arguments[0] if arguments else keywords.get("metrics", TOP)
                told = monitored(given, machine.written) if owner.mode else ""
                machine.emit(Step("schedule", line, schedule=owner, detail=told))
            return Tensor("other")
        case Fitter():
            from fitdoctor.code.trainings.frameworks import of_fitter  # noqa: PLC0415

            return of_fitter(machine, owner, name, arguments, keywords, line)
        case Meter():
            return _of_meter(machine, owner, name, arguments, keywords, line)
        case Scaler():
            return of_scaler(machine, owner, name, arguments, keywords, line)
        case Tensor():
            return of_tensor(machine, owner, name, arguments, keywords, line)
        case Params():
            return of_params(machine, owner, name, arguments, line)
        case Gradient():
            if name in {"zero_", "fill_"}:
                machine.emit(Step("clear", line, leaves=owner.of.leaves))
            elif name in {"copy_", "add_", "sub_", "set_"}:
                machine.emit(Step("unknown", line, leaves=owner.of.leaves))
            return owner
        case Sequence():
            return of_sequence(machine, owner, name, arguments, line)
        case Mapping():
            return of_mapping(machine, owner, name, arguments, line)
        case Source():
            return _derived(machine, owner, name, arguments, keywords, line)
        case Unknown():
            return of_unknown(machine, owner, name, arguments, keywords, line)
        case Table():
            return owner if name in SAME_ROWS else TOP
        case Text() if name == "joinpath":
            return path([owner, *arguments])
        case Text():
            return owner if name in _SAME_PATH else TOP
        case LossFunction() | Items() | str() | int() | float() | None | tuple():
            return owner if isinstance(owner, (LossFunction, Items)) else TOP
        case Record() if name == "__init__":
            machine.escape([*arguments, *keywords.values()], line)
            return None
        case Record():
            made = Unknown(line, name, machine.reach(owner))
            machine.escape([owner, *arguments, *keywords.values()], line)
            return made
        case _:
            for value in (*arguments, *keywords.values()):
                if isinstance(value, FunctionValue):
                    machine.called_anyhow(value)
            machine.escape([*arguments, *keywords.values()], line)
            return TOP


_SAME_PATH: Final = frozenset({"resolve", "absolute", "expanduser", "as_posix"})
_SPLITTERS: Final = frozenset(
    {"KFold", "StratifiedKFold", "GroupKFold", "StratifiedGroupKFold", "RepeatedKFold",
     "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit", "LeaveOneOut"}
)  # fmt: skip
_FOLDS: Final = lazy_re.compile(r"fold|kf|cv|splitter", re.IGNORECASE)
"""What excerpts call what splits in folds."""
_ORDER_KEPT: Final = frozenset(
    {"map", "prefetch", "apply", "with_options", "enumerate", "filter", "unbatch"}
)
"""Methods of a dataset that leave its order as it comes."""
MOST_PLACES: Final = 3
"""The third argument of `shuffle` by place is whether it shuffles anew."""


_METER_STEPS: Final = {
    "update_state": "update", "__call__": "update", "result": "read", "reset_state": "reset",
    "reset_states": "reset",
}  # fmt: skip


def _of_meter(
    machine: Machine, meter: Meter, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of a metric gives, and keep what it does to the sum."""
    tensors = [t for v in (*arguments, *keywords.values()) for t in tensors_in(v, machine.heap)]
    if name in _METER_STEPS:
        machine.emit_aside(_METER_STEPS[name], line, meter=meter)
    if len(tensors) > 1:
        machine.measured(tensors, line)
    machine.note(tuple(tensors))
    return Tensor("other")


def _derived(
    machine: Machine, source: Source, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return a set that is made of another: batches, shuffled, mapped."""
    if name in {"batch", "padded_batch"}:
        return Source(line, source.name, source, loader=True, names=set(), anew=source.anew)
    if name == "shuffle":
        anew = _shuffles_anew(arguments, keywords)
        return _in_order(source, line if anew else 0)
    if name in {"take", "skip"}:
        if source.anew:
            taken = machine.cut.setdefault(source, set())
            taken.add(name)
            machine.parted = machine.parted or (source.anew if len(taken) > 1 else 0)
        return Source(line, name, None, source.single, None, source.loader)
    if name in _SAME_SET:
        return source if name in _ORDER_KEPT or not source.anew else _in_order(source, 0)
    return TOP


def _shuffles_anew(arguments: Arguments, keywords: Keywords) -> bool:
    """Return whether a dataset of TensorFlow gets another order at every pass."""
    told = keywords.get("reshuffle_each_iteration", True)
    sized = bool(arguments) or "buffer_size" in keywords
    return sized and (told is True or told is None) and len(arguments) < MOST_PLACES


def _in_order(source: Source, anew: int) -> Source:
    """Return the same images in an order that is new at every pass, or is kept."""
    return dataclasses.replace(
        source, base=source, names=set(), parameters=set(), anew=anew, part=None
    )


def of_net(
    machine: Machine, net: Net, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of a network gives that the script does not define itself."""
    first = arguments[0] if arguments else next(iter(keywords.values()), TOP)
    if name == "__init__":
        if net.keras and (len(arguments) > 1 or "outputs" in keywords):
            of_outputs(machine, net, arguments, keywords)
        return None
    if name in {"train", "eval"}:
        _switch(machine, net, name, arguments, keywords)
        return net
    if name in _SAME_NET or name == "apply":
        machine.set_precision(net, name, first)
        return net
    if name in _PARAMETERS:
        params = Params(machine.registered(net))
        return Items((TOP, params)) if name == "named_parameters" else params
    if name in _PARTS:
        return parts_of(machine, net, name, line)
    if name == "zero_grad":
        machine.emit(Step("clear", line, leaves=machine.leaves(net)))
        return None
    if name == "requires_grad_":
        value = first if arguments or keywords else True
        machine.set_trainable(Params(machine.leaves(net)), trainable=value, line=line)
        return net
    if name == "state_dict":
        return state_of(machine, net, line)
    if name == "reset_parameters" or (name == "apply" and isinstance(first, FunctionValue)):
        machine.emit_aside("load", line, nets=frozenset({net}))
    if name in _LOADING:
        put_back(machine, net, first)
        machine.emit_aside("load", line, nets=frozenset({net}), file=_file_of(first))
        if net not in machine.forward_leaves:  # after training it is given its own again
            for leaf in machine.leaves(net):
                machine.heap.set(leaf, "loaded", value=True)
        return TOP
    if name in {"add_module", "append", "add", "insert", "register_module"}:
        part = arguments[-1] if arguments else TOP
        key = first if isinstance(first, str) else f"{len(machine.heap.items(net))}"
        machine.heap.set(net, key, part)
        net.activation = part.activation if isinstance(part, Net) else None
        return net
    if name == "manual_backward":
        machine.backward(first, line)
        return None
    if name in {"forward", "call", "__call__"}:
        return machine.call(net, arguments, keywords, line)
    if net.keras:
        return _of_keras(machine, net, name, arguments, keywords, line)
    if name in _QUIET_NET:
        return TOP
    machine.escape([net, *arguments, *keywords.values()], line)
    return TOP


_LOADING: Final = frozenset({"load_state_dict", "load_weights", "set_weights", "from_pretrained"})
_FITTING: Final = frozenset({"fit", "fit_generator"})
_SAVING: Final = frozenset({"save", "save_weights"})


def _file_of(value: Value) -> Object | None:
    """Return the checkpoint that a value is, or is a part of."""
    if not isinstance(value, Unknown) or value.default_mode != "unknown":
        return None
    return value.file or value


def _keep_aside(machine: Machine, net: Object, name: str, keywords: Keywords, line: int) -> None:
    """Keep what `fit`, `compile`, `save` and `load_weights` do to a network of Keras."""
    nets = frozenset({net})
    shown = isinstance(net, Net) or bool(keywords.keys() & {"epochs", "nb_epoch", "batch_size"})
    if name in _FITTING:
        machine.emit_aside("fit", line, nets=nets, detail="" if shown else "assumed")
        weighted_by_count(machine, keywords.get("class_weight"), line)
    elif name == "compile" and machine.written is not None:
        machine.emit_aside("compile", line, nets=nets, detail=ast.dump(machine.written))
    elif name in _SAVING:
        machine.emit_aside("save", line, nets=nets)
    elif name in {"load_weights", "set_weights"} and isinstance(net, Unknown):
        machine.emit_aside("load", line, nets=nets)


def _of_keras(
    machine: Machine, net: Net, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    from fitdoctor.code.trainings import frameworks  # noqa: PLC0415

    _keep_aside(machine, net, name, keywords, line)
    done = frameworks.of_keras_model(machine, net, name, arguments, keywords, line)
    if done is not NotImplemented:
        return done
    tensors = [t for v in arguments[:1] for t in tensors_in(v, machine.heap)]
    if name in {"predict", "predict_on_batch", "evaluate", "test_on_batch"}:
        out = machine.forward(net, tensors, line, frozenset({"eval"}))
        return dataclasses.replace(out, graph=False)
    if name == "get_layer":
        part = Net(line, f"{net.name} layer", keras=True)
        machine.heap.set(part, "either", net)
        return part
    if name == "compile":
        machine.heap.set(net, "compiled", value=True)
        cost = keywords.get("loss", arguments[1] if len(arguments) > 1 else None)
        if isinstance(cost, LossFunction) and cost.takes_logits == "sigmoid":
            machine.figures.logits.add(net)
        given = keywords.get("optimizer", arguments[0] if arguments else TOP)
        if isinstance(given, Opt):
            machine.heap.set(given, "shown", value=False)
        return None
    if name in _QUIET_NET:
        return TOP
    machine.escape([net, *arguments, *keywords.values()], line)
    return TOP


def _switch(
    machine: Machine, net: Object, name: str, arguments: Arguments, keywords: Keywords
) -> None:
    machine.switched.add(net)
    told = arguments[0] if arguments else keywords.get("mode", True)
    if name == "eval":
        told = False
    if isinstance(told, bool):
        machine.set_mode(net, "train" if told else "eval")
    else:
        for one in machine.inside(net):
            machine.heap.set(one, "mode", frozenset({"unknown"}))


def parts_of(machine: Machine, net: Net, name: str, line: int) -> Value:
    everywhere = name in {"modules", "named_modules"}
    found = machine.inside(net) if everywhere else list(machine.parts(net))
    names = [k for k, v in machine.heap.items(net).items() if isinstance(v, (Net, Unknown))]
    if not everywhere and name in _NAMED and len(names) == len(found):
        return machine.sequence(zip(names, found, strict=True), line)
    items = [(TOP, one) if name in _NAMED else one for one in found]
    return machine.sequence(items, line)


def of_opt(
    machine: Machine, opt: Opt, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of an optimizer gives."""
    empty: frozenset[Object] = frozenset()
    holds: frozenset[Object] = machine.heap.get(opt, "holds", empty)
    if name == "step":
        given = keywords.get("closure", arguments[0] if arguments else None)
        result = TOP
        if isinstance(given, FunctionValue):
            result = machine.call(given, [], {}, line)
        machine.step(opt, line)
        return result
    if name == "zero_grad":
        machine.emit(Step("clear", line, leaves=holds, opt=opt))
        return None
    if name in {"state_dict", "load_state_dict"}:
        machine.emit_aside("save" if name == "state_dict" else "load", line, opt=opt)
        return TOP
    if name in {"add_param_group", "__init__"}:
        hold(machine, opt, arguments[0] if arguments else TOP)
        return None
    if name in {"apply_gradients", "apply"}:
        given_ = [*arguments, *keywords.values()]
        params = [machine.params(v)[0] for v in given_]
        leaves = frozenset[Object]().union(*(p.leaves for p in params))
        machine.heap.set(opt, "holds", holds | leaves)
        machine.heap.set(opt, "shown", value=bool(leaves) and opt.keras)
        machine.step(opt, line)
        return None
    if name == "minimize":
        leaves = frozenset[Object]().union(*(machine.params(v)[0].leaves for v in arguments[1:]))
        machine.heap.set(opt, "holds", holds | leaves)
        machine.heap.set(opt, "shown", value=bool(leaves) and opt.keras)
        value = arguments[0] if arguments else keywords.get("loss", TOP)
        if isinstance(value, FunctionValue):
            value = machine.call(value, [], {}, line)
        machine.emit(Step("clear", line, leaves=leaves, opt=opt))
        machine.backward(value, line, leaves or None)
        machine.step(opt, line)
        return None
    return TOP


def of_scaler(
    machine: Machine, scaler: Scaler, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a gradient scaler, an accelerator or a gradient tape gives."""
    first = arguments[0] if arguments else TOP
    if name == "step" and isinstance(first, (Opt, Unknown)):
        machine.emit_aside("through", line, opt=first)
        return method(machine, first, "step", arguments[1:], keywords, line)
    if name == "backward":
        machine.backward(first, line)
        return None
    if name == "unscale_":
        machine.emit_aside("unscale", line)
    if name == "scale" and isinstance(first, Tensor):
        return dataclasses.replace(first, scaled=True)
    if name in {
        "prepare",
        "scale",
        "unwrap_model",
        "gather",
        "gather_for_metrics",
        "reduce",
        "pad",
    }:
        return tuple(arguments) if len(arguments) > 1 else first
    if name == "gradient":
        machine.figures.taped = True
        wanted = arguments[1] if len(arguments) > 1 else keywords.get("sources", TOP)
        params, _ = machine.params(wanted)
        machine.emit(Step("clear", line, leaves=params.leaves, all=not params.leaves))
        machine.backward(first, line, params.leaves or None)
        return Gradient(params)
    if name in {"minimize", "scale_loss"}:
        return first
    return TOP


def of_tensor(
    machine: Machine, tensor: Tensor, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of a tensor gives."""
    if name == "backward":
        machine.backward(tensor, line)
        return None
    first = arguments[0] if arguments else None
    if name in {"max", "argmax", "topk"}:
        axis = keywords.get("dim", keywords.get("axis", first))
        return taken_largest(machine, tensor, axis, line, pair=name != "argmax")
    if name in {"softmax", "sigmoid"}:
        softmax_along(machine, tensor, keywords.get("dim", first))
        return batches.after(
            name, dataclasses.replace(tensor, activation=name, squashed=True), arguments
        )
    if name == "log_softmax":
        return dataclasses.replace(tensor, activation=None, role="other")
    if name in {"eq", "equal", "__eq__"} and isinstance(first, Tensor):
        return matched(machine, tensor, first, line)
    if name in {"sum", "mean"}:
        return reduced(tensor, name)
    if name == "round":
        cut_at(machine, tensor, None, HALF, line)
    if name in _CUTTING:
        wrong = cut_at(machine, tensor, _CUTTING[name], first, line)
        if wrong:
            machine.emit(Step("miscount", line, detail=wrong))
        return dataclasses.replace(tensor, role="test", graph=False)
    if name in {"size", "dim", "numel", "shape", "__len__"}:
        return batches.rows_of(tensor) if name == "size" and first == 0 else Tensor("other")
    given = [t for v in arguments for t in tensors_in(v, machine.heap)]
    kept = tensor if name in _SAME_ROLE else dataclasses.replace(
        tensor, role="loss" if tensor.role == "loss" else "other", activation=None)  # fmt: skip
    if name in _NO_GRAPH:
        kept = dataclasses.replace(kept, graph=False)
    kept = batches.after(name, kept, arguments)
    if given:
        kept = dataclasses.replace(union(kept, *given), role=kept.role)
    return kept


def of_params(
    machine: Machine, params: Params, name: str, arguments: Arguments, line: int
) -> Value:
    """Return what a method of weights gives."""
    if name == "requires_grad_":
        machine.set_trainable(params, trainable=arguments[0] if arguments else True, line=line)
    elif name == "zero_grad":
        machine.emit(Step("clear", line, leaves=params.leaves))
    elif name == "assign" or (name.endswith("_") and name != "register_hook_"):
        machine.touched |= params.leaves
    elif name in {"size", "numel"}:
        return Tensor("other")
    return params


def of_sequence(
    machine: Machine, items: Sequence, name: str, arguments: Arguments, line: int
) -> Value:
    """Return what a method of a list gives."""
    held: tuple[Value, ...] = machine.heap.get(items, "items", ())
    if name in {"append", "add"} and arguments:
        arguments = [added_up(machine, arguments[0], line)]
        if not any(arguments[0] is v for v in held) and len(held) < 64:
            machine.heap.set(items, "items", (*held, arguments[0]))
        return None
    if name == "insert" and len(arguments) > 1:
        machine.heap.set(items, "items", (arguments[1], *held))
        return None
    if name in {"extend", "update"} and arguments:
        more = machine.elements(arguments[0])
        if more is None:
            item, _, _ = m_item(machine, arguments[0])
            more = (item,)
        machine.heap.set(items, "items", (*held, *(v for v in more if v not in held))[:64])
        return None
    if name == "pop" and held:
        return held[-1]
    if name == "clear":
        machine.heap.set(items, "items", ())
    return TOP


def of_mapping(
    machine: Machine, mapping: Mapping, name: str, arguments: Arguments, line: int
) -> Value:
    """Return what a method of a dictionary gives."""
    fields = machine.heap.items(mapping)
    if isinstance(mapping, StateDict):
        if name == "copy":  # of the names alone: the tensors are the same
            return mapping
        machine.kept_weights.changed.add(mapping)
    if name == "items":
        return machine.sequence(fields.items(), line)
    if name == "values":
        return machine.sequence(fields.values(), line)
    if name == "keys":
        return machine.sequence(fields, line)
    if name in {"get", "pop", "setdefault"} and arguments and isinstance(arguments[0], str):
        return fields.get(arguments[0], arguments[1] if len(arguments) > 1 else TOP)
    if name == "update" and arguments and isinstance(arguments[0], Mapping):
        for key, value in machine.heap.items(arguments[0]).items():
            machine.heap.set(mapping, key, value)
    return TOP


def _of_quiet(
    machine: Machine, owner: Unknown, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of a library's object gives that leaves networks alone."""
    if name == "split" and owner.name in _SPLITTERS:
        return Items((TOP, TOP), folds=True)
    if name in {"parse_args", "parse_known_args"}:
        made = Settings(line, "settings")
        return made if name == "parse_args" else (made, TOP)
    if name in _FLOWS:
        if name in _ARGUMENT_OF:
            given = arguments[0] if arguments else TOP
            machine.folders.note(line, keywords.get(_ARGUMENT_OF[name], given))
        return Source(line, name, loader=True)
    tensors = [t for v in (*arguments, *keywords.values()) for t in tensors_in(v, machine.heap)]
    for tensor in tensors:
        machine.given_away(tensor, line)
    if not tensors:
        return TOP
    return Tensor("other", sources=frozenset[Source]().union(*(t.sources for t in tensors)))


def of_unknown(
    machine: Machine, owner: Unknown, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of something gives whose making is not shown.

    Names that only networks and optimizers have tell what it is, as long as it holds nothing else.
    """
    if owner.quiet:
        return _of_quiet(machine, owner, name, arguments, keywords, line)
    if owner.held:
        if name in _FITTING:
            _keep_aside(machine, owner, name, keywords, line)
        return _of_holder(machine, owner, name, arguments, keywords, line)
    _keep_aside(machine, owner, name, keywords, line)
    first = arguments[0] if arguments else next(iter(keywords.values()), TOP)
    if name == "get" and owner.default_mode == "unknown":
        return part_of(machine, owner, first, line)
    if name == "split" and _FOLDS.search(owner.name):
        return Items((TOP, TOP), folds=True)
    if name == "shuffle" and (isinstance(first, int) or "buffer_size" in keywords):
        kept = Source(owner.line, owner.name)
        machine.heap.set(owner, "as source", kept)
        return _derived(machine, kept, name, arguments, keywords, line)
    machine.set_precision(owner, name, first)
    plain = not arguments or all(isinstance(v, bool) for v in arguments)
    if (name == "eval" and not arguments) or (name == "train" and plain):
        machine.heap.set(owner, "network", value=True)
        _switch(machine, owner, name, arguments, keywords)
        return owner
    if name in {"parameters", "named_parameters", "trainable_variables", "state_dict"}:
        machine.heap.set(owner, "network", value=True)
        if name == "state_dict":
            machine.emit_aside("save", line, nets=frozenset({owner}), opt=owner)
            return state_of(machine, owner, line)
        params = Params(machine.leaves(owner))
        return Items((TOP, params)) if name == "named_parameters" else params
    if name == "zero_grad":
        machine.emit(Step("clear", line, leaves=frozenset({owner}), opt=owner))
        return None
    if name in {"step", "apply_gradients"}:
        return _stepped(machine, owner, arguments, keywords, line)
    if name == "backward":
        machine.backward(owner if not arguments else first, line)
        return None
    if name == "scale" and isinstance(first, Tensor):
        return dataclasses.replace(first, scaled=True)
    if name == "unscale_":
        machine.emit_aside("unscale", line)
        return None
    if name in _SAME_NET:
        return owner
    if name in {"load_state_dict", "requires_grad_"}:
        if name == "load_state_dict":
            put_back(machine, owner, first)
            nets = frozenset[Object]({owner})
            machine.emit_aside("load", line, nets=nets, opt=owner, file=_file_of(first))
        if name == "requires_grad_":
            machine.heap.set(owner, "trainable", first if isinstance(first, bool) else None)
        return owner
    tensors = [t for v in (*arguments, *keywords.values()) for t in tensors_in(v, machine.heap)]
    if name == "compute":
        along_images(machine, tensors, line)
    machine.escape([*arguments, *keywords.values()], line)
    return union(*tensors) if tensors else Unknown(line, name)


def _stepped(
    machine: Machine, owner: Unknown, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    first = arguments[0] if arguments else TOP
    if isinstance(first, (Opt, Unknown)):
        machine.emit_aside("through", line, opt=first)
        machine.step(first, line)
        return None
    if isinstance(first, FunctionValue):
        machine.call(first, [], {}, line)
    if not any(isinstance(v, Tensor) and v.forwards for v in arguments):
        machine.step(owner, line)
    return None


def _of_holder(
    machine: Machine, owner: Unknown, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of an object gives that holds networks or optimizers of the script."""
    if name in {"parameters", "named_parameters"}:
        params = Params(frozenset({owner}), some=True)
        return Items((TOP, params)) if name == "named_parameters" else params
    machine.escape([owner, *arguments, *keywords.values()], line)
    tensors = [t for v in (*arguments, *keywords.values()) for t in tensors_in(v, machine.heap)]
    return union(*tensors) if tensors else Unknown(line, name, owner.held)
