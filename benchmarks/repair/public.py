"""Public faulty programs and their fixes, executed unchanged under `fitdoctor run`.

The programs lie in a folder outside the repository (see `__main__`). Each is executed in a copy of
its folder, offline, with drawn data for `keras.datasets` (`stand_in/`). What comes of it is one row.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from fitdoctor import doctor, mending
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.observe import launch
from fitdoctor.observe.launch import LIMIT_REACHED
from fitdoctor.records.finding import Diagnosis

HERE = Path(__file__).parent
LABELS: dict[str, str] = json.loads((HERE / "labels.json").read_text())
"""Program -> its causes in words of the catalogue, written down from the published fix before it was run."""
SURE = 0.5
FAULTY = {
    "buggy": "fixed",
    "BuggyCode": "CorrectCode",
    "origin.py": "repair.py",
    "_context.py": "_ground_truth.py",
}
TRAINS = re.compile(r"\.(fit|fit_generator|train_on_batch)\(")
NAMED = re.compile(r"""["']([\w./ -]+\.[\w-]{1,8})["']""")
"""File names, as a program writes them."""
KERAS = re.compile(r"^\s*(from|import)\s+(tensorflow\.)?(keras|tensorflow)\b", re.MULTILINE)
MISSING = ("FileNotFoundError", "URL fetch failure", "No such file or directory", "NotFoundError",
           "No file or directory", "Unable to open file", "not found: ", "urlopen error")  # fmt: skip


class Program(NamedTuple):
    """A script, and which of the two sides of a pair it is."""

    name: str
    side: str
    path: Path
    folder: Path
    """What is copied."""
    place: Path
    """Its working directory, in that folder or below it."""


def programs(home: Path) -> Iterator[Program]:
    """Yield the Keras programs below a folder, each text once."""
    seen: set[str] = set()
    for path in sorted(home.rglob("*.py")):
        text = path.read_text(errors="replace")
        if not (KERAS.search(text) and "keras" in text.lower() and TRAINS.search(text)):
            continue
        side = side_of(path)
        key = sha256(text.encode()).hexdigest()
        if side is None or key in seen:
            continue
        seen.add(key)
        parts = path.relative_to(home).parts
        root = next(
            (n for n, part in enumerate(parts) if part in ("buggy", "fixed")), len(parts) - 1
        )
        folder = home.joinpath(*parts[:root])
        yield Program("/".join(parts), side, path, folder, where(path, text, len(parts) - root))


def where(path: Path, text: str, below: int) -> Path:
    """Return the folder from which a program finds most of the files that it names."""
    names = [n for n in NAMED.findall(text) if not n.startswith("/")]
    places = list(path.parents)[:below]
    return max(reversed(places), key=lambda place: sum((place / n).is_file() for n in names))


def side_of(path: Path) -> str | None:
    """Return whether a file is the faulty or the fixed one of its pair; `None` where it is neither."""
    name = path.as_posix()
    if "_raytune" in name or "holdout_py" in name:
        return None
    if "_mutated" in path.name or any(mark in path.parts or name.endswith(mark) for mark in FAULTY):
        return "faulty"
    fixed = any(mark in path.parts or name.endswith(mark) for mark in FAULTY.values())
    return "fixed" if fixed or "DC_mutants" in name else None


def partner(name: str) -> str:
    """Return the name of the fixed program of a faulty one; its own where no name tells it."""
    for faulty, fixed in FAULTY.items():
        if f"/{faulty}" in name or name.endswith(faulty):
            name = name.replace(faulty, fixed)
    return name


def executed(program: Program, limit: float) -> dict[str, Any]:
    """Return what running a program shows, beside what its text alone shows."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "program"
        shutil.copytree(program.folder, folder)
        script = folder / program.path.relative_to(program.folder)
        command = [sys.executable, "-m", "fitdoctor", "-q", "run", "-o", f"{place}/run"]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--limit", str(limit), str(script)],
            cwd=folder / program.place.relative_to(program.folder),
            env=environment(Path(place)),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        seconds = round(time.monotonic() - began)
        recorded = launch.recorded(Path(place) / "run")
        by_run = [doctor.diagnose_recorded(one, script) for one in recorded]
        curves = [curve for d in by_run for curve in d.run.curves.values()]
        error = last_error(done.stderr).replace(f"{folder}/", "")
        row: dict[str, Any] = {
            "side": program.side, "seconds": seconds, "limit": limit, "status": done.returncode,
            "keras": doctor.keras_of(script, "auto")[0], "reached": bool(recorded),
            "trainings": len(recorded), "epochs": max(map(len, curves), default=0),
            "error": error[:200],
        }  # fmt: skip
        row["stopped"] = "" if recorded else why(row["error"], done.returncode)
        row["text"] = named([doctor.diagnose(script)])
        row["run"] = named(by_run or stopped(script, error))
        row["mends"] = mends(script)
    return row


def stopped(script: Path, error: str) -> list[Diagnosis]:
    """Return what the text of a program and its exception show; nothing where that is no training."""
    try:
        return [doctor.diagnose_stopped(script, error)]
    except UnreadableSourceError:
        return []


def environment(place: Path) -> dict[str, str]:
    """Return the environment of a program: no display, no network, a home of its own."""
    paths = [str(HERE / "stand_in"), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "HOME": str(place),
        "MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3", "no_proxy": "*",
    }  # fmt: skip


def named(diagnoses: list[Diagnosis]) -> list[list[Any]]:
    """Return the causes that are given even odds or more, with the probability of the surest training."""
    found: dict[str, float] = {}
    for diagnosis in diagnoses:
        for cause in diagnosis.causes:
            if cause.probability >= SURE and not (cause.guess or cause.usual):
                found[cause.rule] = max(found.get(cause.rule, 0.0), round(cause.probability, 2))
    return [[rule, p] for rule, p in sorted(found.items(), key=lambda pair: -pair[1])]


def mends(script: Path) -> list[str]:
    """Return the causes that `fix` mends in a script."""
    try:
        made = mending.mend(script.read_text(errors="replace"), script.name)
    except Exception as error:  # noqa: BLE001 - a row of the table
        return [f"error: {error!r}"[:100]]
    return [one.rule for one in made.mends]


ERROR = re.compile(
    r"^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|NotFound)\w*)(: .*)?$", re.MULTILINE
)


def last_error(said: str) -> str:
    """Return the exception that ended a program, in one line; "" without one."""
    found = list(ERROR.finditer(said))
    return found[-1][0] if found else ""


def why(error: str, status: int) -> str:
    """Return the kind of what stopped a program before its training."""
    module = re.match(r"ModuleNotFoundError: No module named '([\w.]+)'", error)
    if module and module[1].split(".")[0] not in ("keras", "tensorflow"):
        return "missing package"
    if "You must install" in error:
        return "missing package"
    if not module and any(mark in error for mark in MISSING):
        return "missing file"
    if error.startswith(("SyntaxError", "IndentationError", "TabError")):
        return "not Python 3"
    return "error" if error else "time limit" if status == LIMIT_REACHED else "no training"
