"""Code that stands inside sentences: "the generator is ImageDataGenerator(rescale=1./255)".

Only calls that build something, or that read and predict images, are taken, only where the code
beside says nothing of the kind, and never out of a sentence that asks or compares ("should I use
Dropout(0.5)?", "instead of SGD(0.1)").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses, optimizers
from fitdoctor.sources._chain import chain, parses
from fitdoctor.sources._scope import Context, context, follows_change
from fitdoctor.sources._text import sentences

_CALL = lazy_re.compile(
    r"(?<![\w.])(?:[A-Za-z_]\w*\.){0,4}([A-Z]\w+|precision_score|recall_score|f1_score)\("
)
_DATA = lazy_re.compile(
    r"(?:\b([A-Za-z_]\w*)\s?=\s?)?(?<![\w.])(?:[A-Za-z_]\w*\.){0,4}"
    r"(predict|listdir|glob|DataLoader|train_test_split|image_dataset_from_directory"
    r"|flow_from_directory|load_data|ImageFolder|map|fit_one_cycle)\("
)
"""What reads, splits or predicts images or trains on them, given a name or not."""
_TRANSFORMS = lazy_re.compile(
    r"\W{0,4}((?:train|val|test|eval)\w{0,12})[\w ]{0,20}?"
    r"(?:transform\w*|augment\w*|pre-?process\w*|pipeline|:)\s?[:=]?\s(?=[A-Z]\w+\()",
    re.IGNORECASE,
)
_STEP = lazy_re.compile(r"(?<![\w.(])[A-Z]\w+\([^()]{0,80}\)")
"""Transforms of torchvision as they are listed: `train: RandomCrop(32), ToTensor()`."""
_ARGUMENT = lazy_re.compile(r"\b(?:rescale|preprocessing_function)\s?=\s?[\w./]+")
_LOSS = lazy_re.compile(r"\bloss\s?=\s?(['\"]\w+['\"]|[\w.]+\([^()]{0,80}\))")
_FIT = lazy_re.compile(
    r"\bvalidation_split\s?=\s?0?\.\d+|\b(?:steps_per_epoch|validation_steps|epochs)\s?=\s?\d{1,7}"
)
_HELD = lazy_re.compile(r"\bval\w*|\btest\w*|验证|测试|валидаци|провер", re.IGNORECASE)
_TRAIN = lazy_re.compile(r"train|训练|обуч")
_SCHEDULES = frozenset(
    {"StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts"}
)
_CALLBACKS = frozenset({"EarlyStopping", "ReduceLROnPlateau"})
_SOFT = frozenset({"Dropout", "BatchNormalization", "SpatialDropout2D", "Rescaling"})
_OF_CHAINS = _SOFT | {"Dense", "Conv2D"}
"""Layers of a network that is written in one line, which is read as a whole."""
_OUTPUT = lazy_re.compile(r"\b(?:last|output|final)\b|последн|выходн|输出层|最后", re.IGNORECASE)
_ENDS = frozenset({"Softmax", "Sigmoid"})
MOST_CALL, MOST_CALLS = 300, 40


def statements(prose: Mapping[int, str], code: str) -> dict[int, str]:
    """Return Python statements by line for what sentences build; `code` is what stands beside."""
    found = Inline()
    for index, name, call, sentence in _calls(prose):
        if name in _OF_CHAINS and chain([prose[index]]):
            continue
        if not re.search(rf"\b{name}\b", code):
            found.take(index, name, call, sentence)
    for index, line in prose.items():
        for sentence in sentences(line[:2000]):
            found.take_arguments(index, sentence, code)
            found.take_data(index, sentence, code)
    return {index: "; ".join(parts) for index, parts in found.made(code).items()}


class Inline:
    """The pieces of a recipe as sentences give them, each with its line."""

    def __init__(self) -> None:
        self.lines: dict[int, list[str]] = {}
        self.layers: list[tuple[int, str]] = []
        self.dense: list[tuple[int, str]] = []
        self.ends: list[tuple[int, str]] = []
        self.calls: dict[str, list[tuple[int, str]]] = {"compile": [], "fit": []}

    def take(self, index: int, name: str, call: str, sentence: str) -> None:
        """Keep a call of a class that is known, where its place in a script is known as well."""
        if name == "ImageDataGenerator":
            held = _HELD.search(sentence) and not _TRAIN.search(sentence)
            self._add(index, f"{'val' if held else 'train'}_datagen = {call}")
        elif name in optimizers.NAMES:
            self.calls["compile"].append((index, f"optimizer={call}"))
        elif name in _SCHEDULES:
            self._add(index, f"scheduler = {call}")
        elif name in losses.CRITERIA:
            self._add(index, f"criterion = {call}")
        elif name in _CALLBACKS:
            self.calls["fit"].append((index, f"callbacks=[{call}]"))
        elif name.endswith("_score"):
            self._add(index, call)
        elif name == "Sequential":
            self._add(index, f"model = {call}")
        elif name in _ENDS and "nn." in call:
            self.ends.append((index, call))
        elif name in _SOFT or (name == "Conv2D" and "input_shape" in call):
            self.layers.append((index, call))
        elif name == "Dense" and ("activation" in call or _OUTPUT.search(sentence)):
            self.dense.append((index, _with_activation(call, sentence)))
        elif name == "Dense" and (_ENDS_IN.search(call) or sentence.count("Dense(") > 1):
            # Of several in a row nobody writes every activation.
            self.dense.append((index, _LAST_ARGUMENT.sub(_activation_or_else, call)))

    def take_arguments(self, index: int, line: str, code: str) -> None:
        """Keep arguments that are named outside a call: loss='mse', validation_split=0.2."""
        given = next((m for m in _ARGUMENT.finditer(line) if _own(line, m.span())), None)
        # Behind a generator that is written out stands what another trial was given.
        built = any("ImageDataGenerator" in part for made in self.lines.values() for part in made)
        there = built or "ImageDataGenerator" in code
        if given and not there and f"({given[0]}" not in line:
            self._add(index, f"train_datagen = ImageDataGenerator({given[0]})")
        self.calls["compile"] += [
            (index, match[0]) for match in _LOSS.finditer(line) if _own(line, match.span())
        ]
        self.calls["fit"] += [
            (index, match[0]) for match in _FIT.finditer(line) if _own(line, match.span())
        ]

    def take_data(self, index: int, line: str, code: str) -> None:
        """Keep calls that read, split or predict images, with the name they are given."""
        if part := _TRANSFORMS.match(line):
            steps = [line[m.start() : m.end()] for m in _STEP.finditer(line, part.end())]
            if len(steps) > 1 and all(parses(step) for step in steps):
                name = "val" if _HELD.match(part[1]) else "train"
                made = ", ".join(f"transforms.{step}" for step in steps)
                self._add(index, f"{name}_transform = transforms.Compose([{made}])")
        for match in _DATA.finditer(line[:2000]):
            call = _balanced(line, match.start(), match.end())
            if call is None or match[2] in code or not _own(line, match.span()):
                continue
            value = call.partition("=")[2] if match[1] else call
            if not parses(value.strip()):
                continue
            if match[1] is None and match[2] == "DataLoader":
                held = _HELD.search(call) and not _TRAIN.search(call)
                call = f"{'val' if held else 'train'}_loader = {call}"
            self._add(index, call.strip())

    def made(self, code: str) -> dict[int, list[str]]:
        """Return the statements, of what the code beside does not do itself."""
        layers = [*self.layers, *self.dense]
        if layers and not re.search(r"Sequential|Dense\(|Conv2D", code):
            called = ", ".join(call for _, call in layers)
            self._add(layers[0][0], f"model = Sequential([{called}])")
        if self.ends:
            self._add(self.ends[0][0], f"model = nn.Sequential({self.ends[0][1]})")
        for method, parts in self.calls.items():
            arguments = {part.partition("=")[0].strip(): part for _, part in parts}
            call = f"model.{method}({', '.join(arguments.values())})"
            if parts and f".{method}(" not in code and parses(call):
                self._add(parts[0][0], call)
        return self.lines

    def _add(self, index: int, statement: str) -> None:
        self.lines.setdefault(index, []).append(statement)


def _calls(prose: Mapping[int, str]) -> Iterator[tuple[int, str, str, str]]:
    count = 0
    for index, line in prose.items():
        for sentence in sentences(line[:2000]):
            for match in _CALL.finditer(sentence):
                if not _own(sentence, match.span()):
                    continue
                call = _balanced(sentence, match.start(), match.end())
                if call is not None and parses(call) and count < MOST_CALLS:
                    count += 1
                    yield index, match[1], call, sentence


def _own(sentence: str, span: tuple[int, int]) -> bool:
    """Return whether code is of the asker's network as it is, not as it might be or was."""
    meant = context(sentence, [span])
    return meant == Context() and not follows_change(sentence, span)


_AFTER = lazy_re.compile(
    r"\s*+(?:with|and|,|und|avec|с)?\s*+(?:an?\s)?\W?(softmax|sigmoid|relu|tanh|linear)\b",
    re.IGNORECASE,
)


_ENDS_IN = lazy_re.compile(r",\s?['\"]?(?:softmax|sigmoid)['\"]?\s?\)$", re.IGNORECASE)
_LAST_ARGUMENT = lazy_re.compile(r"(?:,\s?['\"]?(softmax|sigmoid|relu|tanh|linear)['\"]?)?\s?\)$")


def _activation_or_else(found: re.Match[str]) -> str:
    """Return the end of a call: "Dense(40, softmax)" with a text, "Dense(40)" left open."""
    return f", '{found[1]}')" if found[1] else ", ...)"


def _with_activation(call: str, sentence: str) -> str:
    """Return "Dense(1) with softmax" as one call."""
    after = _AFTER.match(sentence[sentence.find(call) + len(call) :])
    if after is None or "activation" in call:
        return call
    return f"{call[:-1]}, activation='{after[1].lower()}')"


def _balanced(text: str, start: int, opened: int) -> str | None:
    depth = 1
    for position in range(opened, min(len(text), start + MOST_CALL)):
        depth += (text[position] == "(") - (text[position] == ")")
        if depth == 0:
            return text[start : position + 1]
    return None
