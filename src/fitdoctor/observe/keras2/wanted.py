"""Whether a script is written for Keras 1 or 2: by what it imports, calls and gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fitdoctor.catalogue.optimizers import OF_KERAS_1, OF_KERAS_2
from fitdoctor.observe.keras2.alias import INSIDE
from fitdoctor.observe.keras2.gone import GONE, GONE_OF_TF

MODULES = (
    "layers.core", "layers.convolutional", "layers.pooling", "layers.normalization",
    "layers.recurrent", "layers.embeddings", "layers.advanced_activations", "layers.merge",
    "layers.wrappers", "layers.noise", "layers.local", "layers.convolutional_recurrent",
    "layers.cudnn_recurrent", "engine", "wrappers", "legacy", "objectives", "initializations",
    "optimizers.legacy",
    "utils.np_utils", "utils.generic_utils", "utils.vis_utils", "utils.layer_utils",
    "utils.data_utils", "utils.io_utils", "utils.training_utils", "utils.visualize_util",
    "backend.tensorflow_backend", "backend.common", "preprocessing.image", "preprocessing.text",
    "applications.imagenet_utils", "metrics.metrics",
)  # fmt: skip
"""Module paths below `keras` that Keras 3 has not, or not with what they held."""
NAMES = frozenset(
    {"np_utils", "multi_gpu_model", "CuDNNLSTM", "CuDNNGRU", "MaxoutDense", "Highway", "Merge",
     "TimeDistributedDense", "merge", "KerasClassifier", "KerasRegressor", "Graph",
     "ImageDataGenerator", "Tokenizer", "ThresholdedReLU", "ConvLSTM2DCell"}
)  # fmt: skip
"""Names that were imported from `keras` or below."""
METHODS = frozenset(
    {"fit_generator", "evaluate_generator", "predict_generator", "predict_classes",
     "predict_proba"}
)  # fmt: skip
ARGUMENTS = frozenset(
    {"nb_epoch", "nb_filter", "nb_row", "nb_col", "border_mode", "subsample", "dim_ordering",
     "samples_per_epoch", "nb_val_samples", "nb_worker", "W_regularizer", "b_regularizer",
     "W_constraint", "b_constraint", "inner_activation", "inner_init", "dropout_W", "dropout_U",
     "init", "show_accuracy", "class_mode", "batch_input_shape", "input_length"}
)  # fmt: skip
OF_METHODS = frozenset({"workers", "use_multiprocessing", "max_queue_size"})
"""Arguments of `fit`, `evaluate` and `predict` that Keras 3 gives to the data set alone."""
OF_LAYERS = frozenset({"init", "batch_input_shape", "input_length"})
"""Arguments that count only where something is called that Keras imports give."""
OLD_RATE = frozenset({"lr", "decay"})
_ROOTS = ("keras", "tensorflow.keras", "tensorflow.python.keras", "tf_keras")


def reason(text: str) -> str | None:
    """Return what of a script only Keras 1 or 2 takes, with its line; `None` without such."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = list(_signs(tree))
    if not any(_imports_keras(node) for node in ast.walk(tree)):
        return None
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _imports_keras(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(_below(n.name) is not None or n.name == "tensorflow" for n in names)
        case ast.ImportFrom(module=str(module)):
            return _below(module) is not None or module == "tensorflow"
        case _:
            return False


def _below(module: str) -> str | None:
    """Return the path below Keras, "" for Keras itself; `None` for other packages."""
    for root in _ROOTS:
        if module == root:
            return ""
        if module.startswith(f"{root}."):
            return module[len(root) + 1 :]
    return None


def _signs(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield lines, and what stands there that Keras 3 refuses."""
    names, backends = _imported(tree)
    modules = _modules(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for one in aliases:
                    if _old(_below(one.name)) or one.name.startswith(INSIDE):
                        yield node.lineno, f"{one.name} in line {node.lineno}"
            case ast.ImportFrom(module=str(module), names=aliases):
                below = _below(module)
                gone = next((a.name for a in aliases if _gone(module, below, a.name)), None)
                inside = module.startswith(INSIDE)
                if below is not None and (_old(below) or gone or inside):
                    yield node.lineno, f"{gone or module} in line {node.lineno}"
            case ast.Call(func=function, keywords=keywords):
                called = _name(function)
                for word in keywords:
                    old = word.arg in ARGUMENTS - OF_LAYERS or (
                        word.arg in OF_LAYERS and called in names
                    )
                    old = old or (
                        word.arg in OF_METHODS
                        and called in ("fit", "evaluate", "predict")
                        and isinstance(function, ast.Attribute)
                    )
                    if old or (called in OF_KERAS_2 and word.arg in OLD_RATE):
                        yield node.lineno, f"{word.arg}= in line {node.lineno}"
                if refused := _ending(called, node):
                    yield node.lineno, f"{refused} in line {node.lineno}"
                if called in METHODS and isinstance(function, ast.Attribute):
                    yield node.lineno, f"{called} in line {node.lineno}"
            case ast.Attribute():
                if sign := _refused(node, backends, modules):
                    yield node.lineno, f"{sign} in line {node.lineno}"
            case _:
                pass


def _refused(
    node: ast.Attribute, backends: set[str], modules: dict[str, tuple[str, str]]
) -> str | None:
    """Return what an expression takes of Keras, or of the TensorFlow of then, that went away."""
    attribute = node.attr
    if isinstance(node.value, ast.Name) and node.value.id in backends:
        return None if attribute in KEPT else f"{node.value.id}.{attribute}"
    if (place := _place(node.value, modules)) is not None:
        root, below = place
        if below != "backend" and _gone(root, below, attribute):
            return f"{below}.{attribute}"
    return _of_tensorflow_1(node, modules)


def _of_tensorflow_1(node: ast.Attribute, modules: dict[str, tuple[str, str]]) -> str | None:
    """Return what only TensorFlow 1 had of what an expression names, whose Keras was the second."""
    parts: tuple[str, ...]
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            old, parts = attribute in OF_TENSORFLOW_1, (name, attribute)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="train"), attr=last):
            old, parts = last.endswith("Optimizer"), (name, "train", last)
        case _:
            return None
    return ".".join(parts) if old and modules.get(name) == ("tensorflow", "") else None


OF_TENSORFLOW_1 = frozenset(
    {"ConfigProto", "GPUOptions", "InteractiveSession", "Session", "app", "contrib",
     "enable_eager_execution", "get_default_graph", "global_variables_initializer", "layers",
     "logging", "placeholder", "random_normal", "reset_default_graph", "set_random_seed",
     "truncated_normal"}
)  # fmt: skip


def _gone(root: str, below: str | None, name: str) -> bool:
    """Return whether Keras 3 has a name no more that is taken from a path below Keras."""
    if below is None:
        return False
    table = GONE_OF_TF if root.startswith("tensorflow") else GONE
    lower = below == "optimizers" and name in RATES_BY_NAME
    return name in NAMES or name in table.get(below, ()) or lower


RATES_BY_NAME = frozenset(name.lower() for name in OF_KERAS_1)
"""Names of `keras.optimizers` of old for its classes."""


def _modules(tree: ast.AST) -> dict[str, tuple[str, str]]:
    """Return names of modules -> the package that they are of, and the path below Keras."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for one in aliases:
                    below = _below(one.name)
                    if one.asname and below is not None:
                        found[one.asname] = one.name, below
                    elif one.name == "tensorflow":
                        found[one.asname or "tensorflow"] = one.name, ""
                    elif below is not None:
                        root = one.name.partition(".")[0]
                        found[root] = root, ""
            case ast.ImportFrom(module=str(module), names=aliases):
                for one in aliases:
                    below = _below(f"{module}.{one.name}")
                    if below is not None and one.name.islower():
                        found[one.asname or one.name] = module, below
            case _:
                pass
    return found


def _place(value: ast.expr, modules: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Return the package and the path below Keras that an expression names; `None` for others."""
    parts: list[str] = []
    while isinstance(value, ast.Attribute):
        parts.insert(0, value.attr)
        value = value.value
    if not isinstance(value, ast.Name) or value.id not in modules:
        return None
    root, below = modules[value.id]
    if root == "tensorflow" and not below:
        if not parts or parts[0] != "keras":
            return None
        parts = parts[1:]
    return root, ".".join(filter(None, (below, *parts)))


def _ending(called: str, node: ast.Call) -> str | None:
    """Return a file name that Keras 3 refuses to save to, for how it ends."""
    given = {word.arg: word.value for word in node.keywords}
    path = node.args[0] if node.args else given.get("filepath")
    if called not in {"ModelCheckpoint", "save_weights"} or not isinstance(path, ast.Constant):
        return None
    weights = given.get("save_weights_only")
    of_weights = called == "save_weights" or (
        isinstance(weights, ast.Constant) and weights.value is True
    )
    endings = (".weights.h5",) if of_weights else (".keras", ".h5")
    return None if str(path.value).endswith(endings) else repr(path.value)


KEPT = frozenset(
    {"backend", "clear_session", "epsilon", "set_epsilon", "floatx", "set_floatx",
     "image_data_format", "set_image_data_format", "is_float_dtype", "standardize_dtype",
     "result_type", "get_uid", "is_keras_tensor", "is_int_dtype"}
)  # fmt: skip
"""What `keras.backend` still holds in Keras 3."""


def _old(below: str | None) -> bool:
    return below is not None and any(below == m or below.startswith(f"{m}.") for m in MODULES)


def _imported(tree: ast.AST) -> tuple[set[str], set[str]]:
    """Return names that are imported from Keras, and those of its backend."""
    names: set[str] = set()
    backends: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=aliases) if _below(module) is not None:
                names |= {a.name for a in aliases}
                # The backend of tf.keras is still whole.
                if module == "keras":
                    backends |= {a.asname or a.name for a in aliases if a.name == "backend"}
            case ast.Import(names=aliases):
                backends |= {a.asname for a in aliases if a.name == "keras.backend" and a.asname}
            case _:
                pass
    return names, backends


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
