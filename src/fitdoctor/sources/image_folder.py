"""A folder of images: how many there are of each class, and in which split."""

from __future__ import annotations

from pathlib import Path

from fitdoctor.records.image_finding import ImageCheck
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.sources._format import Format

MOST_IMAGES = 20_000
_SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "test", "testing"),
}


def read_folder(folder: Path) -> tuple[Run, ...] | None:
    """Count images by class; `None` where the folder holds none."""
    homes = {p.name.lower(): p for p in _folders(folder)}
    named = {
        split: next((homes[name] for name in names if name in homes), None)
        for split, names in _SPLITS.items()
    }
    if named["train"] is not None:
        counts = _counts(named["train"])
        held = _counts(named["val"]) if named["val"] is not None else {}
    else:
        counts, held = _counts(folder), {}
    if sum(count > 0 for count in counts.values()) < 2:
        return None
    data = DataSummary(
        n_train=sum(counts.values()) if held or named["train"] is not None else None,
        n_val=sum(held.values()) or None,
        n_classes=len(counts),
        class_counts=tuple(counts.values()),
        origins=dict.fromkeys(("n_train", "n_val", "n_classes", "class_counts"), str(folder)),
    )
    check, unread = _audited(folder, sum(counts.values()) + sum(held.values()))
    return (
        Run(
            name=folder.name,
            kind="images",
            data=data,
            image_findings=check.findings if check else None,
            images_checked=check.checked if check else (),
            sources=(str(folder),),
            not_understood=unread,
        ),
    )


def _audited(folder: Path, images: int) -> tuple[ImageCheck | None, tuple[str, ...]]:
    """Look through the images too, where that takes seconds and not minutes."""
    if images > MOST_IMAGES:
        return None, (f"{images} images were counted only; fitdoctor audit looks through them",)
    from fitdoctor.images.audit import audit  # noqa: PLC0415 - Pillow, for folders only

    found = audit(folder)
    return ImageCheck(checked=found.checked, findings=found.findings), ()


def _folders(folder: Path) -> list[Path]:
    from fitdoctor.images.passed_over import is_system  # noqa: PLC0415 - Pillow, for folders only

    return sorted(p for p in folder.iterdir() if p.is_dir() and not is_system(p.name))


def _counts(folder: Path) -> dict[str, int]:
    """Return images by class folder; empty classes count too, links are not followed."""
    from fitdoctor.images.listing import images_below  # noqa: PLC0415 - Pillow, for folders only

    counts = {home.name: sum(1 for _ in images_below(str(home))) for home in _folders(folder)}
    return counts if sum(counts.values()) else {}


FORMAT = Format("image folder", read_folder=read_folder)
