"""The prepared copy of the images goes nowhere; the raw ones are used.

## Why it matters
`trian_images = train_images / 255` scales a copy that nothing reads. The network is fed raw pixels
while validation or test may be scaled: it trains, and fails on everything else.

## How it is measured
From the script: a prepared array is assigned to a name that is read nowhere, or to none, and what
fit is given comes from the same raw array without that step. So does one of test images, where
training is prepared.

## What to try
Assign to the name that fit is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.cases import feeding, with_script
from fitdoctor.records.change import Argument, Assign, Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.run import Call, Run, Script, Unread
from fitdoctor.rule import Rule

_NAME = lazy_re.compile(r"[A-Za-z_]\w*")


def scaled_copy_unused(script: Script) -> Iterator[Evidence]:
    fed = {
        name
        for call in script.called("fit", "fit_generator")
        for argument in ("x", "argument 0")
        if argument in call.arguments
        for name in _NAME.findall(call.arguments[argument].source)
    }
    if not _goes_on_to_use(script):
        return
    prepared = ("scale", "standardise", "divide")
    raw = [f for f in script.fed("train") if not f.inputs.has(*prepared)]
    if not raw:
        yield from _of_tests(script)
        return
    # A function that is not followed may scale them as well, and so may the network.
    inside = ("Rescaling", "Normalization", OPAQUE)
    if any(f.inputs.has("call") for f in raw) or any(
        layer.kind in inside for layer in script.recipe.layers[:3]
    ):
        return
    # Where no fit is shown, the last thing that is made may be what is fed.
    made = {feed.line for feed in raw} if not fed else set()
    for fact in script.never_read:
        if fact.line in made or fact.kind != "data" or _PART.fullmatch(fact.source):
            continue
        sources = set(_NAME.findall(fact.source))
        origins = {name for feed in raw for name in _NAME.findall(feed.inputs.origin or "")}
        same = fact.origin is not None and fact.origin in {feed.inputs.origin for feed in raw}
        if same or sources & (fed | origins):
            yield Evidence(
                sentence=f"{_told(fact)}; fit is given the images as they were.",
                weight=6.0,
                line=fact.line,
            )


def _told(fact: Unread) -> str:
    if not fact.value:
        return f"The result of {fact.source[:60]} is given to no name"
    return f"{fact.value} = {fact.source[:60]} is read nowhere"


_PART = lazy_re.compile(r"[\w.]{1,80}\[[^\[\]]{0,80}\]")
"""What takes a part of an array that was prepared before."""
_PREPARES = lazy_re.compile(r"/|preprocess|scal|normal|\btransform\(|\*", re.IGNORECASE)


def _of_tests(script: Script) -> Iterator[Evidence]:
    """Return whether nothing reads the prepared copy of test images, where training has one."""
    for feed in (*script.fed("evaluate"), *script.fed("validation"), *script.fed("predict")):
        raw = not feed.inputs.has("scale", "standardise", "divide", "call", "preprocess")
        for fact in script.never_read if raw else ():
            same = fact.origin is not None and fact.origin == feed.inputs.origin
            if fact.kind == "data" and same and _PREPARES.search(fact.source):
                yield Evidence(
                    sentence=f"{_told(fact)}; what is evaluated are the images as they were.",
                    weight=5.0,
                    line=fact.line,
                )
                return


def _goes_on_to_use(script: Script) -> bool:
    """Return whether this is a script that goes as far as to train a network.

    An excerpt may end before, or leave that out.
    """
    uses = ("fit", "fit_generator", "train_on_batch")
    return bool(script.called(*uses)) or script.framework == "torch"


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give fit the prepared array."""
    script = run.script
    idle = [f.line for f in script.never_read if f.kind == "data"] if script else []
    if seen.line in idle:
        yield Change(
            edits=tuple(Assign(line=line) for line in dict.fromkeys(idle)),
            reason="Give the prepared array the name that is read later on.",
            certain=True,
        )
    fits = script.called("fit") if script else ()
    for fact in script.never_read if script else ():
        if fact.line == seen.line and fact.kind == "data" and fact.value and len(fits) == 1:
            edit = Argument(line=fits[0].line, calls=("fit",), names=("x",),
                            source=str(fact.value), position=0)  # fmt: skip
            if fact.line < fits[0].line and "fit is given" in seen.sentence:
                yield Change(
                    edits=(edit,),
                    reason=f"Give fit {fact.value}, the prepared array.",
                    certain=True,
                )


RULE = Rule(
    code="FD305",
    check=scaled_copy_unused,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.02,
    advice="give fit the prepared array",
    torch_advice="train on the prepared array",
    clear="every prepared array is read somewhere",
    sick=(
        with_script(
            calls=(Call(name="fit", line=9),),
            feeds=(feeding("train"),),
            never_read=(Unread("photos / 255.0", "trian_images", 3),),
        ),
    ),
    healthy=(
        with_script(
            feeds=(feeding("train"),), never_read=(Unread("photos / 255.0", "trian_images", 3),)
        ),
        with_script(feeds=(feeding("train"),)),
        with_script(feeds=(feeding("train"),), never_read=(Unread("holdout / 255.0", "spare", 3),)),
    ),
)
