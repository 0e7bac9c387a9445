"""An attribute that freezes layers is written otherwise, and changes nothing.

## Why it matters
Python gives an object an attribute of any name. `base.trainble = False` runs without a word, and
the whole backbone learns at a rate that was meant for a new head; what was to be thawed stays
frozen.

## How it is measured
From the script: a truth value is given to an attribute whose name comes near to `trainable` or
`requires_grad` (at least 84 % of the letters agree in order) and that nothing in the script reads.
A note where it is to be true and nothing was frozen: so it is already.

## What to try
The name as the library has it: `layer.trainable = False`, `parameter.requires_grad = False`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import scripted
from fitdoctor.records.change import Change, Rename
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import MISSPELT, Call, Run, Script
from fitdoctor.rule import Rule


def attribute_misspelt(script: Script) -> Iterator[Evidence]:
    for call in script.called(MISSPELT):
        name, meant = _names(call)
        frozen = any(
            c.arguments["value"].value is False
            for c in script.called("set_trainable") if "value" in c.arguments
        )  # fmt: skip
        idle = call.arguments["value"].value is True and not frozen
        yield Evidence(
            sentence=f"{name} is no attribute of layers or weights and nothing reads it; {meant} "
            f"stays what it was{', which is True' if idle else ''}.",
            weight=0.5 if idle else 6.0,
            severity="note" if idle else None,
            line=call.line,
        )
        return


def _names(call: Call) -> tuple[str, str]:
    return str(call.arguments["name"].value), str(call.arguments["meant"].value)


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Write the attribute as the library has it."""
    del seen
    calls = run.script.called(MISSPELT) if run.script is not None else ()
    edits = tuple(Rename(line=c.line, old=_names(c)[0], new=_names(c)[1]) for c in calls)
    freed = ("backbone", "layers")  # what learns is another part now
    yield Change(edits=edits, reason="Write it as the library reads it.", frees=freed, certain=True)


FROZEN = """
from tensorflow import keras
base = keras.applications.MobileNetV2(include_top=False, input_shape=(96, 96, 3), pooling="avg")
for layer in base.layers[:100]:
    layer.trainable = False
net = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(train, epochs=9)
"""
IN_TORCH = """
import torch, torchvision
net = torchvision.models.resnet18(weights="IMAGENET1K_V1")
for weights in net.parameters():
    weights.requires_grad = False
net.fc = torch.nn.Linear(512, 5)
"""

RULE = Rule(
    code="FD238",
    check=attribute_misspelt,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.005,
    explains={"never_learned": 0.2},
    advice="write layer.trainable",
    torch_advice="write parameter.requires_grad",
    clear="attributes that freeze layers have their names",
    clear_with=("script",),
    sick=(
        scripted(FROZEN, ("layer.trainable", "layer.trainble")),
        scripted(FROZEN, ("layer.trainable", "layer.trainabel")),
        scripted(FROZEN, ("net = ", "base.Trainable = False\nnet = ")),
        scripted(IN_TORCH, ("requires_grad", "require_grad")),
        scripted(IN_TORCH, ("requires_grad", "requires_gradient")),
    ),
    healthy=(
        scripted(FROZEN),
        scripted(IN_TORCH),
        scripted(FROZEN, ("layer.trainable = False", "layer.frozen = True")),
        scripted(FROZEN, ("layer.trainable = False", "layer.unfrozen = True")),
        scripted(
            FROZEN,
            ("layer.trainable = False", "layer.trainables = False"),
            ("net.fit", "print([x.trainables for x in base.layers])\nnet.fit"),
        ),
        scripted(IN_TORCH, ("requires_grad = False", "training = False")),
    ),
)
