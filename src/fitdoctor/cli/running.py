"""The commands that execute somebody's script: run, and prove of a script."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fitdoctor.cli.printing import FOUND, colour, width, write
from fitdoctor.errors import FitdoctorError, UnreadableSourceError
from fitdoctor.places import absent

if TYPE_CHECKING:
    from fitdoctor.records.experiment import Counted, Verdict
    from fitdoctor.records.finding import Diagnosis
    from fitdoctor.records.workers import Workers

LACKS = re.compile(r"No module named '(keras|tensorflow)\b")
MOST_SHOWN = 3
"""Trainings of one script whose diagnosis is printed whole."""


def run(
    script: Path,
    arguments: list[str],
    output: Path | None,
    limit: float | None,
    probes: str,
    keras: str = "auto",
) -> int:
    """Execute a training script unchanged, record what it trains, and say what is wrong with it."""
    from fitdoctor import doctor

    if not script.is_file():
        raise UnreadableSourceError(absent(script, "file"))
    if limit is not None and limit <= 0:
        raise UnreadableSourceError(f"--limit {limit:g}: expected seconds, more than 0")
    version, reason = doctor.keras_of(script, keras)
    print(f"fitdoctor: executing {script} with all that it does", file=sys.stderr, flush=True)
    if said := _as_keras(version, reason):
        print(f"fitdoctor: {said}", file=sys.stderr, flush=True)
    status, folders, error = doctor.run(
        script, arguments, output, limit=limit, probes=probes, keras=version
    )
    sys.stdout.flush()
    try:
        _tell(script, folders, error)
    except (FitdoctorError, OSError) as error:
        print(f"fitdoctor: {error}", file=sys.stderr)
    return doctor.end_as(status)


def _as_keras(version: str, reason: str) -> str:
    """Return what to say of the version of Keras; nothing where it is the usual one."""
    from importlib import metadata

    from fitdoctor import extras

    because = f": {reason}" if reason else ""
    if version == "2":
        return f"as a script of Keras 2, by tf_keras {metadata.version('tf_keras')}{because}"
    if reason:
        return (
            f"this looks like a script of Keras 2{because}; it is executed with Keras 3. "
            f"{extras.advice('keras2')}"
        )
    return ""


def _tell(script: Path, folders: tuple[Path, ...], error: str) -> None:
    """Print the run folders, whatever is quiet, and what was found."""
    if not folders:
        print(f"fitdoctor: {_why_nothing(error)}", file=sys.__stderr__)
        if error and sys.stderr is sys.__stderr__:
            _tell_of_text(script, error)
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


def _why_nothing(error: str) -> str:
    """Return why a script trained nothing that was seen; `error` is what ended it."""
    if lacks := LACKS.search(error):
        from fitdoctor import extras

        return f"the script needs {lacks[1]}, which is not installed here. {extras.advice('train')}"
    return (
        "no training was seen: neither fit nor train_on_batch of Keras was called, nor backward of "
        "a loss of PyTorch"
    )


def workers_of(on: str, jobs: int | None, slurm: list[str]) -> Workers:
    """Return where trials are made, as it was typed; what cannot be is refused."""
    from fitdoctor.records.workers import LOCAL, Workers

    options = {name: value for name, _, value in (word.partition("=") for word in slurm)}
    workers = Workers(on=on, jobs=jobs, slurm=options)
    if workers != LOCAL:
        from fitdoctor.experiments import executors

        executors.check(workers)
    return workers


def _tell_of_text(script: Path, error: str) -> None:
    """Print what a script's text and the exception that ended it show, if that is a fault."""
    from fitdoctor import doctor
    from fitdoctor.report import text

    try:
        diagnosis = doctor.diagnose_stopped(script, error)
    except UnreadableSourceError:
        return  # there is no training in it
    if diagnosis.verdict == "sick":
        print("\n" + text.render(diagnosis, width=width(), colour=False), file=sys.stderr)


def prove_script(
    script: Path, arguments: list[str], output: Path | None, cause: str | None, seeds: int,
    delta: float, epochs: int | None, budget: float | None, limit: float | None,
    workers: Workers, output_format: str, redact: bool,
) -> int:  # fmt: skip
    """Test causes on a script: first as it is, then in pairs with one thing changed."""
    from fitdoctor import proof
    from fitdoctor.records.redaction import redacted
    from fitdoctor.records.text import pretty_json
    from fitdoctor.report import json, seed_study, text
    from fitdoctor.report.progress import Terminal

    if not script.is_file():
        raise UnreadableSourceError(absent(script, "file"))
    for name, value in {"--epochs": epochs, "--budget": budget, "--limit": limit}.items():
        if value is not None and value <= 0:
            raise UnreadableSourceError(f"{name} {value:g}: expected more than 0")
    print(
        f"fitdoctor: executing {script} with all that it does, once as it is and then in pairs of "
        f"up to {2 * seeds} trainings a cause, each up to the end of its training",
        file=sys.stderr, flush=True,
    )  # fmt: skip
    if cause == "outcome_depends_on_seed":
        found = proof.study_seeds(
            script, arguments, seeds=seeds, folder=output, epochs=epochs, limit=limit,
            workers=workers, watcher=Terminal(),
        )  # fmt: skip
        found = redacted(found) if redact else found
        print(pretty_json(found) if output_format == "json" else seed_study.text(found))
        return 0
    diagnosis, verdicts, counts = proof.prove_script(
        script, arguments, cause=cause, seeds=seeds, folder=output, epochs=epochs, budget=budget,
        limit=limit, smallest_difference=delta, workers=workers, watcher=Terminal(),
    )  # fmt: skip
    _report(script, diagnosis, verdicts, counts, redact=redact)
    if redact:
        diagnosis, verdicts, counts = redacted((diagnosis, verdicts, counts))
    if output_format == "json":
        print(json.render_proof(verdicts, diagnosis.causes, counts))
    else:
        print(text.render(diagnosis, width=width(), colour=colour()))
        for count in counts:
            print("\n" + text.render_count(count, width=width(), colour=colour()))
        for verdict in verdicts:
            print("\n" + text.render_verdict(verdict, width=width(), colour=colour()))
        if not verdicts and not any(count.present for count in counts):
            print("\nNothing was tested: no cause that was found has a test on this script.")
    shown = any(count.settles for count in counts)
    return FOUND if shown or any(verdict.decision == "helps" for verdict in verdicts) else 0


def _report(
    script: Path,
    diagnosis: Diagnosis,
    verdicts: tuple[Verdict, ...],
    counts: tuple[Counted, ...],
    *,
    redact: bool,
) -> None:
    """Write the report of a proof into the folder of the run that it is about."""
    from fitdoctor import doctor
    from fitdoctor.records.redaction import redacted
    from fitdoctor.report import html

    home = next((place for place in map(Path, diagnosis.run.sources) if place.is_dir()), None)
    if home is None:
        return
    code = [doctor.listing_of(diagnosis.run)]
    shown = (diagnosis, verdicts, counts, code, f"fitdoctor: {script.name}")
    found, tried, counted, code, title = redacted(shown) if redact else shown
    page = html.render([found], tried, title=title, listings=code, counts=counted)
    write(home / "report.html", page)
    print(f"report: {home / 'report.html'}", file=sys.stderr)
