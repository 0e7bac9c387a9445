"""Pictures of a camera that does not move are no copies; copies among them are found."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from fitdoctor.images import registration, scenes
from fitdoctor.images.audit import HOW, audit
from fitdoctor.images.background import Common, common_part

SIDE = 128
Y, X = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]


def shelf(rng):
    """Return a place with detail everywhere: boards, and boxes of all shades on them."""
    place = 90 + 12 * rng.normal(size=(SIDE // 4, SIDE // 4)).repeat(4, 0).repeat(4, 1)
    for at in range(8, SIDE, 24):
        place[at : at + 3] = 30
        for left in range(2, SIDE - 10, 16):
            place[at - 7 : at, left : left + int(rng.integers(5, 14))] = rng.integers(40, 230)
    return place


def lawn(rng):
    """Return a place of grass: texture of one pixel, darker towards one side."""
    return 110 + 30 * X + 14 * rng.normal(size=X.shape)


def shots(rng, place, count, grain=3.0):
    """Return photos of a place, each with a small ball somewhere, in a light of its own."""
    for _ in range(count):
        x, y = rng.uniform(-0.8, 0.8, 2)
        values = np.where(np.hypot(X - x, Y - y) < 0.12, rng.uniform(0, 255), place)
        values = values * rng.uniform(0.85, 1.1) + rng.normal(0, grain, values.shape)
        yield Image.fromarray(np.clip(values, 0, 255).astype("u1"))


def folder_of(home, images):
    for i, image in enumerate(images):
        place = home / "ab"[i % 2] / f"{i:02}.jpg"
        place.parent.mkdir(exist_ok=True)
        image.save(place, quality=92)
    return home


def copies_in(home):
    return [(f.files, f.sentence) for f in audit(home).findings if len(f.files) == 2]


def sent(image, quality=80):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data)


COPIES = {
    "sent": (sent, HOW[""]),
    "duller": (lambda im: sent(ImageEnhance.Contrast(im).enhance(0.8)), HOW[""]),
    "mirrored": (lambda im: sent(ImageOps.mirror(im)), HOW["mirrored"]),
    "cut": (lambda im: im.crop((6, 4, 124, 124)), HOW[""]),
}


@pytest.mark.costly
@pytest.mark.parametrize("place", [shelf, lawn])
@pytest.mark.parametrize("copy", COPIES)
def test_of_a_camera_that_stays_only_the_copy_is_named(tmp_path, place, copy):
    rng = np.random.default_rng(31)
    images = list(shots(rng, place(rng), 24))
    change, words = COPIES[copy]
    folder_of(tmp_path, images)
    change(images[9]).save(tmp_path / "b" / "copy.png")
    assert copies_in(tmp_path) == [(("b/09.jpg", "b/copy.png"), words)]


def test_shots_between_which_nothing_changed_are_not_called_the_same_picture(tmp_path):
    rng = np.random.default_rng(35)
    for label, place in zip("ab", (shelf(rng), lawn(rng)), strict=True):
        (tmp_path / label).mkdir()
        for i in range(3):
            values = place * rng.uniform(0.97, 1.03) + rng.normal(0, 2, place.shape)
            shot = Image.fromarray(np.clip(values, 0, 255).astype("u1"))
            shot.save(tmp_path / label / f"{i}.jpg", quality=90)
    told = [sentence for _, sentence in copies_in(tmp_path)]
    assert len(told) >= 2
    assert {words.partition(" (")[0] for words in told} == {"nearly the same picture"}


@pytest.mark.slow
def test_of_two_cameras_in_one_folder_no_picture_is_a_copy(tmp_path):
    rng = np.random.default_rng(32)
    one, other = shots(rng, shelf(rng), 16), shots(rng, lawn(rng), 16, grain=5)
    assert copies_in(folder_of(tmp_path, [*one, *other])) == []


def edges_of(images):
    return [scenes.Edge(a, a + 1, 0, registration.SAME, 0.9) for a in images]


def small(image):
    return np.asarray(image.resize((32, 32), Image.Resampling.BOX))


def test_a_scene_takes_many_pictures_of_one_place():
    rng = np.random.default_rng(33)
    smalls = [small(image) for image in shots(rng, shelf(rng), scenes.LEAST_MEMBERS + 2)]
    smalls.append(small(next(shots(rng, lawn(rng), 1))))
    few = edges_of(range(scenes.LEAST_MEMBERS - 2))
    assert list(scenes.scenes(few, smalls)) == []
    (scene,) = scenes.scenes(edges_of(range(len(smalls) - 1)), smalls)
    # What an edge led to that shows another place is left out.
    assert [view.image for view in scene.views] == list(range(len(smalls) - 1))
    assert scene.members == len(smalls) - 1


def test_an_altered_picture_is_a_guest_with_the_turn_that_brings_it_back():
    rng = np.random.default_rng(34)
    images = list(shots(rng, shelf(rng), 14))
    smalls = [small(image) for image in images]
    smalls.append(small(images[3].transpose(Image.Transpose.ROTATE_90)))
    one, other = (
        scenes.Edge(14, 3, 3, registration.SAME, 0.9),
        scenes.Edge(3, 14, 1, registration.SAME, 0.9),
    )
    for edge in (one, other):
        (scene,) = scenes.scenes([*edges_of(range(13)), edge], smalls)
        guest = scene.views[-1]
        assert (guest.image, scene.members) == (14, 14)
        seen = registration.turned(smalls[14], guest.turn).astype(int)
        np.testing.assert_allclose(seen, smalls[3], atol=1)


def test_what_is_a_picture_s_own_is_left_when_light_and_a_shaken_camera_are_taken_off():
    rng = np.random.default_rng(35)
    place = shelf(rng).astype("f4")
    subject = np.where(np.hypot(X - 0.3, Y + 0.2) < 0.1, 60, 0)
    pictures = np.stack(
        [place * g + rng.normal(0, 1, place.shape) for g in np.linspace(0.8, 1.2, 9)]
    )
    common = Common(pictures.astype("f4"))
    seen = 0.9 * (place + subject) + 10 * X + 0.3 * np.gradient(place, axis=1)
    own = common.own_parts(seen[None].astype("f4"), np.ones((1, SIDE, SIDE), bool))[0]
    assert np.corrcoef(own.ravel(), subject.ravel())[0, 1] > 0.9
    assert np.abs(own[subject == 0]).mean() < 2
    assert np.corrcoef(common_part(pictures).ravel(), place.ravel())[0, 1] > 0.999


def test_nothing_is_left_where_a_picture_does_not_show_the_place():
    rng = np.random.default_rng(36)
    pictures = np.stack([lawn(rng) for _ in range(4)]).astype("f4")
    inside = np.ones(pictures.shape, bool)
    inside[:, :, :20] = False
    assert not Common(pictures).own_parts(pictures, inside)[:, :, :20].any()


@pytest.mark.parametrize("first", range(8))
def test_turns_are_undone_and_follow_each_other(first):
    picture = np.arange(9, dtype="u1").reshape(3, 3)
    seen = registration.turned(picture, first)
    np.testing.assert_array_equal(registration.turned(seen, registration.back(first)), picture)
    for then in range(8):
        both = registration.turned(picture, registration.after(first, then))
        np.testing.assert_array_equal(registration.turned(seen, then), both)
