"""The epoch whose weights a training leaves, where its settings and curves tell which.

Keras' `EarlyStopping` puts the best weights back where it was asked to: Keras 3 at the end of every
training, Keras 2 only where it stopped one (`keras/src/callbacks/early_stopping.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from fitdoctor.records.run import Curve, Fact, Run, Script

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")
_AS_WRITTEN = {"acc": "accuracy", "val_acc": "val_accuracy"}


class Kept(msgspec.Struct, frozen=True):
    """The epoch whose weights training leaves, and what chose it."""

    epoch: int
    why: str


def kept_epoch(run: Run) -> Kept | None:
    """Return the epoch whose weights are left at the end; `None` where that cannot be told."""
    if run.script is not None:
        return _of_script(run, run.script)
    recipe = run.recipe
    if run.kind != "observed" or recipe is None or recipe.fine_tuning or recipe.patience is None:
        return None
    if not recipe.patience:
        return _last(run, "training never stops early")
    name = recipe.monitor or "val_loss"
    best = _best(run, name, exact=True)
    return Kept(best, f"early stopping put back the best {_words(name)}") if best else None


def _of_script(run: Run, script: Script) -> Kept | None:
    if script.beside or not script.fit or "..." in script.fit or script.program is not None:
        return None
    if "callbacks" not in script.fit:
        loads = script.called("load_weights", "set_weights")
        return None if loads else _last(run, "no callback of fit puts others back")
    used = script.fit["callbacks"].value
    if not isinstance(used, list):
        return None
    for call in script.called("EarlyStopping"):
        given = call.arguments
        if call.name in used and _value(given, "restore_best_weights", default=False) is True:
            return _by_early_stopping(run, given)
    for call in script.called("ModelCheckpoint"):
        given = call.arguments
        if call.name in used and _value(given, "save_best_only", default=False) is True:
            name = _monitor(given)
            best = _best(run, name) if name else None
            return Kept(best, f"the checkpoint of the best {_words(name)}") if best else None
    return None


def _by_early_stopping(run: Run, given: Mapping[str, Fact]) -> Kept | None:
    if {"...", "baseline", "start_from_epoch"} & set(given):
        return None
    name = _monitor(given)
    patience = _value(given, "patience", default=0)
    if name is None or not isinstance(patience, int) or _value(given, "min_delta", default=0) != 0:
        return None
    best = _best(run, name)
    if best is None:
        return None
    in_keras_3 = run.recipe is not None and (run.recipe.keras or "").startswith("3")
    stopped = int(run.curves[name].epochs[-1]) - best >= max(1, patience)
    if not (in_keras_3 or stopped):
        return None
    return Kept(best, f"early stopping put back the best {_words(name)}")


def _monitor(given: Mapping[str, Fact]) -> str | None:
    name = _value(given, "monitor", default="val_loss")
    known = _AS_WRITTEN.get(str(name), str(name))
    return known if known in FIGURES else None


def _value(given: Mapping[str, Fact], name: str, *, default: object) -> object:
    return given[name].value if name in given else default


def _best(run: Run, name: str, *, exact: bool = False) -> int | None:
    """Return the first epoch of the best value; `None` where printed digits leave several."""
    curve = run.curves.get(name)
    if curve is None or not np.isfinite(curve.values).any():
        return None
    values = -curve.values if "accuracy" in name else curve.values
    at = np.flatnonzero(values == np.nanmin(values))
    return int(curve.epochs[at[0]]) if exact or len(at) == 1 else None


def _last(run: Run, why: str) -> Kept | None:
    known: list[Curve] = [curve for curve in run.curves.values() if len(curve)]
    return Kept(max(int(curve.epochs[-1]) for curve in known), why) if known else None


def _words(name: str | None) -> str:
    return (name or "").replace("val_", "validation ")
