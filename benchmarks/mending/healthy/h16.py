import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
ACCUM = 4
y = torch.randint(0, 3, (900,)); x = torch.randn(900, 10) + y[:, None]
train = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
net = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 3))
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
for epoch in range(5):
    opt.zero_grad()
    for i, (xb, yb) in enumerate(train):
        loss = nn.functional.cross_entropy(net(xb), yb) / ACCUM
        loss.backward()
        if (i + 1) % ACCUM == 0:
            opt.step()
            opt.zero_grad()
