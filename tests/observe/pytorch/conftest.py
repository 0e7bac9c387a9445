"""Tests of loops of PyTorch: they need torch, which is no part of the usual tests.

`pip install torch==2.13.0` beside the project's own requirements, then
`python -m pytest tests/observe/pytorch`. Without torch all of them are skipped.
"""

import contextlib

import pytest

with contextlib.suppress(ImportError):
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Call a function while torch is wrapped, and return the runs that this leaves.

    Looks may take any time, unless told otherwise: a busy machine must not change what they see.
    """
    from fitdoctor.observe.pytorch import budget, going, seam
    from fitdoctor.sources.run_folder import read_folder

    def run(train, error=None, seconds=1e9, thrifty=False):
        monkeypatch.setattr(budget, "FREE", seconds)
        monkeypatch.setattr(budget, "SHARE", 1e-12)
        monkeypatch.setattr(budget, "COUNTING", 1e-12)
        monkeypatch.setattr(going.Going, "thrifty", thrifty)
        seam.install(torch, str(tmp_path / "run"), "default")
        try:
            if error is None:
                train()
            else:
                with pytest.raises(error) as caught:
                    train()
                seam.failed(caught.value)
        finally:
            seam.uninstall()
        folders = sorted(tmp_path.glob("run*"), key=lambda p: (len(p.name), p.name))
        return [read_folder(folder)[-1] for folder in folders]

    return run


@pytest.fixture
def data():
    """Return images of two classes that are easily told apart, and their labels."""

    def make(count=96, seed=0):
        generator = torch.Generator().manual_seed(seed)
        y = torch.randint(0, 2, (count,), generator=generator)
        x = torch.rand(count, 1, 8, 8, generator=generator)
        x[y == 1, :, :4] += 0.5
        return x, y

    return make
