"""Write what is generated: rule pages, recipe keys, commands, JSON documents and their schemas.

With --check, fail where one is stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import reference
from fitdoctor.report import documents
from fitdoctor.rules import all_rules
from fitdoctor.training import keys

ROOT = Path(__file__).parents[1]
HOME, RECIPE = ROOT / "docs" / "rules", ROOT / "docs" / "recipe.md"
REFERENCE = ROOT / "docs" / "reference"
SCHEMAS = ROOT / "src" / "fitdoctor" / "report" / "schemas"


def pages() -> dict[str, str]:
    made = {}
    rows = ["# Rules", "", "| code | rule | kind | severity |", "|---|---|---|---|"]
    for rule in all_rules():
        rows.append(
            f"| {rule.code} | [{rule.name}]({rule.name}.md) | {rule.kind} | {rule.severity} |"
        )
        explains = ", ".join(rule.explains) or "nothing else"
        if rule.statistical:
            basis = f"a test; speaks on at most {rule.budget:.0%} of healthy runs"
        else:
            basis = "a fact or a calculation, no test"
        mended = f"\n## What `fitdoctor fix` does\n{rule.mended_by}\n" if rule.mended_by else ""
        remedies = "".join(f"- `{p.intervention}`: {p.sentence}\n" for p in rule.prescriptions)
        made[f"{rule.name}.md"] = (
            f"# {rule.name}\n\n{rule.code} \u00b7 {rule.kind} \u00b7 {rule.severity} \u00b7 {basis} "
            f"\u00b7 explains {explains}\n\n{rule.page}\n"
            + (
                f"\n## Interventions that `fitdoctor prove` can test\n{remedies}"
                if remedies
                else ""
            )
            + mended
        )
    made["README.md"] = "\n".join(rows) + "\n"
    return made


def schemas() -> dict[str, str]:
    return {
        f"{command}.json": json.dumps(documents.made_schema(command), indent=1) + "\n"
        for command in (*documents.DOCUMENTS, *documents.INPUTS)
    }


def recipe() -> dict[str, str]:
    return {RECIPE.name: keys.page()}


def main() -> int:
    stale = []
    generated = (
        (HOME, pages()),
        (SCHEMAS, schemas()),
        (REFERENCE, reference.pages()),
        (RECIPE.parent, recipe()),
    )
    for home, wanted in generated:
        home.mkdir(parents=True, exist_ok=True)
        # What is not generated stands beside the page of recipe keys alone.
        names = wanted if home == RECIPE.parent else [path.name for path in home.iterdir()]
        there = {name: (home / name).read_text() for name in names if (home / name).is_file()}
        stale += sorted(n for n in {*wanted, *there} if wanted.get(n) != there.get(n))
        if "--check" in sys.argv:
            continue
        for name in there.keys() - wanted.keys():
            (home / name).unlink()
        for name, text in wanted.items():
            (home / name).write_text(text)
    if stale and "--check" in sys.argv:
        print(f"stale, run make docs: {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
