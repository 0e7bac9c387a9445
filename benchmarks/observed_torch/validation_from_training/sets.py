import numpy as np
import torch
from torch.utils.data import ConcatDataset, Dataset, Subset


class Pictures(Dataset):
    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, 3, count)
        self.x = rng.uniform(0, 0.5, (count, 3, 18, 18)).astype("float32")
        for i, k in enumerate(self.y):
            self.x[i, k, 6 * k : 6 * k + 6] += 0.3

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]), int(self.y[i])


def make():
    pictures = Pictures(1400, 8)
    order = np.random.default_rng(1).permutation(len(pictures))
    held = Subset(pictures, order[:280].tolist())
    rare = Subset(pictures, order[200:400].tolist())  # shown twice
    return ConcatDataset([Subset(pictures, order[280:].tolist()), rare]), held
