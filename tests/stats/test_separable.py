import numpy as np
import pytest

from fitdoctor.stats.separable import separable

SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize(
    ("labels", "parted"),
    [((0, 0, 0, 1), True), ((0, 1, 1, 1), True), ((0, 1, 1, 0), False), ((1, 0, 0, 1), False)],
)
def test_and_or_are_parted_by_a_line_and_xor_is_not(labels: tuple[int, ...], *, parted: bool):
    assert separable(SQUARE, np.array(labels) > 0) is parted


def test_classes_drawn_on_both_sides_of_a_plane_are_parted_until_one_point_crosses():
    rng = np.random.default_rng(5)
    points = rng.normal(size=(60, 3))
    points = points[abs(points.sum(axis=1)) > 0.1]
    above = points.sum(axis=1) > 0
    assert separable(points, above)
    middle = points[above].mean(axis=0, keepdims=True)
    assert not separable(np.vstack([points, middle]), np.append(above, False))


def by_linear_programme(points, above):
    """Return whether s (x w + b) >= 1 has a solution, as SciPy says."""
    signs = np.where(above, 1.0, -1.0)[:, None]
    rows = -signs * np.column_stack([points, np.ones(len(points))])
    free = [(None, None)] * rows.shape[1]
    from scipy.optimize import linprog

    solved = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=free)
    return solved.status != 2


def test_drawn_tables_have_the_answer_of_a_linear_programme():
    rng = np.random.default_rng(11)
    answers = []
    for number in range(300):
        n, d = int(rng.integers(2, 40)), int(rng.integers(1, 6))
        whole = number % 2  # rows that scripts write out are often whole numbers, and repeat
        points = rng.integers(0, 4, (n, d)) if whole else rng.normal(size=(n, d))
        above = points @ rng.normal(size=d) + 0.3 * rng.normal(size=n) * (number % 3) > 0
        found = separable(points, above)
        assert found == by_linear_programme(points, above), number
        answers.append(found)
    assert 50 < sum(answers) < 250


@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_units_and_offset_change_nothing(scale, shift):
    for labels, parted in (((0, 1, 1, 1), True), ((0, 1, 1, 0), False)):
        points = SQUARE * np.array([scale, 1.0]) + shift * scale
        assert separable(points, np.array(labels) > 0) is parted


def test_one_class_alone_is_parted_and_the_same_row_in_both_is_not():
    assert separable(SQUARE, np.ones(4, dtype=bool))
    assert not separable(np.ones((2, 3)), np.array([True, False]))
