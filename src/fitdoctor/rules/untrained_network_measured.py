"""What is measured is another network than the one that was trained, as it was made.

## Why it matters
A network that is made anew begins at random. What is measured of it is chance, however well the
one before it was trained, and nothing ends with an error: the shapes are the same.

## How it is measured
From the script, whose loops are interpreted: one network is trained; another one of the same class
is made behind it, its answers are compared with labels in a loop over images, all of its weights
are as they were made, and nothing that is not shown is given it. Weights that were loaded, copied
or written by hand are not as they were made.

## What to try
Measure the network that was trained, or `net.load_state_dict(torch.load(path))` before measuring.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program, loops, own_events
from fitdoctor.rule import Rule


def untrained_network_measured(program: Program) -> Iterator[Evidence]:
    used = {n for e in program.events("forward") if e.use != "measure" for n in e.networks}
    used |= {n for e in program.events("backward", "step", "unknown") for n in e.networks}
    trained = {n for e in program.events("forward") if e.use == "learn" for n in e.networks}
    for line, number in _measured(program):
        made = program.networks[number]
        alike = [
            other
            for n in trained
            if (other := program.networks[n]).name == made.name and n < number
        ]
        if number in used or not alike or not _as_made(program, number):
            continue
        same = made.line == alike[0].line
        again = (
            "was made by the same line once more" if same else f"was made anew in line {made.line}"
        )
        yield Evidence(
            sentence=f"The network of line {alike[0].line} is trained; the one that is "
            f"measured in line {line} {again}: its weights are random.",
            weight=6.0,
            line=line if same else made.line,
        )
        return


def _measured(program: Program) -> Iterator[tuple[int, int]]:
    """Yield line and network of each answer that a loop over images holds against labels."""
    for path in loops(program.body):
        for event in own_events(path[-1].later) if path[-1].over else ():
            if event.kind == "measure":
                yield from ((event.line, number) for number in event.networks)


def _as_made(program: Program, network: int) -> bool:
    """Return whether all weights of a network are those that it began with."""
    made = program.networks[network]
    weights = [program.weights[w] for w in made.weights]
    fresh = all(w.fresh is True and not w.by_hand for w in weights)
    return bool(weights) and fresh and not made.assumed


TESTED = (
    TORCH.replace("net = nn.Sequential", "def build():\n    return nn.Sequential").replace(
        "cost = nn", "net = build()\ncost = nn"
    )
    + """
torch.save(net.state_dict(), "net.pt")
best = build()
best.eval()
right = 0
with torch.no_grad():
    for x, y in held_out:
        right += (best(x).argmax(1) == y).sum().item()
print(right / len(held_out.dataset))
"""
)
_LOADED = "best = build()\nbest.load_state_dict(torch.load('net.pt'))\n"

RULE = Rule(
    code="FD343",
    check=untrained_network_measured,
    kind="cause",
    severity="error",
    prior=0.005,
    advice="measure the network that was trained, or load its weights before measuring",
    clear="what is measured was trained or loaded, as far as that is told",
    clear_with=("known_program",),
    sick=(
        scripted(TESTED),
        scripted(TESTED, ("best", "net")),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TESTED, ("best = build()\n", "best = net\n")),
        scripted(TESTED, ("best = build()\n", _LOADED)),
        scripted(TESTED, ("best = build()\n", "import copy\nbest = copy.deepcopy(net)\n")),
        scripted(TESTED, ("best = build()\n", "best = build()\nrestore(best, 'net.pt')\n")),
        scripted(TESTED, ("best = build()\n", "best = torch.load('net.pt')\n")),
    ),
)
