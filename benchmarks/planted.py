"""Recall of the audit on planted sets, by kind, and its false alarms on sets without copies.

Sets are made of `../shared/images` and of drawn pictures, halved by the hash of the file's name and
by the seed: thresholds are chosen on the half `tune`, the half `held` is reported. Faults are put in
by the changes of `altered.py`, by chance and combined; with `--otherwise` by those of
`altered_otherwise.py`, and among its pictures; with `--fixed` among those of `fixed_cameras.py`;
with `--later` by the latter among those of `drawn_later.py`; with `--lately` by those of
`altered_lately.py`, among its pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import (
    altered,
    altered_lately,
    altered_otherwise,
    drawn_later,
    drawn_photos,
    fixed_cameras,
)
from fitdoctor.images.audit import audit
from fitdoctor.stats.proportions import clopper_pearson

ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", Path(__file__).parents[2] / "shared"))
SHARED = ("flowers", "eurosat", "cifake", "spectrograms")
HALVES = {"tune": 0, "held": 1}
SETS = {
    "": ((*SHARED, *drawn_photos.KINDS), altered.CHANGES),
    "_otherwise": ((*SHARED, *altered_otherwise.KINDS), altered_otherwise.CHANGES),
    "_fixed": (("still", *fixed_cameras.KINDS), altered.CHANGES),
    "_later": (tuple(drawn_later.KINDS), altered_otherwise.CHANGES),
    "_lately": (("flowers", "cifake", *altered_lately.KINDS), altered_lately.CHANGES),
}
"""End of the report's name -> the sets, and the changes that make copies."""
DRAWN = (
    drawn_photos.KINDS
    | altered_otherwise.KINDS
    | fixed_cameras.KINDS
    | drawn_later.KINDS
    | altered_lately.KINDS
)
UNPLANTED, COPIES = 200, 3


def pictures(name, half, count, seed):
    """Return pictures of one half of a shared set, or drawn ones."""
    if name not in SHARED:
        return DRAWN[name](np.random.default_rng([seed, half]), count)
    paths = [
        path
        for path in sorted((ASSETS / "images" / name).glob("*/*"))
        if int(hashlib.sha256(path.name.encode()).hexdigest(), 16) % 2 == half
    ]
    np.random.default_rng([seed, half]).shuffle(paths)
    return [Image.open(path).convert("L" if name == "spectrograms" else "RGB") for path in paths][
        :count
    ]


class Planter:
    """Write a folder of images with faults in it, and remember them."""

    def __init__(self, home, images, rng):
        self.home, self.rng = home, rng
        self.faults = []
        """(kind, paths of which a finding names one, the rules that may name it)"""
        self.mode = images[0].mode
        self.images = images
        self.places = []
        for i, image in enumerate(images):
            split = "val" if i % 4 == 3 else "train"
            self.save(image, f"{split}/{'abc'[i % 3]}/{i:04}.jpg")
            self.places.append((split, "abc"[i % 3], f"{i:04}.jpg"))
        self.order = list(rng.permutation(len(images)))

    def save(self, image, path, **options):
        place = self.home / path
        place.parent.mkdir(parents=True, exist_ok=True)
        jpeg = {"quality": 90} if place.suffix == ".jpg" else {}
        image.save(place, **(jpeg | options))
        return path

    def victim(self):
        i = self.order.pop()
        return self.images[i], "/".join(self.places[i]), self.places[i]

    def copies(self, changes=altered.CHANGES):
        """Plant copies by every change: across the split, under another class, beside it."""
        where = 0
        for kind, change in changes.items():
            for _ in range(COPIES):
                image, path, (split, label, _name) = self.victim()
                other = "train" if split == "val" else "val"
                to, rule = (
                    (f"{other}/{label}", "leaked_validation_images"),
                    (f"{split}/{'abc'['bca'.index(label)]}", "conflicting_labels"),
                    (f"{split}/{label}", "duplicate_images"),
                )[where % 3]
                ending = self.rng.choice([".jpg", ".png", ".jpg"])
                made = self.save(change(image, self.rng), f"{to}/copy_{where}{ending}")
                self.faults.append((kind, {path, made}, {rule}, True))
                where += 1
        for rule in ("leaked_validation_images", "conflicting_labels", "duplicate_images"):
            _, path, (split, label, _name) = self.victim()
            other = "train" if split == "val" else "val"
            to = {
                "leaked_validation_images": f"{other}/{label}",
                "conflicting_labels": f"{split}/{'abc'['bca'.index(label)]}",
                "duplicate_images": f"{split}/{label}",
            }[rule]
            made = f"{to}/same_{rule}.jpg"
            (self.home / made).write_bytes((self.home / path).read_bytes())
            self.faults.append(("same bytes", {path, made}, {rule}, True))

    def alone(self, kind, path, *rules):
        self.faults.append((kind, {path}, set(rules), False))

    def files(self):
        """Plant files that are broken, odd or of another kind."""
        rng, at = self.rng, "train/a/x"
        for number in range(2):
            image, path, _ = self.victim()
            data = (self.home / path).read_bytes()
            (self.home / path).write_bytes(data[: int(len(data) * rng.uniform(0.3, 0.97))])
            self.alone("truncated", path, "unreadable_images")
            image, path, _ = self.victim()
            fresh = self.save(image, f"{at}{number}.png")
            (self.home / fresh).rename(self.home / f"{at}{number}.jpg")
            (self.home / path).unlink()
            self.alone("wrong extension", f"{at}{number}.jpg", "unreadable_images")
        for number, data in enumerate((b"", b"<!doctype html>", b"\xff\xd8\xff" + b"\0" * 40)):
            path = f"{at}_none{number}.jpg"
            (self.home / path).write_bytes(data)
            self.alone("not an image", path, "unreadable_images")
        for mode in ("L", "P", "RGBA", "CMYK", "I;16"):
            image, path, _ = self.victim()
            if mode == self.mode:
                continue
            changed = (
                Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
                if mode == "I;16"
                else image.convert("RGB").convert(mode)
            )
            ending = ".jpg" if mode in {"L", "CMYK"} else ".png"
            (self.home / path).unlink()
            self.alone("mode", self.save(changed, f"{at}_{mode[0]}{ending}"), "mixed_image_modes")
        for turn in (3, 6, 8):
            image, path, _ = self.victim()
            exif = Image.Exif()
            exif[0x0112] = turn
            self.save(image, path, exif=exif)
            self.alone("turned by EXIF", path, "mixed_image_modes")
        for times in (5, 9, 14):
            image, path, _ = self.victim()
            side = int(times * np.sqrt(image.width * image.height))
            self.save(image.resize((side, side)), path)
            self.alone("far larger", path, "odd_image_sizes")
        image, path, _ = self.victim()
        self.save(image.resize((9, 8)), path)
        self.alone("far smaller", path, "odd_image_sizes")
        image, path, _ = self.victim()
        (self.home / path).write_bytes((self.home / path).read_bytes() + bytes(600_000))
        self.alone("far more bytes", path, "odd_image_sizes")
        shade = int(rng.integers(20, 230))
        flat = Image.new(
            self.mode, self.images[0].size, shade if self.mode == "L" else (shade,) * 3
        )
        self.alone("one colour", self.save(flat, f"{at}_flat.jpg"), "odd_image_sizes")
        (self.home / "train" / "empty").mkdir()
        self.alone("empty class", "train/empty", "class_missing_in_split")


def unbalanced(home, images, ratio, great):
    """Write three classes of which one is small, or one great."""
    small = max(4, round(36 / ratio))
    counts = (36, small, small) if great else (36, 34, small)
    pool = iter(images)
    for label, count in zip("abc", counts, strict=True):
        (home / label).mkdir(parents=True)
        for i in range(count):
            next(pool).save(home / label / f"{i}.jpg", quality=90)
    named = {"a"} if great else {"c"}
    return [("class imbalance", named, {"class_imbalance"}, False)]


def score(home, faults):
    """Return hits by kind, the findings that name nothing planted, and what is too plain to compare."""
    audited = audit(home)
    findings = audited.findings
    hits = []
    for kind, paths, rules, both in faults:
        hit = any(
            f.rule in rules and (paths <= set(f.files) if both else paths & set(f.files))
            for f in findings
        )
        hits.append((kind, hit))
    planted = {path for _, paths, *_ in faults for path in paths}
    wrong = [f for f in findings if not set(f.files) & planted]
    return hits, wrong, set(audited.too_plain)


def measure(half, seed, which=""):
    """Return recall by kind, false alarms on planted and pairs on unplanted sets."""
    kinds, false, pairs, missed, untold = defaultdict(list), [], {}, [], Counter()
    names, changes = SETS[which]
    for number, name in enumerate(names):
        if name in SHARED and not (ASSETS / "images" / name).is_dir():
            continue
        rng = np.random.default_rng([seed, half, number])
        with tempfile.TemporaryDirectory() as folder:
            planter = Planter(Path(folder), pictures(name, half, 96, seed), rng)
            planter.copies(changes)
            planter.files()
            hits, wrong, plain = score(Path(folder), planter.faults)
            false += [(name, f.rule + " to look at" * f.look, f.files) for f in wrong]
            for (kind, hit), fault in zip(hits, planter.faults, strict=True):
                rows = [kind, "all copies" if fault[3] else "all others"]
                rows += [f"copies in {name}"] * fault[3]
                for row in rows:
                    kinds[row].append(hit)
                if not hit:
                    missed.append((name, kind))
                if not hit and fault[3] and fault[1] & plain:
                    untold.update(rows)
        for ratio, great in ((2.6, False), (3.5, True), (6.0, False)):
            with tempfile.TemporaryDirectory() as folder:
                faults = unbalanced(Path(folder), pictures(name, half, 110, seed + 1), ratio, great)
                hits, wrong, _ = score(Path(folder), faults)
                false += [(name, f.rule, f.files) for f in wrong]
                for kind, hit in hits:
                    kinds[kind].append(hit)
                    kinds["all others"].append(hit)
        with tempfile.TemporaryDirectory() as folder:
            images = pictures(name, half, UNPLANTED, seed + 2)
            for i, image in enumerate(images):
                place = Path(folder) / "ab"[i % 2] / f"{i}.jpg"
                place.parent.mkdir(exist_ok=True)
                image.save(place, quality=90)
            began = time.perf_counter()
            found = [f for f in audit(Path(folder)).findings if len(f.files) == 2]
            certain = sum(not f.look for f in found)
            pairs[name] = (len(images), len(found), certain, time.perf_counter() - began)
        print(name, pairs[name], [m for m in missed if m[0] == name], flush=True)
    return kinds, untold, false, pairs


def table(half, seed, kinds, untold, false, pairs):
    lines = [
        "# The audit on planted sets",
        "",
        f"Half `{half}`, seed {seed}; recall by kind with 95 % intervals (Clopper-Pearson). Of the missed copies, some",
        "are too plain: the audit counts their pictures as too plain to compare, because other pictures of",
        "the set come as near to each other as the copy does.",
        "",
        "| kind | found | of | recall | interval | missed, too plain | missed, not told |",
        "|---|---|---|---|---|---|---|",
    ]
    everything = [hit for kind in ("all copies", "all others") for hit in kinds[kind]]
    untold["all"] = untold["all copies"]
    for kind, hits in {"all": everything, **kinds}.items():
        interval = clopper_pearson(sum(hits), len(hits))
        lines.append(
            f"| {kind} | {sum(hits)} | {len(hits)} | {np.mean(hits):.1%} | "
            f"{interval.low:.1%} to {interval.high:.1%} | {untold[kind]} | "
            f"{len(hits) - sum(hits) - untold[kind]} |"
        )
    lines += ["", f"Findings that name nothing planted: {len(false)}.", ""]
    lines += [f"- {name}: {rule}, {' and '.join(files)}" for name, rule, files in false[:20]]
    lines += [
        "",
        "Pairs are called the same where their bytes or pixels are equal, else nearly the same: copies, or",
        "shots of one scene, to be looked at.",
        "",
        "| unplanted set | images | pairs called nearly the same | pairs called the same |",
        "|---|---|---|---|",
    ]
    for name, (count, found, certain, _) in pairs.items():
        lines.append(f"| {name} | {count} | {found - certain} | {certain} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, default="held")
    parser.add_argument("--seed", type=int, default=1)
    other = parser.add_mutually_exclusive_group()
    for which, words in (
        ("otherwise", "other changes and pictures"),
        ("fixed", "fixed cameras"),
        ("later", "sets drawn after all thresholds stood"),
        ("lately", "changes and sets of another make again"),
    ):
        other.add_argument(
            f"--{which}", dest="which", action="store_const", const=f"_{which}", help=words
        )
    parser.set_defaults(which="")
    parser.add_argument("--write", action="store_true", help="keep the table beside this file")
    given = parser.parse_args()
    found = measure(HALVES[given.half], given.seed, given.which)
    text = table(given.half, given.seed, *found)
    print(text)
    if given.write:
        place = Path(__file__).with_name(f"planted{given.which}.md")
        place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
