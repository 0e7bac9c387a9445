"""Drawn surfaces: kinds that overlap, and copies that only their fine structure gives away."""

import numpy as np
from PIL import Image

from fitdoctor.stories import surfaces


def read(folder):
    return [np.asarray(Image.open(path), float) for path in sorted(folder.iterdir())]


def test_as_many_of_each_kind_as_asked_for(tmp_path):
    surfaces.draw(tmp_path, (3, 1, 4, 1, 5), 32)
    counts = {home.name: len(list(home.iterdir())) for home in tmp_path.iterdir()}
    assert counts == dict(zip(surfaces.KINDS, (3, 1, 4, 1, 5), strict=True))


def test_kinds_differ_in_roughness_and_overlap(tmp_path):
    surfaces.draw(tmp_path, (0, 40, 0, 40, 0), 48)

    def roughness(kind):
        grey = [x.mean(axis=2) for x in read(tmp_path / kind)]
        return np.array([np.abs(np.diff(x)).mean() / x.std() for x in grey])

    cloud, sand = roughness("cloud"), roughness("sand")
    assert sand.mean() > cloud.mean() + cloud.std()
    assert sand.min() < cloud.max()


def test_enlarged_copies_have_less_of_the_finest_detail_but_for_their_lattice(tmp_path):
    surfaces.draw_copied(tmp_path, 30, 32)

    def finest(name):
        rows = [
            np.abs(np.fft.fft2(x.mean(axis=2)))[12:15, 12:15].mean() for x in read(tmp_path / name)
        ]
        return float(np.median(rows))

    assert finest("fake") < 0.6 * finest("real")
