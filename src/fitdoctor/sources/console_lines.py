"""What loops print line by line: epochs, batches of an epoch, evaluations and single steps.

Each line is read by the layouts of `_lines`. A line that counts nothing belongs to the epoch above
it. Figures of an epoch count before those of its batches, of which the last stands for the epoch
where there is nothing else; all of them are kept as a curve of their own.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table
from fitdoctor.sources._lines import Figure, Row, row
from fitdoctor.sources._tokens import ACCURACY, LOSS, METRICS, MOST_LINE, TEST, TRAIN, VAL

LEAST_ALIKE = 2
"""Epochs with the same figures from which on lines of no known layout are a log."""
RATE = "learning_rate"
MOST_WORDS, MOST_WORDS_OF_FEW = 12, 2
MOST_APART = 60
"""Lines from an epoch to one that belongs to it and counts nothing."""
_MAY_TELL = lazy_re.compile(
    r"loss|acc|epoch|\bep\b|iter|step|\berr|entropy| avg, "
    r"|prec@|top-?1|score #|\bep?\d|\bt[lr]\b|perte|verlust|perda|cost"
    r"|(?:train|val|test)\w{0,8}[^:\n]{0,30}:\s{0,9}$"
    r"|[^\x00-\x7f]",
    re.IGNORECASE,
)
_KERAS_BAR = lazy_re.compile(r"[\s>*`]{0,12}\d{1,9}/\d{1,9} {0,2}(?:\[[=>.]|- \d|\u2501)")


@dataclasses.dataclass
class _Log:
    """The rows of one training."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    lines: set[int] = dataclasses.field(default_factory=set)


def find(lines: Sequence[str]) -> list[Table]:
    logs = [_Log()]
    place = _Place()
    for index, text in enumerate(lines):
        if not text or len(text) > MOST_LINE or not _MAY_TELL.search(text):
            continue
        if _KERAS_BAR.match(text) or (read := row(index, text)) is None:
            place.leave()
            continue
        if place.restarts(read):
            logs.append(_Log())
        if place.take(read):
            logs[-1].rows.append(read)
            logs[-1].lines.update({index, place.header if place.header is not None else index})
    return [table for log in logs if (table := _table(log)) is not None]


class _Place:
    """Where in a training a log has come to."""

    def __init__(self) -> None:
        self.leave()

    def leave(self) -> None:
        self.epoch: int | None = None
        self.counts = ""
        self.header: int | None = None
        self.last = 0
        self.part, self.divided = "", 0
        """The part that a line above names, and where."""
        self.validated = False
        """The line that named the epoch had figures of validation."""

    def restarts(self, read: Row) -> bool:
        """Return whether a line counts from the beginning again."""
        at = _counted(read)
        if at is None or self.epoch is None or not (read.figures or read.heads):
            return False
        return at[1] < self.epoch and at[0] == self.counts

    def take(self, read: Row) -> bool:
        """Return whether a line has figures of a known epoch or step, which it is given then."""
        self.divide(read)
        at = _counted(read)
        if read.speed and read.kind == "step" and self.counts != "epoch":
            return False  # a batch of an epoch that is not named yet
        if at is not None and self.counts == "epoch" and at[0] == "step":
            read.step, read.epoch, read.kind = at[1], self.epoch, "batch"
        elif at is not None:
            if not read.figures and not read.heads:
                return False
            if at[1] != self.epoch or at[0] != self.counts:
                self.header = None
            self.counts, self.epoch = at
            self.validated = any(figure.part in {VAL, TEST} for figure in read.figures)
            read.epoch = at[1]
            if not read.figures:
                self.header = self.last = read.index
        elif not self.owns(read):
            return False
        else:
            read.epoch = self.epoch
        if read.figures:
            self.last = read.index
        return bool(read.figures)

    def divide(self, read: Row) -> None:
        """Keep the part that a line names for those below it, and give it to their figures."""
        if read.led and read.closes and not read.figures:
            self.part, self.divided = read.led, read.index
        elif self.part and read.index - self.divided <= MOST_BELOW:
            for figure in read.figures:
                figure.part = figure.part or self.part

    def owns(self, read: Row) -> bool:
        """Return whether a line that counts nothing belongs to what was counted last."""
        if self.epoch is None or self.counts == "numbered" or read.words > MOST_WORDS_OF_FEW:
            return False
        if self.validated and self.header is None and {f.part for f in read.figures} == {TRAIN}:
            return False  # training comes before validation: it is of the next epoch
        below = self.header is not None and read.index - self.header <= MOST_BELOW
        return read.index - self.last <= MOST_APART and (below or _of_parts(read))


MOST_BELOW = 4
"""Lines from an epoch that stands alone to figures that name no part."""


def _of_parts(read: Row) -> bool:
    """Return whether a line says of which images its figures are."""
    return bool(read.led) or (bool(read.figures) and all(figure.part for figure in read.figures))


def _counted(read: Row) -> tuple[str, int] | None:
    if read.kind != "bar" and read.step is not None and read.epoch is None:
        return "step", read.step
    counts = "numbered" if read.kind == "numbered" else "epoch"
    return (counts, read.epoch) if read.epoch is not None else None


def _table(log: _Log) -> Table | None:
    """Return the curves of a log; `None` where too little of it is alike to be one."""
    rows = _without_mixed([r for r in log.rows if r.words <= MOST_WORDS])
    if not _is_log(rows):
        return None
    _name_by_order(rows)
    _as_right(rows)
    _of_two_sets(rows)
    _without_repeats(rows)
    table = Table()
    whole: set[tuple[str, int]] = set()
    tested = not any(f.part == "V" for r in rows for f in r.figures)
    for read in rows:
        epoch = read.epoch
        if epoch is None:
            continue
        table.lines.add(read.index)
        table.total_epochs = read.epochs or table.total_epochs
        of_batch = read.kind in {"batch", "running"} and read.led in {"", TRAIN}
        running = read.kind == "running" and read.step != read.steps
        if read.rate is not None and of_batch:
            table.put_batch(epoch, read.step or 0, RATE, read.rate)
        elif read.rate is not None and read.kind in {"epoch", "step"}:
            table.put(epoch, RATE, read.rate, "")
        table.n_train = read.images or table.n_train
        for figure in read.figures:
            if figure.metric not in METRICS:
                continue
            name = _name(figure.part, figure.metric, tested=tested)
            if of_batch and figure.part in {"", TRAIN}:
                now = figure.value if figure.now is None else figure.now
                table.put_batch(epoch, read.step or 0, name, now)
                if read.speed or running or (name, epoch) in whole:
                    continue
            elif running:
                continue
            elif read.kind != "bar":
                whole.add((name, epoch))
            table.put(epoch, name, figure.value, figure.digits, figure.written)
            if figure.images is not None and name == "val_accuracy":
                table.n_val = figure.images
            elif figure.images is not None and name == "accuracy":
                table.n_train = figure.images
    table.lines |= log.lines
    return table if table.values or table.batches else None


def _name_by_order(rows: list[Row]) -> None:
    """Name the two figures of a part that have no names: the loss, then the accuracy.

    Only where the values leave no other order: the second never above one, or in percent, and the
    first above one somewhere, or falling while the second rises.
    """
    columns: dict[str, list[tuple[Figure, Figure]]] = {}
    for read in rows:
        bare = {(f.part, f.metric): f for f in read.figures if f.metric in {"?0", "?1"}}
        for part in {part for part, _ in bare}:
            first, second = bare.get((part, "?0")), bare.get((part, "?1"))
            if first is not None and second is not None:
                columns.setdefault(part, []).append((first, second))
    alike = [abs(a.value - b.value) / max(a.value, b.value, 1e-9) for a, b in _first(columns)]
    if alike and sum(alike) < AS_MEANS * len(alike):
        return  # a figure and its mean
    shares = all(0 <= second.value <= 1 for pairs in columns.values() for _, second in pairs)
    trained = _first(columns)
    ordered = shares and bool(trained) and _in_order(trained)
    for pairs in columns.values() if ordered else ():
        for first, second in pairs:
            first.metric, second.metric = LOSS, ACCURACY


AS_MEANS = 0.3
"""Mean difference of two figures, as a share of the larger, up to which one may be the mean."""


def _first(columns: dict[str, list[tuple[Figure, Figure]]]) -> list[tuple[Figure, Figure]]:
    """Return the pairs of training, or of the part that is known."""
    return columns.get(TRAIN) or next(iter(columns.values()), [])


def _without_repeats(rows: list[Row]) -> None:
    """Drop figures of no named part that repeat, in every epoch, that of a named one."""
    for metric in METRICS:
        bare: dict[int | None, set[float]] = {}
        named: dict[int | None, set[float]] = {}
        for read in rows:
            for figure in read.figures:
                if figure.metric == metric and read.step is None:
                    of = named if figure.part in {VAL, TEST} else bare
                    of.setdefault(read.epoch, set()).add(figure.value)
        if len(bare) < LEAST_ALIKE or any(v != named.get(e) for e, v in bare.items()):
            continue
        for read in rows:
            read.figures = [
                f for f in read.figures if f.metric != metric or f.part or read.step is not None
            ]


def _images(read: Row) -> int:
    return next(figure.images for figure in read.figures if figure.images)


def _of_two_sets(rows: list[Row]) -> None:
    """Give the second of two lines of an epoch to validation, where it counts other images.

    Only where every epoch has two such lines, of the same names and the same numbers of images.
    """
    lines: dict[int, list[Row]] = {}
    for read in rows:
        counted = any(figure.images for figure in read.figures)
        if read.epoch is not None and read.step is None and counted and not read.led:
            lines.setdefault(read.epoch, []).append(read)
    sizes = {
        tuple(next(f.images for f in r.figures if f.images) for r in two) for two in lines.values()
    }
    bare = all(not figure.part for two in lines.values() for r in two for figure in r.figures)
    if len(lines) < LEAST_ALIKE or len(sizes) != 1 or not bare:
        return
    (size,) = sizes
    if len(size) != 2 or size[0] == size[1]:
        return
    for _, second in lines.values():
        for figure in second.figures:
            figure.part = VAL


def _as_right(rows: list[Row]) -> None:
    """Turn shares of wrong answers, of one or in percent, into those of right ones."""
    # What one line shows of a name holds for all lines that have it.
    names = {figure.written for read in rows for figure in read.figures if figure.wrong}
    every = [figure for read in rows for figure in read.figures if figure.metric == ACCURACY]
    wrong = [figure for figure in every if figure.written in names]
    whole = 100.0 if max((figure.value for figure in wrong), default=0.0) > MOST_OF_ONE else 1.0
    for figure in wrong:
        figure.value, figure.digits = whole - figure.value, ""
        figure.now = whole - figure.now if figure.now is not None else None


MOST_OF_ONE = 1.5


def _in_order(pairs: list[tuple[Figure, Figure]]) -> bool:
    losses, accuracies = ([pair[i].value for pair in pairs] for i in (0, 1))
    learns = len(pairs) > 1 and losses[-1] < losses[0] and accuracies[-1] > accuracies[0]
    return learns or max(losses) > 1


def _without_mixed(rows: list[Row]) -> list[Row]:
    """Return the rows without those that begin with a bare number, unless they are of one make."""
    rows = [r for r in rows if r.kind != "numbered" or r.words < MOST_WORDS_OF_FEW]
    numbered = [r for r in rows if r.kind == "numbered"]
    if not numbered:
        return rows
    names, count = Counter(r.names for r in numbered).most_common(1)[0]
    least = LEAST_ALIKE if len(names) > MANY_NAMES else LEAST_NUMBERED
    kept = names if count >= max(least, MOST_OF_ALL * len(numbered)) else None
    return [r for r in rows if r.kind != "numbered" or r.names == kept]


LEAST_NUMBERED, MOST_OF_ALL, MANY_NAMES = 3, 0.8, 2


def _name(part: str, metric: str, *, tested: bool) -> str:
    prefix = {"V": "val_", TEST: "val_" if tested else "test_"}.get(part, "")
    return prefix + ("accuracy" if metric == ACCURACY else "loss")


def _is_log(rows: list[Row]) -> bool:
    if any(r.sure for r in rows):
        return True
    alike = Counter(names for names, _ in {(r.names, r.epoch) for r in rows})
    if max(alike.values(), default=0) > LEAST_ALIKE:
        return True
    few = [r for r in rows if r.words <= MOST_WORDS_OF_FEW]
    alike = Counter(names for names, _ in {(r.names, r.epoch) for r in few})
    if max(alike.values(), default=0) >= LEAST_ALIKE:
        return True
    return any(_is_whole(r) for r in few)


def _is_whole(read: Row) -> bool:
    """Return whether one row alone is a log: it begins with an epoch, and its figures are named."""
    named = all(figure.part for figure in read.figures)
    if len(read.names) > 1:
        return read.begins or not read.words
    return bool(read.figures) and named and read.begins and not read.words


FORMAT = Format("lines of a log (PyTorch, Lightning, MXNet, Caffe, timm, TensorFlow)", find=find)
