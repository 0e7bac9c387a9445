"""Validation images, or near copies of them, are among the training images.

## Why it matters
Frames of one video, slices of one patient or augmented copies look alike. Split at random they
stand on both sides, validation is nearly perfect, and new images are not.

## How it is measured
The audit of the folder found the same or nearly the same picture in both splits; or the asker
states frames, slices or copies together with a random split in the code; or validation accuracy is
exactly 1 within the first epochs while training is still below it. Fit given the same arrays for
both counts as well, or arrays of which the validation images were split off; so do two datasets
that split one folder with different seeds, a dataset that is shuffled anew at every pass before
`take` and `skip` cut it, a network that is not built anew for each fold, a random split of a folder
into which altered copies were saved, one of a list to which the script adds frames, slices or
patches of each file, and a loader that is named after tests or validation of a set that is named
after training. So do two readers of one folder, whatever names, options or parts of paths it is
written with, parts of one order of numbers that have numbers in common, and two random splits of
one set. From words and code: copies made by augmentation or oversampling before a random
split, and a split by image where several are of one patient.

## What to try
Split by video, patient or original image; `fitdoctor audit` finds near copies across splits.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import numpy as np

from fitdoctor import lazy_re
from fitdoctor.cases import TORCH, falling, flat, scripted, stating, straight, with_curves
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import IN_BLOCKS, PIECES, pairs
from fitdoctor.records.image_finding import ImageFinding, about, of_pairs
from fitdoctor.records.run import (
    COPIED_BEFORE_SPLIT,
    FOLDER_READ,
    ROWS_IN_BOTH,
    SPLIT_TWICE,
    TABLE_IN_BOTH,
    TRAINED_AND_TESTED,
    VALIDATED_WITHIN_TRAINING,
    Curve,
    Feed,
    Flow,
    Operation,
    Run,
    Script,
)
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median


def leaked_validation_images(
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    image_findings: tuple[ImageFinding, ...] | None = None,
) -> Iterator[Evidence]:
    if pairs := about(image_findings or (), "leaked_validation_images"):
        yield Evidence(sentence=of_pairs(pairs, "in more than one split"), weight=5.0)
        return
    ways = (
        _frames(script, claims),
        _copies_split(script, claims, random=_splits_at_random(script, claims)),
        _by_calls(script),
        _parts_of_a_folder(script),
        _images_of_feeds(script),
        _same_names(script, given_twice=_on_purpose(accuracy, val_accuracy, claims)),
        _perfect(accuracy, val_accuracy),
    )
    found = next((seen for seen in ways if seen is not None), None)
    if found is not None:
        yield found


def _splits_at_random(script: Script | None, claims: tuple[Claim, ...] | None) -> bool:
    random = script is not None and any(
        feed.inputs.has("split") and (feed.inputs.value("split") or {}).get("shuffle") is not False
        for feed in script.feeds
    )
    return random or stated(claims, "random_split") is not None or _split_at_random(script)


def _frames(script: Script | None, claims: tuple[Claim, ...] | None) -> Evidence | None:
    """Return that frames of videos are in both parts, as the asker says."""
    frames, perfect = stated(claims, "frames_of_videos"), stated(claims, "val_accuracy_perfect")
    if frames is None:
        return None
    random = _splits_at_random(script, claims)
    return Evidence(
        sentence=f"You write: \u201c{frames.sentence}\u201d"
        + (" The split is random, so neighbours stand on both sides." if random else ""),
        weight=5.5 if random or perfect else 3.0,
    )


_CALLS: Mapping[str, tuple[str, str]] = {
    "fit_in_folds": (
        (
            "One network is fitted on fold after fold: each fold after the first validates on "
            "images that it was trained on before."
        ),
        "build and compile the network anew inside the loop over the folds",
    ),
    TRAINED_AND_TESTED: (
        "The loader that is named after tests or validation gives the images that are trained on.",
        "give that loader the test or validation set",
    ),
    VALIDATED_WITHIN_TRAINING: (
        (
            "The images of this loader are a part of the set that is trained on as a whole: the "
            "other part, which is for training, is not used."
        ),
        "",
    ),
    ROWS_IN_BOTH: (
        "Images are chosen by number for training and for validation, and numbers are in both.",
        "cut one order in two: indices[:n] to train on, indices[n:] to validate on",
    ),
    TABLE_IN_BOTH: (
        "The rows of this loader are those of the table that is trained on, or a part of them.",
        "give each set its own part of the split",
    ),
    SPLIT_TWICE: (
        (
            "The images are split at random twice, once for training and once for validation: "
            "images are in both."
        ),
        "split once, or give both splits a generator with the same seed",
    ),
    "parted_anew": (
        (
            "The dataset is shuffled anew at every pass and then cut by take and skip: every epoch "
            "moves images between training and validation (reshuffle_each_iteration=False keeps "
            "them apart)."
        ),
        "shuffle(..., reshuffle_each_iteration=False) before take and skip",
    ),
}
"""What interpreting a script finds, by the name of the call: what is said of it, and its fix."""


def _by_calls(script: Script | None) -> Evidence | None:
    for name, (sentence, fix) in _CALLS.items() if script is not None else ():
        for call in script.called(name) if script is not None else ():
            weight = 4.5 if name == "fit_in_folds" else 5.0
            return Evidence(sentence=sentence, weight=weight, line=call.line, fix=fix)
    return None


def _parts_of_a_folder(script: Script | None) -> Evidence | None:
    """Return that a folder is split with two seeds, or after altered copies were saved to it."""
    if seeds := _two_seeds(script):
        return Evidence(
            sentence=f"The folder is split twice, with seed {seeds[0]} and with seed {seeds[1]}: "
            "the validation part holds images that are trained on.",
            weight=5.5,
            line=seeds[2],
            fix=f"seed={seeds[0]} for both parts",
        )
    return _saved_then_split(script)


def _images_of_feeds(script: Script | None) -> Evidence | None:
    """Return that `fit` is given a whole of which the rest is validated on, or one folder."""
    if whole := _split_of_what_is_trained_on(script):
        return Evidence(
            sentence=f"fit is given the whole of {(whole.inputs.origin or '')[:60]}, of which the "
            f"{'test' if whole.use == 'evaluate' else 'validation'} images are a part.",
            weight=5.0,
            line=whole.line,
            fix="give fit the training part of the split",
        )
    if folder := _same_folder(script):
        return Evidence(
            sentence=f"The images of {(folder.inputs.origin or '')[:60]} are trained on and "
            "validated on: nothing takes a part of them.",
            weight=5.0,
            line=folder.line,
            fix="validate on images that are not trained on: a folder of their own, or "
            "validation_split with subset",
        )
    return None


def _same_names(script: Script | None, *, given_twice: bool) -> Evidence | None:
    """Return that `fit` is given the same arrays twice, where that is not said to be meant."""
    named = script.called("validates_on_training") if script else ()
    same = _same_arrays(script)
    if given_twice or not (named or same):
        return None
    arrays = named[0].arguments["x"].source if named else same.inputs.origin if same else ""
    return Evidence(
        sentence=f"fit is given {(arrays or '')[:60]} to train on and to validate on.",
        weight=5.0,
        line=named[0].line if named else same.line if same else None,
        fix="validate on images that are not trained on",
    )


def _perfect(accuracy: Curve | None, val_accuracy: Curve | None) -> Evidence | None:
    early = _perfect_early(accuracy, val_accuracy)
    if early is None:
        return None
    return Evidence(
        sentence=f"Validation accuracy is exactly 1 from epoch {early} on, while training is "
        "still below it.",
        weight=2.0,
        # Easy images do that too, with dropout in training.
        severity="note",
    )


def _saved_then_split(script: Script | None) -> Evidence | None:
    """Return whether the files of a folder with altered copies are split at random."""
    for views in script.called("saved_views") if script else ():
        folder = str(views.arguments["save_to_dir"].value or "").strip("./")
        for split in script.called("train_test_split", "random_split") if script else ():
            files = next(iter(split.arguments.values()), None)
            named = bool(folder) and files is not None and folder in files.source
            if named and split.line > views.line:
                return Evidence(
                    sentence=f"Altered copies of the images are saved to {folder}, and its files "
                    "are split at random: copies of one image stand on both sides.",
                    weight=5.0,
                    line=split.line,
                    fix="split the original images first, and augment the training part only",
                )
    return None


_AUGMENTED = lazy_re.compile(
    r"augment|(?<![a-z])aug(?![a-z])|oversampl|smote|fit_resample|fit_sample|random_transform",
    re.IGNORECASE,
)


def _copies_split(
    script: Script | None, claims: tuple[Claim, ...] | None, *, random: bool
) -> Evidence | None:
    """Return whether a set that holds altered copies of its images is split at random."""
    said = stated(claims, "augmented_then_split")
    feeds = script.feeds if script else ()
    on_disk = stated(claims, "copies_on_disk")
    cut = any(f.inputs.has("split", "split_tail", "subset") for f in feeds)
    if said is None and on_disk is not None and (cut or random):
        said = on_disk
    for call in script.called(COPIED_BEFORE_SPLIT) if script else ():
        split = call.arguments["split"]
        return Evidence(
            sentence=f"Line {call.line} holds the same files several times over, and "
            f"{split.source} of line {split.line} splits the list at random: copies of one file "
            "are trained on and validated on.",
            weight=6.0,
            line=call.line,
            fix="split the list of files first, and repeat those of the training part only",
            explains=("overfitting", "small_training_set"),
        )
    several = next((o for f in feeds if (o := _copies(_split_operations(f.inputs)))), None)
    if several is not None:
        return Evidence(
            sentence=f"The set holds {several.value} again and again, and is split at random: they "
            "stand on both sides."
            if several.name == "copies" and several.value in PIECES
            else "Each image is put into the set several times before it is split: copies of one "
            "image stand on both sides.",
            weight=5.0,
            line=several.line,
            fix="split the original images first, and make copies of the training part only",
        )
    made = [text for feed in feeds for text in _before_split(feed.inputs)]
    named = next((text for text in made if _AUGMENTED.search(text)), None)
    if said is None and named is None:
        return None
    return Evidence(
        sentence=(f"You write: \u201c{said.sentence}\u201d" if said else f"{named} is split")
        + ": altered copies of one image stand on both sides of a split made after them.",
        weight=5.5 if said and (named or random) else 4.5,
        fix="split the original images first, and augment the training part only",
    )


def _split_at_random(script: Script | None) -> bool:
    """Return whether an excerpt splits a list at random, and by no group."""
    calls = script.called("train_test_split", "random_split") if script is not None else ()
    return any(
        ((shuffle := call.arguments.get("shuffle")) is None or shuffle.value is not False)
        and not any(_BY_GROUP.search(fact.source) for fact in call.arguments.values())
        for call in calls
    )


_BY_GROUP = lazy_re.compile(
    r"patient|subject|group|person|scene|video|animal|specimen|slide_?id|unique\(", re.IGNORECASE
)
"""What is split where parts have no group in common."""


def _copies(operations: tuple[Operation, ...]) -> Operation | None:
    """Return what puts an image into a set several times; altered ones in a loop do so too."""
    by_name = {o.name: o for o in operations}
    if "augment" in by_name and IN_BLOCKS in by_name:
        return by_name["augment"]
    return by_name.get("copies")


def _split_operations(flow: Flow) -> tuple[Operation, ...]:
    """Return what is done to inputs before they are split at random; () where they are not."""
    for at, operation in enumerate(flow.operations):
        if operation == Operation("call", "random_split", operation.line):
            return flow.operations[:at]
        if operation.name == "split":
            told = operation.value if isinstance(operation.value, dict) else {}
            return flow.operations[:at] if told.get("shuffle") is not False else ()
    return ()


def _before_split(flow: Flow) -> list[str]:
    """Return what inputs come from and went through before they were split; [] if they were not."""
    before = _split_operations(flow)
    if not before and not flow.has("split"):
        return []
    return [_what_is_read(flow.origin or ""), *(str(o.value) for o in before if o.name == "call")]


def _what_is_read(origin: str) -> str:
    """Return where images come from, without what a data set does to each as it is read.

    A transform that is given to a data set alters an image at every look and adds no copy.

    >>> _what_is_read("ImageFolder('larvae/', transform=aug_tf)[0]")
    "ImageFolder('larvae/')"
    """
    try:
        read = ast.parse(origin, mode="eval").body
    except (SyntaxError, ValueError):
        return origin
    while isinstance(read, ast.Subscript):
        read = read.value
    if not isinstance(read, ast.Call):
        return origin
    name = ast.unparse(read.func)
    if not name.rpartition(".")[2][:1].isupper():
        return origin  # a function, which may return any images
    folder = bool(read.args) and isinstance(read.args[0], ast.Constant)
    given = [a for a in read.args if isinstance(a, ast.Constant) or not folder]
    named = [k.value for k in read.keywords if isinstance(k.value, ast.Constant)]
    texts = [a for a in named if isinstance(a.value, str)]
    return f"{name}({', '.join(map(ast.unparse, [*given, *texts]))})"


_AN_ARRAY = lazy_re.compile(
    r"(?!(?:cv2|open|listdir|glob|load_img|decode_\w+)\b)\w+"
    r"|.{0,200}\b(?:load_data\(|load\(['\"]).{0,200}"
)


def _on_purpose(
    accuracy: Curve | None, val_accuracy: Curve | None, claims: tuple[Claim, ...] | None
) -> bool:
    """Return whether these are images given twice to see what inference does.

    That is then said, or they score worse.
    """
    if stated(claims, "same_data_for_both"):
        return True
    if accuracy is None or val_accuracy is None:
        return False
    return float(accuracy.values[-1] - val_accuracy.values[-1]) > WORSE


WORSE = 0.05


def _split_of_what_is_trained_on(script: Script | None) -> Feed | None:
    """Return the feed of images that were split off what is trained on as a whole."""
    for training, feed in pairs(script, "validation", "evaluate") if script else ():
        one, other = training.inputs, feed.inputs
        parts = [o for o in other.operations if o.name == "split"]
        rest = parts and isinstance(parts[0].value, dict) and parts[0].value["part"] == "rest"
        whole = not one.has("split", "split_tail", "slice", "select", "call", "subset", "take")
        before = other.operations[: other.operations.index(parts[0])] if parts else ()
        same = one.origin == other.origin and before == one.operations[: len(before)]
        if rest and whole and same and _AN_ARRAY.fullmatch(one.origin or ""):
            return feed
        if feed.use == "validation" and _rows_in_common(one, other):
            return feed
    return None


_ROWS = lazy_re.compile(r"(-?\d{0,9}):(-?\d{0,9})")
"""Rows of an array by their numbers."""


def _rows_in_common(one: Flow, other: Flow) -> bool:
    """Return whether rows of an array are validated on that are trained on too."""
    plain = not any(f.has("split", "split_tail", "select", "call", "subset", "take", "shuffle")
                    for f in (one, other))  # fmt: skip
    if not plain or one.origin != other.origin or not _AN_ARRAY.fullmatch(one.origin or ""):
        return False
    trained, asked = _rows(one), _rows(other)
    if trained is None or asked is None or asked == (0, None):
        return False
    if trained == (0, None):
        return True
    (low, high), (first, last) = trained, asked
    if min(low, high or 0, first, last or 0) < 0:
        return False  # counted from an end whose number is not known
    return (last is None or low < last) and (high is None or first < high)


def _rows(flow: Flow) -> tuple[int, int | None] | None:
    """Return the first row that is taken, and the first that is not; `None` where unknown."""
    taken = [str(o.value) for o in flow.operations if o.name == "slice"]
    if not taken:
        return 0, None
    told = _ROWS.fullmatch(taken[0]) if len(taken) == 1 else None
    if told is None:
        return None
    return int(told[1] or 0), int(told[2]) if told[2] else None


def _same_arrays(script: Script | None) -> Feed | None:
    """Return the training feed whose very arrays are validated on."""
    for training, feed in pairs(script, "validation") if script else ():
        one, other = training.inputs, feed.inputs
        random = one.has("augment", "subset", "split", "split_tail", "slice", "select", "call")
        same = one.origin == other.origin and one.operations == other.operations
        # What reads files has one name for all of them; an array or a file is itself.
        if same and _AN_ARRAY.fullmatch(one.origin or ""):
            return None if random else training
    return None


_PARTING = ("subset", "split", "split_tail", "slice", "select", "take", "skip", "call", "filter")


_ONE_PLACE = lazy_re.compile(r"'[^'()]{1,200}'|[^\W\d]\w{0,60}(?:\.\w{1,60}){1,4}")
"""A folder that is written out, or a setting."""


def _read_at(feed: Feed) -> int:
    """Return the line that reads a folder."""
    return next((o.line for o in feed.labels.operations if o.name == "class_mode"), 0)


def _same_folder(script: Script | None) -> Feed | None:
    """Return the validation feed that reads the folder which is trained on, as a whole."""
    for training, feed in pairs(script, "validation") if script else ():
        one, other = training.inputs, feed.inputs
        folders = training.labels.has("class_mode") and feed.labels.has("class_mode")
        told = one.shown and other.shown and one.origin == other.origin
        # A name may stand for another folder by then, as in a function that reads each.
        told = told and bool(_ONE_PLACE.fullmatch(one.origin or ""))
        read = script.called(FOLDER_READ) if script else ()
        places = {call.line: call.arguments["folder"].value for call in read}
        lines = _read_at(training), _read_at(feed)
        if places.keys() >= {*lines}:
            told = places[lines[0]] == places[lines[1]]
        told = told and lines[0] != lines[1]
        if folders and told and _same_part(one, other):
            return feed
    return None


def _same_part(one: Flow, other: Flow) -> bool:
    """Return whether both take the whole of a folder, or the same subset of it."""
    parts = [{o.name: o.value for o in f.operations if o.name in _PARTING} for f in (one, other)]
    subsets = [p.get("subset") for p in parts]
    seeds = one.value("seed") == other.value("seed")
    same = isinstance(subsets[0], str) and subsets[0] == subsets[1] and seeds
    return not any(parts) or (same and all(p.keys() <= {"subset", "split_tail"} for p in parts))


def _two_seeds(script: Script | None) -> tuple[int, int, int] | None:
    """Return the seeds, and a line, of two datasets that split the same folder differently."""
    parts = {f.use: f for f in script.feeds if f.inputs.has("subset")} if script else {}
    one, other = parts.get("train"), parts.get("validation")
    # A generator of images splits by the order of the files, whatever its seed.
    if one is None or other is None or one.inputs.has("split_tail"):
        return None
    first, second = one.inputs.value("seed"), other.inputs.value("seed")
    numbers = isinstance(first, int) and isinstance(second, int)
    if not numbers or first == second or one.inputs.origin != other.inputs.origin:
        return None
    return first, second, next(o.line for o in other.inputs.operations if o.name == "seed")


FAR_BELOW = 0.1


def _perfect_early(accuracy: Curve | None, val_accuracy: Curve | None) -> int | None:
    if accuracy is None or val_accuracy is None or len(val_accuracy) < 5:
        return None
    perfect = val_accuracy.values == 1.0
    if not perfect[2:].all() or median(accuracy.values) >= 0.99:
        return None
    if float(accuracy.values.max()) < 1 - FAR_BELOW:
        return None  # no image is better known than those that are trained on
    return int(val_accuracy.epochs[int(np.argmax(perfect))])


_FASHION = TORCH.replace(
    "train = torch.utils.data.DataLoader(photos, batch_size=32, shuffle=True)\n"
    "held_out = torch.utils.data.DataLoader(others, batch_size=32)\n",
    "import torchvision\n"
    "train_set = torchvision.datasets.FashionMNIST('.', train=True)\n"
    "test_set = torchvision.datasets.FashionMNIST('.', train=False)\n"
    "train = torch.utils.data.DataLoader(train_set, batch_size=32)\n"
    "test_loader = torch.utils.data.DataLoader(test_set, batch_size=32)\n",
).replace("in held_out", "in test_loader")


_BY_NUMBER = TORCH.replace(
    "train = torch.utils.data.DataLoader(photos, batch_size=32, shuffle=True)\n"
    "held_out = torch.utils.data.DataLoader(others, batch_size=32)\n",
    "order = torch.randperm(len(photos))\n"
    "n = int(0.8 * len(photos))\n"
    "first, rest = order[:n], order[n:]\n"
    "train = torch.utils.data.DataLoader(torch.utils.data.Subset(photos, first), 32)\n"
    "held_out = torch.utils.data.DataLoader(torch.utils.data.Subset(plain, rest), 32)\n",
)
_SUBSETS = """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
flow = images.flow_from_directory('photos', subset='training')
held_out = images.flow_from_directory('photos', subset='validation')
model.fit(flow, epochs=10, validation_data=held_out)
"""
_TABLES = TORCH.replace(
    "train = torch.utils.data.DataLoader(photos, batch_size=32, shuffle=True)\n"
    "held_out = torch.utils.data.DataLoader(others, batch_size=32)\n",
    "import pandas as pd\n"
    "from sklearn.model_selection import train_test_split\n"
    "class Leaves(torch.utils.data.Dataset):\n"
    "    def __init__(self, rows, part=None):\n"
    "        self.rows = rows\n"
    "table = pd.read_csv('leaves.csv')\n"
    "some, rest = train_test_split(table, test_size=0.2)\n"
    "train = torch.utils.data.DataLoader(Leaves(some.reset_index()), 32, shuffle=True)\n"
    "held_out = torch.utils.data.DataLoader(Leaves(rest.reset_index()), 32)\n",
)
_FOLDERS = """
import argparse, os
from tensorflow.keras.preprocessing.image import ImageDataGenerator
parser = argparse.ArgumentParser()
parser.add_argument('--data')
root = parser.parse_args().data
learned = os.path.join(root, 'train')
asked = os.path.join(root, 'val')
flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(learned)
held_out = ImageDataGenerator(rescale=1 / 255).flow_from_directory(asked)
model.fit(flow, epochs=10, validation_data=held_out)
"""


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give both readers of one folder one seed."""
    del seen
    if seeds := _two_seeds(run.script):
        same = Argument(line=seeds[2], calls=READERS, names=("seed",), value=seeds[0])
        why = "Use one seed for both: then no image is in training and in validation."
        yield Change(edits=(same,), reason=why, certain=True)


READERS = ("image_dataset_from_directory", "text_dataset_from_directory")


RULE = Rule(
    code="FD404",
    check=leaked_validation_images,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.03,
    any_of=("val_accuracy", "claims", "script", "image_findings"),
    told_by={"images_in_both": 5.0, "split_by_image": 5.0},
    advice="split by video, patient or original image, never at random among near copies",
    clear="nothing shows that validation images were seen in training",
    asks={
        "same_subject_in_both_parts": {"yes": 0.95, "no": 0.05},
    },
    denied_by=(Said("images_in_both", negated=True), Said("frames_of_videos", negated=True)),
    sick=(
        scripted(_FASHION, ("DataLoader(test_set", "DataLoader(train_set")),
        scripted(_BY_NUMBER, ("order[n:]", "order[:100]")),
        scripted(_BY_NUMBER, ("order[:n]", "order")),
        scripted(_FOLDERS, ("'val'", "'train'")),
        scripted(_FOLDERS, ("root, 'val'", "f'{root}/train'")),
        scripted(_SUBSETS, ("'validation'", "'training'")),
        scripted(_TABLES, ("Leaves(rest", "Leaves(some")),
        scripted(_TABLES, ("Leaves(some", "Leaves(table")),
        stating("frames_of_videos", None, "the images are frames of videos"),
        with_curves(
            loss=falling(),
            accuracy=straight(start=0.6, to=0.97),
            val_accuracy=flat(at=1.0, noise=0.0),
        ),
    ),
    healthy=(
        scripted(_FASHION),
        scripted(_BY_NUMBER),
        scripted(_FOLDERS),
        scripted(_SUBSETS),
        scripted(_TABLES),
        scripted(_TABLES, ("Leaves(rest.reset_index()", "Leaves(table[table.fold == 1]")),
        scripted(
            _TABLES,
            ("Leaves(some.reset_index()", "Leaves(table, 'train'"),
            ("Leaves(rest.reset_index()", "Leaves(table, 'val'"),
        ),
        scripted(
            _FOLDERS,
            (
                "flow = ",
                (
                    "def read(part):\n"
                    "    made = ImageDataGenerator(rescale=1 / 255)\n"
                    "    return made.flow_from_directory(os.path.join(root, part))\nflow = "
                ),
            ),
            ("ImageDataGenerator(rescale=1 / 255).flow_from_directory(learned)", "read('train')"),
            ("ImageDataGenerator(rescale=1 / 255).flow_from_directory(asked)", "read('val')"),
        ),
        scripted(
            _FASHION,
            ("DataLoader(test_set", "DataLoader(train_set, sampler=held_out"),
            ("DataLoader(train_set, batch", "DataLoader(train_set, sampler=rest, batch"),
        ),
        scripted(
            _FASHION,
            ("test_loader = ", "again = "),
            ("in test_loader", "in again"),
            ("DataLoader(test_set", "DataLoader(train_set"),
        ),
        with_curves(loss=falling(), accuracy=flat(at=0.99), val_accuracy=flat(at=0.97)),
    ),
)
