"""Images and labels are paired in different orders.

## Why it matters
Labels written by position (`labels[0:300] = 0`) only fit if the images come in the order that was
thought of; `os.listdir` gives files and folders in no order at all. Features computed from a
shuffled generator do not fit `generator.classes`, which is in the order of the files. The network
learns the wrong names, or nothing.

## How it is measured
From the script: labels filled by ranges together with `os.listdir` or `glob` that nothing sorts; or
labels taken from `generator.classes` while a directory is read without `shuffle=False`. Also:
labels read from a table or a text file while the images are listed by os.listdir or glob and never
sorted (not those whose names a table gives), or given to `image_dataset_from_directory`, which
takes files by name. Two calls that shuffle images and labels each on their own, the generator not
reset between them, count too; so do `shuffle="False"`, which is true as any text, of a folder where
fit is given labels apart; so do two calls that split them, file names that are shuffled after their
labels were made, and one of two arrays that a random index reorders alone. So does a loss in a loop
whose images went through another random permutation than their labels, unless the same answers are
compared with labels in their own order too, as mixing of images does. A hint: validation accuracy,
as stated, is well below what guessing among the classes gets right.

## What to try
`sorted(os.listdir(...))` and labels appended beside each image; `shuffle=False` for features.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.cases import with_script
from fitdoctor.records.claim import AGREE, Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import NAMED_BY_TABLE, mixes
from fitdoctor.records.run import REORDERED_ALONE, Call, Fact, Feed, Flow, Operation, Script
from fitdoctor.rule import Rule


def images_and_labels_misaligned(
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if (below := _below_chance(claims, classes)) is not None:
        yield below
    if script is not None:
        yield from _from_script(script, claims)


BELOW, FEWEST = 0.6, 4
"""Part of the answers that guessing gets right, and of how many classes fewer are no accident."""


def _below_chance(claims: tuple[Claim, ...] | None, classes: int | None) -> Evidence | None:
    """Return that fewer validation images are said to be right than guessing gets right."""
    said = stated(claims, "said_val_accuracy")
    if said is None or said.value is None or classes is None or classes < FEWEST:
        return None
    if not 0 < said.value < BELOW / classes:
        return None
    return Evidence(
        sentence=f"Guessing among {classes} classes gets {1 / classes:.2g} right; stated is less: "
        f"answers that are of other classes. \u201c{said.sentence}\u201d",
        weight=2.0,
        severity="note",
    )


def _from_script(script: Script, claims: tuple[Claim, ...] | None) -> Iterator[Evidence]:
    swapped = stated(claims, "classes_swapped")
    listed, ranges = script.called("listdir", "glob", "iglob"), script.called("assign_range")
    if listed and ranges and not script.called("sorted"):
        yield Evidence(
            sentence="Labels are filled in by position, while os.listdir gives files in no order"
            + (f"; stated: \u201c{swapped.sentence}\u201d" if swapped else "."),
            weight=6.0 if swapped else 4.0,
            line=ranges[0].line,
            fix="sort what os.listdir gives, and append each label beside its image",
        )
        return
    table = next((f for f in script.fed("train") if _by_two_orders(f)), None)
    if table is not None and _listed_before(script) and listed and not script.called("sorted"):
        yield Evidence(
            sentence="Labels are taken in the order of a table, images in the order in which "
            f"{listed[0].name} gives them, which is none.",
            weight=5.5,
            line=listed[0].line,
            fix=f"read the images by the names in the table, not in the order of {listed[0].name}",
        )
        return
    if line := _listed_elsewhere(script):
        yield Evidence(
            sentence="The folder is read in the order of the file names; its labels are given in "
            "the order of a table that nothing sorts by them.",
            weight=4.5,
            line=line,
            fix="sort the table by its file names before its labels are taken",
        )
        return
    if apart := _shuffled_apart(script) or _by_two_indices(script):
        first, second = apart
        yield Evidence(
            sentence=f"Lines {first} and {second} shuffle images and labels each on their own: "
            "they no longer belong together.",
            weight=5.5,
            line=second,
            fix="shuffle both by one order: order = np.random.permutation(len(x)); x, y = "
            "x[order], y[order]",
        )
        return
    if cut := _cut_apart(script):
        yield Evidence(
            sentence="Images and labels are not cut at the same rows: they do not belong together.",
            weight=5.5,
            line=cut,
            fix="cut both at the same rows: x[:n], y[:n]",
        )
        return
    if split := _split_apart(script):
        yield Evidence(
            sentence="Images and labels are split at random by two calls without one random_state: "
            "they no longer belong together.",
            weight=5.5,
            line=split,
            fix="split both in one call: x_train, x_val, y_train, y_val = train_test_split(x, y)",
        )
        return
    by_batch = script.called(REORDERED_ALONE)
    reordered = by_batch[0].line if by_batch else 0
    by_index = _one_by_index(script) or _one_reversed(script)
    if alone := reordered or _one_shuffled(script) or by_index:
        yield Evidence(
            sentence="One of images and labels is shuffled, the other stays as it was.",
            weight=4.5,
            line=alone,
            fix="shuffle both by one order: order = np.random.permutation(len(x)); x, y = "
            "x[order], y[order]",
        )
        return
    if (text := _false_as_text(script)) is not None:
        yield Evidence(
            sentence=f"shuffle={text.arguments['shuffle'].value!r} is a text, and any but the "
            "empty one is true: the folder is read in random order; labels come from elsewhere.",
            weight=4.0,
            line=text.line,
            fix="shuffle=False, without quotation marks",
        )
        return
    by_file = [f for f in script.feeds if ".classes" in (f.labels.origin or "")]
    shuffled = [
        c
        for c in script.calls
        if c.name.startswith("flow_from")
        and not ("shuffle" in c.arguments and c.arguments["shuffle"].value is False)
    ]
    if by_file and shuffled:
        yield Evidence(
            sentence="Labels come from generator.classes, in the order of the files, while the "
            "directory is read shuffled.",
            weight=6.0,
            line=shuffled[0].line,
            fix="shuffle=False where the folder is read for predictions that are put beside "
            "generator.classes",
        )


def _false_as_text(script: Script) -> Call | None:
    """Return what reads a folder with `shuffle="False"`, where labels come from elsewhere."""
    apart = any(f.labels.origin and f.labels.origin[0] not in "\"'" for f in script.fed("train"))
    for call in script.calls if apart else ():
        value = call.arguments["shuffle"].value if "shuffle" in call.arguments else None
        reads = call.name.startswith(("flow_from", "image_dataset_from"))
        if reads and isinstance(value, str) and value.casefold() in _FALSE:
            return call
    return None


_FALSE = frozenset({"false", "no", "off", "0"})
_RESETS = ("seed", "set_state", "set_seed", "set_random_seed", "manual_seed")


def _alone(flow: Flow) -> int:
    """Return the line that shuffles one array without another; 0 where none does."""
    return next((line for line, _ in _shuffles_alone(flow)), 0)


def _shuffles_alone(flow: Flow) -> Iterator[tuple[int, str]]:
    """Yield the line of each shuffle of one array, and how: `alone`, or `seed 3`."""
    for operation in flow.operations:
        how = str(operation.value)
        if operation.name == "shuffle" and (how == "alone" or how.startswith("seed ")):
            yield operation.line, how


def _shuffled_apart(script: Script) -> tuple[int, int] | None:
    """Return the lines that shuffle images and labels, the generator not reset between them."""
    for feed in script.fed("train"):
        lines = _alone(feed.inputs), _alone(feed.labels)
        low, high = min(lines), max(lines)
        ways = [[how for _, how in _shuffles_alone(flow)] for flow in (feed.inputs, feed.labels)]
        if ways[0] == ways[1] and "alone" not in ways[0]:
            continue  # the same seeds give the same order
        reset = any(low <= call.line <= high for call in script.called(*_RESETS))
        if low and low != high and not reset:
            return low, high
    return None


def _split_apart(script: Script) -> int:
    """Return the line that splits labels apart from the images, by other random numbers."""
    for feed in script.fed("train"):
        one, other = (
            next((o for o in flow.operations if mixes(o)), None)
            for flow in (feed.inputs, feed.labels)
        )
        if one is None or other is None or one.line == other.line:
            continue
        seeds = [o.value.get("random_state") if isinstance(o.value, dict) else 0
                 for o in (one, other)]  # fmt: skip
        if None in seeds or seeds[0] != seeds[1]:
            return other.line
    return 0


def _one_shuffled(script: Script) -> int | None:
    """Return the line that shuffles one of two arrays that come from two names."""
    for feed in script.fed("train"):
        flows = (feed.inputs, feed.labels)
        lines = _alone(feed.inputs), _alone(feed.labels)
        plain = all(re.fullmatch(r"\w+|np\.load\(.*", flow.origin or "") for flow in flows)
        if bool(lines[0]) != bool(lines[1]) and _born_together(_as_shuffled(feed, max(lines))):
            return max(lines)
        mixed = any(flow.has("call", "select", "split") for flow in flows)
        if bool(lines[0]) != bool(lines[1]) and plain and not mixed:
            return max(lines)
        # Labels made of the listed names, and the names shuffled after that.
        made = feed.labels.operations
        listed = made and (feed.labels.origin or "").partition("[")[0] in {"glob", "listdir"}
        if lines[0] and not feed.labels.has("shuffle") and listed:
            return lines[0]
    return None


def _as_shuffled(feed: Feed, line: int) -> Feed:
    """Return what was done to images and labels up to a shuffle of one of them.

    What is split together afterwards was in one order only if it was so before.
    """
    flows = (feed.inputs, feed.labels)
    cut = [next((i for i, o in enumerate(f.operations) if o.name == "shuffle" and o.line == line),
                None) for f in flows]  # fmt: skip
    after = {(o.name, o.line) for f, at in zip(flows, cut, strict=True) if at is not None
             for o in f.operations[at + 1 :]}  # fmt: skip
    inputs, labels = (
        replace(f, operations=tuple(o for o in f.operations if (o.name, o.line) not in after))
        for f in flows
    )
    return replace(feed, inputs=inputs, labels=labels)


def _by_two_indices(script: Script) -> tuple[int, int] | None:
    """Return the lines that put images and labels in orders that were drawn apart."""
    for feed in script.fed("train"):
        ways = [
            [o for o in flow.operations if o.name == "shuffle" and str(o.value).startswith("by ")]
            for flow in (feed.inputs, feed.labels)
        ]
        if not (ways[0] and ways[1]) or {o.value for o in ways[0]} & {o.value for o in ways[1]}:
            continue
        low, high = sorted(way[0].line for way in ways)
        if not script.called(*_RESETS):
            return low, high
    return None


def _born_together(feed: Feed) -> bool:
    """Return whether images and labels were in one order, and only one shuffle is known since.

    They were where one call gave both, one table holds both, or one line split or shuffled both.
    """
    one, other = feed.inputs.operations, feed.labels.operations
    both = {(o.name, o.line) for o in one} & {(o.name, o.line) for o in other}
    joint = [
        max((i for i, o in enumerate(steps) if (o.name, o.line) in both and o.name in _ORDERING),
            default=-1)
        for steps in (one, other)
    ]  # fmt: skip
    if any(_may_reorder(o) for o in (*one[joint[0] + 1 :], *other[joint[1] + 1 :])):
        return False
    if min(joint) >= 0:
        return True
    first, second = feed.inputs.origin or "", feed.labels.origin or ""
    if max(joint) >= 0 or not (first and second):
        return False
    if feed.inputs.numbers is not None and feed.labels.numbers is not None:
        return True
    # What reads files has one name for all of them; a table or an array is itself.
    table = first == second and (one[:1] != other[:1]) and bool(_TABLE.search(first))
    return table or (first != second and _of_call(first) == _of_call(second))


_ROWS = lazy_re.compile(r"-?\d{0,9}:-?\d{0,9}")


def _cut_apart(script: Script) -> int:
    """Return the line of a feed whose images and labels are other rows of one pair; else 0."""
    for feed in script.feeds:
        ways = [[str(o.value) for o in flow.operations if o.name in _OF_ROWS]
                for flow in (feed.inputs, feed.labels)]  # fmt: skip
        cuts = [w[0].replace(" ", "") if len(w) == 1 else "" for w in ways]
        if not all(_ROWS.fullmatch(c) for c in cuts):
            continue
        first, second = feed.inputs.origin or "", feed.labels.origin or ""
        pair = first != second and _of_call(first) == _of_call(second)
        if pair and cuts[0].strip("0") != cuts[1].strip("0"):
            return feed.line
    return 0


_OF_ROWS = frozenset({"call", "select", "slice", "filter", "split", "shuffle", "take", "skip"})
_ORDERING = frozenset({"split", "shuffle"})


def _of_call(origin: str) -> str:
    """Return what gave a pair, where it is the first or the second of one."""
    return re.sub(r"\[[01]\]$", "", origin)


def _may_reorder(operation: Operation) -> bool:
    by_column = operation.name == "slice" and str(operation.value).startswith("(:,")
    return operation.name in {"call", "select", "slice", "filter"} and not by_column


_INDEXED = lazy_re.compile(r"\[\s{0,9}[^\W\d]")


def _one_reversed(script: Script) -> int | None:
    """Return the line that turns the order of one of two arrays round."""
    for feed in script.fed("train"):
        turned = [[o.line for o in flow.operations if o.name == "slice" and o.value == "::-1"]
                  for flow in (feed.inputs, feed.labels)]  # fmt: skip
        if len(turned[0]) % 2 != len(turned[1]) % 2:
            return max(turned[0] + turned[1])
    return None


def _one_by_index(script: Script) -> int | None:
    """Return the line that puts one of two arrays alone in a random order by an index."""
    for feed in script.fed("train"):
        for one, other in ((feed.inputs, feed.labels), (feed.labels, feed.inputs)):
            by_index = next((o for o in one.operations if o.name == "shuffle"
                             and str(o.value).startswith("by ")), None)  # fmt: skip
            if by_index is None or other.has("shuffle", "select", "call"):
                continue
            named = (other.origin or "").isidentifier() and other.origin != one.origin
            alone = not other.has("split") and named
            if _INDEXED.search(other.origin or ""):
                continue  # an index that the text names may be the same one
            if alone or _born_together(_as_shuffled(feed, by_index.line)):
                return by_index.line
    return None


def _listed_before(script: Script) -> bool:
    """Return whether a folder is listed before the last fit, not for other images behind it."""
    names = [call.name for call in script.calls]
    fits = [at for at, name in enumerate(names) if name.startswith("fit")]
    return not fits or any(name in _LISTINGS for name in names[: fits[-1]])


_LISTINGS = frozenset({"listdir", "glob", "iglob"})
_TABLE = lazy_re.compile(r"read_(?:csv|excel|table)|loadtxt|genfromtxt|open\(")


def _listed_elsewhere(script: Script) -> int:
    """Return the line that gives a table's labels to what reads a folder; 0 where none does."""
    sorts = any("sort" in call.name for call in script.calls)
    for feed in script.fed("train"):
        steps = {str(o.value) for o in feed.labels.operations if o.name == "call"}
        by_table = _TABLE.search(feed.labels.origin or "")
        if feed.labels.has("listed") and by_table and not sorts and not steps & _SORTING:
            return next(o.line for o in feed.labels.operations if o.name == "listed")
    return 0


_SORTING = {"sort_values", "sort_index", "reindex", "loc", "merge", "map"}
_READERS = frozenset({"cv2.imread", "load_img", "open", "listdir"})


_COMPUTED = lazy_re.compile(r"\w\(|\w\[")


def _by_two_orders(feed: Feed) -> bool:
    """Return whether these are labels that a table lists from images that are read without it.

    Labels that are looked up by a key which is computed for each image are in the images' order.
    """
    if any(o.name == "select" and _COMPUTED.search(str(o.value)) for o in feed.labels.operations):
        return False
    if feed.inputs.has(NAMED_BY_TABLE):
        return False
    origin = feed.labels.origin or ""
    table = re.match(r"open\b", origin) or _TABLE.search(origin)
    return bool(table) and origin != feed.inputs.origin and feed.inputs.origin in _READERS


_SHUFFLED = Call(name="flow_from_directory", arguments={"shuffle": Fact("True", True, 3)}, line=3)
_IN_ORDER = Call(name="flow_from_directory", arguments={"shuffle": Fact("False", False, 3)}, line=3)
_OWN = Feed(use="train", labels=Flow("labels"), line=9)


def _by_text(value: str) -> Call:
    """Return a call of `flow_from_directory` whose `shuffle` is a text, not a truth value."""
    return Call(name="flow_from_directory", arguments={"shuffle": Fact(value, value, 3)}, line=3)


_BY_FILE = Feed(use="train", labels=Flow("to_categorical(generator.classes)"), line=8)

RULE = Rule(
    code="FD309",
    check=images_and_labels_misaligned,
    kind="cause",
    severity="error",
    any_of=("script", "claims"),
    clear_with=("script",),
    prior=0.02,
    explains={"validation_never_learned": 0.35, "never_learned": 0.4, "train_good_val_bad": 0.97},
    told_by={"orders_differ": 4.5, "labels_shuffled_alone": 5.0},
    advice="show nine images with their labels, and give images and labels one order",
    clear="nothing shows that images and labels are in different orders",
    asks={
        "pictures_fit_their_labels": {"all": 0.02, "some_do_not": 0.06, "most_do_not": 0.92},
    },
    denied_by=AGREE,
    sick=(
        with_script(calls=(Call(name="listdir", line=2), Call(name="assign_range", line=5))),
        with_script(calls=(_SHUFFLED,), feeds=(_BY_FILE,)),
        with_script(calls=(_by_text("false"),), feeds=(_OWN,)),
        with_script(
            feeds=(
                Feed(
                    use="train",
                    inputs=Flow("x", (Operation("shuffle", "alone", 2),)),
                    labels=Flow("y", (Operation("shuffle", "alone", 3),)),
                ),
            ),
        ),
    ),
    healthy=(
        with_script(
            calls=(_by_text("false"),),
            feeds=(Feed(use="train", inputs=Flow("'d'[0]"), labels=Flow("'d'[1]")),),
        ),
        with_script(calls=(_by_text(""),), feeds=(_OWN,)),
        with_script(calls=(_IN_ORDER,), feeds=(_OWN,)),
        with_script(
            calls=(Call(name="seed", line=3),),
            feeds=(
                Feed(
                    use="train",
                    inputs=Flow("x", (Operation("shuffle", "alone", 2),)),
                    labels=Flow("y", (Operation("shuffle", "alone", 4),)),
                ),
            ),
        ),
        with_script(
            calls=(
                Call(name="sorted", line=2),
                Call(name="listdir", line=2),
                Call(name="assign_range", line=5),
            )
        ),
        with_script(calls=(_IN_ORDER,), feeds=(_BY_FILE,)),
    ),
)
