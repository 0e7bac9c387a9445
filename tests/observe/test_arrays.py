"""What arrays hold is measured on rows by index; equal pictures are found by what they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor.observe import arrays
from fitdoctor.observe.split import Split


@pytest.fixture
def rng():
    return np.random.default_rng(0)


LABELS = {
    "numbers": ([0, 2, 1, 1, 0, 2, 2, 0], False, (0, 1, 2), (3, 2, 3)),
    "from one": ([1, 2, 3, 1, 2, 3], False, (1, 2, 3), (2, 2, 2)),
    "a column": ([[0.0], [1.0], [1.0]], False, (0, 1), (1, 2)),
    "one-hot": ([[0, 1, 0], [1, 0, 0], [0, 1, 0]], True, (0, 1), (1, 2)),
    "true and false": ([True, False, True], False, (0, 1), (1, 2)),
}


@pytest.mark.parametrize(("labels", "one_hot", "values", "counts"), LABELS.values(), ids=LABELS)
def test_labels_by_encoding_set_and_counts(labels, one_hot, values, counts):
    found = arrays.numbers_of_labels(np.array(labels))
    assert (found.one_hot, found.values, found.counts) == (one_hot, values, counts)
    assert found.seen == found.rows == len(labels)


@pytest.mark.parametrize("labels", [[0.5, 0.1, 0.2], [[1, 1], [0, 1]], [[0.5, 0.5], [0.1, 0.9]]])
def test_what_names_no_class_has_no_counts(labels):
    found = arrays.numbers_of_labels(np.array(labels))
    assert (found.one_hot, found.values, found.counts) == (False, (), ())


@given(st.lists(st.integers(0, 3), min_size=2, max_size=60))
def test_order_is_told_from_neighbours(labels):
    found = arrays.numbers_of_labels(np.array(labels))
    in_blocks = arrays.numbers_of_labels(np.array(sorted(labels)))
    assert in_blocks.counts == found.counts
    if found.mixing is not None:
        assert 0 <= in_blocks.mixing <= found.mixing


def test_a_random_order_is_mixed_and_blocks_are_not(rng):
    labels = np.repeat(np.arange(5), 40)
    assert arrays.numbers_of_labels(labels).in_order
    assert arrays.numbers_of_labels(labels).mixing < 0.05
    mixed = arrays.numbers_of_labels(rng.permutation(labels))
    assert not mixed.in_order
    assert 0.9 < mixed.mixing < 1.1


def test_few_rows_of_a_large_array_are_read(rng):
    class Slow:
        """An array of another library, which counts the rows that are taken."""

        shape, dtype, taken = (10_000, 8, 8), "float32", 0

        def __getitem__(self, rows):
            part = np.full((10_000, 8, 8), 0.5, "float32")[rows]
            Slow.taken += len(part)
            return part

    found, looked = arrays.numbers_of_inputs(Slow(), 64)
    assert (found.rows, found.shape, found.dtype) == (10_000, (8, 8), "float32")
    assert found.seen == len(looked) == Slow.taken == 64


@pytest.mark.parametrize("given", [None, "ab", {"a": 1}, ["x", "y"], [[1], [1, 2]], [np.ones(2)]])
def test_what_is_no_array_of_numbers_is_not_looked_at(given):
    assert arrays.plain(given) is None


def test_pictures_in_both_parts_are_found(rng):
    train = rng.uniform(0, 1, (50, 10, 10)).astype("float32")
    held = np.concatenate([rng.uniform(0, 1, (5, 10, 10)).astype("float32"), train[[7, 31]]])
    found = arrays.shared(arrays.hashed(train), arrays.hashed(held))
    assert found == [(5, 7), (6, 31)]


@pytest.mark.parametrize(
    "values",
    [np.zeros((20, 10, 10)), np.ones((20, 4)), np.tile(np.arange(4.0), (20, 50))],
    ids=["black", "few numbers", "few levels"],
)
def test_rows_that_are_equal_by_chance_are_no_pictures(values):
    found = arrays.hashed(values)
    assert found is None or not found.keys


def test_batches_come_to_what_the_whole_array_is(rng):
    x = rng.uniform(0, 1, (60, 9, 9)).astype("float32")
    y = rng.integers(0, 3, 60)
    whole, passing = Split("train"), Split("train")
    whole.of_arrays(x, y)
    for at in (0, 16, 0, 32, 48):  # a batch may be asked for twice
        passing(x[at : at + 16], y[at : at + 16], at // 16)
    passing.shut()
    passing(x, y, 99)
    assert passing.labels.counts == whole.labels.counts
    assert passing.labels.mixing == whole.labels.mixing
    assert passing.inputs.low == whole.inputs.low
    assert passing.rows.keys == whole.rows.keys
    assert (passing.count, passing.batch) == (60, 16)
    for split in (whole, passing):
        some, truth = split.some(10)
        assert some.shape == (10, 9, 9)
        assert all(y[(x == one).all(axis=(1, 2))] == t for one, t in zip(some, truth, strict=True))
