import numpy as np


def read(count, seed):
    """Photos as a decoder gives them."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 6, count)
    x = rng.integers(0, 180, (count, 24, 24, 3))
    for i, k in enumerate(y):
        x[i, 4 * k : 4 * k + 4, :, k % 3] += 70
    return x.astype("float32").transpose(0, 3, 1, 2), y
