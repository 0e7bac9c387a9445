"""Reads the pages of the site: which files they show, which commands, which output."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if path.parent.name not in {"rules", "reference"} and path.name != "recipe.md"
)
_FENCE = re.compile(r"^```(\S*)[ ]?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CAPTION = re.compile(r"\A:caption: (\S+)\n\n?")
CLUSTER = ("fitdoctor prove --on slurm ", "fitdoctor prove --on dask")
NOT_RUN = ("pip install ", "make ", "pre-commit ", "git ", "source ", "claude ", "dask ", *CLUSTER)
"""What begins a line that installs something, is another program or needs a cluster, in `bash`
blocks."""
TRAINS = {"train", "run", "prove", "demo", "lr-find", "evaluate", "predict", "export", "preview"}


@dataclass
class Step:
    """A file that is written, or commands with lines that stand in their output."""

    file: str = ""
    content: str = ""
    commands: list[list[str]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


def steps(text):
    """Yield the steps of a page in order."""
    found = []
    for kind, argument, body in _FENCE.findall(text):
        caption = _CAPTION.match(body)
        if kind == "{code-block}" and caption:
            found.append(Step(file=caption[1], content=body[caption.end() :]))
        elif kind == "sh":
            lines = [shlex.split(line, comments=True) for line in body.splitlines()]
            found.append(Step(commands=[words for words in lines if words]))
        elif kind == "text" and found and found[-1].commands:
            found[-1].shown += [line.strip() for line in body.splitlines() if line.strip(" .")]
        elif kind == "bash":
            assert all(line.startswith(NOT_RUN) for line in body.splitlines() if line), body
        else:
            assert kind not in {"", "console", "shell"}, f"a block of no language: {body[:60]}"
        del argument
    return found


def is_slow(text):
    """Return whether a page's commands train, or execute a script."""
    commands = [words for step in steps(text) for words in step.commands]
    return any(
        words[0] == "python" or words[1] in TRAINS or "--verify" in words for words in commands
    )
