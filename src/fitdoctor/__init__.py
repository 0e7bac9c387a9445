"""Train image classifiers, find out why a training went wrong, and prove the cause.

>>> import fitdoctor as fd
>>> diagnosis = fd.diagnose({"loss": [1.1] * 12, "val_loss": [1.1] * 12})
>>> diagnosis.symptoms[0].rule
'never_learned'

Importing this loads neither Keras nor a backend; what trains or predicts does when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fitdoctor.records.version import VERSION

if TYPE_CHECKING:
    from fitdoctor.doctor import (
        audit,
        compare,
        diagnose,
        evaluate,
        export,
        fit,
        fix,
        lr_find,
        predict,
    )
    from fitdoctor.errors import FitdoctorError
    from fitdoctor.proof import prove
    from fitdoctor.records.evaluation import Evaluation
    from fitdoctor.records.experiment import Verdict
    from fitdoctor.records.finding import Diagnosis
    from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
    from fitdoctor.records.run import Run
    from fitdoctor.training.recorder import Recorder
    from fitdoctor.widgets import ask

__version__ = VERSION
__all__ = [
    "Backbone",
    "Diagnosis",
    "Evaluation",
    "FitdoctorError",
    "Layer",
    "Optimizer",
    "Recipe",
    "Recorder",
    "Run",
    "Verdict",
    "ask",
    "audit",
    "compare",
    "diagnose",
    "evaluate",
    "export",
    "fit",
    "fix",
    "lr_find",
    "predict",
    "prove",
]

_HOMES = {
    "Backbone": "records.recipe",
    "Diagnosis": "records.finding",
    "Evaluation": "records.evaluation",
    "FitdoctorError": "errors",
    "Layer": "records.recipe",
    "Optimizer": "records.recipe",
    "Recipe": "records.recipe",
    "Recorder": "training.recorder",
    "Run": "records.run",
    "Verdict": "records.experiment",
    "ask": "widgets",
    "audit": "doctor",
    "compare": "doctor",
    "diagnose": "doctor",
    "evaluate": "doctor",
    "export": "doctor",
    "fit": "doctor",
    "fix": "doctor",
    "lr_find": "doctor",
    "predict": "doctor",
    "prove": "proof",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        # Registers how notebooks show records; a command needs none of it.
        importlib.import_module("fitdoctor.report.notebook")
        return getattr(importlib.import_module(f"fitdoctor.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'fitdoctor' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
