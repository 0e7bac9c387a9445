"""The schedule of the learning rate is stepped by batch where it counts epochs, or never.

## Why it matters
A scheduler knows steps alone. One that is told to halve the rate every 30 epochs and is stepped by
batch has brought it to nothing within the first epoch; one that spreads a cycle over all batches
and is stepped by epoch never leaves its warm-up. One that is never stepped changes nothing.

## How it is measured
From the script, whose loops are interpreted: the class of the scheduler, the numbers that it is
given, the loop in which its `step` stands and the number of epochs. Numbers that are counted in
batches (`len(loader)`) belong into the loop over batches; a decay to less than 0.9 within 100
steps, or milestones within the number of epochs, into that over epochs. Lightning steps by epoch,
or by what `configure_optimizers` says under "interval". A step behind a test, a scheduler of a
class that is not shown, and one that a function which is not shown is given, are left alone.
One that is stepped sets the rate of an optimizer that takes steps, where all is shown. Left alone
is one that is never stepped where a comment holds its step, or where no loop that is shown steps
its optimizer.

## What to try
Call `scheduler.step()` once per epoch, after validation; those that count batches (`OneCycleLR`)
once per batch.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.change import Change, Lift
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Loop, Plan, Program, branched_events, loops, own_events
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

AT_ONCE, DECAY = 100, 0.9
"""Steps within which a decay to less than this share is none of batches."""
NOTHING = 0.01
"""Share that a decay by the same factor at each step may leave after as many: one that is meant
for batches leaves more."""

FEW = 3
"""Rounds of a loop inside another that may go over parts of the data, not over epochs."""
ONCE = (
    "call step() of the schedule once per epoch: in the loop over epochs, behind what trains in it"
)


def scheduler_stepped_wrongly(program: Program) -> Iterator[Evidence]:
    if not program.whole:
        return
    paths = list(loops(program.body))
    for number, plan in enumerate(program.plans):
        if plan.interval and (wrong := _of_lightning(program, plan)):
            yield Evidence(sentence=wrong, weight=5.0, line=plan.line, fix=_INTERVAL[plan.interval])
            return
        if plan.escapes or not plan.kind:
            continue
        for sentence, line in _wrong(program, number, plan, paths):
            fix = ONCE if "by batch" in sentence else ""
            yield Evidence(sentence=sentence, weight=4.5, line=line, fix=fix)
            return


_INTERVAL = {
    "step": 'return {"scheduler": ..., "interval": "epoch"}, which is what Lightning does unless '
    "it is told",
    "epoch": 'return {"scheduler": ..., "interval": "step"}',
}


def _of_lightning(program: Program, plan: Plan) -> str:
    """Return why Lightning steps a schedule by what its numbers do not count; "" if it may not."""
    if plan.interval == "step" and (why := _of_epochs(plan, program.epochs)):
        return f'Lightning steps the {plan.kind} by batch ("interval": "step"), but {why}.'
    by_batch = "steps_per_epoch" if "steps_per_epoch" in plan.numbers else "".join(plan.counts[:1])
    if plan.interval == "epoch" and by_batch:
        return f"Lightning steps the {plan.kind} by epoch, but {by_batch} is counted in batches."
    return ""


def _wrong(
    program: Program, number: int, plan: Plan, paths: list[tuple[Loop, ...]]
) -> Iterator[tuple[str, int]]:
    stepped = [
        (path, event.line, not way)
        for path in paths
        for event, way in branched_events(path[-1].later)
        if event.kind == "schedule" and event.schedule == number and _own(path[-1], number)
    ]
    if not stepped:
        if plan.line in program.never_stepped and not plan.switched_off:
            yield f"The {plan.kind} is made and never stepped: the rate stays as it is.", plan.line
        return
    if not plan.drives and program.known and any(True for _ in program.events("step")):
        yield (
            (
                f"The {plan.kind} sets the rate of an optimizer that takes no step; another one is "
                "stepped."
            ),
            plan.line,
        )
        return
    for path, line, sure in stepped:
        by_batch = _steps(path[-1])
        epochs = path[-2].rounds if len(path) > 1 else None
        if by_batch and sure and len(path) > 1 and (why := _of_epochs(plan, epochs)):
            yield f"The {plan.kind} is stepped by batch, but {why}.", line
        elif (
            not by_batch and plan.counts and any(_steps(p[-1]) for p in paths if path[-1] in p[:-1])
        ):
            yield (
                f"The {plan.kind} is stepped by epoch, but {plan.counts[0]} is counted in batches.",
                line,
            )


def _own(loop: Loop, number: int) -> bool:
    return any(e.schedule == number for e in own_events(loop.later))


def _steps(loop: Loop) -> bool:
    return any(e.kind == "step" for e in own_events(loop.later))


def _of_epochs(plan: Plan, epochs: int | None) -> str:
    """Return why numbers count epochs; "" where they may count batches."""
    given = plan.numbers
    within = float(max(epochs or 0, AT_ONCE))
    gamma = given.get("gamma", 0.1)
    if plan.kind == "StepLR" and gamma < DECAY and 0 < given.get("step_size", 0) <= within:
        return f"its rate is multiplied by {gamma:g} every {given['step_size']:g} steps"
    if plan.kind == "MultiStepLR" and gamma < DECAY and 0 < given.get("milestones", 0) <= within:
        return f"its last milestone is step {given['milestones']:g}"
    left = gamma**AT_ONCE if 0 < given.get("gamma", 0) < 1 else 1.0
    if plan.kind == "ExponentialLR" and left < NOTHING:
        return f"its rate is multiplied by {gamma:g} at each step, by {left:.1g} in {AT_ONCE}"
    if plan.kind == "CosineAnnealingLR" and epochs and given.get("T_max") == epochs > 1:
        return f"T_max is the number of epochs, {epochs}"
    return ""


_BY_EPOCH = ("    print", "    plan.step()\n    print")
_BY_BATCH = ("opt.step()", "opt.step()\n        plan.step()")


def _with(made: str) -> tuple[str, str]:
    return ("for epoch", f"plan = torch.optim.lr_scheduler.{made}\nfor epoch")


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Step the schedule in the loop whose rounds its numbers count."""
    program, line = run.script.program if run.script else None, seen.line or 0
    for path in loops(program.body) if program and "by batch" in seen.sentence else ():
        here = (e for e in own_events(path[-1].later) if e.kind == "schedule")
        if len(path) > 1 and any(e.line == line for e in here):
            epochs = path[-2]
            if len(path) > 2 and (epochs.rounds or 0) <= FEW:
                return  # which of the outer loops counts epochs is not sure
            yield Change(
                frees=("optimizer",),
                edits=(Lift(line=line, inner=path[-1].line, outer=epochs.line),),
                reason="Step the schedule once an epoch, as its numbers count.",
                certain=True,
            )
            return


LIGHTNING = """
import torch
from torch.optim.lr_scheduler import *

def configure_optimizers(self):
    opt = torch.optim.SGD(self.parameters(), lr=0.1)
    plan = torch.optim.lr_scheduler.{}
    return {{"optimizer": opt, "lr_scheduler": {{"scheduler": plan, "interval": "{}"}}}}
"""
"""The method of a Lightning module by which it is told what to step."""

RULE = Rule(
    code="FD325",
    check=scheduler_stepped_wrongly,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.01,
    explains={"underfitting": 0.4, "never_learned": 0.2},
    advice="step the schedule in the loop whose rounds its numbers count",
    torch_advice="scheduler.step() once per epoch; what counts batches (OneCycleLR) once per batch",
    clear="the schedule is stepped in the loop whose rounds it counts",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, _with("StepLR(opt, 30)"), _BY_BATCH),
        scripted(TORCH, _with("CosineAnnealingLR(opt, T_max=10)"), _BY_BATCH),
        scripted(TORCH, _with("MultiStepLR(opt, [4, 8])"), _BY_BATCH),
        scripted(TORCH, _with("OneCycleLR(opt, 0.1, total_steps=10 * len(train))"), _BY_EPOCH),
        scripted(TORCH, _with("StepLR(opt, 3)")),
        scripted(TORCH, _with("ExponentialLR(opt, 0.8)"), _BY_BATCH),
        scripted(TORCH, _with("StepLR(torch.optim.SGD(net.parameters(), 0.1), 3)"), _BY_EPOCH),
        scripted(LIGHTNING.format("StepLR(opt, 20)", "step")),
        scripted(LIGHTNING.format("OneCycleLR(opt, 0.1, epochs=9, steps_per_epoch=50)", "epoch")),
    ),
    healthy=(
        scripted(LIGHTNING.format("StepLR(opt, 20)", "epoch")),
        scripted(LIGHTNING.format("StepLR(opt, 5000)", "step")),
        scripted(TORCH, _with("ExponentialLR(opt, 0.8)"), _BY_EPOCH),
        scripted(TORCH),
        scripted(TORCH, _with("StepLR(opt, 3)"), _BY_EPOCH),
        scripted(TORCH, _with("StepLR(opt, 2000)"), _BY_BATCH),
        scripted(TORCH, _with("ExponentialLR(opt, 0.9999)"), _BY_BATCH),
        scripted(TORCH, _with("CosineAnnealingLR(opt, T_max=10 * len(train))"), _BY_BATCH),
        scripted(TORCH, _with("OneCycleLR(opt, 0.1, total_steps=10 * len(train))"), _BY_BATCH),
        scripted(TORCH, _with("StepLR(opt, 3)"), ("net.train()", "follow(net, opt, plan)")),
        scripted(TORCH, _with("StepLR(opt, 3)"), ("    print", "    # plan.step()\n    print")),
        scripted(TORCH, _with("StepLR(torch.optim.SGD(net.parameters(), 0.1), 3)")),
    ),
)
