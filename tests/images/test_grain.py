"""Grain is shared by copies, whatever was done to them, and by no two shots of one thing."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from fitdoctor.images import evidence, grain
from fitdoctor.images.audit import audit

SIDE = 128
EVERYWHERE = np.ones((SIDE, SIDE), bool)
TRIED = 240
"""Pairs of unrelated grain, of which none may come to what is asked of copies."""


def vase(rng, level=2.5):
    """Return one still thing on one ground, (side, side), with grain of its own."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    body = np.sqrt(np.clip(1 - (x / 0.4) ** 2 - (y / 0.7) ** 2, 0, 1))
    values = np.where(body > 0, 60 + 140 * body, 200 - 20 * y)
    return Image.fromarray(np.clip(values + rng.normal(0, level, x.shape), 0, 255).astype("u1"))


def squeezed(image, quality):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data)


def agreement(one, other):
    return grain.agreement(np.asarray(one, "f4"), np.asarray(other, "f4"), EVERYWHERE).peak


CHANGES = {
    "re-encoded": lambda im, _: squeezed(im, 75),
    "grainy": lambda im, rng: Image.fromarray(
        np.clip(np.asarray(im) + rng.normal(0, 6, im.size), 0, 255).astype("u1")
    ),
    "darker": lambda im, _: ImageEnhance.Brightness(im).enhance(0.6),
    "blurred": lambda im, _: im.filter(ImageFilter.GaussianBlur(0.8)),
    "halved": lambda im, _: im.resize((80, 80)).resize(im.size),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_grain_of_a_copy_is_found_under_what_was_done_to_it(change):
    rng = np.random.default_rng(5)
    shots = [vase(rng) for _ in range(6)]
    for shot, next_one in itertools.pairwise(shots):
        copy = CHANGES[change](shot, rng)
        assert agreement(shot, copy) > evidence.LEAST_GRAIN
        assert agreement(next_one, copy) < evidence.LEAST_GRAIN


def test_unrelated_grain_keeps_within_its_budget(pytestconfig):
    rng = np.random.default_rng(6)
    seen = []
    for number in range(TRIED // 4 if pytestconfig.getoption("--quick") else TRIED):
        one, other = (vase(rng, level) for level in rng.uniform(1, 6, 2))
        if number % 2:
            one, other = squeezed(one, 90), squeezed(other, 90)
        seen.append(agreement(one, other))
    # Exceeding 7.5 by chance has a probability of 25 * 3e-14; this sees fatter tails.
    assert np.percentile(seen, 75) == pytest.approx(evidence.GRAIN_USUAL[0], abs=0.8)
    assert max(seen) < evidence.LEAST_GRAIN - 1


def test_what_does_not_overlap_has_no_grain_in_common():
    shot = np.asarray(vase(np.random.default_rng(1)), "f4")
    assert grain.agreement(shot, shot, np.zeros_like(EVERYWHERE)) == (0, 0)


@pytest.mark.parametrize("level", [1.0, 3.0])
def test_the_level_is_that_of_the_weaker_grain(level):
    rng = np.random.default_rng(2)
    weak, strong = (np.asarray(vase(rng, n), "f4") for n in (level, 9.0))
    seen = grain.agreement(weak, strong, EVERYWHERE)
    assert seen.level == pytest.approx(0.85 * level, rel=0.2)
    assert grain.agreement(strong, weak, EVERYWHERE).level == pytest.approx(seen.level)


def test_the_grain_that_is_asked_for_follows_what_all_pictures_of_a_set_share():
    def usual(level):
        return {image: [level + 50, level + 0.1 * (image % 7)] for image in range(40)}

    assert evidence.asked_of_grain({}).least == evidence.LEAST_GRAIN
    assert evidence.asked_of_grain(usual(3)).least == evidence.LEAST_GRAIN
    assert evidence.asked_of_grain(usual(30)).least > 30


def test_shots_of_a_still_thing_are_not_copies_and_a_copy_among_them_is_found(tmp_path):
    rng = np.random.default_rng(8)
    for i in range(24):
        place = tmp_path / "ab"[i % 2] / f"{i:02}.jpg"
        place.parent.mkdir(exist_ok=True)
        vase(rng).save(place, quality=92)
    assert not [f for f in audit(tmp_path).findings if len(f.files) == 2]
    with Image.open(tmp_path / "a" / "04.jpg") as image:
        ImageEnhance.Contrast(image).enhance(0.8).save(tmp_path / "a" / "z.jpg", quality=80)
    found = [f.files for f in audit(tmp_path).findings if len(f.files) == 2]
    assert found == [("a/04.jpg", "a/z.jpg")]
