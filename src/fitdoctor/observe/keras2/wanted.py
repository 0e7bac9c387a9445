"""Whether a script is written for Keras 1 or 2: by what it imports, calls and gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from fitdoctor.catalogue.optimizers import OF_KERAS_1, OF_KERAS_2
from fitdoctor.observe.former import python2
from fitdoctor.observe.keras2.alias import CONTRIB, INSIDE
from fitdoctor.observe.keras2.gone import GONE, GONE_OF_TENSORFLOW, GONE_OF_TF, MODULES
from fitdoctor.observe.keras2.places import ARGUMENTS as KERAS_1

KEPT_BY_NAME = (
    "optimizers.legacy", "preprocessing.image", "preprocessing.text",
    "applications.imagenet_utils", "metrics.metrics",
)  # fmt: skip
"""Module paths below `keras` that Keras 3 has by name, not with what they held."""
NAMES = frozenset(
    {"np_utils", "multi_gpu_model", "CuDNNLSTM", "CuDNNGRU", "MaxoutDense", "Highway", "Merge",
     "TimeDistributedDense", "merge", "KerasClassifier", "KerasRegressor", "Graph",
     "ImageDataGenerator", "Tokenizer", "ThresholdedReLU", "ConvLSTM2DCell"}
)  # fmt: skip
"""Names that were imported from `keras` or below."""
METHODS = frozenset(
    {"fit_generator", "evaluate_generator", "predict_generator", "predict_classes",
     "get_input_at", "get_output_at", "get_input_shape_at", "get_output_shape_at",
     "get_output_shape_for", "get_losses_for", "get_updates_for", "_make_predict_function",
     "_make_train_function", "_make_test_function", "to_yaml"}
)  # fmt: skip
"""Methods of networks and layers of Keras 1 and 2."""
MEMBERS = frozenset(
    {"inbound_nodes", "outbound_nodes", "total_loss", "metrics_tensors", "uses_learning_phase",
     "container_nodes", "nodes_by_depth", "layers_by_depth"}
)  # fmt: skip
"""What networks and layers of Keras 1 and 2 held besides."""
ARGUMENTS = frozenset(
    {"nb_epoch", "nb_filter", "nb_row", "nb_col", "border_mode", "subsample", "dim_ordering",
     "samples_per_epoch", "nb_val_samples", "nb_worker", "W_regularizer", "b_regularizer",
     "W_constraint", "b_constraint", "inner_activation", "inner_init", "dropout_W", "dropout_U",
     "show_accuracy", "class_mode", "sample_weight_mode", "target_tensors"}
)  # fmt: skip
OF_METHODS = frozenset({"workers", "use_multiprocessing", "max_queue_size"})
"""Arguments of `fit`, `evaluate` and `predict` that Keras 3 gives to the data set alone."""
OF_LAYERS = frozenset({"batch_input_shape", "input_length"})
"""Arguments that count only where something is called that Keras imports give, as do those of
Keras' own table of what Keras 1 called them."""
OLD_RATE = frozenset({"lr", "decay"})
_ROOTS = (
    "keras",
    "tensorflow.contrib.keras",
    "tensorflow.keras",
    "tensorflow.python.keras",
    "tf_keras",
)


def reason(text: str) -> str | None:
    """Return what of a script only Keras 1 or 2 takes, with its line; `None` without such."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return _of_python_2(text, error.lineno or 1)
    except (ValueError, RecursionError, MemoryError):
        return None
    found = list(_signs(tree))
    if not any(_imports_keras(node) for node in ast.walk(tree)):
        return None
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _of_python_2(text: str, line: int) -> str | None:
    """Return that a script of Keras is of Python 2, which Keras 3 never ran on."""
    translated = python2.translated(text)
    if translated is None or not any(map(_imports_keras, ast.walk(ast.parse(translated)))):
        return None
    return f"Python 2 in line {line}"


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
                    if _old(_below(one.name)) or one.name.startswith((INSIDE, CONTRIB)):
                        yield node.lineno, f"{one.name} in line {node.lineno}"
            case ast.ImportFrom(module=str(module), names=aliases):
                below = _below(module)
                gone = next((a.name for a in aliases if _gone(module, below, a.name)), None)
                inside = module.startswith((INSIDE, CONTRIB))
                if below is not None and (_old(below) or gone or inside):
                    yield node.lineno, f"{gone or module} in line {node.lineno}"
            case ast.Call(func=function, keywords=keywords):
                called = _name(function)
                for word in keywords:
                    old = word.arg in ARGUMENTS or (
                        word.arg in (*OF_LAYERS, *_of_keras_1(called))
                        and (called in names or _of_keras(function, modules))
                    )
                    old = old or (
                        word.arg in OF_METHODS
                        and called in ("fit", "evaluate", "predict")
                        and isinstance(function, ast.Attribute)
                    )
                    if old or (called in OF_KERAS_2 and word.arg in OLD_RATE):
                        yield node.lineno, f"{word.arg}= in line {node.lineno}"
                if called == "compile" and (metric := _one_metric(node)):
                    yield node.lineno, f"metrics={metric} in line {node.lineno}"
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
    if attribute in MEMBERS:
        return attribute
    match node.value:
        case ast.Attribute(attr="optimizer") if attribute == "lr":
            return "optimizer.lr"
        case _:
            pass
    if isinstance(node.value, ast.Name) and node.value.id in backends:
        return None if attribute in KEPT else f"{node.value.id}.{attribute}"
    if (place := _place(node.value, modules)) is not None:
        root, below = place
        if below != "backend" and _gone(root, below, attribute):
            return f"{below}.{attribute}"
    return _of_tensorflow_1(node, modules)


def _of_tensorflow_1(node: ast.Attribute, modules: dict[str, tuple[str, str]]) -> str | None:
    """Return what only TensorFlow 1 had of what an expression names, whose Keras was the second."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            path = ""
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=path), attr=attribute):
            pass
        case _:
            return None
    if modules.get(name) != ("tensorflow", "") or attribute not in GONE_OF_TENSORFLOW.get(path, ()):
        return None
    return ".".join(filter(None, (name, path, attribute)))


def _of_keras(function: ast.expr, modules: dict[str, tuple[str, str]]) -> bool:
    """Return whether what is called is written as an attribute of a module of Keras."""
    return isinstance(function, ast.Attribute) and _place(function.value, modules) is not None


def _of_keras_1(called: str) -> Mapping[str, str]:
    """Return what arguments of a layer were called in Keras 1."""
    return KERAS_1.get(called.replace("Convolution", "Conv"), {})


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


def _one_metric(node: ast.Call) -> str | None:
    """Return a metric that is given by its name alone, which Keras 3 takes in a list."""
    given = {word.arg: word.value for word in node.keywords}
    match given.get("metrics"):
        case ast.Constant(value=str(name)) if isinstance(node.func, ast.Attribute):
            return repr(name)
        case _:
            return None


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
    parts = below.split(".") if below else []
    above = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
    return any(path in MODULES or path in KEPT_BY_NAME for path in above)


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
