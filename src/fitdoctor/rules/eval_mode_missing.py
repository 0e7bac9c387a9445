"""Validation or prediction runs in training mode.

## Why it matters
Dropout then still drops, and BatchNorm normalises by the batch that it is given: figures change
from one evaluation to the next, with the size of a batch and with the order of the images. In
PyTorch that is a loop without `model.eval()`, in Keras a call with `training=True`.

## How it is measured
From the script, whose loops are interpreted: a forward pass whose output is compared with labels,
or from which the likeliest class is taken, whose gradients are never computed, and at which the
network can only be in training mode. It must hold dropout or BatchNorm; where its layers are not
shown this is a hint. Figures of the images that are trained on do not count. Answers tell the same:
whether the network is in inference mode while validation or prediction runs, and whether evaluating
the same images twice gives the same figure. So does an asker who says that results change with the
batch in which an image stands: in inference mode none does.

## What to try
`model.eval()` before each validation and prediction, `model.train()` before training goes on.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TAPE, TORCH, TRAIN_STEP, answering, scripted
from fitdoctor.records.change import Change, Insert
from fitdoctor.records.claim import AGREE
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Event, Program, loops, own_events
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def eval_mode_missing(program: Program) -> Iterator[Evidence]:
    forwards = list(program.events("forward"))
    trained_on = {s for e in forwards if e.use == "learn" for s in e.sources}
    trained_on |= {s for path in program.training_loops() for s in path[-1].over}
    learns = any(e.use == "learn" for e in forwards)
    found = [e for e in forwards if e.use == "measure" and _of_other_images(e, trained_on, learns)]
    switched = {(e.line, e.networks) for e in found if e.modes != ("train",)}
    found = [e for e in found if (e.line, e.networks) not in switched]
    for event in sorted(found, key=lambda e: program.networks[e.networks[0]].noisy is None):
        network = program.networks[event.networks[0]]
        if network.noisy is False or network.assumed:
            continue
        # Who calls train themselves has layers in which modes differ.
        sure = network.noisy is True
        holds = "" if sure else ", if it holds dropout or BatchNorm"
        yield Evidence(
            sentence="The network is still in training mode where its answers are measured"
            f"{holds}: eval is not called before line {event.line}.",
            weight=5.0 if sure else 4.0 if network.switched else 3.0,
            severity=None if sure else "warning" if network.switched else "note",
            line=event.line,
        )
        return


def _of_other_images(event: Event, trained_on: set[int], learns: bool) -> bool:
    if not event.networks or trained_on & set(event.sources):
        return False
    return bool(event.sources) or event.detail == "quiet" or not learns


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Put the network into inference mode before it is measured, and back before it trains."""
    program, line = run.script.program if run.script else None, seen.line or 0
    if program is None or any(n.keras for n in program.networks):
        return
    around = [
        path
        for path in loops(program.body)
        if any(e.line == line and e.kind == "forward" for e in own_events(path[-1].later))
    ]
    at = around[0][-1].line if around else line
    why = "Call eval before measuring: it switches dropout off, and BatchNorm to stored statistics."
    off = Insert(line=at, source="{it}.eval()", called=("", line))
    yield Change(edits=(off,), reason=why, certain=True)
    for path in program.training_loops():
        learns = [e.line for e in own_events(path[-1].later) if e.use == "learn"]
        if learns:
            on = Insert(line=path[-1].line, source="{it}.train()", called=("", learns[0]))
            why += " train switches them on again."
            yield Change(edits=(off, on), reason=why, certain=True)
            return


RULE = Rule(
    code="FD319",
    prior=0.01,
    severity="error",
    kind="cause",
    check=eval_mode_missing,
    mend=mend,
    advice="leave out training=True where the network is called for validation or prediction",
    torch_advice="model.eval() before validation and prediction, model.train() after",
    clear="validation runs in inference mode",
    clear_with=("known_program",),
    asks={
        "inference_mode_in_validation": {"yes": 0.04, "no": 0.96},
        "evaluated_twice": {"yes": 0.5, "no": 0.5},
        "batchnorm": {"yes": 0.95, "no": 0.05},
    },
    told_by={"depends_on_batch": 6.0},
    denied_by=AGREE,
    sick=(
        scripted(TORCH, ("    net.eval()\n", "")),
        scripted(TORCH, ("    net.eval()\n", "    net.eval\n")),
        scripted(TAPE, ("training=False", "training=True")),
        scripted(TRAIN_STEP, ("self(x, training=False)", "self(x, training=True)")),
        answering(what_happens="validation_jumps", inference_mode_in_validation="no"),
        answering(
            what_happens="good_in_fit_bad_in_predict",
            inference_mode_in_validation="no",
            evaluated_twice="no",
        ),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TAPE),
        scripted(TRAIN_STEP),
        scripted(TORCH, ("    net.eval()\n", ""), (" nn.BatchNorm2d(8),", "")),
        scripted(TORCH, ("    net.eval()\n", "    ready(net)\n")),
        answering(what_happens="validation_jumps", inference_mode_in_validation="yes"),
        answering(what_happens="validation_jumps"),
    ),
)
