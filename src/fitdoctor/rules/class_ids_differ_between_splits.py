"""Training and validation number the same classes differently.

## Why it matters
Readers of folders number classes by the sorted names of the folders that are there. Where one part
lacks a class folder, has one more, or has its own table of names, all behind it shift: training is
good, and validation counts right answers as wrong, often below chance. `os.listdir` gives names in
whatever order the file system has them, which is another one on another disk.

## How it is measured
From the script: class folders that are numbered as `os.listdir`, `glob` or `iterdir` lists them,
unsorted, more surely where two parts are read so. From a confusion matrix that was printed: nearly
all images of most classes are answered as one other class, each as another one. From what readers
print: other numbers of classes in two parts. From curves and code: validation at less than a
quarter of chance, and two folders of which each numbers its own classes. Answers tell the same.
A class folder that is missing in one part is also found in the images themselves
(`class_missing_in_split`).

## What to try
Give both readers one list of classes (`classes=`, `class_names=`), or one table of names; sort what
is listed.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.cases import answering, both, with_data, with_script
from fitdoctor.records.claim import AGREE, Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import pairs
from fitdoctor.records.run import (
    CLASSES_AS_LISTED,
    Call,
    Curve,
    DataSummary,
    Fact,
    Feed,
    Run,
    Script,
)
from fitdoctor.rule import Rule

Matrix = tuple[tuple[int, ...], ...]
NEARLY_ALL = 0.8
LEAST_SHIFTED = 3
"""Classes that must be answered as another one, each as one of its own."""


def class_ids_differ_between_splits(
    script: Script | None = None,
    data: DataSummary | None = None,
    claims: tuple[Claim, ...] | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    shown = renamed(data.confusion) if data is not None else {}
    matrix = (
        f" The matrix shows it: nearly all of {len(shown)} classes are answered as one other "
        f"class, each as its own ({', '.join(f'{a} as {b}' for a, b in shown.items())})."
        if shown
        else ""
    )
    for call in script.called(CLASSES_AS_LISTED) if script is not None else ():
        listing = call.arguments["listing"].source
        several = int(call.arguments["times"].value) > 1
        yield Evidence(
            sentence=f"Class folders are numbered as {listing} lists them, which is the order of "
            "the file system: "
            + ("two folders that are read so" if several else "another disk or copy")
            + f" may number the same classes otherwise.{matrix}",
            weight=7.0 if shown else 4.5 if several else 1.0,
            severity=None if several or shown else "note",
            line=call.line,
            fix=f"sort the names: sorted({listing}), or give every part the list of the first",
            explains=("overfitting",) if shown else (),
        )
        return
    if shown:
        yield Evidence(sentence=f"Classes have other numbers than in training.{matrix}", weight=5.0)
        return
    if (printed := stated(claims, "error_classes_differ")) is not None and printed.exact:
        yield Evidence(
            sentence=f"\u201c{printed.sentence}\u201d: each reader numbers the folders it finds, "
            "so all classes behind the one that is missing have another number than in training.",
            weight=4.5,
            fix="give both readers one list of classes, or map the numbers of the second part by "
            "the class_to_idx of training",
        )
        return
    yield from _far_below_chance(script, accuracy, val_accuracy, classes)


BELOW, KNOWN = 0.25, 0.7
"""Share of chance below which answers are systematically of other classes; what was learned."""


def _far_below_chance(
    script: Script | None,
    accuracy: Curve | None,
    val_accuracy: Curve | None,
    classes: int | None,
) -> Iterator[Evidence]:
    """Yield that two folders number their own classes, where validation is far below chance.

    A network that knows nothing of new images answers at chance; one that is far below it is sure
    of other numbers.
    """
    folders = _two_folders(script)
    if folders is None or accuracy is None or val_accuracy is None or not classes:
        return
    if len(val_accuracy) < LEAST_ROWS or float(accuracy.values[-1]) < KNOWN:
        return
    best = float(val_accuracy.values.max())
    if best >= BELOW / classes:
        return
    yield Evidence(
        sentence=f"Validation accuracy is {best:.3g} at most, far below chance "
        f"({1 / classes:.2f}): answers are systematically of other classes. Training and "
        "validation are read from two folders, each of which numbers the classes that it finds: "
        "one class folder more or less shifts all behind it.",
        weight=4.0,
        line=folders.line,
        fix="compare `.classes` of both parts; where they differ, map the numbers of the second "
        "by the class_to_idx of training",
        explains=("overfitting",),
    )


LEAST_ROWS = 3
_OF_A_FOLDER = (
    "ImageFolder(",
    "DatasetFolder(",
    "flow_from_directory(",
    "_dataset_from_directory(",
)
_NUMBERED = lazy_re.compile(r"\bclass(?:es|_names)\s?=|target_transform")


def _two_folders(script: Script | None) -> Feed | None:
    """Return the validation images whose reader numbers classes apart from that of training."""
    for one, other in pairs(script, "validation") if script is not None else ():
        places = [feed.inputs.origin or "" for feed in (one, other)]
        read = all(any(name in place for name in _OF_A_FOLDER) for place in places)
        split = any(
            f.inputs.has("split", "split_tail", "subset") or _is_split(f) for f in (one, other)
        )
        paths = [place.partition(",")[0] for place in places]
        if read and not split and paths[0] != paths[1] and not any(map(_NUMBERED.search, places)):
            return other
    return None


def renamed(matrix: Matrix) -> dict[int, int]:
    """Return which class is answered as which other one; {} unless that is another numbering."""
    best: dict[int, int] = {}
    for true, row in enumerate(matrix):
        if sum(row) and max(row) >= NEARLY_ALL * sum(row):
            best[true] = row.index(max(row))
    shifted = {a: b for a, b in best.items() if a != b}
    apart = len(set(best.values())) == len(best)
    return shifted if apart and len(shifted) >= max(LEAST_SHIFTED, len(matrix) / 2) else {}


def _is_split(feed: Feed) -> bool:
    """Return whether images went through a function that splits them."""
    return any(o.name == "call" and "split" in str(o.value) for o in feed.inputs.operations)


def _listed(times: int) -> Call:
    told = {
        "listing": Fact("os.listdir(root)", None, 3),
        "times": Fact(str(times), times, 4),
    }
    return Call(name=CLASSES_AS_LISTED, arguments=told, line=3)


_TURNED = ((0, 40, 1, 0), (1, 0, 39, 0), (38, 1, 0, 2), (0, 0, 1, 40))
_MIXED = ((20, 15, 5, 0), (10, 25, 4, 1), (3, 6, 30, 1), (0, 0, 1, 40))

MOSTLY_RIGHT = 0.8


def _is_mostly_right(run: Run) -> bool:
    """Return whether validation was mostly right at some epoch, which other numbers never are."""
    held = run.curves.get("val_accuracy")
    return held is not None and len(held) > 0 and bool(held.values.max() >= MOSTLY_RIGHT)


RULE = Rule(
    code="FD416",
    check=class_ids_differ_between_splits,
    kind="cause",
    severity="error",
    prior=0.01,
    any_of=("script", "data", "claims"),
    explains={"validation_never_learned": 0.6},
    excluded=_is_mostly_right,
    advice="give both readers one list of classes (classes=, class_names=)",
    clear="both parts number the classes alike",
    clear_with=("answers",),
    asks={
        "class_numbers_alike": {"yes": 0.02, "no": 0.98},
    },
    denied_by=AGREE,
    sick=(
        with_script(calls=(_listed(2),)),
        both(with_data(confusion=_TURNED), with_script(calls=(_listed(1),))),
        with_data(confusion=_TURNED),
        answering(what_happens="training_good_validation_bad", class_numbers_alike="no"),
        answering(what_happens="good_in_fit_bad_in_predict", class_numbers_alike="no"),
    ),
    healthy=(
        with_script(),
        with_data(confusion=_MIXED),
        with_data(confusion=((40, 0), (1, 39))),
        answering(what_happens="training_good_validation_bad", class_numbers_alike="yes"),
        answering(what_happens="training_good_validation_bad"),
    ),
)
