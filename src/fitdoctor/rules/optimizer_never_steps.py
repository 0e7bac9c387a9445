"""The step that updates the weights is never reached.

## Why it matters
Gradients alone change nothing. Where `optimizer.step()` (`apply_gradients`) is missing, stands
after a `continue`, behind a test that is never true or outside the loop, every epoch shows the loss
of the untrained network.

## How it is measured
By answers alone: whether the step is reached for every batch, and whether the weights of the last
layer change in an epoch.

## What to try
`optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()` for every batch, in this order.
"""

from __future__ import annotations

from fitdoctor.cases import answering
from fitdoctor.rule import decided_by_answers

RULE = decided_by_answers(
    __name__,
    code="FD322",
    explains={"never_learned": 0.9},
    advice="apply the gradients (apply_gradients) for every batch",
    torch_advice="zero_grad, backward and step for every batch, in this order",
    clear="every batch updates the weights",
    asks={
        "step_is_reached": {"yes": 0.03, "no": 0.97},
        "weights_move": {"yes": 0.05, "no": 0.95},
    },
    sick=(
        answering(what_happens="training_does_not_learn", step_is_reached="no", weights_move="no"),
    ),
    healthy=(
        answering(what_happens="training_does_not_learn", step_is_reached="yes"),
        answering(what_happens="training_does_not_learn"),
    ),
)
