"""Commands that look at what is there: diagnose, read, check, audit, explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fitdoctor import __version__
from fitdoctor.catalogue.backbones import DEFAULT
from fitdoctor.cli import asking
from fitdoctor.cli.printing import FOUND, colour, listed, status, width, write
from fitdoctor.errors import ClaimError, FitdoctorError, UnreadableSourceError, did_you_mean

if TYPE_CHECKING:
    from fitdoctor.records.claim import Claim
    from fitdoctor.records.finding import Diagnosis


MOST_LISTED = 10
"""Trainings of a report whose code is shown."""


def diagnose(
    sources: list[str],
    output_format: str,
    html: Path | None,
    fail_on: str,
    answer: list[str],
    settings: list[str],
    claims: Path | None,
    ask: int,
    verbose: bool,
    redact: bool,
) -> int:
    """Say what is wrong with a training, how sure that is, and what is only noise."""
    from fitdoctor import doctor

    diagnoses = doctor.diagnose_all(
        *sources,
        answers=asking.given(answer),
        claims=_claims(claims) if claims else (),
        corrections=asking.corrections(settings),
    )
    title = f"fitdoctor: {sources[0]}"
    verdicts = doctor.verdicts_of(sources[0]) if html is not None else ()
    code = [doctor.listing_of(d.run) for d in diagnoses[:MOST_LISTED]] if html is not None else []
    if redact:
        from fitdoctor.records.redaction import redacted

        diagnoses, verdicts, title, code = redacted((diagnoses, verdicts, title, code))

    def report(known: tuple[Diagnosis, ...]) -> None:
        if html is not None:
            from fitdoctor.report import html as page

            write(html, page.render(known, verdicts, title=title, listings=code))

    report(diagnoses)
    if output_format == "json":
        from fitdoctor.report import json

        print(json.render(diagnoses))
    elif output_format == "brief":
        from fitdoctor.report import json

        print(json.render_brief(diagnoses))
    elif output_format == "markdown":
        from fitdoctor.report import markdown

        print(markdown.render(diagnoses))
    else:
        from fitdoctor.report import text

        for number, diagnosis in enumerate(diagnoses):
            answer_ = text.render(diagnosis, width=width(), colour=colour(), verbose=verbose)
            print("\n" * bool(number) + answer_)
        if len(diagnoses) > 1:
            from fitdoctor.report import table

            print("\n" + table.compare([diagnosis.run for diagnosis in diagnoses]))
        if len(diagnoses) == 1 and asking.possible():
            before, diagnoses = diagnoses, (asking.interview(diagnoses[0], ask),)
            if diagnoses[0] is not before[0]:
                report(diagnoses)
        if html is not None:
            print(f"\nreport: {html}", file=sys.stderr)
    return status(diagnoses, fail_on)


def _claims(path: Path) -> tuple[Claim, ...]:
    """Return the claims of a file, with its name before what is wrong with it."""
    from fitdoctor.sources import claims_of

    try:
        return claims_of(path.read_bytes())
    except OSError as error:
        raise UnreadableSourceError(f"{path}: {error.strerror or error}") from error
    except ClaimError as error:
        raise ClaimError(f"{path}: {error}") from error


def read(source: str, output_format: str, redact: bool) -> int:
    """Show what is understood of a source: curves, settings with their origin, the rest."""
    from fitdoctor import doctor

    runs = doctor.read_all(source)
    if redact:
        from fitdoctor.records.redaction import redacted

        runs = redacted(runs)
    if output_format == "json":
        from fitdoctor.report import json

        print(json.render_read(runs))
    else:
        from fitdoctor.report import table

        print("\n\n".join(table.render(run) for run in runs))
        if len(runs) > 1:
            print("\n" + table.compare(runs))
    return 0


def check(
    paths: list[str],
    output_format: str,
    select: str,
    ignore: str,
    redact: bool,
    fail_on: str,
    fix: bool,
) -> int:
    """Look for mistakes in scripts and notebooks, without running them."""
    from fitdoctor import lint
    from fitdoctor.report import remarks

    chosen, left_out = listed("select", select), listed("ignore", ignore)
    if fix:
        from fitdoctor.cli.mending import fix_in_place

        fix_in_place(paths, chosen, left_out)
    unreadable = list[FitdoctorError]()
    found = lint.check(paths, chosen, left_out, unreadable.append)
    if redact:
        from msgspec.structs import replace

        from fitdoctor.records.redaction import redacted

        # Of a path its last part stays: which of several scripts a remark is on must be told.
        found = redacted([replace(remark, path=Path(remark.path).name) for remark in found])
    if found or not unreadable or output_format != "text":
        print(remarks.FORMATS[output_format](found, __version__))
    if unreadable:
        raise UnreadableSourceError("\nfitdoctor: ".join(map(str, unreadable)))
    order = ("note", "warning", "error")
    if fail_on == "never":
        return 0
    reached = any(order.index(r.severity) >= order.index(fail_on) for r in found)
    return FOUND if reached else 0


def audit(
    images: Path,
    val: Path | None,
    output: Path | None,
    deep: bool,
    weights: str,
    alpha: float | None,
    output_format: str,
    redact: bool,
) -> int:
    """Look through a folder of images: leaks, copies, unreadable, conflicting, odd, missing."""
    from fitdoctor import doctor
    from fitdoctor.records.recipe import Backbone
    from fitdoctor.report import audit as sheets
    from fitdoctor.report.progress import Terminal
    from fitdoctor.training.quiet import quieten

    quieten()
    backbone = Backbone(name=DEFAULT, alpha=alpha, weights=weights) if deep else None
    found = doctor.audit(images, val, deep=backbone, watcher=Terminal())
    if output is not None:
        write(output / "manifest.csv", sheets.manifest(found))
        write(output / "audit.html", sheets.page(found, f"fitdoctor audit: {images}"))
        print(f"contact sheet: {output / 'audit.html'}", file=sys.stderr)
    if redact:
        from fitdoctor.records.redaction import redacted

        found = redacted(found)
    if output_format == "json":
        print(sheets.json(found))
    else:
        print(sheets.text(found))
    return FOUND if found.findings or found.untrainable else 0


def recipe(words: list[str], output_format: str) -> int:
    """Print what a recipe.toml may say: each key, what it takes, its default and its meaning."""
    from fitdoctor.records.text import pretty_json
    from fitdoctor.training import keys

    if output_format == "json":
        print(pretty_json({"schema": 1, "keys": keys.chosen(words)}))
    else:
        print(keys.text(words))
    return 0


def env(output_format: str) -> int:
    """Print what a bug report needs: versions, platform, extras, backend, cores; no paths."""
    from fitdoctor import environment
    from fitdoctor.records.text import pretty_json

    facts = environment.facts(__version__)
    if output_format == "json":
        print(pretty_json({"schema": 1, "environment": facts}))
    else:
        wide = max(map(len, facts))
        print("\n".join(f"{name:{wide}}  {value}" for name, value in facts.items()))
    return 0


def explain(name: str | None) -> int:
    """Print a rule's page: why it matters, how it is measured, what to try; or list the rules."""
    from fitdoctor.rules import GROUPS, all_rules

    if name is None:
        by_code = sorted(all_rules(), key=lambda rule: rule.code)
        for beginning, group in GROUPS.items():
            print(f"{group}")
            for rule in by_code:
                if rule.code.startswith(beginning):
                    about = (rule.page.strip().splitlines() or [""])[0]
                    print(f"  {rule.code}  {rule.name}: {about}")
        return 0
    for rule in all_rules():
        if name in {rule.name, *rule.codes}:
            print(f"# {rule.name} ({rule.code}, {rule.kind}, {rule.severity})\n\n{rule.page}")
            if rule.mended_by:
                print(f"\n## What `fitdoctor fix` does\n{rule.mended_by}")
            return 0
    known = [rule.name for rule in all_rules()]
    meant = did_you_mean(name, known, ", ".join(known))
    raise UnreadableSourceError(f"{name}: there is no such rule.{meant}")
