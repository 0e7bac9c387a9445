"""Any image to the same square; folders, splits and the cache."""

import io

import numpy as np
import pytest
from PIL import Image

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import cache, decode, listing, manifest, split


def encoded(array, format="PNG", mode=None, **options):
    buffer = io.BytesIO()
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(buffer, format, **options)
    return buffer.getvalue()


COLOUR = np.full((20, 30, 3), (200, 100, 50), np.uint8)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(COLOUR), (200, 100, 50)),
        (encoded(COLOUR, mode="P"), (200, 100, 50)),
        (encoded(COLOUR, "JPEG", mode="CMYK", quality=95), (200, 100, 50)),
        (encoded(COLOUR, mode="L"), (124, 124, 124)),
        (encoded(np.full((9, 9), 257 * 80, np.uint16)), (80, 80, 80)),
        (encoded(np.zeros((9, 9, 4), np.uint8)), (255, 255, 255)),
        (encoded(COLOUR, "GIF", mode="P", save_all=True), (200, 100, 50)),
    ],
    ids=["rgb", "palette", "cmyk", "grey", "16-bit", "transparent", "gif"],
)
def test_every_kind_becomes_the_same_rgb(data, expected):
    pixels = decode.decode(data, 8)
    assert pixels.shape == (8, 8, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.reshape(-1, 3).mean(axis=0) - expected).max() < 8


def test_exif_rotation_is_applied():
    array = np.zeros((10, 20, 3), np.uint8)
    array[:, :10] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = decode.decode(encoded(array, "JPEG", exif=exif, quality=95), 8)
    assert turned[0].mean() > 200
    assert turned[-1].mean() < 50


@pytest.mark.parametrize(
    "data",
    [b"", b"not an image", encoded(COLOUR, "JPEG")[:200], encoded(COLOUR)[:60]],
    ids=["empty", "text", "cut jpeg", "cut png"],
)
def test_broken_files_say_so(data):
    with pytest.raises(decode.UnreadableImageError):
        decode.decode(data, 8)


def folder(tmp_path, classes=("cat", "dog"), n=6):
    for label, name in enumerate(classes):
        (tmp_path / name).mkdir(parents=True)
        for i in range(n):
            array = np.full((12, 12, 3), 20 * i + 100 * label, np.uint8)
            Image.fromarray(array).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_broken_images_are_listed_and_left_out(tmp_path):
    root = folder(tmp_path / "photos")
    (root / "cat" / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    (root / "cat" / "notes.txt").write_text("not an image by name")
    found = listing.scan(root)
    assert len(found.entries) == 13
    for _ in range(2):
        pixels = cache.decoded(found, 8)
        assert pixels.pixels.shape == (12, 8, 8, 3)
        assert [path for path, _ in pixels.unreadable] == ["cat/bad.jpg"]
    kept = manifest.without(found, {path for path, _ in pixels.unreadable})
    assert len(kept.entries) == 12


def test_the_cache_is_named_by_content(tmp_path, monkeypatch):
    root = folder(tmp_path / "photos")
    first = cache.decoded(listing.scan(root), 8)
    monkeypatch.setattr(cache.decode, "decode", None)
    again = cache.decoded(listing.scan(root), 8)
    assert np.array_equal(first.pixels, again.pixels)
    monkeypatch.undo()
    Image.fromarray(np.full((12, 12, 3), 7, np.uint8)).save(root / "cat" / "0.png")
    changed = cache.decoded(listing.scan(root), 8)
    assert changed.key != first.key


def test_a_cache_that_cannot_be_written_costs_no_run(tmp_path, monkeypatch):
    root = folder(tmp_path / "photos")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FITDOCTOR_CACHE", str(tmp_path / "file" / "below"))
    assert len(cache.decoded(listing.scan(root), 8).pixels) == 12


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "nowhere", "no such folder"),
        (lambda p: p, "no images"),
        (lambda p: folder(p / "one", classes=("cat",)), "one class only"),
    ],
)
def test_folders_that_cannot_be_trained_on_say_why(tmp_path, make, message):
    with pytest.raises(ImageFolderError, match=message):
        listing.scan(make(tmp_path))


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    outside = folder(tmp_path / "outside")
    root = folder(tmp_path / "photos")
    (root / "cat" / "link.png").symlink_to(outside / "cat" / "0.png")
    (root / "bird").symlink_to(outside / "cat")
    found = listing.scan(root)
    assert all("link" not in entry.path for entry in found.entries)


@pytest.mark.parametrize("seed", range(3))
def test_split_is_stratified_disjoint_and_seeded(seed):
    labels = np.repeat([0, 1, 2], [100, 50, 3])
    train, val = split.stratified(labels, 0.2, seed)
    assert sorted([*train, *val]) == list(range(153))
    assert np.bincount(labels[val]).tolist() == [20, 10, 1]
    again = split.stratified(labels, 0.2, seed)
    assert np.array_equal(val, again[1])
    assert not np.array_equal(val, split.stratified(labels, 0.2, seed + 10)[1])
