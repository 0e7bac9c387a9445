import torch
from torch import nn
from torch.utils.data import DataLoader

from shapes import Shapes

options = {"batch_size": 32}
train_loader = DataLoader(Shapes(200, 1), **options)
val_loader = DataLoader(Shapes(60, 2), **options)
net = nn.Sequential(
    nn.Conv2d(3, 16, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 16, 3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(784, 5),
)
opt = torch.optim.Adam(net.parameters())
ce = nn.CrossEntropyLoss()
for epoch in range(6):
    net.train()
    for x, y in train_loader:
        opt.zero_grad()
        ce(net(x), y).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum() for x, y in val_loader)
    print(epoch, right.item() / len(val_loader.dataset))
