"""How much the interview helps: `python -m benchmarks.interview [FOLDER]`.

A folder of questions holds NAME.txt for each, expected.jsonl (id, primary, also, must_not, healthy,
decidable) and answers.jsonl (id, answers: fact -> answer), written by somebody who has seen the page
and the list of facts, but neither rules nor probabilities. A fact that is missing there is not known
to the asker: the question is asked in vain. One answer in twenty is turned into another by chance.

Compared: with 0, 1, 2 and 3 questions; with the answers of another case (nothing may be gained);
and all answers at once. Intervals are Wilson's at 95 %.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fitdoctor import doctor, facts
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.finding import LIKELY, Diagnosis
from fitdoctor.records.run import Run
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
WRONG = 0.05
MOST = 3
DRAWS = 5
"""Times that answers are turned wrong by chance, each with another seed."""


class Question(NamedTuple):
    """One question of somebody, what is true of it, and what its asker can answer."""

    name: str
    run: Run
    primary: set[str]
    true: set[str]
    healthy: bool
    answers: dict[str, str]


def questions(folder: Path) -> list[Question]:
    """Return the questions of a folder that the page decides and that have answers."""
    sheets = {
        row["id"]: row["answers"]
        for row in map(json.loads, (folder / "answers.jsonl").read_text().splitlines())
    }
    found = []
    for row in map(json.loads, (folder / "expected.jsonl").read_text().splitlines()):
        if row.get("decidable", "page") != "page" and not row["healthy"]:
            continue
        try:
            run = doctor.as_runs(folder / row.get("file", f"{row['id']}.txt"))[-1]
        except FitdoctorError:
            run = Run()
        primary = set(row["primary"])
        known = {
            name: facts.fact(name).answered(str(answer))
            for name, answer in sheets.get(row["id"], {}).items()
            if answer not in {"unknown", ""}
        }
        found.append(
            Question(row["id"], run, primary, primary | set(row["also"]), row["healthy"], known)
        )
    return found


def asked(question: Question, answers: dict[str, str], most: int) -> Diagnosis:
    """Return the diagnosis after at most `most` questions, those without an answer among them."""
    diagnosis = doctor.examine(question.run)
    given: dict[str, str] = {}
    vain: set[str] = set()
    for _ in range(most):
        following = next((q for q in diagnosis.questions if q.id not in vain), None)
        if following is None:
            break
        if following.id not in answers:
            vain.add(following.id)
            continue
        given[following.id] = answers[following.id]
        diagnosis = doctor.examine(doctor.answered(question.run, given))
    return diagnosis


def turned(answers: dict[str, str], rng: np.random.Generator) -> dict[str, str]:
    """Return the answers, one in twenty turned into another of its question."""
    return {
        name: answer
        if rng.random() >= WRONG
        else str(rng.choice([a for a in facts.BY_NAME[name].answers if a != answer]))
        for name, answer in answers.items()
    }


class Score(NamedTuple):
    """Counts over questions, means over draws of wrong answers."""

    right: float
    sick: float
    """Benign ones that are called sick."""
    sure: float
    """Causes named at 50 % or more, and how many of them are wrong."""
    wrong: float


def score(cases: list[Question], most: int, *, mixed: bool = False) -> Score:
    """Ask every question's asker; `mixed` gives each the answers of another."""
    counts = np.zeros(4)
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)
        for case in cases:
            other = cases[int(rng.integers(len(cases)))] if mixed else case
            diagnosis = asked(case, turned(other.answers, rng), most)
            likely = [cause.rule for cause in diagnosis.causes if cause.probability >= LIKELY]
            first = diagnosis.causes[0].rule if diagnosis.causes else ""
            counts += (
                not case.healthy and first in case.primary,
                case.healthy and diagnosis.verdict == "sick",
                len(likely),
                sum(rule not in case.true for rule in likely),
            )
    return Score(*(counts / DRAWS))


def main(folder: Path) -> None:
    cases = questions(folder)
    sick = sum(not case.healthy for case in cases)
    print(f"{folder.name}: {sick} questions that the page decides, {len(cases) - sick} benign")
    print(f"{'asked':24s} first right          benign called sick   wrong of those at 50 % or more")
    rows = [(f"{n} questions", n, False) for n in range(MOST + 1)]
    rows += [("every known answer", 99, False), (f"{MOST}, another's answers", MOST, True)]
    for name, most, mixed in rows:
        found = score(cases, most, mixed=mixed)
        there = wilson(found.right / max(1, sick), max(1, sick))
        print(
            f"{name:24s} {found.right:4.1f} ({there.low:3.0%} to {there.high:3.0%})    "
            f"{found.sick:4.1f}                 {found.wrong:.1f} of {found.sure:.1f}"
        )


NEEDED = ("expected.jsonl", "answers.jsonl")

if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else ASSETS / "cases" / "pages"
    if missing := [name for name in NEEDED if not (given / name).is_file()]:
        sys.exit(
            f"{given} has no {' and no '.join(missing)}; needed is a folder with NAME.txt for each "
            "question, expected.jsonl and answers.jsonl: make bench-interview QUESTIONS=FOLDER"
        )
    main(given)
