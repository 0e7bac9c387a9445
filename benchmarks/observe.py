"""Small scripts with faults that their text does not show: what names the cause first.

`python -m benchmarks.observe [torch] [NAME ...]` executes each script below `benchmarks/observed/`
(`observed_torch/`, where torch is installed) and
compares a diagnosis of its text with one of its text and the recorded run. `expected.json` was
written before the first run: the cause to be named first, or null where nothing is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from fitdoctor import doctor
from fitdoctor.records.finding import Diagnosis

HOMES = {"keras": "observed", "torch": "observed_torch"}


def main() -> None:
    given = sys.argv[1:]
    kind = given.pop(0) if given and given[0] in HOMES else "keras"
    home = Path(__file__).parent / HOMES[kind]
    expected = json.loads((home / "expected.json").read_text())
    names = given or list(expected)
    right = {"text": 0, "run": 0}
    print(f"{'script':26} {'expected':28} {'by text':36} by run")
    for name in names:
        script = home / name / "train.py"
        found = {"text": [doctor.diagnose(script)], "run": executed(script)}
        wanted = expected[name]
        for how, diagnoses in found.items():
            right[how] += all(is_right(d, wanted) for d in diagnoses) and bool(diagnoses)
        cells = ["; ".join(map(first, diagnoses)) or "nothing" for diagnoses in found.values()]
        print(f"{name:26} {wanted or 'nothing':28} {cells[0]:36} {cells[1]}", flush=True)
    print(f"right: {right['text']} by text, {right['run']} by run, of {len(names)}")


def executed(script: Path) -> list[Diagnosis]:
    """Return the diagnoses of the trainings of a script that is executed."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "fitdoctor", "-q", "run", "-o", f"{home}/run", "train.py"]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        subprocess.run(
            command, cwd=script.parent, env=environment, capture_output=True, check=False
        )
        return [
            doctor.diagnose_recorded(folder, script)
            for folder in sorted(Path(home).glob("run*"), key=lambda p: (len(p.name), p.name))
        ]


def first(diagnosis: Diagnosis) -> str:
    if not diagnosis.causes:
        return diagnosis.verdict
    cause = diagnosis.causes[0]
    return f"{diagnosis.verdict}: {cause.rule} {cause.probability:.0%}"


def is_right(diagnosis: Diagnosis, wanted: str | None) -> bool:
    if wanted is None:
        return diagnosis.verdict != "sick"
    return (
        bool(diagnosis.causes)
        and diagnosis.causes[0].rule == wanted
        and (diagnosis.verdict == "sick")
    )


if __name__ == "__main__":
    main()
