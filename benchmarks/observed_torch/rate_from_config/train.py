import json
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from data import draw

settings = json.loads((Path(__file__).parent / "settings.json").read_text())
torch.manual_seed(5)
net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(256, 4),
)
optimizer = torch.optim.SGD(net.parameters(), **settings["optimizer"])
train = DataLoader(TensorDataset(*draw(1200, 51)), settings["batch"], shuffle=True)
val = DataLoader(TensorDataset(*draw(400, 52)), 200)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(settings["epochs"]):
    net.train()
    for x, y in train:
        optimizer.zero_grad()
        loss_fn(net(x), y).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        print(epoch, sum(loss_fn(net(x), y).item() for x, y in val) / len(val))
