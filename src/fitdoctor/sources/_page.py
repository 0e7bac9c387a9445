"""Text of any kind to Runs: the log, the code and the stated facts of the asker.

A page saved from a forum also holds other people's answers. Only what stands before them counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from fitdoctor.code import read_script
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import DataSummary, Run, Script, Statement
from fitdoctor.sources import _prose
from fitdoctor.sources._format import Format, Table
from fitdoctor.stats.proportions import size_from_digits

_ANSWERS = re.compile(
    r"^\W{0,4}(?:\d{1,3}\s*(?:ответ(?:а|ов)?|answers?|个答案|个回答|条回答|respuestas?|respostas?)\b"
    r"|(?:ответ(?: или решение)?|(?:best |accepted )?answers?|答案|回答|最佳答案)\s?[:\d]{0,3})\W*"
    r"(?:$|\(|:)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^\s*(?:(?:from\s+[\w.]+\s+import\b|import\s+\w|def\s+\w+\s*\(|class\s+\w|return\b|for\s+.{1,80}\s+in\s"
    r"|if\s.{1,200}:\s*(?:#.*)?$|elif\s.{1,200}:|else\s*:|try\s*:|except\b|with\s+.{1,200}:|@\w|#)"
    r"|[A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_][\w.]*){0,6}(?:\[[^\]]{0,60}\])?\s*[-+*/]?=(?!=)\s*\S"
    r"|[A-Za-z_][\w.]*\s?\()"
)
_WIDE = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff]")
_STRING_OR_COMMENT = re.compile(r"#.*$|'[^']{0,400}'|\"[^\"]{0,400}\"")
_NUMBERS = re.compile(r"\d+[.,]\d+")
_TRAINING = re.compile(
    r"\b(?:accurac\w+|validation|overfit\w*|val_loss|training loss|neural net\w*|keras|cnn)\b"
    r"|точност|переобуч|потер|нейро|准确|损失|训练|验证|模型",
    re.IGNORECASE,
)
MOST_OPEN_LINES = 200


def read_page(lines: Sequence[str], name: str, formats: Sequence[Format]) -> tuple[Run, ...]:
    """Return one Run per log in the text, or a single one where it holds no log."""
    end = next((i for i, line in enumerate(lines) if i and _ANSWERS.match(line)), len(lines))
    asked = list(lines[:end])
    tables = _tables(asked, formats)
    taken = {index for table in tables for index in table.lines}
    code = _code_lines(asked, taken)
    script = read_script(
        "\n".join(line if i in code else "" for i, line in enumerate(asked)), path=name
    )
    prose = [line for i, line in enumerate(asked) if i not in code and i not in taken]
    said = _prose.statements(prose)
    counts = _prose.class_counts(prose)
    missed = tuple(line.strip()[:120] for line in prose if len(_NUMBERS.findall(line[:400])) >= 3)[
        :20
    ]
    recipe = _recipe(script, said)
    return tuple(
        Run(
            name=name if len(tables) < 2 else f"{name} run {number}",
            curves=table.curves(),
            recipe=recipe,
            script=script,
            data=_data(table, said, counts),
            statements=tuple(said),
            sources=(name,),
            not_understood=missed,
        )
        for number, table in enumerate(tables or [Table()], start=1)
    )


def is_question(lines: Sequence[str]) -> bool:
    """Tell a question about a training, in a sentence, from text that has to do with none."""
    return any(
        _TRAINING.search(line) and (len(line.split()) >= 6 or len(_WIDE.findall(line)) >= 12)
        for line in (line[:2000] for line in lines)
    )


def _tables(lines: list[str], formats: Sequence[Format]) -> list[Table]:
    """Ask every log format; a line that one has read is hidden from the next."""
    tables: list[Table] = []
    for format in formats:
        if format.find is None:
            continue
        found = format.find(lines)
        if found:
            tables += found
            taken = {index for table in found for index in table.lines}
            lines = ["" if i in taken else line for i, line in enumerate(lines)]
    return sorted(tables, key=lambda table: min(table.lines, default=0))


def _code_lines(lines: list[str], taken: set[int]) -> set[int]:
    """Return the lines that are code: by their own look, or inside brackets opened in code."""
    code: set[int] = set()
    depth = opened = 0
    for index, line in enumerate(lines):
        if index in taken or not line.strip():
            continue
        bare = _STRING_OR_COMMENT.sub("", line[:2000])
        looks = bool(_CODE.match(line[:2000])) and not _WIDE.search(bare)
        if depth > 0 and index - opened < MOST_OPEN_LINES and not (_WIDE.search(bare)):
            looks = True
        if not looks:
            depth = min(depth, 0)
            continue
        if depth == 0:
            opened = index
        code.add(index)
        depth = max(
            0, depth + sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
        )
    return code


def _recipe(script: Script | None, said: list[Statement]) -> Recipe | None:
    """Return the script's recipe, completed by what only the prose states."""
    stated = {s.name: s.value for s in said if s.value is not None}
    recipe = script.recipe if script else Recipe()
    changes: dict[str, object] = {}
    for name in ("batch_size", "epochs"):
        if getattr(recipe, name) is None and stated.get(name):
            changes[name] = int(stated[name])
    if recipe.optimizer is None and stated.get("learning_rate"):
        changes["optimizer"] = Optimizer(learning_rate=stated["learning_rate"])
    if not script and not changes:
        return None
    return msgspec.structs.replace(recipe, **changes)


def _data(table: Table, said: list[Statement], counts: tuple[int, ...]) -> DataSummary:
    """Join what the log's counters, the asker's words and the digits tell of the images."""
    stated = {s.name: int(s.value) for s in said if s.value is not None and s.value >= 1}
    origins: dict[str, str] = {}
    n_train, n_val = table.n_train, table.n_val
    if n_train is not None:
        origins["n_train"] = "the log's counter"
    if n_val is not None:
        origins["n_val"] = "the log's header"
    n_classes = stated.get("n_classes")
    if counts:
        n_classes = n_classes or len(counts)
    per_class = stated.get("per_class")
    if per_class and n_classes and not counts:
        counts = (per_class,) * n_classes
    # "2000 images a class, 1500 to train and 500 to validate" splits each class, not the whole.
    times = n_classes or 1
    split_each = per_class is not None and per_class == stated.get("n_train", 0) + stated.get(
        "n_val", 0
    )
    for name, known in (("n_train", n_train), ("n_val", n_val)):
        if known is None and name in stated:
            value = stated[name] * (times if split_each else 1)
            n_train, n_val = (value, n_val) if name == "n_train" else (n_train, value)
            origins[name] = "stated" + (" per class" if split_each else "")
    digits = size_from_digits(table.digits.get("val_accuracy", []))
    if n_val is None and digits is not None and digits.probability >= 0.9:
        n_val = digits.best
        origins["n_val"] = (
            f"the digits of val_accuracy ({digits.fits} of {digits.values} fit; "
            f"{digits.probability:.0%} sure)"
        )
    if n_classes:
        origins["n_classes"] = "stated"
    batch = stated.get("batch_size")
    if n_train is None and table.steps and batch:
        n_train = table.steps * batch
        origins["n_train"] = f"about: {table.steps} steps of {batch} images"
    return DataSummary(
        n_train=n_train,
        n_val=n_val,
        n_val_from_digits=digits,
        n_classes=n_classes,
        class_counts=counts,
        steps_per_epoch=table.steps,
        seconds_per_epoch=sorted(table.seconds)[len(table.seconds) // 2] if table.seconds else None,
        origins=origins,
    )
