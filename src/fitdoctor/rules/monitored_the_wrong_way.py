"""What waits for a figure to get better takes its worse values for the better ones.

## Why it matters
`ReduceLROnPlateau` divides the rate while the figure does not get better, and a checkpoint keeps
the weights of the best epoch. With the mode of the other kind of figure each gain counts as none:
the rate is cut while the network learns, and the weights of the worst epoch are kept.

## How it is measured
From the script: a callback of Keras whose `monitor` and `mode` contradict each other; a scheduler
of torch that is stepped with a loss where it waits for the largest value, or with an accuracy where
it waits for the smallest one, which is what it does unless it is told. What is given is told by how
the loop computes it, else by the words of its name. A scheduler that is given several kinds of
figures is left alone. So does a loop that saves weights where a figure is worse than the best so
far, which it then sets to it, or that begins with a best loss of 0; one that never sets the best
figure to what it kept, and one whose count of epochs without a gain does not begin again at one.
`EarlyStopping` is judged by another rule.

## What to try
`mode="max"` for an accuracy, `mode="min"` for a loss; Keras finds it out where it is told neither.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted, with_script
from fitdoctor.catalogue.callbacks import takes_worse_for_better
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.records.run import FORGOTTEN, WORST_KEPT, Call, Fact, Run, Script
from fitdoctor.rule import Rule

_RIGHT = {"loss": "min", "accuracy": "max"}
_HARM = {
    "ReduceLROnPlateau": "the rate is cut while the network gets better",
    "ModelCheckpoint": "the weights of the worst epoch are kept",
}


_KEPT = {
    "loss": "Weights are kept where the loss is above the least one so far: those of the worst "
    "epoch.",
    "accuracy": "Weights are kept where the accuracy is below the best one so far: those of the "
    "worst epoch.",
    "never": "Weights are kept where the loss is below the least one so far, which begins at 0: "
    "none are ever kept.",
}


_FORGOTTEN = {
    "best": "Weights are kept where the figure is better than {name}, which is never set to it: "
    "the last such epoch is kept, not the best.",
    "waited": "{name} counts epochs without a gain and is not set back to 0 by one: training stops "
    "too early.",
}


def monitored_the_wrong_way(
    script: Script | None = None, program: Program | None = None
) -> Iterator[Evidence]:
    for call in script.called(*_HARM) if script else ():
        given = (call.arguments.get("monitor"), call.arguments.get("mode"))
        monitors = _texts(given[0])
        mode = str(given[1].value) if given[1] else ""
        if monitors and all(takes_worse_for_better(monitor, mode) for monitor in monitors):
            yield Evidence(
                sentence=f"{call.name} watches {' or '.join(monitors)} with mode={mode!r}: "
                f"{_HARM[call.name]}.",
                weight=5.0,
                line=call.line,
            )
            return
    for call in script.called(WORST_KEPT) if script else ():
        figure = str(call.arguments["figure"].value)
        yield Evidence(sentence=_KEPT[figure], weight=5.0, line=call.line)
        return
    for call in script.called(FORGOTTEN) if script else ():
        name = call.arguments["name"]
        yield Evidence(
            sentence=_FORGOTTEN[str(name.value)].format(name=name.source),
            weight=4.5,
            line=call.line,
        )
        return
    for number, plan in enumerate(program.plans if program is not None else ()):
        told = {e.detail for e in program.events("schedule") if e.schedule == number}  # type: ignore[union-attr]
        figure = next(iter(told)) if len(told) == 1 else ""
        right = _RIGHT.get(figure, plan.mode)
        if plan.mode and plan.mode != right:
            yield Evidence(
                sentence=f"{plan.kind} waits for the {plan.mode}imum (mode={plan.mode!r}) and is "
                f"given {'a loss' if figure == 'loss' else 'an accuracy'}: "
                f"{_HARM['ReduceLROnPlateau']}.",
                weight=5.0,
                line=plan.line,
            )
            return


def _texts(fact: Fact | None) -> list[str]:
    """Return the text that a fact is, or may be one of."""
    told = fact.value if fact else None
    return [told] if isinstance(told, str) else list(told) if isinstance(told, list) else []


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give a callback of Keras, or a scheduler of torch, the mode of what it watches."""
    if run.script is None:
        return
    watching = [call for call in run.script.called(*_HARM) if "mode" in call.arguments]
    plans = run.script.program.plans if run.script.program is not None else ()
    modes: dict[int, tuple[str, str, int | None]] = {
        call.line: (call.name, str(call.arguments["mode"].value), None) for call in watching
    }
    modes |= {plan.line: (plan.kind, plan.mode, 1) for plan in plans if plan.mode}
    if seen.line in modes:
        name, mode, place = modes[seen.line]
        other = {"min": "max", "max": "min"}[mode]
        told = Argument(line=seen.line, calls=(name,), names=("mode",), value=other, position=place)
        yield Change(edits=(told,), reason="Better values count as better.", certain=True)


def _watching(name: str, monitor: str, mode: str) -> Call:
    told = {k: Fact(repr(v), v, 3) for k, v in (("monitor", monitor), ("mode", mode))}
    return Call(name=name, arguments=told, line=3)


_CHOSEN = """
from tensorflow import keras
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
figure = 'val_head_accuracy' if beside else 'val_accuracy'
best = keras.callbacks.ModelCheckpoint("best.keras", monitor=figure, mode="min")
net.fit(x, y, validation_data=(a, b), callbacks=[best])
"""
_PLATEAU = "plan = torch.optim.lr_scheduler.ReduceLROnPlateau(opt{})\nfor epoch"


def _stepped(mode: str, figure: str) -> tuple[tuple[str, str], ...]:
    shown = "    print(right / len(others))"
    return ("for epoch", _PLATEAU.format(mode)), (shown, f"{shown}\n    plan.step({figure})")


def _keeping(test: str) -> tuple[tuple[str, str], ...]:
    shown = "    print(right / len(others))\n"
    kept = (f"    acc = right / len(others)\n    if {test}:\n        best = acc\n"
            "        torch.save(net.state_dict(), 'best')\n")  # fmt: skip
    return ("for epoch", "best = 1\nfor epoch"), (shown, kept)


_WAITING = (
    "net.state_dict(), 'best')\n",
    "net.state_dict(), 'best')\n    else:\n        bad += 1\n        if bad > 3: break\n",
)
_BY_LOSS = (
    ("    acc = right / len(others)\n", "    cost_now = loss.item()\n"),
    ("if acc", "if cost_now"),
    ("best = acc", "best = cost_now"),
)

RULE = Rule(
    code="FD328",
    prior=0.01,
    severity="error",
    kind="cause",
    any_of=("script",),
    check=monitored_the_wrong_way,
    mend=mend,
    explains={"underfitting": 0.1},
    advice='mode="max" for an accuracy, mode="min" for a loss',
    clear="what is monitored gets better in the way that is told",
    clear_with=("known_program",),
    sick=(
        with_script(calls=(_watching("ReduceLROnPlateau", "val_accuracy", "min"),)),
        with_script(calls=(_watching("ModelCheckpoint", "val_loss", "max"),)),
        scripted(_CHOSEN),
        scripted(TORCH, *_stepped("", "right / len(others)")),
        scripted(TORCH, *_keeping("acc < best")),
        scripted(TORCH, *_keeping("best >= acc")),
        scripted(TORCH, *_keeping("acc > best"), ("        best = acc\n", "")),
        scripted(TORCH, *_keeping("acc > best"), _WAITING),
        scripted(
            TORCH,
            *_keeping("acc < best"),
            *_BY_LOSS,
            ("best = 1", "best = 0"),
        ),
        scripted(TORCH, *_keeping("acc > best"), *_BY_LOSS),
        scripted(TORCH, *_stepped(", mode='max'", "loss")),
        scripted(TORCH, *_stepped(", mode='max'", "figures['val_loss']")),
    ),
    healthy=(
        with_script(calls=(_watching("ReduceLROnPlateau", "val_accuracy", "max"),)),
        with_script(calls=(_watching("ModelCheckpoint", "val_loss", "auto"),)),
        scripted(_CHOSEN, ("'val_accuracy'", "'val_loss'")),
        scripted(TORCH, *_stepped(", mode='max'", "right / len(others)")),
        scripted(TORCH, *_keeping("acc > best")),
        scripted(TORCH, *_keeping("acc > best"), _WAITING, ("best = acc", "best, bad = acc, 0")),
        scripted(TORCH, *_keeping("acc > limit"), ("        best = acc\n", "")),
        scripted(TORCH, *_keeping("acc < best"), *_BY_LOSS),
        scripted(
            TORCH,
            *_keeping("acc < best"),
            ("acc = right / len(others)", "figure = measured(net)"),
            ("acc < best", "figure < best"),
            ("best = acc", "best = figure"),
        ),
        scripted(
            TORCH, *_keeping("acc < best"), ("        torch.save(net.state_dict(), 'best')\n", "")
        ),
        scripted(TORCH, *_stepped("", "loss")),
        scripted(TORCH, *_stepped("", "1 - right / len(others)")),
        scripted(TORCH, *_stepped("", "-right / len(others)")),
        scripted(TORCH, *_stepped("", "measured(net)")),
    ),
)
