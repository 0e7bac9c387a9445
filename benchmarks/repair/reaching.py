"""Public training scripts of Keras, executed until `fit` begins: how many get there?

The scripts are chosen by a rule alone (`scripts`), before any is executed: of each repository the
first few by the hash of their text that import Keras, call `fit`, take their data from
`keras.datasets`, scikit-learn or a generator of random numbers, and name no file of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.repair.public import KERAS, TRAINS, environment, last_error, why
from fitdoctor import doctor
from fitdoctor.records.observation import FILE

DATA = re.compile(
    r"keras\.datasets|load_data\(\)|sklearn(\.| import )datasets|np\.random\.|"
    r"make_(moons|blobs|circles|classification)"
)
FILES = re.compile(
    r"read_csv|flow_from_directory|imread|listdir|np\.load\(|loadtxt|genfromtxt|pickle\.load|"
    r"h5py\.File|load_weights|load_model|glob\(|open\([^)]*['\"]r"
)
MOST = 4
"""Scripts of one repository."""


def scripts(home: Path) -> Iterator[tuple[str, Path]]:
    """Yield the scripts of the repositories below a folder, each text once, by name."""
    seen: set[str] = set()
    for repository in sorted(path for path in home.iterdir() if path.is_dir()):
        found: list[tuple[str, Path]] = []
        for path in repository.rglob("*.py"):
            text = path.read_text(errors="replace")
            trains = KERAS.search(text) and "keras" in text.lower() and TRAINS.search(text)
            if trains and DATA.search(text) and not FILES.search(text):
                key = sha256(text.encode()).hexdigest()
                if key not in seen:
                    found.append((key, path))
                seen.add(key)
        for _, path in sorted(found)[:MOST]:
            yield path.relative_to(home).as_posix(), path


def reached(name: str, path: Path, limit: float) -> dict[str, Any]:
    """Execute a script until a training of it is recorded, and return how far it came."""
    repository = path.parents[len(Path(name).parts) - 2]
    with TemporaryDirectory() as place:
        folder, run = Path(place) / "program", Path(place) / "run"
        shutil.copytree(repository, folder)
        script = folder / path.relative_to(repository)
        command = [sys.executable, "-m", "fitdoctor", "-q", "run", "-o", str(run), str(script)]
        with (Path(place) / "said").open("w+") as said:
            child = subprocess.Popen(
                command, cwd=script.parent, env=environment(Path(place)), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
            )  # fmt: skip
            until = time.monotonic() + limit
            while child.poll() is None and time.monotonic() < until and not (run / FILE).is_file():
                time.sleep(0.5)
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
            status = child.wait()
            there = (run / FILE).is_file()
            said.seek(0)
            error = last_error(said.read()).replace(f"{folder}/", "")
        version = doctor.keras_of(script, "auto")[0]
    return {
        "reached": there, "keras": version, "error": "" if there else error[:200],
        "stopped": "" if there else why(error, status if status >= 0 else 124),
    }  # fmt: skip
