"""Recording trainings with PyTorch from inside: a context for loops, callbacks for trainers.

>>> import fitdoctor.torch
>>> with fitdoctor.torch.Recorder("runs/mine", model, optimizer):  # doctest: +SKIP
...     train()
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from fitdoctor.errors import MissingExtraError
from fitdoctor.observe.pytorch.recorder import Recorder, as_figures

__all__ = ["Recorder", "lightning_callback", "transformers_callback"]


def lightning_callback(folder: str | Path) -> Any:
    """Return a callback for `lightning.Trainer(callbacks=[...])` that records `fit`.

    `callback.recorder.folder` is the run folder. Raises `MissingExtraError` without Lightning.
    """
    base = _base(("lightning.pytorch", "pytorch_lightning"), "Callback", "lightning")

    class Recording(base):  # type: ignore[misc,valid-type]
        """Records what Lightning trains."""

        def __init__(self) -> None:
            super().__init__()
            self.recorder = Recorder(folder)

        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            del trainer, pl_module
            self.recorder.__enter__()  # before Lightning makes the iterators of its loaders

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self.recorder.watch(pl_module, *getattr(trainer, "optimizers", ()))

        def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
            del trainer, pl_module
            self.recorder.close()

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            del trainer, pl_module
            self.recorder.close(exception)

    return Recording()


def transformers_callback(folder: str | Path) -> Any:
    """Return a callback for `transformers.Trainer(callbacks=[...])` that records `train`.

    `callback.recorder.folder` is the run folder. Raises `MissingExtraError` without transformers.
    """
    base = _base(("transformers",), "TrainerCallback", "transformers")

    class Recording(base):  # type: ignore[misc,valid-type]
        """Records what the Trainer trains; a validation is what it evaluates."""

        def __init__(self) -> None:
            super().__init__()
            self.recorder = Recorder(folder)

        def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            del args, state, control
            self.recorder.__enter__()
            self.recorder.watch(*filter(None, (given.get("model"), _plain(given.get("optimizer")))))

        def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            del args, state, control
            self.recorder.log(**as_figures(given.get("metrics"), ("eval_",)))

        def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            del args, state, control, given
            self.recorder.close()

    return Recording()


def _plain(optimizer: Any) -> Any:
    """Return the optimizer of PyTorch inside one of accelerate."""
    return getattr(optimizer, "optimizer", optimizer)


def _base(homes: tuple[str, ...], name: str, package: str) -> Any:
    """Return a class that trainers want callbacks to be made from."""
    for home in homes:
        try:
            return getattr(importlib.import_module(home), name)
        except ImportError:
            continue
    raise MissingExtraError(f"recording a trainer of {package} needs it: pip install {package}")
