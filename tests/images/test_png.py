"""PNG files read by our own code come out as Pillow's, to the last bit, or are left to Pillow."""

import io
import shutil
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fitdoctor.images import decode, png

KINDS = {"L": (0, 1), "RGB": (2, 3), "RGBA": (6, 4)}
ALL = (0, 1, 2, 3, 4)


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(
        ">I", zlib.crc32(name + content)
    )  # fmt: skip


def written(mode, width, height, *, filters=ALL, seed=0, piece=8192, cut=None, extra=b"", level=6):
    """A PNG file of random rows, each with a filter drawn from `filters`."""
    rng = np.random.default_rng(seed)
    kind, channels = KINDS[mode]
    rows = rng.integers(0, 256, (height, 1 + width * channels), dtype=np.uint8)
    rows //= np.uint8(rng.choice([1, 1, 16, 128]))
    rows[:, 0] = rng.choice(filters, height)
    packed = zlib.compress(rows.tobytes(), level)[:cut]
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    pieces = [packed[at : at + piece] for at in range(0, len(packed), piece)]
    parts = [chunk(b"IHDR", header), extra, *(chunk(b"IDAT", p) for p in pieces)]
    return png.SIGNATURE + b"".join([*parts, chunk(b"IEND", b"")])


def by_pillow(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def ours(data, size=None):
    """The image by our own code, and whether that was what read it."""
    image = png.Png(data)
    drafted = image.draft(None, (size, size)) if size else None
    plain = image._is_plain()
    image.load()
    return image, plain, drafted


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler")
def test_the_library_was_built():
    assert png.readable(png.SIGNATURE)


needs_library = pytest.mark.skipif(png._LIBRARY is None, reason="built without a C compiler")


@needs_library
@settings(max_examples=settings.default.max_examples * 5, deadline=None)
@given(
    mode=st.sampled_from(sorted(KINDS)),
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    filters=st.sampled_from([ALL, (1,), (2,), (3,), (4,)]),
    seed=st.integers(0, 10_000),
    piece=st.sampled_from([7, 300, 100_000]),
    level=st.sampled_from([0, 6]),
    size=st.integers(1, 40),
)
def test_pixels_are_pillows(mode, width, height, filters, seed, piece, level, size):
    data = written(mode, width, height, filters=filters, seed=seed, piece=piece, level=level)
    image, plain, _ = ours(data)
    assert plain
    assert image.mode == mode
    whole = by_pillow(data)
    assert image.tobytes() == whole.tobytes()
    small, _, drafted = ours(data, size)
    factor = min(width, height) // size
    assert bool(drafted) == (mode != "RGBA" and 1 < factor <= png.MOST_AVERAGED)
    if drafted:
        assert small.tobytes() == whole.reduce(factor).tobytes()
        assert drafted == (mode, (0, 0, width / factor, height / factor))


@needs_library
@pytest.mark.costly
@pytest.mark.parametrize("mode", sorted(KINDS))
def test_a_large_photograph_keeps_within_its_memory(mode):
    data = written(mode, 1700, 1300, seed=3)
    assert ours(data)[0].tobytes() == by_pillow(data).tobytes()
    assert ours(data, 100)[0].size == (131, 100) if mode != "RGBA" else True
    # What the last image left in the thread's memory is no part of the next.
    small = written(mode, 5, 4, seed=4)
    assert ours(small)[0].tobytes() == by_pillow(small).tobytes()


@needs_library
@pytest.mark.parametrize(
    "bad",
    [
        written("RGB", 30, 30, cut=-200),
        written("RGB", 30, 30, filters=(5,)),
        written("RGB", 30, 30).replace(b"IDAT", b"IDAX"),
        written("RGB", 30, 30)[:-40],
        written("RGB", 30, 30)[:60],
        png.SIGNATURE,
        png.SIGNATURE + bytes(100),
    ],
)
def test_what_is_damaged_is_told_as_pillow_tells_it(bad, monkeypatch):
    with pytest.raises(decode.UnreadableImageError) as told:
        decode.decode(bad, 16)
    monkeypatch.setattr(png, "_LIBRARY", None)
    with pytest.raises(decode.UnreadableImageError) as alone:
        decode.decode(bad, 16)
    assert str(told.value) == str(alone.value)


def damaged(data, rng):
    broken = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        broken[rng.integers(8, len(broken))] = rng.integers(256)
    return bytes(broken[: rng.integers(20, len(broken) + 1)])


@needs_library
def test_damage_of_any_kind_is_judged_as_pillow_judges_it(monkeypatch):
    rng = np.random.default_rng(0)
    for number in range(400):
        mode = sorted(KINDS)[number % 3]
        bad = damaged(written(mode, 40, 30, seed=number, piece=200), rng)
        results = []
        for library in (png._LIBRARY, None):
            with monkeypatch.context() as patch:
                patch.setattr(png, "_LIBRARY", library)
                try:
                    results.append(decode.decode(bad, 16).tobytes())
                except decode.UnreadableImageError as error:
                    results.append(str(error))
        # A checksum that ISA-L tests and Pillow does not sends the file to Pillow: the same pixels.
        assert results[0] == results[1], number


def drawn(kind):
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (90, 130, 4), dtype=np.uint8)
    image = Image.fromarray(pixels).resize((520, 360), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    modes = {"turned": "RGB", "transparent": "RGB", "animated": "RGB"}
    image = image.convert(modes.get(kind, kind))
    options = {
        "turned": {"exif": exif},
        "transparent": {"transparency": image.getpixel((3, 3))},
        "animated": {"save_all": True, "append_images": [image.rotate(90)]},
    }.get(kind, {})
    data = io.BytesIO()
    image.save(data, "PNG", **options)
    return data.getvalue()


@pytest.mark.parametrize(
    "kind", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "turned", "transparent", "animated"]
)
@pytest.mark.parametrize("resize", ["stretch", "crop", "pad"])
def test_a_machine_without_a_compiler_sees_the_same_pixels(kind, resize, monkeypatch):
    data = drawn(kind) if kind != "I;16" else sixteen_bits()
    for size in (20, 64, 300):
        with_library = decode.decode(data, size, resize)
        with monkeypatch.context() as patch:
            patch.setattr(png, "_LIBRARY", None)
            assert (decode.decode(data, size, resize) == with_library).all()


def sixteen_bits():
    data = io.BytesIO()
    rng = np.random.default_rng(7)
    Image.fromarray(rng.integers(0, 65536, (90, 130), dtype=np.uint16)).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("turn", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))]
)
def test_exif_turns_a_reduced_image(turn, corner):
    image = Image.new("RGB", (400, 400))
    image.paste("white", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = turn
    for kind in ("PNG", "JPEG", "WEBP"):
        data = io.BytesIO()
        image.save(data, kind, exif=exif)
        out = decode.decode(data.getvalue(), 20)
        assert out[corner].min() > 240, kind
        assert (out > 128).sum() == 300
