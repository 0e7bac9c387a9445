"""What lies among images and is none, and what is given in place of a folder of them.

Systems and programs leave files and folders of their own among images: they are neither unreadable
images nor classes. Pictures in formats that are not read are told, with what to do.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from fitdoctor.errors import ImageFolderError
from fitdoctor.images.decode import EXTENSIONS
from fitdoctor.places import absent

SYSTEM = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "__pycache__", "@eadir",
     "$recycle.bin", "system volume information", "lost+found"}
)  # fmt: skip
"""Files and folders of Windows, macOS, Synology, Python and ext4, in lower case; hidden ones
(`.DS_Store`, `._photo.jpg`, `.ipynb_checkpoints`) are told by their dot."""
OTHER_PICTURES = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".psd", ".xcf", ".dng", ".cr2", ".cr3",
     ".nef", ".arw", ".orf", ".rw2", ".raf", ".dcm", ".nii"}
)  # fmt: skip
"""Endings of pictures that are not read."""
ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"})
CONVERT = "is not read here; convert it to JPEG or PNG"
MOST_LOOKED_AT = 100_000
"""Files among which reasons are looked for."""


def is_system(name: str) -> bool:
    """Return whether a file or folder of this name is a system's or hidden, and holds no class."""
    return name.startswith(".") or name.lower() in SYSTEM


def not_read(path: str) -> str:
    """Return why a picture in another format is left out."""
    return f"{Path(path).suffix[1:].upper()} {CONVERT}"


def check_folder(path: Path, kind: str = "folder of images") -> None:
    """Raise `ImageFolderError` for what is no folder, with what it is and what to give instead."""
    if path.is_dir():
        return
    suffix = path.suffix.lower()
    if not path.exists():
        words = absent(path, kind)
    elif suffix in ARCHIVES:
        words = f"{path}: an archive. Unpack it, and give the folder that comes out"
    elif suffix in EXTENSIONS:
        words = f"{path}: a single image. Give the folder that holds one folder a class"
    else:
        words = f"{path}: a file, not a {kind}"
    raise ImageFolderError(words)


def reason(folder: Path) -> str:
    """Return why a folder without images may seem to hold some, as the end of a sentence.

    Counted are links, which are not followed, pictures in other formats and archives.
    """
    links, endings, looked = 0, Counter[str](), 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_system(name)]
        for name in (*folders, *names):
            looked += 1
            links += Path(place, name).is_symlink()
        endings.update(Path(name).suffix.lower() for name in names if not is_system(name))
        if looked > MOST_LOOKED_AT:
            break
    others = {ending: n for ending, n in endings.items() if ending in OTHER_PICTURES}
    if links:
        are = "1 is a link" if links == 1 else f"{links} are links"
        return f"; {are}, which are not followed: copy the files into it"
    if others:
        ending, number = max(others.items(), key=lambda item: item[1])
        files = f"{number} file{'s' * (number > 1)} {ending}"
        return f"; {files}, which cannot be read here: convert to JPEG or PNG"
    if packed := [ending for ending in endings if ending in ARCHIVES]:
        return f"; an archive {packed[0]} in it: unpack it"
    return ""
