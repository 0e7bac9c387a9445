"""Training goes on in inference mode after the first validation.

## Why it matters
From then on dropout drops nothing and BatchNorm normalises by its stored statistics, which no
longer move: the network overfits as if it had no dropout, or its loss leaps after the first epoch.
It happens where `model.eval()` is called for a validation and `model.train()` stands before the
loop over epochs, not inside it. With a gradient tape of Keras it holds from the first batch where
the network is called without `training=True`.

## How it is measured
From the script, whose loops are interpreted: a forward pass whose gradients are computed, at which
the network is in training mode in the first epoch, and in inference mode later; or one at which a
network whose weights all learn was put into inference mode, and never into training mode. With a
tape: one without `training=`, of a network that holds dropout or BatchNorm. Answers tell the same:
whether the network is in training mode again when training goes on.

## What to try
`model.train()` as the first line of each training epoch.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TAPE, TORCH, TRAIN_STEP, answering, scripted
from fitdoctor.records.change import Change, Insert
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Event, Program, own_events
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def train_mode_not_restored(program: Program) -> Iterator[Evidence]:
    passes: dict[tuple[int, tuple[int, ...]], list[Event]] = {}
    for event in program.events("forward"):
        if event.use == "learn" and event.networks:
            passes.setdefault((event.line, event.networks), []).append(event)
    for (line, networks), events in passes.items():
        network = program.networks[networks[0]]
        if network.noisy is False or (network.assumed and not network.switched):
            continue
        if network.keras:
            if network.noisy and all(e.detail == "default" for e in events):
                yield Evidence(
                    sentence="The network is trained without training=True: its dropout and "
                    "BatchNorm stay in inference mode.",
                    weight=4.0,
                    line=line,
                )
                return
        elif _always_in_eval(program, networks[0], events):
            yield Evidence(
                sentence="The network is put into inference mode before it is trained: its dropout "
                "is off, and BatchNorm keeps its averages.",
                weight=3.5,
                line=line,
            )
            return
        elif "eval" not in events[0].modes and any(_left_in_eval(e) for e in events[1:]):
            holds = "" if network.noisy else ", if the network holds dropout or BatchNorm"
            yield Evidence(
                sentence="After the first eval training goes on in inference mode: train is not "
                f"called again before line {line}{holds}.",
                weight=5.0 if network.noisy else 3.0 if network.assumed else 4.0,
                line=line,
                explains=("overfitting", "small_training_set"),
            )
            return


def _always_in_eval(program: Program, number: int, events: list[Event]) -> bool:
    """Return whether a network whose weights all learn is put into inference mode to train."""
    network = program.networks[number]
    weights = [program.weights[w] for w in network.weights]
    learns = bool(weights) and all(w.trainable for w in weights)
    held = any(number in held.networks and held.shown for held in program.optimizers)
    chosen = all(e.modes == ("eval",) and e.chosen for e in events)
    others = (e for e in program.events("forward") if number in e.networks)
    never = not any("train" in e.modes for e in others)
    return network.noisy is True and learns and held and chosen and never


def _left_in_eval(event: Event) -> bool:
    return "eval" in event.modes and "unknown" not in event.modes and not event.chosen


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Put the network into training mode before each pass over the training images."""
    program, line = run.script.program if run.script else None, seen.line or 0
    if program is None or any(n.keras for n in program.networks):
        return
    for path in program.training_loops():
        if any(e.line == line and e.kind == "forward" for e in own_events(path[-1].later)):
            on = Insert(line=path[-1].line, source="{it}.train()", called=("", line))
            yield Change(
                edits=(on,),
                reason="Call train() before each epoch: dropout and BatchNorm work again.",
                certain=True,
            )
            return


RULE = Rule(
    code="FD320",
    kind="cause",
    check=train_mode_not_restored,
    mend=mend,
    severity="warning",
    prior=0.01,
    advice="call the network with training=True inside the tape",
    torch_advice="model.train() as the first line of each training epoch",
    clear="training goes on in training mode",
    clear_with=("known_program",),
    asks={
        "training_mode_after_validation": {"yes": 0.04, "no": 0.96},
    },
    sick=(
        scripted(TORCH, ("net.train()", "net.eval()")),
        scripted(TORCH, ("    net.train()\n", "")),
        scripted(TORCH, ("for epoch", "net.train()\nfor epoch"), ("    net.train()\n", "")),
        scripted(TAPE, ("net(x, training=True)", "net(x)")),
        scripted(TRAIN_STEP, ("self(x, training=True)", "self(x)")),
        answering(what_happens="training_good_validation_bad", training_mode_after_validation="no"),
    ),
    healthy=(
        scripted(
            TORCH,
            ("net.train()", "net.eval()"),
            ("for epoch", "net[0].requires_grad_(False)\nfor epoch"),
        ),
        scripted(TORCH),
        scripted(TAPE),
        scripted(TRAIN_STEP),
        scripted(TORCH, ("    net.train()\n", ""), ("    print", "    net.train()\n    print")),
        scripted(TORCH, ("    net.train()\n", "    ready(net)\n")),
        answering(
            what_happens="training_good_validation_bad", training_mode_after_validation="yes"
        ),
        answering(what_happens="training_good_validation_bad"),
    ),
)
