"""Folders without images end in one line that says what was expected."""

import pytest
from PIL import Image

from fitdoctor.cli import main
from fitdoctor.errors import ImageFolderError
from fitdoctor.images import listing


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text" / "a").mkdir(parents=True)
    (tmp_path / "text" / "a" / "notes.txt").write_text("no image")
    (tmp_path / "broken" / "a").mkdir(parents=True)
    (tmp_path / "broken" / "a" / "1.jpg").write_bytes(b"no image")
    for split in ("train", "val"):
        for label in "ab":
            home = tmp_path / "deep" / "data" / "set" / split / label
            home.mkdir(parents=True)
            for i in range(2):
                Image.new("RGB", (9, 9), (i * 90, ord(label), len(split))).save(home / f"{i}.png")
    return tmp_path


@pytest.mark.parametrize("name", ["empty", "text", "broken", "deep", "nowhere"])
def test_audit_says_what_was_expected(folders, name, capsys):
    assert main(["audit", str(folders / name)]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"fitdoctor: {folders / name}: ")
    assert name == "nowhere" or "Expected one folder a class" in last
    assert name != "deep" or f"give {folders / 'deep' / 'data' / 'set'}" in last


@pytest.mark.parametrize("name", ["empty", "text", "nowhere"])
def test_a_place_without_image_files_says_what_was_expected(folders, name):
    with pytest.raises(ImageFolderError, match=str(folders / name)) as told:
        listing.files_of([folders / name])
    assert name == "nowhere" or "Expected images (.bmp, .gif" in str(told.value)


def test_a_listing_names_the_folder_that_was_meant(folders):
    with pytest.raises(ImageFolderError, match=r"give .*set"):
        listing.listed(folders / "deep")
    listing.listed(folders / "deep" / "data" / "set")


def test_a_class_whose_images_lie_in_folders_is_a_class(tmp_path):
    for label in ("cat", "dog"):
        (tmp_path / label / "2021").mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(tmp_path / label / "2021" / "1.png")
    listing.listed(tmp_path)
    assert listing.inner(tmp_path) is None
