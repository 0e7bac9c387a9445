"""What scripts print of their data: counts of images, labels, confusion matrices, reports.

These lines stand beside the log or in comments of the code. They are counts, not curves.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.sources._compared import compared

_FOUND = lazy_re.compile(
    r"\bFound (\d{1,9}) (?:validated image filenames|images|files) belonging to (\d{1,6}) class"
)
_USING = lazy_re.compile(r"\bUsing (\d{1,9}) files for (training|validation)\b")
_OUT_OF_DATA = lazy_re.compile(r"\b[Yy]our (?:input|dataset iterator|generator) ran out of data\b")
_STOPPED = lazy_re.compile(r"^\W*Epoch 0*\d{1,5}: early stopping\b")
_NAN = lazy_re.compile(r"^\W*\d{1,9}/\d{1,9} \[[=>.]{1,60}\].{0,60}\bloss: nan\b")
_KEYS = lazy_re.compile(
    r"\bmissing_keys=\[([^\]]{0,300})(?:\]|\.\.\.).{0,100}\bunexpected_keys=\[([^\]]{0,300})"
)
_UNIQUE = lazy_re.compile(r"(?:unique|label\w*|classes|y_\w+)\b[^\[\]]{0,60}$", re.IGNORECASE)
_BETWEEN = r"(?:\s*+,\s*+|\s++)"
_INTEGERS = lazy_re.compile(
    rf"^\W{{0,6}}(?:array\()?\[\s*(-?\d{{1,6}}(?:{_BETWEEN}-?\d{{1,6}}){{1,99}})\s*\]\)?\W{{0,3}}$"
)
_ROW = lazy_re.compile(
    rf"^\W{{0,6}}(?:array\()?\W{{0,6}}\[\s*(\d{{1,9}}(?:{_BETWEEN}\d{{1,9}}){{1,99}})\s*\]+\W{{0,4}}(?:dtype=u?int\d{{0,2}}\))?$"
)
_REPORT = lazy_re.compile(
    r"^\s{0,40}(\S(?:.{0,40}\S)?)\s+([01]\.\d{2,4})\s+([01]\.\d{2,4})\s+([01]\.\d{2,4})\s+(\d{1,9})\s*$"
)
_TOTALS = lazy_re.compile(r"avg|accuracy|total", re.IGNORECASE)
_COUNTER = lazy_re.compile(r"\bCounter\(\{([^{}]{3,400})\}\)")
_ABOVE_COUNTS = lazy_re.compile(r"\s*+(?:Out ?\[\d{1,5}\]:|[^\W\d]\w{0,40}|)\s*$")
"""What stands between a cell's code and the counts that it shows: a prompt, a column's name."""
MOST_ABOVE = 3
_COUNT_ROW = lazy_re.compile(r"^\s{0,20}[\w'\" /.-]{1,40}?\s{1,40}(\d{1,9})\s*$")
MOST_CLASSES = 200
ALL = 0.97
"""Recall of a class that is as good as always answered."""
PRINTED = {
    "error_classes_differ", "nan_printed", "one_class_predicted", "ran_out_of_data",
    "smallest_label", "state_dict_keys_differ", "stopped_by_patience",
}  # fmt: skip
"""Statements that come from what libraries and scripts print."""
MOST_LINE = 600


@dataclasses.dataclass
class Printed:
    """Counts that a script printed; what is not there is `None` or empty."""

    n_train: int | None = None
    n_val: int | None = None
    n_classes: int | None = None
    class_counts: tuple[int, ...] = ()
    """Images of each class by a confusion matrix or a report: those predicted on."""
    of_answers: bool = False
    """The counts of classes are of images that were predicted on, not of those trained on."""
    in_order: bool = False
    """The counts stand in the order of the numbers of classes, which is printed beside them."""
    class_names: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    claims: list[Claim] = dataclasses.field(default_factory=list)
    lines: set[int] = dataclasses.field(default_factory=set)

    def with_settings(self, n_train: int | None, n_classes: int | None) -> Printed:
        """Return the counts; those that are not printed are as the program was told."""
        return dataclasses.replace(
            self, n_train=self.n_train or n_train, n_classes=self.n_classes or n_classes
        )


def printed(lines: Sequence[str]) -> Printed:
    """Read the counts; the first directory is taken for training, a later one for validation."""
    found = of_folders(lines)
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE:
            continue
        if _OUT_OF_DATA.search(line):
            _say(found, "ran_out_of_data", None, line)
        if _STOPPED.search(line):
            _say(found, "stopped_by_patience", None, line)
        if (keys := _KEYS.search(line)) and all(keys.groups()):
            _say(found, "state_dict_keys_differ", None, line)
        if _NAN.search(line):
            _say(found, "nan_printed", None, line)
        values = _INTEGERS.match(line)
        if values and any(_UNIQUE.search(b) for b in lines[max(0, index - 2) : index]):
            _labels(found, [int(n) for n in re.findall(r"-?\d+", values[1])], line)
        names = _NAMES.match(line)
        if names and not found.class_names:
            found.class_names = tuple(re.findall(r"['\"]([^'\"]{1,40})['\"]", line))
    _numbered(found, lines)
    _of_parts(found, lines)
    _confusion(found, lines)
    _named_matrix(found, lines)
    _report(found, lines)
    _counted(found, lines)
    found.claims += compared(lines)
    return found


def of_folders(lines: Sequence[str]) -> Printed:
    """Read what Keras prints of the folders that it reads, and nothing else."""
    found = Printed()
    readings: list[tuple[int, int]] = []
    for line in lines:
        if len(line) > MOST_LINE:
            continue
        readings += ((int(match[1]), int(match[2])) for match in _FOUND.finditer(line))
        for match in _USING.finditer(line):
            found.n_train = int(match[1]) if match[2] == "training" else found.n_train
            found.n_val = int(match[1]) if match[2] == "validation" else found.n_val
    if found.n_train or found.n_val:  # both parts are of one folder, which each reading counts
        readings = list(dict.fromkeys(readings))
    for images, classes in _of_the_task(readings):
        _keep(found, images, classes)
    return found


def _of_the_task(readings: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the (images, classes) of what is read, without folders of one class shown before.

    Where two later readings or more agree on several classes, as a training set and its validation
    set do, what was read first was read to show examples of a class.
    """
    first = next((i for i, (_, classes) in enumerate(readings) if classes > 1), 0)
    agree = [classes for _, classes in readings].count(readings[first][1]) if readings else 0
    return readings[first:] if agree > 1 else readings


def _keep(found: Printed, images: int, classes: int) -> None:
    if found.n_classes is None:  # the first; parts that are taken of it may be counted already
        found.n_train, found.n_classes = found.n_train or images, classes
    elif found.n_val is None and classes == found.n_classes:
        found.n_val = images
    elif found.n_val is None and 1 < classes != found.n_classes:
        _say(
            found, "error_classes_differ", None, f"Found {found.n_classes} classes, then {classes}"
        )


def _labels(found: Printed, values: list[int], line: str) -> None:
    """A list that goes up by one is the set of labels."""
    if values == list(range(values[0], values[0] + len(values))):
        _say(found, "smallest_label", float(values[0]), line)
        found.n_classes = found.n_classes or len(values)


def _confusion(found: Printed, lines: Sequence[str]) -> None:
    rows: list[list[int]] = []
    first = 0
    for index, line in enumerate([*lines, ""]):
        row = _ROW.match(line) if len(line) <= MOST_LINE else None
        numbers = [int(n) for n in re.findall(r"\d+", row[1])] if row else []
        if row and (not rows or len(numbers) == len(rows[0])):
            first = first if rows else index
            rows.append(numbers)
            continue
        square = len(rows) >= 2 and len(rows) == len(rows[0]) and sum(map(sum, rows)) >= 10
        if square and not _of_larger_array(lines, first, index):
            if not found.in_order:
                found.class_counts, found.of_answers = tuple(map(sum, rows)), True
            found.confusion = found.confusion or tuple(map(tuple, rows))
            found.lines.update(range(first, index))
            _predicted(found, [sum(column) for column in zip(*rows, strict=True)], lines[first])
        rows = []


_NAMES = lazy_re.compile(
    r"^\s{0,8}+[\[(](?:\s{0,3}+(?:'[^']{1,40}+'|\"[^\"]{1,40}+\")\s{0,3}+,?+){2,100}+[\])]\s*+$"
)
"""A line that is a list of names, as of classes in their order."""
_INDICES = lazy_re.compile(
    r"^\s{0,8}\{(?P<named>(?:\s?(?:'[^']{1,40}'|\"[^\"]{1,40}\"):\s?\d{1,4},?){2,100})\}"
    rf"(?:[\s,]{{1,4}}\[\s*(?P<counts>\d{{1,9}}(?:{_BETWEEN}\d{{1,9}}){{1,99}})\s*\])?\s*$"
)
"""The numbers of classes by their names, perhaps with the images of each: `{"a": 0} [90]`."""


def _numbered(found: Printed, lines: Sequence[str]) -> None:
    """Read `class_indices` that were printed, and counts in their order beside them."""
    for line in lines:
        read = _INDICES.match(line) if len(line) <= MOST_LINE else None
        pairs = re.findall(r"['\"]([^'\"]{1,40})['\"]:\s?(\d+)", read["named"]) if read else []
        if read is None or [int(n) for _, n in pairs] != list(range(len(pairs))):
            continue
        found.class_names = found.class_names or tuple(name for name, _ in pairs)
        found.n_classes = found.n_classes or len(pairs)
        counts = tuple(int(n) for n in re.findall(r"\d+", read["counts"] or ""))
        if len(counts) == len(pairs):
            found.class_counts, found.in_order = counts, True
        return


_CLASSES_OF = lazy_re.compile(
    r"^\W{0,4}(?P<part>train\w*|val\w*|test\w*)\b.{0,80}?(?:->|=>|:|\bfound\b|\bhas\b)\s{0,2}(?:found\s)?"
    r"(?P<count>\d{1,4})\s(?:classes|class folders|folders)\b",
    re.IGNORECASE,
)


def _of_parts(found: Printed, lines: Sequence[str]) -> None:
    """Keep that parts are read with other numbers of classes: "test -> Found 9 classes"."""
    read = [m for line in lines if len(line) <= MOST_LINE and (m := _CLASSES_OF.match(line))]
    counts = {m["part"].lower()[:4]: (int(m["count"]), m[0].strip()) for m in read}
    if len({count for count, _ in counts.values()}) > 1:
        _say(found, "error_classes_differ", None, "; ".join(text for _, text in counts.values()))


_NAMED_ROW = lazy_re.compile(
    r"^\s{0,20}(?:true |actual )?([^\W\d][\w.+-]{0,29}+)\s*+(?:[|:]\s*+)?(?<=[\s|:])"
    r"(\d{1,9}+(?:\s++\d{1,9}+){1,40}+)\s*+$"
)


def _named_matrix(found: Printed, lines: Sequence[str]) -> None:
    """Read a confusion matrix whose rows begin with the names of classes that stand above it."""
    for index, line in enumerate(lines):
        names = line.replace("|", " ").split() if len(line) <= MOST_LINE else []
        size = len(names)
        if not LEAST_NAMED <= size <= MOST_CLASSES or any(n[:1].isdigit() for n in names):
            continue
        below = [_NAMED_ROW.match(x[:MOST_LINE]) for x in lines[index + 1 : index + 1 + size]]
        rows = [(m[1], tuple(map(int, m[2].split()))) for m in below if m]
        square = len(rows) == size and all(len(row) == size for _, row in rows)
        if square and [name for name, _ in rows] == names:
            found.class_names, found.confusion = tuple(names), tuple(row for _, row in rows)
            found.of_answers = found.of_answers or not found.class_counts
            found.class_counts = found.class_counts or tuple(sum(row) for _, row in rows)
            found.lines.update(range(index, index + size + 1))
            return


LEAST_NAMED = 2


def _of_larger_array(lines: Sequence[str], first: int, end: int) -> bool:
    """Return whether rows stand inside an array with more rows or dimensions, such as pixels."""
    above = lines[first - 1][-MOST_LINE:].rstrip() if first else ""
    top, last = lines[first], lines[end - 1].rstrip()
    below = lines[end].lstrip() if end < len(lines) else ""
    return (
        above.endswith(("...", "...,", "],"))
        or "[[[" in top
        or last.endswith((",", "]]]"))
        or below.startswith("...")
    )


def _predicted(found: Printed, columns: list[int], line: str) -> None:
    if max(columns) == sum(columns):
        sentence = f"the confusion matrix {line.strip()} ...: one class is predicted for all"
        _say(found, "one_class_predicted", None, sentence)


def _report(found: Printed, lines: Sequence[str]) -> None:
    """Read a classification report: precision, recall, f1-score and support of each class."""
    rows = [(i, m) for i, line in enumerate(lines) if (m := _REPORT.match(line[:MOST_LINE]))]
    # Of several reports, one for each network, the first is read.
    ends = (n for n, (_, m) in enumerate(rows) if _TOTALS.search(m[1]))
    rows = rows[: next(ends, len(rows))]
    if len(rows) < 2:
        return
    found.lines.update(i for i, _ in rows)
    found.of_answers = found.of_answers or not found.class_counts
    found.class_counts = found.class_counts or tuple(int(m[5]) for _, m in rows)
    found.class_names = found.class_names or tuple(m[1] for _, m in rows)
    recalls = [float(m[3]) for _, m in rows]
    *others, most = sorted(recalls)
    if most >= ALL and max(others) <= 1 - ALL:
        words = f"the report: one class has recall {most:.2f}, all others {max(others):.2f} at most"
        _say(found, "one_class_predicted", None, words)


def _counted(found: Printed, lines: Sequence[str]) -> None:
    """Read `value_counts()` and `Counter(...)`: how many images each class has."""
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE or found.class_counts:
            continue
        if pairs := _COUNTER.search(line):
            counts = [int(n) for n in re.findall(r":\s{0,3}(\d{1,9})", pairs[1])]
        elif "value_counts" in line and "nunique" not in line:
            counts = _column(lines, index + 1)
        else:
            continue
        if len(counts) >= 2 and sum(counts) >= 10:
            found.class_counts = tuple(counts)


def _column(lines: Sequence[str], first: int) -> list[int]:
    """Return the counts that stand line by line under a name or a prompt."""
    counts = list[int]()
    for number, below in enumerate(lines[first : first + MOST_CLASSES]):
        row = _COUNT_ROW.match(below[:MOST_LINE])
        above = not counts and number < MOST_ABOVE and _ABOVE_COUNTS.match(below[:MOST_LINE])
        if row is None and not above:
            break
        counts += [int(row[1])] if row else []
    return counts


def _say(found: Printed, name: str, value: float | None, line: str) -> None:
    found.claims.append(
        Claim(predicate=name, value=value, sentence=line.strip()[:300], holder="program")
    )
