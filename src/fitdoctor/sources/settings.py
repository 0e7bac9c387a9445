"""Settings as programs take and print them: command lines, `Namespace(...)`, YAML, prototxt.

Each program has names of its own for the same setting, and names that look like it: timm's
`--warmup-lr` is no learning rate, Hugging Face's `per_device_train_batch_size` is a batch. A name
means something only where a table of its program has it; all others are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.catalogue.backbones import MEMBERS, plain
from fitdoctor.catalogue.optimizers import OPTIONS
from fitdoctor.records.recipe import Backbone, Optimizer, Recipe, Schedule
from fitdoctor.sources._format import Format, Network

MOST_LINE, MOST_LINES = 4000, 300
COMMON = {
    "lr": "rate", "learning_rate": "rate", "batch_size": "batch", "epochs": "epochs",
    "num_epochs": "epochs", "n_epochs": "epochs", "max_epochs": "epochs", "optimizer": "optimizer",
    "optim": "optimizer", "momentum": "momentum", "weight_decay": "weight_decay",
    "label_smoothing": "smoothing", "num_classes": "classes", "n_classes": "classes",
    "image_size": "size", "img_size": "size", "seed": "seed", "model": "model", "arch": "model",
    "pretrained": "pretrained", "network": "model", "net": "model", "wd": "weight_decay",
    "number_of_epochs": "epochs", "train_batch_size": "batch", "training_batch_size": "batch",
    "initial_learning_rate": "rate", "initial_lr": "rate", "init_lr": "rate",
    "number_of_classes": "classes", "model_name": "model", "input_size": "size",
}  # fmt: skip


class Program(NamedTuple):
    """The settings of one program by its names, and names that it alone has."""

    marks: frozenset[str]
    names: Mapping[str, str]
    scratch: bool
    """It starts from random weights where nothing else is asked for."""


def _program(marks: str, *, scratch: bool = False, **names: str) -> Program:
    """Return a program; of each meaning the names are given, with blanks between."""
    own = {name: meaning for meaning, some in names.items() for name in some.split()}
    return Program(frozenset(marks.split()), own, scratch)


PROGRAMS = {
    "timm": _program(
        "opt sched warmup_lr model_ema drop_path aa reprob opt_eps smoothing clip_grad lr_base",
        rate="lr", batch="b batch_size", optimizer="opt", smoothing="smoothing",
        size="img_size", model="model", pretrained="pretrained", scratch=True,
    ),
    "torchvision references": _program(
        "lr_step_size lr_gamma lr_warmup_epochs lr_warmup_decay auto_augment norm_weight_decay",
        batch="b batch_size", weight_decay="wd weight_decay", optimizer="opt",
        size="train_crop_size",
        pretrained="weights pretrained", every="lr_step_size", factor="lr_gamma", scratch=True,
    ),
    "PyTorch's ImageNet example": _program(
        "dist_url world_size print_freq multiprocessing_distributed dist_backend",
        batch="b batch_size", weight_decay="wd weight_decay", model="a arch", scratch=True,
    ),
    "Hugging Face": _program(
        "per_device_train_batch_size num_train_epochs lr_scheduler_type gradient_accumulation_steps"
        " warmup_ratio fp16 logging_steps model_name_or_path adam_beta1",
        batch="per_device_train_batch_size", epochs="num_train_epochs", optimizer="optim",
        smoothing="label_smoothing_factor",
    ),
    "Ultralytics": _program(
        "imgsz lr0 lrf warmup_bias_lr cos_lr close_mosaic nbs warmup_momentum",
        rate="lr0", batch="batch", size="imgsz", optimizer="optimizer",
    ),
    "fastai": _program("bs fit_one_cycle pct_start", batch="bs", rate="lr", weight_decay="wd"),
    "Caffe": _program(
        "base_lr lr_policy stepsize max_iter solver_mode test_interval gamma snapshot_prefix",
        rate="base_lr", optimizer="type solver_type", every="stepsize", factor="gamma",
    ),
    "MXNet": _program(
        "lr_step_epochs lr_factor num_examples kv_store disp_batches image_shape mom",
        momentum="mom", weight_decay="wd", images="num_examples", size="image_shape",
        at="lr_step_epochs",
        factor="lr_factor", model="network", pretrained="pretrained_model", scratch=True,
    ),
}  # fmt: skip
"""One table a program; names in `COMMON` hold for all that do not say otherwise."""
LEAST_KNOWN = 3
_COMMAND = lazy_re.compile(
    r"^[\s>$!`#]{0,8}(?:[A-Z_]{2,40}=\S{1,80}\s{1,3}){0,6}"
    r"(?:python[\d.]{0,5}|torchrun|accelerate|deepspeed|horovodrun|yolo|\./\S{1,80}|bash|sh|srun)\s"
    r"|^[\s>`]{0,8}(?:--[A-Za-z][\w-]{1,40}(?:[= ]\S{1,40})?\s{1,3}){2,20}--[A-Za-z]"
)
"""A command, or the options of one alone."""
_OPTION = lazy_re.compile(
    r"(?<=\s)(?:--([A-Za-z][\w.-]{0,40})|-([a-z]))(?:[=\s]\s{0,3}((?!-[A-Za-z-])[^\s`]{1,80}))?(?=\s|$|`)"
    r"|(?<=\s)([a-z]\w{1,30})=([^\s,()]{1,80})(?=\s|$)"
)
_DUMP = lazy_re.compile(
    r"\b(?:Namespace|\w{0,20}TrainingArguments|\w{0,20}Config|\w{0,20}Args)\($|\bNamespace\("
)
_PAIR = lazy_re.compile(
    r"(?<![\w'\"])['\"]?([A-Za-z]\w{0,40})['\"]?\s?(?:=|:)\s{0,3}('[^']{0,80}'|\"[^\"]{0,80}\"|\[[^\]\[]{0,80}\]|\([^()]{0,80}\)|[^,\s(){}\[\]]{1,80})"
)
_ROW = lazy_re.compile(
    r"^\s{0,12}(?:[-*]\s)?['\"]?([A-Za-z][\w.-]{0,40}(?: [A-Za-z]\w{0,20}){0,3})['\"]?\s{0,20}"
    r"(?::|\.{3,60}|\|)\s{0,30}(\S.{0,80}?)?[,|]?\s{0,9}(?:#.{0,100})?$"
)
_DICT = lazy_re.compile(r"\{\s{0,3}['\"]\w{1,40}['\"]\s{0,3}:")


_LAYERS = lazy_re.compile(r"\b(?:Conv|Dense|Linear|MaxPool|Flatten)\w{0,10}\(")
"""A list of layers, which another reader takes whole."""


def find_model(lines: Sequence[str]) -> Network | None:
    """Return the settings that a text gives first, as a recipe."""
    for given, taken in _given(lines):
        program = _best(given)
        names = {**COMMON, **program.names} if program else COMMON
        meant = {names[n]: v for n, v in reversed(given.items()) if n in names}
        recipe = _recipe(meant, scratch=program is not None and program.scratch)
        if recipe != Recipe():
            return Network(recipe, taken, n_train=_whole(meant.get("images")))
    return None


def _best(given: Mapping[str, str]) -> Program | None:
    marked = max(PROGRAMS.values(), key=lambda program: len(program.marks & given.keys()))
    return marked if marked.marks & given.keys() else None


def _given(lines: Sequence[str]) -> Iterator[tuple[dict[str, str], set[int]]]:
    """Yield the names and values of each command, dump or block, with its lines."""
    index = 0
    while index < len(lines):
        line = lines[index][:MOST_LINE]
        found, end = {}, index + 1
        if _COMMAND.match(line):
            text, end = _joined(lines, index)
            found = dict(_of_command(text))
        elif _DUMP.search(line):
            text, end = _closed(lines, index)
            found = {_plain(n): _bare(v) for n, v in _PAIR.findall(text)}
        elif line.count(":") >= LEAST_KNOWN and _DICT.search(line) and not _LAYERS.search(line):
            found = {_plain(n): _bare(v) for n, v in _PAIR.findall(line)}
            found = found if _known(found) >= LEAST_KNOWN else {}
        elif _ROW.match(line):
            found, end = _block(lines, index)
        if found and _known(found):
            yield found, set(range(index, end))
        index = max(end, index + 1)


_EVERY = frozenset(COMMON).union(*(p.marks | p.names.keys() for p in PROGRAMS.values()))


def _known(found: Mapping[str, str]) -> int:
    if _EVERY.isdisjoint(found):
        return 0
    program = _best(found)
    names = {*COMMON, *(program.names if program else ())}
    return sum(name in names for name in found)


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_").rpartition(".")[2]


def _bare(value: str) -> str:
    return value.strip().strip("'\"` ,")


def _joined(lines: Sequence[str], index: int) -> tuple[str, int]:
    """Return a command with the lines that a backslash, or the next option, joins to it."""
    parts: list[str] = []
    for at in range(index, min(index + MOST_LINES, len(lines))):
        line = lines[at][:MOST_LINE].rstrip(" `")
        if parts and not line.lstrip().startswith("--") and not parts[-1].endswith("\\"):
            return " ".join(p.rstrip("\\") for p in parts), at
        parts.append(line)
    return " ".join(p.rstrip("\\") for p in parts), index + len(parts)


def _of_command(text: str) -> Iterator[tuple[str, str]]:
    for long, short, value, word, given in _OPTION.findall(f" {text}"):
        name = long or short or word
        yield _plain(name), _bare(given if word else value) or "True"


def _closed(lines: Sequence[str], index: int) -> tuple[str, int]:
    """Return a dump up to the bracket that closes it."""
    parts, depth = [], 0
    for at in range(index, min(index + MOST_LINES, len(lines))):
        line = lines[at][:MOST_LINE]
        parts.append(line)
        depth += line.count("(") - line.count(")")
        if depth <= 0:
            break
    return "\n".join(parts), index + len(parts)


def _block(lines: Sequence[str], index: int) -> tuple[dict[str, str], int]:
    """Return the settings of lines `name: value`, where enough of them are a program's."""
    found: dict[str, str] = {}
    above, at = "", index
    while at < min(index + MOST_LINES, len(lines)):
        line = lines[at][:MOST_LINE]
        row = _ROW.match(line)
        if row is None and line.strip() and not line.lstrip().startswith("#"):
            break
        if row is not None:
            name, value = _plain(row[1]), _bare(row[2] or "")
            if name in {"value", "desc"} and above:
                name = above if name == "value" else "desc"
            above = above if name == "desc" else name
            if value:
                found.setdefault(name, value)
        at += 1
    program = _best(found)
    marks = len(program.marks & found.keys()) if program else 0
    enough = _known(found) >= LEAST_KNOWN or (marks >= 2 and _known(found) >= 1)
    if enough and (marks or _known(found) > LEAST_KNOWN):
        return found, at
    # No block that begins further down knows more names: the next one begins behind these rows.
    others = (i for i in range(index + 1, at) if _begins_another(lines[i][:MOST_LINE]))
    return {}, next(others, max(at, index + 1))


def _begins_another(line: str) -> bool:
    return bool(_COMMAND.match(line) or _DUMP.search(line) or _DICT.search(line))


def _whole(value: str | None) -> int | None:
    return int(float(value)) if value and re.fullmatch(r"\d{1,9}(?:\.0{1,3})?", value) else None


def _number(value: str | None) -> float | None:
    plain = value and re.fullmatch(
        r"(?:\d{1,12}\.?\d{0,20}|\.\d{1,20})(?:[eE][-+]?\d{1,3})?", value
    )
    return float(value) if value and plain else None


def _recipe(meant: Mapping[str, str], *, scratch: bool = False) -> Recipe:
    name = meant.get("optimizer", "").lower().replace("optimizernames.", "")
    if name == "auto":  # Ultralytics chooses the optimizer, its rate and its momentum
        meant = {k: v for k, v in meant.items() if k not in {"rate", "momentum"}}
    if not name and "momentum" in meant:
        name = "sgd"  # others have betas, or a decay of their own
    optimizer = Optimizer(
        name=OPTIONS.get(name),
        learning_rate=_number(meant.get("rate")),
        momentum=_number(meant.get("momentum")),
        nesterov=True if name in {"nesterov", "nag"} else None,
        weight_decay=_number(meant.get("weight_decay")),
        schedule=_schedule(meant),
    )
    sides = re.findall(r"\d{1,5}", meant.get("size", ""))
    return Recipe(
        optimizer=optimizer if optimizer != Optimizer() else None,
        batch_size=_whole(meant.get("batch")),
        epochs=_whole(meant.get("epochs")),
        label_smoothing=_number(meant.get("smoothing")),
        n_classes=_whole(meant.get("classes")),
        image_size=int(sides[-1]) if sides and int(sides[-1]) >= 1 else None,
        seed=_whole(meant.get("seed")),
        backbone=_backbone(meant, scratch=scratch),
    )


def _schedule(meant: Mapping[str, str]) -> Schedule | None:
    """Return a rate that falls by steps: Caffe counts updates, MXNet and torchvision epochs."""
    factor, every = _number(meant.get("factor")), _number(meant.get("every"))
    at = tuple(float(x) for x in re.findall(r"\d{1,6}", meant.get("at", "")))
    if not factor or not 0 < factor < 1 or not (every or at):
        return None
    if at:
        return Schedule(kind="step", factor=factor, at=at, unit="epochs")
    if "epochs" in meant:
        return Schedule(kind="step", factor=factor, every=every, unit="epochs")
    return Schedule(kind="step", factor=factor, every=every, unit="steps")


def _backbone(meant: Mapping[str, str], *, scratch: bool) -> Backbone | None:
    name = MEMBERS.get(plain(meant.get("model", "")))
    given = meant.get("pretrained", "false" if scratch else "").lower()
    if name is None or given in {"", "none", "null"}:
        return None
    weights = "none" if given == "false" else "imagenet"
    return Backbone(name=name, weights=weights)


FORMAT = Format("settings of a program", find_model=find_model)
