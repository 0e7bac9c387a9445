"""The new head stands in a field that the network does not use.

## Why it matters
Python lets any name be set on an object: `net.fc = nn.Linear(4096, 4)` on an AlexNet, whose head is
`classifier`, adds a layer that no forward pass comes to. The network keeps its 1000 outputs, which
nobody chose, and training has to push 996 of them down.

## How it is measured
From the script: a layer is set on a network of torchvision under a name that heads have, but not
the head of this network, and nothing else in the script reads that field.

## What to try
Replace the layer that the network uses: `fc` in ResNet, GoogLeNet and Inception, the last of
`classifier` in the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import HEAD_BESIDE, Call, Fact, Script
from fitdoctor.rule import Rule


def head_not_used(script: Script) -> Iterator[Evidence]:
    for call in script.called(HEAD_BESIDE):
        field, head, of = (call.arguments[name].value for name in ("field", "head", "of"))
        yield Evidence(
            sentence=f"{of} has no layer {field}: the new one is never called, and the output of "
            f"{head} stays as it was.",
            weight=6.0,
            line=call.line,
        )
        return


def _set(field: str, head: str, of: str) -> Call:
    told = {"field": field, "head": head, "of": of}
    facts = {name: Fact(value, value, 4) for name, value in told.items()}
    return Call(name=HEAD_BESIDE, arguments=facts, line=4)


RULE = Rule(
    code="FD235",
    check=head_not_used,
    kind="cause",
    severity="error",
    prior=0.01,
    advice="replace the layer that the network uses: fc in ResNet, GoogLeNet and Inception, the "
    "last of classifier in the others",
    clear="every head that is set is one that its network uses, as far as it is known",
    sick=(with_script(calls=(_set("fc", "classifier", "alexnet"),)),),
    healthy=(with_script(),),
)
