import numpy as np


def load():
    """Rows as the file has them: one kind after the other."""
    rng = np.random.default_rng(12)
    kinds = np.repeat(np.arange(5), 240)
    rows = rng.normal(0, 1, (1200, 12)).astype("float32")
    rows[np.arange(1200), kinds * 2] += 2
    return rows, kinds
