"""Every file of an image folder to its facts: what it is, whether it can be read, how it looks.

Files are decoded one at a time and kept as 32 x 32 grey values, so memory grows by about a
kilobyte an image.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from fitdoctor.errors import ImageFolderError
from fitdoctor.images.decode import (
    EXTENSIONS,
    LARGE,
    UnreadableImageError,
    allowed,
    decode,
    is_large,
)
from fitdoctor.images.frame import without_frame
from fitdoctor.images.manifest import SPLITS
from fitdoctor.images.passed_over import OTHER_PICTURES, is_system, not_read, reason
from fitdoctor.images.quiet import quiet_for
from fitdoctor.images.threads import in_order

SIDE = 32
"""Of the grey picture that images are compared by."""
EXPECTED = "Expected one folder a class, or train, val and test folders of such"
PLAIN = {"L", "RGB", "CMYK", "1", "YCbCr"}
"""Modes that Pillow makes grey as `decode` does."""
LEAST_SPREAD = 0.5
"""Of grey values, below which there is nothing to compare."""
EXTENSION_OF = {
    "JPEG": {".jpg", ".jpeg", ".jfif", ".jpe"}, "MPO": {".jpg", ".jpeg", ".mpo"}, "PNG": {".png"},
    "GIF": {".gif"}, "BMP": {".bmp"}, "TIFF": {".tif", ".tiff"}, "WEBP": {".webp"},
    "PPM": {".ppm", ".pgm", ".pbm", ".pnm"},
}  # fmt: skip
DECODED_BY_TENSORFLOW = {"JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP"}
"""What tf.io.decode_image should read, where it is not at hand to be asked."""
MOST_BYTES = 500_000_000
LISTED_BY_KERAS = {".bmp", ".gif", ".jpeg", ".jpg", ".png"}
"""image_dataset_from_directory passes over files of other names without a word."""
Refusal = Callable[[bytes], str | None]
"""Bytes of an image to why another decoder refuses them; `None` where it takes them."""


class FileFacts(msgspec.Struct, frozen=True, eq=False):
    """What is known of one file; `error` says why its pixels are not."""

    path: str
    split: str
    label: str
    bytes: int = 0
    digest: str = ""
    format: str = ""
    mode: str = ""
    width: int = 0
    height: int = 0
    frames: int = 1
    rotated: bool = False
    error: str = ""
    refused: str = ""
    """Why the decoder of the training backend does not take it, though Pillow does."""
    constant: bool = False
    grey: NDArray[np.uint8] | None = None
    """(32, 32); `None` where unreadable or all one colour."""


def survey(
    folders: dict[str, Path],
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
    refusal: Refusal | None = None,
) -> Iterator[FileFacts]:
    """Yield the facts of each file below the folders; links are not followed.

    Keys are splits, `""` for a folder whose own folders tell them. `refusal` is a second decoder.
    """
    found = [(root, path, split) for split, root in folders.items() for path in _files(root)]
    base = common_root(list(folders.values()))
    if not found:
        raise ImageFolderError(f"{base}: no files in it{reason(base)}. {EXPECTED}")
    facts = in_order(lambda item: _facts(base, refusal, *item), found)
    for done, fact in enumerate(facts, start=1):
        yield fact
        on_step(done, len(found))


def classes_of(folders: dict[str, Path]) -> dict[str, dict[str, int]]:
    """Return class -> split -> 0 for every class folder there is, empty ones too."""
    classes: dict[str, dict[str, int]] = {}
    for split, root in folders.items():
        for home in _folders(root):
            known = SPLITS.get(home.name.lower()) if not split else None
            if known:
                for inner in _folders(home):
                    classes.setdefault(inner.name, {})[known] = 0
            else:
                classes.setdefault(home.name, {})[split or "all"] = 0
    return classes


def names_splits(folder: Path) -> bool:
    return any(home.name.lower() in SPLITS for home in _folders(folder))


def holds_files(folder: Path) -> bool:
    """Return whether there is any file to look at."""
    return next(_files(folder), None) is not None


def common_root(roots: list[Path]) -> Path:
    return roots[0] if len(roots) == 1 else Path(os.path.commonpath(roots))


def _folders(root: Path) -> list[Path]:
    """Return the folders in a folder, links to folders included; a system's are left out."""
    return sorted(p for p in root.iterdir() if p.is_dir() and not is_system(p.name))


def _files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder as a training lists them.

    A class folder may be a link, below it none is followed.
    """
    homes = [home for home in _folders(root) if home.is_symlink()]
    splits = [home for home in _folders(root) if home.name.lower() in SPLITS]
    homes += [home for split in splits for home in _folders(split) if home.is_symlink()]
    for home in (root, *homes):
        for place, folders, names in os.walk(home, followlinks=False):
            folders[:] = sorted(f for f in folders if not is_system(f))
            for name in sorted(names):
                path = Path(place) / name
                if not is_system(name) and not path.is_symlink():
                    yield path


def _facts(base: Path, refusal: Refusal | None, root: Path, path: Path, split: str) -> FileFacts:
    parts = path.relative_to(root).parts
    if not split and parts and parts[0].lower() in SPLITS and len(parts) > 1:
        split, parts = SPLITS[parts[0].lower()], parts[1:]
    label = parts[0] if len(parts) > 1 else ""
    facts = FileFacts(path.relative_to(base).as_posix(), split or "all", label)
    try:
        size = path.stat().st_size
        facts = msgspec.structs.replace(facts, bytes=size)
        if size == 0:
            return msgspec.structs.replace(facts, error="empty: 0 bytes")
        if size > MOST_BYTES:
            return msgspec.structs.replace(facts, error=f"{size / 1e6:.0f} MB in one file")
        data = path.read_bytes()
    except OSError as error:
        return msgspec.structs.replace(facts, error=f"cannot be read: {error.strerror}")
    facts = msgspec.structs.replace(facts, digest=hashlib.sha256(data).hexdigest())
    facts = _decoded(facts, data, path.suffix.lower())
    if facts.error:
        return facts
    # Another decoder may take what a header asks for: gigabytes.
    if refusal is not None and facts.width * facts.height * facts.frames <= LARGE:
        return msgspec.structs.replace(facts, refused=refusal(data) or "")
    known = facts.format in DECODED_BY_TENSORFLOW
    return facts if known else msgspec.structs.replace(facts, refused=f"no {facts.format} decoder")


def _orientation(image: Image.Image) -> int:
    if is_large(image):
        # A PNG would be decoded as a whole to see whether its EXIF comes after its pixels.
        exif = Image.Exif()
        exif.load(image.info.get("exif", b""))
    else:
        exif = image.getexif()
    return int(exif.get(0x0112, 1))


def _decoded(facts: FileFacts, data: bytes, suffix: str) -> FileFacts:
    try:
        with quiet_for(data), Image.open(io.BytesIO(data)) as image:
            facts = msgspec.structs.replace(
                facts,
                format=image.format or "",
                mode=image.mode,
                width=image.size[0],
                height=image.size[1],
                frames=int(getattr(image, "n_frames", 1)),
                rotated=_orientation(image) in {3, 5, 6, 7, 8},
            )
            # JPEG decodes at a fraction of its size: a quarter of the time, to the last byte.
            image.draft("L", (64, 64))
            grey: Image.Image | None = None
            if image.mode in PLAIN and not is_large(image):
                with allowed(image):
                    image.load()
                grey = ImageOps.exif_transpose(image).convert("L")
        if grey is None:
            # Not above: both keep a library quiet, one at a time.
            grey = Image.fromarray(decode(data, 4 * SIDE)).convert("L")
        flat = grey.getextrema()[0] == grey.getextrema()[1]
        small = without_frame(grey).resize((SIDE, SIDE), Image.Resampling.BOX)
        values = np.asarray(small, dtype=np.float64)
    except UnreadableImageError as error:
        return msgspec.structs.replace(facts, error=str(error))
    except Exception as error:  # noqa: BLE001 - Pillow's plugins raise whatever a broken file makes them raise
        known = "not an image" if suffix in EXTENSIONS else "not an image file"
        if suffix in OTHER_PICTURES:
            known = not_read(facts.path)
        words = known if type(error).__name__ == "UnidentifiedImageError" else f"damaged: {error}"
        return msgspec.structs.replace(facts, error=words.split("\n")[0][:160])
    spread = float(values.std())
    if flat or spread < LEAST_SPREAD:
        return msgspec.structs.replace(facts, constant=flat or spread < LEAST_SPREAD / 8)
    return msgspec.structs.replace(facts, grey=np.rint(values).astype(np.uint8))
