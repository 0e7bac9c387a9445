"""A training as a list of names and values: "layers: Dense(64, relu), Dense(1)", "loss: mse".

Told by two settings or more, each under its name, where no code stands beside: lines, the rows of
a table, one JSON object. What they say is written as the calls that a script would have, and read
like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from fitdoctor import lazy_re
from fitdoctor.catalogue import losses
from fitdoctor.catalogue.backbones import MEMBERS, plain
from fitdoctor.catalogue.optimizers import optimizer
from fitdoctor.sources._chain import calls, parses, split_outside

_I = re.IGNORECASE
_NAMES = {
    "layers": r"(?:model|network|net|architecture|layers|structure)",
    "loss": r"loss(?:[ _]?(?:function|fn))?|criterion|objective",
    "optimizer": r"optimi[sz]er|opt|solver",
    "rate": r"lr|learning[ _-]?rate|initial[ _]lr|step size",
    "epochs": r"(?:nb_?|num(?:ber of)?[ _]?|n_?)?epochs?",
    "batch_size": r"batch(?:[ _-]?size)?",
    "metrics": r"metrics?",
    "input_shape": r"input(?:[ _]?(?:shape|size|dim))?",
    "validation_split": r"validation[ _]split",
    "classes": r"(?:n_?|num_?|number of )?classes",
    "task": r"task|problem(?: type)?",
}
_VALUE = r"\S(?:[\s|,]*+[^\s|,]++)*+"
"""What stands behind a name, without the marks at its end."""
_NAMED = lazy_re.compile(
    r"^[\s\W]{0,8}(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _NAMES.items())
    + rf")\W{{0,3}}[\t ]?(?::|=|\||is\b|\t)\s{{0,20}}(?P<value>{_VALUE})[\s|,]*$",
    _I,
)
_ONE_LAYER = lazy_re.compile(
    rf"^\W{{0,8}}layer[ _]?#?\d{{1,3}}\W{{0,3}}[:=|\t]\s{{0,20}}({_VALUE})[\s|,]*$", _I
)
"""A row for each layer: "layer 2 | Dense(32)"."""
_MARK = lazy_re.compile(r"\s(?:->|=>|→|⇒|-|–|—|\+|>)\s|\s?(?:->|=>|→|⇒)\s?")
_LISTED = lazy_re.compile(r"^\s{0,12}(?:[-*•]|\d{1,2}[.)])\s{1,4}(\S.{0,200}?)\s*$")
_WORD = lazy_re.compile(r"[A-Za-z]\w*")
_NUMBER = lazy_re.compile(r"(?:default )?(\d*\.?\d+(?:e-?\d+)?)(?!\w)", _I)
_SHAPE = lazy_re.compile(r"\(?(\d{1,5}(?:\s?[,x×]\s?\d{1,5}){0,3}),?\)?")
MOST_LINES, MOST_LINE = 2000, 2000
LEAST_LAYERS, LEAST_NAMES = 2, 2


def statements(prose: Mapping[int, str]) -> dict[int, str]:
    """Return Python statements by line, `{}` where the text is no such list."""
    given = {name: at for name, at in _given(prose) if _means(name, at[1])}
    made = _network(given["layers"][1]) if "layers" in given else []
    alone = len(made) < LEAST_LAYERS and not (made and "loss" in given)
    if len(given) < LEAST_NAMES or (alone and not set(given) & _FIT):
        return {}
    parts: dict[int, list[str]] = {}
    if not alone:
        if shape := _SHAPE.fullmatch(given.get("input_shape", (0, ""))[1]):
            sides = ", ".join(re.findall(r"\d+", shape[1]))
            made.insert(0, f"Input(shape=({sides},))")
        parts.setdefault(given["layers"][0], []).append(f"model = Sequential([{', '.join(made)}])")
    if (classes := _classes(given)) is not None:
        parts.setdefault(min(at for at, _ in given.values()), []).append(f"num_classes = {classes}")
    if compiled := list(_compiled(given)):
        last = max(given[name][0] for name in _COMPILED if name in given)
        parts.setdefault(last, []).append(f"model.compile({', '.join(compiled)})")
    fitted = [f"{name}={given[name][1]}" for name in sorted(_FIT) if name in given]
    end = max(at for at, _ in given.values())
    parts.setdefault(end, []).append(f"model.fit({', '.join(['x', 'y', *fitted])})")
    return {line: "; ".join(some) for line, some in parts.items()}


_FIT = frozenset({"epochs", "batch_size", "validation_split"})
_COMPILED = ("optimizer", "loss", "metrics")
_LOSS_WORD = lazy_re.compile(
    r"entropy|\bmse\b|\bmae\b|error|\b[bc]ce\b|hinge|kld|kullback|huber|poisson|cosine|logits|nll"
    r"|dice|focal",
    _I,
)


def _means(name: str, value: str) -> bool:
    """Return whether this is a setting; a line may say else behind the word: "loss: 0.69"."""
    if name in _FIT:
        return re.fullmatch(r"\d{1,9}|0?\.\d+", value) is not None
    if name == "loss":
        known = _LOSS_WORD.search(value) or losses.FULL_NAMES.fullmatch(value.lower())
        return bool(known) and len(value.split()) <= MOST_WORDS
    if name == "optimizer":
        word = _WORD.search(value)
        return word is not None and optimizer(word[0]) is not None
    return True


MOST_WORDS = 5


def _given(prose: Mapping[int, str]) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield what stands under each name, the first time, with its line."""
    seen: set[str] = set()
    lines = dict(list(prose.items())[:MOST_LINES])
    by_number = [(i, m[1]) for i, x in lines.items() if (m := _ONE_LAYER.match(x[:MOST_LINE]))]
    if len(by_number) >= LEAST_LAYERS:
        seen.add("layers")
        yield "layers", (by_number[0][0], ", ".join(_bare(layer) for _, layer in by_number))
    for index, line in lines.items():
        pairs = _of_object(line) or _of_line(lines, index)
        for name, value in pairs:
            if name not in seen and value.strip():
                seen.add(name)
                yield name, (index, value.strip())


def _of_line(lines: Mapping[int, str], index: int) -> list[tuple[str, str]]:
    line = lines[index][:MOST_LINE]
    found = _NAMED.match(line)
    if found is not None:
        return [(str(_group(found)), _bare(found["value"]))]
    if re.match(rf"^\W{{0,4}}(?:{_NAMES['layers']})\W{{0,3}}:\s*$", line, _I):
        listed = []
        while (index := index + 1) in lines and (item := _LISTED.match(lines[index])):
            listed.append(_bare(item[1]))
        return [("layers", ", ".join(listed))]
    return []


def is_setting(line: str) -> bool:
    """Return whether this is a line that gives a setting under its name."""
    return bool(_NAMED.match(line[:MOST_LINE]) or _of_object(line))


def _group(found: re.Match[str]) -> str | None:
    return next((name for name in _NAMES if found[name] is not None), None)


def _of_object(line: str) -> list[tuple[str, str]]:
    """Return the settings of a JSON object that stands on one line."""
    text = line.strip().strip("`")
    if not (text.startswith("{") and text.endswith("}")) or len(text) > 20 * MOST_LINE:
        return []
    try:
        found = msgspec.json.decode(text.encode("utf-8", errors="replace"))
    except (msgspec.DecodeError, RecursionError):
        return []
    if not isinstance(found, dict):
        return []
    pairs = []
    for key, value in found.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        named = _NAMED.match(f"{key}: {text}"[:MOST_LINE]) if value is not None else None
        if named is not None:
            pairs.append((str(_group(named)), text))
    return pairs


def _bare(value: str) -> str:
    quoted = re.fullmatch(r"(['\"`])([^'\"`]*)\1", value)
    return quoted[2] if quoted else value.strip("`")


def _network(value: str) -> list[str]:
    """Return the layers as calls; what is no layer that is known stands for one that is not."""
    text = value.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    parts = [p.strip("'\"` ") for p in split_outside(_MARK.sub(",", text), ",")]
    words = [w[0] for p in parts if (w := _WORD.search(p))]
    complete = all(word[0].isupper() or word == "relu" for word in words) and (
        any("(" in part for part in parts)
    )
    parts = ["Unread()" if p.startswith(("...", "…")) else p for p in parts]
    made: list[str] = []
    for position, part in enumerate(parts):
        after = parts[position + 1] if position + 1 < len(parts) else ""
        made += _layers(part, after, complete=complete)
    return made if any(not call.startswith("Unread") for call in made) else []


def _layers(part: str, after: str, *, complete: bool) -> list[str]:
    if (inner := re.fullmatch(r"TimeDistributed\((.*)\)", part)) is not None:
        part = inner[1]
    word = _WORD.search(part)
    if word is not None and plain(word[0]) in MEMBERS:
        return []  # which the words are read for
    activated = next(calls(after), "").startswith("Activation")
    known = list(calls(part, complete=complete or activated))
    if known:
        return known
    whole = f"{part}()" if part.isidentifier() else part
    return [whole] if part[:1].isupper() and "(" in whole and parses(whole) else ["Unread()"]


_OF_CLASSES = lazy_re.compile(r"\b(?:cls|class(?:es|ification)?|categor\w+)", _I)
_COUNTED = lazy_re.compile(r"\((\d{1,5})(?: classes)?\)|(?<![\d.])(\d{1,5})[ -]class(?:es)?\b", _I)


def _classes(given: Mapping[str, tuple[int, str]]) -> int | None:
    """Return how many classes there are, as a number or in the words of the task."""
    if (said := given.get("classes", (0, ""))[1].strip()).isdigit():
        return int(said)
    task = given.get("task", (0, ""))[1]
    if not _OF_CLASSES.search(task):
        return None
    counted = _COUNTED.search(task)
    if counted is not None:
        return int(counted[1] or counted[2])
    return 2 if re.search(r"\bbin(?:ary)?\b", task, _I) else None


def _compiled(given: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """Yield the arguments of `compile`."""
    if "optimizer" in given:
        yield f"optimizer={_optimizer(given)}"
    if "loss" in given:
        text = given["loss"][1]
        name = re.sub(r"[\s-]+", "_", text.strip().lower())
        name = re.sub(r"cross_entropy", "crossentropy", name)
        known = repr(losses.ALIASES.get(name, name))
        yield f"loss={text if '(' in text and parses(text) else known}"
    if "metrics" in given:
        named = re.findall(r"[A-Za-z]\w+", given["metrics"][1])
        yield f"metrics={named!r}"


_RATE = lazy_re.compile(
    r"(?:lr|rate|step size)\s?[:=]?\s?(?:of )?(\d*\.?\d+(?:e-?\d+)?)|\bat (\d*\.\d+)", _I
)
_MOMENTUM = lazy_re.compile(r"\bmomentum\s?[:=]?\s?(?:of )?(0?\.\d+)", _I)


def _optimizer(given: Mapping[str, tuple[int, str]]) -> str:
    text = given["optimizer"][1]
    if "(" in text and parses(text):
        return text
    word = _WORD.search(text)
    known = optimizer(word[0]) if word else None
    name = known.name if known is not None else text
    beside, momentum = _RATE.search(text), _MOMENTUM.search(text)
    stated = _NUMBER.match(given.get("rate", (0, ""))[1])
    rate = (beside[1] or beside[2]) if beside else stated[1] if stated else None
    arguments = [f"learning_rate={rate}"] if rate else []
    arguments += [f"momentum={momentum[1]}"] if momentum else []
    return f"{name}({', '.join(arguments)})"
