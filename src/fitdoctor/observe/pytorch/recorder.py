"""Recording a loop of one's own from inside the script, and from trainers that call back."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fitdoctor.errors import RunFolderError
from fitdoctor.observe.pytorch import seam


class Recorder:
    """Record a training loop of PyTorch as a run folder that `fitdoctor diagnose` reads.

    A context: what is trained inside is recorded as by `fitdoctor run`, whatever the loop looks
    like: losses, accuracies, what is called, cleared and stepped in which mode, and what the
    network is fed. Nothing that the training computes is changed. It records on one thread.

    Parameters
    ----------
    folder : str or Path
        The run folder. Where it already holds a run, a number is added to its name; several
        trainings are several folders. `self.folder` is that of the last one.
    *parts : Module, Optimizer or LRScheduler
        What was made before the context begins. What is made inside is seen by itself.

    Examples
    --------
    >>> with fitdoctor.torch.Recorder("runs/mine", model, optimizer):  # doctest: +SKIP
    ...     for epoch in range(10):
    ...         train(model, loader, optimizer)
    """

    def __init__(self, folder: str | Path, *parts: Any) -> None:
        self._wanted, self._parts = Path(folder), parts
        self._seam: seam.Seam | None = None

    def __enter__(self) -> Self:
        _check(self._parts)
        if seam.active():
            return self  # `fitdoctor run` records this script, or another recorder does
        self._seam = seam.install(_torch(), str(self._wanted), "default")
        self.watch(*self._parts)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, trace
        self.close(error)

    @property
    def folder(self) -> Path:
        """The run folder of the last training; the wanted one before there is any."""
        trainings = self._seam.watch.trainings if self._seam is not None else ()
        return trainings[-1].folder if trainings else self._wanted

    def watch(self, *parts: Any) -> None:
        """Take networks, optimizers and schedulers that were made before; raise for others."""
        kinds = _check(parts)
        if self._seam is not None:
            for kind in kinds:
                self._seam.know(part for part in parts if isinstance(part, kind))

    def log(self, **figures: float) -> None:
        """Add figures to the epoch that was trained last, as `val_loss=0.3`.

        What the loop itself shows of the same name counts instead.
        """
        training = self._seam.watch.training if self._seam is not None else None
        if training is not None:
            training.given |= {name: float(value) for name, value in figures.items()}

    def close(self, error: BaseException | None = None) -> None:
        """End recording, and write what is open; `error` is what ended the training."""
        if self._seam is not None and self._seam.live:
            if error is not None:
                seam.failed(error)
            seam.uninstall()


def _check(parts: Iterable[Any]) -> tuple[type, ...]:
    """Return the kinds that can be watched, in the order of taking them; raise for other parts."""
    torch = _torch()
    kinds = torch.nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler
    for part in parts:
        if not isinstance(part, kinds):
            raise RunFolderError(
                f"Recorder was given {type(part).__name__}: give networks, optimizers, schedulers"
            )
    return kinds


def _torch() -> Any:
    if "torch" not in sys.modules:
        raise RunFolderError("import torch before a loop of PyTorch is recorded")
    return sys.modules["torch"]


def as_figures(given: Any, of: Iterable[str]) -> dict[str, float]:
    """Return single numbers of a mapping of a trainer under the names of curves.

    >>> as_figures({"eval_loss": 0.5, "eval_accuracy": 0.75, "epoch": 1.0}, ["eval_"])
    {'val_loss': 0.5, 'val_accuracy': 0.75}
    """
    found: dict[str, float] = {}
    for name, value in dict(given or {}).items():
        prefix = next((p for p in of if str(name).startswith(p)), None)
        rest = str(name)[len(prefix) :] if prefix is not None else ""
        if rest in {"loss", "accuracy", "acc"} and isinstance(value, int | float):
            found[f"val_{'accuracy' if rest == 'acc' else rest}"] = float(value)
    return found
