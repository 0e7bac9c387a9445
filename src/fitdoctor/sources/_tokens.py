"""A line of a log as tokens: what it counts, of which images, which figure, and what is debris.

Each token has a code of one character, so that a layout is a pattern over the codes of a line:
`Train Epoch: 1 [640/60000 (1%)] Loss: 0.5` is `TE:i[c(p)]L:n`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from fitdoctor import lazy_re

MOST_LINE = 2000
MOST_TOKENS = 400

EPOCH, STEP, TRAIN, VAL, TEST, LOSS, ACCURACY = "E", "S", "T", "V", "X", "L", "A"
WRONG = "err"
"""What names of accuracies hold that count what is wrong; a bare "error" only in percent."""
WORD, PLAIN, BEST = "w", "q", "z"
"""Another word; one that leaves the figure behind it what it is ("average"); one that makes it a
figure of another moment or model ("best", "EMA")."""
INTEGER, DECIMAL, PERCENT, COUNTER, BAR = "i", "n", "p", "c", "b"
PARTS = TRAIN + VAL + TEST
METRICS = LOSS + ACCURACY
NUMBERS = INTEGER + DECIMAL + PERCENT

_CLOCK = (
    r"(?<![\w.])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T_]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?Z?"
    r"|\d{1,4}:\d\d(?::\d\d)?(?:\.\d{1,9})?|\d{1,2}h ?\d{1,2}m(?: ?\d{1,2}s)?|\d{1,4}m ?\d{1,2}(?:\.\d{1,3})?s)(?![\w:]|\.\d)"
)
_RATED = (
    r"(?<![\w.])\d{1,12}(?:\.\d{1,9})? ?(?:s/it|it/s|[mu]?s/(?:step|sample|batch|epoch|iter)|s/\d{1,6}\s?iters?"
    r"|(?:samples|images?|imgs?|examples|iters?|steps|batch(?:es)?)/s(?:ec)?|/s|[KMG]i?B?|[mun\u00b5\u03bc]?s(?:ec(?:onds?)?)?|min(?:utes)?|hours?|hrs?)(?![\w/=])"
)
_BEFORE = r"(?<![A-Za-z0-9_.])"
_FLOAT = r"(?>(?:\d{1,3}(?:,\d{3}){1,4}\.\d{1,20}|\d{1,20}\.(?:\d{1,20}|(?=\)))|(?<!\[)\d{1,20},\d{1,20}|\.\d{1,20}|\d{1,20}(?=[eE][-+]?\d))(?:[eE][-+]?\d{1,3})?)"
_TOKEN = lazy_re.compile(
    r"(?P<a>(?!(?:nan|inf(?:inity)?)(?![\w.]))(?:cross|nll|(?:acc(?:uracy)?_)?top|hold|mini)-(?:entropy|loss|[135]|out|batch)(?!\w)"
    r"|cross entropy(?! loss)(?!\w)"
    r"|(?!(?:nan|inf(?:inity)?)(?![\w.]))[A-Za-z](?:(?-i:[^\W_\u3040-\u9fff])|(?<=[^\W_])[_@](?=[^\W_])){0,60})"
    r"|(?P<b>\d{1,3}%\s{0,2}[|\u2502][^|\u2502]{0,120}[|\u2502]|\[[=>.#\u2588\- ]{3,120}\]|[\u2501\u2588\u2593\u2591#=]{3,120})"
    rf"|(?P<t>{_CLOCK}|{_RATED})"
    r"|(?P<c>(?<![\w.])\d{1,12}\s{0,8}/\s{0,8}\d{1,12}(?![\d.,]*\.\d|\w))"
    rf"|(?P<p>{_BEFORE}[-+]?(?:{_FLOAT}|\d{{1,20}})\s?%)"
    rf"|(?P<n>{_BEFORE}[-+]?{_FLOAT}(?![A-Za-z_]|\.\d)|(?<![\w.])[-+]?(?:nan|inf(?:inity)?)(?![\w.]))"
    rf"|(?P<i>{_BEFORE}[-+]?\d{{1,20}}+(?![A-Za-z_]|\.\d))"
    r"|(?P<w>(?-i:[^\W\d_\u3040-\u9fff])(?:(?-i:[^\W_\u3040-\u9fff])|(?<=[^\W_])[_@](?=[^\W_])){0,60}"
    r"|(?-i:[\u3040-\u9fff]{1,30})|\w{1,60})"
    r"|(?P<o>\S)",
    re.IGNORECASE,
)


class Token(NamedTuple):
    """One token of a line; of a metric whose name holds it (`val_loss`), also the part."""

    code: str
    text: str
    start: int
    end: int
    part: str = ""


class Line(NamedTuple):
    """The tokens of a line, and their codes as one string."""

    tokens: tuple[Token, ...]
    codes: str


def tokens(text: str) -> Line:
    """Return the tokens of a line.

    >>> tokens("Train Epoch: 1 [640/60000 (1%)] val_loss: 0.5").codes
    'TE:i[c(p)]L:n'
    """
    found = []
    for match in _TOKEN.finditer(text[:MOST_LINE]):
        kind = str(match.lastgroup)
        code, part = kind, ""
        if kind in {"a", "w"}:
            code, part = meaning(match[0])
            if code == WORD and (glued := _GLUED.fullmatch(match[0])):
                found.append(Token(EPOCH, glued[1], match.start(), match.start() + len(glued[1])))
                found.append(Token(INTEGER, glued[2], match.start() + len(glued[1]), match.end()))
                continue
        elif kind == "o":
            code = _PUNCTUATION.get(match[0], match[0] if match[0].isascii() else ".")
        found.append(Token(code, match[0], match.start(), match.end(), part))
        if len(found) >= MOST_TOKENS:
            break
    if any(token.text.lower() in _INITIALS for token in found):
        found = [_initial(token) for token in found]
    return Line(tuple(found), "".join(token.code for token in found))


def _initial(token: Token) -> Token:
    """Return `va` as an accuracy, where losses go by two letters as well."""
    return token._replace(code=ACCURACY, part=VAL) if token.text.lower() == "va" else token


_GLUED = lazy_re.compile(r"(e|ep|epoch)_?(\d{1,5})", re.IGNORECASE)
"""`E01`, `epoch_3`"""
_PUNCTUATION = {"\u2013": "-", "\u2014": "-", "\u2502": "|", "\u2503": "|", "\u2192": ">"}

_MEANINGS = {
    EPOCH: "epoch epochs ep эпоха эп época epoca époque epoche epoka エポック 轮次 纪元 时代",
    STEP: "step steps global_step batch batches iter iters iteration iterations minibatch mb mini_batch it i_batch batch_idx",
    TRAIN: "train training trn tr trained",
    VAL: "val valid validation validating va vali eval evaluation evaluating evaluate dev vld holdout hold_out",
    TEST: "test testing tst te testset",
    LOSS: "loss losses cost bce xent crossentropy nll nll_loss perte verlust pérdida perdida perda strata лосс cross_entropy",
    ACCURACY: "acc acc1 top_1 accuracy_top_1 acc_top_1 accu accuracy accuracy1 accuracy01 top1 prec1 acc@1 prec@1 top@1 accuracy@1 top1_acc acc_top1 accuracy_top1 top1_accuracy categorical_accuracy sparse_categorical_accuracy"
    " binary_accuracy genauigkeit précision exactitud acurácia acuracia dokładność"
    " err error errors err1 error1 err@1 error@1 top1_err top1_error err_top1 error_top1 error_rate err_rate classification_error",
    PLAIN: "avg average averaged mean running total tot overall cur current the net set data dataset result results is of on step_avg epoch_avg smoothed e 轮 回 model network ce cross entropy softmax classification prediction images samples examples end done finished completed",
    BEST: "best final finally min max minimum maximum lowest highest ema previous prev last old teacher student swa initial target top5 top3 top_5 top_3 accuracy_top_5 accuracy_top_3 acc_top_5 acc5 acc@5 prec@5 acc3 average_meter",
}  # fmt: skip
_CODES = {word: code for code, words in _MEANINGS.items() for word in words.split()}
_FOREIGN = (
    (TRAIN, lazy_re.compile("训练|訓練|学習|обуч|трен|entrena|treino|treina|entra[iî]n")),
    (VAL, lazy_re.compile("验证|驗證|検証|валид|провер|valida[cç]|walidacj")),
    (TEST, lazy_re.compile("测试|測試|тест")),
    (LOSS, lazy_re.compile("损失|損失|потер")),
    (ACCURACY, lazy_re.compile("准确率|準確率|精度|正解率|точност")),
    (EPOCH, lazy_re.compile("эпох|エポック|轮次|第")),
)  # fmt: skip
_CAMEL = lazy_re.compile(r"(?<=[a-z])(?=[A-Z])")
_LETTERS = {"t": TRAIN, "v": VAL}
_METRIC_LETTERS = {"l": LOSS, "a": ACCURACY}
"""Behind a part of the data: `TrL`, `val_a`."""
_INITIALS = {"tl": (LOSS, TRAIN), "vl": (LOSS, VAL), "ta": (ACCURACY, TRAIN)}


@lru_cache(maxsize=4096)
def meaning(word: str) -> tuple[str, str]:
    """Return the code of a word, and the part that a name of several words holds.

    >>> meaning("val_loss"), meaning("trainAcc"), meaning("lr"), meaning("box_loss")
    (('L', 'V'), ('A', 'T'), ('w', ''), ('w', ''))
    """
    plain = word.lower().replace("-", "_").replace(" ", "_")
    if plain in _INITIALS:
        return _INITIALS[plain]
    if (code := _CODES.get(plain)) is not None:
        return code, ""
    if not word.isascii():
        return _of_another_language(plain)
    pieces = [p.lower() for piece in word.split("_") for p in _CAMEL.split(piece) if p]
    if len(pieces) < 2:
        return WORD, ""
    return _of_pieces(pieces)


def _of_pieces(pieces: list[str]) -> tuple[str, str]:
    """Return the code of a name by its words: one metric, at most one part, nothing unknown."""
    if pieces[0] in _LETTERS:
        pieces = [{"t": "train", "v": "val"}[pieces[0]], *pieces[1:]]
    part, metric = "", ""
    rest = []
    for piece in pieces:
        code = _CODES.get(piece, WORD)
        if code in PARTS and not part:
            part = code
        elif code != EPOCH and piece not in {"avg", "mean", "total", "average", "running", "e"}:
            rest.append(piece)
    joined = "_".join(rest)
    metric = _METRIC_LETTERS.get(joined, WORD) if part else WORD
    metric = _CODES.get(joined, metric)
    if metric in METRICS:
        return metric, part
    if part and not rest:
        return part, ""
    return (metric, "") if metric in {EPOCH, STEP} else (WORD, "")


def _of_another_language(plain: str) -> tuple[str, str]:
    prefix, _, rest = plain.partition("_")
    own = _CODES.get(prefix, "") if rest else ""
    found = [code for code, pattern in _FOREIGN if pattern.search(plain)]
    if rest and (code := _CODES.get(rest)) is not None and code in METRICS:
        found.append(code)
    metric = next((code for code in found if code in METRICS), "")
    part = own if own and own in PARTS else next((code for code in found if code in PARTS), "")
    if metric:
        return metric, part
    return (part or next((code for code in found if code == EPOCH), WORD)), ""


def number(text: str) -> float:
    """Return the value of a figure as printed: a comma is decimal, but before a later point.

    >>> number("1,52"), number("1,041.5"), number("71.2 %")
    (1.52, 1041.5, 71.2)
    """
    return float(digits(text))


def digits(text: str) -> str:
    """Return the digits of a figure with a decimal point, without a sign for percent."""
    plain = text.rstrip("% ").lower()
    return plain.replace(",", "" if "." in plain else ".")
