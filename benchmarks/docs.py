"""Write docs/rules/*.md from the rule files and docs/recipe.md from the records.

With --check, fail where they are stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fitdoctor.rules import all_rules
from fitdoctor.training import keys

HOME = Path(__file__).parents[1] / "docs" / "rules"
RECIPE = HOME.parent / "recipe.md"


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
        remedies = "".join(f"- `{p.intervention}`: {p.sentence}\n" for p in rule.prescriptions)
        made[f"{rule.name}.md"] = (
            f"# {rule.name}\n\n{rule.code} \u00b7 {rule.kind} \u00b7 {rule.severity} \u00b7 {basis} "
            f"\u00b7 explains {explains}\n\n{rule.page}\n"
            + (
                f"\n## Interventions that `fitdoctor prove` can test\n{remedies}"
                if remedies
                else ""
            )
        )
    made["README.md"] = "\n".join(rows) + "\n"
    return made


def main() -> int:
    wanted = pages()
    if "--check" in sys.argv:
        there = {path.name: path.read_text() for path in HOME.glob("*.md")}
        stale = sorted(n for n in {*wanted, *there} if wanted.get(n) != there.get(n))
        if not RECIPE.is_file() or RECIPE.read_text() != keys.page():
            stale.append(RECIPE.name)
        if stale:
            print(f"stale, run make docs: {', '.join(stale)}")
        return int(bool(stale))
    HOME.mkdir(parents=True, exist_ok=True)
    for path in HOME.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (HOME / name).write_text(text)
    RECIPE.write_text(keys.page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
