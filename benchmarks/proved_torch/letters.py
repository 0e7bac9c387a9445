"""L, T, U and X with BatchNorm, dropout, AdamW and a cosine."""
import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, BATCH = 8, 32


def letters(n, rng):
    y = rng.integers(0, 4, n)
    x = np.zeros((n, 1, 16, 16), "float32")
    for img, k in zip(x[:, 0], y):
        a, b, s = rng.integers(1, 6), rng.integers(1, 6), rng.integers(7, 10)
        if k == 0:
            img[a:a + s, b] = img[a + s - 1, b:b + s] = 1
        elif k == 1:
            img[a, b:b + s] = img[a:a + s, b + s // 2] = 1
        elif k == 2:
            img[a:a + s, b] = img[a:a + s, b + s - 1] = img[a + s - 1, b:b + s] = 1
        else:
            for t in range(s):
                img[a + t, b + t] = img[a + t, b + s - 1 - t] = 1
    return torch.from_numpy(x + rng.normal(0, 0.3, x.shape).astype("float32")), torch.from_numpy(y)


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True), nn.MaxPool2d(2))


class Classifier(nn.Module):
    def __init__(self, p=0.2):
        super().__init__()
        self.features = nn.Sequential(block(1, 8), block(8, 16))
        self.drop = nn.Dropout(p)
        self.fc = nn.Linear(256, 4)

    def forward(self, x):
        return self.fc(self.drop(self.features(x).flatten(1)))


def evaluate(model, loader):
    model.eval()
    hits = n = 0
    with torch.inference_mode():
        for x, y in loader:
            hits += (model(x).argmax(-1) == y).sum().item()
            n += len(y)
    return hits / n


rng = np.random.default_rng(3)
train_dl = DataLoader(TensorDataset(*letters(1200, rng)), BATCH, shuffle=True)
valid_dl = DataLoader(TensorDataset(*letters(400, rng)), 8)
model = Classifier()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
scheduler = CosineAnnealingLR(optimizer, T_max=EPOCHS)
for epoch in range(1, EPOCHS + 1):
    model.train()
    for x, y in train_dl:
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    scheduler.step()
    print(f"{epoch:2d} acc={evaluate(model, valid_dl):.3f} lr={scheduler.get_last_lr()[0]:.2e}")
