"""The optimizer was given other weights than those that should learn.

## Why it matters
An optimizer updates the tensors it was given, no others. Where it was made before the head was
replaced, of another network, or of one part alone, the rest stays as it was initialised, whatever
its gradients are: training does not learn, or ends low.

## How it is measured
From the script, whose loops are interpreted: what each optimizer holds is noted when it is made.
Weights that begin at random, take gradients, belong to a network whose gradients are computed, and
are held by no optimizer are told; all optimizers and all that acts on the network must be shown.
An excerpt without its loop tells as much where an optimizer is made of a layer whose place in the
network another one takes below it, or where what is let learn below it is held by none. Layers of
torch that stand in a plain list or dictionary are among no network's parameters.
Answers tell the same: whether the parameters of all layers that should learn are among those of the
optimizer, and whether the weights of the last layer change in an epoch.

## What to try
Make the optimizer after the last change of the network, of the parameters of all that should learn;
in Keras compile again.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TAPE, TORCH, TRAIN_STEP, answering, scripted
from fitdoctor.records.change import Change, Postpone
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

EARLY = "was made before"
WHY = "Make the optimizer after the network is final, to give it all weights."


def optimizer_holds_other_weights(program: Program) -> Iterator[Evidence]:
    stepped = {n for e in program.events("step") for n in e.optimizers}
    learned = {n for e in program.events("forward") if e.use == "learn" for n in e.networks}
    fed = {n for o in program.optimizers for n in o.networks}
    replaced = {e.optimizer for e in program.early if not e.thawed}
    for number in program.learning:
        network = program.networks[number]
        made = program.optimizers[min(stepped)]
        if not network.assumed and not fed & learned:
            if made.line in replaced:
                break
            yield Evidence(
                sentence=f"The network of line {network.line} is trained, but the optimizer of "
                f"line {made.line} was given the weights of another one.",
                weight=6.0,
                line=made.line,
            )
            return
        lost = program.unheld(number)
        if not lost:
            continue
        if all(w.in_list for w in lost):
            yield Evidence(
                sentence=f"{lost[0].name} of line {lost[0].line} stands in a plain list, which "
                "parameters() does not go through: no optimizer holds its weights. nn.ModuleList "
                "is gone through.",
                weight=6.0,
                line=lost[0].line,
            )
            return
        before, last = program.made_before(number), lost[-1]
        if before is not None and before.line < min(w.line for w in lost):
            yield Evidence(
                sentence=f"The optimizer of line {before.line} {EARLY} {last.name} of line "
                f"{last.line}: no optimizer holds the weights of what was put in later.",
                weight=6.0,
                line=before.line,
                fix=f"move the line of the optimizer below line {last.line}, where the network is "
                "final",
            )
            return
        whole = len(lost) == len(network.weights)
        what = (
            f"The weights of the network of line {network.line} are"
            if whole
            else f"The weights of {lost[0].name} of line {lost[0].line} are"
        )
        yield Evidence(
            sentence=f"{what} held by no optimizer: the one of line {made.line} was given others.",
            weight=6.0,
            line=made.line,
        )
        return
    for early in (e for e in program.early[:1] if e.thawed):
        yield Evidence(
            sentence=f"Line {early.line} lets {early.layer} learn, which the optimizer of line "
            f"{early.optimizer} does not hold: its weights never change.",
            weight=5.0,
            line=early.line,
            fix="add what learns now: optimizer.add_param_group({'params': ...}), or make the "
            f"optimizer anew below line {early.line}",
        )
    for early in (e for e in program.early[:1] if not e.thawed):
        yield Evidence(
            sentence=f"The optimizer of line {early.optimizer} {EARLY} the {early.layer} of line "
            f"{early.line}: it holds the "
            + ("former network" if early.whole else "layer that is no part of the network any more")
            + ", and the new one never changes.",
            weight=6.0,
            line=early.optimizer,
            fix=f"move line {early.optimizer} below line {early.line}, where the network is final",
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Make the optimizer below the layers that are put in last."""
    program = run.script.program if run.script else None
    for number in program.learning if program and EARLY in seen.sentence else ():
        lost = program.unheld(number) if program else ()
        if lost:
            yield Change(
                edits=(Postpone(line=seen.line or 0, to=max(w.line for w in lost)),),
                reason=WHY,
                certain=True,
            )
            return
    early = (
        [e.line for e in program.early if e.optimizer == seen.line and not e.thawed]
        if program
        else []
    )
    if early and EARLY in seen.sentence:
        move = Postpone(line=seen.line or 0, to=early[0])
        yield Change(edits=(move,), reason=WHY, certain=True)


HEAD = "net = models.resnet18(weights='DEFAULT')\n{}\nnet.fc = nn.Linear(512, 3)\n{}\n"
"""An excerpt without its loop: what is made before the head, and behind it."""

RULE = Rule(
    code="FD321",
    prior=0.01,
    severity="error",
    kind="cause",
    check=optimizer_holds_other_weights,
    mend=mend,
    advice="make the optimizer after the network is final, with the parameters of all that learns",
    clear="the optimizer has the weights that should learn",
    clear_with=("known_program",),
    asks={
        "optimizer_has_every_layer": {"yes": 0.04, "no": 0.96},
        "weights_move": {"yes": 0.3, "no": 0.7},
    },
    sick=(
        scripted(TORCH, ("for epoch", "net[4] = nn.Linear(288, 7)\nfor epoch")),
        scripted(TORCH, ("net.parameters()", "net[0].parameters()")),
        scripted(HEAD.format("opt = optim.SGD(net.fc.parameters(), lr=0.1)", "")),
        scripted(TORCH, ("for epoch", "import copy\nnet = copy.deepcopy(net)\nfor epoch")),
        scripted(
            TAPE,
            ("net.trainable_variables", "net.layers[0].trainable_variables"),
            ("keras.layers.Flatten()", "keras.layers.Conv2D(8, 3)"),
        ),
        scripted(TRAIN_STEP, ("self.trainable_variables", "self.layers[-1].trainable_variables")),
        answering(what_happens="training_does_not_learn", optimizer_has_every_layer="no"),
        answering(
            what_happens="learns_but_ends_low", optimizer_has_every_layer="no", weights_move="no"
        ),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TAPE),
        scripted(TRAIN_STEP),
        scripted(TORCH, ("cost =", "net[4] = nn.Linear(288, 7)\ncost =")),
        scripted(
            TORCH,
            ("net.parameters()", "net[4].parameters()"),
            ("cost =", "net[0].requires_grad_(False)\nnet[1].requires_grad_(False)\ncost ="),
        ),
        scripted(TORCH, ("net.parameters()", "chosen(net)")),
        scripted(HEAD.format("", "opt = optim.SGD(net.fc.parameters(), lr=0.1)")),
        scripted(
            HEAD.format(
                "opt = optim.SGD(net.fc.parameters(), lr=0.1)",
                "opt.add_param_group({'params': net.fc.parameters()})",
            )
        ),
        answering(what_happens="training_does_not_learn", optimizer_has_every_layer="yes"),
        answering(what_happens="training_does_not_learn"),
    ),
)
