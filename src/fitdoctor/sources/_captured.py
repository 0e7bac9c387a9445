"""What hosts, launchers and terminals make of the lines of a log, undone.

Kaggle and Docker keep a log as JSON objects, launchers of several processes put a number before
each line, a terminal breaks lines at its width, and libraries print a figure as an object.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from fitdoctor import lazy_re

_TEXTS = ("data", "log", "message", "textPayload", "msg", "line")
"""Fields that hold what was printed: of Kaggle, Docker, and collectors of logs."""
_BOX = lazy_re.compile(r"[\[,]?\s{0,3}\{\s{0,3}\"")
_STREAM = frozenset({"stream_name", "stream", "time", "timestamp", "ts", "@timestamp", "level"})
MOST_OF_A_BOX = 100_000


def unboxed(text: str) -> str:
    r"""Return what was printed of a log that is kept as JSON objects; other texts as they are.

    >>> unboxed('[{"stream_name":"stdout","data":"Epoch 1"},\n{"time":2.5,"data":"of 3\\n"}]')
    'Epoch 1of 3\n'
    """
    if not _BOX.match(text.lstrip()[:20]):
        return text
    printed: list[str] = []
    for line in text.split("\n"):
        bare = line.strip().lstrip("[,").rstrip("],").strip()
        if not bare:
            continue
        said = _said(bare) if len(bare) <= MOST_OF_A_BOX else None
        if said is None:
            return text
        printed.append(said)
    return "".join(printed)


def _said(line: str) -> str | None:
    """Return what was printed of one object, `None` where it is of another kind."""
    try:
        box = msgspec.json.decode(line.encode())
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(box, dict) or _STREAM.isdisjoint(box):
        return None
    said = next((box[name] for name in _TEXTS if isinstance(box.get(name), str)), None)
    whole = "stream_name" in box or "log" in box
    return said if said is None or whole or said.endswith("\n") else said + "\n"


_PROCESS = lazy_re.compile(
    r"\s{0,8}(?:\[\d{1,4},(?P<mpi>\d{1,4})\]<std(?:out|err)>:"
    r"|\[?(?P<named>rank|default|worker|proc|process|gpu|host|node)?[ _-]?"
    r"(?P<number>\d{1,4})\]?\s?[:|>]\s?(?=\S))",
    re.IGNORECASE,
)
MOST_OTHERS, LEAST_LABELLED = 0.2, 4


def of_one_process(lines: Sequence[str]) -> list[str]:
    """Return the lines of the first of several processes that print into one log, without labels.

    Lines of the others are empty, so that each line keeps its number.
    """
    found = [_PROCESS.match(line[:60]) for line in lines]
    numbers = Counter(_number(match) for match in found if match)
    labelled, written = sum(numbers.values()), sum(1 for line in lines if line.strip())
    if labelled < LEAST_LABELLED or written - labelled > MOST_OTHERS * written:
        return list(lines)
    named = any(match and (match["mpi"] or match["named"]) for match in found)
    if not named and (len(numbers) < 2 or numbers[max(numbers)] < 2):
        return list(lines)  # numbers of epochs, or one process that needs no label
    first = min(numbers)
    return [
        line if match is None else line[match.end() :] if _number(match) == first else ""
        for line, match in zip(lines, found, strict=True)
    ]


def _number(match: re.Match[str]) -> int:
    return int(match["mpi"] or match["number"])


LEAST_WIDTH, MOST_WIDTH, MOST_LINES = 40, 250, 20_000
_METRIC = lazy_re.compile(r"(?:train|val|valid|test)?[_ ]?(?:loss|acc|accuracy)|learning_rate")
_WORD_BEFORE = lazy_re.compile(r"[A-Za-z_]{1,40}$")
_WORD_BEHIND = lazy_re.compile(r"[A-Za-z_]{1,40}")
_NAME_BEFORE = lazy_re.compile(r"(?:loss|acc|accuracy)(\s?[:=]?)\s?$", re.IGNORECASE)
_NUMBER_BEFORE = lazy_re.compile(
    r"(?:loss|acc|accuracy)\s?[:=]?\s?\d{1,6}(?:\.\d{0,12})?$", re.IGNORECASE
)
_NUMBER_BEHIND = lazy_re.compile(r"(?:\.?\d{1,12}|\.)(?=\s?(?:[-|,;]\s?[A-Za-z]|$))")
_TELLS = lazy_re.compile("loss|acc", re.IGNORECASE)


def rejoined(lines: Sequence[str]) -> list[str]:
    """Return lines that a terminal broke at its width as they were printed.

    That lines were broken is proven where the name of a metric, or a name and its figure, or a
    figure is parted at the width beyond which no figures stand; then every line of that width goes
    on in the next. The rest of a line is put behind it and leaves an empty line.
    """
    if len(lines) > MOST_LINES:
        return list(lines)
    told = [i for i, line in enumerate(lines) if len(line) <= MOST_WIDTH and _TELLS.search(line)]
    parted = Counter(
        len(lines[i]) for i in told if i + 1 < len(lines) and _parted(*lines[i : i + 2])
    )
    width = parted.most_common(1)[0][0] if parted else 0
    if width < LEAST_WIDTH or any(len(lines[i]) > width for i in told):
        return list(lines)
    full = {i for i, line in enumerate(lines) if width - 1 <= len(line) <= width}
    heads = {_head(line) for i, line in enumerate(lines) if line.strip() and i - 1 not in full}
    joined, at = list(lines), 0
    for i in range(1, len(lines)):
        if i - 1 not in full or not lines[i].strip() or _head(lines[i]) in heads:
            at = i
            continue
        joined[at] += " " * (width - len(lines[i - 1])) + lines[i]
        joined[i] = ""
    return joined


def _head(line: str) -> str:
    """Return how a line begins, whatever its numbers are."""
    first = line.split(maxsplit=1)[:1]
    return _DIGITS.sub("#", first[0]) if first else ""


_DIGITS = lazy_re.compile(r"\d{1,20}")


def _parted(line: str, rest: str) -> bool:
    """Return whether the name or the figure of a metric is parted between two lines."""
    before, behind = _WORD_BEFORE.search(line[-40:]), _WORD_BEHIND.match(rest)
    if before and behind:
        whole = bool(_METRIC.fullmatch(before[0])) and before[0] not in {"train", "val", "test"}
        return not whole and bool(_METRIC.fullmatch(before[0] + behind[0]))
    if name := _NAME_BEFORE.search(line[-40:]):
        return bool(_FIGURE.match(rest) or (not name[1].strip() and _MARKED.match(rest)))
    return bool(_NUMBER_BEFORE.search(line[-40:]) and _NUMBER_BEHIND.match(rest))


_FIGURE = lazy_re.compile(
    r"\s?-?\d{1,6}(?:\.\d{1,12})?(?:e-?\d{1,3})?%?(?=\s?(?:[-|,;\])]|$)|\s[A-Za-z])"
)
_MARKED = lazy_re.compile(r"\s?[:=]\s?\d")


_OBJECT = lazy_re.compile(
    r"(?:np\.|numpy\.)?float(?:16|32|64)\(([-+]?[\d.]{1,24}(?:e[-+]?\d{1,3})?|nan|inf)\)"
    r"|(?:torch\.)?tensor\(\[?([-+]?[\d.]{1,24}(?:e[-+]?\d{1,3})?|nan|inf)\]?(?:,[^()]{0,100})?\)"
    r"|(?:jnp\.)?[Aa]rray\(([-+]?[\d.]{1,24}(?:e[-+]?\d{1,3})?|nan|inf)(?:,[^()]{0,60})?\)"
    r"|<tf\.Tensor:[^<>]{0,80}numpy=([-+]?[\d.]{1,24}(?:e[-+]?\d{1,3})?|nan|inf)>"
)


def with_plain_figures(lines: Sequence[str]) -> list[str]:
    """Return lines in which figures that libraries print as objects stand alone.

    >>> with_plain_figures(["loss tensor(0.5210, device='cuda:0'), acc np.float32(0.8125)"])
    ['loss 0.5210, acc 0.8125']
    """
    return [
        _OBJECT.sub(lambda found: str(next(filter(None, found.groups()))), line)
        if "(" in line or "numpy=" in line
        else line
        for line in lines
    ]
