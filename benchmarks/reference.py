"""Pages of the site that are made from the code: commands with their options, JSON documents."""

# ruff: noqa: SLF001 - argparse shows its arguments in no other way
from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fitdoctor.cli.parser import parser
from fitdoctor.report import documents


def pages() -> dict[str, str]:
    return {
        "commands.md": "\n".join(_commands()) + "\n",
        "schemas.md": "\n".join(_schemas()) + "\n",
    }


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "Written from the commands themselves; `fitdoctor COMMAND --help` prints the same."
    yield "Exit status: 0 nothing found or cannot tell, 1 findings, 2 something you can mend, said in one line.\n"
    whole = parser()
    (commands,) = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))
    for name, sub in commands.choices.items():
        yield f"## {name}\n\n{_text(sub.description or '')}\n"
        extra = sub.get_default("extra")
        if extra:
            yield f"Needs `pip install 'fitdoctor[{extra}]'`.\n"
        rows = [a for a in sub._actions if not isinstance(a, argparse._HelpAction)]
        yield "| argument | meaning |\n|---|---|"
        yield from (f"| {_written(a)} | {_text(_meaning(a))} |" for a in rows)
        yield ""


def _written(action: argparse.Action) -> str:
    """Return how an argument is given."""
    value = action.metavar or action.dest.upper()
    value = "{" + ", ".join(map(str, action.choices)) + "}" if action.choices else str(value)
    if not action.option_strings:
        more = action.nargs in {"+", "*", argparse.REMAINDER}
        return f"`{value}{' ...' if more else ''}`".replace("|", "\\|")
    bare = ", ".join(action.option_strings)
    if action.nargs == 0:
        return f"`{bare}`"
    value = f"[{value}]" if action.nargs == "?" else value
    return f"`{bare} {value}`".replace("|", "\\|")


def _meaning(action: argparse.Action) -> str:
    return re.sub(r"\s+", " ", action.help or "the form of what is printed")


def _text(words: str) -> str:
    """Return words of a help text as Markdown of one cell of a table."""
    words = re.sub(r"(?<![`\w])(--[a-z-]+)(?![`\w])", r"`\1`", words)
    return words.replace("|", "\\|").replace("<(", "\\<(")


def _schemas() -> Iterator[str]:
    yield "# JSON documents\n"
    yield "What commands print with `--output-format json`. `schema` counts up when a field changes its"
    yield "meaning or goes; new fields may come without that. Numbers that are not finite are `null`. The"
    yield "schemas themselves (JSON Schema 2020-12) come with the package, in `fitdoctor/report/schemas/`.\n"
    for command in (*documents.DOCUMENTS, *documents.INPUTS):
        made = documents.made_schema(command)
        yield f"## {command}\n"
        for name, shape in made.get("$defs", {}).items():
            yield from _shape(command, name, shape)


def _shape(command: str, name: str, shape: Mapping[str, Any]) -> Iterator[str]:
    if "properties" not in shape:
        return
    yield f"({command}-{name.lower()})=\n### {name}\n"
    if about := shape.get("description"):
        yield _text(about.split("\n\n")[0].replace("\n", " ")) + "\n"
    yield "| field | type |\n|---|---|"
    for field, kind in shape["properties"].items():
        missing = "" if field in shape.get("required", ()) else ", may be missing"
        yield f"| `{field}` | {_kind(command, kind)}{missing} |"
    yield ""


def _kind(command: str, kind: Mapping[str, Any]) -> str:
    """Return a type in words, with a link to one that is described on the page."""
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{command}-{name.lower()})"
    if "anyOf" in kind:
        return " or ".join(_kind(command, one) for one in kind["anyOf"])
    if "enum" in kind:
        return ", ".join(f"`{one}`" for one in kind["enum"])
    if kind.get("type") == "array":
        inner = kind.get("items") or {}
        return f"list of {_kind(command, inner)}" if inner else "list"
    if kind.get("type") == "object":
        inner = kind.get("additionalProperties")
        return (
            f"mapping to {_kind(command, inner)}"
            if isinstance(inner, dict) and inner
            else "mapping"
        )
    names = kind.get("type", "any value")
    return " or ".join(names) if isinstance(names, list) else str(names)
