import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

import common


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(256, 64)
        self.second = nn.Linear(64, 4)

    def forward(self, x):
        return self.second(F.relu(self.first(x.flatten(1))))


whole = TensorDataset(*common.draw(1500, 7))
train_set, val_set = random_split(whole, [1200, 300], torch.Generator().manual_seed(0))
train_loader = DataLoader(train_set, 32, shuffle=True)
val_loader = DataLoader(val_set, 64)
net = Net()
opt = torch.optim.Adam(net.parameters(), 1e-3)
for epoch in range(10):
    net.train()
    for x, y in train_loader:
        common.update(opt, F.cross_entropy(net(x), y))
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in val_loader:
            right += (net(x).argmax(1) == y).sum().item()
    print(f"epoch {epoch}: {right / len(val_set):.3f}")
