"""What was read, as a table: curves by epoch, settings with their origin, what is left over."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fitdoctor.records.run import Run

MOST_ROWS = 200


def render(run: Run) -> str:
    """Return the tidy table of a run for the terminal."""
    return "\n".join([run.name, *_curves(run), *_settings(run), *_left_over(run)])


def _curves(run: Run) -> Iterator[str]:
    if not run.curves:
        yield "\nno curves"
        return
    names = sorted(run.curves)
    epochs = sorted({int(e) for c in run.curves.values() for e in c.epochs})
    values = {
        n: dict(zip((int(e) for e in c.epochs), c.values.tolist(), strict=True))
        for n, c in run.curves.items()
    }
    width = max(10, *(len(name) for name in names)) + 2
    yield "\n" + f"{'epoch':>6}" + "".join(f"{name:>{width}}" for name in names)
    for epoch in epochs[:MOST_ROWS]:
        cells = (
            f"{values[n][epoch]:>{width}.6g}" if epoch in values[n] else " " * width for n in names
        )
        yield f"{epoch:>6}" + "".join(cells)
    if len(epochs) > MOST_ROWS:
        yield f"... {len(epochs) - MOST_ROWS} more epochs; --output-format json has them all"


def _settings(run: Run) -> Iterator[str]:
    recipe = run.recipe
    if recipe is not None:
        yield "\nsettings" + (f" (code in {run.script.path})" if run.script else "")
        if recipe.backbone:
            yield _row("backbone", msgspec.to_builtins(recipe.backbone), recipe.backbone.line)
        for layer in recipe.layers:
            facts = msgspec.to_builtins(layer)
            yield _row(f"layer {facts.pop('kind')}", facts, layer.line)
        if recipe.optimizer:
            yield _row("optimizer", msgspec.to_builtins(recipe.optimizer), recipe.optimizer.line)
        for name in ("loss", "batch_size", "epochs", "image_size", "patience", "keras"):
            value = getattr(recipe, name)
            if value is not None:
                fact = (
                    (run.script.fit.get(name) or run.script.compile.get(name))
                    if run.script
                    else None
                )
                yield _row(name, value, fact.line if fact else None)
    data = msgspec.to_builtins(run.data) if run.data else {}
    origins = data.pop("origins", {})
    facts = {name: value for name, value in data.items() if value not in (None, [], ())}
    if facts:
        yield "\nimages"
        for name, value in facts.items():
            origin = f"  [{origins[name]}]" if name in origins else ""
            yield _row(name, value, None) + origin
    if run.statements:
        yield "\nstated"
        for said in run.statements:
            figure = "" if said.value is None else f" = {said.value:g}"
            yield f"  {said.name}{figure}: \u201c{said.sentence}\u201d"


def _row(name: str, value: object, line: int | None) -> str:
    if isinstance(value, dict):
        parts = {k: v for k, v in value.items() if k != "line" and v is not None}
        value = ", ".join(f"{k} {v}" for k, v in parts.items())
    where = f"  [line {line}]" if line else ""
    return f"  {name:<24} {value}{where}"


def _left_over(run: Run) -> Iterator[str]:
    if run.not_understood:
        yield "\nnot understood"
        for line in run.not_understood:
            yield f"  {line}"
