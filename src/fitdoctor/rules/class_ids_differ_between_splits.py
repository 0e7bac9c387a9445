"""Training and validation number the same classes differently.

## Why it matters
Readers of folders number classes by the sorted names of the folders that are there. Where one part
lacks a class folder, has one more, or has its own table of names, all behind it shift: training is
good, and validation counts right answers as wrong, often below chance.

## How it is measured
By answers alone: whether both parts give the same number to the same class. A class folder that is
missing in one part is also found in the images themselves (`class_missing_in_split`).

## What to try
Give both readers one list of classes (`classes=`, `class_names=`), or one table of names.
"""

from __future__ import annotations

from fitdoctor.cases import answering
from fitdoctor.records.claim import AGREE
from fitdoctor.rule import decided_by_answers

RULE = decided_by_answers(
    __name__,
    code="FD416",
    explains={"validation_never_learned": 0.6},
    advice="give both readers one list of classes (classes=, class_names=)",
    clear="both parts number the classes alike",
    asks={
        "class_numbers_alike": {"yes": 0.02, "no": 0.98},
    },
    denied_by=AGREE,
    sick=(
        answering(what_happens="training_good_validation_bad", class_numbers_alike="no"),
        answering(what_happens="good_in_fit_bad_in_predict", class_numbers_alike="no"),
    ),
    healthy=(
        answering(what_happens="training_good_validation_bad", class_numbers_alike="yes"),
        answering(what_happens="training_good_validation_bad"),
    ),
)
