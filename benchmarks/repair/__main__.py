"""What `run`, `prove` and `fix` come to on scripts of others and of our own, as one table.

`python -m benchmarks.repair [--programs FOLDER] [--seconds N] [--names NAME ... --] [PART ...]`,
a part being:

- `public`: the programs below FOLDER, faulty ones first, executed by `fitdoctor run`. FOLDER holds copies of
  repositories, each under its own name (`HowRealAreThey`, `defects4ml`, `autorepair`), and is no part of
  this one. `tf_keras` and what the programs import (scikit-learn, pandas, matplotlib) are to be importable;
- `reach`: training scripts of the repositories below another FOLDER (`--scripts`), until `fit` begins;
- `against`: the fix that is offered, against a random change, on the scripts of `prove_scripts`;
- `overhead`: what being recorded costs, by `overhead` and `overhead_torch`;
- `page`: the table alone, of what is known by then.

Without a part all are done, each row once: rows are kept in `benchmarks/repair.jsonl`, so that a
later call goes on where `--seconds` ended this one. The table is `benchmarks/repair.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import overhead, prove_scripts
from benchmarks.repair import against, page, public, reaching

JOURNAL = Path(__file__).parents[1] / "repair.jsonl"
PROGRAMS = os.environ.get("FITDOCTOR_PROGRAMS", "")
LIMIT = 60.0
SCRIPTS = os.environ.get("FITDOCTOR_SCRIPTS", "")
REACH_LIMIT = 300.0
PARTS = ("public", "reach", "against", "overhead", "page")
Work = tuple[tuple[str, str], Callable[[], dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.repair", description=__doc__)
    parser.add_argument(
        "--programs", default=PROGRAMS, help="folder of the repositories (FITDOCTOR_PROGRAMS)"
    )
    parser.add_argument(
        "--scripts", default=SCRIPTS, help="folder of repositories of scripts (FITDOCTOR_SCRIPTS)"
    )
    parser.add_argument(
        "--set", default="", help="what the rows of these scripts are called, of the part reach"
    )
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="begin no row after that"
    )
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds a program may take")
    parser.add_argument(
        "--names", nargs="*", default=(), help="rows with one of these in their names"
    )
    parser.add_argument(
        "--again", action="store_true", help="make known rows again, behind the first of them"
    )
    parser.add_argument(
        "--reverse", action="store_true", help="from the end, beside another process"
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=PARTS)
    given = parser.parse_args()
    until = time.monotonic() + given.seconds
    work = [one for part in given.parts if part != "page" for one in todo(part, given)]
    for key, make in reversed(work) if given.reverse else work:
        if given.names and not any(name in key[1] for name in given.names):
            continue
        if not given.again and key in {(row["part"], row["name"]) for row in rows()}:
            continue
        if time.monotonic() > until:
            break
        row = {"part": key[0], "name": key[1], **make()}
        with JOURNAL.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(page.line(row), flush=True)
    if "page" in given.parts:
        text = page.page(list(rows()))
        JOURNAL.with_suffix(".md").write_text(text)
        print(text)


def todo(part: str, given: argparse.Namespace) -> Iterator[Work]:
    """Yield the rows of a part by their keys, and what makes each."""
    if part == "against":
        for kind in prove_scripts.HOMES:
            for name, text, causes in prove_scripts.cases(kind):
                if causes and against.able(kind):
                    yield (part, f"{kind}/{name}"), lambda text=text: against.compared(text)  # type: ignore[misc]
    elif part == "overhead":
        for name in overhead.WAYS if against.able("keras") else ():
            yield (part, f"Keras, {name}"), lambda name=name: of_keras(name)  # type: ignore[misc]
        if against.able("torch"):
            from benchmarks import overhead_torch

            for name in overhead_torch.WAYS:
                yield (part, f"PyTorch, {name}"), lambda name=name: of_torch(name)  # type: ignore[misc]
    elif part == "reach":
        for name, path in reaching.scripts(Path(given.scripts)) if given.scripts else ():
            yield (
                (part, name),
                lambda name=name, path=path: {
                    "set": given.set,
                    **reaching.reached(name, path, REACH_LIMIT),
                },
            )  # type: ignore[misc]
    elif given.programs:
        found = sorted(public.programs(Path(given.programs)), key=lambda p: p.side)
        for program in found:
            yield (
                (part, program.name),
                lambda program=program: public.executed(program, given.limit),
            )  # type: ignore[misc]


def of_keras(name: str) -> dict[str, Any]:
    """Return what recording a `fit` costs beyond its probes' budget."""
    first, rest = overhead.measured(name)
    once = first["none"] - first["plain"]
    return {"ms": None, "later": rest["none"] / rest["plain"] - 1, "once": once}


def of_torch(name: str) -> dict[str, Any]:
    """Return what recording a loop costs."""
    from benchmarks import overhead_torch

    step, later, once = overhead_torch.measured(name)
    return {"ms": 1e3 * step, "later": later, "once": once}


def rows() -> Iterator[dict[str, Any]]:
    """Yield the rows that are known."""
    if JOURNAL.is_file():
        yield from map(json.loads, JOURNAL.read_text().splitlines())


if __name__ == "__main__":
    main()
