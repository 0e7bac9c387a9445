"""Remarks on scripts for people, editors, pre-commit and CI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from fitdoctor.records.finding import Remark
from fitdoctor.records.text import pretty_json

LEVELS = {"note": "note", "warning": "warning", "error": "error"}
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def text(remarks: Sequence[Remark], version: str) -> str:
    """Return one line a remark, as linters print them."""
    del version
    lines = [
        f"{r.path}:{r.line}:{r.column}: {r.code} {r.sentence} [{r.rule}]"
        + (f"\n    {r.advice}" if r.advice else "")
        for r in remarks
    ]
    count = len(remarks)
    lines.append(f"{count} remark{'s' * (count != 1)}" if remarks else "nothing found")
    return "\n".join(lines)


def json(remarks: Sequence[Remark], version: str) -> str:
    del version
    return pretty_json([msgspec.to_builtins(r) for r in remarks])


def github(remarks: Sequence[Remark], version: str) -> str:
    """Return workflow commands that annotate a pull request."""
    del version
    words = {"note": "notice", "warning": "warning", "error": "error"}
    return "\n".join(
        f"::{words[r.severity]} file={_property(r.path)},line={r.line},col={r.column},"
        f"title={_property(r.code + ' ' + r.rule)}::{_escaped(r.sentence)}"
        for r in remarks
    )


def sarif(remarks: Sequence[Remark], version: str) -> str:
    """Return a SARIF 2.1.0 log."""
    used = {r.code: r for r in remarks}
    rules: list[dict[str, Any]] = [
        {
            "id": code,
            "name": r.rule,
            "shortDescription": {"text": r.rule.replace("_", " ")},
            "help": {"text": r.advice or r.rule},
            "defaultConfiguration": {"level": LEVELS[r.severity]},
        }
        for code, r in sorted(used.items())
    ]
    index = {rule["id"]: i for i, rule in enumerate(rules)}
    results = [
        {
            "ruleId": r.code,
            "ruleIndex": index[r.code],
            "level": LEVELS[r.severity],
            "message": {"text": r.sentence},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": r.path.replace("\\", "/").replace(" ", "%20")},
                        "region": {"startLine": r.line, "startColumn": r.column},
                    }
                }
            ],
        }
        for r in remarks
    ]
    driver = {"name": "fitdoctor", "version": version, "rules": rules}
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return pretty_json({"$schema": SARIF, "version": "2.1.0", "runs": [run]})


def _escaped(text_: str) -> str:
    return text_.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text_: str) -> str:
    return _escaped(text_).replace(":", "%3A").replace(",", "%2C")


FORMATS: Mapping[str, Callable[[Sequence[Remark], str], str]] = {
    "text": text, "json": json, "github": github, "sarif": sarif,
}  # fmt: skip
