"""What loops written by hand print with PyTorch: the examples, the tutorial and their kin.

An epoch's figures may stand on several lines: the last state of a bar by batch, a line for the
test set, one for its accuracy. A line that names no epoch belongs to the epoch before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fitdoctor.sources._format import NUMBER, Format, Table

MOST_LINE = 600
_BATCH = re.compile(
    r"^\W{0,4}(?:Train(?:ing)?[ :]{1,3})?Epoch:?\s{0,2}\[?(\d{1,6})\]?(?:/\d{1,6}\]?)?\s{0,3}"
    r"[\[(,]\s{0,9}(?:(?:batch|step|iter)\s{0,2})?[\[(]?\s{0,9}(\d{1,9})\s?/\s?(\d{1,9})",
    re.IGNORECASE,
)
_TRAIN_BAR = re.compile(
    r"(?:^|\bINFO\b)\W{0,4}Train(?:ing)?:\s{0,3}(?:\[\s{0,6}(\d{1,6})\s?/\s?\d{1,6}\]|(\d{1,6}))\s{0,3}"
    r"(?:\[\s{0,9}\d{1,9}\s?/\s?\d{1,9}|(?=\bLoss\b))"
)
"""timm: `Train: 3 [  50/100 ( 50%)]`; Swin: `Train: [3/300][50/100]`."""
_TEST_BAR = re.compile(
    r"(?:^|\bINFO\b)\W{0,4}(?:Test|Val(?:id(?:ation)?)?|Eval)(?:\s?\(\w{1,20}\))?:\s{0,3}"
    r"\[\s{0,9}\d{1,9}\s?/\s?\d{1,9}\]",
    re.IGNORECASE,
)
_ITERATION = re.compile(
    rf"\bEpoch\s?:?\s?(\d{{1,6}})/\d{{1,6}}\s?-\s?Iter\s?:\s?\d{{1,9}}/\d{{1,9}}\s?-\s?Iter loss\s?:\s?{NUMBER}"
    rf"(?:\s?-\s?Iter acc\s?:\s?{NUMBER})?",
    re.IGNORECASE,
)
_PARTS = re.compile(
    rf"^\s{{0,8}}Epoch (\d{{1,6}}) (train|val|valid|test)\b.{{0,120}}?\bTot(?:al)? Loss:\s?{NUMBER}"
    rf"(?:.{{0,40}}?\bAcc\w{{0,5}}\s?:\s?{NUMBER})?", re.IGNORECASE)  # fmt: skip
_TUTORIAL = re.compile(
    rf"^\s{{0,8}}\[\s{{0,6}}(\d{{1,6}}),\s{{0,9}}(\d{{1,9}})\]\s{{0,4}}loss:?\s{{1,4}}{NUMBER}",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"^\s{{0,8}}Loss \[(\d{{1,6}}), ?(\d{{1,9}})\]\s?\(epoch, ?minibatch\):\s{{0,6}}{NUMBER}",
    re.IGNORECASE,
)
_LOSS = re.compile(
    rf"\bloss[:=\s]{{1,6}}{NUMBER}(?:\s{{0,3}}\(\s{{0,3}}{NUMBER}\))?", re.IGNORECASE
)
_ACCURACY = re.compile(
    rf"\b(?:Acc(?:uracy)?(?:@?1)?|Prec@1|Top1)[:=\s]{{1,6}}{NUMBER}(?:\s{{0,3}}\(\s{{0,3}}{NUMBER}\))?",
    re.IGNORECASE,
)
_TEST = re.compile(
    rf"^\s{{0,8}}(?:Test|Validation|Val|Valid)(?:\s(?:set|epoch))?\s?[:,]?\s{{0,4}}(?:Average |Avg\.? |avg_)?loss[:=\s]{{1,4}}{NUMBER}"
    rf"(?:[,;\s]{{1,6}}(?:acc\w{{0,8}})[:=\s]{{1,4}}(?:(\d{{1,9}})/(\d{{1,9}})|{NUMBER}\s?(%?)))?",
    re.IGNORECASE,
)
_STAR = re.compile(rf"(?:^|\bINFO\b)\s{{0,8}}(?:\*|Test:)\s{{1,3}}(?:Acc|Prec)@1\s{{1,3}}{NUMBER}")
_COUNTED = re.compile(
    rf"^\s{{0,8}}Accuracy (?:of the network )?on (?:the )?([\d,]{{1,12}}) (train|training|test|validation|val) images:?\s{{0,6}}{NUMBER}\s?%", re.IGNORECASE)  # fmt: skip
_HEAD = re.compile(r"^\s{0,8}Epoch:?\s{1,3}(\d{1,6})(?:/\d{1,6})?\s{0,3}:?\s{0,3}$", re.IGNORECASE)
_PHASE = re.compile(
    rf"^\s{{0,8}}(train(?:ing)?|val(?:id(?:ation)?)?|test)\s{{1,3}}Loss:?\s{{1,3}}{NUMBER}[,;]?\s{{1,4}}Acc\w{{0,5}}:?\s{{1,3}}{NUMBER}", re.IGNORECASE)  # fmt: skip
_LATER = ("test", "val", "valid", "validation")


def find(lines: Sequence[str]) -> list[Table]:
    table = Table()
    epoch: int | None = None
    header: int | None = None
    by_batch = False
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE:
            continue
        if only := _HEAD.match(line):
            epoch, header, by_batch = int(only[1]), index, False
            continue
        if not _may_tell(line):
            continue
        if line_of_all := _ITERATION.search(line) or _PARTS.match(line):
            put_whole_line(table, index, line_of_all)
            continue
        head = (
            _BATCH.match(line)
            or _TRAIN_BAR.search(line)
            or _TUTORIAL.match(line)
            or _PAIR.match(line)
        )
        if head is not None:
            epoch, by_batch = int(head[1] or head[2]), True
            figures = list(_of_batch(head, line))
        elif epoch is not None:
            figures = list(_after_epoch(line, table) if by_batch else _phase(line))
        else:
            continue
        for name, digits, percent in figures:
            value = float(digits) / (100 if percent else 1)
            table.put(epoch, name, value, "" if percent else digits)
        if figures:
            table.lines.update({index, header if header is not None else index})
    return [table] if table.values else []


def put_whole_line(table: Table, index: int, found: re.Match[str]) -> None:
    """Keep a line that names epoch, loss and accuracy itself; of several states the last counts."""
    parts = found.re is _PARTS
    loss, accuracy = (found[3], found[4]) if parts else (found[2], found[3])
    prefix = "val_" if parts and not found[2].lower().startswith("train") else ""
    table.put(int(found[1]), f"{prefix}loss", float(loss), loss)
    if accuracy:
        table.put(int(found[1]), f"{prefix}accuracy", float(accuracy), accuracy)
    table.lines.add(index)


def _may_tell(line: str) -> bool:
    return "oss" in line or "cc" in line or "rec@" in line or "LOSS" in line


def _of_batch(head: re.Match[str], line: str) -> Iterator[tuple[str, str, bool]]:
    if head.re in {_TUTORIAL, _PAIR}:
        yield "loss", head[3], False
    else:
        yield from _of_bar(line[head.end() :], "")


def _of_bar(rest: str, part: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the running figures of a bar: of `0.31 (0.45)` the average, which is in brackets."""
    if loss := _LOSS.search(rest):
        yield f"{part}loss", loss[2] or loss[1], False
    if accuracy := _ACCURACY.search(rest):
        digits = accuracy[2] or accuracy[1]
        yield f"{part}accuracy", digits, "@" in accuracy[0] or float(digits) > 1.5


def _phase(line: str) -> Iterator[tuple[str, str, bool]]:
    if phase := _PHASE.match(line):
        part = "" if phase[1].lower().startswith("train") else "val_"
        yield f"{part}loss", phase[2], False
        yield f"{part}accuracy", phase[3], float(phase[3]) > 1.5


def _after_epoch(line: str, table: Table) -> Iterator[tuple[str, str, bool]]:
    if bar := _TEST_BAR.search(line):
        yield from _of_bar(line[bar.end() :], "val_")
    elif test := _TEST.match(line):
        yield "val_loss", test[1], False
        if test[2] and int(test[3]):
            table.n_val = int(test[3])
            yield "val_accuracy", f"{int(test[2]) / int(test[3]):.6f}", False
        elif test[4]:
            yield "val_accuracy", test[4], bool(test[5]) or float(test[4]) > 1.5
    elif star := _STAR.search(line):
        yield "val_accuracy", star[1], True
    elif counted := _COUNTED.match(line):
        later = counted[2].lower() in _LATER
        count = int(counted[1].replace(",", "") or 0)
        if later:
            table.n_val = count
        else:
            table.n_train = count
        yield "val_accuracy" if later else "accuracy", counted[3], True


FORMAT = Format("PyTorch loops", find=find)
