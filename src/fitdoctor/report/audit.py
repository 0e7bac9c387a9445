"""The findings of an audit for the terminal, as JSON, as a page of small pictures, and as CSV."""

from __future__ import annotations

import base64
import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from fitdoctor.images.audit import Audit
from fitdoctor.images.decode import UnreadableImageError, thumbnail
from fitdoctor.records.display import as_html
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.text import pretty_json
from fitdoctor.report.documents import AuditDocument
from fitdoctor.report.html import template
from fitdoctor.report.names import title
from fitdoctor.report.notebook import box, head, line, table
from fitdoctor.rule import as_sentence
from fitdoctor.rules import all_rules

MOST_LINES = 20
MOST_A_RULE = 60
MOST_NAMED = 3
MOST_CLASSES_SHOWN = 20
THUMB = 112


def text(audit: Audit) -> str:
    """Return counts by class and split, and the findings by rule."""
    splits = sorted({split for counts in audit.classes.values() for split in counts})
    width = max((len(name) for name in audit.classes), default=5) + 2
    lines = [f"{audit.images} readable images in {audit.root}"]
    if audit.classes:
        lines += ["", "class".ljust(width) + "".join(s.rjust(8) for s in splits)]
    for name, counts in audit.classes.items():
        lines.append(name.ljust(width) + "".join(str(counts.get(s, "-")).rjust(8) for s in splits))
    for rule, found in _by_rule(audit).items():
        said = list(_lines(found))
        lines += ["", f"{rule} ({len(found)})", *said[:MOST_LINES]]
        if len(said) > MOST_LINES:
            lines.append(f"  and {len(said) - MOST_LINES} more: --output FOLDER writes them all")
    if audit.too_plain:
        lines += ["", _too_plain(audit)]
    if audit.untrainable:
        lines += ["", f"cannot be trained on: {audit.untrainable}"]
    elif not audit.findings:
        lines += ["", "nothing found"]
    return "\n".join(lines)


def _lines(found: Sequence[ImageFinding]) -> Iterator[str]:
    """Yield a line for each finding, and one for all files of which the same is said."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for finding in found:
        # Pairs stand alone: each has to be looked at.
        pair = finding.files if len(finding.files) > 1 else ()
        alike[finding.sentence, *pair].append(" and ".join(finding.files[:2]))
    for (sentence, *_), names in alike.items():
        if len(names) <= MOST_NAMED:
            yield from (f"  {name}: {sentence}" for name in names)
            continue
        shown = ", ".join(names[:MOST_NAMED])
        yield f"  {len(names)} files: {sentence}"
        yield f"      {shown} and {len(names) - MOST_NAMED} more"


def _too_plain(audit: Audit) -> str:
    are = "picture is" if len(audit.too_plain) == 1 else "pictures are"
    return (
        f"{len(audit.too_plain)} {are} too plain to compare: a copy could not be told from another "
        "picture of its kind"
    )


@as_html.register
def in_notebook(audit: Audit) -> str:
    """Return how many images of each class there are, and how much of what was found."""
    found = Counter(f.rule for f in audit.findings)
    parts = [
        head(
            f"{len(audit.findings)} findings"
            if found
            else "Cannot be trained on"
            if audit.untrainable
            else "No problem found",
            f"{audit.root}: {audit.images} readable images",
        )
    ]
    parts += [line("", audit.untrainable)] * bool(audit.untrainable)
    parts += [line("", _too_plain(audit))] * bool(audit.too_plain)
    first = {f.rule: f for f in reversed(audit.findings)}
    parts += [
        table(
            ("finding", "how many", "the first of them", "what is wrong with it"),
            [
                (title(rule), str(n), " and ".join(first[rule].files[:2]), first[rule].sentence)
                for rule, n in found.items()
            ],
        )
    ] * bool(found)
    splits = sorted({split for counts in audit.classes.values() for split in counts})
    rows = [
        (name, *(str(counts.get(split, "-")) for split in splits))
        for name, counts in list(audit.classes.items())[:MOST_CLASSES_SHOWN]
    ]
    parts.append(table(("class", *splits), rows))
    left = len(audit.classes) - len(rows)
    parts += [line("", f"and {left} more classes")] * bool(left)
    return box(parts)


def document(audit: Audit) -> AuditDocument:
    return AuditDocument(
        images=audit.images,
        classes=audit.classes,
        findings=tuple(audit.findings),
        untrainable=audit.untrainable,
        too_plain=len(audit.too_plain),
    )


def json(audit: Audit) -> str:
    return pretty_json(document(audit))


def _by_rule(audit: Audit) -> dict[str, list[ImageFinding]]:
    grouped: dict[str, list[ImageFinding]] = defaultdict(list)
    for finding in audit.findings:
        grouped[finding.rule].append(finding)
    return grouped


def page(audit: Audit, name: str) -> str:
    """Return a self-contained page; pictures are small copies inside it."""
    grouped = _by_rule(audit)
    advised = {rule.name: rule.advice for rule in all_rules() if rule.advice}
    groups = [
        (
            rule,
            as_sentence(advised[rule]) if rule in advised else "",
            [
                (f, [(path, _thumb(audit, path)) for path in f.files[:2]])
                for f in found[:MOST_A_RULE]
            ],
            max(0, len(found) - MOST_A_RULE),
        )
        for rule, found in grouped.items()
    ]
    splits = sorted({split for counts in audit.classes.values() for split in counts})
    return template("audit.html.jinja").render(
        audit=audit, title=name, groups=groups, splits=splits
    )


def manifest(audit: Audit) -> str:
    """Return one row a file: what it is, its content's hash, and what was found."""
    found: dict[str, list[str]] = defaultdict(list)
    for finding in audit.findings:
        for path in finding.files:
            found[path].append(finding.rule)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(
        [
            "path",
            "split",
            "class",
            "format",
            "mode",
            "width",
            "height",
            "bytes",
            "sha256",
            "findings",
        ]
    )
    for f in audit.facts:
        rules = " ".join(sorted(set(found[f.path])))
        writer.writerow(
            [
                f.path,
                f.split,
                f.label,
                f.format,
                f.mode,
                f.width,
                f.height,
                f.bytes,
                f.digest,
                rules,
            ]
        )
    return table.getvalue()


def _thumb(audit: Audit, path: str) -> str:
    try:
        picture = thumbnail((audit.root / path).read_bytes(), THUMB)
    except (UnreadableImageError, OSError):
        # A picture that cannot be shown is what the finding says.
        return ""
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=80)
    return base64.b64encode(data.getvalue()).decode()
