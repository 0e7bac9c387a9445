"""Planted faults are found, and nothing else; copies are told from look-alikes."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from fitdoctor.cli import main
from fitdoctor.errors import ImageFolderError
from fitdoctor.images.audit import audit
from fitdoctor.records.image_finding import IMAGE_FAULTS, ImageFinding
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.report import audit as report
from fitdoctor.rules import all_rules

CLASSES = ("cats", "dogs")


def picture(rng, side=120):
    """Soft random blobs: no two alike, as photographs are."""
    small = rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(3)
    for split, count in (("train", 12), ("val", 5)):
        for name in CLASSES:
            (tmp_path / split / name).mkdir(parents=True)
            for i in range(count):
                picture(rng).save(tmp_path / split / name / f"{i}.png")
    return tmp_path


def found(folder):
    return {(f.rule, f.files) for f in audit(folder).findings}


def test_a_clean_folder_has_no_findings(folder):
    result = audit(folder)
    assert result.findings == ()
    assert result.images == 34
    assert result.classes == {n: {"train": 12, "val": 5} for n in CLASSES}


COPIES = {
    "re-encoded": lambda im: im,
    "shrunk": lambda im: im.resize((84, 84)),
    "cropped": lambda im: im.crop((4, 4, 116, 116)),
    "brighter": lambda im: ImageEnhance.Brightness(im).enhance(1.15),
    "mirrored": lambda im: im.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
}


@pytest.mark.costly
@pytest.mark.parametrize("change", COPIES)
def test_a_copy_in_another_split_is_a_leak(folder, change):
    with Image.open(folder / "train" / "cats" / "3.png") as image:
        COPIES[change](image.convert("RGB")).save(folder / "val" / "cats" / "copy.jpg", quality=85)
    pair = ("val/cats/copy.jpg", "train/cats/3.png")
    assert found(folder) == {("leaked_validation_images", pair)}


LOSSLESS = {
    "the same pixels": lambda im: im,
    "the same pixels mirrored": lambda im: im.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "the same pixels turned": lambda im: im.transpose(Image.Transpose.ROTATE_270),
}


@pytest.mark.costly
@pytest.mark.parametrize("how", LOSSLESS)
@pytest.mark.parametrize("one_pixel", [False, True])
def test_equal_pixels_are_certain_and_all_else_is_for_a_look(folder, how, one_pixel):
    with Image.open(folder / "train" / "dogs" / "2.png") as image:
        copy = LOSSLESS[how](image.convert("RGB"))
    if one_pixel:
        red, *others = copy.getpixel((7, 5))
        copy.putpixel((7, 5), (red ^ 1, *others))
    copy.save(folder / "train" / "cats" / "copy.bmp")
    (one,) = audit(folder).findings
    assert one.rule == "conflicting_labels"
    assert one.look is one_pixel
    assert one.sentence.startswith(f"{how} under") is not one_pixel
    assert one.sentence.startswith("nearly the same picture") is one_pixel


@pytest.mark.parametrize(
    ("looks", "severity", "said"),
    [
        ([True, True], "note", "2 pairs of nearly the same picture under two classes ("),
        ([True, False], "error", "2 pairs of the same or nearly the same picture under two"),
        ([False], "error", "1 pair of the same picture under two classes, first a/1.jpg and"),
    ],
)
def test_what_may_be_two_shots_of_one_scene_accuses_nobody(looks, severity, said):
    pairs = tuple(
        ImageFinding(
            rule="conflicting_labels",
            files=(f"a/{not look:d}.jpg", "b.jpg"),
            sentence="",
            look=look,
        )
        for look in looks
    )
    run = Run(image_findings=pairs, images_checked=IMAGE_FAULTS)
    rule = next(r for r in all_rules() if r.name == "conflicting_labels")
    finding = rule.examine(run)
    assert finding.severity == severity
    assert finding.evidence[0].sentence.startswith(said)


def test_each_fault_has_its_name(folder):
    train = folder / "train"
    (train / "cats" / "empty.jpg").touch()
    (train / "cats" / "page.jpg").write_text("<html>not found</html>")
    whole = (train / "cats" / "0.png").read_bytes()
    (train / "cats" / "half.png").write_bytes(whole[: len(whole) // 2])
    (train / "dogs" / "1_again.png").write_bytes((train / "dogs" / "1.png").read_bytes())
    (train / "dogs" / "2_cat.png").write_bytes((train / "cats" / "2.png").read_bytes())
    rng = np.random.default_rng(8)
    picture(rng).convert("L").save(train / "dogs" / "grey.png")
    Image.new("RGB", (120, 120), "teal").save(train / "dogs" / "flat.png")
    picture(rng, 9).save(train / "dogs" / "tiny.png")
    picture(rng).save(train / "cats" / "named.jpg", format="PNG")
    (train / "birds").mkdir()
    (train / "Thumbs.db").write_bytes(b"junk")
    (train / "notes.txt").write_bytes(b"junk")
    assert {(rule, files[0].split("/")[-1]) for rule, files in found(folder)} == {
        ("unreadable_images", "empty.jpg"),
        ("unreadable_images", "page.jpg"),
        ("unreadable_images", "half.png"),
        ("unreadable_images", "named.jpg"),
        ("unreadable_images", "notes.txt"),
        ("duplicate_images", "1.png"),
        ("conflicting_labels", "2.png"),
        ("mixed_image_modes", "grey.png"),
        ("odd_image_sizes", "flat.png"),
        ("odd_image_sizes", "tiny.png"),
        ("class_missing_in_split", "birds"),
    }


@pytest.mark.slow
def test_what_the_training_backend_refuses_is_told(assets):
    from fitdoctor import doctor

    said = {
        f.files[0].split("/")[-1]: f.sentence
        for f in doctor.audit(assets / "images" / "dirty").findings
        if f.rule == "unreadable_images"
    }
    assert "TensorFlow's decode_image does not" in said["hopper_rle8_row_overflow.bmp"]
    assert "TensorFlow" in said["16bit.cropped.tif"]
    assert "passes over files .webp" in said["hopper.webp"]
    assert "hopper_gray.jpg" not in said


def test_planted_faults_are_found_and_little_else(assets):
    import csv

    text = (assets / "images" / "planted_truth.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    faulty = {r["path"] for r in rows if r["issue"] not in {"upper-ext", "mislabelled", "junk"}}
    planted = {r["path"] for r in rows} | {r["related"] for r in rows}
    findings = audit(assets / "images" / "planted").findings
    named = {path for f in findings for path in f.files}
    assert len(faulty - named) <= 0.05 * len(faulty)
    right = sum(bool(set(f.files) & planted) for f in findings)
    assert right >= 0.9 * len(findings)


@pytest.mark.xdist_group("keras")
def test_the_command_writes_a_sheet_and_a_manifest(folder, tmp_path, capsys):
    (folder / "train" / "cats" / "empty.jpg").touch()
    out = tmp_path / "out"
    assert main(["audit", str(folder), "--output", str(out)]) == 1
    assert "unreadable_images (1)" in capsys.readouterr().out
    page = (out / "audit.html").read_text()
    assert "no picture" in page
    assert len((out / "manifest.csv").read_text().splitlines()) == 36
    with pytest.raises(ImageFolderError, match="no such folder"):
        audit(folder / "nowhere")


def test_what_only_other_programs_stumble_over_accuses_nobody(tmp_path):
    rng = np.random.default_rng(3)
    for kind in ("oak", "elm"):
        (tmp_path / kind).mkdir()
        for i in range(9):
            ending = ("jpg", "webp", "tiff")[i % 3]
            picture(rng).save(tmp_path / kind / f"{i}.{ending}")
    (tmp_path / "elm" / "notes.txt").write_text("taken in May")
    whole = (tmp_path / "oak" / "0.jpg").read_bytes()
    rule = next(r for r in all_rules() if r.name == "unreadable_images")

    def examined():
        found = audit(tmp_path)
        return found, rule.examine(
            Run(image_findings=found.findings, images_checked=IMAGE_FAULTS, data=DataSummary())
        )

    _, finding = examined()
    assert (finding.severity, finding.evidence[0].weight) == ("note", 0)
    assert "fitdoctor train needs no change" in finding.advice
    (tmp_path / "oak" / "0.jpg").write_bytes(whole[: len(whole) // 2])
    found, finding = examined()
    assert (finding.severity, finding.advice) == (
        "warning", "Repair or remove them; fitdoctor train leaves them out and lists them."
    )  # fmt: skip
    # The broken one comes first, what is said of many files is said once.
    lines = report.text(found).split("unreadable_images (14)\n")[1].splitlines()
    assert lines[0].startswith("  oak/0.jpg: ")
    assert lines[1].startswith("  6 files: ")
    assert lines[2].endswith(" and 3 more")
