import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(8)
x = torch.rand(3000, 2) * 6 - 3
y = torch.sin(x[:, :1]) * torch.cos(x[:, 1:]) * 40 + 12 + torch.randn(3000, 1)
mean, std = y.mean(), y.std()
train_set, val_set = random_split(TensorDataset(x, (y - mean) / std), [2400, 600])
train_dl = DataLoader(train_set, batch_size=64, shuffle=True)
val_dl = DataLoader(val_set, batch_size=600)
net = nn.Sequential(nn.Linear(2, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(15):
    net.train()
    for a, b in train_dl:
        opt.zero_grad()
        nn.functional.mse_loss(net(a), b).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        ((a, b),) = val_dl
        print(epoch, math.sqrt(nn.functional.mse_loss(net(a), b)) * std.item())
