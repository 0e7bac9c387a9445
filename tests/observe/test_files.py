"""Files that a reader of Keras read, found behind what is made of its dataset."""

import numpy as np
import pytest

from fitdoctor.observe import files
from fitdoctor.observe.comparison import answers, same_images
from fitdoctor.observe.split import Split


class Read:
    """A dataset as `image_dataset_from_directory` returns it."""

    def __init__(self, paths, names=("a", "b")):
        self.file_paths, self.class_names = paths, list(names)


def step(name, *before):
    """Return a step of tf.data of this kind behind others."""
    return type(name, (), {"_inputs": lambda _: list(before)})()


class Flow:
    """An iterator as `flow_from_directory` returns it."""

    def __init__(self, paths, indices):
        self.filepaths, self.class_indices = paths, indices


def test_the_files_behind_a_dataset():
    found = files.listing(step("_PrefetchDataset", step("_ParallelMapDataset", Read(["x", "y"]))))
    assert (found.files, found.names, found.whole) == (("x", "y"), ("a", "b"), True)
    assert not files.listing(step("_TakeDataset", Read(["x"]))).whole
    assert files.listing(step("_ZipDataset", Read(["x"]), Read(["y"]))) is None
    assert files.listing(step("_TensorSliceDataset")) is None
    assert files.listing(np.ones(3)) is None
    assert files.listing(Flow(["q"], {"b": 1, "a": 0})).names == ("a", "b")


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for part, count in (("train", 20), ("val", 6)):
        (tmp_path / part).mkdir()
        for number in range(count):
            (tmp_path / part / f"{number}.png").write_bytes(rng.bytes(100))
    (tmp_path / "val/3.png").write_bytes((tmp_path / "train/11.png").read_bytes())
    return tmp_path


def split(use, paths, names=("a", "b"), wrap=lambda dataset: dataset):
    made = Split(use)
    made.listing = files.listing(wrap(Read([str(p) for p in paths], names)))
    return made


def test_a_file_in_both_parts_is_found_by_its_bytes_or_its_path(folder):
    train, held = sorted(folder.glob("train/*")), sorted(folder.glob("val/*"))
    check = same_images([split("train", train), split("validation", held)])
    assert [f.files for f in check.findings] == [
        (str(folder / "val/3.png"), str(folder / "train/11.png"))
    ]
    check = same_images([split("train", train), split("validation", train[:4])])
    assert len(check.findings) == 4
    held.remove(folder / "val/3.png")
    clean = same_images([split("train", train), split("validation", held)])
    assert (clean.findings, clean.checked) == ((), ("leaked_validation_images",))


def test_of_parts_of_a_list_nothing_is_said(folder):
    train = sorted(folder.glob("train/*"))
    taken = split("train", train, wrap=lambda d: step("_TakeDataset", d))
    assert same_images([taken, split("validation", train)]) is None


@pytest.mark.parametrize(("names", "answer"), [(("a", "b"), "yes"), (("b", "c"), "no")])
def test_classes_of_other_numbers_are_seen(names, answer):
    found = answers([split("train", ["x"]), split("validation", ["y"], names)])
    assert found == {"class_numbers_alike": answer}
