"""What Weights & Biases prints when a run ends: a small picture of each curve, and last figures.

`loss █▅▃▂▁▁` has eight levels between the least and the largest value of its curve, so it tells
where a curve fell and rose, and no figure. Beside a log of the same training nothing of it is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Measurement, Split, Subject
from fitdoctor.sources._claims import amounting
from fitdoctor.sources._format import Format, Table, normal_name

_LEVELS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_HEAD = lazy_re.compile(r"\s{0,8}(?:wandb:)?\s{0,8}Run (history|summary):\s*$")
_ROW = lazy_re.compile(
    r"[ \t]{0,8}+(?:wandb:[ \t]{1,40}+|[ \t]{0,40}+)"
    r"(?P<name>[\w./@-]{1,60}+(?: [\w./@-]{1,30}+){0,3}?)[ \t]{1,40}+"
    rf"(?:(?P<picture>[{_LEVELS} ]{{2,80}}+)|(?P<figure>-?\d[\d.]{{0,20}}(?:e[-+]?\d{{1,3}})?|nan)"
    r"|\S.{0,80}?)[ \t]{0,20}$"
)
_OTHER = lazy_re.compile(r"\s{0,8}(?:wandb:\s{0,80})?$")
"""A blank line of the block."""
_PARTS = {"eval/": "val/", "eval_": "val_", "train/": "", "epoch/": "", "epoch_": ""}
_SUBJECTS: dict[str, tuple[Split, Measurement]] = {
    "loss": ("training", "loss"),
    "accuracy": ("training", "accuracy"),
    "val_loss": ("validation", "loss"),
    "val_accuracy": ("validation", "accuracy"),
    "test_loss": ("test", "loss"),
    "test_accuracy": ("test", "accuracy"),
}
MOST_LINE, MOST_ROWS = 200, 400
LEAST_POINTS, FAR, TURNS, EARLY = 4, 4, 4, 0.8
"""Points from which on a picture has a course; levels that a curve moves; times that it turns by so
many levels to be unsteady; and where at the latest it turned, as a share of its length."""


def find(lines: Sequence[str]) -> list[Table]:
    """Return a table of the last figures, with what the pictures show as claims."""
    tables: list[Table] = []
    table, epoch, figures = Table(), 0, dict[str, tuple[float, str, str]]()
    heads = [i for i, line in enumerate(lines) if "Run " in line and _HEAD.match(line[:MOST_LINE])]
    for head in heads:
        table.lines.add(head)
        history = "history" in lines[head]
        for index in range(head + 1, min(len(lines), head + MOST_ROWS)):
            line = lines[index][:MOST_LINE]
            row = _ROW.match(line)
            told = row is not None and (row["picture"] or row["figure"] or "wandb:" in line)
            if not told and not _OTHER.match(line):
                break
            table.lines.add(index)
            if row is None or not told:
                continue
            written = row["name"].strip()
            name = _name(written)
            if history and row["picture"] and name in _SUBJECTS:
                table.claims += _shown(name, row["picture"].strip(), line.strip())
            elif not history and row["figure"] and name == "epoch" and row["figure"].isdigit():
                epoch = int(row["figure"][:9])
            elif not history and row["figure"] and name in _SUBJECTS:
                figures[name] = (float(row["figure"]), row["figure"], written)
        if not history:
            for name, (value, digits, written) in figures.items():
                table.put(epoch, name, value, digits, written)
            tables.append(table)
            table, epoch, figures = Table(), 0, {}
    return [*tables, *([table] if table.claims else [])]


def _name(written: str) -> str:
    for before, plain in _PARTS.items():
        if written.startswith(before) and written != "epoch":
            written = plain + written[len(before) :]
    return normal_name(written)


def _shown(name: str, picture: str, sentence: str) -> Iterator[Claim]:
    """Yield where a curve goes by its picture, and what that amounts to."""
    levels = [_LEVELS.index(mark) for mark in picture if mark in _LEVELS]
    if len(levels) < LEAST_POINTS:
        return
    split, measurement = _SUBJECTS[name]

    def claim(predicate: str) -> Claim:
        subject = Subject(split=split, measurement=measurement)
        return Claim(predicate=predicate, sentence=sentence, subject=subject, holder="program")

    found: list[Claim] = []
    least = len(levels) - 1 - levels[::-1].index(min(levels))
    most = len(levels) - 1 - levels[::-1].index(max(levels))
    if _turns(levels) >= TURNS:
        found.append(claim("fluctuates"))
    elif levels[-1] - min(levels) >= FAR and least < EARLY * len(levels):
        found.append(claim("rises"))
    elif max(levels) - levels[-1] >= FAR and most < EARLY * len(levels):
        found.append(claim("falls"))
    yield from found
    yield from (
        Claim(predicate=c.predicate, sentence=c.sentence, holder="program")
        for c in amounting(found)
    )


def _turns(levels: Sequence[int]) -> int:
    """Return how often a curve turns after it moved far."""
    count, way, edge = 0, 0, levels[0]
    for level in levels[1:]:
        move = level - edge
        if way * move >= 0:
            way = way or (move > 0) - (move < 0)
            edge = level
        elif abs(move) >= FAR:
            count, way, edge = count + 1, -way, level
    return count


FORMAT = Format("Weights & Biases summary", find=find, beside_logs=False)
