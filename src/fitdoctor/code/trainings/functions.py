"""What functions of libraries do that are known by their full names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from fitdoctor.catalogue.backbones import FAMILIES
from fitdoctor.code.trainings import tables
from fitdoctor.code.trainings.batches import drawn_order, reordered
from fitdoctor.code.trainings.domain import (
    TOP,
    Arguments,
    Fitter,
    Items,
    Keywords,
    Mapping,
    Module,
    Net,
    Object,
    Params,
    Scaler,
    Scope,
    Tensor,
    Unknown,
    Value,
    is_constant,
)
from fitdoctor.code.trainings.gradients import CLIPPING
from fitdoctor.code.trainings.heap import tensors_in
from fitdoctor.code.trainings.indices import all_rows, changed, of_sampler
from fitdoctor.code.trainings.sets import (
    concatenated,
    enumerated,
    from_slices,
    length_of,
    loader,
    of_tensorflow_datasets,
    random_split,
    subset,
    zipped,
)
from fitdoctor.code.trainings.tensors import (
    summed,
)
from fitdoctor.code.trainings.texts import path

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine


def _sequential(m: Machine, a: Arguments, k: Keywords, line: int, *, keras: bool = False) -> Value:
    net = Net(line, "Sequential", keras=keras)
    of_layers(m, net, a)
    return net


def of_layers(m: Machine, net: Net, a: Arguments) -> None:
    """Give a network the layers that it is given, one after the other."""
    items = a[0] if len(a) == 1 and not isinstance(a[0], (Net, Unknown)) else tuple(a)
    known = m.elements(items)
    if isinstance(items, Mapping):
        known = tuple(m.heap.items(items).values())
    net.shown = known is not None
    last: Value = None
    for at, part in enumerate(known if known is not None else [items]):
        found = list(m.nets_in(part))
        for inner in found:
            m.heap.set(net, str(at), inner)
            last = inner
        net.shown &= bool(found) or is_constant(part)
        if not found and not is_constant(part):
            m.heap.set(net, str(at), Unknown(net.line, "layer"))
    net.activation = last.activation if isinstance(last, Net) else None


def _keras_model(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    net = Net(line, "Model", keras=True)
    of_outputs(m, net, a, k)
    return net


def of_outputs(m: Machine, net: Net, a: Arguments, k: Keywords) -> None:
    """Give a network the layers between the inputs and outputs that Keras' `Model` is given."""
    outputs = k.get("outputs", a[1] if len(a) > 1 else TOP)
    tensors = list(tensors_in(outputs, m.heap))
    for at, part in enumerate(sorted((n for t in tensors for n in t.nets), key=lambda n: n.line)):
        m.heap.set(net, str(at), part)
    net.shown = bool(tensors)
    m.models_told &= bool(tensors)
    m.connected |= frozenset[Object]().union(*(t.nets for t in tensors))
    net.activation = tensors[0].activation if len(tensors) == 1 else None


def _no_grad(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Scope(gradients=False)


def _set_grad(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    told = a[0] if a else k.get("mode", TOP)
    m.gradients = told if isinstance(told, bool) else None
    return Scope(gradients=m.gradients)


def _enable_grad(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Scope(gradients=True)


def _deepcopy(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    first = a[0] if a else TOP
    if isinstance(first, (Net, Unknown)):
        m.keep()
    return _copied(m, first, line) if isinstance(first, Net) else TOP


def _copied(m: Machine, net: Net, line: int) -> Net:
    made = dataclasses.replace(net, line=line)
    if made.weighted:
        m.heap.set(made, "loaded", value=True)
    for name, value in m.heap.items(net).items():
        m.heap.set(made, name, _copied(m, value, line) if isinstance(value, Net) else value)
    return made


def _clip(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    given = a[0] if a else k.get("parameters", TOP)
    m.emit_aside("clip", line, leaves=m.params(given)[0].leaves)
    return Tensor("other")


def _number(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return a number, through which no gradients come."""
    first = a[0] if a else TOP
    return dataclasses.replace(first, graph=False) if isinstance(first, Tensor) else first


def _backward(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    m.backward(a[0] if a else TOP, line)
    return None


def _save(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    m.keep()
    return None


def _load(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Unknown(line, "loaded", default_mode="unknown")


def _numbers(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Tensor("other")


def _parameter(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Net(line, "Parameter", leaf=True, weighted=True)


def _variable(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    made = Net(line, "Variable", leaf=True, weighted=True)
    first = k.get("initial_value", a[0] if a else None)
    several = isinstance(first, Tensor) and first.sides > 1
    if several and k.get("trainable") is not False:
        m.alike.append(made)
    return made


def _one_number(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return an array of zeros or ones; one that is as long as a batch holds results."""
    sides = m.elements(k.get("shape", k.get("dims", a[0] if a else TOP))) or ()
    of_batch = bool(sides) and isinstance(sides[0], Unknown) and "batch" in sides[0].name.lower()
    return Tensor("other", sides=0 if of_batch else len(sides))


def _random_order(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return drawn_order(m)


def _permutation(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return a random order; of an array, its rows in such an order."""
    first = a[0] if a else TOP
    if isinstance(first, Tensor) and first.role == "data":
        return reordered(first, drawn_order(m))
    return drawn_order(m)


def _joined(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return a path of several parts."""
    if a and all(is_constant(v) for v in a):
        return "/".join(str(v).rstrip("/") for v in a)
    return path(a)


def _path(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return path(a)


def _counts(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Tensor("counts")


def _setattr(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Set a field; one whose name is computed may be any, so that all layers count as known."""
    named = len(a) > 2 and isinstance(a[0], Object)
    if named and isinstance(a[1], str):
        m.heap.set(a[0], a[1], a[2])
    elif named:
        m.heap.set(a[0], "set by name", value=True)
    return None


def _scaler(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Scaler(line, "scaler")


def _filter(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    if len(a) > 1 and isinstance(a[1], Params):
        return trainable_only(m, a[1])
    return a[1] if len(a) > 1 else TOP


def trainable_only(m: Machine, params: Params) -> Params:
    """Return the weights that take gradients."""
    return Params(frozenset(x for x in params.leaves if m.trainable(x) is not False), params.some)


def _average(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return _copied(m, a[0], line) if a and isinstance(a[0], Net) else Unknown(line, "average")


def _range(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    if a and all(isinstance(v, int) and abs(v) < 10**9 for v in a):
        return range(*a[:3]) if a[2:3] != [0] else TOP
    return Items(Tensor("other"), chosen=all_rows(m, drawn=False) if len(a) == 1 else None)


def _arange(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Tensor("other", chosen=all_rows(m, drawn=False) if len(a) == 1 else None)


def _shuffled(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    changed(m, a[0] if a else TOP)
    return None


def _seeded(of: str, m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    m.choices.seeds[of] += 1
    return TOP


def _list(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return a list; one of a range may be sliced into numbers of rows."""
    first = a[0] if a else TOP
    if isinstance(first, range):
        return Items(Tensor("other"), rounds=len(first), chosen=all_rows(m, drawn=False))
    return first


def _of_rows(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return of_sampler(m, k.get("indices", a[0] if a else TOP), line)


def _getattr(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    if len(a) > 1 and isinstance(a[0], Module):
        return Module(f"{a[0].name}.{a[1]}") if isinstance(a[1], str) else Unknown(line, "chosen")
    return TOP


def _initialize(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    given = [*a, *(v for n, v in k.items() if n in {"models", "optimizers"})]
    return tuple(given) if len(given) > 1 else (given[0] if given else TOP)


def _fitter(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    epochs = k.get("max_epochs")
    return Fitter(line, "Trainer", epochs if isinstance(epochs, int) else None)


def _hugging_face_trainer(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    made = Fitter(line, HUGGING_FACE)
    places = ("model", "args", "data_collator", "train_dataset", "eval_dataset")
    m.heap.fields[made] = dict(zip(places, a, strict=False)) | k
    return made


def _settings(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    made = Mapping(line)
    m.heap.fields[made] = dict(k)
    return made


HUGGING_FACE: Final = "transformers.Trainer"
CLASSIFIER: Final = "ForImageClassification.from_pretrained"
_BODIES: Final = (
    *(body for f in FAMILIES for body in f.transformers),
    "base_model", "data2vec_vision", "siglip", "vision_model",
)  # fmt: skip
"""What classifiers of transformers call all but their head."""


def image_classifier(m: Machine, name: str, line: int) -> Value:
    """Return a classifier of transformers: a pretrained body with dropout, and a head."""
    net = Net(line, name.split(".")[-2], fresh=False)
    body = Net(line, "body", leaf=True, weighted=True, noisy=True, fresh=False)
    head = Net(line, "classifier", leaf=True, weighted=True, fresh=None)
    m.heap.fields[net] = {**dict.fromkeys(_BODIES, body), "classifier": head}
    return net


def _tape(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return Scope(gradients=True, value=Scaler(line, "tape"))


def _keras_input(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    made = Net(line, "Input", leaf=True, keras=True)
    return Tensor("data", nets=frozenset({made}), symbolic=True)


def _keras_function(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    for tensor in (t for v in (*a, *k.values()) for t in tensors_in(v, m.heap)):
        m.connected |= tensor.nets
    return Unknown(line, "function", quiet=True)


Special = Callable[["Machine", Arguments, Keywords, int], Value]


def _keras_sequential(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    return _sequential(m, [k.get("layers", a[0] if a else ())], {}, line, keras=True)


SPECIAL: Final[dict[str, Special]] = {
    "torch.nn.Sequential": _sequential,
    "torch.nn.ModuleList": _sequential,
    "torch.nn.ModuleDict": _sequential,
    "torch.nn.Parameter": _parameter,
    "torch.nn.parameter.Parameter": _parameter,
    "keras.Sequential": _keras_sequential,
    "keras.models.Sequential": _keras_sequential,
    "keras.Model": _keras_model,
    "keras.models.Model": _keras_model,
    "keras.Input": _keras_input,
    "keras.layers.Input": _keras_input,
    "keras.backend.function": _keras_function,
    "tensorflow.Variable": _variable,
    "torch.utils.data.DataLoader": loader,
    "torch.utils.data.dataloader.DataLoader": loader,
    **dict.fromkeys(tables.READS, tables.read),
    "sklearn.model_selection.train_test_split": tables.cut_in_two,
    "numpy.bincount": _counts,
    "torch.bincount": _counts,
    "numpy.arange": _arange,
    "torch.arange": _arange,
    "numpy.random.shuffle": _shuffled,
    "random.shuffle": _shuffled,
    "builtins.list": _list,
    "numpy.random.seed": partial(_seeded, "numpy"),
    "random.seed": partial(_seeded, "python"),
    "torch.manual_seed": partial(_seeded, "torch"),
    "torch.utils.data.SubsetRandomSampler": _of_rows,
    "torch.utils.data.sampler.SubsetRandomSampler": _of_rows,
    "torch.utils.data.Subset": subset,
    "torch.utils.data.dataset.Subset": subset,
    "torch.utils.data.ConcatDataset": concatenated,
    "torch.utils.data.random_split": random_split,
    "torch.utils.data.dataset.random_split": random_split,
    "tensorflow.data.Dataset.from_tensor_slices": from_slices,
    "tensorflow.data.Dataset.from_generator": from_slices,
    "tensorflow.data.Dataset.list_files": from_slices,
    "tensorflow.data.Dataset.zip": from_slices,
    "tensorflow.data.TFRecordDataset": from_slices,
    "tensorflow_datasets.load": of_tensorflow_datasets,
    **{f"tensorflow.{name}": _one_number for name in ("zeros", "ones", "fill")},
    "torch.randperm": _random_order,
    "numpy.random.permutation": _permutation,
    "os.path.join": _joined,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "os.path.abspath": _path,
    "os.path.expanduser": _path,
    "os.path.realpath": _path,
    "posixpath.join": _joined,
    "builtins.enumerate": enumerated,
    "builtins.zip": zipped,
    "builtins.len": length_of,
    "builtins.range": _range,
    "builtins.filter": _filter,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.sum": summed,
    "torch.no_grad": _no_grad,
    "torch.inference_mode": _no_grad,
    "torch.autograd.no_grad": _no_grad,
    "torch.set_grad_enabled": _set_grad,
    "torch.enable_grad": _enable_grad,
    "torch.autograd.backward": _backward,
    **dict.fromkeys(CLIPPING, _clip),
    "builtins.float": _number,
    "builtins.int": _number,
    "copy.deepcopy": _deepcopy,
    "sklearn.utils.class_weight.compute_class_weight": _numbers,
    "sklearn.utils.compute_class_weight": _numbers,
    "torch.save": _save,
    "torch.load": _load,
    "torch.cuda.amp.GradScaler": _scaler,
    "torch.amp.GradScaler": _scaler,
    "torch.cuda.amp.grad_scaler.GradScaler": _scaler,
    "torch.optim.swa_utils.AveragedModel": _average,
    "accelerate.Accelerator": _scaler,
    "apex.amp.initialize": _initialize,
    HUGGING_FACE: _hugging_face_trainer,
    "transformers.TrainingArguments": _settings,
    "lightning.Trainer": _fitter,
    "lightning.pytorch.Trainer": _fitter,
    "pytorch_lightning.Trainer": _fitter,
    "tensorflow.GradientTape": _tape,
}
