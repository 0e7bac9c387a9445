"""The command that executes somebody's script: run."""

from __future__ import annotations

import sys
from pathlib import Path

from fitdoctor.cli.printing import width
from fitdoctor.errors import FitdoctorError, UnreadableSourceError

MOST_SHOWN = 3
"""Trainings of one script whose diagnosis is printed whole."""


def run(
    script: Path, arguments: list[str], output: Path | None, limit: float | None, probes: str
) -> int:
    """Execute a training script unchanged, record what it trains, and say what is wrong with it."""
    from fitdoctor import doctor

    if not script.is_file():
        raise UnreadableSourceError(f"{script}: there is no such file")
    if limit is not None and limit <= 0:
        raise UnreadableSourceError(f"--limit {limit:g}: expected seconds, more than 0")
    print(f"fitdoctor: executing {script} with all that it does", file=sys.stderr, flush=True)
    status, folders = doctor.run(script, arguments, output, limit=limit, probes=probes)
    sys.stdout.flush()
    try:
        _tell(script, folders)
    except (FitdoctorError, OSError) as error:
        print(f"fitdoctor: {error}", file=sys.stderr)
    return doctor.end_as(status)


def _tell(script: Path, folders: tuple[Path, ...]) -> None:
    """Print the run folders, whatever is quiet, and what was found."""
    if not folders:
        print(
            "fitdoctor: no training was seen: neither fit nor train_on_batch of Keras was called",
            file=sys.__stderr__,
        )
        return
    places = ", ".join(map(str, folders))
    print(f"fitdoctor: run folder{'s' * (len(folders) > 1)}: {places}", file=sys.__stderr__)
    if sys.stderr is not sys.__stderr__:
        return  # -q
    from fitdoctor import doctor
    from fitdoctor.report import table, text

    diagnoses = [doctor.diagnose_recorded(folder, script) for folder in folders]
    for diagnosis in diagnoses[-MOST_SHOWN:]:
        print("\n" + text.render(diagnosis, width=width(), colour=False), file=sys.stderr)
    if len(diagnoses) > 1:
        print("\n" + table.compare([d.run for d in diagnoses]), file=sys.stderr)
