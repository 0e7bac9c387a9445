"""One line of a log as a row: what it counts, and which figure is what, by a table of layouts.

A layout is a pattern over the codes of a line (`_tokens`). Names before a figure say what it is and
of which images; what no name settles is left out.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.sources._format import normal_name
from fitdoctor.sources._listed import Listed, listed
from fitdoctor.sources._tokens import (
    ACCURACY,
    BEST,
    COUNTER,
    EPOCH,
    INTEGER,
    LOSS,
    METRICS,
    NUMBERS,
    PARTS,
    PERCENT,
    PLAIN,
    TEST,
    VAL,
    WORD,
    WRONG,
    Line,
    Token,
    digits,
    number,
    tokens,
)

_TO = r"[:#=\-|,;\[({]{0,3}"
LAYOUTS: tuple[tuple[str, str], ...] = (
    ("batch", r"(?:^|(?<=^L))\[(?P<epoch>i),(?P<step>i)\](?:\(E,S\))?"),
    ("batch", r"(?P<part>T):(?P<epoch>[ic])(?:\(p\))?\[(?P<step>c)"),
    ("batch", r"(?P<part>T):\[(?P<epoch>c)\]\[(?P<step>c)\]"),
    ("batch", r"E(?:\((?P<part>[TVX])\))?[:\-]?\[?(?P<epoch>[ic])\]?,?[\[(](?P<step>c)"),
    ("batch", r"(?P<part>T):(?P<epoch>i)(?=L)"),
    ("log", r"(?:E|^)\[(?P<epoch>i)\](?=[TV]-)"),
    ("epoch", r"(?P<part>[TVX])\((?P<epoch>c)\)"),
    ("epoch", rf"E{_TO}(?P<epoch>[ic])(?:qi)?q?[\])]?\((?P<part>[TVX])\)"),
    ("epoch", rf"E(?:\((?P<part>[TVX])\))?{_TO}(?P<epoch>[ic])q?"),
    ("log", r"^(?P<step>i),n:(?=n,nq,nw,)"),
    ("step", r"^\[S:?(?P<step>[ic])\]"),
    ("log", r"^S(?P<step>i)(?=(?:\(t[^)]{0,9}\))?,L=)"),
    ("bar", r"(?P<part>[TVX]):?\[(?P<step>c)\]"),
    ("step", rf"(?<!\[)S{_TO}(?:i-)?(?P<step>[ic])"),
    ("numbered", r"^\W{0,4}(?P<epoch>[ic])(?=[\])|:.\-]{0,3}t?(?:[TVX]?[-_:|{\[]{0,2}q?[LA]))"),
)
"""How a line begins to say what it counts, the first that matches: a batch of an epoch, an epoch, a
batch of an evaluation, a step of the whole training, or a number alone."""
SURE = frozenset({"batch", "running", "bar", "log"})
"""Layouts that no sentence has."""
_COMPILED = tuple((kind, lazy_re.compile(pattern)) for kind, pattern in LAYOUTS)
_STEP = lazy_re.compile(rf"S{_TO}(?:i-)?(?P<step>[ic])|[bp](?P<bar>c)\[")
_KERAS = lazy_re.compile(r"^[>*`]{0,3}(?:E[:\-]?\[?[ic]\]?[:,\-]?)?c(?:b|[.\-w]{0,9}t{0,2}-|$)")
"""The codes of a bar of Keras: `12/12 [===] - 3s`."""
_HEADER = lazy_re.compile(
    r"(?:=>)?[^\w(=]{0,6}(?:[twqic]{1,3}[^\w(=]{1,4}){0,5}(?:[TVX]?[^\w(=]{0,3}[ES](?:\([TVX]\))?"
    r"(?:[:#\-\[]{0,2}[ic]|[=(]i\)?[.;|,:]?$)|[wq]E[:#\-\[]{0,2}[ic](?:qi)?[\].;|,:]{0,2}$)"
)
_PLAIN_HEADER = lazy_re.compile(r"Epoch (\d{1,9})(?:/(\d{1,9}))?\s*$")
"""The commonest line of all, of which nothing else is to be known."""
_PLURAL = lazy_re.compile(r"(?i)\bepochs\s?=")
_KERAS_TIME = lazy_re.compile(
    r"[\s>*`]{0,12}(?:-\s)?\d{1,7}s(?:\s\d{1,7}[mu]?s/\w{1,9})?\s{1,2}-\s"
)
"""What Keras prints without a bar: ` - 3s - loss: 0.5`."""
_NAME = r"[VTX]?\.?[LAwzq]\.?"
_KERAS_FIELDS = lazy_re.compile(
    r"[>*`]{0,3}(?:E[:\-]?\[?[ic]\]?[:,\-]?)?-?(?:t-)?"
    rf"(?:{_NAME}:[inp]-?){{1,40}}{_NAME}:[inp]?$"
)
"""Names and numbers as Keras puts them together: `loss: 0.5 - acc: 0.8`."""
_NOT_THE_MODEL = lazy_re.compile(r"[TVX]\(z\)|^\W{0,2}z")
_PREFIX = lazy_re.compile(
    r"\s{0,8}[IWEF]\d{4} [\d:.]{8,20}\s{1,8}\d{1,9} [\w.]{1,60}:\d{1,6}\] {0,3}"
    r"|[^\n=]{0,180}?\b(?:INFO|DEBUG|WARNING)\b[\])]?(?::[\w.]{1,40}:)?[\s:|\-]{0,6}"
)
"""What a logger puts before a message: glog's, or anything up to the level."""
_PLACED = (
    # Caffe of 2014 numbers what its test network puts out: accuracy, then loss.
    ("score", ACCURACY, TEST, lazy_re.compile(r"^X(?P<word>w)#(?P<zero>i):(?P<value>[ni])")),
    ("score", LOSS, TEST, lazy_re.compile(r"^X(?P<word>w)#(?P<one>i):(?P<value>[ni])")),
    # Deeplearning4j: "Score at iteration 20 is 0.16"
    ("score", LOSS, "", lazy_re.compile(r"(?:^|-)(?P<word>w)wSiq(?P<value>[ni])$")),
    # Darknet: "12, 0.02: 6.91, 6.90 avg, 0.08 rate, 0.38 seconds, 1536 images"
    ("avg", LOSS, "", lazy_re.compile(r"^i,n:(?P<value>n),n(?P<word>q),nw,")),
)
"""A word of a line, and the figure that stands at a place of it without a name of its own."""


@dataclasses.dataclass(slots=True)
class Figure:
    """A loss or an accuracy, with its part (`T`, `V`, `X` or none) and how that was told."""

    metric: str
    part: str
    value: float
    digits: str
    written: str
    how: str = ""
    """How its part was told: by a word of its own (`own`), by one before several figures (`group`),
    by the word of the figure before (`loose`); `bare`, where only its place says what it is."""
    images: int | None = None
    """What the right answers are counted out of."""
    now: float | None = None
    """The figure of the batch alone, where the value is the mean up to it."""
    wrong: bool = False
    """It counts wrong answers, where an accuracy counts right ones."""


@dataclasses.dataclass(slots=True)
class Row:
    """What one line says; `kind` is that of its layout, "" where it counts nothing."""

    index: int
    kind: str
    epoch: int | None = None
    epochs: int | None = None
    step: int | None = None
    steps: int | None = None
    figures: list[Figure] = dataclasses.field(default_factory=list)
    led: str = ""
    """The part that the line begins with."""
    words: int = 0
    """Words that belong to no figure."""
    images: int | None = None
    """What is counted are images, and so many there are."""
    closes: bool = False
    """It ends with a colon, as one that names the part of the lines below it."""
    heads: bool = False
    """It may stand above the figures of what it counts."""
    begins: bool = False
    """The line begins with what is counted."""
    sure: bool = False
    """No sentence is written like this."""
    speed: bool = False
    """It says how fast batches are: its figures are of the batches since the last such line."""
    rate: float | None = None
    """The learning rate that it prints beside its figures."""

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        return tuple((figure.part, figure.metric) for figure in self.figures)


def row(index: int, text: str) -> Row | None:
    """Return what a line of a log says, `None` where it is Keras' own or says nothing."""
    if _KERAS_TIME.match(text):
        return None
    if header := _PLAIN_HEADER.match(text):
        return Row(index, "epoch", *_counts(header), heads=True, begins=True)
    prefix = _PREFIX.match(text[:240])
    line = tokens(text[prefix.end() :] if prefix else text)
    if _KERAS.match(line.codes):
        return None
    found, taken = _counted(index, line)
    found.led = VAL if _EVALUATED.search(text) else _led(line, taken)
    found.sure = found.kind in SURE or bool(prefix) or bool(_placed(line))
    found.heads = _HEADER.match(line.codes) is not None and not _PLURAL.search(text)
    found.closes = line.codes.endswith(":")
    found.begins = taken.start == 0 and len(taken) > 0
    if not _NOT_THE_MODEL.search(line.codes):
        found.figures = _figures(line, taken, found)
        _among_five(line, found.figures)
    if _KERAS_FIELDS.match(line.codes) and _by_keras(line, found.figures):
        return None
    found.speed = "peed" in text
    if found.figures and (printed := _RATE.search(text)):
        found.rate = float(printed[1])
    found.words = sum(1 for _ in _loose(line, taken)) if WORD in line.codes else 0
    if not text.isascii():  # a sentence without blanks is one token
        found.words += max(0, len(_UNSPACED.findall(text[:400])) - OF_NAMES) // 2
    return found


_RATE = lazy_re.compile(
    r"(?<![\w.])(?:base[ _-]?|current[ _-]?)?(?:lr|learning[ _-]?rate)[\s:=(\[]{1,4}"
    r"(\d{0,3}\.\d{1,12}(?:e[-+]?\d{1,3})?|\d{1,3}(?:\.\d{0,12})?e[-+]?\d{1,3})(?![\w.])",
    re.IGNORECASE,
)
"""A learning rate with its name before it; whole numbers are none."""
_EVALUATED = lazy_re.compile(r"Saving dict for global step \d")
"""What an Estimator of TensorFlow says of an evaluation, and of nothing else."""
_FIVE = lazy_re.compile(r"(?:top|acc|prec|precision)[-_@]?5(?:_acc\w*)?", re.IGNORECASE)


def _among_five(line: Line, figures: list[Figure]) -> None:
    """Take shares for wrong answers where fewer are among the first five than are the first."""
    for k, token in enumerate(line.tokens[:-1]):
        if not _FIVE.fullmatch(token.text):
            continue
        behind = [t for t in line.tokens[k + 1 : k + 3] if t.code in NUMBERS]
        right = [f for f in figures if f.metric == ACCURACY and not f.wrong]
        if behind and len(right) == 1:
            share = number(behind[0].text) / (100 if behind[0].code == PERCENT else 1)
            right[0].wrong = share < right[0].value
            return


SHORTEST = 3
"""Letters of a word for an epoch that Keras might print, or its translator."""


def _by_keras(line: Line, figures: list[Figure]) -> bool:
    """Return whether the reader of Keras' console would read a line like this one does."""
    short = any(token.code == EPOCH and len(token.text) < SHORTEST for token in line.tokens)
    return not short and all(_as_keras(figure) for figure in figures)


def _as_keras(figure: Figure) -> bool:
    """Return whether the name of a figure means the same to the reader of Keras' console."""
    prefix = "val_" if figure.part == VAL else "test_" if figure.part == TEST else ""
    metric = "loss" if figure.metric == LOSS else "accuracy"
    return figure.how in {"", "own"} and normal_name(figure.written) == prefix + metric


def _counted(index: int, line: Line) -> tuple[Row, range]:
    for kind, pattern in _COMPILED:
        match = pattern.search(line.codes)
        if match is None:
            continue
        groups = match.groupdict()
        found = Row(index, kind, led=groups.get("part") or "")
        if groups.get("epoch"):
            found.epoch, found.epochs = _count(line.tokens[match.start("epoch")])
        if groups.get("step"):
            found.step, found.steps = _count(line.tokens[match.start("step")])
        elif found.epoch is not None and (inner := _STEP.search(line.codes, match.end())):
            at = inner.start("step") if inner["step"] else inner.start("bar")
            found.step, found.steps = _count(line.tokens[at])
            found.kind = "batch" if inner["step"] else "running"
            found.images = found.steps if "--" + inner[0] in line.codes else None
        return found, range(match.start(), match.end())
    return Row(index, ""), range(0)


def _counts(header: re.Match[str]) -> tuple[int, int | None]:
    return int(header[1]), int(header[2]) if header[2] else None


def _count(token: Token) -> tuple[int, int | None]:
    first, _, total = token.text.partition("/")
    return int(first), int(total) if total else None


def _led(line: Line, taken: range) -> str:
    """Return the part that the first word of a line names, or its layout."""
    inside = line.codes[taken.start : taken.stop]
    named = next((code for code in inside if code in PARTS), "")
    before = line.codes[: taken.start] if len(taken) else line.codes
    first = re.match(r"[^\w]{0,6}([TVX])", before)
    beside = re.search(r"([TVX])[q\-:\]\[]{0,3}$", before) if len(taken) else None
    if re.match(r"[\W]{0,3}\*A", line.codes):
        return TEST
    return named or (first[1] if first else "") or (beside[1] if beside else "")


_UNSPACED = lazy_re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
OF_NAMES = 16
"""Characters of Chinese or Japanese that the names of a row's figures take; two more are a word."""


def _loose(line: Line, taken: range) -> Iterator[int]:
    """Yield the words that stand before no number."""
    for k, code in enumerate(line.codes):
        if code == WORD and k not in taken:
            behind = line.codes[k + 1 : k + 3].lstrip(":=")
            if not behind or behind[0] not in f"{NUMBERS}{METRICS}t":
                yield k


class _Walk:
    """Goes along the tokens of a line and keeps what the next figure would be."""

    def __init__(self, line: Line, taken: range, led: str) -> None:
        self.line, self.taken = line, taken
        self.part, self.how = led, "group" if led else ""
        self.own, self.metric, self.from_ = "", "", 0
        self.fresh = self.spoiled = self.slash = self.wrong = False
        self.found: list[Figure] = []
        self.last = self.named = -9
        self.images: int | None = None
        # Who prints the first five beside the first prints both in percent, also those below one.
        self.percent = any(token.text.lower() == "acc5" for token in line.tokens)
        self.bare, self.bare_part, self.bare_at = 2, "", -1
        self.lists = listed(line)

    def at(self, k: int) -> str:
        return self.line.codes[k] if 0 <= k < len(self.line.codes) else " "

    def go(self) -> list[Figure]:
        self.found += [figure for one in self.lists.figures if (figure := self.of_list(one))]
        for k, token in enumerate(self.line.tokens):
            if k in self.taken:
                continue
            if k in self.lists.tokens:
                self.clear()
                continue
            if token.code in PARTS:
                self.named_part(k, token)
            elif token.code in METRICS:
                self.named_metric(k, token)
            elif token.code in NUMBERS + COUNTER:
                self.figure(k, token)
            elif self.links(k, token):
                continue
            elif token.code in {WORD, BEST}:
                self.metric, self.fresh, self.own = "", False, ""
                self.spoiled = True
            elif token.code == "t":
                self.clear()
            elif token.code == "/":
                self.slash = k == self.last + 1
            elif token.code in "|;,{}[]()*:=>":
                self.punctuation(token.code)
        return self.found

    def of_list(self, one: Listed) -> Figure | None:
        """Return a figure whose name and part stand in lists before it."""
        metric, token = self.line.tokens[one.metric], self.line.tokens[one.figure]
        name = metric.text.lower()
        percent = token.code == PERCENT
        if (metric.code == LOSS and percent) or ([name] in ERRORS and not percent):
            return None
        part = self.line.codes[one.part] if one.part is not None else metric.part or self.part
        value, shown = self.value(token, metric.text)
        wrong = metric.code == ACCURACY and WRONG in name
        return Figure(metric.code, part, value, shown, metric.text, "own", wrong=wrong)

    def links(self, k: int, token: Token) -> bool:
        """Return whether a word stands between a name and a count: "cost after epoch 5"."""
        joins = self.fresh and k == self.named + 1 and k + 1 == self.taken.start
        return joins and len(self.taken) > 0 and token.text.lower() in LINKS

    def punctuation(self, code: str) -> None:
        if not self.fresh or code in "|;{}":
            self.spoiled = False
            if code in "|;{}":
                self.fresh = False
        if code in "|;" and self.how == "loose":
            self.part, self.how = "", ""

    def clear(self) -> None:
        self.metric, self.own = "", ""
        self.fresh = self.spoiled = self.slash = False

    def named_part(self, k: int, token: Token) -> None:
        codes = self.line.codes
        self.bare, self.bare_part, self.bare_at = 0, token.code, k
        if self.last == k - 2 and self.at(k - 1) == "(" and self.at(k + 1) == ")" and self.found:
            self.found[-1].part, self.found[-1].how = token.code, "own"
            return
        if self.fresh and (self.at(k - 1) in "([/_-" or codes[max(0, k - 2) : k].strip("qi") == ""):
            self.own = token.code
            return
        if self.fresh and self.at(k - 1) in METRICS and self.at(k + 1) in ":=":
            self.own = token.code
            return
        bare = re.match(r"[:=\[({]{0,2}[inp]", codes[k + 1 : k + 4])
        if bare or (k == self.taken.stop and len(self.taken)):
            self.clear()
            self.part, self.how = token.code, "group"
            return
        joined = re.match(r"[\-_/.]?[qES]{0,2}[LA]", codes[k + 1 : k + 5])
        if joined:
            self.own, self.from_ = token.code, k
            if token.code != self.part:
                self.part, self.how = token.code, "loose"
        elif re.match(r"[:\[({|>=\-\]]|[qw]?:|$", codes[k + 1 : k + 4]):
            self.clear()
            self.part, self.how = token.code, "group"
        else:
            self.clear()
            self.own = token.code
            self.spoiled = self.at(k + 1) == WORD

    def named_metric(self, k: int, token: Token) -> None:
        if self.spoiled or self.is_rest(k):
            self.clear()
            self.spoiled = True
            return
        # "err-top1": one name of two words, of which the first says what it counts.
        glue = self.line.codes[self.named + 1 : k] if self.named >= 0 else "."
        goes_on = self.fresh and self.metric == ACCURACY and glue in GLUE
        self.metric, self.fresh, self.slash = token.code, True, False
        self.named = k
        if token.part:
            self.own = token.part
        self.wrong = WRONG in token.text.lower() or (goes_on and self.wrong)
        if not (self.own and self.from_ == k - 1):
            self.from_ = k

    def figure(self, k: int, token: Token) -> None:
        if token.code == "i" and self.fresh and (count := self.counted(k)):
            self.images = count
            return
        if self.leads_on(k):
            self.clear()
            return
        if self.fresh and self.reaches(k):
            self.keep(k, token)
        elif self.averages(k) and self.found[-1].images is None:
            last = self.found[-1]
            if token.code == COUNTER:
                last.images = self.counted_out_of(token, last)
            if token.code in NUMBERS:
                last.now = last.value
                last.value, last.digits = self.value(token, last.written)
                self.last = -9
        elif self.slash and self.found and not self.found[-1].part and token.code in NUMBERS:
            last = self.found[-1]
            value, shown = self.value(token, last.written)
            self.found.append(Figure(last.metric, VAL, value, shown, last.written, "own"))
        elif token.code in NUMBERS and token.code != INTEGER and self.is_bare(k):
            value, shown = self.value(token, "")
            self.found.append(Figure(f"?{self.bare}", self.bare_part, value, shown, "", "bare"))
            self.bare, self.bare_at = self.bare + 1, k
        self.clear()

    def averages(self, k: int) -> bool:
        """Return whether a number in brackets follows a figure, whose average it is."""
        codes = self.line.codes
        if self.last != k - 2 or codes[k - 1] != "(" or self.at(k + 1) != ")":
            return False
        # With a sign it is how much the figure has changed.
        return not self.line.tokens[k].text.startswith(("+", "-")) or self.found[-1].value < 0

    def counted_out_of(self, token: Token, figure: Figure) -> int | None:
        """Return the images of "37.1% (18540/50000)", where the two are the same share."""
        right, total = _count(token)
        if figure.metric != ACCURACY or not total or abs(right / total - figure.value) > ROUNDED:
            return None
        return total

    def leads_on(self, k: int) -> bool:
        """Return whether a number became the one behind it, or is a part of one: `2^0.5`."""
        behind = self.line.codes[k + 1 : k + 4]
        return behind.startswith("^") or re.match(r"-?>[inp]", behind) is not None

    def is_rest(self, k: int) -> bool:
        """Return whether a name is taken from one: "1-acc"."""
        if k < 2 or self.line.codes[k - 2 : k] != "i-" or k - 2 in self.taken:
            return False
        one, minus, name = self.line.tokens[k - 2 : k + 1]
        return one.text == "1" and one.end == minus.start and minus.end == name.start

    def is_bare(self, k: int) -> bool:
        """Return whether a number follows the word of a part, or the first such number."""
        between = self.line.codes[self.bare_at + 1 : k]
        # "tr 1.83 (0.16)": what stands in brackets alone.
        inside = r"|\(" if self.at(k + 1) == ")" else ""
        allowed = r"[:=\[({]{0,2}" if self.bare == 0 else rf"[/,;|]?{inside}"
        return self.bare in {0, 1} and re.fullmatch(allowed, between) is not None

    def counted(self, k: int) -> int | None:
        """Return the images of "accuracy on the 10000 test images"."""
        if self.at(k - 1) == PLAIN and self.at(k + 1) in PARTS and self.at(k + 2) == PLAIN:
            return int(self.line.tokens[k].text)
        return None

    def reaches(self, k: int) -> bool:
        """Return whether nothing but marks stands between the name and the number."""
        named = self.named
        between = self.line.codes[named + 1 : k]
        if between in {"", ":", "="}:
            return True
        if between.endswith("(") and self.at(k + 1) != ")":
            return False  # several figures, as of the first answer and the first five
        if len(self.taken) and named < self.taken.start < k:
            count = self.line.codes[self.taken.start : self.taken.stop]
            linked = self.at(self.taken.start - 1) == WORD  # nothing else comes through as one
            between = between.replace(WORD * linked + count, "", 1)
        return re.fullmatch(r"[:=\-|.*~>@'\"\s]{0,4}|[qTVXi:=()\[\]/\-]{0,12}", between) is not None

    def keep(self, k: int, token: Token) -> None:
        part, how = (self.own, "own") if self.own else (self.part, self.how)
        tokens_of_name = self.line.tokens[self.from_ : k]
        metric = next((t for t in reversed(tokens_of_name) if t.code == self.metric), token)
        first = self.line.tokens[self.from_] if self.own else metric
        text = " ".join(t.text for t in tokens_of_name if first.start <= t.start <= metric.start)
        images, self.images = self.images, None
        if token.code == COUNTER:
            right, total = _count(token)
            if self.metric != ACCURACY or not total or right > total:
                return
            value, shown, images = right / total, f"{right / total:.6f}", total
        else:
            if token.code != PERCENT and text.lower().split()[-1:] in ERRORS:
                return
            value, shown = self.value(token, text)
            if self.metric == LOSS and token.code == PERCENT:
                return
        wrong = self.metric == ACCURACY and self.wrong
        self.found.append(Figure(self.metric, part, value, shown, text, how, images, wrong=wrong))
        self.last = k

    def value(self, token: Token, name: str) -> tuple[float, str]:
        """Return a value, and its digits where they are those of the value."""
        percent = token.code == PERCENT or "@" in name or (self.percent and name.endswith("1"))
        if percent:
            return number(token.text) / 100, ""
        return number(token.text), digits(token.text)


ROUNDED = 0.006
"""By which a share in whole percent differs from the count behind it."""
GLUE = ("", "-", "_", "@", "(", ".", "/")
"""What joins the words of one name."""
LINKS = frozenset({"after", "at", "for", "in"})
ERRORS = (["error"], ["err"], ["errors"])
"""Names that may be of any measure, but in percent."""


def _figures(line: Line, taken: range, found: Row) -> list[Figure]:
    figures = _placed(line) or _Walk(line, taken, found.led).go()
    _settle(figures)
    unique: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        unique.setdefault((figure.part, figure.metric), []).append(figure)
    return [same[0] for same in unique.values() if len(same) == 1 or _agree(same)]


def _placed(line: Line) -> list[Figure]:
    for word, metric, part, pattern in _PLACED:
        match = pattern.search(line.codes)
        if match is None or line.tokens[match.start("word")].text.lower() != word:
            continue
        texts = {name: line.tokens[match.start(name)].text for name in match.groupdict()}
        value = number(texts["value"])
        if texts.get("zero", "0") != "0" or texts.get("one", "1") != "1":
            continue
        if metric == LOSS or 0 <= value <= 1:
            return [Figure(metric, part, value, digits(texts["value"]), word, "own")]
    return []


def _agree(same: list[Figure]) -> bool:
    return len({figure.value for figure in same}) == 1


def _settle(figures: list[Figure]) -> None:
    """Leave the part of a figure open where a word of another figure may not be meant for it.

    `train loss 0.5 acc 0.8 | val loss 0.6 acc 0.7` has the same figures of both parts, in
    `train loss 0.5 acc 0.8` the first word stands before all; `val loss 0.6 acc 0.7 loss 0.5` has
    neither.
    """
    named = {(figure.part, figure.metric) for figure in figures}
    for figure in figures:
        if figure.how == "bare" and (figure.part, "?1") not in named:
            # `train 1.2 val 1.3 acc 0.5`: what has a name of its own leaves the other.
            others = {metric for _, metric in named if metric in METRICS}
            figure.metric = LOSS if others == {ACCURACY} else figure.metric
    losses = {part for part, metric in named if metric == LOSS}
    accuracies = [figure for figure in figures if figure.metric == ACCURACY]
    if "" not in losses and len(losses) > 1 and len(accuracies) == 1 and not accuracies[0].part:
        figures.remove(accuracies[0])  # of which images, no word says
    loose = [figure for figure in figures if figure.how == "loose"]
    if not loose:
        return
    of_part: dict[str, list[str]] = {}
    for figure in figures:
        of_part.setdefault(figure.part, []).append(figure.metric)
    if "" in of_part or len({tuple(sorted(m)) for m in of_part.values()}) > 1:
        figures[:] = [figure for figure in figures if figure.how != "loose"]
