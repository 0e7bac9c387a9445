"""Stored PNG files hold the same pixels as the deflated ones, and damage stays damage."""

import io

import numpy as np
import pytest
from PIL import Image

from fitdoctor.images import decode, png


def picture(mode: str, side: int = 90) -> Image.Image:
    rng = np.random.default_rng(4)
    if mode == "I;16":
        return Image.fromarray(rng.integers(0, 60_000, (side, side)).astype(np.uint16))
    noise = Image.fromarray(rng.integers(0, 256, (side, side, 4)).astype(np.uint8), "RGBA")
    return noise.convert("RGB").quantize(64) if mode == "P" else noise.convert(mode)


def file(image: Image.Image, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **settings)
    return buffer.getvalue()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pixels_are_the_same(mode: str):
    data = file(picture(mode))
    made = png.stored(data)
    assert made != data
    np.testing.assert_array_equal(pixels(made), pixels(data))


def test_what_stands_beside_the_pixels_stays():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file(picture("P"), exif=exif, transparency=3, dpi=(72, 72))
    with Image.open(io.BytesIO(png.stored(data))) as image:
        assert image.getexif()[0x0112] == 6
        assert image.info["transparency"] == 3


def test_image_data_in_several_chunks_becomes_one():
    data = file(picture("RGB", 400))
    assert data.count(b"IDAT") > 1
    made = png.stored(data)
    assert made.count(b"IDAT") < data.count(b"IDAT")
    np.testing.assert_array_equal(pixels(made), pixels(data))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_cut_file_comes_back_as_it_was(share: float):
    data = file(picture("RGB"))
    cut = data[: int(share * len(data))]
    assert png.stored(cut) == cut


def test_damaged_image_data_come_back_as_they_were():
    data = bytearray(file(picture("RGB")))
    data[len(data) // 2] ^= 0xFF
    assert png.stored(bytes(data)) == bytes(data)
    with pytest.raises(decode.UnreadableImageError):
        decode.decode(bytes(data), 32)


def test_a_header_that_asks_for_more_than_it_holds_is_left_to_pillow():
    data = bytearray(file(picture("L")))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    assert png.stored(bytes(data)) == bytes(data)


def test_other_files_and_small_ones_are_left_alone():
    buffer = io.BytesIO()
    picture("RGB").save(buffer, "JPEG")
    small = file(Image.new("L", (4, 4)))
    assert png.stored(buffer.getvalue()) == buffer.getvalue()
    assert png.stored(small) == small
    assert png.stored(b"") == b""


def test_interlaced_files_are_left_alone():
    data = bytearray(file(picture("L")))
    data[28] = 1
    assert png.stored(bytes(data)) == bytes(data)
