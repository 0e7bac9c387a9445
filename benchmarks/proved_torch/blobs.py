"""Is the bright blob above or below the dark one? A trainer in a class, early stopping."""
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Config:
    lr: float = 0.005
    epochs: int = 12
    patience: int = 4
    batch: int = 40


class Blobs(Dataset):
    def __init__(self, count, seed, augment=False):
        g = torch.Generator().manual_seed(seed)
        self.augment = augment
        self.y = torch.randint(0, 2, (count,), generator=g)
        grid = torch.arange(14).float()
        up = torch.randint(2, 6, (count,), generator=g).float()
        down = torch.randint(8, 12, (count,), generator=g).float()
        a = torch.where(self.y == 1, up, down)
        b = torch.where(self.y == 1, down, up)
        cols = torch.randint(2, 12, (2, count), generator=g).float()

        def blob(rows, cols):
            return torch.exp(-((grid[None, :, None] - rows[:, None, None]) ** 2 + (grid[None, None] - cols[:, None, None]) ** 2) / 3)

        self.x = (blob(a, cols[0]) - blob(b, cols[1]) + 0.15 * torch.randn(count, 14, 14, generator=g))[:, None]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        x = self.x[i]
        if self.augment and torch.rand(()) < 0.5:
            x = x.flip(-1)
        return {"image": x, "label": self.y[i].float()}


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        self.net = nn.Sequential(
            nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(600, 1)
        )
        self.crit = nn.BCEWithLogitsLoss()
        self.opt = torch.optim.RMSprop(self.net.parameters(), lr=cfg.lr)
        self.train_dl = DataLoader(Blobs(800, 1, augment=True), cfg.batch, shuffle=True)
        self.val_dl = DataLoader(Blobs(240, 2), cfg.batch)

    def step(self, batch):
        return self.crit(self.net(batch["image"]).squeeze(1), batch["label"])

    def fit(self):
        best, waited = float("inf"), 0
        for epoch in range(self.cfg.epochs):
            self.net.train()
            for batch in self.train_dl:
                loss = self.step(batch)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            val = self.validate()
            print(epoch, val)
            if val < best:
                best, waited = val, 0
                torch.save(self.net.state_dict(), "best.pth")
            else:
                waited += 1
                if waited >= self.cfg.patience:
                    break
        self.net.load_state_dict(torch.load("best.pth"))

    @torch.no_grad()
    def validate(self):
        self.net.eval()
        return sum(self.step(b).item() for b in self.val_dl) / len(self.val_dl)


if __name__ == "__main__":
    cfg = Config()
    cfg.lr = 0.001
    Trainer(cfg).fit()
