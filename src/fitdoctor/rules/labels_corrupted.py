"""The labels were scaled, divided or cast together with the images.

## Why it matters
`x_train, y_train = x_train / 255, y_train / 255` leaves nearly every label at 0 after the cast to
integers. Training looks perfect, because there is one class left to learn.

## How it is measured
From the script: an operation that changes values (scale, divide, shift, standardise) on the way of
the labels into fit. So does a column cut out of a table that was divided as a whole, under a sparse
loss.

## What to try
Scale the images only.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import feeding, with_script
from fitdoctor.records.change import Change, Unscale
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import ITSELF, described
from fitdoctor.records.run import Feed, Operation, Run, Script
from fitdoctor.rule import Rule


def labels_corrupted(script: Script) -> Iterator[Evidence]:
    loss = script.recipe.loss or ""
    if script.recipe.fits_numbers:
        return
    # Where neither loss nor output is shown, numbers may be what is wanted.
    unknown = not loss and not script.recipe.layers
    for feed in script.fed("train"):
        if feed.labels.has(ITSELF):
            continue  # an autoencoder: images are the target
        if feed.labels.numbers is not None and feed.labels.numbers.classes > 1:
            continue  # whatever was done to them, class numbers came of it
        changes = tuple(
            o
            for o in feed.labels.operations
            if o.name in {"scale", "divide", "floor_divide", "standardise"}
        )
        if unknown and not any(_is_of_pixels(o.value) for o in changes):
            continue
        if ("hinge" in loss or loss.startswith("binary")) and not _as_images(changes, feed):
            continue  # numbers of another kind, which are to be fitted; a hinge wants -1 and 1
        names = [o.name for o in feed.labels.operations]
        # A column cut out of a table that was divided as a whole.
        names = [name for name in names if name not in {"cast", "shuffle"}]
        cut = set(names[-1:]) & {"slice", "select"}
        whole = bool(cut) and names[:-1] == [o.name for o in changes] and "sparse" in loss
        # Fractions of a class number are cast to 0 before they are encoded.
        encoded = "one_hot" in names and any(
            o.name in {"scale", "divide"} for o in feed.labels.operations[: names.index("one_hot")]
        )
        if changes and (whole or encoded or not feed.labels.has("slice", "select", "call")):
            yield Evidence(
                sentence=f"The labels are {described(changes)} on the way into fit.",
                weight=7.0,
                line=changes[0].line,
            )


def _as_images(changes: tuple[Operation, ...], feed: Feed) -> bool:
    """Return whether changes are made for pixels, or to the images as well."""
    done = [(o.name, o.value) for o in feed.inputs.operations]  # values may be dictionaries
    return any(_is_of_pixels(o.value) or (o.name, o.value) in done for o in changes)


def _is_of_pixels(factor: object) -> bool:
    """Return whether a number is the factor that brings bytes to 0..1."""
    return isinstance(factor, float) and abs(factor * 255 - 1) < 0.01


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Leave the labels as they are: only images are scaled."""
    if run.script is not None and seen.line:
        yield Change(
            edits=(Unscale(line=seen.line),),
            reason="Do not scale the labels: they name classes.",
            certain=True,
        )


RULE = Rule(
    code="FD306",
    check=labels_corrupted,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.01,
    told_by={"labels_scaled": 4.5},
    advice="scale the images only, never the labels",
    clear="nothing changes the values of the labels, as far as it is shown",
    sick=(with_script(feeds=(feeding("train", labels=(("scale", 1 / 255),)),)),),
    healthy=(
        with_script(feeds=(feeding("train", ("scale", 1 / 255), labels=(("one_hot", 10),)),)),
    ),
)
