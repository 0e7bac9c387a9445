"""What a person corrects or adds of what was read: settings, counts, and which curve is which.

A correction counts before everything that was read, in all parts of the run. `NAME=VALUE` is its
form on the command line; an empty value says that what was read is wrong and not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from fitdoctor.errors import CorrectionError, did_you_mean
from fitdoctor.records.recipe import Backbone, Optimizer, Recipe
from fitdoctor.records.run import CURVE_NAMES, DataSummary, Run

BY_HAND = "given by hand"
"""Where a corrected figure comes from (`DataSummary.origins`)."""
CURVE = "curve:"
"""What the name of a correction begins with that says which curve a curve is."""
LEFT_OUT = "leave_out"
"""The correction of a curve that is none of the training's."""
READ_FROM: Mapping[str, str] = {
    "observed": "recorded",
    "log": "the log",
    "images": "the images",
    "code": "the code",
    "words": "the text",
}
"""Where a setting comes from that no line of a script gives, by the kind of the run."""
MOST_COUNT, MOST_WORD = 10**9, 80


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One figure or name of a training that can be corrected."""

    name: str
    label: str
    part: Literal["data", "recipe", "optimizer", "backbone"]
    field: str
    kind: Literal["count", "rate", "word", "switch"] = "count"

    def of(self, run: Run) -> Any:
        """Return its value in a run, `None` where it is not known."""
        holder = _parts(run)[self.part]
        return None if holder is None else getattr(holder, self.field)

    def parsed(self, given: str) -> Any:
        """Return what was typed as a value; raises `CorrectionError` where it cannot be one."""
        text = given.strip()
        if not text:
            return None
        if self.kind == "word":
            return _word(self.name, text)
        if self.kind == "switch":
            return _switch(self.name, text)
        plain = text.replace(" ", "")
        plain = plain.replace(",", "" if self.kind == "count" else ".")
        try:
            value = float(plain)
        except ValueError:
            value = math.nan
        if self.kind == "rate" and 0 < value < math.inf:
            return value
        if self.kind == "count" and value.is_integer() and 1 <= value <= MOST_COUNT:
            return int(value)
        wanted = "a whole number from 1 on" if self.kind == "count" else "a number above 0"
        raise CorrectionError(f"{self.name}: {given!r} is not {wanted}")


SETTINGS = (
    Setting(name="n_train", label="training images", part="data", field="n_train"),
    Setting(name="n_val", label="validation images", part="data", field="n_val"),
    Setting(name="n_classes", label="classes", part="data", field="n_classes"),
    Setting(name="batch_size", label="batch size", part="recipe", field="batch_size"),
    Setting(name="epochs", label="epochs planned", part="recipe", field="epochs"),
    Setting(name="image_size", label="image side, pixels", part="recipe", field="image_size"),
    Setting(name="loss", label="loss function", part="recipe", field="loss", kind="word"),
    Setting(name="optimizer", label="optimizer", part="optimizer", field="name", kind="word"),
    Setting(
        name="learning_rate",
        label="learning rate",
        part="optimizer",
        field="learning_rate",
        kind="rate",
    ),
    Setting(name="backbone", label="pretrained backbone", part="backbone", field="name",
            kind="word"),
    Setting(name="backbone_learns", label="backbone learns", part="backbone", field="trainable",
            kind="switch"),
)  # fmt: skip
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """One row of what was understood: what it is called, its value as it may be typed again."""

    name: str
    label: str
    value: str
    """Empty where it is not known."""
    origin: str = ""
    choices: tuple[str, ...] = ()
    """The values it can have, where they are few."""


def understood(run: Run) -> tuple[Understood, ...]:
    """Return what can be corrected of a run, with what was read."""
    return (*_settings(run), *_curves(run))


def _settings(run: Run) -> Iterator[Understood]:
    origins = run.data.origins if run.data else {}
    for setting in SETTINGS:
        value = setting.of(run)
        if setting.kind == "switch" and _parts(run)["backbone"] is None:
            continue
        said = origins.get(setting.field, "") if setting.part == "data" else READ_FROM[run.kind]
        line = _line(run, setting)
        if setting.name in run.corrected:
            said = BY_HAND
        elif line is not None:
            said = f"line {line}"
        yield Understood(
            name=setting.name,
            label=setting.label,
            value=_typed(value),
            origin=said if value is not None else "",
            choices=("", "yes", "no") if setting.kind == "switch" else (),
        )


def _line(run: Run, setting: Setting) -> int | None:
    """Return the line of the script that gives a setting."""
    if setting.part == "data":
        return None
    line: int | None = getattr(_parts(run)[setting.part], "line", None)
    if line is None and run.script is not None:
        fact = run.script.fit.get(setting.field) or run.script.compile.get(setting.field)
        line = fact.line if fact else None
    return line


def _curves(run: Run) -> Iterator[Understood]:
    for name, curve in run.curves.items():
        written = run.written.get(name, "")
        said = f"{len(curve)} value{'s' * (len(curve) != 1)}"
        if len(curve):
            said += f", {curve.values[0]:.4g} to {curve.values[-1]:.4g}"
        yield Understood(
            name=CURVE + name,
            label=f"curve {name}",
            value=name,
            origin=f"written as {written}; {said}" if written and written != name else said,
            choices=(*dict.fromkeys((name, *CURVE_NAMES)), LEFT_OUT),
        )


def corrected(run: Run, given: Mapping[str, str]) -> Run:
    """Return the run with corrections put in, by name; each is text as somebody typed it.

    Raises `CorrectionError` for a name that there is not, and for a value it cannot have.
    """
    if not given:
        return run
    roles = {n.removeprefix(CURVE): v for n, v in given.items() if n.startswith(CURVE)}
    values = {_setting(n).name: _setting(n).parsed(v) for n, v in given.items()
              if not n.startswith(CURVE)}  # fmt: skip
    moved = _moved(run, roles)
    visible = run.visible
    if visible is not None:
        known = {name: role for name, role in roles.items() if name in visible.curves}
        visible = _with(_moved(visible, known), values)
    whole = _with(moved, values)
    return replace(whole, visible=visible, corrected={**run.corrected, **given})


def _setting(name: str) -> Setting:
    if name in BY_NAME:
        return BY_NAME[name]
    meant = did_you_mean(name, BY_NAME, ", ".join(BY_NAME))
    raise CorrectionError(f"{name}: no setting of this name can be corrected.{meant}")


def _moved(run: Run, roles: Mapping[str, str]) -> Run:
    """Return the run with curves under other names."""
    if not roles:
        return run
    for name, role in roles.items():
        if name not in run.curves:
            known = ", ".join(run.curves) or "none"
            raise CorrectionError(f"{CURVE}{name}: there is no such curve. Known: {known}")
        if role not in {*CURVE_NAMES, name, LEFT_OUT}:
            meant = did_you_mean(role, CURVE_NAMES, ", ".join((*CURVE_NAMES, LEFT_OUT)))
            raise CorrectionError(f"{CURVE}{name}: {role!r} is no name of a curve.{meant}")
    named = [(roles.get(name, name), name) for name in run.curves]
    kept = [(role, name) for role, name in named if role != LEFT_OUT]
    twice = {role for role, _ in kept if sum(r == role for r, _ in kept) > 1}
    if twice:
        raise CorrectionError(f"{min(twice)}: two curves cannot both be this one")
    return replace(
        run,
        curves={role: run.curves[name] for role, name in kept},
        batches={r: run.batches[n] for r, n in kept if n in run.batches},
        written={role: run.written.get(name, name) for role, name in kept},
    )


def _with(run: Run, values: Mapping[str, Any]) -> Run:
    """Return the run with settings of these values, in its script's recipe as well."""
    if not values:
        return run
    script = run.script
    if script is not None:
        script = replace(script, recipe=_recipe(script.recipe, values))
    return replace(
        run,
        recipe=_recipe(run.recipe, values),
        data=_data(run.data, values),
        script=script,
    )


def _data(data: DataSummary | None, values: Mapping[str, Any]) -> DataSummary | None:
    mine = {n: v for n, v in values.items() if BY_NAME[n].part == "data"}
    if not mine:
        return data
    known = data or DataSummary()
    return replace(known, **mine, origins={**known.origins, **dict.fromkeys(mine, BY_HAND)})


def _recipe(recipe: Recipe | None, values: Mapping[str, Any]) -> Recipe:
    known = recipe or Recipe()
    parts = {
        part: {BY_NAME[n].field: v for n, v in values.items() if BY_NAME[n].part == part}
        for part in ("recipe", "optimizer", "backbone")
    }
    optimizer, backbone = known.optimizer, known.backbone
    if parts["optimizer"]:
        optimizer = replace(optimizer or Optimizer(), **parts["optimizer"])
    if parts["backbone"]:
        backbone = _backbone(backbone, parts["backbone"])
    return replace(known, **parts["recipe"], optimizer=optimizer, backbone=backbone)


def _backbone(known: Backbone | None, values: Mapping[str, Any]) -> Backbone | None:
    name = values.get("name", known.name if known else None)
    if name is None:
        if values.get("trainable") is not None:
            raise CorrectionError("backbone_learns: no backbone is known; name it with backbone")
        return None
    same = known if known is not None and known.name == name else Backbone(name=name)
    return replace(same, **{**values, "name": name})


def _parts(run: Run) -> Mapping[str, Any]:
    recipe = run.recipe
    return {
        "data": run.data,
        "recipe": recipe,
        "optimizer": recipe.optimizer if recipe else None,
        "backbone": recipe.backbone if recipe else None,
    }


def _typed(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _word(name: str, text: str) -> str:
    if len(text) > MOST_WORD or not text.isprintable():
        raise CorrectionError(f"{name}: expected a name of at most {MOST_WORD} characters")
    return text


def _switch(name: str, text: str) -> bool:
    meant = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
    if text.lower() not in meant:
        raise CorrectionError(f"{name}: {text!r} is neither yes nor no")
    return meant[text.lower()]
