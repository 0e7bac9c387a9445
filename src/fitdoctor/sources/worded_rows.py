"""One row an epoch in a loop's own words: `Ep 3 tr_loss 0.52 va_acc 0.81`, `loss 0.52 / 0.61`.

Words before a figure say what it is and of which part, training where nothing is said. Where only
the part is said, its first figure is the loss and its second the accuracy. Two figures with a
slash between them are training and validation. A row about the test set that names no epoch
belongs to the epoch above it. Rows that Keras could have printed are left to its own reader.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from fitdoctor.sources._format import Format, Table

MOST_LINE = 300
LEAST_ROWS = 3
MOST_APART = 3
"""Lines from an epoch to a row that belongs to it."""
_I = re.IGNORECASE
_EPOCH = re.compile(
    r"(?:(?<![A-Za-z])(?:epochs?|ep|e|époque|epoche|época|epoka|эпоха|эп)|第|轮次|エポック)\W{0,3}?#?\s?0*(\d{1,5})(?:\s?/\s?\d{1,5})?(?![\d.])",
    _I,
)
_COUNTED = re.compile(
    r"^\W{0,6}0*(\d{1,5})(?:\s?/\s?\d{1,5}(?![\d.])\]?(?=.{0,150}\bval)"
    r"|\s{1,4}(?=(?:tr\w{0,6}|loss)[_ ]?\w{0,8}\s?[:=]))",
    _I,
)
_KERAS = re.compile(r"^[\s>`*#]{0,12}Epoch\s{0,2}:?\s{0,2}\[?\d{1,6}")
_LATER = re.compile(r"^\W{0,10}(?:test|val|valid)\w{0,8}\b", _I)
_FIGURE = r"(?:\d{1,6}[.,]\d{1,8}(?:e[-+]?\d{1,3})?|\d{1,6}(?=\s?%)|nan)"
_HERE, _ENDS = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_TOKEN = re.compile(
    r"(?<![\w.])(?P<short>[tv][la])(?![\w.])"
    r"|\((?P<after>train|tr|val|valid|test)\w{0,8}\)"
    rf"|{_HERE}(?P<train>train(?:ing)?|trn?|t(?=_)|обуч\w{{0,8}}|трен\w{{0,10}}){_ENDS}|(?P<train_>训练|訓練|学習)"
    rf"|{_HERE}(?P<val>val(?:id(?:ation)?)?|va|v(?=_)|test(?:ing)?|tst|te(?=_)|dev|eval|вал\w{{0,10}}|тест\w{{0,6}}|пров\w{{0,10}}){_ENDS}|(?P<val_>验证|驗證|検証|测试|測試)"
    rf"|{_HERE}(?P<loss>loss(?:es)?|cost|perte|verlust|p[eé]rdida|perda|потер\w{{1,3}}|лосс){_ENDS}|(?P<loss_>损失|損失)"
    rf"|{_HERE}(?P<accuracy>acc(?:uracy)?1?|top-?1|genauigkeit|pr[eé]cision|точност\w{{1,3}}){_ENDS}|(?P<accuracy_>准确率|準確率|精度|正解率)"
    rf"|(?<![\w.,/-])(?P<figure>{_FIGURE})(?!\w|[.,]\d)\s?(?P<percent>%?)"
    r"|(?P<slash>/)"
    r"|(?P<other>[^\W\d_]{2,20})",
    _I,
)
_SHORT = re.compile(r"(?<![\w.])[tv]l(?![\w.])", _I)
"""`tl 1.02 vl 0.81 va 0.66`: losses and accuracies by two letters; `va` alone is the part."""
_OF_PART = re.compile(r"\s?\((?:train|tr|val|valid|test)", _I)
_GIVEN = re.compile(r"[:=]\s{0,3}$")


@dataclasses.dataclass
class _Row:
    index: int
    epoch: int
    figures: list[tuple[str, str, bool]]
    """Name, digits, and whether in percent."""
    keras: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _, _ in self.figures)


def find(lines: Sequence[str]) -> list[Table]:
    rows = list(_rows(lines))
    # Keras never prints one epoch on two rows with figures.
    whole = len({row.epoch for row in rows}) == len(rows)
    rows = [row for row in rows if not (whole and row.keras)]
    usual = Counter(row.names for row in rows)
    table = Table()
    last = 0
    for row in rows:
        if usual[row.names] < LEAST_ROWS or len(set(row.names)) < len(row.names):
            continue
        if row.epoch < last:
            continue
        last = row.epoch
        for name, digits, percent in row.figures:
            value = float(digits) / (100 if percent else 1)
            table.put(row.epoch, name, value, "" if percent else digits)
        table.lines.add(row.index)
    several = len({e for by_epoch in table.values.values() for e in by_epoch}) >= LEAST_ROWS
    return [table] if several and len(table.values) > 1 else []


def _rows(lines: Sequence[str]) -> Iterator[_Row]:
    above: _Row | None = None
    for index, line in enumerate(lines):
        if len(line) > MOST_LINE:
            continue
        told = _EPOCH.search(line) or _COUNTED.match(line)
        if told is not None:
            figures = list(_figures(f"{line[: told.start()]} {line[told.end() :]}"))
            if figures:
                above = _Row(index, int(told[1]), figures, _as_keras(line))
                yield above
        elif above is not None and index - above.index <= MOST_APART and _LATER.match(line):
            held = [figure for figure in _figures(line) if figure[0].startswith("val_")]
            if held:
                yield _Row(index, above.epoch, held, keras=False)


def _figures(line: str) -> Iterator[tuple[str, str, bool]]:
    """Yield what each figure is that is a loss or an accuracy, its digits, whether in percent."""
    part, once, metric, fresh, slash = "", None, "", False, False
    bare = 0
    """Figures since the part was named that nothing but their order names; -1: not looked for."""
    found: list[tuple[str, str, str, bool]] = []
    short = _SHORT.search(line) is not None
    for token in _TOKEN.finditer(line):
        kind = str(token.lastgroup if token.lastgroup != "percent" else "figure").rstrip("_")
        if kind == "short" and short:
            letters = str(token["short"]).lower()
            once = "" if letters[0] == "t" else "val_"
            metric = "loss" if letters[1] == "l" else "accuracy"
            fresh, slash, bare = True, False, -1
        elif kind == "after" and found:
            _, of, digits, percent = found.pop()
            before = str(token["after"]).lower().startswith("tr")
            found.append(("" if before else "val_", of, digits, percent))
        elif kind in {"train", "val"} or str(token["short"]).lower() == "va":
            named = "val_" if kind != "train" else ""
            # `val_loss` names the part of one figure, `val: loss` that of all that follow.
            joined = line[token.end() : token.end() + 1] == "_"
            part, once = (part, named) if joined else (named, None)
            metric, fresh, slash, bare = "", False, False, 0
        elif kind in {"loss", "accuracy"}:
            metric, fresh, slash, bare = kind, True, False, -1
        elif kind == "slash":
            slash = bool(found)
        elif kind == "other":
            metric, fresh, slash, bare = "", False, False, -1
        elif kind == "figure":
            digits = str(token["figure"]).replace(",", ".").lower()
            percent = bool(token["percent"])
            if fresh:
                found.append((part if once is None else once, metric, digits, percent))
            elif slash and found and not found[-1][0]:
                found.append(("val_", found[-1][1], digits, percent))
            elif 0 <= bare < 2 and (part or found or _before(line, token) or bare):
                order = "accuracy" if bare or percent else "loss"
                found.append((part, order, digits, percent))
                bare += 1
            elif not found and _OF_PART.match(line[token.end() :]):
                found.append((part, "loss", digits, percent))
            fresh, slash, once = False, False, None
    yield from ((where + of, digits, percent) for where, of, digits, percent in found)


def _before(line: str, figure: re.Match[str]) -> bool:
    """Tell a figure that stands right behind the word for the training part."""
    return bool(re.search(r"\btr(?:ain(?:ing)?|n)?\W{0,4}$", line[: figure.start()], _I))


def _as_keras(line: str) -> bool:
    """Tell a row that Keras' own reader takes: each figure behind a colon or an equals sign."""
    head = _KERAS.match(line)
    if head is None:
        return False
    rest = line[head.end() :]
    return all(_GIVEN.search(rest[: m.start()]) for m in re.finditer(_FIGURE, rest, _I))


FORMAT = Format("rows in words", find=find)
