"""What functions and classes of libraries do, by canonical name."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses
from fitdoctor.catalogue.backbones import FAMILIES, drops_in, head_of, is_unnormalised
from fitdoctor.catalogue.callbacks import CALLBACKS
from fitdoctor.catalogue.optimizers import OF_KERAS_1
from fitdoctor.catalogue.signatures import TORCH
from fitdoctor.code.trainings.batches import after, drawn_order, reordered
from fitdoctor.code.trainings.domain import (
    TOP,
    Arguments,
    Fitter,
    FunctionValue,
    Items,
    Keywords,
    LossFunction,
    Mapping,
    Meter,
    Module,
    Net,
    Object,
    Opt,
    Params,
    Scaler,
    Scheduler,
    Scope,
    Symbol,
    Tensor,
    Unknown,
    Value,
    is_constant,
)
from fitdoctor.code.trainings.figures import weighted_by_count
from fitdoctor.code.trainings.gradients import CLIPPING
from fitdoctor.code.trainings.heap import tensors_in, union
from fitdoctor.code.trainings.indices import all_rows, changed, of_sampler
from fitdoctor.code.trainings.sets import (
    BY_WEIGHTS,
    concatenated,
    enumerated,
    from_slices,
    images_of,
    length_of,
    loader,
    of_tensorflow_datasets,
    random_split,
    subset,
    zipped,
)
from fitdoctor.code.trainings.tensors import (
    along_images,
    loss,
    loss_of_torch,
    of_tensors,
    reduction_of,
    summed,
)
from fitdoctor.code.trainings.texts import path

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine

_OF_SCHEDULES: Final = ("LR", "LROnPlateau", "WarmRestarts")
USUAL_NAMES: Final = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "optim": "torch.optim",
    "tf": "tensorflow", "keras": "keras", "np": "numpy", "models": "torchvision.models",
    "datasets": "torchvision.datasets", "transforms": "torchvision.transforms",
    "lr_scheduler": "torch.optim.lr_scheduler", "tqdm": "tqdm.tqdm", "timm": "timm",
    "torchvision": "torchvision", "DataLoader": "torch.utils.data.DataLoader",
    "ImageFolder": "torchvision.datasets.ImageFolder", "tfds": "tensorflow_datasets",
    "TensorDataset": "torch.utils.data.TensorDataset",
    "random_split": "torch.utils.data.random_split",
    **{name: f"torch.optim.lr_scheduler.{name}" for name in TORCH if name.endswith(_OF_SCHEDULES)},
}  # fmt: skip
"""What excerpts that show no import call modules."""
_BY_STAR: Final[tuple[tuple[str, frozenset[str] | None], ...]] = (
    ("keras", frozenset({"Input", "Model", "Sequential"})),
    ("keras.models", frozenset({"Model", "Sequential", "load_model"})),
    ("keras.optimizers", OF_KERAS_1),
    ("keras.layers", None), ("torch.nn", None),
)  # fmt: skip
"""Modules of which people import everything, and which names are theirs; `None`: any."""


def by_star(modules: list[str], name: str) -> str | None:
    """Return the full name of what `from MODULE import *` brings, where a module has such names."""
    if not name[:1].isupper() or name.isupper():
        return None
    plain = {_without_version(f"{m}.")[:-1] for m in modules}
    fitting = (m for m, names in _BY_STAR if m in plain and (names is None or name in names))
    module = next(fitting, None)
    return f"{module}.{name}" if module else None


_HARMLESS_ROOTS: Final = frozenset(
    {"torch", "torchvision", "torchaudio", "tensorflow", "keras", "numpy", "math", "time", "os",
     "sys", "random", "json", "logging", "matplotlib", "sklearn", "PIL", "cv2", "pandas", "wandb",
     "torchsummary", "torchinfo", "thop", "tqdm", "datetime", "argparse", "pathlib", "shutil",
     "collections", "itertools", "functools", "copy", "csv", "pickle", "re", "glob", "warnings",
     "tensorboardX", "tensorboard", "scipy", "seaborn", "builtins", "yaml", "typing", "enum",
     "dataclasses", "contextlib", "operator", "string", "gc", "torchmetrics", "torchtext", "timm",
     "visdom", "ptflops", "imageio", "skimage", "albumentations", "platform", "socket", "signal",
     "traceback", "subprocess", "tempfile", "uuid", "hashlib", "statistics", "h5py", "termcolor",
     "rich", "prettytable", "torchviz", "fvcore", "apex"}
)  # fmt: skip
"""Libraries whose functions leave networks, gradients and optimizers alone, but for those below."""
_ACTING: Final = (
    "torch.autograd.grad", "torch.func", "torch.distributed.optim", "torch.optim.swa_utils.update",
    "torch.nn.utils.prune", "torch.ao", "torch.quantization", "timm.utils", "timm.optim",
    "timm.scheduler", "keras.callbacks", "tensorflow.keras.callbacks",
)  # fmt: skip
_WEIGHTED: Final = ("Linear", "Conv", "Bilinear", "Embedding", "LSTM", "GRU", "RNN", "Norm",
                    "Dense", "MultiheadAttention", "Transformer", "PReLU", "SimpleRNN")  # fmt: skip
_NOISY: Final = ("Dropout", "BatchNorm", "DropPath", "StochasticDepth", "AlphaDropout",
                 "Random", "GaussianNoise", "TransformerEncoderLayer")  # fmt: skip
_NOT_NETS: Final = frozenset({"Parameter", "utils", "init"})
_PASSING: Final = frozenset(
    {"torch.nn.DataParallel", "torch.nn.parallel.DistributedDataParallel",
     "torch.nn.parallel.DataParallel", "torch.compile", "torch.jit.script", "torch.jit.trace",
     "torch.nn.SyncBatchNorm.convert_sync_batchnorm", "apex.parallel.DistributedDataParallel",
     "tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm", "tqdm.tqdm_notebook",
     "rich.progress.track",
     "builtins.iter", "builtins.tuple", "itertools.cycle", "itertools.islice",
     "itertools.chain", "builtins.reversed", "builtins.sorted", "builtins.next", "builtins.set",
     "torch.clone",
     "torch.clamp", "torch.autograd.Variable", "torch.nn.parameter.Buffer",
     "builtins.round", "builtins.dict", "collections.OrderedDict", "numpy.array",
     "numpy.asarray", "tensorflow.cast",
     "torch.tensor", "torch.as_tensor", "torch.from_numpy", "apex.amp.scale_loss",
     "copy.copy", "tensorflow.convert_to_tensor", "typing.cast"}
)  # fmt: skip
"""Functions that give back what they are given."""
_RESHAPING: Final = frozenset(
    f"torch.{name}" for name in ("unsqueeze", "squeeze", "flatten", "reshape", "ravel")
)
_UNPACKING: Final = frozenset({"unpack_x_y_sample_weight", "expand_1d"})
"""Functions of Keras, in any of its modules, that a step takes its batch apart with."""
_PLANS: Final = lazy_re.compile(
    r"(?:LR|Scheduler|Schedule|get_\w{0,40}schedule\w{0,40})$", re.IGNORECASE
)
_MAKES_NUMBERS: Final = frozenset(
    f"{library}.{name}" for library in ("torch", "tensorflow", "tensorflow.random")
    for name in ("rand", "randn", "zeros", "ones", "full", "empty", "tensor", "arange", "linspace",
                 "eye", "randint", "normal", "uniform", "constant", "fill")
)  # fmt: skip
_ARRAY_ROOTS: Final = frozenset({"torch", "numpy", "tensorflow", "keras", "builtins", "math"})


def library(
    machine: Machine, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a function or class of a library gives, and keep what it does."""
    name = _without_version(name)
    given = [*arguments, *keywords.values()]
    first = arguments[0] if arguments else next(iter(keywords.values()), TOP)
    last = name.rpartition(".")[2]
    if name in _RESHAPING and isinstance(first, Tensor):
        return after(last, first, [*arguments[1:], *keywords.values()])
    if name in _SPECIAL:
        return _SPECIAL[name](machine, arguments, keywords, line)
    if name in _PASSING or last in _UNPACKING:
        return first
    if name.startswith("transformers.") and name.endswith(_CLASSIFIER):
        return _image_classifier(machine, name, line)
    if last == "image_dataset_from_directory":
        machine.folders.note(line, keywords.get("directory", first))
    if (made := _built(machine, name, last, arguments, keywords, line)) is not None:
        return made
    if last in losses.OF_TORCH and name.startswith("torch.") and last.islower():
        return loss(machine, loss_of_torch(last, keywords, line), arguments, keywords, line)
    root = name.partition(".")[0]
    if _PLANS.search(last) and arguments and isinstance(first, (Opt, Unknown)):
        return Scheduler(line, last)  # of a file beside it: by its name, and by what it is given
    if root not in _HARMLESS_ROOTS or name.startswith(_ACTING):
        return unknown(machine, name, arguments, keywords, line)
    for value in given:
        if isinstance(value, FunctionValue):
            machine.called_anyhow(value)
    tensors = [t for v in given for t in tensors_in(v, machine.heap)]
    if root == "sklearn":
        machine.measured(tensors, line)
        along_images(machine, tensors, line)
    if root in _ARRAY_ROOTS and tensors:
        return of_tensors(machine, last, tensors, arguments, keywords, line)
    if root in {"numpy", "math", "time"} or name in _MAKES_NUMBERS:
        return Tensor("other")
    return Unknown(line, last, quiet=True) if last[:1].isupper() else TOP


def _without_version(name: str) -> str:
    """Return the name without the words under which libraries hold it twice."""
    for old, new in (("tensorflow.keras.", "keras."), ("tensorflow.compat.v1.", "tensorflow."),
                     ("tensorflow.python.keras.", "keras.")):  # fmt: skip
        if name.startswith(old):
            return new + name[len(old) :]
    return name


def unknown(
    machine: Machine, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what code that is not shown makes; it may act on all that it is given."""
    given = [*arguments, *keywords.values()]
    machine.escape(given, line)
    if "load" in name.lower():
        loaded = frozenset(o for o in machine.reach(*given) if isinstance(o, (Net, Unknown)))
        machine.emit_aside("load", line, nets=loaded)
    held = frozenset(o for o in machine.reach(*given) if machine.matters(o))
    tensors = [t for v in given for t in tensors_in(v, machine.heap) if t.forwards or t.sources]
    if tensors and not held:
        return dataclasses.replace(union(*tensors), role="other")
    return Unknown(line, name.rpartition(".")[2], held)


def part_of(machine: Machine, owner: Unknown, key: Value, line: int) -> Unknown:
    """Return a part of what was loaded, or of what holds networks."""
    file = owner.file or (owner if owner.default_mode == "unknown" else None)
    if file is not None and isinstance(key, str) and "epoch" in key:
        machine.counted.add(file)
    return Unknown(line, owner.name, owner.held, default_mode=owner.default_mode, file=file)


def _built(
    machine: Machine, name: str, last: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value | None:
    """Return a layer, network, optimizer, schedule or data set of a library; else `None`."""
    given = [*arguments, *keywords.values()]
    if name.startswith("torch.optim.lr_scheduler."):
        return _scheduler(machine, last, arguments, keywords, line)
    if name.startswith(("torch.optim.", "timm.optim.", "torch_optimizer.")) and last[:1].isupper():
        return optimizer(machine, last, arguments, keywords, line)
    if name.startswith("keras.optimizers.") and last[:1].isupper() and "schedules" not in name:
        made = Opt(line, last, last, keras=True)
        machine.opts.append(made)
        return made
    if name.startswith(("torchvision.models.", "timm.models.")) or name == "timm.create_model":
        timm = name.startswith("timm.")
        return _backbone(machine, last, arguments, keywords, line, timm=timm)
    if name.startswith("keras.applications.") and last[:1].isupper():
        return _backbone(machine, last, arguments, keywords, line, keras=True)
    if (images := images_of(name, last, arguments, keywords, line)) is not None:
        if (renumber := keywords.get("target_transform")) is not None:
            images.labels_shift = _renumbered(machine, renumber, line)
        return images
    layers = ("torch.nn.", "keras.layers.", "timm.layers.", "torchvision.ops.")
    if name.startswith(layers) and last[:1].isupper() and last not in _NOT_NETS:
        if last.endswith("Loss"):
            named = dict(zip(TORCH.get(last, ()), arguments, strict=False))
            weighted_by_count(machine, (named | keywords).get("weight"), line)
            return loss_of_torch(last, named | keywords, line)
        keras = name.startswith("keras.")
        made_net = Net(line, last, leaf=True, weighted=any(w in last for w in _WEIGHTED),
                       noisy=any(w in last for w in _NOISY), keras=keras,
                       activation=_layer_activation(last, given, keywords),
                       width=_width_told(last, arguments, keywords))  # fmt: skip
        inner = [n for v in given for n in machine.nets_in(v)]
        if inner:
            made_net.leaf = False
            for at, part in enumerate(inner):
                machine.heap.set(made_net, str(at), part)
        return made_net
    if name.startswith("keras.losses.") or last.endswith("Crossentropy"):
        logits = keywords.get("from_logits") is True
        kind = "sigmoid" if "Binary" in last else "softmax"
        if last[:1].isupper():
            return LossFunction(line, last, kind if logits else "", reduction_of(keywords))
    if name.startswith("keras.metrics.") and last[:1].isupper():
        return Meter(line, last)
    if last in BY_WEIGHTS:
        return Unknown(line, last, quiet=True)
    return None


def _width_told(last: str, arguments: Arguments, keywords: Keywords) -> Value:
    """Return how many numbers a linear layer gives, or the set that has as many classes."""
    places = {"Linear": 1, "LazyLinear": 0, "Dense": 0}
    if last not in places:
        return None
    at = places[last]
    told = keywords.get("out_features", keywords.get("units", None))
    told = arguments[at] if told is None and len(arguments) > at else told
    if isinstance(told, Tensor) and told.role == "length" and told.per == "classes":
        return next(iter(told.sources)).origin if len(told.sources) == 1 else None
    return told if isinstance(told, int) else None


def _renumbered(machine: Machine, renumber: Value, line: int) -> int | None:
    """Return what a function adds to class numbers; `None` where it does something else."""
    if not isinstance(renumber, FunctionValue):
        return None
    made = machine.call(renumber, [Tensor("data")], {}, line)
    return made.rows.shift if isinstance(made, Tensor) else None


def _layer_activation(last: str, given: Arguments, keywords: Keywords) -> str | None:
    if last in {"Softmax", "Sigmoid"}:
        return last.lower()
    told = keywords.get("activation")
    if last == "Activation" and given:
        told = given[0]
    return told if told in {"softmax", "sigmoid"} else None


def optimizer(
    machine: Machine, kind: str, arguments: Arguments, keywords: Keywords, line: int
) -> Opt:
    """Return an optimizer of torch with the weights that it is given now."""
    made = Opt(line, kind, kind)
    machine.heap.set(made, "eps", keywords.get("eps"))
    hold(machine, made, arguments[0] if arguments else keywords.get("params", TOP))
    machine.opts.append(made)
    return made


def hold(machine: Machine, opt: Object, given: Value) -> None:
    """Let an optimizer hold weights, beside those that it holds."""
    params, whole = machine.params(given)
    items = machine.elements(given) or (given,)
    if all(isinstance(item, Tensor) and not item.nets for item in items):
        machine.heap.set(opt, "beside", value=True)
    before: frozenset[Object] = machine.heap.get(opt, "holds", frozenset())
    machine.heap.set(opt, "holds", before | params.leaves)
    known = machine.heap.get(opt, "shown", default=True) is True
    machine.heap.set(opt, "shown", known and whole and not params.some)


def _scheduler(
    machine: Machine, kind: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    if kind in CALLBACKS and ("monitor" in keywords or isinstance(_first(arguments), str)):
        return Unknown(line, kind, quiet=True)  # the callback of Keras by the same name
    inner = machine.reach(*arguments, *keywords.values())
    machine.escaped |= {s for s in inner if isinstance(s, Scheduler)}  # stepped by this one
    names = TORCH.get(kind, ())
    named = dict(zip(names, arguments, strict=False)) | keywords
    numbers = {k: float(v) for k, v in named.items() if isinstance(v, (int, float))}
    stones = machine.elements(named.get("milestones", TOP))
    if stones and all(isinstance(v, int) for v in stones):
        numbers["milestones"] = float(max(stones))
    counts = [k for k, v in named.items() if isinstance(v, Tensor) and v.role == "length"]
    sets = arguments[0] if arguments else keywords.get("optimizer", TOP)
    made = Scheduler(line, kind, kind, numbers, tuple(counts), sets)
    if kind == "ReduceLROnPlateau":
        mode = named.get("mode", "min")
        made.mode = mode if mode in {"min", "max"} else ""
    machine.schedulers.append(made)
    return made


def _first(arguments: Arguments) -> Value:
    return arguments[0] if arguments else ""


def _backbone(
    machine: Machine, name: str, arguments: Arguments, keywords: Keywords, line: int, *,
    keras: bool = False, timm: bool = False,
) -> Value:  # fmt: skip
    """Return a network of a library; what stands in its fields by name is made when it is read."""
    if name[:1].isupper() and "Weights" in name:
        return TOP
    kind = arguments[0] if name == "create_model" and arguments else name
    told = keywords.get("weights", keywords.get("pretrained", _second(name, arguments)))
    fresh = None if told is TOP or isinstance(told, Symbol) else told in (None, False)
    if keras and "weights" not in keywords:
        fresh = False
    net = Net(line, str(kind), shown=True, fresh=fresh, keras=keras)
    body = Net(line, f"{kind} body"[:80], leaf=True, weighted=True, noisy=True, fresh=fresh,
               keras=keras)  # fmt: skip
    machine.heap.set(net, "body", body)
    if is_unnormalised(str(kind)):
        body.noisy = drops_in(str(kind), "body")
    if not keras:
        head = head_of(str(kind), timm=timm)
        part = Net(line, head, leaf=True, weighted=True, fresh=fresh)
        part.noisy = drops_in(str(kind), "head")
        told = keywords.get("num_classes")
        part.width = told if isinstance(told, int) else None
        machine.heap.set(net, head, part)
    return net


def _second(name: str, arguments: Arguments) -> Value:
    at = 1 if name == "create_model" else 0
    return arguments[at] if len(arguments) > at else None


# --- functions by their full names ---


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
_CLASSIFIER: Final = "ForImageClassification.from_pretrained"
_BODIES: Final = (
    *(body for f in FAMILIES for body in f.transformers),
    "base_model", "data2vec_vision", "siglip", "vision_model",
)  # fmt: skip
"""What classifiers of transformers call all but their head."""


def _image_classifier(m: Machine, name: str, line: int) -> Value:
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


_SPECIAL: Final[dict[str, Special]] = {
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
