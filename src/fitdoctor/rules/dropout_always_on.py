"""Dropout is applied by a function that is not told whether the network trains.

## Why it matters
`F.dropout(x, 0.5)` drops units in evaluation as well: its argument `training` is True unless it is
given, and `model.eval()` does not reach it. Validation is then worse than the network, and every
evaluation of the same images gives another figure.

## How it is measured
From the script: a function of `torch.nn.functional` that drops units is applied in a forward pass
with `training` left out, or True. Layers (`nn.Dropout`) follow the mode of the network.

## What to try
`F.dropout(x, p, training=self.training)`, or `nn.Dropout(p)` as a layer.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import scripted
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import DROPS_ALWAYS, Run, Script
from fitdoctor.rule import Rule


def dropout_always_on(script: Script) -> Iterator[Evidence]:
    for call in script.called(DROPS_ALWAYS):
        yield Evidence(
            sentence="This function drops units in evaluation as well: it is not told whether the "
            "network trains.",
            weight=5.0,
            line=call.line,
        )
        return


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give every such function the mode of its network."""
    del seen
    calls = run.script.called(DROPS_ALWAYS) if run.script is not None else ()
    yield Change(
        edits=tuple(
            Argument(
                line=line, calls=(name,), names=("training",), source="self.training", position=2
            )
            for line, name in dict.fromkeys(
                (call.line, str(call.arguments["function"].value)) for call in calls
            )
        ),
        reason="Units are dropped while the network trains, and not while it is measured.",
        certain=True,
    )


NET = """
import torch
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(784, 128)
        self.head = nn.Linear(128, 5)
    def forward(self, x):
        x = F.relu(self.body(x.flatten(1)))
        x = F.dropout(x, 0.5, training=self.training)
        return self.head(x)
net = Net()
"""

RULE = Rule(
    code="FD326",
    check=dropout_always_on,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.01,
    advice="drop units by a layer, which follows the mode of the network",
    torch_advice="F.dropout(x, p, training=self.training), or nn.Dropout(p) as a layer",
    clear="no function drops units without being told whether the network trains",
    asks={"evaluated_twice": {"yes": 0.05, "no": 0.95}},
    sick=(
        scripted(NET, (", training=self.training", "")),
        scripted(NET, ("training=self.training", "training=True")),
        scripted(NET, ("F.dropout(x, 0.5, training=self.training)", "F.dropout2d(x, 0.5, True)")),
    ),
    healthy=(
        scripted(NET),
        scripted(NET, (", training=self.training", ", self.training")),
        scripted(NET, ("F.dropout(x, 0.5, training=self.training)", "nn.Dropout(0.5)(x)")),
    ),
)
