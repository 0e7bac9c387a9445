"""The findings of an audit for the terminal, as JSON, as a page of small pictures, and as CSV."""

from __future__ import annotations

import base64
import csv
import io
from collections import defaultdict

import msgspec
from jinja2 import Environment

from fitdoctor.images.audit import Audit
from fitdoctor.images.decode import UnreadableImageError, thumbnail
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.text import pretty_json

SCHEMA = 1
MOST_LINES = 20
MOST_A_RULE = 120
THUMB = 112
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ title }}</title>
<style>
:root { color-scheme: light dark; --ink: light-dark(#1c2024, #e6e8ea); --dim: light-dark(#5b6570, #9aa4ae);
  --ground: light-dark(#fbfbfa, #16181a); --card: light-dark(#fff, #1f2225); --line: light-dark(#dfe3e6, #33383d); }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto;
  max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin: 2rem 0 .3rem }
p, td, th { color: var(--dim); margin: .2rem 0 } table { border-collapse: collapse; margin: 1rem 0 }
td, th { text-align: right; padding: .15rem .8rem .15rem 0 } td:first-child, th:first-child { text-align: left }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .8rem }
figure { margin: 0; padding: .6rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px }
figure div { display: flex; gap: .4rem; min-height: 112px } img { border-radius: 3px; max-width: 112px }
.none { width: 112px; height: 112px; display: grid; place-items: center; border: 1px dashed var(--line);
  color: var(--dim); font-size: .8rem }
figcaption { font-size: .82rem; margin-top: .4rem; overflow-wrap: anywhere } small { color: var(--dim) }
</style>
<h1>{{ title }}</h1>
<p>{{ audit.images }} readable images, {{ audit.findings|length }} findings.</p>
<table><tr><th>class</th>{% for s in splits %}<th>{{ s }}</th>{% endfor %}</tr>
{% for name, counts in audit.classes.items() %}<tr><td>{{ name }}</td>
{% for s in splits %}<td>{{ counts.get(s, "-") }}</td>{% endfor %}</tr>{% endfor %}</table>
{% for rule, items, more in groups %}
<h2>{{ rule.replace("_", " ") }} <small>{{ items|length + more }}</small></h2>
<div class="sheet">{% for finding, thumbs in items %}<figure><div>
{% for t in thumbs %}{% if t %}<img src="data:image/jpeg;base64,{{ t }}" alt="">{% else %}<span class="none">no picture</span>{% endif %}{% endfor %}
</div><figcaption>{{ finding.sentence }}<br><small>{{ finding.files|join(" and ") }}</small></figcaption></figure>
{% endfor %}</div>{% if more %}<p>and {{ more }} more: manifest.csv has them all</p>{% endif %}
{% else %}<p>Nothing found.</p>{% endfor %}</html>"""  # noqa: E501 - a page


def text(audit: Audit) -> str:
    """Return counts by class and split, and the findings by rule."""
    splits = sorted({split for counts in audit.classes.values() for split in counts})
    width = max((len(name) for name in audit.classes), default=5) + 2
    lines = [f"{audit.images} readable images in {audit.root}", ""]
    lines.append("class".ljust(width) + "".join(s.rjust(8) for s in splits))
    for name, counts in audit.classes.items():
        lines.append(name.ljust(width) + "".join(str(counts.get(s, "-")).rjust(8) for s in splits))
    for rule, found in _by_rule(audit).items():
        lines += ["", f"{rule} ({len(found)})"]
        lines += [f"  {' = '.join(f.files[:2])}: {f.sentence}" for f in found[:MOST_LINES]]
        if len(found) > MOST_LINES:
            lines.append(f"  and {len(found) - MOST_LINES} more: --output FOLDER writes them all")
    return "\n".join(lines if audit.findings else [*lines, "", "nothing found"])


def json(audit: Audit) -> str:
    return pretty_json(
        {
            "schema": SCHEMA,
            "images": audit.images,
            "classes": audit.classes,
            "findings": [msgspec.to_builtins(f) for f in audit.findings],
        }
    )


def _by_rule(audit: Audit) -> dict[str, list[ImageFinding]]:
    grouped: dict[str, list[ImageFinding]] = defaultdict(list)
    for finding in audit.findings:
        grouped[finding.rule].append(finding)
    return grouped


def page(audit: Audit, title: str) -> str:
    """Return a self-contained page; pictures are small copies inside it."""
    grouped = _by_rule(audit)
    groups = [
        (
            rule,
            [(f, [_thumb(audit, path) for path in f.files[:2]]) for f in found[:MOST_A_RULE]],
            max(0, len(found) - MOST_A_RULE),
        )
        for rule, found in grouped.items()
    ]
    splits = sorted({split for counts in audit.classes.values() for split in counts})
    template = Environment(autoescape=True).from_string(PAGE)
    return template.render(audit=audit, title=title, groups=groups, splits=splits)


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
