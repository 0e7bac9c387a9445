import numpy as np


class Textures:
    """Stripes of three widths in noise."""

    def __init__(self, n=360, seed=3):
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, 3, n)
        phase = rng.uniform(0, 6.28, (n, 1, 1))
        axis = np.arange(24)[None, None, :]
        wave = np.sin(axis * (0.5 + 0.5 * self.y[:, None, None]) + phase)
        noise = rng.normal(0, 1.1, (n, 24, 24))
        self.x = (0.5 * wave + noise)[..., None].astype("float32")
        self._rng = rng

    def split(self, share):
        held = self._rng.choice(len(self.x), int(share * len(self.x)), replace=False)
        return (self.x, self.y), (self.x[held], self.y[held])
