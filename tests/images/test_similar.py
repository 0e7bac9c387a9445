"""Copies are told from photos of one thing: place by place, whatever was done to the copy."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from fitdoctor.images import evidence, registration, similar
from fitdoctor.images.audit import audit
from fitdoctor.images.frame import without_frame

SIDE = 160


def photo(rng, side=SIDE):
    """Return a scene with detail at every scale, as photographs have."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]) * side
    planes = []
    for _ in range(3):
        spectrum = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
        field = np.fft.irfft2(spectrum / np.maximum(frequency, 1) ** 1.2, (side, side))
        planes.append(125 + 45 * field / field.std())
    values = np.stack(planes, axis=2)
    return Image.fromarray(
        np.clip(0.6 * values.mean(2, keepdims=True) + 0.4 * values, 0, 255).astype("u1")
    )


def egg(rng):
    """Return a photo of one plain thing on one plain ground, a little elsewhere each time."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    x, y = x - rng.normal(0, 0.02), y - rng.normal(0, 0.02)
    inside = (x / rng.normal(0.5, 0.02)) ** 2 + (y / rng.normal(0.6, 0.02)) ** 2
    body = np.sqrt(np.clip(1 - inside, 0, 1)) * (1 - 0.3 * x - 0.4 * y)
    values = np.where(inside < 1, 90 + 130 * body, 215 - 25 * (x**2 + y**2))
    return Image.fromarray(np.clip(values + rng.normal(0, 2, values.shape), 0, 255).astype("u1"))


def squeezed(image):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=35)
    return Image.open(data)


def labelled(image):
    ImageDraw.Draw(image).rectangle((100, 135, 150, 152), fill=(250, 240, 90))
    return image


CHANGES = {
    "squeezed": squeezed,
    "cut": lambda im: im.crop((14, 3, 158, 147)),
    "turned": lambda im: im.transpose(Image.Transpose.ROTATE_270),
    "mirrored": ImageOps.mirror,
    "grey": lambda im: im.convert("L").convert("RGB"),
    "darker": lambda im: im.point([round(255 * (v / 255) ** 1.4) for v in range(256)] * 3),
    "halved": lambda im: im.resize((84, 78)),
    "labelled": labelled,
    "framed": lambda im: ImageOps.expand(im, 6, "white"),
}


@pytest.mark.costly
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_and_nothing_else(tmp_path, change):
    rng = np.random.default_rng(11)
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(10):
            photo(rng).save(tmp_path / label / f"{i}.png")
    with Image.open(tmp_path / "a" / "4.png") as image:
        CHANGES[change](image.convert("RGB")).save(tmp_path / "a" / "z.png")
    found = audit(tmp_path).findings
    assert [f.files for f in found if len(f.files) == 2] == [("a/4.png", "a/z.png")]


@pytest.mark.costly
@pytest.mark.parametrize("quality", [60, 95])
def test_photos_of_one_plain_thing_are_not_copies(tmp_path, quality):
    rng = np.random.default_rng(4)
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(20):
            egg(rng).save(tmp_path / label / f"{i}.jpg", quality=quality)
    assert not [f for f in audit(tmp_path).findings if len(f.files) == 2]


def test_registration_finds_scale_and_shift():
    rng = np.random.default_rng(0)
    whole = np.asarray(photo(rng, 256).convert("L").resize((64, 64)), dtype=np.float32)[None]
    true = np.array([[0.92, 0.95, 0.05, -0.03]])
    part = registration.sampled(whole, true[0], 64)
    start = np.array([[1.0, 1.0, 0.0, 0.0]])
    found = registration.placed(whole, part, start, (16, 32, 64))
    np.testing.assert_allclose(found, true, atol=0.01)


def test_candidates_stay_few_where_all_images_are_alike():
    rng = np.random.default_rng(1)
    base = rng.integers(0, 200, (32, 32))
    smalls = [(base + rng.integers(0, 20, (32, 32))).astype(np.uint8) for _ in range(60)]
    found = similar.candidates(smalls)
    assert 60 <= len(found) <= 60 * similar.PARTNERS
    assert len({(c.first, c.second) for c in found}) == len(found)


def test_files_far_larger_than_the_rest_are_named(tmp_path):
    rng = np.random.default_rng(2)
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(8):
            photo(rng, 96).save(tmp_path / label / f"{i}.jpg")
    photo(rng, 96).resize((700, 700)).save(tmp_path / "a" / "wide.jpg")
    heavy = tmp_path / "b" / "heavy.jpg"
    photo(rng, 96).save(heavy)
    heavy.write_bytes(heavy.read_bytes() + bytes(300_000))
    found = {f.files: f.sentence for f in audit(tmp_path).findings}
    assert set(found) == {("a/wide.jpg",), ("b/heavy.jpg",)}
    assert "700 x 700 pixels" in found["a/wide.jpg",]
    assert "bytes among files of about" in found["b/heavy.jpg",]


def test_mixed_sizes_are_not_odd(tmp_path):
    rng = np.random.default_rng(2)
    for label in "ab":
        (tmp_path / label).mkdir()
        for i, side in enumerate((40, 60, 90, 130, 200, 300, 420, 600)):
            photo(rng, side).save(tmp_path / label / f"{i}.jpg")
    assert not [f for f in audit(tmp_path).findings if f.rule == "odd_image_sizes"]


def sky(rng, clouds=None):
    """Return a sky: a gradient, soft clouds of a few grey levels, and the grain of a sensor."""
    rows, columns = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    if clouds is None:
        clouds = np.asarray(
            Image.fromarray(rng.normal(0, 1, (7, 7)).astype("f4")).resize(
                (SIDE, SIDE), Image.Resampling.BICUBIC
            )
        )
    values = 150 + 40 * rows + 6 * rng.normal() * columns + 5 * clouds
    values = values[..., None] + np.array([-25, 0, 30]) + rng.normal(0, 1.5, (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(values, 0, 255).astype("u1")), clouds


def folder_of(home, images, quality=90):
    for i, image in enumerate(images):
        place = home / "ab"[i % 2] / f"{i:02}.jpg"
        place.parent.mkdir(exist_ok=True)
        image.save(place, quality=quality)
    return home


@pytest.mark.costly
@pytest.mark.parametrize("change", ["squeezed", "cut", "turned", "mirrored", "darker", "halved"])
def test_a_changed_copy_of_a_plain_picture_is_found_among_others_like_it(tmp_path, change):
    rng = np.random.default_rng(21)
    skies = [sky(rng)[0] for _ in range(24)]
    folder_of(tmp_path, skies)
    CHANGES[change](skies[7].copy()).save(tmp_path / "a" / "z.png")
    found = audit(tmp_path).findings
    assert [f.files for f in found if len(f.files) == 2] == [("a/z.png", "b/07.jpg")]


def test_skies_are_not_copies_of_each_other(tmp_path):
    rng = np.random.default_rng(22)
    folder_of(tmp_path, [sky(rng)[0] for _ in range(40)])
    assert not [f for f in audit(tmp_path).findings if len(f.files) == 2]


def test_what_looks_alike_to_the_last_grey_level_is_counted_and_not_called_a_copy(tmp_path):
    rng = np.random.default_rng(23)
    _, clouds = sky(rng)
    shots = [sky(rng, clouds + rng.normal(0, 0.05) * sky(rng)[1])[0] for _ in range(24)]
    folder_of(tmp_path, [*shots, *(sky(rng)[0] for _ in range(16))])
    found = audit(tmp_path)
    assert not [f for f in found.findings if len(f.files) == 2]
    assert 4 <= len(found.too_plain) <= 24


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("width", [4, 9])
def test_a_frame_is_taken_off_and_a_plain_ground_is_not(shade, width):
    rng = np.random.default_rng(24)
    picture = photo(rng, 120)
    framed = ImageOps.expand(picture, width, (shade,) * 3)
    left = without_frame(squeezed(framed))
    assert abs(left.size[0] - 120) <= 4
    assert abs(left.size[1] - 120) <= 4
    ground = Image.new("RGB", (160, 160), (shade,) * 3)
    ground.paste(picture.resize((60, 60)), (50, 50))
    assert without_frame(ground).size == (160, 160)
    assert without_frame(picture).size == (120, 120)
    assert without_frame(Image.new("RGB", (9, 5))).size == (9, 5)


def test_the_likeness_that_is_asked_for_follows_what_is_usual_in_a_set():
    def usual(level, count=40):
        return {image: [level + 5, level + 0.1 * (image % 7)] for image in range(count)}

    assert evidence.asked_of_likeness({}).least == evidence.ALONE
    assert evidence.asked_of_likeness(usual(-9, 5)).least == evidence.ALONE
    assert evidence.asked_of_likeness(usual(-9)).least == evidence.LEAST
    assert evidence.LEAST < evidence.asked_of_likeness(usual(-2)).least < evidence.MOST
    assert evidence.asked_of_likeness(usual(5)).least == evidence.MOST


@pytest.mark.parametrize(
    ("of_grain", "of_likeness", "told"),
    [(0.8, 0.8, True), (0.8, 0.2, False), (0.0, 0.95, False), (0.95, 0.0, False)],
)
def test_two_signs_make_a_copy_together_that_neither_makes(of_grain, of_likeness, told):
    own = {image: [1.0, -3.0 + 0.3 * (image % 7)] for image in range(40)}
    grain, likeness = evidence.asked_of_grain({}), evidence.asked_of_likeness(own)
    seen = grain.usual + of_grain * grain.reach, likeness.usual + of_likeness * likeness.reach
    assert seen[0] < grain.least
    assert seen[1] < likeness.least
    assert evidence.is_told_together(seen[0], grain, seen[1], likeness) is told
    # Where all pictures share the pattern of their compression, grain is no second sign.
    pattern = evidence.asked_of_grain({image: [60.0, 9.0 + image % 3] for image in range(40)})
    alike = pattern.usual + of_grain * pattern.reach
    assert not evidence.is_told_together(alike, pattern, seen[1], likeness)


def test_smoothing_keeps_flat_pictures_flat_and_takes_none_at_all():
    flat = np.full((3, 40, 24), 7, np.float32)
    assert registration.blurred(flat, 2.0) == pytest.approx(flat)
    assert registration.blurred(flat[:0], 2.0).shape == (0, 40, 24)
    spot = np.zeros((1, 33, 33), np.float32)
    spot[0, 16, 16] = 1
    seen = registration.blurred(spot, 2.0)[0]
    assert seen.sum() == pytest.approx(1)
    assert seen == pytest.approx(seen.T)
    assert seen[16, 18] / seen[16, 16] == pytest.approx(np.exp(-0.5))


def test_what_is_left_unexplained_is_asked_of_no_pairs_and_of_some():
    place = np.array([registration.SAME])
    assert registration.unexplained(*np.zeros((2, 0, 32, 32), "f4"), place[:0]).shape == (0,)
    rng = np.random.default_rng(3)
    one = rng.normal(100, 20, (1, 32, 32)).astype("f4")
    brighter, noisy, another = 1.3 * one + 9, one + rng.normal(0, 8, one.shape), one[:, ::-1]
    written = one.copy()
    written[:, 4:9, 4:28] = 255
    seen = [
        float(registration.unexplained(one, other.astype("f4"), place)[0])
        for other in (brighter, written, noisy, another)
    ]
    assert seen == sorted(seen)
    assert seen[0] < 0.01 < seen[2] < 0.6 < seen[3]


def sign(rng):
    """Return a drawing in flat colours: rays of one outline among confetti, a little elsewhere."""
    image = Image.new("RGB", (200, 200), tuple(int(v) for v in rng.integers(150, 255, 3)))
    draw = ImageDraw.Draw(image)
    for x, y in rng.integers(0, 195, (28, 2)):
        draw.ellipse((x, y, x + 7, y + 7), fill=tuple(int(v) for v in rng.integers(100, 200, 3)))
    x, y = rng.integers(94, 107, 2)
    ink = tuple(int(v) for v in rng.integers(10, 160, 3))
    for k in range(-3, 4):
        draw.line((x, y + 60, x + 18 * k, y - 60), fill=ink, width=4)
    return image


def test_the_ringing_of_compression_is_no_grain_that_drawings_share(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    drawn = [(sign(rng), int(rng.integers(60, 92))) for _ in range(40)]
    for i in (3, 6, 28, 36):
        image, quality = drawn[i]
        image.save(tmp_path / f"{i}.jpg", quality=quality)
    ImageOps.mirror(Image.open(tmp_path / "6.jpg")).save(tmp_path / "copy.jpg")

    def pairs():
        return {f.files for f in audit(tmp_path).findings if len(f.files) == 2}

    assert pairs() == {("6.jpg", "copy.jpg")}
    monkeypatch.setattr(evidence, "FLAT", 0.0)
    assert len(pairs()) > 1


def test_of_pictures_that_share_too_little_nothing_is_told():
    one, other = np.random.default_rng(0).integers(80, 100, (2, 3, 128, 128)).astype(np.uint8)
    seen = evidence.Evidence(one, other, np.array([1.6, 1.6, 0.0, 0.0]))
    assert seen.likeness == -np.inf
    assert (seen.contradicts(), seen.is_alike(), seen.differs()) == (True, False, True)
