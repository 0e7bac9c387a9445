"""Losses are added up with the history of their gradients: memory grows with every batch.

## Why it matters
A loss of PyTorch holds all that its gradients were computed with. `total += loss` keeps that of
every batch of the epoch, so memory grows until it runs out; what is printed and drawn are tensors
of the device, not numbers.

## How it is measured
From the script, whose loops are interpreted: a loss that gradients were computed of, batch by
batch, and that is added to a sum or a list as it is, without `item()`, `detach()` or `float()`.
A sum that gradients are computed of itself (several losses of one batch, gradients gathered over
batches) is none of these.

## What to try
`total += loss.item()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import GRAPH_KEPT, Script
from fitdoctor.rule import Rule


def loss_keeps_graph(script: Script) -> Iterator[Evidence]:
    for call in script.called(GRAPH_KEPT):
        yield Evidence(
            sentence="The loss is added up as a tensor, with the history of its gradients: memory "
            "grows with every batch.",
            weight=4.5,
            line=call.line,
        )
        return


_SUM = ("    net.train()\n", "    net.train()\n    total, shown = 0.0, []\n")


def _adding(what: str) -> tuple[str, str]:
    return "        opt.step()\n", f"        opt.step()\n        {what}\n"


RULE = Rule(
    code="FD330",
    check=loss_keeps_graph,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="add up numbers: total += loss.item()",
    clear="what is added up are numbers, as far as that is told",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, _SUM, _adding("total += loss")),
        scripted(TORCH, _SUM, _adding("total += loss * len(x)")),
        scripted(TORCH, _SUM, _adding("total = total + loss")),
        scripted(TORCH, _SUM, _adding("shown.append(loss)")),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, _SUM, _adding("total += loss.item()")),
        scripted(TORCH, _SUM, _adding("total += float(loss)")),
        scripted(TORCH, _SUM, _adding("shown.append(loss.detach().cpu())")),
        scripted(
            TORCH,
            (
                "        loss = cost(net(x), y)\n",
                "        loss = 0.0\n        loss += cost(net(x), y)\n",
            ),
        ),
        scripted(
            TORCH,
            (
                "        loss = cost(net(x), y)\n        loss.backward()\n",
                (
                    "        parts = []\n        parts.append(cost(net(x), y))\n"
                    "        sum(parts).backward()\n"
                ),
            ),
        ),
    ),
)
