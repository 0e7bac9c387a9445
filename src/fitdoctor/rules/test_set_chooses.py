"""The test set chooses the epoch, and is then reported.

## Why it matters
The best of many epochs on a set is better than the network is: what was chosen by luck counts as
skill. A figure on images that chose the weights says little about new images; with few images it is
several points too high.

## How it is measured
From the script: images that are called a test set, by their name or their folder, decide which
weights are kept or when training ends, and the same images are measured again afterwards. In a
loop, where weights are saved or the loop ends behind a comparison with a figure of that set; with
`fit`, where it is the validation data of early stopping or of a checkpoint that keeps the best.
What is called validation, or measured in the loop alone, is left alone.

## What to try
Split validation images off the training set for choosing, and look at the test set once, at the
end.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.cases import TORCH, feeding, scripted, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Event, Loop, Node, Program, events
from fitdoctor.records.run import Call, Fact, Feed, Script
from fitdoctor.rule import Rule

_TEST = lazy_re.compile(
    r"(?<![A-Za-z])test(?:ing)?(?![A-Za-z])|(?<![A-Za-z])[xX]_?test(?![A-Za-z])"
    r"|load_data\([^()]{0,80}\)\[1\]"
)


__test__: dict[str, str] = {}  # a rule, which pytest would take for a test by its name


def test_set_chooses(
    program: Program | None = None,  # noqa: PT028
    script: Script | None = None,  # noqa: PT028
) -> Iterator[Evidence]:
    if program is not None and (found := _in_a_loop(program.as_written)):
        chosen, reported = found
        yield Evidence(
            sentence=f"The test set decides in line {chosen} which weights are kept, and line "
            f"{reported} reports it.",
            weight=4.0,
            line=chosen,
        )
    elif script is not None and (feed := _by_fit(script)):
        spare = (u.value for u in script.never_read if u.kind == "set")
        unread = [f"; {name} is read nowhere" for name in spare if "val" in str(name).lower()]
        yield Evidence(
            sentence=f"The images of {(feed.inputs.origin or '')[:60]} decide which epoch is kept, "
            f"and are evaluated afterwards{unread[0] if unread else ''}.",
            weight=4.0,
            line=feed.line,
        )


def _in_a_loop(program: Program) -> tuple[int, int] | None:
    """Return the lines that choose by a test set, and that measure it again after the loop."""
    for at, node in enumerate(program.body):
        for event in _choices(node):
            if len(event.sources) != 1 or program.sources[event.sources[0]].part != "test":
                continue
            after = (
                e for e in events(program.body[at + 1 :])
                if e.kind == "measure" and event.sources[0] in e.sources
            )  # fmt: skip
            if (report := next(after, None)) is not None:
                return event.line, report.line
    return None


def _choices(node: Node) -> Iterator[Event]:
    if isinstance(node, Loop):
        yield from (e for e in events((node,)) if e.kind == "choose")


def _by_fit(script: Script) -> Feed | None:
    """Return the test set by which a `fit` is stopped, or its weights are kept."""
    chooses = script.called("EarlyStopping") or [
        call for call in script.called("ModelCheckpoint")
        if (best := call.arguments.get("save_best_only")) is not None and best.value is True
    ]  # fmt: skip
    if not chooses:
        return None
    evaluated = {feed.inputs.origin for feed in script.fed("evaluate")}
    if script.called(*_SCORES):
        evaluated |= {feed.inputs.origin for feed in script.fed("predict")}
    for feed in script.fed("validation"):
        origin = feed.inputs.origin
        if origin is not None and origin in evaluated and _TEST.search(origin):
            return feed
    return None


_SCORES = ("accuracy_score", "classification_report", "confusion_matrix", "f1_score")
"""Calls that report what predictions are worth."""
_BEST = (
    "    print",
    "    if right > best:\n        torch.save(net.state_dict(), 'best')\n    print",
)
_REPORTED = (
    "    print(right / len(others))\n",
    "    print()\nfor x, y in test_loader:\n    right += (net(x).argmax(1) == y).sum().item()\n",
)
_AS_TEST = ("held_out", "test_loader")
_STOPPING = (Call(name="EarlyStopping", arguments={"patience": Fact("5", 5, 3)}, line=3),)


def _fed(use: str, name: str) -> object:
    feed = feeding(use)
    return type(feed)(use=feed.use, inputs=type(feed.inputs)(name), line=feed.line)


RULE = Rule(
    code="FD417",
    check=test_set_chooses,
    kind="cause",
    severity="warning",
    prior=0.01,
    any_of=("program", "script"),
    advice="choose by validation images split off the training set; evaluate the test set once",
    clear="no test set chooses the weights that it then judges",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, _AS_TEST, _BEST, _REPORTED),
        with_script(
            calls=_STOPPING, feeds=(_fed("validation", "data/test"), _fed("evaluate", "data/test"))
        ),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, _AS_TEST, _BEST),
        scripted(TORCH, _BEST),
        with_script(
            calls=_STOPPING, feeds=(_fed("validation", "data/val"), _fed("evaluate", "data/test"))
        ),
        with_script(feeds=(_fed("validation", "data/test"), _fed("evaluate", "data/test"))),
    ),
)
