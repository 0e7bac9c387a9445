"""Write where what Keras 1 and 2 had, module by module, is today.

`python -m benchmarks.former_places`, where `tf_keras` can be imported; it reads
`benchmarks/former_interface.txt`, writes `src/fitdoctor/observe/keras2/places.py`, and prints what
no place is known for.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fitdoctor.observe.keras2 import alias

READ = Path(__file__).with_name("former_interface.txt")
FILE = Path(__file__).parents[1] / "src" / "fitdoctor" / "observe" / "keras2" / "places.py"
FORMERLY = "fitdoctor.observe.keras2.formerly"
HEAD = '''"""What Keras 1 and 2 had and `tf_keras` has elsewhere, by the path below `keras`.

Written by `python -m benchmarks.former_places` from the releases of Keras and the installed
`tf_keras`; not by hand. A place is a module, or `module:name`; `*` stands for the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("["):
            here = found.setdefault(line[1:-1], {})
        elif line:
            place, *names = line.split()
            here |= {name: place.replace("*", name) for name in names}
    return found


def _arguments(text: str) -> Mapping[str, Mapping[str, str]]:
    rows = (line.partition(": ") for line in text.splitlines() if line)
    pairs = ((name, [pair.split("=") for pair in said.split()]) for name, _, said in rows)
    return {name: dict(found) for name, found in pairs}

'''
MEANING = '"""Classes and methods -> names that arguments had in Keras 1 -> those of Keras 2."""\n'
PUBLIC = (
    "layers", "models", "utils", "backend", "callbacks", "losses", "metrics", "optimizers",
    "initializers", "regularizers", "constraints", "activations", "preprocessing.image",
    "preprocessing.text", "preprocessing.sequence", "applications.imagenet_utils",
)  # fmt: skip
"""Where `tf_keras` is asked for a name, in this order; then its own modules."""
MEANT = {
    "K": "tf_keras.backend", "objectives": "tf_keras.losses", "metrics_module": "tf_keras.metrics",
    "initializations": "tf_keras.initializers", "topology": "tf_keras.models",
    "Container": "tf_keras.models:Model", "Network": "tf_keras.models:Model",
    "L1L2Regularizer": "tf_keras.regularizers:L1L2", "one": "tf_keras.initializers:Ones",
    "zero": "tf_keras.initializers:Zeros", "cosine": "tf_keras.losses:cosine_similarity",
    "cosine_proximity": "tf_keras.losses:cosine_similarity", "lesser": "tf_keras.backend:less",
    "lesser_equal": "tf_keras.backend:less_equal", "pack": "tf_keras.backend:stack",
    "get_variable_shape": "tf_keras.backend:int_shape", "py_slice": "builtins:slice",
    "size": "tensorflow:size", "slice": "tensorflow:slice", "is_tensor": "tensorflow:is_tensor",
    "control_dependencies": "tensorflow:control_dependencies",
    "is_symbolic": "tensorflow:is_symbolic_tensor", "deconv2d": "tf_keras.backend:conv2d_transpose",
    "relu6": "tensorflow.nn:relu6", "f1score": f"{FORMERLY}:fmeasure", "fscore":
    f"{FORMERLY}:fmeasure", "conv_utils": "tf_keras.src.utils.conv_utils",
    "generic_utils": "tf_keras.src.utils.generic_utils", "layer_utils":
    "tf_keras.src.utils.layer_utils", "losses_utils": "tf_keras.src.utils.losses_utils",
    "metrics_utils": "tf_keras.src.utils.metrics_utils", "training_utils":
    "tf_keras.src.engine.training_utils", "np_utils": "tf_keras.utils", "np": "numpy",
    "ActivityRegularizer": "tf_keras.regularizers:L1L2",
    "scikit_learn": "fitdoctor.observe.keras2.wrappers", "wrappers":
    "fitdoctor.observe.keras2.wrappers", "legacy": "keras.legacy", "optimizer_from_config":
    "tf_keras.optimizers:deserialize", "layer_from_config": "tf_keras.layers:deserialize",
    "cbks": "tf_keras.callbacks", "merge": "tf_keras.layers:merge",
    "l1l2": "tf_keras.regularizers:L1L2", "WeightRegularizer": "tf_keras.regularizers:L1L2",
    "activity_l1": "tf_keras.regularizers:L1", "activity_l2": "tf_keras.regularizers:L2",
    "activity_l1l2": "tf_keras.regularizers:L1L2", "maxnorm": "tf_keras.constraints:MaxNorm",
    "nonneg": "tf_keras.constraints:NonNeg", "unitnorm": "tf_keras.constraints:UnitNorm",
    "plot": "tf_keras.utils:plot_model",
    **{name: f"fitdoctor.observe.former.functions:{name}" for name in (
        "normal", "uniform", "probas_to_classes", "slice_arrays")},
    "categorical_probas_to_classes": "fitdoctor.observe.former.functions:probas_to_classes",
    "slice_X": "fitdoctor.observe.former.functions:slice_arrays",
}  # fmt: skip
"""What a name meant where another one stands for it today, or where its own means something else."""


def rows() -> Iterator[tuple[str, str]]:
    """Yield paths below `keras` and names that they had."""
    path: str | None = None
    for line in READ.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            path = line[1:-1]
        elif path is not None:
            yield path, line.partition("(")[0]


def arguments() -> Iterator[str]:
    """Yield the lines that say what arguments of a class were called in Keras 1."""
    for line in READ.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            return
        yield line


def place_of(path: str, name: str) -> str:
    """Return where a name of an old path is today; "" where no place is known."""
    if name in MEANT:
        return MEANT[name]
    if path == "legacy.interfaces" and name.startswith("legacy_"):
        return f"{FORMERLY}:symbolic"
    below = f"tf_keras.{path}.{name}".replace("..", ".")
    if f"tf_keras.{name}" in sys.modules:
        return f"tf_keras.{name}"
    for place in PUBLIC:
        if hasattr(sys.modules.get(f"tf_keras.{place}"), name):
            return f"tf_keras.{place}:{name}"
    if hasattr(importlib.import_module(FORMERLY), name):
        return f"{FORMERLY}:{name}"
    own = sorted(n for n in sys.modules if n.startswith("tf_keras.src"))
    for place in sorted(own, key=lambda n: path.rpartition(".")[2] not in n):
        value: Any = vars(sys.modules[place]).get(name)
        if value is not None and getattr(value, "__module__", place) == place:
            return f"{place}:{name}"
    return below if below in sys.modules else ""


def main() -> None:
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras = importlib.import_module("tf_keras")
    from fitdoctor.observe.keras2 import old_names

    old_names.bring_back(keras)
    found: dict[str, dict[str, str]] = {}
    for path, name in rows():
        home = alias.home(f"keras.{path}" if path else "keras")
        if home in alias.OURS.values():
            continue
        at = path if home is None else home.removeprefix("tf_keras").removeprefix(".")
        if home is not None and hasattr(importlib.import_module(home), name):
            continue
        found.setdefault(at, {})[name] = place_of(path, name)
    for at, names in sorted(found.items()):
        if missing := sorted(name for name, place in names.items() if not place):
            print(f"nowhere: {at}: {' '.join(missing)}")
    FILE.write_text(HEAD + written(found), encoding="utf-8")


def written(found: dict[str, dict[str, str]]) -> str:
    """Return the table as Python, the names of one place in one line."""
    text = 'PLACES: Final = _table("""\n'
    for at, names in sorted(found.items()):
        by_place: dict[str, list[str]] = {}
        for name, place in sorted(names.items()):
            if place:
                same = place.rpartition(":")[2] == name and ":" in place
                key = place.removesuffix(f":{name}") + ":*" if same else place
                by_place.setdefault(key, []).append(name)
        lines = [f"{place} {' '.join(names)}" for place, names in sorted(by_place.items())]
        text += "\n".join([f"[{at}]", *lines, ""])
    text += '""")  # noqa: E501\n'
    rows = "\n".join(arguments())
    return f'{text}\nARGUMENTS: Final = _arguments("""\n{rows}\n""")  # noqa: E501\n{MEANING}'


if __name__ == "__main__":
    main()
