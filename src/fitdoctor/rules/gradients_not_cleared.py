"""The gradients of one step are added to those of all steps before.

## Why it matters
PyTorch adds to `grad` at every `backward`. Never cleared, what the optimizer steps along is the sum
of all gradients so far: steps grow, and the loss saws or diverges.

## How it is measured
From the script, whose loops are interpreted: in a loop, `backward` and the `step` of an optimizer
that the script makes, or that a function is given, and nothing in that loop that clears what it
holds: no `zero_grad` of it or of its network, no `grad` that is written, no function that is not
shown and is given one of them. Gradients gathered over several batches are cleared in the loop that
steps, and are none of these.

## What to try
`optimizer.zero_grad()` before `backward`, in every round of the loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TAPE, TORCH, scripted, with_script
from fitdoctor.records.change import Change, Insert
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program, has, later_events, own_events
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def gradients_not_cleared(program: Program) -> Iterator[Evidence]:
    if not program.whole:
        return
    for path in program.training_loops():
        loop = path[-1]
        stepped = {n for e in own_events(loop.later) if e.kind == "step" for n in e.optimizers}
        for optimizer in sorted(stepped):
            held = program.optimizers[optimizer]
            # What is only told to step may be a schedule, where another one is cleared.
            others = stepped - {optimizer}
            alone = not any(has(program, loop, o, "clear", "unknown") for o in others)
            if not held.shown and not (held.given and alone):
                continue
            if not has(program, loop, optimizer, "backward"):
                continue
            if has(program, loop, optimizer, "clear", "unknown"):
                continue
            around = any(has(program, outer, optimizer, "clear") for outer in path[:-1])
            yield Evidence(
                sentence="Gradients are cleared outside the loop that steps: each backward adds to "
                "those of the batches before."
                if around
                else "Gradients are never cleared: each backward adds to those of all batches "
                "before.",
                weight=5.5 if held.shown else 4.0,
                severity=None if held.shown else "warning",
                line=next(e.line for e in later_events(loop.later) if e.kind == "backward"),
            )
            return


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Clear the gradients in each round, before they are computed."""
    program = run.script.program if run.script else None
    steps = [e.line for e in program.events("step")] if program else []
    for line in dict.fromkeys(steps):
        edit = Insert(
            line=seen.line or 0, source="{it}.zero_grad()", called=("step", line), where="before"
        )
        yield Change(
            edits=(edit,),
            reason="Call zero_grad before each backward: a step follows its own batch alone.",
            certain=True,
        )


RULE = Rule(
    code="FD324",
    check=gradients_not_cleared,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"loss_diverged": 0.4, "never_learned": 0.4, "loss_became_nan": 0.2},
    advice="clear the gradients before each backward",
    torch_advice="optimizer.zero_grad() before each backward",
    clear="gradients are cleared before they are computed again",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, ("        opt.zero_grad()\n", "")),
        scripted(
            TORCH, ("        opt.zero_grad()\n", ""), ("    net.train()", "    opt.zero_grad()")
        ),
    ),
    healthy=(
        with_script(),
        scripted(TORCH),
        scripted(TORCH, ("opt.zero_grad()", "net.zero_grad(set_to_none=True)")),
        scripted(TORCH, ("opt.zero_grad()", "for p in net.parameters(): p.grad = None")),
        scripted(TORCH, ("opt.zero_grad()", "begin(opt)")),
        scripted(TAPE),
    ),
)
