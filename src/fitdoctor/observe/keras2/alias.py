"""An import finder by which `keras`, and module paths of Keras 1 and 2, are those of `tf_keras`.

Only the standard library is loaded here, as in `hook`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType

from fitdoctor.observe.keras2.places import PLACES

LAYERS = (
    "core", "convolutional", "pooling", "normalization", "recurrent", "embeddings",
    "advanced_activations", "merge", "wrappers", "noise", "local", "convolutional_recurrent",
    "cudnn_recurrent",
)  # fmt: skip
UTILS = (
    "np_utils", "generic_utils", "vis_utils", "layer_utils", "data_utils", "io_utils",
    "visualize_util", "training_utils",
)  # fmt: skip
MOVED = {
    **{f"layers.{name}": "layers" for name in LAYERS},
    **{f"utils.{name}": "utils" for name in UTILS},
    "backend.tensorflow_backend": "backend",
    "backend.common": "backend",
    "objectives": "losses",
    "initializations": "initializers",
    "engine": "",
    "engine.topology": "layers",
    "engine.base_layer": "layers",
    "engine.training": "models",
    "legacy.layers": "layers",
    "layers.normalization.batch_normalization": "layers",
}
"""Paths below `keras` of old -> where `tf_keras` has what they held."""
OURS = {
    "wrappers": "fitdoctor.observe.keras2.wrappers",
    "wrappers.scikit_learn": "fitdoctor.observe.keras2.wrappers",
}
"""Paths below `keras` of old -> our module that has what they held, which went away."""


INSIDE = "tensorflow.python.keras"
"""A Keras inside of TensorFlow that scripts took for `tf.keras`; today it is broken."""


CONTRIB = "tensorflow.contrib"
"""Where TensorFlow 1.0 to 1.4 had Keras, below other things."""


class Alias(MetaPathFinder, Loader):
    """Finds `keras` and what is below it in `tf_keras`."""

    asked = False
    """Whether `keras` has been imported by that name, and not only as a part of TensorFlow."""

    def __init__(
        self, asks: Callable[[FrameType], bool], stand_in: Callable[[str], ModuleType]
    ) -> None:
        """`asks` tells whether a frame is code of the script; `stand_in` makes a gone module."""
        self._asks, self._stand_in = asks, stand_in

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol of finders
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname.startswith(INSIDE):
            # TensorFlow may need its own; the script means the Keras that it had.
            if not self._asks(sys._getframe(1)) or home(fullname) is None:  # noqa: SLF001
                return None
            return importlib.util.spec_from_loader(fullname, self, is_package=True)
        if fullname == CONTRIB or (fullname.startswith(CONTRIB) and home(fullname) is not None):
            return importlib.util.spec_from_loader(fullname, self, is_package=True)
        if fullname.removeprefix("tensorflow.keras.") in OURS:
            return importlib.util.spec_from_loader(fullname, self, is_package=True)
        if fullname != "keras" and not fullname.startswith("keras."):
            return None
        if home(fullname) is None and not _was(fullname.partition(".")[2]):
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        place = home(spec.name)
        Alias.asked |= spec.name == "keras"
        module = self._stand_in(spec.name) if place is None else importlib.import_module(place)
        # The import system sets these on what it is given, which is another module's.
        self._kept = module.__spec__, module.__loader__, module.__package__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__, module.__loader__, module.__package__ = self._kept


def _was(below: str) -> bool:
    """Return whether a path below Keras was a module, or has modules below it."""
    return any(path == below or path.startswith(f"{below}.") for path in PLACES)


def free_inside() -> None:
    """Let what a script imports of the Keras inside of TensorFlow be looked for anew."""
    for name in [name for name in sys.modules if name.startswith(INSIDE)]:
        del sys.modules[name]  # who imported it before keeps it


def home(name: str) -> str | None:
    """Return the module of `tf_keras` that stands for one of `keras`; `None` without such."""
    if name == CONTRIB:
        return None
    if name.startswith(f"{CONTRIB}.keras"):
        name = name.removeprefix(f"{CONTRIB}.").replace("keras.python.keras", "keras", 1)
        name = "keras" if name == "keras.python" else name
    name = name.replace(INSIDE, "keras", 1)
    below = name.removeprefix("tensorflow.").partition(".")[2]
    if below in OURS:
        return OURS[below]
    for candidate in (below, MOVED.get(below)):
        if candidate is None:
            continue
        place = f"tf_keras.{candidate}" if candidate else "tf_keras"
        if place in sys.modules:
            return place
        try:
            if importlib.util.find_spec(place) is not None:
                return place
        except ModuleNotFoundError:
            continue
    return None
