"""The gradients of one step are added to those of all steps before.

## Why it matters
PyTorch adds to `grad` at every `backward`. Never cleared, what the optimizer steps along is the sum
of all gradients so far: steps grow, and the loss saws or diverges.

## How it is measured
From the script: in a loop, `backward` and the `step` of an optimizer that the script makes, and no
`zero_grad`, no `grad` that is written, no function that is given the optimizer, and no library
(Lightning, Accelerate, a Trainer) that could clear them. Gradients gathered over several batches
are cleared at some place, and are none of these.

## What to try
`optimizer.zero_grad()` before `backward`, in every round of the loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Call, Script
from fitdoctor.rule import Rule


def gradients_not_cleared(script: Script) -> Iterator[Evidence]:
    for call in script.called("gradients_kept"):
        yield Evidence(
            sentence="Gradients are never cleared: each backward adds to those of all batches "
            "before.",
            weight=5.5,
            line=call.line,
        )
        return


RULE = Rule(
    code="FD324",
    check=gradients_not_cleared,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"loss_diverged": 0.4, "never_learned": 0.4, "loss_became_nan": 0.2},
    advice="clear the gradients before each backward",
    torch_advice="optimizer.zero_grad() before each backward",
    clear="gradients are cleared, or nothing says otherwise",
    sick=(with_script(calls=(Call(name="gradients_kept", arguments={}, line=9),)),),
    healthy=(with_script(),),
)
