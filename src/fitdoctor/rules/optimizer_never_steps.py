"""The step that updates the weights is never reached, or has no gradients.

## Why it matters
Gradients alone change nothing. Where `optimizer.step()` (`apply_gradients`) is missing, stands
after a `continue`, behind a test that is never true or outside the loop, every epoch shows the loss
of the untrained network. A step is as empty where `backward` is missing, or where the gradients are
cleared between `backward` and the step.

## How it is measured
From the script, whose loops are interpreted: for each optimizer that it makes, the steps, the
gradients that are computed and those that are cleared, in the order of a round. Where a function
that is not shown is given the optimizer or its network in that loop, nothing is said. A loss of
outputs that were detached, turned into classes or computed without gradients has none to follow.
Answers tell the same: whether the step is reached for every batch, and whether the weights of the
last layer change in an epoch.

## What to try
`optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()` for every batch, in this order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fitdoctor.cases import TAPE, TORCH, TRAIN_STEP, answering, scripted
from fitdoctor.records.change import Change, Insert
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import (
    Loop,
    Program,
    branched_events,
    has,
    later_events,
    loops,
    own_events,
    step_without_gradients,
)
from fitdoctor.records.run import SEVERED, Run, Script
from fitdoctor.rule import Rule

_CLEARED: Final = "The optimizer steps along gradients that were cleared after backward."


def optimizer_never_steps(program: Program, script: Script | None = None) -> Iterator[Evidence]:
    for call in script.called(SEVERED) if script is not None else ():
        yield Evidence(
            sentence="Gradients are computed of outputs that were taken out of the graph "
            "(detached, or turned into classes): none reach the network.",
            weight=6.0,
            line=call.line,
        )
        return
    if not program.whole:
        return
    paths = list(loops(program.body))
    for optimizer, held in enumerate(program.optimizers):
        if not (held.shown or held.assumed):
            continue
        for sentence, line in _empty(program, optimizer, paths):
            # The order in a loop tells it, whatever optimizer the function is given.
            sure = held.shown or sentence == _CLEARED
            yield Evidence(
                sentence=sentence,
                weight=6.5 if sure else 3.0,
                severity=None if sure else "note",
                line=line,
            )
            return
    yield from _never_applied(program, paths)


def _empty(
    program: Program, optimizer: int, paths: list[tuple[Loop, ...]]
) -> Iterator[tuple[str, int]]:
    """Yield what is missing around an optimizer, with the line where it shows."""
    acting = [p for p in paths if has(program, p[-1], optimizer, "backward", "clear", "step")]
    unseen = [e for p in acting for e in later_events(p[-1].later)
              if e.kind == "unknown" and program.reaches(e, optimizer)]  # fmt: skip
    if any(e.detail != "loss" for e in unseen):
        yield from _cleared_before(program, optimizer, acting)
        return
    if not acting:
        return
    held = program.optimizers[optimizer]
    name = "apply_gradients" if held.keras else "step"
    if any(program.weights[w].by_hand for w in held.weights):
        return
    stepped = any(optimizer in e.optimizers for e in program.events("step"))
    if held.assumed and (stepped or held.kind):
        yield from _cleared_before(program, optimizer, acting)
        return
    if not stepped and held.assumed and any(True for _ in program.events("step")):
        return
    if not stepped and any(set(held.networks) & set(e.networks) for e in program.events("step")):
        return  # another optimizer holds the same weights
    learned = any(program.reaches(e, optimizer) for e in program.events("backward"))
    passes = [e for e in program.events("forward") if e.use == "learn"]
    if not stepped and passes and all(e.detail == "drawn" for e in passes):
        return  # gradients of numbers that were drawn: time or memory is measured
    if not stepped and learned:
        line = next(e.line for e in program.events("backward") if program.reaches(e, optimizer))
        yield (
            f"The optimizer of line {held.line} never takes a step: {name} is never called on it.",
            line,
        )
    elif stepped and not learned and not unseen and _asked(program, optimizer):
        line = next(e.line for e in program.events("step") if optimizer in e.optimizers)
        yield "The optimizer steps, but gradients are never computed: backward is missing.", line
    for path in acting if stepped and learned else ():
        if line := step_without_gradients(program, path[-1], optimizer):
            yield _CLEARED, line
        elif line := _outside(program, path, optimizer):
            what = f"The {name} stands outside the loop over batches, which clears the gradients "
            yield f"{what}of each batch: one batch in an epoch counts.", line


def _cleared_before(
    program: Program, optimizer: int, acting: list[tuple[Loop, ...]]
) -> Iterator[tuple[str, int]]:
    """Yield a step along cleared gradients in a loop where nothing acts unseen."""
    for path in acting:
        round_ = list(later_events(path[-1].later))
        unseen = any(e.kind == "unknown" and program.reaches(e, optimizer) for e in round_)
        learns = has(program, path[-1], optimizer, "backward")
        if learns and not unseen and (line := step_without_gradients(program, path[-1], optimizer)):
            yield _CLEARED, line
            return


def _asked(program: Program, optimizer: int) -> bool:
    """Return whether the network that an optimizer holds is ever called."""
    held = program.optimizers[optimizer]
    return bool(held.networks) and any(
        set(e.networks) & set(held.networks) for e in program.events("forward")
    )


def _outside(program: Program, path: tuple[Loop, ...], optimizer: int) -> int:
    """Return the line of a step behind a loop that computes and clears gradients itself."""
    loop, *around = reversed(path)
    if not around or not loop.over or has(program, loop, optimizer, "step"):
        return 0
    own = {e.kind for e in own_events(loop.later) if program.reaches(e, optimizer)}
    cleared = any(
        e.kind == "clear" and not way and optimizer in e.optimizers
        for e, way in branched_events(loop.later)
    )
    if not cleared or "backward" not in own:
        return 0
    return next(
        (e.line for e in later_events(around[0].later)
         if e.kind == "step" and optimizer in e.optimizers), 0
    )  # fmt: skip


def _never_applied(program: Program, paths: list[tuple[Loop, ...]]) -> Iterator[Evidence]:
    """Yield gradients of a tape that no optimizer of the script applies."""
    made = [held for held in program.optimizers if held.keras]
    if not made or any(True for _ in program.events("step", "unknown")):
        return
    for path in paths:
        for event in own_events(path[-1].later):
            if event.kind == "backward":
                yield Evidence(
                    sentence="Gradients are computed and never applied: apply_gradients is "
                    f"never called on the optimizer of line {made[0].line}.",
                    weight=6.5,
                    line=event.line,
                )
                return


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Let the optimizer take a step behind each backward."""
    program = run.script.program if run.script else None
    if program is None or "never takes a step" not in seen.sentence:
        return
    for held in program.optimizers:
        if not held.keras and f"line {held.line} " in seen.sentence:
            edit = Insert(
                line=seen.line or 0, source="{it}.step()", called=("=", held.line), where="after"
            )
            yield Change(
                edits=(edit,),
                reason="Call step behind each backward: without it no weight changes.",
                certain=True,
            )


PROBED = """
import torch, time
def seconds(net, size):
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    images, labels = torch.randn(size, 3, 32, 32), torch.randint(0, 9, (size,))
    begin = time.time()
    for _ in range(20):
        torch.nn.functional.cross_entropy(net(images), labels).backward()
        opt.zero_grad()
    return time.time() - begin
seconds(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3072, 9)), 64)
"""
GIVEN = """
import torch
def learn(net, batches, opt, epochs):
    for epoch in range(epochs):
        for x, y in batches:
            opt.zero_grad()
            torch.nn.functional.cross_entropy(net(x), y).backward()
            opt.step()
        opt.zero_grad()
        print(epoch)
"""

RULE = Rule(
    code="FD322",
    prior=0.01,
    severity="error",
    kind="cause",
    check=optimizer_never_steps,
    mend=mend,
    explains={"never_learned": 0.9},
    advice="apply the gradients (apply_gradients) for every batch",
    torch_advice="zero_grad, backward and step for every batch, in this order",
    clear="every batch updates the weights",
    clear_with=("known_program",),
    asks={
        "step_is_reached": {"yes": 0.03, "no": 0.97},
        "weights_move": {"yes": 0.05, "no": 0.95},
    },
    sick=(
        scripted(TORCH, ("        opt.step()\n", "")),
        scripted(TORCH, ("        opt.step()", "        opt.step")),
        scripted(TORCH, ("        opt.step()", "    opt.step()")),
        scripted(TORCH, ("        loss.backward()\n", "")),
        scripted(
            TORCH, ("        opt.zero_grad()\n", ""), ("opt.step()", "opt.zero_grad(); opt.step()")
        ),
        scripted(
            GIVEN,
            ("            opt.zero_grad()\n", ""),
            ("opt.step()", "opt.zero_grad(); opt.step()"),
        ),
        scripted(TAPE, ("        opt.apply_gradients(zip(slopes, net.trainable_variables))\n", "")),
        scripted(
            TRAIN_STEP,
            ("        self.optimizer.apply_gradients(zip(slopes, self.trainable_variables))\n", ""),
        ),
        answering(what_happens="training_does_not_learn", step_is_reached="no", weights_move="no"),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TAPE),
        scripted(TRAIN_STEP),
        scripted(TORCH, ("opt.step()", "half.step(opt)")),
        scripted(TORCH, ("opt.step()", "finish(opt)")),
        scripted(GIVEN),
        scripted(GIVEN, ("print(epoch)", "opt.step()")),
        scripted(PROBED),
        scripted(TORCH, ("        loss.backward()\n", ""), ("opt.step()", "update(loss, opt)")),
        answering(what_happens="training_does_not_learn", step_is_reached="yes"),
        answering(what_happens="training_does_not_learn"),
    ),
)
