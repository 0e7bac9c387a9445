"""A branch of the schedule is never reached: an earlier test takes all of its epochs.

## Why it matters
`if epoch > 80: ... elif epoch > 120: ...` never comes to its second branch: what is above 120 is
above 80. The rate that it was to set is never used, and training ends at a rate that is too high.

## How it is measured
From the code: tests on the number of the epoch or step, one after the other in one chain, against
numbers that are known. For each branch the epochs that the earlier tests leave are computed; none
is left for the one that is named. Tests whose branches do not leave the function are a chain only
where they are joined by `elif` or `else`.

## What to try
Test the largest epoch first for `>`, the smallest first for `<`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import scripted, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import UNREACHED, Script
from fitdoctor.rule import Rule


def schedule_branch_never_reached(script: Script) -> Iterator[Evidence]:
    for call in script.called(UNREACHED):
        before = call.arguments["before"].line
        yield Evidence(
            sentence=f"No epoch comes to this branch: the test of line {before} takes all of them "
            "before.",
            weight=5.0,
            line=call.line,
        )
        return


_PLANNED = """
from tensorflow import keras
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
HALF = 50
def rate(epoch):
    if epoch > 75:
        return 1e-5
    elif epoch > HALF:
        return 1e-4
    return 1e-3
net.fit(x, y, epochs=100, callbacks=[keras.callbacks.LearningRateScheduler(rate)])
"""

RULE = Rule(
    code="FD333",
    check=schedule_branch_never_reached,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="test the largest epoch first for >, the smallest first for <",
    clear="every branch of the schedule is reached, as far as the numbers are known",
    sick=(
        scripted(_PLANNED, ("75", "25")),
        scripted(_PLANNED, ("75", "25"), ("elif", "if")),
        scripted(_PLANNED, (">", "<")),
        scripted(_PLANNED, ("epoch > 75", "10 <= epoch"), ("epoch > HALF", "20 <= epoch < 30")),
        scripted(_PLANNED, ("75", "25"), ("rate(epoch)", "rate(n)"), ("epoch > ", "n > ")),
    ),
    healthy=(
        with_script(),
        scripted(_PLANNED),
        scripted(_PLANNED, ("epoch > 75", "10 <= epoch < 20")),
        scripted(_PLANNED, ("HALF = 50", "HALF = read()"), ("75", "25")),
        scripted(_PLANNED, ("    elif", "        epoch = 0\n    elif"), ("75", "100")),
        scripted(
            _PLANNED,
            ("        return 1e-5\n    elif", "        print(epoch)\n    if"),
            ("75", "25"),
        ),
    ),
)
