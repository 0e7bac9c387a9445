"""The command that compares runs: compare."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from fitdoctor.cli.printing import save
from fitdoctor.errors import UnreadableSourceError

AGAINST = "vs"


def compare(
    sources: list[str],
    group: str | None,
    outcome: str | None,
    val_images: int | None,
    html: Path | None,
    output_format: str,
) -> int:
    """Say whether runs, or groups of them, differ by more than seeds and validation noise."""
    from fitdoctor import doctor
    from fitdoctor.report import comparison

    groups = _by_pattern(sources, group) if group else _by_word(sources)
    if len(groups) < 2:
        raise UnreadableSourceError(
            "nothing to compare: give two runs or more, or groups with vs between them"
        )
    if val_images is not None and val_images < 1:
        raise UnreadableSourceError(f"--val-images {val_images}: expected 1 or more")
    read = {name: [run for s in group for run in doctor.as_runs(s)]
            for name, group in groups.items()}  # fmt: skip
    found = doctor.compare(*read.values(), names=[*read], outcome=outcome, n_val=val_images)
    if html is not None:
        from fitdoctor.report import beside

        examined = {name: [doctor.examine(run) for run in runs] for name, runs in read.items()}
        options = [f"--group={group}"] * bool(group) + [f"--outcome={outcome}"] * bool(outcome)
        options += [f"--val-images={val_images}"] * bool(val_images)
        again = shlex.join(["fitdoctor", "compare", *sources, *options])
        save(html, beside.page(examined, found, again, f"fitdoctor: {' and '.join(read)}"))
    print(comparison.json(found) if output_format == "json" else comparison.text(found))
    return 0


def _by_word(sources: list[str]) -> dict[str, list[str]]:
    """Return the groups that stand on both sides of each `vs`; each run alone without one."""
    if AGAINST not in sources:
        names = dict.fromkeys(source for source in sources)
        return {source: [source] for source in names}
    groups: list[list[str]] = [[]]
    for source in sources:
        if source == AGAINST:
            groups.append([])
        else:
            groups[-1].append(source)
    if not all(groups):
        raise UnreadableSourceError(f"{AGAINST}: a group without runs beside it")
    letters = (chr(ord("A") + number) for number in range(len(groups)))
    return dict(zip(letters, groups, strict=True))


def _by_pattern(sources: list[str], pattern: str) -> dict[str, list[str]]:
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise UnreadableSourceError(f"--group {pattern}: not a pattern ({error})") from error
    groups: dict[str, list[str]] = {}
    for source in sources:
        found = wanted.search(source)
        if source == AGAINST or found is None:
            raise UnreadableSourceError(f"{source}: --group {pattern} is not in it")
        groups.setdefault(found[1] if wanted.groups else found[0], []).append(source)
    return groups
