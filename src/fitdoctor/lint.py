"""Scripts and notebooks to remarks: the rules that need nothing but code.

`# noqa` on the line silences all remarks on it, `# noqa: CODE` those of one code.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from fitdoctor import rules
from fitdoctor.code import read_script
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.finding import Finding, Remark
from fitdoctor.records.run import Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.sources import script_text

SUFFIXES = (".py", ".ipynb")
_NOQA = re.compile(r"#\s*noqa(?::\s*([A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?", re.IGNORECASE)
_TRAINS = re.compile(
    r"\b(?:keras|torch|tensorflow|tflearn|fastai)\b|\.fit\(|\.compile\(|Sequential\("
)
_SKIPPED = {".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", "site-packages"}


def check(
    paths: Sequence[str | Path], select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> list[Remark]:
    """Return the remarks on every script and notebook of `paths`, folders included.

    `select` and `ignore` hold codes, beginnings of codes, or names. Raises `UnreadableSourceError`
    for a path that does not exist and for names that no rule has.
    """
    known = [r for r in rules.all_rules() if r.kind == "cause"]
    for given in (*select, *ignore):
        if not any(_named(rule, [given]) for rule in known):
            raise UnreadableSourceError(f"{given}: no rule has this code or name")
    chosen = [r for r in known if (not select or _named(r, select)) and not _named(r, ignore)]
    remarks = [remark for path in files(paths) for remark in _in_file(path, chosen)]
    return sorted(remarks, key=lambda r: (r.path, r.line, r.code))


def files(paths: Sequence[str | Path]) -> Iterator[Path]:
    """Yield the scripts and notebooks of `paths`; links out of a folder are not followed."""
    for given in map(Path, paths):
        if not given.exists():
            raise UnreadableSourceError(f"{given}: there is no such file or folder")
        if given.is_file():
            yield given
            continue
        for place, folders, names in os.walk(given, followlinks=False):
            folders[:] = sorted(f for f in folders if f not in _SKIPPED)
            for name in sorted(names):
                path = Path(place) / name
                if path.suffix in SUFFIXES and not path.is_symlink():
                    yield path


def _named(rule: rules.Rule, given: Sequence[str]) -> bool:
    return any(rule.name == item or _starts(rule.codes, item) for item in given)


def _starts(codes: Sequence[str], beginning: str) -> bool:
    return any(code.startswith(beginning) for code in codes)


def _in_file(path: Path, chosen: Sequence[rules.Rule]) -> Iterator[Remark]:
    text = script_text(path)
    if not _TRAINS.search(text):
        return
    script = read_script(text, str(path))
    if script is None:
        return
    lines = text.split("\n")
    runs = [
        Run(name=str(path), recipe=with_shapes(s.recipe), script=s, sources=(str(path),))
        for s in (script, *script.beside)
    ]
    told = set[tuple[str, str, int | None]]()
    for rule, run in itertools.product(chosen, runs):
        outcome = rule.examine(run)
        if not isinstance(outcome, Finding):
            continue
        for item in outcome.evidence:
            if (again := (rule.code, item.sentence, item.line)) in told:
                continue
            told.add(again)
            line = item.line or 1
            here = lines[line - 1] if line <= len(lines) else ""
            if not _silenced(here, rule.codes):
                yield Remark(
                    rule=rule.name,
                    code=rule.code,
                    severity=item.severity or rule.severity,
                    path=str(path),
                    line=line,
                    column=len(here) - len(here.lstrip()) + 1,
                    sentence=item.sentence,
                    advice=rule.advice or "; ".join(p.sentence for p in rule.prescriptions),
                )


def _silenced(line: str, codes: Sequence[str]) -> bool:
    noqa = _NOQA.search(line)
    if noqa is None:
        return False
    return noqa[1] is None or not set(codes).isdisjoint(re.split(r"[,\s]+", noqa[1].upper()))
