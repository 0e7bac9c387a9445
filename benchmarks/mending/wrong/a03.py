import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
x = torch.randn(1000, 20); y = torch.randint(0, 3, (1000,))
train_dl = DataLoader(TensorDataset(x[:800], y[:800]), 32, True)
val_dl = DataLoader(TensorDataset(x[800:], y[800:]), 64)
net = nn.Sequential(nn.Linear(20, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
lossf = nn.functional.cross_entropy

def accuracy(model, loader):
    correct = 0
    with torch.no_grad():
        for xb, yb in loader:
            correct += (model(xb).argmax(-1) == yb).float().sum().item()
    return correct / len(loader.dataset)

for ep in range(20):
    net.train()
    for xb, yb in train_dl:
        opt.zero_grad()
        lossf(net(xb), yb).backward()
        opt.step()
    print(f"{ep}: {accuracy(net, val_dl):.3f}")
