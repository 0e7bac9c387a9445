"""A network of PyTorch as layers, in the order of one pass through it.

Modules are seen by a forward hook for all modules, which is there for one pass; functions between
them (`torch.relu`) by the graph between the output of one and the input of the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fitdoctor.observe.pytorch.graph import PASSING, following
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Backbone, Layer

MOST_CALLS = 3000
MOST_BETWEEN = 12
LEAST_OF_A_MASK, MOST_OF_A_MASK = 16, 1_000_000
"""Numbers of a tensor that is looked at whether it is a mask of dropout."""
LEAST_MODULES_OF_A_BACKBONE = 40
LIBRARIES = ("torchvision.models", "timm.", "transformers.")

_KINDS = {
    "Linear": "Dense", "LazyLinear": "Dense", "NonDynamicallyQuantizableLinear": "Dense",
    "Conv1d": "Conv1D", "Conv2d": "Conv2D", "Conv3d": "Conv3D",
    "ConvTranspose2d": "Conv2DTranspose",
    "BatchNorm1d": "BatchNormalization", "BatchNorm2d": "BatchNormalization",
    "BatchNorm3d": "BatchNormalization", "SyncBatchNorm": "BatchNormalization",
    "LayerNorm": "LayerNormalization", "GroupNorm": "GroupNormalization",
    "Dropout": "Dropout", "Dropout1d": "Dropout", "Dropout2d": "SpatialDropout2D",
    "AlphaDropout": "AlphaDropout",
    "MaxPool1d": "MaxPooling1D", "MaxPool2d": "MaxPooling2D", "AvgPool2d": "AveragePooling2D",
    "AdaptiveMaxPool2d": "GlobalMaxPooling2D", "AdaptiveAvgPool2d": "GlobalAveragePooling2D",
    "AdaptiveAvgPool1d": "GlobalAveragePooling1D",
    "Flatten": "Flatten", "Embedding": "Embedding", "LSTM": "LSTM", "GRU": "GRU",
    "RNN": "SimpleRNN",
}  # fmt: skip
_ACTIVATIONS = {
    "ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax",
    "LogSoftmax": "log_softmax", "GELU": "gelu", "SiLU": "silu", "ReLU6": "relu6", "ELU": "elu",
    "SELU": "selu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "Softplus": "softplus",
    "Hardswish": "hard_silu", "Hardsigmoid": "hard_sigmoid", "Mish": "mish",
    "Softsign": "softsign",
}  # fmt: skip
_FUNCTIONS = {
    "ReluBackward0": "relu", "SigmoidBackward0": "sigmoid", "TanhBackward0": "tanh",
    "SoftmaxBackward0": "softmax", "LogSoftmaxBackward0": "log_softmax", "GeluBackward0": "gelu",
    "SiluBackward0": "silu", "EluBackward0": "elu", "LeakyReluBackward0": "leaky_relu",
    "HardtanhBackward0": "relu6", "SoftplusBackward0": "softplus", "MishBackward0": "mish",
}  # fmt: skip
_STEPS = {
    "MaxPool2DWithIndicesBackward0": "MaxPooling2D", "AvgPool2DBackward0": "AveragePooling2D",
    "AdaptiveAvgPool2DBackward0": "GlobalAveragePooling2D",
    "MeanBackward1": "GlobalAveragePooling2D",
    "NativeDropoutBackward0": "Dropout", "AddBackward0": "Add", "CatBackward0": "Concatenate",
}  # fmt: skip


class Tracer:
    """The calls of modules in one pass forward."""

    def __init__(self, register: Callable[[Any], Any]) -> None:
        self._calls: list[tuple[Any, Any, Any, Any, Any]] = []
        self._whole = True
        self._handle = register(self._called)

    def _called(self, module: Any, given: Any, output: Any) -> None:
        first: Any
        if next(module.children(), None) is not None and not hasattr(module, "in_proj_weight"):
            return
        if len(self._calls) >= MOST_CALLS:
            self._whole = False
            return
        first = next((x for x in given if hasattr(x, "grad_fn")), None)
        out = output[0] if isinstance(output, tuple) and output else output
        shapes = [tuple(x.shape) if hasattr(x, "shape") else None for x in (first, out)]
        grads = [getattr(x, "grad_fn", None) for x in (first, out)]
        if first is not None and first is out and grads[1] is not None:
            # Changed in place, it is what comes out by now; what it was before is below.
            grads[0] = next(iter(following(grads[1])), None)
        self._calls.append((module, *grads, *shapes))

    def end(self) -> None:
        """Take the hook away."""
        self._handle.remove()

    def forget(self) -> None:
        """Let go of the graph."""
        self._calls = []

    def layers(self, names: dict[int, str], given: Any, output: Any) -> tuple[Layer, ...]:
        """Return the layers, with the functions between them; `names` are those of modules."""
        found: list[Layer] = []
        known: list[Any] = []
        seen: set[int] = set()
        before = tuple(getattr(given, "shape", ()))
        for module, inside, outside, taken, made in self._calls:
            found += _between(inside, known)
            if before and taken and len(before) > 2 >= len(taken) and not _flat(found):
                found.append(Layer(kind="Flatten"))
            if outside is not None:
                known.append(outside)
            before = made or ()
            if id(module) in seen:
                continue
            seen.add(id(module))
            if (layer := layer_of(module, names.get(id(module), ""), made)) is not None:
                found.append(layer)
        found += _between(getattr(output, "grad_fn", None), known)
        return tuple(found) if self._whole else ()


def _flat(layers: list[Layer]) -> bool:
    """Return whether what comes last has left no map."""
    last = layers[-1].kind if layers else ""
    return last == "Flatten" or last.startswith("Global")


def _between(node: Any, known: list[Any]) -> list[Layer]:
    """Return the functions from the output of an earlier module to a node."""
    found: list[Layer] = []
    for _ in range(MOST_BETWEEN):
        if node is None or any(node is one for one in known):
            break
        name = node.name()
        if name.startswith("torch::autograd::AccumulateGrad"):
            return []  # a weight: how it is used is not known
        if name in _FUNCTIONS:
            found.append(Layer(kind="Activation", activation=_FUNCTIONS[name]))
        elif name in _STEPS:
            found.append(Layer(kind=_STEPS[name]))
        elif (rate := _dropped(node)) is not None:
            found.append(Layer(kind="Dropout", rate=rate))
        elif name not in PASSING:
            found.append(Layer(kind=OPAQUE, name=name.removesuffix("0").removesuffix("Backward")))
        under = following(node)
        node = under[0] if under else None
    return found[::-1]


def _dropped(node: Any) -> float | None:
    """Return the rate of dropout that a product is; on a CPU torch multiplies with a mask."""
    mask = getattr(node, "_saved_other", None) if node.name() == "MulBackward0" else None
    if mask is None or not hasattr(mask, "grad_fn") or mask.requires_grad:
        return None
    if mask.device.type != "cpu" or not LEAST_OF_A_MASK <= mask.numel() <= MOST_OF_A_MASK:
        return None
    kept = float(mask.max())
    zeros = mask == 0
    if kept <= 1 or not bool(zeros.any()) or not bool((zeros | (mask == kept)).all()):
        return None
    return round(1 - 1 / kept, 6)


def layer_of(module: Any, name: str, made: tuple[int, ...] | None) -> Layer | None:
    """Return a module as a layer; `None` of one that changes nothing."""
    kind = type(module).__name__
    if kind == "Identity":
        return None
    weights = list(module.parameters(recurse=False))
    of_torch = type(module).__module__.startswith(("torch.nn.", "torch.ao."))
    common: dict[str, Any] = {
        "name": name or None,
        "parameters": sum(p.numel() for p in weights) if weights else None,
        "trainable": False if weights and not any(p.requires_grad for p in weights) else None,
        "output_shape": channels_last(made[1:]) if made else None,
    }
    if of_torch and kind in _ACTIVATIONS:
        return Layer(kind="Activation", activation=_ACTIVATIONS[kind], **common)
    if not of_torch or kind not in _KINDS:
        return Layer(kind=OPAQUE, **common)
    side = (made or ())[2:3]
    kind = _KINDS[kind]
    if kind.startswith("Global") and side and side[0] > 1:
        kind = "AveragePooling2D" if "Average" in kind else "MaxPooling2D"
    if kind == "Conv2D" and module.groups == module.in_channels > 1:
        kind = "DepthwiseConv2D"
    return Layer(kind=kind, **common, **_settings(kind, module))


def _settings(kind: str, module: Any) -> dict[str, Any]:
    """Return the numbers of a module by the names that Keras has for them."""
    found: dict[str, Any] = {}
    for ours, theirs in (
        ("units", ("out_features", "out_channels", "hidden_size", "embedding_dim")),
        ("rate", ("p",) if "Dropout" in kind else ()),
        ("epsilon", ("eps",)),
    ):
        value = next((getattr(module, t) for t in theirs if hasattr(module, t)), None)
        if value is not None:
            found[ours] = value
    if kind == "BatchNormalization" and module.momentum is not None:
        found["momentum"] = 1 - module.momentum
    if kind.startswith("Conv"):
        found["kernel_size"], found["strides"] = _side(module.kernel_size), _side(module.stride)
        found["padding"] = _padding(module)
    elif "Pooling2D" in kind and hasattr(module, "kernel_size"):
        found["pool_size"], found["strides"] = _side(module.kernel_size), _side(module.stride)
    return found


def _side(value: Any) -> int | None:
    first = value[0] if isinstance(value, tuple | list) and value else value
    return first if isinstance(first, int) else None


def _padding(module: Any) -> str | None:
    if isinstance(module.padding, str):
        return str(module.padding)
    reach = [(k - 1) * d for k, d in zip(module.kernel_size, module.dilation, strict=True)]
    if not any(module.padding):
        return "valid"
    return "same" if [2 * p for p in module.padding] == reach else None


def channels_last(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape of one image with the channels behind, as records have it."""
    return (*shape[1:], shape[0]) if len(shape) >= 3 else shape


def backbone_of(module: Any, loaded: set[int]) -> Backbone | None:
    """Return the network of a library that a network holds, where it holds one.

    It is pretrained where weights were read into it; `loaded` are those that were, by id.
    """
    for part in module.modules():
        home = type(part).__module__
        if home.startswith(LIBRARIES) and _size(part) >= LEAST_MODULES_OF_A_BACKBONE:
            learns = any(p.requires_grad for p in part.parameters())
            read = any(id(p) in loaded for p in part.parameters())
            weights = None if read else "none"
            return Backbone(name=type(part).__name__, weights=weights, trainable=learns)
    return None


def _size(module: Any) -> int:
    return sum(1 for _ in module.modules())


def noisy(module: Any) -> bool:
    """Return whether modes differ: it holds dropout or BatchNorm that learns statistics."""
    return any(
        (getattr(m, "p", 0) and "Dropout" in type(m).__name__)
        or (isinstance(getattr(m, "dropout", None), float) and m.dropout > 0)
        or getattr(m, "running_mean", None) is not None
        for m in module.modules()
    )
