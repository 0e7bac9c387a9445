"""A network as people write it in one line: "conv(32) - pool - conv(64) - pool - dense(10)"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.code import read_script
from fitdoctor.records.recipe import Layer
from fitdoctor.sources._row import Pattern

_I = re.IGNORECASE
_KINDS = {
    "Conv1D": r"conv(?:olution)?1d",
    "Conv3D": r"conv(?:olution)?3d",
    "Conv2D": r"conv(?:olution)?(?:2d)?",
    "GlobalAveragePooling2D": r"GAP(?:2D)?|global ?(?:average ?|avg ?)pool(?:ing)?(?:2d)?",
    "GlobalMaxPooling2D": r"global ?(?:max ?)?pool(?:ing)?(?:2d)?",
    "MaxPooling1D": r"max ?pool(?:ing)?1d",
    "MaxPooling3D": r"max ?pool(?:ing)?3d",
    "AveragePooling2D": r"(?:avg|average)[ -]?pool(?:ing)?(?:2d)?",
    "MaxPooling2D": r"(?:max)?[ -]?pool(?:ing)?(?:2d)?",
    "Flatten": r"flatten",
    "BatchNormalization": r"batch[ -]?norm(?:ali[sz]ation)?|BN",
    "Dropout": r"drop-?out",
    "Bidirectional": r"bi-?(?:directional )?lstm",
    "LSTM": r"lstm",
    "GRU": r"gru",
    "SimpleRNN": r"(?:simple ?)?rnn",
    "Embedding": r"embedding",
    "Dense": r"dense|FC|linear|fully[ -]connected",
    "Activation": r"activation|relu|tanh|sigmoid|softmax",
}
_INSIDE = r"\((?:[^()\n]|\([^()\n]{0,30}\)){0,60}\)"
_WORDED = r"(?:\s(?:relu|tanh|sigmoid|softmax|linear|elu|selu)\b)?"
_PLAIN = (
    rf"\s?(?:\d{{1,5}}(?:\.\d+)?|\.\d+)(?:\s(?:filters|units))?(?:\s\d{{1,2}}x\d{{1,2}})?{_WORDED}"
)
_SIZE = rf"(?:\s?{_INSIDE}|{_PLAIN})?"
_TIMES = r"(?:\d{1,2}\s?[x×]\s?)?"
_LAYER = Pattern(
    rf"(?<!\w)(?P<times>{_TIMES})(?:"
    + "|".join(f"(?P<{kind}>(?:{words}){_SIZE})" for kind, words in _KINDS.items())
    + r")"
)
_ONE = rf"{_TIMES}(?:{'|'.join(_KINDS.values())}){_SIZE}"
_NEXT = r"\s{0,2}(?:->|=>|→|⇒|-|–|—|\+|,|>)\s{0,2}(?:then\s)?"
_CHAIN = Pattern(rf"(?<!\w){_ONE}(?:{_NEXT}{_ONE}){{2,60}}(?!\w)")
_COUNT = lazy_re.compile(r"(?<![\d.x×=])(?!2d)(?:\d{1,5}(?:\.\d+)?|\.\d+)(?!\s?[x×]|\d)", _I)
LEAST = 3
"""Fewer words in a row are as likely a list of what was tried as a network."""


def chain(lines: Sequence[str]) -> tuple[Layer, ...]:
    """Return the layers of the first network that is written in one line, `()` where none is."""
    for line in lines[:500]:
        for found in _CHAIN.finditer(line[:2000]):
            made = list(calls(found[0]))
            sized = sum(bool(re.match(r"(?:Conv|Dense|LSTM|GRU)\w*\(\d", call)) for call in made)
            if len(made) >= LEAST and sized >= 2:
                script = read_script(f"model = Sequential([{', '.join(made)}])")
                layers = script.recipe.layers if script else ()
                return tuple(replace(layer, line=None) for layer in layers)
    return ()


_ACTIVATIONS = frozenset(
    {"relu", "softmax", "sigmoid", "tanh", "linear", "elu", "selu", "softplus", "softsign",
     "hard_sigmoid", "leaky_relu", "gelu", "swish"}
)  # fmt: skip
_INITIALISERS = frozenset(
    {"uniform", "normal", "random_normal", "random_uniform", "zeros", "ones", "he_normal",
     "he_uniform", "glorot_uniform", "glorot_normal", "lecun_uniform"}
)  # fmt: skip
_OLD = {"init": "kernel_initializer", "reg": "kernel_regularizer"}
_BY = lazy_re.compile(r"(\d{1,3})(?:\s?[x×]\s?\d{1,3}){1,2}")
_WITH_ACTIVATION = ("Conv", "Dense")
MOST_TIMES = 20


def calls(text: str, *, complete: bool = False) -> Iterator[str]:
    """Yield the layers that a text names one after the other, as calls that Keras has.

    Where they are `complete`, a Dense layer without an activation has none; else it is left open.

    >>> list(calls("2x conv(32, 3x3, relu) - pool - dense 10"))
    ['Conv2D(32, 3, activation="relu")', 'Conv2D(32, 3, activation="relu")', 'MaxPooling2D()', \
'Dense(10, ...)']
    """
    after = ""
    made: list[str] = []
    for found in reversed(list(_LAYER.finditer(text))):
        times = int(re.sub(r"\D", "", found["times"]) or 1)
        after = _call(found, complete=complete or after.startswith("Activation"))
        made += [after] * min(times, MOST_TIMES)
    yield from reversed(made)


def _call(found: re.Match[str], *, complete: bool) -> str:
    kind = str(found.lastgroup)
    whole = found[kind]
    word = re.match(_KINDS[kind], whole, _I)
    name = word[0].lower() if word else ""
    inside = whole[len(name) :].strip()
    if inside.startswith("("):
        inside = inside[1:].removesuffix(")")
    if kind == "Bidirectional":
        kind = "LSTM"
    if kind == "Activation":
        stated = next((w for w in (name, inside.strip("'\" ")) if w in _ACTIVATIONS), None)
        if name in _ACTIVATIONS and inside.isdigit():
            return f'Dense({inside}, activation="{name}")'
        return f'Activation("{stated}")' if stated else "Activation(...)"
    arguments, named = _arguments(inside, kind)
    open_end = kind.startswith(_WITH_ACTIVATION) and "activation" not in named and not complete
    given = [*arguments, *(f"{key}={value}" for key, value in named.items())]
    return f"{kind}({', '.join([*given, *['...'] * open_end])})"


def _arguments(inside: str, kind: str) -> tuple[list[str], dict[str, str]]:
    """Return what stands in the brackets of a layer, by place and by name."""
    by_place: list[str] = []
    named: dict[str, str] = {}
    for part in split_outside(inside, ","):
        text = part.strip("'\" ")
        key, _, value = (piece.strip() for piece in part.partition("="))
        if text.lower() in _ACTIVATIONS:
            named["activation"] = f'"{text.lower()}"'
        elif text.lower() in _INITIALISERS:
            named["kernel_initializer"] = f'"{text.lower()}"'
        elif text.lower() in {"same", "valid"}:
            named["padding"] = f'"{text.lower()}"'
        elif re.fullmatch(r"no[ _]bias", text, _I):
            named["use_bias"] = "False"
        elif (sides := _BY.fullmatch(text)) is not None:
            by_place.append(sides[1])
        elif value and key.isidentifier():
            named[_OLD.get(key, key)] = _literal(value)
        elif (count := _COUNT.match(text)) is not None:
            number = count[0]
            wanted = kind != "Dropout" or float(number) < 1
            by_place += [number] if wanted else []
            by_place += [sides[1] for sides in _BY.finditer(text) if kind.startswith("Conv")]
            stated = next((w for w in text.lower().split() if w in _ACTIVATIONS), None)
            named |= {"activation": f'"{stated}"'} if stated else {}
        elif text.startswith("(") and parses(text):
            by_place.append(text)
    return by_place, named


def _literal(value: str) -> str:
    return value if parses(value) and not value.isidentifier() else repr(value.strip("'\""))


def parses(expression: str) -> bool:
    try:
        ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def split_outside(text: str, mark: str) -> list[str]:
    """Return the parts between marks that stand outside of brackets."""
    parts, depth, part = [], 0, ""
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == mark and depth <= 0:
            parts.append(part.strip())
            part = ""
        else:
            part += character
    return [p for p in (*parts, part.strip()) if p]
