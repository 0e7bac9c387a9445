"""What trainers of libraries do with a network's own methods, as loops.

So do Lightning's `fit`, that of Keras where a network brings its own `train_step`, and
`Trainer.train` of transformers.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from fitdoctor.code.trainings.attributes import meters_of
from fitdoctor.code.trainings.domain import (
    TOP,
    Arguments,
    Fitter,
    FunctionValue,
    Keywords,
    LossFunction,
    Mapping,
    Meter,
    Net,
    Object,
    Opt,
    Record,
    Scheduler,
    Sequence,
    Source,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.functions import HUGGING_FACE
from fitdoctor.code.trainings.heap import tensors_in
from fitdoctor.code.trainings.machine import Entry, Round, Step
from fitdoctor.code.trainings.queries import steps
from fitdoctor.code.trainings.sets import m_item
from fitdoctor.code.trainings.tensors import loss

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine


def of_fitter(
    machine: Machine, fitter: Fitter, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of a trainer gives; `fit` trains as Lightning documents it.

    https://lightning.ai/docs/pytorch/stable/common/lightning_module.html#under-the-hood
    """
    if fitter.name == HUGGING_FACE:
        return _hugging_face(machine, fitter, name, arguments, keywords, line)
    net = arguments[0] if arguments else keywords.get("model", TOP)
    stepped = isinstance(net, Net) and _method(machine, net, "training_step") is not None
    if name != "fit" or not isinstance(net, Net) or not stepped:
        machine.escape([*arguments, *keywords.values()], line)
        return TOP
    places = ("model", "train_dataloaders", "val_dataloaders")
    given = dict(zip(places, arguments, strict=False)) | keywords
    module = given.get("datamodule", given.get("train_dataloaders"))
    sets = [_loader(machine, part, given.get(f"{part}_dataloaders"), module, net)
            for part in ("train", "val")]  # fmt: skip
    configured = _called(machine, net, CONFIGURES, [])
    keep_intervals(machine, configured)
    opts = _optimizers(machine, configured)
    # Lightning steps the schedules that it is given itself.
    machine.escaped |= {s for s in machine.reach(configured) if isinstance(s, Scheduler)}
    epochs = Round(line, rounds=fitter.epochs)
    out = machine.out
    for _ in range(2):
        entries: list[Step | Round] = []
        machine.out = entries  # type: ignore[assignment]
        machine.set_mode(net, "train")
        _train(machine, net, opts, sets[0], line)
        _validate(machine, net, sets[1], line)
        epochs.first, epochs.later = epochs.later, entries  # type: ignore[assignment]
    machine.out = out
    out.append(epochs)
    return TOP


CONFIGURES = "configure_optimizers"
"""The method by which Lightning is told its optimizers and schedules."""


def keep_intervals(machine: Machine, made: Value) -> None:
    """Keep by what Lightning steps each schedule that `configure_optimizers` gives: by epoch.

    Or as its configuration says under "interval".
    https://lightning.ai/docs/pytorch/stable/common/lightning_module.html#configure-optimizers
    """
    match made:
        case Scheduler():
            made.interval = made.interval or "epoch"
        case Mapping():
            plan = machine.heap.get(made, "scheduler")
            told = machine.heap.get(made, "interval")
            if isinstance(plan, Scheduler):
                plan.interval = told if told in {"step", "epoch"} else "epoch"
            keep_intervals(machine, machine.heap.get(made, "lr_scheduler"))
        case tuple() | Sequence():
            for item in machine.elements(made) or ():
                keep_intervals(machine, item)
        case _:
            pass


def _train(machine: Machine, net: Net, opts: list[Opt], images: Value, line: int) -> None:
    item, sources, rounds = m_item(machine, images)
    batches = Round(line, sources, rounds)
    out, machine.out = machine.out, batches.later
    result = _called(machine, net, "training_step", [item, Tensor("other")])
    loss = machine.heap.get(result, "loss") if isinstance(result, Mapping) else result
    if machine.heap.get(net, "automatic_optimization", default=True) is not False:
        for opt in opts:
            holds = machine.heap.get(opt, "holds", frozenset())
            machine.emit(Step("clear", line, leaves=holds, opt=opt))
        machine.backward(loss, line)
        for opt in opts:
            machine.step(opt, line)
    machine.out = out
    out.append(batches)


def _validate(machine: Machine, net: Net, images: Value, line: int) -> None:
    if _method(machine, net, "validation_step") is None:
        return
    item, sources, rounds = m_item(machine, images)
    batches = Round(line, sources, rounds)
    out, machine.out = machine.out, batches.later
    gradients, machine.gradients = machine.gradients, False
    machine.set_mode(net, "eval")
    _called(machine, net, "validation_step", [item, Tensor("other")])
    machine.gradients = gradients
    machine.set_mode(net, "train")
    machine.out = out
    out.append(batches)


def _method(machine: Machine, owner: Value, name: str) -> FunctionValue | None:
    found = machine.attribute(owner, name, 0)
    return found if isinstance(found, FunctionValue) else None


def _called(machine: Machine, owner: Value, name: str, arguments: Arguments) -> Value:
    """Return what a method of the script's own gives; `TOP` where it has none."""
    found = _method(machine, owner, name)
    return machine.call(found, arguments, {}, found.node.lineno) if found is not None else TOP


def _loader(machine: Machine, part: str, given: Value, module: Value, net: Net) -> Value:
    """Return the batches for a part: as they are given, or as a method of a module makes them."""
    if given is not None and given is not TOP and not isinstance(given, Record):
        return given
    for owner in (module, net):
        if isinstance(owner, (Record, Net)) and _method(machine, owner, f"{part}_dataloader"):
            return _called(machine, owner, f"{part}_dataloader", [])
    return Tensor("data")


def _optimizers(machine: Machine, made: Value) -> list[Opt]:
    """Return the optimizers of what `configure_optimizers` gives, in any of its forms."""
    if isinstance(made, Opt):
        return [made]
    if isinstance(made, Mapping):
        return _optimizers(machine, machine.heap.get(made, "optimizer"))
    items = machine.elements(made) if isinstance(made, (tuple, Sequence)) else None
    return [opt for item in items or () for opt in _optimizers(machine, item)]


# --- Hugging Face ---


def _hugging_face(
    machine: Machine, fitter: Fitter, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of transformers' `Trainer` gives; `train` trains as it documents.

    https://huggingface.co/docs/transformers/main_classes/trainer
    """
    held = machine.heap.items(fitter)
    net = held.get("model", TOP)
    if not isinstance(net, (Net, Unknown)) or name not in {"train", "evaluate", "predict"}:
        return TOP
    if isinstance(net, Unknown):
        machine.heap.set(net, "network", value=True)
    if name != "train":
        given = keywords.get("eval_dataset", keywords.get("test_dataset", held.get("eval_dataset")))
        images = _batch_of(machine, arguments[0] if arguments else given, line)
        _asked(machine, net, images, held, line)
        return TOP
    settings = held.get("args")
    rounds = machine.heap.get(settings, "num_train_epochs") if isinstance(settings, Mapping) else 0
    epochs = Round(line, rounds=rounds if isinstance(rounds, int) and rounds else None)
    opt = _optimizer_of_trainer(machine, net, held.get("optimizers"), line)
    seen = _batch_of(machine, held.get("train_dataset", TOP), line)
    unseen = _batch_of(machine, held.get("eval_dataset", TOP), line)
    out = machine.out
    for _ in range(2):
        entries: list[Entry] = []
        machine.out = entries
        _learned(machine, net, opt, seen, line)
        if held.get("eval_dataset") is not None:
            _asked(machine, net, unseen, held, line)
        epochs.first, epochs.later = epochs.later, entries
    machine.out = out
    out.append(epochs)
    return TOP


def _optimizer_of_trainer(machine: Machine, net: Object, given: Value, line: int) -> Object:
    """Return the optimizer that a trainer is given, or AdamW on all weights."""
    for item in machine.elements(given) or ():
        if isinstance(item, (Opt, Unknown)):
            return item
    opt = Opt(line, "AdamW", "AdamW")
    machine.opts.append(opt)
    machine.heap.set(opt, "holds", machine.leaves(net))
    machine.heap.set(opt, "shown", value=given is None)
    return opt


def _learned(machine: Machine, net: Object, opt: Object, batch: Tensor, line: int) -> None:
    around = Round(line, batch.sources)
    out, machine.out = machine.out, around.later
    machine.set_mode(net, "train")
    answers = machine.forward(net, [batch], line)
    machine.emit(Step("clear", line, leaves=machine.leaves(net), opt=opt))
    machine.backward(answers, line)
    machine.step(opt, line)
    machine.out = out
    out.append(around)


def _asked(machine: Machine, net: Object, batch: Tensor, held: Keywords, line: int) -> None:
    """Let a trainer evaluate: all answers and labels are given to `compute_metrics` at once."""
    around = Round(line, batch.sources)
    out, machine.out = machine.out, around.later
    machine.set_mode(net, "eval")
    before, machine.gradients = machine.gradients, False
    answers = machine.forward(net, [batch], line)
    machine.measured([answers], line)
    machine.gradients = before
    machine.out = out
    out.append(around)
    answers = dataclasses.replace(answers, graph=False)
    pair = machine.sequence([answers, batch], line)
    machine.heap.set(pair, "predictions", answers)
    machine.heap.set(pair, "label_ids", batch)
    if isinstance(measure := held.get("compute_metrics"), FunctionValue):
        machine.call(measure, [pair], {}, line)


# --- Keras ---

_FIT_PLACES = ("x", "y", "batch_size", "epochs")
_STEP_PARAMETERS = 2
"""`self` and the batch: a step of the JAX backend is given the state as well."""


def of_keras_model(
    machine: Machine, net: Net, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of Keras' `Model` gives that acts on steps of the script's own.

    `NotImplemented` where the network has none, or the method does not act on them.
    https://keras.io/guides/custom_train_step_in_tensorflow
    """
    if name == "compile":
        _compile(machine, net, arguments, keywords, line)
        return NotImplemented
    if name in {"fit", "fit_generator"} and _own_step(machine, net, "train_step"):
        _keras_fit(machine, net, dict(zip(_FIT_PLACES, arguments, strict=False)) | keywords, line)
        return TOP
    if name == "evaluate" and (test := _own_step(machine, net, "test_step")):
        images = keywords.get("x", arguments[0] if arguments else TOP)
        _keras_pass(machine, net, test, _batch_of(machine, images, line), line)
        return TOP
    if name in {"compute_loss", "train_step", "test_step"}:
        return _keras_step(machine, net, name, arguments, keywords, line)
    if name in {"compute_metrics", "get_metrics_result", "reset_metrics"}:
        kinds = {"compute_metrics": ("update", "read"), "get_metrics_result": ("read",)}
        for meter in meters_of(machine, net):
            for kind in kinds.get(name, ("reset",)):
                machine.emit_aside(kind, line, meter=meter)
        return Tensor("other")
    return NotImplemented


def _own_step(machine: Machine, net: Net, name: str) -> FunctionValue | None:
    found = _method(machine, net, name)
    return found if found and len(found.node.args.args) == _STEP_PARAMETERS else None


def _compile(
    machine: Machine, net: Net, arguments: Arguments, keywords: Keywords, line: int
) -> None:
    """Keep the optimizer, the loss and the metrics that `compile` is given."""
    given = dict(zip(("optimizer", "loss"), arguments, strict=False)) | keywords
    opt, cost = given.get("optimizer"), given.get("loss")
    if isinstance(opt, str) and _own_step(machine, net, "train_step"):
        opt = Opt(line, opt, opt, keras=True)
        machine.opts.append(opt)
    if isinstance(opt, Opt):
        machine.heap.set(net, "optimizer", opt)
    if isinstance(cost, (str, LossFunction)):
        made = cost if isinstance(cost, LossFunction) else LossFunction(line, cost)
        machine.heap.set(net, "compiled loss", made)
    if machine.elements(given.get("metrics")):
        machine.heap.set(net, "compiled metrics", Meter(line, "metrics"))


def _keras_fit(machine: Machine, net: Net, given: Keywords, line: int) -> None:
    step = _own_step(machine, net, "train_step")
    rounds = given.get("epochs")
    epochs = Round(line, rounds=rounds if isinstance(rounds, int) else None)
    held_out = given.get("validation_data")
    part = given.get("validation_split")
    seen, unseen = _batch_of(machine, given.get("x", TOP), line), _batch_of(machine, held_out, line)
    out = machine.out
    for _ in range(2):
        entries: list[Entry] = []
        machine.out = entries
        _reset(machine, net, line)
        _keras_pass(machine, net, step, seen, line, learns=True)
        if held_out is not None or part is not None:
            _reset(machine, net, line)
            test = _own_step(machine, net, "test_step")
            _keras_pass(machine, net, test, unseen, line)
        epochs.first, epochs.later = epochs.later, entries
    machine.out = out
    out.append(epochs)


def _reset(machine: Machine, net: Net, line: int) -> None:
    """Reset what a network's `metrics` name, as Keras does before each pass."""
    for meter in machine.elements(machine.attribute(net, "metrics", line)) or ():
        if isinstance(meter, Meter):
            machine.emit_aside("reset", line, meter=meter)


def _batch_of(machine: Machine, images: Value, line: int) -> Tensor:
    """Return a batch of images and labels, or of a pair of both."""
    held = machine.elements(images) if isinstance(images, tuple) else None
    found = m_item(machine, held[0] if held else images)[1]
    return Tensor("data", sources=found or frozenset({Source(line, "batches")}))


def _keras_pass(
    machine: Machine, net: Net, step: FunctionValue | None, batch: Tensor, line: int, *,
    learns: bool = False,
) -> None:  # fmt: skip
    """Let a step go over batches; Keras' own where the script defines none."""
    around = Round(line, batch.sources)
    out, machine.out = machine.out, around.later
    before = machine.batch, machine.gradients, machine.batch_losses
    machine.batch, machine.gradients, machine.batch_losses = batch, learns, []
    if step is None:
        _keras_step(machine, net, "test_step", [batch], {}, line)
    else:
        machine.call(step, [batch], {}, step.node.lineno)
    done = steps(around.later)
    fed = {e.meter for e in done if e.kind == "update"}
    for meter in {e.meter for e in done if e.kind == "read"} - fed:
        machine.emit_aside("unfed", line, meter=meter)
    if learns and step is not None and net.of is not None:
        told = _as_keras_does(machine, net, around.later)
        kept = machine.own_steps.setdefault(net.of.node.lineno, told)
        machine.own_steps[net.of.node.lineno] = told if told == kept else None
    machine.batch, machine.gradients, machine.batch_losses = before
    machine.out = out
    out.append(around)


def _as_keras_does(machine: Machine, net: Net, entries: list[Entry]) -> str | None:
    """Return the loss of a step that trains the network on its batch as it comes; else `None`.

    It is empty where it is the one that `compile` was given.
    """
    done = [e for e in entries if isinstance(e, Step)]
    learned = [e for e in done if e.kind == "forward" and e.use == "learn"]
    known = len(done) == len(entries) or not any(
        s.kind in {"forward", "backward", "step"}
        for e in entries if not isinstance(e, Step) for s in steps([e])
    )  # fmt: skip
    alone = [sum(e.kind == k for e in done) for k in ("backward", "step")] == [1, 1]
    if not known or not alone or len(learned) != 1 or len(machine.batch_losses) != 1:
        return None
    cost, forwards = machine.batch_losses[0]
    plain = learned[0].as_given and learned[0].nets == {net}
    if not plain or {id(machine.forwards[n]) for n in forwards} != {id(learned[0])}:
        return None
    if cost is machine.heap.get(net, "compiled loss") or not cost.name:
        return ""
    return f"{cost.name}(from_logits)" if cost.takes_logits else cost.name


def _keras_step(
    machine: Machine, net: Net, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Do what Keras' own `compute_loss`, `train_step` or `test_step` does."""
    cost = machine.attribute(net, "compiled_loss", line)
    given = dict(zip(("x", "y", "y_pred"), arguments, strict=False)) | keywords
    if name == "compute_loss":
        compared = [given[k] for k in ("y", "y_pred") if k in given]
        return loss(machine, cost, compared, {}, line) if isinstance(cost, LossFunction) else TOP
    learns = name == "train_step"
    batch = list(tensors_in(arguments[0] if arguments else TOP, machine.heap))
    out = machine.forward(net, batch[:1], line, frozenset({"train" if learns else "eval"}))
    made = loss(machine, cost, [*batch[-1:], out], {}, line)
    if learns:
        leaves = machine.leaves(net)
        opt = machine.attribute(net, "optimizer", line)
        machine.emit(Step("clear", line, leaves=leaves))
        machine.backward(made, line)
        if isinstance(opt, Opt):
            machine.heap.set(opt, "holds", leaves)
            machine.step(opt, line)
    for meter in meters_of(machine, net):
        machine.emit_aside("update", line, meter=meter)
    return Tensor("other")
