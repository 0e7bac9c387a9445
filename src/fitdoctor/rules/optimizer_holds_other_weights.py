"""The optimizer was given other weights than those that should learn.

## Why it matters
An optimizer updates the tensors it was given, no others. Where it was made before the head was
replaced, of another network, or of one part alone, the rest stays as it was initialised, whatever
its gradients are: training does not learn, or ends low.

## How it is measured
By answers alone: whether the parameters of all layers that should learn are among those of the
optimizer, and whether the weights of the last layer change in an epoch.

## What to try
Make the optimizer after the last change of the network, of the parameters of all that should learn;
in Keras compile again.
"""

from __future__ import annotations

from fitdoctor.cases import answering
from fitdoctor.rule import decided_by_answers

RULE = decided_by_answers(
    __name__,
    code="FD321",
    advice="make the optimizer after the network is final, with the parameters of all that learns",
    clear="the optimizer has the weights that should learn",
    asks={
        "optimizer_has_every_layer": {"yes": 0.04, "no": 0.96},
        "weights_move": {"yes": 0.3, "no": 0.7},
    },
    sick=(
        answering(what_happens="training_does_not_learn", optimizer_has_every_layer="no"),
        answering(
            what_happens="learns_but_ends_low", optimizer_has_every_layer="no", weights_move="no"
        ),
    ),
    healthy=(
        answering(what_happens="training_does_not_learn", optimizer_has_every_layer="yes"),
        answering(what_happens="training_does_not_learn"),
    ),
)
