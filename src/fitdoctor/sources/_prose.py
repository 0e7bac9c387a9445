"""Plain facts that an asker states, where the words leave no doubt; each with its sentence.

One row per fact and language; the first group is the figure. Adding a language adds rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fitdoctor.records.run import Statement

_I = re.IGNORECASE
_COUNT = r"(\d[\d ,.]{0,9}\d|\d)"

FIGURES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("n_classes", re.compile(r"\b(\d{1,4})\s+(?:different\s+|image\s+)?class(?:es)\b", _I)),
    ("n_classes", re.compile(r"\b(two|three|four|five|six|seven|eight|nine|ten)\s+(?:\w+\s+)?classes\b", _I)),
    ("n_classes", re.compile(r"(\d{1,4})[\s-]+класс(?:ам|ов|а|ах|ами)?\b", _I)),
    ("n_classes", re.compile(r"(\d{1,4})\s*(?:个类别|个类|个分类|类图[片像]|分类问题)")),
    ("per_class", re.compile(rf"\b{_COUNT}\s+images\s+(?:per|in each|for each)\s+class", _I)),
    ("per_class", re.compile(rf"each\s+(?:class\s+)?(?:of which\s+)?(?:has|contain\w*|with)\s+{_COUNT}\s+images", _I)),
    ("per_class", re.compile(rf"кажд\w{{2,3}}\s+из\s+которых\s+содержит\s+{_COUNT}\s+изображ", _I)),
    ("per_class", re.compile(rf"по\s+{_COUNT}\s+изображени\w\s+(?:в|на)\s+кажд", _I)),
    ("per_class", re.compile(rf"每(?:个类别|个类|类)\D{{0,6}}{_COUNT}\s*[张幅]")),
    ("n_train", re.compile(rf"\b{_COUNT}\s+(?:images\s+for\s+training|training\s+(?:images|samples)|train\s+images)\b", _I)),
    ("n_val", re.compile(rf"\b{_COUNT}\s+(?:images\s+for\s+(?:validation|testing)|(?:validation|test)\s+(?:images|samples))\b", _I)),
    ("n_train", re.compile(rf"{_COUNT}\s+изображени\w\s+для\s+(?:обучения|тренировки)", _I)),
    ("n_val", re.compile(rf"{_COUNT}\s+(?:изображени\w\s+)?для\s+(?:проверки|валидации|тестирования)", _I)),
    ("n_train", re.compile(rf"{_COUNT}\s*张(?:训练图|用于训练|图片用于训练)|训练集\D{{0,4}}{_COUNT}\s*张")),
    ("batch_size", re.compile(r"\b(?:BS|batch[ _-]?size)\s*(?:=|:|of|is)?\s*(\d{1,5})\b", _I)),
    ("epochs", re.compile(r"\bEPOCHS?\s*=\s*(\d{1,5})\b", _I)),
    ("learning_rate", re.compile(r"\b(?:LR|learning[ _]rate)\s*(?:=|:|of|is)\s*(\d+(?:[.,] ?\d+)?(?:e-?\d+)?)\b", _I)),
)  # fmt: skip

CLASS_LISTS = (
    re.compile(r"\(((?:\d{1,6}\s*[/,]\s*){1,30}\d{1,6})\s+(?:images\s+)?per class\)", _I),
    re.compile(r"с количеством\s+((?:\d+[\s,]+(?:и\s+)?){2,30})изображ", _I),
    re.compile(r"with\s+((?:\d+[\s,]+(?:and\s+)?){2,30})images", _I),
)

OUTCOMES: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...] = (
    ("outcome_varies", (re.compile(r"\bsometimes\b|\bsome runs\b|every now and then", _I),
                        re.compile(r"\bstuck|\bstays? at\b|\bnever (?:learn|converge)|\bfails? to\b|\b50 ?%", _I),
                        re.compile(r"\b(?:other|run|times?|again|runs)\b", _I))),
    ("outcome_varies", (re.compile(r"иногда", _I), re.compile(r"застр\w+|не обуча\w+|остает\w+ на", _I),
                        re.compile(r"раз[ыа]?\b|запус\w+|модел\w+", _I))),
    ("outcome_varies", (re.compile(r"有时"), re.compile(r"卡在|停在|停留在|不收敛"), re.compile(r"次|有时"))),
    ("good_on_new_data", (re.compile(r"\b(?:new|unseen|fresh)\b[^.]{0,20}\bdata\b", _I),
                          re.compile(r"\b(?:well|good|great|fine)\b", _I))),
    ("good_on_new_data", (re.compile(r"新的?(?:测试)?数据"), re.compile(r"非常好|很好|良好"))),
    ("good_on_new_data", (re.compile(r"на новых данных", _I), re.compile(r"хорош", _I))),
    ("spikes_recover", (re.compile(r"\bspik\w+|\bpeaks?\b", _I), re.compile(r"\bbut\b|\brecover|\bback\b|\breturn", _I))),
    ("spikes_recover", (re.compile(r"(?<!\w)пик[иа]?(?!\w)|скач\w+|зашкалива\w+", _I), re.compile(r"возвраща\w+", _I))),
)  # fmt: skip

_WORDS = {
    word: n
    for n, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=2
    )
}
_SENTENCE = re.compile(r"(?<=[.!?。!?])\s+|(?<=。)")
MOST_SENTENCE = 2000


def statements(lines: list[str]) -> list[Statement]:
    """Return what is stated, once per fact: the first place counts."""
    found: dict[str, Statement] = {}
    for line in lines:
        for statement in _in_line(line[:MOST_SENTENCE]):
            found.setdefault(statement.name, statement)
    return list(found.values())


def class_counts(lines: list[str]) -> tuple[int, ...]:
    for line in lines:
        for pattern in CLASS_LISTS:
            if match := pattern.search(line[:MOST_SENTENCE]):
                return tuple(int(n) for n in re.findall(r"\d+", match[1]))
    return ()


def _in_line(line: str) -> Iterator[Statement]:
    for sentence in _SENTENCE.split(line):
        for name, pattern in FIGURES:
            match = pattern.search(sentence)
            figure = match and next((g for g in match.groups() if g), None)
            if figure is not None and (value := _value(figure)) is not None:
                yield Statement(name=name, value=value, sentence=sentence.strip())
        for name, patterns in OUTCOMES:
            if all(pattern.search(sentence) for pattern in patterns):
                percent = re.search(r"(\d{1,3}(?:[.,]\d+)?)\s?%", sentence)
                value = float(percent[1].replace(",", ".")) / 100 if percent else None
                yield Statement(name=name, value=value, sentence=sentence.strip())


def _value(text: str) -> float | None:
    if text.lower() in _WORDS:
        return float(_WORDS[text.lower()])
    if "e" not in text.lower() and re.fullmatch(r"\d{1,3}(?:[ ,.]\d{3})+", text):
        text = re.sub(r"[ ,.]", "", text)
    try:
        return float(text.replace(",", ".").replace(" ", ""))
    except ValueError:
        return None
