import numpy as np


def records():
    """Yield picture and class as they lie in the store, shelf by shelf."""
    rng = np.random.default_rng(8)
    for shelf in range(4):
        for _ in range(110):
            picture = rng.normal(0, 0.3, (12, 12, 1)).astype("float32")
            picture[3 * shelf : 3 * shelf + 3] += 0.5
            yield picture, np.int32(shelf)
