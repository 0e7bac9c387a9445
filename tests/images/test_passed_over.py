"""What lies among images and is none: it is no class and no fault, for training and audit alike."""

import shutil
from itertools import count

import numpy as np
import pytest
from PIL import Image

from fitdoctor.cli import main
from fitdoctor.errors import ImageFolderError
from fitdoctor.images import audit, listing, survey
from fitdoctor.images.passed_over import is_system
from fitdoctor.sources import image_folder

_NUMBER = count()


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(next(_NUMBER)).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    Image.fromarray(values).save(path)


def photos(home, classes=("ant", "bee"), images=4):
    for name in classes:
        for number in range(images):
            picture(home / name / f"{number}.png")
    return home


LEFT_BY_SYSTEMS = (
    ".DS_Store", "Thumbs.db", "thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini", "._0.png",
    ".nomedia", ".gitkeep", "Icon\r",
)  # fmt: skip
FOLDERS_OF_SYSTEMS = (".ipynb_checkpoints", "__MACOSX", "@eaDir", ".git", "__pycache__", ".cache")


@pytest.mark.parametrize("inside", ["", "ant", "ant/deeper"])
@pytest.mark.parametrize("name", LEFT_BY_SYSTEMS)
def test_a_systems_file_is_neither_an_image_nor_unreadable(tmp_path, name, inside):
    clean, littered = photos(tmp_path / "clean"), tmp_path / "littered"
    (clean / "ant" / "deeper").mkdir()
    shutil.copytree(clean, littered)
    (littered / inside / name).write_bytes(b"\0\5\x16\7" + bytes(40))
    agree(clean, littered)


@pytest.mark.costly
@pytest.mark.parametrize("inside", ["", "ant"])
@pytest.mark.parametrize("name", FOLDERS_OF_SYSTEMS)
def test_a_systems_folder_is_no_class_and_holds_no_image(tmp_path, name, inside):
    clean, littered = photos(tmp_path / "clean"), tmp_path / "littered"
    shutil.copytree(clean, littered)
    picture(littered / inside / name / "copy.png")
    (littered / inside / name / "._copy.png").write_bytes(b"\0\5\x16\7")
    agree(clean, littered)


def agree(clean, littered):
    """Assert that everything that lists images says the same of both."""
    one, other = listing.scan(clean), listing.scan(littered)
    assert other.classes == one.classes
    assert [e.path for e in other.entries] == [e.path for e in one.entries]
    found = audit.audit(littered)
    assert found.findings == ()
    assert found.classes == audit.audit(clean).classes
    names = sorted(p.name for p in listing.files_of([littered]))
    assert names == sorted(p.name for p in listing.files_of([clean]))
    assert image_folder._counts(littered) == image_folder._counts(clean)


@pytest.mark.parametrize("name", ["thumbs", "desktop", "macosx", "ant.db", "DS_Store", "my.ini"])
def test_names_like_a_systems_are_somebodys_own(name):
    assert not is_system(name)


def test_a_folder_of_nothing_but_a_systems_files_is_empty(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / ".DS_Store").touch()
    with pytest.raises(ImageFolderError, match="no files in it"):
        audit.audit(tmp_path)


IN_PLACE = {
    "zip": (lambda p: shutil.make_archive(str(p), "zip", photos(p)), "an archive. Unpack it"),
    "tar": (lambda p: shutil.make_archive(str(p), "gztar", photos(p)), "an archive. Unpack it"),
    "image": (lambda p: photos(p) / "ant" / "0.png", "a single image. Give the folder"),
    "text": (lambda p: write(p / "notes.md", "# x"), "a file, not a folder of images"),
    "heic": (lambda p: write(p / "ant" / "1.HEIC", "?", "bee/2.heic"), "2 files .heic, which"),
    "raw": (lambda p: write(p / "ant" / "1.cr2", "?"), "1 file .cr2, which cannot be read here"),
    "links": (lambda p: linked(p), "8 are links, which are not followed"),  # noqa: PLW0108
    "packed": (lambda p: write(p / "ant" / "ants.zip", "PK"), "an archive .zip in it: unpack it"),
}


@pytest.mark.parametrize("command", ["train", "audit", "preview"])
@pytest.mark.parametrize("kind", IN_PLACE)
def test_what_is_given_in_place_of_images_is_named_in_one_line(tmp_path, capsys, command, kind):
    make, said = IN_PLACE[kind]
    given = make(tmp_path / "it")
    output = [] if command == "audit" else ["--weights", "none", "-o", str(tmp_path / "out")]
    assert main([command, str(given), *output, "-q"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def write(path, text, beside=""):
    """Return the folder of a set: that of a class folder where the file lies in one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if beside:
        other = path.parent.parent / beside
        other.parent.mkdir(exist_ok=True)
        other.write_text(text)
    return path if path.parent.name == "it" else path.parent.parent


def linked(home):
    there = photos(home.with_name("there"))
    for path in sorted(there.rglob("*.png")):
        link = home / path.relative_to(there)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
    return home


def test_class_folders_may_be_links_and_nothing_below_them(tmp_path):
    there, home = photos(tmp_path / "there"), tmp_path / "here"
    home.mkdir()
    for name in ("ant", "bee"):
        (home / name).symlink_to(there / name)
    (there / "ant" / "again").symlink_to(there / "bee")
    (there / "ant" / "loop").symlink_to(home)
    assert len(listing.listed(home).entries) == 8
    found = audit.audit(home)
    assert (found.images, found.findings) == (8, ())
    assert {name: counts["all"] for name, counts in found.classes.items()} == {"ant": 4, "bee": 4}
    assert image_folder._counts(home) == {"ant": 4, "bee": 4}


def test_pictures_in_another_format_are_told_beside_others(tmp_path):
    home = photos(tmp_path / "set")
    whole = b"\0\0\0\x18ftypheic" + bytes(60)
    (home / "ant" / "new.HEIC").write_bytes(whole)
    listed = listing.scan(home)
    assert (len(listed.entries), listed.not_read) == (8, ("ant/new.HEIC",))
    (finding,) = audit.audit(home).findings
    assert finding.rule == "unreadable_images"
    assert "HEIC is not read here; convert it to JPEG or PNG" in finding.sentence


@pytest.mark.xdist_group("keras")
def test_training_tells_pictures_that_it_leaves_out(tmp_path):
    from fitdoctor.records.watcher import Silent
    from fitdoctor.training import recipes
    from fitdoctor.training.prepare import prepare

    for split, images in (("train", 6), ("val", 3)):
        photos(tmp_path / "set" / split, images=images)
    (tmp_path / "set" / "val" / "bee" / "9.avif").write_bytes(b"?")
    settings = {"backbone": "small_cnn", "image_size": 16}
    ready = prepare(recipes.from_settings(str(tmp_path / "set"), settings), Silent())
    (finding,) = ready.check.findings
    assert finding.files == ("val/bee/9.avif",)
    assert finding.sentence.startswith("AVIF is not read here")
    assert len(ready.paths) == 18


def test_a_table_of_labels_beside_images_is_named(tmp_path, capsys):
    home = photos(tmp_path / "set", ("images",))
    (home / "labels.csv").write_text("filename,class\nimages/0.png,a\n")
    assert main(["train", str(home), "-q"]) == 2
    assert f"Give {home / 'labels.csv'}, with the columns" in capsys.readouterr().err
    (home / "all.csv").write_text("path,label,split\n")
    (home / "about.csv").write_text("year\n")
    assert main(["train", str(home), "-q"]) == 2
    assert f"Give {home / 'all.csv'}, with" in capsys.readouterr().err
    assert main(["train", str(home / "labels.csv"), "-q"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("path,label and perhaps split,group, not filename,class")


@pytest.mark.parametrize("images", [1, 2])
def test_a_class_of_one_image_cannot_be_trained_on(tmp_path, images):
    home = photos(photos(tmp_path / "set"), ("cow",), images)
    words = audit.audit(home).untrainable
    assert words == ("" if images == 2 else "class cow has 1 image. A class needs two or more")
    (tmp_path / "set" / "cow" / "0.png").unlink()
    assert (audit.audit(home).untrainable != "") == (images == 2)


def test_folders_that_lie_deeper_are_named_by_the_audit_too(tmp_path):
    home = tmp_path / "set"
    photos(home / "animals")
    assert audit.audit(home).untrainable == (
        f"its folders lie deeper. {survey.EXPECTED}: give {home / 'animals'}"
    )
