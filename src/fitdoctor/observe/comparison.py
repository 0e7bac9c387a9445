"""What training and validation have in common: pictures, and the numbers of their classes."""

from __future__ import annotations

from fitdoctor.observe import arrays, files
from fitdoctor.observe.split import Split
from fitdoctor.records.image_finding import ImageCheck, ImageFinding

MOST_PAIRS = 1000


def same_images(splits: list[Split]) -> ImageCheck | None:
    """Return which pictures stand in training and in validation; `None` where none can tell."""
    by_use = {split.use: split for split in reversed(splits)}
    train, held = by_use.get("train"), by_use.get("validation")
    if train is None or held is None:
        return None
    if train.listing is not None and held.listing is not None:
        # Where only a part of the files is fed, those of both lists need not be.
        if not (train.listing.whole and held.listing.whole):
            return None
        both = files.shared(train.listing, held.listing)
        found, every = both.pairs, both.compared == len(held.listing.files)
        looked = f"{both.compared}"
    elif train.rows is not None and held.rows is not None:
        every = train.rows.looked >= train.rows.count and held.rows.looked >= held.rows.count
        looked = f"{held.rows.looked} and {train.rows.looked}"
        found = [
            (f"validation image {row}", f"training image {other}")
            for row, other in arrays.shared(train.rows, held.rows)
        ]
    else:
        return None
    if not found and not every:
        return None
    words = "the same picture" + ("" if every else f" (of {looked} that were compared)")
    name = "leaked_validation_images"
    pairs = (ImageFinding(rule=name, files=p, sentence=words) for p in found[:MOST_PAIRS])
    return ImageCheck(checked=(name,), findings=tuple(pairs))


def answers(splits: list[Split]) -> dict[str, str]:
    """Return what two readers of folders say of the numbers of their classes."""
    named = {s.use: s.listing.names for s in reversed(splits) if s.listing is not None}
    train, held = named.get("train"), named.get("validation")
    if not train or not held:
        return {}
    return {"class_numbers_alike": "yes" if train == held else "no"}
