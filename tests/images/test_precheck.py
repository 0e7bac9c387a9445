"""What hashes and counts tell of a training's images: copies, conflicts, missing and rare ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fitdoctor.images import listing, precheck, split
from fitdoctor.images.manifest import Entry, Manifest


def write(folder, counts, split_name="", start=0):
    rng = np.random.default_rng(start)
    for name, count in counts.items():
        home = folder / split_name / name
        home.mkdir(parents=True, exist_ok=True)
        for i in range(count):
            pixels = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(home / f"{i}.png")


def copy(folder, one, other):
    (folder / other).write_bytes((folder / one).read_bytes())


def checked(folder, unreadable=()):
    found = listing.scan(folder)
    train, val = split.sides(found, 0.25, 0)
    sides = {"train": train, "val": val, "test": split.test(found)}
    check = precheck.precheck(found, sides, unreadable)
    return check, precheck.words(check, str(folder), drawn=split.drawn(found))


def test_a_clean_folder_says_nothing(tmp_path):
    write(tmp_path, {"oak": 9, "ash": 7})
    check, words = checked(tmp_path)
    assert check.findings == () == words
    assert "leaked_validation_images" in check.checked
    assert "odd_image_sizes" not in check.checked


def test_copies_across_given_splits_are_leaks_and_the_rest_has_its_name(tmp_path):
    write(tmp_path, {"oak": 9, "ash": 30, "yew": 8}, "train")
    write(tmp_path, {"oak": 4, "ash": 4}, "valid", start=9)
    copy(tmp_path, "train/oak/1.png", "valid/oak/again.png")
    copy(tmp_path, "train/oak/2.png", "train/ash/again.png")
    copy(tmp_path, "train/oak/3.png", "train/oak/again.png")
    check, words = checked(tmp_path, [("train/yew/x.png", "empty: 0 bytes")])
    assert {(f.rule, f.files) for f in check.findings} == {
        ("leaked_validation_images", ("valid/oak/again.png", "train/oak/1.png")),
        ("conflicting_labels", ("train/ash/again.png", "train/oak/2.png")),
        ("duplicate_images", ("train/oak/3.png", "train/oak/again.png")),
        ("class_missing_in_split", ("val/yew",)),
        ("unreadable_images", ("train/yew/x.png",)),
        ("class_imbalance", ("train/ash",)),
    }
    assert len(words) == 2
    assert "1 exact copy of images across the split" in words[0]
    assert "kept on one side" not in words[1]


def test_a_drawn_split_keeps_copies_on_one_side_and_says_so(tmp_path):
    write(tmp_path, {"oak": 12, "ash": 12})
    for i in range(6):
        copy(tmp_path, f"oak/{i}.png", f"oak/again{i}.png")
        copy(tmp_path, f"oak/{i}.png", f"ash/again{i}.png")
    check, words = checked(tmp_path)
    rules = [f.rule for f in check.findings]
    assert "leaked_validation_images" not in rules
    assert rules.count("conflicting_labels") == rules.count("duplicate_images") == 6
    assert "kept on one side of the split" in words[1]


def test_groups_that_share_a_copy_are_one_group(tmp_path):
    write(tmp_path, {"oak": 12, "ash": 12})
    for name in ("oak", "ash"):
        for i in range(12):
            (tmp_path / name / f"{i}.png").rename(tmp_path / name / f"tree{i % 6}_{i}.png")
    copy(tmp_path, "oak/tree1_1.png", "oak/tree2_again.png")
    found = listing.scan(tmp_path, r"(tree\d)")
    for seed in range(8):
        train, val = split.sides(found, 0.3, seed)
        digests = [{found.entries[i].digest for i in side} for side in (train, val)]
        groups = [{found.entries[i].group for i in side} for side in (train, val)]
        assert not digests[0] & digests[1]
        assert not groups[0] & groups[1]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=6, max_size=60),
    st.integers(0, 5),
    st.sampled_from([0.1, 0.2, 0.5]),
)
def test_sides_are_whole_and_never_tear_copies_of_a_class_that_can_be_split(images, seed, share):
    images = [*images, *((label, 20 + label + 3 * i) for label in range(3) for i in range(2))]
    entries = tuple(
        Entry(f"{i}.png", label, str(content)) for i, (label, content) in enumerate(images)
    )
    found = Manifest("", ("a", "b", "c"), entries)
    train, val = split.sides(found, share, seed)
    assert sorted([*train, *val]) == list(range(len(images)))
    assert set(found.labels[train]) == set(found.labels[val]) == {0, 1, 2}
    assert not {entries[i].digest for i in train} & {entries[i].digest for i in val}


def test_without_copies_the_split_is_the_share_of_each_class():
    labels = np.repeat([0, 1], [40, 10])
    train, val = split.stratified(labels, 0.2, 1)
    assert list(np.bincount(labels[val])) == [8, 2]
    again = split.stratified(labels, 0.2, 1, np.arange(50))
    np.testing.assert_array_equal(train, again[0])


def test_a_class_of_one_picture_is_torn_for_want_of_another():
    labels = np.array([0, 0, 0, 1, 1, 1])
    copies = np.array([0, 0, 0, 3, 4, 5])
    train, val = split.stratified(labels, 0.3, 0, copies)
    assert set(labels[train]) == set(labels[val]) == {0, 1}


@pytest.mark.parametrize(("counts", "small"), [((30, 12), (1,)), ((30, 13), ()), ((5, 2), ())])
def test_what_chance_makes_of_equal_classes_is_no_imbalance(counts, small):
    from fitdoctor.stats.imbalance import rare

    assert rare(counts) == small
