"""Hold the catalogue against the libraries that are installed, and write its signatures.

    python -m benchmarks.catalogue           # write src/fitdoctor/catalogue/signatures.py
    python -m benchmarks.catalogue --check   # only compare; status 1 where a row is not as it is
    python -m benchmarks.catalogue --slow    # build every network as well, which takes minutes

Each library is read where it can be imported: Keras 3, `tf_keras` (Keras 2), torch, torchvision and
timm. What cannot be imported is left as it was, and named.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from fitdoctor.catalogue import backbones, datasets, layers, losses, optimizers, signatures

FILE = Path(signatures.__file__)
HEAD = '''"""What functions of libraries are given without a name, in its order.

Written by `python -m benchmarks.catalogue` from the installed libraries; not by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    rows = (line.split() for line in text.replace("\\n ", " ").splitlines())
    return {name: tuple(told) for name, *told in filter(None, rows)}

'''
WIDTH = 99
"""Letters of a line; a signature that is longer goes on in lines that begin with a space."""
Table = Mapping[str, tuple[str, ...]]


def library(name: str) -> ModuleType | None:
    """Return a library, or `None` where it cannot be imported."""
    try:
        return importlib.import_module(name)
    except (ImportError, RuntimeError) as error:
        print(f"{name}: not read ({str(error).splitlines()[0][:80]})", file=sys.stderr)
        return None


def positional(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the arguments that a function takes without a name, in their order."""
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = inspect.signature(function).parameters.values()
    return tuple(p.name for p in found if p.kind in plain and p.name != "self")


def of_module(module: Any, names: Iterator[str] | set[str]) -> Table:
    """Return the signatures of the named functions and classes that a module has."""
    made = {}
    for name in sorted(names):
        function = getattr(module, name, None)
        if callable(function) and (told := positional(function)):
            made[name] = told
    return made


CALLBACKS = {"EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint", "LearningRateScheduler"}


def of_keras(keras: Any) -> Table:
    """Return the signatures of Keras.

    Those of `tf_keras` begin alike, but for `model_name` of ConvNeXt and arguments that no rule asks
    for.
    """
    return {
        **of_module(keras.layers, set(layers.NAMES)),
        **of_module(keras.optimizers, set(optimizers.NAMES)),
        **of_module(keras.callbacks, CALLBACKS),
        **of_module(keras.applications, set(backbones.CHANNELS)),
    }


def of_torch(torch: Any) -> Table:
    """Return the signatures of torch: losses, optimizers, and plans of the learning rate."""
    plans = torch.optim.lr_scheduler
    named = {n for n in vars(plans) if n.endswith(("LR", "Restarts", "Plateau")) and n[0] != "_"}
    return {
        **of_module(torch.nn, {k.kind for x in losses.LOSSES for k in x.torch}),
        **of_module(torch.nn.functional, {k.function for x in losses.LOSSES for k in x.torch}),
        **of_module(torch.optim, set(optimizers.NAMES)),
        **{n: t for n, t in of_module(plans, named - {"LRScheduler"}).items() if len(t) > 1},
    }


OF_SETS = {"DataLoader", "Subset", "TensorDataset", "WeightedRandomSampler"}
OF_FLOWS = {"flow", "flow_from_directory", "flow_from_dataframe"}
OF_NETWORKS = {
    "fit",
    "fit_generator",
    "evaluate",
    "evaluate_generator",
    "predict",
    "predict_generator",
}


def of_data(keras: Any, torch: Any, vision: Any, timm: Any) -> Table:
    """Return the signatures of what reads, mixes and feeds images, and of what makes networks.

    Those of methods are Keras 2's: `fit_generator` is gone from Keras 3, and the others only grew.
    """
    made: dict[str, tuple[str, ...]] = {}
    if keras:
        images = keras.preprocessing.image.ImageDataGenerator
        made |= of_module(keras.Model, OF_NETWORKS) | of_module(images, OF_FLOWS)
        # What comes after it stands elsewhere in older versions.
        steps = made["fit_generator"].index("validation_steps")
        made["fit_generator"] = made["fit_generator"][: steps + 1]
        made |= of_module(keras.preprocessing.image, {"ImageDataGenerator"})
        made |= of_module(keras.utils, {"image_dataset_from_directory"})
    if torch:
        made |= of_module(torch.utils.data, OF_SETS)
    if vision:
        named = datasets.OF_TORCHVISION | {datasets.FOLDER}
        made |= of_module(vision.datasets, {n for n in named if hasattr(vision.datasets, n)})
    return made | (of_module(timm, {"create_model"}) if timm else {})


def table(name: str, rows: Table) -> str:
    """Return a table as source: a line a function."""
    lines = []
    for function, told in sorted(rows.items()):
        lines += textwrap.wrap(" ".join([function, *told]), WIDTH, subsequent_indent=" ")
    return f'{name}: Final = _table("""\n' + "\n".join(lines) + '\n""")\n'


def rates(keras: Any) -> Mapping[str, float]:
    """Return the learning rates that a version of Keras takes where none is given."""
    made = {}
    for name in sorted(optimizers.NAMES):
        kind = getattr(keras.optimizers, name, None)
        told = inspect.signature(kind).parameters.get("learning_rate") if kind else None
        if told is not None and isinstance(told.default, float):
            made[name] = told.default
    return made


def differing(keras: Any, version: optimizers.Version) -> Iterator[str]:
    """Yield the rows of optimizers that a version of Keras has otherwise."""
    for name, rate in rates(keras).items():
        row = optimizers.optimizer(name)
        if row is not None and row.defaults.get(version) != rate:
            yield f"{name}: {row.defaults.get(version)} in the catalogue, {rate} in {version}"


def networks_of_keras(keras: Any) -> Iterator[str]:
    """Yield what is not so of the networks of Keras: names, modules, channels, BatchNorm."""
    made = {n for n, f in vars(keras.applications).items() if inspect.isfunction(f)}
    yield from (f"{name}: not in the catalogue" for name in sorted(made - {*backbones.CHANNELS}))
    for name, channels in backbones.CHANNELS.items():
        family = backbones.family(name)
        modules = [m.format(name.lower()) for m in family.modules] if family else []
        if not any(hasattr(getattr(keras.applications, m, None), name) for m in modules):
            yield f"{name}: in none of {modules} of keras.applications"
        network = getattr(keras.applications, name)(
            weights=None, include_top=False, input_shape=(224, 224, 3)
        )
        if network.output_shape[-1] != channels:
            yield f"{name}: {network.output_shape[-1]} channels, not {channels}"
        normalises = any(type(x).__name__ == "BatchNormalization" for x in network.layers)
        if normalises != backbones.holds_batchnorm(name):
            yield f"{name}: BatchNorm {normalises}"
        keras.backend.clear_session()


def networks_of_torchvision(torch: Any, models: Any) -> Iterator[str]:
    """Yield what is not so of the networks of torchvision: names, heads, BatchNorm, dropout."""
    for name in models.list_models(module=models):
        if not backbones.is_of_torchvision(name):
            yield f"{name}: not known as a function of torchvision"
        extra = {"aux_logits": False, "init_weights": False} if "inc" in name else {}
        if name == "googlenet":
            extra = {"aux_logits": False, "init_weights": False}
        if name in {"regnet_y_128gf", "regnet_y_32gf", "regnet_x_32gf"}:
            continue  # which take gigabytes, and are built as their smaller ones are
        with torch.device("cpu" if name.startswith("regnet") else "meta"):
            network = models.get_model(name, weights=None, **extra)
        yield from _parts(torch, name, network)


def _parts(torch: Any, name: str, network: Any) -> Iterator[str]:
    of_classes = 1000
    parts = list(network.named_modules())
    ends = [
        n for n, m in parts
        if isinstance(m, torch.nn.Linear) or getattr(m, "out_channels", 0) == of_classes
    ]  # fmt: skip
    head = ends[-1].partition(".")[0]
    if head != backbones.head_of(name):
        yield f"{name}: its classifier is {head}, not {backbones.head_of(name)}"
    kinds = [(n.partition(".")[0] == head, type(m).__name__) for n, m in parts]
    if any("BatchNorm" in kind for _, kind in kinds) != backbones.holds_batchnorm(name):
        yield f"{name}: holds BatchNorm, or not"
    drops = {inside for inside, kind in kinds if kind.startswith(("Dropout", "Stochastic"))}
    told = {inside for inside, part in ((False, "body"), (True, "head")) if part in _drops(name)}
    if drops != told:
        yield f"{name}: drops in {drops}, not in {told}"


def _drops(name: str) -> set[str]:
    found = backbones.family(name)
    return set(found.dropout) if found is not None else set()


def main() -> int:
    """Write or check; return 1 where something is not as the catalogue says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--slow", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras, old, torch = library("keras"), library("tf_keras"), library("torch")
    found: list[str] = []
    tables = {
        "KERAS": of_keras(keras) if keras else signatures.KERAS,
        "TORCH": of_torch(torch) if torch else signatures.TORCH,
        "DATA": {
            **signatures.DATA,
            **of_data(old, torch, library("torchvision"), library("timm")),
        },
    }
    found += differing(keras, "keras 3") if keras else ()
    found += differing(old, "keras 2.3") if old else ()
    if given.slow:
        found += networks_of_keras(keras) if keras else ()
        vision = library("torchvision.models") if torch else None
        found += networks_of_torchvision(torch, vision) if vision else ()
    text = "\n".join([HEAD, *(table(name, rows) for name, rows in tables.items())])
    if not given.check:
        FILE.write_text(text, encoding="utf-8")
    elif text != FILE.read_text(encoding="utf-8"):
        found.append(f"{FILE.name} is not what the installed libraries have")
    print("\n".join(found) or "the catalogue is as the libraries are")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
