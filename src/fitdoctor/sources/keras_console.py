"""What `model.fit` prints: progress bars and one-line logs of every Keras since 2015.

An epoch is the last complete state under its header. Lines without a header after an epoch that
is complete are evaluations, not epochs. Where no line has a header, every complete line is one.

It keeps a grammar of its own beside the tokens of `_tokens`: every `name: number` of Keras is a
curve, whatever the name and its language, where the tokeniser knows losses and accuracies; and on
the commonest log of all, a bar of states, tokens alone take 1.6 times as long as this reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table, is_metric, normal_name
from fitdoctor.sources._tokens import EPOCH, STEP, meaning

_HEADER = lazy_re.compile(
    r"^[\s>`*#]{0,12}(?:Epoch|Эпоха|Época|Epoca|エポック|纪元|时代|轮次|epoch|第)\s{0,3}:?\s{0,3}"
    r"\[?(\d{1,6})\]?(?:\s{0,2}/\s{0,2}(\d{1,6}))?\]?(?:轮|回|エポック)?\s{0,3}[:,-]?"
)
_NUMBER = lazy_re.compile(
    r"^\**\s*([-+]?(?:\d+(?:[.,]\d+)?(?:[eE][-+]?\d{1,3})?|nan|inf))\s*(%?)\**(?:[\s,;|\])}]*|\s{2,}.*)$",
    re.IGNORECASE,
)
_SEPARATOR = lazy_re.compile(
    r"(?<!\s)(?:\s+[-\u2013|]+\s+|\s+[;|]\s*|\s+-(?=\s?[a-z])|\s{2,}(?=\S+\s*[:=]))"
    r"|[;|]\s*|,\s+(?=[^\W\d_])"
    r"|(?:(?<=[\d%])|(?<=nan)|(?<=NaN)|(?<=inf))\s+"
    r"(?=[^\W\d][\w@.]{0,30}(?:\s[^\W\d][\w@.]{0,30}){0,2}\s?[:=]\s?(?:[-+]?\d|nan|NaN|[-+]?inf))"
)
_NO_NAME = lazy_re.compile(r"[-+]?[\d.,%]{1,40}$|\d{1,2}:\d\d")
"""A number, or a clock with what is glued to it: no metric has such a name."""
_COUNTER = lazy_re.compile(r"(?<![\w.])(\d{1,9})/(\d{1,9})\s{0,3}(?:\[|\u2501|-|\s)")
_SECONDS = lazy_re.compile(r"(?<![\w.])(\d{1,7})s(?=\s|$|/)")
_PER_SAMPLE = lazy_re.compile(r"(?:us|ms|s)/sampl")
_PER_STEP = lazy_re.compile(r"(?:us|ms|s)/step")
_TRAIN_ON = lazy_re.compile(r"Train on (\d{1,12}) samples(?:, validate on (\d{1,12}) samples)?")
_KERAS_3 = lazy_re.compile(
    r"\d/\d{1,9} (?:\u2501{2,60} \d{1,7}s \d{1,7}(?:us|ms|s)/step"
    r"|- \d{1,7}s - \d{1,7}(?:us|ms|s)/step) - [^\W\d]"
)
"""Heavy lines for a bar, and the time of a step before the metrics: only Keras 3 prints these."""
_MESSAGE = lazy_re.compile(
    r"improved from|did not improve|saving model|reducing learning|early stopping|setting learning",
    re.IGNORECASE,
)

_CALLS_FIT = lazy_re.compile(r"\.fit(?:_generator)?\(")
_CALLS_EVALUATE = lazy_re.compile(r"\.evaluate(?:_generator)?\(")
_NUMBERED = lazy_re.compile(r"^[\s>`*]{0,12}Epoch (\d{1,6}):")
_NEW_RATE = lazy_re.compile(r"learning rate to (\d{1,9}(?:\.\d{1,20})?(?:e[-+]?\d{1,3})?)")

MOST_LINE = 4000
_STARTS = ("epoch", "эпоха", "época", "epoca", "エポック", "纪元", "时代", "轮次", "第", "train on")
_NO_METRICS = frozenset(
    {"epoch", "epochs", "step", "steps", "iter", "iteration", "batch", "time", "eta", "elapsed",
     "run", "fold", "seed"}
)  # fmt: skip
_COUNT = lazy_re.compile(
    r"^[^\w]{0,12}(?:[^\W\d_]{1,20} (?:(?:of|for) )?){0,2}?(?P<word>[^\W\d_]{1,30})[\s_#:=\[(]{0,4}"
    r"\d{1,6}(?!\d|[.,]\d|%|\s?(?:epochs?|steps?|iter\w*|rounds?)\b)",
    re.IGNORECASE,
)
"""A line that begins with a count: "Fold 3", "Score for trial 5"."""
_TIMES = frozenset(
    {
        "round",
        "pass",
        "update",
        "cycle",
        "time",
        "eta",
        "elapsed",
        "lr",
        "rate",
        "samples",
        "images",
    }
)
"""Words before a number that is a time in training or no count at all."""
_FOUR = frozenset({"loss", "accuracy", "val_loss", "val_accuracy"})
_AFTERWARDS = ("test_", "test ", "final", "score", "eval")
"""Names that scripts print once training is over."""


_MAY_TELL = lazy_re.compile(
    r"loss|acc|top1|lr\b|rate\b|epoch|train on|\.fit|\.evaluate|saving model|early stopping"
    r"|[^\x00-\x7f]",
    re.IGNORECASE,
)
"""What a line holds that names a figure or an epoch, or is a message of a callback."""


def find(lines: Sequence[str]) -> list[Table]:
    reader = _Reader()
    for index, line in enumerate(lines):
        if reader.open_name is not None or _MAY_TELL.search(line[:MOST_LINE]):
            told = ":" in line or "=" in line or ".evaluate" in line or ".fit" in line
            if told or line.lstrip()[:8].lower().startswith(_STARTS):
                reader.line(index, line)
    return reader.finish()


_OF_OTHER_WEIGHTS = lazy_re.compile(
    r"\s{0,8}\w{0,12}[ _\-(\[]{0,3}(?:EMA|SWA|teacher|averaged model)\b[)\]]?[^:]{0,20}:",
    re.IGNORECASE,
)
"""What evaluates an average of the weights, or another network than the one that is trained."""


class _Reader:
    """Holds the table in the making and the epoch that is still being printed."""

    def __init__(self) -> None:
        self.tables: list[Table] = []
        self.table = Table()
        self.epoch: int | None = None
        self.total: int | None = None
        self.headers = False
        self.pending: dict[str, tuple[float, str, str]] = {}
        self.pending_final = False
        self.pending_lines: list[int] = []
        self.counted: str | None = None
        """What the bar of the pending figures counts up to, where it has come there."""
        self.second: dict[int, dict[str, tuple[float, str, str]]] = {}
        """Figures of a second bar below an epoch, which counts up to something else."""
        self.open_name: str | None = None
        self.continued = False
        self.last_epoch: int | None = None
        self.told: int | None = None
        """The epoch that a callback's message named, where headers are missing."""
        self.mixed = False
        """A line names validation once and has a figure of unknown part besides."""
        self.others = False
        """Lines count something that is no epoch."""
        self.evaluating = False
        """What is printed now answers a call of evaluate, after training."""

    def line(self, index: int, line: str) -> None:
        if _CALLS_FIT.search(line):
            self.evaluating = False
        elif _CALLS_EVALUATE.search(line):
            self.flush()
            self.evaluating = bool(self.table.values)
            return
        if (sizes := _TRAIN_ON.search(line)) is not None:
            self.flush()
            self.start_run_if_any()
            self.table.n_train = int(sizes[1])
            self.table.n_val = int(sizes[2]) if sizes[2] else None
            self.table.lines.add(index)
            return
        if _MESSAGE.search(line):
            self.message(index, line)
            return
        line = line[:MOST_LINE]
        if _OF_OTHER_WEIGHTS.match(line):
            return
        header = _HEADER.match(line)
        if header is not None:
            self.header(index, header, line)
            line = line[header.end() :]
        self.continued = self.open_name is not None
        if self.open_name is not None:
            line = f"{self.open_name}: {line.strip()}"
            self.open_name = None
        fields = list(_fields(line))
        if not fields:
            return
        self.metrics(index, line, fields)

    def message(self, index: int, line: str) -> None:
        """A callback's words name the epoch, and sometimes the rate that it sets."""
        self.table.lines.add(index)
        numbered = _NUMBERED.match(line)
        if numbered is None:
            return
        self.told = int(numbered[1])
        rate = _NEW_RATE.search(line)
        if rate is not None:
            # A plateau is seen after the epoch, a scheduler speaks before it.
            epoch = self.told + ("Plateau" in line)
            self.table.put(epoch, "learning_rate", float(rate[1]), rate[1])

    def header(self, index: int, header: re.Match[str], line: str) -> None:
        number = int(header[1])
        total = int(header[2]) if header[2] else None
        rest = line[header.end() :].strip()
        if total is None and rest and not any(is_metric(name) for name, *_ in _fields(rest)):
            return
        if not self.headers and self.epoch is not None and number > 1:
            self.renumber(number)
        repeated = self.epoch == number and not self.pending and self.table.values
        back_inside = (
            number == 1 and self.epoch not in {None, 1} and self.pending and not self.pending_final
        ) and total in {None, 1}
        if back_inside:
            return
        self.flush()
        if total == 1 and self.headers and self.total == 1 and self.last_epoch is not None:
            number = self.last_epoch + 1
        elif self.last_epoch is not None and (number <= self.last_epoch or repeated):
            self.start_run_if_any()
        self.headers, self.evaluating = True, False
        self.epoch, self.total = number, total
        self.table.total_epochs = total or self.table.total_epochs
        self.table.lines.add(index)

    def renumber(self, first_header: int) -> None:
        """Count epochs whose headers were cut off back from the first header there is."""
        self.flush()
        shift = first_header - 1 - (self.last_epoch or 0)
        if shift > 0:
            for by_epoch in self.table.values.values():
                moved = {epoch + shift: value for epoch, value in by_epoch.items()}
                by_epoch.clear()
                by_epoch.update(moved)
            self.last_epoch = first_header - 1

    def metrics(self, index: int, line: str, fields: list[tuple[str, str, str]]) -> None:
        named = [(normal_name(name), text, unit) for name, text, unit in fields]
        told = next((t for n, t, _ in named if n in {"epoch", "epochs"} and t.isdigit()), None)
        named = [field for field in named if field[0] not in _NO_METRICS]
        if not named:
            return
        if all(name.startswith(_AFTERWARDS) for name, *_ in named):
            return
        if not any(is_metric(name) for name, *_ in named) or _twice(named):
            return
        if self.evaluating:
            self.evaluated(index, named)
            return
        if self.headers and self.epoch is None:
            return
        counter = _COUNTER.search(line)
        if counter is not None and int(counter[1]) > int(counter[2]):
            return  # the bar of a nested validation, which counts past its own end
        partial = "ETA" in line or self.unfinished(counter, named)
        words = {normal_name(name): name for name, *_ in fields}
        found = {
            name: (_number(text) / (100 if unit else 1), text, words[name])
            for name, text, unit in named
            if text
        }
        if set(found) == {"learning_rate"} and self.pending_lines[-1:] != [index - 1]:
            return  # behind a gap it is a setting, as of the log below
        if not self.headers and not partial and not self.continued:
            alone = len(found) == 1 and counter is None
            if not _FOUR & set(found) or (not told and self.is_no_epoch(line, alone)):
                return
            self.mixed |= {"val_loss", "accuracy"} == set(found) & _FOUR
            if self.goes_on(index, found) and not told:
                self.pending |= found
                self.pending_lines.append(index)
                return
            self.flush()
            number = int(told[:6]) if told else self.told
            self.epoch = number or (self.last_epoch or 0) + 1
            self.told = None
        has_validation = any(name.startswith("val_") for name in found)
        kept_validation = any(name.startswith("val_") for name in self.pending)
        if partial and self.pending_final:
            return
        if kept_validation and not has_validation and self.pending_final and not _continues(line):
            return
        full = counter[2] if counter is not None and counter[1] == counter[2] else None
        if self.is_second(full, has_validation or kept_validation) and self.epoch is not None:
            self.second[self.epoch] = found
            self.pending_lines.append(index)
            return
        self.counted = full
        self.pending = {**({} if self.pending_final is False else self.pending), **found}
        self.pending_final = not partial
        self.pending_lines.append(index)
        # A sentence may end in the name of a metric too: "Second run with a lower lr:".
        if named and named[-1][1] == "" and (len(fields) > 1 or counter is not None):
            self.open_name = named[-1][0]
        if not partial:
            self.counters(line)

    def unfinished(self, counter: re.Match[str] | None, named: list[tuple[str, str, str]]) -> bool:
        """Return whether a bar has not come to its end, where those before it did."""
        if counter is None or counter[1] == counter[2] or int(counter[2]) != self.table.steps:
            return False
        return self.headers and not any(name.startswith("val_") for name, *_ in named)

    def is_second(self, full: str | None, validated: bool) -> bool:
        """Return whether a bar is of other images than the one above it in the same epoch."""
        before = self.counted if self.pending_final and self.headers else None
        return full is not None and before is not None and full != before and not validated

    def put_second(self) -> None:
        """Take second bars for validation; a single one is what `evaluate` printed at the end."""
        if len(self.second) > 1:
            for epoch, found in self.second.items():
                for name, (value, digits, word) in found.items():
                    self.table.put(epoch, f"val_{name}", value, digits, word)
        elif self.last_epoch in self.second:
            found = self.second[self.last_epoch]
            self.table.evaluated |= {n: v for n, (v, *_) in found.items() if is_metric(n)}
        self.second = {}

    def is_no_epoch(self, line: str, alone: bool) -> bool:
        """Return whether a line without a header is prose, or counts something that is no epoch.

        What stands alone behind lines of folds or trials sums them up.
        """
        counts = _counts_others(line)
        self.others |= counts
        return counts or (alone and (self.others or _in_a_sentence(line)))

    def goes_on(self, index: int, found: Mapping[str, object]) -> bool:
        """Return whether this is the next figure of a list, named on a line of its own."""
        listed = len(self.pending) == len(self.pending_lines) and len(found) == 1
        return listed and self.pending_lines[-1:] == [index - 1] and not found.keys() & self.pending

    def evaluated(self, index: int, named: list[tuple[str, str, str]]) -> None:
        for name, text, unit in named:
            if text and is_metric(name):
                self.table.evaluated[name] = _number(text) / (100 if unit else 1)
        self.table.lines.add(index)

    def counters(self, line: str) -> None:
        counter = _COUNTER.search(line)
        if counter and counter[1] == counter[2]:
            count = int(counter[2])
            if _PER_SAMPLE.search(line):
                self.table.n_train = count
            elif _PER_STEP.search(line) and count != self.table.n_train:
                if _KERAS_3.search(line):
                    self.table.keras = "3"
                self.table.steps = count
                self.table.microseconds |= "us/step" in line
        seconds = _SECONDS.search(line)
        if seconds:
            self.table.seconds.append(float(seconds[1]))

    def flush(self) -> None:
        """Write the pending state as an epoch; a state still in progress does not count."""
        if self.pending and self.epoch is not None and self.pending_final:
            for name, (value, digits, word) in self.pending.items():
                self.table.put(self.epoch, name, value, digits, word)
            self.table.lines.update(self.pending_lines)
            self.last_epoch = self.epoch
        elif self.pending:
            self.table.lines.update(self.pending_lines)
        self.pending, self.pending_final, self.pending_lines = {}, False, []
        self.epoch, self.counted = None, None

    def start_run_if_any(self) -> None:
        self.evaluating = False
        self.put_second()
        if self.table.values:
            self.tables.append(self.table)
            self.table = Table()
        self.last_epoch = None
        self.told = None

    def finish(self) -> list[Table]:
        self.flush()
        if self.mixed and not self.headers:
            # Of one line both are of validation; several are of both parts in turn.
            values = self.table.values
            alone = len({e for by_epoch in values.values() for e in by_epoch}) == 1
            if alone and "accuracy" in values:
                values["val_accuracy"] = values.pop("accuracy")
                self.table.digits["val_accuracy"] = self.table.digits.pop("accuracy")
                self.table.written.pop("accuracy", None)
            else:
                self.table = Table()
        if not self.headers:
            _in_turn(self.table)
        self.start_run_if_any()
        return self.tables


def _twice(named: list[tuple[str, str, str]]) -> bool:
    """Return whether a name has two figures, as those of two parts of which Keras names one."""
    first: dict[str, str] = {}
    return any(text and first.setdefault(name, text) != text for name, text, _ in named)


def _in_turn(table: Table) -> None:
    """Put lines of training and of validation that were printed in turn at the same epochs."""
    trained = {e for name in ("loss", "accuracy") for e in table.values.get(name, ())}
    held = {e for name in ("val_loss", "val_accuracy") for e in table.values.get(name, ())}
    if trained & held or not 0 <= len(trained) - len(held) <= 1 or not held:
        return
    order = [{e: i for i, e in enumerate(sorted(part), start=1)} for part in (trained, held)]
    for by_epoch in table.values.values():
        moved = {order[e in held].get(e, e): value for e, value in by_epoch.items()}
        by_epoch.clear()
        by_epoch.update(moved)


def _in_a_sentence(line: str) -> bool:
    """Return whether this is prose that mentions one figure, no line of a log."""
    return len(re.findall(r"[^\W\d_]{2,}", line)) > 4


def _counts_others(line: str) -> bool:
    """Return whether a line begins with the number of something that is no time in a training.

    Rows of folds, trials or classes are no epochs. Words in other letters are taken for epochs.
    """
    match = _COUNT.match(line)
    if match is None or not match["word"].isascii() or is_metric(match["word"]):
        return False
    return match["word"].lower() not in _TIMES and meaning(match["word"])[0] not in {EPOCH, STEP}


def _continues(line: str) -> bool:
    """Return whether this is the second half of a broken line from a bar of its own."""
    return _COUNTER.search(line) is None


def _fields(line: str) -> list[tuple[str, str, str]]:
    """Return (name, digits, unit) of every `name: number`; digits are empty at a broken end."""
    fields = []
    for part in _SEPARATOR.split(line.strip()):
        if part is None:
            continue
        name, colon, value = part.rpartition(":")
        if not colon:
            name, colon, value = part.rpartition("=")
        if not colon:
            continue
        name = name.strip(" *-:=[]>.\t")
        if not name or len(name) > 60:
            continue
        words = name.split()
        if len(words) > 1 and not is_metric(name):
            name = words[-1]
        if _NO_NAME.match(name):
            continue
        match = _NUMBER.match(value.strip())
        if match:
            fields.append((name, match[1].replace(",", "."), match[2]))
        elif not value.strip() and is_metric(name):
            fields.append((name, "", ""))
    return fields


def _number(text: str) -> float:
    return float(text)


FORMAT = Format("Keras console", find=find)
