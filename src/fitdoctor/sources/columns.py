"""Tables with a row an epoch and names above the columns: commas, tabs, spaces, Markdown.

CSVLogger, Lightning, timm, fastai and Ultralytics write such tables, and people do. Between the
cells stand commas, semicolons (where commas are decimal), bars, tabs or spaces. A row may be cut
short, be followed by a progress bar, or stand behind blank lines and an ellipsis. What Weights &
Biases exports of a panel has the run's name before each metric, and extremes beside it.

A cell is of the name above it; layouts of tokens (`_lines`) are of one line each.
"""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table, is_metric, normal_name

MOST_LINE, MOST_OF_A_LINE_OF_WORDS = 20_000, 400
LEAST_ROWS, MOST_MISFITS = 2, 3
_RULE = lazy_re.compile(r"^[\s|:+=_\-.\u2026\u22ee\u2500-\u257f]{0,400}$")
"""A line between rows: a rule, an ellipsis, or nothing."""
_PERCENT = lazy_re.compile(r"\s{0,4}[(\[]?%[)\]]?\s{0,4}$")
_AVERAGE = lazy_re.compile(r"\s{0,4}\((?:avg|average|mean)\.?\)$", re.IGNORECASE)
_NUMBER = lazy_re.compile(
    r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e[-+]?\d{1,3})?|nan|-?inf", re.IGNORECASE
)
_EPOCH = lazy_re.compile(r"0{0,9}(\d{1,9})(?:\.0{0,9})?(?:\s?/\s?\d{1,9})?")
_TIME = lazy_re.compile(r"\(?\d{1,4}:\d\d(?::\d\d)?\)?")
_BAR = lazy_re.compile(r":\s{0,3}(\d{1,3})%\s?\|")
_WORDED = lazy_re.compile(r"(?!nan|inf|none|na\b)[^\W\d_]{2,}", re.IGNORECASE)
"""A cell that begins with a word."""
_COUNT = frozenset(
    {
        "epoch",
        "epochs",
        "#",
        "ep",
        "ep.",
        "эпоха",
        "época",
        "轮次",
        "epoche",
        "step",
        "iteration",
        "iter",
    }
)
_MISSING = frozenset({"", "na", "none", "-", "#na#", "\u2014", "n/a"})
_WORDS = {
    "eval_loss": "val_loss",
    "eval_prec1": "val_accuracy",
    "eval_top1": "val_accuracy",
    "train/loss": "loss",
    "val/loss": "val_loss",
    "trn_loss": "loss",
    "trn loss": "loss",
    "metrics/accuracy_top1": "val_accuracy",
    "lr/pg0": "learning_rate",
    "top1_acc": "val_accuracy",
}
_FASTAI = {"time": "", "error_rate": "val_error_rate", "accuracy": "val_accuracy"}
"""What fastai and Hugging Face measure, they measure in validation."""
_OF_FASTAI = ({"train_loss", "valid_loss"}, {"trn_loss", "val_loss"}, {"train loss", "valid loss"},
            {"training loss", "validation loss"})  # fmt: skip


@dataclasses.dataclass
class _Header:
    mark: str
    written: list[str]
    names: list[str]
    percent: list[bool]
    count: int
    """The column of the epoch."""


def find(lines: Sequence[str]) -> list[Table]:
    tables: list[Table] = []
    index = 0
    while index < len(lines):
        header = _header(lines[index]) or _of_two_levels(lines, index) or _stacked(lines, index)
        if header is None:
            index += 1
            continue
        others = [_rows(lines, index, one)[0] for one in _of_other_runs(lines[index])]
        while header is not None:
            table, index, restarts = _rows(lines, index, header)
            if table is not None and tables and _goes_on(tables[-1], table):
                _join(tables[-1], table)
            elif table is not None:
                tables.append(table)
            # A log that was appended to counts from its first epoch again, without a header.
            header = header if restarts else None
        tables += [table for table in others if table is not None]
    return tables


def _goes_on(before: Table, table: Table) -> bool:
    """Return whether a table is the next row of one that is printed again with its header."""
    earlier = [e for by_epoch in before.values.values() for e in by_epoch]
    later = [e for by_epoch in table.values.values() for e in by_epoch]
    return min(later) > max(earlier) and min(table.lines) - max(before.lines) <= MOST_BETWEEN


MOST_BETWEEN = 6


def _join(first: Table, second: Table) -> None:
    for name, by_epoch in second.values.items():
        first.values.setdefault(name, {}).update(by_epoch)
        first.digits.setdefault(name, []).extend(second.digits[name])
    first.written = {**second.written, **first.written}
    first.lines |= second.lines


def _cells(line: str, mark: str) -> list[str]:
    if mark in ",;":
        cells = [c.strip() for c in next(csv.reader([line[:MOST_LINE]], delimiter=mark), [])]
        return [c.replace(",", ".") for c in cells] if mark == ";" else cells
    if mark == "|":
        return [c.strip(" *`\t") for c in line.strip().strip("|\u2502").split("|")]
    cells = re.split(r"\t+|\s{2,}" if mark == "wide" else r"\s+", line.strip())
    return [cell.strip(" *`") for cell in cells]


def _header(line: str) -> _Header | None:
    lower = line[:MOST_LINE].lower()
    if "loss" not in lower and "acc" not in lower and "prec1" not in lower and "top" not in lower:
        return None
    if not any(word in lower for word in ("ep", "#", "эп", "ép", "轮次", "iter", "step")):
        return None
    bar = _BAR.search(line[:MOST_LINE])
    line = line[: bar.start()] if bar else line
    marks = [m for m in (";", ",", "|") if line.count(m) >= (2 if m == ";" else 1)][:1]
    if not marks and len(line) > MOST_OF_A_LINE_OF_WORDS:
        return None
    for mark in marks or (("wide",) if "	" in line.strip() else ("wide", " ")):
        cells = _cells(line, mark)
        if mark == "wide" and any(sum(map(is_metric, cell.split())) > 1 for cell in cells):
            continue  # blanks of two part some columns only
        header = _named((_of_panel(cells) or [cells])[0], mark)
        if header is not None:
            return header
    return None


_PARTS = {"train": "train ", "training": "train ", "val": "val ", "valid": "val ",
          "validation": "val ", "validate": "val ", "eval": "val ", "test": "test "}  # fmt: skip
MOST_ABOVE = 2


def _of_two_levels(lines: Sequence[str], index: int) -> _Header | None:
    """Return a header whose columns are grouped by the parts that a row above it names."""
    line = lines[index]
    if line.count("|") < LEAST_BARS or "epoch" not in line[:MOST_OF_A_LINE_OF_WORDS].lower():
        return None
    cells = _cells(line, "|")
    for above in lines[max(0, index - MOST_ABOVE) : index]:
        groups = [_PARTS.get(cell.lower(), "") for cell in _cells(above, "|")]
        groups += [""] * (len(cells) - len(groups))
        if sum(map(bool, groups)) > 1 and len(groups) == len(cells):
            part, named = "", list[str]()
            for group, cell in zip(groups, cells, strict=True):
                part = group or part
                counts = cell.lower() in _COUNT
                again = counts and any(n.lower() in _COUNT for n in named)
                named.append("" if again or not cell else cell if counts else part + cell)
            return _named(named, "|")
    return None


def _stacked(lines: Sequence[str], index: int) -> _Header | None:
    """Return a header whose names go over two or three rows: "Mini-batch" above "Accuracy"."""
    line = lines[index]
    bars = line.count("|")
    if bars < LEAST_BARS or len(line) > MOST_OF_A_LINE_OF_WORDS or re.search(r"\d", line):
        return None
    rows = [line]
    for above in reversed(lines[max(0, index - MOST_ABOVE) : index]):
        if above.count("|") != bars or _RULE.match(above) or re.search(r"\d", above):
            break
        rows.insert(0, above)
    if (
        len(rows) < 2
        or _RULE.match(line)
        or index + 1 >= len(lines)
        or not _RULE.match(lines[index + 1])
    ):
        return None
    columns = zip(*(_cells(row, "|") for row in rows), strict=False)
    return _named([" ".join(filter(None, words)) for words in columns], "|")


LEAST_BARS = 4


def _of_panel(cells: list[str]) -> list[list[str]]:
    """Return a header with plain names for each run of a panel's export; none where it is none.

    Columns of other runs, and of extremes, have no name.
    """
    if len(cells) < 2 or cells[0].lower() not in {"step", "epoch"}:
        return []
    named = [cell.rpartition(" - ")[::2] for cell in cells[1:]]
    if not all(run for run, _ in named):
        return []
    return [
        ["epoch", *("" if one != run or metric.endswith(("__MIN", "__MAX")) else metric
                    for one, metric in named)]
        for run in list(dict.fromkeys(run for run, _ in named))[:MOST_IN_A_PANEL]
    ]  # fmt: skip


MOST_IN_A_PANEL = 50


def _of_other_runs(line: str) -> list[_Header]:
    """Return the headers of the second and further runs of a panel."""
    if line.count(" - ") < LEAST_ROWS:
        return []
    headers = (_named(cells, ",") for cells in _of_panel(_cells(line, ","))[1:])
    return [header for header in headers if header is not None]


def _named(cells: list[str], mark: str) -> _Header | None:
    plain = [_AVERAGE.sub("", _PERCENT.sub("", cell)).lower() for cell in cells]
    count = next((i for i, cell in enumerate(plain) if cell in _COUNT), None)
    if "epoch" in plain:
        count = plain.index("epoch")
    elif count:
        return None  # "model, epochs, accuracy" has a row a training
    if count is None or len(cells) < 2:
        return None
    fastai = any(two <= set(plain) for two in _OF_FASTAI)
    names = [_name(cell, mark, fastai=fastai) for cell in plain]
    tested = not any(name.startswith("val_") for name in names)
    if tested and mark not in ",;":
        names = [f"val{n[4:]}" if n.startswith("test_") else n for n in names]
    names[count] = "epoch"
    if "val_loss" in names and names.count("accuracy") and "val_accuracy" not in names:
        bare = names.index("accuracy")
        named = plain[names.index("loss")].startswith("tr") if "loss" in names else False
        if named and plain[bare].startswith(("acc", "top")):
            names[bare] = ""  # of which images, no word says
    known = [name for name in names if is_metric(name) or name == "val_error_rate"]
    if not known or len(set(known)) < len(known):
        return None
    if mark == " " and 2 * len(known) < len(names):
        return None  # words of a sentence
    return _Header(mark, cells, names, ["%" in cell for cell in cells], count)


def _name(cell: str, mark: str, *, fastai: bool) -> str:
    """Return the curve of a column, "" where it is none; of a CSV every column is one."""
    if fastai and cell in _FASTAI:
        return _FASTAI[cell]
    bare = cell.removesuffix("_epoch")
    name = _WORDS.get(cell) or normal_name(bare)
    if cell in _COUNT or cell == "step":
        return "step"
    if "top5" in cell and mark not in ",;":
        return ""
    return name if mark in ",;" or fastai or is_metric(name) or name == "learning_rate" else ""


def _rows(lines: Sequence[str], head: int, header: _Header) -> tuple[Table | None, int, bool]:
    """Return the table below a line, where to go on, and whether a further one begins there."""
    table, count, misfits, worded = Table(lines={head}), 0, 0, 0
    first: int | None = None
    latest, restarts = -1, False
    index = last = head
    while (index := index + 1) < len(lines):
        line = lines[index][:MOST_LINE]
        if _RULE.match(line):
            if line.strip() and header.mark not in ",;":
                table.lines.add(index)
            continue
        bar = _BAR.search(line)
        cells = _split(line[: bar.start()] if bar else line, header)
        row = _EPOCH.fullmatch(cells[header.count]) if cells else None
        if row is None:
            misfits += 1
            if cells == header.written:
                break
            if header.mark in ",;" and cells is not None and misfits <= MOST_MISFITS:
                continue
            break
        epoch = int(row[1])
        first = epoch if first is None else first
        if epoch == first < latest and header.mark in ",;":
            restarts = True
            break
        latest = max(latest, epoch)
        last, misfits = index, 0
        table.lines.add(index)
        if bar is None or bar[1] == "100":
            _take(table, header, cells or [], epoch)
            count += 1
            worded += any(_WORDED.match(cell) for cell in cells or [])
    if not table.values or count < _least(header) or _several(table, header, count, worded):
        return None, max(last, head) + (not restarts), restarts
    return table, last + (not restarts), restarts


def _several(table: Table, header: _Header, rows: int, worded: int) -> bool:
    """Return whether each row is of a training of its own, so that its count is no epoch.

    All have the same number of epochs, or rows that are only numbered have words in a column.
    """
    epochs = {epoch for by_epoch in table.values.values() for epoch in by_epoch}
    if rows > 1 and len(epochs) == 1 and "step" not in header.names:
        return True
    return header.written[header.count].strip() == "#" and worded == rows > 1


def _least(header: _Header) -> int:
    known = sum(is_metric(name) for name in header.names)
    return 1 if header.mark in ",;" or known > LEAST_ROWS else LEAST_ROWS


def _split(line: str, header: _Header) -> list[str] | None:
    """Return the cells of a row, `None` where it is of another make."""
    cells = _cells(line, header.mark)
    wanted = len(header.names)
    if header.mark in {"wide", " "} and len(cells) < wanted:
        cells = line.split()
    if header.mark not in ",;|":
        if len(cells) == wanted + 1 and _TIME.fullmatch(cells[-1]):
            cells.pop()
        while len(cells) > wanted and header.mark == "wide" and not re.search(r"\d", cells[-1]):
            cells.pop()  # a remark behind the row
        if len(cells) == wanted - 1 > 1 and not _COUNT & set(cells):
            return cells
    return cells if len(cells) == wanted else None


def _take(table: Table, header: _Header, cells: list[str], epoch: int) -> None:
    for name, cell, percent, word in zip(
        header.names, cells, header.percent, header.written, strict=False
    ):
        digits = _PERCENT.sub("", cell)
        if name in {"", "epoch", "step"} or cell.lower() in _MISSING:
            continue
        if not _NUMBER.fullmatch(digits):
            continue
        share = "accuracy" in name and (percent or "%" in cell)
        value = float(digits) / (100 if share else 1)
        table.put(epoch, name, value, "" if share else digits, word)
        if name == "val_error_rate":
            table.put(epoch, "val_accuracy", 1 - value, digits, word)


FORMAT = Format("table with a row an epoch", find=find)
"""The names of its columns say what they are."""
