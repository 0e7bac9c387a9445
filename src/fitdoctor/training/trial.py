"""The child process of one trial of a recipe: RESULT.json, and the recipe on standard input.

When the parent ends, so does this process.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from msgspec.structs import replace

from fitdoctor import child
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.job import Measured
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.text import from_json, to_json

OUTCOME = "val_accuracy"


def main() -> None:
    result = Path(sys.argv[1])
    recipe = from_json(child.task_from_parent().decode(), Recipe)
    began = time.perf_counter()
    try:
        measured = _measured(recipe)
    except TrialFailedError as error:
        measured = Measured(outcome=OUTCOME, failure=str(error))
    except MemoryError as error:
        measured = Measured(outcome=OUTCOME, failure=f"out of memory: {error}")
    except FitdoctorError as error:
        measured = Measured(refused=" ".join(str(error).split()))
    measured = replace(measured, seconds=round(time.perf_counter() - began, 3))
    part = result.with_suffix(".part")
    part.write_text(to_json(measured), encoding="utf-8")
    part.replace(result)


def _measured(recipe: Recipe) -> Measured:
    from fitdoctor.training.quiet import import_keras, quieten

    quieten()
    import_keras()
    from fitdoctor.training.trials import KerasTrainer

    run = KerasTrainer().train(recipe)
    data = run.data
    return Measured(
        outcome=OUTCOME,
        value=float(run.curves[OUTCOME].values[-1]) if OUTCOME in run.curves else None,
        rows=data.n_val if data else None,
        counts=(data.class_counts or ()) if data else (),
    )


if __name__ == "__main__":
    main()
