"""A recipe in which causes were found to a recipe without them, and as the text of its file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from fitdoctor import rules
from fitdoctor.interventions import effective
from fitdoctor.lint import Found
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Finding
from fitdoctor.records.mending import Mend, Mending, Unmended
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run
from fitdoctor.report.differences import hunks


def mend_recipe(text: str, path: str, run: Run, found: Iterable[Found]) -> Mending:
    """Return the text of a recipe with the causes mended that were found in its run.

    A rule's own change comes first, then the interventions that it prescribes.
    """
    done: list[Mend] = []
    left: list[Unmended] = []
    now, recipe = text, _decoded(text)
    for one in found:
        result = _mended(recipe, run, one)
        if isinstance(result, Unmended):
            left.append(result)
            continue
        after = with_recipe(now, recipe, result.recipe or recipe)
        done.append(
            Mend(
                rule=one.rule.name,
                code=one.rule.code,
                line=1,
                sentence=one.evidence.sentence,
                reason=result.reason,
                certain=result.certain,
                diff="\n".join(hunks(now, after)),
            )
        )
        now, recipe = after, result.recipe or recipe
    return Mending(path=path, before=text, after=now, mends=tuple(done), unmended=tuple(left))


def _mended(recipe: Recipe, run: Run, one: Found) -> Change | Unmended:
    tried: list[str] = []
    before = _spoken(recipe, run)
    for change in _changes(recipe, run, one):
        if change.recipe is None or change.recipe == recipe:
            continue
        after = _spoken(change.recipe, run)
        if one.rule.name in before & after:
            tried.append(f"{change.reason} It left the cause as it was.")
        elif new := after - before:
            tried.append(f"{change.reason} It raised {', '.join(sorted(new))}.")
        else:
            return change
    return Unmended(
        rule=one.rule.name,
        code=one.rule.code,
        line=None,
        sentence=one.evidence.sentence,
        why=f"Tried: {' '.join(tried)}"
        if tried
        else f"no change of the recipe is known for it. {one.finding.advice}".strip(),
    )


def _changes(recipe: Recipe, run: Run, one: Found) -> Iterator[Change]:
    known = replace(run, recipe=recipe, script=None)
    if one.rule.mend is not None:
        yield from one.rule.mend(known, one.evidence)
    for prescription, treated in effective(one.rule.prescriptions, recipe):
        yield Change(recipe=treated, reason=prescription.sentence)


def _spoken(recipe: Recipe, run: Run) -> set[str]:
    """Return the causes that a recipe alone shows, of severity warning or more."""
    alone = Run(recipe=recipe, data=run.data)
    outcomes = [rule.examine(alone) for rule in rules.all_rules() if rule.kind == "cause"]
    return {o.rule for o in outcomes if isinstance(o, Finding) and o.severity != "note"}


def _decoded(text: str) -> Recipe:
    return msgspec.toml.decode(text.encode(), type=Recipe)


def with_recipe(text: str, before: Recipe, after: Recipe) -> str:
    """Return the text of a recipe with other settings: their lines alone change where they can."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    lines = _edited(text.split("\n"), old, new)
    edited = "\n".join(lines)
    try:
        if _decoded(edited) == after:
            return edited
    except (msgspec.ValidationError, msgspec.DecodeError):
        pass
    return msgspec.toml.encode(after).decode()


def _edited(lines: list[str], old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    lines = list(lines)
    layers, kept = old.get("layers", []), new.get("layers", [])
    if len(kept) == len(layers) - 1:
        gone = next((i for i, one in enumerate(layers) if i >= len(kept) or one != kept[i]), 0)
        begin, end = _section(lines, "[[layers]]", gone)
        lines[begin - 1 : end] = []
    elif len(kept) == len(layers):
        for number, (one, other) in enumerate(zip(layers, kept, strict=True)):
            _set(lines, one, other, "[[layers]]", number)
    for name in {*old, *new} - {"layers"}:
        one, other = old.get(name), new.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            _set(lines, one, other, f"[{name}]", 0)
    _set(lines, _plain(old), _plain(new), "", 0)
    return lines


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in table.items() if not isinstance(v, dict) and k != "layers"}


def _section(lines: list[str], head: str, number: int) -> tuple[int, int]:
    """Return where the settings of a table begin and end; those above all tables where unnamed."""
    heads = [i for i, line in enumerate(lines) if line.strip() == head] if head else [-1]
    if number >= len(heads):
        return len(lines), len(lines)
    begin = heads[number] + 1
    rest = (i for i in range(begin, len(lines)) if lines[i].lstrip().startswith("["))
    return begin, next(rest, len(lines))


def _set(
    lines: list[str], old: dict[str, Any], new: dict[str, Any], head: str, number: int
) -> None:
    """Write the settings of one table that differ."""
    for key in sorted({*old, *new}):
        if old.get(key) == new.get(key):
            continue
        begin, end = _section(lines, head, number)
        at = next((i for i in range(begin, end) if lines[i].split("=")[0].strip() == key), None)
        if key not in new:
            if at is not None:
                del lines[at]
            continue
        written = f"{key} = {json.dumps(new[key])}"
        if at is None:
            last = max((i for i in range(begin, end) if lines[i].strip()), default=begin - 1)
            lines.insert(last + 1, written)
        else:
            _, mark, comment = lines[at].partition(" #")
            lines[at] = written + mark + comment
