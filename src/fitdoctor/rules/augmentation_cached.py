"""Augmented images are cached: every epoch sees the same ones.

## Why it matters
What stands before `cache()` is computed once. Random flips and crops that were drawn in the first
epoch come again in all others, so the training set is no larger than without them, and training
overfits as if there were none.

## How it is measured
From the script: the steps of the training pipeline in their order. An augmenting step stands before
a cache, and none behind it.

## What to try
`cache()` first, then `shuffle`, then the `map` that augments, then `batch`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import Case, feeding, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Script, training_feeds
from fitdoctor.rule import Rule


def augmentation_cached(script: Script) -> Iterator[Evidence]:
    for feed in training_feeds(script):
        steps = feed.inputs.operations
        cached = [at for at, step in enumerate(steps) if step.name == "cache"]
        drawn = [at for at, step in enumerate(steps) if step.name == "augment"]
        if not cached or not drawn or drawn[-1] > cached[0]:
            continue
        cache, first = steps[cached[0]], steps[drawn[0]]
        names = first.value if isinstance(first.value, tuple) else (str(first.value),)
        yield Evidence(
            sentence=f"cache() of line {cache.line} stands behind the augmentation of line "
            f"{first.line} ({', '.join(map(str, names))}): it is drawn once, in the first epoch, "
            "and the same images come in all others.",
            weight=6.0,
            line=cache.line,
            fix="put .cache() before the .map(...) that augments",
        )
        return


_DRAWN, _KEPT, _SCALED = ("augment", ("RandomFlip",)), ("cache", None), ("scale", 1 / 255)


def _fed(*steps: tuple[str, object]) -> Case:
    return with_script(feeds=(feeding("train", *steps),))


RULE = Rule(
    code="FD340",
    check=augmentation_cached,
    kind="cause",
    severity="warning",
    prior=0.01,
    explains={"train_good_val_bad": 0.3},
    advice="put .cache() before the .map(...) that augments",
    clear="no augmentation is cached",
    clear_with=("script",),
    sick=(_fed(_DRAWN, _KEPT), _fed(_DRAWN, _SCALED, _KEPT)),
    healthy=(_fed(_KEPT, _DRAWN), _fed(_KEPT), _fed(_DRAWN), _fed(_DRAWN, _KEPT, _DRAWN)),
)
