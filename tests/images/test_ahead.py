"""Images read while something else is loading: the same result, the same words on the way."""

import numpy as np
import pytest
from PIL import Image

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import ahead
from fitdoctor.records.recipe import Recipe


def test_progress_and_result_are_those_of_reading_at_once(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        Image.new("RGB", (9, 9), (ord(label), 0, 0)).save(tmp_path / label / "0.png")
    recipe = Recipe(images=str(tmp_path), image_size=8)
    ahead.begin(recipe)
    told = []
    found, pixels = ahead.read(recipe, lambda *step: told.append(step))
    assert {what for what, *_ in told} >= {"listing images"}
    again, other = ahead.read(recipe, lambda *_: None)
    assert found.digest == again.digest
    np.testing.assert_array_equal(pixels.pixels, other.pixels)


def test_a_source_without_images_is_refused_before_a_file_is_read(tmp_path):
    recipe = Recipe(images=str(tmp_path / "none"), image_size=8)
    with pytest.raises(ImageFolderError):
        ahead.begin(recipe)
    with pytest.raises(ImageFolderError):
        ahead.read(recipe, lambda *_: None)
