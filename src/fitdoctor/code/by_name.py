"""What a script feeds where no fit is shown: told by the usual names of images and labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from fitdoctor import lazy_re
from fitdoctor.catalogue.datasets import GIVE_IMAGES
from fitdoctor.code.facts import flow_of
from fitdoctor.code.state import State
from fitdoctor.code.values import A_NETWORK, Data, Generator, Value
from fitdoctor.records.flow import ONE_BATCH
from fitdoctor.records.loop import Program
from fitdoctor.records.run import TAKEN, Feed, Flow, Operation

Use = Literal["train", "validation", "predict"]


def _use_of(name: str) -> Use | None:
    """Return what a name says that images are for."""
    if re.search(r"val(?!ue|s\b|s_)|test", name, re.IGNORECASE):
        return "validation"
    return "train" if re.search(r"train", name, re.IGNORECASE) else None


_OF_PICTURES = lazy_re.compile(GIVE_IMAGES)
"""Sets of torchvision, which give pictures where they are told no transform."""


def feeds_of_loops(follower: State, program: Program | None, read: frozenset[str]) -> None:
    """Keep what loops give to networks as the feeds of a script that shows no `fit`.

    What loops of the script show goes before what a name says. `read` are the names that are used
    at all: an excerpt may end before the others are prepared.
    """
    ledger = follower.ledger
    if any(feed.use == "train" for feed in ledger.feeds):
        return
    loaders = program.loaders if program is not None else ()
    asked = frozenset(name for loader in loaders for name in loader.names)
    shown = any(loader.use == "train" for loader in loaders)
    # Training comes before what is predicted, wherever an excerpt shows it.
    ledger.feeds[:0] = (
        _looped(follower, program) if shown and program else _named_for_a_use(follower, asked)
    )
    only_asks = bool(loaders) and not shown and program is not None and program.learns_beside
    if not only_asks and not any(feed.use == "train" for feed in ledger.feeds):
        ledger.feeds[:0] = (
            _transforms_by_name(follower)
            or _generators_by_name(follower)
            or _arrays_by_name(follower, read, asked)
            or ([] if loaders else _lone_dataset(follower))
        )


def _looped(follower: State, program: Program) -> list[Feed]:
    """Return what loops go over: found by its names, or by the line that makes it."""
    sets = [(n, v) for n, v in _named(follower) if isinstance(v, Data) and not v.free]
    named = {n: v for n, v in sets if v.labels is not None}
    found: dict[tuple[str, int], Feed] = {}
    for loader in program.loaders:
        others = [x for x in program.loaders if x.use != loader.use]
        alone = [n for n in loader.names if not any(n in x.names for x in others)]
        made = [named[n] for n in alone if n in named]
        if not made and not any(x.line == loader.line for x in others):
            made = [follower.batches[loader.line]] if loader.line in follower.batches else []
        for data in made[-1:]:
            if data.labels is not None and not _gives_pictures(data):
                labels = flow_of(data.labels)
                over = program.goes_over(loader)
                inputs = flow_of(data if over else data.then(ONE_BATCH, None, data.line))
                use: Use = loader.use if loader.measured else "predict"
                found[use, id(data)] = Feed(use=use, inputs=inputs, labels=labels, line=data.line)
    return list(found.values())


def _gives_pictures(data: Data) -> bool:
    """Return whether these images are no tensors yet: they are looked at, and fed to nothing."""
    return not data.operations and bool(_OF_PICTURES.search(data.origin))


def _named_for_a_use(follower: State, asked: frozenset[str]) -> list[Feed]:
    """Return what is named after training, validation or tests.

    What a network is only asked about, as for features, it is not trained on.
    """
    return [
        Feed(
            use=use,
            # A name that is changed, and made elsewhere, may have been prepared there.
            inputs=flow_of(value, shown=value.origin != name),
            labels=flow_of(value.labels),
            line=value.line,
        )
        for name, value in _named(follower)
        if isinstance(value, Data) and not value.free and value.labels is not None
        and not _gives_pictures(value) and (use := _use_of(name))
        and name not in asked
    ]  # fmt: skip


def _named(follower: State) -> Iterator[tuple[str, Value]]:
    """Yield what has a name, that which a dictionary holds by the name that it has there."""
    for name, value in follower.names.items():
        if isinstance(value, dict):
            yield from ((str(key), item) for key, item in value.items())
        else:
            yield name, value


def _transforms_by_name(follower: State) -> list[Feed]:
    """Return what composed transforms do, where one is named for training and one for tests."""
    feeds: dict[Use, Feed] = {}
    for name, value in follower.names.items():
        steps = [o for o in value if isinstance(o, Operation)] if isinstance(value, list) else []
        if not steps:
            continue
        use = _use_of(name) or "train"
        flow = Flow("images", tuple(steps))
        feeds[use] = Feed(use=use, inputs=flow, labels=Flow(shown=False), line=steps[0].line)
    return [feeds["train"], feeds["validation"]] if len(feeds) == 2 else []


def _generators_by_name(follower: State) -> list[Feed]:
    """Return what image generators do, where what they read is not shown."""
    made = {n: v for n, v in follower.names.items() if isinstance(v, Generator)}
    feeds = []
    for name, generator in made.items():
        use = _use_of(name)
        if use or len(made) == 1:
            feeds.append(
                Feed(
                    use=use or "train",
                    inputs=Flow("a generator", generator.operations),
                    labels=Flow(shown=False),
                    line=generator.line,
                )
            )
    return feeds


def _lone_dataset(follower: State) -> list[Feed]:
    """Return the one dataset that is batched where nothing says what it is for."""
    batched = {"batch", "batch_size"}
    made = [
        value
        for name, value in follower.names.items()
        if isinstance(value, Data)
        and any(o.name in batched for o in value.operations)
        and "validation" not in {_use_of(name), _use_of(value.origin)}
    ]
    if len(made) != 1 or len(follower.batches) > 1 or any(map(_is_taken, made)):
        return []
    one = any(o.name in batched and o.value == 1 for o in made[0].operations)
    if one and any(call.name == "DataLoader" for call in follower.ledger.calls):
        return []  # images one by one are what a network is asked about
    told = made[0].labels
    labels = flow_of(told) if told else Flow(shown=False)
    return [Feed(use="train", inputs=flow_of(made[0]), labels=labels, line=made[0].line)]


def _is_taken(value: Value) -> bool:
    """Return whether a loop is shown that takes this out of a set; none that trains, here."""
    return isinstance(value, Data) and any(o.name == TAKEN for o in value.operations)


def _is_answer(data: Data) -> bool:
    """Return whether these are answers or features that a network gives."""
    return any(o.value == A_NETWORK for o in data.operations)


_OF_ARRAYS = (
    ("train", r"x_?tr(?:ain)?\w*|tr(?:ain)?_?(?:x|images|data|features)",
     r"y_?tr(?:ain)?\w*|tr(?:ain)?_?(?:y|labels)"),
    ("train", r"x|images|data|imgs|features", r"y|labels|targets"),
    ("validation", r"x_?(?:val|test|dev)\w*|(?:val|test)_?(?:x|images|data)",
     r"y_?(?:val|test|dev)\w*|(?:val|test)_?(?:y|labels)"),
)  # fmt: skip


_PLAIN = {r"x|images|data|imgs|features"}
"""Names that say nothing of training, unless labels stand beside them."""


def _arrays_by_name(follower: State, read: frozenset[str], asked: frozenset[str]) -> list[Feed]:
    """Return what is shown of arrays by their usual names; other steps may not be shown.

    What a network is only asked about, `asked`, it is not trained on.
    """
    made = {
        name: follower.with_numbers(name, value)
        for name, value in follower.names.items()
        if isinstance(value, Data)
        and not value.free
        and not _is_answer(value)
        and not _is_taken(value)
        and name not in asked
    }
    feeds: list[Feed] = []
    for use, inputs, labels in _OF_ARRAYS:
        if use == "train" and any(feed.use == "train" for feed in feeds):
            continue
        images = next((v for n, v in made.items() if re.fullmatch(inputs, n, re.IGNORECASE)), None)
        answers = next((v for n, v in made.items() if re.fullmatch(labels, n, re.IGNORECASE)), None)
        if use == "validation" and not any(re.fullmatch(inputs, n, re.IGNORECASE) for n in read):
            continue
        both = images is not None and answers is not None
        if both or (inputs not in _PLAIN and (images is not None or answers is not None)):
            feeds.append(
                Feed(
                    use="train" if use == "train" else "validation",
                    inputs=shown_in_part(images),
                    labels=shown_in_part(answers),
                    line=(images or answers or Data("")).line,
                )
            )
    return feeds


def shown_in_part(data: Data | None) -> Flow:
    """Return what is shown of data whose other steps may not be."""
    return Flow(shown=False) if data is None else flow_of(data, shown=False)
