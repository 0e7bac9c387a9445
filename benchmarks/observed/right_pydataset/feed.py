import math

import keras
import numpy as np


class Tiles(keras.utils.PyDataset):
    def __init__(self, count, seed, batch=24, **kwargs):
        super().__init__(**kwargs)
        rng = np.random.default_rng(seed)
        self.kinds = rng.choice(3, count, p=[0.6, 0.25, 0.15])
        self.seeds = rng.integers(0, 2**31, count)
        self.order = rng.permutation(count)
        self.batch, self.rng = batch, rng

    def __len__(self):
        return math.ceil(len(self.kinds) / self.batch)

    def __getitem__(self, index):
        rows = self.order[index * self.batch : (index + 1) * self.batch]
        x = np.stack([self._tile(self.kinds[row], self.seeds[row]) for row in rows])
        return x, keras.utils.to_categorical(self.kinds[rows], 3)

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.kinds))

    @staticmethod
    def _tile(kind, seed):
        rng = np.random.default_rng(seed)
        tile = rng.uniform(0, 0.4, (16, 16, 1)).astype("float32")
        at = rng.integers(1, 10)
        tile[at : at + 2 + 2 * kind, at : at + 2 + 2 * kind] += 0.6
        return tile
