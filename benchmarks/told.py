"""What is read of the facts that retold questions state: `python -m benchmarks.told [FILE ...]`.

The questions of `tests/told` are real ones in other words. Each sentence has the facts that it states
of the asker's own training as it is now, by people who knew the list of facts and not the reader. A
fact counts once a question. Read is what sentences answer (`told`) and what figures in them show.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from fitdoctor import facts, sources
from fitdoctor.errors import FitdoctorError
from fitdoctor.rule import classes
from fitdoctor.situations import where
from fitdoctor.stats.proportions import wilson
from fitdoctor.told import told

FOLDER = Path(__file__).parents[1] / "tests" / "told"
HAPPENS = "what_happens"


class Question(NamedTuple):
    """What somebody asks, and what is stated there."""

    text: str
    stated: Mapping[str, str]


def questions(path: Path) -> Iterator[Question]:
    """Yield the questions of a file; a fact that is stated in two ways is left out."""
    for line in path.read_text().splitlines():
        found: dict[str, set[str]] = {}
        sentences = json.loads(line)["sentences"]
        for _, said in sentences:
            for name, answer in said.items():
                if name in facts.BY_NAME:
                    found.setdefault(name, set()).add(answer)
        text = " ".join(sentence for sentence, _ in sentences)
        yield Question(text, {n: a.pop() for n, a in found.items() if len(a) == 1})


def read(text: str) -> dict[str, str]:
    """Return the facts that are read, and the situation where one is likely."""
    try:
        run = sources.pasted(text)[-1]
    except FitdoctorError:
        return {}
    found = {one.name: answer for one in facts.ALL if (answer := one.seen(run)) is not None}
    found |= {name: one.answer for name, one in told(run).items()}
    here = where(run, classes(run))
    return found | {HAPPENS: here.likeliest} if here.trouble else found


def main(names: list[str]) -> None:
    for path in [FOLDER / name for name in names] or sorted(FOLDER.glob("*.jsonl")):
        said, right, wrong = Counter[str](), Counter[str](), Counter[str]()
        for question in questions(path):
            found = read(question.text)
            for name, answer in question.stated.items():
                said[name] += 1
                if name in found:
                    (right if found[name] == answer else wrong)[name] += 1
        print(f"{path.name}: fact, how often it is stated, read right, read wrong")
        for name, n in said.most_common():
            print(f"  {name:32s} {n:5d} {right[name]:5d} {wrong[name]:5d}")
        for words, kept in (("all but what happens", set(said) - {HAPPENS}), (HAPPENS, {HAPPENS})):
            n, good = sum(said[k] for k in kept), sum(right[k] for k in kept)
            of = good + sum(wrong[k] for k in kept)
            found_, sure = (wilson(good / max(1, m), max(1, m)) for m in (n, of))
            print(
                f"{words}: {good} of {n} read ({found_.low:.0%} to {found_.high:.0%}), "
                f"{good} of {of} right ({sure.low:.0%} to {sure.high:.0%})"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
