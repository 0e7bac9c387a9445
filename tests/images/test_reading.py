"""Any size and shape of image, arrays, and a cache that knows its limits."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import cache, decode, listing, split


def png(image, **options):
    data = io.BytesIO()
    image.save(data, "PNG", **options)
    return data.getvalue()


def halves(width, height):
    """Left half red, right half blue, or upper and lower where it is taller than wide."""
    image = Image.new("RGB", (width, height), "red")
    wide = width >= height
    box = (width // 2, 0, width, height) if wide else (0, height // 2, width, height)
    image.paste("blue", box)
    return image


@pytest.mark.parametrize("size", [(8, 8), (300, 100), (90, 270)])
def test_stretch_crop_and_pad(size):
    data = png(halves(*size))
    for resize in ("stretch", "crop", "pad"):
        out = decode.decode(data, 30, resize)
        assert out.shape == (30, 30, 3)
        middle = out[15] if size[0] >= size[1] else out[:, 15]
        assert middle[8].argmax() == 0
        assert middle[-8].argmax() == 2
    padded = decode.decode(data, 30, "pad")
    assert (padded[0, 0] == 0).all() == (size[0] != size[1])


def test_a_crop_shows_the_middle_only():
    image = Image.new("RGB", (300, 100), "white")
    image.paste("black", (100, 0, 200, 100))
    assert decode.decode(png(image), 20, "crop").max() == 0


@pytest.mark.slow
def test_an_image_of_the_largest_size_is_read_in_little_memory():
    image = Image.new("1", (20_000, 12_000))
    image.paste(1, (10_000, 0, 20_000, 12_000))
    out = decode.decode(png(image), 32)
    assert out[:, :15].max() == 0
    assert out[:, 17:].min() == 255
    with pytest.raises(decode.UnreadableImageError, match="at most 20,000 a side"):
        decode.decode(png(Image.new("1", (40_000, 20_000))), 32)


def test_a_large_image_is_the_same_in_strips_as_whole(monkeypatch):
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (60, 90, 3), dtype=np.uint8))
    image = small.resize((900, 600), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = png(image, exif=exif)
    whole = decode.decode(data, 64).astype(int)
    monkeypatch.setattr(decode, "LARGE", 1000)
    monkeypatch.setattr(decode, "STRIP", 7000)
    strips = decode.decode(data, 64).astype(int)
    assert (whole == strips).all()


def test_a_jpeg_at_a_fraction_is_near_its_full_decode():
    rng = np.random.default_rng(1)
    small = Image.fromarray(rng.integers(0, 256, (20, 20, 3), dtype=np.uint8))
    image = small.resize((1000, 1000), Image.Resampling.BICUBIC)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=92)
    full = decode.decode(png(Image.open(io.BytesIO(data.getvalue()))), 100).astype(int)
    assert np.abs(decode.decode(data.getvalue(), 100).astype(int) - full).mean() < 2


def arrays(tmp_path, **held):
    path = tmp_path / "images.npz"
    np.savez(path, **held)
    return path


def test_arrays_are_images_with_labels_groups_and_splits(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (20, 9, 12, 3), dtype=np.uint8)
    y = np.arange(20) % 2
    found = listing.scan(arrays(tmp_path, x=x, y=y, groups=np.arange(20) // 4, classes=["a", "b"]))
    assert found.classes == ("a", "b")
    pixels = cache.decoded(found, 9).pixels
    assert pixels.shape == (20, 9, 9, 3)
    train, val = split.sides(found, 0.4, 0)
    groups = [{found.entries[i].group for i in side} for side in (train, val)]
    assert groups[0].isdisjoint(groups[1])
    mnist = listing.scan(
        arrays(tmp_path, x_train=x[..., 0], y_train=y, x_test=x[:4, ..., 0], y_test=y[:4])
    )
    assert [len(side) for side in split.sides(mnist, 0.2, 0)] == [16, 4]
    assert len(split.test(mnist)) == 4, "kept apart"
    assert (cache.decoded(mnist, 9).pixels[..., 0] == cache.decoded(mnist, 9).pixels[..., 2]).all()


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (np.full((4, 8, 8), 0.5), 128),
        (np.full((4, 8, 8), 100.0), 100),
        (np.full((4, 8, 8, 1), 25_700, np.uint16), 100),
        (np.full((4, 8, 8, 3), 7, np.int64), 7),
    ],
)
def test_any_number_type_becomes_bytes_in_a_stated_way(tmp_path, x, expected):
    found = listing.scan(arrays(tmp_path, x=x, y=np.arange(4) % 2))
    assert (cache.decoded(found, 8).pixels == expected).all()


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"x": np.zeros((4, 8, 8)), "y": np.zeros(3)}, "4 images in x, 3 in y"),
        ({"x": np.zeros((4, 8, 8)), "y": np.zeros(4)}, "two classes or more"),
        ({"x": np.zeros((4, 8, 8)), "y": np.full(4, 0.5)}, "no class numbers"),
        ({"x": np.zeros((4, 8)), "y": np.arange(4)}, "images of shape"),
        ({"x": -np.ones((4, 8, 8)), "y": np.arange(4)}, "pixels from -1"),
        ({"z": np.zeros(3)}, "holds z; expected x and y"),
        ({"x": np.array([{}, {}], dtype=object), "y": np.arange(2)}, "plain arrays"),
    ],
)
def test_arrays_that_are_no_images_are_refused_in_one_line(tmp_path, held, message):
    with pytest.raises(ImageFolderError, match=message) as error:
        listing.scan(arrays(tmp_path, **held))
    assert "\n" not in str(error.value)


def test_the_cache_forgets_what_was_used_longest_ago(monkeypatch):
    home = cache.folder()
    home.mkdir(parents=True, exist_ok=True)
    for age, name in enumerate(("new", "middle", "old")):
        path = home / f"pixels-{name}.npy"
        path.write_bytes(b"0" * 1000)
        os.utime(path, (1e9 - age * 100, 1e9 - age * 100))
    others = sum(p.stat().st_size for p in home.iterdir()) - 3000
    cache.trim(keep=(home / "pixels-old.npy",), limit=(others + 2000) / 1e9)
    left = {p.name for p in home.glob("pixels-*.npy") if p.stat().st_size == 1000}
    assert "pixels-old.npy" in left
    assert "pixels-middle.npy" not in left


def test_without_room_for_the_cache_pixels_are_kept_in_memory(tmp_path, monkeypatch):
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(3):
            Image.new("RGB", (9, 9), (i * 40, 0, 0)).save(tmp_path / name / f"{i}.png")
    (tmp_path / "a" / "bad.png").write_bytes(b"no")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    found = listing.scan(tmp_path)
    decoded = cache.decoded(found, 9)
    assert not isinstance(decoded.pixels, np.memmap)
    assert decoded.pixels.shape == (6, 9, 9, 3)
    monkeypatch.undo()
    assert isinstance(cache.decoded(found, 9).pixels, np.memmap)
    assert np.array_equal(cache.decoded(found, 9).pixels, decoded.pixels)


def test_several_threads_may_read_the_same_images_at_once(tmp_path, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setenv("FITDOCTOR_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(1)
    for name in ("a", "b"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(40):
            pixels = rng.integers(0, 256, (90, 90, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{number}.png")
    found = listing.scan(tmp_path / "images")
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda _: np.array(cache.decoded(found, 200).pixels), range(8)))
    monkeypatch.setenv("FITDOCTOR_CACHE", str(tmp_path / "other"))
    expected = cache.decoded(found, 200).pixels
    assert all(np.array_equal(pixels, expected) for pixels in read)
