"""Images to predict on are prepared differently from those that the network was trained on.

## Why it matters
The trained model is fine and its predictions are wrong, or all alike.

## How it is measured
From the script: operations that change values on the way into fit and into predict, compared as for
validation; training images of which a name is all that is shown may be prepared in any way. Images
read by OpenCV (blue, green, red) for predict and by Keras (red, green, blue) for fit count too,
unless an index such as `[..., ::-1]` turns the colours round, or a function that is not shown is
between. Images scaled before a model that is said to scale them itself are scaled twice. So do
frames of a camera that OpenCV reads. A hint, where only the code that predicts is shown: it
prepares images by hand, and the asker says that fit or evaluate is good and predict is not.

## What to try
Save the preparation with the model: `Rescaling`, `Resizing` or `Normalization` as first layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import feeding, scripted, with_script
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import (
    described,
    differences,
    pairs,
    recorded_apart,
    turns_channels,
)
from fitdoctor.records.run import Flow, Run, Script
from fitdoctor.rule import Rule

RED_FIRST = "cv2.cvtColor(image, cv2.COLOR_BGR2RGB) before predict"


def predict_pipeline_differs(
    script: Script, claims: tuple[Claim, ...] | None = None
) -> Iterator[Evidence]:
    read = stated(claims, "predicts_as_read")
    prepared = [f for f in script.fed("train") if f.inputs.has("scale", "preprocess", "divide")]
    if read is not None and prepared and not script.fed("predict"):
        yield Evidence(
            sentence="Training images are prepared (line "
            f"{prepared[0].line}); stated of prediction: \u201c{read.sentence}\u201d",
            weight=4.0,
            line=prepared[0].line,
            fix=f"do to each image for predict what line {prepared[0].line} does",
        )
        return
    said = stated(claims, "evaluate_differs") if not script.fed("train") else None
    by_hand = next((f for f in script.fed("predict") if _by_hand(f.inputs)), None)
    if said is not None and by_hand is not None:
        yield Evidence(
            sentence="The code that predicts prepares its images by hand (line "
            f"{by_hand.line}), and stated: \u201c{said.sentence}\u201d",
            weight=3.5,
            severity="note",
            line=by_hand.line,
        )
        return
    inside = stated(claims, "rescales_inside")
    for feed in script.fed("predict") if inside else ():
        steps = [o for o in feed.inputs.operations if o.name in {"scale", "divide"}]
        if inside and steps:
            yield Evidence(
                sentence=f"Images to predict are scaled before a model that scales them itself: "
                f"\u201c{inside.sentence}\u201d",
                weight=6.0,
                line=steps[0].line,
                fix="give predict the pixels 0..255: the model scales them",
            )
            return
    loader = stated(claims, "keras_loader")
    for feed in script.fed("predict") if loader and not script.fed("train") else ():
        if _blue_first(feed.inputs):
            yield Evidence(
                sentence="Images to predict are read by OpenCV with blue first; stated of "
                f"training: \u201c{loader.sentence if loader else ''}\u201d",
                weight=3.0,
                line=feed.line,
                fix=RED_FIRST,
            )
            return
    converted = script.called("cvtColor") if not script.fed("train") else ()
    for feed in script.fed("predict") if converted else ():
        if _blue_first(feed.inputs):
            yield Evidence(
                sentence=f"Line {converted[0].line} turns OpenCV's blue-first images into RGB; "
                "images to predict stay as they are read.",
                weight=4.0,
                line=feed.line,
                fix=RED_FIRST,
            )
            return
    for train, other in pairs(script, "predict", "evaluate"):
        if ".predict(" in (other.inputs.origin or ""):
            continue  # what another network made of images
        if _may_be_prepared(script, train.inputs) and not _is_only_named(other.inputs):
            continue
        apart = recorded_apart(train.inputs, other.inputs) if other.use == "predict" else None
        if apart:
            yield Evidence(
                sentence=f"What reaches the network lies {apart}, in fit and in predict, as "
                "recorded.",
                weight=6.0,
                line=other.line,
            )
            return
        if apart == "":
            continue
        found = differences(train.inputs, other.inputs) if other.use == "predict" else ()
        if found and not (train.inputs.shown and _is_only_named(other.inputs)):
            yield Evidence(
                sentence=f"Only one of training and prediction images is {described(found)}.",
                weight=4.0,
                line=found[0].line,
                fix=f"prepare the images for training and prediction alike ({described(found)})",
            )
            return
        if _blue_first(other.inputs) and _read_otherwise(train.inputs):
            yield Evidence(
                sentence=f"Images to {other.use} are read by OpenCV with blue first; those to "
                "train on are not.",
                weight=2.5,
                line=other.line,
                fix=RED_FIRST,
            )
            return


def _may_be_prepared(script: Script, flow: Flow) -> bool:
    """Return whether code that is not shown may prepare images, which no layer of theirs does."""
    inside = any(layer.kind in {"Rescaling", "Normalization"} for layer in script.recipe.layers)
    return _is_only_named(flow) and not inside


def _is_only_named(flow: Flow) -> bool:
    """Return whether images are a name in the script, and nothing that is shown is done to them."""
    return not flow.shown and not flow.operations


BY_HAND = ("resize", "colour")


def _by_hand(flow: Flow) -> bool:
    """Return whether images are read or changed one by one, as no loader of a library does."""
    return flow.has(*BY_HAND) or bool(
        re.search(r"\b(?:imread|imdecode|load_img|Image\.open)\b|\.read\(\)", flow.origin or "")
    )


def _blue_first(flow: Flow) -> bool:
    frame = re.fullmatch(r".{1,60}\.read\(\)\[1\]", flow.origin or "")
    read = flow.origin in {"cv2.imread", "cv2.imdecode"}
    return bool(frame or read) and not flow.has("colour") and not turns_channels(flow)


def _read_otherwise(flow: Flow) -> bool:
    """Return whether what reads images is shown, all of it, and does not give blue first."""
    followed = all(o.value == "imread" for o in flow.operations if o.name == "call")
    return flow.shown and followed and not _blue_first(flow)


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Scale the images that are raw as the others are."""
    script = run.script
    for train, other in pairs(script, "predict") if script else ():
        if (
            script is not None
            and _may_be_prepared(script, train.inputs)
            and not _is_only_named(other.inputs)
        ):
            continue
        found = differences(train.inputs, other.inputs)
        if found and found[0].line == seen.line:
            yield from mends.scaled_alike(run, train, other, found)
            return


_NAMED = """
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.fit(batches, epochs=5)
pixels = cv2.imread("one.png") / 255.0
print(net.predict(pixels[None]))
"""

RULE = Rule(
    code="FD304",
    check=predict_pipeline_differs,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.04,
    told_by={"predict_unprepared": 4.5, "predict_by_hand": 2.5},
    advice="prepare images for predict as for fit",
    torch_advice="prepare images for prediction as for training",
    clear="images to predict on are prepared like those to train on, as far as it is shown",
    asks={
        "same_preparation_in_predict": {"yes": 0.02, "no": 0.98},
    },
    sick=(
        with_script(feeds=(feeding("train", ("scale", 1 / 255)), feeding("predict"))),
        scripted(_NAMED, ("[keras", "[keras.layers.Rescaling(1 / 255), keras")),
        scripted(_NAMED, ("net.fit", "batches = np.stack(map(cv2.imread, files))\nnet.fit")),
    ),
    healthy=(
        scripted(_NAMED),
        with_script(
            feeds=(feeding("train", ("scale", 1 / 255)), feeding("predict", ("scale", 1 / 255)))
        ),
    ),
)
