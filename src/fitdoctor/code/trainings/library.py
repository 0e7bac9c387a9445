"""What functions and classes of libraries do, by canonical name."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses
from fitdoctor.catalogue.backbones import drops_in, head_of, is_unnormalised
from fitdoctor.catalogue.callbacks import CALLBACKS
from fitdoctor.catalogue.optimizers import OF_KERAS_1
from fitdoctor.catalogue.signatures import TORCH
from fitdoctor.code.trainings.batches import after
from fitdoctor.code.trainings.domain import (
    TOP,
    Arguments,
    FunctionValue,
    Keywords,
    LossFunction,
    Meter,
    Net,
    Object,
    Opt,
    Scheduler,
    Symbol,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.figures import weighted_by_count
from fitdoctor.code.trainings.functions import CLASSIFIER, SPECIAL, image_classifier
from fitdoctor.code.trainings.heap import tensors_in, union
from fitdoctor.code.trainings.sets import (
    BY_WEIGHTS,
    images_of,
)
from fitdoctor.code.trainings.tensors import (
    along_images,
    loss,
    loss_of_torch,
    of_tensors,
    reduction_of,
)

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
    if name in SPECIAL:
        return SPECIAL[name](machine, arguments, keywords, line)
    if name in _PASSING or last in _UNPACKING:
        return first
    if name.startswith("transformers.") and name.endswith(CLASSIFIER):
        return image_classifier(machine, name, line)
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
