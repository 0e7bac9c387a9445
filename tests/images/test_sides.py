"""What is trained, validated and tested on, as people name the folders."""

import numpy as np
import pytest
from PIL import Image

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import listing, split


def draw(root, counts, suffix=".png"):
    """Draw so many images of each class into each named split."""
    for place, count in counts.items():
        for label in ("ant", "bee"):
            home = root / place / label
            home.mkdir(parents=True)
            for number in range(count):
                pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(home / f"p{number % 5}_{number}{suffix}")
    return root


def places(found, rows):
    return {found.entries[row].path.split("/")[0] for row in rows}


@pytest.mark.parametrize("training", ["train", "Training"])
@pytest.mark.parametrize("testing", ["test", "TESTING"])
def test_test_images_are_never_validated_on(tmp_path, training, testing):
    found = listing.scan(draw(tmp_path, {training: 10, testing: 4}))
    train, val = split.sides(found, 0.2, 0)
    assert (len(train), len(val)) == (16, 4)
    assert places(found, [*train, *val]) == {training}
    assert np.bincount(found.labels[val]).tolist() == [2, 2]
    assert places(found, split.test(found)) == {testing}
    assert len(split.test(found)) == 8
    sentence = split.described(found, len(train), len(val))
    assert "16 images to train on, 4 to validate on (split off" in sentence
    assert "8 test images are kept apart" in sentence


@pytest.mark.parametrize("validating", ["val", "valid", "validation"])
@pytest.mark.parametrize("tested", [True, False])
def test_a_validation_folder_is_taken_as_given(tmp_path, validating, tested):
    given = {"train": 10, validating: 3} | ({"test": 4} if tested else {})
    found = listing.scan(draw(tmp_path, given))
    train, val = split.sides(found, 0.2, 0)
    assert (places(found, train), places(found, val)) == ({"train"}, {validating})
    assert len(split.test(found)) == (8 if tested else 0)
    assert bool(split.described(found, len(train), len(val))) == tested


def test_groups_of_the_training_images_stay_whole_beside_a_test_folder(tmp_path):
    found = listing.scan(draw(tmp_path, {"train": 20, "test": 5}), r"^(p\d)")
    train, val = split.sides(found, 0.2, 0)
    groups = [{found.entries[row].group for row in rows} for rows in (train, val)]
    assert not groups[0] & groups[1]
    assert places(found, val) == {"train"}


def test_a_table_with_a_test_split_is_split_alike(tmp_path):
    draw(tmp_path, {"all": 10})
    lines = ["path,label,split"]
    for label in ("ant", "bee"):
        for number in range(10):
            part = "test" if number >= 8 else "train"
            lines.append(f"all/{label}/p{number % 5}_{number}.png,{label},{part}")
    (tmp_path / "table.csv").write_text("\n".join(lines))
    found = listing.scan(tmp_path / "table.csv")
    train, val = split.sides(found, 0.25, 0)
    assert (len(train), len(val), len(split.test(found))) == (12, 4, 4)


def test_arrays_with_a_test_part_are_split_alike(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 255, (30, 8, 8), dtype=np.uint8), np.arange(30) % 2
    np.savez(tmp_path / "a.npz", x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
    found = listing.scan(tmp_path / "a.npz")
    train, val = split.sides(found, 0.2, 0)
    assert max([*train, *val]) < 20
    assert split.test(found).tolist() == list(range(20, 30))


def test_two_folders_for_one_split_are_refused(tmp_path):
    root = draw(tmp_path, {"train": 3, "val": 2, "valid": 2})
    with pytest.raises(ImageFolderError, match=r"both val/ and valid/"):
        listing.listed(root)
