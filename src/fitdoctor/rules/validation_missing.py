"""Nothing is validated.

## Why it matters
Without images that training does not see, a memorised training set and a good network look alike.

## How it is measured
A log without validation, and from the script: fit is called without validation_data or
validation_split, no argument of it was left out by the asker, and nothing is evaluated afterwards.

## What to try
`validation_split=0.2` on shuffled arrays, or a validation folder.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import both, falling, feeding, with_curves, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, Fact, Script
from fitdoctor.rule import Rule


def validation_missing(
    script: Script, loss: Curve, val_loss: Curve | None = None
) -> Iterator[Evidence]:
    if not len(loss) or val_loss is not None or not script.fit or "..." in script.fit:
        return
    if script.fed("validation") or script.fed("evaluate"):
        return
    line = min(fact.line for fact in script.fit.values())
    yield Evidence(sentence="fit is given no validation images.", weight=1.5, line=line)


_FIT = {"epochs": Fact("10", 10, 9)}

RULE = Rule(
    code="FD317",
    check=validation_missing,
    kind="cause",
    severity="note",
    prior=0.02,
    advice="pass validation_data or validation_split to fit",
    torch_advice="measure loss and accuracy on held out images after every epoch, in eval mode",
    clear="something is validated or evaluated, or fit is not shown whole",
    sick=(both(with_curves(loss=falling()), with_script({}, _FIT, feeds=(feeding("train"),))),),
    healthy=(with_script({}, _FIT, feeds=(feeding("train"), feeding("validation"))),),
)
