import numpy as np


def load(seed=0, count=800):
    rng = np.random.default_rng(seed)
    kind = rng.integers(1, 4, count)
    features = rng.normal(0, 1, (count, 9)).astype("float32")
    features[np.arange(count), kind] += 2.5
    return features, kind
