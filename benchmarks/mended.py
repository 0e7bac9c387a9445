"""How often `fitdoctor fix` mends a script as it should: python -m benchmarks.mended.

Three counts, kept in `benchmarks/mended.md`: one fault at a time put into ordinary scripts (the
change should give back the script of before), small scripts with a fault whose mend was written
down before any mend had been tried on them, and scripts in which nothing is to be mended.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from benchmarks.injected import EDITS, edited, ordinary
from fitdoctor import lint, mending
from fitdoctor.mending.wanted import alike
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "benchmarks" / "mending"
MOST = 4
"""Scripts that a fault is put into, spread over those that it fits."""
EVERY = 3
"""One in so many ordinary scripts is looked at for a change that it does not need."""
KINDS = ("as before", "same settings", "another change", "by hand", "not found")
FIRST_SIGHT = (
    "At first sight, 34 of the small ones gave 14 right, none wrong and 20 without a change (a fault",
    "of ours took back every change of settings; with it mended 32 of 34), and 19 in other styles 17",
    "right, none wrong. Their author knew the rules. Of 78 public faulty programs with their fixes",
    "(Stack Overflow and GitHub, mostly crashes for which no rule speaks) 18 got a change: 9 of 22",
    "changes were the developer's or as good, 9 changed something else that the rules find fault",
    "with, and 4 were wrong; what these mistook is left alone since. The author judged them. What is",
    "expected was written in words first; the lines that are compared now are of changes that were",
    "read and found right.",
)


def kind_of(faulty: str, before: str, causes: set[str]) -> str:
    """Return what mending a script with a fault put in comes to."""
    made = mending.mend(faulty, "script.py")
    if made.after == before:
        return "as before"
    if not causes & {one.rule for one in (*made.mends, *made.unmended)}:
        return "not found"
    if not made.changed:
        return "by hand"
    own = [run.recipe for run in lint.runs_in(before, "script.py")]
    now = [run.recipe for run in lint.runs_in(made.after, "script.py")]
    same = len(own) == len(now) and all(
        a and b and alike(a, b) for a, b in zip(own, now, strict=True)
    )
    return "same settings" if same else "another change"


def injected() -> tuple[list[str], Counter[str]]:
    """Return a row for each fault, and how often each kind of end was met."""
    scripts, rows, total = list(ordinary()), [], Counter[str]()
    for edit in EDITS:
        fits = [(old, new) for _, old in scripts if (new := edited(old, edit)) is not None]
        fits = fits[:: max(1, len(fits) // MOST)][:MOST]
        found = Counter(kind_of(new, old, set(edit.causes.split())) for old, new in fits)
        total += found
        rows.append(f"| {edit.name} | {' | '.join(str(found[kind]) for kind in KINDS)} |")
        print(rows[-1], flush=True)
    return rows, total


def small() -> tuple[int, int, int]:
    """Return how many small scripts are mended as expected, otherwise, and not at all."""
    expected = json.loads((SMALL / "expected.json").read_text())
    right = wrong = none = 0
    for name, one in expected.items():
        text = (SMALL / "wrong" / f"{name}.py").read_text()
        made = mending.mend(text, f"{name}.py")
        fits = all(part in made.after and part not in text for part in one["there"])
        right += made.changed and fits
        wrong += made.changed and not fits
        none += not made.changed
    return right, wrong, none


def healthy() -> tuple[int, int]:
    """Return how many scripts with nothing to mend are changed, and how many there are."""
    texts = [text for _, text in ordinary()][::EVERY]
    texts += [path.read_text() for path in sorted((SMALL / "healthy").glob("*.py"))]
    return sum(mending.mend(text, "script.py").changed for text in texts), len(texts)


def main() -> None:
    rows, total = injected()
    right, wrong, none = small()
    changed, of = healthy()
    n, good = total.total(), total["as before"] + total["same settings"]
    share, most = wilson(good / n, n), wilson(changed / of, of)
    lines = [
        "# What `fitdoctor fix` makes of scripts",
        "",
        "Written by `python -m benchmarks.mended`. One fault at a time is put into ordinary scripts;",
        "mended, a script should be as before, or have the same settings. What is found and not",
        "changed is left with its line.",
        "",
        f"| fault | {' | '.join(KINDS)} |",
        f"|---|{'---|' * len(KINDS)}",
        *rows,
        f"| all | {' | '.join(str(total[kind]) for kind in KINDS)} |",
        "",
        f"{good} of {n} are as before or have the same settings ({share.low:.0%} to "
        f"{share.high:.0%}). Another change need not be wrong: a rate becomes the usual one.",
        "",
        f"Of {right + wrong + none} small scripts with a fault {right} are mended as was written",
        f"down before, {wrong} otherwise, {none} not at all. Of {of} in which nothing is to be",
        f"mended {changed} are changed (95 %: at most {most.high:.1%}).",
        "",
        *FIRST_SIGHT,
    ]
    (ROOT / "benchmarks" / "mended.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[-20:]))


if __name__ == "__main__":
    main()
