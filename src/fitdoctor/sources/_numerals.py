"""Figures in a sentence, in digits or words, with what multiplies them: 40k, five thousand, 三万, 30 %."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from math import isfinite, nan
from typing import NamedTuple

from fitdoctor import lazy_re


class Number(NamedTuple):
    """A figure and where it stands."""

    value: float
    """As it is written; a comma parts decimals."""
    whole: float
    """The same as a count: marks before three digits part thousands."""
    percent: bool
    start: int
    end: int
    text: str

    @property
    def share(self) -> float:
        return self.value / 100 if self.percent else self.value


_UNITS: tuple[tuple[str, ...], ...] = (
    ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
     "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
    ("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    ("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    ("duas", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze"),
    ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    ("dwie", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć", "dziesięć"),
    ("два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать"),
    ("двух", "трёх", "четырёх", "пяти", "шести", "семи", "восьми", "девяти", "десяти"),
    ("двумя", "тремя", "четырьмя", "пятью", "шестью", "семью", "восемью", "девятью", "десятью"),
)  # fmt: skip
_TENS: tuple[tuple[str, ...], ...] = (
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
    ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"),
    ("двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"),
    ("veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"),
)  # fmt: skip
_TIMES = {
    "hundred": 100, "thousand": 1000, "thousands": 1000, "million": 1e6, "k": 1000, "тысяч": 1000, "тысячи": 1000,
    "тысяча": 1000, "тыс": 1000, "сто": 100, "hundert": 100, "tausend": 1000, "mil": 1000, "mille": 1000,
    "cent": 100, "cien": 100, "cem": 100, "двести": 200, "триста": 300, "пятьсот": 500,
}  # fmt: skip
_OWN = {"двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "сто": 100, "cien": 100, "две": 2,
        "eine million": 1e6, "half a million": 5e5}  # fmt: skip
_ALONE = {
    "a hundred": 100,
    "one hundred": 100,
    "a thousand": 1000,
    "one thousand": 1000,
    "dozen": 12,
    "dutzend": 12,
    "docena": 12,
    "dúzia": 12,
    "douzaine": 12,
    "дюжина": 12,
    "dizaine": 10,
    "quinzaine": 15,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
    "centaine": 100,
    "millier": 1000,
    "veintena": 20,
    "centenar": 100,
    "decena": 10,
    "dezena": 10,
    "centena": 100,
    "десяток": 10,
    "десятка": 10,
    "сотня": 100,
    "сотни": 100,
}
_WIDE = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_WIDE_TIMES = {"十": 10, "百": 100, "千": 1000, "万": 10000, "萬": 10000, "亿": 1e8}


@cache
def number_words() -> dict[str, float]:
    """Return the value of each word for a number."""
    made: dict[str, float] = {**_OWN, **_ALONE}
    for row in _UNITS:
        made |= {word: n for n, word in enumerate(row, start=2)}
    for row in _TENS:
        made |= {word: 10 * n for n, word in enumerate(row, start=2)}
    return made


_DIGITS = lazy_re.compile(
    r"(?<![A-Za-z0-9_./:-])(?<!\d,)(?P<digits>\d{1,3}(?:[ ,]\d{3})+(?![\d.])|\d{1,9}(?:[.,]\d{1,9})?(?:e-?\d{1,3})?|[.]\d{1,6})"
    r"(?:\s?(?P<times>k\b|thousand\b|тысяч\w?|тыс\b\.?|万|千|萬|mil\b|mille\b|tausend\b))?"
    r"(?:\s?(?P<percent>%|％|per ?cent\b|процент\w*|Prozent\b|por ciento|por cento|pour ?cent|パーセント|퍼센트|个百分点))?",
    re.IGNORECASE,
)
_AFTER = lazy_re.compile(r"[A-Za-z_%/]|[.,:]\d|[x×]\s?\d|-?(?:fold|st|nd|rd|th|d)\b", re.IGNORECASE)
_CHINESE = lazy_re.compile(
    r"百分之(?P<share>[零〇一二两三四五六七八九十百\d.]+)|(?P<tenths>[一二三四五六七八九\d])成(?P<half>[一二三四五六七八九]?)"
    r"|(?<![第一某同])(?P<number>[一二两三四五六七八九十百千万]{2,8}|[二两三四五六七八九十](?=[个类层张次种位块轮]))"
)


@lru_cache(maxsize=64)
def numbers(sentence: str) -> tuple[Number, ...]:
    """Return the figures of a sentence in their order."""
    made = [*_in_digits(sentence), *_in_words(sentence), *_in_chinese(sentence)]
    kept: list[Number] = []
    for number in sorted(made, key=lambda one: (one.start, -one.end)):
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return tuple(kept)


def _in_digits(sentence: str) -> list[Number]:
    made = []
    for found in _DIGITS.finditer(sentence):
        text, times = found["digits"], (found["times"] or "").lower().rstrip(".")
        if not isfinite(_decimal(text)):
            continue
        if not times and not found["percent"] and _AFTER.match(sentence, found.end()):
            continue
        grouped = re.fullmatch(r"[1-9]\d{0,2}(?:[ ,.]\d{3})+", text)
        count = float(re.sub(r"[ ,.]", "", text)) if grouped else _decimal(text)
        by = _TIMES.get(times) or _WIDE_TIMES.get(times) or (1000 if times else 1)
        value = _decimal(text) if not (grouped and " " in text) else count
        end = found.end() if times or found["percent"] else found.end("digits")
        made.append(
            Number(value * by, count * by, found["percent"] is not None, found.start(), end, text)
        )
    return made


def _decimal(text: str) -> float:
    """Return a figure with a point or comma before its decimals; nan where it has several."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3}){2,}", text):
        return float(text.replace(",", ""))
    plain = text.replace(",", ".").replace(" ", "")
    return float(plain) if plain.count(".") <= 1 else nan


_LETTERS = lazy_re.compile(r"[A-Za-zÀ-ž\u0400-\u04ff]+")


def _in_words(sentence: str) -> list[Number]:
    """Return numbers in words: "thirty", "twenty-five", "five thousand"."""
    known, made = number_words(), list[Number]()
    spans = [found.span() for found in _LETTERS.finditer(sentence)]
    at = 0
    while at < len(spans):
        word = sentence[slice(*spans[at])].lower()
        two = sentence[spans[at][0] : spans[at + 1][1]].lower() if at + 1 < len(spans) else ""
        last, value = at, known.get(word)
        if two in known:
            last, value = at + 1, known[two]
        if value is None:
            at += 1
            continue
        while last + 1 < len(spans) and spans[last + 1][0] - spans[last][1] == 1:
            word = sentence[slice(*spans[last + 1])].lower()
            if word in _TIMES and word not in _OWN:
                value, last = value * _TIMES[word], last + 1
            elif value % 10 == 0 and known.get(word, 10) < 10 and value < 100:
                value, last = value + known[word], last + 1
            else:
                break
        start, end = spans[at][0], spans[last][1]
        percent = _PERCENT.match(sentence, end)
        end = percent.end() if percent else end
        made.append(Number(value, value, percent is not None, start, end, sentence[start:end]))
        at = last + 1
    return made


_PERCENT = lazy_re.compile(
    r"\s?(?:%|per ?cent\b|процент\w*|Prozent\b|por ciento|por cento|pour ?cent)", re.IGNORECASE
)


def _in_chinese(sentence: str) -> list[Number]:
    made = []
    for found in _CHINESE.finditer(sentence):
        start, end = found.span()
        if found["share"]:
            value, percent = _chinese(found["share"]), True
        elif found["tenths"]:
            value, percent = _chinese(found["tenths"]) * 10 + _chinese(found["half"] or "零"), True
        else:
            value, percent = _chinese(found["number"]), False
        made.append(Number(value, value, percent, start, end, sentence[start:end]))
    return made


def _chinese(text: str) -> float:
    """Return the value of a Chinese numeral.

    >>> _chinese("三万"), _chinese("一百二十"), _chinese("十五")
    (30000.0, 120.0, 15.0)
    """
    if re.fullmatch(r"[\d.]+", text):
        return float(text)
    whole, part, digit = 0.0, 0.0, 0.0
    for mark in text:
        if mark in _WIDE_TIMES:
            by = _WIDE_TIMES[mark]
            if by >= 10000:
                whole, part, digit = whole + (part + digit) * by, 0.0, 0.0
            else:
                part, digit = part + (digit or 1) * by, 0.0
        else:
            digit = float(_WIDE.get(mark, 0))
    return whole + part + digit
