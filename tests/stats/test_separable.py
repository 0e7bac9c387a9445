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
