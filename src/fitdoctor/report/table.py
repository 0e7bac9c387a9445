"""What was read, as a table: curves by epoch, settings with their origin, what is left over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from fitdoctor.records.derived import epochs_of, learning_rates, steps_per_epoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Flow, Operation, Run
from fitdoctor.records.shapes import total_parameters

MOST_ROWS = 200
SHOWN_CALLS = frozenset(
    {"set_trainable", "compile", "fit", "fit_generator", "evaluate", "predict", "train_test_split",
     "load_weights", "fit_one_cycle", "train_on_batch", "unfreeze", "fine_tune"}
)  # fmt: skip
_PLAIN = ("loss", "batch_size", "epochs", "image_size", "patience", "class_weight", "keras")


def render(run: Run) -> str:
    """Return the tidy table of a run for the terminal."""
    parts = (_curves, _settings, _fed, _images, _derived, _stated, _contradictions, _left_over)
    return "\n".join([run.name, *(line for part in parts for line in part(run))])


def compare(runs: Sequence[Run]) -> str:
    """Return several runs side by side: how long, how good, and what they were trained with."""
    rows = [("run", "epochs", "last loss", "best val_loss", "best val_accuracy", "batch", "rate")]
    for run in runs:
        optimizer = run.recipe.optimizer if run.recipe else None
        rows.append(
            (
                run.name,
                str(max((len(c) for c in run.curves.values()), default=0)),
                _end(run, "loss", None),
                _end(run, "val_loss", np.nanmin),
                _end(run, "val_accuracy", np.nanmax),
                str((run.recipe and run.recipe.batch_size) or "-"),
                f"{optimizer.learning_rate:g}" if optimizer and optimizer.learning_rate else "-",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for name, *cells in rows:
        padded = [cell.rjust(w) for cell, w in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *padded]))
    return "\n".join(lines)


def _end(run: Run, name: str, of: Any) -> str:
    curve = run.curves.get(name)
    if curve is None or not len(curve) or np.isnan(curve.values).all():
        return "-"
    return f"{float(of(curve.values)) if of else float(curve.values[-1]):.4g}"


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
    if run.written:
        yield "\nwritten as: " + ", ".join(f"{n} = {w}" for n, w in sorted(run.written.items()))
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
    recipe, script = run.recipe, run.script
    if recipe is None:
        return
    yield "\nsettings" + (f" (code in {script.path})" if script else "")
    if script and script.framework:
        old = ", before Keras 3" if script.keras_1_or_2 else ""
        yield _row("framework", script.framework + old, None)
    if recipe.backbone:
        yield _row("backbone", msgspec.to_builtins(recipe.backbone), recipe.backbone.line)
    yield from _layers(recipe)
    if recipe.optimizer:
        facts = msgspec.to_builtins(recipe.optimizer)
        schedule = facts.pop("schedule", None)
        yield _row("optimizer", facts, recipe.optimizer.line)
        if schedule:
            yield _row("schedule", schedule, schedule.get("line"))
    for name in _PLAIN:
        value = getattr(recipe, name)
        if value is not None:
            fact = (script.fit.get(name) or script.compile.get(name)) if script else None
            yield _row(name, value, fact.line if fact else None)


def _layers(recipe: Recipe) -> Iterator[str]:
    for layer in recipe.layers:
        facts = msgspec.to_builtins(layer)
        shape, parameters = facts.pop("output_shape", None), facts.pop("parameters", None)
        parts = [f"{k} {v}" for k, v in facts.items() if k not in {"kind", "line"}]
        if shape is not None:
            parts.append("-> " + " x ".join("?" if s is None else str(s) for s in shape))
        if parameters:
            parts.append(f"{parameters:,} parameters")
        yield _row(f"layer {layer.kind}", ", ".join(parts), layer.line)
    total = total_parameters(recipe.layers)
    if total:
        trained = total_parameters(recipe.layers, trained=True)
        where = " on the backbone" if recipe.backbone else ""
        yield _row(f"parameters{where}", f"{total:,}, of which {trained:,} are trained", None)


def _fed(run: Run) -> Iterator[str]:
    if run.script is None:
        return
    if run.script.feeds:
        yield "\nfed to the model"
        for feed in run.script.feeds:
            yield _row(feed.use, _flow(feed.inputs), feed.line)
            if feed.labels.origin:
                yield _row("  labels", _flow(feed.labels), None)
    order = [c for c in run.script.calls if c.name in SHOWN_CALLS]
    if order:
        yield "\nin this order"
        for call in order:
            given = ", ".join(f"{k}={f.source[:40]}" for k, f in call.arguments.items())
            yield _row(call.name, given, call.line)
    for fact in run.script.never_read if run.script.feeds else ():
        named = f"{fact.value} = " if fact.value else ""
        yield _row("never read", f"{named}{fact.source[:60]}", fact.line)


def _flow(flow: Flow) -> str:
    return " > ".join([flow.origin or "?", *(_operation(o) for o in flow.operations)])


def _operation(operation: Operation) -> str:
    value = operation.value
    if value is None:
        return operation.name
    return f"{operation.name} {value:.4g}" if type(value) is float else f"{operation.name} {value}"


def _images(run: Run) -> Iterator[str]:
    data = msgspec.to_builtins(run.data) if run.data else {}
    origins = data.pop("origins", {})
    digits = data.get("n_val_from_digits")
    if digits is not None and digits["probability"] < 0.5:
        del data["n_val_from_digits"]
    facts = {name: value for name, value in data.items() if value not in (None, [], ())}
    if facts:
        yield "\nimages"
        for name, value in facts.items():
            origin = f"  [{origins[name]}]" if name in origins else ""
            yield _row(name, value, None) + origin


def _derived(run: Run) -> Iterator[str]:
    """Yield what follows from the rest: updates in all, and the learning rate by epoch."""
    steps, epochs, rates = steps_per_epoch(run), epochs_of(run), learning_rates(run)
    lines = []
    if steps and epochs:
        lines.append(_row("updates", f"{steps * epochs:,} ({steps} an epoch)", None))
    if rates is not None and len(rates):
        at = sorted({0, len(rates) // 4, len(rates) // 2, 3 * len(rates) // 4, len(rates) - 1})
        shown = ", ".join(f"{rates[i]:.3g} after epoch {i + 1}" for i in at)
        lines.append(_row("learning rate", shown, None))
    if lines:
        yield "\nfollows"
        yield from lines


def _stated(run: Run) -> Iterator[str]:
    if run.claims:
        yield "\nstated"
        for said in run.claims:
            figure = "" if said.value is None else f" = {said.value:g}"
            yield f"  {said.predicate}{figure}: \u201c{said.sentence}\u201d"


def _contradictions(run: Run) -> Iterator[str]:
    if run.contradictions:
        yield "\ndoes not agree"
        for sentence in run.contradictions:
            yield f"  {sentence}"


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
