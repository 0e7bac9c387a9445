"""The weights of the best epoch are kept without a copy: training goes on to change them.

## Why it matters
`model.state_dict()` gives the very tensors of the network, and so does `.copy()` of it. Every later
step changes them, so that what is loaded at the end are the weights of the last epoch, not those of
the best one. With patience, these are the worst of many epochs.

## How it is measured
From the script, whose loops are interpreted: a network is given weights that it gave itself, by
`state_dict` in a loop or before steps of an optimizer, and that were not copied tensor by tensor
(`copy.deepcopy`, `clone`), not saved to a file and read again, and not changed since.

## What to try
`best = copy.deepcopy(model.state_dict())`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import WEIGHTS_NOT_COPIED, Script
from fitdoctor.rule import Rule


def best_weights_not_copied(script: Script) -> Iterator[Evidence]:
    for call in script.called(WEIGHTS_NOT_COPIED):
        yield Evidence(
            sentence="The weights that are loaded again were kept without a copy: the steps in "
            "between have changed them, so they are the last ones, not the best.",
            weight=5.5,
            line=call.line,
        )
        return


_KEPT = (
    "    print(right",
    "    if right > best:\n        best, kept = right, net.state_dict()\n    print(right",
)
_LOADED = (
    "print(right / len(others))\n",
    "print(right / len(others))\nnet.load_state_dict(kept)\n",
)

RULE = Rule(
    code="FD329",
    check=best_weights_not_copied,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="keep a copy of the best weights, not the weights that go on changing",
    torch_advice="keep a copy of each tensor: best = copy.deepcopy(model.state_dict())",
    clear="weights that are loaded again were copied, as far as that is told",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, _KEPT, _LOADED),
        scripted(
            TORCH, (_KEPT[0], _KEPT[1].replace("state_dict()", "state_dict().copy()")), _LOADED
        ),
        scripted(TORCH, ("for epoch", "kept = None\nfor epoch"), _KEPT, _LOADED),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, _KEPT),
        scripted(
            TORCH,
            (_KEPT[0], _KEPT[1].replace("net.state_dict()", "copy.deepcopy(net.state_dict())")),
            _LOADED,
        ),
        scripted(
            TORCH,
            (
                _KEPT[0],
                _KEPT[1].replace(
                    "net.state_dict()", "{k: v.clone() for k, v in net.state_dict().items()}"
                ),
            ),
            _LOADED,
        ),
        scripted(
            TORCH,
            (
                "for epoch",
                "own = net.state_dict()\nown.update(given)\nnet.load_state_dict(own)\nfor epoch",
            ),
        ),
        scripted(
            TORCH,
            (_KEPT[0], _KEPT[1]),
            ("len(others))\n", "len(others))\nother.load_state_dict(kept)\n"),
        ),
    ),
)
