"""Predictions are compared with labels in another order.

## Why it matters
A shuffled generator gives predictions in the order of its batches; `generator.classes` is in the
order of the files. The confusion matrix then shows chance, whatever the network can do.

## How it is measured
From the script: predict (or predict_generator) on a directory that is read shuffled, and `.classes`
or an argmax of other labels used after it. A dataset of `image_dataset_from_directory` is shuffled
anew in each pass: predictions on it are compared with nothing that another pass gave.

## What to try
`flow_from_directory(..., shuffle=False)` for everything that is predicted on.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import feeding, with_script
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.claim import Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import TAKEN, Run, Script
from fitdoctor.rule import Rule


def predictions_misaligned(script: Script) -> Iterator[Evidence]:
    for feed in script.fed("predict"):
        # Batches that a loop takes bring their labels with them.
        # So may what a function gives, be it `next`.
        kept = feed.inputs.value("shuffle") is False or feed.inputs.has(TAKEN, "call")
        generator = feed.labels.has("class_mode") and not feed.inputs.has("image_size")
        if not kept and (generator or feed.inputs.has("target_size")):
            yield Evidence(
                sentence="Predictions are made on a directory that is read shuffled: their order "
                "is not that of the files.",
                weight=3.5,
                line=feed.line,
            )
            return
        dataset = feed.inputs.has("image_size") and feed.labels.has("class_mode")
        if dataset and not kept and script.called(*_COMPARISONS):
            yield Evidence(
                sentence="image_dataset_from_directory shuffles anew in each pass: labels gathered "
                "in one pass do not belong to predictions of another.",
                weight=3.5,
                line=feed.line,
            )
            return


_COMPARISONS = ("accuracy_score", "confusion_matrix", "classification_report", "precision_score",
                "recall_score", "f1_score")  # fmt: skip


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Read what is predicted on in the order of its files."""
    del seen
    for feed in run.script.fed("predict") if run.script else ():
        named = {"class_mode", "target_size", "image_size", "batch_size"}
        for operation in (*feed.inputs.operations, *feed.labels.operations):
            if operation.name in named:
                flag = Argument(line=operation.line, calls=READERS, names=("shuffle",), value=False)
                yield Change(
                    edits=(flag,),
                    reason="Read in the order of the files, so that predictions fit their labels.",
                    certain=True,
                )
                return


READERS = ("flow_from_directory", "flow_from_dataframe", "flow", "image_dataset_from_directory")


RULE = Rule(
    code="FD310",
    check=predictions_misaligned,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.02,
    told_by={"predictions_against_files": 3.5},
    advice="shuffle=False for what is predicted on",
    torch_advice="DataLoader(..., shuffle=False) for what is predicted on",
    clear="nothing shows that predictions and labels are in different orders",
    # An order that is wrong leaves the answers as they are.
    denied_by=(Said("same_output_for_all"), Said("one_class_predicted")),
    asks={
        "order_kept_in_predict": {"yes": 0.02, "no": 0.98},
    },
    sick=(with_script(feeds=(feeding("train"), feeding("predict", ("target_size", None)))),),
    healthy=(
        with_script(
            feeds=(feeding("train"), feeding("predict", ("target_size", None), ("shuffle", False)))
        ),
    ),
)
