"""Gradients are clipped, or followed, while they are still multiplied by the loss scaler.

## Why it matters
`GradScaler` multiplies the loss, and with it all gradients, by up to 65,536, so that half precision
can hold them; `scaler.step` divides again. Clipped before that, each gradient has a norm far above
the bound and becomes, once divided, next to nothing. Followed by `optimizer.step()` itself, each
step is as many times too long.

## How it is measured
From the script, whose loops are interpreted: in a loop all gradients are those of `scaler.scale`,
nothing calls `unscale_`, and weights are clipped there; or no step goes through the scaler. Where a
branch computes plain gradients, or code that is not shown acts on them, nothing is said.

## What to try
`scaler.scale(loss).backward()`, `scaler.unscale_(optimizer)`, clip, `scaler.step(optimizer)`,
`scaler.update()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import CLIPPED_SCALED, STEP_SCALED, Script
from fitdoctor.rule import Rule

_SENTENCES = {
    STEP_SCALED: "The optimizer steps along gradients that the scaler multiplied: its step does "
    "not go through scaler.step.",
    CLIPPED_SCALED: "Gradients are clipped while the scaler's factor is still in them: "
    "scaler.unscale_ is missing.",
}


def gradients_still_scaled(script: Script) -> Iterator[Evidence]:
    for name, sentence in _SENTENCES.items():
        for call in script.called(name):
            yield Evidence(sentence=sentence, weight=5.0, line=call.line)
            return


_MADE = ("for epoch", "scaler = torch.cuda.amp.GradScaler()\nfor epoch")
_SCALED = ("loss.backward()", "scaler.scale(loss).backward()")
_CLIP = "        nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n"
_THROUGH = "        scaler.step(opt)\n        scaler.update()\n"
_STEP = "        opt.step()\n"
_UNSCALED = "        scaler.unscale_(opt)\n"

RULE = Rule(
    code="FD332",
    check=gradients_still_scaled,
    kind="cause",
    severity="error",
    prior=0.005,
    explains={"loss_diverged": 0.3, "never_learned": 0.3, "loss_became_nan": 0.2},
    advice="call scaler.unscale_(optimizer) before clipping, and step by scaler.step(optimizer)",
    clear="gradients that are scaled are divided before they are used",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, _MADE, _SCALED, (_STEP, _CLIP + _THROUGH)),
        scripted(TORCH, _MADE, _SCALED),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, _MADE, _SCALED, (_STEP, _THROUGH)),
        scripted(TORCH, _MADE, _SCALED, (_STEP, _UNSCALED + _CLIP + _THROUGH)),
        scripted(TORCH, (_STEP, _CLIP + _STEP)),
        scripted(
            TORCH,
            _MADE,
            (
                "        loss.backward()\n        opt.step()\n",
                (
                    "        if half:\n            scaler.scale(loss).backward()\n"
                    "            scaler.step(opt)\n        else:\n            loss.backward()\n"
                    "            nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n"
                    "            opt.step()\n"
                ),
            ),
        ),
    ),
)
