"""All keys of a recipe, for people: name, what it takes, what it is where not set, what it means.

Names, types and meanings are read off the records, so that none can be missing or stale.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence

import msgspec

from fitdoctor.catalogue.backbones import DEFAULT
from fitdoctor.errors import RecipeError, did_you_mean
from fitdoctor.records import recipe as records
from fitdoctor.training import honoured, recipes

RECORDED = {"include_top", "keras", "line", "n_classes", "training", *honoured.SHAPES}
"""Fields that describe other people's trainings, or what a training found; no orders."""
TABLES = {
    "Backbone": "backbone.", "Optimizer": "optimizer.", "Schedule": "optimizer.schedule.",
    "Augmentation": "augmentation.", "FineTuning": "fine_tuning.", "Layer": "layers[].",
}  # fmt: skip
"""Records to where they stand in a recipe."""
_WORDS = {
    "str": "text", "int": "whole number", "float": "number", "bool": "true or false",
    "tuple[float, ...]": "list of numbers", "tuple[Layer, ...]": "list of tables",
    "dict[str, float]": "table of numbers",
}  # fmt: skip


class Key(msgspec.Struct, frozen=True):
    """One key of a recipe."""

    name: str
    """With its tables, as `optimizer.learning_rate`."""
    takes: str
    default: str
    meaning: str


def all_keys() -> tuple[Key, ...]:
    """Return every key that a training heeds, in the order of the records."""
    found = {node.name: node for node in _classes()}
    top = tuple(_of(found["Recipe"], ""))
    return (*top, *(key for name, at in TABLES.items() for key in _of(found[name], at)))


def chosen(words: Sequence[str] = ()) -> tuple[Key, ...]:
    """Return the keys whose names hold one of the words, or all.

    Raises `RecipeError` where there is none.
    """
    found = tuple(key for key in all_keys() if not words or any(word in key.name for word in words))
    if not found:
        meant = did_you_mean(words[0], [key.name for key in all_keys()])
        raise RecipeError(
            f"no key of a recipe holds {', '.join(words)}.{meant} See: fitdoctor recipe"
        )
    return found


def text(words: Sequence[str] = ()) -> str:
    """Return the chosen keys as lines for a terminal."""
    lines = []
    for key in chosen(words):
        usual = f"; {key.default}" if key.default else ""
        lines += [f"{key.name}  ({key.takes}{usual})", f"    {key.meaning}"]
    return "\n".join(lines)


def page() -> str:
    """Return the keys as a page of Markdown."""
    rows = [f"| `{key.name}` | {key.takes} | {key.default} | {key.meaning} |" for key in all_keys()]
    return "\n".join([_HEAD, "| key | takes | where not set | meaning |", "|---|---|---|---|",
                      *rows, ""])  # fmt: skip


def defaults() -> dict[str, str]:
    """Return what stands where a key is not set; keys left out have no value then."""
    frozen, whole = recipes.PATIENCE, recipes.LONGER_PATIENCE
    known = {name: str(value) for name, value in recipes.DEFAULTS.items()}
    head = ", ".join(f"{x.kind} {x.rate or ''}".strip() for x in recipes.HEAD)
    lowered = recipes.LOWERED
    more = f"more where an epoch has fewer than {recipes.FEW} updates"
    return known | {
        "images": "must be set",
        "backbone": f"{DEFAULT}, where layers and model are not set either; small_cnn's layers "
        "with --weights none",
        "backbone.name": "must be set",
        "backbone.weights": "imagenet",
        "backbone.trainable": "false; true with weights none",
        "backbone.batchnorm": "inference; batch with weights none",
        "backbone.momentum": f"{recipes.MOMENTUM} with weights none; less with few images",
        "layers": f"{head}; an output layer is added where there is none",
        "layers[].kind": "must be set",
        "input_scale": "1/255",
        "optimizer": "Adam",
        "optimizer.name": "Adam",
        "optimizer.learning_rate": "0.001 at batch 32, SGD 0.01; a tenth where pretrained weights "
        f"learn, {recipes.PEAK:g} times it where a backbone with BatchNorm learns from scratch; it "
        "grows with the batch",
        "optimizer.schedule": f"none; networks of ours from scratch: {lowered.kind}, factor "
        f"{lowered.factor}, every {lowered.every:g} epochs; backbones from scratch: "
        f"{recipes.CYCLE.kind}",
        "optimizer.schedule.kind": "must be set",
        "optimizer.schedule.unit": "steps",
        "epochs": f"{recipes.DEFAULTS['epochs']}; {more}",
        "patience": f"{frozen}; {whole} where the whole network learns; {more}; half of the epochs "
        "with a schedule over all of them",
        "augment": "light where a network of ours learns from scratch or a backbone learns, else "
        "none",
        "fine_tuning.epochs": str(records.FineTuning().epochs),
        "seed": "0",
        "order_seed": "seed",
    }


_HEAD = f"""# Recipe

`fitdoctor train recipe.toml` trains what a file says; a run folder holds the recipe that it was
trained by. Flags of `train` and keywords of `fitdoctor.fit` are named as the keys (`--fine-tune` is
`fine_tuning`, `--class-weights` is `class_weight`; `--backbone`, `--alpha` and `--weights` stand in
the table `backbone`, `--learning-rate` in `optimizer`). `fitdoctor recipe WORD` prints the keys
that hold a word.

```toml
images = "photos"
image_size = 160
class_weight = "balanced"

[backbone]
name = "{DEFAULT}"

[fine_tuning]
epochs = 10

[[layers]]
kind = "GlobalAveragePooling2D"
[[layers]]
kind = "Dropout"
rate = 0.3
```
"""


def _classes() -> Iterator[ast.ClassDef]:
    for node in ast.parse(inspect.getsource(records)).body:
        if isinstance(node, ast.ClassDef):
            yield node


def _of(node: ast.ClassDef, at: str) -> Iterator[Key]:
    usual = defaults()
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        name = field.target.id
        if name in RECORDED:
            continue
        told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        meaning = " ".join(str(after.value.value).split()) if told else ""  # type: ignore[union-attr]
        if node.name == "Layer":
            meaning = f"{meaning}{_kinds(name)}"
        yield Key(at + name, _taken(field.annotation), usual.get(at + name, ""), meaning)


def _kinds(field: str) -> str:
    """Return which kinds of layers take a field; nothing where all do."""
    kinds = [kind for kind, taken in honoured.OPTIONS.items() if field in taken]
    return f" Of {', '.join(kinds)}." if kinds else ""


def _taken(annotation: ast.expr) -> str:
    """Return the words for an annotation, `None` left out."""
    if isinstance(annotation, ast.BinOp):
        parts = [_taken(annotation.left), _taken(annotation.right)]
        return " or ".join(part for part in parts if part)
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return ""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Literal":
        inner = annotation.slice
        values = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return ", ".join(str(v.value) for v in values if isinstance(v, ast.Constant))
    written = ast.unparse(annotation)
    return _WORDS.get(written, "table")
