"""The table of what is known: `benchmarks/repair.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

from benchmarks import prove_scripts
from benchmarks.repair.public import LABELS, partner
from fitdoctor.stats.proportions import clopper_pearson

MISSING = ("missing file", "missing package")
Row = dict[str, Any]


def line(row: Row) -> str:
    """Return a row for the terminal."""
    return " ".join(f"{key}={value}" for key, value in row.items())[:400]


def page(rows: Sequence[Row]) -> str:
    """Return the table; of several rows of a name the first is first sight, the last what holds."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        first.setdefault((row["part"], row["name"]), row)
    last = {(row["part"], row["name"]): row for row in rows}
    lines = ["# Scripts executed, diagnosed and mended", "", *HEAD]
    for title, chosen in (("First sight", first), ("Now, in sample", last)):
        public = [row for row in chosen.values() if row["part"] == "public"]
        lines += ["", f"## {title}: public programs", "", *of_public(public)]
    lines += ["", "## Training scripts that reach `fit`", "", *of_reaching(first, last)]
    against = [row for row in last.values() if row["part"] == "against"]
    lines += ["", "## The fix against a random mend", "", *of_fixes(against)]
    lines += ["", "## Causes proven", "", *of_proofs()]
    overhead = [row for row in last.values() if row["part"] == "overhead"]
    lines += ["", "## What being recorded costs", "", *of_overhead(overhead)]
    return "\n".join(lines) + "\n"


HEAD = (
    "Written by `make bench-repair`, which goes on where it stopped; intervals are of 95 % by Clopper",
    "and Pearson. Public programs: the folder `BenchDL4Real` of `dlfaults/HowRealAreThey`, and",
    "`mohmehmo/defects4ml`, `dlfaults/dnn-auto-repair-empirical-assesment` (`DC_mutants`), in a folder",
    "outside this repository; scripts of Keras that train, each text once, without those that are",
    "held back for other tests. They are executed offline, each in a copy of its folder, and ended",
    "after a minute or two. `keras.datasets` has drawn data (a tenth of the rows when these were made), which",
    "can be learnt but are not what the programs were written for; other files that a program lacks stay missing.",
    "Causes were written down from the published fix before a program was run, by somebody who",
    "knows the rules (`benchmarks/repair/labels.json`); the rules had seen some of these programs as",
    "text. Only causes at even odds or more count as named. Programs of PyTorch",
    "(`OrderLab/TrainCheck-Evaluation-Workloads`) need torchvision or a GPU and are not executed.",
    "What was mended after first sight: Keras 3's words for shapes that do not fit, scripts that end",
    "before their training, estimators of `keras.wrappers`, signs of Keras 2, few labels taken for all",
    "classes. Programs that this concerns were executed again; of the others the first row stands.",
)


def of(count: int, number: int) -> str:
    """Return a share with its interval."""
    if not number:
        return "none yet"
    bounds = clopper_pearson(count, number)
    return f"{count} of {number} ({count / number:.0%}; {bounds.low:.0%} to {bounds.high:.0%})"


def of_public(rows: Sequence[Row]) -> list[str]:
    """Return the lines on public programs."""
    faulty = [row for row in rows if row["side"] == "faulty"]
    fixed = {row["name"]: row for row in rows if row["side"] == "fixed"}
    able = [row for row in faulty if row["stopped"] not in MISSING]
    lines = [
        f"- faulty programs: {len(faulty)}; stopped by a missing file or package: "
        f"{len(faulty) - len(able)}",
        f"- of the others, `fit` is reached in {of(sum(r['reached'] for r in able), len(able))}",
    ]
    for version in ("2", "3"):
        mine = [row for row in able if row["keras"] == version]
        lines.append(
            f"  - as scripts of Keras {version}: {of(sum(r['reached'] for r in mine), len(mine))}"
        )
    ends = Counter(r["stopped"] if r["stopped"] != "error" else r["error"].partition(":")[0]
                   for r in able if not r["reached"])  # fmt: skip
    lines.append("- what stops the rest: " + ", ".join(f"{e} {n}" for e, n in ends.most_common()))
    own = [r for r in able if not r["reached"] and fixed.get(partner(r["name"]), {}).get("reached")]
    lines.append(
        f"- stopped by its own fault, since its fixed version reaches `fit`: {len(own)} so far"
    )
    labelled = [row for row in faulty if row["name"] in LABELS]
    for what, some in (
        ("programs with a cause of the catalogue", labelled),
        ("those of them that reach `fit`", [row for row in labelled if row["reached"]]),
    ):
        for how, told in (("text", "by text alone"), ("run", "after `run`")):
            hits, true, named = scored(some, how)
            lines.append(
                f"- {what}, a true cause is named {told}: {of(hits, len(some))}; "
                f"of what is named {of(true, named)} true"
            )
    done = [row for row in fixed.values() if row["reached"]]
    lines += [
        f"- fixed programs executed so far: {len(fixed)}, which reach `fit`: {len(done)}",
        f"- of these a problem is named after `run` in {of(sum(bool(r['run']) for r in done), len(done))}",
        f"- fixed programs that `fix` would change: {of(sum(bool(r['mends']) for r in fixed.values()), len(fixed))}",
    ]
    return lines


def of_reaching(first: dict[tuple[str, str], Row], last: dict[tuple[str, str], Row]) -> list[str]:
    """Return the lines on training scripts, set by set: at first sight, and as they are now."""
    lines = [*OF_REACHING, ""]
    for name in sorted({row["set"] for row in last.values() if row["part"] == "reach"}):
        lines.append(f"- {name}")
        for what, chosen in (("first sight", first), ("now, in sample", last)):
            rows = [r for r in chosen.values() if r["part"] == "reach" and r["set"] == name]
            able = [row for row in rows if row["stopped"] not in MISSING]
            ends = Counter(
                r["error"].partition(":")[0] or r["stopped"] for r in able if not r["reached"]
            )
            told = ", ".join(f"{end} {count}" for end, count in ends.most_common())
            lines.append(
                f"  - {what}: {len(rows)} scripts, of which {len(rows) - len(able)} lack a file or a "
                f"package; of the others {of(sum(r['reached'] for r in able), len(able))}"
                + (f"; what stops the rest: {told}" if told else "")
            )
    return lines


OF_REACHING = (
    "Of repositories that no other count uses, the first few scripts of each by the hash of their text",
    "(`benchmarks/repair/reaching.py` holds the rule); `keras.datasets` has drawn data of full size.",
    "Each set was executed before anything that it showed was mended.",
)


def scored(rows: Iterable[Row], how: str) -> tuple[int, int, int]:
    """Return programs with a true cause named, true causes named, and causes named."""
    hits = true = named = 0
    for row in rows:
        told = {rule for rule, _ in row[how]}
        right = told & set(LABELS[row["name"]].split())
        hits, true, named = hits + bool(right), true + len(right), named + len(told)
    return hits, true, named


def of_fixes(rows: Sequence[Row]) -> list[str]:
    """Return the lines on fixes."""
    tried = [row for row in rows if "offered" in row]
    some = [row for row in tried if row["offered"]]
    faulty = sum(bool(c[2]) for kind in prove_scripts.HOMES for c in prove_scripts.cases(kind))
    lines = [
        f"{len(tried)} of {faulty} faulty scripts of our own were tried so far, on three fresh seeds",
        "each (`benchmarks/repair/against.py` says what a random mend is).",
        "",
        f"- a fix is offered: {of(len(some), len(tried))}",
    ]
    if some:
        wins = sum(row["share"] > 0.5 for row in some)
        ties = sum(row["share"] == 0.5 for row in some)
        lines += [
            f"- where one is, it is the better one on {fmean(r['share'] for r in some):.0%} of the seeds",
            f"  (ties half); by scripts {wins} better, {ties} even, {len(some) - wins - ties} worse",
        ]
    lines += ["", "| script | mended | fix | random mend | share |", "|---|---|---|---|---|"]
    for row in sorted(some, key=lambda r: r["name"]):
        arms = (" ".join(f"{v:.2f}" for v in row["scores"][arm]) for arm in ("fix", "random"))
        cells = (row["name"], ", ".join(row["offered"]), *arms, f"{row['share']:.2f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def of_proofs() -> list[str]:
    """Return the counts of `prove_scripts`, over both frameworks."""
    rows = [row for kind in prove_scripts.HOMES for row in prove_scripts.known(kind)]
    return [f"{len(rows)} scripts of our own, whose rows are in `proved.md` and `proved_torch.md`.", "",
            prove_scripts.summary(rows)]  # fmt: skip


def of_overhead(rows: Sequence[Row]) -> list[str]:
    """Return the table of what recording costs."""
    lines = ["| loop | ms a step | later | once, s |", "|---|---|---|---|"]
    for row in sorted(rows, key=lambda r: r["name"]):
        step = f"{row['ms']:.2f}" if row["ms"] else ""
        lines.append(f"| {row['name']} | {step} | {row['later']:+.1%} | {row['once']:+.2f} |")
    return lines
