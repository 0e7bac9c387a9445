import numpy as np
import torch
from torch.utils.data import Dataset


class Digits(Dataset):
    def __init__(self, split):
        rng = np.random.default_rng({"train": 3, "val": 4}[split])
        count = {"train": 1500, "val": 400}[split]
        self.y = rng.integers(0, 4, count)
        self.x = rng.integers(0, 150, (count, 16, 16), dtype=np.uint8)
        for i, k in enumerate(self.y):
            self.x[i, 4 * k : 4 * k + 4] += 60
        self.transform = self.normal if split == "train" else self.plain

    def normal(self, image):
        return (torch.from_numpy(image).float() / 255 - 0.33) / 0.2

    def plain(self, image):
        return torch.from_numpy(image).float()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.transform(self.x[i])[None], torch.tensor(self.y[i])
