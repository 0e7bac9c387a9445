"""A folder in which somebody trains, to the files that tell of the training.

What is read and what is passed over is said for each file, so that nothing is left out in silence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.records import observation

SCRIPTS = (".py", ".ipynb")
LOGS = (".log", ".out", ".csv", ".jsonl", ".txt", ".json")
"""How files end that may hold a log; the surest first."""
RUN_FILES = ("recipe.toml", "metrics.csv", observation.FILE)
"""What a run folder holds: its format reads it."""
SKIPPED = frozenset(
    {"venv", "env", "node_modules", "__pycache__", "site-packages", "build", "dist", "docs", "doc",
     "test", "tests", "wandb", "mlruns", "lightning_logs"}
)  # fmt: skip
IMAGES = frozenset(
    {"data", "dataset", "datasets", "images", "imgs", "img", "photos", "pictures", "input"}
)
"""What people call the folder of their images; others hold plots and results as often."""
NO_LOG = lazy_re.compile(
    r"(?i)(?:requirements|readme|licen[cs]e|constraints|environment|package(?:-lock)?|setup|classes"
    r"|labels?|class_?(?:names|ind\w*)|train|val(?:id(?:ation)?)?|test|annotations?|config|settings"
    r"|tsconfig|sample_submission|submission)(?:\.(?:csv|txt|json))"
)
"""Names of tables and lists that projects hold beside their logs."""
MOST_DEPTH, MOST_FILES = 3, 2_000
MOST_SCRIPTS, MOST_LOGS, MOST_BYTES = 60, 12, 50_000_000
FEW_IMAGES = 2_000
"""So many images are looked through with a project; more take an audit of their own."""
NO_TRAINING = "no training in it"
TOO_MANY = "too many files of its kind; give it by itself"


class Project(NamedTuple):
    """What a folder holds that may tell of a training."""

    scripts: tuple[Path, ...]
    logs: tuple[Path, ...]
    """The likeliest first: by how they end, then the newest."""
    images: Path | None
    passed_over: dict[str, str]
    """Path -> why it is not read."""


def is_project(folder: Path) -> bool:
    """Return whether scripts stand in a folder, and no recording of ours beside them."""
    return not any((folder / name).is_file() for name in RUN_FILES) and any(
        path.suffix.lower() in SCRIPTS and path.is_file() for path in folder.iterdir()
    )


def project(folder: Path) -> Project:
    """Return the scripts and logs below a folder, and its folder of images."""
    passed = dict[str, str]()
    images = _images(folder, passed)
    files = list(islice(_files(folder, {images, *map(Path, passed)}), MOST_FILES + 1))
    if len(files) > MOST_FILES:
        passed[str(folder)] = f"more than {MOST_FILES} files; give those that matter by themselves"
    scripts = [p for p in files if p.suffix.lower() in SCRIPTS]
    logs = [p for p in files if p.suffix.lower() in LOGS and not NO_LOG.fullmatch(p.name)]
    passed |= {
        str(p): "larger than 50 MB; give it by itself" for p in logs if _size(p) > MOST_BYTES
    }
    logs = [p for p in logs if str(p) not in passed]
    logs.sort(key=lambda p: (LOGS.index(p.suffix.lower()), -p.stat().st_mtime, p.name))
    passed |= dict.fromkeys(map(str, (*scripts[MOST_SCRIPTS:], *logs[MOST_LOGS:])), TOO_MANY)
    return Project(tuple(scripts[:MOST_SCRIPTS]), tuple(logs[:MOST_LOGS]), images, passed)


MOST_PROGRAMS = 6
"""Scripts that train of which so many are read, those first that are called so."""
_TRAINS = lazy_re.compile(
    r"\.(?:fit|fit_generator|fit_one_cycle|fine_tune|backward|minimize|train_on_batch|compile)\("
    r"|apply_gradients|Trainer\(|train_step"
)
_CALLED_SO = lazy_re.compile(r"(?i)train|main|run|fit|learn|classif")


def programs(scripts: Sequence[Path], passed: dict[str, str]) -> list[Path]:
    """Return the scripts that may train, or that import one which does; others are passed over."""
    texts = {path: _text(path) for path in scripts}
    training = {path for path, text in texts.items() if _TRAINS.search(text)}
    stems = "|".join(re.escape(path.stem) for path in training)
    importing = re.compile(rf"(?m)^[ \t]{{0,40}}(?:from|import)\b.{{0,200}}\b(?:{stems})\b")
    chosen = [p for p in scripts if p in training or (stems and importing.search(texts[p]))]
    chosen.sort(key=lambda p: (len(p.parts), not _CALLED_SO.search(p.stem), p))
    passed |= {str(p): NO_TRAINING for p in scripts if p not in chosen}
    passed |= {str(p): "more scripts that train than are read" for p in chosen[MOST_PROGRAMS:]}
    return chosen[:MOST_PROGRAMS]


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[:MOST_OF_A_SCRIPT].decode("utf-8", "replace")
    except OSError:
        return ""


MOST_OF_A_SCRIPT = 2_000_000


def _size(path: Path) -> int:
    return path.stat().st_size


def _files(folder: Path, aside: Container[Path | None]) -> Iterator[Path]:
    """Yield the files below a folder, those of the folder first; links are not followed."""
    base = len(folder.parts)
    for place, folders, names in os.walk(folder, followlinks=False):
        home = Path(place)
        deep = len(home.parts) - base >= MOST_DEPTH
        inner = sorted(f for f in folders if f[:1] != "." and f.lower() not in SKIPPED)
        folders[:] = [] if deep else [f for f in inner if home / f not in aside]
        paths = (home / name for name in sorted(names) if name[:1] != ".")
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _images(folder: Path, passed: dict[str, str]) -> Path | None:
    """Return the folder of images where it is small enough to be looked through."""
    from fitdoctor.images.listing import images_below  # noqa: PLC0415 - Pillow, for folders only

    found = None
    for home in sorted(p for p in folder.iterdir() if p.is_dir() and p.name.lower() in IMAGES):
        count = sum(1 for _ in islice(images_below(str(home)), FEW_IMAGES + 1))
        if count > FEW_IMAGES:
            passed[str(home)] = f"more than {FEW_IMAGES} images; fitdoctor audit looks through them"
        elif count and found is None:
            found = home
    return found
