"""Facts of public faulty programs, as `cases/programs.jsonl` has them, back to scripts."""

from __future__ import annotations

import re
from typing import Any

from fitdoctor.code import read_script
from fitdoctor.records.run import DataSummary, Run

ACTIVATIONS = {
    "relu", "softmax", "sigmoid", "tanh", "linear", "elu", "selu", "softplus", "softsign",
    "hard_sigmoid",
}  # fmt: skip
INITIALISERS = {"uniform", "normal", "zeros", "ones", "he_normal", "glorot_uniform"}
SHORT = {
    "GAP2D": "GlobalAveragePooling2D()",
    "relu": "Activation('relu')",
    "BN": "BatchNormalization()",
}


def run_of(row: dict[str, Any]) -> Run | None:
    """Return a program as a Run: its script, and the number of classes that its task names."""
    script = read_script(script_of(row))
    if script is None:
        return None
    count = re.search(r"\((\d+)\)", row["task"])
    binary = 2 if "bin" in row["task"] else None
    classes = int(count[1]) if count and row["task"].startswith("cls") else binary
    data = DataSummary(n_classes=classes) if classes else None
    return Run(name=row["id"], recipe=script.recipe, script=script, data=data)


def script_of(row: dict[str, Any]) -> str:
    lines = ["from keras.layers import *", "model = Sequential()"]
    for number, spec in enumerate(row["model"] if isinstance(row["model"], list) else []):
        layer = _layer(spec)
        if layer is None:
            continue
        shape = str(row.get("input_shape") or "")
        if number == 0 and re.fullmatch(r"\([\d, ]+\)", shape):
            layer = layer[:-1] + ("" if layer.endswith("()") else ", ") + f"input_shape={shape})"
        lines.append(f"model.add({layer})")
    settings = []
    for name in ("optimizer", "loss"):
        value = row.get(name)
        if value and not _is_call(value):
            value = value.partition("(")[0]
        if value:
            settings.append(f"{name}={value if '(' in value else repr(value)}")
    if row.get("metrics"):
        settings.append(f"metrics={row['metrics']!r}")
    lines.append(f"model.compile({', '.join(settings)})")
    fit = [f"{k}={row[k]}" for k in ("epochs", "batch_size") if isinstance(row.get(k), int)]
    made = re.match(r"make_\w+\(([\d, ]+)\)", str(row.get("data") or ""))
    if made and " int " in f"{row.get('data')} ":
        lines.insert(1, f"x, y = {made[0]}")
    lines.append(f"model.fit(x, y, {', '.join(fit)})")
    return "\n".join(lines)


def _is_call(value: str) -> bool:
    """Tell whether it can stand in a script; shorthand such as SGD(m.9) keeps its name only."""
    try:
        compile(value, "program", "eval")
    except SyntaxError:
        return "(" not in value
    return True


def _layer(spec: str) -> str | None:
    if spec in SHORT:
        return SHORT[spec]
    match = re.match(r"\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*$", spec, re.DOTALL)
    if not match:
        return None
    name = {"BN": "BatchNormalization"}.get(match[1], match[1])
    positional, named = [], []
    for part in _parts(match[2] or ""):
        if part in ACTIVATIONS and name != "Activation":
            named.append(f"activation={part!r}")
        elif part in INITIALISERS:
            named.append(f"kernel_initializer={part!r}")
        elif part in {"same", "valid"}:
            named.append(f"padding={part!r}")
        elif "=" in part:
            key, value = part.split("=", 1)
            if key == "reg":
                named.append(f"kernel_regularizer={value if '(' in value else value + '()'}")
            else:
                named.append(f"{key}={_value(value)}")
        else:
            positional.append(_value(part))
    return f"{name}({', '.join(positional + named)})"


def _parts(text: str) -> list[str]:
    parts, depth, part = [], 0, ""
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += character
    return [p for p in (*parts, part.strip()) if p]


def _value(text: str) -> str:
    plain = re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?|True|False|None|\w+\([^()]*\)", text)
    return text if plain or text.startswith(("(", "[")) else repr(text.strip("'\""))
