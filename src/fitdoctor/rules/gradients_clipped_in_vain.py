"""Gradients are clipped when there are none to follow: before `backward`, or after the step.

## Why it matters
Clipping changes the gradients that are there. Before `backward` they are cleared, after `step` they
were followed already: the bound that keeps a recurrent or a deep network from diverging does
nothing.

## How it is measured
From the script, whose loops are interpreted: in the order of a round, a function of
`torch.nn.utils` that clips stands between the step (or the clearing) of the optimizer that holds
these weights and the next `backward`. Where code that is not shown acts on them, nothing is said.

## What to try
`loss.backward()`, then `clip_grad_norm_(model.parameters(), 1.0)`, then `optimizer.step()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import CLIPPED_IN_VAIN, Script
from fitdoctor.rule import Rule


def gradients_clipped_in_vain(script: Script) -> Iterator[Evidence]:
    for call in script.called(CLIPPED_IN_VAIN):
        yield Evidence(
            sentence="Gradients are clipped outside of backward and step: what the step follows is "
            "not clipped.",
            weight=5.0,
            line=call.line,
        )
        return


_CLIP = "        nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n"
_BACKWARD, _STEP = "        loss.backward()\n", "        opt.step()\n"

RULE = Rule(
    code="FD331",
    check=gradients_clipped_in_vain,
    kind="cause",
    severity="warning",
    prior=0.005,
    explains={"loss_diverged": 0.2, "exploding_gradient": 0.2},
    advice="clip between computing the gradients and the step that follows them",
    torch_advice="clip between loss.backward() and optimizer.step()",
    clear="gradients are clipped between backward and step, where they are",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, (_BACKWARD, _CLIP + _BACKWARD)),
        scripted(TORCH, (_STEP, _STEP + _CLIP)),
        scripted(TORCH, ("        opt.zero_grad()\n", _CLIP + "        opt.zero_grad()\n")),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, (_STEP, _CLIP + _STEP)),
        scripted(TORCH, (_STEP, _CLIP.replace("net.", "other.") + _STEP)),
        scripted(
            TORCH,
            ("        opt.zero_grad()\n", ""),
            (_STEP, _CLIP + _STEP + "        opt.zero_grad()\n"),
        ),
    ),
)
