"""Training was continued without the state it stopped in.

## Why it matters
Weights alone are not a checkpoint: the optimizer's moments, the epoch and the schedule start anew,
and the loss jumps at the seam.

## How it is measured
From what the asker says: training was continued from what was saved, and its loss does not fall.
From the script: `load_weights` (not `load_model`) before another fit, together with a jump that
the asker states at the restart, or a jump of the training loss beyond ten times its scatter at the
epoch where numbering begins anew. A fit with `initial_epoch` above 0 behind `load_weights`, the
network compiled anew, counts as well; so does a torch checkpoint of which only the network and the
epoch are put back before the loop that trains, whether or not it holds the optimizer. Nor does
anything go on where the same call builds the network a second time and what was saved is not
loaded.

## What to try
Save and load the whole model with its optimizer (`model.save`, `BackupAndRestore`), and pass
`initial_epoch`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import saying, stating, with_script
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Call, Fact, Script
from fitdoctor.rule import Rule


def resume_lost_state(
    claims: tuple[Claim, ...] | None = None, script: Script | None = None
) -> Iterator[Evidence]:
    said = stated(claims, "jump_at_resume")
    loads = script.called("load_weights", "load_state_dict") if script else ()
    if said is not None:
        yield Evidence(
            sentence=f"The loss jumps where training was continued: \u201c{said.sentence}\u201d"
            + (" Only the weights are loaded, not the optimizer." if loads else ""),
            weight=5.5 if loads else 4.0,
            line=loads[0].line if loads else None,
        )
    elif (again := _worse_since(claims)) is not None:
        yield Evidence(
            sentence=f"Training was continued: \u201c{again[0].sentence}\u201d Since then: "
            f"\u201c{again[1].sentence}\u201d",
            weight=4.0,
        )
    elif script is not None and (kept := script.called("optimizer_not_loaded")):
        saved = kept[0].arguments["saved"].value
        yield Evidence(
            sentence=(
                "The optimizer's state is saved and never loaded, while the network's is: its "
                if saved
                else "Training goes on from a checkpoint that holds no optimizer: its "
            )
            + "moments start anew.",
            weight=4.0,
            line=kept[0].line,
        )
    elif script is not None and (anew := script.called("weights_not_loaded")):
        yield Evidence(
            sentence="The network is built anew and trained on, and the weights that were saved "
            "are not loaded.",
            weight=4.5,
            line=anew[0].line,
        )
    elif script is not None and (load := _weights_alone(script)):
        yield Evidence(
            sentence="Training goes on at a later epoch with the weights that line "
            f"{load} loads; the optimizer's moments start anew.",
            weight=3.0,
            line=load,
        )


def _worse_since(claims: tuple[Claim, ...] | None) -> tuple[Claim, Claim] | None:
    """Return where the asker says that training was continued, and that it learns no more.

    Who went back because it had collapsed tells of the training before.
    """
    resumed, stands = stated(claims, "resumed"), stated(claims, "loss_does_not_fall")
    if stated(claims, "collapsed_after_learning", "loss_nan") is not None:
        return None
    return (resumed, stands) if resumed is not None and stands is not None else None


def _weights_alone(script: Script) -> int:
    """Return the line that loads weights for a fit which begins at a later epoch.

    A network that went on in memory keeps its optimizer: where another fit came before, it must
    have been compiled anew.
    """
    before = 0
    for fit in script.called("fit", "fit_generator"):
        start = fit.arguments.get("initial_epoch")
        loads = [c.line for c in script.called("load_weights") if before < c.line < fit.line]
        anew = before == 0 or any(before < c.line < fit.line for c in script.called("compile"))
        later = start is not None and isinstance(start.value, int) and start.value > 0
        if later and loads and anew:
            return loads[-1]
        before = fit.line
    return 0


RULE = Rule(
    code="FD119",
    check=resume_lost_state,
    kind="cause",
    severity="warning",
    prior=0.01,
    explains={"collapse_after_learning": 0.2},
    any_of=("claims", "script"),
    advice="save and load the whole model with its optimizer, and pass initial_epoch",
    torch_advice="save and load the state_dict of the optimizer and of the scheduler beside "
    "the model's",
    clear="nothing shows a jump at a restart",
    clear_with=("script",),
    asks={
        "resumed": {"yes": 0.98, "no": 0.02},
    },
    sick=(
        stating("jump_at_resume", None, "the loss jumps up at epoch 30 of the second run"),
        saying("resumed", "loss_does_not_fall"),
        *(
            with_script(
                calls=(
                    Call(
                        name="optimizer_not_loaded",
                        arguments={"saved": Fact(str(saved), saved, 9)},
                        line=9,
                    ),
                )
            )
            for saved in (True, False)
        ),
    ),
    healthy=(
        stating("n_classes", 2, "two classes"),
        saying("resumed"),
        saying("resumed", "loss_does_not_fall", "collapsed_after_learning"),
        with_script(calls=(Call(name="load_state_dict", line=2),)),
        with_script(calls=(Call(name="load_weights", line=2),)),
    ),
)
