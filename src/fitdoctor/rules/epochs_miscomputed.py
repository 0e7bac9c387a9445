"""The number of epochs is computed from the size of the data.

## Why it matters
Images divided by batch size is the number of *steps* in one epoch. As a number of epochs it means
nothing, and changes whenever the data or the batch does.

## How it is measured
From the script: the `epochs` argument of fit divides a size, a length or a shape, or
anything by the batch size; or it is not above `initial_epoch`, from which Keras counts on to it.

## What to try
Choose a generous number and let early stopping end the training.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.cases import scripted, with_script
from fitdoctor.interventions.regularisation import stop_early
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Fact, Script
from fitdoctor.rule import Rule

_SIZE = lazy_re.compile(
    r"\.size\b|\blen\(|\.shape\b|\bnum_samples|\bn_samples|\.samples\b|\.n\b|/\s*\w*(?:batch|bs\b)",
    re.IGNORECASE,
)


def epochs_miscomputed(script: Script) -> Iterator[Evidence]:
    for call in script.called("fit", "fit_generator"):
        told = [call.arguments.get(name) for name in ("epochs", "initial_epoch")]
        ends, begins = (fact.value if fact else None for fact in told)
        if isinstance(ends, int) and isinstance(begins, int) and 0 < ends <= begins:
            yield Evidence(
                sentence=f"epochs={ends} is the number of the last epoch, and training begins at "
                f"initial_epoch={begins}: no epoch is trained.",
                weight=5.5,
                line=call.line,
                fix="give the total: epochs=initial_epoch + the number of further epochs",
            )
            return
    epochs = script.fit.get("epochs")
    if epochs is not None and "/" in epochs.source and _SIZE.search(epochs.source):
        yield Evidence(
            sentence=f"epochs = {epochs.source}: that is a number of steps"
            + (", times the width of the labels." if ".size" in epochs.source else "."),
            weight=3.5,
            line=epochs.line,
        )


_GOES_ON = """
from tensorflow import keras
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
first = net.fit(x, y, epochs=20)
net.layers[0].trainable = False
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=10, initial_epoch=first.epoch[-1] + 1)
"""

RULE = Rule(
    code="FD302",
    check=epochs_miscomputed,
    kind="cause",
    severity="warning",
    prior=0.005,
    remedies=(stop_early,),
    clear="the number of epochs does not come from the size of the data",
    advice="epochs is how often all images are seen: a number such as 20; it saves time, not "
    "accuracy",
    sick=(
        with_script({}, {"epochs": Fact("int(trainY.size / batch_size)", None, 9)}),
        with_script({}, {"epochs": Fact("n_images // BATCH_SIZE", None, 9)}),
        scripted(_GOES_ON),
        scripted(_GOES_ON, ("first.epoch[-1] + 1", "20")),
    ),
    healthy=(
        with_script({}, {"epochs": Fact("EPOCHS", 20, 9)}),
        scripted(_GOES_ON, ("epochs=10", "epochs=30")),
        scripted(_GOES_ON, ("epochs=20", "epochs=20, callbacks=[keras.callbacks.EarlyStopping()]")),
    ),
)
